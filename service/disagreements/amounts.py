"""The amounts that a sentence states, each with what it is an amount of: what may differ between two articles.

The verifier reads the numbers; here comes what tells one thing counted from another. Rules, for English.
"""

import functools
import math
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from embeddings.terms import FUNCTION_WORDS
from service.disagreements import counted
from service.disagreements.wording import CHANGES, GROUPS, MARKS, PEOPLE, SAME, SUPPOSED
from service.verifier.amounts import CLOCK, ORDINAL, SHARE
from service.verifier.figures import Figure, figures
from service.verifier.words import Word, words

_SUPPOSED_BEFORE, _AROUND, _BESIDE = 15, 6, 3
"""In words."""
_CONTEXT = 40
"""In characters, before a number."""
_MOST_ROUNDED, _PADDED_FROM, _EQUAL = 0.05, 100, 1e-9
_ABOUT, _SHORT = 0.1, 0.15
"""How far, as a share, "about" may be off, and "nearly"."""
_AT_LEAST = ("more than", "over", "at least", "above", "upwards of", "no less", "no fewer", "not less", "not fewer")
_AT_MOST = ("less than", "fewer than", "under", "below", "up to", "at most", "no more", "not more", "as many as")
_NEARLY = ("nearly", "almost", "close to")
_SOME = ("about", "around", "some", "roughly", "approximately", "an estimated", "estimated")
_SIGN = r"\s+[$€£¥]?$"
_BOUND = re.compile(
    rf"\b(?:(?:no|not) (?:less|fewer|more) than|{'|'.join((*_AT_LEAST, *_AT_MOST, *_NEARLY, *_SOME))}){_SIGN}",
    re.IGNORECASE,
)
_OR_MORE = re.compile(r"\s?\+|\W(?:\w+ ){0,2}or more\b")
_COMPARED = re.compile(
    r"\b(?:from|than|versus|vs\.?|against|plus or minus|compared (?:with|to)|"
    rf"(?:out|one|two|three|some|most|all|none|any|each|half|\d+) of(?: the)?){_SIGN}",
    re.IGNORECASE,
)
_CHANGED_FROM = re.compile(rf"\b(?:{'|'.join(CHANGES)})\b[^,;]*\bfrom{_SIGN}", re.IGNORECASE)
_JOINS = re.compile(r"\s?[-–]\s?| to | and ")
_PARTED = r"\b(?:years?|months?|hours?|minutes?|feet|foot|pounds?)(?:,| and)"
"""What goes on in smaller units: "eight minutes and 46 seconds"."""
_NO_AMOUNT_BEFORE = re.compile(rf"[/_]$|{_PARTED} $")
_NO_AMOUNT_AFTER = re.compile(
    r"/|\s?[ap]\.?m\b|:\d|\s(?:hundreds|thousands|[MmBb]illions)\b|"
    rf"[ -]{_PARTED} (?:a half|\d+|\w+) ?(?:months?|days?|minutes?|seconds?|inch(?:es)?|ounces?)\b"
)
_PART = re.compile(r"\s+of (?:the|them|whom|those|these|its|their|his|her)\b")
_TOTAL = re.compile(r"\b[Ii]n (?:total|all),? (?:\w+ ){0,2}$")
_POINTS = re.compile(r"(?:age)?[ -]points?\b")
_COUNTRY_OF_DOLLAR = re.compile(r"[A-Z]{0,2}$")
_VOTING = re.compile(r"\b(?:vote[ds]?|voting|ballot|approved|adopted|passed)\b")
_NO_STATEMENT = re.compile(
    r"\?\W*$|\b(?:correct(?:ion|ed|s)|misstated|earlier version|incorrect(?:ly)?|wrong(?:ly)?|updated|respectively|"
    r"photos|hide caption)\b|https?:",
    re.IGNORECASE,
)


