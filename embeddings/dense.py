"""The index by meaning: exact inner product with FAISS, derived from the catalog.

One immutable snapshot file, a small delta in memory and a set of dead keys. Both parts are FAISS flat indexes, so a
filter is applied inside the search and never costs results.
"""

import logging
import threading
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Struct

from embeddings import snapshot
from embeddings.arrays import FloatMatrix, FloatVector, KeyRanges, Keys, Scores, within
from embeddings.errors import SnapshotDamaged

_FORMAT = "dense-1"
_BLOCK = 16_384
_NO_KEYS: Keys = np.zeros(0, dtype=np.int64)

logger = logging.getLogger(__name__)


class _Segment(Struct, frozen=True):
    """Vectors with their keys, ascending; `dead` marks rows that no search may return."""

    keys: Keys
    vectors: FloatMatrix
    dead: npt.NDArray[np.bool_]

    def rows(self, keys: Keys) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """Find the row of each key, and whether it has one."""
        if not len(self.keys):
            return np.zeros(len(keys), dtype=np.int64), np.zeros(len(keys), dtype=np.bool_)
        rows = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return rows, self.keys[rows] == keys

    def with_dead(self, keys: Keys, dead: bool) -> "_Segment":
        rows, found = self.rows(keys)
        marks = self.dead.copy()
        marks[rows[found]] = dead
        return _Segment(self.keys, self.vectors, marks)

    def search(self, query: FloatVector, k: int, allowed: KeyRanges | None) -> tuple[Keys, Scores]:
        """Find the k best in no order, and with more where the last tie."""
        wanted = ~self.dead
        if allowed is not None:
            wanted &= within(self.keys, allowed)
        count = int(wanted.sum())
        if min(k, count) < 1:
            return _NO_KEYS, np.zeros(0)
        index = _flat(self.vectors)
        # An admitted minority is scored by FAISS's own selector; a selector that admits all would only cost time.
        selector = None if count == len(wanted) else _faiss().IDSelectorBitmap(np.packbits(wanted, bitorder="little"))
        params = _faiss().SearchParameters(sel=selector) if selector else None
        scores, rows = (found[0] for found in index.search(query[None, :], min(k + 1, count), params=params))
        if k < count and scores[k - 1] == scores[k]:
            # FAISS chooses among equals as it likes: take all that reach the last score, for the keys to decide.
            below = np.nextafter(scores[k], np.float32(-np.inf))
            _, scores, rows = index.range_search(query[None, :], float(below), params=params)
        return self.keys[rows], scores.astype(np.float64)


class _State(Struct, frozen=True):
    seq: int
    snapshot: _Segment
    delta: _Segment


