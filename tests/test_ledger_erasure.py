"""What is erased is gone from the log of answers too, whatever was under way, and from its bytes on the disk."""

import random
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from fakes import HashingEncoder, make_library
from fakes import record as source
from logging_answers import cite, record
from msgspec.structs import replace

from embeddings.articles import Article, Hit, Query, Speech
from embeddings.catalog import Catalog
from embeddings.collection import Collection
from embeddings.errors import LibraryError
from embeddings.ingest import Ingester
from embeddings.library import Library
from service.answers import AnswerSentence, Doubt, Turn
from service.errors import LedgerError
from service.ledger.ledger import Ledger
from service.ledger.records import Dropped, Record
from service.ledger.resolving import resolved
from service.ledger.scrubbing import scrubbed
from service.ledger.storage import FILE

SECRET = "Quintessa"
"""A word that only one article has, and what was written of it."""
TEXT = f"{SECRET} was seen at the north quay. She left with the ferry. {SECRET} said that it was cold."


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    secret = Article(
        id="secret", title="Seen", text=TEXT, source="Harbour Post", author=SECRET, url=f"https://{SECRET}"
    )
    ferry = Article(id="ferry", title="Ferry fares", text="The ferry will cost two euros more.", source="Civic Courier")
    opera = Article(id="opera", title="Opera", text="The opera opens on Friday.", source="Civic Courier")
    made = make_library(tmp_path / "library", [secret, ferry, opera])
    yield made
    made.close()


@pytest.fixture
def collection(library: Library) -> Collection:
    return library.retriever("main").collection


@pytest.fixture
def ledger(library: Library) -> Iterator[Ledger]:
    opened = Ledger(library.path / FILE)
    yield opened
    opened.close()


def hits(library: Library, *ids: str) -> tuple[Hit, ...]:
    found = {hit.article.article_id: hit for hit in library.retriever("main").retrieve("the ferry", k=5).hits}
    return tuple(found[id] for id in ids)


def telling(library: Library, id: str = "telling") -> Record:
    """Cite an article and tell its secret wherever a record has words."""
    found = hits(library, "secret", "ferry")
    made = record(id, found, f"{SECRET} left with the ferry.")
    doubts = (Doubt(kind="name", words=SECRET),)
    ferry = found[1]
    other = replace(cite(ferry, ferry.passage.start, ferry.passage.end, 2), carriers=(found[0].article,))
    guess = AnswerSentence(text=SECRET, start=0, end=9, status="unsupported", citations=(2,), doubts=doubts)
    said = Speech(speaker=SECRET, speaker_start=0, speaker_end=9, cue="said", cue_start=68, cue_end=72)
    first = replace(made.answer.citations[0], speech=said, page=3, genre="news", carriers=(ferry.article,))
    return replace(
        made,
        answer=replace(made.answer, sentences=(*made.answer.sentences, guess), citations=(first, other)),
        dropped=(Dropped(text=f"{SECRET} came back.", why="unsupported", doubts=doubts),),
    )


def traces(ledger: Ledger, words: str = SECRET) -> list[str]:
    """Name the files of the ledger in which a word stands."""
    paths = sorted(ledger.path.parent.glob(f"{FILE}*"))
    assert paths
    return [path.name for path in paths if words.lower().encode() in path.read_bytes().lower()]


def erase(collection: Collection, ledger: Ledger) -> None:
    collection.erase(["secret"])
    ledger.erase_articles("main", ["secret"])


