"""The log of answers: appended to when an answer is done, read by whoever asks how it came about."""

import re
import sqlite3
import time
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import msgspec

from embeddings.catalog import Catalog
from embeddings.catalog.transactions import transaction
from embeddings.errors import EmbeddingsError
from service.errors import AnswerNotFound, LedgerError
from service.ledger import storage
from service.ledger.records import Logged, Outcome, Record
from service.ledger.resolving import erased_among
from service.ledger.scrubbing import scrubbed
from service.ledger.storage import LedgerFile

T = TypeVar("T")

_SHORTEST_ID = 4
_FORGET_EVERY_S = 3600.0
_SCRUBBED_AT_ONCE = 256


class _Asked(msgspec.Struct):
    question: str


class _Questioned(msgspec.Struct):
    """Of a record, what a listing shows."""

    answer: _Asked


class Ledger:
    """May be used by many threads, and the file by many processes. Reading makes no file.

    Every method raises LedgerError, and of what is wrong with the disk or the file nothing else.
    """

    def __init__(self, path: Path, *, keep_days: int = 0) -> None:
        """Open nothing yet. Answers older than `keep_days` go as new ones come; 0 keeps them for ever."""
        self.path = path
        self._file = LedgerFile(path)
        self._keep_days = keep_days
        self._forget_at = 0.0

    def append(self, record: Record, catalog: Catalog) -> None:
        """Store a record; when this returns it is on the disk. An id that is there already raises LedgerError.

        `catalog` is that of its collection: what was erased while the answer was made is not stored. It is asked while
        this ledger is locked for writing, and whoever erases an article changes the catalog first and the ledger
        second; so either the catalog says so here, or the eraser finds the record.
        """
        with self._file.transaction() as connection:
            try:
                kept = scrubbed(record, erased_among(catalog, record.versions)).without_copies()
                encoded = msgspec.json.encode(kept).decode()
            except (EmbeddingsError, ValueError) as error:  # ValueError: a lone surrogate, which is no UTF-8
                raise LedgerError(f"answer {record.answer.id} cannot be logged: {error}") from error
            answer = kept.answer
            connection.execute(
                "INSERT INTO answers (id, asked_at, collection, outcome, answerer, record) VALUES (?, ?, ?, ?, ?, ?)",
                (answer.id, _stamp(kept.asked_at), answer.collection, kept.outcome, answer.answerer, encoded),
            )
            if self._keep_days and time.monotonic() >= self._forget_at:
                _forget(connection, datetime.now(UTC) - timedelta(days=self._keep_days))
                self._forget_at = time.monotonic() + _FORGET_EVERY_S

    def record(self, id: str) -> Record:
        """Read a record by the id of its answer, or the beginning of it. Raises AnswerNotFound.

        What is kept elsewhere is not in it: see `Record.without_copies`, and `resolving.resolved` for the way back.
        """
        if not re.fullmatch(rf"[0-9A-Za-z-]{{{_SHORTEST_ID},}}", id):
            raise AnswerNotFound(f"{id!r} is no id of an answer: give the beginning of one, {_SHORTEST_ID} characters")
        rows = self._file.read(
            "SELECT id, record FROM answers WHERE id >= :id AND id < :id || '~' ORDER BY id LIMIT 3", {"id": id}
        )
        if not rows:
            raise AnswerNotFound(f"there is no answer {id!r} in the log; see: byline answers list")
        if len(rows) > 1 and rows[0][0] != id:
            several = ", ".join(found for found, _ in rows)
            raise AnswerNotFound(f"{id!r} may be several answers ({several}): give more of the id")
        return _decoded(rows[0][1], Record)

    def whole(self, id: str) -> Record:
        """Read a record by the id of its answer, all of it, which nobody can guess. Raises AnswerNotFound."""
        rows = self._file.read("SELECT record FROM answers WHERE id = :id", {"id": id})
        if not rows:
            raise AnswerNotFound(f"there is no answer {id!r} in the log")
        return _decoded(rows[0][0], Record)

    def records(
        self,
        collection: str | None = None,
        *,
        outcome: Outcome | None = None,
        limit: int | None = 50,
        before: int | None = None,
    ) -> list[Logged]:
        """List records, the newest first: of one collection or all, of one outcome or any, from a cursor on."""
        rows = self._file.read(
            "SELECT key, id, asked_at, collection, outcome, answerer, record FROM answers WHERE "
            "(:collection IS NULL OR collection = :collection) AND (:outcome IS NULL OR outcome = :outcome) "
            "AND (:before IS NULL OR key < :before) ORDER BY key DESC LIMIT :limit",
            {"collection": collection, "outcome": outcome, "before": before, "limit": -1 if limit is None else limit},
        )
        return [
            Logged(
                cursor=key,
                id=id,
                asked_at=datetime.fromisoformat(asked_at),
                collection=named,
                outcome=came,
                answerer=answerer,
                question=_decoded(encoded, _Questioned).answer.question,
            )
            for key, id, asked_at, named, came, answerer, encoded in rows
        ]

    def erase_articles(self, collection: str, ids: Collection[str]) -> None:
        """Scrub articles of a collection from all records, and from the bytes on the disk; the catalog goes first.

        Also what an earlier call could not overwrite. When it raises, the same call again finishes it.
        """
        if not self._file.there():
            return
        erased = frozenset(ids)
        try:
            with self._file.opened() as connection:
                with transaction(connection):
                    last = 0
                    while rows := connection.execute(
                        "SELECT key, record FROM answers WHERE collection = ? AND key > ? ORDER BY key LIMIT ?",
                        (collection, last, _SCRUBBED_AT_ONCE),
                    ).fetchall():
                        for key, encoded in rows:
                            _scrub(connection, key, encoded, erased)
                        last = rows[-1][0]
                storage.wipe(connection)
        except LedgerError as error:
            raise LedgerError(
                f"the articles are erased, but their words may still stand in logged answers; run the same command "
                f"again: {error}"
            ) from error

    def forget(self, before: datetime) -> int:
        """Delete the records of what was asked before this moment, which is aware; give their number."""
        if not self._file.there():
            return 0
        with self._file.transaction() as connection:
            return _forget(connection, before)

    def discard(self, ids: Collection[str]) -> None:
        """Delete records by the whole ids of their answers, from the bytes on the disk too."""
        if not self._file.there():
            return
        with self._file.opened() as connection:
            with transaction(connection):
                connection.executemany("DELETE FROM answers WHERE id = ?", [(id,) for id in ids])
            storage.wipe(connection)

    def close(self) -> None:
        """Close the file; it is opened again when it is needed."""
        self._file.close()


def _decoded(encoded: str, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(encoded, type=kind)
    except msgspec.DecodeError as error:
        raise LedgerError(f"a record of the log of answers is none that this Byline can read: {error}") from error


def _scrub(connection: sqlite3.Connection, key: int, encoded: str, erased: frozenset[str]) -> None:
    try:
        record = _decoded(encoded, Record)
    except LedgerError:  # what cannot be read cannot be scrubbed
        connection.execute("DELETE FROM answers WHERE key = ?", (key,))
        return
    kept = scrubbed(record, erased)
    if kept != record:
        connection.execute("UPDATE answers SET record = ? WHERE key = ?", (msgspec.json.encode(kept).decode(), key))


def _forget(connection: sqlite3.Connection, before: datetime) -> int:
    return connection.execute("DELETE FROM answers WHERE asked_at < ?", (_stamp(before),)).rowcount


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
