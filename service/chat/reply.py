"""A reply while it comes: bytes in, text out, within its time and its length."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, contextmanager

import httpx2

from service.answers import Usage
from service.chat.chunks import Choice, Payloads, chunk_in
from service.chat.failures import Asked, Told
from service.chat.thoughts import Thoughts
from service.errors import ChatModelError, ChatReplyBroken, ChatReplyEmpty, ChatReplyEndless

_CHARACTERS_A_TOKEN = 8
"""A token of prose has about four; a reply with more than these does not heed how long it may be."""


class StreamedReply:
    """What a server writes; to be read once."""

    def __init__(self, response: httpx2.Response, asked: Asked, *, until: float, most_tokens: int) -> None:
        """Read a response whose body has not been read, until that moment of the event loop's clock."""
        self._response = response
        self._asked = asked
        self._until = until
        self._most = most_tokens * _CHARACTERS_A_TOKEN
        self._payloads = Payloads(streamed="json" not in response.headers.get("content-type", ""))
        self._finish: str | None = None
        self._usage: Usage | None = None

    @property
    def usage(self) -> Usage | None:
        """What the server counted."""
        return self._usage

    @property
    def cut(self) -> bool:
        """Whether it ended for its length."""
        return self._finish == "length"

    async def __aiter__(self) -> AsyncIterator[str]:
        """Yield the text, without what the model thinks aloud before it."""
        thoughts, length, said = Thoughts(), 0, False
        async with aclosing(self._response.aiter_bytes()) as data:
            while payloads := await self._read(data):
                for payload in payloads:
                    written = self._take(payload)
                    length += len(written)
                    if length > self._most:
                        raise ChatReplyEndless(f"{self._asked} did not stop where it was to; try another model")
                    if text := thoughts.feed(written):
                        said = True
                        yield text
        if self._finish is None and not self._payloads.done:
            raise ChatReplyBroken(f"the reply of {self._asked} broke off; try again")
        if rest := thoughts.end():
            said = True
            yield rest
        if not said:
            raise ChatReplyEmpty(self._emptiness())

    async def _read(self, data: AsyncIterator[bytes]) -> list[bytes]:
        """Give what holds the next chunks, at least one; none at the end."""
        with self._failures():
            received: bytes | None = b""
            while received is not None and not self._payloads.done:
                async with asyncio.timeout_at(self._until):
                    received = await anext(data, None)
                if payloads := self._payloads.end() if received is None else self._payloads.feed(received):
                    return payloads
        return []

    def _take(self, payload: bytes) -> str:
        """Note what a chunk says of the reply; give its text."""
        with self._failures():
            chunk = chunk_in(payload)
            if chunk.error is not None:
                raise self._asked.failure(Told.of(chunk.error))
            if (counted := chunk.usage) and counted.prompt_tokens is not None and counted.completion_tokens is not None:
                self._usage = Usage(prompt_tokens=counted.prompt_tokens, completion_tokens=counted.completion_tokens)
            choice = chunk.choices[0] if chunk.choices else Choice()
            if choice.finish_reason == "content_filter":
                raise self._asked.withheld()
            self._finish = choice.finish_reason or self._finish
            delta = choice.delta or choice.message
            return (delta and delta.content) or ""
        return ""

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """Raise what goes wrong inside as a ChatModelError; nothing once the text is complete, lest it be lost."""
        try:
            with self._asked.failures():
                yield
        except ChatModelError:
            if self._finish is None:
                raise

    def _emptiness(self) -> str:
        if self.cut:
            return f"{self._asked} used up its {self._most // _CHARACTERS_A_TOKEN} tokens before it wrote anything"
        return f"{self._asked} sent an empty answer; try again, or try another model"
