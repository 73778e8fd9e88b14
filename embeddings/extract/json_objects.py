"""JSON (.json, .jsonl): each object is an article, alone, in a list or one a line."""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from embeddings.errors import ExtractionError
from embeddings.extract.decoding import decode, decode_line, refuse_binary, wide_mark
from embeddings.extract.drafts import finish
from embeddings.extract.fields import draft_from
from embeddings.extract.reading import Record, Rejected, attempt, digest, read_whole, stem

LONGEST_LINE = 10_000_000
"""Bytes."""


def extract_jsonl(lines: BinaryIO, where: str) -> Iterator[Record | Rejected]:
    """One article a line, with never more than a line held; blank lines are passed over."""
    for number, line in enumerate(_lines(lines), start=1):
        if number == 1 and (reason := _unreadable(line)):
            yield Rejected(where=where, reason=reason)
            return
        if line is None:
            reason = f"is over {LONGEST_LINE // 1_000_000} MB; no article is that long"
            yield Rejected(where=f"{where} line {number}", reason=reason)
        elif line:
            yield _from_line(line, where, number)


def extract_json(stream: BinaryIO, where: str) -> Iterator[Record | Rejected]:
    """The articles of a JSON file: an object, a list of objects, or an object with such a list as "articles"."""
    try:
        data = read_whole(stream)
        value = _parsed(decode(data))
    except ExtractionError as error:
        yield Rejected(where=where, reason=str(error))
        return
    items = value["articles"] if isinstance(value, dict) and _is_collection(value) else value
    if not isinstance(items, list):
        yield attempt(lambda: _record(items, digest(data), where), where)
    elif items:
        for number, item in enumerate(items, start=1):
            yield _from_item(item, where, number)
    else:
        yield Rejected(where=where, reason="holds no articles: its list is empty")


def _lines(stream: BinaryIO) -> Iterator[bytes | None]:
    """Each line without the blanks around it; None for one that is too long, which is skipped without being held."""
    while line := stream.readline(LONGEST_LINE + 2):
        ended = line.endswith(b"\n")
        stripped = line.strip(b" \t\r\n")
        if len(stripped) <= LONGEST_LINE and (ended or len(line) < LONGEST_LINE + 2):
            yield stripped
            continue
        while not ended and (more := stream.readline(1 << 20)):
            ended = more.endswith(b"\n")
        yield None


def _unreadable(first_line: bytes | None) -> str | None:
    """Say why none of the lines can be read, once instead of at every line."""
    if first_line is None:
        return None
    if wide_mark(first_line):
        return "is UTF-16, which cannot be read line by line; save it as UTF-8"
    try:
        refuse_binary(first_line)
    except ExtractionError as error:
        return str(error)
    return None


def _from_line(line: bytes, where: str, number: int) -> Record | Rejected:
    def record() -> Record:
        text = decode_line(line).removeprefix("\ufeff")
        return _record(_parsed(text), digest(line), where)

    return attempt(record, f"{where} line {number}")


def _from_item(item: Any, where: str, number: int) -> Record | Rejected:
    def record() -> Record:
        canonical = json.dumps(item, sort_keys=True, separators=(",", ":"))
        return _record(item, digest(canonical.encode()), where)

    return attempt(record, f"{where} item {number}")


def _record(fields: Any, source_digest: str, where: str) -> Record:
    if not isinstance(fields, dict):
        raise ExtractionError("is not a JSON object with the fields of an article")
    return Record(article=finish(draft_from(fields), stem(where)), source_digest=source_digest)


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
