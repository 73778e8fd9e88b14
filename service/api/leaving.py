"""A client that hangs up while it waits for one whole answer: the work for it stops."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from service.api.json_request import JSONRequest

T = TypeVar("T")


async def unless_gone(request: JSONRequest, work: Coroutine[Any, Any, T]) -> T | None:
    """Do some work for a client; None when the client hangs up first, and then the work is cancelled, and over."""
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        working.cancel()
        leaving.cancel()
        await asyncio.wait({working, leaving})


async def _gone(request: JSONRequest) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
