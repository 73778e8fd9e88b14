"""The service as its clients meet it: inside the process, or as a server on loopback."""

import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from litestar import Litestar

from embeddings.library import Library
from service.answerer import Answerer
from service.app import create_app
from service.settings import Settings

QUESTION = "What did the harbour master blame the fall of the crane on?"
SENTENCE = "The harbour master blamed the fall of the crane on rust."
EVENTS = {"Accept": "text/event-stream"}


RUNNER = (sys.executable, str(Path(__file__).parent / "hashed_runner.py"))


def app_for(
    library: Library,
    answerer: Answerer | None = None,
    collection: str = "main",
    runner: Sequence[str] | None = RUNNER,
) -> Litestar:
    settings = Settings(library=library.path, collection=collection)
    return create_app(settings, answerer or Answerer(library), runner=runner)


def events_of(lines: Iterator[str]) -> list[tuple[str, dict[str, Any]]]:
    """Read server-sent events as a client would that knows lines only."""
    events, named = [], ""
    for line in lines:
        if line.startswith("event: "):
            assert not named
            named = line.removeprefix("event: ")
        elif line:
            assert named, line
            assert line.startswith("data: "), line
            events.append((named, json.loads(line.removeprefix("data: "))))
        else:
            named = ""
    return events


def lasting(answer: dict[str, Any]) -> dict[str, Any]:
    """Leave out what differs each time that a question is asked."""
    return {name: value for name, value in answer.items() if name not in ("id", "as_of", "timings_ms")}


def assert_problem(response: httpx.Response, status: int, code: str, field: str | None = None) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert problem["code"] == code
    assert problem["status"] == status
    assert problem["type"] == "about:blank"
    assert problem["title"]
    assert problem["detail"]
    assert len(response.content) < 2000
    assert [error["field"] for error in problem.get("errors", [])] == ([] if field is None else [field])
    assert not re.search(r"Traceback|\.py\b|sqlite|/tmp|/srv|\$", response.text)
    return problem


@contextmanager
def running(library: Library, answerer: Answerer | None = None) -> Iterator[str]:
    """Run a server in a thread."""
    server = uvicorn.Server(
        uvicorn.Config(
            app_for(library, answerer), lifespan="on", log_config=None, access_log=False, server_header=False
        )
    )
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def served(script: str, *arguments: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run `serve` in a process of its own; give the process, and the address that it printed."""
    here = Path(__file__).parent
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(here), str(here.parent)])}
    process = subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    with process:
        try:
            assert process.stderr
            line = process.stderr.readline()
            address = re.search(r"listens on (http://127\.0\.0\.1:\d+) ", line)
            assert address, line + process.stderr.read()
            yield process, address[1]
        finally:
            process.kill()
