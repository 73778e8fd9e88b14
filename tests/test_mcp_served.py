"""MCP as its clients meet it: the official client, over HTTP and with a process that it starts."""

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any

import hashed
import httpx
import httpx2
import pytest
from commands import byline
from fakes import HashingEncoder, ingest, make_library
from litestar.testing import TestClient
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from over_http import QUESTION, SENTENCE, app_for, assert_problem, lasting, running

from embeddings.articles import Article
from embeddings.library import Library
from service.answerer import Answerer
from service.answers import AnswerEvent, Question
from service.app import LARGEST_BODY
from service.auth.keys import Keys

ACCEPT = {"Accept": "application/json, text/event-stream"}
MODES = pytest.mark.parametrize("mode", ["auto", "legacy"])
"""Without a handshake, as since 2026, and with one, as before."""


@asynccontextmanager
async def over_http(url: str, key: str | None = None, mode: str = "auto") -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    async with (
        httpx2.AsyncClient(headers=headers) as http,
        Client(streamable_http_client(f"{url}/mcp", http_client=http), mode=mode) as client,
    ):
        yield client


@asynccontextmanager
async def over_stdio(*arguments: str | Path, errors: Path, mode: str = "auto", **more: str) -> AsyncIterator[Client]:
    """Talk to a process; what it says besides goes to a file."""
    command = [str(argument) for argument in arguments]
    with errors.open("w") as log:
        server = StdioServerParameters(command=sys.executable, args=command, env={**os.environ, **more})
        async with Client(stdio_client(server, errlog=log), mode=mode) as client:
            yield client


def request(tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}


# -- over HTTP ---------------------------------------------------------------------------------------------------------


@MODES
def test_answers_are_those_of_the_service(library: Library, mode: str) -> None:
    async def talk(url: str) -> None:
        async with over_http(url, mode=mode) as client:
            assert [tool.name for tool in (await client.list_tools()).tools] == ["ask", "search", "article"]
            asked, found = await asyncio.gather(
                client.call_tool("ask", {"question": QUESTION, "as_of": "2016-06-10"}),
                client.call_tool("search", {"query": "ferry"}),
            )
            assert f"{SENTENCE} [1]" in str(asked.content)
            assert lasting(asked.structured_content) == lasting(answer)
            assert found.structured_content["hits"][0]["article"]["article_id"] == "ferry"
            assert (await client.call_tool("article", {"id": "opera"})).structured_content["length"] == 59
            refused = await client.call_tool("ask", {"question": ""})
            assert refused.is_error

    with running(library) as url:
        answer = httpx.post(f"{url}/v1/ask", json={"question": QUESTION, "as_of": "2016-06-10"}).json()
        asyncio.run(talk(url))


@pytest.fixture
def keys(library: Library) -> Iterator[Keys]:
    with closing(Keys(library.path)) as keys:
        yield keys


def test_a_caller_sees_its_collections_only(library: Library, articles: list[Article], keys: Keys) -> None:
    ingest(library.path, [articles[3]], HashingEncoder(), "arts")
    _, of_arts = keys.create("reader", ["ask"], ["arts"])
    _, of_ingest = keys.create("wire", ["ingest"])

    async def talk(url: str) -> None:
        async with over_http(url, of_arts) as client:
            found = await client.call_tool("search", {"query": "crane lighthouse"})
            assert [hit["article"]["article_id"] for hit in found.structured_content["hits"]] == ["opera"]
            for tool, arguments in (
                ("search", {"query": "x"}),
                ("ask", {"question": "x?"}),
                ("article", {"id": "quay"}),
            ):
                theirs, nobodys = [
                    await client.call_tool(tool, {**arguments, "collection": collection})
                    for collection in ("main", "none")
                ]
                assert theirs.is_error
                assert theirs.content == nobodys.content
        for key in (None, "byl_none", of_ingest):
            with pytest.raises(ExceptionGroup) as raised:
                async with over_http(url, key):
                    pass
            assert raised.group_contains(MCPError)

    with running(library) as url:
        asyncio.run(talk(url))
        assert_problem(httpx.post(f"{url}/mcp", json=request("ask", {})), 401, "key_needed")


