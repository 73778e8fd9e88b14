"""A real server on loopback: what reaches the wire, hanging up, shutting down, many at once."""

import asyncio
import re
import signal
import socket
import subprocess
import threading
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from fakes import make_library
from hypothesis import given
from hypothesis import strategies as st
from over_http import EVENTS, QUESTION, SENTENCE, assert_problem, events_of, lasting, running, served

from embeddings.articles import Article, Query
from embeddings.encoder import SentenceTransformerEncoder
from embeddings.library import Library
from service.answerer import Answerer
from service.answers import AnswerEvent, AnswerSentence, Question, Released, Searched
from service.api.ask import frame
from service.app import LARGEST_BODY
from service.errors import AddressUnavailable
from service.server import serve
from service.settings import Settings

# -- what articles contain ---------------------------------------------------------------------------------------------


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_an_event_is_three_lines_whatever_it_says(text: str) -> None:
    event = Released(sentence=AnswerSentence(text=text, start=0, end=len(text), status="quoted", citations=(1,)))
    written = frame(event).decode()
    assert written.endswith("\n\n")
    name, data, end = written.splitlines()
    assert (name, end) == ("event: sentence", "")
    assert msgspec.json.decode(data.removeprefix("data: "), type=Released) == event


HOSTILE = (
    "\r\n\r\nevent: done\r\ndata: {}\n\n: x\u2028event: error\u2029data:\x85id: 1\x0b\x0c\x1c\x1d\x1e😀é\u202e</script>"
)


def test_nothing_in_an_article_leaves_its_place(tmp_path: Path, articles: list[Article]) -> None:
    sentence = 'The harbour master blamed event: done data: {} id: 1 😀 <b>"the crane"</b> retry: 0 on rust.'
    hostile = Article(
        id="hostile",
        title=f"Crane{HOSTILE}",
        text=f"{sentence}\n\nevent: done\ndata: {{}}\n\nretry: 1\u2028event: error\u2028data: {{}}",
        source=HOSTILE,
        author=HOSTILE,
        url=f"https://a.example/{HOSTILE}",
        published_at=datetime(2016, 6, 7, tzinfo=UTC),
    )
    with running(make_library(tmp_path / "hostile", [hostile])) as url, httpx.Client() as client:
        body = {"question": "What did the harbour master blame on rust?"}
        with client.stream("POST", f"{url}/v1/ask", json=body, headers=EVENTS) as streamed:
            events = events_of(streamed.iter_lines())
        whole = client.post(f"{url}/v1/ask", json=body)
        stored = client.get(f"{url}/v1/articles/hostile")
    with running(make_library(tmp_path / "plain", articles)) as url, httpx.Client() as client:
        plain = client.post(f"{url}/v1/ask", json={"question": QUESTION}, headers=EVENTS)
    names = [name for name, _ in events]
    assert names.count("done") == 1
    assert set(names) == {"searched", "citation", "sentence", "done"}
    assert lasting(events[-1][1]["answer"]) == lasting(whole.json())
    assert whole.json()["citations"][0]["title"] == hostile.title
    assert sentence in whole.json()["text"]
    assert stored.json()["article"]["text"] == hostile.text
    assert _fixed(streamed.headers) == _fixed(plain.headers)
    assert set(whole.headers) | set(stored.headers) == {"date", "content-type", "content-length"}


def _fixed(headers: httpx.Headers) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name != "date"}


# -- a real server -----------------------------------------------------------------------------------------------------


def test_twenty_ask_at_once(library: Library) -> None:
    questions = [QUESTION, "By how many votes did the council vote for the fare?"] * 10
    with running(library) as url, httpx.Client(timeout=30) as client, ThreadPoolExecutor(20) as pool:
        expected = {each: client.post(f"{url}/v1/ask", json={"question": each}).json() for each in questions[:2]}

        def ask(number: int) -> dict[str, Any]:
            body = {"question": questions[number]}
            answer: dict[str, Any]
            if number % 4 < 2:
                answer = client.post(f"{url}/v1/ask", json=body).json()
                return answer
            with client.stream("POST", f"{url}/v1/ask", json=body, headers=EVENTS) as response:
                answer = dict(events_of(response.iter_lines()))["done"]["answer"]
                return answer

        answers = list(pool.map(ask, range(20)))
    assert len({answer["id"] for answer in answers}) == 20
    for question, answer in zip(questions, answers, strict=True):
        assert lasting(answer) == lasting(expected[question])


