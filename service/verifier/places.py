"""Where names stand in a sentence, and among which words: how a name put in another's place is noticed."""

import functools
from collections.abc import Sequence
from typing import NamedTuple

from embeddings.quotations import Span
from service.verifier.names import named
from service.verifier.words import beside, words

_SAME = 2
"""Words beside a name that have to be the same for its place to be."""


class Place(NamedTuple):
    """Where a name stands."""

    stems: tuple[str, ...]
    first: int
    last: int
    """Among the words of its text."""


def known(*texts: str) -> frozenset[str]:
    """Give the stems of all names of texts: where one begins a sentence, another text may tell that it is a name."""
    return frozenset[str]().union(*map(named, texts))


@functools.lru_cache(maxsize=4096)
def places(text: str, names: frozenset[str]) -> tuple[Place, ...]:
    """Find where names stand, adjacent ones as one."""
    found: list[Place] = []
    for at, word in enumerate(words(text)):
        if not (word.capital and word.stem in names):
            continue
        if found and found[-1].last == at - 1:
            found[-1] = Place((*found[-1].stems, word.stem), found[-1].first, at)
        else:
            found.append(Place((word.stem,), at, at))
    return tuple(found)


@functools.lru_cache(maxsize=4096)
def around(text: str, place: Place) -> frozenset[str]:
    """Give the words on either side of a name, each marked with its side."""
    return beside(words(text), place.first, place.last + 1)


def replaced(sentence: str, cited: Sequence[str]) -> list[Span]:
    """Find the names of a sentence that stand where a cited text has another name, and that no cited text has."""
    names = known(sentence, *cited)
    said = frozenset(word.stem for text in cited for word in words(text))
    own = frozenset(word.stem for word in words(sentence))
    found = []
    for place in places(sentence, names):
        if not said.isdisjoint(place.stems):
            continue
        near = around(sentence, place)
        for text in cited:
            others = (each for each in places(text, names) if own.isdisjoint(each.stems))
            if any(len(near & around(text, each)) >= _SAME for each in others):
                found.append((words(sentence)[place.first].start, words(sentence)[place.last].end))
                break
    return found
