"""What a file is, by its first bytes, and by its name where those leave it open."""

import json
import re
from pathlib import PurePath
from typing import Literal, cast

from embeddings.errors import ExtractionError
from embeddings.extract.decoding import is_text, wide_encoding

Kind = Literal["plain", "markdown", "page", "json", "jsonl", "pdf", "docx", "zip", "tar", "gzip", "bzip2", "xz"]

FORMATS: dict[str, Kind] = {
    ".txt": "plain",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "page",
    ".htm": "page",
    ".xhtml": "page",
    ".pdf": "pdf",
    ".docx": "docx",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".zip": "zip",
    ".tar": "tar",
    ".tgz": "gzip",
    ".gz": "gzip",
    ".bz2": "bzip2",
    ".xz": "xz",
}
"""What a name promises. A text is told from another text by it, so content does not overrule it lightly."""
PACKED: frozenset[Kind] = frozenset(("gzip", "bzip2", "xz"))
"""One file made smaller, whose own suffix stands before this one."""
HEAD = 1 << 16
"""Bytes that are looked at, at most."""

_MAGIC: tuple[tuple[int, bytes, Kind], ...] = (
    (0, b"%PDF-", "pdf"),
    (0, b"PK\x03\x04", "zip"),
    (0, b"PK\x05\x06", "zip"),
    (0, b"\x1f\x8b", "gzip"),
    (0, b"BZh", "bzip2"),
    (0, b"\xfd7zXZ\x00", "xz"),
    (257, b"ustar", "tar"),
)
_RTF = b"{\\rtf"
_OTHERS: tuple[tuple[int, bytes, str], ...] = (
    (0, _RTF, "a Rich Text file; save it as .docx"),
    (
        0,
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "an old Office file, or one with a password; save it as .docx without one",
    ),
    (0, b"\x89PNG", "an image; Byline reads no text in images"),
    (0, b"\xff\xd8\xff", "an image; Byline reads no text in images"),
    (0, b"GIF8", "an image; Byline reads no text in images"),
    (0, b"II*\x00", "an image; Byline reads no text in images"),
    (0, b"MM\x00*", "an image; Byline reads no text in images"),
    (4, b"ftyp", "a video, or an image; Byline reads text only"),
    (0, b"\x1aE\xdf\xa3", "a video; Byline reads text only"),
    (0, b"ID3", "a sound recording; Byline reads text only"),
    (0, b"OggS", "a sound recording; Byline reads text only"),
    (0, b"RIFF", "an image, a sound or a video; Byline reads text only"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive; unpack it, or pack it as .zip"),
    (0, b"Rar!\x1a\x07", "a RAR archive; unpack it, or pack it as .zip"),
    (0, b"\x28\xb5\x2f\xfd", "packed with zstd; unpack it, or pack it as .gz"),
    (0, b"SQLite format 3\x00", "a database; export its articles as JSONL"),
    (0, b"PAR1", "a Parquet table; export its articles as JSONL"),
    (0, b"\x7fELF", "a program"),
    (0, b"MZ\x90\x00", "a program"),
)
_PAGE = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?>.*?-->)\s*)*+<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL
)
_OBJECT = re.compile(r'\s*(?:\[\s*)?\{\s*"(?:[^"\\\n]|\\.){1,100}"\s*:')
_MHTML = re.compile(r"(?:[\w-]+:[^\n]*\n(?:[ \t][^\n]*\n)*){0,30}?content-type:\s*multipart/related", re.IGNORECASE)


def supported(path: PurePath) -> bool:
    """Tell by its suffixes whether a file is read when it is met in a folder or an archive."""
    kind = FORMATS.get(path.suffix.lower())
    if kind in PACKED and path.suffix.lower() != ".tgz":
        inner = PurePath(path.stem).suffix.lower()
        return inner == "" or inner in FORMATS
    return kind is not None


def without_suffixes(name: str) -> str:
    """The last part of a path without the suffixes that say what the file is ("a" for "x/a.jsonl.gz")."""
    path = PurePath(name)
    while path.suffix.lower() in FORMATS:
        path = PurePath(path.stem)
    return path.name


def unpacked_name(name: str) -> str:
    """The name of what a packed file holds."""
    path = PurePath(name)
    return path.stem + (".tar" if path.suffix.lower() == ".tgz" else "")


def kind_of(head: bytes, name: str) -> Kind:
    """What the file is that begins so; raises ExtractionError, with advice, for what Byline does not read.

    Content wins where name and content contradict each other: a browser saves under any name.
    """
    if not head:
        raise ExtractionError("is empty")
    suffix = PurePath(name).suffix.lower()
    named = FORMATS.get(suffix)
    for offset, magic, kind in _MAGIC:
        if head.startswith(magic, offset) and (kind != "bzip2" or head[4:10] == b"1AY&SY" or named == kind):
            return kind
    if named == "pdf" and b"%PDF-" in head[:1024]:
        return "pdf"
    for offset, magic, what in _OTHERS:
        if head.startswith(magic, offset) and (magic == _RTF or not is_text(head)):
            raise ExtractionError(f"is {what}")
    return _kind_of_text(head, suffix, named)


def kind_of_zip(names: list[str]) -> Kind:
    """What a file is whose bytes are those of a zip archive; raises ExtractionError for documents of other kinds."""
    tops = {name.partition("/")[0] for name in names}
    if "[Content_Types].xml" in tops:
        for top, what in (("xl", "a spreadsheet"), ("ppt", "a presentation")):
            if top in tops:
                raise ExtractionError(f"is {what}; save its text as .docx or .pdf")
        return "docx"
    if "META-INF" in tops and "mimetype" in tops:
        raise ExtractionError("is an e-book or an OpenDocument file; save it as .docx or .pdf")
    return "zip"


def _kind_of_text(head: bytes, suffix: str, named: Kind | None) -> Kind:
    text = head.decode(wide_encoding(head) or "latin-1", "ignore").removeprefix("\ufeff").removeprefix("ï»¿")
    if _PAGE.match(text):
        return "page"
    if _MHTML.match(text):
        raise ExtractionError("is a web page saved as one file (MHTML); save it as 'web page, HTML only'")
    if named in (None, "plain", "json", "jsonl") and _OBJECT.match(text):
        return _kind_of_json(text, named)
    if named in ("plain", "markdown", "page", "json", "jsonl", "tar"):  # tar: early ones have no magic
        return cast(Kind, named)
    if named is not None:
        raise ExtractionError(f"is named {suffix} and is none; is it damaged?")
    if suffix == "" and (is_text(head) or wide_encoding(head)):
        return "plain"
    raise ExtractionError(f"is of a format that Byline does not read; it reads {', '.join(FORMATS)}")


def _kind_of_json(text: str, named: Kind | None) -> Kind:
    """Tell objects line by line from one object or a list, both of which go by both suffixes."""
    first, _, rest = text.lstrip().partition("\n")
    if first.startswith("[") or first.strip() == "{":
        return "json"
    try:
        whole = isinstance(json.loads(first, strict=False), dict)
    except (ValueError, RecursionError):  # damaged, or longer than what is looked at
        return "jsonl" if named == "jsonl" else "json"
    return "jsonl" if whole and (named == "jsonl" or rest.lstrip().startswith("{")) else "json"
