"""A server on loopback that speaks OpenAI's chat completions and does what a script says, faults included.

By hand, to try Byline without a model; it answers with sentences of the sources in the prompt that it is sent:

    python tests/scripted_server.py --port 8123 [--fault NAME [--times N]] [--reply FILE] [--by character]
    OPENAI_BASE_URL=http://127.0.0.1:8123/v1 BYLINE_CHAT_MODEL=scripted byline ask "…"
"""

import argparse
import json
import re
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

MODEL = "scripted"
NOT_IN_ARTICLES = "NOT IN THE ARTICLES"

Act = Callable[["Exchange"], None]
"""What the server does with one request."""
Divide = Callable[[str], list[str]]

_SOURCE = re.compile(r"^\[(\d+\.\d+)\] (.+)$", re.MULTILINE)
_QUESTION = re.compile(r"^(?:last )?question: *(.+)$", re.MULTILINE | re.IGNORECASE)
_WORD = re.compile(r"\w+")
_COMMON = frozenset(
    _WORD.findall(
        "a about after against an and any are as at be been but by can could did do does for from had has have he her "
        "his how if in into is it its many much not of on or over say said says she so than that the their there they "
        "this to was were what when where which who whom whose why will with would you"
    )
)


class Exchange:
    """A request, and what became of the answer."""

    def __init__(self, handler: "_Handler", body: dict[str, Any]) -> None:
        self.path: str = handler.path
        self.headers = {name.lower(): value for name, value in handler.headers.items()}
        self.body = body
        self.closed_early = False
        """Whether the client closed the connection before the answer was complete."""
        self.over = threading.Event()
        self._handler = handler

    @property
    def messages(self) -> list[dict[str, str]]:
        return list(self.body["messages"])

    @property
    def limit(self) -> int | None:
        """How many tokens the answer may have."""
        limit: int | None = self.body.get("max_completion_tokens", self.body.get("max_tokens"))
        return limit

    def answer(self, status: int, body: object, headers: Mapping[str, str] | None = None) -> None:
        """Send all of an answer: text as it is, anything else as JSON."""
        content = (body if isinstance(body, str) else json.dumps(body)).encode()
        kind = "text/html" if isinstance(body, str) else "application/json"
        sent = {"Content-Type": kind, "Content-Length": str(len(content)), "Connection": "close", **(headers or {})}
        self._head(status, sent)
        self._handler.wfile.write(content)

    def begin(self) -> None:
        """Begin a stream of events."""
        headers = {"Content-Type": "text/event-stream; charset=utf-8", "Transfer-Encoding": "chunked"}
        self._head(200, headers | {"Connection": "close"})

    def send(self, event: object) -> None:
        """Send an event: bytes as they are, text as the data of the event, anything else as JSON."""
        if not isinstance(event, bytes):
            data = event if isinstance(event, str) else json.dumps(event)
            event = f"data: {data}\n\n".encode()
        self._handler.wfile.write(b"%x\r\n%s\r\n" % (len(event), event))

    def end(self) -> None:
        """End a stream as it should."""
        self._handler.wfile.write(b"0\r\n\r\n")

    def hang(self) -> None:
        """Send nothing more until the client has enough of it."""
        while self._handler.connection.recv(1024):
            pass
        raise ConnectionAbortedError

    def pause(self) -> None:
        """Let a reader see that the answer comes piece by piece."""
        time.sleep(self._handler.pause_s)

    def _head(self, status: int, headers: Mapping[str, str]) -> None:
        self._handler.send_response(status)
        for name, value in headers.items():
            self._handler.send_header(name, value)
        self._handler.end_headers()


def by_character(text: str) -> list[str]:
    return list(text)


def by_word(text: str) -> list[str]:
    return re.findall(r"\s*\S+|\s+$", text)


def delta(content: str | None = None, finish: str | None = None, **more: object) -> dict[str, Any]:
    """Make a chunk of a streamed completion."""
    choice = {"index": 0, "delta": {"content": content, **more}, "finish_reason": finish}
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": MODEL, "choices": [choice]}


