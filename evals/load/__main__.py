"""The service under load, on news articles, with the reader.

    python -m evals.load --data DIRECTORY [--articles 10000] [--seconds 10] [--long 300] [--only PART]

* `byline serve` with one worker, and with two: asking, asking with streamed answers, and searching, by 1, 8, 32 and 128
  clients that each ask again as soon as they are answered; questions of RealTimeQA, each once in a while.
* The same while another job takes articles in.
* Asking over HTTP beside asking in the process, question by question, in turns.
* 128 clients where 32 questions may be under way, and 32 of them.
* A long run of 8 clients: memory at its end beside its start, after a warm-up.

Clients and service share the machine.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path

import httpx
import msgspec

from embeddings.dense import preload
from evals.load.clients import Kind, Measured, measured
from evals.load.library import Load, prepared
from evals.load.serving import Served, served
from evals.results import Row, keep
from service.answerer import Answerer
from service.answers import Question
from service.pool import pooled
from service.settings import Settings

_CLIENTS = (1, 8, 32, 128)
_KINDS: tuple[Kind, ...] = ("ask", "ask, streamed", "search")
_WARM_UP = 200
_COMPARED = 200
_LIMIT = 32


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--long", type=float, default=300)
    parser.add_argument("--only", choices=["throughput", "limits", "ingesting"], help="one part; all unless given")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        load = prepared(arguments.data, arguments.articles, Path(work))
        if arguments.only in (None, "throughput"):
            keep(
                "load", [row for workers in (1, 2) for row in _throughput(load, workers, arguments.seconds)], load.files
            )
        if arguments.only in (None, "limits"):
            limited = _limited(load, arguments.seconds)
            keep("load-limits", [_over_http(load), *limited, _memory(load, arguments.long)], load.files)
        if arguments.only in (None, "ingesting"):
            keep("load-ingesting", list(_while_ingesting(load, arguments.seconds)), load.files)


def _throughput(load: Load, workers: int, seconds: float) -> Iterator[Row]:
    with served(load.library, workers=workers) as service:
        _warm_up(service, load)
        for kind in _KINDS:
            runs = [measured(service.url, kind, clients, seconds, _some(load, clients)) for clients in _CLIENTS]
            for clients, run in zip(_CLIENTS, runs, strict=True):
                name = f"{kind}, {workers} worker{'s' * (workers > 1)}, {clients} client{'s' * (clients > 1)}"
                yield Row(name=name, figures=_figures(run, runs[0]))


def _figures(run: Measured, beside: Measured) -> dict[str, float | int | str | None]:
    return {
        "answers/s": f"{run.per_second:.1f}",
        "p50 ms": f"{run.at(0.5):.0f}",
        "p99 ms": f"{run.at(0.99):.0f}",
        "answers/s beside one client": run.per_second / beside.per_second,
        "p50 beside one client": run.at(0.5) / beside.at(0.5),
        "not answered": _other(run),
    }


def _while_ingesting(load: Load, seconds: float) -> Iterator[Row]:
    lines = b"".join(msgspec.json.encode(article) + b"\n" for article in load.others)
    with served(load.library, workers=1) as service, httpx.Client(base_url=service.url, timeout=60) as http:
        _warm_up(service, load)
        before = [measured(service.url, "ask", clients, seconds, _some(load, clients)) for clients in (1, 8)]
        headers = {"Content-Type": "application/x-ndjson"}
        job = http.post("/v1/articles", content=lines, headers=headers).raise_for_status().json()
        address = f"/v1/jobs/{job['id']}"
        while not _taken_in(http, address):
            time.sleep(0.5)  # the encoder is loaded, and the first batch stored
        during, taken = [], [_taken_in(http, address)]
        for clients in (1, 8):
            during.append(measured(service.url, "ask", clients, 3 * seconds, _some(load, clients + 1)))
            taken.append(_taken_in(http, address))
        for clients, alone, beside, (begun, ended) in zip((1, 8), before, during, pairwise(taken), strict=True):
            yield Row(
                name=f"ask, {clients} client{'s' * (clients > 1)}, while articles are taken in",
                figures={
                    "p50 ms": f"{beside.at(0.5):.0f}",
                    "p99 ms": f"{beside.at(0.99):.0f}",
                    "p50 beside none taken in": beside.at(0.5) / alone.at(0.5),
                    "not answered": _other(beside),
                    "articles taken in": ended - begun,
                    "in s": f"{3 * seconds:.0f}",
                },
            )


def _taken_in(http: httpx.Client, address: str) -> int:
    return sum(http.get(address).json()["counts"].values())


def _over_http(load: Load) -> Row:
    """Ask the same questions over HTTP and in this process, in turns."""
    settings = Settings(library=load.library)
    preload()
    answerer = Answerer.from_settings(settings)

    async def in_process(questions: list[str], url: str) -> tuple[list[float], list[float]]:
        here, there = [], []
        async with pooled(settings.threads), httpx.AsyncClient(base_url=url, timeout=60) as http:
            for question in questions:
                started = time.perf_counter()
                await answerer.answer(Question(question=question))
                here.append(time.perf_counter() - started)
                started = time.perf_counter()
                (await http.post("/v1/ask", json={"question": question})).raise_for_status()
                there.append(time.perf_counter() - started)
        return here, there

    with served(load.library, workers=1) as service:
        _warm_up(service, load)
        questions = list(islice(load.asked(7), _COMPARED + 20))
        here, there = asyncio.run(in_process(questions, service.url))
    answerer.close()
    more = [1000 * (b - a) for a, b in zip(here[20:], there[20:], strict=True)]
    return Row(
        name=f"ask over HTTP beside asking in the process, {_COMPARED} questions",
        figures={
            "figure": f"+{statistics.median(more):.1f} ms at the median",
            "beside": f"{1000 * statistics.median(here[20:]):.1f} ms in the process",
        },
    )


def _limited(load: Load, seconds: float) -> Iterator[Row]:
    with served(load.library, workers=1, most_questions=str(_LIMIT)) as service:
        _warm_up(service, load)
        for clients in (_LIMIT, 4 * _LIMIT):
            run = measured(service.url, "ask, streamed", clients, seconds, _some(load, clients))
            yield Row(
                name=f"{clients} streams where {_LIMIT} may be under way",
                figures={"figure": f"{len(run.seconds)} answered", "beside": _other(run) or "nothing else"},
            )


def _memory(load: Load, seconds: float) -> Row:
    with served(load.library, workers=1) as service:
        _warm_up(service, load)
        measured(service.url, "ask", 8, 30, _some(load, 1))
        before = service.memory_mb()
        run = measured(service.url, "ask", 8, seconds, _some(load, 2))
        after = service.memory_mb()
    return Row(
        name=f"memory after {len(run.seconds)} answers in {seconds:.0f} s, 8 clients",
        figures={"figure": f"{after:.0f} MB", "beside": f"{before:.0f} MB before", "ratio": after / before},
    )


def _warm_up(service: Served, load: Load) -> None:
    with httpx.Client(base_url=service.url, timeout=60) as http:
        for question in islice(load.asked(0), _WARM_UP):
            http.post("/v1/ask", json={"question": question}).raise_for_status()


def _some(load: Load, seed: int) -> list[str]:
    return list(islice(load.asked(seed), len(load.questions)))


def _other(run: Measured) -> str:
    return ", ".join(f"{count} x {name}" for name, count in sorted(run.other.items()))


if __name__ == "__main__":
    main()
