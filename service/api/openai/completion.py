"""Chat completions on the wire, whole and in chunks, with what Byline adds to OpenAI's."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from service.answers import Citation, Usage
from service.api.openai.content import Annotation


class CompletionUsage(Struct, frozen=True, kw_only=True):
    """What the chat model counted; nothing where the reader answered."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0

    @classmethod
    def of(cls, usage: Usage | None) -> "CompletionUsage":
        """Add it up."""
        prompt, completion = (usage.prompt_tokens, usage.completion_tokens) if usage else (0, 0)
        return cls(prompt_tokens=prompt, completion_tokens=completion, total_tokens=prompt + completion)


class Summary(Struct, frozen=True, kw_only=True):
    """What else is to be known of an answer of Byline's."""

    id: str
    collection: str
    status: Literal["answered", "partial", "not_in_articles"]
    answerer: Literal["reader", "chat"]
    confidence: float | None
    permalink: str | None
    """Where the whole of it can be read again; null where answers are not kept."""
    missing: tuple[str, ...]
    """The parts of the question that the articles do not answer, where the status is "partial"."""
    notes: tuple[str, ...]
    """What a reader of the answer should know."""
    fallback_reason: str | None
    """Why another answerer than the wanted one answered."""


class ChatCompletionMessage(Struct, frozen=True, kw_only=True):
    """A whole message."""

    role: Literal["assistant"] = "assistant"
    content: str
    """The sentences of the answer, each with marks like [1][2] for what it cites."""
    refusal: None = None
    annotations: tuple[Annotation, ...] = ()
    """For each sentence, each article that it cites."""


class Choice(Struct, frozen=True, kw_only=True):
    """The one answer."""

    index: Literal[0] = 0
    message: ChatCompletionMessage
    finish_reason: Literal["stop"] = "stop"
    logprobs: None = None


class ChatCompletion(Struct, frozen=True, kw_only=True):
    """A whole completion."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    """When it was asked for, in seconds since 1970."""
    model: str
    choices: tuple[Choice, ...]
    usage: CompletionUsage
    citations: tuple[Citation, ...] = ()
    """As in the answer of /v1/ask: the article, and its exact words."""
    byline: Summary | UnsetType = UNSET


class Delta(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a chunk adds to the message."""

    role: Literal["assistant"] | UnsetType = UNSET
    content: str | UnsetType = UNSET
    annotations: tuple[Annotation, ...] | UnsetType = UNSET


class ChunkChoice(Struct, frozen=True, kw_only=True):
    """The one answer, as it grows."""

    index: Literal[0] = 0
    delta: Delta
    finish_reason: Literal["stop"] | None = None
    logprobs: None = None


class ChatCompletionChunk(Struct, frozen=True, kw_only=True):
    """A piece of a completion; what it rests on comes with the last piece that has a choice."""

    id: str
    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"
    created: int
    model: str
    choices: tuple[ChunkChoice, ...]
    usage: CompletionUsage | UnsetType | None = UNSET
    citations: tuple[Citation, ...] | UnsetType = UNSET
    byline: Summary | UnsetType = UNSET
