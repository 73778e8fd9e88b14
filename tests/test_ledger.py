"""The log of answers: what was acknowledged is there, for many processes at once, and what is wrong is said clearly."""

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import logging_answers
import msgspec
import pytest
from fakes import ingest
from logging_answers import ASKED_AT, record
from msgspec.structs import replace

from embeddings.articles import Article, Filter, Hit
from embeddings.catalog import Catalog
from embeddings.library import Library
from service.answers import Doubt, Turn
from service.errors import AnswerNotFound, LedgerError
from service.ledger.ledger import Ledger
from service.ledger.records import Dropped, Record
from service.ledger.resolving import resolved
from service.ledger.storage import FILE
from service.written.written import Mark

PROCESSES, EACH = 4, 12


@pytest.fixture
def path(library: Library) -> Path:
    return library.path / FILE


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    opened = Ledger(path)
    yield opened
    opened.close()


@pytest.fixture
def catalog(library: Library) -> Catalog:
    return library.retriever("main").collection.catalog


@pytest.fixture
def hits(library: Library) -> tuple[Hit, ...]:
    return library.retriever("main").retrieve("crane quay rust ferry fare", k=4).hits


def full(hits: tuple[Hit, ...]) -> Record:
    """Fill in every field."""
    doubt = Doubt(kind="number", words="14")
    marks = (Mark(1, 2), Mark(3))
    return replace(
        record("f" * 32, hits, "Rust felled it."),
        filters=Filter(sources=("Harbour Post",), after=ASKED_AT),
        history=(Turn(role="user", text="what fell?"),),
        dropped=(Dropped(text="14 did.", marks=marks, why="unsupported", support=0.1, doubts=(doubt,)),),
        unknown_marks=2,
        prompt_digests={"answer": "0123456789ab"},
        source_tokens=1234,
    )


def test_what_was_appended_is_read_again(ledger: Ledger, catalog: Catalog, hits: tuple[Hit, ...]) -> None:
    given = full(hits)
    ledger.append(given, catalog)
    assert ledger.record(given.answer.id) == given


def test_reading_makes_no_file(ledger: Ledger, path: Path) -> None:
    assert ledger.records() == []
    assert ledger.forget(ASKED_AT) == 0
    ledger.erase_articles("main", ["quay"])
    ledger.discard(["abcd"])
    with pytest.raises(AnswerNotFound, match="'abcd'"):
        ledger.record("abcd")
    assert not list(path.parent.glob(f"{FILE}*"))


def test_words_are_not_kept_twice(ledger: Ledger, catalog: Catalog, hits: tuple[Hit, ...], path: Path) -> None:
    turns = (Turn(role="user", text="what fell?"), Turn(role="assistant", text="The crane fell, because of rust."))
    ledger.append(replace(record("a" * 32, hits), history=turns), catalog)
    read = ledger.record("a" * 32)
    assert [turn.text for turn in read.history] == ["what fell?", ""]
    assert [hit.passage.text for hit in read.answer.nearest] == [""] * 3
    assert [hit.passage.text for hit in resolved(read, catalog).record.answer.nearest] == [
        hit.passage.text for hit in hits[:3]
    ]
    ledger.close()
    assert b"rust" not in path.read_bytes()


def test_the_beginning_of_an_id_is_enough(ledger: Ledger, catalog: Catalog) -> None:
    for id in ("abcd1", "abcd2", "abcd23", "abce"):
        ledger.append(record(id, ()), catalog)
    assert ledger.record("abcd1").answer.id == "abcd1"
    assert ledger.record("abce").answer.id == "abce"
    assert ledger.record("abcd2").answer.id == "abcd2"  # whole, though another begins so
    with pytest.raises(AnswerNotFound, match=r"abcd1, abcd2.*more of the id"):
        ledger.record("abcd")
    for wrong in ("abc", "", "a%_'", "\udcff" * 4, "zzzz"):
        with pytest.raises(AnswerNotFound):
            ledger.record(wrong)


