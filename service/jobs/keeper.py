"""The keeper: in each process of the service, sees to it that a runner is at work while there are jobs."""

import asyncio
import logging
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any, Self, TypeVar

from service.errors import LedgerError
from service.jobs import spool
from service.jobs.lock import has_runner
from service.jobs.queue import Queue
from service.settings import Settings

T = TypeVar("T")

RUNNER = (sys.executable, "-P", "-m", "service.jobs")
_LOOK_EVERY_S = 1.0
_TIDY_EVERY_S = 3600.0
_LONGEST_PAUSE_S = 60.0
_THREADS = 4
_STOP_S = 5.0
"""What is not stored by then is done again."""

logger = logging.getLogger(__name__)


class Keeper:
    """Belongs to one event loop, which it never blocks. Who posts a job says so, and a runner begins at once."""

    def __init__(self, settings: Settings, command: Sequence[str] | None) -> None:
        """Start nothing yet; without a command, the runner is somebody else's."""
        self.queue = Queue(settings.library)
        self._library = settings.library
        self._command = command
        self._environment = os.environ | {
            "BYLINE_LIBRARY": str(settings.library.absolute()),
            "BYLINE_ENCODER": settings.encoder,
            "BYLINE_LOG_FORMAT": settings.log_format,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        }
        self._runner: subprocess.Popen[bytes] | None = None
        self._failures = 0
        self._start_at = self._tidy_at = 0.0
        self._posted = asyncio.Event()
        # Threads of its own: to search, nobody waits for uploads to be on the disk.
        self._threads = ThreadPoolExecutor(_THREADS, "jobs")
        self._closing = False

    @classmethod
    @asynccontextmanager
    async def opened(cls, settings: Settings, command: Sequence[str] | None = RUNNER) -> AsyncIterator[Self]:
        """Give a keeper at work; in the end, stop the runner that it started, and leave the rest to the next one."""
        keeper = cls(settings, command)
        keeping = asyncio.create_task(keeper._keep())
        try:
            yield keeper
        finally:
            keeper._closing = True
            keeper._posted.set()
            await keeping
            await keeper.in_thread(keeper._close)
            await asyncio.to_thread(keeper._threads.shutdown)

    def posted(self) -> None:
        """Look at once."""
        self._posted.set()

    async def in_thread(self, call: Callable[..., T], *arguments: Any, **more: Any) -> T:
        """Call what blocks, as all that concerns jobs and the disk below them does."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(call, *arguments, **more))

    async def _keep(self) -> None:
        while not self._closing:
            self._posted.clear()
            pause_s = _LOOK_EVERY_S
            try:
                await self.in_thread(self._look)
            except (LedgerError, OSError) as error:
                logger.warning("jobs cannot be looked after: %s", error)
                pause_s = _LONGEST_PAUSE_S
            with suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await self._posted.wait()

    def _look(self) -> None:
        if not self._library.is_dir():
            return
        if time.monotonic() >= self._tidy_at:
            self._tidy_at = time.monotonic() + _TIDY_EVERY_S
            self.queue.forget(datetime.now(UTC))
            spool.sweep(self._library, self.queue.unfinished)
        if self._command is None or self._is_running() or time.monotonic() < self._start_at:
            return
        if self.queue.unfinished() and not has_runner(self._library):
            self._runner = subprocess.Popen(self._command, stdin=subprocess.PIPE, env=self._environment)

    def _is_running(self) -> bool:
        """Tell whether the runner that this process started lives; one that failed is not replaced at once."""
        if self._runner is None:
            return False
        ended = self._runner.poll()
        if ended is None:
            return True
        self._stop()
        self._failures = 0 if ended == 0 else self._failures + 1
        if self._failures:
            logger.warning("the runner of jobs ended with %s", ended)
            self._start_at = time.monotonic() + min(_LONGEST_PAUSE_S, 0.5 * 2**self._failures)
        return False

    def _close(self) -> None:
        self._stop()
        self.queue.close()

    def _stop(self) -> None:
        """Tell the runner to stop, by the end of its standard input, and wait until it has."""
        runner, self._runner = self._runner, None
        if runner is None:
            return
        assert runner.stdin is not None
        runner.stdin.close()
        try:
            runner.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            runner.kill()
            runner.wait()
