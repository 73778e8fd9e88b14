"""GET /metrics: what is counted, and for whom."""

import asyncio
import threading
from collections import defaultdict
from collections.abc import AsyncGenerator

import pytest
from fakes import ScriptedChatModel, make_writer
from litestar import Litestar
from litestar.testing import TestClient
from over_http import EVENTS, QUESTION, SENTENCE, app_for, assert_problem
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read

from embeddings.library import Library
from service.answerer import Answerer
from service.answers import AnswerEvent, Question, Usage
from service.app import create_app
from service.auth.keys import Keys
from service.errors import ChatModelTimeout, ChatReplyBroken
from service.places import Places
from service.settings import Settings


def numbers(client: TestClient[Litestar]) -> dict[str, float]:
    """Give the samples as they are written: `name{label="value"}`."""
    response = client.get("/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    samples: dict[str, float] = defaultdict(float)
    for family in read(response.text):
        for sample in family.samples:
            labels = ",".join(f'{name}="{value}"' for name, value in sorted(sample.labels.items()))
            samples[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return samples


def test_requests_are_counted_by_route_and_not_by_address(client: TestClient[Litestar]) -> None:
    for path in ("/v1/articles/quay", "/v1/articles/ferry", "/v1/articles/none", "/no/1", "/no/2"):
        client.get(path, params={"version": 1})
    client.request("BREW", "/no/3")
    counted = numbers(client)
    name = "byline_http_requests_total"
    assert counted[name + '{method="GET",route="/v1/articles/{id}",status="200"}'] == 2
    assert counted[name + '{method="GET",route="/v1/articles/{id}",status="404"}'] == 1
    assert counted[name + '{method="GET",route="unmatched",status="404"}'] == 2
    assert sum(count for each, count in counted.items() if 'method="OTHER"' in each) == 1
    assert counted['byline_http_request_seconds_count{route="/v1/articles/{id}"}'] == 3
    assert not [each for each in counted if "quay" in each or "/no" in each or "BREW" in each]


def test_answers_are_counted_however_they_are_asked_for(client: TestClient[Litestar]) -> None:
    client.post("/v1/ask", json={"question": QUESTION})
    client.post("/v1/ask", json={"question": QUESTION}, headers=EVENTS)
    chat = {"model": "byline", "messages": [{"role": "user", "content": QUESTION}]}
    model = client.get("/v1/models").json()["data"][0]["id"]
    assert client.post("/v1/chat/completions", json=chat | {"model": model}).status_code == 200
    client.post("/v1/ask", json={"question": "Zyx qwv?"})
    counted = numbers(client)
    assert counted['byline_answers_total{answerer="reader",status="answered"}'] == 3
    assert counted['byline_answers_total{answerer="reader",status="not_in_articles"}'] == 1
    assert counted['byline_answer_sentences_total{status="quoted"}'] >= 3
    assert counted['byline_answer_stage_seconds_count{stage="retrieve"}'] == 4
    assert counted['byline_answer_stage_seconds_count{stage="total"}'] == 4


def test_what_the_chat_model_does_is_counted(library: Library) -> None:
    unsupported = f"The harbour master blamed the fall of the crane on 40 sailors [1.2]. {SENTENCE} [1.2]"
    model = ScriptedChatModel(
        [unsupported],
        ChatModelTimeout("late"),
        [f"{SENTENCE} [1.2]\n\nAnd ", ChatReplyBroken("cut")],
        usage=Usage(prompt_tokens=90, completion_tokens=7),
    )
    with TestClient(app_for(library, Answerer(library, writer=make_writer(model)))) as client:
        statuses = [client.post("/v1/ask", json={"question": QUESTION}).status_code for _ in range(3)]
        counted = numbers(client)
    assert statuses == [200, 200, 502]
    assert counted['byline_answers_total{answerer="chat",status="answered"}'] == 1
    assert counted['byline_answers_total{answerer="reader",status="answered"}'] == 1
    assert counted['byline_answer_sentences_total{status="unsupported"}'] == 1
    assert counted['byline_chat_model_tokens_total{kind="prompt"}'] == 90
    assert counted['byline_chat_model_tokens_total{kind="completion"}'] == 7
    assert counted["byline_answer_fallbacks_total"] == 1
    assert counted['byline_chat_model_errors_total{code="chat_model_timeout"}'] == 1
    assert counted['byline_chat_model_errors_total{code="chat_reply_broken"}'] == 1


class Held(Answerer):
    """Answers when it is let."""

    begun = threading.Event()
    let = threading.Event()

    async def events(self, question: Question) -> AsyncGenerator[AnswerEvent]:
        with self.places.taken():
            self.begun.set()
            await asyncio.to_thread(self.let.wait, 10)
        async for event in super().events(question):
            yield event


def test_what_is_under_way_and_what_is_refused(library: Library) -> None:
    answerer = Held(library, places=Places(1))
    with TestClient(app_for(library, answerer), raise_server_exceptions=False) as client:
        asking = threading.Thread(target=client.post, args=("/v1/ask",), kwargs={"json": {"question": QUESTION}})
        asking.start()
        assert answerer.begun.wait(10)
        assert_problem(client.post("/v1/search", json={"query": "crane"}), 503, "overloaded")
        counted = numbers(client)
        assert counted["byline_questions_under_way"] == counted["byline_questions_limit"] == 1
        assert counted["byline_questions_refused_total"] == 1
        answerer.let.set()
        asking.join()
        assert numbers(client)["byline_questions_under_way"] == 0


def test_jobs_are_counted_by_state(client: TestClient[Litestar]) -> None:
    assert {name for name in numbers(client) if name.startswith("byline_jobs")} == {
        f'byline_jobs{{state="{state}"}}' for state in ("queued", "running", "done", "failed")
    }
    added = client.post("/v1/articles", params={"wait": "true"}, json={"title": "Rain", "text": "It rained on Monday."})
    assert added.status_code == 200, added.text
    assert numbers(client)['byline_jobs{state="done"}'] == 1


@pytest.mark.parametrize(
    "accept",
    ["application/openmetrics-text; version=1.0.0; q=0.5, */*;q=0.1", "application/openmetrics-text;version=x"],
)
def test_openmetrics_where_it_is_asked_for(client: TestClient[Litestar], accept: str) -> None:
    response = client.get("/metrics", headers={"Accept": accept})
    assert response.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert "byline_build" in {family.name.removesuffix("_info") for family in read_openmetrics(response.text)}  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    ("scopes", "collections", "status"),
    [(["admin"], None, 200), (["admin"], ["main"], 403), (["ask", "ingest"], None, 403)],
)
def test_the_numbers_are_for_those_whom_all_is_for(
    library: Library, scopes: list[str], collections: list[str] | None, status: int
) -> None:
    keys = Keys(library.path)
    _, written = keys.create("scraper", scopes, collections)  # type: ignore[arg-type]
    keys.close()
    with TestClient(create_app(Settings(library=library.path), Answerer(library))) as client:
        assert client.get("/metrics").status_code == 401
        assert client.get("/metrics", headers={"Authorization": f"Bearer {written}"}).status_code == status
