"""A real server on loopback: what reaches the wire, hanging up, shutting down, many at once."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from fakes import HashingEncoder, make_library
from over_http import EVENTS, QUESTION, SENTENCE, assert_problem, events_of, lasting, running, served

from embeddings.arrays import FloatVector
from embeddings.articles import Article, Query
from embeddings.encoder import SentenceTransformerEncoder
from embeddings.errors import EncoderUnavailable
from embeddings.library import Library
from service.answerer import Answerer
from service.answers import AnswerEvent, Question, Searched
from service.app import LARGEST_BODY
from service.auth.keys import Keys
from service.errors import AddressUnavailable, Unprotected
from service.grounds import Grounds
from service.server import serve
from service.settings import Settings

# -- what articles contain ---------------------------------------------------------------------------------------------


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
    assert set(whole.headers) | set(stored.headers) == {"date", "content-type", "content-length", "x-request-id"}


def _fixed(headers: httpx.Headers) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in ("date", "x-request-id")}


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

    async def events(self, question: Question) -> AsyncGenerator[AnswerEvent]:
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


def test_who_left_before_there_was_an_answer_is_counted_apart(library: Library) -> None:
    answerer = Held(library)
    with running(library, answerer) as url, httpx.Client() as client:
        with pytest.raises(httpx.ReadTimeout):
            client.post(f"{url}/v1/ask", json={"question": "a"}, timeout=0.2)
        assert answerer.begun.acquire(timeout=10)
        answerer.let.set()
        while 'route="/v1/ask"' not in (written := client.get(f"{url}/metrics").text):
            pass
    assert 'byline_http_requests_total{method="POST",route="/v1/ask",status="499"} 1.0' in written


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
    except httpx.TransportError:  # refused, or cut off while it waited to be let in
        return False


def assert_quiet(process: subprocess.Popen[str]) -> None:
    """Read what the server logged: nothing is wrong, and no request is repeated."""
    assert process.stderr
    logged = process.stderr.read()
    assert all(json.loads(line)["level"] == "INFO" for line in logged.splitlines()), logged
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
    async def events(self, question):
        async for event in super().events(question):
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
        assert process.wait(10) == 0
        assert_quiet(process)


class Held(Answerer):
    """Retrieves when it is let."""

    def __init__(self, library: Library) -> None:
        super().__init__(library)
        self.begun = threading.Semaphore(0)
        self.let = threading.Event()

    def find(self, *question: Any) -> Grounds:
        self.begun.release()
        self.let.wait(30)
        return super().find(*question)


def test_it_tells_that_it_lives_while_every_thread_is_busy(library: Library) -> None:
    answerer, threads = Held(library), Settings().threads
    with running(library, answerer) as url, ThreadPoolExecutor(threads) as pool, httpx.Client(timeout=5) as client:
        asking = [pool.submit(httpx.post, f"{url}/v1/ask", json={"question": QUESTION}) for _ in range(threads)]
        try:
            for _ in asking:
                assert answerer.begun.acquire(timeout=10)
            took = [client.get(f"{url}/health/live").elapsed.total_seconds() for _ in range(20)]
            assert sorted(took)[10] < 0.1
            assert_problem(client.get(f"{url}/nowhere"), 404, "not_found")
            assert not any(each.done() for each in asking)
        finally:
            answerer.let.set()
        assert [each.result().json()["status"] for each in asking] == ["answered"] * threads


class OutsideTheLoop(HashingEncoder):
    """Refuses to work where others wait; what blocks there without computing is refused in all tests."""

    def _encode(self, text: str) -> FloatVector:
        with pytest.raises(RuntimeError):
            asyncio.get_running_loop()
        return super()._encode(text)


def test_the_event_loop_only_passes_things_on(tmp_path: Path, articles: list[Article]) -> None:
    library = make_library(tmp_path / "library", articles, OutsideTheLoop())
    body = {"question": QUESTION}
    article = {"id": "rain", "title": "Rain", "text": "It rained on the quay on Monday. The ferry was late."}
    with running(library) as url, httpx.Client(base_url=url, timeout=30) as client:
        responses = [
            client.post("/v1/ask", json=body),
            client.post("/v1/ask", json=body, headers=EVENTS),
            client.post("/v1/ask", json=body | {"articles": [article]}),
            client.post("/v1/search", json={"query": "crane"}),
            client.post("/v1/verify", json={"text": SENTENCE}),
            client.post("/v1/articles", json=article),
            client.post("/v1/articles?wait=true", files={"file": ("wind.txt", b"Wind\n\nThe wind turned on Tuesday.")}),
            client.get("/v1/articles"),
            client.get("/v1/articles/quay"),
            client.get("/v1/collections"),
            client.get("/v1/jobs"),
            client.get("/metrics"),
            client.get("/health/ready"),
            client.get("/openapi.json"),
        ]
    assert [(each.url.path, each.text) for each in responses if each.status_code not in (200, 202)] == []


STUCK = """
import sys, threading
from pathlib import Path
import service.server
from fakes import HashingEncoder
from embeddings.library import Library
from service.answerer import Answerer
from service.settings import Settings

