"""What comes out of a file, record by record, and the wrapper that keeps one bad record from costing the others."""

import logging
import os
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from embeddings.articles import Article
from embeddings.errors import ExtractionError
from embeddings.extract.media_types import without_suffixes

LARGEST_FILE = 100_000_000
"""Bytes of a file that has to be held whole."""

logger = logging.getLogger(__name__)


class Record(Struct, frozen=True, kw_only=True):
    """An article and the bytes it came from, by digest."""

    article: Article
    source_digest: str
    """SHA-256, in hexadecimal, of the bytes of this record: the same bytes again are nothing new."""


class Known(Struct, frozen=True, kw_only=True):
    """A file or record that the caller knows by its bytes already, so that nothing was extracted from it."""

    where: str
    source_digest: str


class Skipped(Struct, frozen=True, kw_only=True):
    """A member of an archive that is no article by its name, as such files in folders are passed over."""

    where: str


class Rejected(Struct, frozen=True, kw_only=True):
    """A file or record that is no article."""

    where: str
    """`PATH`, `PATH line 17`, `PATH item 3` or `ARCHIVE > MEMBER`."""
    reason: str
    """What is wrong and, where it is not plain, what to do."""


Result = Record | Known | Skipped | Rejected
IsKnown = Callable[[str], bool]
"""Tells by the source digest of a record whether it need not be extracted."""
Reader = Callable[[BinaryIO, str, IsKnown], Iterator[Result]]
"""Reads an open file whose path is given for messages; raises nothing but OSError."""


def nothing_known(_digest: str) -> bool:
    """Have every record extracted."""
    return False


def one_article(extract: Callable[[bytes, str], Article]) -> Reader:
    """Make a reader for a format that holds one article a file, of a function of its bytes and the file's stem."""

    def read(stream: BinaryIO, where: str, known: IsKnown = nothing_known) -> Iterator[Result]:
        try:
            data = read_whole(stream)
        except ExtractionError as error:
            yield Rejected(where=where, reason=str(error))
            return
        source_digest = digest(data)
        yield attempt(lambda: extract(data, stem(where)), where, source_digest, known)

    return read


def attempt(article: Callable[[], Article], where: str, source_digest: str, known: IsKnown) -> Result:
    """The record, or why there is none. OSError is let through: it ends the file."""
    if known(source_digest):
        return Known(where=where, source_digest=source_digest)
    try:
        return Record(article=article(), source_digest=source_digest)
    except OSError:
        raise
    except Exception as error:
        return Rejected(where=where, reason=reason_for(error))


def reason_for(error: Exception) -> str:
    """What is said of a file or record whose extraction ended with this error."""
    match error:
        case ExtractionError():
            return str(error)
        case RecursionError():
            return "is nested too deeply to be read"
        case MemoryError():
            return "takes more memory to read than Byline gives to one file"
    # Parsers of other people fail in their own ways; the next record may be sound.
    logger.debug("extraction failed", exc_info=error)
    return f"could not be read ({type(error).__name__}); is it damaged?"


def read_whole(stream: BinaryIO) -> bytes:
    """All bytes of a file; raises ExtractionError if there are none or too many."""
    data = stream.read(LARGEST_FILE + 1)
    if not data:
        raise ExtractionError("is empty")
    if len(data) > LARGEST_FILE:
        raise ExtractionError(f"is over {LARGEST_FILE // 1_000_000} MB; split it, or give its articles as JSONL")
    return data


def printable(path: Path) -> str:
    """A path for messages; names need not be UTF-8."""
    return os.fsencode(path).decode("utf-8", "replace")


def stem(where: str) -> str:
    """The name of the file, or of the member of an archive, without what its suffixes say."""
    return without_suffixes(where.rpartition(" > ")[2])


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return sha256(data).hexdigest()
