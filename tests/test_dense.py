"""The dense index answers like a matrix product over what is live, whatever happened to it before."""

import logging
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings import dense, snapshot
from embeddings.arrays import FloatMatrix, FloatVector, KeyRanges, Keys
from embeddings.dense import DenseIndex

# Products of these are exact in float32, so that ties are ties.
EXACT = np.array(
    [
        [1, 0, 0, 0],
        [0, 1, 0, 0],
        [-1, 0, 0, 0],
        [0.5, 0.5, 0.5, 0.5],
        [0.5, -0.5, 0.5, -0.5],
        [-0.5, -0.5, 0.5, 0.5],
    ],
    dtype=np.float32,
)
NONE: Keys = np.zeros(0, dtype=np.int64)
NO_VECTORS: FloatMatrix = np.zeros((0, 4), dtype=np.float32)


def keys_of(*keys: int) -> Keys:
    return np.array(keys, dtype=np.int64)


def vector_of(key: int) -> FloatVector:
    """A key means one vector for ever."""
    vector: FloatVector = EXACT[key * 7 % 11 % len(EXACT)]
    return vector


def vectors_of(keys: Keys) -> FloatMatrix:
    return np.array([vector_of(int(key)) for key in keys], dtype=np.float32).reshape(-1, 4)


def plain_search(
    live: Mapping[int, FloatVector], query: FloatVector, k: int, ranges: list[tuple[int, int]] | None
) -> list[tuple[int, float]]:
    scored = [
        (key, float(vector.astype(np.float64) @ query.astype(np.float64)))
        for key, vector in live.items()
        if ranges is None or any(first <= key < end for first, end in ranges)
    ]
    return sorted(scored, key=lambda pair: (-pair[1], pair[0]))[:k]


def searched(
    index: DenseIndex, query: FloatVector, k: int, allowed: KeyRanges | None = None
) -> list[tuple[int, float]]:
    keys, scores = index.search(query, k, allowed)
    return list(zip(keys.tolist(), scores.tolist(), strict=True))


def assert_agrees(index: DenseIndex, live: set[int], ranges: list[tuple[int, int]], k: int) -> None:
    vectors = {key: vector_of(key) for key in live}
    for query in EXACT:
        assert searched(index, query, k) == plain_search(vectors, query, k, None)
        allowed = np.array(ranges, dtype=np.int64).reshape(-1, 2)
        assert searched(index, query, k, allowed) == plain_search(vectors, query, k, ranges)
        asked = keys_of(*range(70), 10**12)
        expected = [float(vector_of(key) @ query) if key in live else 0.0 for key in asked.tolist()]
        assert index.scores(query, asked).tolist() == expected
    assert index.keys().tolist() == sorted(live)
    assert len(index) == len(live)
    every = np.arange(70)
    np.testing.assert_array_equal(
        index.vectors(every), [vector_of(key) if key in live else np.zeros(4) for key in every.tolist()]
    )


KEYS = st.sets(st.integers(1, 12)) | st.sets(st.integers(1, 60), max_size=30)
RANGES = st.lists(st.integers(0, 65), unique=True, max_size=8).map(
    lambda edges: list(zip(sorted(edges)[::2], sorted(edges)[1::2], strict=False))
)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["add", "remove", "swap", "save", "open"]), KEYS, KEYS), max_size=12),
    RANGES,
    st.integers(1, 80),
)
def test_any_history(
    tmp_path_factory: pytest.TempPathFactory,
    history: list[tuple[str, set[int], set[int]]],
    ranges: list[tuple[int, int]],
    k: int,
) -> None:
    path = tmp_path_factory.mktemp("dense") / "dense.snapshot"
    index, live, seq = DenseIndex(4), set[int](), 0
    saved: tuple[set[int], int] = set(), 0
    for operation, some, others in history:
        added, removed = keys_of(*sorted(some)), keys_of(*sorted(others))
        if operation == "save":
            index.save(path)
            saved = set(live), seq
        elif operation == "open":
            index, (live, seq) = DenseIndex.open(path, 4), (set(saved[0]), saved[1])
        else:
            seq += 1
            added = NONE if operation == "remove" else added
            removed = NONE if operation == "add" else removed
            index.apply(seq, added, vectors_of(added), removed)
            live = (live - set(removed.tolist())) | set(added.tolist())
        assert index.seq == seq
        assert_agrees(index, live, ranges, k)


