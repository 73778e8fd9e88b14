"""What must always hold (design.md), on articles that nobody would write and histories that nobody would plan."""

import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes import HashingEncoder, record
from generated import extracted, lines, story_of, versions
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embeddings import collection as collection_module
from embeddings.articles import Article, Filter, Hit
from embeddings.audit import audit
from embeddings.catalog import lease
from embeddings.collection import Collection
from embeddings.encoder import EncodedPassage, Encoder, EncoderInput
from embeddings.errors import IngestRunning, LibraryError
from embeddings.extract.normalise import normalise
from embeddings.ingest import Ingested, Ingester
from embeddings.junk import junk
from embeddings.retriever import Retriever
from embeddings.sentences import paragraphs

ENCODER = HashingEncoder(dimension=32)
IDS = st.sampled_from(["a", "b", "c", "d", "e", "f"])
_WORDS = ["truce", "convoy", "Aleppo", "Lavrov", "blames", "aid", "🕊️", "هدنة.", "e\u0301"]
SHORT = st.lists(st.sampled_from(_WORDS), min_size=1).map(" ".join)


def take_in(collection: Collection, records: Sequence[Mapping[str, Any]], encoder: Encoder = ENCODER) -> list[Ingested]:
    results = list(Ingester(collection, encoder).ingest(extracted(records)))
    assert [each.article_id for each in results if isinstance(each, Ingested)] == [each["id"] for each in records]
    return [each for each in results if isinstance(each, Ingested)]


def plain(id: str, text: str, **more: Any) -> dict[str, Any]:
    return {"id": id, "title": f"Title of {id}", "text": text} | more


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "library"


@pytest.fixture
def collection(path: Path) -> Iterator[Collection]:
    opened = Collection.create(path, "main")
    yield opened
    opened.close()


# -- 1: offsets --------------------------------------------------------------------------------------------------------


def assert_offsets(collection: Collection, expected: Article) -> None:
    catalog = collection.catalog
    stored = catalog.article(expected.id, expected.version)
    assert stored == expected
    assert normalise(stored.text) == stored.text
    passages = catalog.article_passages(expected.id, expected.version)
    sentences = catalog.sentences(np.array([key for key, _ in passages], dtype=np.int64))
    covered = np.zeros(len(stored.text), dtype=np.bool_)
    for ordinal, (key, passage) in enumerate(passages):
        assert (passage.ordinal, passage.version) == (ordinal, expected.version)
        assert stored.text[passage.start : passage.end] == passage.text != ""
        spans, vectors = sentences[key]
        assert len(spans) == len(vectors) > 0
        for each in spans:
            assert passage.start <= each.start < each.end <= passage.end
            assert stored.text[each.start : each.end] == each.text
            assert not covered[each.start : each.end].any()
            covered[each.start : each.end] = True
    left_out = {
        line.strip()
        for line in "".join(
            "\n" if done else sign for sign, done in zip(stored.text, covered, strict=True)
        ).splitlines()
    } - {""}
    divided = paragraphs(stored.text, stored.language)
    flagged = zip(divided, junk(stored.text, divided, stored.title), strict=True)
    left_out_rightly = [
        stored.text[paragraph[0].start : paragraph[-1].end].split() for paragraph, is_junk in flagged if is_junk
    ]
    assert all(line.split() in [stored.title.split(), *left_out_rightly] for line in left_out)


@settings(deadline=None, max_examples=60)
@given(st.lists(lines(IDS), min_size=1, max_size=6), st.sets(IDS))
def test_offsets_hold_for_every_version(
    tmp_path_factory: pytest.TempPathFactory, records: list[dict[str, Any]], withdrawn: set[str]
) -> None:
    library = tmp_path_factory.mktemp("offsets")
    collection = Collection.create(library, "main")
    expected: dict[str, list[Article]] = {}
    for result, each in zip(take_in(collection, records), extracted(records), strict=True):
        known = expected.setdefault(each.article.id, [])
        if result.outcome in ("new", "updated"):
            known.append(Article(**(_fields(each.article) | {"version": len(known) + 1})))
    for id in withdrawn & set(expected):
        collection.catalog.withdraw(id)
    collection.close()
    again = Collection.open(library, "main")
    for id, all_versions in expected.items():
        assert list(versions(again, id)) == all_versions
        for article in all_versions:
            assert_offsets(again, article)
    assert list(audit(again)) == []
    again.close()


def _fields(article: Article) -> dict[str, Any]:
    return {name: getattr(article, name) for name in article.__struct_fields__}


# -- 6: catalog, dense and lexical agree -------------------------------------------------------------------------------

