"""Whether two sentences of different articles speak of the same thing: by their words, names, places and days.

What they share weighs by its rarity among the sentences that were found together; what one says of its event may stand
in the other's passage or title. Anything that would explain a difference speaks against it.
"""

import functools
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from embeddings.evidence import Candidate
from embeddings.terms import terms
from service.disagreements.wording import EVENTS, NUMBERS, SAME, SAYS_LITTLE
from service.verifier.dates import dates
from service.verifier.words import words

_AT = frozenset(("in", "at", "near", "outside", "inside", "from", "across", "to", "into", "around"))
_LIVING = frozenset(("based", "born", "headquartered", "raised", "living"))
"""Words before a place that is not where it happened."""
_PART_OF_PLACE = frozenset(
    ("the", "northern", "southern", "eastern", "western", "central", "city", "town", "province", "of")
)
_PLACES = re.compile(
    r"\b(?:in|at|across) [A-Z][\w.’'-]+(?: [A-Z][\w.’'-]+)*(?:, [A-Z][\w.]+(?: [A-Z]\w+)*)?,? and (?:in )?[A-Z]"
)
_SAID = re.compile(r"(?:said|told|announced|reported|says|wrote|added)(?: \w+){0,3}? $")

Terms = frozenset[str]


@functools.lru_cache(maxsize=4096)
def content(said: tuple[str, ...]) -> Terms:
    """Keep the terms of a sentence that tell what it speaks of."""
    kept = frozenset(SAME.get(term, term) for term in said if term not in SAYS_LITTLE and not term[0].isdigit())
    return kept - {"=fire"} if "=shooting" in kept else kept  # the gunman opened it


def numbered(said: Sequence[str]) -> bool:
    """Tell whether there is a number among the terms of a sentence."""
    return not NUMBERS.isdisjoint(said) or any(term[0].isdigit() for term in said)


@functools.lru_cache(maxsize=1024)
def _context(title: str, passage: str) -> Terms:
    return content(tuple(terms(f"{title}\n{passage}")))


class Days(NamedTuple):
    """The days that a sentence names, as far as it gives them."""

    years: frozenset[int]
    days: frozenset[tuple[int, int]]
    months: frozenset[int]
    weekdays: frozenset[int]
    counted: frozenset[tuple[str, int]]

    def differ(self, other: "Days") -> bool:
        """Tell whether both name days of one sort, and none in common."""
        return any(ours and theirs and not ours & theirs for ours, theirs in zip(self, other, strict=True))


@functools.lru_cache(maxsize=4096)
def days(text: str) -> Days:
    """Read the days that a sentence names; not the one on which somebody said it."""
    found = dates(text)
    return Days(
        years=frozenset(each.year for each in found if each.year),
        days=frozenset((each.month, each.day) for each in found if each.month and each.day),
        months=frozenset(each.month for each in found if each.month and not each.day),
        weekdays=frozenset(
            each.weekday for each in found if each.weekday is not None and not _SAID.search(text[: each.span[0]])
        ),
        counted=frozenset((each.unit, each.count) for each in found if each.unit),
    )


class Names(NamedTuple):
    """The names in a sentence, as terms."""

    all: Terms
    places: Terms
    """Those that say where."""


@functools.lru_cache(maxsize=4096)
def names(text: str) -> Names:
    """Find the capitalised words that do not just begin a sentence."""
    every = words(text)
    found: set[str] = set()
    places: set[str] = set()
    where = False
    for place, word in enumerate(every):
        begins = place == 0 or every[place - 1].text in (".", ":", "“", '"', "?", "!")
        if word.stem and word.capital and (not begins or where):
            named = content(tuple(terms(word.text)))
            found |= named
            places |= named if where else frozenset()
        else:
            based = place > 0 and every[place - 1].lower in _LIVING
            where = (word.lower in _AT and not based) or (where and word.lower in _PART_OF_PLACE)
    return Names(frozenset(found), frozenset(places))


class Nearness(NamedTuple):
    """How far two sentences speak of the same thing; from 0 to 1."""

    shared: Terms
    alike: float
    """Share of the words of both that both have."""
    covered: float
    """Share of one's words that the other, its passage or title has: of the sentence for which that is less."""


