"""The bytes of a reply, put together to the chunks of a chat completion.

Servers differ: some send no `[DONE]`, some no blank line between events, some answer with one JSON document though a
stream was asked for. So every line that begins with `data:` is taken for a chunk, and the rest of the events is left.
"""

import re
from typing import Any

import msgspec
from msgspec import Struct

_LINE_END = re.compile(rb"[\r\n]+")
_MOST = 1 << 20
"""Bytes that a chunk may have: a few hundred is usual, and a document that is no stream has the whole reply in it."""


class Delta(Struct):
    """Text to add. What else it may hold (reasoning, calls of tools, a role) is not read."""

    content: str | None = None


class Choice(Struct):
    """One of the replies; only one is asked for."""

    delta: Delta | None = None
    message: Delta | None = None
    """In place of `delta`, where the server does not stream."""
    finish_reason: str | None = None


class Counted(Struct):
    """Tokens, where the server counts them."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class Chunk(Struct):
    """A piece of a chat completion, or an error in its place."""

    choices: list[Choice] | None = None
    usage: Counted | None = None
    error: Any = None
    object: str | None = None


class Payloads:
    """Finds what holds a chunk each."""

    def __init__(self, *, streamed: bool) -> None:
        self._streamed = streamed
        self._rest = b""
        self.done = False
        """Whether the server has said that nothing more comes."""

    def feed(self, data: bytes) -> list[bytes]:
        """Take the next bytes; give what they complete. Raises msgspec.DecodeError for more than a chunk can be."""
        self._rest += data
        if len(self._rest) > _MOST + len(data):
            raise msgspec.DecodeError("the chunk is too long")
        if not self._streamed:
            return []
        *lines, self._rest = _LINE_END.split(self._rest)
        return [payload for line in lines for payload in self._read(line)]

    def end(self) -> list[bytes]:
        """Give the last, when no bytes are left."""
        rest, self._rest = self._rest, b""
        if self._streamed:
            return self._read(rest)
        self.done = True
        return [rest]

    def _read(self, line: bytes) -> list[bytes]:
        if self.done or not line.startswith(b"data:"):
            return []
        data = line.removeprefix(b"data:").strip()
        self.done = data == b"[DONE]"
        return [data] if data and not self.done else []


def chunk_in(payload: bytes) -> Chunk:
    """Read a chunk; an error that stands in its place without a name of its own gets one.

    Raises msgspec.DecodeError for anything else and, as msgspec does, UnicodeDecodeError and RecursionError.
    """
    chunk = _CHUNK.decode(payload)
    if chunk.object == "error" and chunk.error is None:
        chunk.error = msgspec.json.decode(payload)
    return chunk


_CHUNK = msgspec.json.Decoder(Chunk)