def test_they_are_listed_the_newest_first_page_by_page(ledger: Ledger, catalog: Catalog, hits: tuple[Hit, ...]) -> None:
    for number in range(5):
        ledger.append(record(f"id-{number}", hits, text="Rust." if number % 2 else ""), catalog)
    elsewhere = record("elsewhere", ())
    ledger.append(replace(elsewhere, answer=replace(elsewhere.answer, collection="archive")), catalog)
    ledger.append(replace(record("broken", hits, "Rust."), failure="chat_reply_broken"), catalog)
    assert [each.id for each in ledger.records()][:3] == ["broken", "elsewhere", "id-4"]
    first = ledger.records("main", limit=3)
    assert [each.id for each in first] == ["broken", "id-4", "id-3"]
    assert [each.id for each in ledger.records("main", limit=9, before=first[-1].cursor)] == ["id-2", "id-1", "id-0"]
    assert [each.id for each in ledger.records(outcome="answered")] == ["id-3", "id-1"]
    (failed,) = ledger.records(outcome="failed")
    assert (failed.id, failed.answerer, failed.asked_at, failed.question) == ("broken", "chat", ASKED_AT, "what of it?")
    assert len(ledger.records(limit=None)) == 7


def test_an_id_is_logged_once(ledger: Ledger, catalog: Catalog, hits: tuple[Hit, ...]) -> None:
    ledger.append(record("once", hits, "Rust."), catalog)
    with pytest.raises(LedgerError, match="UNIQUE"):
        ledger.append(record("once", hits, "Storm."), catalog)
    assert ledger.record("once").answer.text == "Rust."
    ledger.append(record("twice", hits), catalog)


# -- how long it is kept -----------------------------------------------------------------------------------------------


def test_old_answers_are_forgotten_as_new_ones_come(path: Path, catalog: Catalog) -> None:
    now = datetime.now(UTC)
    with closing(Ledger(path)) as keeping:
        for days in (0, 29, 31, 400):
            keeping.append(replace(record(f"days-{days}", ()), asked_at=now - timedelta(days=days)), catalog)
        assert len(keeping.records()) == 4
    with closing(Ledger(path, keep_days=30)) as forgetting:
        forgetting.append(record("now-0", ()), catalog)  # asked years ago, too
        assert [each.id for each in forgetting.records()] == ["days-29", "days-0"]
        forgetting.append(record("now-1", ()), catalog)  # less than an hour after it was last looked
        assert [each.id for each in forgetting.records()] == ["now-1", "days-29", "days-0"]
        assert forgetting.forget(now - timedelta(days=10)) == 2


def test_what_is_discarded_is_gone_from_the_disk(path: Path, ledger: Ledger, catalog: Catalog) -> None:
    for number in range(20):
        ledger.append(record(f"gone-{number}", (), question="was Gilbert there? " * 400), catalog)
    ledger.append(record("kept", ()), catalog)
    assert any(b"Gilbert" in file.read_bytes() for file in path.parent.glob(f"{FILE}*"))
    ledger.discard([*(f"gone-{number}" for number in range(20)), "never-there"])
    assert not any(b"Gilbert" in file.read_bytes() for file in path.parent.glob(f"{FILE}*"))
    assert path.stat().st_size < 20 * 4096
    assert [each.id for each in ledger.records()] == ["kept"]


# -- many at once, and the worst ---------------------------------------------------------------------------------------


