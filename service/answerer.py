"""The one place where retrieving, reading and citing meet: a question in, the events of its answer out."""

import asyncio
import logging
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Self

from msgspec import Struct

from embeddings.articles import Sentence
from embeddings.encoder import SentenceTransformerEncoder
from embeddings.errors import EmbeddingsError
from embeddings.library import Library
from embeddings.retriever import Retrieval, Retriever
from service.answers import (
    Answer,
    AnswerEvent,
    AnswerSentence,
    Citation,
    Cited,
    Done,
    Failed,
    Question,
    Released,
    Searched,
    independent_sources,
)
from service.citing import Citations
from service.condenser.condensed import Condensed, condense
from service.errors import CitationBroken, NothingIngested, ServiceError, code
from service.reader import Passages, read_parts
from service.settings import Settings

PASSAGES_OF_A_STORY = 6
NEAREST = 3

logger = logging.getLogger(__name__)


class Reading(Struct, frozen=True, kw_only=True):
    """What the reader made of a question."""

    as_of: datetime
    notes: tuple[str, ...]
    retrieval: Retrieval
    quoted: tuple[tuple[Sentence, Citation, bool], ...]
    """Sentences with their citations, and whether each is cited for the first time."""
    timings_ms: dict[str, float]


class Answerer:
    """Answers questions about the collections of one library."""

    def __init__(self, library: Library) -> None:
        self.library = library

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Wire the house, for every face. Raises EncoderUnavailable."""
        return cls(Library(settings.library, SentenceTransformerEncoder.load(settings.encoder)))

    async def answer(self, question: Question) -> Answer:
        """Give the answer that ends the stream. Raises what `stream` would report as failed."""
        async for event in self._events(question):
            if isinstance(event, Done):
                return event.answer
        raise AssertionError("a stream of events ended without its answer")

    async def stream(self, question: Question) -> AsyncIterator[AnswerEvent]:
        """Yield the events of an answer; exactly one `Done` or `Failed` ends them."""
        try:
            async for event in self._events(question):
                yield event
        except (EmbeddingsError, ServiceError) as error:
            yield Failed(code=code(type(error)), message=str(error))
        except Exception:
            logger.exception("answering failed")
            yield Failed(code="internal", message="answering failed unexpectedly; the log has the details")

    async def _events(self, question: Question) -> AsyncIterator[AnswerEvent]:
        started = time.perf_counter()
        reading = await asyncio.to_thread(self.read, question)
        retrieval = reading.retrieval
        yield Searched(queries=retrieval.queries, hits=len(retrieval.hits))
        text = ""
        sentences: list[AnswerSentence] = []
        for sentence, citation, new in reading.quoted:
            if new:
                yield Cited(citation=citation)
            text += "\n\n" if text else ""
            released = AnswerSentence(
                text=sentence.text,
                start=len(text),
                end=len(text) + len(sentence.text),
                status="quoted",
                citations=(citation.number,),
            )
            text += sentence.text
            sentences.append(released)
            yield Released(sentence=released)
        citations = tuple(citation for _, citation, new in reading.quoted if new)
        rested_on = {citation.passage_id for citation in citations}
        yield Done(
            answer=Answer(
                id=uuid.uuid4().hex,
                collection=question.collection,
                question=question.question,
                queries=retrieval.queries,
                as_of=reading.as_of,
                status="answered" if sentences else "not_in_articles",
                text=text,
                sentences=tuple(sentences),
                citations=citations,
                independent_sources=independent_sources(hit for hit in retrieval.hits if hit.passage.id in rested_on),
                nearest=() if sentences else retrieval.hits[:NEAREST],
                notes=reading.notes,
                answerer="reader",
                timings_ms=reading.timings_ms | {"total": _since(started)},
                seq=retrieval.seq,
            )
        )

    def read(self, question: Question) -> Reading:
        """Retrieve and read: the one step that takes time. It blocks, and raises what `stream` reports as failed."""
        started = time.perf_counter()
        as_of = question.as_of or datetime.now(UTC)
        retriever = self.library.retriever(question.collection)
        condensed = condense(question, as_of, retriever.outlets())
        retrieval = retriever.retrieve_all(condensed.queries, k=question.k, per_story=PASSAGES_OF_A_STORY)
        if not retrieval.seq:
            raise NothingIngested(question.collection)
        retrieved = time.perf_counter()
        # What another outlet says is no answer to what this one is said to report.
        answerable = not condensed.stated.unknown_outlets
        return Reading(
            as_of=as_of,
            notes=tuple(_notes(question, condensed)),
            retrieval=retrieval,
            quoted=tuple(self._quoted(condensed, retriever, retrieval)) if answerable else (),
            timings_ms={"retrieve": (retrieved - started) * 1000, "read": _since(retrieved)},
        )

    def _quoted(
        self, condensed: Condensed, retriever: Retriever, retrieval: Retrieval
    ) -> Iterator[tuple[Sentence, Citation, bool]]:
        """Let the reader choose, and cite what it chose; what cannot be cited exactly is not shown."""
        citations = Citations(retrieval.hits, retriever.article, retriever.saying)
        whole = condensed.topics[0], retriever.candidates(retrieval)
        for chosen in read_parts(passages_of_parts(condensed, retriever, retrieval), whole):
            try:
                citation, new = citations.cite(chosen.hit.passage.id, chosen.sentence)
            except CitationBroken as error:
                logger.error("a sentence is left out: %s", error)
                continue
            yield chosen.sentence, citation, new


def passages_of_parts(
    condensed: Condensed, retriever: Retriever, retrieval: Retrieval
) -> Iterator[tuple[str, Passages]]:
    """Give each part of a question with what it may be answered from: not the passages of outlets that it is not of."""
    for part, topic in zip(condensed.queries[1:], condensed.topics[1:], strict=True):
        outlets = {source.casefold() for source in part.wanted.sources}
        passages = retriever.candidates(retrieval, [part])
        if outlets:
            passages = [each for each in passages if each and (each[0].hit.article.source or "").casefold() in outlets]
        yield topic, passages


def _notes(question: Question, condensed: Condensed) -> Iterator[str]:
    """Say how a question was understood, where that is not plain."""
    if condensed.standalone.text != question.question:
        yield f"Understood as: {condensed.standalone.text}"
    if condensed.stated.words:
        yield f"Looked at {condensed.stated.words}."
    for outlet in condensed.stated.unknown_outlets:
        yield f"There is no article of {outlet} here."


def _since(moment: float) -> float:
    return (time.perf_counter() - moment) * 1000