def test_requests_stand_for_themselves(library: Library) -> None:
    """Any worker can take any of them: none begins or needs a session."""
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "0"}}
    with TestClient(app_for(library)) as client:
        begun = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": hello}
        welcome = client.post("/mcp", json=begun, headers=ACCEPT)
        assert welcome.json()["result"]["serverInfo"]["name"] == "byline"
        assert "mcp-session-id" not in welcome.headers
    with TestClient(app_for(library)) as another:
        answered = another.post("/mcp", json=request("search", {"query": "crane"}), headers=ACCEPT)
        assert answered.headers["content-type"] == "application/json"
        assert answered.json()["result"]["structuredContent"]["hits"]
        noted = another.post("/mcp", json={"jsonrpc": "2.0", "method": "notifications/initialized"}, headers=ACCEPT)
        assert (noted.status_code, noted.content) == (202, b"")


def test_what_is_no_call_is_refused(library: Library) -> None:
    with TestClient(app_for(library)) as client:
        for method in ("GET", "DELETE"):
            assert_problem(client.request(method, "/mcp", headers=ACCEPT), 405, "method_not_allowed")
        body = b" " * (LARGEST_BODY + 1)
        json_headers = {**ACCEPT, "Content-Type": "application/json"}
        assert_problem(client.post("/mcp", content=body, headers=json_headers), 413, "body_too_large")
        for broken in (b"", b"{", b"[]", b"[" * 100_000, b'"\\ud800"', b"\xff"):
            response = client.post("/mcp", content=broken, headers=json_headers)
            assert response.status_code == 400
            assert response.json()["error"]["code"] < 0


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Host": "rebound.example"}, "host_refused"),
        ({"Origin": "https://other.example"}, "origin_refused"),
        ({"Origin": "null"}, "origin_refused"),
    ],
)
def test_pages_of_others_cannot_call_a_service_without_keys(
    library: Library, headers: dict[str, str], code: str
) -> None:
    with running(library) as url:
        call = request("search", {"query": "crane"})
        assert_problem(httpx.post(f"{url}/mcp", json=call, headers={**ACCEPT, **headers}), 403, code)
        own = httpx.post(f"{url}/mcp", json=call, headers={**ACCEPT, "Origin": url})
        assert own.status_code == 200


class Waiting(Answerer):
    """Answers nothing until it is cancelled."""

    begun, ended = threading.Event(), threading.Event()

    async def events(self, _: Question) -> AsyncGenerator[AnswerEvent]:
        with self.places.taken():
            self.begun.set()
            try:
                await asyncio.Event().wait()
                yield  # type: ignore[misc]
            finally:
                self.ended.set()


@MODES
def test_who_hangs_up_ends_the_call(library: Library, mode: str) -> None:
    waiting = Waiting(library)
    waiting.begun.clear()
    waiting.ended.clear()

    async def leave(url: str) -> None:
        async with over_http(url, mode=mode) as client:
            asking = asyncio.create_task(client.call_tool("ask", {"question": QUESTION}))
            await asyncio.to_thread(waiting.begun.wait, 10)
            asking.cancel()
        assert await asyncio.to_thread(waiting.ended.wait, 10)

    with running(library, waiting) as url:
        asyncio.run(leave(url))
    assert waiting.places.under_way == 0


# -- with a process of its own -----------------------------------------------------------------------------------------

NOISY = """
import os, sys
from fakes import HashingEncoder
from embeddings.encoder import SentenceTransformerEncoder
from service.cli import cli

def load(*_):
    open(os.environ["GATE"]).close()  # waits until somebody opens the other end
    print("noise of Python", flush=True)
    os.write(1, b"noise of a library\\n")
    return HashingEncoder()

SentenceTransformerEncoder.load = load
cli(["mcp", *sys.argv[1:]])
"""


@contextmanager
def talking(library: Path, *arguments: str, **more: str) -> Iterator[subprocess.Popen[str]]:
    tests = str(Path(__file__).parent)
    process = subprocess.Popen(
        [sys.executable, "-c", NOISY, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**hashed.environment(library), "PYTHONPATH": os.pathsep.join([tests, str(Path(tests).parent)]), **more},
    )
    with process:
        yield process
        process.kill()


@MODES
def test_a_process_answers(library: Library, tmp_path: Path, mode: str) -> None:
    async def talk() -> None:
        arguments: list[str | Path] = [hashed.__file__, "mcp", "--library", library.path]
        async with over_stdio(*arguments, errors=tmp_path / "errors", mode=mode, PYTHONPATH=path) as client:
            calls = [client.call_tool("ask", {"question": question}) for question in (QUESTION, "Zyx qwv?")]
            answered, nothing = await asyncio.gather(*calls)
            assert f"{SENTENCE} [1]" in str(answered.content)
            assert nothing.structured_content["status"] == "not_in_articles"
            assert not nothing.is_error
            unknown = await client.call_tool("search", {"query": "x", "collection": "none"})
            assert "there is no collection of that name" in str(unknown.content)

    path = str(Path(__file__).parent.parent)
    asyncio.run(talk())
    assert (tmp_path / "errors").read_text() == ""


