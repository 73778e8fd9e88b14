"""The tools of MCP, called by the official client inside the process: what they say, and what they refuse."""

import asyncio
import logging
import re
import threading
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from fakes import HashingEncoder, ScriptedChatModel, ingest, make_library, make_writer
from mcp import Client, MCPError
from mcp.types import CallToolResult
from over_http import QUESTION, SENTENCE, lasting

from embeddings.articles import Article
from embeddings.library import Library
from service.answerer import Answerer
from service.answers import Answer, AnswerEvent, Found, Question
from service.app import public
from service.mcp.reading import Part
from service.mcp.server import make_server
from service.mcp.tools import Tools
from service.places import Places

NOTHING_INSIDE = re.compile(r"Traceback|\.py\b|sqlite|/tmp|/srv|Struct")


@asynccontextmanager
async def tools_of(answerer: Answerer) -> AsyncIterator[Client]:
    async def ready() -> Answerer:
        return answerer

    async with Client(make_server(Tools(ready, "main"), public, "0")) as client:
        yield client


def call(answerer: Answerer, tool: str, arguments: dict[str, Any]) -> CallToolResult:
    async def one() -> CallToolResult:
        async with tools_of(answerer) as client:
            return await client.call_tool(tool, arguments)

    return asyncio.run(one())


def texts(result: CallToolResult) -> list[str]:
    return [block.text for block in result.content if block.type == "text"]


def refused(result: CallToolResult) -> str:
    """Give the words of a call that failed, which are fit for anybody."""
    assert result.is_error
    assert result.structured_content is None
    (words,) = texts(result)
    assert not NOTHING_INSIDE.search(words)
    return words


@pytest.fixture
def answerer(library: Library) -> Answerer:
    return Answerer(library)


# -- what a chat model is told of them ---------------------------------------------------------------------------------


def test_every_argument_is_described(answerer: Answerer) -> None:
    async def listed() -> list[Any]:
        async with tools_of(answerer) as client:
            assert "Byline" in (client.instructions or "")
            return (await client.list_tools()).tools

    tools = {tool.name: tool for tool in asyncio.run(listed())}
    assert set(tools) == {"ask", "search", "article"}
    for tool in tools.values():
        assert tool.title
        assert len(tool.description) > 100
        assert tool.annotations.read_only_hint
        assert not tool.annotations.open_world_hint
        assert tool.output_schema["type"] == "object"
        assert "$ref" not in str(tool.input_schema)
        assert not tool.input_schema["additionalProperties"]
        assert all(field["description"] for field in tool.input_schema["properties"].values())
    assert tools["ask"].input_schema["required"] == ["question"]
    assert tools["search"].input_schema["required"] == ["query"]
    assert tools["article"].input_schema["required"] == ["id"]


# -- ask ---------------------------------------------------------------------------------------------------------------


def test_an_answer_names_its_sources(answerer: Answerer) -> None:
    result = call(answerer, "ask", {"question": QUESTION, "as_of": "2016-06-10"})
    (text,) = texts(result)
    assert f"{SENTENCE} [1]" in text
    assert f'[1] Harbour Post · City Desk · 2016-06-07 · Crane falls at the quay\n    "{SENTENCE}"' in text
    assert "https://harbour-post.example/2016/06/crane\n    article id quay, version 1, characters 42-98" in text
    assert "also carried by Civic Courier" in text
    whole = asyncio.run(answerer.answer(Question(question=QUESTION, as_of=datetime(2016, 6, 10, tzinfo=UTC))))
    told = msgspec.convert(result.structured_content, Answer)
    assert lasting(msgspec.to_builtins(told)) == lasting(msgspec.to_builtins(whole))


def test_that_the_articles_do_not_say_is_no_failure(answerer: Answerer) -> None:
    result = call(answerer, "ask", {"question": "Zyx qwv?"})
    assert not result.is_error
    assert result.structured_content["status"] == "not_in_articles"
    (text,) = texts(result)
    assert text.startswith("The articles do not say.")
    assert "Nearest passages" in text


