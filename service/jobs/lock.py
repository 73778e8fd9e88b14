"""One runner for each library: whoever holds the lock is it."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_FILE = "jobs.lock"
_PATIENCE_S = 1.0
"""Whoever looks whether there is a runner holds the lock for that moment."""


@contextmanager
def being_the_runner(library: Path) -> Iterator[bool]:
    """Tell whether this process is the runner meanwhile; else another one is."""
    with (library / _FILE).open("a") as file:
        deadline = time.monotonic() + _PATIENCE_S
        while not (ours := _taken(file.fileno())) and time.monotonic() < deadline:
            time.sleep(0.02)
        yield ours


def has_runner(library: Path) -> bool:
    """Tell whether a process is the runner of this library."""
    with (library / _FILE).open("a") as file:
        return not _taken(file.fileno())


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
