"""What the service logs: a line for each request, with its id, and no words of it."""

import json
import re
import signal
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.testing import TestClient
from over_http import EVENTS, QUESTION, assert_problem, served

from embeddings.library import Library
from service.auth.keys import Keys

SECRET = "the-secret-of-the-lighthouse"

# -- request ids -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/health/live", 200),
        ("GET", "/nowhere", 404),
        ("PUT", "/v1/ask", 405),
        ("POST", "/v1/ask", 400),
        ("GET", "/v1/articles/none", 404),
        ("GET", "/v1/models", 200),
        ("POST", "/v1/chat/completions", 400),
        ("POST", "/mcp", 400),
    ],
)
def test_every_response_names_its_request(client: TestClient[Litestar], method: str, path: str, status: int) -> None:
    given = client.request(method, path, headers={"X-Request-ID": "of-Mine_1.2"}, json=[])
    assert given.status_code == status
    assert given.headers.get_list("x-request-id") == ["of-Mine_1.2"]
    made = [client.request(method, path, json=[]).headers["x-request-id"] for _ in range(2)]
    assert all(re.fullmatch("[0-9a-f]{32}", each) for each in made)
    assert made[0] != made[1]


@pytest.mark.parametrize("given", ["", "a b", "a\tb", "é", "a" * 129, "a/b", '"a"', "a\\n"])
def test_an_id_that_is_not_fit_for_a_log_is_not_taken_over(client: TestClient[Litestar], given: str) -> None:
    named = client.get("/health/live", headers={b"X-Request-ID": given.encode()}).headers["x-request-id"]
    assert re.fullmatch("[0-9a-f]{32}", named)


# -- the log of a server -----------------------------------------------------------------------------------------------

SERVER = """
import sys
from pathlib import Path
import httpx, openai
from fakes import HashingEncoder
from embeddings.library import Library
from service.answerer import Answerer
from service.server import serve
from service.settings import Settings

class Failing(Answerer):
    def find(self, question, *others):
        if "break" in question.question:
            raise RuntimeError("unexpected")
        return super().find(question, *others)

library = Path(sys.argv[1])
settings = Settings(library=library, log_format=sys.argv[2], log_texts=sys.argv[3])
serve(settings, "127.0.0.1", 0, Failing(Library(library, HashingEncoder())))
"""


def logged(library: Path, form: str, texts: str = "off", key: str = "") -> str:
    """Serve, send requests of each kind, and give the log."""
    headers = {"Authorization": f"Bearer {key or None}", "X-Request-ID": "r-1"}
    with served(SERVER, library, Path(form), Path(texts)) as (process, url), httpx.Client(headers=headers) as client:
        assert client.post(f"{url}/v1/ask", json={"question": QUESTION}).status_code == 200
        with client.stream("POST", f"{url}/v1/ask", json={"question": QUESTION}, headers=EVENTS) as response:
            response.read()
        client.post(f"{url}/v1/search", json={"query": SECRET})
        assert_problem(client.post(f"{url}/v1/ask", json={"question": "break it"}), 500, "internal")
        client.get(f"{url}/v1/articles/{SECRET}", params={"version": 3})
        client.get(f"{url}/{SECRET}?{SECRET}", headers={"User-Agent": SECRET, "Authorization": f"Bearer {SECRET}"})
        process.send_signal(signal.SIGTERM)
        assert process.stderr
        return process.stderr.read()


def test_a_line_for_each_request_without_its_words(library: Library) -> None:
    keys = Keys(library.path)
    key, written = keys.create("reader", ["ask"])
    keys.close()
    text = logged(library.path, "json", key=written)
    lines: list[dict[str, Any]] = [json.loads(line) for line in text.splitlines()]
    assert all({"time", "level", "logger", "message"} <= set(line) for line in lines)
    assert not re.search(f"crane|harbour|{SECRET}|{written}|{written.rpartition('_')[2]}", text)
    requests = [line for line in lines if line["logger"] == "service.requests"]
    assert {line["request_id"] for line in requests} == {"r-1"}
    known = [
        tuple(line.get(name) for name in ("method", "route", "status", "key", "answer_status")) for line in requests
    ]
    assert known == [
        ("POST", "/v1/ask", 200, key.id, "answered"),
        ("POST", "/v1/ask", 200, key.id, "answered"),
        ("POST", "/v1/search", 200, key.id, None),
        ("POST", "/v1/ask", 500, key.id, None),
        ("GET", "/v1/articles/{id}", 404, key.id, None),
        ("GET", "unmatched", 404, None, None),
    ]
    assert all(0 < line["ms"] < 60_000 for line in requests)
    assert len({line["answer"] for line in requests[:2]}) == 2
    (failed,) = [line for line in lines if line["level"] == "ERROR"]
    assert "Traceback" in failed["exc_info"]
    assert "RuntimeError: unexpected" in failed["exc_info"]
    assert failed["request_id"] == "r-1"


def test_lines_to_read(library: Library) -> None:
    requests = [line for line in logged(library.path, "text").splitlines() if " service.requests: " in line]
    fields = (
        r"method=POST route=/v1/ask status=200 ms=[0-9.]+ answer=[0-9a-f]{32} answer_status=answered request_id=r-1"
    )
    assert re.fullmatch(rf"[-0-9]+ [0-9:,]+ INFO service\.requests: request {fields}", requests[0])


@pytest.mark.parametrize("form", ["json", "text"])
def test_questions_are_logged_when_the_settings_ask_for_it(library: Library, form: str) -> None:
    text = logged(library.path, form, texts="on")
    assert QUESTION in text
    assert "break it" in text
    assert SECRET in text
