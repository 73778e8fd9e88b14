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
from service.errors import CitationBroken, NothingIngested, ServiceError, code
from service.reader import read
from service.settings import Settings

PASSAGES_OF_A_STORY = 6
NEAREST = 3

logger = logging.getLogger(__name__)


class Reading(Struct, frozen=True, kw_only=True):
    """What the reader made of a question."""

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
        as_of, started = datetime.now(UTC), time.perf_counter()
        reading = await asyncio.to_thread(self.read, question)
        retrieval = reading.retrieval
        yield Searched(queries=(retrieval.query,), hits=len(retrieval.hits))
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
                queries=(retrieval.query,),
                as_of=as_of,
                status="answered" if sentences else "not_in_articles",
                text=text,
                sentences=tuple(sentences),
                citations=citations,
                independent_sources=independent_sources(hit for hit in retrieval.hits if hit.passage.id in rested_on),
                nearest=() if sentences else retrieval.hits[:NEAREST],
                answerer="reader",
                timings_ms=reading.timings_ms | {"total": _since(started)},
                seq=retrieval.seq,
            )
        )

    def read(self, question: Question) -> Reading:
        """Retrieve and read: the one step that takes time. It blocks, and raises what `stream` reports as failed."""
        started = time.perf_counter()
        retriever = self.library.retriever(question.collection)
        retrieval = retriever.retrieve(
            question.question, k=question.k, wanted=question.filters, per_story=PASSAGES_OF_A_STORY
        )
        if not retrieval.seq:
            raise NothingIngested(question.collection)
        retrieved = time.perf_counter()
        quoted = tuple(self._quoted(question, retriever, retrieval))
        return Reading(
            retrieval=retrieval,
            quoted=quoted,
            timings_ms={"retrieve": (retrieved - started) * 1000, "read": _since(retrieved)},
        )

    def _quoted(
        self, question: Question, retriever: Retriever, retrieval: Retrieval
    ) -> Iterator[tuple[Sentence, Citation, bool]]:
        """Let the reader choose, and cite what it chose; what cannot be cited exactly is not shown."""
        citations = Citations(retrieval.hits, retriever.article, retriever.saying)
        weights = retriever.rarity(question.question)
        for chosen in read(question.question, retriever.candidates(retrieval), weights):
            try:
                citation, new = citations.cite(chosen.hit.passage.id, chosen.sentence)
            except CitationBroken as error:
                logger.error("a sentence is left out: %s", error)
                continue
            yield chosen.sentence, citation, new


def _since(moment: float) -> float:
    return (time.perf_counter() - moment) * 1000
