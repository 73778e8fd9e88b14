"""POST /v1/search: a query in, passages out, with what speaks for each."""

from typing import Annotated, cast

from litestar import post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta, Struct

from embeddings.articles import Filter
from service.answerer import Answerer
from service.answers import COLLECTION, Found
from service.api.json_request import JSONRequest
from service.api.leaving import unless_gone
from service.api.problem import problems


class Search(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is searched for, in which articles."""

    query: Annotated[str, Meta(min_length=1, max_length=2000, pattern=r"\S")]
    k: Annotated[int, Meta(ge=1, le=100)] = 10
    """How many distinct stories to find."""
    filters: Filter = Filter()
    collection: str = COLLECTION


@post("/v1/search", opt={"scope": "ask"}, status_code=200, responses=problems(400, 404, 409, 413, 415, 503))
async def search(request: JSONRequest, data: JSONBody[Search], answerer: NamedDependency[Answerer]) -> Found:
    """Find the passages nearest to a query, by meaning and by words, one for each story."""
    wanted = answerer.search(data.query, k=data.k, wanted=data.filters, collection=data.collection)
    return cast(Found, await unless_gone(request, wanted))  # nobody is there to read None
