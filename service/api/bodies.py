"""The body of an upload, whatever form it has, as the files that it holds: their names and bytes, as they come."""

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import PurePath

from litestar.exceptions import InternalServerException, ValidationException
from multipart import (  # type: ignore[import-untyped]
    MultipartError,
    MultipartSegment,
    ParserLimitReached,
    PushMultipartParser,
)

from embeddings.extract import supported
from embeddings.extract.reading import LARGEST_FILE
from service.api.json_request import JSONRequest
from service.errors import BodyTooLarge, UnsupportedMediaType

JSON = "application/json"
JSON_LINES = "application/x-ndjson"
FORM = "multipart/form-data"
MOST_FILES = 10_000
"""Of one request."""

_SUFFIXES = {
    JSON: ".json",
    "text/json": ".json",
    JSON_LINES: ".jsonl",
    "application/ndjson": ".jsonl",
    "application/jsonl": ".jsonl",
    "application/jsonlines": ".jsonl",
    "application/x-jsonlines": ".jsonl",
    "text/html": ".html",
    "application/xhtml+xml": ".xhtml",
    "text/markdown": ".md",
    "text/x-markdown": ".md",
    "text/plain": ".txt",
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/zip": ".zip",
    "application/x-zip-compressed": ".zip",
    "application/x-tar": ".tar",
    "application/gzip": ".gz",
    "application/x-gzip": ".gz",
    "application/x-bzip2": ".bz2",
    "application/x-xz": ".xz",
}
_LONGEST_NAME = 200


def pieces_of(request: JSONRequest, filename: str | None) -> AsyncGenerator[str | bytes]:
    """Give the name of each file and then its bytes. Raises UnsupportedMediaType, BodyTooLarge."""
    media_type, options = request.content_type
    packed = request.headers.get("content-encoding", "identity").strip().lower()
    largest = request.app.state.largest_upload
    if media_type == FORM:
        if packed != "identity":
            raise UnsupportedMediaType("send a form as it is, without Content-Encoding")
        if not (boundary := options.get("boundary")):
            raise ValidationException("the header Content-Type names no boundary between the parts of the form")
        return _parts(_chunks(request, largest), boundary)
    name = file_name(filename, media_type, "body")
    if not supported(PurePath(name)):
        raise UnsupportedMediaType(
            "say what the body is by the header Content-Type: application/json, application/x-ndjson, "
            "multipart/form-data, or that of a file (text/html, text/plain, text/markdown, application/pdf, "
            "application/zip ...); or name the file: ?filename=page.html"
        )
    if packed not in ("identity", "gzip"):
        raise UnsupportedMediaType("send the body as it is, or with Content-Encoding: gzip")
    if packed == "identity" and name.lower().endswith(".json"):
        largest = min(largest, LARGEST_FILE)
    return _one_file(_chunks(request, largest), name if packed == "identity" else f"{name}.gz")


async def _chunks(request: JSONRequest, largest: int) -> AsyncGenerator[bytes]:
    """Give the body as it comes. Raises BodyTooLarge as soon as it is."""
    too_large = BodyTooLarge(
        f"the body is larger than the {largest / (1 << 20):.0f} MiB that are taken at once; divide it "
        "(what is sent as application/x-ndjson, one article a line, divides at any line)"
    )
    if (request.content_length or 0) > largest:
        raise too_large
    received = 0
    try:
        async for chunk in request.stream():
            received += len(chunk)
            if received > largest:
                raise too_large
            yield chunk
    except InternalServerException as error:
        raise ValidationException("the body broke off") from error


async def _one_file(chunks: AsyncGenerator[bytes], name: str) -> AsyncGenerator[str | bytes]:
    yield name
    empty = True
    async with aclosing(chunks):
        async for chunk in chunks:
            empty = empty and not chunk
            yield chunk
    if empty:
        raise ValidationException("the body is empty; send an article, a list of articles or a file")


async def _parts(chunks: AsyncGenerator[bytes], boundary: str) -> AsyncGenerator[str | bytes]:
    try:
        with PushMultipartParser(boundary, max_segment_count=MOST_FILES) as parser:
            async with aclosing(chunks):
                async for chunk in chunks:
                    for event in parser.parse(chunk) if chunk else ():
                        if isinstance(event, MultipartSegment):
                            yield _name_of(event)
                        elif event is not None:
                            yield event
    except ParserLimitReached as error:
        raise ValidationException(
            f"the form has over {MOST_FILES} files, or a part with an endless header; divide it, or send an archive"
        ) from error
    except MultipartError as error:
        raise ValidationException(f"the body is not multipart/form-data as it should be: {error}") from error


def _name_of(part: MultipartSegment) -> str:
    """Name the file that a part of a form is. Raises ValidationException for another field."""
    media_type = part.content_type or ""
    if not part.filename and media_type not in _SUFFIXES:
        raise ValidationException(
            f"the part {part.name[:100]!r} of the form is no file: it has no file name; "
            "what is no article belongs into the address, as ?collection=..."
        )
    return file_name(part.filename, media_type, part.name or "body")


def file_name(given: str | None, media_type: str, otherwise: str) -> str:
    """Give a name for a file that is fit for the disk and for messages, and that tells the format as far as is known.

    Of a path that is `given`, its last part.
    """
    for each in (given or "", otherwise, "body"):
        last = re.split(r"[/\\]", each)[-1]
        name = "".join(character if character.isprintable() else "_" for character in last).strip()
        if name.strip("."):
            break
    suffix = _SUFFIXES.get(media_type, "")
    if not supported(PurePath(name)):
        name += suffix
    return name.encode()[-_LONGEST_NAME:].decode(errors="ignore")
