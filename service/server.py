"""The server that runs the house over HTTP, from the address that it listens on to its last answer."""

import contextlib
import math
import socket

import click
import uvicorn

from service.answerer import Answerer
from service.app import create_app
from service.errors import AddressUnavailable
from service.logs import LOGGING
from service.settings import Settings

_BACKLOG = 2048


def serve(settings: Settings, host: str, port: int, answerer: Answerer | None = None) -> None:
    """Serve until told to stop, with ten seconds for what is under way. Port 0 takes a free one.

    Raises AddressUnavailable, and EncoderUnavailable before anything is served.
    """
    with contextlib.closing(_listening(host, port)) as listening:
        answerer = answerer or Answerer.from_settings(settings)
        if answerer.writer is not None:
            click.echo(answerer.writer.announcement, err=True)
        app = create_app(settings, answerer)
        config = uvicorn.Config(
            app,
            lifespan="on",
            log_config=LOGGING,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=math.ceil(settings.stop_after),
        )
        with contextlib.suppress(KeyboardInterrupt):
            _Server(config).run(sockets=[listening])


class _Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say where."""
        await super().startup(sockets)
        for listening in sockets or []:
            host, port = listening.getsockname()[:2]
            url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
            click.echo(
                f"Byline listens on {url} (POST /v1/ask, /v1/search; GET /v1/articles/ID, /openapi.json)", err=True
            )


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
