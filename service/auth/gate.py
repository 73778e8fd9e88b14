"""Who is let in: the API keys of the library, kept in memory for the event loop, and how often each was used."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Self, TypeVar

from embeddings.errors import LibraryError
from service.auth.keys import Key, Keys, Known
from service.auth.rates import Limits, Rate, Window
from service.errors import KeyNeeded, LedgerError

T = TypeVar("T")

_FRESH_S = 0.5
"""How long the keys are believed to be as they were read: what is revoked is refused after it, in every worker."""

logger = logging.getLogger(__name__)


class Gate:
    """Belongs to one event loop, which it never blocks."""

    def __init__(self, library: Path) -> None:
        """Open nothing yet."""
        self._keys = Keys(library)
        self._limits = Limits(library)
        # A thread of its own: to be let in, nobody waits for the searches of others.
        self._thread = ThreadPoolExecutor(1, "gate")
        self._reading = asyncio.Lock()
        self._known: Known | None = None
        self._read_at = 0.0
        self._noted: dict[str, date] = {}

    @classmethod
    @asynccontextmanager
    async def opened(cls, library: Path) -> AsyncIterator[Self]:
        """Give a gate, and close it."""
        gate = cls(library)
        try:
            yield gate
        finally:
            await asyncio.to_thread(gate._close)

    async def key(self, shown: str | None) -> Key | None:
        """Give the key that a request shows, or None where the library never had one: then nothing needs a key.

        Raises KeyNeeded; and LedgerError as long as the keys could not be read once.
        """
        asked_at = time.monotonic()
        known = await self._read(asked_at - _FRESH_S)
        if not known.keys:
            return None
        key = known.find(shown or "")
        if key is None and shown:
            key = (await self._read(asked_at)).find(shown)  # it may have been made just now
        if key is None:
            raise KeyNeeded
        self._note(key)
        return key

    async def count(self, key: Key) -> Window | None:
        """Count a use of a key; None where its number is not limited."""
        if key.rate is None:
            return None
        try:
            return await self._in_thread(self._limits.count, key.id, Rate.parse(key.rate))
        except (LibraryError, OSError) as error:
            logger.warning("a request is not counted against the rate of its API key: %s", error)
            return None

    async def _read(self, since: float) -> Known:
        """Give the keys as they were at this moment or later; of many who ask at once, one reads them."""
        async with self._reading:
            if self._known is None or self._read_at < since:
                read_at = time.monotonic()
                self._known = await self._in_thread(self._reread, self._known)
                self._read_at = read_at
            return self._known

    def _reread(self, before: Known | None) -> Known:
        try:
            known = self._keys.known()
        except LedgerError as error:
            if before is None:
                raise
            logger.warning("the API keys are those of before, as they cannot be read: %s", error)
            return before
        if before is not None and before.keys and not known.keys:
            logger.warning("the API keys are those of before, as their file is gone")
            return before  # or else whoever deletes the file would open the service to all
        return known

    def _note(self, key: Key) -> None:
        """Keep that a key was used today, which is written once a day."""
        today = datetime.now(UTC).date()
        if key.last_used_at != today and self._noted.get(key.id) != today:
            self._noted[key.id] = today
            self._thread.submit(self._used, key.id, today)

    def _used(self, id: str, day: date) -> None:
        try:
            self._keys.used(id, day)
        except LedgerError as error:
            logger.warning("when API key %s was used is not kept: %s", id, error)

    async def _in_thread(self, call: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call, *arguments)

    def _close(self) -> None:
        self._thread.shutdown()
        self._keys.close()
        self._limits.close()
