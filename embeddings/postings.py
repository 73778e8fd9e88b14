"""One segment of the lexical index: which passages hold a term and how often, as immutable sorted arrays."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain, count, pairwise
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from embeddings.arrays import KeyRanges, Keys, Scores
from embeddings.terms import terms

K1 = 1.2
"""How soon more of the same word stops adding."""
B = 0.75
"""How much a long passage is discounted."""

Rows = npt.NDArray[np.int32]
"""Positions in a segment, ascending."""
Counts = npt.NDArray[np.uint16]
"""How often the term stands in each of the rows; 65535 also means more."""

_BLOCK = 1 << 22
_MOST = np.iinfo(np.uint16).max


def saturation(counts: npt.NDArray[Any], lengths: npt.NDArray[Any], average: float) -> Scores:
    """The part of a term's idf that a passage earns, below 1 (Robertson and Zaragoza 2009, equation 3.15)."""
    share: Scores = lengths * (K1 * B / average)
    share += K1 * (1 - B)
    share += counts
    np.divide(counts, share, out=share)
    return share


class Postings(Struct, frozen=True):
    """Passages by ascending key, terms by their UTF-8 bytes, and for each term the rows that hold it."""

    keys: Keys
    lengths: npt.NDArray[np.int32]
    """Terms of each passage."""
    blob: npt.NDArray[np.uint8]
    """The terms, one after another; term t is `blob[ends[t]:ends[t + 1]]`."""
    ends: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]
    """Term t is held by `rows[starts[t]:starts[t + 1]]`."""
    rows: Rows
    counts: Counts
    peaks: npt.NDArray[np.float32]
    """The largest saturation of each term, at the average length of this segment."""
    words: int
    """The sum of `lengths`."""

    @classmethod
    def build(cls, keys: Keys, texts: Sequence[str]) -> Self:
        """Index texts of ascending, distinct keys."""
        numbers: defaultdict[str, int] = defaultdict(count().__next__)
        lengths = np.zeros(len(keys), dtype=np.int32)
        parts = [np.zeros(0, dtype=np.int64)]
        for row, text in enumerate(texts):
            found = terms(text)
            lengths[row] = len(found)
            parts.append(np.fromiter(map(numbers.__getitem__, found), dtype=np.int64, count=len(found)))
        vocabulary = sorted((term.encode(), number) for term, number in numbers.items())
        places = np.zeros(len(vocabulary), dtype=np.int64)
        places[[number for _, number in vocabulary]] = np.arange(len(vocabulary))
        pairs = places[np.concatenate(parts)] << 32 | np.repeat(np.arange(len(keys)), lengths)
        pairs.sort()
        firsts = np.flatnonzero(np.diff(pairs, prepend=-1))
        counts = np.minimum(np.diff(firsts, append=len(pairs)), _MOST).astype(np.uint16)
        starts = np.searchsorted(pairs[firsts] >> 32, np.arange(len(vocabulary) + 1))
        rows = pairs[firsts].astype(np.int32)
        return cls._assembled(keys, lengths, [term for term, _ in vocabulary], starts, rows, counts)

    @classmethod
    def merge(cls, segments: Sequence["Postings"], kept: Sequence[npt.NDArray[np.bool_]]) -> Self:
        """Bring the kept rows of segments without a key in common into one."""
        keys = np.concatenate([segment.keys[keep] for segment, keep in zip(segments, kept, strict=True)])
        lengths = np.concatenate([segment.lengths[keep] for segment, keep in zip(segments, kept, strict=True)])
        order = np.argsort(keys, kind="stable")
        new_rows = _renumbered(order, kept)
        vocabulary, new_places = _united(segments)
        sizes = np.zeros(len(vocabulary), dtype=np.int64)
        for segment, places in zip(segments, new_places, strict=True):
            sizes[places] += np.diff(segment.starts)
        rows = np.empty(sizes.sum(), dtype=np.int32)
        counts = np.empty(sizes.sum(), dtype=np.uint16)
        filled = 0
        for low, high in _blocks(sizes):
            pairs, amounts = _gathered(segments, new_places, new_rows, low, high)
            rows[filled : filled + len(pairs)] = pairs.astype(np.int32)
            counts[filled : filled + len(pairs)] = amounts
            sizes[low:high] = np.bincount((pairs >> 32) - low, minlength=high - low)
            filled += len(pairs)
        vocabulary = [term for term, size in zip(vocabulary, sizes.tolist(), strict=True) if size]
        starts = np.concatenate(([0], np.cumsum(sizes[sizes > 0])))
        return cls._assembled(keys[order], lengths[order], vocabulary, starts, rows[:filled], counts[:filled])

    @classmethod
    def _assembled(
        cls,
        keys: Keys,
        lengths: npt.NDArray[np.int32],
        vocabulary: list[bytes],
        starts: npt.NDArray[np.int64],
        rows: Rows,
        counts: Counts,
    ) -> Self:
        blob = np.frombuffer(b"".join(vocabulary), dtype=np.uint8)
        sizes = np.fromiter(map(len, vocabulary), dtype=np.int64, count=len(vocabulary))
        ends = np.concatenate(([0], np.cumsum(sizes)))
        peaks = np.zeros(len(vocabulary), dtype=np.float32)
        words = int(lengths.sum(dtype=np.int64))
        for low, high in _blocks(np.diff(starts)):
            span = slice(starts[low], starts[high])
            earned = saturation(counts[span], lengths[rows[span]], words / len(keys))
            peaks[low:high] = np.maximum.reduceat(earned, starts[low:high] - starts[low])
        return cls(keys, lengths, blob, ends.astype(np.int64), starts.astype(np.int64), rows, counts, peaks, words)

    def vocabulary(self) -> Iterator[bytes]:
        """The terms, ascending."""
        blob = self.blob.tobytes()
        return (blob[low:high] for low, high in pairwise(self.ends.tolist()))

    def find(self, term: bytes) -> int | None:
        """The place of a term in the vocabulary."""
        low, high = 0, len(self.starts) - 1
        while low < high:
            middle = (low + high) // 2
            if self._term(middle) < term:
                low = middle + 1
            else:
                high = middle
        return low if low < len(self.starts) - 1 and self._term(low) == term else None

    def held(self, place: int) -> tuple[Rows, Counts]:
        """The rows that hold a term, and how often."""
        span = slice(self.starts[place], self.starts[place + 1])
        return self.rows[span], self.counts[span]

    def peak(self, place: int, average: float) -> float:
        """A bound for the saturation of a term at any average length, the closest at this segment's own."""
        # With a larger average each length norm shrinks, but by no more than the ratio of the averages.
        ratio = min(1.0, self.words / len(self.keys) / average)
        return (1 + 1e-6) / (1 + ratio * (1 / float(self.peaks[place]) - 1))

    def locate(self, keys: Keys) -> npt.NDArray[np.int64]:
        """The row of each key, -1 where this segment has none."""
        if not len(self.keys):
            return np.full(len(keys), -1, dtype=np.int64)
        rows = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[rows] == keys, rows, -1)

    def within(self, ranges: KeyRanges) -> npt.NDArray[np.int64]:
        """The rows whose keys lie in the ranges, ascending, in time proportional to their number."""
        lows, highs = np.searchsorted(self.keys, ranges.ravel()).reshape(-1, 2).T
        sizes = highs - lows
        return np.repeat(highs - np.cumsum(sizes), sizes) + np.arange(sizes.sum())

    def _term(self, place: int) -> bytes:
        return self.blob[self.ends[place] : self.ends[place + 1]].tobytes()


