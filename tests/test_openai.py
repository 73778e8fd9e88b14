"""Chat completions and models, by the official openai client: the same answers and citations as of /v1/ask."""

import asyncio
import functools
import html
import io
import itertools
import json
import re
import socket
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from fakes import ScriptedChatModel, make_library, make_writer
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from msgspec import structs
from openai import AsyncOpenAI
from openai_clients import asked, check, client_of, completed, completed_async, quoting, user
from over_http import QUESTION, SENTENCE
from scripted_server import Exchange, ScriptedServer, midway

from embeddings.articles import Article
from embeddings.library import Library
from service.answerer import Answerer
from service.answers import Citation, Question, Usage
from service.api.events import streamed
from service.api.openai.content import Addresses
from service.chat.client import OpenAIChatModel
from service.chat.model import Message
from service.errors import ChatModelTimeout, ChatReplyBroken
from service.ledger.ledger import Ledger
from service.ledger.storage import FILE
from service.places import Places

FARES = "How much more will the ferry to the islands cost from August?"
TWO = f"{QUESTION} {FARES}"


def writing(library: Library, *replies: Any, times: int = 9, **more: Any) -> Answerer:
    """Have a scripted chat model answer."""
    return Answerer(library, writer=make_writer(ScriptedChatModel(*(replies or [quoting] * times), **more)))


# -- the same as /v1/ask -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("who", ["reader", "chat"])
@pytest.mark.parametrize("question", [QUESTION, TWO, "Zyx qwv?"])
def test_a_completion_says_and_cites_what_ask_does(library: Library, question: str, who: str, stream: bool) -> None:
    with client_of(library, writing(library)) as client:
        answer = asked(client, question, answerer=who)
        completion = completed(client, stream=stream, model=f"byline:{who}", messages=user(question))
    check(completion, answer)
    assert answer["answerer"] == who
    assert len(completion["annotations"]) >= {QUESTION: 1, TWO: 2}.get(question, 0)


@pytest.mark.parametrize("stream", [False, True])
def test_an_article_brings_no_markup(tmp_path: Path, stream: bool) -> None:
    sentence = "The harbour master blamed ![rust](https://a.example/r.png) [w][1] [1] <img src=x> `on \\[r](b.example)."
    library = make_library(tmp_path, [Article(id="crane", title="Crane", text=f"A crane fell. {sentence}")])
    question = "What did the harbour master blame?"
    with client_of(library) as client:
        answer = asked(client, question)
        completion = completed(client, stream=stream, model="byline", messages=user(question))
    assert answer["text"] == sentence
    check(completion, answer)
    rendered = MarkdownIt("commonmark").render(completion["content"])
    assert rendered == f"<p>{html.escape(sentence)} [1]</p>\n"


@pytest.mark.parametrize("stream", [False, True])
def test_the_client_for_event_loops_gets_the_same(library: Library, stream: bool) -> None:
    with client_of(library) as client:
        answer = asked(client, QUESTION)
        client_in_loop = AsyncOpenAI(base_url=client.base_url, api_key="none", max_retries=0)
        check(completed_async(client_in_loop, stream=stream, model="byline", messages=user(QUESTION)), answer)


def test_the_helper_that_folds_a_stream_folds_it(library: Library) -> None:
    with client_of(library) as client:
        whole = client.chat.completions.create(model="byline", messages=user(QUESTION))
        with client.chat.completions.stream(model="byline", messages=user(QUESTION)) as stream:
            folded = stream.get_final_completion()
    assert folded.choices[0].message.content == whole.choices[0].message.content == f"{SENTENCE} [1]"
    assert folded.choices[0].message.to_dict()["annotations"] == whole.choices[0].message.to_dict()["annotations"]


@pytest.mark.parametrize("stream", [False, True])
def test_a_sentence_that_is_not_borne_out_says_so(library: Library, stream: bool) -> None:
    def inventing(messages: Sequence[Message]) -> list[str]:
        text = "".join(quoting(messages))
        return [f"{text.replace('rust', 'forty drunken sailors')} {text}"]

    with client_of(library, writing(library, inventing, inventing)) as client:
        answer = asked(client, QUESTION)
        completion = completed(client, stream=stream, model="byline", messages=user(QUESTION))
    assert [sentence["status"] for sentence in answer["sentences"]] == ["unsupported", "supported"]
    check(completion, answer)
    invented = SENTENCE.replace("rust", "forty drunken sailors")
    assert completion["content"] == f"{invented} [1] (unsupported) {SENTENCE} [1]"


