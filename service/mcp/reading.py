"""Articles read part by part, as little at a time as a chat model has room for."""

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from embeddings.articles import Carrier
from service.mcp.arguments import ArgumentsInvalid, Read

if TYPE_CHECKING:
    from embeddings.library import Library


class Part(Struct, frozen=True, kw_only=True):
    """A part of the text of an article."""

    article: Carrier
    state: Literal["current", "updated", "withdrawn"]
    """`updated` when there is a newer version than this one."""
    text: str
    """The characters from `start` to `end`, as they are stored."""
    start: int
    end: int
    length: int
    """Characters of the whole text."""
    next_start: int | None
    """Where to read on; None at the end."""


def read(library: "Library", collection: str, wanted: Read) -> Part:
    """Read a part of an article. Raises ArgumentsInvalid beyond its end, and what `Retriever.article` raises."""
    retriever = library.retriever(collection)
    article = retriever.article(wanted.id, wanted.version)
    length = len(article.text)
    if wanted.start >= length and wanted.start:
        raise ArgumentsInvalid(f"start is beyond the end of the text, which has {length} characters")
    end = min(wanted.start + wanted.length, length)
    withdrawn = retriever.collection.catalog.withdrawn_at(wanted.id) is not None
    updated = wanted.version is not None and article.version != retriever.article(wanted.id).version
    return Part(
        article=Carrier(
            article_id=article.id,
            version=article.version,
            title=article.title,
            source=article.source,
            author=article.author,
            published_at=article.published_at,
            url=article.url,
            genre=article.genre,
        ),
        state="withdrawn" if withdrawn else "updated" if updated else "current",
        text=article.text[wanted.start : end],
        start=wanted.start,
        end=end,
        length=length,
        next_start=end if end < length else None,
    )
