"""The service over HTTP, inside the process: answers, filters, articles, readiness, documentation."""

import asyncio
import json
import logging
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from fakes import HashingEncoder, ingest, make_library
from litestar import Litestar
from litestar.testing import TestClient
from over_http import EVENTS, QUESTION, SENTENCE, app_for, assert_problem, events_of, lasting

from embeddings.articles import Article
from embeddings.library import Library
from service.answerer import Answerer
from service.answers import Answer
from service.app import create_app
from service.places import Places
from service.settings import Settings

# -- answers -----------------------------------------------------------------------------------------------------------


def test_an_answer_is_its_stream_folded(client: TestClient[Litestar]) -> None:
    whole = client.post("/v1/ask", json={"question": QUESTION})
    streamed = client.post("/v1/ask", json={"question": QUESTION}, headers=EVENTS)
    assert whole.status_code == streamed.status_code == 200
    assert whole.headers["content-type"] == "application/json"
    events = events_of(streamed.iter_lines())
    names = [name for name, _ in events]
    assert names[0] == "searched"
    assert names.index("done") == len(names) - 1
    assert all(name == data["type"] for name, data in events)
    answer = events[-1][1]["answer"]
    assert lasting(answer) == lasting(whole.json())
    assert [data["sentence"] for name, data in events if name == "sentence"] == answer["sentences"]
    assert [data["citation"] for name, data in events if name == "citation"] == answer["citations"]
    assert answer["status"] == "answered"
    assert SENTENCE in [sentence["text"] for sentence in answer["sentences"]]
    assert msgspec.convert(answer, Answer, strict=False)


def test_a_quotation_is_what_the_stored_article_says(client: TestClient[Litestar]) -> None:
    answer = client.post("/v1/ask", json={"question": QUESTION}).json()
    assert answer["citations"]
    for citation in answer["citations"]:
        stored = client.get(f"/v1/articles/{citation['article_id']}", params={"version": citation["version"]}).json()
        assert stored["article"]["text"][citation["start"] : citation["end"]] == citation["quote"]


def test_a_stream_is_neither_stored_nor_held_back_nor_compressed(client: TestClient[Litestar]) -> None:
    headers = {**EVENTS, "Accept-Encoding": "gzip, br"}
    response = client.post("/v1/ask", json={"question": QUESTION}, headers=headers)
    assert response.headers["content-type"].split(";")[0] == "text/event-stream"
    assert response.headers["cache-control"] == "no-cache"
    assert response.headers["x-accel-buffering"] == "no"
    assert "content-encoding" not in response.headers


@pytest.mark.parametrize(
    ("accept", "streams"),
    [
        (None, False),
        ("", False),
        ("*/*", False),
        ("application/json", False),
        ("text/html", False),
        ("text/event-stream", True),
        ("TEXT/Event-Stream ; Q=1", True),
        ("text/event-stream, */*", True),
        ("text/*", True),
        ("application/json, text/event-stream", False),
        ("text/event-stream, application/json", False),
        ("application/json;q=0.5, text/event-stream", True),
        ("application/json, text/event-stream;q=0.9", False),
        ("*/*, text/event-stream;q=0.1", False),
        ("*/*;q=0.1, text/event-stream;q=0.2", True),
        ("text/event-stream;q=0", False),
        ("text/event-stream;q=inf", True),
        ("text/event-stream;q=nan;x", True),
        (";;,/,", False),
    ],
)
def test_what_accept_prefers_is_what_comes(client: TestClient[Litestar], accept: str | None, streams: bool) -> None:
    headers = {} if accept is None else {"Accept": accept}
    if accept is None:
        del client.headers["accept"]
    response = client.post("/v1/ask", json={"question": QUESTION}, headers=headers)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/event-stream" if streams else "application/json")


def test_not_in_the_articles_is_an_answer(client: TestClient[Litestar]) -> None:
    for question in ("Zyx qwv?", "...", "🦀"):
        answer = client.post("/v1/ask", json={"question": question}).json()
        assert answer["status"] == "not_in_articles", question
        assert answer["citations"] == []
        assert answer["nearest"]


def test_a_stream_reads_as_before(tmp_path: Path, articles: list[Article], golden: Callable[[str, str], None]) -> None:
    only = msgspec.structs.replace(articles[0], text=SENTENCE)
    with TestClient(app_for(make_library(tmp_path, [only]))) as client:
        text = client.post("/v1/ask", json={"question": QUESTION, "as_of": "2016-06-10"}, headers=EVENTS).text
    for volatile in (r'"id":"([0-9a-f]{32})"', r'"(?:retrieve|read|first_sentence|total)":([0-9.e-]+)'):
        text, masked = re.subn(volatile, lambda match: match[0].replace(match[1], "…"), text)
        assert masked
    golden("stream.txt", text)


