"""The retriever answers like its definition written out plainly; a filter and copies never cost a story."""

import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from fakes import HashingEncoder, ingest, make_library, record
from generated import admits, story_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_lexical import PlainBM25

from embeddings import retriever as retriever_module
from embeddings.articles import Article, Carrier, Filter, Hit, Query
from embeddings.catalog import Catalog, StoryCarrier, heading
from embeddings.collection import Collection
from embeddings.copies import cited
from embeddings.encoder import EncoderIdentity, EncoderInput
from embeddings.errors import CollectionNotFound, IndexMismatch
from embeddings.fusion import Fusion, fuse
from embeddings.ingest import HEADING_TOKENS, PASSAGE_TOKENS, Ingester
from embeddings.retriever import Retrieval, Retriever
from embeddings.splitter import Splitter
from embeddings.terms import FUNCTION_WORDS, terms

ENCODER = HashingEncoder(dimension=32)
DAY = datetime(2016, 2, 27, tzinfo=UTC)
WORDS = [
    *("truce", "convoy", "Aleppo", "Lavrov", "Kerry", "blames", "aid", "hospital", "bombed", "talks", "Geneva"),
    *("hours", "seven", "the", "of", "in", "and", "was"),
]


def article(id: str, text: str, *, day: int | None = 0, **more: Any) -> Article:
    published_at = None if day is None else DAY + timedelta(days=day)
    return Article(**({"id": id, "title": "A title", "text": text, "published_at": published_at} | more))


def opened(path: Path, articles: Sequence[Article]) -> Retriever:
    return make_library(path, articles, ENCODER).retriever("main")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "library"


# -- by value ----------------------------------------------------------------------------------------------------------


class PlainRetriever:
    """The definition: every passage scored, the best of each story's earliest matching copy taken."""

    def __init__(self, articles: Sequence[Article], withdrawn: set[str]) -> None:
        """`articles` in the order in which they first came in."""
        splitter = Splitter(ENCODER.count_tokens, PASSAGE_TOKENS)
        self.order = [each.id for each in articles]
        self.live = {each.id: each for each in articles if each.id not in withdrawn}
        self.texts: dict[tuple[str, int], str] = {}
        self.sentences: dict[tuple[str, int], list[str]] = {}
        for each in self.live.values():
            above = ENCODER.cut(heading(each.title, each.published_at), HEADING_TOKENS)
            for split in splitter.split(each):
                self.texts[each.id, split.passage.ordinal] = f"{above}\n{split.passage.text}"
                self.sentences[each.id, split.passage.ordinal] = [sentence.text for sentence in split.sentences]

    def stories(self, wanted: Filter) -> dict[str, list[Article]]:
        """The matching carriers of each story, the earliest first."""
        matching = [each for each in self.live.values() if admits(wanted, each)]
        matching.sort(key=lambda each: (each.published_at is None, each.published_at or DAY, self.order.index(each.id)))
        grouped: dict[str, list[Article]] = {}
        for each in matching:
            grouped.setdefault(story_of(each), []).append(each)
        return grouped

    def repeated(self, key: tuple[str, int]) -> float:
        """The share of a passage that stands in five articles of its outlet."""

        def is_repeated(sentence: str) -> bool:
            outlet = self.live[key[0]].source
            said = {
                id
                for (id, _), sentences in self.sentences.items()
                if self.live[id].source == outlet and words_of(sentence) in map(words_of, sentences)
            }
            return len(said) >= 5

        sizes = [(len(sentence), is_repeated(sentence)) for sentence in self.sentences[key]]
        return sum(size for size, repeated in sizes if repeated) / sum(size for size, _ in sizes)

    def scores(self, query: str, wanted: Filter) -> dict[tuple[str, int], tuple[float, float, float]]:
        """Fused, dense and lexical score of each passage that may be a hit."""
        cited = {carriers[0].id for carriers in self.stories(wanted).values()}
        keys = [key for key in self.texts if key[0] in cited]
        bm25 = PlainBM25(dict(enumerate(self.texts.values())))
        numbers = {key: number for number, key in enumerate(self.texts)}
        encoded = ENCODER.encode_document([EncoderInput(text=self.texts[key], spans=()) for key in keys])
        vector = ENCODER.encode_query(query).astype(np.float64)
        dense = [float(each.vector.astype(np.float64) @ vector) for each in encoded]
        lexical = [bm25.score(query, numbers[key]) for key in keys]
        whole = [
            (by_meaning + by_words) / 2 for by_meaning, by_words in zip(*map(_shares, (dense, lexical)), strict=True)
        ]
        similarity = [max(self.similarities(query, key)) for key in keys]
        said = [self.said(bm25, query, key) for key in keys]
        evidence = [(near + share) / 2 for near, share in zip(_shares(similarity), said, strict=True)]
        fused = [
            (of_passage + of_sentence) / 2 - 0.3 * self.repeated(key)
            for key, of_passage, of_sentence in zip(keys, whole, evidence, strict=True)
        ]
        return dict(zip(keys, zip(fused, dense, lexical, strict=True), strict=True))

    def similarities(self, query: str, key: tuple[str, int]) -> list[float]:
        """The cosine of the query with each sentence of a passage, whose vectors are kept in 16 bits."""
        vector = ENCODER.encode_query(query)
        stored = [ENCODER.encode_query(sentence).astype("<f2").astype("<f4") for sentence in self.sentences[key]]
        return [float(each @ vector) for each in stored]

    def said(self, bm25: PlainBM25, query: str, key: tuple[str, int]) -> float:
        """The share of the query's content words, by rarity, that the heading says with one sentence, and with all."""
        asked = set(terms(query)) - FUNCTION_WORDS
        weights = {term: bm25.idf(term) for term in asked}
        above = set(terms(heading(self.live[key[0]].title, self.live[key[0]].published_at)))
        together = [above | set(terms(each)) for each in self.sentences[key]]
        shares = [sum(weights[term] for term in asked & said) for said in (*together, set.union(*together))]
        return (max(shares[:-1]) + shares[-1]) / 2 / sum(weights.values()) if asked else 0.0