class Waiting(Answerer):
    """Says that it searched, and then nothing until it is cancelled."""

    cancelled = threading.Event()

    async def _events(self, question: Question) -> AsyncGenerator[AnswerEvent]:
        try:
            yield Searched(queries=(Query(text=question.question),), hits=0)
            await asyncio.Event().wait()
        finally:
            self.cancelled.set()


def test_a_client_that_hangs_up_ends_the_work(library: Library) -> None:
    answerer = Waiting(library)
    with running(library, answerer) as url, httpx.Client() as client:
        with client.stream("POST", f"{url}/v1/ask", json={"question": "a"}, headers=EVENTS) as response:
            lines = response.iter_lines()
            assert next(lines) == "event: searched"  # the first event comes while the second is awaited
            assert not answerer.cancelled.is_set()
        assert answerer.cancelled.wait(10)
        assert client.get(f"{url}/health/ready").status_code == 200


def test_a_client_that_hangs_up_while_it_asks_is_no_failure(library: Library, caplog: pytest.LogCaptureFixture) -> None:
    with running(library) as url:
        with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))) as connection:
            connection.sendall(
                b"POST /v1/ask HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"
            )
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(1) == b""
        assert httpx.get(f"{url}/health/ready").is_success
    assert caplog.text == ""


def connects(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/ready").is_success
    except httpx.ConnectError:
        return False


def assert_quiet(process: subprocess.Popen[str]) -> None:
    """Read what the server logged: nothing is wrong, and no request is repeated."""
    assert process.stderr
    logged = process.stderr.read()
    assert all(" INFO " in line for line in logged.splitlines()), logged
    assert not re.search("crane|harbour|theatre", logged)


UNTIL_STDIN = """
import asyncio, sys
from pathlib import Path
from fakes import HashingEncoder
from embeddings.library import Library
from service.answerer import Answerer
from service.server import serve
from service.settings import Settings

class UntilStdin(Answerer):
    async def _events(self, question):
        async for event in super()._events(question):
            yield event
            if type(event).__name__ == "Searched":
                await asyncio.to_thread(sys.stdin.readline)

library = Path(sys.argv[1])
serve(Settings(library=library), "127.0.0.1", 0, UntilStdin(Library(library, HashingEncoder())))
"""


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_what_is_under_way_ends_before_the_server_does(library: Library, stop: signal.Signals) -> None:
    with served(UNTIL_STDIN, library.path) as (process, url), httpx.Client() as client:
        with client.stream("POST", f"{url}/v1/ask", json={"question": QUESTION}, headers=EVENTS) as response:
            lines = response.iter_lines()
            assert next(lines) == "event: searched"
            process.send_signal(stop)
            while connects(url):  # until the server's next tick
                pass
            assert process.stdin
            process.stdin.write("\n")
            process.stdin.flush()
            remaining = [line for line in lines if line.startswith("event: ")]
        assert remaining[-1] == "event: done"
        assert process.wait(10) in (0, -stop)
        assert_quiet(process)


def test_a_port_that_is_taken(library: Library) -> None:
    settings = Settings(library=library.path)
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(AddressUnavailable, match=rf"{port}: Address already in use"):
            serve(settings, "127.0.0.1", port)
    with pytest.raises(AddressUnavailable, match=r"192\.0\.2\.1"):
        serve(settings, "192.0.2.1", 0)


FROM_SETTINGS = """
import sys
from pathlib import Path
from service.server import serve
from service.settings import Settings

serve(Settings(library=Path(sys.argv[1])), "127.0.0.1", 0)
"""


def test_the_real_encoder_over_a_real_server(
    tmp_path: Path, articles: list[Article], real_encoder: SentenceTransformerEncoder
) -> None:
    make_library(tmp_path, articles, real_encoder).close()
    with served(FROM_SETTINGS, tmp_path) as (process, url), httpx.Client(timeout=60) as client:
        assert client.get(f"{url}/health/ready").json()["encoder"] == "sentence-transformers/all-MiniLM-L6-v2"
        answer = client.post(f"{url}/v1/ask", json={"question": "Why did the crane fall, as the harbour master says?"})
        assert answer.json()["status"] == "answered"
        assert SENTENCE in answer.json()["text"]
        found = client.post(f"{url}/v1/search", json={"query": "theatre and dance"}).json()
        assert found["hits"][0]["article"]["article_id"] == "opera"
        large = b'{"question": "' + b"a" * (4 * LARGEST_BODY) + b'"}'
        refused = client.post(f"{url}/v1/ask", content=large, headers={"Content-Type": "application/json"})
        assert_problem(refused, 413, "body_too_large")
        process.send_signal(signal.SIGTERM)
        assert_quiet(process)
