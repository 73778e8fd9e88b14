"""What a number counts: the noun that follows it, what became of those counted, or whose age it is."""

import itertools
import re
from collections.abc import Iterator, Sequence

from embeddings.terms import FUNCTION_WORDS
from service.disagreements.wording import ENDS, FATES, LOSING, TAKING, plural
from service.verifier.words import Word

_NOUN_WITHIN, _AFTER, _BEFORE, _TAKING_WITHIN, _NAME_WITHIN = 4, 5, 10, 5, 4
"""In words."""
_CLAUSE_ENDS = frozenset(",;:()[]—–.!?")
_YEARS_OLD = re.compile(r"[- ]years?[- ]old\b")


def noun(text: str, every: Sequence[Word], numbers: frozenset[int], last: int) -> tuple[str, frozenset[str], int]:
    """Find the first plural after a number, or what a hyphen joins to it.

    Gives its stem, the stems of what stands between, and the place after it; empty, and the place after the number,
    where there is none. `numbers` are the places of all numbers, `last` is the one after this number.
    """
    at = last
    if text[every[last - 1].end : every[last - 1].end + 1] == "-" and at < len(every):
        return every[at].stem, frozenset(), at + 1
    if at < len(every) and every[at].lower == "of":  # 20% of the stations
        at += 2 if at + 1 < len(every) and every[at + 1].lower in ("the", "all") else 1
    between: list[str] = []
    for place in range(at, min(len(every), at + _NOUN_WITHIN)):
        word = every[place]
        if not word.stem or place in numbers or word.lower in ENDS:
            break
        if plural(word.lower):
            return word.stem, frozenset(between), place + 1
        if word.stem in FUNCTION_WORDS or word.lower in FATES:
            break
        between.append(word.stem)
    return "", frozenset(), last


def ahead(every: Sequence[Word], numbers: frozenset[int], first: int) -> list[Word]:
    """Give the words before a number that belong to it, the nearest first."""
    return list(_clause(every, numbers, first - 1, -1))[:_BEFORE]


def behind(every: Sequence[Word], numbers: frozenset[int], after: int) -> list[Word]:
    """Give the words after a number and its noun that belong to it."""
    return list(_clause(every, numbers, after, 1))[:_AFTER]


def _clause(every: Sequence[Word], numbers: frozenset[int], place: int, step: int) -> Iterator[Word]:
    while 0 <= place < len(every):
        word = every[place]
        if word.text in _CLAUSE_ENDS or place in numbers or word.lower in ENDS:
            return
        yield word
        place += step


def fates(ahead: Sequence[Word], behind: Sequence[Word], counted: Sequence[Word]) -> frozenset[str]:
    """Read what became of those counted: "killed 12 people", "12 people were killed", "a death toll of 12"."""
    place = next((at for at, word in enumerate(ahead[:_TAKING_WITHIN]) if word.lower in TAKING), None)
    if place is not None and all(word.stem in FUNCTION_WORDS or not word.stem.isalpha() for word in ahead[:place]):
        return frozenset([FATES[ahead[place].lower]])
    if any(word.lower == "lives" for word in counted) and any(word.lower in LOSING for word in (*ahead, *behind)):
        return frozenset(["dead"])
    for some in ((*counted, *behind), ahead):
        if said := frozenset(FATES[word.lower] for word in some if word.lower in FATES):
            return said
    return frozenset()


def is_a_name(every: Sequence[Word], first: int) -> bool:
    """Tell "Title 42" from an amount."""
    return first > 0 and every[first - 1].capital and (first > 1 or every[first - 1].stem not in FUNCTION_WORDS)


def whose_age(text: str, every: Sequence[Word], first: int, last: int) -> str | None:
    """Give the stem of the name that an age stands by ("Anna Berg, 25," "25-year-old Anna Berg"); None for no age.

    Empty where the age is nobody's by name.
    """
    old = _YEARS_OLD.match(text, every[last - 1].end)
    before = every[first - 1].lower if first else ""
    after = every[last].text if last < len(every) else ""
    if not (old or before == "aged" or (before == "," and after in (",", ".", ")"))):
        return None
    following = list(itertools.takewhile(lambda word: word.capital, every[last + 2 :])) if old else []
    named = following or [word for word in every[max(0, first - _NAME_WITHIN) : first] if word.capital]
    if not named:
        return "" if old or before == "aged" else None
    return named[-1].stem