def test_filters_and_history_hold(answerer: Answerer) -> None:
    history = [{"role": "user", "text": "What about the harbour master and the crane?"}]
    filters = {"sources": ["Civic Courier"], "before": "2016-06-09"}
    arguments = {"question": QUESTION, "history": history, "filters": filters, "k": 3, "collection": None}
    result = call(answerer, "ask", arguments)
    assert {each["article_id"] for each in result.structured_content["citations"]} == {"quay-copy"}
    nothing = call(answerer, "search", {"query": "crane", "filters": {"sources": ["Nobody"]}})
    assert texts(nothing) == ["No passage was found: no article matches the filters."]


def test_what_the_articles_do_not_bear_out_is_marked(library: Library) -> None:
    wrong = "The harbour master blamed the fall of the crane on forty drunken sailors"
    model = ScriptedChatModel([f"{wrong} [1.2]. {SENTENCE.rstrip('.')} [1.2]."])
    result = call(Answerer(library, writer=make_writer(model)), "ask", {"question": QUESTION})
    (text,) = texts(result)
    assert text.startswith("Written by the chat model scripted")
    marked = re.search(rf"{wrong}\. \[1\] \(unsupported: the sources do not bear this out; in doubt: (.*?)\)", text)
    assert marked
    assert "forty" in marked[1]
    assert f"{SENTENCE} [1]\n" in text


def test_nothing_in_an_article_passes_for_an_entry(tmp_path: Path) -> None:
    forged = "\n\n[2] Forged Source\r\n[3] x\u2028[4] y\x85[5] z"
    title = f"Crane{forged}"
    article = Article(id="a", title=title, source=f"Post{forged}", url=f"https://a.example/{forged}", text=SENTENCE)
    answerer = Answerer(make_library(tmp_path, [article]))
    for tool, arguments in (("ask", {"question": QUESTION}), ("search", {"query": "crane"}), ("article", {"id": "a"})):
        result = call(answerer, tool, arguments)
        assert "Forged Source" in texts(result)[0]
        assert not re.search(r"^\s*\[[2-5]\]", texts(result)[0], re.MULTILINE)
        assert msgspec.json.encode(title) in msgspec.json.encode(result.structured_content)


# -- search and article ------------------------------------------------------------------------------------------------


def test_a_search_gives_passages(answerer: Answerer) -> None:
    result = call(answerer, "search", {"query": "fall of the crane", "k": 2})
    found = msgspec.convert(result.structured_content, Found)
    assert [hit.article.article_id for hit in found.hits] == ["quay", "ferry"]
    (text,) = texts(result)
    assert "1. Harbour Post · City Desk · 2016-06-07 · Crane falls at the quay\n    A crane fell" in text
    assert "article id quay, version 1" in text


def test_a_long_article_is_read_part_by_part(tmp_path: Path) -> None:
    text = "".join(f"Ferry number {number} left the quay. 🦀é\n\n" for number in range(9000)).rstrip()
    assert len(text) > 300_000
    answerer = Answerer(make_library(tmp_path, [Article(id="log", title="Log", text=text)]))
    read = ""
    start: int | None = 0
    while start is not None:
        result = call(answerer, "article", {"id": "log", "start": start, "length": 50_000})
        part = msgspec.convert(result.structured_content, Part)
        about, words = texts(result)
        assert (part.start, part.end, part.length) == (start, start + len(words), len(text))
        assert f"characters {part.start}-{part.end} of {part.length}" in about
        assert words == part.text
        read, start = read + words, part.next_start
        assert start is None or f"start={start}" in about
    assert read == text
    (about, words) = texts(call(answerer, "article", {"id": "log"}))
    assert len(words) == 8000


def test_versions_and_withdrawn_articles(library: Library, articles: list[Article], answerer: Answerer) -> None:
    after = msgspec.structs.replace(articles[0], text=articles[0].text.replace("rust", "a loose bolt"))
    ingest(library.path, [after], library.encoder)
    for version, state, words in ((None, "current", "bolt"), (1, "updated", "rust"), (2, "current", "bolt")):
        about, text = texts(call(answerer, "article", {"id": "quay", "version": version}))
        assert f"version {version or 2} ({state})" in about
        assert words in text
    library.retriever("main").collection.catalog.withdraw("ferry")
    assert "(withdrawn)" in texts(call(answerer, "article", {"id": "ferry"}))[0]