def test_nothing_but_the_protocol_leaves_by_stdout_and_that_at_once(library: Library, tmp_path: Path) -> None:
    os.mkfifo(gate := tmp_path / "gate")
    sent = [
        "no JSON",
        "",
        "[]",
        {"jsonrpc": "2.0", "id": 0, "method": "nonsense"},
        {
            "jsonrpc": "2.0",
            "id": 0,
            "method": "initialize",
            "params": {
                "protocolVersion": "2025-06-18",
                "capabilities": {},
                "clientInfo": {"name": "test", "version": "0"},
            },
        },
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        request("search", {"query": "crane"}),
    ]
    chat = {"BYLINE_CHAT_MODEL": "some-model", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "OPENAI_API_KEY": "sk-none"}
    with talking(library.path, GATE=str(gate), **chat) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdin.write("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in sent))
        process.stdin.flush()
        answers = [json.loads(process.stdout.readline()) for _ in range(2)]
        gate.open("w").close()
        answers.append(json.loads(process.stdout.readline()))
        process.stdin.close()
        assert process.stdout.read() == ""
        errors = process.stderr.read()
    assert process.returncode == 0
    assert [answer["jsonrpc"] for answer in answers] == ["2.0"] * 3
    assert answers[-1]["result"]["structuredContent"]["hits"]
    for words in ("noise of Python", "noise of a library", "some-model"):
        assert words in errors
    assert "Traceback" not in errors


def test_without_an_encoder_each_call_says_so(library: Library, tmp_path: Path) -> None:
    async def talk() -> None:
        arguments: list[str | Path] = ["-m", "service.cli", "mcp", "--library", library.path]
        nowhere = str(tmp_path / "no-such-model")
        async with over_stdio(*arguments, errors=tmp_path / "errors", BYLINE_ENCODER=nowhere) as client:
            for _ in range(2):
                refused = await client.call_tool("search", {"query": "crane"})
                assert refused.is_error
                assert "the server has no encoder; its log says where it looked" in str(refused.content)

    asyncio.run(talk())
    errors = (tmp_path / "errors").read_text()
    assert "no-such-model" in errors
    assert "Traceback" not in errors


def test_the_samples_with_the_real_encoder(tmp_path: Path) -> None:
    taken = byline("ingest", "--samples", library=tmp_path)
    assert taken.returncode == 0, taken.stderr

    async def talk() -> None:
        async with over_stdio("-m", "service.cli", "mcp", "--library", tmp_path, errors=tmp_path / "errors") as client:
            answered = await client.call_tool("ask", {"question": "what did Lavrov blame the US for?"})
            (citation, *_) = answered.structured_content["citations"]
            part = await client.call_tool("article", {"id": citation["article_id"], "version": citation["version"]})
            text = part.structured_content["text"]
            assert text[citation["start"] : citation["end"]] == citation["quote"]
            assert "blamed the United States" in citation["quote"]

    asyncio.run(talk())


# -- without the package -----------------------------------------------------------------------------------------------


def test_without_the_package_all_else_works(tmp_path: Path, articles: list[Article]) -> None:
    make_library(tmp_path, articles).close()
    missing = "import sys; sys.modules['mcp'] = None; sys.argv[0] = 'byline'\n"
    command = subprocess.run(
        [sys.executable, "-c", f"{missing}from service.cli import cli; cli(['mcp'])"], capture_output=True, text=True
    )
    assert command.returncode == 1
    assert command.stdout == ""
    assert command.stderr == "byline: this needs the package mcp: pip install 'byline-news[mcp]'\n"
    serving = f"""{missing}
from pathlib import Path
from fakes import HashingEncoder
from litestar.testing import TestClient
from over_http import app_for
from embeddings.library import Library
with TestClient(app_for(Library(Path({str(tmp_path)!r}), HashingEncoder()))) as client:
    assert client.post("/v1/search", json={{"query": "crane"}}).status_code == 200
    assert client.post("/mcp", json={{}}).status_code == 404
"""
    tests = Path(__file__).parent
    environment = {**hashed.environment(tmp_path), "PYTHONPATH": os.pathsep.join([str(tests), str(tests.parent)])}
    served = subprocess.run([sys.executable, "-c", serving], capture_output=True, text=True, env=environment)
    assert served.returncode == 0, served.stderr


def test_nothing_else_imports_the_package() -> None:
    script = "import sys, service.cli.ask, service.cli.serve, service.answerer; assert 'mcp' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True)