def start(library: Path, prefix: str, *more: str) -> "subprocess.Popen[str]":
    root = Path(logging_answers.__file__).parent
    return subprocess.Popen(
        [sys.executable, logging_answers.__file__, str(library), prefix, *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": f"{root.parent}:{root}"},
    )


def test_many_processes_and_threads_append_at_once(library: Library, ledger: Ledger, catalog: Catalog) -> None:
    processes = [start(library.path, f"process-{number}", str(EACH)) for number in range(PROCESSES)]

    def append(number: int) -> str:
        ledger.append(record(f"thread-{number}", ()), catalog)
        return ledger.record(f"thread-{number}").answer.id

    with ThreadPoolExecutor(8) as pool:
        threads = list(pool.map(append, range(10, 40)))
    said = [process.communicate() for process in processes]
    assert [errors for _, errors in said] == [""] * PROCESSES
    acknowledged = [*threads, *(id for output, _ in said for id in output.split())]
    assert len(acknowledged) == 30 + PROCESSES * EACH
    logged = ledger.records(limit=None)
    assert sorted(each.id for each in logged) == sorted(acknowledged)
    assert len({each.cursor for each in logged}) == len(logged)


@pytest.mark.parametrize("count", [1, 7, 40])
def test_killed_at_any_moment_nothing_acknowledged_is_lost(library: Library, ledger: Ledger, count: int) -> None:
    process = start(library.path, "killed", "100000")
    assert process.stdout is not None
    assert process.stderr is not None
    acknowledged = [process.stdout.readline().strip() for _ in range(count)]
    process.send_signal(signal.SIGKILL)
    rest, errors = process.stdout.read(), process.stderr.read()
    process.wait()
    process.stdout.close()
    process.stderr.close()
    assert errors == ""
    acknowledged += rest[: rest.rfind("\n") + 1].split()
    logged = [each.id for each in reversed(ledger.records(limit=None))]
    assert logged[: len(acknowledged)] == acknowledged
    assert len(logged) <= len(acknowledged) + 1
    for id in logged:
        assert ledger.record(id).answer.question.startswith("question")


@pytest.mark.parametrize("largest", [4_000, 60_000, 200_000])
def test_a_full_disk_is_said_clearly_and_harms_nothing(
    library: Library, ledger: Ledger, catalog: Catalog, largest: int
) -> None:
    process = start(library.path, "full", "1000", str(largest))
    output, errors = process.communicate()
    assert process.returncode == logging_answers.REFUSED, errors
    assert "the log of answers" in errors
    assert "Traceback" not in errors
    assert sorted(each.id for each in ledger.records(limit=None)) == output.split()
    ledger.append(record("after", ()), catalog)
    assert ledger.record("after")


def test_what_cannot_be_used_raises_ledger_error_only(tmp_path: Path, catalog: Catalog, hits: tuple[Hit, ...]) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("no folder")
    (tmp_path / "damaged").write_bytes(b"no database at all, and more than a header " * 200)
    for place in ("folder", "file/log", "no/such/folder/log", "damaged"):
        broken = Ledger(tmp_path / place)
        with pytest.raises(LedgerError, match="the log of answers"):
            broken.append(record("abcd", hits), catalog)
    for method in (broken.records, lambda: broken.record("abcd"), lambda: broken.forget(ASKED_AT)):
        with pytest.raises(LedgerError, match="delete it to begin a new one"):
            method()
    with pytest.raises(LedgerError, match=r"articles are erased, but .* run the same command again"):
        broken.erase_articles("main", ["quay"])
    with closing(Ledger(tmp_path / "log")) as sound, pytest.raises(LedgerError, match="abcd cannot be logged"):
        sound.append(record("abcd", hits, question="what \udcff?"), catalog)


def test_a_file_that_was_deleted_is_begun_anew(ledger: Ledger, catalog: Catalog, path: Path) -> None:
    ledger.append(record("before", ()), catalog)
    for file in path.parent.glob(f"{FILE}*"):
        file.unlink()
    assert ledger.records() == []
    ledger.append(record("after", ()), catalog)
    with closing(Ledger(path)) as other:
        assert [each.id for each in other.records()] == ["after"]


def test_a_newer_file_is_refused(ledger: Ledger, catalog: Catalog, path: Path) -> None:
    ledger.append(record("abcd", ()), catalog)
    ledger.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    for use in (ledger.records, lambda: ledger.append(record("abce", ()), catalog)):
        with pytest.raises(LedgerError, match=r"newer Byline \(schema 99"):
            use()


STORED = """
{"asked_at":"2016-06-07T14:30:00Z","answer":{"id":"abcdef","collection":"main","question":"why?","queries":
[{"text":"why?","wanted":{"sources":["Harbour Post"],"authors":[],"after":null,"before":null,"articles":[],"genres":[]},
"favoured":{"sources":[],"authors":[],"after":null,"before":null,"articles":[],"genres":[]}}],"as_of":
"2016-06-07T14:30:00Z","status":"answered","text":"Rust.","sentences":[{"text":"Rust.","start":0,"end":5,"status":
"quoted","citations":[1]}],"citations":[{"number":1,"article_id":"quay","version":1,"passage_id":"quay@1:0","title":"T",
"source":null,"author":null,"published_at":null,"url":null,"quote":"Rust.","start":0,"end":5}],"independent_sources":1,
"answerer":"reader","timings_ms":{"total":1.5},"seq":3},"k":8,"candidates":[{"passage_id":"quay@1:0","article_id":
"quay","version":1,"rank":1,"score":0.5,"dense_score":0.5,"lexical_score":2.0}]}
"""


def test_records_of_the_first_schema_stay_readable(ledger: Ledger, catalog: Catalog, path: Path) -> None:
    ledger.append(record("abcdef", ()), catalog)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE answers SET record = ?", (STORED,))
        connection.commit()
    assert ledger.record("abcdef").candidates[0].lexical_score == 2.0
    assert ledger.records()[0].question == "why?"


def test_a_record_that_cannot_be_read_is_said_to_be_one(ledger: Ledger, catalog: Catalog, path: Path) -> None:
    ledger.append(record("abcdef", ()), catalog)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("""UPDATE answers SET record = '{"answer":{"question":"why?"}}'""")
        connection.commit()
    assert ledger.records()[0].question == "why?"
    with pytest.raises(LedgerError, match="none that this Byline can read"):
        ledger.record("abcdef")
    ledger.erase_articles("main", ["quay"])  # which cannot take anything out of it
    assert ledger.records() == []


# -- what became of what was cited -------------------------------------------------------------------------------------


def test_citations_say_what_became_of_their_articles(
    ledger: Ledger, library: Library, catalog: Catalog, hits: tuple[Hit, ...], articles: list[Article]
) -> None:
    by_article = {hit.article.article_id: hit for hit in hits}
    for id in ("quay", "ferry", "opera"):
        ledger.append(record(id, (by_article[id],), "It fell."), catalog)
    ingest(library.path, [replace(articles[0], text="The crane stands again.")], library.encoder)
    catalog.withdraw("ferry")
    states = {}
    for id in ("quay", "ferry", "opera"):
        found = resolved(ledger.record(id), catalog)
        (citation,) = found.record.answer.citations
        states[id] = citation.state
        stored = catalog.article(id, citation.version)
        assert stored.text[citation.start : citation.end] == citation.quote
        assert found.unfound == ()
    assert states == {"quay": "updated", "ferry": "withdrawn", "opera": "current"}


def test_a_quotation_that_does_not_stand_there_is_named(
    ledger: Ledger, catalog: Catalog, hits: tuple[Hit, ...]
) -> None:
    given = record("abcd", hits, "It fell.")
    (citation,) = given.answer.citations
    wrong = replace(citation, number=2, quote=f"{citation.quote[:-1]}!"), replace(citation, number=3, version=8)
    ledger.append(replace(given, answer=replace(given.answer, citations=(citation, *wrong))), catalog)
    found = resolved(ledger.record("abcd"), catalog)
    assert found.unfound == (2, 3)
    assert [each.state for each in found.record.answer.citations] == ["current", "current", "withdrawn"]
    assert resolved(ledger.record("abcd"), None).unfound == (1, 2, 3)  # the whole collection is gone


def test_it_is_json_that_others_can_read(ledger: Ledger, catalog: Catalog, hits: tuple[Hit, ...], path: Path) -> None:
    ledger.append(full(hits), catalog)
    with closing(sqlite3.connect(path)) as connection:
        (status,) = connection.execute("SELECT json_extract(record, '$.answer.status') FROM answers").fetchone()
        (stored,) = connection.execute("SELECT record FROM answers").fetchone()
    assert status == "answered"
    assert msgspec.json.decode(stored, type=Record) == full(hits)
