"""Dates as they are written in the wild become moments in UTC, or nothing: never a guess completed from today."""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

EARLIEST_YEAR, LATEST_YEAR = 1400, 2200
_LONGEST = 100
# They differ in year, month and day, so what a string leaves open comes out differently; both years have a 29 February.
_DEFAULTS = (datetime(2000, 1, 1), datetime(2004, 2, 2))
_HOURS = {
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
    "GMT": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3,
    "JST": 9, "AEST": 10, "AEDT": 11,
}  # fmt: skip
_AHEAD = re.compile(r"\b(?:GMT|UTC) ?(?=[+-]\d)")  # people mean ahead of it by GMT+3, POSIX and dateutil behind it
_MONTHS = (
    "januar jänner janvier enero janeiro gennaio januari января",
    "februar février febrero fevereiro febbraio februari февраля",
    "märz mars marzo março maart марта",
    "avril abril aprile апреля",
    "mai mayo maio maggio mei мая",
    "juni juin junio junho giugno июня",
    "juli juillet julio julho luglio июля",
    "août agosto augustus августа",
    "septembre septiembre setembro settembre сентября",
    "oktober octobre octubre outubro ottobre октября",
    "novembre noviembre novembro ноября",
    "dezember décembre diciembre dezembro dicembre декабря",
)
_MONTH_NUMBERS = {name: number for number, names in enumerate(_MONTHS, start=1) for name in names.split()}
_WRITTEN_OUT = re.compile(
    rf"\b(\d{{1,2}})(?:er|\.|º|°)? (?:de )?({'|'.join(_MONTH_NUMBERS)}) (?:del? )?(\d{{4}})\b"
    r"(?:\D{1,9}\b(\d{1,2})[:h.](\d{2})(?: ?(?:uhr|h))?$)?",
    re.IGNORECASE,
)
_PLACES = {"ET": "America/New_York", "CT": "America/Chicago", "MT": "America/Denver", "PT": "America/Los_Angeles"}


def parse_date(value: str | int | float | date | None) -> datetime | None:
    """The moment in UTC, or None if year, month and day are not all given or lie outside 1400 to 2200.

    A day without a time is its midnight, a time without a zone is UTC, a number is unix seconds (or milliseconds,
    where seconds would be out of range). 09/08/2016 is in September, as Americans write it: whoever means August has
    to say so in another form. Month names may be those of eight European languages. Never raises.
    """
    try:
        moment = _read(value)
        if moment is None:
            return None
        moment = moment.replace(tzinfo=UTC) if moment.utcoffset() is None else moment.astimezone(UTC)
    except Exception:  # dateutil meets strange strings with errors of many types, and none of them is news here
        return None
    return moment if EARLIEST_YEAR <= moment.year <= LATEST_YEAR else None


def _read(value: str | int | float | date | None) -> datetime | None:
    match value:
        case None | bool():
            return None
        case datetime():
            return value
        case date():
            return datetime.combine(value, time())
        case int() | float():
            return _from_number(value)
        case _:
            return _from_text(" ".join(value.split()))


def _from_number(value: int | float) -> datetime | None:
    if abs(value) >= 1e11:
        return _from_number(value / 1000)
    if abs(value) >= 1e8:
        return datetime.fromtimestamp(0, UTC) + timedelta(seconds=value)
    # As seconds these lie around 1970; in practice they are days written as 20160809, years, or zero for "unknown".
    return datetime.strptime(str(value), "%Y%m%d") if value >= EARLIEST_YEAR * 10_000 else None


def _from_text(text: str) -> datetime | None:
    if len(text) > _LONGEST:
        return None
    if text.isdecimal() and len(text) in (10, 13):
        return _from_number(int(text))
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return _from_month_name(text) or _from_prose(text)


def _from_month_name(text: str) -> datetime | None:
    """The date in a text with a month of a language that dateutil does not know; the time if it ends the text."""
    written = _WRITTEN_OUT.search(text)
    if written is None:
        return None
    day, month, year, hour, minute = written.groups(default="0")
    return datetime(int(year), _MONTH_NUMBERS[month.lower()], int(day), int(hour), int(minute))


def _from_prose(text: str) -> datetime | None:
    from dateutil.parser import parse

    text = _AHEAD.sub("", text)
    first, second = (parse(text, default=default, tzinfos=_zone) for default in _DEFAULTS)
    return first if first.date() == second.date() else None


def _zone(name: str | None, offset: int | None) -> tzinfo | None:
    """The zone that a date names. Left to itself, dateutil takes some names for the zone of this machine."""
    if offset is not None:
        return timezone(timedelta(seconds=offset))
    if name in _PLACES:
        return ZoneInfo(_PLACES[name])
    if name in _HOURS:
        return timezone(timedelta(hours=_HOURS[name]), name)
    return None
