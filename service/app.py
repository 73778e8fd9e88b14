"""The house over HTTP: the handlers, and what they depend on.

Which status an error becomes is decided here and nowhere else.
"""

import asyncio
import contextlib
import importlib.metadata
import logging
import math
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Annotated, Any

from litestar import Litestar, Request, Response
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.exceptions import HTTPException
from litestar.openapi import OpenAPIConfig
from litestar.params import QueryParameter
from msgspec import Struct, structs

from embeddings.dense import preload
from embeddings.errors import (
    ArticleErased,
    ArticleNotFound,
    CollectionNameInvalid,
    CollectionNotFound,
    EmbeddingsError,
    EncoderUnavailable,
    IndexMismatch,
    IngestRunning,
    LibraryError,
)
from embeddings.library import Library
from service.answerer import Answerer
from service.answers import Failed
from service.api.answers import answer
from service.api.articles import article, articles, erase, restore, withdraw
from service.api.ask import ask
from service.api.collections import collections
from service.api.described import Unserved
from service.api.health import live, ready
from service.api.jobs import job, job_events, jobs
from service.api.json_request import JSONRequest, lowered
from service.api.metrics import metrics
from service.api.openai.completions import complete
from service.api.openai.errors import is_openai, refusal
from service.api.openai.models import model, models
from service.api.problem import FieldProblem, Problem, problem
from service.api.reference import openapi, reference
from service.api.search import search
from service.api.uploads import upload
from service.api.verify import verify
from service.auth.callers import Caller, caller_of
from service.auth.documented import SCHEMES, SECURITY
from service.auth.gate import Gate
from service.auth.middleware import authenticating, say_of_key
from service.auth.origins import Origins, cors
from service.errors import (
    AnswerNotFound,
    BodyTooLarge,
    ChatModelError,
    ChatModelMissing,
    ChatModelTimeout,
    CollectionNeeded,
    HostRefused,
    IdempotencyKeyReused,
    JobNotFound,
    KeyNeeded,
    LedgerError,
    ModelNotFound,
    NothingIngested,
    NotReady,
    OriginRefused,
    Overloaded,
    RateExceeded,
    ScopeMissing,
    ServiceError,
    ServiceStopping,
    StorageFull,
    UnsupportedMediaType,
    code,
)
from service.exchange import exchanging
from service.failing import INTERNAL
from service.jobs.keeper import RUNNER, Keeper
from service.metrics import Metrics
from service.places import Places
from service.pool import pooled
from service.requests import Requests
from service.settings import Settings
from service.stopping import Stopping, until_over

LARGEST_BODY = 1 << 20
"""Bytes of a request."""

logger = logging.getLogger(__name__)


class _Public(Struct, frozen=True):
    """How an error looks from outside."""

    status: int
    detail: str | None = None
    """Said instead of the error's own message, which may name files of this machine."""
    again_s: int | None = None
    """Seconds after which to try again."""


