"""One answer under way: who gives it, what was found for it, what was said so far, and what it took."""

import asyncio
import logging
import time
import uuid
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager
from datetime import UTC, datetime
from typing import Literal

from embeddings.evidence import Candidate
from service.answers import Answer, Cited, Question, Released, Searched, Usage, independent_sources
from service.citing import Citations
from service.condenser.by_model import Rewritten, asks_for_model, rewritten
from service.coverage import uncovered
from service.disagreements.disagreeing import Disagreement, Sentences
from service.disagreements.notes import notes
from service.errors import ChatModelError, CitationBroken
from service.grounds import Grounds
from service.ledger.records import Considered, Record
from service.pieces import Folded, Piece
from service.quoting import quoted, quoting
from service.reader import hopeless
from service.writing import Draft, Writer

NEAREST = 3

_OTHER_SIDES = 2
"""Sentences that are added at most, because they state otherwise."""

Find = Callable[[Question, datetime, Rewritten | None], Grounds]

logger = logging.getLogger(__name__)


class Making:
    """Makes one answer, once."""

    def __init__(self, question: Question, find: Find, writer: Writer | None) -> None:
        """`find` retrieves what may answer; without a writer the reader answers."""
        self.question = question
        self._asked_at = datetime.now(UTC)
        self.as_of = question.as_of or self._asked_at
        self.draft: Draft | None = None
        self.trouble: ChatModelError | None = None
        """Why the reader answers, where the chat model was asked to."""
        self._find = find
        self._asked = self._writer = writer
        self._usage: Usage | None = None
        self._missing: tuple[str, ...] = ()
        self._rested_on: dict[tuple[str, int], Candidate] = {}
        self._disagreements: list[Disagreement] = []
        self._started = time.perf_counter()
        self._until: float | None = None
        """When the chat model must be done, by the event loop's clock."""
        self._timings: dict[str, float] = {}

    async def events(self) -> AsyncGenerator[Searched | Cited | Released]:
        """Yield the events of the answer up to its end. Raises ChatModelError where something was shown already."""
        if self._writer is not None:
            self._until = asyncio.get_running_loop().time() + self._writer.model.deadline_s
        rewritten = await self._rewritten()
        with self._timed("retrieve"):
            self.grounds = grounds = await asyncio.to_thread(self._find, self.question, self.as_of, rewritten)
            self.folded = Folded(Citations(grounds.retrieval.hits, grounds.retriever.article, grounds.retriever.saying))
        yield Searched(queries=grounds.retrieval.queries, hits=len(grounds.retrieval.hits))
        async with aclosing(self._pieces()) as pieces:
            async for piece in pieces:
                for event in await self._added(piece):
                    yield event
        self._disagreements = await asyncio.to_thread(self._differing)
        for piece in self._other_sides():
            for event in await self._added(piece):
                yield event

    async def _rewritten(self) -> Rewritten | None:
        """Have the chat model say what the question leaves to earlier turns, and what its parts are."""
        if self._writer is None or not asks_for_model(self.question):
            return None
        with self._timed("condense"):
            try:
                made = await rewritten(
                    self._writer.model, self._writer.condensing, self.question, self.as_of, self._until
                )
            except ChatModelError as error:
                self._fall_back(error)
                return None
        self._usage = made.usage
        return made

    async def _pieces(self) -> AsyncGenerator[Piece]:
        if self._writer is not None:
            with self._timed("write"):
                try:
                    async with aclosing(self._written(self._writer)) as pieces:
                        async for piece in pieces:
                            yield piece
                    return
                except ChatModelError as error:
                    if self.folded.sentences:
                        raise
                    self._fall_back(error)
        with self._timed("read"):
            reading = await asyncio.to_thread(quoted, self.grounds)
        self._missing = reading.missing
        for piece in reading.pieces:
            yield piece

    async def _written(self, writer: Writer) -> AsyncGenerator[Piece]:
        if await asyncio.to_thread(_is_hopeless, self.grounds):
            return
        self.draft = draft = writer.draft(self.grounds, self._until)
        async with aclosing(draft.pieces()) as pieces:
            async for piece in pieces:
                yield piece
        self._usage = _sum(self._usage, draft.usage)
        said = [sentence.text for sentence in self.folded.sentences]
        said += [text for citation in self.folded.citations for text in (citation.quote, citation.title)]
        demanded = self.grounds.condensed.demanded
        missing = {*draft.missing, *uncovered(demanded, said)} if said else ()
        self._missing = tuple(part for part in demanded if part in missing)

    async def _added(self, piece: Piece) -> list[Cited | Released]:
        """Cite a piece; what cannot be cited exactly, because its article was erased meanwhile, is not shown."""
        try:
            events = await asyncio.to_thread(self.folded.add, piece)
        except CitationBroken as error:
            logger.error("a sentence is left out: %s", error)
            return []
        self._timings.setdefault("first_sentence", self._since_start())
        if piece.status in ("quoted", "supported"):
            self._rested_on |= {ground.place: ground for ground in piece.grounds}
        return events

    def _differing(self) -> list[Disagreement]:
        """Find what other articles state otherwise than those that the answer rests on."""
        if not self._rested_on:
            return []
        found = Sentences([candidate for passage in self.grounds.passages for candidate in passage])
        return [each for cited in self._rested_on.values() for each in found.disagreeing(cited)]

    def _other_sides(self) -> Iterator[Piece]:
        """Give the sentences that state otherwise and are not cited yet, as quotations."""
        others = {each.other.place: each.other for each in self._disagreements}
        uncited = [other for place, other in others.items() if place not in self._rested_on]
        yield from map(quoting, uncited[:_OTHER_SIDES])

    def _fall_back(self, error: ChatModelError) -> None:
        logger.warning("the chat model gives no answer, so the reader answers: %s", error)
        self.trouble, self._writer = error, None

    def answer(self) -> Answer:
        """Give the answer, as far as it came."""
        folded, grounds = self.folded, self.grounds
        rested_on = {citation.passage_id for citation in folded.citations}
        writer = self._writer
        return Answer(
            id=uuid.uuid4().hex,
            collection=self.question.collection,
            question=self.question.question,
            queries=grounds.retrieval.queries,
            as_of=self.as_of,
            status=self._status(),
            text=folded.text,
            sentences=tuple(folded.sentences),
            citations=tuple(folded.citations),
            independent_sources=independent_sources(
                hit for hit in grounds.retrieval.hits if hit.passage.id in rested_on
            ),
            missing=self._missing,
            nearest=() if folded.sentences else grounds.retrieval.hits[:NEAREST],
            notes=(*grounds.notes(), *self._notes()),
            answerer="reader" if writer is None else "chat",
            model=writer.model.name if writer else None,
            prompt_digest=writer.prompt.digest if writer else None,
            usage=self._usage,
            fallback_reason=str(self.trouble) if self.trouble else None,
            timings_ms=self._timings | {"total": self._since_start()},
            seq=grounds.retrieval.seq,
        )

    def record(self, answer: Answer, failure: str | None = None) -> Record:
        """Note how the answer came about, or what there was of it when it failed."""
        draft, asked = self.draft, self._asked
        shown = draft.sources.numbers() if draft else {}
        return Record(
            asked_at=self._asked_at,
            answer=answer,
            k=self.question.k,
            filters=self.question.filters,
            history=self.question.history,
            candidates=tuple(Considered.of(hit, shown.get(hit.passage.id)) for hit in self.grounds.retrieval.hits),
            dropped=tuple(draft.dropped) if draft else (),
            unknown_marks=draft.unknown_marks if draft else 0,
            prompt_digests={each.name: each.digest for each in (asked.prompt, asked.condensing)} if asked else {},
            source_tokens=draft.source_tokens if draft else None,
            failure=failure,
        )

    def _status(self) -> Literal["answered", "partial", "not_in_articles"]:
        if not self.folded.sentences:
            return "not_in_articles"
        return "partial" if self._missing else "answered"

    def _notes(self) -> Iterator[str]:
        """Say where articles differ, and what became of what the chat model wrote, where that is not plain."""
        yield from notes(self._disagreements)
        if self._writer is None or self.draft is None or not self.folded.sentences:
            return
        if dropped := len(self.draft.dropped):
            which = "A sentence" if dropped == 1 else f"{dropped} sentences"
            yield f"{which} of the chat model left out: the articles do not bear it out."
        if self.draft.cut:
            yield "The chat model was stopped at the length that an answer may have."

    @contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self._timings[stage] = (time.perf_counter() - started) * 1000

    def _since_start(self) -> float:
        return (time.perf_counter() - self._started) * 1000


def _is_hopeless(grounds: Grounds) -> bool:
    """Tell whether there is nothing to ask a chat model about."""
    if not grounds.answerable:
        return True
    whole = grounds.condensed.topics[0], grounds.passages
    return all(hopeless(topic, passages) for topic, passages in (whole, *grounds.passages_of_parts()))


def _sum(one: Usage | None, other: Usage | None) -> Usage | None:
    if one is None or other is None:
        return one or other
    return Usage(
        prompt_tokens=one.prompt_tokens + other.prompt_tokens,
        completion_tokens=one.completion_tokens + other.completion_tokens,
    )
