"""POST /v1/chat/completions: a question asked in OpenAI's way, with the citations that every answer has."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from typing import Annotated, Any

from litestar import Response, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import BodyKwarg

from service.answerer import Answerer
from service.answers import AnswerEvent, Done, Failed, Released
from service.api.accepting import EVENTS, JSON, InTwoForms
from service.api.events import frame, streamed
from service.api.json_request import JSONRequest
from service.api.leaving import unless_gone
from service.api.openai.completion import ChatCompletion, ChatCompletionChunk
from service.api.openai.content import Addresses
from service.api.openai.errors import broken_off, refusals
from service.api.openai.models import selected
from service.api.openai.reply import Reply
from service.api.openai.requests import Conversation, question, turns
from service.api.openai.tasks import task_reply
from service.auth.callers import Caller

_DONE = b"data: [DONE]\n\n"
_EXAMPLES = [
    Example(
        summary="A question",
        value={
            "model": "byline",
            "messages": [{"role": "user", "content": "what did Lavrov blame the US for?"}],
        },
    ),
    Example(
        summary="A follow-up, answered as it comes, by quoting, from the articles of one month",
        value={
            "model": "byline:reader",
            "messages": [
                {"role": "user", "content": "what did Lavrov say about the ceasefire?"},
                {"role": "assistant", "content": "Lavrov said that the ceasefire was holding. [1]"},
                {"role": "user", "content": [{"type": "text", "text": "and what did Kerry say?"}]},
            ],
            "stream": True,
            "stream_options": {"include_usage": True},
            "filters": {"after": "2016-09-01", "before": "2016-10-01"},
        },
    ),
]


class _CompletionOperation(InTwoForms):
    whole = ChatCompletion


@post(
    "/v1/chat/completions",
    status_code=200,
    opt={"scope": "ask"},
    responses={
        200: ResponseSpec(
            ChatCompletionChunk,
            description="The completion; or, where `stream` is true, its chunks as they come, and [DONE] after them",
            media_type=EVENTS,
            generate_examples=False,
        ),
        **refusals(400, 401, 403, 404, 409, 413, 415, 429, 500, 502, 503, 504),
    },
    operation_class=_CompletionOperation,
)
async def complete(
    request: JSONRequest,
    data: Annotated[Conversation, BodyKwarg(media_type=JSON, examples=_EXAMPLES)],
    answerer: NamedDependency[Answerer],
    caller: NamedDependency[Caller],
    state: State,
) -> Response[Any]:
    """Answer the last message of a conversation from the articles, as a chat completion of OpenAI's.

    Each sentence of the content ends with marks like [1][2], the numbers of its `citations`, which are those of
    /v1/ask; each annotation says where in the content a sentence stands, and where the article that it cites. When
    streaming, both come with the last chunk that has a choice.
    """
    said = turns(data)
    model = await selected(data.model, caller, answerer, state)
    base = state.public_url or str(request.base_url)
    addresses = Addresses(base=base.rstrip("/"), logged=answerer.ledger is not None)
    reply = Reply(data.model, addresses, with_usage=data.with_usage)
    if (text := task_reply(said)) is not None:
        if data.stream:
            return await streamed(request, _frames_of(reply.chunks_of_text(text)))
        return Response(reply.of_text(text))
    asked = question(data, said, model)
    if data.stream:
        return await streamed(request, _frames(answerer.events(asked), reply), failed=_last_frame)
    answer = await unless_gone(request, answerer.answer(asked))
    return Response(answer and reply.whole(answer))


async def _frames(events: AsyncGenerator[AnswerEvent], reply: Reply) -> AsyncGenerator[bytes]:
    """Write the chunks of a stream."""
    begun = False
    async with aclosing(events):
        async for event in events:
            match event:
                case Released():
                    yield frame(reply.added(event.sentence))
                case Done():
                    async for each in _frames_of(reply.ended(event.answer)):
                        yield each
                case _ if not begun:
                    yield frame(reply.begun())
            begun = True


async def _frames_of(chunks: Iterable[ChatCompletionChunk]) -> AsyncGenerator[bytes]:
    """Write chunks, and that they are all."""
    for chunk in chunks:
        yield frame(chunk)
    yield _DONE


def _last_frame(failed: Failed) -> bytes:
    return frame(broken_off(failed))
