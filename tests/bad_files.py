"""Files that are no articles, or were made to do harm: each by itself, in a folder with one good file among them."""

import bz2
import gzip
import io
import json
import lzma
import os
import random
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from documents import docx, pdf, picture_pdf, story, zipped
from msgspec import Struct

GOOD = "The ferry to the islands costs two euros more from August."
_LINE = json.dumps({"text": GOOD}).encode() + b"\n"
_PICTURE = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class BadFile(Struct, frozen=True):
    """A file and what is said of it."""

    name: str
    data: bytes | None
    """None for what is no regular file, or is made otherwise."""
    reason: str
    """A part of the reason for the last rejection."""
    articles: int = 0
    """How many are read from it all the same."""
    rejected: int = 1
    place: str = ""
    """What follows the name of the file."""


def bad_files() -> Iterator[BadFile]:
    """Every kind of bad file there is a rule about; made one at a time, since some are large."""
    yield from _texts()
    yield from _json()
    yield from _markup()
    yield from _documents()
    yield from _packed()
    yield from _no_files()


def write(bad: BadFile, folder: Path) -> Path:
    """Put a bad file into a folder."""
    path = folder / bad.name
    if bad.data is not None:
        path.write_bytes(bad.data)
    match bad.name:
        case "loop.txt":
            path.symlink_to(path)
        case "pipe.txt":
            os.mkfifo(path)
        case "folder.txt":
            path.mkdir()
        case "huge.txt":
            path.touch()
            os.truncate(path, 10**11)  # holds nothing, and takes no room
        case "forbidden.txt":
            path.chmod(stat.S_IWUSR)
    return path


def _texts() -> Iterator[BadFile]:
    yield BadFile("empty.txt", b"", "is empty")
    yield BadFile("blank.txt", b" \r\n\t\n", "has no text")
    yield BadFile("rubbish.txt", random.Random(1).randbytes(5000), "looks like binary data")
    yield BadFile("rubbish.html", random.Random(2).randbytes(5000), "looks like binary")
    yield BadFile("rubbish.dat", random.Random(3).randbytes(5000), "of a format that Byline does not read")
    yield BadFile("one-line-of-50-MB.txt", b"word " * 10_000_000 + b"word " * 100_000, "over 10 million characters")
    yield BadFile("picture.txt", _PICTURE + bytes(2000), "an image")
    yield BadFile("old.doc", _OLE + bytes(2000), "an old Office file")
    yield BadFile("rich.txt", b"{\\rtf1\\ansi Text.}", "a Rich Text file")


def _json() -> Iterator[BadFile]:
    yield BadFile("wrong-line-3.jsonl", _LINE * 2 + b'{"text": "a",}\n' + _LINE, "not valid JSON", 3, 1, " line 3")
    yield BadFile("wrong-line-4.json", b'{\n"title": "a",\n"text": "b",\n}', "at line 4 column 1")
    long = b'{"text": "' + b"word " * 10_000_000 + b'"}\n'
    yield BadFile("one-line-of-50-MB.jsonl", _LINE + long + _LINE, "is over 10 MB", 2, 1, " line 2")
    yield BadFile("one-line-of-50-MB.json", long, "over 10 million characters")
    yield BadFile("deep.json", b"[" * 1_000_000, "nested too deeply")
    yield BadFile("deep.jsonl", b'{"text": "a", "b": ' + b"[" * 1_000_000, "nested too deeply", 0, 1, " line 1")
    yield BadFile("digits.jsonl", b'{"text": "a", "n": ' + b"9" * 1_000_000 + b"}", "too many digits", 0, 1, " line 1")
    yield BadFile("ten-million-lists.json", b"[" + b"[]," * 10_000_000 + b"[]]", "over 2 million objects")
    yield BadFile("ten-million-lines.jsonl", b"x\n" * 10_000_000, "the rest was not read", 0, 1001)
    empty = b"\n" * 10_000_000
    yield BadFile("ten-million-empty-lines.jsonl", _LINE + empty, "over 1 million empty lines", 1, 1, " line 1")
    yield BadFile("nothing.json", b"[]", "its list is empty")


def _markup() -> Iterator[BadFile]:
    page = b"<!doctype html><html><body><article>"
    yield BadFile("million-tags.html", page + b"<b>x</b>" * 1_000_000, "elements")
    yield BadFile("million-levels.html", page + b"<div>" * 1_000_000 + b"x", "deep")
    yield BadFile("picture.html", _PICTURE + bytes(2000), "an image")
    yield BadFile("nothing.html", b"<!doctype html><html><body></body></html>", "no article text found")
    yield BadFile("90-MB.md", b"# a\n\nword *x* [b](c)\n" * 4_300_000, "over 10 million characters")
    yield BadFile("deep.md", b"---\na: " + b"[" * 60_000 + b"\n---\nBody.", "not valid YAML")
    unfolding = b"".join(b"a%d: &a%d [%s]\n" % (n, n, b", ".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 12))
    yield BadFile("unfolding.md", b"---\na0: &a0 [1]\n" + unfolding + b"---\nBody.", "100000 values")
    yield BadFile("endless.md", b"---\ntitle: a\n\nBody.", "front matter without an end")


