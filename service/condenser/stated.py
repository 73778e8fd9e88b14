"""What a question says of the articles that it wants: from which outlets, and published when. Rules, for English."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta

from msgspec import Struct

from embeddings.articles import Filter
from service.condenser.dates import CALENDAR, Dated
from service.condenser.marked import Marked
from service.condenser.outlets import Mention
from service.condenser.publication import publication_dates
from service.condenser.sourcing import Role, roles

_ZONES = timedelta(hours=12)
"""By how much a day is longer than in UTC: nobody says in which zone it is meant, and evenings are lost without."""
_LEADING = re.compile(r"(?:,? *\b[Aa]ccording to)? *[\"'‘“]?$")
_TRAILING = re.compile(r"^(?:[\"”’'](?!s\b))?(?:['’]s\b)?,?")
_GAP = re.compile(r" (?=[?.,;!])")
_LAG, _LAG_SHARE = timedelta(weeks=3), 4
"""How long after an event articles about it are favoured: so long at least, or a quarter of the time that it may be."""


class Stated(Struct, frozen=True, kw_only=True):
    """Which articles a question asks for, as far as it says."""

    wanted: Filter = Filter()
    """What it states: the outlets that are to report it, days of publication."""
    favoured: Filter = Filter()
    """What it leaves open: outlets that it mentions, days about when something happened."""
    words: str = ""
    """What is wanted, in words ("articles of Reuters, published on 5 June 2023"); empty if nothing is."""
    topic: str
    """The question without the outlets that it states: what their articles are asked."""
    unknown_outlets: tuple[str, ...] = ()
    """Well-known outlets that are stated, and of which there is no article: they are not filtered by."""


def stated(question: str, *, as_of: datetime, outlets: Sequence[str]) -> Stated:
    """Read outlets and dates from a question.

    `outlets` are the names under which a collection stores them. "Yesterday" is the day before that of `as_of` in its
    own zone, or UTC. Several outlets are alternatives, several dates the stretch that has them all: where one of two
    articles has a date, dates are no condition. Nothing is read from "before the war", "not according to Reuters" and
    "who bought the Washington Post?".
    """
    marked = Marked(question, as_of.date(), tuple(outlets))
    in_roles = roles(marked)
    sources = _in_role(marked, in_roles, "source")
    is_condition = any(mention.sources for mention in sources)
    # Where one outlet is stated, all that are named may have to report: "by Reuters, and denied by the BBC".
    named = _in_role(marked, in_roles, *(("source", "mentioned", "named") if is_condition else ("source", "mentioned")))
    named = [mention for mention in named if mention.sources]
    names = tuple(dict.fromkeys(source for mention in named for source in mention.sources))

    published, complete = publication_dates(marked, in_roles)
    publication = _around(dated for number, dated in enumerate(marked.dates) if number in published)
    condition = publication if complete else Days()
    events = [dated for number, dated in enumerate(marked.dates) if number in published or dated.adverbial]
    favoured = condition or _after_events(events)
    one_day = condition.first is not None and condition.first == condition.last
    return Stated(
        wanted=condition.filter(names if is_condition else (), widened=_ZONES if one_day else timedelta()),
        favoured=favoured.filter(() if is_condition else names),
        topic=_without(marked.question, named if is_condition else []),
        words=_words([mention.name for mention in named] if is_condition else [], condition),
        unknown_outlets=tuple(dict.fromkeys(mention.name for mention in sources if not mention.sources)),
    )


def _without(question: str, outlets: Sequence[Mention]) -> str:
    """Leave names out, with the marks around them and an "according to" before; none where nothing else is left."""
    starts = [*(outlet.start for outlet in outlets), len(question)]
    ends = [0, *(outlet.end for outlet in outlets)]
    between = [question[end:start] for end, start in zip(ends, starts, strict=True)]
    kept = [*(_LEADING.sub("", part) for part in between[:-1]), between[-1]]
    rest = " ".join([kept[0], *(_TRAILING.sub("", part) for part in kept[1:])])
    rest = _GAP.sub("", " ".join(rest.split()))
    return rest if any(character.isalnum() for character in rest) else question


def _in_role(marked: Marked, in_roles: Sequence[Role], *wanted: Role) -> list[Mention]:
    return [mention for mention, role in zip(marked.mentions, in_roles, strict=True) if role in wanted]


class Days(Struct, frozen=True):
    """Days from `first` to `last`, both included; None where that end is open."""

    first: date | None = None
    last: date | None = None

    def __bool__(self) -> bool:
        return self.first is not None or self.last is not None

    def filter(self, sources: tuple[str, ...], *, widened: timedelta = timedelta()) -> Filter:
        """Articles of these outlets, published on these days as they are in UTC, or a little before or after."""
        return Filter(
            sources=sources,
            after=_midnight(self.first) - widened if self.first else None,
            before=_midnight(self.last + timedelta(1)) + widened if self.last else None,
        )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _around(named: Iterable[Dated]) -> Days:
    """The stretch that has all of these."""
    firsts, lasts = [], []
    for dated in named:
        firsts.append(dated.first or date.min)
        lasts.append(dated.last or date.max)
    first, last = min(firsts, default=date.min), max(lasts, default=date.max)
    return Days(None if first == date.min else first, None if last == date.max else last)


def _after_events(named: Iterable[Dated]) -> Days:
    """When articles tell of what happened then. What is counted from today goes before years in the names of things."""
    begun = [dated for dated in named if dated.first]
    days = _around([dated for dated in begun if dated.form not in CALENDAR] or begun)
    first, last = days.first, days.last
    lag = max(_LAG, (last - first) / _LAG_SHARE) if first and last else _LAG
    return Days(first and first - timedelta(1), last and last + lag)


def _words(names: Sequence[str], days: Days) -> str:
    """What is wanted, in words."""
    names = list(dict.fromkeys(names))
    listed = " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
    if not names and not days:
        return ""
    first, last = days.first, days.last
    if first and last:
        when = f"on {_written(first)}" if first == last else f"from {_written(first)} to {_written(last)}"
    else:
        when = f"since {_written(first)}" if first else f"until {_written(last)}" if last else ""
    return ", published ".join(filter(None, [f"articles of {listed}" if listed else "articles", when]))


def _written(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
