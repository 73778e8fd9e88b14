"""The whole house with the real openai client against a scripted server: answers, faults, and clients that leave."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import commands
import httpx
import pytest
from commands import QUESTION, Run, failed_clearly
from fakes import make_writer
from over_http import EVENTS, SENTENCE, events_of, running
from scripted_server import FAULTS, Act, Exchange, ScriptedServer, midway, refusing, says
from streams import check, events

from embeddings.library import Library
from service.answerer import Answerer
from service.answers import Failed, Question, Released
from service.chat.client import OpenAIChatModel

ASKED = Question(question="What did the harbour master blame the fall of the crane on?")
run, filled = commands.run, commands.filled

LATE = {"cut", "endless", "error", "hang-midway", "rubbish", "silence", "truncated"}
"""Faults of a server that has begun to answer."""


@contextmanager
def answering(
    library: Library, monkeypatch: pytest.MonkeyPatch, *script: Act, url: str | None = None, deadline_s: float = 10
) -> Iterator[tuple[Answerer, ScriptedServer]]:
    """Answer with a scripted server's help."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with ScriptedServer(*script) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", url or server.url)
        model = OpenAIChatModel("scripted", deadline_s=deadline_s, retries=0)
        yield Answerer(library, writer=make_writer(model, most_tokens=200)), server


def test_an_answer_comes_by_the_real_client(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(library, monkeypatch) as (answerer, server):
        answer = check(answerer, ASKED, events(answerer, ASKED))
    assert SENTENCE in answer.text
    assert {each.status for each in answer.sentences} == {"supported"}
    assert (answer.answerer, answer.model) == ("chat", "scripted")
    assert answer.usage
    assert answer.usage.completion_tokens > 5
    (request,) = server.requests
    assert [each["role"] for each in request.messages] == ["system", "user"]
    assert "rust" in request.messages[1]["content"]


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_ends_in_one_clear_event(library: Library, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    with answering(library, monkeypatch, FAULTS[fault], deadline_s=1) as (answerer, _):
        seen = events(answerer, ASKED)
    if isinstance(seen[-1], Failed):
        assert fault in LATE
        assert seen[-1].code.startswith("chat_")
        assert [event for event in seen if isinstance(event, Released)]
    else:
        answer = check(answerer, ASKED, seen)
        assert (answer.text, answer.answerer) == (SENTENCE, "reader")
        assert answer.fallback_reason
        assert "127.0.0.1" in answer.fallback_reason


def test_a_server_that_is_not_there_is_done_without(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    with refusing() as url, answering(library, monkeypatch, url=url) as (answerer, _):
        answer = check(answerer, ASKED, events(answerer, ASKED))
    assert (answer.text, answer.answerer) == (SENTENCE, "reader")
    assert answer.fallback_reason


# -- over HTTP ---------------------------------------------------------------------------------------------------------


def test_a_stream_over_http_is_what_json_folds_it_to(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(library, monkeypatch) as (answerer, _), running(library, answerer) as url:
        body = {"question": ASKED.question}
        with httpx.stream("POST", f"{url}/v1/ask", json=body, headers=EVENTS) as response:
            streamed = events_of(response.iter_lines())
        whole = httpx.post(f"{url}/v1/ask", json=body).json()
        quoted = httpx.post(f"{url}/v1/ask", json=body | {"answerer": "reader"}).json()
    assert [name for name, _ in streamed][:3] == ["searched", "citation", "sentence"]
    done = streamed[-1][1]["answer"]
    assert (done["text"], done["citations"]) == (whole["text"], whole["citations"])
    assert (whole["answerer"], quoted["answerer"]) == ("chat", "reader")


@pytest.mark.parametrize("streaming", [True, False])
def test_a_client_that_hangs_up_closes_the_request_upstream(
    library: Library, monkeypatch: pytest.MonkeyPatch, streaming: bool
) -> None:
    script = midway(then=Exchange.hang)
    with (
        answering(library, monkeypatch, script, deadline_s=60) as (answerer, server),
        running(library, answerer) as url,
    ):
        body = json.dumps({"question": ASKED.question}).encode()
        accept = b"text/event-stream" if streaming else b"application/json"
        with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))) as client:
            client.sendall(
                b"POST /v1/ask HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nAccept: %b\r\n"
                b"Content-Length: %d\r\n\r\n%b" % (accept, len(body), body)
            )
            while not server.requests:
                pass
        assert server.requests[0].over.wait(10)
        assert server.requests[0].closed_early
        assert httpx.get(f"{url}/health/ready").is_success


def test_to_ask_for_a_model_that_is_not_there_says_what_to_do(library: Library) -> None:
    with running(library) as url:
        response = httpx.post(f"{url}/v1/ask", json={"question": "a", "answerer": "chat"})
    assert (response.status_code, response.json()["code"]) == (400, "chat_model_missing")


# -- in a terminal -----------------------------------------------------------------------------------------------------


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedServer]:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setenv("BYLINE_CHAT_MODEL", "scripted")
    with ScriptedServer() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        yield server


