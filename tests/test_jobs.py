"""The runner of jobs, step by step: whose turn it is, what a crash costs, what fails; and what is left on the disk."""

import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fakes import HashingEncoder, make_library

from embeddings.articles import Article
from embeddings.catalog.lease import Lease
from embeddings.collection import Collection
from embeddings.encoder import EncodedPassage, Encoder, EncoderInput
from embeddings.errors import EncoderUnavailable, LibraryError
from service.errors import IdempotencyKeyReused, JobNotFound
from service.jobs import queue as queue_module
from service.jobs import runner as runner_module
from service.jobs.jobs import Item, Job, NotTaken, Order, Taken
from service.jobs.lock import being_the_runner, has_runner
from service.jobs.queue import Queue, Repeatable
from service.jobs.runner import MOST_ATTEMPTS, Runner
from service.jobs.spool import FOLDER, Spool, sweep


class Interrupting(HashingEncoder):
    """Does something before the encoding of some batches, which is given by their numbers, from 1."""

    def __init__(self, acts: dict[int, Callable[[], object]]) -> None:
        super().__init__()
        self._acts = acts
        self._batches = 0

    def encode_document(self, inputs: Sequence[EncoderInput]) -> list[EncodedPassage]:
        self._batches += 1
        self._acts.get(self._batches, lambda: None)()
        return super().encode_document(inputs)


class Crash(BaseException):
    """The process is no more, as far as the queue can tell."""