_UNEXPECTED = _Public(500, "the request failed unexpectedly; the log of the server has the details")
_ERRORS: dict[type[Exception], _Public] = {
    CollectionNameInvalid: _Public(400),
    ArticleNotFound: _Public(404),
    ArticleErased: _Public(410),
    CollectionNotFound: _Public(
        404, "there is no collection of that name; take articles in first: byline ingest PATH..."
    ),
    NothingIngested: _Public(409),
    IngestRunning: _Public(409, "an ingest is writing to this collection; try again when it is done"),
    IndexMismatch: _Public(
        409, "the collection was made with another encoder, or by another Byline; see on the server: byline status"
    ),
    EncoderUnavailable: _Public(503, "the server has no encoder; its log says where it looked"),
    NotReady: _Public(503),
    ChatModelMissing: _Public(400, "the server has no chat model; ask without answerer, or with answerer reader"),
    ChatModelTimeout: _Public(504),
    ChatModelError: _Public(502),
    Overloaded: _Public(503, again_s=1),
    ServiceStopping: _Public(503, again_s=1),
    KeyNeeded: _Public(401),
    ScopeMissing: _Public(403),
    RateExceeded: _Public(429),
    ModelNotFound: _Public(404),
    CollectionNeeded: _Public(404),
    HostRefused: _Public(403),
    OriginRefused: _Public(403),
    JobNotFound: _Public(404),
    BodyTooLarge: _Public(413),
    UnsupportedMediaType: _Public(415),
    StorageFull: _Public(507),
    AnswerNotFound: _Public(404, "there is no answer of that id; the log of answers may be off, or have forgotten it"),
    IdempotencyKeyReused: _Public(422),
    LedgerError: _UNEXPECTED,
    LibraryError: _UNEXPECTED,
}
_ERRORS_BY_CODE = {code(each): public for kind, public in _ERRORS.items() for each in kind.__subclasses__()}
_ERRORS_BY_CODE |= {code(kind): public for kind, public in _ERRORS.items()}
_REFUSALS = {
    400: ("invalid_request", "the request is not valid"),
    404: ("not_found", "there is nothing at this address; /openapi.json says what there is"),
    405: ("method_not_allowed", "this address does not take this method; /openapi.json says what it takes"),
    413: ("body_too_large", f"the body is larger than {LARGEST_BODY >> 20} MiB"),
    415: ("unsupported_media_type", "send JSON, with the header Content-Type: application/json"),
}
"""What is wrong with requests that reach no handler: code and detail."""


_ABOUT = [live, ready, metrics, openapi, reference]
_ARTICLES = [upload, articles, article, withdraw, restore, erase, collections, jobs, job, job_events]


def create_app(
    settings: Settings,
    answerer: Answerer | None = None,
    *,
    metrics_in: Path | None = None,
    runner: Sequence[str] | None = RUNNER,
) -> Litestar:
    """Make the application; without an answerer it loads one of its own when it starts.

    `metrics_in` is the directory in which several processes count together, `runner` the command that works on jobs;
    None where somebody else does.
    """
    counted = Metrics(_version(), metrics_in)
    requests = Requests(counted, texts=settings.log_texts == "on")

    @contextlib.asynccontextmanager
    async def answering(app: Litestar) -> AsyncIterator[None]:
        app.state.answerer = answerer or await asyncio.to_thread(_loaded, settings)
        app.state.answerer.observed_by(requests)
        counted.limit.set(app.state.answerer.places.most or math.inf)
        async with pooled(settings.threads):
            try:
                yield
            finally:
                await asyncio.to_thread(app.state.answerer.close)

    @contextlib.asynccontextmanager
    async def guarding(app: Litestar) -> AsyncIterator[None]:
        async with Gate.opened(settings.library) as app.state.gate:
            yield

    @contextlib.asynccontextmanager
    async def keeping(app: Litestar) -> AsyncIterator[None]:
        async with Keeper.opened(settings, runner) as app.state.keeper:
            yield

    optional, needing = _mcp()
    app = Litestar(
        route_handlers=[*optional, ask, search, verify, answer, *_ARTICLES, complete, models, model, *_ABOUT],
        dependencies={
            "answerer": Provide(_answerer, sync_to_thread=False),
            "library": Provide(_library, sync_to_thread=False),
            "keeper": Provide(_keeper, sync_to_thread=False),
            "caller": Provide(_caller, sync_to_thread=False),
            "collection_name": Provide(_collection_name, sync_to_thread=False),
        },
        state=State(
            {
                "collection": settings.collection,
                "largest_upload": settings.largest_upload << 20,
                "public_url": settings.public_url,
                "public": public,
                "origins": Origins(settings),
                "stopping": Stopping(),
                "metrics": counted,
            }
        ),
        lifespan=[answering, guarding, keeping, *needing],
        middleware=[until_over, authenticating],
        before_send=[say_of_key],
        cors_config=cors(settings),
        exception_handlers={Exception: _failed},
        request_class=JSONRequest,
        request_max_body_size=LARGEST_BODY,
        logging_config=None,
        openapi_config=OpenAPIConfig(
            title="Byline",
            version=_version(),
            description="Answers questions about news articles; every sentence cites exact characters of one.",
            components=SCHEMES,
            security=SECURITY,
            openapi_router=Unserved("/openapi.json", route_handlers=[]),
            use_handler_docstrings=True,
        ),
    )
    # Around all of it: what has no route has an id and is counted too.
    app.asgi_handler = exchanging(app.asgi_handler, requests.ended)
    return app


