"""The keyless answerer: which sentences of the articles answer a question, or none.

A general first method, linear and without a model of its own. Which sentence it is, and whether there is an answer at
all, are two questions, for `weighing` and `refusal`.
"""

import itertools
from collections.abc import Iterable, Sequence

from msgspec import Struct

from embeddings.articles import Hit
from embeddings.evidence import Candidate
from embeddings.terms import FUNCTION_WORDS
from service.refusal import ANSWERS_FROM, Signals, log_odds, signals
from service.roles import Roles, Saying, saying
from service.sought import Sought
from service.weighing import WEIGHTS, Features, Weighed, weigh

Passages = Sequence[Sequence[Candidate]]
"""The sentences of passages, in the order of the text."""

HOPELESS_BELOW = -2.5
"""Log-odds of the best sentence below which the articles are about something else. On each set that was measured less
than 1 of 100 questions that an article answers are below it, and 1 to 26 of 100 whose article is absent."""
MOST_SENTENCES = 3
_BELOW_BEST = 0.8
"""How far a further sentence may score below the first."""
_REPEATS = 0.6
"""Share of the shorter sentence's words from which on two sentences say the same."""


class Answering(Struct, frozen=True):
    """The best sentences there are, whether they answer or not."""

    sentences: tuple[Candidate, ...]
    """The best first; at least one."""
    signals: Signals
    log_odds: float
    """Of the first one's being an answer."""


def read(question: str, passages: Passages) -> list[Candidate]:
    """Choose at most a few sentences that answer the question, the best first; none when nothing answers."""
    sought, weighed = weigh(question, passages)
    best = answering(sought, weighed, [passage[0].hit for passage in passages if passage])
    return list(best.sentences) if best and best.log_odds >= ANSWERS_FROM else []


def hopeless(question: str, passages: Passages) -> bool:
    """Tell whether nothing in these passages comes near an answer, so that there is no use in asking a chat model."""
    sought, weighed = weigh(question, passages)
    best = answering(sought, weighed, [passage[0].hit for passage in passages if passage])
    return best is None or best.log_odds < HOPELESS_BELOW


class PartsRead(Struct, frozen=True, kw_only=True):
    """What answers a question of several parts."""

    sentences: tuple[Candidate, ...]
    """Those of the parts in their order, then those of the whole; each once."""
    missing: tuple[int, ...]
    """Places of the parts that nothing answers, from 0."""


def read_parts(parts: Iterable[tuple[str, Passages]], whole: tuple[str, Passages]) -> PartsRead:
    """Choose the best sentence for each part of a question, and what answers the whole of it."""
    chosen = [read(text, passages)[:1] for text, passages in parts]
    missing = tuple(place for place, best in enumerate(chosen) if not best)
    distinct: dict[tuple[str, int], Candidate] = {}
    for each in [*itertools.chain(*chosen), *read(*whole)]:
        distinct.setdefault(each.place, each)
    return PartsRead(sentences=tuple(distinct.values()), missing=missing)


def answering(
    sought: Sought, weighed: Sequence[Weighed], hits: Sequence[Hit], weights: Features = WEIGHTS
) -> Answering | None:
    """Give the best of the sentences of these hits; None when none is left.

    What somebody else says than is asked about, and what says the reverse of what is asked, is no answer.
    """
    said = [each for each in weighed if not sought.is_anothers(each.candidate.sentence, each.words)]
    ranked = sorted(((each.score(weights), each) for each in said), key=lambda pair: -pair[0])
    if sought.roles:
        ranked = _not_reversed(sought.roles, ranked)
    if not ranked:
        return None
    chosen: list[Weighed] = []
    for score, each in ranked:
        if score < ranked[0][0] - _BELOW_BEST or len(chosen) == MOST_SENTENCES:
            break
        if not any(_repeats(each.words, other.words) for other in chosen):
            chosen.append(each)
    found = signals(sought, ranked, hits)
    return Answering(tuple(each.candidate for each in chosen), found, log_odds(found))


def _not_reversed(roles: Roles, ranked: Sequence[tuple[float, Weighed]]) -> list[tuple[float, Weighed]]:
    """Leave out what says it the other way round; if that is what is nearest, all that does not say it as asked."""
    said = [(_said(roles, each.candidate), score, each) for score, each in ranked]
    allowed: tuple[Saying, ...] = ("stated",) if said and said[0][0] == "reversed" else ("stated", "unsaid")
    return [(score, each) for saying, score, each in said if saying in allowed]


def _said(roles: Roles, candidate: Candidate) -> Saying:
    sentence = candidate.sentence
    return saying(roles, sentence.text, sentence.speech.speaker if sentence.speech else "")


def _repeats(words: frozenset[str], others: frozenset[str]) -> bool:
    words, others = words - FUNCTION_WORDS, others - FUNCTION_WORDS
    return len(words & others) >= _REPEATS * max(1, min(len(words), len(others)))
