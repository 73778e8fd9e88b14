"""The answer of a chat model: its sentences as pieces of an answer, each verified against what it cites.

The model only names sentences. What it names that was not offered is dropped; a sentence that the articles do not bear
out waits until one follows that they do, so that no answer begins or ends with a guess.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Literal

from msgspec import Struct

from embeddings.articles import Query
from embeddings.evidence import Candidate
from embeddings.terms import FUNCTION_WORDS, terms
from prompts import Prompt
from service.answers import Doubt, Usage
from service.chat.model import ChatModel, Message
from service.disagreements.merging import merging
from service.errors import ChatContextExceeded
from service.grounds import Grounds
from service.ledger.records import Dropped
from service.pieces import Piece
from service.sources.disarming import disarmed
from service.sources.sources import Sources
from service.sources.tokens import estimated_tokens
from service.verifier.supporting import supporting
from service.verifier.verifying import Verifier, beside
from service.written.dividing import Dividing
from service.written.written import Mark, MissingParts, NotInArticles, Part, Written

Unsupported = Literal["flag", "drop"]

_MOST_GROUNDS = 6
"""Sentences that one sentence may rest on; of more, the best-supporting count."""
_FOUND_GROUNDS = 2
"""Sentences that are looked for where the model names none."""
_TELLING = 3
"""Words that say something, from which on they are looked for: "It was a Friday." is borne out by anything."""
_PACKINGS = (1.0, 0.5, 0.25)
"""Shares of the budget that are tried, where the server says that a prompt is too long: tokens are only estimated."""
_MARGIN = 64
"""Tokens for what a server puts around messages."""
_LETTERS = "abcd"


class Writer(Struct, frozen=True, kw_only=True):
    """Has a chat model write, and verifies what it writes."""

    model: ChatModel
    prompt: Prompt
    """By which it answers."""
    condensing: Prompt
    """By which it makes a follow-up stand alone, and divides a question."""
    verifier: Verifier
    context: int
    """Tokens that the model takes in at once, prompt and answer together."""
    most_tokens: int
    """Of an answer."""
    unsupported: Unsupported = "flag"

    @property
    def announcement(self) -> str:
        """Say who receives what."""
        return f"{self.model.name} at {self.model.host} receives questions and passages of articles"

    def draft(self, grounds: Grounds, until: float | None = None) -> "Draft":
        """Begin an answer, to be done by `until` of the event loop's clock."""
        return Draft(self, grounds, until)


