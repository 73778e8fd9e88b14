"""A backup is the collection as it was at one moment; restored, it is that again, in every process."""

import os
import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from fakes import HashingEncoder, record

from embeddings.articles import Article
from embeddings.audit import audit
from embeddings.backup import back_up, restore_backup
from embeddings.catalog import schema
from embeddings.catalog.lease import Lease
from embeddings.collection import Collection
from embeddings.errors import BackupRefused, IngestRunning
from embeddings.ingest import Ingester
from embeddings.retriever import Retriever

ENCODER = HashingEncoder(dimension=32)


def articles(count: int, what: str = "ferry") -> list[Article]:
    return [
        Article(id=f"{what}-{n}", title=f"{what} {n}", text=f"The {what} number {n} came late. Nobody knew why {n}.")
        for n in range(count)
    ]


def take_in(collection: Collection, given: list[Article]) -> None:
    for _ in Ingester(collection, ENCODER).ingest([record(each) for each in given]):
        pass


def found(collection: Collection, query: str) -> set[str]:
    return {hit.article.article_id for hit in Retriever(collection, ENCODER).retrieve(query, k=100).hits}


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    opened = Collection.create(tmp_path / "library", "main")
    take_in(opened, articles(12))
    opened.catalog.withdraw("ferry-3")
    return opened


def test_it_comes_back_as_it_was(collection: Collection, tmp_path: Path) -> None:
    size = back_up(collection, tmp_path / "news.backup")
    assert size == (tmp_path / "news.backup").stat().st_size
    counts = restore_backup(tmp_path / "elsewhere", "other", tmp_path / "news.backup")
    assert counts == collection.catalog.counts()
    restored = Collection.open(tmp_path / "elsewhere", "other")
    assert list(audit(restored)) == []
    assert found(restored, "ferry") == found(collection, "ferry") == {f"ferry-{n}" for n in range(12)} - {"ferry-3"}
    assert restored.catalog.article("ferry-3") == collection.catalog.article("ferry-3")
    assert restored.catalog.id != collection.catalog.id
    take_in(restored, articles(13))
    assert restored.catalog.counts().articles == 13


def test_a_searching_process_follows_to_the_past_and_on(collection: Collection, tmp_path: Path) -> None:
    library = tmp_path / "library"
    back_up(collection, tmp_path / "news.backup")
    with closing(Collection.open(library, "main")) as searching:
        take_in(collection, articles(9, "crane"))
        assert len(found(searching, "crane")) == 20
        restore_backup(library, "main", tmp_path / "news.backup", replace=True)
        assert found(searching, "crane") == {f"ferry-{n}" for n in range(12)} - {"ferry-3"}
        take_in(collection, articles(30, "barge"))  # more changes than there were before
        assert len(found(searching, "barge")) == 41
        assert list(audit(searching)) == []
        assert len(list(searching.directory.glob("*.snapshot"))) <= 2


def test_taken_while_another_ingests_it_is_one_moment(collection: Collection, tmp_path: Path) -> None:
    library = tmp_path / "library"
    ready = threading.Event()

    def ingesting() -> None:
        with closing(Collection.open(library, "main")) as mine:
            for each in articles(60, "crane"):
                take_in(mine, [each])
                ready.set()

    thread = threading.Thread(target=ingesting)
    thread.start()
    ready.wait()
    sizes = []
    for n in range(3):
        back_up(collection, tmp_path / f"{n}.backup")
        restore_backup(tmp_path / "elsewhere", f"c{n}", tmp_path / f"{n}.backup")
        with closing(Collection.open(tmp_path / "elsewhere", f"c{n}")) as restored:
            assert list(audit(restored)) == []
            count = restored.catalog.counts().articles
            assert {f"crane-{each}" for each in range(count - 12)} <= found(restored, "crane")
            sizes.append(count)
    thread.join()
    assert sizes == sorted(sizes)


def test_neither_overwrites_what_is_there(collection: Collection, tmp_path: Path) -> None:
    target = tmp_path / "news.backup"
    target.write_text("something else")
    with pytest.raises(BackupRefused, match="--replace"):
        back_up(collection, target)
    assert target.read_text() == "something else"
    back_up(collection, target, replace=True)
    with pytest.raises(BackupRefused, match="12 articles; restore into another one"):
        restore_backup(tmp_path / "library", "main", target)
    with pytest.raises(BackupRefused, match="it is no file"):
        back_up(collection, tmp_path, replace=True)
    with pytest.raises(BackupRefused, match="cannot be written"):
        back_up(collection, tmp_path / "nowhere" / "news.backup")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["library", "news.backup"]


@pytest.mark.parametrize("kind", ["missing", "text", "empty", "cut", "other", "folder", "newer"])
def test_what_is_no_backup_is_refused_and_changes_nothing(collection: Collection, tmp_path: Path, kind: str) -> None:
    source = tmp_path / "news.backup"
    back_up(collection, source)
    match kind:
        case "missing":
            source.unlink()
        case "text":
            source.write_text("no backup")
        case "empty":
            source.write_bytes(b"")
        case "cut":
            os.truncate(source, source.stat().st_size // 2)
        case "other":
            source.unlink()
            with closing(sqlite3.connect(source)) as connection:
                connection.execute("CREATE TABLE facts (name TEXT)")
        case "folder":
            source.unlink()
            source.mkdir()
        case "newer":
            with closing(sqlite3.connect(source)) as connection:
                connection.execute(f"PRAGMA user_version = {schema.LATEST + 1}")
    before = found(collection, "ferry")
    with pytest.raises(BackupRefused, match=r"news\.backup"):
        restore_backup(tmp_path / "library", "main", source, replace=True)
    assert found(collection, "ferry") == before
    assert list(audit(collection)) == []
    assert [path.name for path in (tmp_path / "library").iterdir()] == ["collections"]


def test_it_waits_for_no_ingest(collection: Collection, tmp_path: Path) -> None:
    back_up(collection, tmp_path / "news.backup")
    with Lease(collection.catalog.path), pytest.raises(IngestRunning):
        restore_backup(tmp_path / "library", "main", tmp_path / "news.backup", replace=True)
    shutil.copy(tmp_path / "news.backup", tmp_path / "copy")
    with Lease(collection.catalog.path):
        back_up(collection, tmp_path / "news.backup", replace=True)
    restore_backup(tmp_path / "library", "main", tmp_path / "news.backup", replace=True)
