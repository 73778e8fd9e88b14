"""Dates of a sentence: whether what it cites is of these days, seen from the day on which the article came out."""

import functools
import re
import string
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from msgspec import Struct

from embeddings.evidence import Candidate
from embeddings.quotations import Span
from service.condenser.days import COUNTS, DAY, MONTH, MONTHS, WEEKDAYS, month_number

_YEAR = r"(?:1[5-9]|20)\d\d"
_COUNT = rf"(?:\d{{1,3}}|{'|'.join(COUNTS)})"
_UNIT = r"day|week|month|year|decade"
_FORMS = (
    rf"(?P<y1>{_YEAR})-(?P<m1>\d\d)-(?P<d1>\d\d)",
    rf"(?:the )?(?P<d2>{DAY})(?: of)? (?P<m2>{MONTH})(?:,? (?P<y2>{_YEAR}))?",
    rf"(?P<m3>{MONTH}) (?:the )?(?P<d3>{DAY})(?![\d:])(?:,? (?P<y3>{_YEAR}))?",
    rf"(?P<m4>{MONTH}),?(?: of)? (?P<y4>{_YEAR})",
    rf"(?P<decade>(?:{_YEAR[:-2]}|[’']\d)0)[’']?s",
    rf"(?P<y5>{_YEAR})",
    r"(?P<today>(?:the day before )?yesterday|last night|to(?:day|night|morrow)|this (?:morning|afternoon|evening))",
    rf"(?P<which>last|this|next|past) (?P<unit>{_UNIT})",
    rf"(?P<many>{_COUNT}) (?P<counted>{_UNIT})s? (?P<way>ago|from now)",
    rf"(?P<weekday>{'|'.join(WEEKDAYS)})",
    rf"(?P<m6>{'|'.join(MONTHS)})",
)
_ANY = re.compile(rf"(?<![\w/$€£])(?<!\d[-–.,:])(?:{'|'.join(_FORMS)})(?![\w/%]|[.,:]\d)", re.IGNORECASE)
_HINT = re.compile(rf"\d\d|\bag|from now|last|this|next|past|tod|ton|tom|yest|day|{'|'.join(MONTHS)}", re.IGNORECASE)
_DAYS = {"the day before yesterday": -2, "yesterday": -1, "last night": -1, "tomorrow": 1}
_NAMES = frozenset(["may", "march", "august"])
"""Words that are a month only when nothing else."""
_BEFORE_MONTH = re.compile(r"\b(?:in|since|until|during|by|between|from|through|of|last|this|next|early|late|mid) $|-$")

Days = tuple[date, date]
"""The first and the last."""


