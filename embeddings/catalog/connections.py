"""The SQLite file of a catalog, with a connection for each thread that uses it."""

import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Self

from embeddings.catalog import schema
from embeddings.catalog.transactions import transaction
from embeddings.errors import LibraryError

NOWHERE = Path(os.devnull)
"""What has a path below this one is in memory, for this process alone, and gone when its last connection is closed."""
_PATIENCE_S = 30.0
"""How long to wait for another process that writes."""


class Connections:
    """Opens the file, brings its schema up to date, and runs transactions."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._opening = threading.Lock()
        # What was left without being closed, because other threads were still in the midst of it.
        weakref.finalize(self, _close, self._opened).atexit = False
        try:
            schema.migrate(self._connection)
        except BaseException:
            self.close()
            raise

    # -- connections ---------------------------------------------------------------------------------------------------

    @property
    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = connect(self.path)
            self._local.connection = connection
            with self._opening:
                self._opened.append(connection)
        return connection

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._opening:
            _close(self._opened)
            self._local = threading.local()

    def _transaction(self) -> AbstractContextManager[sqlite3.Connection]:
        """Write all that happens inside, or none of it."""
        return transaction(self._connection)


def _close(connections: list[sqlite3.Connection]) -> None:
    for connection in connections:
        connection.close()
    connections.clear()


def connect(path: Path) -> sqlite3.Connection:
    """Open the file. Whatever fails then or later raises LibraryError."""
    in_memory = NOWHERE in path.parents
    try:
        connection = sqlite3.connect(
            f"file:{path}?vfs=memdb" if in_memory else path,
            isolation_level=None,
            timeout=_PATIENCE_S,
            check_same_thread=False,
            factory=_Connection,
            uri=in_memory,
        )
    except sqlite3.Error as error:
        raise LibraryError(f"{path} does not open as a catalog: {error}") from error
    try:
        if in_memory:
            connection.execute("PRAGMA temp_store = MEMORY")  # large sorts would go to the disk
        else:
            _use_wal(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch a new file to the write-ahead log; SQLite itself does not wait for another process that is at it."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except LibraryError as error:
            busy = getattr(error.__cause__, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY
            if not busy or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


@contextmanager
def _in_our_words() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise LibraryError(f"the catalog cannot be read or written: {error}") from error


class _Cursor(sqlite3.Cursor):
    """A query may fail as late as at its last row."""

    def execute(self, *arguments: Any) -> Self:
        with _in_our_words():
            return super().execute(*arguments)

    def executemany(self, *arguments: Any) -> Self:
        with _in_our_words():
            return super().executemany(*arguments)

    def fetchone(self) -> Any:
        with _in_our_words():
            return super().fetchone()

    def fetchall(self) -> list[Any]:
        with _in_our_words():
            return super().fetchall()

    def __next__(self) -> Any:
        with _in_our_words():
            return super().__next__()


class _Connection(sqlite3.Connection):
    def execute(self, *arguments: Any) -> sqlite3.Cursor:
        with _in_our_words():
            return self.cursor(_Cursor).execute(*arguments)

    def executemany(self, *arguments: Any) -> sqlite3.Cursor:
        with _in_our_words():
            return self.cursor(_Cursor).executemany(*arguments)