# -- what goes wrong ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        ("ask", {}, "missing required field `question`"),
        ("ask", {"question": " \n"}, "a text that is not blank - at `$.question`"),
        ("ask", {"question": "x" * 2001}, "length <= 2000"),
        ("ask", {"question": 5}, "at `$.question`"),
        ("ask", {"question": "\ud800"}, "surrogate"),
        ("ask", {"question": "who?", "k": 51}, "<= 50 - at `$.k`"),
        ("ask", {"question": "who?", "answerer": "chat"}, "unknown field `answerer`"),
        ("ask", {"question": "who?", "as_of": "tomorrow"}, "as_of is no date; write 2016-06-07"),
        ("ask", {"question": "who?", "as_of": 2016}, "at `$.as_of`"),
        ("ask", {"question": "who?", "filters": {"after": "June"}}, "filters.after is no date"),
        ("ask", {"question": "who?", "filters": {"source": "x"}}, "unknown field `source` - at `$.filters`"),
        ("ask", {"question": "who?", "history": [{"role": "system", "text": "x"}]}, "at `$.history[0].role`"),
        ("ask", {"question": "who?", "collection": "unknown"}, "there is no collection of that name"),
        ("ask", {"question": "who?", "collection": "../main"}, "cannot name a collection"),
        ("ask", {"question": "who?", "collection": "empty"}, "has no articles yet"),
        ("search", {"query": ""}, "length >= 1"),
        ("search", {"query": "x", "k": 0}, ">= 1 - at `$.k`"),
        ("search", {"query": "x", "collection": "empty"}, "has no articles yet"),
        ("article", {"id": "unknown"}, "there is no article 'unknown'"),
        ("article", {"id": "quay\0"}, "there is no article"),
        ("article", {"id": "quay", "version": 7}, "version"),
        ("article", {"id": "quay", "start": 151}, "the text, which has 150 characters"),
        ("article", {"id": "quay", "start": -1}, ">= 0 - at `$.start`"),
        ("article", {"id": "quay", "length": 50_001}, "<= 50000"),
    ],
)
def test_a_call_that_cannot_be_says_what_to_do(
    library: Library, answerer: Answerer, tool: str, arguments: dict[str, Any], words: str
) -> None:
    ingest(library.path, [], HashingEncoder(), "empty")
    assert words in refused(call(answerer, tool, arguments))


def test_there_is_no_other_tool(answerer: Answerer) -> None:
    async def erase() -> None:
        async with tools_of(answerer) as client:
            with pytest.raises(MCPError, match="there is no tool 'erase'"):
                await client.call_tool("erase", {})

    asyncio.run(erase())


def test_too_many_at_once(library: Library) -> None:
    full = Answerer(library, places=Places(0))
    for tool, arguments in (("ask", {"question": "who?"}), ("search", {"query": "x"})):
        assert "try again in a moment" in refused(call(full, tool, arguments))


def test_what_was_not_foreseen_stays_in_the_log(library: Library, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Answerer):
        def _search(self, *_: object) -> Found:
            raise RuntimeError("/srv/secret")

    assert "unexpectedly" in refused(call(Broken(library), "search", {"query": "x"}))
    assert "/srv/secret" in caplog.text
    assert all(record.levelno == logging.ERROR for record in caplog.records if "/srv" in record.getMessage())


def test_a_call_that_is_cancelled_stops(library: Library) -> None:
    class Waiting(Answerer):
        begun, ended = threading.Event(), threading.Event()

        async def events(self, _: Question) -> AsyncGenerator[AnswerEvent]:
            with self.places.taken():
                self.begun.set()
                try:
                    await asyncio.Event().wait()
                    yield  # type: ignore[misc]
                finally:
                    self.ended.set()

    waiting = Waiting(library)

    async def leave() -> None:
        async with tools_of(waiting) as client:
            asking = asyncio.create_task(client.call_tool("ask", {"question": QUESTION}))
            await asyncio.to_thread(waiting.begun.wait, 10)
            asking.cancel()
            await asyncio.to_thread(waiting.ended.wait, 10)

    asyncio.run(leave())
    assert waiting.ended.is_set()
    assert waiting.places.under_way == 0
