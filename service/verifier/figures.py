"""Numbers with what they count: whether the figures of a sentence are those of what it cites.

A figure is an amount with a unit (a currency, a share, an ordinal) or with the words that it counts. Figures agree
when their amounts do, however they are written ("1,000", "a thousand"), and when one is an honest rounding of the
other ("more than 30" of 32, "1.2 million" of 1,234,567). Years and days of the month are dates, not figures.
"""

import functools
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from embeddings.quotations import Span
from embeddings.terms import FUNCTION_WORDS
from service.verifier.amounts import CLOCK, ORDINAL, SHARE, amount_at
from service.verifier.dates import dates
from service.verifier.words import Word, beside, words

_CURRENCIES = {
    "$": "$", "€": "€", "£": "£", "¥": "¥", "dollar": "$", "euro": "€", "pound": "£", "yen": "¥", "yuan": "yuan",
    "rubl": "rouble", "roubl": "rouble", "rupe": "rupee", "franc": "franc", "peso": "peso", "cent": "cent",
}  # fmt: skip
_SIGNS = "$€£¥"
_JOINED = re.compile(r"[-–—/]| to | and | or ")
_BOUNDS = {
    ">": r"more than|over|at least|above|exceed\w*|upwards of|no (?:less|fewer) than|topp\w+",
    "<": r"less than|fewer than|under|below|nearly|almost|up to|at most|no more than|close to",
    "~": r"about|around|some|roughly|approximately|an estimated|estimated at|nearly|almost|close to",
}
_BOUND = {sign: re.compile(rf"\b(?:{words}) \W*$", re.IGNORECASE) for sign, words in _BOUNDS.items()}
_CONTEXT = 24
"""Characters before a figure that are looked at."""
_FAR = 1.5
"""How far, as a factor, a bound may be from the amount that it bounds."""
_ABOUT, _ROUNDED = 0.1, 0.03
"""How far, as a share, what is about right may be off, and what is rounded without a word."""
_ROUND_FROM = 100
_EQUAL = 1e-9
_SAME_PLACE = 3
"""Words beside two figures, from so many that are the same on they stand in one place."""
_COUNTED = 3
"""Words after a number that may be what it counts."""
_NOT_COUNTED = FUNCTION_WORDS | {"more", "other", "than", "per", "over", "after", "befor", "new", "differ"}
_FEW = 10
"""Up to this a number may be the count of what the source names one by one."""


class Figure(NamedTuple):
    """An amount: of `unit`, of what `counts` names, or bare."""

    span: Span
    low: float
    high: float
    unit: str
    counts: frozenset[str]
    bounds: str
    """Whether the text calls it a bound: ">", "<", or about right: "~"."""
    digits: int
    beside: frozenset[str]
    """The words on either side, each marked with its side."""


@functools.lru_cache(maxsize=4096)
def figures(text: str) -> tuple[Figure, ...]:
    """Find the figures of a text, from left to right."""
    dated = [each.span for each in dates(text)]
    found = [each for each in _figures(text, words(text)) if not any(_overlap(each.span, span) for span in dated)]
    for at in range(len(found) - 2, -1, -1):  # "30-40 percent", "$2 to $3 million"
        one, other = found[at : at + 2]
        if not one.counts and _JOINED.fullmatch(text[one.span[1] : other.span[0]]):
            found[at] = _ranged(one, other)
    return tuple(found)


def unborne(sentence: str, cited: Sequence[str]) -> list[Figure]:
    """Find the figures of a sentence that the cited texts do not have, or have of something else."""
    claimed = figures(sentence)
    if not claimed:
        return []
    said = [each for text in cited for each in figures(text)]
    years = {float(each.year) for text in cited for each in dates(text) if each.year}
    return [each for each in claimed if not (each.low in years and not each.unit) and not _borne(each, said)]


def _borne(claimed: Figure, said: Sequence[Figure]) -> bool:
    bearing = [each for each in said if _agree(claimed, each)]
    rivals = [each for each in said if _rival(claimed, each)]
    if bearing:
        # The amount stands there, but what it is said to count is counted by another.
        return not rivals or any(each in rivals or not each.counts for each in bearing)
    few = claimed.high <= _FEW or claimed.low < claimed.high
    return few and claimed.unit in ("", ORDINAL) and not rivals


