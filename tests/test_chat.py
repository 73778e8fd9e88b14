"""The chat model over the network: the real openai client against a scripted server on loopback."""

import asyncio
import json
import re
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import anyio
import pytest
from fakes import ScriptedChatModel
from hypothesis import given
from hypothesis import strategies as st
from scripted_server import (
    FAULTS,
    Act,
    Exchange,
    ScriptedServer,
    answers,
    by_character,
    cut,
    delta,
    refuses,
    refusing,
    says,
    streams,
)

from service.answers import Usage
from service.chat.chunks import Payloads, chunk_in
from service.chat.client import OpenAIChatModel
from service.chat.failures import wait_s
from service.chat.model import ChatModel, Message
from service.chat.thoughts import Thoughts
from service.errors import (
    ChatContextExceeded,
    ChatModelBusy,
    ChatModelError,
    ChatModelRefused,
    ChatModelTimeout,
    ChatModelUnavailable,
    ChatReplyBroken,
    ChatReplyEmpty,
    ChatReplyEndless,
    SettingsInvalid,
)

KEY = "sk-secret-of-the-tests"
SECRET_WORDS = "The harbour master blamed rust."
ASKED = [Message(role="system", content="Answer."), Message(role="user", content=SECRET_WORDS)]
TEXT = "The crane fell [1.2]. Nobody was hurt [1.3]."

