"""What comes out of a file, record by record, and the wrapper that keeps one bad record from costing the others."""

import logging
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import PurePath
from typing import BinaryIO

from msgspec import Struct

from embeddings.articles import Article
from embeddings.errors import ExtractionError

LARGEST_FILE = 100_000_000
"""Bytes of a file that has to be held whole."""

logger = logging.getLogger(__name__)


class Record(Struct, frozen=True, kw_only=True):
    """An article and the bytes it came from, by digest."""

    article: Article
    source_digest: str
    """SHA-256, in hexadecimal, of the bytes of this record: the same bytes again are nothing new."""


class Rejected(Struct, frozen=True, kw_only=True):
    """A file or record that is no article."""

    where: str
    """`PATH`, `PATH line 17` or `PATH item 3`."""
    reason: str
    """What is wrong and, where it is not plain, what to do."""


Reader = Callable[[BinaryIO, str], Iterator[Record | Rejected]]
"""Reads an open file whose path is given for messages; raises nothing but OSError."""


def one_article(extract: Callable[[bytes, str], Article]) -> Reader:
    """Make a reader for a format that holds one article a file, of a function of its bytes and the file's stem."""

    def read(stream: BinaryIO, where: str) -> Iterator[Record | Rejected]:
        def record() -> Record:
            data = read_whole(stream)
            return Record(article=extract(data, stem(where)), source_digest=digest(data))

        yield attempt(record, where)

    return read


def attempt(record: Callable[[], Record], where: str) -> Record | Rejected:
    """The record, or why there is none. OSError is let through: it ends the file."""
    try:
        return record()
    except ExtractionError as error:
        return Rejected(where=where, reason=str(error))
    except OSError:
        raise
    except RecursionError:
        return Rejected(where=where, reason="is nested too deeply to be read")
    except Exception as error:  # parsers of other people fail in their own ways; the next record may be sound
        logger.warning("extraction failed with %s", type(error).__name__, exc_info=logger.isEnabledFor(logging.DEBUG))
        return Rejected(where=where, reason=f"could not be read ({type(error).__name__}); is it damaged?")


def read_whole(stream: BinaryIO) -> bytes:
    """All bytes of a file; raises ExtractionError if there are none or too many."""
    data = stream.read(LARGEST_FILE + 1)
    if not data:
        raise ExtractionError("is empty")
    if len(data) > LARGEST_FILE:
        raise ExtractionError(f"is over {LARGEST_FILE // 1_000_000} MB; split it, or give its articles as JSONL")
    return data


def stem(where: str) -> str:
    """The file's name without its suffix."""
    return PurePath(where).stem


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return sha256(data).hexdigest()
