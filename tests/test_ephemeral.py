"""Articles that come with a request: answered as if they had been ingested, seen by nobody else, and kept nowhere."""

import asyncio
import gc
import os
import threading
import weakref
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from fakes import HashingEncoder, ingest, make_library, record
from litestar import Litestar
from litestar.testing import TestClient
from over_http import EVENTS, QUESTION, SENTENCE, app_for, assert_problem, events_of, lasting

from embeddings.arrays import FloatVector
from embeddings.articles import Article, Filter
from embeddings.encoder import EncodedPassage, Encoder, EncoderInput, SentenceTransformerEncoder
from embeddings.ephemeral import UNNAMED, EphemeralLibrary
from embeddings.errors import CollectionNotFound
from embeddings.extract import Record, extract_file
from embeddings.library import Library
from service.answerer import Answerer
from service.answers import Answer, Question
from service.api.given_articles import MOST_CHARACTERS
from service.auth.keys import Keys
from service.errors import Overloaded
from service.ledger.ledger import Ledger
from service.ledger.storage import FILE
from service.places import Places

AS_OF = datetime(2016, 6, 10, tzinfo=UTC)
ASKED = Question(question=QUESTION, as_of=AS_OF, collection=UNNAMED)


def many(count: int) -> list[Article]:
    """Tell of so many cranes, in whole passages."""
    return [
        Article(id=f"crane-{number}", title=f"Crane {number}", text=f"The crane number {number} fell on quay {number}.")
        for number in range(count)
    ]


def in_memory(articles: Sequence[Article], encoder: Encoder) -> EphemeralLibrary:
    return EphemeralLibrary([record(article) for article in articles], encoder)


class Gated(HashingEncoder):
    """Waits at each batch of passages until it may go on."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.may_go_on = threading.Semaphore(0), threading.Semaphore(0)
        self.batches = 0

    def encode_document(self, inputs: Sequence[EncoderInput]) -> list[EncodedPassage]:
        self.batches += 1
        self.begun.release()
        assert self.may_go_on.acquire(timeout=20)
        return super().encode_document(inputs)


class GatedQueries(HashingEncoder):
    """Waits before it encodes a query until it may go on."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.may_go_on = threading.Event(), threading.Event()

    def encode_queries(self, queries: Sequence[str]) -> list[FloatVector]:
        self.begun.set()
        assert self.may_go_on.wait(20)
        return super().encode_queries(queries)


# -- the same as if they had been ingested -----------------------------------------------------------------------------


@pytest.mark.parametrize("wanted", [Filter(), Filter(sources=("civic courier",)), Filter(before=datetime(2016, 6, 8))])
def test_what_is_found_is_what_a_stored_collection_finds(
    library: Library, articles: list[Article], wanted: Filter
) -> None:
    stored, held = library.retriever("main"), in_memory(articles, library.encoder).retriever(UNNAMED)
    for query in ("fall of the crane", "ferry fare", "lighthouse", "nothing of it"):
        assert held.retrieve(query, k=5, wanted=wanted) == stored.retrieve(query, k=5, wanted=wanted)


def test_with_the_real_encoder(
    tmp_path: Path, articles: list[Article], real_encoder: SentenceTransformerEncoder
) -> None:
    stored = make_library(tmp_path, articles, real_encoder)
    held = in_memory(articles, real_encoder)
    answers = []
    for library, question in ((stored, msgspec.structs.replace(ASKED, collection="main")), (held, ASKED)):
        answers.append(msgspec.to_builtins(asyncio.run(Answerer(library).answer(question))))
        library.close()
    first, second = map(lasting, answers)
    assert (first.pop("collection"), second.pop("collection")) == ("main", "")
    assert first == second
    assert first["citations"]


def test_more_than_one_batch(tmp_path: Path) -> None:
    articles = many(300)
    stored = make_library(tmp_path, articles).retriever("main")
    held = in_memory(articles, HashingEncoder()).retriever(UNNAMED)
    assert held.retrieve("crane number 7", k=9) == stored.retrieve("crane number 7", k=9)
    stored.collection.close()


# -- kept nowhere, seen by nobody --------------------------------------------------------------------------------------


def test_no_file_is_opened_or_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TMPDIR", "SQLITE_TMPDIR", "HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    before = _open_files()
    library = in_memory(many(300), HashingEncoder())
    assert library.retriever(UNNAMED).retrieve("crane", k=50).hits
    assert _open_files() == before
    library.retriever(UNNAMED).collection.compact()
    library.close()
    assert not list(tmp_path.iterdir())


def _open_files() -> set[str]:
    held = set()
    for number in os.listdir("/proc/self/fd"):
        try:
            held.add(os.readlink(f"/proc/self/fd/{number}"))
        except FileNotFoundError:  # the one that lists them
            continue
    return {path for path in held if os.path.isfile(path)}


def test_it_has_no_name_and_no_neighbours(articles: list[Article]) -> None:
    one, other = in_memory(articles[:1], HashingEncoder()), in_memory(articles[2:3], HashingEncoder())
    assert [hit.article.article_id for hit in one.retriever(UNNAMED).retrieve("ferry crane", k=9).hits] == ["quay"]
    assert [hit.article.article_id for hit in other.retriever(UNNAMED).retrieve("ferry crane", k=9).hits] == ["ferry"]
    with pytest.raises(CollectionNotFound):
        one.retriever("main")


