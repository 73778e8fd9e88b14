"""Whether the cited sentences bear a sentence out: from several signals, as one probability.

`python -m evals.verifying --fit` fitted the weights (logistic regression).
"""

import functools
import math
import operator
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from embeddings.evidence import Candidate
from service.answers import Doubt
from service.verifier.common import is_common
from service.verifier.words import stems, words


class Signals(NamedTuple):
    """What tells whether a sentence is supported."""

    similarity: float
    """Cosine with the nearest cited sentence."""
    said: float
    """Share of its content that the cited sentences say, or the titles above them. 0 where what it says is in doubt: a
    sentence that was copied and changed in one place is not the truer for what was copied."""
    in_order: float
    """Likewise, share of its neighbouring words that are neighbours there, too."""
    quotation: float
    """From here on, how many of these doubts there are, at most two."""
    number: float
    date: float
    name: float
    negation: float
    attribution: float
    roles: float


WEIGHTS = Signals(
    similarity=3.06, said=0.58, in_order=1.56, quotation=-0.5, number=-1.12, date=-0.51, name=-0.07, negation=-0.18,
    attribution=-0.69, roles=-3.2,
)  # fmt: skip
BIAS = -2.68
SUPPORTED_FROM = 0.45
"""Probability below which a sentence is unsupported though nothing in particular is in doubt. On news, this is as
accurate as a half is, and more of what is right passes."""
_MOST_DOUBTS = 2
_FAMILY = 5
"""Letters that words of one family have in common at least."""
_SUFFIX = 2
"""Letters of the shorter of two such words in which they may differ."""


def support(found: Signals) -> float:
    """Give the probability that a sentence is borne out."""
    return 1 / (1 + math.exp(-BIAS - math.fsum(map(operator.mul, found, WEIGHTS))))


def signals(sentence: str, cited: Sequence[Candidate], doubts: Sequence[Doubt]) -> Signals:
    """Look at a sentence beside what it cites, given what of it is in doubt."""
    said = frozenset[str]().union(*map(_said, cited))
    content = content_of(sentence)
    pairs = _pairs(sentence)
    there = frozenset[tuple[str, str]]().union(*(_pairs(candidate.sentence.text) for candidate in cited))
    kinds = Counter(doubt.kind for doubt in doubts)
    counts = kinds.keys() <= {"attribution"}
    return Signals(
        similarity=max((candidate.similarity for candidate in cited), default=0.0),
        said=sum(is_in(word, said) for word in content) / len(content) if content and counts else float(counts),
        in_order=len(pairs & there) / len(pairs) if pairs and counts else 0.0,
        quotation=_count(kinds["quotation"]),
        number=_count(kinds["number"]),
        date=_count(kinds["date"]),
        name=_count(kinds["name"]),
        negation=_count(kinds["negation"]),
        attribution=_count(kinds["attribution"]),
        roles=_count(kinds["roles"]),
    )


@functools.lru_cache(maxsize=4096)
def content_of(sentence: str) -> frozenset[str]:
    """Give the stems of a sentence that say something by themselves."""
    return frozenset(
        word.stem for word in words(sentence) if not is_common(word) and (len(word.stem) > 1 or word.stem.isdigit())
    )


def is_in(word: str, said: frozenset[str]) -> bool:
    """Tell whether a stem, or another word of its family, is among others."""
    return word in said or (len(word) >= _FAMILY and any(_are_family(word, other) for other in said))


def _are_family(one: str, other: str) -> bool:
    same = max(_FAMILY, min(len(one), len(other)) - _SUFFIX)
    return one[:same] == other[:same] and len(one) >= same and len(other) >= same


def _count(doubts: int) -> float:
    return float(min(_MOST_DOUBTS, doubts))


def _said(candidate: Candidate) -> frozenset[str]:
    speech = candidate.sentence.speech
    said = stems(candidate.sentence.text) | stems(candidate.hit.article.title)
    return said | stems(speech.speaker) if speech else said


@functools.lru_cache(maxsize=4096)
def _pairs(text: str) -> frozenset[tuple[str, str]]:
    every = [word.stem for word in words(text)]
    return frozenset(pairwise(every))
