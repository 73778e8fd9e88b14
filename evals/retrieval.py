"""Retrieval, measured step by step: what each adds, and what it costs.

    python -m evals.retrieval --data DIRECTORY [--all beginnings|whole]

Articles go through the ingest that users have; rankings are of articles, by their best passages. RealTimeQA is asked of
its gold articles and 3,000 others; with --all, once, of all 18,674, the rest of them by their first 3,000 characters or
whole. *Cost* is the time of a question relative to one encoding of it plus one exact search by meaning in the same
collection, both measured in turns.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from msgspec import Struct

from embeddings.articles import Query
from embeddings.collection import Collection
from embeddings.encoder import DEFAULT_ENCODER, Encoder, SentenceTransformerEncoder
from embeddings.fusion import DEFAULT, Fusion
from embeddings.retriever import Retrieval, Retriever
from evals.answer_sets import bare_words
from evals.collections import collection
from evals.measures import ALL, difference, measured
from evals.results import Figure, Row, keep
from evals.retrieval_sets import SETS, Asked, RetrievalSet, real_time
from evals.vectors import CachedEncoder
from service.answers import Question
from service.condenser.condensed import condense

_K = 10
_PER_STORY = 5
_PASSAGES = 5
"""Of the best passages, in how many an answer is looked for."""
_TIMED = 60
_SHOWN = {
    "TIME": ("nDCG@10",),
    "2Wiki": ("nDCG@10", ALL),
    "MultiHop lite": ("MRR@10", "Hits@4", "Hits@10", ALL),
    "TREC sentences": ("nDCG@10",),
}
_SHOWN |= dict.fromkeys(("RealTimeQA sample", "RealTimeQA"), ("recall@1", "recall@5", "recall@10"))
_ANSWER = f"answer in {_PASSAGES} passages"

Plan = Callable[[Asked, Retriever], Sequence[Query]]


class Step(Struct, frozen=True, kw_only=True):
    """A way of retrieving."""

    name: str
    fusion: Fusion = DEFAULT
    plan: Plan


class Outcome(Struct, frozen=True, kw_only=True):
    """What a step brought back for the questions of a set, in their order."""

    measures: dict[str, np.ndarray]
    answered: np.ndarray
    """Whether an answer stands in the first passages, for the questions whose answers are known."""


def _plain(asked: Asked, _: Retriever) -> Sequence[Query]:
    return [Query(text=asked.question)]


def _condensed(parts: bool) -> Plan:
    def plan(asked: Asked, retriever: Retriever) -> Sequence[Query]:
        queries = condense(
            Question(question=asked.question), asked.as_of or datetime.now(UTC), retriever.outlets()
        ).queries
        return queries if parts else queries[:1]

    return plan


_ALONE = Fusion(evidence=0.0)
STEPS = (
    Step(name="BM25 alone", fusion=Fusion(dense=0.0, evidence=0.0), plan=_plain),
    Step(name="dense alone", fusion=Fusion(dense=1.0, evidence=0.0), plan=_plain),
    Step(name="fused: convex combination", fusion=_ALONE, plan=_plain),
    Step(name="+ sentence-level evidence", plan=_plain),
    Step(name="+ dates and outlets of the question", plan=_condensed(parts=False)),
    Step(name="+ parts of the question", plan=_condensed(parts=True)),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--all", choices=["beginnings", "whole"], help="RealTimeQA only, among all its articles")
    arguments = parser.parse_args()
    bare = SentenceTransformerEncoder.load(DEFAULT_ENCODER)
    encoder = CachedEncoder(bare)
    if arguments.all:
        loaded = [real_time(arguments.data, "all" if arguments.all == "whole" else "beginnings")]
    else:
        loaded = [load(arguments.data) for load in SETS]
    collections = [collection(each.name.replace(" ", "-").lower(), each.articles, encoder) for each in loaded]
    rows, outcomes = [], []
    for step in STEPS:
        results = [_outcome(step, each, made, encoder) for each, made in zip(loaded, collections, strict=True)]
        outcomes.append(results)
        rows.append(
            Row(name=step.name, figures=_figures(loaded, results) | {"cost": _cost(step, loaded, collections, bare)})
        )
        print(rows[-1], flush=True)
    files = {file for each in loaded for file in each.files}
    name = f"retrieval-{arguments.all}" if arguments.all else "retrieval"
    keep(name, rows, files)
    keep(f"{name}-differences", list(_differences(loaded, outcomes)), files)


def _outcome(step: Step, asked: RetrievalSet, made: Collection, encoder: Encoder) -> Outcome:
    retriever = Retriever(made, encoder, step.fusion)
    rankings, answered = {}, []
    for each in asked.asked:
        retrieval = retriever.retrieve_all(step.plan(each, retriever), k=_K, per_story=_PER_STORY)
        rankings[each.id] = articles(retrieval)
        if each.answers:
            answered.append(_holds(retrieval, each.answers))
    relevant = {each.id: each.relevant for each in asked.asked if each.relevant}
    return Outcome(measures=measured(rankings, relevant), answered=np.array(answered, dtype=float))


def articles(retrieval: Retrieval) -> list[str]:
    """Give the articles that were found, the best first; copies of a story follow the one that is cited."""
    return list(dict.fromkeys(each.article_id for hit in retrieval.hits for each in (hit.article, *hit.carriers)))


def _holds(retrieval: Retrieval, answers: Sequence[str]) -> bool:
    first = " ".join(bare_words(hit.passage.text) for hit in retrieval.hits[:_PASSAGES])
    return any(f" {bare_words(answer)} " in f" {first} " for answer in answers)


def _figures(loaded: Sequence[RetrievalSet], outcomes: Sequence[Outcome]) -> dict[str, Figure]:
    figures: dict[str, Figure] = {}
    for each, outcome in zip(loaded, outcomes, strict=True):
        figures |= {f"{each.name}: {name}": float(outcome.measures[name].mean()) for name in _SHOWN[each.name]}
        if len(outcome.answered):
            figures[f"{each.name}: {_ANSWER}"] = float(outcome.answered.mean())
    figures["mean nDCG@10"] = float(np.mean([outcome.measures["nDCG@10"].mean() for outcome in outcomes]))
    return figures


def _cost(
    step: Step, loaded: Sequence[RetrievalSet], collections: Sequence[Collection], bare: SentenceTransformerEncoder
) -> float:
    """The median, over questions of the last set, of a question's time by one encoding and one search's."""
    asked, made = loaded[-1].asked[:_TIMED], collections[-1]
    indexes = made.refresh()
    assert indexes is not None
    ratios = []
    for each in asked:
        retriever = Retriever(made, bare, step.fusion)  # a new one remembers no question
        started = time.perf_counter()
        indexes.dense.search(bare.encode_query(each.question), _K)
        between = time.perf_counter()
        retriever.retrieve_all(step.plan(each, retriever), k=_K, per_story=_PER_STORY)
        ratios.append((time.perf_counter() - between) / (between - started))
    return statistics.median(ratios)


def _differences(loaded: Sequence[RetrievalSet], outcomes: Sequence[Sequence[Outcome]]) -> list[Row]:
    """Compare the fusion with each of its parts, and each later step with the one before, on every set."""
    pairs = [(2, 0), (2, 1), *((place, place - 1) for place in range(3, len(STEPS)))]
    rows = []
    for ours, theirs in pairs:
        figures: dict[str, Figure] = {}
        for each, one, other in zip(loaded, outcomes[ours], outcomes[theirs], strict=True):
            mean, low, high = difference(one.measures["nDCG@10"], other.measures["nDCG@10"])
            figures[f"{each.name}: nDCG@10"] = f"{mean:+.3f} ({low:+.3f} to {high:+.3f})"
        rows.append(Row(name=f"{STEPS[ours].name}, against {STEPS[theirs].name}", figures=figures))
    return rows


if __name__ == "__main__":
    main()