def test_many_threads_search_while_another_writes(articles: list[Article]) -> None:
    library = in_memory(articles, HashingEncoder())
    retriever = library.retriever(UNNAMED)

    def search(_: int) -> int:
        return len(retriever.retrieve("ferry crane lighthouse", k=9).hits)

    with ThreadPoolExecutor(8) as pool:
        searches = pool.map(search, range(40))
        for _ in range(10):
            retriever.collection.catalog.withdraw("opera")
            retriever.collection.catalog.restore("opera")
        assert set(searches) <= {2, 3}
    assert search(0) == 3


def test_it_is_not_logged(library: Library, articles: list[Article]) -> None:
    async def ask(answerer: Answerer) -> Answer:
        async with answerer.over([record(each) for each in articles]) as asked:
            return await asked.answer(ASKED)

    answerer = Answerer(library, ledger=Ledger(library.path / FILE))
    assert asyncio.run(ask(answerer)).text == SENTENCE
    assert not (library.path / FILE).exists()
    answerer.close()


# -- how much at once, and whoever leaves ------------------------------------------------------------------------------


def test_one_place_is_held_for_all_of_it(library: Library, articles: list[Article]) -> None:
    async def ask() -> None:
        answerer = Answerer(library, places=Places(1))
        async with answerer.over([record(each) for each in articles]) as asked:
            assert (await asked.answer(ASKED)).text == SENTENCE
            assert answerer.places.under_way == 1
            with pytest.raises(Overloaded):
                await answerer.search("crane", k=1, wanted=Filter(), collection="main")
            with pytest.raises(Overloaded):
                await answerer.over([]).__aenter__()
        assert answerer.places.under_way == 0

    asyncio.run(ask())


def test_it_is_forgotten_with_its_answer(library: Library, articles: list[Article]) -> None:
    async def ask() -> "weakref.ref[Any]":
        async with Answerer(library).over([record(each) for each in articles]) as asked:
            await asked.answer(ASKED)
            return weakref.ref(asked.library.retriever(UNNAMED).collection.catalog)

    gc.disable()  # nothing waits for it
    try:
        assert asyncio.run(ask())() is None
    finally:
        gc.enable()


def test_who_leaves_while_it_is_encoded_ends_that(library: Library) -> None:
    encoder = Gated()

    async def leave() -> None:
        answerer = Answerer(Library(library.path, encoder), places=Places(1))

        async def ask() -> None:
            async with answerer.over([record(each) for each in many(100)]):
                raise AssertionError("it was left before")

        asking = asyncio.create_task(ask())
        await asyncio.to_thread(encoder.begun.acquire)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert answerer.places.under_way == 0
        encoder.may_go_on.release()

    asyncio.run(leave())  # returns when its threads have come to their ends
    assert encoder.batches == 1


def test_who_leaves_in_the_midst_of_a_search_leaves_nothing_behind(library: Library, articles: list[Article]) -> None:
    encoder = GatedQueries()
    held: list[weakref.ref[Any]] = []

    async def leave() -> None:
        async def ask() -> None:
            async with Answerer(Library(library.path, encoder)).over([record(each) for each in articles]) as asked:
                held.append(weakref.ref(asked.library.retriever(UNNAMED).collection.catalog))
                await asked.search("crane", k=5, wanted=Filter(), collection=UNNAMED)

        asking = asyncio.create_task(ask())
        await asyncio.to_thread(encoder.begun.wait)
        asking.cancel()
        await asyncio.wait({asking})
        assert held[0]() is not None
        encoder.may_go_on.set()

    asyncio.run(leave())  # returns when its threads have come to their ends
    gc.collect()
    assert held[0]() is None


# -- over HTTP ---------------------------------------------------------------------------------------------------------


def given(*articles: Article) -> list[dict[str, Any]]:
    """Write articles as a client would."""
    names = ("id", "title", "text", "source", "author", "published_at", "url")
    return [{name: value for name in names if (value := msgspec.to_builtins(each)[name])} for each in articles]


def test_the_answer_is_that_of_a_collection(client: TestClient[Litestar], articles: list[Article]) -> None:
    body = {"question": QUESTION, "filters": {"sources": ["Harbour Post"]}}
    own = {**body, "articles": given(*articles)}
    stored = client.post("/v1/ask", json=body).json()
    whole = client.post("/v1/ask", json=own).json()
    streamed = events_of(client.post("/v1/ask", json=own, headers=EVENTS).iter_lines())
    assert (stored["collection"], whole["collection"]) == ("main", "")
    assert lasting({**whole, "collection": "main"}) == lasting(stored)
    assert lasting(streamed[-1][1]["answer"]) == lasting(whole)
    assert [citation["article_id"] for citation in whole["citations"]] == ["quay"]


