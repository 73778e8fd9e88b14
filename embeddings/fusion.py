"""Several opinions of the same passages into one: a convex combination of normalised scores."""

import itertools
from collections.abc import Iterator, Sequence
from typing import TypeVar

from msgspec import Struct

from embeddings.arrays import Scores

T = TypeVar("T")


class Fusion(Struct, frozen=True, kw_only=True):
    """What each opinion of a passage weighs. `python -m evals.retrieval` measures each, and what others would do."""

    dense: float = 0.5
    """The passage by meaning, against its words: the convex combination of Bruch et al., ACM TOIS 2023."""
    evidence: float = 0.5
    """Its best sentence, by meaning and by words alike, against the passage as a whole."""
    favoured: float = 0.15
    """Added where the article has a date or an outlet that the question mentions."""
    repeated: float = 0.3
    """Taken from a passage of which its outlet repeats every sentence from article to article."""


DEFAULT = Fusion()


def normalised(scores: Scores) -> Scores:
    """Divide scores by the best one; their theoretical minimum is 0 (a cosine below that means no more than 0)."""
    positive = scores.clip(min=0.0)
    best = positive.max(initial=0.0)
    return positive / best if best > 0 else positive


def fuse(first: Scores, second: Scores, weight: float) -> Scores:
    """Combine two scores of the same passages, the first with `weight`; shape (n,), from 0 to 1.

    The order of the passages does not matter.
    """
    return weight * normalised(first) + (1 - weight) * normalised(second)


def interleaved(rankings: Sequence[Sequence[T]]) -> Iterator[tuple[int, T]]:
    """Let rankings take turns, best first, each entry once; with the number of the ranking that it comes from."""
    seen = set()
    for row in itertools.zip_longest(*rankings):
        for number, entry in enumerate(row):
            if entry is not None and entry not in seen:
                seen.add(entry)
                yield number, entry