WRITTEN = (
    "The 🚢 ferry “Zoë”, called العبّارة by its crew, costs e\u0301xactly 5\u202f€. "
    "The crew of the 🚢 ferry العبّارة, 👩‍👩‍👧, was not asked."
)
FERRY = "What does the ferry called العبّارة by its crew cost?"


def test_however_the_stream_of_the_model_is_divided_the_content_is_the_same(tmp_path: Path) -> None:
    def written(messages: Sequence[Message]) -> str:
        offered = re.findall(r"^\[(\d+\.\d+)\] (.+)$", messages[-1].content, re.MULTILINE)
        return "\n\n".join(f"{sentence} [{mark}]" for mark, sentence in offered)

    article = Article(id="ferry", title="العبّارة 🚢", text=WRITTEN, url="https://a.example/العبّارة")
    with (
        closing(make_library(tmp_path, [article])) as library,
        client_of(library, answerer := writing(library, lambda messages: [written(messages)])) as client,
    ):
        answer = asked(client, FERRY)
        assert answer["text"].count("العبّارة") == 2

        @settings(max_examples=25, deadline=None)
        @given(st.booleans(), st.lists(st.integers(1, 30), min_size=1))
        def same(stream: bool, sizes: list[int]) -> None:
            def divided(messages: Sequence[Message]) -> list[str]:
                text = io.StringIO(written(messages))
                return list(itertools.takewhile(bool, map(text.read, itertools.cycle(sizes))))

            answerer.writer = make_writer(ScriptedChatModel(divided))
            completion = completed(client, stream=stream, model="byline", messages=user(FERRY))
            check(completion, answer)

        same()


# -- how a stream comes ------------------------------------------------------------------------------------------------


def test_the_events_of_a_stream(library: Library) -> None:
    with client_of(library) as client:
        body = {"model": "byline", "messages": user(QUESTION), "stream": True}
        response = httpx.post(f"{client.base_url}chat/completions", json=body)
    assert response.headers["content-type"].split(";")[0] == "text/event-stream"
    assert response.headers["x-accel-buffering"] == "no"
    *events, done, nothing = response.text.split("\n\n")
    assert (done, nothing) == ("data: [DONE]", "")
    chunks = [json.loads(event.removeprefix("data: ")) for event in events]
    assert all("usage" not in chunk for chunk in chunks)
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
    assert list(map(list, deltas)) == [["role", "content"], ["content"], ["annotations"]]
    assert chunks[-1]["citations"]


@pytest.mark.parametrize(("who", "tokens"), [("reader", (0, 0, 0)), ("chat", (40, 12, 52))])
def test_usage_is_what_the_chat_model_counted(library: Library, who: str, tokens: tuple[int, int, int]) -> None:
    answerer = writing(library, quoting, quoting, usage=Usage(prompt_tokens=40, completion_tokens=12))
    with client_of(library, answerer) as client:
        request: dict[str, Any] = {"model": f"byline:{who}", "messages": user(QUESTION)}
        whole = client.chat.completions.create(**request).usage
        *chunks, last = client.chat.completions.create(**request, stream=True, stream_options={"include_usage": True})
    assert whole
    assert whole == last.usage
    assert (whole.prompt_tokens, whole.completion_tokens, whole.total_tokens) == tokens
    assert last.choices == []
    assert [chunk.usage for chunk in chunks] == [None] * len(chunks)
    assert chunks[-1].choices[0].finish_reason == "stop"


