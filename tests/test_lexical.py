"""The lexical index answers like BM25 written out plainly, whatever happened to it before."""

import logging
import math
import random
import threading
from collections.abc import Container, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings import lexical, postings, snapshot
from embeddings.arrays import KeyRanges, Keys
from embeddings.lexical import LexicalIndex
from embeddings.postings import Postings, saturation
from embeddings.terms import terms

WORDS = ["the", "of", "us", "Lavrov", "blame", "Aleppo", "truce", "élan", "حلب", "1,200", "U.N."]


class PlainBM25:
    """The definition, passage by passage."""

    def __init__(self, texts: Mapping[int, str]) -> None:
        self.words = {key: terms(text) for key, text in texts.items()}
        self.average = sum(map(len, self.words.values())) / max(1, len(self.words))

    def idf(self, term: str) -> float:
        holding = sum(term in words for words in self.words.values())
        return math.log(1 + (len(self.words) - holding + 0.5) / (holding + 0.5))

    def score(self, query: str, key: int) -> float:
        words = self.words.get(key, [])
        total = 0.0
        for term in terms(query):
            if held := words.count(term):
                total += self.idf(term) * held / (held + 1.2 * (1 - 0.75 + 0.75 * len(words) / self.average))
        return total

    def search(self, query: str, admits: Container[int] | None = None) -> list[tuple[int, float]]:
        scored = [(key, self.score(query, key)) for key in self.words if admits is None or key in admits]
        return sorted((pair for pair in scored if pair[1] > 0), key=lambda pair: (-round(pair[1], 9), pair[0]))


def keys_of(*keys: int) -> Keys:
    return np.array(keys, dtype=np.int64)


def ranges_of(keys: set[int]) -> KeyRanges:
    """The same keys as half-open ranges, neighbours joined."""
    starts = sorted(key for key in keys if key - 1 not in keys)
    ends = sorted(key + 1 for key in keys if key + 1 not in keys)
    return np.array(list(zip(starts, ends, strict=True)), dtype=np.int64).reshape(-1, 2)


def index_of(*texts: str) -> LexicalIndex:
    index = LexicalIndex()
    index.apply(1, np.arange(1, len(texts) + 1), texts, keys_of())
    return index


def assert_agrees(index: LexicalIndex, texts: Mapping[int, str], query: str, k: int, admits: set[int] | None) -> None:
    plain = PlainBM25(texts)
    expected = plain.search(query, admits)
    found, scores = index.search(query, k, None if admits is None else ranges_of(admits))
    np.testing.assert_allclose(scores, [score for _, score in expected[:k]], rtol=1e-9)
    # Which of two passages comes first is compared by score: the last bit of a sum of different terms is no contract.
    np.testing.assert_allclose(scores, [dict(expected)[key] for key in found.tolist()], rtol=1e-9)
    assert len(set(found.tolist())) == len(found)
    asked = [*range(45), 3, 10**12]
    np.testing.assert_allclose(
        index.scores(query, keys_of(*asked)), [plain.score(query, key) for key in asked], rtol=1e-9
    )
    np.testing.assert_allclose(index.idf(terms(query)), [plain.idf(term) for term in terms(query)], rtol=1e-9)
    assert index.keys().tolist() == sorted(texts)


def text_of(key: int, seed: int) -> str:
    """What a key stands for, for ever."""
    dice = random.Random(f"{key} {seed}")
    return " ".join(dice.choices(WORDS, weights=[8, 6, 4, 2, 1, 1, 1, 1, 1, 1, 1], k=dice.randrange(12)))


some_keys = st.lists(st.integers(1, 40), max_size=12)
steps = st.lists(st.tuples(some_keys, some_keys) | st.just("save"), max_size=12)
queries = st.lists(st.sampled_from([*WORDS, "absent"]), max_size=8).map(" ".join)
filters = st.none() | st.sets(st.integers(1, 40))


