"""The one place where retrieving, answering and citing meet: a question in, the events of its answer out."""

import asyncio
import logging
import threading
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime
from typing import Self

from embeddings.articles import Filter
from embeddings.batching import BatchingEncoder
from embeddings.encoder import SentenceTransformerEncoder
from embeddings.ephemeral import EphemeralLibrary
from embeddings.extract import Record as Extracted
from embeddings.library import Library
from prompts import PromptInvalid, load
from service.answers import Answer, AnswerEvent, Done, Found, Question
from service.condenser.by_model import Rewritten
from service.errors import (
    ChatModelError,
    ChatModelMissing,
    LedgerError,
    NothingIngested,
    SettingsInvalid,
    code,
)
from service.failing import failed
from service.grounds import Grounds, find
from service.ledger.ledger import Ledger
from service.ledger.records import Record
from service.ledger.storage import FILE
from service.making import Making
from service.observer import Observer
from service.places import Places
from service.settings import Settings
from service.verification import Verification, VerifiedSentence, verify
from service.verifier.rules import RuleVerifier
from service.writing import Writer

CALLER_LEFT = "caller_left"
"""In the log, in the place of the code of an error: nobody waited for the answer any more, or the service stopped."""
_READ_IN_AT_ONCE = 2
"""Requests whose own articles are encoded at a time; each of them takes all processors."""

logger = logging.getLogger(__name__)


