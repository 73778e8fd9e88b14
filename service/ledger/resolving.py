"""A record of the log, long after: what became of the articles that it cites, and whether they still read so."""

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from embeddings.articles import Article, Hit
from embeddings.catalog import Catalog
from embeddings.errors import ArticleErased, ArticleNotFound
from service.ledger.records import Record, Versions
from service.ledger.scrubbing import scrubbed

_State = Literal["current", "updated", "withdrawn", "erased"]


class Resolved(Struct, frozen=True, kw_only=True):
    """A record as of now: its citations say what became of their articles, its nearest passages have their words."""

    record: Record
    unfound: tuple[int, ...]
    """Numbers of the citations whose words do not stand there any more: an earlier backup was restored, say."""


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
        (id, version): (None, "withdrawn") if catalog is None else _look_up(catalog, id, version)
        for id, version in record.versions
    }
    record = scrubbed(record, {id for (id, _), (_, state) in found.items() if state == "erased"})
    citations, unfound = [], []
    for citation in record.answer.citations:
        if citation.state != "erased":
            article, state = found[citation.article_id, citation.version]
            citation = replace(citation, state=state)
            if article is None or article.text[citation.start : citation.end] != citation.quote:
                unfound.append(citation.number)
        citations.append(citation)
    nearest = tuple(
        _with_words(hit, found[hit.article.article_id, hit.article.version][0]) for hit in record.answer.nearest
    )
    answer = replace(record.answer, citations=tuple(citations), nearest=nearest)
    return Resolved(record=replace(record, answer=answer), unfound=tuple(unfound))


def _look_up(catalog: Catalog, id: str, version: int) -> tuple[Article | None, _State]:
    """Read a version of an article, and tell what became of it; one that is not there counts as withdrawn."""
    try:
        article = catalog.article(id, version)
        if catalog.withdrawn_at(id) is not None:
            return article, "withdrawn"
        return article, "current" if catalog.article(id).version == version else "updated"
    except ArticleErased:
        return None, "erased"
    except ArticleNotFound:
        return None, "withdrawn"


def _with_words(hit: Hit, article: Article | None) -> Hit:
    words = "" if article is None else article.text[hit.passage.start : hit.passage.end]
    return replace(hit, passage=replace(hit.passage, text=words))