class Rarity:
    """Weighs terms by how few of the sentences found for a question have them."""

    def __init__(self, sentences: Sequence[Terms]) -> None:
        self._having: Counter[str] = Counter()
        for each in sentences:
            self._having.update(each)
        self._count = len(sentences)

    def alike(self, one: Terms, other: Terms) -> float:
        """Give the share of the weight of both that they have in common."""
        weights = self._weights(one, other)
        total = sum(weights.values())
        return sum(weights[term] for term in one & other) / total if total else 0.0

    def nearness(self, one: Candidate, other: Candidate) -> Nearness:
        """Compare two of the sentences."""
        ours, theirs = content(one.terms), content(other.terms)
        weights = self._weights(ours, theirs)
        return Nearness(
            shared=ours & theirs,
            alike=self.alike(ours, theirs),
            covered=min(_covered(weights, ours, theirs, other), _covered(weights, theirs, ours, one)),
        )

    def _weights(self, one: Terms, other: Terms) -> dict[str, float]:
        """Weigh the terms of two sentences by the others: what only these two say is no less rare for that."""
        rest = max(0, self._count - 2)
        weights = {}
        for term in one | other:
            having = max(0, self._having[term] - (term in one) - (term in other))
            weights[term] = math.log(1 + (rest - having + 0.5) / (having + 0.5))
        return weights


def _covered(weights: Mapping[str, float], ours: Terms, theirs: Terms, other: Candidate) -> float:
    total = sum(weights[term] for term in ours)
    around = theirs | _context(other.hit.article.title, other.hit.passage.text)
    return sum(weights[term] for term in ours & around) / total if total else 0.0


def apart(one: Candidate, other: Candidate) -> int:
    """Count the days between the articles; 0 where one is undated, or where both sentences name the same day."""
    if days(one.sentence.text).days & days(other.sentence.text).days:
        return 0
    published = one.hit.article.published_at, other.hit.article.published_at
    return abs((published[0] - published[1]).days) if published[0] and published[1] else 0


def elsewhere(one: Candidate, other: Candidate) -> bool:
    """Tell whether the sentences name different places, or as many and one."""
    ours, theirs = one.sentence.text, other.sentence.text
    only_ours = names(ours).places - content(other.terms)
    only_theirs = names(theirs).places - content(one.terms)
    return (
        (bool(only_ours) and bool(only_theirs))
        or bool(only_ours - _context(other.hit.article.title, other.hit.passage.text))
        or bool(only_theirs - _context(one.hit.article.title, one.hit.passage.text))
        or bool(_PLACES.search(ours)) != bool(_PLACES.search(theirs))
    )


def another_event(one: Candidate, other: Candidate) -> bool:
    """Tell whether each of the sentences speaks of a sort of event of which the other does not."""
    ours, theirs = content(one.terms) & EVENTS, content(other.terms) & EVENTS
    return bool(ours) and bool(theirs) and ours.isdisjoint(theirs)


def otherwise_named(one: Candidate, other: Candidate) -> bool:
    """Tell whether each of the sentences has a name that the other has not."""
    ours, theirs = names(one.sentence.text).all, names(other.sentence.text).all
    return bool(ours - content(other.terms)) and bool(theirs - content(one.terms))


def another_time(one: Candidate, other: Candidate) -> bool:
    """Tell whether the sentences name different days, or one a year or month in which the other did not come out."""
    ours, theirs = days(one.sentence.text), days(other.sentence.text)
    return ours.differ(theirs) or _past(ours, theirs, other) or _past(theirs, ours, one)


def _past(ours: Days, theirs: Days, other: Candidate) -> bool:
    """Tell whether a sentence is of a year or month that the other neither names nor came out in, or just after."""
    published = other.hit.article.published_at
    if published is None:
        return bool(ours.years - theirs.years)
    months = {published.month, (published.month - 2) % 12 + 1, *theirs.months, *(month for month, _ in theirs.days)}
    return bool(ours.years - theirs.years - {published.year}) or bool(ours.months - months)
