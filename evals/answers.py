"""Keyless answers, measured: what is right, and what refusing costs.

    python -m evals.answers --data DIRECTORY [--fit] [--set NAME]

Each set's articles are one collection. A question has no answer in it when the articles that answer it are left out
(absent), or when the set says so (unanswerable). The weights are fitted on every other question (`--fit` prints them),
the figures are of the rest. Right first: of all questions with an answer, those whose first sentence is right. Kept: of
the first sentences that are right, those that are not refused. Every sentence of an answer quotes what it cites:
citation precision and recall would be 1.000 in every row, right or wrong, and say nothing.
"""

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from msgspec import Struct

from embeddings.articles import Filter, Hit
from embeddings.encoder import DEFAULT_ENCODER, SentenceTransformerEncoder
from embeddings.retriever import Retriever
from evals.answer_sets import SETS, AnswerSet, Asked
from evals.collections import collection
from evals.refusals import auroc, curve, refused_when_kept
from evals.results import Row, keep, table
from evals.vectors import CachedEncoder
from service.answers import Question
from service.condenser.condensed import condense
from service.grounds import PASSAGES_OF_A_STORY
from service.reader import Answering, answering
from service.refusal import ANSWERS_FROM
from service.sought import Sought
from service.weighing import Weighed, weigh

_TODAY = datetime(2026, 1, 1, tzinfo=UTC)
"""When a question is asked of which the set does not say: the figures do not depend on the day of the run."""


class Look(Struct, frozen=True):
    """What the reader saw for a question."""

    sought: Sought
    weighed: list[Weighed]
    hits: tuple[Hit, ...]

    def answering(self) -> Answering | None:
        """What the reader would say."""
        return answering(self.sought, self.weighed, self.hits)


class Case(Struct, frozen=True):
    """A question, with what the reader saw, and saw without the articles that answer."""

    asked: Asked
    seen: Look
    absent: Look | None
    """None where the question has no answer anyway."""


class Outcome(Struct, frozen=True, kw_only=True):
    """What came of the questions of a set, whatever the threshold."""

    answerable: int
    right: np.ndarray
    """Log-odds of the first sentences that are right."""
    wrong: np.ndarray
    absent: np.ndarray
    unanswerable: np.ndarray
    shipped: list[list[bool]]
    """Of each answer at the threshold that is shipped, which of its sentences are right."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--fit", action="store_true", help="fit weights and threshold, and print them")
    parser.add_argument("--set", choices=SETS, action="append", help="only this one; nothing is kept")
    arguments = parser.parse_args()
    encoder = CachedEncoder(SentenceTransformerEncoder.load(DEFAULT_ENCODER))
    sets = {name: made(arguments.data) for name, made in SETS.items() if name in (arguments.set or SETS)}
    files = {file for each in sets.values() for file in each.files}
    if arguments.fit:
        from evals.fitting import fit

        fit({each.name: list(cases(name, each, 0, encoder)) for name, each in sets.items()}, files)
        return
    outcomes = {each.name: outcome(cases(name, each, 1, encoder)) for name, each in sets.items()}
    rows = [_row(name, each) for name, each in outcomes.items()]
    if arguments.set:
        print(table(rows))
    else:
        keep("refusing", [row for name, each in outcomes.items() for row in curve(name, each)], files)
        keep("answers", rows, files)


def cases(name: str, set: AnswerSet, half: int, encoder: CachedEncoder) -> Iterator[Case]:
    """Ask every other question of a set, from the first or the second on."""
    retriever = Retriever(collection(name.removesuffix("_alone"), set.articles, encoder), encoder)
    all_ids = [article["id"] for article in set.articles]
    asked = set.asked[half::2]
    for place, each in enumerate(asked):
        if set.alone:
            elsewhere = next(other.gold for other in (*asked[place:], *asked) if not other.gold & each.gold)
            seen, without = each.gold, elsewhere
        else:
            seen, without = frozenset[str](), frozenset(all_ids) - each.gold
        yield Case(each, _look(retriever, each, seen), _look(retriever, each, without) if each.answerable else None)


def outcome(cases: Iterator[Case]) -> Outcome:
    """Sort what came of the questions."""
    answerable = 0
    right: list[float] = []
    wrong: list[float] = []
    absent: list[float] = []
    unanswerable: list[float] = []
    shipped: list[list[bool]] = []
    for case in cases:
        answering, asked = case.seen.answering(), case.asked
        answerable += asked.answerable
        if not asked.answerable:
            unanswerable.append(_log_odds(case.seen))
        elif answering is not None:
            hold = [asked.right(candidate) for candidate in answering.sentences]
            (right if hold[0] else wrong).append(answering.log_odds)
            if answering.log_odds >= ANSWERS_FROM:
                shipped.append(hold)
        if case.absent is not None:
            absent.append(_log_odds(case.absent))
    return Outcome(
        answerable=answerable,
        right=np.array(right),
        wrong=np.array(wrong),
        absent=np.array(absent),
        unanswerable=np.array(unanswerable),
        shipped=shipped,
    )


def _look(retriever: Retriever, asked: Asked, articles: frozenset[str]) -> Look:
    """Let the reader see what is found in some of the articles, as in the service; in all if none are named."""
    question = Question(
        question=asked.question, history=asked.history, filters=Filter(articles=tuple(sorted(articles)))
    )
    condensed = condense(question, asked.as_of or _TODAY, retriever.outlets())
    retrieval = retriever.retrieve_all(condensed.queries, k=question.k, per_story=PASSAGES_OF_A_STORY)
    passages = retriever.candidates(retrieval)
    sought, weighed = weigh(condensed.topics[0], [] if condensed.stated.unknown_outlets else passages)
    return Look(sought, weighed, retrieval.hits)


def _log_odds(look: Look) -> float:
    answering = look.answering()
    return answering.log_odds if answering else -np.inf


def _row(name: str, outcome: Outcome) -> Row:
    asked = outcome.answerable
    figures: dict[str, float | int | str | None] = {
        "questions": f"{asked} + {len(outcome.unanswerable)}",
        "right first": sum(hold[0] for hold in outcome.shipped) / asked,
        "right in the answer": sum(map(any, outcome.shipped)) / asked,
        "sentences": float(np.mean([len(hold) for hold in outcome.shipped])),
        "right first, never refusing": len(outcome.right) / asked,
        "kept": float(np.mean(outcome.right >= ANSWERS_FROM)),
        "wrong refused": float(np.mean(outcome.wrong < ANSWERS_FROM)),
    }
    for kind, refusable in (("absent", outcome.absent), ("unanswerable", outcome.unanswerable)):
        some = len(refusable) > 0
        figures[f"{kind} refused"] = float(np.mean(refusable < ANSWERS_FROM)) if some else None
        figures[f"{kind}, at 90% kept"] = refused_when_kept(outcome.right, refusable, 0.9) if some else None
        figures[f"{kind}, AUROC"] = auroc(outcome.right, refusable) if some else None
    return Row(name=name, figures=figures)


if __name__ == "__main__":
    main()
