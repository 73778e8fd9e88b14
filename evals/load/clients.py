"""Clients that ask one question after the other, each as soon as it has its answer, in a process of their own."""

import asyncio
import itertools
import multiprocessing
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import httpx
from msgspec import Struct

Kind = Literal["ask", "ask, streamed", "search"]

_PATIENCE_S = 120.0


class Measured(Struct, frozen=True, kw_only=True):
    """What clients met."""

    seconds: tuple[float, ...]
    """Of each answer, ascending, from the request to its last byte."""
    per_second: float
    """Answers of all clients together."""
    other: dict[str, int]
    """How often something else came than an answer: by status, or the name of the error."""

    def at(self, share: float) -> float:
        """Give the milliseconds within which this share of the answers came."""
        return 1000 * self.seconds[min(int(share * len(self.seconds)), len(self.seconds) - 1)]


def measured(url: str, kind: Kind, clients: int, seconds: float, questions: Sequence[str]) -> Measured:
    """Let so many clients ask for some seconds, from a process of their own."""
    # It is spawned: a fork of this process would take its threads' locks along.
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measured, (url, kind, clients, seconds, list(questions)))


def _measured(url: str, kind: Kind, clients: int, seconds: float, questions: list[str]) -> Measured:
    return asyncio.run(_run(url, kind, clients, seconds, itertools.cycle(questions)))


async def _run(url: str, kind: Kind, clients: int, seconds: float, questions: Iterator[str]) -> Measured:
    taken: list[float] = []
    other: Counter[str] = Counter()
    limits = httpx.Limits(max_connections=clients, max_keepalive_connections=clients)
    async with httpx.AsyncClient(base_url=url, timeout=_PATIENCE_S, limits=limits) as http:
        started = time.perf_counter()

        async def client() -> None:
            while time.perf_counter() < started + seconds:
                asked = time.perf_counter()
                try:
                    came = await _asked(http, kind, next(questions))
                except httpx.HTTPError as error:
                    came = type(error).__name__
                if came is None:
                    taken.append(time.perf_counter() - asked)
                else:
                    other[came] += 1
                    await asyncio.sleep(0.1)  # as one does who is told to come again

        await asyncio.gather(*(client() for _ in range(clients)))
        elapsed = time.perf_counter() - started
    return Measured(seconds=tuple(sorted(taken)), per_second=len(taken) / elapsed, other=dict(other))


async def _asked(http: httpx.AsyncClient, kind: Kind, question: str) -> str | None:
    """Ask; None for an answer."""
    if kind == "search":
        return _came(await http.post("/v1/search", json={"query": question}))
    body: dict[str, Any] = {"question": question}
    if kind == "ask":
        return _came(await http.post("/v1/ask", json=body))
    async with http.stream("POST", "/v1/ask", json=body, headers={"Accept": "text/event-stream"}) as response:
        last = ""
        async for line in response.aiter_lines():
            last = line.removeprefix("event: ") if line.startswith("event: ") else last
        return _came(response) or (None if last == "done" else f"ended with {last or 'nothing'}")


def _came(response: httpx.Response) -> str | None:
    return None if response.status_code == 200 else str(response.status_code)
