"""Commands as they are typed, in this process or another, on a library of their own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from fakes import HashingEncoder

from embeddings.encoder import SentenceTransformerEncoder
from service.cli import cli

Run = Callable[..., Result]

STORY = {
    "id": "crane",
    "title": "Crane falls",
    "text": "A crane fell at the quay on Monday. The harbour master blamed the fall of the crane on rust.",
    "source": "Harbour Post",
    "author": "City Desk",
    "published_at": "2016-06-07",
    "url": "https://harbour-post.example/crane",
}
QUESTION = "what did the harbour master blame the fall of the crane on?"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `byline` in this process, on a library of its own and with the hashing encoder."""
    monkeypatch.setattr(SentenceTransformerEncoder, "load", classmethod(lambda _, __: HashingEncoder()))
    monkeypatch.setenv("BYLINE_LIBRARY", str(tmp_path / "library"))

    def invoke(*arguments: str | Path, input: str | bytes | None = None) -> Result:
        return CliRunner().invoke(cli, [str(argument) for argument in arguments], input=input)

    return invoke


@pytest.fixture
def filled(run: Run, tmp_path: Path) -> Run:
    """The same, with one story in the library."""
    write(tmp_path / "in" / "story.jsonl", STORY)
    assert run("ingest", tmp_path / "in").exit_code == 0
    return run


def write(path: Path, *records: object) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def byline(*arguments: str | Path, library: Path) -> "subprocess.CompletedProcess[str]":
    """Run `byline` as a process of its own, with the real encoder."""
    return subprocess.run(
        [sys.executable, "-m", "service.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        env=os.environ | {"BYLINE_LIBRARY": str(library)},
        timeout=120,
        check=False,
    )


def failed_clearly(result: Result, *words: str, code: int = 1) -> None:
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    for word in words:
        assert word in result.stderr
