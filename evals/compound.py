"""Questions with several parts, answered as a whole and part by part, on MultiHop lite.

    python -m evals.compound --data DIRECTORY

*Evidence*: the share of a question's gold sentences that are quoted. *Answer*: whether a quoted sentence names the
answer, for questions that ask for a name. *Partial*: of the questions that are answered, those of which a part is
said to be without an answer; all have one here, but for the null ones.
"""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from embeddings.encoder import DEFAULT_ENCODER, SentenceTransformerEncoder
from embeddings.evidence import Candidate
from embeddings.retriever import Retriever
from evals.answer_sets import bare_words
from evals.collections import collection
from evals.data import rows
from evals.results import Figure, Row, keep
from evals.retrieval_sets import multihop
from evals.vectors import CachedEncoder
from service.answers import Question
from service.grounds import Grounds, find
from service.quoting import quoted
from service.reader import read_parts

_KINDS = ("inference_query", "comparison_query", "temporal_query", "null_query")
_TODAY = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    data = parser.parse_args().data
    encoder = CachedEncoder(SentenceTransformerEncoder.load(DEFAULT_ENCODER))
    made = multihop(data)
    retriever = Retriever(collection("multihop-lite", made.articles, encoder), encoder)
    questions = list(rows(data / "multihop_rag_lite/questions.jsonl"))
    found = [find(retriever, Question(question=each["question"]), _TODAY) for each in questions]
    answers = [quoted(grounds) for grounds in found]
    kept = []
    for kind in _KINDS:
        of_kind = [place for place, each in enumerate(questions) if each["type"] == kind]
        name = kind.removesuffix("_query")
        whole = [(questions[place], _as_a_whole(found[place])) for place in of_kind]
        kept.append(Row(name=f"{name}, as a whole", figures=_figures(whole)))
        parts = [(questions[place], [each.grounds[0] for each in answers[place].pieces]) for place in of_kind]
        answered = [answers[place] for place in of_kind if answers[place].pieces]
        partial = float(np.mean([bool(answer.missing) for answer in answered]))
        kept.append(Row(name=f"{name}, whole and parts", figures=_figures(parts) | {"partial": partial}))
    keep("compound", kept, made.files)


def _as_a_whole(grounds: Grounds) -> Sequence[Candidate]:
    """Give what is quoted when no part is read on its own."""
    whole = grounds.condensed.topics[0], grounds.passages
    return read_parts([], whole).sentences if grounds.answerable else ()


def _figures(some: Sequence[tuple[dict[str, Any], Sequence[Candidate]]]) -> dict[str, Figure]:
    figures: dict[str, Figure] = {
        "questions": len(some),
        "answered": float(np.mean([bool(quoted) for _, quoted in some])),
        "sentences": float(np.mean([len(quoted) for _, quoted in some if quoted] or [0])),
    }
    if some[0][0]["evidence"]:
        figures["evidence"] = float(np.mean([_quoted(asked, quoted) for asked, quoted in some]))
    if some[0][0]["type"] == "inference_query":
        figures["answer"] = float(np.mean([_named(asked, quoted) for asked, quoted in some]))
    return figures


def _quoted(asked: dict[str, Any], quoted: Sequence[Candidate]) -> float:
    said = [bare_words(each.sentence.text) for each in quoted]
    gold = [bare_words(each["quote"]) for each in asked["evidence"]]
    return float(np.mean([any(one in other or other in one for one in said) for other in gold]))


def _named(asked: dict[str, Any], quoted: Sequence[Candidate]) -> bool:
    said = [f" {bare_words(each.sentence.text)} " for each in quoted]
    return any(f" {bare_words(answer)} " in each for answer in asked["answers"] for each in said)


if __name__ == "__main__":
    main()
