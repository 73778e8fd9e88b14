"""A question with its dates and outlets replaced by signs, so that patterns can tell in which role they stand."""

import re
from bisect import bisect_left
from datetime import date

from service.condenser.dates import Dated, dates
from service.condenser.outlets import Mention, mentions

DAY, OPEN, OUTLET = "\ue000", "\ue001", "\ue002"
"""Signs of a date, of one with a single end ("since March"), and of an outlet: private characters, in no question."""
_SIGNS = re.compile(f"[{DAY}{OPEN}{OUTLET}]")
_OUTLET_QUOTES = re.compile(rf"[\"'‘’“”]?({OUTLET})(?:[\"”]|['’](?!s\b))?")


class Marked:
    """The question in signs, and what they stand for."""

    def __init__(self, question: str, today: date, outlets: tuple[str, ...]) -> None:
        self.question = question = " ".join(_SIGNS.sub(" ", question).split())
        self.mentions: list[Mention] = mentions(question, outlets)
        named = {place for mention in self.mentions for place in range(mention.start, mention.end)}
        self.dates: list[Dated] = [dated for dated in dates(question, today) if dated.start not in named]
        places = sorted(
            [(mention.start, mention.end, OUTLET) for mention in self.mentions]
            + [(dated.start, dated.end, OPEN if None in (dated.first, dated.last) else DAY) for dated in self.dates]
        )
        parts, end = [], 0
        for start, after, sign in places:
            parts += [question[end:start], sign]
            end = after
        self.text = _OUTLET_QUOTES.sub(r"\1", "".join([*parts, question[end:]])).lower()
        self._places = {
            kind: [match.start() for match in re.finditer(f"[{kind}]", self.text)] for kind in (OUTLET, DAY + OPEN)
        }

    def outlets_in(self, match: re.Match[str]) -> range:
        """Which of the mentions lie in a match, as places in `mentions`."""
        return self._in(OUTLET, match)

    def dates_in(self, match: re.Match[str]) -> range:
        """Which of the dates lie in a match, as places in `dates`."""
        return self._in(DAY + OPEN, match)

    def _in(self, kind: str, match: re.Match[str]) -> range:
        places = self._places[kind]
        return range(bisect_left(places, match.start()), bisect_left(places, match.end()))
