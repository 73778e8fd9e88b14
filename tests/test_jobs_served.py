"""Jobs over a real server with a real runner: waiting for one, its events, and what dies in the midst of one."""

import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fakes import HashingEncoder
from over_http import assert_problem, events_of, running, served

from embeddings.collection import Collection
from embeddings.encoder import DEFAULT_ENCODER
from embeddings.library import Library
from service.jobs.lock import has_runner
from service.jobs.queue import Queue

SERVE = """
import sys
from pathlib import Path
from fakes import HashingEncoder
from over_http import RUNNER
from embeddings.library import Library
from service import app
from service.answerer import Answerer
from service.server import serve
from service.settings import Settings

create_app = app.create_app
app.create_app = lambda *arguments, **options: create_app(*arguments, **options, runner=RUNNER)
library = Path(sys.argv[1])
serve(Settings(library=library, largest_upload=1), "127.0.0.1", 0, Answerer(Library(library, HashingEncoder())))
"""
MANY = 1500


def lines(count: int) -> bytes:
    return "\n".join(
        json.dumps({"id": f"a{each}", "text": f"Article {each} says so."}) for each in range(count)
    ).encode()


def post_many(client: httpx.Client) -> str:
    """Give the address of a job that takes a while."""
    posted = client.post("/v1/articles", content=lines(MANY), headers={"Content-Type": "application/x-ndjson"})
    assert posted.status_code == 202
    return posted.headers["Location"]


def follow(client: httpx.Client, address: str, until: str) -> dict[str, Any]:
    """Read the events of a job up to the first of this name, and give its data."""
    with client.stream("GET", f"{address}/events") as response:
        lines = response.iter_lines()
        while next(lines) != f"event: {until}":
            pass
        data: dict[str, Any] = json.loads(next(lines).removeprefix("data: "))
        return data


@contextmanager
def serving(library: Path) -> Iterator[tuple["subprocess.Popen[str]", httpx.Client]]:
    with served(SERVE, library) as (process, url), httpx.Client(base_url=url, timeout=60) as client:
        yield process, client


def assert_stored(library: Path, count: int) -> None:
    """All articles of `lines` are there, once."""
    collection = Collection.open(library, "main")
    assert [each.article.article_id for each in collection.catalog.listing(limit=2 * count)] == [
        f"a{number}" for number in range(count)
    ]
    assert collection.catalog.counts().versions == count
    collection.close()
    assert list((library / "jobs").iterdir()) == []


def test_who_waits_gets_what_is_searched(library: Library) -> None:
    with running(library) as url, httpx.Client(base_url=url, timeout=60) as client:
        posted = client.post("/v1/articles?wait=true", json={"id": "zoo", "text": "The zoo has nineteen penguins."})
        assert (posted.status_code, posted.json()["state"]) == (200, "done")
        assert posted.headers["Location"] == f"/v1/jobs/{posted.json()['id']}"
        hits = client.post("/v1/search", json={"query": "penguins"}).json()["hits"]
        assert hits[0]["article"]["article_id"] == "zoo"
        erased = client.delete("/v1/articles/zoo?wait=true")
        assert (erased.status_code, erased.json()["counts"]["erased"]) == (200, 1)
        assert "nineteen" not in client.post("/v1/search", json={"query": "penguins"}).text


def test_events_come_while_the_job_is_at_work(library: Library) -> None:
    with running(library) as url, httpx.Client(base_url=url, timeout=60) as client:
        address = post_many(client)
        with client.stream("GET", f"{address}/events") as response:
            assert response.headers["cache-control"] == "no-cache"
            events = events_of(line for line in response.iter_lines() if not line.startswith(("id:", ":")))
        names = [name for name, _ in events]
        assert names.count("taken") == MANY
        assert names.index("done") == len(names) - 1
        assert "progress" in names[names.index("taken") :]
        read = [data["job"]["bytes_read"] for name, data in events if name == "progress"]
        assert read == sorted(read)
        assert events[-1][1]["job"] == client.get(address).json()


def test_two_servers_share_a_runner(library: Library) -> None:
    with ExitStack() as stack, httpx.Client(timeout=60) as client, ThreadPoolExecutor(12) as pool:
        urls = [stack.enter_context(running(Library(library.path, HashingEncoder()))) for _ in range(2)]

        def post(number: int) -> str:
            article = {"id": f"zoo{number}", "text": f"The zoo has nineteen penguins of kind {number}."}
            posted = client.post(f"{urls[number % 2]}/v1/articles?wait=true", json=article)
            assert posted.json()["counts"]["new"] == 1, posted.text
            # Not where it was posted.
            found = client.post(
                f"{urls[1 - number % 2]}/v1/search",
                json={"query": "penguins", "filters": {"articles": [f"zoo{number}"]}},
            )
            hits = found.json()["hits"]
            id: str = hits[0]["article"]["article_id"]
            return id

        assert list(pool.map(post, range(12))) == [f"zoo{number}" for number in range(12)]
    assert not has_runner(library.path)


