"""POST /mcp: MCP over HTTP. Each request stands for itself, so that any worker can take it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from litestar import Litestar, Response, post
from litestar.types import HTTPReceiveMessage, Message
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

from service.answerer import Answerer
from service.api.json_request import JSONRequest
from service.api.leaving import unless_gone
from service.auth.callers import caller_of
from service.mcp.server import make_server
from service.mcp.tools import Tools


@post("/mcp", opt={"scope": "ask"}, status_code=200, include_in_schema=False)
async def mcp(request: JSONRequest) -> Response[bytes]:
    """Exchange one message of the Model Context Protocol; whoever hangs up has the call cancelled."""
    if caller_of(request).key_id is None:
        request.app.state.origins.check_page(request.scope)  # the protocol asks for it, whatever is sent
    exchange = _Exchange(await request.body())
    sessions: StreamableHTTPSessionManager = request.app.state.mcp
    await unless_gone(request, sessions.handle_request(request.scope, exchange.receive, exchange.send))  # type: ignore[arg-type]
    return exchange.response


def serving_mcp(version: str) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    """Have what `mcp` needs in `app.state`, where an answerer is to be already."""

    @asynccontextmanager
    async def serving(app: Litestar) -> AsyncIterator[None]:
        async def answerer() -> Answerer:
            loaded: Answerer = app.state.answerer
            return loaded

        server = make_server(Tools(answerer, app.state.collection), app.state.public, version)
        # Who may call, and from where, was settled before: what the package has for that knows of no keys or proxies.
        sessions = StreamableHTTPSessionManager(server, json_response=True, stateless=True)
        async with sessions.run():
            app.state.mcp = sessions
            yield

    return serving


class _Exchange:
    """A request as an ASGI application receives it, and the response that it sends."""

    def __init__(self, body: bytes) -> None:
        self._received: HTTPReceiveMessage = {"type": "http.request", "body": body, "more_body": False}
        self._status = 200
        self._headers: dict[str, str] = {}
        self._sent = b""

    async def receive(self) -> HTTPReceiveMessage:
        return self._received

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = {name.decode(): value.decode() for name, value in message["headers"]}
        elif message["type"] == "http.response.body":
            self._sent += message["body"]

    @property
    def response(self) -> Response[bytes]:
        """What was sent, whole."""
        kept = {name: value for name, value in self._headers.items() if name not in ("content-length", "content-type")}
        kind = self._headers.get("content-type", "text/plain")
        return Response(self._sent, status_code=self._status, media_type=kind, headers=kept)
