"""Bytes become text here, before anything reads them: UTF-8 when they can be, else the likeliest other encoding."""

import codecs
import io
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO

from embeddings.errors import ExtractionError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its mark begins with the same two bytes
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 1 << 16
_CONTROLS = bytes(set(range(0x20)) - set(b"\t\n\r\f"))
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f]")
_DECLARED = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w:.-]{2,40})""", re.IGNORECASE)
_ENCODINGS = ("windows", "cp", "iso", "koi8", "mac", "shift", "sjis", "euc", "big5", "gb", "tis")  # no UTF, no "hex"
_BEYOND_ASCII = re.compile("[^\x00-\x7f\ufffd]")


def decode(data: bytes) -> str:
    """The text of a plain file; raises ExtractionError when it is none."""
    return _first(data, _marked, _utf8, _guessed)


def decode_line(data: bytes) -> str:
    """The text of one line of many, where guessing an encoding line by line would be slow and inconsistent."""
    return _first(data, _utf8, _western)


def decode_page(data: bytes) -> str:
    """The text of a web page. Valid UTF-8 beats the encoding it declares, which is often left from before saving."""
    return _first(data, _marked, _utf8, _declared, _guessed)


def wide_encoding(data: bytes) -> str | None:
    """The form of UTF-16 or UTF-32 that these bytes open in, by their mark, or by where the zeros of ASCII stand."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding if encoding != "utf-8" else None
    sample = data[: min(_SAMPLE, len(data) & ~3)]
    zeros = tuple(sample[place::2].count(0) for place in (0, 1))
    if min(zeros) or not max(zeros):
        return None
    encoding = "utf-16-le" if zeros[1] else "utf-16-be"
    return encoding if is_text(sample, encoding) and max(zeros) > len(sample) // 40 else None


def is_text(data: bytes, encoding: str = "utf-8") -> bool:
    """Tell whether the beginning of a file is sound text; it may end within a character."""
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(data[:_SAMPLE])
    except UnicodeDecodeError:
        return False
    return not _CONTROL.search(text)


def as_utf8(stream: BinaryIO, encoding: str, begun: bytes) -> BinaryIO:
    """The same text as a stream of UTF-8, recoded while it is read; `begun` has been read of it already."""
    return io.BufferedReader(_Recoded(stream, encoding, begun))


def refuse_binary(data: bytes) -> None:
    """Raise ExtractionError if control characters are more than a slip; a stray NUL is taken out later."""
    sample = data[:_SAMPLE]
    controls = len(sample) - len(sample.translate(None, _CONTROLS))
    if controls > max(8, len(sample) // 50):
        raise ExtractionError("looks like binary data, not text; convert it to one of the formats that Byline reads")


class _Recoded(io.RawIOBase):
    """Bytes of UTF-16 or UTF-32 in, bytes of UTF-8 out."""

    def __init__(self, stream: BinaryIO, encoding: str, begun: bytes) -> None:
        super().__init__()
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._ready = self._decoder.decode(begun).encode("utf-8", "replace")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        room = memoryview(buffer).cast("B")
        while not self._ready:
            data = self._stream.read(_SAMPLE)
            self._ready = self._decoder.decode(data, final=not data).encode("utf-8", "replace")
            if not data and not self._ready:
                return 0
        part, self._ready = self._ready[: len(room)], self._ready[len(room) :]
        room[: len(part)] = part
        return len(part)


def _first(data: bytes, *readings: Callable[[bytes], str | None]) -> str:
    return next(text for reading in readings if (text := reading(data)) is not None)


def _marked(data: bytes) -> str | None:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    wide = wide_encoding(data)
    if wide:
        return data.decode(wide, "replace")
    refuse_binary(data)
    return None


def _utf8(data: bytes) -> str | None:
    """The text if it is UTF-8, or was before a few bytes were damaged: read as cp1252 that would spoil every accent."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        around = data[max(0, error.start - _SAMPLE) : error.start + _SAMPLE].decode("utf-8", "replace")
        damaged = around.count("\ufffd")
        sound = len(_BEYOND_ASCII.findall(around))
        return data.decode("utf-8", "replace") if sound > 4 * damaged else None


def _declared(data: bytes) -> str | None:
    declared = _DECLARED.search(data[:4096])
    if declared is None:
        return None
    name = declared[1].decode("ascii", "replace").lower()
    if name in ("iso-8859-1", "latin1", "latin-1", "us-ascii", "ascii"):
        name = "cp1252"  # what every browser reads under these names
    try:
        return data.decode(name, "replace") if name.startswith(_ENCODINGS) else None
    except (LookupError, ValueError):
        return None


def _guessed(data: bytes) -> str:
    """The text in the encoding that suits it best.

    Where cp1252 is among those that suit, it wins: a short text in a western language suits several alike, and the
    guesser ranks others of them first.
    """
    from charset_normalizer import from_bytes

    telling = re.search(rb"[\x80-\xff]", data)
    start = telling.start() if telling else 0
    matches = from_bytes(data[start : start + _SAMPLE])
    best = matches.best()
    if best is None or any("cp1252" in match.could_be_from_charset for match in matches):
        return _western(data)
    return data.decode(best.encoding, "replace")


def _western(data: bytes) -> str:
    return data.decode("cp1252", "replace")
