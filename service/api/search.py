"""POST /v1/search: a query in, passages out, with what speaks for each."""

import asyncio
from typing import Annotated

from litestar import post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta, Struct

from embeddings.articles import Filter
from embeddings.library import Library
from service.answers import COLLECTION, Found
from service.api.problem import problems
from service.errors import NothingIngested


class Search(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is searched for, in which articles."""

    query: Annotated[str, Meta(min_length=1, max_length=2000, pattern=r"\S")]
    k: Annotated[int, Meta(ge=1, le=100)] = 10
    """How many distinct stories to find."""
    filters: Filter = Filter()
    collection: str = COLLECTION


@post("/v1/search", status_code=200, responses=problems(400, 404, 409, 413, 415, 500))
async def search(data: JSONBody[Search], library: NamedDependency[Library]) -> Found:
    """Find the passages nearest to a query, by meaning and by words, one for each story."""
    return await asyncio.to_thread(_search, library, data)


def _search(library: Library, wanted: Search) -> Found:
    retriever = library.retriever(wanted.collection)
    retrieval = retriever.retrieve(wanted.query, k=wanted.k, wanted=wanted.filters)
    if not retrieval.seq:
        raise NothingIngested(wanted.collection)
    return Found.of(retrieval, wanted.collection)
