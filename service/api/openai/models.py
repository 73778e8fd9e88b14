"""GET /v1/models: names that select a collection, and who answers from it."""

import asyncio
import contextlib
from typing import Literal

from litestar import get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct

from service.answerer import Answerer
from service.api.openai.errors import refusals
from service.auth.callers import Caller
from service.errors import CollectionNeeded, ModelNotFound

_NAME = "byline"


class Selected(Struct, frozen=True):
    """What a model's name selects."""

    collection: str
    answerer: Literal["reader", "chat"] | None = None
    """None for the chat model where one is configured."""


class Model(Struct, frozen=True, kw_only=True):
    """A collection of articles, with someone to answer from it."""

    id: str
    """`byline` for the service's own collection, `byline/COLLECTION` for another; `:reader` or `:chat` may follow."""
    object: Literal["model"] = "model"
    created: int = 0
    """Nothing is known of it."""
    owned_by: str = _NAME


class Models(Struct, frozen=True, kw_only=True):
    """All models that there are for a caller."""

    object: Literal["list"] = "list"
    data: tuple[Model, ...]


async def selected(name: str, caller: Caller, answerer: Answerer, state: State) -> Selected:
    """Tell what a name selects. Raises ModelNotFound, for a collection of others as for one that is not there."""
    there = await _there(caller, answerer, state)
    if name not in there:
        raise ModelNotFound(name)
    return there[name]


@get("/v1/models", opt={"scope": "ask"}, responses=refusals(401, 403, 429, 500))
async def models(caller: NamedDependency[Caller], answerer: NamedDependency[Answerer], state: State) -> Models:
    """List what can be named as the model of a chat completion: the collections that hold articles.

    `byline` answers from the service's own collection, `byline/COLLECTION` from another. The chat model answers where
    one is configured, else the reader, which quotes; `:chat` or `:reader` at the end of the name decides it.
    """
    return Models(data=tuple(Model(id=name) for name in await _there(caller, answerer, state)))


@get("/v1/models/{name:path}", opt={"scope": "ask"}, responses=refusals(400, 401, 403, 404, 429, 500))
async def model(
    name: FromPath[str], caller: NamedDependency[Caller], answerer: NamedDependency[Answerer], state: State
) -> Model:
    """Tell of one model, by its name."""
    id = name.removeprefix("/")
    await selected(id, caller, answerer, state)
    return Model(id=id)


async def _there(caller: Caller, answerer: Answerer, state: State) -> dict[str, Selected]:
    collections = filter(caller.admits, await asyncio.to_thread(answerer.library.collections))
    named = {f"{_NAME}/{collection}": collection for collection in collections}
    # To whom several collections are open, and the service's own is not, the name alone says nothing.
    with contextlib.suppress(CollectionNeeded):
        if (own := caller.default(state.collection)) in named.values():
            named = {_NAME: own, **named}
    there = {}
    for name, collection in named.items():
        there[name] = Selected(collection)
        there[f"{name}:reader"] = Selected(collection, "reader")
        if answerer.writer:
            there[f"{name}:chat"] = Selected(collection, "chat")
    return there
