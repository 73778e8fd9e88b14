"""What is said of articles that differ: each side with its outlet and date, in the words of its sentence."""

from collections.abc import Sequence

from msgspec import Struct

from embeddings.articles import Carrier
from embeddings.evidence import Candidate
from service.condenser.days import MONTHS
from service.disagreements.disagreeing import Disagreement


class _Side(Struct, frozen=True):
    """What an article has."""

    article: Carrier
    place: int
    """Where its sentence begins."""
    words: str


def note(disagreement: Disagreement) -> str:
    """Write both sides of one: "The articles differ: Harbour Post (7 June 2016) has 12 people, …"."""
    return notes([disagreement])[0]


def notes(found: Sequence[Disagreement]) -> list[str]:
    """Write a note for each thing on which articles differ, in the order of `found`; no side is named twice."""
    things: list[list[_Side]] = []
    for each in found:
        quoted = each.kind == "verdict"
        sides = _side(each.cited, each.cited_words, quoted), _side(each.other, each.other_words, quoted)
        # What differs from the same side is the same thing.
        thing = next((thing for thing in things if not set(thing).isdisjoint(sides)), None)
        if thing is None:
            things.append(thing := [])
        thing += [side for side in sides if side not in thing]
    return [_note(thing) for thing in things]


def _side(candidate: Candidate, words: str, quoted: bool) -> _Side:
    return _Side(candidate.hit.article, candidate.sentence.start, f"“{words}”" if quoted else words)


def _note(sides: Sequence[_Side]) -> str:
    named = [(side.article.source, side.article.published_at) for side in sides]
    told = [
        _article(side.article, titled=named.count(name) > 1 or not side.article.source)
        for side, name in zip(sides, named, strict=True)
    ]
    rest = [f", {article} {side.words}" for article, side in zip(told[1:], sides[1:], strict=True)]
    return f"The articles differ: {told[0]} has {sides[0].words}{''.join(rest)}."


def _article(article: Carrier, *, titled: bool) -> str:
    """Name an article by outlet and day; by its title where there is no outlet, or another of the same day."""
    published = article.published_at
    day = f"{published.day} {MONTHS[published.month - 1].title()} {published.year}" if published else "undated"
    title = f"“{article.title}”"
    if not article.source:
        return f"{title} ({day})"
    return f"{article.source} ({day}, {title})" if titled else f"{article.source} ({day})"
