"""How often an API key may be used: the rate, and the counting that all workers of a service share."""

import math
import re
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from msgspec import Struct

from embeddings.catalog.connections import connect
from embeddings.errors import LibraryError

FILE = "limits.sqlite"
"""Its name in the library's directory."""
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_COUNT = """
    INSERT INTO windows (key, began, used) VALUES (:key, :now, 1)
    ON CONFLICT (key) DO UPDATE SET
        used = CASE WHEN abs(:now - began) >= :seconds THEN 1 ELSE min(used + 1, :most) END,
        began = CASE WHEN abs(:now - began) >= :seconds THEN :now ELSE began END
    RETURNING began, used
"""
"""Also begins a new window when the clock was set back."""


class Rate(Struct, frozen=True):
    """So many requests in so many seconds."""

    requests: int
    unit: str
    """s, m, h or d."""

    @classmethod
    def parse(cls, written: str) -> Self:
        """Read `60/m`. Raises ValueError, which says what is wrong."""
        match = re.fullmatch(r"([1-9][0-9]{0,8})/([smhd])", written)
        if not match:
            raise ValueError(
                f"{written!r} is no rate: write how many requests a second, minute, hour or day (smhd): 60/m"
            )
        return cls(int(match[1]), match[2])

    @property
    def seconds(self) -> int:
        """The length of a window."""
        return _SECONDS[self.unit]

    def __str__(self) -> str:
        return f"{self.requests}/{self.unit}"


class Window(Struct, frozen=True):
    """The span of time in which the requests of a key are counted; it begins with the first of them."""

    rate: Rate
    used: int
    """Requests in it, the present one too; what is refused counts as one."""
    left_s: int
    """Whole seconds until it ends, one at least."""

    @property
    def exceeded(self) -> bool:
        """Tell whether the present request is one too many."""
        return self.used > self.rate.requests

    @property
    def headers(self) -> dict[str, str]:
        """Say it as draft-ietf-httpapi-ratelimit-headers-10 does, and as -06 did, which more clients know."""
        remaining = max(0, self.rate.requests - self.used)
        said = {
            "RateLimit-Policy": f'"key";q={self.rate.requests};w={self.rate.seconds}',
            "RateLimit": f'"key";r={remaining};t={self.left_s}',
            "RateLimit-Limit": str(self.rate.requests),
            "RateLimit-Remaining": str(remaining),
            "RateLimit-Reset": str(self.left_s),
        }
        return said | {"Retry-After": str(self.left_s)} if self.exceeded else said


class Limits:
    """Counts requests, for one thread; what it counts, all processes with the same library count together.

    In a file of its own, in which a power cut may lose counts: the fsync of service.sqlite would cost every request.
    """

    def __init__(self, library: Path, clock: Callable[[], float] = time.time) -> None:
        """Open nothing yet."""
        self._path = library / FILE
        self._clock = clock
        self._connection: sqlite3.Connection | None = None

    def count(self, key_id: str, rate: Rate) -> Window:
        """Count a request. Raises LibraryError when the file cannot be written; a damaged one is begun anew."""
        try:
            return self._count(key_id, rate)
        except LibraryError as error:
            self.close()
            if getattr(error.__cause__, "sqlite_errorcode", None) not in _DAMAGED:
                raise
            for suffix in ("", "-wal", "-shm"):
                self._path.with_name(FILE + suffix).unlink(missing_ok=True)
            return self._count(key_id, rate)

    def _count(self, key_id: str, rate: Rate) -> Window:
        if self._connection is None:
            self._connection = _open(self._path)
        now = self._clock()
        values = {"key": key_id, "now": now, "seconds": rate.seconds, "most": rate.requests + 1}
        ((began, used),) = self._connection.execute(_COUNT, values).fetchall()
        # Another process may have begun the window a moment after `now`.
        return Window(rate, used, min(rate.seconds, math.ceil(began + rate.seconds - now)))

    def close(self) -> None:
        """Close the file; it is opened again when it is needed."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _open(path: Path) -> sqlite3.Connection:
    connection = connect(path)
    try:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("CREATE TABLE IF NOT EXISTS windows (key TEXT PRIMARY KEY, began REAL, used INTEGER)")
    except BaseException:
        connection.close()
        raise
    return connection
