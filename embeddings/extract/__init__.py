"""Files in, articles out: the first step of the flow, one file a format, behind the table of readers below."""

import io
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, cast

from embeddings.errors import ExtractionError
from embeddings.extract.archives import DEEPEST, Exhausted, Unpacking, is_asset, open_zip, read_tar, read_zip, unpack
from embeddings.extract.isolation import isolated
from embeddings.extract.json_objects import extract_json, extract_jsonl
from embeddings.extract.media_types import FORMATS, HEAD, PACKED, Kind, kind_of, kind_of_zip, supported, unpacked_name
from embeddings.extract.plain import extract_plain
from embeddings.extract.reading import (
    IsKnown,
    Known,
    Reader,
    Record,
    Rejected,
    Result,
    Skipped,
    nothing_known,
    one_article,
    printable,
    read_whole,
)

__all__ = [
    "FORMATS",
    "Known",
    "Record",
    "Rejected",
    "Result",
    "Skipped",
    "extract_file",
    "extract_jsonl",
    "extract_stream",
    "is_asset",
    "supported",
]

MOST_REJECTED = 1000
READERS: dict[Kind, Reader] = {
    "plain": one_article(extract_plain),
    "markdown": one_article(isolated("markdown")),
    "page": one_article(isolated("page")),
    "pdf": one_article(isolated("pdf")),
    "docx": one_article(isolated("docx")),
    "json": extract_json,
    "jsonl": extract_jsonl,
}
"""What reads each kind. What parsers of other people read is read in a process of its own, which imports them."""


def extract_file(
    path: Path, behind: Callable[[int], None] = lambda _: None, known: IsKnown = nothing_known
) -> Iterator[Result]:
    """Each article of a file, or why there is none, as it is read; raises nothing for a bad file.

    Before each, `behind` is told how many bytes of the file have been read. What `known` tells of a digest is not
    extracted.
    """
    where = printable(path)
    furthest = 0
    try:
        # Opening a pipe would wait for whoever writes to it; a directory or a device is no file either.
        if not stat.S_ISREG(path.stat().st_mode):
            yield Rejected(where=where, reason="cannot be read: it is not a file")
            return
        with path.open("rb", HEAD) as stream:
            for result in extract_stream(stream, where, known):
                furthest = max(furthest, stream.tell())  # archives are not read from end to end
                behind(furthest)
                yield result
    except OSError as error:
        yield Rejected(where=where, reason=f"cannot be read: {error.strerror or error}")
    except ValueError:  # for a NUL in the name
        yield Rejected(where=where, reason="cannot be read: its name is not valid")


def extract_stream(stream: BinaryIO, where: str, known: IsKnown = nothing_known) -> Iterator[Result]:
    """The same for an open file that can be sought in; `where` ends with its name. Raises OSError of the stream."""
    try:
        yield from _read(stream, where, where, known, Unpacking(stream), DEEPEST)
    except Exhausted as error:
        yield Rejected(where=where, reason=str(error))


def _read(
    stream: BinaryIO, where: str, name: str, known: IsKnown, unpacking: Unpacking, levels: int
) -> Iterator[Result]:
    """Find out what a stream holds, and have it read; archives read their members by this in turn."""

    def member(stream: BinaryIO, where: str, name: str) -> Iterator[Result]:
        yield from _read(stream, where, name, known, unpacking, levels - 1)

    try:
        peekable = (
            stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(cast(io.RawIOBase, stream), HEAD)
        )
        kind = kind_of(peekable.peek(HEAD), name)
        if kind in READERS:
            yield from _while_sound(READERS[kind](peekable, where, known), where)
        elif not levels:
            yield Rejected(where=where, reason=f"is an archive inside {DEEPEST} others; unpack those")
        elif kind in PACKED:
            yield from unpack(peekable, where, unpacked_name(name), unpacking, member, kind)
        elif kind == "tar":
            yield from read_tar(peekable, where, unpacking, member)
        else:
            whole = peekable if peekable.seekable() else io.BytesIO(read_whole(peekable))
            with open_zip(whole) as archive:
                if kind_of_zip(archive.namelist()) == "zip":
                    yield from read_zip(archive, where, unpacking, member)
                    return
            whole.seek(0)
            yield from READERS["docx"](whole, where, known)
    except ExtractionError as error:
        yield Rejected(where=where, reason=str(error))


def _while_sound(results: Iterator[Result], where: str) -> Iterator[Result]:
    """The results of a file; one that begins with nothing but what is no article is not read to its end."""
    for number, result in enumerate(results, start=1):
        yield result
        if not isinstance(result, Rejected):
            break
        if number == MOST_REJECTED:
            reason = f"is not what it seems: its first {MOST_REJECTED} records are no articles; the rest was not read"
            yield Rejected(where=where, reason=reason)
            return
    yield from results
