"""Whether the sentence that answers best answers at all: from several signals, as one probability.

`python -m evals.answers --fit` fitted the weights (logistic regression).
"""

import math
import operator
from collections import defaultdict
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from embeddings.articles import Hit
from service.answer_types import NAMES, VALUES
from service.sought import Sought
from service.weighing import Weighed


class Signals(NamedTuple):
    """What tells whether the best sentence is an answer."""

    similarity: float
    said: float
    in_context: float
    in_article: float
    margin: float
    """Its score less that of the next sentence, at most 3."""
    apart_in_words: float
    """How far the best article's BM25 score is above the next one's, as a share of it."""
    apart_in_meaning: float
    """How far the nearest passage is above the middle one, in cosine."""
    names_missing: float
    """Share of the names asked about that stand neither in the sentence, nor the one before, nor the title."""
    numbers_missing: float
    value: float
    """1 where a date, number or sum is asked for and the sentence holds one, -1 where it holds none; else 0."""
    name: float
    """The same of names."""
    length: float
    """Logarithm of the number of words of the question."""


WEIGHTS = Signals(
    similarity=3.27, said=1.45, in_context=0.21, in_article=0.52, margin=0.2, apart_in_words=1.64,
    apart_in_meaning=3.35, names_missing=-0.36, numbers_missing=-0.49, value=0.05, name=0.23,
    length=0.65,
)  # fmt: skip
BIAS = -5.79
ANSWERS_FROM = -0.56
"""Log-odds below which nothing answers: keeps 9 of 10 right answers of the questions that it was fitted on."""
_WIDEST = 3.0


def log_odds(signals: Signals) -> float:
    """Give the log-odds of an answer."""
    return BIAS + math.fsum(map(operator.mul, signals, WEIGHTS))


def signals(sought: Sought, ranked: Sequence[tuple[float, Weighed]], hits: Sequence[Hit]) -> Signals:
    """Look at the best sentence, as it stands among the others, which come with their scores, best first."""
    score, best = ranked[0]
    features = best.features
    by_article: defaultdict[str, float] = defaultdict(float)
    for hit in hits:
        by_article[hit.article.article_id] = max(by_article[hit.article.article_id], hit.lexical_score)
    first, second = [*sorted(by_article.values(), reverse=True), 0.0][:2]
    nearness = [hit.dense_score for hit in hits]
    return Signals(
        similarity=features.similarity,
        said=features.said,
        in_context=features.in_context,
        in_article=features.in_article,
        margin=min(_WIDEST, score - ranked[1][0]) if len(ranked) > 1 else _WIDEST,
        apart_in_words=(first - second) / first if first else 0.0,
        apart_in_meaning=max(nearness) - median(nearness),
        names_missing=_missing(sought.names, best.context),
        numbers_missing=_missing(sought.numbers, best.context),
        value=2 * features.value - 1 if sought.kind in VALUES else 0.0,
        name=2 * features.name - 1 if sought.kind in NAMES else 0.0,
        length=math.log(1 + sought.length),
    )


def _missing(asked: frozenset[str], words: frozenset[str]) -> float:
    return len(asked - words) / len(asked) if asked else 0.0
