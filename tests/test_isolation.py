"""The reading process: what hangs, crashes or swells costs one file, and nothing of it is left behind."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from documents import docx, pdf, story

from embeddings.errors import ExtractionError
from embeddings.extract import isolation
from embeddings.extract.isolation import ReadingProcess, extractor

MARKDOWN = b"# Ferry Fares Rise\n\nTwo euros more from August."


@pytest.fixture
def process() -> Iterator[ReadingProcess]:
    made = ReadingProcess(seconds=5)
    yield made
    made.close()


def pid_of(process: ReadingProcess) -> int:
    assert process._process is not None
    return process._process.pid


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as status:
        return status.read().rpartition(")")[2].split()[0] != "Z"


def ends(pid: int) -> bool:
    """Wait a little for a process to end."""
    until = time.monotonic() + 10
    while is_running(pid) and time.monotonic() < until:
        time.sleep(0.02)
    return not is_running(pid)


def test_gives_what_reading_here_gives(process: ReadingProcess) -> None:
    written = story(3)
    html = f"<html><body><article>{''.join(f'<p>{each}</p>' for each in written)}</article></body></html>"
    for kind, data in (("markdown", MARKDOWN), ("pdf", pdf(written)), ("docx", docx(written)), ("page", html.encode())):
        assert process.extract(kind, data, "a") == extractor(kind)(data, "a")  # type: ignore[arg-type]
    with pytest.raises(ExtractionError, match="has no text"):
        process.extract("markdown", b"# Only a heading", "a")


def test_what_hangs_is_given_up(process: ReadingProcess) -> None:
    process.extract("markdown", MARKDOWN, "a")
    process._seconds = 0.2
    pid = pid_of(process)
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(ExtractionError, match="takes over 0 s to be read"):
        process.extract("markdown", MARKDOWN * 10_000, "a")
    assert not is_running(pid)
    process._seconds = 5
    assert process.extract("markdown", MARKDOWN, "a").title == "Ferry Fares Rise"


@pytest.mark.parametrize("size", [1, 100_000])  # what fits into a pipe, and what is still being written
def test_what_crashes_costs_one_file(process: ReadingProcess, size: int) -> None:
    process.extract("markdown", MARKDOWN, "a")
    pid = pid_of(process)
    os.kill(pid, signal.SIGSTOP)
    crash = threading.Timer(0.1, os.kill, (pid, signal.SIGKILL))
    crash.start()
    with pytest.raises(ExtractionError, match="made the program crash"):
        process.extract("markdown", MARKDOWN * size, "a")
    crash.join()
    assert process.extract("markdown", MARKDOWN, "a").title == "Ferry Fares Rise"


def test_one_that_ended_in_between_costs_none(process: ReadingProcess) -> None:
    process.extract("markdown", MARKDOWN, "a")
    os.kill(pid_of(process), signal.SIGKILL)
    assert ends(pid_of(process))
    assert process.extract("markdown", MARKDOWN, "a").title == "Ferry Fares Rise"


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    code = textwrap.dedent(
        """
        from embeddings.extract import isolation, markdown
        isolation.MEMORY = 400 << 20
        markdown.extract_markdown = lambda data, stem: bytes(1 << 30)
        isolation.serve()
        """
    )
    monkeypatch.setattr(isolation, "_SERVE", code)
    process = ReadingProcess()
    with pytest.raises(ExtractionError, match="takes more memory to read"):
        process.extract("markdown", MARKDOWN, "a")
    process.close()


def test_it_is_replaced_before_it_grows_old(process: ReadingProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "_FILES", 2)
    pids = []
    for _ in range(5):
        process.extract("markdown", MARKDOWN, "a")
        pids.append(pid_of(process))
    assert len(set(pids)) == 3
    assert not any(is_running(pid) for pid in set(pids[:-1]) - {pids[-1]})


def test_threads_take_turns(process: ReadingProcess) -> None:
    with ThreadPoolExecutor(8) as threads:
        texts = threads.map(
            lambda number: process.extract("markdown", f"Text {number}.".encode(), "a").text, range(200)
        )
    assert list(texts) == [f"Text {number}." for number in range(200)]


def test_what_parsers_print_is_no_answer(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    code = textwrap.dedent(
        """
        import os, sys
        from embeddings.extract import isolation, markdown
        real = markdown.extract_markdown
        def noisy(data, stem):
            print("noise"); sys.stdout.flush(); os.write(1, b"noise"); os.write(2, b"noise")
            return real(data, stem)
        markdown.extract_markdown = noisy
        isolation.serve()
        """
    )
    monkeypatch.setattr(isolation, "_SERVE", code)
    process = ReadingProcess()
    assert process.extract("markdown", MARKDOWN, "a").title == "Ferry Fares Rise"
    process.close()
    assert capfd.readouterr() == ("", "")


def test_it_imports_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    code = textwrap.dedent(
        """
        import sys
        from embeddings.extract import isolation, markdown
        from embeddings.extract.pdf import extract_pdf
        from embeddings.extract.docx import extract_docx
        from embeddings.extract.web_page import extract_page
        from embeddings.extract.plain import extract_plain
        markdown.extract_markdown = lambda data, stem: extract_plain(repr("torch" in sys.modules).encode(), "")
        isolation.serve()
        """
    )
    monkeypatch.setattr(isolation, "_SERVE", code)
    process = ReadingProcess()
    assert process.extract("markdown", MARKDOWN, "a").text == "False"
    process.close()


READING = """
import os, sys, time
from embeddings.extract import isolation
from embeddings.extract.isolation import isolated
isolated("markdown")(b"Text.", "a")
print(isolation._shared._process.pid, flush=True)
"""


@pytest.mark.parametrize("how", ["ends", "raises", "interrupted", "killed"])
def test_it_ends_with_the_program_that_started_it(how: str) -> None:
    last = {"ends": "", "raises": "1 / 0", "interrupted": "time.sleep(60)", "killed": "time.sleep(60)"}[how]
    program = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", READING + last],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert program.stdout is not None
    pid = int(program.stdout.readline())
    if how == "interrupted":
        os.killpg(program.pid, signal.SIGINT)  # as a terminal does it: to both
    if how == "killed":
        program.kill()
    _, printed = program.communicate(timeout=20)
    assert ends(pid)
    assert printed.count("Traceback") == (how in ("raises", "interrupted"))
    assert "ResourceWarning" not in printed


def test_one_that_works_on_after_its_program_was_killed_ends(process: ReadingProcess) -> None:
    process.extract("markdown", MARKDOWN, "a")
    with open(f"/proc/{pid_of(process)}/limits") as limits:
        [seconds] = [line.split()[3] for line in limits if line.startswith("Max cpu time")]
    assert 2 * isolation.SECONDS <= int(seconds) <= 2 * isolation.SECONDS + 10


def test_an_interrupted_answer_is_not_taken_for_the_next(
    process: ReadingProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    process.extract("markdown", MARKDOWN, "a")
    real = isolation._receive

    def interrupted(_stream: object) -> bytes | None:
        monkeypatch.setattr(isolation, "_receive", real)
        raise KeyboardInterrupt

    monkeypatch.setattr(isolation, "_receive", interrupted)
    with pytest.raises(KeyboardInterrupt):
        process.extract("markdown", b"First.", "a")
    assert process.extract("markdown", b"Second.", "a").text == "Second."
