"""POST /v1/ask: a question in, its answer out, whole or as it comes."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any, cast

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import BodyKwarg

from service.answerer import Answerer
from service.answers import Answer, AnswerEvent, Question
from service.api.accepting import EVENTS, JSON, InTwoForms, prefers_events
from service.api.events import frame, streamed
from service.api.given_articles import GivenArticles, over
from service.api.json_request import JSONRequest
from service.api.leaving import unless_gone
from service.api.problem import problems

_EXAMPLES = [
    Example(summary="A question", value={"question": "what did Lavrov blame the US for?"}),
    Example(
        summary="A follow-up, asked as of a day",
        value={
            "question": "and what did Kerry say last week?",
            "history": [{"role": "user", "text": "what did Lavrov say about the ceasefire?"}],
            "as_of": "2016-09-14",
        },
    ),
    Example(
        summary="A question to two outlets, about one month",
        value={
            "question": "who agreed to the ceasefire?",
            "filters": {"sources": ["Harbour Post", "Civic Courier"], "after": "2016-09-01", "before": "2016-10-01"},
            "k": 4,
        },
    ),
    Example(
        summary="A question to articles of one's own",
        value={
            "question": "when does the quay open again?",
            "articles": [
                {
                    "id": "crane",
                    "title": "Crane falls at the quay",
                    "text": "A crane fell at the north quay on Monday. The quay opens again in July.",
                    "source": "Harbour Post",
                    "published_at": "2016-06-07",
                }
            ],
        },
    ),
]


class Asked(Question, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked, of a collection or of the articles that come with the question."""

    articles: GivenArticles = ()


class _AskOperation(InTwoForms):
    whole = Answer


@post(
    "/v1/ask",
    opt={"scope": "ask"},
    status_code=200,
    responses={
        200: ResponseSpec(
            cast(Any, AnswerEvent),
            description="The answer; or, where Accept prefers it, the events of which it consists, as they come",
            media_type=EVENTS,
            generate_examples=False,
        ),
        **problems(400, 404, 409, 413, 415, 502, 503, 504),
    },
    operation_class=_AskOperation,
)
async def ask(
    request: JSONRequest,
    data: Annotated[Asked, BodyKwarg(media_type=JSON, examples=_EXAMPLES)],
    answerer: NamedDependency[Answerer],
) -> Response[Any]:
    """Answer a question from the articles of a collection, or from those of the request, each sentence with citations.

    The answer is JSON, or the stream of its events when the Accept header prefers text/event-stream: each event is
    named after the `type` of its data, and exactly one `done`, with the whole answer, or `error` ends them.
    """
    if not prefers_events(request):
        return Response(await unless_gone(request, _answer(answerer, data)))
    return await streamed(request, _frames(answerer, data))


async def _answer(answerer: Answerer, data: Asked) -> Answer:
    async with over(answerer, data.articles) as asked:
        return await asked.answer(data)


async def _frames(answerer: Answerer, data: Asked) -> AsyncGenerator[bytes]:
    async with over(answerer, data.articles) as asked, aclosing(asked.events(data)) as events:
        async for event in events:
            yield frame(event)
