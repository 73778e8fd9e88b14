"""The keyless answerer: which sentences of the articles answer a question, or none.

A general first method, linear and without a model of its own: nearness in meaning, the question's words found, and
whether the sentence holds the kind of thing that was asked for. `python -m evals.reader --fit` fitted its weights.
"""

import functools
import math
import operator
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct

from embeddings.retriever import Candidate
from embeddings.terms import terms
from service.answer_types import AnswerType, answer_type, holds, topic_of
from service.roles import Roles, Saying, roles_of, saying

MOST_SENTENCES = 3
ANSWERS_FROM = -2.57
"""Score below which nothing answers: keeps 9 of 10 right answers of the sets that the weights were fitted on."""
_BELOW_BEST = 0.8
"""How far a further sentence may score below the first."""
_REPEATS = 0.6
"""Share of the shorter sentence's words from which on two sentences say the same."""
_LEAD = 600
"""Characters over which an article's beginning loses its weight by e; news says the main thing first."""
_PRIOR = 2.0
"""Added to the rarity of every word: in a few articles, how many have a word says little about the word."""
_SHORT = 5
"""Words below which a sentence can hardly stand alone."""

_FUNCTION_WORDS = frozenset(
    terms(
        "a an the and or but nor so of in on at to for from by with about as into than then that this these those "
        "there is are was were be been being am do does did done has have had having will would can could may might "
        "shall should must who whom whose what when where why which how many much it its he she they him her "
        "them his their i you we your our my me not no any some"
    )
)


class Features(NamedTuple):
    """What is known of a candidate."""

    similarity: float
    """Cosine with the question."""
    covered: float
    """Share of the question's words, by rarity, that stand in the sentence."""
    in_context: float
    """The same, in the sentence, the one before it, or the title."""
    misses_type: float
    """1 when the question asks for a kind of thing and the sentence holds none."""
    short: float
    """1 for a sentence of a few words."""
    lead: float
    """1 at the beginning of the article, towards 0 further down."""


WEIGHTS = Features(similarity=5.64, covered=1.48, in_context=2.03, misses_type=-1.37, short=-0.14, lead=0.66)
BIAS = -7.49


class Scored(Struct, frozen=True, kw_only=True):
    """A candidate with its log-odds of answering."""

    candidate: Candidate
    features: Features
    score: float
    words: frozenset[str]
    """Terms of the sentence, without function words."""
    saying: Saying
    """Whether it says who does it to whom as the question does."""


def read(question: str, passages: Sequence[Sequence[Candidate]], rarity: Mapping[str, float]) -> list[Candidate]:
    """Choose at most a few sentences that answer the question, the best first; none when nothing is near.

    `rarity` is the idf of the question's terms.
    """
    ranked = sorted(score(question, passages, rarity), key=lambda scored: -scored.score)
    if ranked and ranked[0].saying == "reversed":
        # What is nearest says it the other way round: only what says it as it was asked can be an answer.
        ranked = [scored for scored in ranked if scored.saying == "stated"]
    ranked = [scored for scored in ranked if scored.saying != "reversed"]
    if not ranked or ranked[0].score < ANSWERS_FROM:
        return []
    chosen: list[Scored] = []
    for scored in ranked:
        if scored.score < max(ANSWERS_FROM, ranked[0].score - _BELOW_BEST) or len(chosen) == MOST_SENTENCES:
            break
        if not any(_repeats(scored.words, other.words) for other in chosen):
            chosen.append(scored)
    return [scored.candidate for scored in chosen]


def score(question: str, passages: Sequence[Sequence[Candidate]], rarity: Mapping[str, float]) -> list[Scored]:
    """Score the sentences of passages, which come in the order of the text.

    A sentence that only announces a quotation is no candidate; its words count as the quotation's.
    """
    asked = _Asked.of(question, rarity)
    scored = []
    for passage in passages:
        before: frozenset[str] = frozenset()
        announced: frozenset[str] = frozenset()
        for candidate in passage:
            sentence = candidate.sentence.text
            stems = terms(sentence)
            words = frozenset(stems)
            announces = sentence.endswith(":")
            if not announces:
                context = words | before | _title_words(candidate.hit.article.title)
                features = Features(
                    similarity=candidate.similarity,
                    covered=asked.share(words | announced),
                    in_context=asked.share(context),
                    misses_type=float(not holds(asked.kind, sentence, question)),
                    short=float(len(words) < _SHORT),
                    lead=math.exp(-candidate.sentence.start / _LEAD),
                )
                total = BIAS + sum(map(operator.mul, features, WEIGHTS))
                scored.append(
                    Scored(
                        candidate=candidate,
                        features=features,
                        score=total,
                        words=words - _FUNCTION_WORDS,
                        saying=saying(asked.roles, stems) if asked.roles else "unsaid",
                    )
                )
            before, announced = words, words if announces else frozenset()
    return scored


class _Asked(Struct, frozen=True):
    """A question, taken apart once for all its candidates."""

    kind: AnswerType
    weights: dict[str, float]
    """Of its terms without function words, by rarity; they add up to 1."""
    roles: Roles | None

    @classmethod
    def of(cls, question: str, rarity: Mapping[str, float]) -> "_Asked":
        topic = (term for term in terms(topic_of(question)) if term not in _FUNCTION_WORDS)
        weights = {term: rarity.get(term, 0.0) + _PRIOR for term in topic}
        total = sum(weights.values()) or 1.0
        shares = {term: weight / total for term, weight in weights.items()}
        return cls(answer_type(question), shares, roles_of(question))

    def share(self, words: frozenset[str]) -> float:
        """How much of the question stands in these words, from 0 to 1."""
        return sum(weight for term, weight in self.weights.items() if term in words)


@functools.lru_cache(maxsize=1024)
def _title_words(title: str) -> frozenset[str]:
    return frozenset(terms(title))


def _repeats(words: frozenset[str], others: frozenset[str]) -> bool:
    return len(words & others) >= _REPEATS * max(1, min(len(words), len(others)))
