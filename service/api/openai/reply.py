"""What is made of an answer for who waits for a chat completion, all at once or as it comes."""

import time
import uuid
from typing import Any, Literal

from msgspec import UNSET

from service.answers import NOT_SAID, Answer, AnswerSentence, Usage
from service.api.openai.completion import (
    ChatCompletion,
    ChatCompletionChunk,
    ChatCompletionMessage,
    Choice,
    ChunkChoice,
    CompletionUsage,
    Delta,
    Summary,
)
from service.api.openai.content import Addresses, Content, annotations


class Reply:
    """One completion under way: its content grows by the sentences of an answer, as they are released."""

    def __init__(self, model: str, addresses: Addresses, *, with_usage: bool = False) -> None:
        """With usage, a stream ends with what was counted."""
        self._about: dict[str, Any] = {
            "id": f"chatcmpl-{uuid.uuid4().hex}",
            "created": int(time.time()),
            "model": model,
        }
        self._addresses = addresses
        self._with_usage = with_usage
        self._content = Content()

    def begun(self) -> ChatCompletionChunk:
        """Say who speaks."""
        return self._chunk(Delta(role="assistant", content=""))

    def added(self, sentence: AnswerSentence) -> ChatCompletionChunk:
        """Say a sentence."""
        return self._chunk(Delta(content=self._content.add(sentence)))

    def ended(self, answer: Answer) -> list[ChatCompletionChunk]:
        """Say what all that was said rests on; or that the articles do not say."""
        said = [] if answer.sentences else [self._chunk(Delta(content=NOT_SAID))]
        rests_on = annotations(answer, self._content, self._addresses)
        last = self._chunk(
            Delta(annotations=rests_on), "stop", citations=answer.citations, byline=self._summary(answer)
        )
        return [*said, last, *self._usage(answer.usage)]

    def whole(self, answer: Answer) -> ChatCompletion:
        """Say all at once."""
        for sentence in answer.sentences:
            self._content.add(sentence)
        return self._completion(
            ChatCompletionMessage(
                content=self._content.text or NOT_SAID,
                annotations=annotations(answer, self._content, self._addresses),
            ),
            answer.usage,
            citations=answer.citations,
            byline=self._summary(answer),
        )

    def of_text(self, text: str) -> ChatCompletion:
        """Say something that is no answer."""
        return self._completion(ChatCompletionMessage(content=text), None)

    def chunks_of_text(self, text: str) -> list[ChatCompletionChunk]:
        """Say it in chunks."""
        return [self.begun(), self._chunk(Delta(content=text)), self._chunk(Delta(), "stop"), *self._usage(None)]

    def _chunk(self, delta: Delta, finish_reason: Literal["stop"] | None = None, **more: Any) -> ChatCompletionChunk:
        return ChatCompletionChunk(
            **self._about,
            choices=(ChunkChoice(delta=delta, finish_reason=finish_reason),),
            usage=None if self._with_usage else UNSET,
            **more,
        )

    def _completion(self, message: ChatCompletionMessage, usage: Usage | None, **more: Any) -> ChatCompletion:
        return ChatCompletion(
            **self._about,
            choices=(Choice(message=message),),
            usage=CompletionUsage.of(usage),
            **more,
        )

    def _summary(self, answer: Answer) -> Summary:
        return Summary(
            id=answer.id,
            collection=answer.collection,
            status=answer.status,
            answerer=answer.answerer,
            confidence=answer.confidence,
            permalink=self._addresses.answer(answer),
            missing=answer.missing,
            notes=answer.notes,
            fallback_reason=answer.fallback_reason,
        )

    def _usage(self, usage: Usage | None) -> list[ChatCompletionChunk]:
        if not self._with_usage:
            return []
        counted = CompletionUsage.of(usage)
        return [ChatCompletionChunk(**self._about, choices=(), usage=counted)]
