"""JSON (.json, .jsonl): each object is an article, alone, in a list or one a line."""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from embeddings.articles import Article
from embeddings.errors import ExtractionError
from embeddings.extract.decoding import as_utf8, decode, decode_line, refuse_binary, wide_encoding
from embeddings.extract.drafts import finish
from embeddings.extract.fields import draft_from
from embeddings.extract.reading import (
    IsKnown,
    Rejected,
    Result,
    attempt,
    digest,
    nothing_known,
    read_whole,
    reason_for,
    stem,
)

LONGEST_LINE = 10_000_000
"""Bytes."""
MOST_EMPTY_LINES = 1_000_000
MOST_OBJECTS = 2_000_000
"""In a file that is held whole: empty ones take thirty times the memory of what they are written in."""


def extract_jsonl(stream: BinaryIO, where: str, known: IsKnown = nothing_known) -> Iterator[Result]:
    """One article a line, with never more than a line held; blank lines are passed over."""
    empty = 0
    for number, line in enumerate(_lines(stream), start=1):
        if number == 1 and line:
            try:
                refuse_binary(line)
            except ExtractionError as error:  # once instead of at every line
                yield Rejected(where=where, reason=str(error))
                return
        if line is None:
            reason = f"is over {LONGEST_LINE // 1_000_000} MB; no article is that long"
            yield Rejected(where=f"{where} line {number}", reason=reason)
        elif line:
            yield _from_line(line, where, number, known)
        empty = 0 if line or line is None else empty + 1
        if empty > MOST_EMPTY_LINES:
            reason = f"is over {MOST_EMPTY_LINES // 1_000_000} million empty lines from here on; the rest was not read"
            yield Rejected(where=f"{where} line {number - empty}", reason=reason)
            return


def extract_json(stream: BinaryIO, where: str, known: IsKnown = nothing_known) -> Iterator[Result]:
    """The articles of a JSON file: an object, a list of objects, or an object with such a list as "articles"."""
    try:
        data = read_whole(stream)
        if data.count(b"{") + data.count(b"[") > MOST_OBJECTS:
            raise ExtractionError(f"holds over {MOST_OBJECTS // 1_000_000} million objects; give its articles as JSONL")
        value = _parsed(decode(data))
    except ExtractionError as error:
        yield Rejected(where=where, reason=str(error))
        return
    items = value["articles"] if isinstance(value, dict) and _is_collection(value) else value
    if not isinstance(items, list):
        yield attempt(lambda: _article(items, where), where, digest(data), known)
    elif items:
        for number, item in enumerate(items, start=1):
            yield extract_object(item, where, number, known)
    else:
        yield Rejected(where=where, reason="holds no articles: its list is empty")


def _lines(stream: BinaryIO) -> Iterator[bytes | None]:
    """Each line without the blanks around it; None for one that is too long, which is skipped without being held."""
    line = stream.readline(LONGEST_LINE + 2)
    encoding = wide_encoding(line)
    if encoding:
        stream = as_utf8(stream, encoding, line)
        line = stream.readline(LONGEST_LINE + 2)
    while line:
        ended = line.endswith(b"\n")
        stripped = line.strip(b" \t\r\n")
        if len(stripped) <= LONGEST_LINE and (ended or len(line) < LONGEST_LINE + 2):
            yield stripped
        else:
            while not ended and (more := stream.readline(1 << 20)):
                ended = more.endswith(b"\n")
            yield None
        line = stream.readline(LONGEST_LINE + 2)


def _from_line(line: bytes, where: str, number: int, known: IsKnown) -> Result:
    def article() -> Article:
        return _article(_parsed(decode_line(line)), where)

    return attempt(article, f"{where} line {number}", digest(line), known)


def extract_object(item: Any, where: str = "", number: int = 1, known: IsKnown = nothing_known) -> Result:
    """The article of an object that is parsed already: the one of that number in a list."""
    try:
        canonical = json.dumps(item, sort_keys=True, separators=(",", ":")).encode()
    except (RecursionError, ValueError) as error:  # as deep as could just be read; more digits than can be written
        return Rejected(where=f"{where} item {number}", reason=reason_for(error))
    return attempt(lambda: _article(item, where), f"{where} item {number}", digest(canonical), known)


def _article(fields: Any, where: str) -> Article:
    if not isinstance(fields, dict):
        raise ExtractionError("is not a JSON object with the fields of an article")
    return finish(draft_from(fields), stem(where))


def _parsed(text: str) -> Any:
    """The value that the text describes.

    By the standard library, since stricter parsers refuse what real files hold: NaN (read as null, which is what it
    stands for where a table was saved as JSON), raw control characters and halves of surrogate pairs.
    """
    try:
        return json.loads(text.removeprefix("\ufeff"), strict=False, parse_constant=lambda _: None)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}" if error.lineno > 1 else f"column {error.colno}"
        raise ExtractionError(f"is not valid JSON: {error.msg} at {place}") from None
    except RecursionError:
        raise ExtractionError("is nested too deeply to be read") from None
    except ValueError:
        raise ExtractionError("holds a number with too many digits; write it as text") from None


def _is_collection(value: dict[str, Any]) -> bool:
    """Tell a list of articles from an article that has a field of that name."""
    return isinstance(value.get("articles"), list) and not any(name in value for name in ("text", "content", "body"))