def _shares(scores: Sequence[float]) -> list[float]:
    """Scores divided by the best of them."""
    best = max([0.0, *scores]) or 1.0
    return [max(0.0, score) / best for score in scores]


def words_of(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold()) or [text]


def assert_agrees(found: Retriever, plain: PlainRetriever, query: str, wanted: Filter, k: int, per_story: int) -> None:
    retrieval = found.retrieve(query, k=k, wanted=wanted, per_story=per_story)
    hits = retrieval.hits
    stories, scores = plain.stories(wanted), plain.scores(query, wanted)
    places = {key: place for place, key in enumerate(plain.texts)}
    by_story = {
        story: sorted((-round(score[0], 9), places[key]) for key, score in scores.items() if key[0] == carriers[0].id)
        for story, carriers in stories.items()
    }
    expected = [-score for each in sorted(by_story.values())[:k] for score, _ in each[:per_story]]
    assert [hit.rank for hit in hits] == list(range(1, len(expected) + 1))
    np.testing.assert_allclose([hit.score for hit in hits], sorted(expected, reverse=True), atol=1e-6)
    for hit, key in zip(hits, retrieval.keys, strict=True):
        current = plain.live[hit.article.article_id]
        fused, dense, lexical = scores[current.id, hit.passage.ordinal]
        assert (hit.score, hit.dense_score, hit.lexical_score) == pytest.approx((fused, dense, lexical), abs=1e-6)
        assert current.text[hit.passage.start : hit.passage.end] == hit.passage.text
        assert (hit.passage.article_id, hit.passage.version) == (current.id, hit.article.version)
        first, *others = stories[story_of(current)]
        assert first.id == current.id
        assert [carrier.article_id for carrier in hit.carriers] == [other.id for other in others]
        assert found.collection.catalog.passages(np.array([key]))[key] == hit.passage
        if hit.lexical_score == 0:
            assert hit.lexical_rank is None
    for by, rank in (("dense_score", "dense_rank"), ("lexical_score", "lexical_rank")):
        ranked = sorted((hit for hit in hits if getattr(hit, rank)), key=lambda hit: int(getattr(hit, rank)))
        values = [getattr(hit, by) for hit in ranked]
        np.testing.assert_allclose(values, sorted(values, reverse=True), atol=1e-6)


