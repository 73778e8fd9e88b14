"""A collection brought over to another encoder keeps its articles and answers like one made by it."""

from pathlib import Path

import msgspec
import pytest
from fakes import HashingEncoder, ingest

from embeddings.articles import Article
from embeddings.audit import audit
from embeddings.catalog.lease import Lease
from embeddings.collection import Collection
from embeddings.errors import IndexMismatch, IngestRunning
from embeddings.library import Library
from embeddings.reencode import reencode

OLD, NEW = HashingEncoder(256), HashingEncoder(64)


class SameSize(HashingEncoder):
    """Another encoder of the same dimension: what it makes differs in nothing that a file shows."""

    @property
    def identity(self):  # type: ignore[no-untyped-def]
        return msgspec.structs.replace(super().identity, digest="hashing-other", name="other")

    def encode_query(self, query: str):  # type: ignore[no-untyped-def]
        return super().encode_query(query[::-1])


@pytest.fixture
def collection(tmp_path: Path, articles: list[Article]) -> Collection:
    """A collection of the old encoder, with an earlier version and a withdrawn article in it."""
    ingest(tmp_path, articles, OLD)
    ingest(tmp_path, [msgspec.structs.replace(articles[2], text="The ferry costs three euros now.")], OLD)
    opened = Collection.open(tmp_path, "main")
    opened.catalog.withdraw("opera")
    return opened


def answers(path: Path, encoder: HashingEncoder) -> list[object]:
    hits = Library(path, encoder).retriever("main").retrieve("crane ferry euros", k=10).hits
    return [(hit.passage, hit.article, hit.carriers, round(hit.score, 6)) for hit in hits]


@pytest.mark.parametrize("encoder", [NEW, SameSize()])
def test_it_then_answers_like_a_collection_made_by_the_other_encoder(
    collection: Collection, encoder: HashingEncoder, tmp_path: Path, articles: list[Article]
) -> None:
    searching = Library(tmp_path, OLD).retriever("main")
    assert searching.retrieve("crane", k=1).hits
    assert len(list(reencode(collection, encoder))) == 4
    assert list(audit(collection)) == []
    with pytest.raises(IndexMismatch):
        searching.retrieve("crane", k=1)

    other = tmp_path / "other"
    changed = msgspec.structs.replace(articles[2], text="The ferry costs three euros now.")
    ingest(other, [articles[0], articles[1], articles[2]], encoder)
    ingest(other, [changed], encoder)
    assert answers(tmp_path, encoder) == answers(other, encoder)

    assert collection.catalog.article("ferry", 1).text == articles[2].text
    assert collection.catalog.withdrawn_at("opera") is not None
    collection.catalog.restore("opera")
    assert "opera" in {
        hit.article.article_id for hit in Library(tmp_path, encoder).retriever("main").retrieve("ballet", k=9).hits
    }
    assert list(audit(collection)) == []
    assert not (collection.directory / "reencoding").exists()
    assert list(reencode(collection, encoder)) == []


def test_an_interruption_leaves_the_old_one_as_it_was_and_is_resumed(collection: Collection, tmp_path: Path) -> None:
    before = answers(tmp_path, OLD)
    running = reencode(collection, NEW)
    next(running)
    running.close()
    assert answers(tmp_path, OLD) == before
    assert list(audit(collection)) == []
    ingest(tmp_path, [Article(id="new", title="New", text="A crane was ordered.")], OLD)
    outcomes = [result.outcome for result in reencode(collection, NEW)]
    assert outcomes.count("unchanged") == 4
    assert list(audit(collection)) == []
    assert "new" in {
        hit.article.article_id for hit in Library(tmp_path, NEW).retriever("main").retrieve("crane", k=9).hits
    }


def test_what_was_staged_for_a_third_encoder_is_dropped(collection: Collection) -> None:
    running = reencode(collection, HashingEncoder(32))
    next(running)
    running.close()
    list(reencode(collection, NEW))
    assert list(audit(collection)) == []


def test_not_beside_an_ingest(collection: Collection) -> None:
    with Lease(collection.catalog.path), pytest.raises(IngestRunning):
        list(reencode(collection, NEW))


def test_a_crash_while_adopting_changes_nothing(
    collection: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from embeddings.catalog import adoption

    before = answers(tmp_path, OLD)
    monkeypatch.setattr(adoption, "_STEPS", (*adoption._STEPS[:9], "SELECT no_such_function()"))
    with pytest.raises(Exception, match="no_such_function"):
        list(reencode(collection, NEW))
    monkeypatch.undo()
    assert answers(tmp_path, OLD) == before
    assert list(audit(collection)) == []
    list(reencode(collection, NEW))
    assert list(audit(collection)) == []