class Amount(NamedTuple):
    """An amount that a sentence states of something."""

    start: int
    end: int
    """Of the words that state it, what is counted included."""
    stated: float
    low: float
    high: float
    """What the words leave open, infinite for "at least". Of votes: the fewer and the more."""
    bound: str
    """Which way that is: ">", "<" or "~"; empty where the words give the amount itself, or a range."""
    place: float
    """What its last digit that is no padding is worth: how exactly it is given."""
    kind: str
    """A currency, "%", "points", "age", "votes"; empty for a count."""
    counted: str
    """Stem of the noun, or of the name of whose age it is; empty where the sentence leaves it out."""
    told_by: frozenset[str]
    """Stems of what stands between number and noun."""
    fates: frozenset[str]
    """What became of those counted."""
    senses: frozenset[str]
    """What makes it another amount than one without: supposed, more, each, part, total, up, down."""
    around: frozenset[str]
    """Stems near it, fates and events under one for all words that mean the same."""

    def is_of(self, other: "Amount") -> bool:
        """Tell whether both are amounts of one sort: what is counted, and what became of it."""
        return (self.kind, self.counted, self.fates) == (other.kind, other.counted, other.fates)

    def agrees(self, other: "Amount", *, word_for_word: bool = False) -> bool:
        """Tell whether both may be true; "over 100" and "over 150" may, but not in one and the same sentence."""
        if self.kind == "votes":
            return (self.low, self.high) == (other.low, other.high)
        near = _EQUAL * min(self.stated, other.stated)
        if self.place != other.place:  # one may be rounded, or cut, from the other
            near += min(max(self.place, other.place), _MOST_ROUNDED * max(self.stated, other.stated))
        if word_for_word and self.bound and self.bound == other.bound:
            return abs(self.stated - other.stated) <= near
        return self.low - near <= other.high and other.low - near <= self.high


@functools.lru_cache(maxsize=4096)
def amounts(text: str) -> tuple[Amount, ...]:
    """Read what a sentence states in numbers, from left to right; nothing of a question or a correction."""
    if _NO_STATEMENT.search(text):
        return ()
    every = words(text)
    starts = {word.start: place for place, word in enumerate(every)}
    ends = {word.end: place for place, word in enumerate(every, start=1)}
    found = [
        (starts[each.span[0]], ends[each.span[1]], each)
        for each in _joined(text, figures(text))
        if each.span[0] in starts and each.span[1] in ends
    ]
    numbers = frozenset(place for first, last, _ in found for place in range(first, last))
    read = (_read(text, every, numbers, first, last, each) for first, last, each in found)
    return tuple(each for each in read if each is not None)


def _joined(text: str, found: Sequence[Figure]) -> Iterator[Figure]:
    """Make one of the two ends of a range and of the two sides of a vote; leave out scores and what is no amount."""
    at = 0
    while at < len(found):
        each = found[at]
        following = found[at + 1] if at + 1 < len(found) else None
        at += 1
        if following is not None and _JOINS.fullmatch(text[each.span[1] : following.span[0]].rstrip("$€£¥")):
            join = text[each.span[1] : following.span[0]].strip(" $€£¥")
            before = text[max(0, each.span[0] - _CONTEXT) : each.span[0]]
            both = each.span[0], following.span[1]
            bare = not (each.unit or following.unit or each.counts or following.counts)
            if bare and join != "and" and _VOTING.search(text):
                low, high = sorted((each.low, following.low))
                yield each._replace(span=both, low=low, high=high, unit="votes")
                at += 1
                continue
            if join == "to" and _CHANGED_FROM.search(before):
                continue
            if join != "and" or before.rstrip().lower().endswith("between"):
                if each.low < following.high:
                    yield following._replace(span=both, low=each.low)
                at += 1
                continue
        if each.unit not in (ORDINAL, CLOCK) and 0 < each.low == each.high:
            yield each


