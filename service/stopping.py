"""How the service ends: what would go on for ever ends when it is told to, all else when its time is up."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import Any

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import ServiceStopping

TO_STOP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""The signals that tell a service to stop."""


@contextmanager
def on_signals(handler: Callable[[int, FrameType | None], object], *signals: signal.Signals) -> Iterator[None]:
    """Call `handler` for signals that come; not for SIGHUP where nohup has it ignored."""
    nohup = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    before = {each: signal.signal(each, handler) for each in signals if not (nohup and each is signal.SIGHUP)}
    try:
        yield
    finally:
        for each, former in before.items():
            signal.signal(each, former)


class Stopping:
    """Whether one process of the service is about to end, for one event loop."""

    def __init__(self) -> None:
        self.begun = False
        """It was told to stop: nothing new begins."""
        self.over = False
        """The time for what was under way is up."""
        self._endless: set[asyncio.Task[Any]] = set()
        self._others: set[asyncio.Task[Any]] = set()

    def begin(self, after_s: float) -> None:
        """End what is endless now, and in so many seconds what is still under way then."""
        if not self.begun:
            self.begun = True
            asyncio.get_running_loop().call_later(after_s, self._end)
            _cancel(self._endless)

    def _end(self) -> None:
        self.over = True
        _cancel(self._others)

    @contextmanager
    def cut(self, *, endless: bool = False) -> Iterator[None]:
        """Cancel the task that is inside when its time is up, which for something endless is at once."""
        task, tasks = asyncio.current_task(), self._endless if endless else self._others
        assert task is not None
        tasks.add(task)
        if self.over or (endless and self.begun):
            task.cancel()
        try:
            yield
        finally:
            tasks.discard(task)


def until_over(app: ASGIApp) -> ASGIApp:
    """Give up requests that have no response yet when their time is up; a stream that has begun ends itself.

    Raises ServiceStopping into the exception handlers of the route.
    """

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        stopping: Stopping = scope["litestar_app"].state.stopping
        unanswered = ExitStack()

        async def sent(message: Message) -> None:
            unanswered.close()
            await send(message)

        try:
            with unanswered:
                unanswered.enter_context(stopping.cut())
                await app(scope, receive, sent)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not stopping.over or task is None:
                raise
            task.uncancel()
            raise ServiceStopping from None

    return inner


def _cancel(tasks: set[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