def says(reply: str | Sequence[str] | Callable[[Sequence[Mapping[str, str]]], str], *, by: Divide = by_word) -> Act:
    """Answer properly: with a text, with a text that is divided already, or with one made of the messages."""

    def act(exchange: Exchange) -> None:
        pieces, finish = _pieces(exchange, reply, by), "stop"
        if exchange.limit is not None and len(pieces) > exchange.limit:
            pieces, finish = pieces[: exchange.limit], "length"
        counts = {"prompt_tokens": sum(len(each["content"].split()) for each in exchange.messages)}
        usage = counts | {"completion_tokens": len(pieces), "total_tokens": sum(counts.values()) + len(pieces)}
        if not exchange.body.get("stream"):
            message = {"role": "assistant", "content": "".join(pieces)}
            choice = {"index": 0, "message": message, "finish_reason": finish}
            exchange.answer(200, {"object": "chat.completion", "choices": [choice], "usage": usage})
            return
        exchange.begin()
        exchange.send(delta("", role="assistant"))
        for piece in pieces:
            exchange.send(delta(piece))
            exchange.pause()
        exchange.send(delta(finish=finish))
        if (exchange.body.get("stream_options") or {}).get("include_usage"):
            exchange.send(delta() | {"choices": [], "usage": usage})
        exchange.send("[DONE]")
        exchange.end()

    return act


def answers(status: int, body: object, headers: Mapping[str, str] | None = None) -> Act:
    """Answer with a status and a body."""
    return lambda exchange: exchange.answer(status, body, headers)


def refuses(status: int, message: str, code: str | None = None, headers: Mapping[str, str] | None = None) -> Act:
    """Answer with an error as OpenAI writes it."""
    error = {"message": message, "type": "error", "param": None, "code": code}
    return answers(status, {"error": error}, headers)


def streams(*events: object, then: Callable[[Exchange], None] = Exchange.end) -> Act:
    """Send these events, and then end, hang or (`cut`) close the connection."""

    def act(exchange: Exchange) -> None:
        exchange.begin()
        for event in events:
            exchange.send(event)
        then(exchange)

    return act


def cut(_exchange: Exchange) -> None:
    """Do no more: the connection closes without an end."""


def endless(exchange: Exchange) -> None:
    """Write on, however long the answer may be."""
    exchange.begin()
    while True:
        exchange.send(delta("and so on "))
        exchange.pause()