def test_a_key_comes_back_wherever_it_was_buried(tmp_path: Path) -> None:
    index = DenseIndex(4)
    index.apply(1, keys_of(1, 2, 3), vectors_of(keys_of(1, 2, 3)), NONE)
    index.save(tmp_path / "dense.snapshot")
    index.apply(2, keys_of(4, 5), vectors_of(keys_of(4, 5)), keys_of(2))
    index.apply(3, NONE, NO_VECTORS, keys_of(3, 4, 99))
    assert_agrees(index, {1, 5}, [(0, 9)], 9)
    index.apply(4, keys_of(2, 4), vectors_of(keys_of(2, 4)), NONE)
    assert_agrees(index, {1, 2, 4, 5}, [(0, 9)], 9)
    index.apply(5, keys_of(3, 5), vectors_of(keys_of(3, 5)), keys_of(5, 1))
    assert_agrees(index, {2, 3, 4, 5}, [(0, 9)], 9)


@given(st.integers(1, 400), st.integers(1, 450), st.integers(1, 3), st.randoms(use_true_random=False))
def test_among_equals_the_lowest_keys_are_chosen(n: int, k: int, kinds: int, random: Any) -> None:
    rows = np.array([random.randrange(kinds) for _ in range(n)])
    index = DenseIndex(4)
    index.apply(1, np.arange(n), EXACT[rows], NONE)
    vectors = dict(enumerate(EXACT[rows]))
    assert searched(index, EXACT[0], k) == plain_search(vectors, EXACT[0], k, None)
    ranges = [(n // 5, n // 2), (n // 2 + 1, n)]
    assert searched(index, EXACT[0], k, np.array(ranges)) == plain_search(vectors, EXACT[0], k, ranges)


@pytest.mark.parametrize("saved", [False, True])
@pytest.mark.parametrize("k", [1, 10, 100, 1000])
def test_real_sizes(tmp_path: Path, saved: bool, k: int) -> None:
    random = np.random.default_rng(5)
    vectors = random.standard_normal((3000, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    keys = np.sort(random.choice(10_000, 3000, replace=False))
    index = DenseIndex(384)
    index.apply(1, keys[:2000], vectors[:2000], NONE)
    if saved:
        index.save(tmp_path / "dense.snapshot")
    index.apply(2, keys[2000:], vectors[2000:], keys[50:150])
    live = {
        int(key): vector for row, (key, vector) in enumerate(zip(keys, vectors, strict=True)) if not 50 <= row < 150
    }
    for ranges in (None, [(0, 400), (500, 501), (5000, 9000)]):
        for query in vectors[[7, 60, 2500]]:
            found = searched(index, query, k, None if ranges is None else np.array(ranges))
            expected = plain_search(live, query, k, ranges)
            assert [key for key, _ in found] == [key for key, _ in expected]
            np.testing.assert_allclose([s for _, s in found], [s for _, s in expected], atol=1e-6)
            np.testing.assert_allclose(
                index.scores(query, keys_of(*(key for key, _ in found))), [s for _, s in expected], atol=1e-12
            )


def test_equal_vectors_score_equally_wherever_they_stand(tmp_path: Path) -> None:
    random = np.random.default_rng(6)
    vectors = random.standard_normal((300, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors[[17, 120, 299]] = vectors[3]
    index = DenseIndex(384)
    index.apply(1, np.arange(200), vectors[:200], NONE)
    index.save(tmp_path / "dense.snapshot")
    index.apply(2, np.arange(200, 300), vectors[200:], NONE)
    for query in vectors[100:110]:
        assert len(set(index.scores(query, keys_of(3, 17, 120, 299)).tolist())) == 1


def test_empty_and_nothing_asked() -> None:
    index = DenseIndex(4)
    for k in (0, 1, 10):
        assert searched(index, EXACT[0], k) == []
    index.apply(3, keys_of(1), vectors_of(keys_of(1)), NONE)
    assert searched(index, EXACT[0], 0) == []
    assert searched(index, EXACT[0], -1) == []
    assert searched(index, EXACT[0], 5, np.zeros((0, 2), dtype=np.int64)) == []
    assert searched(index, EXACT[0], 5, np.array([[2, 9]])) == []
    assert index.scores(EXACT[0], NONE).tolist() == []
    assert index.vectors(NONE).shape == (0, 4)
    assert len(DenseIndex(4).keys()) == 0


def test_pending_is_what_is_not_in_the_snapshot(tmp_path: Path) -> None:
    index = DenseIndex(4)
    index.apply(1, np.arange(10), vectors_of(np.arange(10)), NONE)
    assert index.pending == 10
    index.save(tmp_path / "dense.snapshot")
    assert index.pending == 0
    index.apply(2, keys_of(20, 21), vectors_of(keys_of(20, 21)), keys_of(3))
    assert index.pending == 3


def test_many_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dense, "_BLOCK", 3)
    index = DenseIndex(4)
    index.apply(1, np.arange(20), vectors_of(np.arange(20)), keys_of())
    index.apply(2, NONE, NO_VECTORS, keys_of(4, 19))
    index.save(tmp_path / "dense.snapshot")
    assert_agrees(DenseIndex.open(tmp_path / "dense.snapshot", 4), {*range(20)} - {4, 19}, [(2, 9)], 6)


# -- files -------------------------------------------------------------------------------------------------------------


def test_no_snapshot_is_no_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        index = DenseIndex.open(tmp_path / "dense.snapshot", 4)
    assert (index.seq, len(index)) == (0, 0)
    assert [each.levelname for each in caplog.records] == ["INFO"]


@pytest.mark.parametrize(
    "kind", ["cut", "empty", "flipped", "grown", "other", "folder", "dimension", "format", "arrays"]
)
def test_a_snapshot_that_cannot_be_used_is_not(tmp_path: Path, caplog: pytest.LogCaptureFixture, kind: str) -> None:
    path = tmp_path / "dense.snapshot"
    keys = np.arange(200)
    made = DenseIndex(4)
    made.apply(9, keys, vectors_of(keys), NONE)
    made.save(path)
    whole = path.read_bytes()
    places = [0, 9, 40, 100, 1000, len(whole) // 2, len(whole) - 1]
    match kind:
        case "cut":
            variants = [whole[:place] for place in places]
        case "empty":
            variants = [b""]
        case "flipped":
            variants = [whole[:at] + bytes([whole[at] ^ 16]) + whole[at + 1 :] for at in places]
        case "grown":
            variants = [whole + b"\0", whole + whole]
        case "other":
            variants = [b"SQLite format 3\0" * 50]
        case _:
            variants = []
    for variant in variants:
        path.write_bytes(variant)
        assert_starts_empty(path, caplog)
    manifest = {"format": "dense-1", "dimension": 4, "seq": 9}
    if kind == "folder":
        path.unlink()
        path.mkdir()
    elif kind == "dimension":
        DenseIndex(8).save(path)
    elif kind == "format":
        snapshot.write(path, manifest | {"format": "dense-0"}, {"keys": keys, "vectors": vectors_of(keys)})
    elif kind == "arrays":
        snapshot.write(path, manifest, {"keys": keys, "vectors": vectors_of(keys)[:-1]})
        assert_starts_empty(path, caplog)
        snapshot.write(path, manifest, {"keys": keys})
    if not variants:
        assert_starts_empty(path, caplog)


def assert_starts_empty(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.clear()
    index = DenseIndex.open(path, 4)
    assert (index.seq, len(index)) == (0, 0)
    assert [each.levelname for each in caplog.records] == ["WARNING"]
    index.apply(1, keys_of(5), vectors_of(keys_of(5)), NONE)
    assert searched(index, vector_of(5), 3) == [(5, 1.0)]


def test_a_snapshot_replaced_or_deleted_under_an_open_index_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "dense.snapshot"
    keys = np.arange(50)
    index = DenseIndex(4)
    index.apply(1, keys, vectors_of(keys), NONE)
    index.save(path)
    other = DenseIndex(4)
    other.apply(2, keys_of(1), vectors_of(keys_of(1)), NONE)
    other.save(path)
    assert_agrees(index, set(range(50)), [(3, 30)], 10)
    path.unlink()
    assert_agrees(index, set(range(50)), [(3, 30)], 10)


def test_a_save_that_fails_leaves_the_index_as_it_was(tmp_path: Path) -> None:
    index = DenseIndex(4)
    index.apply(1, np.arange(50), vectors_of(np.arange(50)), NONE)
    with pytest.raises(OSError, match="No such file"):
        index.save(tmp_path / "nowhere" / "dense.snapshot")
    assert index.pending == 50
    assert_agrees(index, set(range(50)), [(3, 30)], 10)


# -- threads -----------------------------------------------------------------------------------------------------------


def test_searches_beside_changes_see_one_state_each(tmp_path: Path) -> None:
    """Each change adds five keys and buries the five before the last: every state has its own set of keys."""
    index = DenseIndex(4)
    steps = 60
    states = {frozenset[int]()}
    for step in range(steps):
        states.add(frozenset(range(max(0, step - 3) * 5, step * 5 + 5)))
    failures: list[str] = []
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            found = searched(index, EXACT[3], 1000)
            keys = frozenset(key for key, _ in found)
            if keys not in states or found != plain_search({k: vector_of(k) for k in keys}, EXACT[3], 1000, None):
                failures.append(f"{sorted(keys)}")
            if frozenset(index.keys().tolist()) not in states:
                failures.append("keys of no state")

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for step in range(steps):
            added = np.arange(step * 5, step * 5 + 5)
            index.apply(step + 1, added, vectors_of(added), added - 20 if step > 3 else NONE)
            if step % 7 == 0:
                index.save(tmp_path / "dense.snapshot")
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert failures == []
    assert_agrees(DenseIndex.open(tmp_path / "dense.snapshot", 4), set(range(265, 285)), [(3, 30)], 10)
