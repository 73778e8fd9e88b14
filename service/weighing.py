"""Sentences that may answer a question, each with what speaks for it: which of them it is rather than another.

`python -m evals.answers --fit` fitted the weights: as a choice among the sentences that were found for a question, so
that only differences between them count (McFadden's conditional logit).
"""

import functools
import heapq
import math
import operator
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from msgspec import Struct

from embeddings.evidence import Candidate
from embeddings.terms import terms
from service.answer_types import NAMES, VALUES, WORDINGS, degree
from service.sought import Sought

_READ = 40
"""Sentences that are looked at closely, of all that were found."""
_SAID_FIRST = 0.6
"""What a question said whole is worth beside nearness in meaning, for choosing those."""
_ASKS = re.compile(r"[?？؟]\W*$")
_LEAD = 600
"""Characters over which an article's beginning loses its weight by e; news says the main thing first."""
_NOTHING_BEFORE = 0.3


class Features(NamedTuple):
    """What speaks for a sentence."""

    similarity: float
    """Cosine with the question."""
    before: float
    """The same of the sentence before it."""
    said: float
    """Share of the question's words, by rarity, that stand in the sentence."""
    in_context: float
    """The same, in the sentence, the one before it, or the title."""
    in_article: float
    """The same, in all that was found of its article."""
    value: float
    """How surely it holds a date, number or sum where the question asks for one."""
    name: float
    """How surely it holds a name where the question asks for one."""
    wording: float
    """Whether it gives reasons, or somebody's words, where the question asks for such."""
    lead: float
    """1 at the beginning of the article, towards 0 further down."""
    length: float
    """Logarithm of its number of words."""


WEIGHTS = Features(
    similarity=9.78, before=0.44, said=2.27, in_context=2.4, in_article=4.06, value=2.95, name=1.79,
    wording=2.02, lead=2.14, length=0.49,
)  # fmt: skip


class Weighed(Struct, frozen=True):
    """A sentence with what speaks for it."""

    candidate: Candidate
    features: Features
    words: frozenset[str]
    context: frozenset[str]
    """Its words, those of the sentence before, and of the title."""

    def score(self, weights: Features) -> float:
        """Give the log-odds of its being the answer, up to a constant of the question."""
        return math.fsum(map(operator.mul, self.features, weights))


class _Found(NamedTuple):
    """A sentence in its place."""

    candidate: Candidate
    words: frozenset[str]
    before: Candidate | None
    announced: frozenset[str]
    """Words of the sentence before, where that only announces this one."""


def weigh(question: str, passages: Sequence[Sequence[Candidate]]) -> tuple[Sought, list[Weighed]]:
    """Weigh the sentences of passages, which come in the order of the text; those far from the question are left out.

    A sentence that only announces a quotation is no candidate; its words count as the quotation's. Neither is one that
    asks: it says nothing.
    """
    sought = Sought.of(question, [frozenset(candidate.terms) for passage in passages for candidate in passage])
    articles: defaultdict[tuple[str, int], set[str]] = defaultdict(set)
    for passage in passages:
        for candidate in passage:
            articles[_article(candidate)].update(candidate.terms)
    found = [each for passage in passages for each in _found(passage)]
    near = heapq.nlargest(
        _READ,
        found,
        key=lambda each: each.candidate.similarity + _SAID_FIRST * sought.said(each.words | each.announced),
    )
    said_of = {article: frozenset(words) for article, words in articles.items()}
    return sought, [_weighed(sought, each, said_of[_article(each.candidate)]) for each in near]


def _article(candidate: Candidate) -> tuple[str, int]:
    return candidate.hit.article.article_id, candidate.hit.article.version


def _found(passage: Sequence[Candidate]) -> Iterator[_Found]:
    before: Candidate | None = None
    announced: frozenset[str] = frozenset()
    for candidate in passage:
        words = _words(candidate)
        announces = candidate.sentence.text.endswith(":")
        if not announces and not _ASKS.search(candidate.sentence.text):
            yield _Found(candidate, words, before, announced)
        before, announced = candidate, words if announces else frozenset()


def _weighed(sought: Sought, found: _Found, article: frozenset[str]) -> Weighed:
    candidate, kind = found.candidate, sought.kind
    sentence = candidate.sentence
    context = found.words.union(_terms(candidate.hit.article.title), found.before.terms if found.before else ())
    fits = degree(kind, sentence.text, sought.words)
    features = Features(
        similarity=candidate.similarity,
        before=found.before.similarity if found.before else _NOTHING_BEFORE,
        said=sought.said(found.words | found.announced),
        in_context=sought.said(context),
        in_article=sought.said(article),
        value=fits if kind in VALUES else 0.0,
        name=fits if kind in NAMES else 0.0,
        wording=fits if kind in WORDINGS else 0.0,
        lead=math.exp(-sentence.start / _LEAD),
        length=math.log(1 + len(candidate.terms)),
    )
    return Weighed(candidate, features, found.words, context)


def _words(candidate: Candidate) -> frozenset[str]:
    """The words of a sentence, and the name of who says it, for which it may have a pronoun."""
    speech = candidate.sentence.speech
    return frozenset(candidate.terms).union(_terms(speech.speaker)) if speech else frozenset(candidate.terms)


@functools.lru_cache(maxsize=4096)
def _terms(name: str) -> frozenset[str]:
    return frozenset(terms(name))
