"""The lexical index: exact BM25 over passages, derived from the catalog and kept in step with it change by change."""

import logging
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Self

import numpy as np
import numpy.typing as npt
from msgspec import MsgspecError, structs

from embeddings import snapshot
from embeddings.arrays import KeyRanges, Keys, Scores
from embeddings.errors import SnapshotDamaged
from embeddings.postings import Postings, saturation
from embeddings.segments import Places, Segments
from embeddings.terms import ANALYZER, terms

logger = logging.getLogger(__name__)

_MADE_BY = {"kind": "lexical", "format": 1, "analyzer": ANALYZER}
_BUILT_AT_ONCE = 1 << 14
_PROBE = 8
"""Looking one row up costs about as much as scoring this many postings in a row."""


class LexicalIndex:
    """BM25 over the live passages, whatever a filter admits; kept as one immutable file and the changes since.

    A score is the sum, over the terms of the query and repeats counting again, of
    idf * tf / (tf + k1 * (1 - b + b * dl / avgdl)), with k1 = 1.2 and b = 0.75 (Robertson and Zaragoza 2009) and the
    idf of Lucene's BM25Similarity, which is never negative: ln(1 + (N - df + 0.5) / (df + 0.5)).

    Any number of threads may search beside one that applies and one that saves; each search sees one state.
    """

    def __init__(self) -> None:
        """Start empty, at change 0."""
        self._segments = Segments.of(0, [Postings.build(np.zeros(0, dtype=np.int64), [])])
        self._applying = Lock()
        self._saving = Lock()

    @classmethod
    def open(cls, path: Path) -> Self:
        """Map the snapshot at `path`; empty, at change 0, where there is none that can be used."""
        index = cls()
        try:
            index._segments = _opened(path)
        except FileNotFoundError:
            logger.info("no lexical snapshot yet, starting empty")
        except (SnapshotDamaged, MsgspecError, OSError, LookupError, TypeError, ValueError) as error:
            logger.warning("lexical snapshot not used, starting empty: %s", error)
        return index

    def frozen(self) -> Self:
        """Give this index as it is now; what is applied to the one does not show in the other."""
        other = type(self)()
        other._segments = self._segments
        return other

    @property
    def seq(self) -> int:
        """The last change that a search sees."""
        return self._segments.seq

    @property
    def pending(self) -> int:
        """How many passages lie outside the snapshot or are dead; `save` folds them in."""
        segments = self._segments
        return sum(len(part.keys) for part in segments.parts[1:]) + sum(map(len, segments.dead))

    def apply(self, seq: int, added: Keys, texts: Sequence[str], removed: Keys) -> None:
        """Remove, then add, and stand at change `seq`.

        A key means one text for ever: one that is dead here comes back as it was. Live keys are not added again,
        unknown ones not removed.
        """
        if len(added) != len(texts):
            raise ValueError(f"{len(added)} keys for {len(texts)} texts")
        keys, firsts = np.unique(np.asarray(added, dtype=np.int64), return_index=True)
        with self._applying:
            segments = self._segments.without(np.asarray(removed, dtype=np.int64)).revived(keys)
            fresh = np.flatnonzero(segments.unknown(keys))
            for start in range(0, len(fresh), _BUILT_AT_ONCE):
                some = fresh[start : start + _BUILT_AT_ONCE]
                segments = segments.grown(Postings.build(keys[some], [texts[place] for place in firsts[some].tolist()]))
            self._segments = structs.replace(segments, seq=seq)

    def search(self, query: str, k: int, allowed: KeyRanges | None = None) -> tuple[Keys, Scores]:
        """Find the k best of the allowed passages that hold a term of the query, best first, ties by ascending key."""
        segments = self._segments
        weighed = segments.weigh(terms(query))
        keys, scores = [np.zeros(0, dtype=np.int64)], [np.zeros(0)]
        for number, (part, dead) in enumerate(zip(segments.parts, segments.dead, strict=True)):
            found = [(place, one.weight) for one in weighed if (place := one.places[number]) is not None]
            rows = None if allowed is None else part.within(allowed)
            rows = None if rows is None or len(rows) == len(part.keys) else rows
            if found and k > 0:
                best, totals = _best(part, dead, found, segments.average, k, rows)
                keys.append(part.keys[best])
                scores.append(totals)
        return _top(np.concatenate(keys), np.concatenate(scores), max(k, 0))

    def scores(self, query: str, keys: Keys) -> Scores:
        """Score these keys, in their order: 0 where none of the terms is, or the key is not live."""
        segments = self._segments
        weighed = segments.weigh(terms(query))
        totals = np.zeros(len(keys))
        for number, (part, keep) in enumerate(zip(segments.parts, segments.kept(), strict=True)):
            rows = part.locate(np.asarray(keys, dtype=np.int64))
            mine = np.flatnonzero(rows >= 0)
            mine = mine[keep[rows[mine]]]
            for one in weighed:
                if (place := one.places[number]) is not None:
                    held, earned = _looked_up(part, place, one.weight, segments.average, rows[mine])
                    totals[mine[held]] += earned
        return totals

    def idf(self, terms: Sequence[str]) -> Scores:
        """Weigh index terms, given as the analyzer gives them, by how few live passages hold them."""
        segments = self._segments
        known = {one.term: one.weight for one in segments.weigh(set(terms))}
        return np.array([known.get(term, segments.idf(0)) for term in terms], dtype=np.float64)

    def keys(self) -> Keys:
        """The live keys, ascending."""
        return self._segments.keys()

    def save(self, path: Path) -> None:
        """Write all that is live as a new snapshot and go on from it, keeping what is applied meanwhile."""
        with self._saving:
            segments = self._segments
            arrays = structs.asdict(segments.merged())
            manifest = _MADE_BY | {"seq": segments.seq, "words": arrays.pop("words")}
            snapshot.write(path, manifest, arrays)
            del arrays
            saved = _opened(path).parts[0]
            with self._applying:
                self._segments = self._segments.onto(saved)


