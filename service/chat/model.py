"""What a chat model is, to all who use one: messages in, the text of its reply out, piece by piece."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Literal, Protocol

from msgspec import Struct

from service.answers import Usage


class Message(Struct, frozen=True, kw_only=True):
    """A message to a chat model."""

    role: Literal["system", "user", "assistant"]
    content: str


class Reply(Protocol):
    """What a chat model writes, as it comes."""

    @property
    def usage(self) -> Usage | None:
        """What the server counted; None until the end, or where it does not count."""
        ...

    @property
    def cut(self) -> bool:
        """Whether it ended for its length, in the midst of what it was to say; False until the end."""
        ...

    def __aiter__(self) -> AsyncIterator[str]:
        """Yield pieces of the text, divided anywhere. Raises ChatModelError."""
        ...


class ChatModel(Protocol):
    """Writes."""

    @property
    def name(self) -> str:
        """The model, as its server knows it."""
        ...

    @property
    def host(self) -> str:
        """Who receives the messages: host, and port unless it is the usual one."""
        ...

    @property
    def deadline_s(self) -> float:
        """Seconds that it may take for an answer, with all its replies and tries."""
        ...

    def reply(
        self, messages: Sequence[Message], *, most_tokens: int, until: float | None = None
    ) -> AbstractAsyncContextManager[Reply]:
        """Ask for a reply of at most so many tokens, to end by `until` of the event loop's clock, or by its deadline.

        Leaving the context closes the request upstream, done or not. Entering raises ChatModelError.
        """
        ...
