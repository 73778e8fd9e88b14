"""A question and its history as what is searched for: queries that stand alone, each with the articles it asks for."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

from msgspec import Struct
from msgspec.structs import replace

from embeddings.articles import Filter, Query
from service.answers import Question
from service.condenser.by_model import Rewritten
from service.condenser.follow_ups import Standalone, standalone
from service.condenser.parts import describes_one_thing, parts
from service.condenser.stated import Stated, stated

_NEWS = timedelta(days=8)
"""Articles so young are favoured where a question has no date: quizzes about the news are about a week of it."""


class Condensed(Struct, frozen=True, kw_only=True):
    """What a question comes to."""

    standalone: Standalone
    queries: tuple[Query, ...]
    """The whole question, then its parts if it has several."""
    topics: tuple[str, ...]
    """What the articles are read for, by query: without outlets that are stated, which their articles do not name."""
    demanded: tuple[str, ...]
    """The parts that each want an answer: none where they only describe one thing that is asked for."""
    stated: Stated
    """What the whole question says of the articles that it wants."""


def condense(
    question: Question, as_of: datetime, outlets: Sequence[str], rewritten: Rewritten | None = None
) -> Condensed:
    """Make queries of a question. `outlets` are those of the collection, as they are stored.

    What the caller's filters say goes before what the question says. Nothing of this needs a model; where one has
    rewritten the question, that goes before what the rules make of it, and dates and outlets are read from it alike.
    """
    if rewritten is not None and rewritten.question is not None:
        whole, divided, described = Standalone(question=rewritten.question), rewritten.parts, False
    else:
        whole = standalone(question.question, question.history)
        divided, described = parts(whole.question), describes_one_thing(whole.question)
    moment = as_of.replace(tzinfo=UTC) if as_of.tzinfo is None else as_of
    of_whole = stated(whole.question, as_of=moment, outlets=outlets)
    asked = replace(whole, question=of_whole.topic)
    queries = [_query(asked.query, of_whole, question.filters, moment)]
    topics = [asked.text]
    for part in divided:
        of_part = stated(part, as_of=moment, outlets=outlets)
        topics.append(of_part.topic)
        if of_part.wanted == Filter():
            of_part = replace(of_part, wanted=of_whole.wanted)
        queries.append(_query(part, of_part, question.filters, moment))
    return Condensed(
        standalone=whole,
        queries=tuple(queries),
        topics=tuple(topics),
        demanded=() if described else divided,
        stated=of_whole,
    )


def _query(text: str, read: Stated, given: Filter, as_of: datetime) -> Query:
    wanted = narrowed(given, read.wanted)
    favoured = read.favoured
    if favoured == Filter() and wanted.after is None and wanted.before is None:
        today = datetime.combine(as_of.astimezone(UTC), time(), UTC)
        favoured = Filter(after=today - _NEWS, before=today + timedelta(days=2))
    return Query(text=text, wanted=wanted, favoured=favoured)


def narrowed(given: Filter, read: Filter) -> Filter:
    """Add to a caller's filter what a question says; where both cannot be, the caller's stands."""
    sources = read.sources
    if given.sources and sources:
        folded = {source.casefold() for source in given.sources}
        sources = tuple(source for source in sources if source.casefold() in folded)
    after = max(filter(None, (given.after, read.after)), default=None)
    before = min(filter(None, (given.before, read.before)), default=None)
    if after and before and after >= before:
        after, before = given.after, given.before
    return replace(given, sources=sources or given.sources, after=after, before=before)
