"""A request and its response, seen from outside: under which id, how it ended, how long it took."""

import re
import time
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field

from litestar.datastructures import Headers, MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "X-Request-ID"
UNMATCHED = "unmatched"

_SANE = re.compile(r"[A-Za-z0-9._-]{1,128}")
_LEFT = 499
"""What nginx notes, too, of a client that left before there was a status."""
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))


@dataclass(kw_only=True)
class Exchange:
    """Notes of one; whoever answers adds to them."""

    id: str
    method: str
    """One of the usual ones, or OTHER."""
    route: str = UNMATCHED
    """As the service has it, without the ids of an address: `/v1/articles/{id}`."""
    status: int | None = None
    left: bool = False
    """The client hung up before the response was complete."""
    complete: bool = False
    key_id: str | None = None
    answer_id: str | None = None
    answer_status: str | None = None
    question: str | None = None
    """Only where the settings ask for it."""
    began: float = field(default_factory=time.perf_counter)

    @property
    def seconds(self) -> float:
        """How long it has taken until now."""
        return time.perf_counter() - self.began


CURRENT: ContextVar[Exchange | None] = ContextVar("exchange", default=None)
"""The exchange that work is done for; tasks and threads begun for it inherit it."""


def exchanging(app: ASGIApp, ended: Callable[[Exchange], None]) -> ASGIApp:
    """Give each exchange an id, which its response names; report each when it has ended."""

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        method = str(scope["method"])
        exchange = Exchange(
            id=_id(Headers.from_scope(scope).get(HEADER)), method=method if method in _METHODS else "OTHER"
        )
        # Not taken back: each request has a task of its own, and the server may log in it that it failed.
        CURRENT.set(exchange)

        async def received() -> Message:
            message = await receive()
            exchange.left |= message["type"] == "http.disconnect" and not exchange.complete
            return message  # type: ignore[return-value]

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = _LEFT if exchange.left else message["status"]
                MutableScopeHeaders.from_message(message)[HEADER] = exchange.id
            elif message["type"] == "http.response.body":
                exchange.complete = not message.get("more_body", False)
            await send(message)

        try:
            await app(scope, received, sent)  # type: ignore[arg-type]
        finally:
            if exchange.status is None:
                exchange.status = _LEFT if exchange.left else 500
            exchange.route = scope.get("path_template") or UNMATCHED
            caller = scope["state"].get("caller")
            exchange.key_id = caller.key_id if caller else None
            ended(exchange)

    return inner


def _id(given: str | None) -> str:
    """Take over the id that a client gave, if it is fit for a header and a log."""
    return given if given and _SANE.fullmatch(given) else uuid.uuid4().hex