STEPS = st.one_of(
    st.tuples(st.just("ingest"), st.lists(lines(IDS, SHORT), min_size=1, max_size=4)),
    st.tuples(st.sampled_from(["withdraw", "restore"]), IDS),
    st.tuples(st.sampled_from(["compact", "reopen", "search", "refresh other", "compact other"]), st.none()),
    st.tuples(st.sampled_from(["lose dense", "lose lexical", "cut dense", "cut lexical", "lose both"]), st.none()),
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEPS, min_size=1, max_size=14))
@pytest.mark.usefixtures("without_near_copies")
def test_everything_agrees_after_any_history(
    tmp_path_factory: pytest.TempPathFactory, history: list[tuple[str, Any]]
) -> None:
    library = tmp_path_factory.mktemp("history")
    collection, other = (Collection.create(library, "main") for _ in range(2))
    current: dict[str, Article] = {}
    out: set[str] = set()
    for step, what in history:
        match step.split():
            case ["ingest"]:
                for result, each in zip(take_in(collection, what), extracted(what), strict=True):
                    # Bytes that were taken in before change nothing, also when there is a newer version by now.
                    if result.outcome in ("new", "updated"):
                        current[each.article.id] = each.article
            case ["withdraw" | "restore"] if what in current:
                getattr(collection.catalog, step)(what)
                (out.add if step == "withdraw" else out.discard)(what)
            case ["compact"]:
                collection.compact()
            case ["compact", "other"]:
                other.refresh()
                other.compact()
            case ["refresh", "other"]:
                other.refresh()
            case ["reopen"]:
                collection.close()
                collection = Collection.open(library, "main")
            case ["lose" | "cut", which]:
                for path in (collection.dense_path, collection.lexical_path):
                    if path.exists() and which in (path.name.split("-")[0], "both"):
                        _harm(path, step)
            case _:
                pass
        for each_collection in (collection, other):
            hits = hits_of(each_collection, "truce convoy", k=10)
            found = {hit.article.article_id: current[hit.article.article_id] for hit in hits}
            assert not out & {
                id for hit in hits for id in (hit.article.article_id, *(c.article_id for c in hit.carriers))
            }
            assert {story_of(a) for a in found.values()} == {story_of(a) for id, a in current.items() if id not in out}
    damaged = any(step.startswith("cut") for step, _ in history)
    for each_collection in (collection, other, Collection.open(library, "main")):
        faults = list(audit(each_collection))
        assert all("will be rebuilt" in fault and damaged for fault in faults)
        each_collection.close()


