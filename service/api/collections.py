"""GET /v1/collections: which collections there are for the caller, and how much they hold."""

import asyncio
from contextlib import closing
from pathlib import Path

from litestar import get
from litestar.di import NamedDependency
from msgspec import Struct

from embeddings.catalog import Counts
from embeddings.collection import Collection
from embeddings.errors import CollectionNameInvalid, CollectionNotFound
from embeddings.library import Library
from service.api.problem import problems
from service.auth.callers import Caller


class CollectionSummary(Struct, frozen=True, kw_only=True):
    """How much a collection holds."""

    name: str
    counts: Counts
    seq: int
    """Its last change."""


class Collections(Struct, frozen=True, kw_only=True):
    """All that are the caller's, by name."""

    collections: tuple[CollectionSummary, ...]


@get("/v1/collections", opt={"scope": "ask"}, responses=problems(400))
async def collections(caller: NamedDependency[Caller], library: NamedDependency[Library]) -> Collections:
    """List collections. Where none is named in a request, it is about the server's own."""
    return Collections(collections=tuple(await asyncio.to_thread(_found, library.path, caller)))


def _found(library: Path, caller: Caller) -> list[CollectionSummary]:
    found = []
    for directory in sorted((library / "collections").glob("*")):
        if not caller.admits(directory.name):
            continue
        try:
            collection = Collection.open(library, directory.name)
        except (CollectionNameInvalid, CollectionNotFound):  # something else that lies there
            continue
        with closing(collection):
            catalog = collection.catalog
            found.append(CollectionSummary(name=directory.name, counts=catalog.counts(), seq=catalog.seq()))
    return found
