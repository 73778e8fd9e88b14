"""What the lexical index holds at one change: a snapshot, the parts added since, and which of their rows are dead."""

import math
from collections import Counter
from collections.abc import Iterable
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from embeddings.arrays import Keys
from embeddings.postings import Postings

Places = npt.NDArray[np.int64]
"""Rows of one segment."""


class Weighed(Struct, frozen=True):
    """A term of a query."""

    frequency: int
    """How many live passages hold it."""
    term: str
    places: tuple[int | None, ...]
    """Where each segment has it."""
    weight: float
    """Its idf, times how often the query has it."""


class Segments(Struct, frozen=True):
    """Immutable: a change makes another one, which shares what did not change. No key is in two segments."""

    seq: int
    parts: tuple[Postings, ...]
    """The snapshot, then each more than twice as large as the next."""
    dead: tuple[Places, ...]
    """Of each part, ascending."""
    passages: int
    """Live ones."""
    words: int
    """Their terms, all counted."""

    @classmethod
    def of(cls, seq: int, parts: Iterable[Postings], dead: Iterable[Places] | None = None) -> Self:
        """Count what is live; nothing is dead unless told."""
        parts = tuple(parts)
        rows = tuple(np.zeros(0, dtype=np.int64) for _ in parts) if dead is None else tuple(dead)
        passages = sum(len(part.keys) for part in parts) - sum(map(len, rows))
        lost = sum(int(part.lengths[gone].sum(dtype=np.int64)) for part, gone in zip(parts, rows, strict=True))
        return cls(seq, parts, rows, passages, sum(part.words for part in parts) - lost)

    @property
    def average(self) -> float:
        """The length of a live passage, in terms; 1 where none has any."""
        return self.words / self.passages if self.words else 1.0

    def kept(self) -> list[npt.NDArray[np.bool_]]:
        """Which rows of each part are live."""
        masks = [np.ones(len(part.keys), dtype=np.bool_) for part in self.parts]
        for mask, gone in zip(masks, self.dead, strict=True):
            mask[gone] = False
        return masks

    def keys(self) -> Keys:
        """The live keys, ascending."""
        return np.sort(np.concatenate([part.keys[keep] for part, keep in zip(self.parts, self.kept(), strict=True)]))

    def weigh(self, query: Iterable[str]) -> list[Weighed]:
        """Look up the terms of a query that a live passage holds, the rarest first."""
        found = []
        for term, repeats in Counter(query).items():
            places = tuple(part.find(term.encode(errors="replace")) for part in self.parts)
            if frequency := self._frequency(places):
                found.append(Weighed(frequency, term, places, repeats * self.idf(frequency)))
        return sorted(found, key=lambda one: (one.frequency, one.term))

    def idf(self, frequency: int) -> float:
        """Weigh a term that so many live passages hold."""
        return math.log1p((self.passages - frequency + 0.5) / (frequency + 0.5))

    def without(self, keys: Keys) -> "Segments":
        """Bury these keys."""
        dead = [np.union1d(gone, _rows(part, keys)) for part, gone in zip(self.parts, self.dead, strict=True)]
        return Segments.of(self.seq, self.parts, dead)

    def revived(self, keys: Keys) -> "Segments":
        """Bring those of the keys that are dead back to life."""
        dead = [np.setdiff1d(gone, _rows(part, keys)) for part, gone in zip(self.parts, self.dead, strict=True)]
        return Segments.of(self.seq, self.parts, dead)

    def unknown(self, keys: Keys) -> npt.NDArray[np.bool_]:
        """Tell which keys no part has, live or dead."""
        unknown = np.ones(len(keys), dtype=np.bool_)
        for part in self.parts:
            unknown &= part.locate(keys) < 0
        return unknown

    def grown(self, added: Postings) -> "Segments":
        """Add a part, merged with those not much larger: the parts stay few, and a row is rarely merged again."""
        first, size = len(self.parts), len(added.keys)
        while first > 1 and len(self.parts[first - 1].keys) <= 2 * size:
            first -= 1
            size += len(self.parts[first].keys)
        if first < len(self.parts):
            kept = [*self.kept()[first:], np.ones(len(added.keys), dtype=np.bool_)]
            added = Postings.merge([*self.parts[first:], added], kept)
        dead = (*self.dead[:first], np.zeros(0, dtype=np.int64))
        return Segments.of(self.seq, (*self.parts[:first], added), dead)

    def merged(self) -> Postings:
        """All that is live, as one part."""
        return Postings.merge(self.parts, self.kept())

    def onto(self, snapshot: Postings) -> "Segments":
        """Hold the same, with a new snapshot in place of what it has."""
        live = self.keys()
        gone = np.flatnonzero(~_among(snapshot.keys, live))
        fresh = [keep & (snapshot.locate(part.keys) < 0) for part, keep in zip(self.parts, self.kept(), strict=True)]
        since = [(part, keep) for part, keep in zip(self.parts, fresh, strict=True) if keep.any()]
        whole = Segments.of(self.seq, (snapshot,), (gone,))
        return whole.grown(Postings.merge(*zip(*since, strict=True))) if since else whole

    def _frequency(self, places: tuple[int | None, ...]) -> int:
        total = 0
        for part, gone, place in zip(self.parts, self.dead, places, strict=True):
            if place is not None:
                rows, _ = part.held(place)
                few, many = (rows, gone) if len(rows) < len(gone) else (gone, rows)
                total += len(rows) - int(np.count_nonzero(_among(few, many)))
        return total


def _rows(part: Postings, keys: Keys) -> Places:
    rows = part.locate(keys)
    return rows[rows >= 0]


def _among(values: npt.NDArray[Any], ascending: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    if not len(ascending):
        return np.zeros(len(values), dtype=np.bool_)
    values = values.astype(ascending.dtype, copy=False)  # NumPy would copy the longer of the two to suit
    nearest = ascending[np.minimum(np.searchsorted(ascending, values), len(ascending) - 1)]
    found: npt.NDArray[np.bool_] = nearest == values
    return found