@given(st.integers(0, 9), steps, queries, st.integers(1, 50), filters)
@settings(max_examples=200, deadline=None)
def test_agrees_with_the_definition_after_any_changes(
    tmp_path_factory: pytest.TempPathFactory,
    seed: int,
    steps: list[tuple[list[int], list[int]] | str],
    query: str,
    k: int,
    admits: set[int] | None,
) -> None:
    path = tmp_path_factory.getbasetemp() / "any-changes.snapshot"
    path.unlink(missing_ok=True)
    index, live, seq = LexicalIndex.open(path), dict[int, str](), 0
    for step in steps:
        if isinstance(step, str):
            index.save(path)
            assert index.pending == 0
            assert_agrees(index, live, query, k, admits)
            index = LexicalIndex.open(path)
        else:
            seq += 1
            added, removed = step
            index.apply(seq, keys_of(*added), [text_of(key, seed) for key in added], keys_of(*removed))
            live = {key: text for key, text in live.items() if key not in removed}
            live |= {key: text_of(key, seed) for key in added}
        assert index.seq == seq
        assert_agrees(index, live, query, k, admits)


@pytest.mark.parametrize("probe", [0, 8, 10**9])
def test_agrees_on_every_way_through_the_search(monkeypatch: pytest.MonkeyPatch, probe: int) -> None:
    monkeypatch.setattr(lexical, "_PROBE", probe)
    monkeypatch.setattr(lexical, "_BUILT_AT_ONCE", 70)
    monkeypatch.setattr(postings, "_BLOCK", 50)
    dice = random.Random(2016)
    words = [f"w{number}" for number in range(60)]
    weights = [1 / (1 + number) for number in range(60)]
    texts = {key: " ".join(dice.choices(words, weights, k=dice.randrange(30))) for key in range(1, 501)}
    index = LexicalIndex()
    index.apply(1, keys_of(*texts), list(texts.values()), keys_of())
    gone = dice.sample(range(1, 501), 60)
    index.apply(2, keys_of(), [], keys_of(*gone))
    live = {key: text for key, text in texts.items() if key not in gone}
    plain = PlainBM25(live)
    for number in range(60):
        query = " ".join(dice.choices(words, k=dice.randrange(1, 12)))
        some = set(dice.sample(range(1, 501), 50))
        admits = [None, some, set(range(100, 450)), {7}, set[int](), set(range(501))][number % 6]
        expected = plain.search(query, admits)
        for k in (1, 5, 30, 1000):
            found, scores = index.search(query, k, None if admits is None else ranges_of(admits))
            np.testing.assert_allclose(scores, [score for _, score in expected[:k]], rtol=1e-9)
            np.testing.assert_allclose(scores, [dict(expected)[key] for key in found.tolist()], rtol=1e-9)


@given(st.lists(st.integers(1, 30), min_size=1, max_size=30), st.floats(1, 1000))
def test_the_bound_of_a_term_holds_at_any_average(others: list[int], average: float) -> None:
    texts = ["Aleppo " * (1 + number % 4) + "the " * other for number, other in enumerate(others)]
    part = Postings.build(np.arange(len(texts)), texts)
    place = part.find(b"aleppo")
    assert place is not None
    rows, counts = part.held(place)
    own = part.words / len(texts)
    for each in (average, own):
        assert part.peak(place, each) >= saturation(counts, part.lengths[rows], each).max()
    assert part.peak(place, own) <= saturation(counts, part.lengths[rows], own).max() * (1 + 1e-5)


def test_equal_passages_rank_by_key_across_snapshot_and_later_changes(tmp_path: Path) -> None:
    index = index_of(*["Lavrov blamed the US"] * 5)
    index.apply(2, keys_of(), [], keys_of(2, 3))
    index.save(tmp_path / "index")
    index.apply(3, keys_of(9, 3, 7), ["Lavrov blamed the US"] * 3, keys_of(4))
    found, scores = index.search("who blamed the US?", 4)
    assert found.tolist() == [1, 3, 5, 7]
    assert len(set(scores.tolist())) == 1
    assert index.search("who blamed the US?", 2)[0].tolist() == [1, 3]