def test_only_the_given_articles_are_asked(client: TestClient[Litestar], articles: list[Article]) -> None:
    answer = client.post("/v1/ask", json={"question": QUESTION, "articles": given(articles[3])}).json()
    assert answer["status"] == "not_in_articles"
    assert {hit["article"]["article_id"] for hit in answer["nearest"]} == {"opera"}
    assert client.post("/v1/ask", json={"question": QUESTION}).json()["status"] == "answered"


def test_a_text_alone_is_an_article_and_its_id_comes_of_it(client: TestClient[Litestar], library: Library) -> None:
    text = f"It was windy.\r\n\r\n{SENTENCE} Cafe\u0301s stayed open."
    article = {"text": text, "publishedAt": 1465257600, "byline": ["City Desk"], "unheard": {"of": 1}}
    answer = client.post("/v1/ask", json={"question": QUESTION, "articles": [article]}).json()
    (citation,) = answer["citations"]
    assert citation["quote"] == SENTENCE
    assert (citation["published_at"], citation["author"]) == ("2016-06-07T00:00:00Z", "City Desk")
    (library.path / "in.jsonl").write_bytes(msgspec.json.encode(article))
    (stored,) = extract_file(library.path / "in.jsonl")
    assert isinstance(stored, Record)
    assert citation["article_id"] == stored.article.id
    assert stored.article.text[citation["start"] : citation["end"]] == SENTENCE


def test_the_same_article_twice_is_one(client: TestClient[Litestar], articles: list[Article]) -> None:
    twice = given(articles[0], articles[0])
    answer = client.post("/v1/ask", json={"question": QUESTION, "articles": twice}).json()
    assert len(answer["citations"]) == 1
    assert answer["citations"][0]["carriers"] == []


GOOD = {"text": SENTENCE}


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"articles": []}, "articles"),
        ({"articles": None}, "articles"),
        ({"articles": [GOOD] * 51}, "articles"),
        ({"articles": "text"}, "articles"),
        ({"articles": ["text"]}, "articles[0]"),
        ({"articles": [GOOD, {"title": "Crane"}]}, "articles[1].text"),
        ({"articles": [GOOD, {"text": ""}]}, "articles[1].text"),
        ({"articles": [GOOD, {"text": " \u200b\n"}]}, "articles[1].text"),
        ({"articles": [GOOD, {"text": 5}]}, "articles[1].text"),
        ({"articles": [GOOD, {"text": "a\0b"}]}, "articles[1].text"),
        ({"articles": [{**GOOD, "title": ["a"]}]}, "articles[0].title"),
        ({"articles": [{**GOOD, "published_at": True}]}, "articles[0].published_at"),
        ({"articles": [{"id": "a", "text": "One."}, {"id": "b", **GOOD}, {"id": "a", **GOOD}]}, "articles[2].id"),
        (
            {"articles": [{"text": "word " * (MOST_CHARACTERS // 8)}, {"text": "more " * (MOST_CHARACTERS // 8)}]},
            "articles",
        ),
        ({"articles": [GOOD], "collection": "main"}, "collection"),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_what_cannot_be_taken_is_named(client: TestClient[Litestar], more: dict[str, Any], field: str) -> None:
    for headers in ({}, EVENTS):
        response = client.post("/v1/ask", json={"question": QUESTION, **more}, headers=headers)
        problem = assert_problem(response, 400, "invalid_request", field)
        assert problem["errors"][0]["message"]
    response = client.post("/v1/verify", json={"text": SENTENCE, **more})
    assert_problem(response, 400, "invalid_request", field)


def test_two_requests_at_once_do_not_see_each_other(library: Library, articles: list[Article]) -> None:
    with TestClient(app_for(library)) as client, ThreadPoolExecutor(8) as pool:

        def ask(number: int) -> dict[str, Any]:
            text = f"The harbour master blamed the fall of the crane on storm {number}."
            body = {"question": QUESTION, "articles": [{"id": "same", "text": text}, *given(articles[3])]}
            answer: dict[str, Any] = client.post("/v1/ask", json=body).json()
            return answer

        answers = list(pool.map(ask, range(16)))
    assert [answer["text"].rpartition(" ")[2] for answer in answers] == [f"{number}." for number in range(16)]


def test_no_collection_is_needed_for_it(library: Library) -> None:
    with closing(Keys(library.path)) as keys:
        _, written = keys.create("of two others", ["ask"], ["one", "two"])
    with TestClient(app_for(library)) as client:
        headers = {"X-API-Key": written}
        assert_problem(client.post("/v1/ask", json={"question": QUESTION}, headers=headers), 404, "collection_needed")
        answer = client.post("/v1/ask", json={"question": QUESTION, "articles": [GOOD]}, headers=headers).json()
    assert (answer["text"], answer["collection"]) == (SENTENCE, "")


def test_an_ingest_beside_it_is_not_seen_either(client: TestClient[Litestar], library: Library) -> None:
    new = Article(id="same", title="Crane", text="The harbour master blamed the fall of the crane on Gilbert.")
    ingest(library.path, [new], library.encoder)
    answer = client.post("/v1/ask", json={"question": QUESTION, "articles": [{"id": "same", **GOOD}]}).json()
    assert answer["text"] == SENTENCE