def test_heartbeats_are_passed_over(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    often = functools.partial(streamed, heartbeat_s=0.001)
    monkeypatch.setattr("service.api.openai.completions.streamed", often)
    with ScriptedServer(pause_s=0.02) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        answerer = Answerer(library, writer=make_writer(OpenAIChatModel("scripted", deadline_s=30)))
        with client_of(library, answerer) as client:
            body: dict[str, Any] = {"model": "byline", "messages": user(QUESTION), "stream": True}
            assert "\n: " in httpx.post(f"{client.base_url}chat/completions", json=body).text
            check(completed(client, **body), asked(client, QUESTION))


@pytest.mark.parametrize("stream", [False, True])
def test_a_client_that_hangs_up_closes_the_request_upstream(
    library: Library, monkeypatch: pytest.MonkeyPatch, stream: bool
) -> None:
    with ScriptedServer(midway(then=Exchange.hang)) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        answerer = Answerer(
            library, writer=make_writer(OpenAIChatModel("scripted", deadline_s=60)), places=Places(most=1)
        )
        with client_of(library, answerer) as client:
            body = json.dumps({"model": "byline", "messages": user(QUESTION), "stream": stream}).encode()
            with socket.create_connection(("127.0.0.1", client.base_url.port or 0)) as connection:
                connection.sendall(
                    b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
                )
                while not server.requests:
                    pass
            assert server.requests[0].over.wait(10)
            assert server.requests[0].closed_early
            assert completed(client, stream=False, model="byline:reader", messages=user(QUESTION))["citations"]


def test_what_breaks_off_after_the_first_event_is_raised_by_the_client(library: Library) -> None:
    def breaking(messages: Sequence[Message]) -> list[Any]:
        return ["".join(quoting(messages)), " The crane", ChatReplyBroken("the reply of the chat model broke off")]

    with client_of(library, writing(library, breaking, breaking)) as client:
        stream = client.chat.completions.create(model="byline", messages=user(QUESTION), stream=True)
        assert [next(stream).choices[0].delta.content for _ in range(2)] == ["", f"{SENTENCE} [1]"]
        with pytest.raises(openai.APIError, match="broke off") as raised:
            next(stream)
        assert raised.value.code == "chat_reply_broken"
        assert raised.value.type == "server_error"
        with pytest.raises(openai.InternalServerError) as whole:
            client.chat.completions.create(model="byline", messages=user(QUESTION))
        assert (whole.value.status_code, whole.value.code) == (502, "chat_reply_broken")


def test_a_chat_model_that_fails_at_once_is_done_without(library: Library) -> None:
    with client_of(library, writing(library, ChatModelTimeout("the chat model did not answer in time"))) as client:
        completion = completed(client, stream=True, model="byline", messages=user(QUESTION))
    assert completion["content"] == f"{SENTENCE} [1]"
    assert completion["byline"]["answerer"] == "reader"
    assert completion["byline"]["fallback_reason"]


# -- where what is cited can be read -----------------------------------------------------------------------------------


@pytest.mark.parametrize("logged", [True, False])
def test_what_has_no_address_is_cited_where_it_can_be_read(library: Library, logged: bool) -> None:
    answerer = Answerer(library, ledger=Ledger(library.path / FILE) if logged else None)
    with client_of(library, answerer) as client:
        for stream in (False, True):
            completion = completed(client, stream=stream, model="byline", messages=user(FARES))
            (annotation,) = completion["annotations"]
            url = annotation["url_citation"]["url"]
            assert url.startswith(str(client.base_url))
            assert completion["byline"]["permalink"] == (url if logged else None)
            found = httpx.get(url)
            assert found.status_code == 200
            quote = completion["citations"][0]["quote"]
            assert quote in (found.json()["text"] if logged else found.json()["article"]["text"])


@pytest.mark.parametrize(
    ("url", "logged", "expected"),
    [
        ("https://a.example/b?c=d#e", True, "https://a.example/b?c=d#e"),
        ("HTTP://a.example", False, "HTTP://a.example"),
        (None, True, "https://news.example/base/v1/answers/7f"),
        ("javascript:alert(1)", True, "https://news.example/base/v1/answers/7f"),
        ("file:///a", False, "https://news.example/base/v1/articles/a%2Fb%20%3F?version=3&collection=world"),
        ("", False, "https://news.example/base/v1/articles/a%2Fb%20%3F?version=3&collection=world"),
    ],
)
def test_only_addresses_of_the_web_are_given(library: Library, url: str | None, logged: bool, expected: str) -> None:
    citation = Citation(
        number=1,
        article_id="a/b ?",
        version=3,
        passage_id="a/b ?@3:0",
        title="A",
        source=None,
        author=None,
        published_at=None,
        url=url,
        quote="A",
        start=0,
        end=1,
    )
    answer = asyncio.run(Answerer(library).answer(Question(question=QUESTION)))
    answer = structs.replace(answer, id="7f", collection="world")
    assert Addresses("https://news.example/base", logged).cited(citation, answer) == expected
