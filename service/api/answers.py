"""GET /v1/answers/{id}: the permalink of an answer, and what became of what it cites."""

import asyncio
from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath
from msgspec import structs

from embeddings.errors import CollectionNotFound
from service.answerer import Answerer
from service.answers import Answer
from service.api.accepting import JSON
from service.api.json_request import JSONRequest
from service.api.problem import problems
from service.auth.callers import Caller
from service.errors import AnswerNotFound
from service.ledger.resolving import ResolvedCitation, resolved


class LoggedAnswer(Answer, frozen=True, kw_only=True):
    """An answer as it was given, its citations as of now.

    Of an article that was erased since, title, outlet and date are left, and of what rested on it no words.
    """

    citations: tuple[ResolvedCitation, ...]
    asked_at: datetime
    failure: str | None = None
    """Why it broke off, a code (`caller_left` is one): it is then no more than what was released before."""


@get(
    "/v1/answers/{id:str}",
    opt={"scope": "ask"},
    responses={
        200: ResponseSpec(
            LoggedAnswer,
            description="The answer as it was given, and what became of what it cites",
            media_type=JSON,
            generate_examples=False,
        ),
        304: ResponseSpec(None, description="Nothing is otherwise than If-None-Match says", generate_examples=False),
        **problems(400, 404, 409),
    },
)
async def answer(
    id: FromPath[str], request: JSONRequest, answerer: NamedDependency[Answerer], caller: NamedDependency[Caller]
) -> Response[Any]:
    """Read an answer that was given before, by its `id`: for as long as the log of answers keeps it.

    Its citations resolve against the versions of the articles that they cited, and say whether an article was updated,
    corrected, withdrawn or erased since, when, and where the quoted words stand in its current version. The ETag is
    another as soon as any of this is.
    """
    content = msgspec.json.encode(await asyncio.to_thread(_read, id, answerer, caller))
    tag = f'"{sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if _has(request.headers.get("if-none-match", ""), tag):
        return Response(None, status_code=304, headers=headers)
    return Response(content, media_type=JSON, headers=headers)


def _read(id: str, answerer: Answerer, caller: Caller) -> LoggedAnswer:
    """Look an answer up. Raises AnswerNotFound for one of others as for one that is not there."""
    record = None if answerer.ledger is None else answerer.ledger.whole(id)
    if record is None or not caller.admits(record.answer.collection):
        raise AnswerNotFound(f"there is no answer {id!r} in the log")
    try:
        catalog = answerer.library.retriever(record.answer.collection).collection.catalog
    except CollectionNotFound:
        catalog = None
    found = resolved(record, catalog)
    return LoggedAnswer(
        **structs.asdict(found.record.answer) | {"citations": found.citations},
        asked_at=record.asked_at,
        failure=record.failure,
    )


def _has(if_none_match: str, tag: str) -> bool:
    """Tell whether a client has what the tag stands for (RFC 9110, 13.1.2)."""
    return tag in (each.strip().removeprefix("W/") for each in if_none_match.split(","))