# -- which articles ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, {"quay", "ferry", "opera"}),
        ({"sources": ["harbour post"]}, {"quay"}),
        ({"sources": ["Civic Courier"]}, {"quay-copy", "ferry"}),
        ({"sources": ["Harbour Post", "Civic Courier"]}, {"quay", "ferry"}),
        ({"authors": ["transport desk"]}, {"ferry"}),
        ({"articles": ["opera", "unknown"]}, {"opera"}),
        ({"after": "2016-06-08"}, {"quay-copy", "ferry"}),
        ({"after": "2016-06-07"}, {"quay", "ferry"}),
        ({"before": "2016-06-08"}, {"quay"}),
        ({"after": "2016-06-07T00:00:01"}, {"quay-copy", "ferry"}),
        ({"after": "2016-06-07T00:00:00Z", "before": "2016-06-07T00:00:01Z"}, {"quay"}),
        ({"after": "2016-06-08T06:30:00Z"}, {"quay-copy", "ferry"}),
        ({"after": "2016-06-08T08:30:00+02:00"}, {"quay-copy", "ferry"}),
        ({"after": "2016-06-08T08:30:01+02:00"}, {"ferry"}),
        ({"sources": ["Civic Courier"], "before": "2016-06-09"}, {"quay-copy"}),
        ({"sources": ["Nobody"]}, set()),
    ],
)
def test_filters_admit(
    client: TestClient[Litestar], monkeypatch: pytest.MonkeyPatch, filters: dict[str, Any], found: set[str]
) -> None:
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    try:
        response = client.post("/v1/search", json={"query": "crane ferry opera", "filters": filters})
    finally:
        monkeypatch.undo()
        time.tzset()
    assert response.status_code == 200, response.text
    assert {hit["article"]["article_id"] for hit in response.json()["hits"]} == found


def test_a_question_is_asked_of_the_articles_that_the_filter_admits(client: TestClient[Litestar]) -> None:
    body = {"question": QUESTION, "filters": {"sources": ["Civic Courier"], "before": "2016-06-09"}}
    answer = client.post("/v1/ask", json=body).json()
    assert {citation["article_id"] for citation in answer["citations"]} == {"quay-copy"}


def test_a_search_says_why(client: TestClient[Litestar]) -> None:
    found = client.post("/v1/search", json={"query": "fall of the crane", "k": 2}).json()
    assert found["query"] == "fall of the crane"
    assert found["collection"] == "main"
    assert found["seq"] > 0
    best, second = found["hits"]
    assert (best["rank"], second["rank"]) == (1, 2)
    assert best["score"] >= second["score"]
    assert best["article"]["article_id"] == "quay"
    assert [carrier["article_id"] for carrier in best["carriers"]] == ["quay-copy"]
    assert best["dense_rank"] == best["lexical_rank"] == 1
    assert "crane" in best["passage"]["text"]


def test_a_collection_of_its_own(library: Library, articles: list[Article]) -> None:
    ingest(library.path, [articles[3]], HashingEncoder(), "arts")
    with TestClient(app_for(library, collection="arts")) as client:
        search = {"query": "lighthouse crane"}
        assert client.post("/v1/search", json=search).json()["collection"] == "arts"
        assert len(client.post("/v1/search", json=search).json()["hits"]) == 1
        assert len(client.post("/v1/search", json={**search, "collection": "main"}).json()["hits"]) == 3
        assert client.get("/v1/articles/opera").status_code == 200
        assert_problem(client.get("/v1/articles/quay"), 404, "article_not_found")
        assert client.get("/v1/articles/quay", params={"collection": "main"}).status_code == 200


# -- articles ----------------------------------------------------------------------------------------------------------


def test_versions_of_an_article(client: TestClient[Litestar], library: Library, articles: list[Article]) -> None:
    before = articles[0]
    after = msgspec.structs.replace(before, text=before.text.replace("rust", "a loose bolt"))
    ingest(library.path, [after], library.encoder)
    current = client.get("/v1/articles/quay").json()
    assert (current["state"], current["article"]["version"]) == ("current", 2)
    assert current["article"]["text"] == after.text
    assert client.get("/v1/articles/quay?version=2").json() == current
    old = client.get("/v1/articles/quay?version=1").json()
    assert (old["state"], old["article"]["version"]) == ("updated", 1)
    assert old["article"]["text"] == before.text
    assert datetime.fromisoformat(old["article"]["published_at"]) == before.published_at
    for stored in (current, old):
        text = stored["article"]["text"]
        assert stored["passages"]
        for passage in stored["passages"]:
            assert text[passage["start"] : passage["end"]] == passage["text"]
            assert passage["version"] == stored["article"]["version"]
    assert_problem(client.get("/v1/articles/quay?version=3"), 404, "article_not_found")


