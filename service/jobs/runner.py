"""The runner: does the jobs of a library one after the other, long ones in turns between shorter ones."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from embeddings.collection import Collection
from embeddings.encoder import Encoder
from embeddings.errors import (
    ArticleNotFound,
    CollectionNotFound,
    EmbeddingsError,
    EncoderUnavailable,
    IndexMismatch,
    IngestRunning,
    LibraryError,
)
from embeddings.extract import Result
from embeddings.ingest import Ingester
from service.errors import LedgerError, code
from service.jobs.jobs import Failure, Item, Job, Taken
from service.jobs.queue import Queue, Work
from service.jobs.reading import Reading
from service.jobs.spool import FOLDER, files_of, remove
from service.ledger.ledger import Ledger
from service.ledger.storage import FILE

MOST_ATTEMPTS = 5
"""A job that never gets on is given up."""
_LOOK_EVERY_S = 0.1
_NOTE_EVERY_S = 0.5
_AGAIN_S = 2.0

_FINAL: dict[type[EmbeddingsError], str | None] = {
    ArticleNotFound: None,
    CollectionNotFound: "the collection was removed before the job was done",
    IndexMismatch: "the collection was made with another encoder, or by another Byline; see on the server: "
    "byline status",
    EncoderUnavailable: "the server has no encoder; its log says where it looked",
}
"""What trying again would not change, and how it is said where the error's own message may name files."""

logger = logging.getLogger(__name__)


class Stopped(Exception):
    """The runner was told to stop."""


