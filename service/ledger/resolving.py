"""A record of the log, long after: what became of the articles that it cites, and whether they still read so."""

import re
from datetime import datetime

from msgspec import Struct
from msgspec.structs import asdict, replace

from embeddings.articles import Article, Hit
from embeddings.catalog import Catalog
from embeddings.corrections import corrected
from embeddings.errors import ArticleErased, ArticleNotFound
from service.answers import Citation, Standing
from service.ledger.records import Record, Versions
from service.ledger.scrubbing import scrubbed


class ResolvedCitation(Citation, frozen=True, kw_only=True):
    """A citation as of now. All else in it is of the version that was cited."""

    since: datetime | None = None
    """When its article came to its `state`; None where it is current, or where nobody knows."""
    resolves: bool
    """The quotation is what the cited version says. If not, the article was erased, or is gone with its collection."""
    current_version: int | None = None
    """None where there is none any more."""
    stands: bool
    """The quoted words stand in the current version too."""
    current_start: int | None = None
    """Where they do, in code points of that version's text."""
    current_end: int | None = None


class Resolved(Struct, frozen=True, kw_only=True):
    """A record as of now: its citations say what became of their articles, its nearest passages have their words."""

    record: Record
    citations: tuple[ResolvedCitation, ...]
    """Those of the record's answer."""

    @property
    def unfound(self) -> tuple[int, ...]:
        """Numbers of the citations whose words do not stand there any more: an earlier backup was restored, say."""
        return tuple(each.number for each in self.citations if not each.resolves and each.state != "erased")


class _Found(Struct, frozen=True, kw_only=True):
    """A version of an article in the catalog, and what became of it."""

    article: Article | None = None
    current: Article | None = None
    state: Standing
    since: datetime | None = None


_GONE = _Found(state="withdrawn")
"""What is not there counts as withdrawn."""


def erased_among(catalog: Catalog, versions: Versions) -> frozenset[str]:
    """Tell which articles were erased after they had these versions, by id."""
    erased = set()
    for id, version in versions:
        try:
            catalog.article(id, version)
        except ArticleErased:
            erased.add(id)
        except ArticleNotFound:
            continue
    return frozenset(erased)


def resolved(record: Record, catalog: Catalog | None) -> Resolved:
    """Look up in the catalog, which is None where the collection is gone, what a record rests on.

    Nothing of an erased article is shown, also while the log itself still waits to be scrubbed.
    """
    found = {
        (id, version): _GONE if catalog is None else _look_up(catalog, id, version) for id, version in record.versions
    }
    record = scrubbed(record, {id for (id, _), each in found.items() if each.state == "erased"})
    citations = tuple(_resolved(each, found[each.article_id, each.version]) for each in record.answer.citations)
    nearest = tuple(
        _with_words(hit, found[hit.article.article_id, hit.article.version].article) for hit in record.answer.nearest
    )
    answer = replace(record.answer, citations=citations, nearest=nearest)
    return Resolved(record=replace(record, answer=answer), citations=citations)


def _look_up(catalog: Catalog, id: str, version: int) -> _Found:
    """Read a version of an article and the current one, and tell what became of it."""
    try:
        article, current = catalog.article(id, version), catalog.article(id)
        state, since = _standing(catalog, article, current.version)
    except ArticleErased as error:
        return _Found(state="erased", since=error.erased_at)
    except ArticleNotFound:
        return _GONE
    return _Found(article=article, current=current, state=state, since=since)


def _standing(catalog: Catalog, article: Article, current: int) -> tuple[Standing, datetime | None]:
    """Tell what became of a version of an article, and when: of all that did, what matters most."""
    if (withdrawn_at := catalog.withdrawn_at(article.id)) is not None:
        return "withdrawn", withdrawn_at
    if article.version == current:
        return "current", None
    newer = [each for each in catalog.history(article.id) if each.version > article.version]
    for each in newer:
        if corrected(article, catalog.article(article.id, each.version)):
            return "corrected", each.stored_at
    return "updated", newer[0].stored_at


def _resolved(citation: Citation, found: _Found) -> ResolvedCitation:
    article, current = found.article, found.current
    if citation.state == "erased" or article is None or current is None:
        state = "erased" if citation.state == "erased" else found.state
        return _as_of_now(citation, state=state, since=found.since, resolves=False, stands=False)
    place: tuple[int, int] | None = citation.start, citation.end
    resolves = article.text[citation.start : citation.end] == citation.quote
    if current.version != article.version:
        place = _place(citation.quote, citation.start, current.text)
    elif not resolves:
        place = None
    start, end = place or (None, None)
    return _as_of_now(
        citation,
        state=found.state,
        since=found.since,
        resolves=resolves,
        current_version=current.version,
        stands=place is not None,
        current_start=start,
        current_end=end,
    )


def _as_of_now(citation: Citation, **now: object) -> ResolvedCitation:
    return ResolvedCitation(**(asdict(citation) | now))


def _place(quote: str, start: int, text: str) -> tuple[int, int] | None:
    """Find the words of a quotation in another version, nearest to where they began; lines may be broken elsewhere."""
    words = r"\s+".join(map(re.escape, quote.split()))
    places = [match.span() for match in re.finditer(rf"(?<!\w){words}(?!\w)", text)]
    return min(places, key=lambda place: abs(place[0] - start), default=None)


def _with_words(hit: Hit, article: Article | None) -> Hit:
    words = "" if article is None else article.text[hit.passage.start : hit.passage.end]
    return replace(hit, passage=replace(hit.passage, text=words))
