"""POST /v1/ask: a question in, its answer out, whole or as it comes."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple, cast

import msgspec
from litestar import Response, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example, OpenAPIMediaType, OpenAPIResponse, Operation, Reference
from litestar.params import BodyKwarg
from litestar.response import Stream

from service.answerer import Answerer
from service.answers import Answer, AnswerEvent, Failed, Question
from service.api.json_request import JSONRequest
from service.api.leaving import unless_gone
from service.api.problem import problems

EVENTS = "text/event-stream"
JSON = "application/json"

_QUALITY = re.compile(r"q=(0(?:\.\d*)?|1(?:\.0*)?)")
# Line ends to many a client that divides a stream into lines, though not to the specification of server-sent events.
_LINE_ENDS = {character.encode(): b"\\u%04x" % ord(character) for character in "\x85\u2028\u2029"}
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
]


class AnsweringFailed(Exception):
    """A stream failed before its first event, so that there is a status left to say it with."""

    def __init__(self, failed: Failed) -> None:
        super().__init__(failed.message)
        self.failed = failed


@dataclass
class _AskOperation(Operation):
    """Documents both forms of an answer; Litestar documents one response for each status."""

    def __post_init__(self) -> None:
        answered = cast(OpenAPIResponse, (self.responses or {})["200"])
        whole = OpenAPIMediaType(schema=Reference(ref=f"#/components/schemas/{Answer.__name__}"))
        answered.content = {JSON: whole, **(answered.content or {})}


@post(
    "/v1/ask",
    status_code=200,
    responses={
        200: ResponseSpec(
            cast(Any, AnswerEvent),
            description="The answer; or, where Accept prefers it, the events of which it consists, as they come",
            media_type=EVENTS,
            generate_examples=False,
        ),
        **problems(400, 404, 409, 413, 415, 500, 502, 503, 504),
    },
    operation_class=_AskOperation,
)
async def ask(
    request: JSONRequest,
    data: Annotated[Question, BodyKwarg(media_type=JSON, examples=_EXAMPLES)],
    answerer: NamedDependency[Answerer],
) -> Response[Any]:
    """Answer a question from the articles, each sentence with citations.

    The answer is JSON, or the stream of its events when the Accept header prefers text/event-stream: each event is
    named after the `type` of its data, and exactly one `done`, with the whole answer, or `error` ends them.
    """
    if not _prefers_events(",".join(request.headers.getall("accept", []))):
        return Response(await unless_gone(request, answerer.answer(data)))
    events = answerer.stream(data)
    first = await anext(events)
    if isinstance(first, Failed):
        raise AnsweringFailed(first)
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return Stream(_frames(first, events, request.app.state.public), media_type=EVENTS, headers=headers)


async def _frames(
    first: AnswerEvent, rest: AsyncIterator[AnswerEvent], public: Callable[[Failed], Failed]
) -> AsyncIterator[bytes]:
    async with aclosing(cast(Any, rest)):
        yield frame(first)
        async for event in rest:
            yield frame(public(event) if isinstance(event, Failed) else event)


def frame(event: AnswerEvent) -> bytes:
    """Write a server-sent event, its data on one line whatever the articles contain."""
    data = msgspec.json.encode(event)
    for character, escaped in _LINE_ENDS.items():
        data = data.replace(character, escaped)
    return b"event: %b\ndata: %b\n\n" % (str(event.__struct_config__.tag).encode(), data)


def _prefers_events(accept: str) -> bool:
    """Tell whether events are wanted more than JSON, or as much but by name."""
    events = _wanted(accept, EVENTS)
    return events.quality > 0 and events > _wanted(accept, JSON)


class _Wanted(NamedTuple):
    quality: float
    exactness: int


def _wanted(accept: str, media_type: str) -> _Wanted:
    """Tell how much an Accept header asks for a media type, by the range that names it best (RFC 9110, 12.5.1)."""
    ranges = ("*/*", media_type.partition("/")[0] + "/*", media_type)
    granted = [(-1, 0.0)]
    for each in accept.lower().split(","):
        name, *parameters = (part.strip() for part in each.split(";"))
        if name in ranges:
            qualities = [float(match[1]) for parameter in parameters if (match := _QUALITY.fullmatch(parameter))]
            granted.append((ranges.index(name), qualities[0] if qualities else 1.0))
    exactness, quality = max(granted)
    return _Wanted(quality, exactness)