def test_ask_names_who_receives_text(filled: Run, model: ScriptedServer) -> None:
    result = filled("ask", QUESTION)
    assert result.exit_code == 0, result.output
    assert SENTENCE in result.stdout
    assert f"scripted at 127.0.0.1:{model.port}" in result.stderr
    status = filled("status")
    assert f"scripted at 127.0.0.1:{model.port}" in status.stdout
    assert json.loads(filled("status", "--json").stdout)["chat_model"]["name"] == "scripted"


def test_a_key_alone_sends_nothing_anywhere(
    filled: Run,
    model: ScriptedServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-stray")
    monkeypatch.delenv("BYLINE_CHAT_MODEL")
    result = filled("ask", QUESTION)
    assert SENTENCE in result.stdout
    assert "127.0.0.1" not in result.stderr
    assert not model.requests
    assert "nothing leaves this machine" in filled("status").stdout


def test_the_reader_can_be_asked_for_all_the_same(filled: Run, model: ScriptedServer) -> None:
    answer = json.loads(filled("ask", "--json", "--answerer", "reader", QUESTION).stdout)
    assert answer["answerer"] == "reader"
    assert not model.requests


def test_the_chat_model_can_not_be_asked_for_where_there_is_none(filled: Run) -> None:
    failed_clearly(filled("ask", "--answerer", "chat", QUESTION), "BYLINE_CHAT_MODEL")


def test_a_prompt_that_is_no_use_is_named_before_anything_is_loaded(
    filled: Run,
    model: ScriptedServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    own = tmp_path_factory.mktemp("prompts")
    (own / "answer.md").write_text("Answer $question.\n---\n$sources")
    monkeypatch.setenv("BYLINE_PROMPTS", str(own))
    failed_clearly(filled("ask", QUESTION), "answer.md", "$parts")
    assert not model.requests


def test_why_the_model_did_not_answer_is_told(filled: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BYLINE_CHAT_MODEL", "scripted")
    with ScriptedServer(FAULTS["401"]) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        result = filled("ask", QUESTION)
    assert SENTENCE in result.stdout
    assert "OPENAI_API_KEY" in result.stdout


def test_what_the_articles_do_not_bear_out_is_marked(filled: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BYLINE_CHAT_MODEL", "scripted")
    wrong = f"The harbour master blamed the fall of the crane on 40 sailors [1.2]. {SENTENCE} [1.2]"
    with ScriptedServer(says(wrong)) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        flagged = filled("ask", QUESTION).stdout
        monkeypatch.setenv("BYLINE_UNSUPPORTED", "drop")
        dropped = filled("ask", QUESTION).stdout
    assert "(unsupported: number not found: 40" in flagged
    assert "40 sailors" not in dropped
    assert "left out" in dropped


def test_a_conversation_is_remembered_until_it_begins_anew(filled: Run, model: ScriptedServer) -> None:
    lines = f"{QUESTION}\nAnd who was hurt by it?\n/new\n{QUESTION}\n/quit\nnever asked\n"
    result = filled("chat", "--json", input=lines)
    assert result.exit_code == 0, result.output
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(answers) == 3
    condensing = [each for each in model.requests if "<conversation>" in each.messages[-1]["content"]]
    assert len(condensing) == 1
    assert QUESTION in condensing[0].messages[-1]["content"]


def test_a_conversation_in_words(filled: Run) -> None:
    result = filled("chat", input=f"{QUESTION}\n{'long ' * 600}\n")
    assert SENTENCE in result.stdout
    assert "Sources" in result.stdout
    assert "cannot be asked" in result.stderr
    assert "Traceback" not in result.stderr
