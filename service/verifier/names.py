"""Names of a sentence: whether what it cites has them in one form or another.

"Lavrov" is found in "Sergei Lavrov", "Russian" in "Russia", "the US" in "American", "WHO" in "World Health
Organization" and the other way round. The first word of a sentence is a name only where something else says so.
"""

import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from embeddings.quotations import Span
from embeddings.terms import FUNCTION_WORDS
from service.condenser.days import MONTHS, WEEKDAYS
from service.verifier.common import is_common
from service.verifier.words import NATIONS, Word, listed, stems, words

_ENDINGS = listed("n an ian ians ns ans ese i is ish s en er ers ic ist ists ism y")
_LINKING = listed("of the de la al bin van von der del da di du le el")
_NO_NAMES = (
    frozenset(MONTHS) | frozenset(WEEKDAYS) | frozenset(["mr", "mrs", "ms", "dr", "sir", "lady", "lord", "st", "i"])
)
_TITLES = listed(
    "president minister secretary senator sen rep gov governor mayor chief chairman chairwoman chair general "
    "prime foreign vice deputy professor prof judge justice king queen prince princess pope captain sergeant "
    "officer director former"
)
_STANDING_IN = listed(
    "he she they it his her hers their theirs its him them himself herself itself themselves we our us i my me "
    "who whose which this these"
)
_BEGINS = re.compile(r"[.!?:;\[\]“”\"«»—–]")
"""After these a capital may be no name's."""
_ROOT = 4


class Name(NamedTuple):
    """Capitalised words that stand together."""

    span: Span
    words: tuple[Word, ...]
    """Without titles, and the small words that link."""


@functools.lru_cache(maxsize=4096)
def names(text: str) -> tuple[Name, ...]:
    """Find the names of a text, from left to right."""
    return tuple(_names(words(text)))


def unknown(sentence: str, cited: Sequence[str], around: Iterable[str]) -> list[Name]:
    """Find the names of a sentence that the cited texts do not have.

    Those that a text `around` them has are known where something in the cited texts may stand for a name, or where
    they are of a country, which goes without saying.
    """
    claimed = names(sentence)
    if not claimed:
        return []
    missing = [each for each in claimed if not _is_known(each, cited)]
    if missing:
        texts = [*cited, *around]
        stands_in = any(word.lower in _STANDING_IN for text in cited for word in words(text))
        missing = [each for each in missing if not ((stands_in or _is_country(each)) and _is_known(each, texts))]
    return missing


@functools.lru_cache(maxsize=4096)
def named(text: str) -> frozenset[str]:
    """Give the stems of the names of a text."""
    return frozenset(word.stem for name in names(text) for word in name.words)


def _is_country(name: Name) -> bool:
    return all(word.stem in NATIONS for word in name.words)


def _is_known(name: Name, texts: Sequence[str]) -> bool:
    missing = [word for word in name.words if not any(_has(text, word) for text in texts)]
    if not missing:
        return True
    whole = "".join(word.text[0] for word in name.words).upper()
    if len(whole) > 2 and any(whole in _acronyms(text) for text in texts):
        return True
    return all(_is_acronym(word) and any(_bare(word) in _initials(text) for text in texts) for word in missing)


def _has(text: str, word: Word) -> bool:
    known = _known(text)
    if word.stem in known:
        return True
    # Syria and Syrian; not Austria and Australia.
    root = word.stem[: max(_ROOT, len(word.stem) - 4)]
    return any(_related(word.stem, other) for other in known if other.startswith(root))


def _related(one: str, other: str) -> bool:
    same = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return same >= _ROOT and all(not rest or rest in _ENDINGS for rest in (one[same:], other[same:]))


def _is_acronym(word: Word) -> bool:
    bare = _bare(word)
    return len(bare) > 1 and bare.isupper()


def _bare(word: Word) -> str:
    return word.text.replace(".", "").removesuffix("'s").removesuffix("’s")


@functools.lru_cache(maxsize=4096)
def _known(text: str) -> frozenset[str]:
    return stems(text).union(word.stem for word in words(text) if word.stem)


@functools.lru_cache(maxsize=4096)
def _acronyms(text: str) -> frozenset[str]:
    return frozenset(_bare(word) for word in words(text) if _is_acronym(word))


@functools.lru_cache(maxsize=4096)
def _initials(text: str) -> frozenset[str]:
    """Give what names of the text may be abbreviated to."""
    found: set[str] = set()
    for name in names(text):
        capitals = "".join(word.text[0] for word in name.words)
        found |= {capitals[start:end] for start in range(len(capitals)) for end in range(start + 2, len(capitals) + 1)}
    return frozenset(found)


def _names(every: Sequence[Word]) -> Iterator[Name]:
    at = 0
    while at < len(every):
        if not _is_capital(every[at]):
            at += 1
            continue
        last = end = at + 1
        while end < len(every) and (_is_capital(every[end]) or every[end].lower in _LINKING):
            end += 1
            last = end if _is_capital(every[end - 1]) else last
        kept = [word for word in every[at:last] if _may_name(word)]
        begins = at == 0 or _BEGINS.match(every[at - 1].text) is not None
        if kept and begins and kept[0] is every[at] and not _is_surely(every, at, last):
            kept = kept[1:]
        if kept:
            yield Name((kept[0].start, kept[-1].end), tuple(kept))
        at = last


def _is_capital(word: Word) -> bool:
    return word.capital and word.lower not in _NO_NAMES


def _may_name(word: Word) -> bool:
    return word.capital and word.lower not in _TITLES and (word.stem not in FUNCTION_WORDS or _is_acronym(word))


def _is_surely(every: Sequence[Word], at: int, end: int) -> bool:
    """Tell whether a word that begins a sentence is a name for another reason: what follows it, or its form."""
    word = every[at]
    if _is_acronym(word) or any(letter.isupper() for letter in word.text[1:]) or word.text.endswith(("'s", "’s")):
        return True
    follows = end > at + 1 and every[at + 1].capital
    return follows and not is_common(word) and not word.lower.endswith("ly")