def _renumbered(order: npt.NDArray[np.int64], kept: Sequence[npt.NDArray[np.bool_]]) -> list[npt.NDArray[np.int64]]:
    """For each segment, the new row of each old one, -1 where it is dropped; `order` sorts the kept rows by key."""
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = np.arange(len(order))
    new_rows, done = [np.full(len(keep), -1, dtype=np.int64) for keep in kept], 0
    for rows, keep in zip(new_rows, kept, strict=True):
        rows[keep] = ranks[done : (done := done + int(keep.sum()))]
    return new_rows


def _united(segments: Sequence[Postings]) -> tuple[list[bytes], list[npt.NDArray[np.int64]]]:
    """All terms, ascending, and for each segment the place that each of its terms has among them."""
    words = [list(segment.vocabulary()) for segment in segments]
    vocabulary = list(dict.fromkeys(sorted(chain.from_iterable(words))))
    numbers = {word: number for number, word in enumerate(vocabulary)}
    return vocabulary, [np.fromiter(map(numbers.__getitem__, each), np.int64, len(each)) for each in words]


def _gathered(
    segments: Sequence[Postings],
    new_places: Sequence[npt.NDArray[np.int64]],
    new_rows: Sequence[npt.NDArray[np.int64]],
    low: int,
    high: int,
) -> tuple[npt.NDArray[np.int64], Counts]:
    """The kept postings of the terms from `low` to `high`: new place << 32 | new row, ascending, and their counts."""
    pairs, counts = [], []
    for segment, places, rows in zip(segments, new_places, new_rows, strict=True):
        first, last = np.searchsorted(places, (low, high))
        span = slice(segment.starts[first], segment.starts[last])
        owners = np.repeat(places[first:last], np.diff(segment.starts[first : last + 1]))
        moved = rows[segment.rows[span]]
        pairs.append((owners << 32 | moved)[moved >= 0])
        counts.append(segment.counts[span][moved >= 0])
    joined = np.concatenate(pairs)
    order = np.argsort(joined, kind="stable")  # a merge of runs: the pairs of each segment ascend already
    return joined[order], np.concatenate(counts)[order]


def _blocks(sizes: npt.NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Cut a vocabulary into ranges that hold about a block of postings each, and at least one term."""
    total = np.cumsum(sizes)
    low = 0
    while low < len(sizes):
        before = total[low - 1] if low else 0
        high = max(low + 1, int(np.searchsorted(total, before + _BLOCK, side="right")))
        yield low, high
        low = high
