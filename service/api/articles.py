"""/v1/articles: what a collection holds, read by whoever follows a citation, and what is taken out and back in."""

import asyncio
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Literal

from litestar import Response, delete, get, post
from litestar.di import NamedDependency
from litestar.exceptions import ValidationException
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, QueryParameter
from msgspec import Struct

from embeddings.articles import Article, Filter, Genre, Passage
from embeddings.catalog import Catalog, Listed, StoredVersion
from embeddings.errors import ArticleErased
from embeddings.library import Library
from service.api.jobs import told
from service.api.json_request import JSONRequest
from service.api.problem import problems
from service.jobs.jobs import Job, Order
from service.jobs.keeper import Keeper
from service.moments import HOW, moment

_LARGEST_CURSOR = 2**53 - 1
"""What JavaScript counts exactly."""
_MOST_NAMES = 500


class ArticlePage(Struct, frozen=True, kw_only=True):
    """Some of the articles, in the order in which they first came in."""

    articles: tuple[Listed, ...]
    next_cursor: int | None = None
    """Give it as `cursor` for the page after this one; null on the last."""


class StoredArticle(Struct, frozen=True, kw_only=True):
    """A version of an article, whose text citations point into."""

    article: Article
    state: Literal["current", "updated", "withdrawn"]
    """`updated` when there is a newer version than this one."""
    withdrawn_at: datetime | None
    versions: tuple[StoredVersion, ...]
    """All that are kept, the oldest first; each can be read as `?version=`."""
    passages: tuple[Passage, ...]
    """In the order of the text."""


class Availability(Struct, frozen=True, kw_only=True):
    """Whether searches see an article."""

    article_id: str
    withdrawn_at: datetime | None
    """None where they do."""
    changed: bool
    """It was otherwise before."""


def _names(what: str) -> QueryParameter:
    return QueryParameter(description=f"{what} Repeat it for alternatives.", max_items=_MOST_NAMES)


@get("/v1/articles", opt={"scope": "ask"}, responses=problems(400, 404, 409))
async def articles(
    library: NamedDependency[Library],
    collection_name: NamedDependency[str],
    sources: Annotated[list[str] | None, _names("Outlets, by name; case does not matter.")] = None,
    authors: Annotated[list[str] | None, _names("Names in the byline, or whole words of one.")] = None,
    genres: Annotated[list[Genre] | None, _names("What sort of text it is.")] = None,
    after: Annotated[str | None, QueryParameter(description=f"Published then or later: {HOW}.")] = None,
    before: Annotated[str | None, QueryParameter(description="Published before then, likewise.")] = None,
    cursor: Annotated[int, QueryParameter(ge=0, le=_LARGEST_CURSOR, description="Where the last page ended.")] = 0,
    limit: Annotated[int, QueryParameter(ge=1, le=1000)] = 50,
) -> ArticlePage:
    """List articles without their texts, withdrawn and erased ones too, in the order in which they first came in."""
    wanted = Filter(
        sources=tuple(sources or ()),
        authors=tuple(authors or ()),
        genres=tuple(genres or ()),
        after=_moment("after", after),
        before=_moment("before", before),
    )
    return await asyncio.to_thread(_listed, library, collection_name, wanted, cursor, limit)


@get("/v1/articles/{id:str}", opt={"scope": "ask"}, responses=problems(400, 404, 409, 410))
async def article(
    id: FromPath[str],
    library: NamedDependency[Library],
    collection_name: NamedDependency[str],
    version: Annotated[
        int | None, QueryParameter(ge=1, le=2**31 - 1, description="The current one unless given.")
    ] = None,
) -> StoredArticle:
    """Read an article, withdrawn or not, with its versions and the passages into which it was divided."""
    return await asyncio.to_thread(_read, library, collection_name, id, version)


@post(
    "/v1/articles/{id:str}/withdraw",
    opt={"scope": "ingest"},
    status_code=200,
    responses=problems(400, 404, 409, 410),
)
async def withdraw(
    id: FromPath[str], library: NamedDependency[Library], collection_name: NamedDependency[str]
) -> Availability:
    """Take an article out of every search at once. What cited it can still be read, and says that it was withdrawn."""
    return await asyncio.to_thread(_set, library, collection_name, id, Catalog.withdraw)


@post(
    "/v1/articles/{id:str}/restore",
    opt={"scope": "ingest"},
    status_code=200,
    responses=problems(400, 404, 409, 410),
)
async def restore(
    id: FromPath[str], library: NamedDependency[Library], collection_name: NamedDependency[str]
) -> Availability:
    """Take a withdrawn article back into every search."""
    return await asyncio.to_thread(_set, library, collection_name, id, Catalog.restore)


@delete(
    "/v1/articles/{id:str}",
    opt={"scope": "admin"},
    status_code=202,
    responses={
        200: ResponseSpec(Job, description="With `wait`: the job is done, or failed", generate_examples=False),
        **problems(400, 404, 409),
    },
)
async def erase(
    request: JSONRequest,
    id: FromPath[str],
    library: NamedDependency[Library],
    collection_name: NamedDependency[str],
    keeper: NamedDependency[Keeper],
    wait: Annotated[bool, QueryParameter(description="Answer when it is done, 3 minutes later at most.")] = False,
) -> Response[Job]:
    """Erase an article for good: all its versions, from all files of the collection and from the log of answers.

    Title, outlet and date stay, so that what cited it can say what it was. The same article stays out when it comes
    again, unless it comes with `readmit`. A job does it, before all others; backups are not touched.
    """
    await asyncio.to_thread(_check_there, library, collection_name, id)
    job = Job(
        id=uuid.uuid4().hex, kind="erase", collection=collection_name, state="queued", created_at=datetime.now(UTC)
    )
    job, _ = await keeper.in_thread(keeper.queue.add, job, Order(erase=(id,)))
    return await told(request, keeper, job, wait=wait)


def _listed(library: Library, collection: str, wanted: Filter, cursor: int, limit: int) -> ArticlePage:
    found = library.retriever(collection).collection.catalog.listing(wanted, after=cursor, limit=limit + 1)
    page = tuple(found[:limit])
    return ArticlePage(articles=page, next_cursor=page[-1].cursor if len(found) > limit else None)


def _read(library: Library, collection: str, id: str, version: int | None) -> StoredArticle:
    retriever = library.retriever(collection)
    catalog = retriever.collection.catalog
    article = retriever.article(id, version)
    withdrawn_at, versions = catalog.withdrawn_at(id), catalog.history(id)
    updated = not any(each.current and each.version == article.version for each in versions)
    return StoredArticle(
        article=article,
        state="withdrawn" if withdrawn_at else "updated" if updated else "current",
        withdrawn_at=withdrawn_at,
        versions=tuple(versions),
        passages=tuple(passage for _, passage in catalog.article_passages(id, article.version)),
    )


def _set(library: Library, collection: str, id: str, change: Callable[[Catalog, str], bool]) -> Availability:
    catalog = library.retriever(collection).collection.catalog
    changed = change(catalog, id)
    return Availability(article_id=id, withdrawn_at=catalog.withdrawn_at(id), changed=changed)


def _check_there(library: Library, collection: str, id: str) -> None:
    """Raise ArticleNotFound. What was erased may be erased again, in case that was interrupted."""
    with suppress(ArticleErased):
        library.retriever(collection).collection.catalog.article(id)


def _moment(name: str, text: str | None) -> datetime | None:
    try:
        return None if text is None else moment(text)
    except (ValueError, OverflowError) as error:
        raise ValidationException(extra=[{"key": name, "message": f"is no date; {HOW}"}]) from error