class Dated(Struct, frozen=True):
    """A date as a sentence names it; what it leaves open is None."""

    span: Span
    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    decade: int | None = None
    count: int = 0
    """Of what counts from the day on which it was written: how many units later that is."""
    unit: str = ""
    """Empty for a date of the calendar."""

    def given(self) -> tuple[int | None, ...]:
        return self.year, self.month, self.day, self.weekday, self.decade

    @property
    def fine(self) -> int:
        """Whether it is a day, a month, or longer."""
        return 2 if self.day or self.weekday is not None or self.unit == "day" else 1 if self.month else 0

    def covers(self, days: Days) -> bool:
        """Tell whether days lie within a date of the calendar, as far as it is given."""
        first, last = days
        if self.unit:
            return False
        return (
            (self.year is None or first.year == last.year == self.year)
            and (self.month is None or (first.month == last.month == self.month and (last - first).days < 31))
            and (self.day is None or (first == last and first.day == self.day))
            and (self.weekday is None or (first == last and first.weekday() == self.weekday))
            and (self.decade is None or first.year // 10 == last.year // 10 == self.decade)
        )


@functools.lru_cache(maxsize=4096)
def dates(text: str) -> tuple[Dated, ...]:
    """Find the dates that a text names, from left to right."""
    return tuple(_dates(text)) if _HINT.search(text) else ()


def undated(sentence: str, cited: Sequence[Candidate]) -> list[Dated]:
    """Find the dates of a sentence that neither the cited sentences nor the day of their article bear out."""
    said = [each for candidate in cited for each in dates(candidate.sentence.text)]
    return [each for each in dates(sentence) if not any(_bears(candidate, each, said) for candidate in cited)]


def _bears(candidate: Candidate, claimed: Dated, said: Sequence[Dated]) -> bool:
    published = candidate.hit.article.published_at
    today = published.date() if published else None
    # The day on which the article came out is that of what it reports, unless it names another.
    if today is not None and claimed.covers((today, today)) and not any(each.fine >= claimed.fine for each in said):
        return True
    wanted = _days(claimed, today) if claimed.unit or claimed.weekday is not None else []
    for text in (candidate.sentence.text, candidate.hit.article.title):
        for each in dates(text):
            if _same(claimed, each):
                return True
            for days in _days(each, today):
                if claimed.covers(days) or any(first <= days[0] and days[1] <= last for first, last in wanted):
                    return True
    return False


def _same(claimed: Dated, said: Dated) -> bool:
    """Tell whether a text names all that is claimed, in whatever order."""
    if claimed.unit or said.unit:
        return (claimed.count, claimed.unit) == (said.count, said.unit)
    return all(one is None or one == other for one, other in zip(claimed.given(), said.given(), strict=True))


def _days(dated: Dated, today: date | None) -> list[Days]:
    """Give the days that a date may mean for whoever writes it on a day."""
    try:
        return list(_meant(dated, today))
    except (ValueError, OverflowError):  # 31 June
        return []


def _meant(dated: Dated, today: date | None) -> Iterator[Days]:
    years = [dated.year] if dated.year else [today.year - 1, today.year, today.year + 1] if today else []
    if dated.decade is not None:
        yield date(10 * dated.decade, 1, 1), date(10 * dated.decade + 9, 12, 31)
    elif dated.day and dated.month:
        found = [date(year, dated.month, dated.day) for year in years if dated.day < 29 or _is_day(year, dated)]
        yield from ((day, day) for day in (found if dated.year else _nearest(found, today)))
    elif dated.month:
        begins = [date(year, dated.month, 1) for year in years]
        for begin in begins if dated.year else _nearest(begins, today):
            yield begin, (begin + timedelta(31)).replace(day=1) - timedelta(1)
    elif dated.year:
        yield date(dated.year, 1, 1), date(dated.year, 12, 31)
    elif today is not None and dated.weekday is not None:
        back = (today.weekday() - dated.weekday) % 7
        for day in (today - timedelta(back), today + timedelta((7 - back) % 7), today - timedelta(back or 7)):
            yield day, day
    elif today is not None and dated.unit:
        yield from _counted(dated.count, dated.unit, today)


def _counted(count: int, unit: str, today: date) -> Iterator[Days]:
    """Count from a day: where one unit is as good as the next, as in "35 years ago", both."""
    if unit == "day":
        # What is today where the article was written may be another day in UTC.
        for day in (today + timedelta(count + drift) for drift in (0, -1, 1)):
            yield day, day
    elif unit == "week":
        monday = today + timedelta(7 * count - today.weekday())
        yield monday - timedelta(1), monday + timedelta(6)
    elif unit == "month":
        months = 12 * today.year + today.month - 1 + count
        first = date(months // 12, months % 12 + 1, 1)
        yield first, (first + timedelta(31)).replace(day=1) - timedelta(1)
    else:
        years = count * (10 if unit == "decade" else 1)
        for year in (today.year + years, today.year + years - (abs(years) > 1)):
            yield date(year, 1, 1), date(year, 12, 31)


def _is_day(year: int, dated: Dated) -> bool:
    try:
        date(year, dated.month or 1, dated.day or 1)
    except ValueError:
        return False
    return True


def _nearest(found: Sequence[date], today: date | None) -> list[date]:
    """Choose the day nearest to a day, and the last before it."""
    if today is None or not found:
        return []
    before = [day for day in found if day <= today]
    return list({min(found, key=lambda day: abs(day - today)), *before[-1:]})


def _dates(text: str) -> Iterator[Dated]:
    for match in _ANY.finditer(text):
        given = {name.rstrip(string.digits): value.lower() for name, value in match.groupdict().items() if value}
        span = match.span()
        if text[: span[0]].rstrip()[-1:] in ("$", "€", "£", "¥"):
            continue
        if given.keys() == {"m"} and given["m"] in _NAMES:
            lower = text[max(0, span[0] - 10) : span[0]].lower()
            if not (match[0][0].isupper() and _BEFORE_MONTH.search(lower)):
                continue
        if "today" in given:
            yield Dated(span, count=_DAYS.get(given["today"], 0), unit="day")
        elif "unit" in given:
            yield Dated(span, count={"this": 0, "next": 1}.get(given["which"], -1), unit=given["unit"])
        elif "counted" in given:
            count = COUNTS.get(given["many"]) or int(given["many"])
            yield Dated(span, count=count if given["way"] == "from now" else -count, unit=given["counted"])
        elif "weekday" in given:
            yield Dated(span, weekday=WEEKDAYS.index(given["weekday"]))
        elif "decade" in given:
            ten = given["decade"]
            yield Dated(span, decade=int(ten[:3]) if ten[0].isdigit() else 190 + int(ten[1]))
        else:
            yield _calendar(span, given)


def _calendar(span: Span, given: dict[str, str]) -> Dated:
    month = given.get("m")
    number = None if month is None else int(month) if month.isdigit() else month_number(month)
    return Dated(
        span,
        year=int(given["y"]) if "y" in given else None,
        month=number,
        day=int(given["d"].rstrip("stndrh")) if "d" in given else None,
    )