class Answerer:
    """Answers questions about the collections of one library."""

    def __init__(
        self,
        library: Library,
        *,
        writer: Writer | None = None,
        ledger: Ledger | None = None,
        places: Places | None = None,
    ) -> None:
        """Without a writer it answers by quoting, without a ledger it keeps no log, without places it has no limit."""
        self.library = library
        self.writer = writer
        self.ledger = ledger
        self.places = places or Places()
        self.observer = Observer()
        self._reading_in = asyncio.Semaphore(_READ_IN_AT_ONCE)

    @classmethod
    def from_settings(cls, settings: Settings, places: Places | None = None) -> Self:
        """Wire the house, for every face. With `places` it answers many at once.

        Raises EncoderUnavailable, SettingsInvalid.
        """
        writer = _writer(settings)
        encoder = SentenceTransformerEncoder.load(settings.encoder)
        if places is not None:
            encoder.trace()
        library = Library(settings.library, BatchingEncoder(encoder))
        return cls(library, writer=writer, ledger=_ledger(settings), places=places)

    async def answer(self, question: Question) -> Answer:
        """Give the answer that ends the stream. Raises what `stream` would report as failed."""
        async with aclosing(self.events(question)) as events:
            async for event in events:
                if isinstance(event, Done):
                    return event.answer
        raise AssertionError("a stream of events ended without its answer")

    async def stream(self, question: Question) -> AsyncGenerator[AnswerEvent]:
        """Yield the events of an answer; exactly one `Done` or `Failed` ends them. Closing it asks no model further."""
        try:
            async with aclosing(self.events(question)) as events:
                async for event in events:
                    yield event
        except Exception as error:
            yield failed(error)

    async def search(self, query: str, *, k: int, wanted: Filter, collection: str) -> Found:
        """Find passages. Raises Overloaded, NothingIngested, and what `Library.retriever` raises."""
        with self.places.taken():
            self.observer.asked(query)
            return await asyncio.to_thread(self._search, query, k, wanted, collection)

    def _search(self, query: str, k: int, wanted: Filter, collection: str) -> Found:
        retrieval = self.library.retriever(collection).retrieve(query, k=k, wanted=wanted)
        if not retrieval.seq:
            raise NothingIngested(collection)
        return Found.of(retrieval, collection)

    async def verify(self, text: str, *, wanted: Filter, collection: str) -> Verification:
        """Verify a text sentence by sentence against the articles. Raises what `search` raises."""
        async with aclosing(self.verifying(text, wanted=wanted, collection=collection)) as sentences:
            return Verification.of([sentence async for sentence in sentences], collection)

    async def verifying(self, text: str, *, wanted: Filter, collection: str) -> AsyncGenerator[VerifiedSentence]:
        """Yield what `verify` gives, sentence by sentence; closing it verifies no further."""
        with self.places.taken():
            retriever = await asyncio.to_thread(self.library.retriever, collection)
            if not await asyncio.to_thread(retriever.collection.catalog.seq):
                raise NothingIngested(collection)
            sentences = verify(text, retriever, self.writer.verifier if self.writer else RuleVerifier(), wanted)
            # One by one: whoever leaves ends it, and others have their turn.
            while (sentence := await asyncio.to_thread(next, sentences, None)) is not None:
                yield sentence

    @asynccontextmanager
    async def over(self, articles: Sequence[Extracted]) -> AsyncGenerator["Answerer"]:
        """Answer over these articles alone, in the collection `UNNAMED`, and forget them; one place is held for it all.

        Nothing of it is written to the disk, also not to the log of answers. Raises Overloaded.
        """
        left = threading.Event()

        def check() -> None:
            if left.is_set():
                raise asyncio.CancelledError

        with self.places.taken():
            try:
                async with self._reading_in:
                    library = await asyncio.to_thread(EphemeralLibrary, articles, self.library.encoder, check)
            finally:
                left.set()
            # It is not closed here: who left may have left a thread in the midst of a search.
            answerer = Answerer(library, writer=self.writer)
            answerer.observer = self.observer
            yield answerer

    def find(self, question: Question, as_of: datetime | None = None, rewritten: Rewritten | None = None) -> Grounds:
        """Retrieve what may answer a question. Blocks, and raises what `stream` reports as failed."""
        retriever = self.library.retriever(question.collection)
        return find(retriever, question, as_of or question.as_of or datetime.now(UTC), rewritten)

    async def events(self, question: Question) -> AsyncGenerator[AnswerEvent]:
        """Yield what `stream` does up to `Done`; raises what that reports as `Failed`."""
        if question.answerer == "chat" and self.writer is None:
            raise ChatModelMissing
        making = Making(question, self.find, None if question.answerer == "reader" else self.writer)
        with self.places.taken():
            self.observer.asked(question.question)
            begun = False
            try:
                async with aclosing(making.events()) as events:
                    async for event in events:
                        begun = True
                        yield event
            except ChatModelError as error:
                self.observer.failed(code(type(error)))
                await asyncio.to_thread(self._log, making.record(making.answer(), code(type(error))))
                raise
            except (asyncio.CancelledError, GeneratorExit):
                if begun:
                    record = making.record(making.answer(), CALLER_LEFT)
                    await asyncio.shield(asyncio.to_thread(self._log, record))
                raise
            answer = making.answer()
            self.observer.answered(answer, code(type(making.trouble)) if making.trouble else None)
            await asyncio.to_thread(self._log, making.record(answer))
        yield Done(answer)

    def observed_by(self, observer: Observer) -> None:
        """Have somebody told of what is asked and answered."""
        self.observer = self.places.observer = observer

    def close(self) -> None:
        """Close the files that were opened."""
        self.library.close()
        if self.ledger is not None:
            self.ledger.close()

    def _log(self, record: Record) -> None:
        """Keep a record; an answer that cannot be logged is an answer all the same."""
        if self.ledger is None:
            return
        try:
            self.ledger.append(record, self.library.retriever(record.answer.collection).collection.catalog)
        except LedgerError as error:
            logger.warning("answer %s is not in the log: %s", record.answer.id, error)


def _writer(settings: Settings) -> Writer | None:
    if settings.chat_model is None:
        return None
    from service.chat.client import OpenAIChatModel  # openai takes half a second to import

    try:
        answering, condensing = (load(name, directory=settings.prompts) for name in ("answer", "condense"))
    except PromptInvalid as error:
        raise SettingsInvalid(str(error)) from error
    return Writer(
        model=OpenAIChatModel(settings.chat_model, deadline_s=settings.chat_deadline),
        prompt=answering,
        condensing=condensing,
        verifier=RuleVerifier(),
        context=settings.chat_context,
        most_tokens=settings.chat_answer,
        unsupported=settings.unsupported,
    )


def _ledger(settings: Settings) -> Ledger | None:
    if settings.answer_log == "off":
        return None
    return Ledger(settings.library / FILE, keep_days=settings.answer_log_days)
