"""Sentences of other articles that give another value for what a cited sentence states: a number, a day, a verdict.

A false alarm is worse than a miss: it calls two articles at odds that are not. So what is counted has to be the same,
the sentences near, and nothing in them may explain the difference. Both values are the articles' own words.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from msgspec import Struct

from embeddings.evidence import Candidate
from service.disagreements.amounts import Amount, amounts
from service.disagreements.subjects import (
    Nearness,
    Rarity,
    another_event,
    another_time,
    apart,
    content,
    elsewhere,
    numbered,
    otherwise_named,
)
from service.disagreements.wording import FATES, MOVING, OPPOSITES, TIMES, TURNING, VICTIMS
from service.verifier.dates import dates
from service.verifier.words import words

_LEAST_SHARED, _VERDICT_SHARED, _LEAST_ALIKE = 0.1, 0.4, 0.12
"""Shares of the words of both: what has less in common is not looked at for a number, or a verdict; and by rarity."""
_VICTIMS_FROM, _VICTIMS_AROUND, _VICTIMS_APART, _VICTIMS_FACTOR = 0.42, 0.25, 14, 4.0
_ALIKE_FROM, _COVERED_FROM, _AROUND_FROM, _SHARED_FROM, _APART = 0.35, 0.5, 0.45, 3, 7
_COPY_FROM, _COPY_APART, _MEASURED_APART, _COPY_SHARED, _DAY_SHARED = 0.8, 14, 1, 4, 5
"""What is otherwise the same sentence; next day's figures often come in it."""
_BARE = re.compile(r"(?<=\d) (\w+)")
"""What follows a number."""
_NO_STATEMENT = re.compile(r"\?\W*$|©|\b[Cc]opyright|(?:[Uu]pdat|[Pp]ublish|[Cc]orrect)ed\b|\(@")
_VERDICT_FROM = 0.5


class Disagreement(Struct, frozen=True, kw_only=True):
    """Two articles that differ, as each puts it."""

    kind: Literal["amount", "day", "verdict"]
    cited: Candidate
    cited_words: str
    """As they stand in its sentence: "at least 12 people"."""
    other: Candidate
    other_words: str


class Sentences:
    """The sentences found for a question; by them words are weighed, and against them cited ones are held."""

    def __init__(self, found: Sequence[Candidate]) -> None:
        contents = [content(each.terms) for each in found]
        self._found = [(each, own, numbered(each.terms)) for each, own in zip(found, contents, strict=True)]
        self._rarity = Rarity(contents)

    def disagreeing(self, cited: Candidate) -> list[Disagreement]:
        """Find what other articles state otherwise than a cited sentence, one sentence of each; the nearest first."""
        own = content(cited.terms)
        own_number = numbered(cited.terms)
        found: dict[str, tuple[float, Disagreement]] = {}
        for other, theirs, with_number in self._found:
            shared = len(own & theirs)
            article = other.hit.article.article_id
            # Most sentences go here: the rest takes a hundred times as long.
            least = _LEAST_SHARED if own_number and with_number else _VERDICT_SHARED
            if shared < max(2, least * (len(own) + len(theirs) - shared)) or article == cited.hit.article.article_id:
                continue
            if self._rarity.alike(own, theirs) < _LEAST_ALIKE:
                continue
            nearness = self._rarity.nearness(cited, other)
            near = nearness.alike + nearness.covered
            if article in found and near <= found[article][0]:
                continue
            if disagreement := _disagreement(cited, other, nearness):
                found[article] = near, disagreement
        return [each for _, each in sorted(found.values(), key=lambda pair: -pair[0])]


def disagreeing(cited: Candidate, others: Sequence[Candidate]) -> list[Disagreement]:
    """Find what other articles state otherwise than one cited sentence; for several, make `Sentences` once."""
    return Sentences(others).disagreeing(cited)


def _disagreement(cited: Candidate, other: Candidate, nearness: Nearness) -> Disagreement | None:
    return _amount(cited, other, nearness) or _day(cited, other, nearness) or _verdict(cited, other, nearness)


def _amount(cited: Candidate, other: Candidate, nearness: Nearness) -> Disagreement | None:
    ours, theirs = amounts(cited.sentence.text), amounts(other.sentence.text)
    for one, another in _rivals(ours, theirs, word_for_word=nearness.alike >= _COPY_FROM):
        if _same_thing(cited, other, nearness, one, another, ours, theirs):
            return Disagreement(
                kind="amount",
                cited=cited,
                cited_words=_words(cited.sentence.text, one),
                other=other,
                other_words=_words(other.sentence.text, another),
            )
    return None


def _words(text: str, amount: Amount) -> str:
    """Give an amount; a bare number with what became of those counted, where that follows: "about 100 wounded"."""
    following = _BARE.match(text, amount.end)
    fated = following is not None and FATES.get(following[1].lower()) in amount.fates
    return text[amount.start : amount.end + (len(following[0]) if following and fated else 0)]


