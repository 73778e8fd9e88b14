"""What the service says over HTTP when it cannot answer: one kind of body, a status and a code for each reason."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from fakes import HashingEncoder
from litestar import Litestar
from litestar.testing import TestClient
from over_http import EVENTS, QUESTION, app_for, assert_problem, events_of

from embeddings.articles import Query
from embeddings.collection import Collection
from embeddings.errors import (
    ArticleNotFound,
    CollectionNotFound,
    EncoderUnavailable,
    IndexMismatch,
    IngestRunning,
    LibraryError,
    SnapshotDamaged,
)
from embeddings.library import Library
from service.answerer import Answerer
from service.answers import AnswerEvent, Question, Searched
from service.app import LARGEST_BODY
from service.errors import NothingIngested, ServiceError, code

SECRET = "/srv/secret/catalog.sqlite"


# -- what is refused ---------------------------------------------------------------------------------------------------

BROKEN = [
    b"",
    b"{",
    b"nonsense",
    b'{"question": "a"} x',
    b'{"question": "\xff\xfe"}',
    b'{"question": "\xed\xa0\x80"}',
    rb'{"question": "\ud800"}',
    rb'{"question": "a \ud800 b \udc00"}',
    b'{"question": "a\x00b"}',
    b'{"question": NaN}',
    b"[" * 100_000,
    b'{"question": ' * 50_000,
]
WRONG: list[tuple[Any, str]] = [
    ([], ""),
    ("question", ""),
    (None, ""),
    ({}, "question"),
    ({"question": None}, "question"),
    ({"question": 5}, "question"),
    ({"question": ["a"]}, "question"),
    ({"question": ""}, "question"),
    ({"question": " \t\n\u3000"}, "question"),
    ({"question": "a\0b"}, "question"),
    ({"question": "a" * 2001}, "question"),
    ({"question": "a" * 1_000_000}, "question"),
    ({"question": "a", "qustion": "b"}, "qustion"),
    ({"question": "a", "data": "b"}, "data"),
    ({"question": "a", "k": 0}, "k"),
    ({"question": "a", "k": 51}, "k"),
    ({"question": "a", "k": -(10**40)}, "k"),
    ({"question": "a", "k": "8"}, "k"),
    ({"question": "a", "k": 8.5}, "k"),
    ({"question": "a", "k": True}, "k"),
    ({"question": "a", "collection": 1}, "collection"),
    ({"question": "a", "filters": None}, "filters"),
    ({"question": "a", "filters": []}, "filters"),
    ({"question": "a", "filters": {"outlet": "b"}}, "filters.outlet"),
    ({"question": "a", "filters": {"sources": "b"}}, "filters.sources"),
    ({"question": "a", "filters": {"sources": ["b", 1]}}, "filters.sources[1]"),
    ({"question": "a", "filters": {"sources": ["b", "c\0"]}}, "filters.sources[1]"),
    ({"question": "a", "filters": {"authors": ["b"] * 1001}}, "filters.authors"),
    ({"question": "a", "filters": {"articles": ["b"] * 200_000}}, "filters.articles"),
    ({"question": "a", "filters": {"after": "2016-02-30"}}, "filters.after"),
    ({"question": "a", "filters": {"after": "yesterday"}}, "filters.after"),
    ({"question": "a", "filters": {"before": ""}}, "filters.before"),
    ({"question": "a", "filters": {"before": 1465257600}}, "filters.before"),
    ({"question": "a", "filters": {"before": "2016-06-07T25:00:00Z"}}, "filters.before"),
    ({"question": "a", "filters": {"before": "0001-01-01T00:00:00+14:00"}}, "filters.before"),
    ({"question": "a", "filters": {"after": "9999-12-31T23:00:00-14:00"}}, "filters.after"),
]


@pytest.mark.parametrize("body", BROKEN, ids=lambda body: repr(body[:40]))
@pytest.mark.parametrize("address", ["/v1/ask", "/v1/search"])
def test_a_body_that_is_not_json(client: TestClient[Litestar], address: str, body: bytes) -> None:
    response = client.post(address, content=body, headers={"Content-Type": "application/json"})
    problem = assert_problem(response, 400, "invalid_request", None if body else "")
    assert "JSON" in problem["detail"]


@pytest.mark.parametrize(("body", "field"), WRONG, ids=lambda value: repr(value)[:60])
def test_a_question_that_cannot_be_asked(client: TestClient[Litestar], body: Any, field: str) -> None:
    for headers in ({}, EVENTS):
        problem = assert_problem(client.post("/v1/ask", json=body, headers=headers), 400, "invalid_request", field)
        assert field in problem["detail"]
        assert problem["errors"][0]["message"]


@pytest.mark.parametrize("k", [0, 101, "10", None])
def test_a_search_for_too_few_or_too_many(client: TestClient[Litestar], k: Any) -> None:
    assert_problem(client.post("/v1/search", json={"query": "a", "k": k}), 400, "invalid_request", "k")


@pytest.mark.parametrize("name", ["", "..", "../main", "Main", "main\n", "a" * 65, "a/b", "é"])
def test_a_name_that_no_collection_has(client: TestClient[Litestar], name: str) -> None:
    assert_problem(client.post("/v1/ask", json={"question": "a", "collection": name}), 400, "collection_name_invalid")
    assert_problem(client.post("/v1/search", json={"query": "a", "collection": name}), 400, "collection_name_invalid")


def test_a_collection_that_is_not_there(client: TestClient[Litestar]) -> None:
    for response in (
        client.post("/v1/ask", json={"question": "a", "collection": "other"}),
        client.post("/v1/ask", json={"question": "a", "collection": "other"}, headers=EVENTS),
        client.post("/v1/search", json={"query": "a", "collection": "other"}),
        client.get("/v1/articles/quay?collection=other"),
    ):
        assert_problem(response, 404, "collection_not_found")


def test_a_collection_without_articles(tmp_path: Path) -> None:
    Collection.create(tmp_path, "main").close()
    with TestClient(app_for(Library(tmp_path, HashingEncoder()))) as client:
        for headers in ({}, EVENTS):
            problem = assert_problem(
                client.post("/v1/ask", json={"question": "a"}, headers=headers), 409, "nothing_ingested"
            )
            assert "byline ingest" in problem["detail"]
        assert_problem(client.post("/v1/search", json={"query": "a"}), 409, "nothing_ingested")


def test_a_collection_of_another_encoder(library: Library) -> None:
    with TestClient(app_for(Library(library.path, HashingEncoder(128)))) as client:
        assert_problem(client.post("/v1/ask", json={"question": "a"}), 409, "index_mismatch")
        assert_problem(client.get("/v1/articles/quay"), 409, "index_mismatch")


def test_a_catalog_that_is_none(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "collections" / "main").mkdir(parents=True)
    (tmp_path / "collections" / "main" / "catalog.sqlite").write_bytes(b"nonsense" * 1000)
    with TestClient(app_for(Library(tmp_path, HashingEncoder()))) as client:
        assert_problem(client.post("/v1/ask", json={"question": "a"}), 500, "library_error")
        assert_problem(client.post("/v1/ask", json={"question": "a"}, headers=EVENTS), 500, "library_error")
        assert_problem(client.get("/v1/articles/quay"), 500, "library_error")
    assert "Traceback" in caplog.text


def test_addresses_and_methods(client: TestClient[Litestar]) -> None:
    for address in (
        "/",
        "/v1",
        "/v1/asks",
        "/v1/articles/a/b",
        "/v1/articles/..%2f..%2fetc",
        "/schema",
    ):
        assert_problem(client.get(address), 404, "not_found")
    assert_problem(client.post("/nothing", json={}), 404, "not_found")
    for method, address in (
        ("GET", "/v1/ask"),
        ("PUT", "/v1/search"),
        ("POST", "/health/ready"),
        ("DELETE", "/v1/ask"),
    ):
        response = client.request(method, address)
        assert_problem(response, 405, "method_not_allowed")
        assert response.headers["allow"]


def test_other_kinds_of_content(client: TestClient[Litestar]) -> None:
    body = b'{"question": "a"}'
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "nonsense", ""):
        response = client.post("/v1/ask", content=body, headers={"Content-Type": kind})
        assert_problem(response, 415, "unsupported_media_type")
    assert_problem(client.post("/v1/ask", content=body), 415, "unsupported_media_type")
    for kind in ("application/json", "application/json; charset=utf-8", "Application/JSON"):
        assert client.post("/v1/ask", content=body, headers={"Content-Type": kind}).status_code == 200


def test_a_body_that_is_too_large(client: TestClient[Litestar]) -> None:
    body = b'{"question": "a"' + b" " * LARGEST_BODY + b"}"
    headers = {"Content-Type": "application/json"}
    assert_problem(client.post("/v1/ask", content=body, headers=headers), 413, "body_too_large")
    pieces = (body[start : start + 65536] for start in range(0, len(body), 65536))
    assert_problem(client.post("/v1/search", content=pieces, headers=headers), 413, "body_too_large")
    largest = b'{"question": "a"' + b" " * (LARGEST_BODY - 17) + b"}"
    assert client.post("/v1/ask", content=largest, headers=headers).status_code == 200


# -- what goes wrong ---------------------------------------------------------------------------------------------------


class Failing(Answerer):
    """Fails with a given error, at once or after its first event."""

    def __init__(self, library: Library, error: Exception, *, late: bool = False) -> None:
        super().__init__(library)
        self.error, self.late = error, late

    async def events(self, question: Question) -> AsyncGenerator[AnswerEvent]:
        if self.late:
            yield Searched(queries=(Query(text=question.question),), hits=0)
        raise self.error


class OfATest(ServiceError):
    """An error that the table does not know."""


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (CollectionNotFound(SECRET), 404),
        (ArticleNotFound("no such article"), 404),
        (NothingIngested("main"), 409),
        (IndexMismatch(SECRET), 409),
        (IngestRunning("process 1 on host"), 409),
        (EncoderUnavailable(SECRET), 503),
        (LibraryError(SECRET), 500),
        (SnapshotDamaged(SECRET), 500),
        (OfATest(SECRET), 500),
        (RuntimeError(SECRET), 500),
        (KeyError(SECRET), 500),
    ],
    ids=repr,
)
def test_each_error_has_a_status_whichever_way_it_was_asked(
    library: Library, error: Exception, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    expected = code(type(error)) if isinstance(error, LibraryError | EncoderUnavailable | ServiceError) else "internal"
    with TestClient(app_for(library, Failing(library, error)), raise_server_exceptions=False) as client:
        whole = client.post("/v1/ask", json={"question": QUESTION})
        logged = caplog.text
        streamed = client.post("/v1/ask", json={"question": QUESTION}, headers=EVENTS)
    assert_problem(whole, status, expected)
    assert_problem(streamed, status, expected)
    assert whole.json() == streamed.json()
    assert ("Traceback" in logged) == (status == 500)
    assert QUESTION not in caplog.text


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (OfATest(SECRET), "of_atest"),
        (RuntimeError(SECRET), "internal"),
        (LibraryError(SECRET), "library_error"),
        (EncoderUnavailable(SECRET), "encoder_unavailable"),
    ],
)
def test_a_stream_that_fails_under_way_ends_with_an_error(library: Library, error: Exception, name: str) -> None:
    with TestClient(app_for(library, Failing(library, error, late=True))) as client:
        response = client.post("/v1/ask", json={"question": QUESTION}, headers=EVENTS)
    assert response.status_code == 200
    events = events_of(response.iter_lines())
    assert [event for event, _ in events] == ["searched", "error"]
    assert events[-1][1]["code"] == name
    assert SECRET not in response.text
