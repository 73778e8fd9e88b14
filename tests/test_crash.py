"""Whenever a process dies or its disk fills, nothing acknowledged is lost and nothing half is there."""

import contextlib
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import crashing
import pytest
from generated import versions

from embeddings import collection as collection_module
from embeddings import ingest as ingest_module
from embeddings.articles import Article, Filter
from embeddings.audit import audit
from embeddings.collection import Collection
from embeddings.errors import CollectionNotFound
from embeddings.retriever import Retriever


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Draw moments: seed of the articles, how many acknowledgements to wait for, and how many seconds more."""
    if "delay_s" in metafunc.fixturenames and "count" in metafunc.fixturenames:
        chance = random.Random(17)
        drawn = range(metafunc.config.getoption("--moments"))
        moments = [(seed, chance.randrange(1, 120), round(chance.uniform(0, 0.02), 4)) for seed in drawn]
        metafunc.parametrize(("seed", "count", "delay_s"), moments)


@pytest.fixture(autouse=True)
def _restored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take back what `crashing.ingest` sets."""
    monkeypatch.setattr(ingest_module, "_BATCH_RECORDS", ingest_module._BATCH_RECORDS)
    monkeypatch.setattr(collection_module, "_PENDING_AT_LEAST", collection_module._PENDING_AT_LEAST)


def start(library: Path, seed: int, *more: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, crashing.__file__, str(library), str(seed), *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(crashing.__file__).parent.parent,
        env={"PYTHONPATH": str(Path(crashing.__file__).parent.parent)},
    )


def assert_whole(library: Path, seed: int, acknowledged: Sequence[str]) -> None:
    """Find every acknowledged article as it was given, then finish the same ingest."""
    given = [each.article for each in crashing.records(seed)]
    assert [each.id for each in given[: len(acknowledged)]] == list(acknowledged)
    collection = Collection.open(library, "main")
    assert list(audit(collection)) == []
    retriever = Retriever(collection, crashing.ENCODER)
    for number, article in enumerate(given[: len(acknowledged)]):
        texts = [each.text for each in versions(collection, article.id)]
        assert article.text in texts
        if article.text == texts[-1]:
            (hit,) = retriever.retrieve(f"place{number}", k=5, wanted=Filter(articles=(article.id,))).hits
            assert article.text[hit.passage.start : hit.passage.end] == hit.passage.text
    # Nothing else is there than what was given, in its order.
    stored = {each.article.article_id for each in collection.catalog.listing(limit=1000)}
    for id in stored:
        assert [each.text for each in versions(collection, id)] == texts_of(given, id)[
            : len(list(versions(collection, id)))
        ]
    collection.close()
    outcomes = [each.outcome for each in crashing.ingest(library, seed)]
    assert set(outcomes[: len(acknowledged)]) <= {"unchanged", "superseded"}
    assert len(outcomes) == len(given)
    collection = Collection.open(library, "main")
    assert list(audit(collection)) == []
    for id in {each.id for each in given}:
        assert [each.text for each in versions(collection, id)] == texts_of(given, id)
    assert not list(collection.directory.glob("*.tmp"))
    collection.close()


def texts_of(given: Sequence[Article], id: str) -> list[str]:
    return [each.text for each in given if each.id == id]


def test_killed_at_any_moment(tmp_path: Path, seed: int, count: int, delay_s: float) -> None:
    process = start(tmp_path / "library", seed)
    assert process.stdout is not None
    acknowledged = [process.stdout.readline().strip() for _ in range(count)]
    deadline = time.monotonic() + delay_s
    while time.monotonic() < deadline:  # a moment in the middle of something, not one right after a line
        pass
    process.send_signal(signal.SIGKILL)
    # Not communicate(), which passes over what readline() had already buffered.
    assert process.stderr is not None
    rest, errors = process.stdout.read(), process.stderr.read()
    process.wait()
    process.stdout.close()
    process.stderr.close()
    assert errors == ""
    whole_lines = rest[: rest.rfind("\n") + 1]
    acknowledged += whole_lines.split()
    assert_whole(tmp_path / "library", seed, acknowledged)


@pytest.mark.parametrize("delay_s", [0.0, 0.15, 0.3])
def test_killed_before_anything_was_stored(tmp_path: Path, delay_s: float) -> None:
    process = start(tmp_path / "library", 99)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(delay_s)
    process.send_signal(signal.SIGKILL)
    acknowledged = process.communicate()[0].split()
    try:
        Collection.open(tmp_path / "library", "main").close()
    except CollectionNotFound:
        list(crashing.ingest(tmp_path / "library", 99))
    assert_whole(tmp_path / "library", 99, acknowledged)


@pytest.mark.parametrize("largest", [40_000, 110_000, 190_000, 400_000, 900_000])
def test_a_disk_that_fills(tmp_path: Path, largest: int) -> None:
    process = start(tmp_path / "library", 7, str(largest))
    output, errors = process.communicate()
    assert process.returncode == crashing.REFUSED, errors
    assert "Traceback" not in errors
    assert "catalog" in errors
    assert len(output.split()) < 120
    assert_whole(tmp_path / "library", 7, output.split())