def _harm(path: Path, how: str) -> None:
    """Delete, or put a shorter file there; who has the old one mapped keeps it."""
    if how.startswith("lose"):
        path.unlink()
        return
    half = path.read_bytes()[: path.stat().st_size // 2]
    path.unlink()
    path.write_bytes(half)


def hits_of(collection: Collection, query: str, k: int, wanted: Filter | None = None) -> tuple[Hit, ...]:
    return Retriever(collection, ENCODER).retrieve(query, k=k, wanted=wanted).hits


def many(count: int) -> list[dict[str, Any]]:
    return [plain(f"id-{n}", f"The truce number {n} held. A convoy of {n % 7} came to place{n}.") for n in range(count)]


@pytest.mark.parametrize("harm", ["lose", "cut", "flip", "empty", "other", "swap"])
def test_snapshot_files_cost_time_never_results(path: Path, collection: Collection, harm: str) -> None:
    take_in(collection, many(40))
    collection.compact()
    collection.catalog.withdraw("id-7")
    take_in(collection, [plain("id-3", "The truce was updated."), plain("late", "A late convoy to place1.")])
    queries = ["truce at place3", "convoy of 5", "late", "place7"]
    expected = [hits_of(collection, query, k=15) for query in queries]
    dense, lexical = collection.dense_path, collection.lexical_path
    assert dense.exists()
    assert lexical.exists()
    whole = dense.read_bytes(), lexical.read_bytes()
    for file, data, other in ((dense, *whole), (lexical, *whole[::-1])):
        file.unlink()
        match harm:
            case "cut":
                file.write_bytes(data[: len(data) * 2 // 3])
            case "flip":
                file.write_bytes(data[:999] + bytes([data[999] ^ 1]) + data[1000:])
            case "empty":
                file.write_bytes(b"")
            case "other":
                file.write_bytes(b"nothing of ours" * 100)
            case "swap":
                file.write_bytes(other)
        assert [hits_of(collection, query, k=15) for query in queries] == expected
        with closing(Collection.open(path, "main").catalog) as catalog:
            fresh = Collection(collection.directory, catalog)
            assert [hits_of(fresh, query, k=15) for query in queries] == expected
            fresh.compact()
    for opened in (collection, Collection.open(path, "main")):
        assert list(audit(opened)) == []
        opened.close()


def test_a_search_sees_what_another_process_was_told_is_stored(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collection_module, "_PENDING_AT_LEAST", 20)
    one, other = Collection.create(path, "main"), Collection.create(path, "main")
    assert hits_of(other, "truce", k=5) == ()
    for turn in range(12):
        batch = [plain(f"{turn}-{n}", f"Truce {turn} {n} in place{turn}.") for n in range(7)]
        for result in Ingester(one, ENCODER).ingest(extracted(batch)):
            assert isinstance(result, Ingested)
            wanted = Filter(articles=(result.article_id,))
            assert len(hits_of(other, f"place{turn}", k=5, wanted=wanted)) == 1
        assert len(hits_of(other, "Truce", k=100)) == 7 * (turn + 1)
        if turn % 3 == 0:
            one.catalog.withdraw(f"{turn}-0")
            assert hits_of(other, "Truce", k=100, wanted=Filter(articles=(f"{turn}-0",))) == ()
            one.catalog.restore(f"{turn}-0")
        if turn % 4 == 3:
            one, other = other, one
    assert list(audit(one)) == list(audit(other)) == []
    one.close()
    other.close()


def test_indexes_of_a_past_that_was_taken_back_are_not_used(path: Path, collection: Collection) -> None:
    """A backup of the catalog is put back while the snapshots of its future still lie there."""
    take_in(collection, many(10))
    collection.close()
    backup = path / "backup.sqlite"
    shutil.copy(collection.catalog.path, backup)
    again = Collection.open(path, "main")
    take_in(again, [plain(f"lost-{n}", f"The truce {n} is lost.") for n in range(10)])
    again.compact()
    again.close()
    shutil.copy(backup, collection.catalog.path)
    restored = Collection.open(path, "main")
    take_in(restored, [plain(f"new-{n}", f"The convoy {n} is new.") for n in range(30)])
    assert list(audit(restored)) == []
    restored.close()
    fresh = Collection.open(path, "main")
    assert list(audit(fresh)) == []
    assert len(hits_of(fresh, "truce convoy", k=100)) == 40
    fresh.close()


def test_compaction_sweeps_what_others_left(collection: Collection) -> None:
    take_in(collection, many(3))
    left = [collection.directory / name for name in ("dense-0123456789ab.snapshot", "lexical-x.snapshot.17.tmp")]
    kept = collection.directory / "notes.txt"
    for each in (*left, kept):
        each.write_bytes(b"x")
    collection.compact()
    assert not any(each.exists() for each in left)
    assert kept.exists()
    assert collection.dense_path.exists()
    assert collection.lexical_path.exists()


def test_what_cannot_be_compacted_is_searched_all_the_same(
    collection: Collection, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("embeddings.snapshot.os.fsync", full)
    monkeypatch.setattr(collection_module, "_PENDING_AT_LEAST", 0)
    take_in(collection, many(3))
    assert "No space left" in caplog.text
    assert len(hits_of(collection, "truce", k=9)) == 3
    assert list(collection.directory.glob("*.snapshot*")) == []


# -- interruptions -----------------------------------------------------------------------------------------------------


class Interrupted(HashingEncoder):
    """Is stopped by the user at the n-th call."""

    def __init__(self, calls: int, error: type[BaseException]) -> None:
        super().__init__(dimension=32)
        self._calls, self._error = calls, error

    def encode_document(self, inputs: Sequence[EncoderInput]) -> list[EncodedPassage]:
        self._calls -= 1
        if self._calls < 0:
            raise self._error
        return super().encode_document(inputs)


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
@pytest.mark.parametrize("calls", [0, 1, 3])
def test_an_interruption_keeps_what_was_acknowledged(
    collection: Collection, monkeypatch: pytest.MonkeyPatch, calls: int, error: type[BaseException]
) -> None:
    monkeypatch.setattr("embeddings.ingest._BATCH_RECORDS", 4)
    records = extracted(many(20))
    acknowledged = []
    with pytest.raises(error):  # noqa: PT012 - what came before counts
        for result in Ingester(collection, Interrupted(calls, error)).ingest(records):
            acknowledged.append(result)
    assert len(acknowledged) == 4 * calls == collection.catalog.counts().articles
    assert list(audit(collection)) == []
    again = [each.outcome for each in take_in(collection, many(20))]
    assert again == ["unchanged"] * 4 * calls + ["new"] * (20 - 4 * calls)


def test_who_stops_listening_gives_the_lease_back(collection: Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("embeddings.ingest._BATCH_RECORDS", 4)
    results = Ingester(collection, ENCODER).ingest(extracted(many(20)))
    next(results)
    with pytest.raises(IngestRunning):
        take_in(collection, many(1))
    results.close()  # type: ignore[attr-defined]
    assert [each.outcome for each in take_in(collection, many(20))] == ["unchanged"] * 4 + ["new"] * 16


def test_a_lease_lost_in_the_middle_stores_nothing_more(
    collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("embeddings.ingest._BATCH_RECORDS", 4)
    results = Ingester(collection, ENCODER).ingest(extracted(many(20)))
    next(results)
    with closing(sqlite3.connect(collection.catalog.path)) as connection, connection:
        connection.execute("UPDATE lease SET heartbeat = 0")
    monkeypatch.setattr(lease, "_HEARTBEAT_S", 1000.0)
    other = [each.outcome for each in take_in(collection, many(6))]
    assert other == ["unchanged"] * 4 + ["new"] * 2
    with pytest.raises(IngestRunning, match="took over"):
        list(results)
    assert collection.catalog.counts().articles == 6
    assert list(audit(collection)) == []


def test_two_versions_in_one_file_are_two_versions(collection: Collection) -> None:
    texts = ["One.", "Two.", "Two.", "One.", "Three."]
    outcomes = [each.outcome for each in take_in(collection, [plain("a", text) for text in texts])]
    # The fourth is, byte for byte, what was taken in first.
    assert outcomes == ["new", "updated", "unchanged", "superseded", "updated"]
    assert [each.text for each in versions(collection, "a")] == ["One.", "Two.", "Three."]
    assert list(audit(collection)) == []


def test_back_to_the_former_text_in_one_file(collection: Collection) -> None:
    """What is still waiting decides whether the next record says anything new."""
    take_in(collection, [plain("a", "One.")])
    changed = [plain("a", "Two."), {"text": "One.", "title": "Title of a", "id": "a"}]
    assert [each.outcome for each in take_in(collection, changed)] == ["updated", "updated"]
    assert [each.text for each in versions(collection, "a")] == ["One.", "Two.", "One."]
    assert len(hits_of(collection, "One", k=3)) == 1
    assert list(audit(collection)) == []


def test_an_encoder_is_not_asked_to_encode_nothing(collection: Collection) -> None:
    take_in(collection, many(3))
    assert [each.outcome for each in take_in(collection, many(3), Interrupted(0, AssertionError))] == ["unchanged"] * 3
    assert take_in(collection, [], Interrupted(0, AssertionError)) == []


# -- the audit itself --------------------------------------------------------------------------------------------------

TAMPERINGS = {
    "UPDATE passages SET end = end + 100000 WHERE key = 5": "outside its text",
    "UPDATE passages SET start = end WHERE key = 5": "empty",
    "UPDATE passages SET ordinal = ordinal + 1 WHERE key = 5": "ordinals",
    "UPDATE passages SET version_key = 1 WHERE key = 5": "exactly the passages",
    "UPDATE versions SET end_passage = end_passage + 1 WHERE key = 2": "exactly the passages",
    "UPDATE sentences SET end = end - 3 WHERE passage = 5": "leave some of its characters out",
    "UPDATE sentences SET start = start - 1 WHERE passage = 5 AND ordinal = 0": "outside of it",
    "DELETE FROM sentences WHERE passage = 5 AND ordinal = 1": "ordinals",
    "DELETE FROM sentences WHERE passage = 5": "one vector for each",
    "UPDATE texts SET text = replace(text, 'truce', 'war  ') WHERE version_key = 3": "content digest",
    "UPDATE texts SET text = text || char(13) WHERE version_key = 3": "not normalised",
    "UPDATE versions SET words = content WHERE key = 3": "the digest of its words",
    "UPDATE versions SET words = (SELECT words FROM versions WHERE key = 2) WHERE key = 3": "are not one story",
    "UPDATE versions SET pages = '[0, 99999]' WHERE key = 3": "pages",
    "UPDATE sentences SET words = 7 WHERE passage = 5 AND ordinal = 1": "digest of its words",
    "UPDATE sentences SET speaker_start = 4 WHERE passage = 5 AND ordinal = 1": "whose speaker",
    "UPDATE repeats SET articles = articles + 1": "counts of repeated sentences",
    "DELETE FROM repeats": "counts of repeated sentences",
    "UPDATE versions SET published_at = 'yesterday' WHERE key = 3": "cannot be read",
    "UPDATE versions SET metadata = '{' WHERE key = 3": "cannot be read",
    "DELETE FROM texts WHERE version_key = 3": "cannot be read",
    "UPDATE articles SET version = 9 WHERE key = 2": "version 9, which is not there",
    "UPDATE articles SET withdrawn_at = '2016-02-27T00:00:00Z' WHERE key = 2": "its article does not show it",
    "DELETE FROM changes WHERE passage = 5": "is not in the log",
    "UPDATE vectors SET vector = zeroblob(128) WHERE key = 5": "not of unit length",
    "UPDATE vectors SET vector = CAST(x'0000C07F' || substr(vector, 5) AS BLOB) WHERE key = 5": "not of unit length",
    "UPDATE vectors SET vector = substr(vector, 5) WHERE key = 5": "does not have 32 dimensions",
    "UPDATE sentence_vectors SET sentences = substr(sentences, 3) WHERE vector = 5": "one vector for each",
    "UPDATE passages SET vector = 99999 WHERE key = 5": "not there",
    "UPDATE sqlite_sequence SET seq = 3 WHERE name = 'passages'": "were given out",
    "DELETE FROM facts WHERE name = 'encoder'": "not named",
    "INSERT INTO passages (version_key, ordinal, start, end, vector) VALUES (1, 9, 0, 1, 1)": "as its own",
}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    library = tmp_path_factory.mktemp("sound")
    collection = Collection.create(library, "main")
    text = "The truce of place{n} held. A convoy of {n} came. " * 30
    take_in(collection, [plain(f"id-{n}", text.format(n=n)) for n in range(6)])
    collection.compact()
    assert list(audit(collection)) == []
    collection.close()
    return library


@pytest.mark.parametrize("statement", TAMPERINGS)
def test_the_audit_finds(sound: Path, path: Path, statement: str) -> None:
    shutil.copytree(sound, path)
    with closing(sqlite3.connect(path / "collections" / "main" / "catalog.sqlite")) as connection, connection:
        assert connection.execute(statement).rowcount > 0
    collection = Collection.open(path, "main")
    faults = list(audit(collection))
    assert any(TAMPERINGS[statement] in fault for fault in faults), faults
    assert all(fault[0].islower() and fault.endswith(".") for fault in faults)
    collection.close()


def test_the_audit_finds_indexes_that_went_astray(sound: Path, path: Path) -> None:
    shutil.copytree(sound, path)
    for harm in ("lacks", "has", "vectors", "scores"):
        collection = Collection.open(path, "main")
        indexes = collection.refresh()
        assert indexes is not None
        keys, dense, lexical = indexes.dense.keys(), indexes.dense, indexes.lexical
        none, seq = keys[:0], dense.seq
        match harm:
            case "lacks":
                dense.apply(seq, none, np.zeros((0, 32), dtype=np.float32), keys[3:5])
            case "has":
                lexical.apply(seq, keys[-1:] + 7, ["stray"], none)
            case "vectors":
                dense.__init__(32)  # type: ignore[misc]
                vectors = collection.catalog.vectors(keys)
                dense.apply(seq, keys, np.roll(vectors, 5, axis=0), none)
            case "scores":
                lexical.__init__()  # type: ignore[misc]
                lexical.apply(seq, keys, ["title of something"] * len(keys), none)
        faults = list(audit(collection))
        assert faults, harm
        assert any(harm in fault for fault in faults), faults
        collection.close()


def test_the_audit_says_when_little_can_be_read(sound: Path, path: Path) -> None:
    shutil.copytree(sound, path)
    file = path / "collections" / "main" / "catalog.sqlite"
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    try:
        collection = Collection.open(path, "main")
    except LibraryError:
        return
    assert list(audit(collection))
    collection.close()


def test_the_audit_finds_damaged_snapshots(sound: Path, path: Path) -> None:
    shutil.copytree(sound, path)
    collection = Collection.open(path, "main")
    for file in (collection.dense_path, collection.lexical_path):
        file.write_bytes(file.read_bytes()[:-9])
    faults = list(audit(collection))
    assert [fault.split()[0] for fault in faults] == [collection.dense_path.name, collection.lexical_path.name]
    collection.close()


def test_the_audit_of_nothing_finds_nothing(collection: Collection) -> None:
    assert list(audit(collection)) == []
    assert [each.outcome for each in take_in(collection, [plain("a", "Text.")])] == ["new"]
    assert record(collection.catalog.article("a")).article.text == "Text."
    assert list(audit(collection)) == []
