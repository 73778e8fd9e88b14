"""POST /v1/verify: a text in, and for each of its sentences whether articles bear it out."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any, cast

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import BodyKwarg
from msgspec import Meta, Struct

from embeddings.articles import Filter
from service.answerer import Answerer
from service.answers import COLLECTION, Failed
from service.api.accepting import EVENTS, JSON, InTwoForms, prefers_events
from service.api.events import frame, streamed
from service.api.given_articles import GivenArticles, over
from service.api.json_request import JSONRequest
from service.api.leaving import unless_gone
from service.api.problem import problems
from service.verification import MOST_CHARACTERS, Verification, VerifiedSentence

_EXAMPLES = [
    Example(
        summary="A text, verified against a collection",
        value={"text": "Lavrov blamed the US. The council approved the truce.", "filters": {"after": "2016-09-01"}},
    ),
    Example(
        summary="A text, verified against what it is about",
        value={
            "text": "The quay opens again in August.",
            "articles": [{"text": "A crane fell at the north quay on Monday. The quay opens again in July."}],
        },
    ),
]


class Claims(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is verified, against which articles."""

    text: Annotated[str, Meta(min_length=1, max_length=MOST_CHARACTERS, pattern=r"\S")]
    """Whoever wrote it; footnote marks such as [1] are passed over."""
    filters: Filter = Filter()
    collection: str = COLLECTION
    articles: GivenArticles = ()


class Verified(Struct, frozen=True, tag="sentence", tag_field="type"):
    """A sentence of the text."""

    sentence: VerifiedSentence


class AllVerified(Struct, frozen=True, tag="done", tag_field="type"):
    """The end of a stream that succeeded: all of it, folded."""

    verification: Verification


class _VerifyOperation(InTwoForms):
    whole = Verification


@post(
    "/v1/verify",
    opt={"scope": "ask"},
    status_code=200,
    responses={
        200: ResponseSpec(
            cast(Any, Verified | AllVerified | Failed),
            description="All sentences; or, where Accept prefers it, an event for each as it is verified",
            media_type=EVENTS,
            generate_examples=False,
        ),
        **problems(400, 404, 409, 413, 415, 503),
    },
    operation_class=_VerifyOperation,
)
async def verify(
    request: JSONRequest,
    data: Annotated[Claims, BodyKwarg(media_type=JSON, examples=_EXAMPLES)],
    answerer: NamedDependency[Answerer],
) -> Response[Any]:
    """Verify a text sentence by sentence against the articles of a collection, or those of the request.

    No chat model is asked. The sentences come as JSON; or one by one, as events named `sentence`, when the Accept
    header prefers text/event-stream: exactly one `done`, with all of them, or `error` ends these.
    """
    if not prefers_events(request):
        return Response(await unless_gone(request, _verified(answerer, data)))
    return await streamed(request, _frames(answerer, data))


async def _verified(answerer: Answerer, data: Claims) -> Verification:
    async with over(answerer, data.articles) as asked:
        return await asked.verify(data.text, wanted=data.filters, collection=data.collection)


async def _frames(answerer: Answerer, data: Claims) -> AsyncGenerator[bytes]:
    verified = []
    async with (
        over(answerer, data.articles) as asked,
        aclosing(asked.verifying(data.text, wanted=data.filters, collection=data.collection)) as sentences,
    ):
        async for sentence in sentences:
            verified.append(sentence)
            yield frame(Verified(sentence))
    yield frame(AllVerified(Verification.of(verified, data.collection)))