def _rivals(
    ours: Sequence[Amount], theirs: Sequence[Amount], *, word_for_word: bool
) -> Iterator[tuple[Amount, Amount]]:
    """Yield amounts of one kind that cannot both be true, and of which neither sentence has the other's."""

    def held(one: Amount, some: Sequence[Amount]) -> bool:
        return any(one.is_of(each) and one.agrees(each, word_for_word=word_for_word) for each in some)

    for one in ours:
        if not held(one, theirs):
            for another in sorted(theirs, key=lambda each: -len(one.around & each.around)):
                if one.is_of(another) and not held(another, ours):
                    yield one, another


def _same_thing(
    cited: Candidate,
    other: Candidate,
    nearness: Nearness,
    one: Amount,
    another: Amount,
    ours: Sequence[Amount],
    theirs: Sequence[Amount],
) -> bool:
    if one.told_by - another.told_by and another.told_by - one.told_by:
        return False
    if one.senses != another.senses or elsewhere(cited, other) or another_time(cited, other):
        return False
    if another_event(cited, other):
        return False
    away = apart(cited, other)
    around = len(one.around & another.around) / max(1, min(len(one.around), len(another.around)))
    named = len([term for term in nearness.shared if not term.startswith("=") or term[1:] not in VICTIMS])
    if "supposed" not in one.senses and one.fates and one.fates <= VICTIMS:
        also = any(each.is_of(same) and each.stated == same.stated > 1 for each in ours for same in theirs)
        return (
            (named + 2 * also >= 2 or (named == 1 and nearness.alike >= _ALIKE_FROM))
            and nearness.alike + nearness.covered >= _VICTIMS_FROM
            and around >= _VICTIMS_AROUND
            and away <= _VICTIMS_APART
            and _factor(one, another) <= _VICTIMS_FACTOR
        )
    if nearness.alike >= _COPY_FROM:
        measured = one.kind in ("%", "points") or one.counted in MOVING
        return named >= _COPY_SHARED and away <= (_MEASURED_APART if measured else _COPY_APART)
    return (
        "supposed" not in one.senses
        and one.kind not in ("%", "points")
        and one.counted not in MOVING | TIMES
        and nearness.alike >= _ALIKE_FROM
        and nearness.covered >= _COVERED_FROM
        and around >= _AROUND_FROM
        and named >= _SHARED_FROM
        and away <= _APART
        and not otherwise_named(cited, other)
    )


def _factor(one: Amount, another: Amount) -> float:
    low, high = sorted((one.stated, another.stated))
    return high / low


def _day(cited: Candidate, other: Candidate, nearness: Nearness) -> Disagreement | None:
    """Compare the one day, or year, that each of two otherwise equal sentences gives; not the day of publication."""
    if nearness.alike < _COPY_FROM or len(nearness.shared) < _DAY_SHARED or apart(cited, other) > _COPY_APART:
        return None
    ours, theirs = _only_day(cited), _only_day(other)
    if ours is None or theirs is None or ours[0] == theirs[0] or len(ours[0]) != len(theirs[0]):
        return None
    if any(_rivals(amounts(cited.sentence.text), amounts(other.sentence.text), word_for_word=True)):
        return None  # one year's sum, and another's
    return Disagreement(kind="day", cited=cited, cited_words=ours[1], other=other, other_words=theirs[1])


def _only_day(candidate: Candidate) -> tuple[tuple[int, ...], str] | None:
    text, published = candidate.sentence.text, candidate.hit.article.published_at
    named = [each for each in dates(text) if each.weekday is None]
    if len(named) != 1 or not (named[0].day or named[0].year) or _NO_STATEMENT.search(text):
        return None
    day = named[0]
    if text[: day.span[0]].rstrip().endswith(",") and not text[day.span[1] :].strip(". "):
        return None  # as captions of photographs end
    given = (day.month, day.day) if day.month and day.day else (day.year,) if day.year and not day.month else None
    if given is None or (published is not None and given in ((published.month, published.day), (published.year,))):
        return None
    return tuple(map(int, filter(None, given))), text[slice(*day.span)]


def _verdict(cited: Candidate, other: Candidate, nearness: Nearness) -> Disagreement | None:
    """Find the word by which one of two otherwise equal sentences says the opposite of the other."""
    if nearness.alike < _VERDICT_FROM or len(nearness.shared) < _SHARED_FROM or apart(cited, other) > _COPY_APART:
        return None
    if otherwise_named(cited, other) or elsewhere(cited, other) or another_time(cited, other):
        return None
    ours = [each for each in words(cited.sentence.text) if each.stem]
    theirs = [each for each in words(other.sentence.text) if each.stem]
    if [each.lower for each in ours if each.lower in TURNING] != [
        each.lower for each in theirs if each.lower in TURNING
    ]:
        return None
    both = {each.lower for each in ours} & {each.lower for each in theirs}
    for one in ours:
        for another in theirs:
            pair = frozenset([one.lower, another.lower])
            if pair in OPPOSITES and both.isdisjoint(pair):
                return Disagreement(
                    kind="verdict", cited=cited, cited_words=one.text, other=other, other_words=another.text
                )
    return None
