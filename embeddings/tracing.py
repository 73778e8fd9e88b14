"""An encoder's model as one call that leaves the interpreter alone, for services in which other threads want it."""

import logging
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Features = Mapping[str, Any]
"""What a tokenizer gives, tensors by name."""
Run = Callable[[Features], Any]
"""Features to the vectors of their texts, a tensor of shape `(texts, dim)`."""

_TRACED = ("Who?", "What did the council say of it, and when was that?", "Where did the crane stand?")
_COMPARED: Sequence[Sequence[str]] = (("Why?",), ("It was said that " * 200, "Nobody was hurt.", "", "Ω ≈ ç √ 2"))
"""Batches of other sizes, lengths and paddings than what was traced."""
_SAME = 1e-5

logger = logging.getLogger(__name__)


def traced(model: "SentenceTransformer", tokenize: Callable[[list[str]], Features]) -> Run | None:
    """Record what a model does as a TorchScript graph; None where that is not the same for every input.

    Step by step, a model gives the interpreter up and asks for it back some two hundred times for a batch, and each
    time another thread may keep it for a while: beside a busy one a batch takes several times as long.
    """
    import torch

    names = list(tokenize(list(_TRACED)))

    class Named(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.steps = torch.nn.ModuleList(list(model))

        def forward(self, *tensors: Any) -> Any:
            features = dict(zip(names, tensors, strict=True))
            for step in self.steps:
                features = step(features)
            return features["sentence_embedding"]

    def inputs(features: Features) -> tuple[Any, ...]:
        return tuple(features[name] for name in names)

    try:
        with torch.inference_mode(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what depends on the input, which is compared below; and of its age
            graph: Any = torch.jit.trace(  # type: ignore[no-untyped-call]
                Named().eval(), inputs(tokenize(list(_TRACED))), check_trace=False
            )
            for batch in _COMPARED:
                features = tokenize(list(batch))
                expected = model(dict(features))["sentence_embedding"]
                if not torch.allclose(graph(*inputs(features)), expected, rtol=0, atol=_SAME):
                    raise ValueError("the graph gives other vectors than the model")
    except Exception as error:
        logger.warning("queries are encoded step by step, which is slow beside other work: %s", error)
        return None
    return lambda features: graph(*inputs(features))
