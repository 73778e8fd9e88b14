"""`byline serve` in processes of its own, and the memory that they take."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

_ANONYMOUS = re.compile(r"^RssAnon:\s+(\d+) kB", re.MULTILINE)


class Served(Struct, frozen=True, kw_only=True):
    """A running service."""

    url: str
    pid: int

    def memory_mb(self) -> float:
        """Sum what its processes hold in memory, mapped files aside. Linux only."""
        return sum(_held(pid) for pid in _family(self.pid)) / 1024


@contextmanager
def served(library: Path, *, workers: int, **settings: str) -> Iterator[Served]:
    """Serve a library on a free port, with settings by their names in lower case."""
    environment = os.environ | {f"BYLINE_{name.upper()}": value for name, value in settings.items()}
    command = [sys.executable, "-m", "service.cli", "serve", "--library", str(library)]
    process = subprocess.Popen(
        [*command, "--port", "0", "--workers", str(workers)], stderr=subprocess.PIPE, text=True, env=environment
    )
    try:
        assert process.stderr
        for line in process.stderr:
            if address := re.search(r"listens on (http://[\d.]+:\d+)", line):
                break
        else:
            raise SystemExit("the service did not start")
        log = subprocess.Popen(["cat"], stdin=process.stderr, stdout=subprocess.DEVNULL)
        yield Served(url=address[1], pid=process.pid)
    finally:
        process.terminate()
        process.wait(60)
        log.wait(10)


def _family(pid: int) -> Iterator[int]:
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            yield from _family(int(child))


def _held(pid: int) -> int:
    found = _ANONYMOUS.search(Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) if found else 0