def _documents() -> Iterator[BadFile]:
    yield BadFile("pictures.pdf", picture_pdf(), "has no text layer")
    yield BadFile("password.pdf", pdf(story(2), password="secret"), "is protected with a password")
    yield BadFile("cut.pdf", pdf(story(2))[:500], "is damaged")
    yield BadFile("text.pdf", b"This is no PDF.", "is named .pdf and is none")
    yield BadFile("100000-pages.pdf", _pdf(b"[" + b"3 0 R " * 100_000 + b"]", b"", 100_000), "over 1000 pages")
    yield BadFile("unfolding.pdf", _pdf(b"[3 0 R]", b" " * 100_000_000), "has no text layer")
    yield BadFile("endless.pdf", _pdf(b"[2 0 R]", b"", 1000), "has no text layer")
    yield BadFile("password.docx", _OLE + bytes(2000), "with a password")
    yield BadFile("sheet.docx", zipped({"[Content_Types].xml": b"", "xl/workbook.xml": b""}), "is a spreadsheet")
    yield BadFile("cut.docx", docx(story(2))[:5000], "is damaged")
    yield BadFile("unfolding.docx", _docx(b"<w:t>" + b" " * 60_000_000 + b"</w:t>"), "MB of text")
    laughs = b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 12))
    yield BadFile("laughs.docx", _docx(b"<w:t>&a11;</w:t>", b'<!ENTITY a0 "ha">' + laughs), "is damaged")
    yield BadFile("spying.docx", _docx(b"<w:t>&a;</w:t>", b'<!ENTITY a SYSTEM "file:///etc/passwd">'), "has no text")


def _packed() -> Iterator[BadFile]:
    blanks = b" " * 40_000_000
    refused = "over 250 times its size"
    yield BadFile("bomb.zip", zipped({"a.jsonl": blanks}), refused)
    yield BadFile("bomb.jsonl.gz", gzip.compress(blanks), refused)
    yield BadFile("bomb.jsonl.bz2", bz2.compress(blanks), refused)
    yield BadFile("bomb.jsonl.xz", lzma.compress(blanks, preset=1), refused)
    yield BadFile("shared.zip", _shared_zip(b" " * 1_000_000, 20_000), refused)
    nested = zipped({"a.txt": b"x"})
    for level in range(8):
        nested = zipped({f"{level}.zip": nested})
    yield BadFile("nested.zip", nested, "inside 4 others", 0, 1, " > 7.zip > 6.zip > 5.zip > 4.zip")
    yield BadFile("members.zip", _shared_zip(b"x", 100_001), "over 100000 files")
    yield BadFile("password.zip", _locked(zipped({"a.txt": GOOD.encode()})), "is protected with a password")
    yield BadFile("cut.zip", zipped({"a.txt": GOOD.encode()})[:-40], "is damaged")
    prose = gzip.compress(random.Random(4).randbytes(3000).hex().encode())
    sound = gzip.compress(_LINE * 10_000)
    yield BadFile("cut.jsonl.gz", sound[: len(sound) // 2], "is cut off", -1, 1)
    yield BadFile("damaged.txt.gz", prose[:2000] + bytes(100) + prose[2100:], "is damaged")
    yield BadFile("empty.txt.gz", gzip.compress(b""), "is empty")
    yield BadFile("picture.zip", zipped({"a.html": _PICTURE}), "an image", 0, 1, " > a.html")
    header = tarfile.TarInfo("././@LongLink")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 10**12
    yield BadFile("note.tar", header.tobuf(tarfile.GNU_FORMAT) + bytes(2000), "a header is too large")


def _no_files() -> Iterator[BadFile]:
    yield BadFile("loop.txt", None, "Too many levels of symbolic links")
    yield BadFile("pipe.txt", None, "it is not a file")
    yield BadFile("folder.txt", None, "it is not a file")
    yield BadFile("gone.txt", None, "No such file")
    yield BadFile("huge.txt", None, "is over 100 MB")
    if os.geteuid() != 0:  # who may read everything
        yield BadFile("forbidden.txt", b"x", "Permission denied")


def _pdf(kids: bytes, content: bytes, count: int = 1) -> bytes:
    """A PDF written by hand; nobody's writer makes such ones."""
    packed = zlib.compress(content)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids%s/Count %d>>" % (kids, count),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 600]/Contents 4 0 R>>",
        b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(packed), packed),
    ]
    written = b"%PDF-1.4\n"
    places = []
    for number, each in enumerate(objects, start=1):
        places.append(len(written))
        written += b"%d 0 obj%s endobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(written)
    return written + b"xref\n0 5\n0000000000 65535 f \n%strailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        table,
        start,
    )


def _docx(inner: bytes, entities: bytes = b"") -> bytes:
    """A Word document whose main part is this."""
    stream = io.BytesIO(docx([]))
    with zipfile.ZipFile(stream) as sound:
        parts = {name: sound.read(name) for name in sound.namelist()}
    space = b'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    start = b"<!DOCTYPE x [%s]>" % entities if entities else b""
    parts["word/document.xml"] = start + b"<w:document %s><w:body><w:p><w:r>%s</w:r></w:p></w:body></w:document>" % (
        space,
        inner,
    )
    return zipped(parts)


def _shared_zip(data: bytes, count: int) -> bytes:
    """A zip archive whose members are all the same bytes (Fifield, A better zip bomb, WOOT 2019)."""
    archive = zipped({"a.jsonl" if len(data) > 1 else "a.txt": data})
    start, end = archive.find(b"PK\x01\x02"), archive.find(b"PK\x05\x06")
    directory = archive[start:end] * count
    tail = bytearray(archive[end:])
    tail[8:12] = (count % 65536).to_bytes(2, "little") * 2
    tail[12:16] = len(directory).to_bytes(4, "little")
    return archive[:start] + directory + bytes(tail)


def _locked(archive: bytes) -> bytes:
    """The archive with the flag set that says that its members are encrypted."""
    locked = bytearray(archive)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.find(signature) + offset] |= 1
    return bytes(locked)