def test_nothing_of_it_is_left_on_the_disk(
    library: Library, collection: Collection, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.ledger.ledger._SCRUBBED_AT_ONCE", 7)
    chance = random.Random(17)
    given = telling(library)
    for number in range(120):  # of many sizes, so that SQLite moves them from page to page
        said = Dropped(text=f"{SECRET} " * chance.choice([1, 30, 90, 200, 1500]), why="uncited")
        answer = replace(given.answer, id=f"long-{number}")
        ledger.append(replace(given, answer=answer, dropped=(said,)), collection.catalog)
    assert traces(ledger)
    erase(collection, ledger)
    assert traces(ledger) == []
    assert len(ledger.records(limit=None)) == 120


def test_what_stays_is_what_was_asked_and_what_came_of_it(
    library: Library, collection: Collection, ledger: Ledger
) -> None:
    given = telling(library)
    ledger.append(given, collection.catalog)
    erase(collection, ledger)
    left = ledger.record("telling")
    assert (left.outcome, left.candidates, left.answer.queries) == ("answered", given.candidates, given.answer.queries)
    assert (left.answer.text, left.answer.timings_ms) == ("", given.answer.timings_ms)
    assert [(each.text, each.status, each.citations) for each in left.answer.sentences] == [
        ("", "supported", (1,)),
        ("", "unsupported", (2,)),
    ]
    assert [doubt.kind for doubt in left.answer.sentences[1].doubts] == ["name"]
    assert [(each.why, each.text) for each in left.dropped] == [("unsupported", "")]
    erased, other = left.answer.citations
    assert (erased.state, erased.title, erased.source, erased.published_at) == ("erased", "Seen", "Harbour Post", None)
    assert (erased.quote, erased.start, erased.end, erased.carriers) == ("", 0, 0, ())
    assert (erased.author, erased.url, erased.genre, erased.page, erased.speech) == (None,) * 5
    assert (other.quote, other.carriers) == ("The ferry will cost two euros more.", ())
    found = resolved(left, collection.catalog)
    assert found.unfound == ()
    assert [each.state for each in found.record.answer.citations] == ["erased", "current"]


def test_answers_that_rest_on_other_articles_stay_whole(
    library: Library, collection: Collection, ledger: Ledger
) -> None:
    kept = record("kept", hits(library, "ferry", "opera"), "The ferry costs more.")
    elsewhere = telling(library, "elsewhere")
    elsewhere = replace(elsewhere, answer=replace(elsewhere.answer, collection="archive"))
    for each in (kept, elsewhere):
        ledger.append(each, collection.catalog)
    erase(collection, ledger)
    assert ledger.record("kept") == kept
    assert ledger.record("elsewhere") == elsewhere  # another collection may have the same ids


def test_it_may_have_been_found_only(library: Library, collection: Collection, ledger: Ledger) -> None:
    found = hits(library, "ferry", "secret")
    ledger.append(record("found", found, "The ferry costs more."), collection.catalog)
    ledger.append(record("nearest", found), collection.catalog)
    erase(collection, ledger)
    assert ledger.record("found").answer.text == ""
    assert ledger.record("found").answer.citations[0].quote == "The ferry will cost two euros more."
    near = resolved(ledger.record("nearest"), collection.catalog).record.answer.nearest
    assert [(hit.article.title, hit.passage.text) for hit in near] == [
        ("Ferry fares", "The ferry will cost two euros more."),
        ("Seen", ""),
    ]
    assert traces(ledger) == []


def test_in_a_conversation_it_is_not_left_in_what_the_question_was_understood_as(
    library: Library, collection: Collection, ledger: Ledger
) -> None:
    made = telling(library)
    turns = (Turn(role="user", text="who was seen?"), Turn(role="assistant", text=f"{SECRET} was."))
    understood = replace(
        made.answer,
        question="where did she go?",
        queries=(Query(text=f"where did {SECRET} go?"),),
        notes=(f"Understood as: where did {SECRET} go?",),
        missing=(f"{SECRET}'s age",),
    )
    ledger.append(replace(made, answer=understood, history=turns), collection.catalog)
    erase(collection, ledger)
    assert traces(ledger) == []
    left = ledger.record("telling")
    assert (left.answer.question, left.history[0].text, len(left.answer.queries)) == (
        "where did she go?",
        "who was seen?",
        1,
    )


def test_scrubbing_twice_is_scrubbing_once(library: Library) -> None:
    once = scrubbed(telling(library), {"secret"})
    assert once != telling(library)
    assert scrubbed(once, {"secret"}) == once
    assert scrubbed(telling(library), {"another"}) == telling(library)


def test_until_the_log_is_scrubbed_nothing_of_it_is_shown(
    library: Library, collection: Collection, ledger: Ledger
) -> None:
    ledger.append(telling(library), collection.catalog)
    collection.erase(["secret"])
    assert traces(ledger)  # whoever erased was interrupted here
    shown = resolved(ledger.record("telling"), collection.catalog)
    assert SECRET not in str(shown)
    assert [each.state for each in shown.record.answer.citations] == ["erased", "current"]
    ledger.erase_articles("main", ["secret"])
    assert traces(ledger) == []


# -- an answer under way -----------------------------------------------------------------------------------------------


def test_an_answer_that_comes_after_the_erasing_is_scrubbed_as_it_is_stored(
    library: Library, collection: Collection, ledger: Ledger
) -> None:
    ledger.append(record("first", ()), collection.catalog)
    under_way = telling(library)
    erase(collection, ledger)
    ledger.append(under_way, collection.catalog)
    assert traces(ledger) == []
    assert ledger.record("telling").answer.citations[0].state == "erased"


class Interrupted(Catalog):
    """A catalog in which something happens just after it said that an article is there."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.asked, self.go_on = threading.Event(), threading.Event()

    def article(self, id: str, version: int | None = None) -> Article:
        found = super().article(id, version)
        if id == "secret":
            self.asked.set()
            assert self.go_on.wait(30)
        return found


def test_an_eraser_waits_for_an_answer_that_is_being_stored(
    library: Library, collection: Collection, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.ledger.storage._PATIENCE_MS", 100)
    ledger.append(record("first", ()), collection.catalog)
    with closing(Interrupted(collection.catalog.path)) as catalog, closing(Ledger(ledger.path)) as others:
        appending = threading.Thread(target=ledger.append, args=(telling(library), catalog))
        appending.start()
        assert catalog.asked.wait(30)
        collection.erase(["secret"])
        with pytest.raises(LedgerError, match=r"run the same command again: .* locked"):
            others.erase_articles("main", ["secret"])
        catalog.go_on.set()
        appending.join()
        assert traces(ledger)
        others.erase_articles("main", ["secret"])
    assert ledger.record("telling").answer.citations[0].state == "erased"
    assert traces(ledger) == []


def test_an_article_that_came_back_is_not_the_one_that_was_erased(
    library: Library, collection: Collection, ledger: Ledger
) -> None:
    before = telling(library, "before")
    erase(collection, ledger)
    returned = Article(id="secret", title="Seen", text="Nobody was seen at the ferry.", source="Harbour Post")
    list(Ingester(collection, HashingEncoder(), readmit=True).ingest([source(returned)]))
    after = record("after", hits(library, "secret"), "Nobody was.")
    ledger.append(before, collection.catalog)
    ledger.append(after, collection.catalog)
    assert traces(ledger) == []
    assert ledger.record("after") == after


def test_where_the_catalog_cannot_tell_nothing_is_logged(library: Library, ledger: Ledger) -> None:
    class Broken(Catalog):
        def article(self, id: str, version: int | None = None) -> Article:
            raise LibraryError(f"the disk of {id} {version} is gone")

    collection = library.retriever("main").collection
    with closing(Broken(collection.catalog.path)) as catalog, pytest.raises(LedgerError, match="cannot be logged"):
        ledger.append(telling(library), catalog)
    assert ledger.records() == []


def test_a_reader_in_the_way_is_named_and_the_same_call_again_wipes(
    library: Library, collection: Collection, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.ledger.storage._PATIENCE_MS", 100)
    ledger.append(telling(library), collection.catalog)
    collection.erase(["secret"])
    with closing(sqlite3.connect(ledger.path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM answers").fetchone()
        with pytest.raises(LedgerError, match="run the same command again: another process is reading"):
            ledger.erase_articles("main", ["secret"])
        assert ledger.record("telling").answer.citations[0].state == "erased"
    ledger.erase_articles("main", ["secret"])
    assert traces(ledger) == []
