"""Copies of a story, exact or near: which stored texts could be one of a text, and whether one is, by their words.

Two texts become candidates when they share a band: three minima of MinHash (Broder 1997) over runs of three words,
hashed into one integer for an index. With 48 bands, texts that have a third of their runs in common share one with
probability 0.84, and with half of them 0.998. What a candidate shares is then counted exactly, in runs of five words.
"""

import re
from collections.abc import Sequence
from datetime import timedelta
from zlib import crc32

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

FINGERPRINT = "minhash-1"
"""Changes whenever `fingerprint` gives other bands: those stored under another value find nothing."""

Hashes = NDArray[np.uint64]

_BANDS, _ROWS = 48, 3
_SHINGLE = 3
"""Words; short, so that an edit every few words leaves some."""
_RUN = 5
"""Words that two texts hardly share by chance."""
_OPENING = 100
"""Words: the lead and what follows it."""
_SHORT = 50
"""Words of a text that a template could have made but for one of them."""

_MOST = 0.8
_LEAST = 0.4
"""A brief within a roundup is no copy of it; the first half of a story is."""
_BEGUN = 0.7
"""Of the opening: a lead may be rewritten, but articles that share a gallery or background begin differently."""
_NUMBERS = 0.8
"""Other numbers are other news: draws, forecasts, tolls."""
_SOON = timedelta(days=2)
"""How long the copies of a story take to come. Later ones are updates, or last year's article with a new date..."""
_UNCHANGED = 0.95
"""... unless next to nothing is different."""

_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")
"""A word; in Chinese and Japanese, which put no space between them, a character."""


class Fingerprint(Struct, frozen=True, kw_only=True, eq=False):
    """What is compared of a text: its words in order, without case, spacing and punctuation."""

    words: Hashes
    numbers: Hashes
    """Of the words that hold a digit, each once, ascending."""

    @property
    def bands(self) -> tuple[int, ...]:
        """Signed integers of 64 bits to be indexed, 48 of any text; none of a text of less than three words."""
        runs = _runs(self.words, _SHINGLE)
        if not len(runs):
            return ()
        minima = np.array([(runs * factor).min() for factor in _FACTORS]).reshape(_BANDS, _ROWS)
        keys = np.arange(_BANDS, dtype=np.uint64)
        for row in minima.T:
            keys = _mixed(keys ^ row)
        return tuple(keys.view(np.int64).tolist())


class Resemblance(Struct, frozen=True, kw_only=True):
    """How alike two texts are, in whichever order they are given; every share is from 0 to 1."""

    words: int
    """Of the shorter text."""
    most: float
    """Share of a text's words that stand in runs of five which the other has too: of the text that has more of them
    there, which is the one that was cut."""
    least: float
    """The same of the other text."""
    opening: float
    """The same of the first words alone, of whichever text has more of them in the other."""
    numbers: float
    """Share of the numbers that the other text has too, of the text with fewer of them; 1 when it has none."""


def fingerprint(text: str) -> Fingerprint:
    """Hash the words of a text; equal words give equal hashes everywhere. Takes time linear in the text."""
    words = _WORD.findall(text.casefold())
    hashes = np.fromiter(map(crc32, " ".join(words).encode().split()), np.uint64, len(words))
    numbers = [at for at, word in enumerate(words) if not word.isalpha() and any(map(str.isdigit, word))]
    return Fingerprint(words=hashes, numbers=np.unique(hashes[numbers]))


def resemblance(one: Fingerprint, other: Fingerprint) -> Resemblance:
    """Count what two texts share."""
    shared = _shared(one.words, other.words), _shared(other.words, one.words)
    fewer = min(len(one.numbers), len(other.numbers))
    return Resemblance(
        words=min(map(len, shared)),
        most=max(map(_share, shared)),
        least=min(map(_share, shared)),
        opening=max(_share(words[:_OPENING]) for words in shared),
        numbers=len(np.intersect1d(one.numbers, other.numbers, assume_unique=True)) / fewer if fewer else 1.0,
    )


def is_copy(found: Resemblance, apart: timedelta | None = None) -> bool:
    """Tell whether two texts are one story, so that a reader who is shown either misses little.

    `apart` is the time between their publications, of either sign; None when it is not known.
    """
    if apart is not None and abs(apart) > _SOON and found.least < _UNCHANGED:
        return False
    most = 1.0 if found.words < _SHORT else _MOST
    return found.most >= most and found.least >= _LEAST and found.opening >= _BEGUN and found.numbers >= _NUMBERS


def _runs(words: Hashes, length: int) -> Hashes:
    """Hash every run of so many words, by where it begins."""
    count = max(len(words) - length + 1, 0)
    runs = np.zeros(count, np.uint64)
    for offset in range(length):
        runs = _mixed(runs + words[offset : offset + count])
    return runs


def _shared(words: Hashes, others: Hashes) -> NDArray[np.bool_]:
    """Tell of each word whether a run with it is among the runs of the others."""
    length = min(_RUN, len(words), len(others))
    shared = np.zeros(len(words), np.bool_)
    if length:
        begins = np.flatnonzero(np.isin(_runs(words, length), _runs(others, length)))
        for offset in range(length):
            shared[begins + offset] = True
    return shared


def _share(shared: NDArray[np.bool_]) -> float:
    return float(shared.mean()) if len(shared) else 0.0


def _mixed(values: Hashes) -> Hashes:
    """Spread what differs in a few bits over all 64 (the finaliser of splitmix64, Steele et al., OOPSLA 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


_FACTORS: Sequence[np.uint64] = tuple(_mixed(np.arange(1, _BANDS * _ROWS + 1, dtype=np.uint64)) | np.uint64(1))
"""Odd, so that each permutes the hashes."""
