"""Near copies, cut and edited by outlets, are one story: found from any of them, and cited from who has the words."""

import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fakes import HashingEncoder, make_library, record
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embeddings.articles import Article, Filter, Hit
from embeddings.audit import audit
from embeddings.catalog import stories
from embeddings.collection import Collection
from embeddings.fingerprints import Resemblance
from embeddings.ingest import Ingester
from embeddings.retriever import Retriever
from embeddings.sentences import paragraphs
from service.answers import independent_sources

ENCODER = HashingEncoder(dimension=128)
DAY = datetime(2016, 6, 7, tzinfo=UTC)
_PLACES = ("quay", "mill", "tower", "market", "bridge", "harbour", "school", "chapel", "garden", "station")
WIRE = [
    f"Inspectors at the {place} in week {n} wrote that beam {n * 7} had rusted and that its paint was of {n + 1900}."
    for n, place in enumerate(_PLACES * 3)
]
"""Sentences of a report; each names a place and a number of its own."""


def article(id: str, sentences: list[str], day: int = 0, **more: str) -> Article:
    return Article(
        id=id,
        title=f"Title of {id}",
        text=" ".join(sentences),
        source=f"Outlet {id}",
        published_at=DAY + timedelta(hours=day),
        **more,  # type: ignore[arg-type]
    )


def opened(path: Path, *articles: Article) -> Retriever:
    return make_library(path, articles, ENCODER).retriever("main")


def sentences_of(text: str) -> list[str]:
    return [sentence.text for paragraph in paragraphs(text) for sentence in paragraph]


def names(hit: Hit) -> tuple[str, list[str]]:
    return hit.article.article_id, [each.article_id for each in hit.carriers]


@pytest.fixture
def carried(tmp_path: Path) -> Retriever:
    """Let a wire report be carried whole, cut, and edited with an end of its own, beside a report of another kind."""
    ending = ["The council of the town said on Friday that it would pay for paint, and for nothing else, until autumn."]
    edited = [
        sentence.replace("Inspectors", "Officials") if n % 9 == 4 else sentence for n, sentence in enumerate(WIRE)
    ]
    other = [f"The ferry number {n} was late for reason {n * 3}, its captain told the passengers." for n in range(30)]
    return opened(
        tmp_path,
        article("cut", WIRE[:21], day=2),
        article("wire", WIRE, day=1),
        article("edited", [*edited[:25], *ending], day=3),
        article("ferry", other, day=1),
    )


def test_they_are_one_hit_cited_from_the_earliest(carried: Retriever) -> None:
    hits = carried.retrieve("Inspectors came to the quay in week 0, beam 0, paint of 1900", k=5).hits
    assert [names(hit) for hit in hits] == [("wire", ["cut", "edited"]), ("ferry", [])]
    assert independent_sources(hits) == 2


def test_what_only_one_has_is_cited_from_it_and_carried_by_nobody_else(carried: Retriever) -> None:
    hits = carried.retrieve("paint council town Friday pay autumn", k=2, per_story=9).hits
    (hit,) = (hit for hit in hits if "until autumn" in hit.passage.text)
    assert hit.article.article_id == "edited"
    assert hit.passage.text in carried.article("edited").text
    late = carried.retrieve("the station in week 29, beam 203, paint of 1929", k=2, per_story=9).hits
    (hit,) = (hit for hit in late if "1929" in hit.passage.text)
    assert names(hit) == ("wire", [])


def test_only_who_has_the_sentence_is_said_to_carry_it(carried: Retriever) -> None:
    edited = carried.retrieve("Officials at the harbour", k=1, per_story=9)
    sentences = {each.sentence.text: each for each in itertools.chain(*carried.candidates(edited))}
    for text, expected in ((WIRE[0], ["cut", "edited"]), (WIRE[4], ["cut"]), (WIRE[29], [])):
        found = sentences[text]
        carriers = carried.saying(found.sentence, found.hit.carriers)
        assert (found.hit.article.article_id, [each.article_id for each in carriers]) == ("wire", expected)
    # What was edited is not lost in what it was edited from.
    assert sentences[WIRE[4].replace("Inspectors", "Officials")].hit.article.article_id == "edited"


