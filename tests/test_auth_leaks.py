"""What a key of one collection learns of another: nothing, at any address."""

import re
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any, NamedTuple

import httpx
import pytest
from fakes import ingest
from litestar import Litestar
from litestar.testing import TestClient
from msgspec.structs import replace
from over_http import EVENTS, QUESTION, app_for

from embeddings.articles import Article
from embeddings.library import Library
from service.answerer import Answerer
from service.auth import gate
from service.auth.keys import Keys
from service.jobs.queue import Queue
from service.jobs.runner import Runner
from service.ledger.ledger import Ledger
from service.ledger.storage import FILE


class Names(NamedTuple):
    """What can be named of a collection."""

    collection: str
    article: str
    answer: str
    job: str

    def within(self, value: Any) -> Any:
        """Put the names where a request leaves places for them."""
        if isinstance(value, str):
            return re.sub(r"<(\w+)>", lambda match: str(getattr(self, match[1])), value)
        if isinstance(value, dict):
            return {name: self.within(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self.within(each) for each in value]
        return value

    def without(self, text: str) -> str:
        """Take the names out of a response again."""
        for place, name in self._asdict().items():
            text = text.replace(name, f"<{place}>")
        return text


def tool(name: str, **arguments: str) -> dict[str, Any]:
    """Have MCP call a tool with the other collection."""
    params = {"name": name, "arguments": arguments | {"collection": "<collection>"}}
    called = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    return {"json": called, "headers": {"Accept": f"application/json, {EVENTS['Accept']}"}}


def at(url: str, **more: int) -> list[dict[str, Any]]:
    """Look for what is the other collection's there, and here."""
    return [{"url": url, "params": {"collection": "<collection>"} | more}, {"url": url, "params": more}]


ARTICLE = {"id": "new", "text": "The tram to the lighthouse runs again."}

REQUESTS: dict[str, list[dict[str, Any]]] = {
    "POST /v1/ask": [
        {"json": {"question": QUESTION, "collection": "<collection>"}},
        {"json": {"question": QUESTION, "collection": "<collection>"}, "headers": EVENTS},
    ],
    "POST /v1/search": [
        {"json": {"query": "crane", "collection": "<collection>"}},
    ],
    "POST /v1/verify": [
        {"json": {"text": "The crane fell.", "collection": "<collection>"}},
        {"json": {"text": "The crane fell.", "collection": "<collection>"}, "headers": EVENTS},
    ],
    "GET /v1/answers/{id:str}": [{"url": "/v1/answers/<answer>"}],
    "POST /v1/chat/completions": [
        {"json": {"model": "byline/<collection>", "messages": [{"role": "user", "content": QUESTION}]}},
        {"json": {"model": "byline/<collection>", "messages": [{"role": "user", "content": QUESTION}], "stream": True}},
    ],
    "GET /v1/models/{name:path}": [{"url": "/v1/models/byline/<collection>"}],
    "POST /mcp": [tool("ask", question=QUESTION), tool("search", query="crane"), tool("article", id="<article>")],
    "GET /v1/articles": [{"params": {"collection": "<collection>"}}],
    "POST /v1/articles": [
        {"params": {"collection": "<collection>"}, "json": ARTICLE},
        {"params": {"collection": "<collection>"}, "json": ARTICLE, "headers": {"Idempotency-Key": "theirs"}},
    ],
    "DELETE /v1/articles/{id:str}": at("/v1/articles/<article>"),
    "POST /v1/articles/{id:str}/withdraw": at("/v1/articles/<article>/withdraw"),
    "POST /v1/articles/{id:str}/restore": at("/v1/articles/<article>/restore"),
    "GET /v1/jobs": [{"params": {"collection": "<collection>"}}],
    "GET /v1/jobs/{id:str}": [{"url": "/v1/jobs/<job>"}],
    "GET /v1/jobs/{id:str}/events": [{"url": "/v1/jobs/<job>/events"}],
    "GET /v1/articles/{id:str}": at("/v1/articles/<article>") + at("/v1/articles/<article>", version=1),
}
"""For each address all ways to name what is another's; a place stands for its name."""

PLAIN: dict[str, list[dict[str, Any]]] = {
    "GET /v1/models": [{}],
    "GET /v1/collections": [{}],
    "GET /v1/jobs": [{}, {"params": {"limit": 1}}],
    "GET /metrics": [{}],
}
"""What is asked without naming anything of another's."""

OPEN = ["GET /health/live", "GET /health/ready", "GET /openapi.json", "GET /docs"]
PASSING = re.compile(r'"(?:id":"(?:\w+-)?[0-9a-f]{32}"|as_of":"[^"]*"|created":\d+|timings_ms":\{[^}]*\})')
"""What differs each time that the same is asked."""


@pytest.fixture
def client(library: Library, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient[Litestar]]:
    """Talk to a service with a log of answers, in which what changes of keys counts at once."""
    monkeypatch.setattr(gate, "_FRESH_S", 0.0)
    answerer = Answerer(library, ledger=Ledger(library.path / FILE))
    with TestClient(app_for(library, answerer, runner=None), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def theirs(library: Library, articles: list[Article], client: TestClient[Litestar]) -> Names:
    """Fill another collection in all ways that there are, as somebody who may."""
    rust = replace(articles[0], id="rival-7", text=f"{articles[0].text}\n\nThe rivals heard of the crane first.")
    ingest(library.path, [rust, replace(articles[2], id="other")], library.encoder, "rivals-7")
    everybodys = key(library)
    asked = client.post("/v1/ask", json={"question": QUESTION, "collection": "rivals-7"}, headers=everybodys).json()
    assert asked["citations"]
    posted = client.post(
        "/v1/articles?collection=rivals-7", json=ARTICLE, headers=everybodys | {"Idempotency-Key": "theirs"}
    ).json()
    with closing(Queue(library.path)) as queue:
        Runner(library.path, queue, lambda: library.encoder, threading.Event()).run(0)
    return Names("rivals-7", "rival-7", asked["id"], posted["id"])


def key(library: Library, *collections: str) -> dict[str, str]:
    """Make a key for everything of these collections, or of all; give the header that shows it."""
    with closing(Keys(library.path)) as keys:
        return {"X-API-Key": keys.create("a", ["ask", "ingest", "admin"], collections or None)[1]}


NOBODY = Names("nobody-7", "nobod-7", "f" * 32, "e" * 32)
"""As long as what there is."""


def addresses(app: Litestar) -> Iterator[str]:
    for route in app.routes:
        for method in sorted(getattr(route, "methods", None) or {"ASGI"}):
            if method != "OPTIONS":
                yield f"{method} {route.path}"


def seen(
    client: TestClient[Litestar], address: str, key: dict[str, str], request: dict[str, Any], names: Names
) -> tuple[Any, ...]:
    """Send a request with these names in it; give the response but for them and for what is new each time."""
    method, path = address.split()
    request = {"method": method, "url": path} | names.within(request)
    response: httpx.Response = client.request(**request | {"headers": request.get("headers", {}) | key})
    headers = {name: value for name, value in response.headers.items() if name not in ("date", "x-request-id")}
    if response.is_success:
        headers.pop("content-length", None)  # of the milliseconds that it took
    return response.status_code, headers, PASSING.sub("", names.without(response.text))


def test_all_addresses_are_tried(client: TestClient[Litestar]) -> None:
    tried = {*REQUESTS, *PLAIN, *OPEN}
    assert {each for each in addresses(client.app) if not each.startswith("GET /openapi.json/")} == tried


@pytest.mark.parametrize("address", REQUESTS)
def test_what_is_anothers_looks_like_what_is_not_there(
    client: TestClient[Litestar], library: Library, theirs: Names, address: str
) -> None:
    everybodys = key(library)
    ours = key(library, "main")
    for request in REQUESTS[address]:
        assert seen(client, address, ours, request, theirs) == seen(client, address, ours, request, NOBODY)
    # Or else it would show nothing.
    assert any(
        seen(client, address, everybodys, request, theirs) != seen(client, address, everybodys, request, NOBODY)
        for request in REQUESTS[address]
    )


@pytest.mark.parametrize("address", PLAIN)
def test_nothing_of_anothers_is_told_unasked(
    client: TestClient[Litestar], library: Library, request: pytest.FixtureRequest, address: str
) -> None:
    keys = key(library, "main"), key(library)
    before = [[seen(client, address, key, each, NOBODY) for each in PLAIN[address]] for key in keys]
    theirs: Names = request.getfixturevalue("theirs")
    after = [[seen(client, address, key, each, theirs) for each in PLAIN[address]] for key in keys]
    assert after[0] == before[0]
    assert after[1] != before[1]  # or else it would show nothing


@pytest.mark.parametrize("address", OPEN)
def test_what_is_open_to_all_tells_nothing_of_collections(
    client: TestClient[Litestar], request: pytest.FixtureRequest, address: str
) -> None:
    before = seen(client, address, {}, {}, NOBODY)
    assert seen(client, address, {}, {}, request.getfixturevalue("theirs")) == before
