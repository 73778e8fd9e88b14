"""Uploads on the disk, from the first byte of one until its job is done: below `jobs/` in the library."""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

FOLDER = "jobs"


class Spool:
    """A directory that an upload is written to, file by file, each in a numbered directory of its own.

    The process that writes it holds a lock on it, so that a half-written one is known when its process is no more.
    Every method raises OSError of the disk.
    """

    def __init__(self, library: Path, id: str) -> None:
        """Make the directory."""
        self.path = library / FOLDER / id
        self.files = self.size = 0
        self._digests: list[tuple[str, str]] = []
        self._file: BinaryIO | None = None
        self._name = ""
        self._digest = hashlib.sha256()
        while True:
            self.path.mkdir(parents=True)
            self._lock = os.open(self.path, os.O_RDONLY)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            if self.path.exists():
                return
            os.close(self._lock)  # it was swept before it was locked

    def write(self, pieces: Sequence[str | bytes]) -> None:
        """Write what comes next: a string, which is fit to name a file, begins one; bytes go on with it."""
        for piece in pieces:
            if isinstance(piece, str):
                self._begin(piece)
            elif self._file is not None:
                self._file.write(piece)
                self._digest.update(piece)
                self.size += len(piece)

    def keep(self) -> str:
        """Have it all on the disk; give a digest of the names and bytes of the files."""
        self._end()
        for path in (*self.path.iterdir(), self.path, self.path.parent, self.path.parent.parent):
            _sync(path)
        return hashlib.sha256(repr(self._digests).encode()).hexdigest()

    def release(self) -> None:
        """Leave it to its job."""
        os.close(self._lock)

    def discard(self) -> None:
        """Leave nothing of it."""
        if self._file is not None:
            with suppress(OSError):  # of a full disk, again
                self._file.close()
        remove(self.path)
        os.close(self._lock)

    def _begin(self, name: str) -> None:
        self._end()
        self.files += 1
        path = self.path / str(self.files) / name
        path.parent.mkdir()
        self._name, self._digest = name, hashlib.sha256()
        self._file = path.open("xb")

    def _end(self) -> None:
        if self._file is not None:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._file = None
            self._digests.append((self._name, self._digest.hexdigest()))


def files_of(library: Path, id: str) -> list[Path]:
    """Give the files of an upload in their order."""
    return sorted((library / FOLDER / id).glob("*/*"), key=lambda file: int(file.parent.name))


def remove(path: Path) -> None:
    """Remove an upload; what cannot be removed is swept later."""
    shutil.rmtree(path, ignore_errors=True)


def sweep(library: Path, is_needed: Callable[[str], bool]) -> None:
    """Remove the uploads of which no job is in need, and that no process is writing."""
    for path in (library / FOLDER).glob("*"):
        try:
            lock = os.open(path, os.O_RDONLY)
        except OSError:  # another process sweeps, too
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not is_needed(path.name):
                remove(path)
        except BlockingIOError:
            pass
        finally:
            os.close(lock)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
