"""Several processes that serve one address: they are started, watched, replaced and stopped from here.

The process that does this loads no model. Each of the others is begun anew rather than forked, so that it shares no
thread and no lock with anything, and holds one end of a pipe: it tells over it how its start went, and stops when the
other end is closed, even if that is because this process was killed.
"""

import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from prometheus_client.multiprocess import mark_process_dead

from embeddings.errors import EmbeddingsError
from service import logs
from service.errors import ServiceError, WorkerFailed
from service.settings import Settings
from service.stopping import TO_STOP, on_signals

if TYPE_CHECKING:
    from service.answerer import Answerer

    Pipe = Connection[Any, Any]

Load = Callable[[Settings], "Answerer"]

_PAUSE_S = 1.0
"""Before another takes the place of one that ended while it started."""

logger = logging.getLogger(__name__)


class _Ready(Struct, frozen=True):
    """A process serves."""

    announcement: str | None
    """What is to be said of its chat model."""


class _Failed(Struct, frozen=True):
    """A process cannot serve."""

    message: str


class _Worker:
    def __init__(self, settings: Settings, listening: socket.socket, metrics: Path, load: Load | None) -> None:
        spawn = get_context("spawn")
        self.pipe, its_end = spawn.Pipe()
        self.ready = False
        self.process = spawn.Process(target=_work, args=(settings, listening, metrics, load, its_end))
        self.process.start()
        its_end.close()

    def said(self) -> _Ready | _Failed | None:
        """Give what it said and nobody has heard yet."""
        try:
            return self.pipe.recv() if self.pipe.poll() else None
        except (EOFError, OSError):
            return None


class Workers:
    """The processes of one service."""

    def __init__(self, settings: Settings, sockets: Sequence[socket.socket], metrics: Path, load: Load | None) -> None:
        """One serves at each of the sockets; `metrics` is a directory in which they count together."""
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(metrics)
        self._settings = settings
        self._sockets = sockets
        self._metrics = metrics
        self._load = load
        self._workers: list[_Worker] = []
        self._serves = False

    def run(self, ready: Callable[[str | None], None]) -> None:
        """Serve until told to stop; call `ready` once all serve. One that ends later is replaced.

        Raises WorkerFailed when one cannot start, and SystemExit when told to stop before all serve, or twice.
        """
        told, telling = get_context("spawn").Pipe(duplex=False)

        def tell(sig: int, _: object) -> None:
            if not told.poll():  # one at a time, as a full pipe would block
                telling.send(sig)

        with on_signals(tell, *TO_STOP):
            try:
                self._workers = [self._begun(listening) for listening in self._sockets]
                while not told.poll():
                    self._watch(told, ready)
                if not self._serves:
                    raise SystemExit(128 + told.recv())
                told.recv()
            finally:
                self._stop(told)

    def _begun(self, listening: socket.socket) -> _Worker:
        return _Worker(self._settings, listening, self._metrics, self._load)

    def _watch(self, told: "Pipe", ready: Callable[[str | None], None]) -> None:
        """Wait until something happens, and see to it."""
        silent = [worker.pipe for worker in self._workers if not worker.ready]
        wait([told, *silent, *(worker.process.sentinel for worker in self._workers)])
        for position, worker in enumerate(self._workers):
            match worker.said():
                case _Ready(announcement):
                    worker.ready = True
                    if not self._serves and all(each.ready for each in self._workers):
                        self._serves = True
                        ready(announcement)
                case _Failed(message):
                    raise WorkerFailed(message)
                case None if not worker.process.is_alive():
                    self._bury(worker)
                    if not worker.ready:
                        wait([told], _PAUSE_S)
                    self._workers[position] = self._begun(self._sockets[position])

    def _bury(self, worker: _Worker) -> None:
        """Note that a process ended. Raises WorkerFailed if that was before the service began."""
        worker.pipe.close()
        mark_process_dead(worker.process.pid, str(self._metrics))  # type: ignore[no-untyped-call]
        status = worker.process.exitcode
        if not self._serves:
            raise WorkerFailed(f"a worker ended while the service started, with exit status {status}")
        logger.warning("a worker ended with exit status %s; another takes its place", status)

    def _stop(self, told: "Pipe") -> None:
        """Let all end what is under way; told once more, end them. Raises SystemExit then."""
        for listening in self._sockets:
            listening.close()
        for worker in self._workers:
            worker.pipe.close()
            if not worker.ready:
                worker.process.kill()
        while alive := [worker for worker in self._workers if worker.process.is_alive()]:
            wait([told, *(worker.process.sentinel for worker in alive)])
            if told.poll():
                for worker in alive:
                    worker.process.kill()
                    worker.process.join()
                raise SystemExit(128 + told.recv())


def _work(settings: Settings, listening: socket.socket, metrics: Path, load: Load | None, pipe: "Pipe") -> None:
    """Serve as one of several."""
    # A terminal sends them to all its processes: the one that started this one decides what they mean.
    for each in (signal.SIGINT, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    from service.server import run

    def told() -> None:
        with suppress(EOFError, OSError):
            pipe.recv()

    logs.configure(settings)
    try:
        answerer = load(settings) if load else None
        run(settings, listening, answerer, lambda said: pipe.send(_Ready(said)), metrics=metrics, told=told)
    except (EmbeddingsError, ServiceError) as error:
        pipe.send(_Failed(str(error)))
        sys.exit(1)
