"""GET /v1/articles/{id}: a stored article, for whoever follows a citation."""

import asyncio
from typing import Annotated, Literal

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from msgspec import Struct

from embeddings.articles import Article, Passage
from embeddings.library import Library
from service.api.problem import problems


class StoredArticle(Struct, frozen=True, kw_only=True):
    """A version of an article, whose text citations point into."""

    article: Article
    state: Literal["current", "updated", "withdrawn"]
    """`updated` when there is a newer version than this one."""
    passages: tuple[Passage, ...]
    """In the order of the text."""


@get("/v1/articles/{id:str}", responses=problems(400, 404, 409, 410, 500))
async def article(
    id: FromPath[str],
    library: NamedDependency[Library],
    collection_name: NamedDependency[str],
    version: Annotated[
        int | None, QueryParameter(ge=1, le=2**31 - 1, description="The current one unless given.")
    ] = None,
) -> StoredArticle:
    """Read an article, withdrawn or not, with the passages into which it was divided."""
    return await asyncio.to_thread(_read, library, collection_name, id, version)


def _read(library: Library, collection: str, id: str, version: int | None) -> StoredArticle:
    retriever = library.retriever(collection)
    catalog = retriever.collection.catalog
    article = retriever.article(id, version)
    withdrawn = catalog.withdrawn_at(id) is not None
    updated = version is not None and article.version != retriever.article(id).version
    return StoredArticle(
        article=article,
        state="withdrawn" if withdrawn else "updated" if updated else "current",
        passages=tuple(passage for _, passage in catalog.article_passages(id, article.version)),
    )