Making = Callable[..., OpenAIChatModel]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Making:
    """Make a model of a server at this address, that is asked once unless more tries are allowed."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)

    def make(url: str | None, *, key: str | None = KEY, deadline_s: float = 10, retries: int = 0) -> OpenAIChatModel:
        for name, value in (("OPENAI_BASE_URL", url), ("OPENAI_API_KEY", key)):
            if value is None:
                monkeypatch.delenv(name, raising=False)
            else:
                monkeypatch.setenv(name, value)
        return OpenAIChatModel("scripted", deadline_s=deadline_s, retries=retries)

    return make


async def read(model: ChatModel, most_tokens: int = 100) -> tuple[str, Usage | None, bool]:
    async with model.reply(ASKED, most_tokens=most_tokens) as reply:
        pieces = [piece async for piece in reply]
        return "".join(pieces), reply.usage, reply.cut


def failing(model: ChatModel, kind: type[ChatModelError], most_tokens: int = 100) -> str:
    """Ask in vain; give the message, which has neither the key nor a word of what was sent."""
    with pytest.raises(ChatModelError) as failed:
        asyncio.run(read(model, most_tokens))
    assert type(failed.value) is kind
    assert failed.value.__cause__ is None
    assert failed.value.__suppress_context__ or failed.value.__context__ is None
    message = str(failed.value)
    assert not re.search(f"{KEY}|sk-|{SECRET_WORDS}|Bearer|/v1/|Traceback", message.replace("ends in /v1", ""))
    assert model.host in message
    return message


def test_a_reply_comes_whole_with_what_was_counted(made: Making) -> None:
    with ScriptedServer(says(TEXT, by=by_character)) as server:
        model = made(server.url)
        assert model.host == f"127.0.0.1:{server.port}"
        assert asyncio.run(read(model)) == (TEXT, Usage(prompt_tokens=6, completion_tokens=len(TEXT)), False)
    (request,) = server.requests
    assert request.path == "/v1/chat/completions"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.body == {
        "model": "scripted",
        "messages": [{"role": "system", "content": "Answer."}, {"role": "user", "content": SECRET_WORDS}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0,
        "max_tokens": 100,
    }


def test_a_reply_ends_for_its_length(made: Making) -> None:
    with ScriptedServer(says(TEXT)) as server:
        assert asyncio.run(read(made(server.url), most_tokens=3)) == (
            "The crane fell",
            Usage(prompt_tokens=6, completion_tokens=3),
            True,
        )


def test_one_model_answers_in_several_event_loops_and_several_questions_at_once(made: Making) -> None:
    async def both(model: ChatModel) -> list[str]:
        return [text for text, *_ in await asyncio.gather(read(model), read(model))]

    with ScriptedServer(says(TEXT)) as server:
        model = made(server.url)
        assert asyncio.run(both(model)) == asyncio.run(both(model)) == [TEXT, TEXT]


END = (delta(finish="stop"), "[DONE]")


@pytest.mark.parametrize(
    "events",
    [
        (delta("", role="assistant"), delta(TEXT), *END),
        (delta(role="assistant"), delta(TEXT[:5]), delta(None), delta(TEXT[5:]), *END),
        (delta() | {"choices": [], "prompt_filter_results": [{"prompt_index": 0}]}, delta(TEXT), *END),
        (delta() | {"choices": None}, delta(TEXT), {"choices": [{"delta": None, "finish_reason": "eos"}]}, "[DONE]"),
        (delta(reasoning_content="Hm, [9.9]."), delta(reasoning="Hm."), delta(TEXT), *END),
        (delta("\n<thi"), delta("nk>Hm, [9.9].</th"), delta("ink>\n\n"), delta(TEXT), *END),
        (delta(TEXT, tool_calls=[{"index": 0, "function": {"name": "f", "arguments": "{}"}}]), *END),
        (b": a comment\n\n", b"event: message\nid: 7\nretry: 10\n", delta(TEXT), *END),
        (delta(TEXT), delta(finish="stop")),
        (delta(TEXT), "[DONE]"),
        (delta(TEXT), delta(finish="stop"), b"data: [DONE]"),
        (f"{json.dumps(delta(TEXT[:9]))}\ndata: {json.dumps(delta(TEXT[9:]))}", *END),
        (f"data:{json.dumps(delta(TEXT))}\r\n\r\n".encode(), *END),
        (delta(TEXT), *END, delta("and what comes after the end")),
        (delta(TEXT), delta(finish="stop"), "rubbish in place of the count"),
    ],
)
def test_servers_have_habits_of_their_own(made: Making, events: tuple[object, ...]) -> None:
    with ScriptedServer(streams(*events)) as server:
        assert asyncio.run(read(made(server.url)))[0] == TEXT


def test_what_is_missing_after_a_complete_text_is_the_count_alone(made: Making) -> None:
    with ScriptedServer(streams(delta(TEXT), delta(finish="stop"), then=cut)) as server:
        assert asyncio.run(read(made(server.url))) == (TEXT, None, False)


def test_a_count_without_numbers_is_none(made: Making) -> None:
    uncounted = delta() | {"choices": [], "usage": {"prompt_tokens": None}}
    with ScriptedServer(streams(delta(TEXT), delta(finish="stop"), uncounted, "[DONE]")) as server:
        assert asyncio.run(read(made(server.url))) == (TEXT, None, False)


def test_a_whole_completion_is_taken_where_a_stream_was_asked_for(made: Making) -> None:
    def act(exchange: Exchange) -> None:
        exchange.body["stream"] = False
        says(f"<think>Hm.</think> {TEXT}")(exchange)

    with ScriptedServer(act) as server:
        text, usage, _ = asyncio.run(read(made(server.url)))
        assert text == TEXT
        assert usage is not None


class Rejecting:
    """A server that does not know some parameters, and says so in its own way."""

    def __init__(self, body: Callable[[str], object], *parameters: str, status: int = 400) -> None:
        self.body, self.parameters, self.status = body, parameters, status

    def __call__(self, exchange: Exchange) -> None:
        unknown = [name for name in self.parameters if name in exchange.body]
        if unknown:
            answers(self.status, self.body(unknown[0]))(exchange)
        else:
            says(TEXT)(exchange)


def as_openai(name: str) -> object:
    other = " Use 'max_completion_tokens' instead." if name == "max_tokens" else ""
    message = f"Unsupported parameter: '{name}' is not supported with this model.{other}"
    return {"error": {"message": message, "type": "invalid_request_error", "param": name, "code": "unsupported"}}


def as_pydantic(name: str) -> object:
    return {"detail": [{"type": "extra_forbidden", "loc": ["body", name], "msg": "Extra inputs are not permitted"}]}


def as_vllm(name: str) -> object:
    message = f"[{{'type': 'extra_forbidden', 'loc': ('body', '{name}'), 'msg': 'Extra inputs are not permitted'}}]"
    return {"object": "error", "message": message, "type": "BadRequestError", "param": None, "code": 400}


@pytest.mark.parametrize(
    ("rejecting", "tries", "taken"),
    [
        (Rejecting(as_openai, "max_tokens"), 2, {"max_completion_tokens": 100, "temperature": 0}),
        (Rejecting(as_openai, "max_tokens", "temperature"), 3, {"max_completion_tokens": 100}),
        (Rejecting(as_pydantic, "stream_options", status=422), 2, {"max_tokens": 100, "temperature": 0}),
        (Rejecting(as_vllm, "stream_options", "temperature"), 3, {"max_tokens": 100}),
        (Rejecting(as_vllm, "max_tokens", "max_completion_tokens"), 3, {"temperature": 0}),
    ],
)
def test_what_a_server_does_not_take_is_left_out_from_then_on(
    made: Making, rejecting: Rejecting, tries: int, taken: dict[str, int]
) -> None:
    with ScriptedServer(rejecting) as server:
        model = made(server.url)
        assert asyncio.run(read(model))[0] == TEXT
        assert len(server.requests) == tries
        assert asyncio.run(read(model))[0] == TEXT
    assert len(server.requests) == tries + 1
    sent = server.requests[-1].body
    optional = {"max_tokens", "max_completion_tokens", "temperature"}
    assert {name: value for name, value in sent.items() if name in optional} == taken


def test_a_server_that_takes_nothing_is_asked_a_few_times_only(made: Making) -> None:
    everything = "temperature, stream_options, max_tokens and max_completion_tokens are wrong"
    with ScriptedServer(answers(400, {"error": {"message": everything}})) as server:
        failing(made(server.url), ChatModelRefused)
    assert len(server.requests) == 3


def test_openai_itself_is_given_the_name_that_its_new_models_know(made: Making) -> None:
    # The names that a request has are chosen by the address alone; nothing is sent there.
    assert "max_completion_tokens" in made(None)._parameters(7)
    assert "max_tokens" in made("http://127.0.0.1:1/v1")._parameters(7)


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/openai/v1/", "/openai/v1/chat/completions"),
        (
            "/openai/deployments/mine?api-version=2024-10-21",
            "/openai/deployments/mine/chat/completions?api-version=2024-10-21",
        ),
        ("/gateway/v1?tenant=a%20b", "/gateway/v1/chat/completions?tenant=a+b"),
    ],
)
def test_addresses_of_azure_and_of_gateways(made: Making, path: str, asked: str) -> None:
    with ScriptedServer(says(TEXT)) as server:
        model = made(server.url.removesuffix("/v1") + path)
        assert asyncio.run(read(model))[0] == TEXT
    (request,) = server.requests
    assert request.path.replace("%20", "+") == asked
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers.get("api-key") == (KEY if "api-version" in path else None)


def test_the_host_is_named_without_credentials_and_without_the_usual_port(made: Making) -> None:
    assert made(None).host == "api.openai.com"
    assert made("https://user:password@Models.example:8443/v1").host == "models.example:8443"
    assert made("https://models.example:443/v1").host == "models.example"
    assert made("http://[::1]:8080/v1").host == "[::1]:8080"


@pytest.mark.parametrize("url", ["localhost:11434/v1", "", "http://", "ftp://models.example", "http://[::1/v1"])
def test_an_address_that_is_none_is_a_wrong_setting(made: Making, url: str) -> None:
    with pytest.raises(SettingsInvalid, match="OPENAI_BASE_URL"):
        made(url)


@pytest.mark.parametrize("key", ["sk-abc\n", "“sk-abc”"])
def test_a_key_that_cannot_be_sent_is_a_wrong_setting(made: Making, key: str) -> None:
    with pytest.raises(SettingsInvalid, match="OPENAI_API_KEY") as failed:
        made("http://127.0.0.1:1/v1", key=key)
    assert "abc" not in str(failed.value)


@pytest.mark.parametrize("key", [None, ""])
def test_a_server_of_ones_own_needs_no_key(made: Making, key: str | None) -> None:
    with ScriptedServer(says(TEXT)) as server:
        assert asyncio.run(read(made(server.url, key=key)))[0] == TEXT
    assert re.fullmatch(r"Bearer \S+", server.requests[0].headers["authorization"])


def test_openai_without_a_key_is_not_asked(made: Making) -> None:
    assert "set OPENAI_API_KEY" in failing(made(None, key=None), ChatModelRefused)


def test_a_refused_connection(made: Making) -> None:
    with refusing() as url:
        assert "is its server running" in failing(made(url), ChatModelUnavailable)


def test_a_host_that_is_not_known(made: Making, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    model = made("http://nowhere.example/v1")
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert "is not known" in failing(model, ChatModelUnavailable)


def test_a_server_that_has_no_secure_connections(made: Making) -> None:
    with ScriptedServer() as server:
        assert "secure" in failing(made(server.url.replace("http:", "https:")), ChatModelUnavailable)
    assert not server.requests


OVER_CONTEXT = [
    (400, {"error": {"message": "Too long.", "param": "messages", "code": "context_length_exceeded"}}),
    (400, {"object": "error", "message": "This model's maximum context length is 10 tokens. You ask 20.", "code": 400}),
    (400, {"error": {"message": "'max_tokens' is too large: 9. This model's maximum context length is 8 tokens"}}),
    (400, {"error": {"code": 400, "message": "too big", "type": "exceed_context_size_error", "n_ctx": 10}}),
    (500, {"error": {"code": 500, "message": "Context size has been exceeded.", "type": "server_error"}}),
    (400, {"error": "the model is loaded with context length of only 10 tokens, which is not enough."}),
    (400, {"error": {"message": "prompt too long; exceeded max context length by 4 tokens"}}),
    (413, "Request Entity Too Large"),
]
NO_MODEL = [
    (404, {"error": {"message": "The model `scripted` does not exist.", "code": "model_not_found"}}),
    (404, {"error": {"message": 'model "scripted" not found, try pulling it first', "type": "api_error"}}),
    (404, {"object": "error", "message": "The model `scripted` does not exist.", "type": "NotFoundError"}),
    (404, {"error": {"code": "DeploymentNotFound", "message": "The API deployment does not exist."}}),
    (400, {"error": {"message": "Invalid model identifier."}}),
]
NO_ADDRESS: list[tuple[int, object]] = [
    (404, {"detail": "Not Found"}),
    (404, "<html>404 page not found</html>"),
    (404, {"error": {"code": 404, "message": "File Not Found", "type": "not_found_error"}}),
    (405, {"detail": "Method Not Allowed"}),
]
QUOTA = {"error": {"message": "You exceeded your current quota.", "code": "insufficient_quota"}}


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        *((status, body, ChatContextExceeded, "longer than") for status, body in OVER_CONTEXT),
        *((status, body, ChatModelRefused, "has no chat model scripted") for status, body in NO_MODEL),
        *((status, body, ChatModelRefused, "set OPENAI_BASE_URL") for status, body in NO_ADDRESS),
        (401, {"error": {"message": f"Incorrect API key: {KEY}"}}, ChatModelRefused, "set OPENAI_API_KEY"),
        (403, "Forbidden", ChatModelRefused, "OPENAI_API_KEY"),
        (429, QUOTA, ChatModelBusy, "quota"),
        (402, {"error": {"message": "Insufficient Balance"}}, ChatModelBusy, "quota"),
        (429, {"error": {"message": "Too many."}}, ChatModelBusy, "try again later"),
        (400, {"error": {"message": "filtered", "code": "content_filter"}}, ChatModelRefused, "withholds"),
        (400, {"error": {"message": SECRET_WORDS, "code": None}}, ChatModelRefused, "status 400"),
        (422, {"detail": [{"msg": SECRET_WORDS}]}, ChatModelRefused, "status 422"),
        (500, SECRET_WORDS, ChatModelUnavailable, "status 500"),
        (503, None, ChatModelUnavailable, "status 503"),
        (200, {"error": {"code": 400, "message": "exceeds the available context size"}}, ChatContextExceeded, "longer"),
        (200, {"error": "no"}, ChatModelUnavailable, "cannot answer now"),
        (200, {"choices": "none"}, ChatReplyBroken, "no chat completion"),
        (200, [], ChatReplyBroken, "no chat completion"),
        (200, "<html>Please log in.</html>", ChatReplyBroken, "broke off"),
    ],
)
def test_what_a_server_tells_becomes_what_to_do(
    made: Making, status: int, body: object, kind: type[ChatModelError], words: str
) -> None:
    with ScriptedServer(answers(status, body)) as server:
        assert words in failing(made(server.url), kind)
    assert len(server.requests) == 1


def test_text_goes_to_no_other_address_than_the_one_that_is_named(made: Making) -> None:
    with ScriptedServer(says(TEXT)) as other:
        away = answers(307, "", {"Location": f"{other.url}/chat/completions"})
        with ScriptedServer(away) as server:
            assert "sends on" in failing(made(server.url), ChatModelRefused)
    assert not other.requests


@pytest.mark.parametrize(
    ("events", "kind"),
    [
        ((delta("The crane"),), ChatReplyBroken),
        ((delta("The crane"), "what is this"), ChatReplyBroken),
        ((delta("The crane"), b'data: {"choices": [{"delta": {"con\n\n'), ChatReplyBroken),
        ((delta("The crane"), b'data: {"choices": [{"delta": {"con'), ChatReplyBroken),
        ((delta("The crane"), b'data: {"choices": [{"delta": {"content": "\xff"}}]}\n\n'), ChatReplyBroken),
        ((delta("The crane"), {"choices": [{"delta": {"content": 7}}]}), ChatReplyBroken),
        ((delta("The crane"), '{"error": ' + "[" * 100_000), ChatReplyBroken),
        ((delta("The crane"), b"data: " + b"x" * 3_000_000), ChatReplyBroken),
        ((delta("The crane"), {"error": {"message": "Boom.", "type": "server_error"}}), ChatModelUnavailable),
        ((delta("The crane"), {"error": {"message": "Slow down.", "code": 429}}), ChatModelBusy),
        ((delta("The crane"), {"error": {"message": "Rate limit reached", "code": "rate_limit"}}), ChatModelBusy),
        ((delta("The crane"), {"object": "error", "message": "maximum context length"}), ChatContextExceeded),
        ((b"event: error\n", {"error": "the context size is exceeded"}), ChatContextExceeded),
        ((delta("The crane"), delta(finish="content_filter"), "[DONE]"), ChatModelRefused),
        (("[DONE]",), ChatReplyEmpty),
        ((delta(" \n"), *END), ChatReplyEmpty),
        ((delta("<think>Hm."), *END), ChatReplyEmpty),
        ((delta(tool_calls=[{"index": 0}]), delta(finish="tool_calls"), "[DONE]"), ChatReplyEmpty),
        ((delta(reasoning_content="Hm."), delta(finish="length"), "[DONE]"), ChatReplyEmpty),
    ],
)
def test_streams_that_go_wrong(made: Making, events: tuple[object, ...], kind: type[ChatModelError]) -> None:
    with ScriptedServer(streams(*events)) as server:
        failing(made(server.url), kind)


async def collect(model: ChatModel, pieces: list[str]) -> None:
    """Keep each piece as it comes, whatever comes after it."""
    async with model.reply(ASKED, most_tokens=100) as reply:
        async for piece in reply:
            pieces.append(piece)


def test_what_came_before_a_fault_in_the_same_bytes_is_given(made: Making) -> None:
    pieces: list[str] = []
    at_once = f"data: {json.dumps(delta('The crane'))}\n\ndata: what is this\n\n".encode()
    with ScriptedServer(streams(at_once)) as server, pytest.raises(ChatReplyBroken):
        asyncio.run(collect(made(server.url), pieces))
    assert pieces == ["The crane"]


def test_a_connection_that_is_cut_in_mid_stream_gives_what_came_before(made: Making) -> None:
    with ScriptedServer(streams(delta("The "), delta("crane"), then=cut)) as server:
        pieces: list[str] = []
        with pytest.raises(ChatReplyBroken, match="broke off"):
            asyncio.run(collect(made(server.url), pieces))
    assert pieces == ["The ", "crane"]


def test_an_endless_answer_is_stopped_and_closed(made: Making) -> None:
    with ScriptedServer(FAULTS["endless"]) as server:
        failing(made(server.url), ChatReplyEndless)
        assert server.requests[0].over.wait(5)
    assert server.requests[0].closed_early


@pytest.mark.parametrize("act", [FAULTS["hang"], streams(delta("The crane"), then=Exchange.hang)])
def test_the_deadline_ends_a_reply_that_does_not_come(made: Making, act: Act) -> None:
    with ScriptedServer(act) as server:
        assert "within 0.4 s" in failing(made(server.url, deadline_s=0.4, retries=2), ChatModelTimeout)
        assert server.requests[0].over.wait(5)
    assert len(server.requests) == 1
    assert server.requests[0].closed_early


def test_the_deadline_is_for_the_whole_reply_and_not_for_each_piece(made: Making) -> None:
    def trickling(exchange: Exchange) -> None:
        exchange.begin()
        while True:
            exchange.send(delta("", reasoning_content="Hm. "))
            exchange.pause()

    with ScriptedServer(trickling, pause_s=0.01) as server:
        failing(made(server.url, deadline_s=0.2), ChatModelTimeout)


def test_the_client_tries_again_and_waits_as_long_as_it_is_told(made: Making) -> None:
    soon = {"retry-after-ms": "1"}
    busy = refuses(429, "Too many requests.", headers={"Retry-After": "0.01"})
    with ScriptedServer(busy, refuses(500, "Oh.", headers=soon), says(TEXT)) as server:
        assert asyncio.run(read(made(server.url, retries=2)))[0] == TEXT
    assert len(server.requests) == 3
    with ScriptedServer(busy) as server:
        assert "too many requests; try again in 1 s" in failing(made(server.url, retries=2), ChatModelBusy)
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("act", "kind"),
    [
        (refuses(429, "Too many requests.", headers={"Retry-After": "30"}), ChatModelBusy),
        (refuses(429, "Too many requests.", headers={"Retry-After": "Fri, 31 Dec 2999 23:59:59 GMT"}), ChatModelBusy),
        (refuses(503, "Overloaded.", headers={"Retry-After": "30"}), ChatModelUnavailable),
        (refuses(500, "Oh."), ChatModelUnavailable),
    ],
)
def test_nothing_is_waited_for_that_comes_after_the_deadline(
    made: Making, act: Act, kind: type[ChatModelError]
) -> None:
    with ScriptedServer(act) as server:
        message = failing(made(server.url, deadline_s=0.9, retries=2), kind)
    assert len(server.requests) == 1
    assert "again" in message


def test_how_long_to_wait_is_read_as_servers_write_it() -> None:
    assert wait_s({"retry-after": "2", "retry-after-ms": "1500"}) == 1.5
    assert wait_s({"retry-after": "2"}) == 2
    late = wait_s({"retry-after": "Fri, 31 Dec 2999 23:59:59 GMT"})
    assert late is not None
    assert late > 1e9
    assert [wait_s({"retry-after": value}) for value in ("soon", "nan", "inf", "")] == [None] * 4
    assert wait_s({}) is None


async def _begin_and_wait(model: ChatModel, begun: asyncio.Event) -> None:
    async with model.reply(ASKED, most_tokens=100) as reply:
        async for _ in reply:
            begun.set()


async def _cancelled_task(model: ChatModel, begun: asyncio.Event) -> None:
    task = asyncio.create_task(_begin_and_wait(model, begun))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def _cancelled_twice(model: ChatModel, begun: asyncio.Event) -> None:
    task = asyncio.create_task(_begin_and_wait(model, begun))
    await begun.wait()
    while not task.done():
        task.cancel()
        await asyncio.sleep(0)


async def _cancelled_scope(model: ChatModel, begun: asyncio.Event) -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(_begin_and_wait, model, begun)
        await begun.wait()
        group.cancel_scope.cancel()


async def _cancelled_between_pieces(model: ChatModel, begun: asyncio.Event) -> None:
    async def body() -> None:
        async with model.reply(ASKED, most_tokens=100) as reply:
            async for _ in reply:
                begun.set()
                await asyncio.Event().wait()

    async with anyio.create_task_group() as group:
        group.start_soon(body)
        await begun.wait()
        group.cancel_scope.cancel()


async def _stopped_reading(model: ChatModel, _: asyncio.Event) -> None:
    async with model.reply(ASKED, most_tokens=100) as reply:
        async for _piece in reply:
            break


async def _abandoned_generator(model: ChatModel, _: asyncio.Event) -> None:
    """What becomes of a stream whose reader goes away: the generator is closed from elsewhere."""

    async def pieces() -> AsyncIterator[str]:
        async with model.reply(ASKED, most_tokens=100) as reply:
            async for piece in reply:
                yield piece

    generator = pieces()
    await asyncio.create_task(anext(generator))  # type: ignore[arg-type]
    await asyncio.create_task(generator.aclose())  # type: ignore[attr-defined]


async def _failed_reader(model: ChatModel, _: asyncio.Event) -> None:
    with pytest.raises(ZeroDivisionError):
        async with model.reply(ASKED, most_tokens=100):
            raise ZeroDivisionError


@pytest.mark.parametrize(
    "leave",
    [
        _cancelled_task,
        _cancelled_twice,
        _cancelled_scope,
        _cancelled_between_pieces,
        _stopped_reading,
        _abandoned_generator,
        _failed_reader,
    ],
)
def test_whoever_leaves_closes_the_request_upstream(made: Making, leave: Any) -> None:
    async def leaving(model: ChatModel, server: ScriptedServer) -> None:
        await leave(model, asyncio.Event())
        # While the loop runs: what closes it is not the end of the loop.
        assert await asyncio.to_thread(server.requests[0].over.wait, 5)

    with ScriptedServer(streams(delta("The crane"), then=Exchange.hang)) as server:
        asyncio.run(leaving(made(server.url), server))
        assert server.requests[0].closed_early


def test_whoever_leaves_before_the_first_byte_closes_the_request_too(made: Making) -> None:
    async def leaving(model: ChatModel, server: ScriptedServer, came: asyncio.Event) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(_begin_and_wait, model, asyncio.Event())
            await came.wait()
            group.cancel_scope.cancel()
        assert await asyncio.to_thread(server.requests[0].over.wait, 5)

    arrived: list[Callable[[], object]] = []

    def act(exchange: Exchange) -> None:
        arrived[0]()
        exchange.hang()

    async def main(model: ChatModel, server: ScriptedServer) -> None:
        loop, came = asyncio.get_running_loop(), asyncio.Event()
        arrived.append(lambda: loop.call_soon_threadsafe(came.set))
        await leaving(model, server, came)

    with ScriptedServer(act) as server:
        asyncio.run(main(made(server.url), server))
        assert server.requests[0].closed_early


def test_each_piece_may_be_read_by_another_task(made: Making) -> None:
    async def in_turns(model: ChatModel) -> str:
        context = model.reply(ASKED, most_tokens=100)
        reply = await asyncio.create_task(context.__aenter__())
        pieces, text = reply.__aiter__(), ""
        while (piece := await asyncio.create_task(anext(pieces, None))) is not None:
            text += piece
        await asyncio.create_task(context.__aexit__(None, None, None))
        return text

    with ScriptedServer(says(TEXT, by=by_character)) as server:
        assert asyncio.run(in_turns(made(server.url))) == TEXT


def test_a_complete_reply_is_not_closed_early(made: Making) -> None:
    with ScriptedServer(says(TEXT)) as server:
        asyncio.run(read(made(server.url)))
        assert server.requests[0].over.wait(5)
    assert not server.requests[0].closed_early


THOUGHTFUL = re.compile(r"(\s*<think>(?s:.*?)(</think>|$))*\s*")


@given(st.lists(st.sampled_from(["<think>", "</think>", "<thi", "nk>", "<", " ", "\n", "a", "[1.2]"])), st.data())
def test_thoughts_are_taken_out_however_the_text_is_divided(parts: list[str], data: st.DataObject) -> None:
    text = "".join(parts)
    places = sorted(data.draw(st.sets(st.integers(0, len(text)))))
    pieces = [text[start:end] for start, end in zip([0, *places], [*places, len(text)], strict=True)]
    thoughts = Thoughts()
    shown = "".join(map(thoughts.feed, pieces)) + thoughts.end()
    beginning = THOUGHTFUL.match(text)
    assert beginning
    assert shown == text[beginning.end() :]


@given(st.lists(st.text(max_size=9)), st.sampled_from([b"\n\n", b"\r\n\r\n", b"\n"]), st.data())
def test_chunks_are_the_same_however_the_bytes_are_divided(
    texts: Sequence[str], end: bytes, data: st.DataObject
) -> None:
    lines = [json.dumps(delta(text), ensure_ascii=False).encode() for text in texts] + [b"[DONE]"]
    sent = b"".join(b"data: " + line + end for line in lines)
    places = sorted(data.draw(st.sets(st.integers(0, len(sent)))))
    payloads = Payloads(streamed=True)
    read = [
        chunk_in(payload)
        for start, stop in zip([0, *places], [*places, len(sent)], strict=True)
        for payload in payloads.feed(sent[start:stop])
    ]
    assert [chunk.choices[0].delta.content for chunk in read if chunk.choices and chunk.choices[0].delta] == list(texts)
    assert payloads.done


def test_what_a_chat_model_is_costs_no_client() -> None:
    program = "import sys, service.chat.model; sys.exit('openai' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)


def test_the_scripted_model_plays_what_it_is_given() -> None:
    counted = Usage(prompt_tokens=1, completion_tokens=2)
    model = ScriptedChatModel(
        ["The ", "crane"],
        lambda messages: [messages[-1].content, ChatReplyBroken("broken")],
        ChatModelBusy("busy"),
        usage=counted,
        cut=True,
    )
    assert asyncio.run(read(model, most_tokens=7)) == ("The crane", counted, True)
    with pytest.raises(ChatReplyBroken):
        asyncio.run(read(model))
    with pytest.raises(ChatModelBusy):
        asyncio.run(read(model))
    assert model.seen == [tuple(ASKED)] * 3
    assert model.most_tokens == [7, 100, 100]
    assert model.open == 0
