"""What is erased is gone: from answers, from the catalog, from the indexes, and from the bytes on the disk."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from fakes import HashingEncoder, record

from embeddings.articles import Article
from embeddings.audit import audit
from embeddings.catalog import Outcome
from embeddings.catalog.lease import Lease
from embeddings.collection import Collection
from embeddings.errors import ArticleErased, ArticleNotFound, IngestRunning, LibraryError
from embeddings.ingest import Ingested, Ingester
from embeddings.library import Library
from embeddings.retriever import Retriever
from service.answers import Question

ENCODER = HashingEncoder(dimension=32)
SECRET = "Quintessa Vorbeckian"
"""Words that stand in one article only."""


def article(id: str, text: str, **more: str) -> Article:
    return Article(id=id, title=f"Title of {id}", text=text, source="Harbour Post", **more)  # type: ignore[arg-type]


def take_in(collection: Collection, *articles: Article, revert: bool = False, readmit: bool = False) -> list[Outcome]:
    ingester = Ingester(collection, ENCODER, revert=revert, readmit=readmit)
    results = list(ingester.ingest([record(each) for each in articles]))
    assert all(isinstance(each, Ingested) for each in results)
    return [each.outcome for each in results if isinstance(each, Ingested)]


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    """Hold a long article with a secret, two versions of it, a copy of one of its passages, and others."""
    opened = Collection.create(tmp_path, "main")
    long = " ".join(f"{SECRET} was seen at the quay on day {day} of the strike." for day in range(120))
    take_in(opened, article("secret", long + " It rained.", author=SECRET, url="https://harbour-post.example/secret"))
    take_in(opened, article("secret", long + " It snowed.", author=SECRET, url="https://harbour-post.example/secret"))
    take_in(opened, *(article(f"other-{n}", f"Nothing of it. The ferry {n} was late again.") for n in range(30)))
    opened.compact()
    return opened


def traces(collection: Collection, words: str) -> list[str]:
    """Name the files of the collection in which any of the words stand, whatever their case."""
    return [
        path.name
        for path in sorted(collection.directory.rglob("*"))
        if path.is_file() and any(word.lower().encode() in path.read_bytes().lower() for word in words.split())
    ]


def test_nothing_of_it_is_left_on_the_disk(collection: Collection) -> None:
    assert {path.split(".")[0].split("-")[0] for path in traces(collection, SECRET)} >= {"catalog", "lexical"}
    assert collection.erase(["secret"]) == [True]
    assert traces(collection, SECRET) == []
    assert list(audit(collection)) == []
    counts = collection.catalog.counts()
    assert (counts.articles, counts.erased, counts.versions) == (30, 1, 30)


def test_it_is_found_by_no_search_at_once_in_every_process(collection: Collection, tmp_path: Path) -> None:
    with closing(Collection.open(tmp_path, "main")) as other:
        retriever = Retriever(other, ENCODER)
        assert retriever.retrieve(SECRET, k=5).hits[0].article.article_id == "secret"
        collection.erase(["secret"])
        assert "secret" not in {hit.article.article_id for hit in retriever.retrieve(SECRET, k=50).hits}
        other.compact()  # of what it had in memory nothing comes back
    assert traces(collection, SECRET) == []


def test_what_is_left_is_title_outlet_and_date(collection: Collection) -> None:
    collection.erase(["secret"])
    for version in (None, 1, 2):
        with pytest.raises(ArticleErased, match=r"'secret' \(Harbour Post · Title of secret\) was erased on 2"):
            collection.catalog.article("secret", version)
    with pytest.raises(ArticleNotFound):
        collection.catalog.article("secret", 3)
    with pytest.raises(ArticleErased):
        collection.catalog.history("secret")
    listed = {each.article.article_id: each for each in collection.catalog.listing(limit=100)}["secret"]
    assert (listed.article.title, listed.article.source) == ("Title of secret", "Harbour Post")
    assert (listed.article.author, listed.article.url, listed.passages) == (None, None, 0)
    assert listed.erased_at is not None


def test_again_is_no_error_and_an_unknown_one_erases_nothing(collection: Collection) -> None:
    with pytest.raises(ArticleNotFound, match="'nobody'"):
        collection.erase(["secret", "nobody"])
    assert collection.catalog.article("secret")
    assert collection.erase(["secret", "other-3"]) == [True, True]
    assert collection.erase(["other-3", "other-4"]) == [False, True]
    assert list(audit(collection)) == []


def test_a_copy_stays_whole(collection: Collection) -> None:
    copied = collection.catalog.article("secret")
    take_in(collection, Article(id="copy", title=copied.title, text=copied.text, source="Civic Courier"))
    collection.erase(["secret"])
    (hit,) = Retriever(collection, ENCODER).retrieve(SECRET, k=1).hits
    assert (hit.article.article_id, hit.carriers) == ("copy", ())
    assert list(audit(collection)) == []


def test_a_withdrawn_one_can_be_erased_but_not_restored(collection: Collection) -> None:
    collection.catalog.withdraw("secret")
    assert collection.erase(["secret"]) == [True]
    for change in (collection.catalog.withdraw, collection.catalog.restore):
        with pytest.raises(ArticleErased):
            change("secret")
    assert list(audit(collection)) == []


def test_it_stays_out_until_it_is_let_in(collection: Collection) -> None:
    same = collection.catalog.article("secret")
    changed = article("secret", "The quay was quiet.")
    collection.erase(["secret"])
    assert take_in(collection, same, changed) == ["erased", "erased"]
    assert take_in(collection, changed, readmit=True) == ["updated"]
    assert collection.catalog.article("secret").text == "The quay was quiet."
    with pytest.raises(ArticleErased):
        collection.catalog.article("secret", 1)
    assert list(audit(collection)) == []


def test_while_another_ingests_it_waits_for_its_turn(collection: Collection) -> None:
    with Lease(collection.catalog.path), pytest.raises(IngestRunning):
        collection.erase(["secret"])
    assert collection.catalog.article("secret")


def test_a_reader_in_the_way_is_named_and_the_same_call_again_wipes(
    collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("embeddings.catalog.connections._PATIENCE_S", 0.2)
    with closing(Collection(collection.directory, type(collection.catalog)(collection.catalog.path))) as impatient:
        with closing(sqlite3.connect(collection.catalog.path, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM texts").fetchone()
            with pytest.raises(LibraryError, match="run the same command again"):
                impatient.erase(["secret"])
            with pytest.raises(ArticleErased):
                impatient.catalog.article("secret")
        assert impatient.erase(["secret"]) == [False]
        assert traces(impatient, SECRET) == []


def test_an_interrupted_reencode_keeps_no_copy(collection: Collection) -> None:
    staged = collection.directory / "reencoding"
    staged.mkdir()
    shutil.copy(collection.catalog.path, staged / "catalog.sqlite")
    collection.erase(["secret"])
    assert traces(collection, SECRET) == []


def test_over_http_it_is_gone(tmp_path: Path, collection: Collection) -> None:
    from litestar.testing import TestClient
    from over_http import app_for

    collection.erase(["secret"])
    library = Library(tmp_path, ENCODER)
    with TestClient(app_for(library), raise_server_exceptions=False) as client:
        response = client.get("/v1/articles/secret", params={"version": 1})
        assert (response.status_code, response.json()["code"]) == (410, "article_erased")
        assert "Title of secret" in response.json()["detail"]
        answer = client.post("/v1/ask", json={"question": Question(question=f"who was {SECRET}?").question}).json()
        assert SECRET not in str(answer["nearest"])