def test_repeated_terms_of_a_query_count_again() -> None:
    index = index_of("truce in Aleppo", "truce", "Aleppo")
    once, twice = index.scores("truce", keys_of(1)), index.scores("truce Truces", keys_of(1))
    np.testing.assert_allclose(twice, 2 * once)


def test_a_query_of_stop_words_alone_finds() -> None:
    found, scores = index_of("of the people", "Aleppo", "the").search("the of", 10)
    assert found.tolist() == [1, 3]
    assert (scores > 0).all()


def test_an_empty_index_answers() -> None:
    index = LexicalIndex()
    found, scores = index.search("the truce", 10)
    assert (found.shape, scores.shape) == ((0,), (0,))
    assert index.scores("the truce", keys_of(1, 2)).tolist() == [0, 0]
    assert index.idf(["truce"]).tolist() == pytest.approx([math.log(2)])
    assert index.keys().tolist() == []
    assert (index.seq, index.pending) == (0, 0)


def test_a_query_without_words_or_room_finds_nothing() -> None:
    index = index_of("truce")
    assert len(index.search("?!", 10)[0]) == 0
    assert len(index.search("truce", 0)[0]) == 0
    assert len(index.search("\ud800truce absent", 5)[0]) == 1


def test_an_empty_passage_is_live_and_counts() -> None:
    index = index_of("", "truce", "")
    assert index.keys().tolist() == [1, 2, 3]
    np.testing.assert_allclose(index.search("truce", 5)[1], PlainBM25({1: "", 2: "truce", 3: ""}).score("truce", 2))


def test_a_word_more_often_than_a_counter_holds_counts_as_the_most() -> None:
    part = Postings.build(np.arange(2), ["truce " * 70_000, "truce"])
    assert part.held(0)[1].tolist() == [65_535, 1]
    assert part.lengths.tolist() == [70_000, 1]


def test_what_was_removed_comes_back_as_it_was(tmp_path: Path) -> None:
    index = index_of("truce in Aleppo", "Lavrov")
    index.save(tmp_path / "index")
    index.apply(2, keys_of(), [], keys_of(1, 77))
    assert index.pending == 1
    assert index.search("Aleppo", 5)[0].tolist() == []
    index.apply(3, keys_of(1, 2), ["truce in Aleppo", "Lavrov"], keys_of())
    assert (index.pending, index.seq) == (0, 3)
    assert index.search("Aleppo", 5)[0].tolist() == [1]


def test_unequal_numbers_of_keys_and_texts_are_refused() -> None:
    with pytest.raises(ValueError, match="2 keys for 1 texts"):
        LexicalIndex().apply(1, keys_of(1, 2), ["one"], keys_of())


