"""Between the server and the handlers: who calls is found out, and whether they may, before anything else happens."""

from typing import Any, cast

from litestar.datastructures import Headers, MutableScopeHeaders
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from service.auth.callers import ANYBODY, NOBODY, Caller
from service.auth.gate import Gate
from service.auth.origins import Origins
from service.errors import KeyNeeded, RateExceeded

_SAID = "headers_of_key"


def authenticating(app: ASGIApp) -> ASGIApp:
    """Let through who may; needs `app.state.gate` and `app.state.origins`.

    Runs once the route is known, and raises into the exception handlers of that route. What it has to say in the head
    of an answer, `say_of_key` adds to it, whoever writes it.
    """

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        state = scope["state"]
        state["caller"] = NOBODY
        request = cast(HTTPScope, scope)
        if (needed := _needed(request)) is not None:
            state["caller"] = caller = await _caller(request, state)
            caller.require(needed)
        await app(scope, receive, send)

    return inner


async def say_of_key(message: Message, scope: Scope) -> None:
    """Add what is to be said of the API key that was used, or is needed, to the head of an answer."""
    if message["type"] == "http.response.start":
        headers = MutableScopeHeaders.from_message(message)
        for name, value in scope["state"].get(_SAID, {}).items():
            headers[name] = value


def _needed(scope: HTTPScope) -> Any:
    """Give the scope that the route asks for; of one that forgot to say, all that there is."""
    opt = scope["route_handler"].opt
    if scope["method"] == "OPTIONS" and "scope" not in opt:
        return None  # Litestar's own, which says which methods there are
    return opt.get("scope", "admin")


async def _caller(scope: HTTPScope, state: dict[str, Any]) -> Caller:
    """Tell who calls. Raises KeyNeeded, RateExceeded, HostRefused, OriginRefused."""
    gate: Gate = scope["litestar_app"].state.gate
    origins: Origins = scope["litestar_app"].state.origins
    try:
        key = await gate.key(_shown(Headers.from_scope(scope)))
    except KeyNeeded:
        state[_SAID] = {"WWW-Authenticate": "Bearer"}
        raise
    if key is None:
        origins.check(scope)
        return ANYBODY
    if scope["route_handler"].opt.get("counted", True) and (window := await gate.count(key)):
        state[_SAID] = window.headers
        if window.exceeded:
            raise RateExceeded(str(window.rate), window.left_s)
    return key.caller


def _shown(headers: Headers) -> str | None:
    """Give the key that a request shows: in X-API-Key, else, as the openai client does, in Authorization."""
    kind, _, token = headers.get("authorization", "").partition(" ")
    return headers.get("x-api-key") or (token.strip() if kind.lower() == "bearer" else None)
