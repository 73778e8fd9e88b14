"""The dates that a question names. English, by rules; which of them say when an article came out is for `stated`."""

import re
import string
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import pairwise

import msgspec
from msgspec import Struct

from service.condenser.days import COUNTS, DAY, MONTH, MONTHS, WEEKDAYS, days


class Dated(Struct, frozen=True, kw_only=True):
    """A stretch of days as a question names it: `question[start:end]`."""

    start: int
    end: int
    first: date | None
    """None: any day up to `last`. Never both."""
    last: date | None
    """The last day, itself included. None: any day from `first` on."""
    form: str
    """Which form of words it is."""
    adverbial: bool
    """Says when something is or was: "in 2022". Not so "the 2022 World Cup" and "the October 7 attacks"."""


_NAME = "|".join(MONTHS)
_YEAR = r"(?:1[89]|20)\d\d"
_TO = r"(?: ?[-–—] ?| to | and )"
_COUNT = rf"(?:\d{{1,3}}|(?:a )?(?:{'|'.join(COUNTS)})(?: of)?)"
_UNIT = "(hour|day|week|month|year)"
_PART = r"(?:(?:early|mid|late|beginning of|start of|end of|middle of|rest of)[ -](?:the )?)?"
_FORMS = {
    "iso": rf"({_YEAR})-(\d\d)-(\d\d)(?:[t ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:z|[+-]\d\d:?\d\d)?)?",
    "numeric": rf"(\d\d?)([/.])(\d\d?)[/.]({_YEAR})",
    "days": rf"({DAY}){_TO}({DAY})(?: of)? ({MONTH})(?:,? ({_YEAR}))?",
    "day": rf"(?:the )?({DAY})(?: of)? ({MONTH})(?:,? ({_YEAR}))?",
    "month_days": rf"({MONTH}) ({DAY}){_TO}({DAY})(?:,? ({_YEAR}))?(?! {MONTH})",
    "month_day": rf"({MONTH}) (?:the )?({DAY})(?:,? ({_YEAR}))?",
    "month_year": rf"{_PART}({MONTH}),?(?: of)? ({_YEAR})",
    "quarter": rf"(?:q([1-4])|(?:the )?(first|second|third|fourth|last) quarter)(?: of)? ({_YEAR})",
    "decade": r"(?:(?:1[89]|20)\d|[’']?\d)0['’]?s",
    "years": rf"({_YEAR})[-–/](\d\d(?:\d\d)?)",
    "year": rf"{_PART}({_YEAR})",
    "day_before_yesterday": r"(?:the )?day before yesterday",
    "yesterday": r"yesterday|last (?:night|evening)",
    "today": r"today|tonight|this (?:morning|afternoon|evening)",
    "recent": rf"(?:the )?(?:(?:most )?recent|past few|last few) {_UNIT}s",
    "rolling": rf"(?:the )?(?:last|past|previous)[ -]({_COUNT})[ -]{_UNIT}s?",
    "ago": rf"({_COUNT}) {_UNIT}s? ago",
    "past": rf"(?:(?:the|this) past|the last|past) {_UNIT}",
    "last": r"last (week|month|year)",
    "this": r"this (week|month|year)",
    "weekend": r"(?:this past|this|the past|the last|last|past|the) weekend",
    "weekday": rf"(?:(this past|this|last|past) )?({'|'.join(WEEKDAYS)})",
    "month": rf"{_PART}(?:(?:last|this) )?({_NAME})",
}
"""Of those that begin at one place the first that fits wins, in this order."""
CALENDAR = frozenset(
    ("iso", "numeric", "days", "day", "month_days", "month_day", "month_year", "quarter", "years", "year", "month")
)
"""Forms that name days of the calendar; the others count from today."""
_HINT = re.compile(rf"\d|yesterday|today|tonight|this|last|past|ago\b|weekend|recent|previous|day|{_NAME}")
"""Every form has one of these."""
_ANY = re.compile(
    rf"(?<![\w/])(?<!\d[-–.,:])(?:{'|'.join(f'(?P<{name}>{form})' for name, form in _FORMS.items())})"
    r"(?![\w/]|[-–]\d|[.,:]\d)",
)
_SMALL = {ord(letter): letter.lower() for letter in string.ascii_uppercase}
"""Lower case that keeps every place."""
_GROUPS = [*_ANY.groupindex.values(), _ANY.groups + 1]
_PARTS = {form: slice(group, after - 1) for form, (group, after) in zip(_FORMS, pairwise(_GROUPS), strict=True)}
"""Where among all groups the parts of each form are."""

_OFTEN_YEARLESS = ("month", "day", "month_day")
_YEARS = re.compile(_YEAR)
_CONTEXT = 24
"""Characters before a date that are looked at."""
_PREPOSITION = re.compile(
    r"(?:\b(?:on|in|at|during|over|for|from|since|until|till|before|after|by|to|between|and|of|within|through|throughout|"
    r"around|last|this|dated|published|posted|printed|reported|the year|year|earlier|later)|[(,:]) $",
)
_COMPARED = re.compile(r"\b(?:than|compared|from) (?:\w+ ){0,3}$")
_CAPITAL_BEFORE = re.compile(r"\b[A-Z][\w’']* $")
_OF_MONTHS = re.compile(r"\b(?:in|since|until|during|between|from|through) (?:the )?$")
"""May is a month after these, and March too."""
_SINCE = re.compile(r"\b(since|after) (?:the )?$")
_UNTIL = re.compile(r"\b(before|until|till|by|prior to|up to|earlier than) (?:the )?$")
_ONWARDS = re.compile(r",? (?:onwards?|on(?= ?[,.?!]| ?$))")
_JOINING = re.compile(r" ?[-–—] ?| (?:to|and|until|till|through|up to) (?:the )?")
_FROM = re.compile(r"\b(?:from|between) (?:the )?$")