def damaged(data: bytes) -> list[bytes]:
    flipped = bytearray(data)
    flipped[len(data) // 2] ^= 1
    return [bytes(flipped), data[: len(data) // 2], b"", b"rubbish" * 100]


@pytest.mark.parametrize("which", range(4))
def test_a_damaged_snapshot_opens_empty_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, which: int
) -> None:
    path = tmp_path / "index"
    index_of("truce", "Aleppo").save(path)
    path.write_bytes(damaged(path.read_bytes())[which])
    index = LexicalIndex.open(path)
    assert (index.seq, index.keys().tolist()) == (0, [])
    assert "starting empty" in caplog.text


@pytest.mark.parametrize("manifest", [{}, {"kind": "dense"}, {"format": 0}, {"analyzer": "other"}])
def test_a_snapshot_of_another_make_opens_empty_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, manifest: dict[str, object]
) -> None:
    path = tmp_path / "index"
    index_of("truce", "Aleppo").save(path)
    stored = snapshot.read(path)
    snapshot.write(path, stored.manifest | manifest if manifest else {}, stored.arrays)
    assert LexicalIndex.open(path).seq == 0
    assert "starting empty" in caplog.text


def test_a_missing_snapshot_opens_empty_and_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    assert LexicalIndex.open(tmp_path / "index").seq == 0
    assert "starting empty" in caplog.text


def test_searches_see_a_whole_state_while_changes_apply(tmp_path: Path) -> None:
    """Every change replaces the three passages that there are: never two, never six, never other statistics."""
    index, torn, done = LexicalIndex(), list[str](), threading.Event()
    index.apply(0, keys_of(0, 1, 2), ["truce"] * 3, keys_of())
    [score] = set(index.scores("truce", keys_of(0, 1, 2)).tolist())

    def search() -> None:
        while not done.is_set():
            found, scores = index.search("truce", 10)
            if len(found) != 3 or len(set((found // 3).tolist())) != 1 or set(scores.tolist()) != {score}:
                torn.append(f"{found} {scores}")

    threads = [threading.Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    for seq in range(1, 150):
        keys = np.arange(3 * seq, 3 * seq + 3)
        index.apply(seq, keys, ["truce"] * 3, keys - 3)
        if seq % 40 == 0:
            index.save(tmp_path / "index")
    done.set()
    for thread in threads:
        thread.join()
    assert torn == []


def test_what_is_applied_during_a_save_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = index_of("truce one", "truce two", "truce three", "truce four")
    index.apply(2, keys_of(), [], keys_of(4))
    write = snapshot.write

    def write_slowly(path: Path, manifest: dict[str, object], arrays: dict[str, npt.NDArray[Any]]) -> None:
        write(path, manifest, arrays)
        index.apply(3, keys_of(4, 5), ["truce four", "truce five"], keys_of(2))

    monkeypatch.setattr(snapshot, "write", write_slowly)
    index.save(tmp_path / "index")
    assert (index.seq, index.keys().tolist()) == (3, [1, 3, 4, 5])
    live = {1: "truce one", 3: "truce three", 4: "truce four", 5: "truce five"}
    np.testing.assert_allclose(index.search("truce four", 1)[1], PlainBM25(live).score("truce four", 4))
    assert (LexicalIndex.open(tmp_path / "index").seq, index.pending) == (2, 3)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The U.S., the US and us.", ["the", "us", "the", "us", "and", "us"]),
        ("the United States' envoy to the united nations", ["the", "us", "envoy", "to", "the", "un"]),
        ("The United States of America left a reunited state.", ["the", "us", "left", "a", "reunit", "state"]),
        ("U.N.'s U.S.-led e.g. p.m.", ["un", "us", "led", "eg", "pm"]),
        ("J.Smith", ["j", "smith"]),
        ("Kerry's Kerry’s dog's", ["kerri", "kerri", "dog"]),
        ("don’t Sana'a 'quoted'", ["dont", "sanaa", "quot"]),
        ("1,200 1200 1,200,300.5 12,3456 2016,2017", ["1200", "1200", "1200300.5", "12", "3456", "2016", "2017"]),
        ("2.5bn 3.5 10.", ["2.5bn", "3.5", "10"]),
        ("cease-fire—so_called #tag @name", ["ceas", "fire", "so", "call", "tag", "name"]),
        ("ﬁre ＡＢＣ Erdoğan E\u0301LAN Straße co\xadop", ["fire", "abc", "erdogan", "elan", "strass", "coop"]),
        ("العربيّة العربية", ["العربية", "العربية"]),
        ("🕊️ — … ", []),
        ("", []),
    ],
)
def test_terms(text: str, expected: list[str]) -> None:
    assert terms(text) == expected


@given(st.text())
def test_terms_are_words_that_can_be_stored(text: str) -> None:
    for term in terms(text):
        assert term
        assert term == term.strip()
        assert term.encode().decode() == term
    assert terms(text) == terms(text)


@pytest.mark.parametrize("piece", ["111,", "1.", "a.", "a'", "1", "a", "\u0301", "é", "9,999,9999"])
def test_terms_of_what_has_no_end_are_found_in_linear_time(piece: str) -> None:
    assert terms(f"truce {piece * 200_000} truce")[0] == "truce"
