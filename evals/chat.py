"""Answers of a chat model, measured beside the keyless reader's on the same questions.

    BYLINE_CHAT_MODEL=NAME python -m evals.chat --data DIRECTORY [--questions N] [--set NAME]

OPENAI_API_KEY and OPENAI_BASE_URL say where the model is; it receives the questions and passages of public articles.
Each question is asked of the whole collection, and again without the articles that answer it. Right: the answer has
the words of a known answer or, where none is known, cites a right sentence. Cited right: of the sentences shown as
supported, those that cite a sentence known to be right. Exact: citations whose quotation is what
the stored article has there.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from msgspec import Struct

from embeddings.articles import Filter
from embeddings.encoder import DEFAULT_ENCODER, SentenceTransformerEncoder
from embeddings.library import Library
from embeddings.retriever import Retriever
from evals.answer_sets import SETS, AnswerSet, Asked, bare_words
from evals.collections import collection
from evals.results import Figure, Row, keep
from evals.vectors import CachedEncoder
from service.answerer import Answerer
from service.answers import Answer, Question
from service.settings import Settings

_SETS = ("newsqa", "real_time", "multihop", "clapnq", "mtrag")
Way = Literal["chat", "reader"]
_AT_ONCE = 4
"""Questions that are asked at a time."""


class Case(Struct, frozen=True):
    """A question with what came of it."""

    asked: Asked
    answer: Answer | None
    """None where answering failed."""
    absent: Answer | None
    """What came when the articles that answer were left out; None for questions without an answer anyway."""


class _Cached(Library):
    """The collection of a set, as earlier runs have kept it."""

    def __init__(self, retriever: Retriever, encoder: CachedEncoder) -> None:
        super().__init__(retriever.collection.directory, encoder)
        self._retriever = retriever

    def retriever(self, _: str) -> Retriever:
        return self._retriever


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--questions", type=int, default=50, help="of each set")
    parser.add_argument("--set", choices=_SETS, action="append", help="only this one")
    arguments = parser.parse_args()
    settings = Settings.from_env(os.environ)
    if settings.chat_model is None:
        sys.exit("say which chat model: BYLINE_CHAT_MODEL=NAME (with OPENAI_API_KEY, or OPENAI_BASE_URL)")
    encoder = CachedEncoder(SentenceTransformerEncoder.load(DEFAULT_ENCODER))
    wired = Answerer.from_settings(settings)
    kept: list[Row] = []
    files: set[Path] = set()
    for name in arguments.set or _SETS:
        made = SETS[name](arguments.data)
        files |= {*made.files}
        retriever = Retriever(collection(name, made.articles, encoder), encoder)
        answerer = Answerer(_Cached(retriever, encoder), writer=wired.writer)
        for way in get_args(Way):
            cases = asyncio.run(asked_of(answerer, made, arguments.questions, way))
            who = settings.chat_model if way == "chat" else "reader"
            kept.append(Row(name=f"{made.name}, {who}", figures=figures(cases, retriever)))
    keep("chat", kept, files)


async def asked_of(answerer: Answerer, made: AnswerSet, count: int, way: Way, at_once: int = _AT_ONCE) -> list[Case]:
    """Ask the first questions of a set, a few at a time; what fails is told of on stderr."""
    ids = frozenset(article["id"] for article in made.articles)
    turns = asyncio.Semaphore(at_once)

    async def answered(asked: Asked, articles: frozenset[str]) -> Answer | None:
        question = Question(
            question=asked.question,
            history=asked.history,
            as_of=asked.as_of,
            filters=Filter(articles=tuple(sorted(articles))),
            answerer=way,
        )
        async with turns:
            try:
                return await answerer.answer(question)
            except Exception as error:
                print(f"{type(error).__name__}: {error}", file=sys.stderr)
                return None

    async def case(asked: Asked) -> Case:
        answer = await answered(asked, frozenset())
        return Case(asked, answer, await answered(asked, ids - asked.gold) if asked.answerable else None)

    return await asyncio.gather(*map(case, made.asked[:count]))


def figures(cases: Sequence[Case], retriever: Retriever) -> dict[str, Figure]:
    """Count what came of the questions; None where there is nothing to count."""
    answers = [(case.asked, case.answer) for case in cases if case.answer]
    answerable = [(asked, answer) for asked, answer in answers if asked.answerable]
    absent = [case.absent for case in cases if case.absent]
    sentences = [(asked, answer, each) for asked, answer in answerable for each in answer.sentences]
    supported = [each for each in sentences if each[2].status in ("supported", "quoted")]
    cited = [citation for _, answer in answers for citation in answer.citations]
    usage = [answer.usage for _, answer in answers if answer.usage]
    return {
        "questions": len(cases),
        "failed": sum(case.answer is None for case in cases),
        "fell back": sum(answer.fallback_reason is not None for _, answer in answers),
        "right": _mean([_right(asked, answer) for asked, answer in answerable]),
        "refused wrongly": _mean([answer.status == "not_in_articles" for _, answer in answerable]),
        "absent refused": _mean([answer.status == "not_in_articles" for answer in absent]),
        "unanswerable refused": _mean(
            [answer.status == "not_in_articles" for asked, answer in answers if not asked.answerable]
        ),
        "sentences": len(sentences) / max(1, len(answerable)),
        "supported": _mean([each.status in ("supported", "quoted") for _, _, each in sentences]),
        "cited right": _mean([_cites_right(asked, answer, each.citations) for asked, answer, each in supported]),
        "exact": _mean(
            [
                retriever.article(each.article_id, each.version).text[each.start : each.end] == each.quote
                for each in cited
            ]
        ),
        "tokens in": _mean([each.prompt_tokens for each in usage]),
        "tokens out": _mean([each.completion_tokens for each in usage]),
        "first sentence, ms": _median([answer.timings_ms.get("first_sentence") for _, answer in answers]),
        "all of it, ms": _median([answer.timings_ms["total"] for _, answer in answers]),
    }


def _right(asked: Asked, answer: Answer) -> bool:
    known = [*asked.strings, *(text for text, _ in asked.spans)]
    if known:
        said = f" {bare_words(answer.text)} "
        return any(f" {bare_words(text)} " in said for text in known)
    return any(_cites_right(asked, answer, each.citations) for each in answer.sentences)


def _cites_right(asked: Asked, answer: Answer, numbers: Sequence[int]) -> bool:
    return any(
        asked.is_right(each.article_id, each.start, each.end, each.quote)
        for each in answer.citations
        if each.number in numbers
    )


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None


def _median(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.median(known)) if known else None


if __name__ == "__main__":
    main()
