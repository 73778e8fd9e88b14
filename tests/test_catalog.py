"""The catalog keeps what it was given, finds it as plain Python would, and fails in words that say what to do."""

import os
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from fakes import HashingEncoder
from fakes import record as as_record
from generated import AUTHORS, SOURCES, admits
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.articles import Article, Filter
from embeddings.catalog import Catalog, Outcome, PreparedArticle, PreparedPassage, heading, lease
from embeddings.catalog.lease import Lease
from embeddings.encoder import EncoderIdentity, EncoderInput
from embeddings.errors import ArticleNotFound, IndexMismatch, IngestRunning, LibraryError
from embeddings.splitter import Splitter

ENCODER = HashingEncoder(dimension=8)
SPLITTER = Splitter(ENCODER.count_tokens, 6)
DAY = datetime(2016, 2, 27, tzinfo=UTC)


class Writer:
    """Stores articles with six words a passage, under a lease of its own."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog

    def __enter__(self) -> "Writer":
        self.lease = Lease(self.catalog.path).__enter__()
        self.catalog.claim(ENCODER.identity, "1")
        return self

    def __exit__(self, *_: object) -> None:
        self.lease.__exit__(None, None, None)

    def put(self, *articles: Article, source_digest: str | None = None) -> list[Outcome]:
        prepared, inputs = [], {}
        for article in articles:
            passages = []
            for split in SPLITTER.split(article):
                each = EncoderInput(text=split.passage.text, spans=tuple((0, 1) for _ in split.sentences))
                inputs[each.digest()] = each
                passages.append(
                    PreparedPassage(passage=split.passage, sentences=split.sentences, input_digest=each.digest())
                )
            digest = source_digest or as_record(article).source_digest
            prepared.append(PreparedArticle(article=article, source_digest=digest, passages=tuple(passages)))
        missing = sorted(self.catalog.missing_vectors(list(inputs)))
        encoded = dict(zip(missing, ENCODER.encode_document([inputs[each] for each in missing]), strict=True))
        return self.catalog.store(prepared, encoded, self.lease.holder)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "catalog.sqlite"


@pytest.fixture
def catalog(path: Path) -> Iterator[Catalog]:
    opened = Catalog(path)
    yield opened
    opened.close()


@pytest.fixture
def writer(catalog: Catalog) -> Iterator[Writer]:
    with Writer(catalog) as made:
        yield made


def article(
    id: str, text: str = "A truce began at midnight. It held in most places until noon.", **more: Any
) -> Article:
    return Article(**({"id": id, "title": f"Title of {id}", "text": text} | more))


def live(catalog: Catalog, wanted: Filter | None = None) -> set[int]:
    return {key for first, end in catalog.live(wanted).tolist() for key in range(first, end)}


def keys_of(catalog: Catalog, id: str, version: int) -> set[int]:
    return {key for key, _ in catalog.article_passages(id, version)}


# -- versions ----------------------------------------------------------------------------------------------------------


def test_new_then_unchanged_then_updated(writer: Writer) -> None:
    catalog = writer.catalog
    assert writer.put(article("a")) == ["new"]
    assert writer.put(article("a")) == ["unchanged"]
    assert writer.put(article("a", author="Anna Berg")) == ["updated"]
    assert writer.put(article("a", "Another text.")) == ["updated"]
    assert catalog.article("a").version == 3
    assert [catalog.article("a", number).text for number in (1, 2, 3)] == [article("a").text] * 2 + ["Another text."]
    assert catalog.article("a", 2).author == "Anna Berg"
    assert live(catalog) == keys_of(catalog, "a", 3)
    counts = catalog.counts()
    assert (counts.articles, counts.versions, counts.passages) == (1, 3, len(live(catalog)))


def test_the_same_bytes_again_are_nothing_new_even_if_read_otherwise(writer: Writer) -> None:
    assert writer.put(article("a"), source_digest="bytes") == ["new"]
    seq = writer.catalog.seq()
    assert writer.catalog.outcome(article("a", "As a later extractor reads it."), "bytes") == "unchanged"
    assert writer.put(article("a", "As a later extractor reads it."), source_digest="bytes") == ["unchanged"]
    assert writer.catalog.seq() == seq
    assert writer.catalog.article("a") == article("a")


def test_the_same_article_from_other_bytes_is_nothing_new(writer: Writer) -> None:
    writer.put(article("a"), source_digest="bytes")
    assert writer.catalog.outcome(article("b"), "other bytes") == "new"
    assert writer.catalog.outcome(article("a"), "other bytes") == "unchanged"
    assert writer.put(article("a"), source_digest="other bytes") == ["unchanged"]
    assert writer.put(article("a", "Read otherwise now."), source_digest="other bytes") == ["unchanged"]


def test_several_articles_of_one_batch_have_outcomes_of_their_own(writer: Writer) -> None:
    writer.put(article("a"), article("b"))
    assert writer.put(article("a"), article("b", "Now this."), article("c")) == ["unchanged", "updated", "new"]


def test_everything_of_an_article_comes_back(writer: Writer) -> None:
    stored = article(
        "a",
        "Ça 🕊️ هدنة.\n\nعاد الهدوء e\u0301.",
        source="The Courier",
        author="Anna Berg",
        published_at=DAY,
        url="https://example.org/a",
        language="ar",
        metadata={"section": ["world", None], "words": 2**70, "share": 0.1, "ünder": {"b": True, "a": ""}},
    )
    writer.put(stored)
    assert writer.catalog.article("a") == stored


def test_a_date_is_kept_to_the_second_and_finer_ones_make_no_new_version(writer: Writer) -> None:
    writer.put(article("a", published_at=DAY + timedelta(milliseconds=500)))
    assert writer.catalog.article("a").published_at == DAY
    assert writer.put(article("a", published_at=DAY)) == ["unchanged"]


def test_passages_and_sentences_are_the_characters_that_they_say(writer: Writer) -> None:
    text = (
        "👩‍👩‍👧 left. Then e\u0301 came “back”. هدنة في حلب الآن. And one more sentence that is rather long, over six."
    )
    writer.put(article("a", text))
    passages = writer.catalog.article_passages("a", 1)
    assert len(passages) > 2
    sentences = writer.catalog.sentences(np.array([key for key, _ in passages]))
    for ordinal, (key, passage) in enumerate(passages):
        assert (passage.id, passage.ordinal) == (f"a@1:{ordinal}", ordinal)
        assert text[passage.start : passage.end] == passage.text
        spans, vectors = sentences[key]
        assert [text[each.start : each.end] for each in spans] == [each.text for each in spans]
        assert vectors.shape == (len(spans), 8)


def test_equal_inputs_are_stored_once(writer: Writer) -> None:
    writer.put(article("a"), article("b"))
    counts = writer.catalog.counts()
    assert counts.passages == 2 * counts.vectors
    first, second = (writer.catalog.vectors(np.array(sorted(keys_of(writer.catalog, id, 1)))) for id in "ab")
    np.testing.assert_array_equal(first, second)


def test_what_is_not_there_is_said_not_to_be(catalog: Catalog, writer: Writer) -> None:
    writer.put(article("a"))
    with pytest.raises(ArticleNotFound, match="'b'"):
        catalog.article("b")
    with pytest.raises(ArticleNotFound, match="version 2 of article 'a'"):
        catalog.article("a", 2)
    for act in (catalog.withdraw, catalog.restore, catalog.withdrawn_at):
        with pytest.raises(ArticleNotFound, match="'b'"):
            act("b")
    assert catalog.article_passages("b", 1) == catalog.article_passages("a", 2) == []
    assert catalog.passages(np.array([10**9])) == {}


# -- withdrawing -------------------------------------------------------------------------------------------------------


def test_withdrawn_is_out_until_restored(writer: Writer) -> None:
    catalog = writer.catalog
    writer.put(article("a"), article("b"))
    keys = live(catalog)
    assert catalog.withdrawn_at("a") is None
    assert catalog.withdraw("a")
    assert not catalog.withdraw("a")
    moment = catalog.withdrawn_at("a")
    assert moment is not None
    assert abs(datetime.now(UTC) - moment) < timedelta(minutes=1)
    assert live(catalog) == keys_of(catalog, "b", 1)
    assert catalog.article("a").text == article("a").text
    assert catalog.counts().withdrawn == 1
    assert catalog.restore("a")
    assert not catalog.restore("a")
    assert live(catalog) == keys


def test_an_update_does_not_bring_a_withdrawn_article_back(writer: Writer) -> None:
    catalog = writer.catalog
    writer.put(article("a"))
    catalog.withdraw("a")
    assert writer.put(article("a", "Changed meanwhile.")) == ["updated"]
    assert live(catalog) == set()
    assert catalog.changes(0).added.tolist() == []
    catalog.restore("a")
    assert live(catalog) == keys_of(catalog, "a", 2) == set(catalog.changes(0).added.tolist())


# -- filters -----------------------------------------------------------------------------------------------------------

FILTERED = [
    article(
        f"id-{number}",
        source=SOURCES[number % len(SOURCES)],
        author=AUTHORS[number % len(AUTHORS)],
        published_at=None if number % 5 == 0 else DAY + timedelta(hours=7 * number),
    )
    for number in range(60)
]


@pytest.fixture(scope="module")
def filtered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    catalog = Catalog(tmp_path_factory.mktemp("filtered") / "catalog.sqlite")
    with Writer(catalog) as writer:
        writer.put(*FILTERED)
    for number in range(0, 60, 11):
        catalog.withdraw(f"id-{number}")
    yield catalog
    catalog.close()


MOMENTS = st.none() | st.integers(0, 60).map(lambda number: DAY + timedelta(hours=7 * number))
FILTERS = st.builds(
    Filter,
    sources=st.lists(st.sampled_from(["the courier", "Morning Post", "STRASSE heute", "E\u0301LAN", "none"])).map(
        tuple
    ),
    authors=st.lists(
        st.sampled_from(["anna BERG", "Carl Dunn", "Eva Frank", "dunn eva", "Jose\u0301 Núñez", "Carl Dunn, Eva Frank"])
    ).map(tuple),
    after=MOMENTS,
    before=MOMENTS,
    articles=st.lists(st.sampled_from([*(f"id-{number}" for number in range(0, 60, 7)), "id-none"])).map(tuple),
)


@given(FILTERS)
def test_filters_admit_what_they_say(filtered: Catalog, wanted: Filter) -> None:
    composed = msgspec.structs.replace(
        wanted,
        sources=tuple(name.replace("E\u0301", "É") for name in wanted.sources),
        authors=tuple(name.replace("e\u0301", "é") for name in wanted.authors),
    )
    admitted = [each for each in FILTERED if admits(composed, each)]
    out = {each.id for each in admitted if filtered.withdrawn_at(each.id) is not None}
    searched = [each for each in admitted if each.id not in out]
    expected = set().union(*(keys_of(filtered, each.id, 1) for each in searched))
    assert live(filtered, wanted) == expected
    listed = filtered.listing(wanted, limit=100)
    assert [each.article.article_id for each in listed] == [each.id for each in admitted]
    assert {each.article.article_id for each in listed if each.withdrawn_at} == out
    story = filtered.origins(np.array([1]))[1][1]
    carriers = filtered.carriers([story], wanted)
    by_date = sorted(searched, key=lambda each: (each.published_at is None, each.published_at or DAY))
    assert [each.carrier.article_id for each in carriers] == [each.id for each in by_date]


def test_a_name_is_not_made_of_two(filtered: Catalog) -> None:
    found = {each.article.author for each in filtered.listing(Filter(authors=("Dunn Eva",)), limit=100)}
    assert found == {"Dunn Eva"}


def test_a_listing_goes_on_where_it_stopped(filtered: Catalog) -> None:
    found, after = [], 0
    while page := filtered.listing(after=after, limit=7):
        found += [each.article.article_id for each in page]
        after = page[-1].cursor
    assert found == [each.id for each in FILTERED]


def test_dates_of_any_year_compare(writer: Writer) -> None:
    writer.put(article("a", published_at=datetime(1401, 1, 1, tzinfo=UTC)))
    assert live(writer.catalog, Filter(after=datetime(16, 1, 1, tzinfo=UTC)))
    assert not live(writer.catalog, Filter(before=datetime(999, 1, 1, tzinfo=UTC)))


def test_more_stories_and_keys_than_a_query_has_room_for(filtered: Catalog) -> None:
    story = filtered.origins(np.array([1]))[1][1]
    many = list(range(1_000, 41_000))
    assert filtered.carriers([*many, story]) == filtered.carriers([story])
    assert set(filtered.passages(np.arange(40_000))) == set(range(1, 1 + len(filtered.passages(np.arange(40_000)))))


# -- the log -----------------------------------------------------------------------------------------------------------

OPERATIONS = st.lists(
    st.tuples(st.sampled_from(["put", "withdraw", "restore"]), st.sampled_from("abc"), st.integers(0, 4)), max_size=25
)


@settings(deadline=None, max_examples=40)
@given(OPERATIONS)
def test_the_log_folds_from_anywhere(
    tmp_path_factory: pytest.TempPathFactory, operations: list[tuple[str, str, int]]
) -> None:
    catalog = Catalog(tmp_path_factory.mktemp("log") / "catalog.sqlite")
    states: dict[int, set[int]] = {0: set()}
    ever: set[int] = set()
    with closing(catalog), Writer(catalog) as writer:
        for operation, id, number in operations:
            before, seq = live(catalog), catalog.seq()
            try:
                if operation == "put":
                    outcome = writer.put(article(id, "One two three. Four five six seven. " * number + f"{number}."))
                    fresh = live(catalog) - before
                    if outcome in (["new"], ["updated"]):
                        assert not ever & keys_of(catalog, id, catalog.article(id).version)
                    ever |= fresh | keys_of(catalog, id, catalog.article(id).version)
                elif operation == "withdraw":
                    catalog.withdraw(id)
                else:
                    catalog.restore(id)
            except ArticleNotFound:
                continue
            assert (catalog.seq() > seq) >= (live(catalog) != before)
            states[catalog.seq()] = live(catalog)
        for seq, state in states.items():
            changes = catalog.changes(seq)
            added, removed = changes.added.tolist(), changes.removed.tolist()
            assert changes.seq == catalog.seq()
            assert (added, removed) == (sorted(set(added)), sorted(set(removed)))
            assert not set(added) & set(removed)
            assert (state - set(removed)) | set(added) == live(catalog)
        assert list(catalog.faults()) == []


# -- several at once ---------------------------------------------------------------------------------------------------


def test_threads_share_a_catalog(writer: Writer) -> None:
    catalog = writer.catalog
    done = threading.Event()

    def store(name: str) -> list[Outcome]:
        return [writer.put(article(f"{name}{number}"))[0] for number in range(20)]

    def read() -> int:
        looks = 0
        while not done.is_set():
            ranges, seq = catalog.live(), catalog.seq()
            keys = np.array([key for first, end in ranges.tolist() for key in range(first, end)], dtype=np.int64)
            assert len(catalog.indexed_texts(keys)) == len(keys)
            assert len(catalog.vectors(keys)) == len(keys)
            assert catalog.changes(seq).seq >= seq
            looks += 1
        return looks

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        writers = [pool.submit(store, name) for name in "ab"]
        try:
            assert [each.result() for each in writers] == [["new"] * 20] * 2
        finally:
            done.set()
        assert all(each.result() > 0 for each in readers)
    assert catalog.counts().articles == 40
    assert list(catalog.faults()) == []


def test_one_catalog_opened_by_many_at_once(path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(lambda _: Catalog(path), range(8)))
    assert len({each.id for each in opened}) == 1
    for each in opened:
        each.close()


# -- what does not fit -------------------------------------------------------------------------------------------------


def test_a_newer_schema_is_refused(path: Path, catalog: Catalog) -> None:
    catalog.close()
    change(path, "PRAGMA user_version = 99")
    with pytest.raises(IndexMismatch, match="newer Byline"):
        Catalog(path)


def test_a_schema_of_no_release_is_refused_and_told_what_to_do(path: Path, catalog: Catalog) -> None:
    catalog.close()
    change(path, "PRAGMA user_version = 1")
    with pytest.raises(IndexMismatch, match="ingest the articles again"):
        Catalog(path)


def test_another_encoder_is_refused_and_told_what_to_do(writer: Writer) -> None:
    other = EncoderIdentity(name="other", digest="0" * 64, dimension=8)
    told = r"BYLINE_ENCODER=hashing.*byline reencode"
    with pytest.raises(IndexMismatch, match=told):
        writer.catalog.check_encoder(other)
    with pytest.raises(IndexMismatch, match=told):
        writer.catalog.claim(other, "1")
    assert writer.catalog.encoder() == ENCODER.identity
    writer.catalog.check_encoder(ENCODER.identity)


# -- the lease ---------------------------------------------------------------------------------------------------------


def change(path: Path, statement: str, *values: Any) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(statement, values)


def hold(path: Path, *, host: str | None = None, pid: int, silent_s: float = 0.0) -> None:
    host = host or socket.gethostname()
    change(path, "INSERT OR REPLACE INTO lease VALUES (1, 'other', ?, ?, ?)", host, pid, time.time() - silent_s)


def test_a_second_ingest_is_refused_and_the_next_is_not(catalog: Catalog) -> None:
    with Lease(catalog.path), pytest.raises(IngestRunning, match=f"process {os.getpid()}"), Lease(catalog.path):
        pass
    with Lease(catalog.path):
        pass


def test_a_living_process_keeps_its_lease(catalog: Catalog) -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        hold(catalog.path, pid=process.pid)
        with pytest.raises(IngestRunning, match=str(process.pid)), Lease(catalog.path):
            pass
    finally:
        process.communicate()
    with Lease(catalog.path):
        pass


@pytest.mark.parametrize("silent_s", [0, 25])
def test_a_holder_elsewhere_is_believed_for_a_while(catalog: Catalog, silent_s: float) -> None:
    hold(catalog.path, host="elsewhere", pid=1, silent_s=silent_s)
    with pytest.raises(IngestRunning, match="elsewhere"), Lease(catalog.path):
        pass


@pytest.mark.parametrize("host", [None, "elsewhere"])
def test_a_silent_holder_is_replaced(catalog: Catalog, host: str | None) -> None:
    hold(catalog.path, host=host, pid=os.getpid(), silent_s=31)
    with Lease(catalog.path):
        pass


def test_a_lost_lease_stores_nothing(writer: Writer) -> None:
    writer.put(article("a"))
    seq = writer.catalog.seq()
    for loss in ("UPDATE lease SET holder = 'other'", "DELETE FROM lease"):
        change(writer.catalog.path, loss)
        with pytest.raises(IngestRunning, match="took over"):
            writer.put(article("a", "Too late."), article("b"))
    assert writer.catalog.seq() == seq
    assert writer.catalog.counts().articles == 1
    assert writer.catalog.counts().vectors == len(keys_of(writer.catalog, "a", 1))


def test_a_holder_gives_back_only_what_is_its_own(catalog: Catalog) -> None:
    with Lease(catalog.path):
        hold(catalog.path, pid=os.getpid())
    with pytest.raises(IngestRunning), Lease(catalog.path):
        pass


def test_a_holder_stays_warm(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "_HEARTBEAT_S", 0.001)
    with Lease(catalog.path):
        change(catalog.path, "UPDATE lease SET heartbeat = 0")
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with closing(sqlite3.connect(catalog.path)) as connection:
                if connection.execute("SELECT heartbeat FROM lease").fetchone()[0] > 0:
                    return
    pytest.fail("no heartbeat")


# -- damage ------------------------------------------------------------------------------------------------------------


def test_what_is_no_catalog_is_refused_in_words(tmp_path: Path) -> None:
    garbage, folder = tmp_path / "garbage.sqlite", tmp_path / "folder.sqlite"
    garbage.write_bytes(b"This is not a catalog, whatever its name says. " * 200)
    folder.mkdir()
    for path in (garbage, folder, tmp_path / "nowhere" / "catalog.sqlite"):
        with pytest.raises(LibraryError):
            Catalog(path)
    with pytest.raises(LibraryError), Lease(garbage):
        pass


def test_damage_is_told_in_words_wherever_it_shows(path: Path) -> None:
    catalog = Catalog(path)
    with Writer(catalog) as writer:
        writer.put(*(article(f"id-{number}", "A sentence of some words. " * 40) for number in range(40)))
    keys = np.arange(1, 2000)
    catalog.close()
    whole = path.read_bytes()
    page = 4096
    refused = 0
    for damaged in (whole[:page] + b"\xff" * (len(whole) - page), whole[: len(whole) // 2]):
        path.write_bytes(damaged)
        looks: list[Callable[[Catalog], Any]] = [
            lambda c: c.seq(),
            lambda c: c.live(),
            lambda c: c.changes(0),
            lambda c: c.vectors(keys),
            lambda c: c.indexed_texts(keys),
            lambda c: c.passages(keys),
            lambda c: c.sentences(keys),
            lambda c: c.origins(keys),
            lambda c: c.carriers([1]),
            lambda c: c.listing(),
            lambda c: c.counts(),
            lambda c: c.article("id-7"),
            lambda c: c.withdraw("id-7"),
            lambda c: list(c.faults()),
        ]
        for look in looks:
            try:
                opened = Catalog(path)
                try:
                    look(opened)
                finally:
                    opened.close()
            except LibraryError:
                refused += 1
    assert refused > len(looks)


def test_a_full_disk_stores_all_of_a_batch_or_nothing(writer: Writer) -> None:
    catalog = writer.catalog
    writer.put(article("a"))
    before = catalog.counts(), catalog.seq()
    pages = catalog._connection.execute("PRAGMA page_count").fetchone()[0]
    many = [article(f"id-{number}", f"Number {number}. " + "Many words of a long text. " * 50) for number in range(60)]
    for room in range(0, 60, 4):
        catalog._connection.execute(f"PRAGMA max_page_count = {pages + room}")
        with pytest.raises(LibraryError, match="full"):
            writer.put(article("a", "Changed."), *many)
        assert (catalog.counts(), catalog.seq()) == before
    catalog._connection.execute("PRAGMA max_page_count = 1073741823")
    assert list(catalog.faults()) == []
    assert writer.put(article("a", "Changed."), *many) == ["updated"] + ["new"] * 60


def test_a_closed_catalog_opens_again_where_it_is_used(writer: Writer) -> None:
    writer.put(article("a"))
    writer.catalog.close()
    assert writer.catalog.article("a").version == 1


def test_headings() -> None:
    assert heading("Truce", None) == "Truce"
    assert heading("Truce", DAY) == "Truce\nFebruary 27, 2016"
