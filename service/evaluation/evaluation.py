"""One run over a file of questions: what is printed, saved, and compared with the next."""

import importlib.metadata
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

import msgspec
from msgspec import Struct

from service.errors import ServiceError
from service.evaluation.comparison import Comparison, Gates, compare, shortfalls
from service.evaluation.figures import Figure, by_tag, figures
from service.evaluation.outcomes import Outcome

if TYPE_CHECKING:
    from embeddings.catalog import Catalog


class EvaluationInvalid(ServiceError):
    """A file is not the saved result of an evaluation."""


class Measured(Struct, frozen=True, kw_only=True):
    """What was measured: a collection as it was at one time, answered by one Byline with one encoder."""

    byline: str
    collection: str
    seq: int
    """The last change of the collection before the first question."""
    articles: int
    encoder: str
    encoder_digest: str

    @classmethod
    def of(cls, collection: str, catalog: "Catalog") -> Self:
        """Look at a collection that has articles."""
        encoder, counts = catalog.encoder(), catalog.counts()
        return cls(
            byline=importlib.metadata.version("byline-news"),
            collection=collection,
            seq=catalog.seq(),
            articles=counts.articles - counts.withdrawn,
            encoder=encoder.name if encoder else "",
            encoder_digest=encoder.digest if encoder else "",
        )


class Evaluation(Struct, frozen=True, kw_only=True, tag_field="type", tag="evaluation"):
    """What one run measured, and how it compares."""

    format: Literal[1] = 1
    made_at: datetime
    measured: Measured
    asked: int
    questions: int
    """More than were asked, where the run was interrupted."""
    figures: dict[str, Figure]
    tags: dict[str, dict[str, Figure]]
    """Of the questions with each tag."""
    doubts: tuple[str, ...] = ()
    """What the questions expect and the articles do not have."""
    baseline: Measured | None = None
    comparison: Comparison | None = None
    gates: Gates = Gates()
    shortfalls: tuple[str, ...] = ()
    """Why it does not pass."""
    outcomes: tuple[Outcome, ...]

    @classmethod
    def of(
        cls,
        measured: Measured,
        outcomes: Sequence[Outcome],
        questions: int,
        *,
        doubts: Sequence[str] = (),
        baseline: "Evaluation | None" = None,
        gates: Gates,
    ) -> Self:
        """Sum up a run and compare it."""
        summed = figures(outcomes)
        comparison = compare(outcomes, baseline.outcomes) if baseline else None
        return cls(
            made_at=datetime.now(UTC).replace(microsecond=0),
            measured=measured,
            asked=len(outcomes),
            questions=questions,
            figures=summed,
            tags={tag: figures(tagged) for tag, tagged in by_tag(outcomes).items()},
            doubts=tuple(doubts),
            baseline=baseline.measured if baseline else None,
            comparison=comparison,
            gates=gates,
            shortfalls=tuple(shortfalls(summed, comparison, gates)),
            outcomes=tuple(outcomes),
        )

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read what an earlier run saved. Raises EvaluationInvalid."""
        try:
            return msgspec.json.decode(path.read_bytes(), type=cls)
        except (ValueError, RecursionError) as error:
            raise EvaluationInvalid(
                f"{path} is not what this Byline's eval --save, or --json, writes: {error}"
            ) from error