def test_any_one_of_them_finds_the_story(carried: Retriever) -> None:
    query = "Inspectors came to the quay in week 0, beam 0, paint of 1900"
    for id in ("cut", "wire", "edited"):
        (hit,) = carried.retrieve(query, k=5, wanted=Filter(sources=(f"outlet {id}",))).hits
        assert names(hit) == (id, [])
    for gone, left in (("wire", ("cut", ["edited"])), ("cut", ("edited", []))):
        carried.collection.catalog.withdraw(gone)
        assert names(carried.retrieve(query, k=1).hits[0]) == left
    carried.collection.catalog.restore("wire")
    assert names(carried.retrieve(query, k=1).hits[0]) == ("wire", ["edited"])


def test_in_whatever_order_they_came(tmp_path: Path) -> None:
    query = "the quay in week 0, beam 0, paint of 1900"
    three = [article("cut", WIRE[:21], day=2), article("wire", WIRE, day=1), article("whole", WIRE, day=5)]
    for number, order in enumerate((three, three[::-1], [three[1], three[0], three[2]])):
        (hit,) = opened(tmp_path / str(number), *order).retrieve(query, k=5).hits
        assert names(hit) == ("wire", ["cut", "whole"])


def test_each_keeps_its_own_passages_and_metadata(carried: Retriever) -> None:
    catalog = carried.collection.catalog
    for id in ("cut", "wire", "edited"):
        assert catalog.article(id).source == f"Outlet {id}"
        assert catalog.article_passages(id, 1)
    assert list(audit(carried.collection)) == []


def test_stored_bands_of_another_byline_are_made_anew(
    carried: Retriever, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = carried.collection.catalog
    with catalog._transaction() as connection:
        connection.execute("UPDATE bands SET band = band + 1")
    monkeypatch.setattr(stories, "FINGERPRINT", "of tomorrow")
    collection = Collection.open(tmp_path, "main")
    list(Ingester(collection, ENCODER).ingest([record(article("late", WIRE[:27], day=9))]))
    assert catalog.fact("fingerprint") == "of tomorrow"
    (hit,) = carried.retrieve("the quay in week 0, beam 0", k=1).hits
    assert "late" in names(hit)[1]


def test_a_band_that_thousands_share_costs_little(carried: Retriever, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []

    def is_copy(found: Resemblance, _: timedelta | None) -> bool:
        compared.append(found)
        return False

    monkeypatch.setattr(stories, "is_copy", is_copy)
    shell = ["This page shows the weather of the town as it is measured by the station at the harbour every hour."] * 3
    given = [article(f"shell-{n}", [*shell, f"Today it is {n} degrees and the wind is {n * 2}."]) for n in range(40)]
    list(Ingester(carried.collection, ENCODER).ingest(record(each) for each in given))
    assert len(compared) <= 40 * stories._COMPARED


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_every_hit_says_who_has_it(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Whatever was cut or added: the cited article has the words, each carrier has half, and no earlier one has."""
    articles = []
    for n in range(data.draw(st.integers(1, 5))):
        start, end = data.draw(st.integers(0, 4)), data.draw(st.integers(18, 30))
        own = [
            f"Outlet {n} adds remark {each} of its own to what others say."
            for each in range(data.draw(st.integers(0, 6)))
        ]
        before = data.draw(st.booleans())
        sentences = WIRE[start:end]
        articles.append(
            article(f"a{n}", [*own, *sentences] if before else [*sentences, *own], day=data.draw(st.integers(0, 9)))
        )
    found = opened(tmp_path_factory.mktemp("library"), *articles)
    catalog = found.collection.catalog
    matching = data.draw(st.sets(st.sampled_from([each.id for each in articles]), min_size=1))
    wanted = Filter(articles=tuple(sorted(matching)))
    query = data.draw(st.sampled_from([*WIRE, "remark 2 of its own"]))
    hits = found.retrieve(query, k=5, wanted=wanted, per_story=9).hits
    assert {hit.article.article_id for hit in hits} <= matching
    entries = {each.carrier.article_id: each for each in catalog.carriers([hit.story for hit in hits], wanted)}
    assert {entry.story for entry in entries.values()} == {hit.story for hit in hits}
    for hit in hits:
        assert found.article(hit.article.article_id).text[hit.passage.start : hit.passage.end] == hit.passage.text
        dates = [each.published_at for each in hit.carriers]
        assert dates == sorted(date for date in dates if date)
        said = sentences_of(hit.passage.text)
        for carrier in hit.carriers:
            text = found.article(carrier.article_id).text
            assert sum(len(each) for each in said if each in text) >= 0.5 * sum(map(len, said))
