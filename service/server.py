"""The server that runs the house over HTTP, from the address that it listens on to its last answer."""

import asyncio
import contextlib
import ipaddress
import math
import os
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click
import uvicorn

from embeddings.encoder import locate
from service import logs
from service.auth.keys import has_keys
from service.errors import AddressUnavailable, Unprotected
from service.settings import Settings
from service.stopping import TO_STOP, Stopping, on_signals
from service.workers import Load, Workers

if TYPE_CHECKING:
    from service.answerer import Answerer

_BACKLOG = 2048
_KEPT_S = 75
"""Seconds for which an idle connection is kept: longer than clients and proxies do, who may send as it closes."""
_LAST_S = 6
"""Seconds that are left, after those for what is under way, for saying that it is cut, and for closing files."""


def serve(
    settings: Settings,
    host: str,
    port: int,
    answerer: "Answerer | None" = None,
    *,
    workers: int = 1,
    insecure: bool = False,
    load: Load | None = None,
) -> None:
    """Serve until told to stop, then let what is under way end. Port 0 takes a free one.

    One worker is this process, with `answerer` or one that it loads; several are processes of their own, which load
    theirs, by `load` where it is given: a function that can be pickled. Raises AddressUnavailable, Unprotected unless
    it may be `insecure`, EncoderUnavailable, SettingsInvalid, LedgerError and WorkerFailed, before anything is served.
    """
    with contextlib.ExitStack() as closing:
        listening = closing.enter_context(_listening(host, port))
        here = ipaddress.ip_address(listening.getsockname()[0]).is_loopback
        if not (insecure or here or has_keys(settings.library)):
            raise Unprotected(host)
        if answerer is None and load is None:
            locate(settings.encoder)
        logs.configure(settings)
        if workers == 1:
            run(settings, listening, answerer, lambda announcement: _say(listening, announcement))
            return
        metrics = closing.enter_context(tempfile.TemporaryDirectory(prefix="byline-metrics-"))
        sockets = [closing.enter_context(each) for each in _shared(listening, workers)]
        Workers(settings, sockets, Path(metrics), load).run(lambda announcement: _say(sockets[0], announcement))


def run(
    settings: Settings,
    listening: socket.socket,
    answerer: "Answerer | None",
    ready: Callable[[str | None], None],
    *,
    metrics: Path | None = None,
    told: Callable[[], None] | None = None,
) -> None:
    """Serve in this process.

    Calls `ready`, with what is to be said of the chat model, once it serves; raises what keeps it from serving. Stops
    when told to: by a signal, or by `told`, which then returns.
    """
    from service.app import create_app  # what starts workers does not need it

    app = create_app(settings, answerer, metrics_in=metrics)
    server = _Server(app, settings, app.state.stopping)

    async def serving() -> None:
        # Not left to uvicorn, which would log why it cannot start as a traceback.
        async with app.lifespan():
            writer = app.state.answerer.writer
            server.ready = lambda: ready(writer.announcement if writer else None)
            await server.serve(sockets=[listening])

    signals: tuple[signal.Signals, ...] = TO_STOP
    if told is not None:
        signals = (signal.SIGTERM,)
        threading.Thread(target=lambda: server.stop_when(told), daemon=True).start()
    with on_signals(server.handle_exit, *signals):
        try:
            asyncio.run(serving())
        except BaseExceptionGroup as group:  # Litestar begins a task group before it comes to what is ours
            raise _only(group) from None
        finally:
            server.last.cancel()


class _Server(uvicorn.Server):
    def __init__(self, app: Any, settings: Settings, stopping: Stopping) -> None:
        self._stopping = stopping
        self._stop_after = settings.stop_after
        self.ready: Callable[[], None] = lambda: None
        self.last = threading.Timer(settings.stop_after + _LAST_S, os._exit, [0])
        self.last.daemon = True
        super().__init__(
            uvicorn.Config(
                app,
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                workers=1,
                timeout_keep_alive=_KEPT_S,
                timeout_graceful_shutdown=math.ceil(settings.stop_after) + 1,
            )
        )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        self.ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take nothing new, and end what is under way within its time; a thread that is not done then is left."""
        self._stopping.begin(self._stop_after)
        self.last.start()
        await super().shutdown(sockets)

    def stop_when(self, told: Callable[[], None]) -> None:
        """Stop when `told` returns; at once if nothing is served yet."""
        told()
        if not self.started:
            os._exit(0)
        self.should_exit = True

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals as they are: uvicorn would end by them, though it stopped as it was told."""
        yield

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Stop; end at once if nothing is served yet, and when told again."""
        if self.started and not self.should_exit:
            self.should_exit = True
        else:
            signal.signal(sig, signal.SIG_DFL)
            signal.raise_signal(sig)
            os._exit(128 + sig)  # the first process of a container does not die of it


def _only(error: BaseException) -> BaseException:
    """Take the one error out of groups of one."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def _say(listening: socket.socket, announcement: str | None) -> None:
    """Say where the service is, and what becomes of questions there."""
    host, port = listening.getsockname()[:2]
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    if announcement:
        click.echo(announcement, err=True)
    click.echo(f"Byline listens on {url} (what it takes and gives: {url}/docs)", err=True)


def _shared(listening: socket.socket, workers: int) -> list[socket.socket]:
    """Give each worker a socket of its own at one address, so that the system divides connections among them.

    That is Linux. Elsewhere they share one, and the process that looks first takes all that have come.
    """
    if sys.platform != "linux":
        return [listening] * workers
    address = listening.getsockname()
    listening.close()  # it has shown that nobody else is there, which those that share an address do not notice
    sockets = []
    for _ in range(workers):
        # asyncio sends without delay only where it is told that this is TCP.
        each = socket.socket(listening.family, listening.type, listening.proto)
        each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        each.bind(address)
        each.listen(_BACKLOG)
        sockets.append(each)
    return sockets


def _listening(host: str, port: int) -> socket.socket:
    """Open the socket at once: a taken port is known before the encoder is loaded."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
    except (OSError, OverflowError, UnicodeError) as error:
        raise AddressUnavailable(f"{host!r} port {port} is no address to serve on: {error}") from error
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(_BACKLOG)
    except (OSError, OverflowError) as error:
        listening.close()
        reason = error.strerror if isinstance(error, OSError) else error
        raise AddressUnavailable(
            f"cannot serve on {host} port {port}: {reason}; choose another with --port (0 takes a free one)"
        ) from error
    return listening
