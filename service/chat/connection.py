"""The openai client, set up as the environment says it."""

import asyncio
from contextvars import ContextVar
from typing import Any

import httpx2
import openai

from service.chat.failures import wait_s
from service.errors import SettingsInvalid

UNTIL: ContextVar[float] = ContextVar("UNTIL")
"""When the request of this task must be over, by the clock of the event loop."""

NO_KEY = "no-key"
"""Sent where no key is set: servers of one's own need none, and the client goes nowhere without."""

_CONNECT_S = 5.0
_OWN_PAUSE_S = 1.0
"""The client pauses as long as this between tries when no server tells it how long."""


def connect(retries: int) -> openai.AsyncOpenAI:
    """Make the client: `OPENAI_API_KEY`, `OPENAI_BASE_URL` and whatever else it reads from the environment.

    What stands in the query of the address is sent with each request; with an `api-version` in it, as addresses of
    Azure's deployments have, the key goes into the header that is read there as well. Raises SettingsInvalid.
    """
    http = openai.DefaultAsyncHttpxClient(
        # The text goes to the host that is named to the user, and to no other.
        follow_redirects=False,
        # A connection costs little beside a reply; without one left over, nothing is bound to an event loop.
        limits=httpx2.Limits(max_keepalive_connections=0),
        event_hooks={"response": [_no_waiting_in_vain]},
    )
    # Time is bounded for a reply as a whole.
    settings: dict[str, Any] = {
        "http_client": http,
        "max_retries": retries,
        "timeout": openai.Timeout(None, connect=_CONNECT_S),
    }
    try:
        client = openai.AsyncOpenAI(**settings)
    except openai.OpenAIError:
        client = openai.AsyncOpenAI(api_key=NO_KEY, **settings)
    except httpx2.InvalidURL:
        raise SettingsInvalid("OPENAI_BASE_URL is no address") from None
    client.api_key = client.api_key or NO_KEY
    if client.base_url.scheme not in ("http", "https") or not client.base_url.host:
        raise SettingsInvalid("OPENAI_BASE_URL must begin with http:// or https:// and a host")
    if not (client.api_key.isascii() and client.api_key.isprintable()):
        raise SettingsInvalid("OPENAI_API_KEY has characters that no key has: look for a line end or a curly quote")
    return _with_query(client)


def _with_query(client: openai.AsyncOpenAI) -> openai.AsyncOpenAI:
    """Take the query out of the address, to which paths are appended, and send it all the same."""
    url = client.base_url
    # The client ends every address with a slash, even there.
    query = {name: value.rstrip("/") for name, value in url.params.items()}
    if not query:
        return client
    return client.with_options(
        base_url=url.copy_with(query=None),
        default_query=query,
        default_headers={"api-key": client.api_key} if "api-version" in query else None,
    )


async def _no_waiting_in_vain(response: httpx2.Response) -> None:
    """Keep the client from waiting for a further try that would come too late."""
    wait = wait_s(response.headers)
    if asyncio.get_running_loop().time() + (_OWN_PAUSE_S if wait is None else wait) >= UNTIL.get():
        response.headers["x-should-retry"] = "false"