def _read(
    text: str, every: Sequence[Word], numbers: frozenset[int], first: int, last: int, figure: Figure
) -> Amount | None:
    start, end = figure.span
    before = text[max(0, start - _CONTEXT) : start]
    bound = _BOUND.search(before)
    name = None if figure.unit else counted.whose_age(text, every, first, last)
    if _NO_AMOUNT_BEFORE.search(before) or _NO_AMOUNT_AFTER.match(text, end) or name == "":
        return None
    if _COMPARED.search(before[: bound.start()] if bound else before):
        return None
    noun, told_by, after = ("", frozenset[str](), last) if name else counted.noun(text, every, numbers, last)
    ahead, behind = counted.ahead(every, numbers, first), counted.behind(every, numbers, after)
    fates = counted.fates(ahead, behind, every[last:after])
    kind = "age" if name else _kind(text, figure)
    if kind == "£" and "£" not in text[start:end]:
        kind, noun = "", "pound"  # of money or of weight
    if noun in PEOPLE and fates:
        noun = ""
    unclear = not noun or figure.low == 1 or (counted.is_a_name(every, first) and not bound)
    if kind == "" and not fates and noun not in GROUPS and unclear:
        return None
    low, high, way = _bounds(figure, bound[0].lower() if bound else "", _OR_MORE.match(text, end) is not None)
    return Amount(
        start=start - len(bound[0].rstrip("$€£¥")) if bound else start,
        end=every[after - 1].end,
        stated=figure.high,
        low=low,
        high=high,
        bound=way,
        place=_place(figure),
        kind=kind,
        counted=name or noun,
        told_by=told_by,
        fates=fates,
        senses=frozenset(_senses(text, every, figure, first, last, after, ahead, behind, bound is not None)),
        around=frozenset(
            SAME.get(each.stem, each.stem)
            for each in (*every[max(0, first - _AROUND) : first], *every[last : last + _AROUND])
            if each.stem and each.stem not in FUNCTION_WORDS
        ),
    )


def _kind(text: str, figure: Figure) -> str:
    if figure.unit == SHARE:
        return "points" if _POINTS.match(text, figure.span[1]) else "%"
    country = _COUNTRY_OF_DOLLAR.search(text[: figure.span[0]]) if figure.unit == "$" else None
    return (country[0] if country else "") + figure.unit  # A$5, C$5


def _bounds(figure: Figure, bound: str, or_more: bool) -> tuple[float, float, str]:
    """Read the least and the most that the words leave open, and which way that is."""
    if or_more or bound.startswith(_AT_LEAST):
        return figure.low, math.inf, ">"
    if bound.startswith(_NEARLY):
        return (1 - _SHORT) * figure.low, figure.high, "<"
    if bound.startswith(_AT_MOST):
        return 0.0, figure.high, "<"
    if bound:
        return (1 - _ABOUT) * figure.low, (1 + _ABOUT) * figure.high, "~"
    return figure.low, figure.high, ""


def _place(figure: Figure) -> float:
    """Tell what the last digit is worth: of 1,200 it is 100, but of 20 it is 1."""
    shown = 100 if figure.unit == SHARE else 1
    amount = figure.high * shown
    last = 10.0 ** (math.floor(math.log10(amount)) - figure.digits + 1)
    return (min(last, 1.0) if amount < _PADDED_FROM else last) / shown


def _senses(
    text: str,
    every: Sequence[Word],
    figure: Figure,
    first: int,
    last: int,
    after: int,
    ahead: Sequence[Word],
    behind: Sequence[Word],
    bounded: bool,
) -> Iterator[str]:
    start, end = figure.span
    for word in (*ahead[:_BESIDE], *behind[:_BESIDE]):
        if word.lower in CHANGES:
            yield CHANGES[word.lower]
    for word in (*ahead[: _BESIDE - 1], *every[last : after + 1]):
        if word.lower in MARKS and not bounded:  # "more than" is no "more"
            yield MARKS[word.lower]
    if any(MARKS.get(word.lower) == "each" for word in every[after : after + _BESIDE]):
        yield "each"
    if figure.unit and last < len(every) and every[last].lower in ("a", "an"):  # $5 a gallon
        yield "each"
    if _TOTAL.search(text[max(0, start - _CONTEXT) : start]):
        yield "total"
    if _PART.match(text, end) and figure.unit != SHARE:
        yield "part"
    if any(word.lower in SUPPOSED and word.text != "May" for word in every[max(0, first - _SUPPOSED_BEFORE) : first]):
        yield "supposed"