class DenseIndex:
    """Unit vectors by catalog key. Searches never wait for changes: each works on the state it found."""

    def __init__(self, dimension: int) -> None:
        """Start empty, at change 0."""
        self.dimension = dimension
        empty = _segment(_NO_KEYS, np.zeros((0, dimension), dtype=np.float32))
        self._state = _State(0, empty, empty)
        self._changing = threading.Lock()

    @classmethod
    def open(cls, path: Path, dimension: int) -> "DenseIndex":
        """Map the snapshot at `path`; empty, at change 0, where there is none that can be used."""
        index = cls(dimension)
        try:
            index._take(path)
        except FileNotFoundError:
            logger.info("no dense snapshot at %s: starting empty", path)
        except (SnapshotDamaged, msgspec.MsgspecError, OSError, LookupError, TypeError, ValueError) as error:
            logger.warning("dense snapshot not used, starting empty: %s", error)
        return index

    def frozen(self) -> "DenseIndex":
        """Give this index as it is now; what is applied to the one does not show in the other."""
        other = DenseIndex(self.dimension)
        other._state = self._state
        return other

    @property
    def seq(self) -> int:
        """The last change of the catalog that this index reflects."""
        return self._state.seq

    @property
    def pending(self) -> int:
        """How many rows and dead keys are not in the snapshot."""
        state = self._state
        return len(state.delta.keys) + int(state.snapshot.dead.sum())

    def __len__(self) -> int:
        state = self._state
        return int((~state.snapshot.dead).sum() + (~state.delta.dead).sum())

    def keys(self) -> Keys:
        """All live keys, ascending."""
        state = self._state
        return np.sort(np.concatenate([part.keys[~part.dead] for part in (state.snapshot, state.delta)]))

    def holds(self, keys: Keys) -> npt.NDArray[np.bool_]:
        """Tell of each key whether it is live."""
        live = np.zeros(len(keys), dtype=np.bool_)
        state = self._state
        for part in (state.snapshot, state.delta):
            rows, found = part.rows(keys)
            live[found] = ~part.dead[rows[found]]
        return live

    def apply(self, seq: int, added: Keys, vectors: FloatMatrix, removed: Keys) -> None:
        """Take changes in: first the removals, then the additions; a key that was removed may come back."""
        with self._changing:
            old = self._state
            full, delta = old.snapshot, old.delta
            if len(removed):
                full, delta = full.with_dead(removed, True), delta.with_dead(removed, True)
            if len(added):
                full, delta = full.with_dead(added, False), delta.with_dead(added, False)
                known = full.rows(added)[1] | delta.rows(added)[1]
                keys = np.concatenate([delta.keys, added[~known]])
                order = np.argsort(keys, kind="stable")
                delta = _Segment(
                    keys[order],
                    np.concatenate([delta.vectors, vectors[~known]])[order],
                    np.concatenate([delta.dead, np.zeros(int((~known).sum()), dtype=np.bool_)])[order],
                )
            self._state = _State(seq, full, delta)

    def search(self, query: FloatVector, k: int, allowed: KeyRanges | None = None) -> tuple[Keys, Scores]:
        """Find the k passages nearest in meaning by cosine, best first, ties by key."""
        state = self._state
        found = [part.search(query, k, allowed) for part in (state.snapshot, state.delta)]
        keys = np.concatenate([keys for keys, _ in found])
        scores = np.concatenate([scores for _, scores in found])
        order = np.lexsort((keys, -scores))[:k]
        return keys[order], scores[order]

    def scores(self, query: FloatVector, keys: Keys) -> Scores:
        """Give the cosine of each live key, 0.0 for others."""
        scores = np.zeros(len(keys))
        state = self._state
        for part in (state.snapshot, state.delta):
            rows, found = part.rows(keys)
            live = rows[found]
            # Row by row, so that equal vectors score equally wherever they stand.
            products = np.vecdot(part.vectors[live].astype(np.float64), query.astype(np.float64))
            scores[found] = np.where(part.dead[live], 0.0, products)
        return scores

    def vectors(self, keys: Keys) -> FloatMatrix:
        """Give the vectors of live keys, in their order; zeros for others."""
        matrix = np.zeros((len(keys), self.dimension), dtype=np.float32)
        state = self._state
        for part in (state.snapshot, state.delta):
            rows, found = part.rows(keys)
            live = found & ~part.dead[rows] if len(part.keys) else found
            matrix[live] = part.vectors[rows[live]]
        return matrix

    def save(self, path: Path) -> None:
        """Write what is live as a new snapshot stamped with `seq`, and go on from it."""
        with self._changing:
            state = self._state
            keys = self.keys()
            shape = (len(keys), self.dimension)
            blocks = (self.vectors(keys[start : start + _BLOCK]) for start in range(0, len(keys), _BLOCK))
            snapshot.write(
                path,
                {"format": _FORMAT, "dimension": self.dimension, "seq": state.seq},
                {"keys": keys, "vectors": snapshot.Blocks("float32", shape, blocks)},
            )
            self._take(path)

    def _take(self, path: Path) -> None:
        """Stand where the snapshot stands. Raises whatever a file that is not such a snapshot leads to."""
        stored = snapshot.read(path)
        if stored.manifest.get("format") != _FORMAT or stored.manifest.get("dimension") != self.dimension:
            raise SnapshotDamaged(f"{path} was made by another Byline or for another encoder")
        full = _segment(stored.arrays["keys"], stored.arrays["vectors"])
        empty = _segment(_NO_KEYS, np.zeros((0, self.dimension), dtype=np.float32))
        self._state = _State(int(stored.manifest["seq"]), full, empty)


def _segment(keys: Keys, vectors: FloatMatrix) -> _Segment:
    """A segment that is all alive."""
    if len(vectors) != len(keys):
        raise ValueError(f"{len(keys)} keys for {len(vectors)} vectors")
    return _Segment(keys, vectors, np.zeros(len(keys), dtype=np.bool_))


def _flat(vectors: FloatMatrix) -> Any:
    """Let FAISS look at the matrix where it lies, in memory or in the mapped file, as long as the matrix lives."""
    faiss = _faiss()
    index = faiss.IndexFlatIP(vectors.shape[1])
    # FAISS opens such a view itself only for files in its own format (IO_FLAG_MMAP_IFC); these are the members it sets.
    view = faiss.swig_ptr(vectors.view(np.uint8))
    index.codes.is_owned = False
    index.codes.view_data = index.codes.c_ptr = view
    index.codes.view_size = index.codes.c_size = vectors.nbytes
    index.ntotal = len(vectors)
    return index


def preload() -> None:
    """Import FAISS now, which is otherwise done when it is first needed."""
    _faiss()


def _faiss() -> Any:
    """The library; its type stubs describe the C++ side, not what Python may pass."""
    import faiss

    return faiss
