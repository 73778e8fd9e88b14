"""The jobs of a library, in service.sqlite: who posts one, whoever asks for it and the runner meet here."""

import time
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from service.errors import IdempotencyKeyReused, JobNotFound
from service.jobs.jobs import Failure, Item, Job, JobSummary, Order, State
from service.ledger.storage import FILE, LedgerFile

KEEP_DAYS = 30
"""Finished jobs are forgotten after so many days."""
KEEP_KEYS_DAYS = 7
"""A request that is repeated later than that is a new one."""
LONG_S = 60.0
"""Who has waited for so many seconds goes before shorter jobs that came later."""
MUCH_SHORTER = 4

_UNFINISHED = "state IN ('queued', 'running')"


class Repeatable(Struct, frozen=True, kw_only=True):
    """By what a request is known when it comes again."""

    caller: str
    key: str
    """What its Idempotency-Key header says."""
    digest: str
    """Of all that it asks for."""


class Work(Struct, frozen=True, kw_only=True):
    """A job whose turn it is."""

    job: Job
    order: Order
    attempts: int
    """How often it was begun since it last got on, this time included."""


class Queue:
    """May be used by many threads, and the file by many processes. Every method may raise LedgerError."""

    def __init__(self, library: Path) -> None:
        """Open nothing yet."""
        self._file = LedgerFile(library / FILE)

    # -- who posts jobs and asks for them ------------------------------------------------------------------------------

    def add(self, job: Job, order: Order, repeatable: Repeatable | None = None) -> tuple[Job, bool]:
        """Store a job; when this returns it will be done. Give the earlier one, and True, where the same came before.

        Raises IdempotencyKeyReused where another request came with the same key.
        """
        with self._file.transaction() as connection:
            if repeatable is not None:
                known = {"caller": repeatable.caller, "collection": job.collection, "key": repeatable.key}
                row = connection.execute(
                    "SELECT digest, job FROM idempotency_keys "
                    "WHERE caller = :caller AND collection = :collection AND key = :key",
                    known,
                ).fetchone()
                if row is not None:
                    if row[0] != repeatable.digest:
                        raise IdempotencyKeyReused
                    (record,) = connection.execute("SELECT record FROM jobs WHERE id = ?", (row[1],)).fetchone()
                    return msgspec.json.decode(record, type=Job), True
                connection.execute(
                    "INSERT INTO idempotency_keys VALUES (:caller, :collection, :key, :digest, :job, :now)",
                    {**known, "digest": repeatable.digest, "job": job.id, "now": _stamp(job.created_at)},
                )
            connection.execute(
                "INSERT INTO jobs (id, kind, collection, state, waits_since, bytes_left, work_order, record) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (job.id, job.kind, job.collection, job.state, time.time(), job.bytes, _json(order), _json(job)),
            )
        return job, False

    def job(self, id: str) -> Job:
        """Read a job. Raises JobNotFound."""
        for (record,) in self._file.read("SELECT record FROM jobs WHERE id = :id", {"id": id}):
            return msgspec.json.decode(record, type=Job)
        raise JobNotFound

    def items(self, id: str, after: int) -> list[Item]:
        """Give some of what became of the records of an upload, from the one after the number `after` on."""
        rows = self._file.read(
            "SELECT i.first, i.items FROM jobs j JOIN job_items i ON i.job = j.key WHERE j.id = :id AND i.first >= "
            "(SELECT max(first) FROM job_items WHERE job = j.key AND first <= :next) ORDER BY i.first LIMIT 4",
            {"id": id, "next": after + 1},
        )
        items: list[Item] = []
        for first, encoded in rows:
            items += msgspec.json.decode(encoded, type=list[Item])[max(0, after + 1 - first) :]
        return items

    def listing(
        self,
        collections: Collection[str] | None = None,
        *,
        state: State | None = None,
        before: str | None = None,
        limit: int = 50,
    ) -> list[JobSummary]:
        """List jobs, the newest first: of these collections or all, those before the one of an id or all."""
        rows = self._file.read(
            "SELECT record FROM jobs WHERE (:state IS NULL OR state = :state) "
            "AND (:before IS NULL OR key < (SELECT key FROM jobs WHERE id = :before)) "
            "AND (:collections IS NULL OR collection IN (SELECT value FROM json_each(:collections))) "
            "ORDER BY key DESC LIMIT :limit",
            {
                "state": state,
                "before": before,
                "collections": None if collections is None else _json(sorted(collections)),
                "limit": limit,
            },
        )
        return [msgspec.json.decode(record, type=JobSummary) for (record,) in rows]

    def counts(self) -> dict[State, int]:
        """Count the jobs in each state."""
        counted = dict(self._file.read("SELECT state, count(*) FROM jobs GROUP BY state", {}))
        return {state: counted.get(state, 0) for state in get_args(State)}

    def unfinished(self, id: str | None = None) -> bool:
        """Tell whether there is work to do; or whether the job of this id is."""
        query = f"SELECT 1 FROM jobs WHERE {_UNFINISHED} AND (:id IS NULL OR id = :id) LIMIT 1"
        return bool(self._file.read(query, {"id": id}))

    def forget(self, now: datetime) -> None:
        """Delete what nobody asks for any more: jobs that finished long ago, keys of old requests."""
        if not self._file.there():
            return
        with self._file.transaction() as connection:
            before = _stamp(now - timedelta(days=KEEP_DAYS))
            connection.execute("DELETE FROM jobs WHERE finished_at < ?", (before,))
            before = _stamp(now - timedelta(days=KEEP_KEYS_DAYS))
            connection.execute("DELETE FROM idempotency_keys WHERE created_at < ?", (before,))

    # -- the runner ----------------------------------------------------------------------------------------------------

    def take_back(self) -> None:
        """Queue what a runner had begun that is no more."""
        for (record,) in self._file.read("SELECT record FROM jobs WHERE state = 'running'", {}):
            self.write(replace(msgspec.json.decode(record, type=Job), state="queued"))

    def begin(self, passed_over: Collection[str] = ()) -> Work | None:
        """Begin a turn of the job whose turn it is, but for some given by id; None when there is nothing to do.

        Erasing comes first, then who has waited long, then the shortest.
        """
        if not self.unfinished():
            return None
        with self._file.transaction() as connection:
            row = connection.execute(
                f"SELECT work_order, record, attempts FROM jobs WHERE {_UNFINISHED} "
                "AND id NOT IN (SELECT value FROM json_each(:passed_over)) "
                "ORDER BY kind <> 'erase', waits_since >= :long_ago, "
                "iif(waits_since < :long_ago, waits_since, bytes_left), key LIMIT 1",
                {"passed_over": _json(list(passed_over)), "long_ago": time.time() - LONG_S},
            ).fetchone()
            if row is None:
                return None
            order, record, attempts = row
            job = msgspec.json.decode(record, type=Job)
            job = replace(job, state="running", started_at=job.started_at or datetime.now(UTC), waiting_for=None)
            connection.execute(
                "UPDATE jobs SET state = ?, attempts = attempts + 1, record = ? WHERE id = ?",
                (job.state, _json(job), job.id),
            )
        return Work(job=job, order=msgspec.json.decode(order, type=Order), attempts=attempts + 1)

    def shorter(self, job: JobSummary, passed_over: Collection[str] = ()) -> bool:
        """Tell whether a job is waiting that is to go before the rest of this one, passing over some given by id."""
        rows = self._file.read(
            "SELECT 1 FROM jobs WHERE state = 'queued' AND id NOT IN (SELECT value FROM json_each(:passed_over)) "
            "AND (kind = 'erase' OR bytes_left * :times < :bytes_left) LIMIT 1",
            {
                "passed_over": _json(list(passed_over)),
                "times": MUCH_SHORTER,
                "bytes_left": job.bytes - job.bytes_read,
            },
        )
        return bool(rows)

    def write(self, job: Job, items: Sequence[Item] = (), *, got_on: bool = False) -> None:
        """Store how far a job is, and what became of further records of its upload; `got_on` if it is not stuck."""
        with self._file.transaction() as connection:
            row = connection.execute(
                "UPDATE jobs SET state = :state, finished_at = :finished_at, bytes_left = :left, record = :record, "
                "waits_since = :now, attempts = iif(:got_on, 0, attempts) WHERE id = :id RETURNING key",
                {
                    "id": job.id,
                    "state": job.state,
                    "finished_at": None if job.finished_at is None else _stamp(job.finished_at),
                    "left": job.bytes - job.bytes_read,
                    "record": _json(job),
                    "now": time.time(),
                    "got_on": got_on,
                },
            ).fetchone()
            if items and row is not None:
                connection.execute(
                    "INSERT INTO job_items SELECT :job, coalesce(max(first + count), 1), :count, :items "
                    "FROM job_items WHERE job = :job",
                    {"job": row[0], "count": len(items), "items": _json(list(items))},
                )

    def fail(self, job: Job, failure: Failure) -> None:
        """End a job that cannot be done."""
        self.write(replace(job, state="failed", finished_at=datetime.now(UTC), waiting_for=None, failure=failure))

    def close(self) -> None:
        """Close the file; it is opened again when it is needed."""
        self._file.close()


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
