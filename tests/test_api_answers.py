"""GET /v1/answers/{id}: an answer as it was given, and what became of what it cites."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import pytest
from fakes import HashingEncoder, ingest
from litestar import Litestar
from litestar.testing import TestClient
from logging_answers import record
from msgspec.structs import replace
from over_http import QUESTION, SENTENCE, app_for, assert_problem

from embeddings.articles import Article
from embeddings.corrections import corrected
from embeddings.library import Library
from service.answerer import CALLER_LEFT, Answerer
from service.answers import Answer, Question, Turn
from service.auth.keys import Keys
from service.ledger.ledger import Ledger
from service.ledger.records import Dropped
from service.ledger.storage import FILE

Client = TestClient[Litestar]


@pytest.fixture
def ledger(library: Library) -> Iterator[Ledger]:
    with closing(Ledger(library.path / FILE)) as ledger:
        yield ledger


@pytest.fixture
def client(library: Library, ledger: Ledger) -> Iterator[Client]:
    with TestClient(app_for(library, Answerer(library, ledger=ledger)), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def given(client: Client) -> dict[str, Any]:
    """Ask, and keep the answer."""
    answer: dict[str, Any] = client.post("/v1/ask", json={"question": QUESTION}).json()
    assert answer["citations"]
    return answer


def cited(client: Client, given: dict[str, Any]) -> dict[str, Any]:
    """Follow the permalink to the first citation."""
    response = client.get(f"/v1/answers/{given['id']}")
    assert response.status_code == 200, response.text
    citation: dict[str, Any] = response.json()["citations"][0]
    return citation


def not_found(client: Client, id: str, **more: Any) -> dict[str, Any]:
    problem = assert_problem(client.get(f"/v1/answers/{id}", **more), 404, "answer_not_found")
    assert id[:8] not in problem["detail"]
    return problem


def recently(moment: str) -> bool:
    return abs((datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()) < 60


# -- what was answered -------------------------------------------------------------------------------------------------


def test_it_is_the_answer_as_it_was_given(client: Client, given: dict[str, Any]) -> None:
    logged = client.get(f"/v1/answers/{given['id']}").json()
    now = {"since", "resolves", "current_version", "stands", "current_start", "current_end"}
    for citation, before in zip(logged["citations"], given["citations"], strict=True):
        assert {name: citation[name] for name in before} == before
        assert citation.keys() - before.keys() == now
        assert (citation["since"], citation["current_version"]) == (None, 1)
        assert citation["resolves"]
        assert citation["stands"]
        assert (citation["current_start"], citation["current_end"]) == (citation["start"], citation["end"])
    assert logged.keys() - given.keys() == {"asked_at", "failure"}
    assert all(logged[name] == given[name] for name in given.keys() - {"citations"})
    assert recently(logged["asked_at"])
    assert logged["failure"] is None
    assert msgspec.convert(logged, Answer, strict=False).text == SENTENCE


def test_nothing_else_of_the_log_is_shown(client: Client, library: Library, ledger: Ledger) -> None:
    retriever = library.retriever("main")
    made = record("a" * 32, retriever.retrieve("crane rust", k=3).hits, "Rust felled it.")
    dropped = (Dropped(text="Gilbert felled it.", why="uncited"),)
    history = (Turn(role="user", text="is Gilbert there?"),)
    ledger.append(replace(made, dropped=dropped, history=history), retriever.collection.catalog)
    logged = client.get(f"/v1/answers/{'a' * 32}")
    assert logged.json()["text"] == "Rust felled it."
    assert "Gilbert" not in logged.text
    assert not {"candidates", "dropped", "history", "k", "unknown_marks", "source_tokens"} & logged.json().keys()


def test_the_nearest_passages_of_what_is_not_in_the_articles_have_their_words(client: Client) -> None:
    given = client.post("/v1/ask", json={"question": "Zyx qwv?"}).json()
    assert given["nearest"][0]["passage"]["text"]
    assert client.get(f"/v1/answers/{given['id']}").json()["nearest"] == given["nearest"]


def test_a_stream_that_broke_off_is_known_by_its_failure(client: Client, library: Library, ledger: Ledger) -> None:
    retriever = library.retriever("main")
    made = record("a" * 32, retriever.retrieve("crane rust", k=3).hits, "Rust felled it.")
    ledger.append(replace(made, failure="chat_reply_broken"), retriever.collection.catalog)
    logged = client.get(f"/v1/answers/{'a' * 32}").json()
    assert (logged["failure"], logged["text"]) == ("chat_reply_broken", "Rust felled it.")


# -- what became of what it cites --------------------------------------------------------------------------------------


def updated(library: Library, article: Article, **changes: Any) -> None:
    ingest(library.path, [replace(article, **changes)], library.encoder)


def test_an_update_that_leaves_the_words(
    client: Client, given: dict[str, Any], library: Library, articles: list[Article]
) -> None:
    text = articles[0].text.replace("fall of the crane", "fall\nof the  crane")
    updated(library, articles[0], text=f"It was windy.\n\n{text}")
    citation = cited(client, given)
    assert (citation["state"], citation["version"], citation["current_version"]) == ("updated", 1, 2)
    assert recently(citation["since"])
    assert citation["resolves"]
    assert citation["stands"]
    current = client.get("/v1/articles/quay").json()["article"]["text"]
    assert " ".join(current[citation["current_start"] : citation["current_end"]].split()) == SENTENCE


def test_an_update_that_changes_them(
    client: Client, given: dict[str, Any], library: Library, articles: list[Article]
) -> None:
    updated(library, articles[0], text=articles[0].text.replace("rust", "rusty bolts"))
    citation = cited(client, given)
    assert (citation["state"], citation["stands"]) == ("updated", False)
    assert (citation["current_start"], citation["current_end"]) == (None, None)
    cited_version = client.get("/v1/articles/quay", params={"version": citation["version"]}).json()["article"]["text"]
    assert cited_version[citation["start"] : citation["end"]] == citation["quote"] == SENTENCE


def test_of_several_places_the_nearest_is_meant(
    client: Client, given: dict[str, Any], library: Library, articles: list[Article]
) -> None:
    updated(library, articles[0], text=f"{articles[0].text}\n\nHe repeated it. {SENTENCE}")
    citation = cited(client, given)
    assert citation["current_start"] == citation["start"]


def test_a_correction_is_told_from_an_update_and_when_it_came(
    client: Client, given: dict[str, Any], library: Library, articles: list[Article]
) -> None:
    before = articles[0].text
    updated(library, articles[0], text=f"{before} More follows.")
    updated(library, articles[0], text=f"{before}\n\nCorrection: An earlier version misstated the month.")
    updated(library, articles[0], text=f"{before}\n\nCorrection: An earlier version misstated the month. And the day.")
    citation = cited(client, given)
    assert (citation["state"], citation["current_version"], citation["stands"]) == ("corrected", 4, True)
    versions = library.retriever("main").collection.catalog.history("quay")
    assert datetime.fromisoformat(citation["since"]) == versions[2].stored_at
    assert msgspec.convert(client.get(f"/v1/answers/{given['id']}").json(), Answer, strict=False)


def test_a_notice_that_the_cited_version_had_corrects_nothing(
    client: Client, library: Library, articles: list[Article]
) -> None:
    noticed = f"{articles[0].text}\n\nThis article was amended on 7 June 2016."
    updated(library, articles[0], text=noticed)
    given = client.post("/v1/ask", json={"question": QUESTION}).json()
    updated(library, articles[0], text=f"{noticed}\n\nThe council meets on Friday.")
    assert cited(client, given)["state"] == "updated"


def test_withdrawn_and_restored(
    client: Client, given: dict[str, Any], library: Library, articles: list[Article]
) -> None:
    catalog = library.retriever("main").collection.catalog
    updated(library, articles[0], text=f"{articles[0].text} More follows.")
    catalog.withdraw("quay")
    citation = cited(client, given)
    assert (citation["state"], citation["quote"]) == ("withdrawn", SENTENCE)
    assert datetime.fromisoformat(citation["since"]) == catalog.withdrawn_at("quay")
    assert citation["resolves"]
    catalog.restore("quay")
    assert cited(client, given)["state"] == "updated"


def test_erased_it_is_title_outlet_and_date(client: Client, given: dict[str, Any], library: Library) -> None:
    library.retriever("main").collection.erase(["quay"])  # and the log is not scrubbed yet
    logged = client.get(f"/v1/answers/{given['id']}")
    (citation,) = logged.json()["citations"]
    assert (citation["state"], citation["resolves"], citation["stands"]) == ("erased", False, False)
    assert recently(citation["since"])
    assert (citation["title"], citation["source"]) == ("Crane falls at the quay", "Harbour Post")
    assert citation["quote"] == ""
    assert citation["author"] is citation["url"] is citation["current_version"] is None
    assert logged.json()["text"] == ""
    assert "rust" not in logged.text


def test_without_its_collection(client: Client, given: dict[str, Any], library: Library) -> None:
    library.close()
    (library.path / "collections" / "main").rename(library.path / "elsewhere")
    citation = cited(client, given)
    assert (citation["state"], citation["since"], citation["resolves"]) == ("withdrawn", None, False)


# -- whose it is -------------------------------------------------------------------------------------------------------


def test_only_whole_ids_and_no_others_are_known(client: Client, given: dict[str, Any], ledger: Ledger) -> None:
    id = given["id"]
    said = [not_found(client, each)["detail"] for each in ("0" * 32, id[:31], id[:8], f"{id}0", id.upper(), "%00", "é")]
    ledger.discard([id])
    said.append(not_found(client, id)["detail"])
    assert len(set(said)) == 1


def test_without_a_log_there_are_none(library: Library) -> None:
    with TestClient(app_for(library)) as client:
        not_found(client, client.post("/v1/ask", json={"question": QUESTION}).json()["id"])


def test_of_another_collection_it_looks_like_none(library: Library, ledger: Ledger, articles: list[Article]) -> None:
    ingest(library.path, articles, HashingEncoder(), "archive")
    with closing(Keys(library.path)) as keys:
        ours, others = ({"X-API-Key": keys.create(name, ["ask"], [name])[1]} for name in ("main", "archive"))
    with TestClient(app_for(library, Answerer(library, ledger=ledger))) as client:
        id = client.post("/v1/ask", json={"question": QUESTION}, headers=ours).json()["id"]
        assert client.get(f"/v1/answers/{id}", headers=ours).status_code == 200
        assert not_found(client, id, headers=others) == not_found(client, "0" * 32, headers=others)
        assert_problem(client.get(f"/v1/answers/{id}"), 401, "key_needed")


def test_an_answer_over_articles_of_the_request_has_no_permalink(client: Client, ledger: Ledger) -> None:
    body = {"question": QUESTION, "articles": [{"text": SENTENCE}]}
    not_found(client, client.post("/v1/ask", json=body).json()["id"])
    assert ledger.records() == []


# -- again and again ---------------------------------------------------------------------------------------------------


def test_its_tag_changes_with_what_became_of_it(
    client: Client, given: dict[str, Any], library: Library, articles: list[Article]
) -> None:
    def get(tag: str) -> httpx.Response:
        return client.get(f"/v1/answers/{given['id']}", headers={"If-None-Match": tag})

    first = get('"other"')
    assert first.status_code == 200
    assert first.headers["cache-control"] == "private, no-cache"
    tag = first.headers["etag"]
    for known in (tag, f'"other", W/{tag}'):
        again = get(known)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    updated(library, articles[0], text=f"{articles[0].text} More follows.")
    assert get(tag).status_code == 200
    assert get(tag).headers["etag"] != tag


# -- who leaves --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cancelled", [True, False])
def test_an_answer_that_nobody_waited_for_is_in_the_log(library: Library, ledger: Ledger, cancelled: bool) -> None:
    answerer = Answerer(library, ledger=ledger)

    async def leave() -> None:
        stream = answerer.stream(Question(question=QUESTION))
        released = [await anext(stream) for _ in range(3)]
        assert len(released) == 3
        if cancelled:
            with pytest.raises(asyncio.CancelledError):
                await stream.athrow(asyncio.CancelledError)
        else:
            await stream.aclose()

    asyncio.run(leave())
    (entry,) = ledger.records()
    logged = ledger.record(entry.id)
    assert (logged.outcome, logged.failure, logged.answer.text) == ("failed", CALLER_LEFT, SENTENCE)
    assert answerer.places.under_way == 0


def test_who_leaves_before_anything_was_found_leaves_no_trace(library: Library, ledger: Ledger) -> None:
    async def leave() -> None:
        asking = asyncio.create_task(Answerer(library, ledger=ledger).answer(Question(question=QUESTION)))
        await asyncio.sleep(0)
        asking.cancel()
        await asyncio.wait({asking})

    asyncio.run(leave())
    assert ledger.records() == []


# -- what tells a correction -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "notice",
    [
        "Correction: The crane weighed 40 tonnes.",
        "Correction, June 7: The crane fell on Monday.",
        "Corrections and clarifications: the fare is for adults",
        "An earlier version of this article misstated the fare.",
        "Editor's note: A previous version of this story gave the wrong day.",
        "• This article was amended on 7 June 2016 to correct the number of cranes.",
        "(This June 7 story has been corrected to show that the crane fell on Monday)",
        "(Corrects paragraph 3 to say Monday, not Tuesday)",
        "[This article has been updated to correct the name of the ship.]",
        "On 8 June this article was corrected because it named the wrong port.",
        "The headline of this article has been corrected.",
        "This version CORRECTS that the crane was built in 1960, not 1906.",
        "Due to an editing error, the fare was wrong.",
        "Anmerkung der Redaktion: In einer früheren Version hieß es, der Kran sei am Dienstag gefallen.",
        "Correction : la grue est tombée lundi.",
    ],
)
def test_a_notice(articles: list[Article], notice: str) -> None:
    before = articles[0]
    for text in (f"{before.text}\n\n{notice}", f"{notice}\n{before.text}"):
        after = replace(before, text=text)
        assert corrected(before, after)
        assert not corrected(after, after)
        assert not corrected(after, before)


@pytest.mark.parametrize(
    "line",
    [
        "This article was updated on 7 June 2016 with the council's reply.",
        "The correction was sharp: shares fell by ten percent.",
        "Corrections officers went on strike.",
        "Corrected for inflation, wages fell by 2 percent.",
        "The second article of the constitution was amended on Monday.",
        "An earlier version of the treaty was rejected.",
        "The report was amended by the committee after the vote.",
        "He said that this article was amended.",
    ],
)
def test_no_notice(articles: list[Article], line: str) -> None:
    assert not corrected(articles[0], replace(articles[0], text=f"{articles[0].text}\n\n{line}"))


@pytest.mark.parametrize(
    "changes",
    [{"genre": "correction"}, {"title": "CORRECTED-Crane falls"}, {"title": "Crane falls (corrected)"}],
    ids=repr,
)
def test_by_its_genre_or_title(articles: list[Article], changes: dict[str, Any]) -> None:
    assert corrected(articles[0], replace(articles[0], **changes))


def test_a_title_that_speaks_of_corrections_is_none(articles: list[Article]) -> None:
    assert not corrected(articles[0], replace(articles[0], title="Corrected accounts please the council"))
