"""From the words of a date to the days that they mean, counted from a given day."""

from collections.abc import Sequence
from datetime import date, timedelta

MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
MONTH = rf"(?:{'|'.join(MONTHS)}|(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b\.?)"
DAY = r"(?:[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?"
"""Patterns of how a month, and a day of it, are written; in lower case."""
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
COUNTS = {
    **{"a": 1, "an": 1, "one": 1, "two": 2, "couple": 2, "three": 3, "four": 4, "five": 5, "six": 6, "few": 6},
    **{"several": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12},
}
"""How many; "a few" and "several" count as six, as much as anyone means by them."""
_UNIT_DAYS = {"hour": 1, "day": 1, "week": 7, "month": 31, "year": 366}
_RECENT_DAYS = {"hour": 1, "day": 10, "week": 42, "month": 183, "year": 5 * 366}
_SOON = 92
_DAYS_BACK = {"today": 0, "yesterday": 1, "day_before_yesterday": 2}
_QUARTERS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": 4}


def days(form: str, parts: Sequence[str], words: str, today: date) -> tuple[date, date]:
    """The first and the last day of what fits a form. Raises ValueError for days that no calendar has."""
    match form, parts:
        case "iso", [year, month, day]:
            return _both(date(int(year), int(month), int(day)))
        case "numeric", [one, sign, second, year]:
            readings = [(one, second)] if sign == "." else [(one, second), (second, one)]
            read = [date(int(year), int(month), int(day)) for day, month in readings if int(month) <= 12]
            return min(read), max(read)
        case ("days", [first, last, month, year]) | ("month_days", [month, first, last, year]):
            return _day(first, month, year, today), _day(last, month, year, today)
        case ("day", [day, month, year]) | ("month_day", [month, day, year]):
            return _both(_day(day, month, year, today))
        case "month_year", [month, year]:
            return _months(int(year), month_number(month))
        case "month", [month]:
            return _months(_day("1", month, "", today).year, month_number(month))
        case "quarter", [digit, ordinal, year]:
            return _months(int(year), 3 * int(digit or _QUARTERS[ordinal]) - 2, 3)
        case "years", [first, last]:
            return date(int(first), 1, 1), date(int(first[: 4 - len(last)] + last), 12, 31)
        case "year", [year]:
            return _months(int(year), 1, 12)
        case "weekday", [which, name]:
            return _weekday(which, WEEKDAYS.index(name), today)
        case "weekend", _:
            return _weekend(words, today)
        case (("rolling" | "ago"), [count, unit]):
            return _counted(form, count, unit, today)
        case (("recent" | "past"), [unit]):
            return today - timedelta((_RECENT_DAYS if form == "recent" else _UNIT_DAYS)[unit]), today
        case (("last" | "this"), [unit]):
            return _calendar_unit(form, unit, today)
        case _:
            begin = today - timedelta(_DAYS_BACK[form])
            return begin, today if words in ("last night", "last evening") else begin


def _both(day: date) -> tuple[date, date]:
    return day, day


def month_number(month: str) -> int:
    """Give the number of a month, from 1, by its name in lower case or the first three letters of it."""
    return next(number for number, name in enumerate(MONTHS, start=1) if name.startswith(month[:3]))


def _day(day: str, month: str, year: str, today: date) -> date:
    number = int(day.rstrip("stndrh"))
    if year:
        return date(int(year), month_number(month), number)
    found = date(today.year, month_number(month), number)
    return found if (found - today).days <= _SOON else found.replace(year=today.year - 1)


def _months(year: int, month: int, count: int = 1) -> tuple[date, date]:
    end = month + count
    return date(year, month, 1), date(year + (end > 12), (end - 1) % 12 + 1, 1) - timedelta(1)


def _weekday(which: str, weekday: int, today: date) -> tuple[date, date]:
    monday = today - timedelta(today.weekday())
    if which == "this":
        return _both(monday + timedelta(weekday))
    day = today - timedelta((today.weekday() - weekday) % 7)
    if day == today:
        return (day - timedelta(7), day) if not which else _both(day - timedelta(7))
    return (day - timedelta(7), day) if which == "last" and day >= monday else _both(day)


def _weekend(words: str, today: date) -> tuple[date, date]:
    saturday = today - timedelta((today.weekday() - 5) % 7)
    if today.weekday() < 5 and words == "this weekend":
        saturday += timedelta(7)
    elif today.weekday() >= 5 and "last" in words:
        saturday -= timedelta(7)
    return saturday, saturday + timedelta(1)


def _counted(form: str, count: str, unit: str, today: date) -> tuple[date, date]:
    number = int(count) if count.isdecimal() else max(COUNTS.get(word, 0) for word in count.split())
    days = -(-number // 24) if unit == "hour" else number * _UNIT_DAYS[unit]
    if form == "rolling" or unit == "hour":
        return today - timedelta(days), today
    either_way = timedelta(_UNIT_DAYS[unit] // 2)
    return today - timedelta(days) - either_way, min(today, today - timedelta(days) + either_way)


def _calendar_unit(form: str, unit: str, today: date) -> tuple[date, date]:
    sunday = today - timedelta(today.weekday() + 1)
    begin = {"week": sunday, "month": today.replace(day=1), "year": today.replace(month=1, day=1)}[unit]
    if form == "this":
        return begin, today
    if unit == "week":
        return sunday - timedelta(7), sunday
    end = begin - timedelta(1)
    return end.replace(day=1) if unit == "month" else end.replace(month=1, day=1), end
