"""Follow-up questions and compound ones, measured: what carrying words over is worth, and what dividing is.

    python -m evals.follow_ups --data DIRECTORY

MTRAG: the contexts of all its tasks are one collection; asked are its answerable and partly answerable tasks, whose
contexts people chose (those of the others were merely retrieved). NewsQA: sessions made of questions that people asked
about one CNN story, each after the two before it, or after two about another story, where every word carried over does
harm: to a question with a name in it, or to one that could be about any story. No answers stand between. The rules were
made in view of one half of the questions: *unseen* is the other.
"""

import argparse
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct

from embeddings.encoder import DEFAULT_ENCODER, SentenceTransformerEncoder
from embeddings.retriever import Retriever
from evals.collections import collection
from evals.data import rows
from evals.measures import ALL, difference, measured
from evals.results import Row, keep
from evals.retrieval_sets import RetrievalSet, multihop, two_wiki
from evals.vectors import CachedEncoder
from service.answers import Turn
from service.condenser.follow_ups import standalone
from service.condenser.leaning import names
from service.condenser.parts import parts

_MTRAG = "conversational/mtrag_un_dev.jsonl.gz"
_NEWSQA = "training/reader/newsqa_dev.jsonl.gz"
_DEPTH = 20
"""Of each query's ranking, how much is merged."""
_RRF_K = 60

Ranking = Sequence[tuple[str, float]]
"""Articles and their scores, the best first."""


class Said(Struct, frozen=True, kw_only=True):
    """A question in a conversation, and the articles that answer it."""

    about: str
    """The conversation or story: what is in one half with all its questions."""
    question: str
    history: tuple[Turn, ...]
    relevant: dict[str, int]


FORMS: dict[str, Callable[[Said], str]] = {
    "question alone": lambda said: said.question,
    "question before + question": lambda said: " ".join([*_asked(said)[-1:], said.question]),
    "whole history + question": lambda said: " ".join([*(turn.text for turn in said.history), said.question]),
    "question + words carried over": lambda said: standalone(said.question, said.history).query,
}
"""What is searched for."""