class Runner:
    """Does what is in the queue, in one thread; nobody else may be at it."""

    def __init__(
        self,
        library: Path,
        queue: Queue,
        load: Callable[[], Encoder],
        stopping: threading.Event | None = None,
    ) -> None:
        """The encoder is loaded when it is first needed; once `stopping` is set, what was begun is queued again."""
        self._library = library
        self._queue = queue
        self._load = load
        self._encoder: Encoder | None = None
        self._stopping = stopping or threading.Event()
        self._again: dict[str, float] = {}
        """When to try again what could not be done, by the ids of jobs."""

    def run(self, idle_s: float) -> None:
        """Work until told to stop, or until there was nothing to do for so long."""
        self._queue.take_back()
        idle_since = time.monotonic()
        while not self._stopping.is_set():
            worked = self.turn()
            if worked or self._again:
                idle_since = time.monotonic()
            elif time.monotonic() - idle_since > idle_s:
                return
            if not worked:
                self._stopping.wait(_LOOK_EVERY_S)

    def turn(self) -> bool:
        """Work on the job whose turn it is; tell whether there was one."""
        work = self._queue.begin(self._waiting())
        if work is None:
            return False
        job, began = work.job, time.monotonic()
        self._again.pop(job.id, None)
        try:
            self._work(work)
        except Stopped:
            self._queue.write(replace(self._queue.job(job.id), state="queued"), got_on=True)
        except IngestRunning:
            self._later(job.id, "another ingest, which is writing to this collection")
        except tuple(_FINAL) as error:
            logger.warning("job %s failed: %s", job.id, error)
            said = next(_FINAL[kind] for kind in type(error).__mro__ if kind in _FINAL)
            self._fail(job.id, Failure(code=code(type(error)), message=said or str(error)))
        except (LibraryError, LedgerError, OSError) as error:
            logger.warning("job %s, attempt %s: %s", job.id, work.attempts, error)
            if work.attempts < MOST_ATTEMPTS:
                self._later(job.id, "another try, as the last one failed; the log of the server has the details")
            else:
                self._fail(job.id, _failure(error))
        except Exception as error:
            logger.exception("job %s failed", job.id)
            self._fail(job.id, _failure(error))
        job = self._queue.job(job.id)
        worked_s = time.monotonic() - began
        logger.info("job %s is %s: %s taken, %s rejected, %.1f s", job.id, job.state, job.taken, job.rejected, worked_s)
        return True

    def _work(self, work: Work) -> None:
        job = work.job
        if work.attempts > MOST_ATTEMPTS:
            message = f"the program that works on jobs ended {MOST_ATTEMPTS} times in the midst of it; divide it"
            self._fail(job.id, Failure(code="internal", message=message))
        elif job.kind == "erase":
            self._erase(work)
        else:
            self._ingest(work)

    def _ingest(self, work: Work) -> None:
        job, order = work.job, work.order
        files = files_of(self._library, job.id)
        if not files:
            self._fail(job.id, Failure(code="upload_lost", message="the upload is not there any more; send it again"))
            return
        with closing(Collection.open(self._library, job.collection)) as collection:
            ingester = Ingester(
                collection,
                self._loaded(),
                revert=order.revert,
                readmit=order.readmit,
                before_encoding=self._check,
            )
            reading = Reading(files, ingester.known, job)
            notes = _Notes(self._queue, job, reading)
            whole = False

            def records() -> Iterator[Result]:
                """Give records until another job is to go on."""
                nonlocal whole
                for record in reading.records():
                    yield record
                    # Whoever asks for more has yielded all that is stored.
                    if notes.write() and self._queue.shorter(notes.job, self._waiting()):
                        return
                    self._check()
                whole = True

            for result in ingester.ingest(records()):
                notes.add(reading.item(result))
            notes.write(at_once=True)
            if whole:
                self._finish(replace(notes.job, skipped=reading.skipped), collection.catalog.seq())
            else:
                self._queue.write(replace(notes.job, state="queued"), got_on=True)

    def _erase(self, work: Work) -> None:
        job, ids = work.job, work.order.erase
        with closing(Collection.open(self._library, job.collection)) as collection:
            collection.erase(ids)
            ledger = Ledger(self._library / FILE)
            try:
                ledger.erase_articles(job.collection, ids)
            finally:
                ledger.close()
            items = [
                Taken(position=number, article_id=id, outcome="erased", passages=0)
                for number, id in enumerate(ids, start=1)
            ]
            self._finish(job.noting(items, 0, 0), collection.catalog.seq(), items)

    def _finish(self, job: Job, seq: int, items: Sequence[Item] = ()) -> None:
        done = replace(job, state="done", finished_at=datetime.now(UTC), bytes_read=job.bytes, seq=seq)
        self._queue.write(done, items, got_on=True)
        self._forget(job.id)

    def _fail(self, id: str, failure: Failure) -> None:
        self._queue.fail(self._queue.job(id), failure)
        self._forget(id)

    def _forget(self, id: str) -> None:
        self._again.pop(id, None)
        remove(self._library / FOLDER / id)

    def _later(self, id: str, reason: str) -> None:
        self._queue.write(replace(self._queue.job(id), state="queued", waiting_for=reason))
        self._again[id] = time.monotonic() + _AGAIN_S

    def _waiting(self) -> list[str]:
        return [id for id, moment in self._again.items() if moment > time.monotonic()]

    def _check(self) -> None:
        if self._stopping.is_set():
            raise Stopped

    def _loaded(self) -> Encoder:
        if self._encoder is None:
            self._encoder = self._load()
        return self._encoder


class _Notes:
    """What became of the records of an upload, written down for all as soon as it is so."""

    def __init__(self, queue: Queue, job: Job, reading: Reading) -> None:
        self._queue = queue
        self.job = job
        self._reading = reading
        self._items: list[Item] = []
        self._written_at = time.monotonic()

    def add(self, item: Item) -> None:
        self._items.append(item)

    def write(self, *, at_once: bool = False) -> bool:
        """Write what was added, and tell whether there were articles.

        What is rejected comes one by one, and may wait for a moment unless told otherwise.
        """
        stored = any(isinstance(item, Taken) for item in self._items)
        if not self._items or not (stored or at_once or time.monotonic() - self._written_at > _NOTE_EVERY_S):
            return False
        self.job = self.job.noting(self._items, self._reading.bytes_read, self._reading.skipped)
        self._queue.write(self.job, self._items, got_on=True)
        self._items = []
        self._written_at = time.monotonic()
        return stored


def _failure(error: Exception) -> Failure:
    """Say that something went wrong which is no business of who posted the job."""
    known = isinstance(error, LibraryError | LedgerError)
    name = code(type(error)) if known else "internal"
    return Failure(code=name, message="the job failed unexpectedly; the log of the server has the details")
