"""Files in, articles out: the first step of the flow, one file a format, behind the table of formats below."""

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from embeddings.extract.json_objects import extract_json, extract_jsonl
from embeddings.extract.markdown import extract_markdown
from embeddings.extract.plain import extract_plain
from embeddings.extract.reading import Reader, Record, Rejected, one_article
from embeddings.extract.web_page import extract_page

__all__ = ["FORMATS", "Record", "Rejected", "extract_file", "extract_jsonl", "supported"]

FORMATS: dict[str, Reader] = {
    ".txt": one_article(extract_plain),
    ".md": one_article(extract_markdown),
    ".markdown": one_article(extract_markdown),
    ".html": one_article(extract_page),
    ".htm": one_article(extract_page),
    ".json": extract_json,
    ".jsonl": extract_jsonl,
    ".ndjson": extract_jsonl,
}
"""Suffix to reader. Formats import their parsers when they are first used, so that the table costs nothing to load."""


def supported(path: Path) -> bool:
    """Tell by its suffix whether a file can be read."""
    return path.suffix.lower() in FORMATS


def extract_file(path: Path, behind: Callable[[int], None] = lambda _: None) -> Iterator[Record | Rejected]:
    """Each article of a file, or why there is none, as it is read; raises nothing for a bad file.

    Before each, `behind` is told how many bytes of the file have been read.
    """
    where = os.fsencode(path).decode("utf-8", "replace")  # a name that is not UTF-8 must be printable, too
    reader = FORMATS.get(path.suffix.lower(), _refuse)
    try:
        # Opening a pipe would wait for whoever writes to it; a directory or a device is no file either.
        if not stat.S_ISREG(path.stat().st_mode):
            yield Rejected(where=where, reason="cannot be read: it is not a file")
            return
        with path.open("rb") as stream:
            for result in reader(stream, where):
                behind(stream.tell())
                yield result
    except OSError as error:
        yield Rejected(where=where, reason=f"cannot be read: {error.strerror or error}")
    except ValueError:  # for a NUL in the name
        yield Rejected(where=where, reason="cannot be read: its name is not valid")


def _refuse(_stream: BinaryIO, where: str) -> Iterator[Record | Rejected]:
    yield Rejected(where=where, reason=f"is of a format that Byline does not read; it reads {', '.join(FORMATS)}")