SENTENCES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=8).map(lambda words: " ".join(words).capitalize())
TEXTS = st.one_of(
    st.lists(SENTENCES, min_size=1, max_size=6).map(lambda sentences: ". ".join(sentences) + "."),
    st.lists(SENTENCES, min_size=60, max_size=70).map(lambda sentences: ". ".join(sentences) + "."),
)
ARTICLES = st.builds(
    article,
    id=st.sampled_from([f"id-{number}" for number in range(14)]),
    text=TEXTS,
    day=st.none() | st.integers(0, 3),
    title=st.sampled_from(["Truce in Aleppo", "Talks", "Seven hours in Geneva and the convoy"]),
    source=st.sampled_from(["The Courier", "Morning Post", None]),
    author=st.sampled_from(["Anna Berg", "Anna Berg; Carl Dunn", None]),
)
FILTERS = st.just(Filter()) | st.builds(
    Filter,
    sources=st.sampled_from([(), ("the courier",), ("Morning Post", "The Courier")]),
    authors=st.sampled_from([(), ("Carl Dunn",), ("anna berg",)]),
    after=st.sampled_from([None, DAY, DAY + timedelta(days=2)]),
    before=st.sampled_from([None, DAY + timedelta(days=2), DAY + timedelta(days=9)]),
    articles=st.sampled_from([(), ("id-1", "id-2", "id-3", "id-4"), ("nobody",)]),
)