def _mcp() -> tuple[list[Any], list[Any]]:
    """Give the handlers of MCP and the lifespans that they need; none where the package for it is not installed."""
    try:
        from service.mcp.over_http import mcp, serving_mcp
    except ImportError as error:
        logger.info("/mcp is not served: %s", error)
        return [], []
    return [mcp], [serving_mcp(_version())]


def _loaded(settings: Settings) -> Answerer:
    """Load all that answering takes."""
    preload()
    return Answerer.from_settings(settings, Places(settings.most_questions))


def _answerer(state: State) -> Answerer:
    answerer: Answerer = state.answerer
    return answerer


def _library(state: State) -> Library:
    answerer: Answerer = state.answerer
    return answerer.library


def _keeper(state: State) -> Keeper:
    keeper: Keeper = state.keeper
    return keeper


def _caller(request: Request[Any, Any, Any]) -> Caller:
    return caller_of(request)


def _collection_name(
    caller: NamedDependency[Caller],
    state: State,
    collection: Annotated[str | None, QueryParameter(description="The server's own when none is named.")] = None,
) -> str:
    """Give the collection that a request names in its address, if it is one of the caller's."""
    return caller.admitted(collection or caller.default(state.collection))


def _version() -> str:
    try:
        return importlib.metadata.version("byline-news")
    except importlib.metadata.PackageNotFoundError:
        return "0"


# -- errors ------------------------------------------------------------------------------------------------------------


def _failed(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Answer with what went wrong, in the form that clients read at this address."""
    response = _problem(error)
    return refusal(response) if is_openai(request.scope["path"]) else response


def _problem(error: Exception) -> Response[Problem]:
    """Answer with what went wrong, in words that give nothing away, and log what should not have happened."""
    if isinstance(error, HTTPException) and error.status_code in _REFUSALS:
        return _refused(error)
    known = isinstance(error, EmbeddingsError | ServiceError)
    name = code(type(error)) if known else INTERNAL
    public = next((_ERRORS[kind] for kind in type(error).__mro__ if kind in _ERRORS), _UNEXPECTED)
    if public is _UNEXPECTED:
        logger.error("a request failed: %s", name, exc_info=error)
    headers = {} if public.again_s is None else {"Retry-After": str(public.again_s)}
    return problem(public.status, name, public.detail or str(error), headers=headers)


def public(failed: Failed) -> Failed:
    """Say of a failure only what its status would have said."""
    said = _ERRORS_BY_CODE.get(failed.code, _UNEXPECTED)
    if said is _UNEXPECTED and failed.code != INTERNAL:  # that was logged, with all that is known of it
        logger.error("what was asked for failed: %s: %s", failed.code, failed.message)
    return structs.replace(failed, message=said.detail or failed.message)


def _refused(error: HTTPException) -> Response[Problem]:
    name, detail = _REFUSALS[error.status_code]
    wrong = error.extra if isinstance(error.extra, list) else []
    # Bodies are checked in JSONRequest; what Litestar itself misses in one is the whole of it.
    fields = [
        FieldProblem(field="", message="a JSON object is needed in the body")
        if each.get("source") == "body"
        else FieldProblem(field=each.get("key", ""), message=lowered(each["message"]))
        for each in wrong
    ]
    said = "; ".join(": ".join(filter(None, (each.field, each.message))) for each in fields)
    if error.status_code == 400 and (said or error.detail):
        detail = f"{detail}: {said or error.detail}"
    return problem(error.status_code, name, detail, fields, error.headers)