MERGES: dict[str, Callable[[Sequence[Ranking]], list[str]]] = {
    "whole question": lambda rankings: [article for article, _ in rankings[0]],
    "parts in turns": lambda rankings: _in_turns(rankings[1:] or rankings),
    "whole and parts in turns": lambda rankings: _in_turns(rankings),
    "whole and parts, rank fusion": lambda rankings: _rank_fusion(rankings),
    "whole and parts, best normalised score": lambda rankings: _best_score(rankings),
}
"""How the rankings of the whole question and of its parts, in this order, become one."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    data = parser.parse_args().data
    encoder = CachedEncoder(SentenceTransformerEncoder.load(DEFAULT_ENCODER))
    table = [row for made in (_mtrag, _newsqa) for row in made(data, encoder)]
    keep("follow-ups", table, [data / _MTRAG, data / _NEWSQA])
    sets = [multihop(data), two_wiki(data)]
    table = [row for each in sets for row in _divided(each, encoder)]
    keep("parts", table, {file for each in sets for file in each.files})


def _mtrag(data: Path, encoder: CachedEncoder) -> Iterator[Row]:
    tasks = list(rows(data / _MTRAG))
    contexts = {context["text"]: context for task in tasks for context in reversed(task["contexts"])}
    made = collection("mtrag", [{**each, "title": each["title"] or ""} for each in contexts.values()], encoder)
    said = [
        Said(
            about=task["conversation_id"],
            question=task["question"],
            history=tuple(
                Turn(role="user" if turn["speaker"] == "user" else "assistant", text=turn["text"])
                for turn in task["history"]
            ),
            relevant={contexts[context["text"]]["id"]: 1 for context in task["contexts"]},
        )
        for task in tasks
        if task["contexts"] and task["answerability"][0] in ("ANSWERABLE", "PARTIAL")
    ]
    retriever = Retriever(made, encoder)
    yield from _compared("MTRAG, follow-ups", [each for each in said if each.history], retriever)
    yield from _compared("MTRAG, first turns", [each for each in said if not each.history], retriever)


def _newsqa(data: Path, encoder: CachedEncoder) -> Iterator[Row]:
    stories: dict[str, list[str]] = {}
    for row in rows(data / _NEWSQA):
        stories.setdefault(row["context"], []).append(row["question"])
    ids = {text: f"n{hashlib.sha256(text.encode()).hexdigest()[:12]}" for text in stories}
    made = collection("newsqa", [{"id": id, "title": "", "text": text} for text, id in ids.items()], encoder)
    asked = list(stories.items())
    same, other = [], []
    for number, (text, questions) in enumerate(asked):
        _, elsewhere = asked[number - 1]
        for place in range(2, len(questions)):
            same.append(_session(ids[text], questions[place], questions[place - 2 : place]))
            other.append(_session(ids[text], questions[place], elsewhere[:2]))
    retriever = Retriever(made, encoder)
    yield from _compared("NewsQA, the same story", same, retriever)
    yield from _compared("NewsQA, another story", other, retriever)
    named = [each for each in other if names(each.question)]
    yield from _compared("NewsQA, another story, with a name", named, retriever)


def _session(story: str, question: str, before: Sequence[str]) -> Said:
    history = tuple(Turn(role="user", text=text) for text in before)
    return Said(about=story, question=question, history=history, relevant={story: 1})


def _asked(said: Said) -> list[str]:
    return [turn.text for turn in said.history if turn.role == "user"]


def _compared(name: str, said: Sequence[Said], retriever: Retriever) -> Iterator[Row]:
    relevant = {str(place): each.relevant for place, each in enumerate(said)}
    results = {}
    for form, text in FORMS.items():
        found = {str(place): [_found(retriever, text(each))] for place, each in enumerate(said)}
        results[form] = measured({query: _in_turns(rankings) for query, rankings in found.items()}, relevant)
    yield from _table(name, [each.about for each in said], results, ("nDCG@10", "recall@5", "recall@10"))


def _divided(asked: RetrievalSet, encoder: CachedEncoder) -> Iterator[Row]:
    retriever = Retriever(collection(asked.name.replace(" ", "-").lower(), asked.articles, encoder), encoder)
    compound = [each for each in asked.asked if parts(each.question)]
    found = {each.id: [_found(retriever, text) for text in (each.question, *parts(each.question))] for each in compound}
    relevant = {each.id: each.relevant for each in compound}
    results = {
        name: measured({id: merge(rankings) for id, rankings in found.items()}, relevant)
        for name, merge in MERGES.items()
    }
    name = f"{asked.name}, {len(compound)} of {len(asked.asked)} divided"
    yield from _table(name, [each.id for each in compound], results, (ALL, "MRR@10", "Hits@4"))


def _table(
    name: str, halved_by: Sequence[str], results: Mapping[str, Mapping[str, np.ndarray]], shown: Sequence[str]
) -> Iterator[Row]:
    """Rows of a set, each compared with the first by the first measure."""
    unseen = np.array([hashlib.sha256(key.encode()).digest()[-1] % 2 == 1 for key in halved_by])
    baseline = next(iter(results.values()))
    for form, outcome in results.items():
        figures: dict[str, Any] = {"questions": len(halved_by)}
        figures |= {measure: float(outcome[measure].mean()) for measure in shown}
        figures[f"{shown[0]}, unseen"] = float(outcome[shown[0]][unseen].mean())
        mean, low, high = difference(outcome[shown[0]], baseline[shown[0]])
        figures["against the first (95%)"] = None if outcome is baseline else f"{mean:+.3f} ({low:+.3f} to {high:+.3f})"
        yield Row(name=f"{name}: {form}", figures=figures)


def _found(retriever: Retriever, text: str) -> Ranking:
    """The articles of the stories that were found; the copies of one share its score."""
    hits = retriever.retrieve(text, k=_DEPTH).hits
    return [(carrier.article_id, hit.score) for hit in hits for carrier in (hit.article, *hit.carriers)]


def _in_turns(rankings: Sequence[Ranking]) -> list[str]:
    turns = [ranking[place][0] for place in range(_DEPTH) for ranking in rankings if place < len(ranking)]
    return list(dict.fromkeys(turns))


def _rank_fusion(rankings: Sequence[Ranking]) -> list[str]:
    """Add the reciprocals of ranks (Cormack et al., SIGIR 2009)."""
    scores: dict[str, float] = {}
    for ranking in rankings:
        for rank, (article, _) in enumerate(ranking, start=1):
            scores[article] = scores.get(article, 0.0) + 1 / (_RRF_K + rank)
    return sorted(scores, key=lambda article: -scores[article])


def _best_score(rankings: Sequence[Ranking]) -> list[str]:
    scores: dict[str, float] = {}
    for ranking in rankings:
        for article, score in ranking:
            scores[article] = max(scores.get(article, 0.0), score / ranking[0][1])
    return sorted(scores, key=lambda article: -scores[article])


if __name__ == "__main__":
    main()