class Stuck(Answerer):
    def find(self, question, *others):
        if question.question == "stuck":
            threading.Event().wait()
        return super().find(question, *others)

    async def events(self, question):
        async for event in super().events(question):
            yield event
            if question.question == "endless":
                import asyncio
                await asyncio.Event().wait()

service.server._LAST_S = 1
library = Path(sys.argv[1])
settings = Settings(library=library, stop_after=float(sys.argv[2]))
service.server.serve(settings, "127.0.0.1", 0, Stuck(Library(library, HashingEncoder())))
"""


def test_what_is_not_done_in_time_is_cut_off_and_told_so(library: Library) -> None:
    with served(STUCK, library.path, Path("0.3")) as (process, url), httpx.Client() as client:
        with (
            ThreadPoolExecutor() as pool,
            client.stream("POST", f"{url}/v1/ask", json={"question": "endless"}, headers=EVENTS) as response,
        ):
            lines = response.iter_lines()
            assert next(lines) == "event: searched"
            asking = pool.submit(httpx.post, f"{url}/v1/ask", json={"question": "stuck"})
            while "byline_questions_under_way 2.0" not in httpx.get(f"{url}/metrics").text:
                pass
            process.send_signal(signal.SIGTERM)
            _, (last, error) = events_of(iter(["event: searched", *lines]))
            assert (last, error["code"]) == ("error", "service_stopping")
            refused = asking.result()
        assert_problem(refused, 503, "service_stopping")
        assert refused.headers["retry-after"] == "1"
        assert process.wait(10) == 0  # though a thread is stuck
        assert_quiet(process)


def test_who_is_in_a_hurry_asks_twice(library: Library) -> None:
    with served(STUCK, library.path, Path("60")) as (process, url):
        with httpx.stream("POST", f"{url}/v1/ask", json={"question": "endless"}, headers=EVENTS) as response:
            assert next(response.iter_lines()) == "event: searched"
            while process.poll() is None:
                process.send_signal(signal.SIGINT)
        assert process.returncode == -signal.SIGINT
        assert_quiet(process)


def test_other_machines_are_let_in_with_keys_only(library: Library) -> None:
    settings = Settings(library=library.path, encoder="/nowhere")
    with pytest.raises(Unprotected, match="byline keys create"):
        serve(settings, "0.0.0.0", 0)
    with pytest.raises(EncoderUnavailable):
        serve(settings, "0.0.0.0", 0, insecure=True)
    with pytest.raises(EncoderUnavailable):
        serve(settings, "127.0.0.2", 0)
    keys = Keys(library.path)
    keys.create("reader", ["ask"])
    keys.close()
    with pytest.raises(EncoderUnavailable):
        serve(settings, "0.0.0.0", 0, workers=2)


UNSTARTED = """
import sys, threading
from pathlib import Path
import service.app
from embeddings.errors import EncoderUnavailable
from service.cli.failures import reported
from service.server import serve
from service.settings import Settings

def load(settings):
    if sys.argv[2] == "fails":
        raise EncoderUnavailable("there is no model here")
    print("Byline listens on http://127.0.0.1:0 (not yet)", file=sys.stderr, flush=True)
    threading.Event().wait()

service.app._loaded = load
with reported():
    serve(Settings(library=Path(sys.argv[1])), "127.0.0.1", 0)
"""


def test_a_model_that_does_not_load_is_one_clear_line(library: Library) -> None:
    here = Path(__file__).parent
    ended = subprocess.run(
        [sys.executable, "-c", UNSTARTED, str(library.path), "fails"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(here), str(here.parent)])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (1, "byline: there is no model here\n")


def test_who_stops_it_while_it_loads_does_not_wait(library: Library) -> None:
    with served(UNSTARTED, library.path, Path("hangs")) as (process, _):
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == -signal.SIGTERM
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