def _rival(claimed: Figure, said: Figure) -> bool:
    """Tell whether a text gives an amount of the same, whichever it is."""
    same = claimed.counts & said.counts or len(claimed.beside & said.beside) >= _SAME_PLACE
    return bool(same) and claimed.unit == said.unit


def _agree(claimed: Figure, said: Figure) -> bool:
    if claimed.unit != said.unit and (
        (claimed.unit and said.unit) or not {SHARE, ORDINAL, CLOCK}.isdisjoint((claimed.unit, said.unit))
    ):
        return False
    if claimed.low != claimed.high or said.low != said.high:
        return claimed.low <= said.high and said.low <= claimed.high
    amount, given = claimed.low, said.low
    return abs(amount - given) <= _EQUAL * max(1.0, abs(given)) or _is_rounded(claimed, said)


def _is_rounded(claimed: Figure, said: Figure) -> bool:
    """Tell whether an amount is one that another may be rounded to, in the words that go with it."""
    amount, given = claimed.low, said.low
    if claimed.digits >= said.digits or min(amount, given) <= 0 or claimed.unit in (ORDINAL, CLOCK):
        return False  # whoever rounds gives fewer digits
    if ">" in claimed.bounds and "<" not in said.bounds and amount < given <= _FAR * amount:
        return True
    if "<" in claimed.bounds and ">" not in said.bounds and amount / _FAR <= given < amount:
        return True
    if "~" in claimed.bounds and abs(amount - given) <= _ABOUT * given:
        return True
    rounded = float(f"{given:.{max(claimed.digits, 1) - 1}e}")
    return given >= _ROUND_FROM and abs(amount - rounded) <= _EQUAL * given and abs(amount - given) <= _ROUNDED * given


def _ranged(one: Figure, other: Figure) -> Figure:
    """Give the first figure of a range the unit of the second, and its scale, where it has none."""
    if other.unit == ORDINAL or (one.unit and other.unit not in ("", one.unit)):
        return one
    scale = 1.0
    if other.unit == SHARE and not one.unit:
        scale = 1 / 100
    elif one.low < 1e3:
        scale = next((power for power in (1e12, 1e9, 1e6, 1e3) if other.low >= power), 1.0)
    return one._replace(
        low=one.low * scale, high=one.high * scale, unit=one.unit or other.unit, counts=one.counts | other.counts
    )


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _figures(text: str, every: Sequence[Word]) -> Iterator[Figure]:
    at = 0
    while at < len(every):
        amount = amount_at(text, every, at)
        if amount is None:
            at += 1
            continue
        first = at - (at > 0 and every[at - 1].text in _SIGNS)
        unit, end = (every[first].text, amount.end) if first < at else _unit(every, amount.end, amount.unit)
        start = every[first].start
        context = text[max(0, start - _CONTEXT) : start]
        hundredth = unit == SHARE and not amount.unit
        yield Figure(
            span=(start, every[end - 1].end),
            low=amount.low / 100 if hundredth else amount.low,
            high=amount.high / 100 if hundredth else amount.high,
            unit=unit,
            counts=_counts(every, end),
            bounds="".join(sign for sign, pattern in _BOUND.items() if pattern.search(context)),
            digits=amount.digits,
            beside=beside(every, first, end),
        )
        at = end


def _unit(every: Sequence[Word], at: int, unit: str) -> tuple[str, int]:
    """Read the unit after an amount, and where it ends."""
    following = [each.lower for each in every[at : at + 2]]
    if unit:
        return unit, at
    if following[:1] in (["%"], ["percent"], ["pct"], ["percentage"], ["pc"]):
        return SHARE, at + 1
    if following == ["per", "cent"]:
        return SHARE, at + 2
    for place in (at, at + 1):  # "30 million US dollars"
        if place < len(every) and every[place].stem in _CURRENCIES and (place == at or every[at].capital):
            return _CURRENCIES[every[place].stem], place + 1
    return "", at


def _counts(every: Sequence[Word], at: int) -> frozenset[str]:
    found = []
    for word in every[at : at + _COUNTED]:
        if not word.stem or word.stem in _NOT_COUNTED or word.stem[0].isdigit():
            break
        found.append(word.stem)
    return frozenset(found)
