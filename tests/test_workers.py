"""Several processes that serve one address."""

import os
import re
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from over_http import QUESTION, served
from several import SCRIPT, children

from embeddings.library import Library

ASKED = 'byline_http_requests_total{method="POST",route="/v1/ask",status="200"}'


def number(url: str, name: str) -> float:
    """Give a number of the metrics."""
    written = re.search(rf"^{re.escape(name)} (\S+)$", httpx.get(f"{url}/metrics", timeout=30).text, re.MULTILINE)
    assert written, name
    return float(written[1])


def ask(url: str) -> None:
    assert httpx.post(f"{url}/v1/ask", json={"question": QUESTION}, timeout=30).json()["status"] == "answered"


MANY = 16
"""Connections: by chance, all come to one of two workers once in thirty thousand times."""


def test_workers_serve_together_are_replaced_and_stop(library: Library) -> None:
    with served(SCRIPT, library.path, Path("hashing")) as (process, url):
        first, second = children(process.pid)
        for _ in range(MANY):
            ask(url)
        assert number(url, ASKED) == MANY  # all count together, whoever of them answers
        assert number(url, "byline_questions_limit") == 256
        os.kill(first, signal.SIGKILL)
        for _ in range(MANY):
            ask(url)  # what came for the one that is gone waits for the one that takes its place
        assert number(url, ASKED) == 2 * MANY
        assert number(url, "byline_questions_limit") == 256
        (third,) = set(children(process.pid)) - {second}
        assert third != first
        process.send_signal(signal.SIGTERM)
        assert process.stderr
        logged = process.stderr.read()
        assert process.wait(10) == 0
    *_, imported = logged.splitlines()
    assert imported == "[]"
    assert logged.count("a worker ended with exit status -9; another takes its place") == 1
    assert "Traceback" not in logged


@pytest.mark.parametrize(
    ("load", "message"),
    [
        ("without_encoder", "there is no model here"),
        ("dying", "a worker ended while the service started, with exit status 7"),
    ],
)
def test_a_worker_that_cannot_start_stops_them_all(library: Library, load: str, message: str) -> None:
    here = Path(__file__).parent
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(here), str(here.parent)])}
    command = [sys.executable, "-c", SCRIPT, str(library.path), load]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stderr) == (1, f"byline: {message}\n")


@pytest.mark.parametrize(("stop", "statuses"), [(signal.SIGKILL, (-9,)), (signal.SIGINT, (130, -2))])
def test_nothing_is_left_of_a_service_that_is_ended_at_once(
    library: Library, stop: signal.Signals, statuses: tuple[int, ...]
) -> None:
    with served(SCRIPT, library.path, Path("hashing")) as (process, url):
        with httpx.stream("GET", f"{url}/health/ready") as response:  # until it is read, something is under way
            assert response.is_success
            for held in children(process.pid) if stop is signal.SIGINT else ():
                os.kill(held, signal.SIGSTOP)
            while process.poll() is None:  # told more than once, though not so often that it can do nothing else
                process.send_signal(stop)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(0.05)
        assert process.returncode in statuses
        assert process.stderr
        # It ends when nobody is left who could write to it.
        reading = threading.Thread(target=process.stderr.read, daemon=True)
        reading.start()
        reading.join(20)
        assert not reading.is_alive()
