"""POST /v1/verify: any text, sentence by sentence, against a collection or against articles of the request."""

import threading
from typing import Any

import httpx
import pytest
from fakes import HashingEncoder
from litestar import Litestar
from litestar.testing import TestClient
from over_http import EVENTS, SENTENCE, app_for, assert_problem, events_of, running

from embeddings.arrays import FloatVector
from embeddings.collection import Collection
from embeddings.library import Library
from service.answerer import Answerer
from service.places import Places
from service.verification import MOST_CHARACTERS

FALSE = "The harbour master blamed the fall of the crane on 40 sailors."
TEXT = f"{SENTENCE} [1]\n\n{FALSE} [2] The opera opens on Friday."
Client = TestClient[Litestar]


def test_each_sentence_has_its_verdict_and_its_quotation(client: Client) -> None:
    response = client.post("/v1/verify", json={"text": TEXT})
    assert response.status_code == 200, response.text
    verified = response.json()
    assert [each["text"] for each in verified["sentences"]] == [SENTENCE, FALSE, "The opera opens on Friday."]
    assert [each["status"] for each in verified["sentences"]] == ["supported", "unsupported", "supported"]
    assert (verified["supported"], verified["unsupported"], verified["collection"]) == (2, 1, "main")
    true, false, _ = verified["sentences"]
    assert {"kind": "number", "words": "40"} in false["doubts"]
    assert true["support"] > false["support"]
    citation = true["citations"][0]
    stored = client.get(f"/v1/articles/{citation['article_id']}").json()["article"]["text"]
    assert stored[citation["start"] : citation["end"]] == citation["quote"] == SENTENCE


def test_the_stream_folded_is_the_whole(client: Client) -> None:
    whole = client.post("/v1/verify", json={"text": TEXT}).json()
    events = events_of(client.post("/v1/verify", json={"text": TEXT}, headers=EVENTS).iter_lines())
    assert [name for name, _ in events] == ["sentence", "sentence", "sentence", "done"]
    assert [data["sentence"] for name, data in events if name == "sentence"] == whole["sentences"]
    assert events[-1][1]["verification"] == whole


@pytest.mark.parametrize(
    "more",
    [{"filters": {"sources": ["Nobody"]}}, {"filters": {"articles": ["opera"]}}, {"articles": [{"text": "Hm."}]}],
)
def test_only_what_is_admitted_bears_a_text_out(client: Client, more: dict[str, Any]) -> None:
    verified = client.post("/v1/verify", json={"text": SENTENCE, **more}).json()
    assert (verified["supported"], verified["unsupported"]) == (0, 1)


def test_against_articles_of_the_request(client: Client) -> None:
    articles = [{"id": "mine", "text": "It was windy. The opera opens on Friday."}]
    for headers in ({}, EVENTS):
        response = client.post("/v1/verify", json={"text": TEXT, "articles": articles}, headers=headers)
        verified = events_of(response.iter_lines())[-1][1]["verification"] if headers else response.json()
        assert verified["collection"] == ""
        assert [each["status"] for each in verified["sentences"]] == ["unsupported", "unsupported", "supported"]
        assert {each["article_id"] for each in verified["sentences"][2]["citations"]} == {"mine"}


def test_a_text_without_a_sentence_has_none(client: Client) -> None:
    verified = client.post("/v1/verify", json={"text": "[1]"}).json()
    assert verified == {"collection": "main", "sentences": [], "supported": 0, "unsupported": 0}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"),
        ({"text": ""}, "text"),
        ({"text": " \n"}, "text"),
        ({"text": "a" * (MOST_CHARACTERS + 1)}, "text"),
        ({"text": "a\0b"}, "text"),
        ({"text": 5}, "text"),
        ({"text": "a", "txet": "b"}, "txet"),
        ({"text": "a", "filters": {"after": "yesterday"}}, "filters.after"),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_what_cannot_be_verified_is_named(client: Client, body: dict[str, Any], field: str) -> None:
    for headers in ({}, EVENTS):
        assert_problem(client.post("/v1/verify", json=body, headers=headers), 400, "invalid_request", field)


@pytest.mark.parametrize("headers", [{}, EVENTS], ids=["whole", "streamed"])
def test_what_is_not_there_is_a_status(client: Client, library: Library, headers: dict[str, str]) -> None:
    Collection.create(library.path, "empty").close()
    for collection, status, code in (("other", 404, "collection_not_found"), ("empty", 409, "nothing_ingested")):
        response = client.post("/v1/verify", json={"text": TEXT, "collection": collection}, headers=headers)
        assert_problem(response, status, code)


@pytest.mark.parametrize("headers", [{}, EVENTS], ids=["whole", "streamed"])
def test_beyond_the_limit_it_is_refused(library: Library, headers: dict[str, str]) -> None:
    answerer = Answerer(library, places=Places(1))
    with TestClient(app_for(library, answerer)) as client, answerer.places.taken():
        response = client.post("/v1/verify", json={"text": TEXT}, headers=headers)
        assert_problem(response, 503, "overloaded")
        assert response.headers["retry-after"]


class Slow(HashingEncoder):
    """Waits at each query until it may go on."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.may_go_on = threading.Semaphore(0), threading.Semaphore(0)
        self.queries = 0

    def encode_queries(self, queries: Any) -> list[FloatVector]:
        self.queries += 1
        self.begun.release()
        assert self.may_go_on.acquire(timeout=20)
        return super().encode_queries(queries)


def test_who_leaves_ends_it(library: Library) -> None:
    encoder = Slow()
    answerer = Answerer(Library(library.path, encoder), places=Places(1))
    text = " ".join(f"The crane number {number} fell." for number in range(50))
    with running(library, answerer) as url, httpx.Client(timeout=20) as client:
        encoder.may_go_on.release()
        with client.stream("POST", f"{url}/v1/verify", json={"text": text}, headers=EVENTS) as response:
            assert next(response.iter_lines()) == "event: sentence"
            for _ in range(2):
                assert encoder.begun.acquire(timeout=20)
        encoder.may_go_on.release(50)
        while answerer.places.under_way:
            pass
        assert encoder.queries < 10
    answerer.library.close()