@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
@pytest.mark.usefixtures("without_near_copies", "every_passage_weighed")
def test_agrees_with_the_definition(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    articles = data.draw(st.lists(ARTICLES, max_size=14, unique_by=lambda each: each.id))
    for copy in data.draw(st.lists(ARTICLES, max_size=8)):  # of one that is there, otherwise spaced
        if articles:
            original = data.draw(st.sampled_from(articles))
            text = data.draw(st.sampled_from([original.text, original.text.replace(" ", "\n"), original.text.upper()]))
            articles = [each for each in articles if each.id != copy.id or each is original]
            if copy.id != original.id:
                articles.append(msgspec.structs.replace(copy, text=text))
    found = opened(tmp_path_factory.mktemp("retriever"), articles) if articles else None
    if found is None:
        return
    withdrawn = data.draw(st.sets(st.sampled_from([each.id for each in articles])))
    for id in withdrawn:
        found.collection.catalog.withdraw(id)
    plain = PlainRetriever(articles, withdrawn)
    for _ in range(3):
        query = data.draw(st.one_of(SENTENCES, st.sampled_from(["", "?!", "nowhere to be found", "Truce"])))
        wanted, k = data.draw(FILTERS), data.draw(st.integers(1, 20))
        assert_agrees(found, plain, query, wanted, k, data.draw(st.integers(1, 3)))
    found.collection.close()


@pytest.fixture
def every_passage_weighed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at the sentences of all that was found, not only of what came first."""
    monkeypatch.setattr(retriever_module, "_WEIGHED", 1000)


def test_fusing_does_not_depend_on_the_order() -> None:
    random = np.random.default_rng(3)
    dense, lexical = random.uniform(-1, 1, 50), random.uniform(0, 9, 50)
    order = random.permutation(50)
    np.testing.assert_array_equal(fuse(dense, lexical, 0.4)[order], fuse(dense[order], lexical[order], 0.4))
    assert fuse(-dense.clip(0), lexical * 0, 0.4).tolist() == [0.0] * 50
    assert fuse(dense[:0], lexical[:0], 0.4).tolist() == []


# -- copies ------------------------------------------------------------------------------------------------------------


def copies_and_others() -> list[Article]:
    """Fifty copies of one story, the last of them the earliest, and ten other stories."""
    copied = "Lavrov blames the Kerry plan. The truce in Aleppo was bombed. " * 12
    copies = [article(f"copy-{n}", copied, day=60 - n, source=f"Outlet {n}", title=f"Title {n % 3}") for n in range(50)]
    others = [article(f"other-{n}", f"Story {n} of talks in Geneva. " + f"{WORDS[n]} again. " * 30) for n in range(10)]
    return [*copies[:25], *others, *copies[25:]]


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Retriever]:
    found = opened(tmp_path_factory.mktemp("copied"), copies_and_others())
    yield found
    found.collection.close()


@pytest.mark.parametrize("depth", [1, 7, 100])
def test_copies_never_cost_a_story(copied: Retriever, depth: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retriever_module, "_DEPTH", depth)
    for k in (1, 5, 10, 11, 40):
        hits = copied.retrieve("Lavrov blames the truce", k=k).hits
        assert len(hits) == min(k, 11)
        assert len({story(hit) for hit in hits}) == len(hits)
        assert hits[0].article.article_id == "copy-49"
        assert {each.article_id for each in hits[0].carriers} == {f"copy-{n}" for n in range(49)}
        dates = [each.published_at for each in hits[0].carriers]
        assert dates == sorted(date for date in dates if date)


def story(hit: Hit) -> str:
    return hit.article.article_id.replace("copy-", "copy ").split()[0]


def test_any_carrier_finds_the_story_and_is_cited_alone(copied: Retriever) -> None:
    for n in range(0, 50, 7):
        (hit,) = copied.retrieve("Lavrov blames", k=10, wanted=Filter(articles=(f"copy-{n}",))).hits
        assert (hit.article.article_id, hit.carriers) == (f"copy-{n}", ())
        (hit,) = copied.retrieve("Lavrov blames", k=10, wanted=Filter(sources=(f"outlet {n}",))).hits
        assert hit.passage.article_id == f"copy-{n}"
    (hit,) = copied.retrieve("Lavrov blames", k=10, wanted=Filter(articles=("copy-3", "copy-40"))).hits
    assert (hit.article.article_id, [each.article_id for each in hit.carriers]) == ("copy-40", ["copy-3"])


def test_several_passages_of_a_story_count_as_one(copied: Retriever) -> None:
    hits = copied.retrieve("Lavrov blames the truce talks", k=3, per_story=5).hits
    assert len({story(hit) for hit in hits}) == 3
    assert len({hit.passage.id for hit in hits}) == len(hits)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_withdrawing_copies_one_by_one_keeps_the_story_to_the_last(path: Path) -> None:
    text = "Lavrov blames the truce. Aleppo was bombed."
    found = opened(path, [article(f"copy-{n}", text, day=n) for n in range(6)] + [article("other", "Talks in Geneva.")])
    for gone in range(6):
        hits = found.retrieve("Lavrov", k=5).hits
        assert [hit.article.article_id for hit in hits] == [f"copy-{gone}", "other"]
        assert [each.article_id for each in hits[0].carriers] == [f"copy-{n}" for n in range(gone + 1, 6)]
        found.collection.catalog.withdraw(f"copy-{gone}")
    assert [hit.article.article_id for hit in found.retrieve("Lavrov", k=5).hits] == ["other"]
    found.collection.catalog.restore("copy-4")
    assert [hit.article.article_id for hit in found.retrieve("Lavrov", k=5).hits] == ["copy-4", "other"]


def test_copies_that_are_divided_otherwise_are_cited_where_the_words_stand(path: Path) -> None:
    """A copy that repeats its title leaves that line out and is divided otherwise."""
    sentences = [f"Sentence {n} tells what {WORDS[n % 18]} number {n} did in the place{n}." for n in range(90)]
    title = "Sentence 0 tells of a truce that was agreed upon in Geneva by the powers"
    text = "\n".join([title, *sentences])
    copies = [article("late", text, day=5, title="Something else"), article("early", text, day=1, title=title)]
    found = opened(path, copies)
    catalog = found.collection.catalog
    assert len(catalog.article_passages("early", 1)) < len(catalog.article_passages("late", 1))
    for n in range(90):
        hits = found.retrieve(f"place{n}", k=3, per_story=9).hits
        assert {hit.article.article_id for hit in hits} == {"early"}
        (hit,) = (hit for hit in hits if hit.lexical_rank == 1)
        assert f"place{n}." in hit.passage.text


@given(st.integers(1, 60), st.integers(1, 60))
def test_places_in_copies_keep_their_order_and_stay_inside(count: int, own_count: int) -> None:
    carrier = Carrier(article_id="a", version=1, title="A")
    earliest, own = (
        StoryCarrier(
            version_key=first, story=1, words=b"", carrier=carrier, first_passage=first, end_passage=first + size
        )
        for first, size in ((1000, count), (500, own_count))
    )
    places = [each.key - 1000 for key in range(500, 500 + own_count) for each in cited(key, own, [earliest, own], {})]
    assert places == sorted(places)
    assert set(places) <= set(range(count))
    # The middle of a passage lies in the passage of the copy that is cited for it.
    assert places == [int(Fraction(2 * place + 1, 2 * own_count) * count) for place in range(own_count)]
    if count == own_count:
        assert places == list(range(count))


def test_an_article_with_a_text_of_no_words_is_a_story_of_its_own(path: Path) -> None:
    found = opened(path, [article("dove", "🕊️", title="🕊️"), article("fire", "🔥", title="🔥")])
    assert len(found.retrieve("anything", k=5).hits) == 2


# -- around it ---------------------------------------------------------------------------------------------------------


def test_an_empty_collection_has_no_hits(path: Path) -> None:
    found = opened(path, [])
    for wanted in (None, Filter(sources=("The Courier",))):
        retrieval = found.retrieve("Lavrov", k=5, wanted=wanted)
        assert (retrieval.hits, retrieval.keys, retrieval.seq) == ((), (), 0)
    assert found.candidates(found.retrieve("Lavrov", k=5)) == []


def test_candidates_are_the_sentences_of_the_hits(copied: Retriever) -> None:
    retrieval = copied.retrieve("talks in Geneva", k=4, per_story=2)
    for hit, candidates in zip(retrieval.hits, copied.candidates(retrieval), strict=True):
        text = copied.article(hit.article.article_id, hit.article.version).text
        assert candidates
        for each in candidates:
            assert each.hit == hit
            assert text[each.sentence.start : each.sentence.end] == each.sentence.text
            assert hit.passage.start <= each.sentence.start < each.sentence.end <= hit.passage.end
            expected = float(ENCODER.encode_query(each.sentence.text) @ ENCODER.encode_query("talks in Geneva"))
            assert each.similarity == pytest.approx(expected, abs=2e-3)


def test_candidates_outlive_an_update(path: Path) -> None:
    found = opened(path, [article("a", "Lavrov blames the truce. Aleppo was bombed.")])
    retrieval = found.retrieve("Lavrov", k=1)
    before = found.candidates(retrieval)
    ingest(path, [article("a", "Nothing of the kind.")], ENCODER)
    found.collection.catalog.withdraw("a")
    assert found.candidates(retrieval) == before


def test_another_encoder_and_a_missing_collection_are_refused(path: Path) -> None:
    library = make_library(path, [article("a", "Truce.")], ENCODER)
    with pytest.raises(CollectionNotFound, match="byline ingest"):
        library.retriever("other")
    other = HashingEncoder(dimension=16)
    assert other.identity != EncoderIdentity(name="hashing", digest="hashing-32", dimension=32)
    with pytest.raises(IndexMismatch, match="byline reencode"):
        make_library(path, [article("b", "Truce.")], other)
    with pytest.raises(IndexMismatch, match="byline reencode"):
        Retriever(Collection.open(path, "main"), other)


# -- while the collection changes --------------------------------------------------------------------------------------


def changing(catalog: Catalog, changes: Mapping[int, tuple[str, str]], monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Change the collection at the n-th time that a search asks the catalog about passages, first and last in each."""
    calls: list[int] = []

    def asking(ask: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def asked(keys: Any) -> Any:
            calls.append(len(calls))
            if calls[-1] in changes:
                act, id = changes[calls[-1]]
                getattr(catalog, act)(id)
            return ask(keys)

        return asked

    for name in ("origins", "passages"):
        monkeypatch.setattr(catalog, name, asking(getattr(catalog, name)))
    return calls


@pytest.mark.parametrize("moment", [0, 1])
def test_a_withdrawal_in_the_middle_of_a_search(path: Path, monkeypatch: pytest.MonkeyPatch, moment: int) -> None:
    text = "Lavrov blames the truce. Aleppo was bombed."
    found = opened(path, [article("a", text, day=1), article("b", text, day=2), article("c", "Talks in Geneva.")])
    changing(found.collection.catalog, {moment: ("withdraw", "a")}, monkeypatch)
    retrieval = found.retrieve("Lavrov blames", k=5)
    assert retrieval.seq == found.collection.catalog.seq()
    assert [hit.article.article_id for hit in retrieval.hits] == ["b", "c"]
    assert retrieval.hits[0].carriers == ()
    assert retrieval.hits[0].dense_score > 0


def test_an_earlier_copy_that_appears_in_the_middle_of_a_search(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "Lavrov blames the truce. Aleppo was bombed."
    found = opened(path, [article("a", text, day=1), article("b", text, day=2), article("c", "Talks in Geneva.")])
    found.collection.catalog.withdraw("a")
    changing(found.collection.catalog, {0: ("restore", "a")}, monkeypatch)
    retrieval = found.retrieve("Lavrov blames", k=5)
    assert [hit.article.article_id for hit in retrieval.hits] == ["a", "c"]
    assert retrieval.hits[0].lexical_score > 0


def test_a_collection_that_never_rests_is_answered_all_the_same(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "Lavrov blames the truce. Aleppo was bombed."
    found = opened(path, [article("a", text, day=1), article("b", text, day=2), article("c", "Talks in Geneva.")])
    changes = {moment: (("withdraw", "restore")[moment % 2], "a") for moment in range(100)}
    calls = changing(found.collection.catalog, changes, monkeypatch)
    retrieval = found.retrieve("Lavrov blames", k=5)
    assert {hit.article.article_id for hit in retrieval.hits} in ({"a", "c"}, {"b", "c"})
    assert len(calls) < 10


def test_threads_search_while_articles_come_and_go(path: Path) -> None:
    fixed = [article(f"fixed-{n}", f"Lavrov met {WORDS[n]} number {n} in Geneva.", day=n) for n in range(8)]
    found = opened(path, fixed)
    failures: list[BaseException] = []
    done = threading.Event()

    def search() -> None:
        try:
            while not done.is_set():
                hits = found.retrieve("Lavrov in Geneva", k=30).hits
                assert {f"fixed-{n}" for n in range(8)} <= {hit.article.article_id for hit in hits}
                assert len({hit.article.article_id for hit in hits}) == len(hits)
                assert all(hit.dense_score != 0 for hit in hits)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        ingester = Ingester(found.collection, ENCODER)
        for turn in range(12):
            coming = article(f"id-{turn % 3}", f"Lavrov spoke in Geneva for the time {turn}.", day=turn)
            assert len(list(ingester.ingest([record(coming)]))) == 1
            hits = found.retrieve("Lavrov", k=30, wanted=Filter(articles=(coming.id,))).hits
            assert [hit.passage.text for hit in hits] == [coming.text]
            found.collection.catalog.withdraw(f"id-{turn % 3}")
            assert not found.retrieve("Lavrov", k=30, wanted=Filter(articles=(coming.id,))).hits
            found.collection.catalog.restore(f"id-{turn % 3}")
            found.collection.compact()
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert failures == []


# -- what an outlet repeats --------------------------------------------------------------------------------------------


def test_what_an_outlet_says_in_every_article_ranks_lower(path: Path) -> None:
    about = "The Courier has reported on the harbour and the people of the harbour since 1891."
    courier = [
        article(f"courier-{n}", f"Lavrov met Kerry {n} times.\n\n{about}", source="The Courier", title=f"Talks {n}")
        for n in range(5)
    ]
    others = [article(f"post-{n}", about, source=f"Post {n}", title=f"Quay {n}") for n in range(6)]
    found = opened(path, [*courier, *others])

    def score() -> float:
        hits = found.retrieve("the people of the harbour", k=9).hits
        return next(hit.score for hit in hits if hit.article.article_id == "courier-0")

    repeated = score()  # found all the same: nothing is left out
    found.collection.catalog.withdraw("courier-3")
    assert score() > repeated + 0.15
    found.collection.catalog.restore("courier-3")
    assert score() == pytest.approx(repeated)


# -- several queries, and what is favoured -----------------------------------------------------------------------------


def ids(retrieval: Retrieval) -> list[str]:
    return [hit.article.article_id for hit in retrieval.hits]


@pytest.fixture
def harbours(path: Path) -> Retriever:
    stories = [
        article("quay", "The crane at the quay fell on rust.", day=0, source="Harbour Post"),
        article("ferry", "The ferry to the islands costs two euros more.", day=1, source="Civic Courier"),
        article("crane", "The crane was sold to the islands.", day=30, source="Civic Courier"),
        article("opera", "The opera opens with a ballet.", day=None),
    ]
    return opened(path, stories)


def test_several_queries_take_turns(harbours: Retriever) -> None:
    queries = [Query(text="ballet at the opera"), Query(text="crane rust"), Query(text="ferry euros")]
    assert ids(harbours.retrieve_all(queries, k=3)) == ["opera", "quay", "ferry"]
    assert ids(harbours.retrieve_all(queries[1:], k=2)) == ["quay", "ferry"]
    everything = harbours.retrieve_all(queries, k=9)
    assert len(ids(everything)) == len(set(ids(everything))) == 4
    assert [hit.rank for hit in everything.hits] == [1, 2, 3, 4]
    nearest = {each.sentence.text: each.similarity for hit in harbours.candidates(everything) for each in hit}
    assert min(nearest.values()) > 0.3  # each sentence is as near as to the nearest of the queries


def test_each_query_keeps_its_filter(harbours: Retriever) -> None:
    courier, post = Filter(sources=("civic courier",)), Filter(sources=("harbour post",))
    found = harbours.retrieve_all([Query(text="crane", wanted=courier), Query(text="crane", wanted=post)], k=9)
    assert ids(found)[:2] == ["crane", "quay"]
    assert "opera" not in ids(found)
    nobody = harbours.retrieve_all([Query(text="crane", wanted=Filter(sources=("nobody",)))], k=9)
    assert (nobody.hits, nobody.seq) == ((), harbours.collection.catalog.seq())


def test_what_is_favoured_comes_first_and_nothing_is_lost(harbours: Retriever) -> None:
    plain = ids(harbours.retrieve("crane", k=9))
    late = Query(text="crane", favoured=Filter(after=DAY + timedelta(days=20)))
    early = Query(text="crane", favoured=Filter(before=DAY + timedelta(days=1)))
    assert ids(harbours.retrieve_all([late], k=9))[0] == "crane"
    assert ids(harbours.retrieve_all([early], k=9))[0] == "quay"
    assert sorted(ids(harbours.retrieve_all([late], k=9))) == sorted(plain)


def test_what_is_favoured_is_found_behind_a_hundred_better_ones(path: Path) -> None:
    many = [article(f"old-{n}", f"The crane fell on rust, number {n}.", day=n % 9) for n in range(150)]
    found = opened(path, [*many, article("new", "A tower was painted.", day=300)])
    wanted = Query(text="crane fell on rust", favoured=Filter(after=DAY + timedelta(days=200)))
    fused = Retriever(found.collection, ENCODER, Fusion(favoured=2.0))
    assert ids(fused.retrieve_all([wanted], k=1)) == ["new"]


def test_outlets_are_those_that_are_searched(harbours: Retriever) -> None:
    assert harbours.outlets() == ("Civic Courier", "Harbour Post")
    harbours.collection.catalog.withdraw("quay")
    assert harbours.outlets() == ("Civic Courier",)


def test_one_opinion_alone(harbours: Retriever) -> None:
    def hits(**weights: float) -> tuple[Hit, ...]:
        fusion = Fusion(evidence=0.0, **weights)
        return Retriever(harbours.collection, ENCODER, fusion).retrieve("crane rust", k=9).hits

    by_words = [hit.lexical_score for hit in hits(dense=0.0)]
    assert by_words == sorted(by_words, reverse=True)
    by_meaning = [max(0.0, hit.dense_score) for hit in hits(dense=1.0)]
    assert by_meaning == sorted(by_meaning, reverse=True)


def test_what_is_erased_in_the_middle_of_a_question_is_left_out(path: Path) -> None:
    found = opened(path, [article("a", "Lavrov blames the truce."), article("b", "Lavrov met Kerry.")])
    retrieval = found.retrieve("Lavrov", k=5)
    found.collection.erase(["a"])
    fresh = Retriever(found.collection, ENCODER)
    assert sorted(len(each) for each in fresh.candidates(retrieval)) == [0, 1]