def crash() -> None:
    raise Crash


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Make a library with the empty collection `main`."""
    Collection.create(tmp_path, "main").close()
    return tmp_path


@pytest.fixture
def queue(path: Path) -> Iterator[Queue]:
    opened = Queue(path)
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def _again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner_module, "_AGAIN_S", 0.0)


def lines(count: int, **fields: Any) -> str:
    articles = ({"id": f"a{each}", "text": f"Article number {each} says so."} | fields for each in range(count))
    return "\n".join(map(json.dumps, articles))


def post(
    queue: Queue, path: Path, body: str, id: str = "job", collection: str = "main", *, revert: bool = False
) -> None:
    spool = Spool(path, id)
    spool.write(["body.jsonl", body.encode()])
    spool.keep()
    job = Job(
        id=id, kind="ingest", collection=collection, state="queued", created_at=datetime.now(UTC), bytes=spool.size
    )
    queue.add(job, Order(revert=revert))
    spool.release()


def erase(queue: Queue, article: str, id: str = "erasing") -> None:
    job = Job(id=id, kind="erase", collection="main", state="queued", created_at=datetime.now(UTC))
    queue.add(job, Order(erase=(article,)))


def runner(path: Path, queue: Queue, encoder: Encoder | None = None, **more: Any) -> Runner:
    return Runner(path, queue, lambda: encoder or HashingEncoder(), **more)


def finish(path: Path, queue: Queue) -> None:
    """Do all that there is, as a runner that is started anew."""
    queue.take_back()
    anew = runner(path, queue)
    while anew.turn():
        pass


def items_of(queue: Queue, id: str) -> list[Item]:
    items: list[Item] = []
    while more := queue.items(id, len(items)):
        items += more
    return items


def assert_whole(queue: Queue, path: Path, count: int, id: str = "job") -> None:
    """Each article is told of once, in its place, and stored once."""
    job = queue.job(id)
    assert job.state == "done"
    assert job.counts.new == job.taken == count
    assert job.bytes_read == job.bytes
    assert [(item.position, item.article_id) for item in items_of(queue, id) if isinstance(item, Taken)] == [
        (number + 1, f"a{number}") for number in range(count)
    ]
    collection = Collection.open(path, "main")
    assert collection.catalog.counts().versions >= count
    assert job.seq is not None
    assert job.seq <= collection.catalog.seq()
    collection.close()
    assert not (path / FOLDER / id).exists()


# -- turns -------------------------------------------------------------------------------------------------------------


def test_a_long_job_makes_way_for_a_short_one(path: Path, queue: Queue) -> None:
    post(queue, path, lines(700), "job")
    working = runner(path, queue, Interrupting({2: lambda: post(queue, path, '{"text": "Short."}', "short")}))
    assert working.turn()
    long = queue.job("job")
    assert (long.state, queue.job("short").state) == ("queued", "queued")
    assert 0 < long.counts.new < 700
    assert working.turn()
    assert (queue.job("job").state, queue.job("short").state) == ("queued", "done")
    assert working.turn()
    assert not working.turn()
    assert_whole(queue, path, 700)


def test_a_long_job_does_not_make_way_for_one_that_is_as_long(path: Path, queue: Queue) -> None:
    post(queue, path, lines(600), "job")
    working = runner(path, queue, Interrupting({2: lambda: post(queue, path, lines(400, id="other"), "other")}))
    assert working.turn()
    assert (queue.job("job").state, queue.job("other").state) == ("done", "queued")


@pytest.mark.parametrize(
    ("long_s", "order"), [(60.0, ["erasing", "short", "long"]), (0.0, ["erasing", "long", "short"])]
)
def test_whose_turn_it_is(
    path: Path, queue: Queue, monkeypatch: pytest.MonkeyPatch, long_s: float, order: list[str]
) -> None:
    monkeypatch.setattr(queue_module, "LONG_S", long_s)
    post(queue, path, lines(3), "long")
    post(queue, path, lines(1), "short")
    erase(queue, "a0")
    begun: list[str] = []
    while work := queue.begin(begun):
        begun.append(work.job.id)
    assert begun == order


def test_a_job_waits_for_an_ingest_elsewhere_and_others_go_on(path: Path, queue: Queue) -> None:
    Collection.create(path, "other").close()
    collection = Collection.open(path, "main")
    post(queue, path, lines(2))
    working = runner(path, queue)
    with Lease(collection.catalog.path):
        assert working.turn()
        waiting = queue.job("job")
        assert waiting.state == "queued"
        assert waiting.waiting_for
        assert "ingest" in waiting.waiting_for
        post(queue, path, '{"text": "Elsewhere."}', "other", "other")
        while queue.job("other").state != "done":
            assert working.turn()
    for _ in range(2 * MOST_ATTEMPTS):
        working.turn()
    collection.close()
    assert queue.job("job").waiting_for is None
    assert_whole(queue, path, 2)


# -- what a crash costs ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch", [1, 9, 10, 17])
def test_a_runner_that_crashed_is_gone_on_from(path: Path, queue: Queue, batch: int) -> None:
    post(queue, path, lines(600))
    with pytest.raises(Crash):
        runner(path, queue, Interrupting({batch: crash})).turn()
    crashed = queue.job("job")
    assert crashed.state == "running"
    finish(path, queue)
    assert queue.job("job").started_at == crashed.started_at
    assert_whole(queue, path, 600)


def test_a_runner_that_is_told_to_stop_leaves_the_rest_to_the_next(path: Path, queue: Queue) -> None:
    post(queue, path, lines(600))
    stopping = threading.Event()
    runner(path, queue, Interrupting({9: stopping.set}), stopping=stopping).run(60)
    stopped = queue.job("job")
    assert stopped.state == "queued"
    assert stopped.counts.new == 256
    finish(path, queue)
    assert_whole(queue, path, 600)


def test_versions_are_not_repeated_after_a_crash(path: Path, queue: Queue) -> None:
    versions = [json.dumps({"id": "a", "text": f"The {each} version."}) for each in ("first", "second", "third")]
    post(queue, path, "\n".join([*versions, versions[0]]), revert=True)
    with pytest.raises(Crash):
        runner(path, queue, Interrupting({3: crash})).turn()
    finish(path, queue)
    assert queue.job("job").counts.updated == 3
    collection = Collection.open(path, "main")
    assert [each.version for each in collection.catalog.history("a")][-1] == 4
    assert collection.catalog.article("a").text == "The first version."
    collection.close()


def test_rejected_records_are_not_told_of_twice(path: Path, queue: Queue) -> None:
    body = lines(300).replace("\n", "\nnonsense\n")
    post(queue, path, body)
    with pytest.raises(Crash):
        runner(path, queue, Interrupting({9: crash})).turn()
    finish(path, queue)
    job = queue.job("job")
    assert (job.counts.new, job.rejected, len(job.errors)) == (300, 299, 100)
    items = items_of(queue, "job")
    assert sorted(item.position for item in items) == list(range(1, 600))
    assert [item.where for item in items if isinstance(item, NotTaken)][:2] == [
        "body.jsonl line 2",
        "body.jsonl line 4",
    ]


def test_an_erasure_that_was_interrupted_is_finished(tmp_path: Path, articles: list[Article]) -> None:
    make_library(tmp_path, articles).close()
    queue = Queue(tmp_path)
    erase(queue, "quay")
    assert queue.begin() is not None
    collection = Collection.open(tmp_path, "main")
    collection.erase(["quay"])
    collection.close()
    finish(tmp_path, queue)
    job = queue.job("erasing")
    assert (job.state, job.counts.erased, len(job.articles)) == ("done", 1, 1)
    queue.close()


def test_a_job_at_which_the_runner_always_crashes_is_given_up(path: Path, queue: Queue) -> None:
    post(queue, path, lines(1))
    for _ in range(MOST_ATTEMPTS):
        with pytest.raises(Crash):
            runner(path, queue, Interrupting({1: crash})).turn()
        queue.take_back()
    finish(path, queue)
    job = queue.job("job")
    assert job.state == "failed"
    assert job.failure is not None
    assert "ended 5 times" in job.failure.message
    assert not (path / FOLDER / "job").exists()


# -- what fails --------------------------------------------------------------------------------------------------------


def unavailable() -> Encoder:
    raise EncoderUnavailable("no encoder in /srv/secret")


@pytest.mark.parametrize(
    ("spoil", "load", "code"),
    [
        (lambda path: shutil.rmtree(path / "collections" / "main"), HashingEncoder, "collection_not_found"),
        (lambda path: shutil.rmtree(path / FOLDER), HashingEncoder, "upload_lost"),
        (
            lambda path: make_library(path, [Article(id="a", title="A", text="A b.")]).close(),
            lambda: HashingEncoder(64),
            "index_mismatch",
        ),
        (lambda _: None, unavailable, "encoder_unavailable"),
    ],
)
def test_what_cannot_be_done_fails_at_once(
    path: Path, queue: Queue, spoil: Callable[[Path], None], load: Callable[[], Encoder], code: str
) -> None:
    post(queue, path, lines(1))
    spoil(path)
    assert Runner(path, queue, load).turn()
    job = queue.job("job")
    assert job.state == "failed"
    assert job.failure is not None
    assert job.failure.code == code
    assert "/" not in job.failure.message
    assert job.finished_at
    assert not (path / FOLDER / "job").exists()


def fails_with(error: Exception) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


def test_what_may_pass_is_tried_again(path: Path, queue: Queue) -> None:
    post(queue, path, lines(1))
    working = runner(path, queue, Interrupting({1: fails_with(LibraryError("/srv/secret is full"))}))
    assert working.turn()
    assert queue.job("job").state == "queued"
    assert queue.job("job").waiting_for
    assert working.turn()
    assert_whole(queue, path, 1)


@pytest.mark.parametrize(
    ("error", "turns", "code"), [(LibraryError("/srv/secret"), 5, "library_error"), (KeyError("/srv"), 1, "internal")]
)
def test_a_failure_says_nothing_of_the_machine(
    path: Path, queue: Queue, error: Exception, turns: int, code: str
) -> None:
    post(queue, path, lines(1))
    working = runner(path, queue, Interrupting(dict.fromkeys(range(1, 9), fails_with(error))))
    for _ in range(turns):
        assert queue.job("job").state == "queued"
        assert working.turn()
    assert not working.turn()
    job = queue.job("job")
    assert job.state == "failed"
    assert job.failure is not None
    assert (job.failure.code, "srv" in job.failure.message) == (code, False)


# -- the queue ---------------------------------------------------------------------------------------------------------


def test_two_post_the_same_at_once(path: Path) -> None:
    def add(number: int) -> tuple[str, bool]:
        queue = Queue(path)
        job = Job(id=f"job{number}", kind="ingest", collection="main", state="queued", created_at=datetime.now(UTC))
        added, came = queue.add(job, Order(), Repeatable(caller="", key="a", digest="b"))
        queue.close()
        return added.id, came

    with ThreadPoolExecutor(8) as pool:
        added = list(pool.map(add, range(8)))
    assert len({id for id, _ in added}) == 1
    assert [came for _, came in added].count(False) == 1
    queue = Queue(path)
    assert queue.counts() == {"queued": 1, "running": 0, "done": 0, "failed": 0}
    queue.close()


def test_what_is_old_is_forgotten(path: Path, queue: Queue) -> None:
    def posted(id: str, digest: str) -> tuple[Job, bool]:
        job = Job(id=id, kind="ingest", collection="main", state="queued", created_at=datetime.now(UTC))
        return queue.add(job, Order(), Repeatable(caller="", key="a", digest=digest))

    post(queue, path, lines(1))
    finish(path, queue)
    posted("other", "b")
    now = datetime.now(UTC)
    queue.forget(now + timedelta(days=6))
    assert posted("again", "b")[1]
    with pytest.raises(IdempotencyKeyReused):
        posted("again", "c")
    queue.forget(now + timedelta(days=8))
    assert not posted("again", "c")[1]
    queue.forget(now + timedelta(days=29))
    assert queue.items("job", 0)
    queue.forget(now + timedelta(days=31))
    with pytest.raises(JobNotFound):
        queue.job("job")
    assert queue.items("job", 0) == []
    assert queue.job("other").state == "queued"  # which is not done, however old


def test_moments_are_in_utc(path: Path, queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    try:
        post(queue, path, lines(1))
        finish(path, queue)
        job = queue.job("job")
    finally:
        monkeypatch.undo()
        time.tzset()
    assert job.started_at is not None
    assert job.finished_at is not None
    assert job.created_at <= job.started_at <= job.finished_at <= datetime.now(UTC)
    assert job.created_at > datetime.now(UTC) - timedelta(minutes=5)


# -- the disk ----------------------------------------------------------------------------------------------------------


def test_uploads_of_which_nobody_is_in_need_are_swept(path: Path, queue: Queue) -> None:
    post(queue, path, lines(1), "needed")
    writing = Spool(path, "writing")
    half = path / FOLDER / "half" / "1"
    half.mkdir(parents=True)
    (half / "body.jsonl").write_text("{")
    sweep(path, queue.unfinished)
    assert {each.name for each in (path / FOLDER).iterdir()} == {"needed", "writing"}
    writing.discard()
    finish(path, queue)
    assert list((path / FOLDER).iterdir()) == []


def test_there_is_one_runner(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.jobs.lock._PATIENCE_S", 0.0)
    assert not has_runner(path)
    with being_the_runner(path) as ours:
        assert ours
        assert has_runner(path)
        with being_the_runner(path) as another:
            assert not another
    assert not has_runner(path)
