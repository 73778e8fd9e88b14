"""The chat model that is asked over the network: the openai client against any server that speaks chat completions.

To import this is to import that client, which takes half a second: whoever makes a model imports it then.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import anyio
import httpx2
import openai
from msgspec import to_builtins

from service.chat.connection import NO_KEY, UNTIL, connect
from service.chat.failures import Asked, told
from service.chat.model import Message, Reply
from service.chat.reply import StreamedReply
from service.errors import ChatModelRefused

logger = logging.getLogger(__name__)

_OPENAI = "api.openai.com"
_OPTIONAL = {"temperature": 0, "stream_options": {"include_usage": True}}
_LENGTHS = ("max_tokens", "max_completion_tokens")
"""The name of what bounds a reply: the first is known to all servers but those of OpenAI's thinking models."""


class OpenAIChatModel:
    """A chat model on a server that speaks OpenAI's chat completions."""

    def __init__(self, name: str, *, deadline_s: float, retries: int = 2) -> None:
        """Make ready to ask; nothing is sent yet.

        An answer has `deadline_s` seconds, with all its replies and tries. Raises SettingsInvalid.
        """
        self._client = connect(retries)
        # Loads the code behind it, which would block an event loop.
        self._completions = self._client.chat.completions.with_raw_response
        address = self._client.base_url
        self._asked = Asked(model=name, host=address.netloc.decode(), deadline_s=deadline_s)
        self._is_openai = address.host == _OPENAI or address.host.endswith(f".{_OPENAI}")
        self._not_taken: set[str] = set()

    @property
    def name(self) -> str:
        """The model, as its server knows it."""
        return self._asked.model

    @property
    def host(self) -> str:
        """Who receives the messages."""
        return self._asked.host

    @property
    def deadline_s(self) -> float:
        """Seconds for an answer."""
        return self._asked.deadline_s

    @asynccontextmanager
    async def reply(
        self, messages: Sequence[Message], *, most_tokens: int, until: float | None = None
    ) -> AsyncIterator[Reply]:
        """Ask for a reply of at most so many tokens; leaving closes the request upstream."""
        if self._is_openai and self._client.api_key == NO_KEY:
            raise ChatModelRefused(f"{self._asked} wants a key: set OPENAI_API_KEY")
        if until is None:
            until = asyncio.get_running_loop().time() + self.deadline_s
        response = await self._ask(messages, most_tokens, until)
        try:
            yield StreamedReply(response, self._asked, until=until, most_tokens=most_tokens)
        finally:
            # Whoever is cancelled in an anyio scope is cancelled again at each await that is not shielded.
            with anyio.CancelScope(shield=True):
                await response.aclose()

    async def _ask(self, messages: Sequence[Message], most_tokens: int, until: float) -> httpx2.Response:
        """Send the request; again without a parameter that the server does not take, of which there are few."""
        while True:
            parameters = self._parameters(most_tokens)
            with self._asked.failures():
                try:
                    return await self._send(messages, parameters, until)
                except openai.APIStatusError as error:
                    answer = told(error)
                    not_taken = {name for name in parameters if answer.names(name)}
                    if not not_taken:
                        raise
            logger.info("the chat model at %s does not take %s", self.host, ", ".join(sorted(not_taken)))
            self._not_taken |= not_taken

    async def _send(self, messages: Sequence[Message], parameters: dict[str, Any], until: float) -> httpx2.Response:
        """Give the response before its body is read."""
        deadline = UNTIL.set(until)
        try:
            async with asyncio.timeout_at(until):
                raw = await self._completions.create(
                    model=self.name, messages=to_builtins(messages), stream=True, **parameters
                )
        finally:
            UNTIL.reset(deadline)
        response: httpx2.Response = raw.http_response
        return response

    def _parameters(self, most_tokens: int) -> dict[str, Any]:
        """Choose what to send: all that this server is not known not to take, and one name for the length."""
        lengths = dict.fromkeys(reversed(_LENGTHS) if self._is_openai else _LENGTHS, most_tokens)
        length = [pair for pair in lengths.items() if pair[0] not in self._not_taken][:1]
        return {name: value for name, value in (*_OPTIONAL.items(), *length) if name not in self._not_taken}
