"""The file `service.sqlite`: its tables, how an older one becomes a current one, and what is said when it fails."""

import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from embeddings.catalog.connections import connect
from embeddings.catalog.transactions import transaction
from embeddings.errors import LibraryError
from service.errors import LedgerError

FILE = "service.sqlite"
"""Its name in the library's directory."""
_PATIENCE_MS = 5_000
"""How long to wait for another process that writes: an answer waits for its place in the log."""
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_WITHIN = "the log of answers, the jobs and the API keys"

MIGRATIONS = (
    (
        """
        CREATE TABLE answers (
            key INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            asked_at TEXT NOT NULL,                -- UTC, to the microsecond: sorts as it reads
            collection TEXT NOT NULL,
            outcome TEXT NOT NULL,
            answerer TEXT NOT NULL,
            record TEXT NOT NULL                   -- JSON
        )
        """,
        "CREATE INDEX answers_asked_at ON answers (asked_at)",
        "CREATE INDEX answers_collection ON answers (collection)",
    ),
    (
        """
        CREATE TABLE keys (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            digest BLOB NOT NULL,                  -- SHA-256 of the secret
            scopes TEXT NOT NULL,                  -- divided by spaces
            collections TEXT,                      -- divided by spaces; NULL for all
            rate TEXT,                             -- 60/m
            created_at TEXT NOT NULL,
            last_used_at TEXT,                     -- a day
            revoked_at TEXT                        -- a row is never deleted: with one, the service is not open to all
        )
        """,
        """
        CREATE TABLE jobs (
            key INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL,
            collection TEXT NOT NULL,
            state TEXT NOT NULL,
            finished_at TEXT,                      -- UTC, to the microsecond
            waits_since REAL NOT NULL,             -- seconds since 1970
            bytes_left INTEGER NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0,   -- since it last got on
            work_order TEXT NOT NULL,              -- JSON
            record TEXT NOT NULL                   -- JSON
        )
        """,
        "CREATE INDEX jobs_unfinished ON jobs (state) WHERE state IN ('queued', 'running')",
        """
        CREATE TABLE job_items (
            job INTEGER NOT NULL REFERENCES jobs (key) ON DELETE CASCADE,
            first INTEGER NOT NULL,                -- number of the first item, from 1
            count INTEGER NOT NULL,
            items TEXT NOT NULL,                   -- JSON
            PRIMARY KEY (job, first)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE idempotency_keys (
            caller TEXT NOT NULL,
            collection TEXT NOT NULL,
            key TEXT NOT NULL,
            digest TEXT NOT NULL,                  -- of the request
            job TEXT NOT NULL,
            created_at TEXT NOT NULL,
            PRIMARY KEY (caller, collection, key)
        ) WITHOUT ROWID
        """,
    ),
)
"""Each brings the schema to the next version; one that was released is never edited."""


class LedgerFile:
    """The file, for what keeps something in it; made when first written to.

    May be used by many threads, and the file by many processes. Every method raises LedgerError, and of what is wrong
    with the disk or the file nothing else.
    """

    def __init__(self, path: Path) -> None:
        """Open nothing yet."""
        self.path = path
        self._connection: sqlite3.Connection | None = None
        self._inode: int | None = None
        self._using = threading.Lock()

    def there(self) -> bool:
        """Tell whether there is a file."""
        with in_our_words(self.path):
            return self.path.exists()

    @contextmanager
    def opened(self) -> Iterator[sqlite3.Connection]:
        """Give the file, made where there is none, to one thread at a time."""
        with self._using, in_our_words(self.path):
            if self._connection is not None and self._inode != _inode(self.path):
                self._connection.close()  # somebody deleted the file; what is written to it now is lost
                self._connection = None
            if self._connection is None:
                self._connection = _open(self.path)
                self._inode = _inode(self.path)
            yield self._connection

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Write all that happens inside, or none of it."""
        with self.opened() as connection, transaction(connection):
            yield connection

    def read(self, query: str, values: Mapping[str, Any]) -> list[Any]:
        """Give the rows of a query; none where there is no file."""
        if not self.there():
            return []
        with self.opened() as connection:
            return connection.execute(query, values).fetchall()

    def close(self) -> None:
        """Close the file; it is opened again when it is needed."""
        with self._using:
            if self._connection is not None:
                self._connection.close()
                self._connection = None


def _open(path: Path) -> sqlite3.Connection:
    """Open the file, made where there is none, and bring it up to date. Raises LedgerError.

    What is acknowledged outlasts a power cut as well: one fsync for each answer is little beside making it.
    """
    connection = connect(path)
    try:
        connection.execute(f"PRAGMA busy_timeout = {_PATIENCE_MS}")
        connection.execute("PRAGMA secure_delete = ON")
        _migrate(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    if _version(connection) == len(MIGRATIONS):
        return
    with transaction(connection):
        version = _version(connection)
        if version > len(MIGRATIONS):
            raise LedgerError(
                f"{path} was written by a newer Byline (schema {version}, here {len(MIGRATIONS)}): upgrade Byline"
            )
        for step in MIGRATIONS[version:]:
            for statement in step:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def wipe(connection: sqlite3.Connection) -> None:
    """Rewrite the file and empty the log before it: what was deleted may stand in free pages, or beside what is used.

    Raises LedgerError when another process is in the midst of reading.
    """
    connection.execute("VACUUM")
    if connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
        raise LedgerError("another process is reading the log of answers, so that it could not be written anew")


@contextmanager
def in_our_words(path: Path) -> Iterator[None]:
    """Raise LedgerError for whatever SQLite or the disk has to say."""
    try:
        yield
    except LibraryError as error:
        cause = error.__cause__
        damaged = getattr(cause, "sqlite_errorcode", None) in _DAMAGED
        mended = "; delete it to begin a new one, and make the API keys anew if there were any" if damaged else ""
        raise LedgerError(f"{path} ({_WITHIN}) cannot be read or written: {cause or error}{mended}") from error
    except OSError as error:
        raise LedgerError(f"{path} ({_WITHIN}) cannot be read or written: {error.strerror}") from error


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return None