def test_a_withdrawn_article_can_be_read_and_not_found(client: TestClient[Litestar], library: Library) -> None:
    library.retriever("main").collection.catalog.withdraw("ferry")
    stored = client.get("/v1/articles/ferry").json()
    assert stored["state"] == "withdrawn"
    assert stored["article"]["title"] == "Ferry fares rise"
    assert stored["passages"]
    assert client.post("/v1/search", json={"query": "ferry", "filters": {"articles": ["ferry"]}}).json()["hits"] == []
    library.retriever("main").collection.catalog.restore("ferry")
    assert client.get("/v1/articles/ferry").json()["state"] == "current"


@pytest.mark.parametrize("id", ["unknown", "%00", "%FF%FE", "quay%20", "Q" * 3000, "é", "'--"])
def test_an_unknown_article(client: TestClient[Litestar], id: str) -> None:
    response = client.get(f"/v1/articles/{id}")
    assert response.status_code == 404
    assert response.json()["code"] == "article_not_found"


@pytest.mark.parametrize("version", ["0", "-1", "x", "1.5", "", "9" * 30])
def test_a_version_that_cannot_be(client: TestClient[Litestar], version: str) -> None:
    assert_problem(client.get("/v1/articles/quay", params={"version": version}), 400, "invalid_request", "version")


# -- readiness, documentation, logs ------------------------------------------------------------------------------------


def test_readiness(client: TestClient[Litestar], library: Library) -> None:
    response = client.get("/health/ready")
    assert response.status_code == 200
    assert response.json() == {"status": "ready", "encoder": "hashing"}
    library.path.rename(library.path.with_name("elsewhere"))
    assert_problem(client.get("/health/ready"), 503, "not_ready")
    library.path.write_text("not a directory")
    assert_problem(client.get("/health/ready"), 503, "not_ready")


def test_the_documentation_reads_as_before(client: TestClient[Litestar], golden: Callable[[str, str], None]) -> None:
    response = client.get("/openapi.json")
    assert response.status_code == 200
    document = response.json()
    assert document["info"]["title"] == "Byline"
    document["info"]["version"] = "…"
    golden("openapi.json", json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def test_the_documentation_refers_to_what_is_there(client: TestClient[Litestar]) -> None:
    document = client.get("/openapi.json").json()
    schemas = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert set(re.findall(r'"(#/[^"]*)"', json.dumps(document))) == schemas
    answered = document["paths"]["/v1/ask"]["post"]["responses"]["200"]["content"]
    assert answered["application/json"]["schema"] == {"$ref": "#/components/schemas/Answer"}
    events = [each["$ref"].rpartition("/")[2] for each in answered["text/event-stream"]["schema"]["oneOf"]]
    assert events == ["Searched", "Cited", "Released", "Done", "Failed"]
    questions = document["paths"]["/v1/ask"]["post"]["requestBody"]["content"]["application/json"]["schema"]["examples"]
    for question in questions:
        assert client.post("/v1/ask", json=question).status_code == 200


def test_no_words_of_a_request_are_logged(client: TestClient[Litestar], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "service")
    caplog.set_level(logging.DEBUG, "embeddings")
    client.post("/v1/ask", json={"question": QUESTION})
    client.post("/v1/ask", json={"question": QUESTION}, headers=EVENTS)
    client.post("/v1/search", json={"query": "crane of the harbour"})
    client.post("/v1/search", json={"query": "crane of the harbour", "k": 0})
    assert not re.search("crane|harbour", caplog.text)


def test_the_answerer_is_loaded_when_the_application_starts(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[threading.Thread] = []

    def load(_: Settings, places: Places) -> Answerer:
        loaded.append(threading.current_thread())
        with pytest.raises(RuntimeError):
            asyncio.get_running_loop()
        return Answerer(library, places=places)

    monkeypatch.setattr(Answerer, "from_settings", load)
    app = create_app(Settings(library=library.path))
    assert not loaded
    with TestClient(app) as client:
        assert len(loaded) == 1
        assert client.post("/v1/ask", json={"question": QUESTION}).json()["status"] == "answered"
    assert len(loaded) == 1


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    check = "import sys, service.app; print({'torch', 'faiss', 'sentence_transformers'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True).stdout == "set()\n"
