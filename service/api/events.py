"""Server-sent events: how they are written, and how a stream of them begins, goes on and ends."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from typing import Any

import anyio
import msgspec
from litestar import Request
from litestar.datastructures import Cookie
from litestar.response import Stream
from litestar.response.streaming import ASGIStreamingResponse
from litestar.types import Receive, Scope, Send

from service.answers import Failed
from service.api.json_request import JSONRequest
from service.api.leaving import unless_gone
from service.errors import ServiceStopping
from service.failing import failed as failure
from service.stopping import Stopping

EVENTS = "text/event-stream"
HEARTBEAT = b": still here\n\n"
HEARTBEAT_S = 15.0
"""Proxies give a silent connection up after a minute, some after half of one."""

# Line ends to many a client that divides a stream into lines, though not to the specification of server-sent events.
_LINE_ENDS = {character.encode(): b"\\u%04x" % ord(character) for character in "\x85\u2028\u2029"}
_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


def frame(event: Any, *, id: int | str | None = None) -> bytes:
    """Write an event, its data on one line whatever the articles contain; a tagged struct is named after its tag."""
    data = msgspec.json.encode(event)
    for character, escaped in _LINE_ENDS.items():
        data = data.replace(character, escaped)
    name = event.__struct_config__.tag if isinstance(event, msgspec.Struct) else None
    lines = [b"id: %b\n" % str(id).encode()] if id is not None else []
    lines += [b"event: %b\n" % str(name).encode()] if name is not None else []
    return b"".join([*lines, b"data: %b\n\n" % data])


async def streamed(
    request: JSONRequest,
    frames: AsyncGenerator[bytes],
    *,
    failed: Callable[[Failed], bytes] = frame,
    endless: bool = False,
    heartbeat_s: float = HEARTBEAT_S,
) -> Stream:
    """Answer with frames as they come, from the moment that the first is there.

    The generator runs in one task from beginning to end, a frame ahead of the client. What it raises before its first
    frame is raised here; later it becomes the last frame, written by `failed`. It is closed when the client leaves,
    and when the service stops: at once if it is `endless`, else when the time for it is up.
    """
    feed = _Feed(frames, request.app.state.stopping, request.app.state.public, failed, endless, heartbeat_s)
    try:
        begun = await unless_gone(request, feed.begin())
    except BaseException:
        await feed.close()
        raise
    if begun is None:
        await feed.close()
    return _Events(feed, media_type=EVENTS, headers=_HEADERS)


class _Feed:
    """Iterates over frames in a task of its own; gives them to its reader, and heartbeats while there are none."""

    def __init__(
        self,
        frames: AsyncGenerator[bytes],
        stopping: Stopping,
        public: Callable[[Failed], Failed],
        failed: Callable[[Failed], bytes],
        endless: bool,
        heartbeat_s: float,
    ) -> None:
        self._stopping = stopping
        self._public = public
        self._failed = failed
        self._endless = endless
        self._heartbeat_s = heartbeat_s
        self._first: bytes | None = None
        self._sent = self._left = False
        self._error: Exception | None = None
        self._ahead: asyncio.Queue[bytes | None] = asyncio.Queue(1)
        """Ends with None."""
        self._task = asyncio.create_task(self._iterate(frames))

    async def begin(self) -> bool:
        """Wait for the first frame. Raises what was raised instead of it."""
        self._first = await self._ahead.get()
        if self._error is not None:
            raise self._error
        return True

    def __aiter__(self) -> "_Feed":
        return self

    async def __anext__(self) -> bytes:
        if (first := self._first) is not None:
            self._first = None
            return first
        if self._task.done() and self._ahead.empty():
            raise StopAsyncIteration
        try:
            async with asyncio.timeout(self._heartbeat_s):
                following = await self._ahead.get()
        except TimeoutError:
            return HEARTBEAT
        if following is None:
            raise StopAsyncIteration
        return following

    async def close(self) -> None:
        """Stop iterating, and wait until that has come to its end."""
        self._left = True
        self._task.cancel()
        # Whoever waits may be cancelled too, again and again: it is in a cancel scope.
        with anyio.CancelScope(shield=True):
            await asyncio.wait({self._task})

    async def _iterate(self, frames: AsyncGenerator[bytes]) -> None:
        try:
            with self._stopping.cut(endless=self._endless):
                async with aclosing(frames):
                    async for each in frames:
                        await self._ahead.put(each)
                        self._sent = True
        except asyncio.CancelledError:
            if self._left or not (self._stopping.over or (self._endless and self._stopping.begun)):
                raise
            if not self._endless:
                await self._end_with(ServiceStopping())
        except Exception as error:
            await self._end_with(error)
        await self._ahead.put(None)

    async def _end_with(self, error: Exception) -> None:
        if not self._sent:
            self._error = error
        else:
            await self._ahead.put(self._failed(self._public(failure(error))))


class _Events(Stream):
    """A response that ends its feed with it."""

    def __init__(self, feed: _Feed, *, media_type: str, headers: dict[str, str]) -> None:
        super().__init__(feed, media_type=media_type, headers=headers)
        self.feed = feed

    def to_asgi_response(
        self,
        app: Any,  # noqa: ARG002
        request: Request[Any, Any, Any],  # noqa: ARG002
        *,
        cookies: Iterable[Cookie] | None = None,
        headers: dict[str, str] | None = None,
        status_code: int | None = None,
        **_: Any,
    ) -> ASGIStreamingResponse:
        return _SentEvents(
            iterator=self.feed,
            cookies=cookies,
            headers={**(headers or {}), **self.headers},
            media_type=self.media_type,
            status_code=self.status_code or status_code,
        )


class _SentEvents(ASGIStreamingResponse):
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert isinstance(self.iterator, _Feed)
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self.iterator.close()
