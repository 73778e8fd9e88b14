"""`byline ingest` as it is typed."""

import contextlib
import json
import queue
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import commands
import hashed
import pytest
from commands import STORY, Run, failed_clearly, write

from embeddings.ingest import Ingester

run, filled = commands.run, commands.filled


def test_ingest_counts_and_names_what_it_left_out(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write(folder / "good.jsonl", STORY, {"title": "no text"}, STORY | {"id": "b"})
    (folder / "bad.jsonl").write_text('{"text": \n')
    (folder / "photo.jpg").write_bytes(b"\xff\xd8")
    (folder / ".hidden.txt").write_text("Hidden words stay hidden.")
    summary = json.loads(run("ingest", "--json", folder).stdout)
    assert (summary["new"], summary["rejected"], summary["skipped"]) == (2, 2, 1)
    assert any("bad.jsonl line 1" in reason for reason in summary["reasons"])
    assert any("good.jsonl line 2" in reason for reason in summary["reasons"])
    again = json.loads(run("ingest", "--json", folder).stdout)
    assert (again["new"], again["unchanged"], again["passages"]) == (0, 2, 0)


def test_ingest_from_standard_input(run: Run) -> None:
    result = run("ingest", "-", input=json.dumps(STORY) + "\nnot json\n")
    assert result.exit_code == 0
    assert "1 new" in result.stdout
    assert "standard input line 2" in result.stdout


def test_an_ingest_of_nothing_but_bad_files_fails(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_bytes(b"\0\1\2\3" * 100)
    result = run("ingest", tmp_path / "bad.txt")
    assert result.exit_code == 1
    assert "bad.txt" in result.stdout


def test_the_bar_counts_what_is_stored(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    advances: list[int] = []
    totals: list[int] = []

    @contextlib.contextmanager
    def recorded(total: int, _: str) -> Iterator[Callable[[int], None]]:
        totals.append(total)
        yield advances.append

    monkeypatch.setattr("service.cli.ingest.progress", recorded)
    folder = tmp_path / "in"
    many = write(folder / "many.jsonl", *({"id": f"n{i}", "text": f"Story {i}."} for i in range(9)), {"title": "empty"})
    (folder / "one.txt").write_text("A headline of five words\n\nAnd a story.")
    (folder / "bad.json").write_text("[")
    run("ingest", folder)
    sizes = [many.stat().st_size, (folder / "one.txt").stat().st_size, (folder / "bad.json").stat().st_size]
    assert totals == [sum(sizes)]
    assert len(advances) == 12
    assert sum(advances) == sum(sizes)


def test_patterns_folders_and_files_together(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write(folder / "one.jsonl", STORY)
    write(folder / "[two].jsonl", STORY | {"id": "two"})
    write(folder / "deep" / "three.jsonl", STORY | {"id": "three"})
    assert "2 new, 0 updated, 0 unchanged" in run("ingest", folder / "*.jsonl").stdout
    assert "0 new, 0 updated, 1 unchanged" in run("ingest", folder / "[two].jsonl").stdout
    everything = [folder / "**" / "*.jsonl", folder, folder / "one.jsonl", folder / "deep"]
    assert "1 new, 0 updated, 2 unchanged" in run("ingest", *everything).stdout
    failed_clearly(run("ingest", folder, folder / "**" / "*.html"), "**/*.html", "matches none", code=2)
    failed_clearly(run("ingest", folder / "none.txt"), "none.txt", "no file or folder", code=2)


def test_strict_fails_after_all_else_was_taken_in(run: Run, tmp_path: Path) -> None:
    many = write(tmp_path / "in" / "many.jsonl", {"title": "no text"}, STORY)
    assert run("ingest", many).exit_code == 0
    result = run("ingest", "--strict", many)
    assert result.exit_code == 1
    assert "1 unchanged, 1 rejected" in result.stdout
    assert run("ingest", "--strict", write(tmp_path / "in" / "good.jsonl", STORY)).exit_code == 0


def test_a_dry_run_writes_nothing(run: Run, tmp_path: Path) -> None:
    many = write(tmp_path / "in" / "many.jsonl", STORY, {"title": "no text"}, STORY | {"id": "b"})
    result = run("ingest", "--dry-run", many)
    assert result.exit_code == 0
    assert not (tmp_path / "library").exists()
    lines = result.stdout.splitlines()
    assert [line.split()[:2] for line in lines[:2]] == [["new", "crane"], ["new", "b"]]
    assert all("many.jsonl, 1 passage" in line for line in lines[:2])
    assert lines[2].startswith("nothing was written; it would be 2 new, 0 updated, 0 unchanged, 1 rejected; 2 passages")
    assert "many.jsonl line 2" in lines[3]
    run("ingest", many)
    before = json.loads(run("status", "--json").stdout)
    write(many, STORY | {"text": "The crane stands again."}, STORY | {"id": "b"})
    *changes, summary = map(json.loads, run("ingest", "--dry-run", "--json", many).stdout.splitlines())
    assert [(change["outcome"], change["article_id"], change["passages"]) for change in changes] == [
        ("updated", "crane", 1)
    ]
    assert (summary["updated"], summary["unchanged"], summary["stored"]) == (1, 1, False)
    after = json.loads(run("status", "--json").stdout)
    assert (after["seq"], after["counts"]) == (before["seq"], before["counts"])
    (tmp_path / "bad.txt").write_bytes(b"")
    assert run("ingest", "--dry-run", tmp_path / "bad.txt").exit_code == 1


def test_earlier_versions_and_erased_articles_are_counted(filled: Run, tmp_path: Path) -> None:
    first = tmp_path / "in" / "story.jsonl"
    second = write(tmp_path / "in" / "second.jsonl", STORY | {"text": "The crane stands again."})
    assert "1 updated" in filled("ingest", second).stdout
    for _ in range(2):
        shown = filled("ingest", first, second).stdout
        assert "0 updated, 1 unchanged" in shown
        assert "1 passed over: the same as earlier versions" in shown
    assert "1 updated" in filled("ingest", "--revert", first).stdout
    assert "stands again" not in filled("articles", "show", "crane").stdout
    assert "1 updated" in filled("ingest", "--revert", second).stdout
    filled("articles", "erase", "--yes", "crane")
    shown = filled("ingest", second).stdout
    assert "0 new, 0 updated, 0 unchanged" in shown
    assert "1 left out" in shown
    assert "--readmit" in shown
    summary = json.loads(filled("ingest", "--readmit", "--json", second).stdout)
    assert summary["new"] + summary["updated"] == 1
    assert "stands again" in filled("articles", "show", "crane").stdout


def test_what_is_passed_over_in_archives_is_counted(run: Run, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        archive.writestr("story.jsonl", json.dumps(STORY))
        archive.writestr("photo.jpg", b"\xff\xd8")
    shown = run("ingest", tmp_path / "export.zip").stdout
    assert "1 new" in shown
    assert "1 file of other formats passed over" in shown


def test_what_was_stored_is_said_after_an_interruption(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest = Ingester.ingest

    def interrupted(self: Ingester, records: Any) -> Iterator[Any]:
        yield next(ingest(self, records))
        raise KeyboardInterrupt

    monkeypatch.setattr(Ingester, "ingest", interrupted)
    result = run("ingest", write(tmp_path / "in" / "many.jsonl", STORY, STORY | {"id": "b"}))
    assert result.exit_code == 130
    assert "1 new" in result.stdout
    assert "interrupted" in result.stderr


def test_an_ingest_that_was_stopped_is_finished_by_the_same_command(run: Run, tmp_path: Path) -> None:
    many = write(tmp_path / "in" / "many.jsonl", *({"id": f"n{i}", "text": f"Story {i} is told."} for i in range(1000)))
    process = subprocess.Popen(
        [sys.executable, hashed.__file__, "ingest", "--json", str(many)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=hashed.environment(tmp_path / "library"),
    )
    deadline = time.monotonic() + 60
    while "n0" not in run("articles", "list", "--limit", "1").stdout:
        assert time.monotonic() < deadline
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate()
    assert "Traceback" not in errors
    stopped = json.loads(output)
    finished = json.loads(run("ingest", "--json", many).stdout)
    assert finished["new"] + finished["unchanged"] == 1000
    # What was said to be stored is, and perhaps one batch more.
    assert stopped["new"] <= finished["unchanged"] <= stopped["new"] + 256
    assert "all sound" in run("status", "--check").stdout


def test_what_cannot_be_watched(filled: Run, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    failed_clearly(filled("ingest", "--watch", folder / "story.jsonl"), "folders", code=2)
    failed_clearly(filled("ingest", "--watch", folder, "-"), "folders", code=2)
    failed_clearly(filled("ingest", "--watch", "--dry-run", folder), "--dry-run", code=2)
    failed_clearly(filled("ingest", "--watch", "--samples", folder), "--samples", code=2)
    failed_clearly(filled("ingest", "--watch", "--settle", "0", folder), "--settle", code=2)
    failed_clearly(filled("ingest", "--watch", tmp_path / "none"), "none", code=2)


class Watching:
    """`byline ingest --watch` as a process, with the lines that it prints."""

    def __init__(self, library: Path, *arguments: str | Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, hashed.__file__, "ingest", "--watch", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=hashed.environment(library),
        )
        assert self.process.stdout is not None
        self._stdout = self.process.stdout
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        for line in self._stdout:
            self._lines.put(line)

    def line(self) -> str:
        """Wait for the next line."""
        return self._lines.get(timeout=60).strip()

    def end(self, number: int) -> tuple[int, str, list[str]]:
        """Send a signal; give the exit status, what was said on stderr, and the lines that were left."""
        self.process.send_signal(number)
        assert self.process.stderr is not None
        with self.process, self.process.stderr:
            try:
                self.process.wait(60)
            finally:
                self.process.kill()
            errors = self.process.stderr.read()
            self._reader.join(60)
        return self.process.returncode, errors, [self.line() for _ in range(self._lines.qsize())]


@pytest.fixture
def watching(tmp_path: Path) -> Iterator[Callable[..., Watching]]:
    """Start processes that watch, and end those that a failed test left running."""
    started: list[Watching] = []

    def start(*arguments: str | Path) -> Watching:
        started.append(Watching(tmp_path / "library", *arguments))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.end(signal.SIGKILL)


def test_watch(watching: Callable[..., Watching], run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write(folder / "story.jsonl", STORY)
    process = watching("--json", "--settle", "1", folder)

    def said() -> tuple[str, ...]:
        change = json.loads(process.line())
        return tuple(str(change[name]) for name in ("type", "outcome", "article_id") if name in change)

    assert said() == ("article", "new", "crane")
    assert said() == ("in_step",)
    with (folder / "slow.txt").open("w") as file:
        for word in ["A", "headline", "of", "words\n\n", "The", "story", "comes", "bit", "by", "bit."]:
            file.write(f"{word} ")
            file.flush()
            time.sleep(0.05)
    slow = json.loads(process.line())
    assert (slow["type"], slow["outcome"]) == ("article", "new")
    assert "The story comes bit by bit." in run("articles", "show", slow["article_id"]).stdout
    (folder / "bad.json").write_text("[")
    assert said() == ("rejected",)
    write(folder / "story.jsonl", STORY | {"text": "The crane stands again."})
    assert said() == ("article", "updated", "crane")
    (folder / "slow.txt").rename(folder / "renamed.txt")
    (folder / "story.jsonl").unlink()
    assert said() == ("withdrawn", "crane")
    assert "stands again" not in run("search", "crane").stdout
    status, errors, lines = process.end(signal.SIGINT)
    summary = json.loads(lines[-1])
    assert (status, errors) == (0, "")
    assert (summary["new"], summary["updated"], summary["withdrawn"], summary["rejected"]) == (2, 1, 1, 1)


def test_watch_in_words(watching: Callable[..., Watching], tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write(folder / "story.jsonl", STORY, {"title": "no text"})
    process = watching("--strict", "--settle", "0.2", folder)
    lines = [process.line(), process.line()]
    assert lines[0].startswith("rejected    ")
    assert "story.jsonl line 2" in lines[0]
    assert lines[1].split()[:2] == ["new", "crane"]
    status, errors, rest = process.end(signal.SIGTERM)
    assert status == 1
    assert "Traceback" not in errors
    assert rest[0].startswith("1 new, 0 updated, 0 unchanged, 1 rejected")
