"""Formats whose parsers can hang, swell or crash are read in a process of their own, which can be replaced."""

import atexit
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import IO, Literal

import msgspec
from msgspec import Struct

from embeddings.articles import Article
from embeddings.errors import ExtractionError
from embeddings.extract.reading import reason_for

Isolated = Literal["markdown", "page", "pdf", "docx"]

SECONDS = 60.0
"""A file may take that long to be read."""
MEMORY = 3 << 30
"""Bytes of address space that the reading process may have, where the system can bound it."""
_FILES = 2000
"""After so many, the process is replaced, since the parsers keep caches."""
_EXTRACTORS: dict[Isolated, tuple[str, str]] = {
    "markdown": ("embeddings.extract.markdown", "extract_markdown"),
    "page": ("embeddings.extract.web_page", "extract_page"),
    "pdf": ("embeddings.extract.pdf", "extract_pdf"),
    "docx": ("embeddings.extract.docx", "extract_docx"),
}
_SERVE = "from embeddings.extract.isolation import serve; serve()"


class _Request(Struct, frozen=True, array_like=True):
    kind: Isolated
    stem: str
    data: bytes


class _Answer(Struct, frozen=True, array_like=True):
    article: Article | None
    reason: str


class ReadingProcess:
    """A process that extracts one file at a time, started when it is first needed. Safe to use from several threads."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._read = 0

    def extract(self, kind: Isolated, data: bytes, stem: str) -> Article:
        """The article; raises ExtractionError, also where reading took too long or ended the process."""
        with self._lock:
            answer = self._ask(_Request(kind, stem, data))
        if answer.article is None:
            raise ExtractionError(answer.reason)
        return answer.article

    def close(self) -> None:
        """End the process, if there is one; the next file starts another."""
        process, self._process = self._process, None
        if process is not None:
            atexit.unregister(self.close)
            process.kill()
            with suppress(BrokenPipeError), process:  # closes its pipes, with what was not written yet, and waits
                pass

    def _ask(self, request: _Request) -> _Answer:
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        late = threading.Event()

        def end() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(self._seconds, end)
        timer.daemon = True
        timer.start()
        try:
            _send(process.stdin, msgspec.msgpack.encode(request))
            reply = _receive(process.stdout)
        except BrokenPipeError:
            reply = None
        except BaseException:  # Ctrl-C: what the process says next would be taken for the answer to another request
            self.close()
            raise
        finally:
            timer.cancel()
            timer.join()  # so that it ends this file or none
        if reply is None or late.is_set():
            self.close()
        if reply is not None:
            return msgspec.msgpack.decode(reply, type=_Answer)
        if late.is_set():
            return _Answer(None, f"takes over {self._seconds:.0f} s to be read; is it meant to be an article?")
        return _Answer(None, "made the program crash that reads this format, or used up its memory; is it damaged?")

    def _running(self) -> subprocess.Popen[bytes]:
        if self._read >= _FILES or (self._process is not None and self._process.poll() is not None):
            self.close()
        if self._process is None:
            self._read = 0
            atexit.register(self.close)
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _SERVE],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # what parsers print about files that are rejected anyhow
                env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        self._read += 1
        return self._process


_shared = ReadingProcess()


def isolated(kind: Isolated) -> Callable[[bytes, str], Article]:
    """Make an extractor that has the process do it which all of this program share."""

    def extract(data: bytes, stem: str) -> Article:
        return _shared.extract(kind, data, stem)

    return extract


def extractor(kind: Isolated) -> Callable[[bytes, str], Article]:
    """What extracts a format, in this process."""
    module, name = _EXTRACTORS[kind]
    function: Callable[[bytes, str], Article] = getattr(import_module(module), name)
    return function


def serve() -> None:
    """Answer requests until there are no more: the whole life of the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the program that started this one
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a parser that prints must not be taken for the answer
    _bound_memory()
    while (message := _receive(requests)) is not None:
        _bound_seconds()
        request = msgspec.msgpack.decode(message, type=_Request)
        try:
            answer = _Answer(extractor(request.kind)(request.data, request.stem), "")
            reply = msgspec.msgpack.encode(answer)
        except Exception as error:
            reply = msgspec.msgpack.encode(_Answer(None, reason_for(error)))
        _send(answers, reply)


def _bound_memory() -> None:
    if sys.platform == "linux":
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_AS)
        bound = MEMORY if most == resource.RLIM_INFINITY else min(MEMORY, most)
        resource.setrlimit(resource.RLIMIT_AS, (bound, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _bound_seconds() -> None:
    """End a process that goes on when the program that started it is no more."""
    if sys.platform == "linux":
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        _, most = resource.getrlimit(resource.RLIMIT_CPU)
        bound = int(used.ru_utime + used.ru_stime + 2 * SECONDS) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (bound if most == resource.RLIM_INFINITY else min(bound, most), most))


def _send(stream: IO[bytes], message: bytes) -> None:
    stream.write(len(message).to_bytes(8, "big"))
    stream.write(message)
    stream.flush()


def _receive(stream: IO[bytes]) -> bytes | None:
    """The next message, or None when the other side is no more."""
    size = stream.read(8)
    if len(size) < 8:
        return None
    length = int.from_bytes(size, "big")
    message = stream.read(length)
    return message if len(message) == length else None