def _opened(path: Path) -> Segments:
    stored = snapshot.read(path)
    if any(stored.manifest.get(name) != value for name, value in _MADE_BY.items()):
        raise SnapshotDamaged(f"{path.name} was made by another Byline")
    arrays = {name: np.asarray(array) for name, array in stored.arrays.items()}
    return Segments.of(stored.manifest["seq"], [Postings(**arrays, words=stored.manifest["words"])])


def _best(
    part: Postings, dead: Places, found: list[tuple[int, float]], average: float, k: int, rows: Places | None
) -> tuple[Places, Scores]:
    """Rows and scores of the k best of `rows`, or of all, in no order and with more where the last tie.

    Term at a time, the rarest first, with the cut of MaxScore (Turtle and Flood 1995): when the terms that are left
    cannot lift a passage not seen so far over the k-th best so far, only those that were seen stay candidates. Every
    passage gets its terms in the same order, so equal passages get equal scores.
    """
    bounds = [weight * part.peak(place, average) for place, weight in found]
    totals = np.zeros(len(part.keys))
    totals[dead] = -np.inf
    admitted = None
    if rows is not None:
        admitted = np.zeros(len(part.keys), dtype=np.bool_)
        admitted[rows] = True
    candidates, floor = rows, 0.0
    for number, (place, weight) in enumerate(found):
        left = sum(bounds[number:])
        if left < floor:
            seen = totals if candidates is None else totals[candidates]
            close = np.flatnonzero(seen >= floor - left)
            candidates = close if candidates is None else candidates[close]
        if candidates is not None and len(candidates) * _PROBE < part.starts[place + 1] - part.starts[place]:
            held, earned = _looked_up(part, place, weight, average, candidates)
            earned += totals[candidates[held]]
            totals[candidates[held]] = earned
        else:
            earned = _added(part, place, weight, average, totals, admitted)
        floor = _raised(floor, earned, k)
    if candidates is None:
        candidates = np.flatnonzero(totals >= floor)
    reached = totals[candidates]
    best = np.flatnonzero((reached >= floor) & (reached > 0))
    return candidates[best], reached[best]


def _looked_up(part: Postings, place: int, weight: float, average: float, rows: Places) -> tuple[Places, Scores]:
    """Which of the rows hold the term, by position, and what each of those earns."""
    holders, counts = part.held(place)
    rows = rows.astype(np.int32)  # as `holders` are: NumPy would copy those to suit
    at = np.minimum(np.searchsorted(holders, rows), len(holders) - 1)
    held = np.flatnonzero(holders[at] == rows)
    return held, saturation(counts[at[held]], part.lengths[rows[held]], average) * weight


def _added(
    part: Postings, place: int, weight: float, average: float, totals: Scores, admitted: npt.NDArray[np.bool_] | None
) -> Scores:
    """Add to `totals` what each admitted row that holds the term earns; what those have reached by that."""
    holders, counts = part.held(place)
    if admitted is not None:
        taken = admitted[holders]
        holders, counts = holders[taken], counts[taken]
    earned = saturation(counts, part.lengths[holders], average)
    earned *= weight
    earned += totals[holders]
    totals[holders] = earned
    return earned


def _raised(floor: float, reached: Scores, k: int) -> float:
    """A lower bound of the k-th best score, given one and scores that some passages have reached."""
    over = reached[reached > floor]
    return float(np.partition(over, len(over) - k)[len(over) - k]) if len(over) >= k else floor


def _top(keys: Keys, scores: Scores, k: int) -> tuple[Keys, Scores]:
    order = np.lexsort((keys, -scores))[:k]
    return keys[order], scores[order]