def dates(question: str, today: date) -> list[Dated]:
    """Find what days a question names, from left to right; what lies wholly in the future is left out.

    A date without a year is the last one that was, unless it comes within three months. "Last week" is Sunday to
    Sunday, as weeks begin with either of two days; "the last week" is the seven days up to today; "last Tuesday" is
    from the one to the other that it may be; 09/08/2016 is from 9 August to 8 September. Decades are no dates.
    """
    small = question.translate(_SMALL)
    if not _HINT.search(small):
        return []
    named = [_bounded(small, dated) for dated in _joined(small, _named(question, small, today))]
    return [dated for dated in named if (dated.first or dated.last or today) <= today]


def _named(question: str, small: str, today: date) -> Iterator[Dated]:
    end = None
    for match in _ANY.finditer(small):
        form = match.lastgroup or ""
        preposed = match.start() == 0 or _ends(_PREPOSITION, small, match.start())
        joined = end is not None and _JOINING.fullmatch(small, end, match.start()) is not None
        if not joined and _is_a_name(form, question, match.start(), match.end(), preposed):
            continue
        parts = [part or "" for part in match.groups()[_PARTS[form]]]
        try:
            first, last = days(form, parts, match[0], today)
        except (ValueError, OverflowError):  # 31 June, 5,000 years ago
            continue
        end = match.end()
        adverbial = joined or preposed or form not in CALENDAR
        if form == "ago" and _ends(_COMPARED, small, match.start()):  # "higher than a year ago"
            continue
        yield Dated(start=match.start(), end=end, first=first, last=last, form=form, adverbial=adverbial)


def _ends(pattern: re.Pattern[str], small: str, place: int) -> bool:
    """Tell whether the text before a place ends so."""
    return pattern.search(small, max(0, place - _CONTEXT), place) is not None


def _is_a_name(form: str, question: str, start: int, end: int, preposed: bool) -> bool:
    """Tell names, verbs and numbers from the dates that are spelt like them."""
    words, before = question[start:end], question[max(0, start - _CONTEXT) : start]
    match form:
        case "decade":
            return True
        case "month" if " " in words:  # "this may be"
            return not words.split()[-1].istitle()
        case "month" if words.islower() or words in ("May", "March"):
            return not _OF_MONTHS.search(before.lower())
        case "year" if start == 0:  # "2000 people"
            return question[end : end + 1] == " "
        case "month" | "years" | "year":
            return not (preposed or " " in words)
        case "weekday":  # "Black Friday", "Saturday Night Live"
            named = _CAPITAL_BEFORE.search(before) or (
                question[end : end + 1] == " " and question[end + 1 :][:1].isupper()
            )
            return bool(named) and not (preposed or " " in words)
        case "today" | "yesterday" | "last" | "this" | "past" | "weekend":  # "USA Today", "Last Week Tonight"
            begins = not before.strip() or before.rstrip()[-1] in ".?!:"
            return not words.islower() and (not begins or (" " in words and words.istitle()))
        case _:
            return False


def _joined(small: str, named: Iterable[Dated]) -> list[Dated]:
    """Make one of the two ends of a range: "between March and May 2023"."""
    found: list[Dated] = []
    for dated in named:
        earlier = found[-1] if found else None
        if earlier and (between := _JOINING.fullmatch(small, earlier.end, dated.start)):
            first = _begin(small, earlier, dated)
            listed = "and" in between[0] and not _ends(_FROM, small, earlier.start)
            if not listed and first and dated.last and first <= dated.last:
                found[-1] = msgspec.structs.replace(
                    earlier, end=dated.end, first=first, last=dated.last, adverbial=True
                )
                continue
        found.append(dated)
    return found


def _begin(small: str, earlier: Dated, later: Dated) -> date | None:
    """The first day of a range, in the year of its end where it has none of its own."""
    first, last = earlier.first, later.last
    yearless = earlier.form in _OFTEN_YEARLESS and not _YEARS.search(small, earlier.start, earlier.end)
    if first and last and yearless:
        year = last.year - ((first.month, first.day) > (last.month, last.day))
        return date(year, first.month, min(first.day, 28) if first.month == 2 else first.day)
    return first


def _bounded(small: str, dated: Dated) -> Dated:
    """Open one end: "since March". A day counts itself among those before and after it: whose midnight is unsaid."""
    context, one_day = max(0, dated.start - _CONTEXT), dated.first == dated.last
    first, last, start, end = dated.first, dated.last, dated.start, dated.end
    if until := _UNTIL.search(small, context, start):
        strictly = until[1] in ("before", "prior to", "earlier than") and not one_day
        first, last, start = None, first - timedelta(1) if strictly and first else last, until.start()
    elif since := _SINCE.search(small, context, start):
        strictly = since[1] == "after" and not one_day
        first, last, start = last + timedelta(1) if strictly and last else first, None, since.start()
    elif onwards := _ONWARDS.match(small, end):
        last, end = None, onwards.end()
    return msgspec.structs.replace(dated, first=first, last=last, start=start, end=end)
