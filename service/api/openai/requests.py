"""What is asked in a conversation: its last message, with those before it as the history."""

import re
from datetime import datetime
from typing import Annotated, Literal

from litestar.exceptions import ValidationException
from msgspec import Meta, Struct

from embeddings.articles import Filter
from service.answers import NOT_SAID, Question, Turn
from service.api.openai.content import unescaped
from service.api.openai.models import Selected

_LONGEST_QUESTION = 2000
_LONGEST_TURN = 20_000
_MOST_TURNS = 100
"""As a Question has them; a conversation that goes on for long is none the worse."""
_MARKS = re.compile(r" (?:\[\d+\])+| \((?:unsupported|uncited)\)")
"""What a completion adds to the sentences of an answer."""


class Part(Struct, frozen=True, kw_only=True):
    """A part of a message."""

    type: str
    """`text`; nothing else can be asked."""
    text: str = ""
    refusal: str = ""


class Message(Struct, frozen=True, kw_only=True):
    """What was said in a conversation."""

    role: Literal["user", "assistant", "system", "developer", "tool", "function"]
    """Only what user and assistant said counts: instructions and results of tools are passed over."""
    content: str | tuple[Part, ...] | None = None


class Tool(Struct, frozen=True):
    """Something that cannot be used here."""


class StreamOptions(Struct, frozen=True, kw_only=True):
    """What a stream should contain."""

    include_usage: bool | None = None
    """Whether a last chunk, without choices, tells what the chat model counted."""


class Conversation(Struct, frozen=True, kw_only=True):
    """A conversation whose last message of a user is to be answered.

    The model names the collection and who answers. Other parameters are accepted, and change nothing: temperature,
    max_tokens, seed, user and so on.
    """

    model: Annotated[str, Meta(max_length=200)]
    """One of GET /v1/models."""
    messages: Annotated[list[Message], Meta(min_length=1)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: int | None = None
    """There is one answer."""
    tools: tuple[Tool, ...] | None = None
    functions: tuple[Tool, ...] | None = None
    filters: Filter | None = None
    """Of Byline: which articles to look into."""
    k: Annotated[int, Meta(ge=1, le=50)] | None = None
    """Of Byline: how many distinct stories to look into."""
    as_of: datetime | None = None
    """Of Byline: the moment that "last week" is counted from; now unless given."""

    @property
    def with_usage(self) -> bool:
        """Tell whether a stream is to end with what the chat model counted."""
        return bool(self.stream_options and self.stream_options.include_usage)


def turns(conversation: Conversation) -> list[Turn]:
    """Give what was said up to the last message of a user, which is the question. Raises ValidationException."""
    if conversation.n is not None and conversation.n != 1:
        raise _refusal("n", "there is one answer to a question; leave n out, or send 1")
    for name in ("tools", "functions"):
        if getattr(conversation, name):
            raise _refusal(name, "tools cannot be used here; ask without them")
    said = [
        Turn(role=message.role, text=_text(message, f"messages[{position}].content"))
        for position, message in enumerate(conversation.messages)
        if message.role in ("user", "assistant")
    ]
    while said and said[-1].role != "user":
        said.pop()
    if not said:
        raise _refusal("messages", "a message of the role user is needed: the last of them is the question")
    return said


def question(conversation: Conversation, said: list[Turn], model: Selected) -> Question:
    """Make the question out of what was said. Raises ValidationException."""
    *before, asked = said
    if not asked.text.strip():
        raise _refusal("messages", "the last message of the user must not be blank: it is the question")
    if (length := len(asked.text)) > _LONGEST_QUESTION:
        raise _refusal(
            "messages",
            f"the last message of the user is the question, and may have {_LONGEST_QUESTION} characters; "
            f"it has {length}",
        )
    given = {name: getattr(conversation, name) for name in ("filters", "k", "as_of")}
    return Question(
        question=asked.text,
        history=tuple(map(_remembered, before[-_MOST_TURNS:])),
        collection=model.collection,
        answerer=model.answerer,
        **{name: value for name, value in given.items() if value is not None},
    )


def _text(message: Message, path: str) -> str:
    if not isinstance(message.content, tuple):
        return message.content or ""
    for position, part in enumerate(message.content):
        if part.type not in ("text", "refusal"):
            raise _refusal(f"{path}[{position}]", "only text can be asked; leave out what is of another type")
    return "\n".join(part.text or part.refusal for part in message.content)


def _remembered(turn: Turn) -> Turn:
    """Give a turn as /v1/ask would be given it: an answer without its marks, and not too long."""
    text = turn.text
    if turn.role == "assistant":
        text = "" if text == NOT_SAID else unescaped(_MARKS.sub("", text))
    return Turn(role=turn.role, text=text[:_LONGEST_TURN])


def _refusal(field: str, message: str) -> ValidationException:
    return ValidationException(extra=[{"key": field, "message": message}])