class Draft:
    """One answer of a chat model, in the making."""

    def __init__(self, writer: Writer, grounds: Grounds, until: float | None) -> None:
        self._writer = writer
        self._grounds = grounds
        self._until = until
        self._held: list[tuple[Piece, tuple[Mark, ...]]] = []
        self._shown = False
        self._lettered = dict(zip(_LETTERS, grounds.condensed.demanded, strict=False))
        self.sources = Sources(())
        self.source_tokens: int | None = None
        """What the articles took of the prompt, as it was estimated."""
        self.refused = False
        """Whether the model said that the articles do not answer."""
        self.missing: tuple[str, ...] = ()
        """Parts of the question that it said they do not answer."""
        self.cut = False
        """Whether it was stopped for the length of its answer."""
        self.unknown_marks = 0
        """Ids that it named and that were not offered."""
        self.dropped: list[Dropped] = []
        self.usage: Usage | None = None

    async def pieces(self) -> AsyncGenerator[Piece]:
        """Yield the sentences that may be shown, as soon as they may. Raises ChatModelError."""
        dividing = Dividing()
        try:
            async with aclosing(self._texts()) as texts:
                async for text in texts:
                    for part in dividing.feed(text):
                        for piece in await self._taken(part):
                            yield piece
                    if self.refused:
                        break
            for part in dividing.finish(cut=self.cut):
                for piece in await self._taken(part):
                    yield piece
        finally:
            self._drop()

    async def _texts(self) -> AsyncGenerator[str]:
        """Yield what the model writes; where the prompt is too long for it, with fewer sources."""
        for share in _PACKINGS:
            messages = await asyncio.to_thread(self._messages, share)
            try:
                async with self._writer.model.reply(
                    messages, most_tokens=self._writer.most_tokens, until=self._until
                ) as reply:
                    async for text in reply:
                        yield text
                    self.usage, self.cut = reply.usage, reply.cut
                    return
            except ChatContextExceeded:
                if share == _PACKINGS[-1]:
                    raise

    def _messages(self, share: float) -> list[Message]:
        writer, grounds = self._writer, self._grounds
        fields = {
            "today": f"{grounds.as_of:%A, %d %B %Y}",
            "question": disarmed(grounds.condensed.standalone.text),
            "parts": "\n".join(f"({letter}) {disarmed(part)}" for letter, part in self._lettered.items()),
        }
        around = sum(map(estimated_tokens, writer.prompt.render(**fields, sources="")))
        budget = writer.context - writer.most_tokens - around - _MARGIN
        self.sources = Sources.pack(grounds.passages, budget=int(share * budget), tokens=estimated_tokens)
        if not self.sources.shown:
            raise ChatContextExceeded(
                f"no sentence fits into {writer.context} tokens beside the instructions and the room for an answer; "
                "raise BYLINE_CHAT_CONTEXT, if the model takes more, or lower BYLINE_CHAT_ANSWER"
            )
        self.source_tokens = estimated_tokens(self.sources.text)
        system, user = writer.prompt.render(**fields, sources=self.sources.text)
        return [Message(role="system", content=system), Message(role="user", content=user)]

    async def _taken(self, part: Part) -> list[Piece]:
        """Take a part of the reply in; give what may be shown now."""
        match part:
            case NotInArticles():
                self.refused = not self._shown
            case MissingParts():
                self.missing = tuple(self._lettered[letter] for letter in part.letters if letter in self._lettered)
            case Written() if not self.refused:
                piece = await asyncio.to_thread(self._verified, part)
                if piece.status == "supported":
                    if self._writer.unsupported == "drop":
                        self._drop()
                    released = [*(held for held, _ in self._held), piece]
                    self._held, self._shown = [], True
                    return released
                self._held.append((piece, part.marks))
        return []

    def _drop(self) -> None:
        """Let nobody but the log know of what is held."""
        for piece, marks in self._held:
            self.dropped.append(
                Dropped(
                    text=piece.text,
                    marks=marks,
                    why="unsupported" if piece.grounds else "uncited",
                    support=piece.support,
                    doubts=piece.doubts,
                )
            )
        self._held = []

    def _verified(self, written: Written) -> Piece:
        """Resolve the marks of a sentence, and hold it against what they name."""
        compared = self._compared(written.text)
        named = self._named(written, compared)
        searched = not named
        if searched:
            told = set(terms(written.text)) - FUNCTION_WORDS
            found = list(compared.values()) if len(told) >= _TELLING else []
            named = supporting(written.text, found, most=_FOUND_GROUNDS)
        elif len(named) > _MOST_GROUNDS:
            named = supporting(written.text, named, most=_MOST_GROUNDS)
        cited = sorted(named, key=lambda each: (each.hit.rank, each.sentence.start))
        verdict = self._writer.verifier.verify(written.text, cited, beside(cited, list(compared.values())))
        merged = [Doubt(kind="merging", words="") for _ in merging(written.text, named)[:1]]
        supported = verdict.supported and bool(named) and not merged
        uncited = searched and not supported
        return Piece(
            text=verdict.text,
            status="supported" if supported else "uncited" if uncited else "unsupported",
            grounds=() if uncited else tuple(named),
            support=verdict.support,
            doubts=(*verdict.doubts, *merged),
            begins_paragraph=written.begins_paragraph,
        )

    def _compared(self, sentence: str) -> dict[tuple[str, int], Candidate]:
        """Compare what the model was shown with a sentence."""
        grounds, shown = self._grounds, {each.place for each in self.sources.shown}
        passages = grounds.retriever.candidates(grounds.retrieval, [Query(text=sentence)])
        return {each.place: each for passage in passages for each in passage if each.place in shown}

    def _named(self, written: Written, compared: Mapping[tuple[str, int], Candidate]) -> list[Candidate]:
        """Give what the marks of a sentence name, each once; of a source as a whole, the sentence that fits best."""
        named: dict[tuple[str, int], Candidate] = {}
        for mark in written.marks:
            if mark.sentence is None:
                of_source = [compared[each.place] for each in self.sources.of(mark.source)]
                chosen = supporting(written.text, of_source, most=1)
            else:
                sentence = self.sources.sentence(mark.source, mark.sentence)
                chosen = [] if sentence is None else [compared[sentence.place]]
            self.unknown_marks += not chosen
            named |= {each.place: each for each in chosen}
        return list(named.values())
