"""The retrieval sets: articles, questions, and which articles answer each."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct

from evals.data import rows

_FIELDS = ("id", "title", "source", "author", "published_at", "url", "text")
_OTHERS = 3000
_BEGINNING = 3000
"""Characters."""


class Asked(Struct, frozen=True, kw_only=True):
    """A question and what should be found for it."""

    id: str
    question: str
    relevant: dict[str, int]
    """Grade by article id."""
    answers: tuple[str, ...] = ()
    """Any of these strings answers it, where the set says so."""
    as_of: datetime | None = None


class RetrievalSet(Struct, frozen=True, kw_only=True):
    """A collection to be, and questions about it."""

    name: str
    articles: tuple[Mapping[str, Any], ...]
    """As `byline ingest` takes them."""
    asked: tuple[Asked, ...]
    files: tuple[Path, ...]


def time_news(data: Path) -> RetrievalSet:
    """TIME of 1963: 423 articles in capitals, 83 queries."""
    return _folder(data / "retrieval/time_news", "TIME")


def two_wiki(data: Path) -> RetrievalSet:
    """2WikiMultihopQA: the first paragraphs of Wikipedia articles; every question needs two or four of them."""
    return _folder(data / "retrieval/twowiki_multihop", "2Wiki")


def multihop(data: Path) -> RetrievalSet:
    """MultiHop-RAG, lite: articles as title, summary and gold sentences, which is easier than their bodies.

    Only articles with evidence have an outlet and a date in it, so that whatever filters by these is flattered.
    """
    articles = data / "multihop_rag_lite/articles.jsonl"
    questions = data / "multihop_rag_lite/questions.jsonl"
    asked = (
        Asked(
            id=row["id"],
            question=row["question"],
            relevant={evidence["article_id"]: 1 for evidence in row["evidence"]},
        )
        for row in rows(questions)
        if row["answerable"]
    )
    return RetrievalSet(
        name="MultiHop lite",
        articles=tuple(map(_given, rows(articles))),
        asked=tuple(asked),
        files=(articles, questions),
    )


def trec_sentences(data: Path) -> RetrievalSet:
    """TREC's questions to newswire, and the sentences that were judged for them, all in one collection."""
    path = data / "training/retrieval/trecqa_news_sentences.jsonl.gz"
    asked = list(rows(path))
    sentences = dict.fromkeys(text for row in asked for text in (*row["positive"], *row["negatives"]))
    return RetrievalSet(
        name="TREC sentences",
        articles=tuple({"id": _id(text), "title": "", "text": text} for text in sentences),
        asked=tuple(
            Asked(id=row["id"], question=row["query"], relevant={_id(text): 1 for text in row["positive"]})
            for row in asked
            if row["positive"]
        ),
        files=(path,),
    )


def real_time(data: Path, others: Literal["some", "beginnings", "all"] = "some") -> RetrievalSet:
    """RealTimeQA: weekly quizzes, and articles: the gold ones and 3,000 others, to which the rest comes if need be.

    The rest is 15,389 articles, whole, or by their first 3,000 characters, of which encoding takes a third of the time.
    """
    articles, questions = data / "realtimeqa/articles.jsonl.xz", data / "realtimeqa/questions.jsonl.gz"
    asked = [
        Asked(
            id=row["id"],
            question=row["question"],
            relevant=dict.fromkeys(row["gold_article_ids"], 1),
            answers=tuple(row["answers"]) if row["answer_string_in"] else (),
            as_of=datetime.fromisoformat(row["asked_on"]).replace(tzinfo=UTC),
        )
        for row in rows(questions)
        if row["gold_article_ids"] or row["answer_string_in"]
    ]
    records = list(map(_given, rows(articles)))
    gold = {id for each in asked for id in each.relevant}
    sample = gold | set(sorted((record["id"] for record in records if record["id"] not in gold), key=_id)[:_OTHERS])
    if others == "some":
        records = [record for record in records if record["id"] in sample]
    elif others == "beginnings":
        records = [
            record if record["id"] in sample else record | {"text": record["text"][:_BEGINNING]} for record in records
        ]
    return RetrievalSet(
        name="RealTimeQA sample" if others == "some" else "RealTimeQA",
        articles=tuple(records),
        asked=tuple(asked),
        files=(articles, questions),
    )


SETS: tuple[Callable[[Path], RetrievalSet], ...] = (time_news, two_wiki, multihop, trec_sentences, real_time)


def _folder(folder: Path, name: str) -> RetrievalSet:
    """Read a folder in the manner of BEIR."""
    files = tuple(folder / file for file in ("corpus.jsonl.gz", "queries.jsonl", "qrels.tsv"))
    judged: dict[str, dict[str, int]] = {}
    for line in files[2].read_text().splitlines()[1:]:
        query, article, grade = line.split("\t")[:3]
        judged.setdefault(query, {})[article] = int(grade)
    return RetrievalSet(
        name=name,
        articles=tuple(map(_given, rows(files[0]))),
        asked=tuple(
            Asked(id=row["id"], question=row["question"], relevant=judged[row["id"]])
            for row in rows(files[1])
            if row["id"] in judged
        ),
        files=files,
    )


def _given(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: record[name] for name in _FIELDS if record.get(name)}


def _id(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
