"""MCP on stdin and stdout, for a client that starts the process: nothing but the protocol leaves by stdout."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Literal

from mcp.server.stdio import stdio_server

from service.answers import Failed
from service.mcp.server import make_server
from service.mcp.tools import Tools

if TYPE_CHECKING:
    from service.answerer import Answerer

logger = logging.getLogger(__name__)


async def serve(
    load: Callable[[], "Answerer"],
    collection: str,
    public: Callable[[Failed], Failed],
    version: str,
    answered_by: Literal["reader", "chat"] | None = None,
) -> None:
    """Serve until stdin ends.

    What loads takes seconds: it begins at once, and calls wait for it, but a client that asks which tools there are
    has its answer before.
    """
    async with stdio_server() as (received, sent), _loading(load) as loading:

        async def answerer() -> "Answerer":
            # One call that is cancelled leaves the others waiting.
            return await asyncio.shield(loading)

        server = make_server(Tools(answerer, collection, answered_by), public, version)
        await server.run(received, sent, server.create_initialization_options())


@asynccontextmanager
async def _loading(load: Callable[[], "Answerer"]) -> AsyncIterator["asyncio.Task[Answerer]"]:
    """Load in a thread; close in the end what was loaded."""
    loading = asyncio.create_task(asyncio.to_thread(load))
    loading.add_done_callback(_note)
    try:
        yield loading
    finally:
        await asyncio.wait({loading})
        if loading.exception() is None:
            await asyncio.to_thread(loading.result().close)


def _note(loading: "asyncio.Task[Any]") -> None:
    if not loading.cancelled() and (error := loading.exception()):
        logger.error("nothing can be answered: %s", error)