@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGTERM])
def test_a_runner_that_dies_is_replaced(tmp_path: Path, stop: signal.Signals) -> None:
    with serving(tmp_path) as (process, client):
        address = post_many(client)
        follow(client, address, "taken")
        (runner,) = children(process.pid)
        os.kill(runner, stop)
        job = follow(client, address, "done")["job"]
        assert job["state"] == "done"
        # What was stored in the very moment that it died is known when it comes again.
        assert job["counts"]["new"] + job["counts"]["unchanged"] == MANY
        assert job["counts"]["new"] >= MANY - 256
    assert_stored(tmp_path, MANY)


@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGTERM])
def test_a_service_that_ends_goes_on_when_it_is_started_again(tmp_path: Path, stop: signal.Signals) -> None:
    with serving(tmp_path) as (process, client):
        address = post_many(client)
        follow(client, address, "taken")
        process.send_signal(stop)
        process.wait()
        while has_runner(tmp_path):  # until it sees that the service is no more
            pass
    queue = Queue(tmp_path)
    stopped = queue.job(address.rpartition("/")[2])
    queue.close()
    assert stopped.state == "queued"
    assert 0 < stopped.taken < MANY
    with serving(tmp_path) as (_, client):
        job = follow(client, address, "done")["job"]
        assert (job["state"], job["counts"]["new"]) == ("done", MANY)
    assert_stored(tmp_path, MANY)


def test_who_leaves_while_waiting_loses_nothing(tmp_path: Path) -> None:
    with serving(tmp_path) as (_, client):
        with pytest.raises(httpx.ReadTimeout):
            client.post(
                "/v1/articles?wait=true",
                content=lines(MANY),
                headers={"Content-Type": "application/x-ndjson"},
                timeout=httpx.Timeout(30, read=0.2),
            )
        (job,) = client.get("/v1/jobs").json()["jobs"]
        assert follow(client, f"/v1/jobs/{job['id']}", "done")["job"]["counts"]["new"] == MANY
    assert_stored(tmp_path, MANY)


def children(pid: int) -> list[int]:
    threads = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(each) for thread in threads for each in thread.read_text().split()]


def uploads(library: Path) -> list[Path]:
    return list((library / "jobs").glob("*"))


def test_a_body_that_breaks_off_leaves_nothing(library: Library) -> None:
    with running(library) as url:
        head = "POST /v1/articles HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n"
        for body in (
            'Transfer-Encoding: chunked\r\n\r\n10\r\n{"text": "abcd"}\r\n',
            'Content-Length: 99\r\n\r\n{"text"',
        ):
            with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))) as connection:
                connection.sendall((head + body).encode())
                while not uploads(library.path):
                    pass
                connection.shutdown(socket.SHUT_WR)
                while uploads(library.path):
                    pass
        assert httpx.get(f"{url}/v1/jobs").json()["jobs"] == []


def test_more_than_is_allowed_is_refused_though_nobody_announced_it(library: Library) -> None:
    def body() -> Iterator[bytes]:
        for _ in range(30):
            yield b'{"text": "a"}\n' * 10_000

    with serving(library.path) as (_, client):
        refused = client.post("/v1/articles", content=body(), headers={"Content-Type": "application/x-ndjson"})
        assert_problem(refused, 413, "body_too_large")
        assert client.get("/v1/jobs").json()["jobs"] == []
    assert uploads(library.path) == []


def test_the_real_encoder(tmp_path: Path) -> None:
    script = SERVE[: SERVE.index("create_app")] + 'serve(Settings(library=Path(sys.argv[1])), "127.0.0.1", 0)'
    with served(script, tmp_path) as (_, url), httpx.Client(base_url=url, timeout=120) as client:
        assert client.get("/health/ready").json()["encoder"] == DEFAULT_ENCODER
        text = "The old lighthouse keeper gave up his post on Friday because of his failing eyesight."
        job = client.post("/v1/articles?wait=true", json={"title": "Keeper retires", "text": text}).json()
        assert (job["state"], job["counts"]["new"]) == ("done", 1)
        answer = client.post("/v1/ask", json={"question": "Why did the lighthouse keeper give up his post?"}).json()
        assert (answer["status"], answer["text"]) == ("answered", text)