def midway(*events: object, then: Callable[[Exchange], None] = Exchange.end) -> Act:
    """Begin to answer properly; half way through, send these events and end, hang or close the connection."""

    def act(exchange: Exchange) -> None:
        pieces = _pieces(exchange, extractive, by_word)
        begun = [delta(piece) for piece in pieces[: len(pieces) // 2]]
        streams(*begun, *events, then=then)(exchange)

    return act


FAULTS: Mapping[str, Act] = {
    "401": refuses(401, "Incorrect API key provided: sk-scripted.", "invalid_api_key"),
    "404": refuses(404, "The model `scripted` does not exist.", "model_not_found"),
    "429": refuses(429, "Rate limit reached.", "rate_limit_exceeded", {"Retry-After": "1"}),
    "500": refuses(500, "The server had an error."),
    "503": refuses(503, "The engine is overloaded."),
    "context": refuses(400, "This model's maximum context length is 10 tokens.", "context_length_exceeded"),
    "cut": midway(then=cut),
    "empty": says(""),
    "endless": endless,
    "error": midway({"error": {"message": "The server had an error.", "type": "server_error"}}),
    "hang": Exchange.hang,
    "hang-midway": midway(then=Exchange.hang),
    "rubbish": midway("what is this"),
    "silence": midway(),
    "truncated": midway(b'data: {"id": "chatcmpl-1", "choices": [{"delta": {"con\n\n'),
}
"""By the names that the command line knows them by; `refused` besides."""


class ScriptedServer:
    """The server in a thread; as many requests at once as come."""

    def __init__(self, *script: Act, port: int = 0, pause_s: float = 0) -> None:
        """Do with each request what stands next in the script, and with all after its end what stands last."""
        self.requests: list[Exchange] = []
        """Those for completions, in the order in which they came."""
        self._script = script or (says(extractive),)
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        handler = type("_Bound", (_Handler,), {"scripted": self, "pause_s": pause_s})
        self._server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """What to set OPENAI_BASE_URL to."""
        return f"http://127.0.0.1:{self.port}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self._server.server_close()

    def take(self, exchange: Exchange) -> Act:
        """Record a request; give what to do with it."""
        with self._lock:
            self.requests.append(exchange)
            return self._script[min(len(self.requests), len(self._script)) - 1]

    @contextmanager
    def connected(self, connection: socket.socket) -> Iterator[None]:
        """Know of a connection while it is open, to be able to end it."""
        with self._lock:
            self._open.add(connection)
        try:
            yield
        finally:
            with self._lock:
                self._open.discard(connection)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    scripted: ClassVar[ScriptedServer]
    pause_s: ClassVar[float]

    def do_GET(self) -> None:
        exchange = Exchange(self, {})
        if not exchange.path.partition("?")[0].endswith("/models"):
            exchange.answer(404, {"detail": "Not Found"})
            return
        exchange.answer(200, {"object": "list", "data": [{"id": MODEL, "object": "model", "owned_by": "tests"}]})

    def do_POST(self) -> None:
        self.close_connection = True
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        exchange = Exchange(self, body)
        if not exchange.path.partition("?")[0].endswith("/chat/completions"):
            exchange.answer(404, {"detail": "Not Found"})
            return
        with self.scripted.connected(self.connection):
            try:
                self.scripted.take(exchange)(exchange)
            except OSError:
                exchange.closed_early = True
            finally:
                exchange.over.set()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the requests are kept."""


@contextmanager
def refusing() -> Iterator[str]:
    """Give an address at which connections are refused."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}/v1"


def extractive(messages: Sequence[Mapping[str, str]]) -> str:
    """Answer the question of the last message with up to three sentences of the sources in it, each with its id.

    They are those that share most words with the question, or none. Where there are no sources, as in the prompt that
    makes one question of a conversation, the question comes back as it is.
    """
    prompt = messages[-1]["content"]
    offered = [(found[1], unescape(found[2])) for found in _SOURCE.finditer(prompt)]
    question = next(iter(_QUESTION.findall(prompt)), prompt.strip().rpartition("\n")[2])
    if not offered:
        return f"QUESTION: {question}"
    asked = _telling(question)
    shared = {mark: len(asked & _telling(sentence)) for mark, sentence in offered}
    least = max(2, 0.4 * len(asked), 0.75 * max(shared.values()))
    best = sorted((each for each in offered if shared[each[0]] >= least), key=lambda each: -shared[each[0]])
    return " ".join(f"{sentence} [{mark}]" for mark, sentence in best[:3]) or NOT_IN_ARTICLES


def _telling(text: str) -> set[str]:
    """The words of a text that say what it is about, without their endings."""
    words = (word.casefold() for word in _WORD.findall(text))
    return {re.sub(r"(?<=\w{3})(e?s|e?d|ing|e)$", "", word) for word in words if word not in _COMMON}


def _pieces(
    exchange: Exchange, reply: str | Sequence[str] | Callable[[Sequence[Mapping[str, str]]], str], by: Divide
) -> list[str]:
    text = reply(exchange.messages) if callable(reply) else reply
    return by(text) if isinstance(text, str) else list(text)


def main() -> None:
    parser = argparse.ArgumentParser(description="An OpenAI-compatible server on loopback that does as it is told.")
    parser.add_argument("--port", type=int, default=0, help="0 for any that is free")
    parser.add_argument("--fault", choices=["refused", *FAULTS], help="what to do instead of answering")
    parser.add_argument("--times", type=int, help="for how many requests; for all unless given")
    parser.add_argument("--reply", type=Path, help="a file with the text to answer")
    parser.add_argument("--by", choices=["word", "character"], default="word", help="how the answer is divided")
    parser.add_argument("--pause", type=float, default=0.02, help="seconds between the pieces")
    given = parser.parse_args()
    reply = given.reply.read_text(encoding="utf-8") if given.reply else extractive
    script = [says(reply, by=by_character if given.by == "character" else by_word)]
    if given.fault == "refused":
        with refusing() as url:
            _serve(url)
        return
    if given.fault:
        script = [FAULTS[given.fault]] * (given.times or 1) + (script if given.times else [])
    with ScriptedServer(*script, port=given.port, pause_s=given.pause) as server:
        _serve(server.url)


def _serve(url: str) -> None:
    """Print the address, and stay until the process is interrupted."""
    sys.stdout.write(f"{url}\n")
    sys.stdout.flush()
    with suppress(KeyboardInterrupt):
        threading.Event().wait()


if __name__ == "__main__":
    main()
