"""Archives (.zip, .tar) and packed files (.gz, .bz2, .xz): what is inside is read in turn, never written to disk."""

import bz2
import gzip
import io
import lzma
import stat
import tarfile
import zipfile
from collections.abc import Callable, Container, Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, BinaryIO

from embeddings.errors import ExtractionError
from embeddings.extract.media_types import Kind, supported
from embeddings.extract.normalise import one_line
from embeddings.extract.reading import Rejected, Result, Skipped

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

DEEPEST = 4
"""Archives within each other; `.tar.gz` counts twice."""
MOST_MEMBERS = 100_000
HIGHEST_RATIO = 250
"""Times that a file may grow in unpacking. News grows four times, the pages of one outlet in one block fifty times."""
_FREE = 30_000_000
"""Bytes that may come out whatever went in."""
_LARGEST_DIRECTORY = 30_000_000
_LARGEST_NOTE = 1_000_000
_WINDOW = 200_000_000
_CHUNK = 1 << 16
_LONGEST_NAME = 200

ReadMember = Callable[[BinaryIO, str, str], Iterator[Result]]
"""Reads a stream, given where it is for messages, and its own name."""


class Broken(OSError):
    """A member of an archive cannot be read to its end; says why."""


class Exhausted(Broken):
    """So much came out of an archive that nothing more will be read from it."""


class Unpacking:
    """What may come out of one file, at all levels together, and what has."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._produced = 0

    def count(self, produced: int) -> None:
        """Add up what came out; raises Exhausted when it is out of all proportion to what went in."""
        self._produced += produced
        if self._produced > _FREE and self._produced > HIGHEST_RATIO * self._file.tell():
            raise Exhausted(f"unpacks to over {HIGHEST_RATIO} times its size, as archives do that are made to do harm")


def unpack(
    stream: BinaryIO, where: str, name: str, unpacking: Unpacking, read: ReadMember, kind: Kind
) -> Iterator[Result]:
    """Each result of what is packed in a file of one of the kinds gzip, bzip2 and xz."""
    chunks = {"gzip": _gunzipped, "bzip2": _bunzipped, "xz": _unxzed}[kind](stream)
    with _opened(chunks, unpacking) as inside:
        try:
            yield from read(inside, where, name)
        except Exhausted:
            raise
        except Broken as error:
            yield Rejected(where=where, reason=str(error))


def read_tar(stream: BinaryIO, where: str, unpacking: Unpacking, read: ReadMember) -> Iterator[Result]:
    """Each result of the files in a tar archive, in its order, in one pass."""
    names: set[str] = set()
    try:
        with tarfile.open(fileobj=stream, mode="r|", tarinfo=_TarInfo) as archive:
            for number, member in enumerate(archive, start=1):
                names.add(member.name)
                if number > MOST_MEMBERS:
                    raise ExtractionError(f"holds over {MOST_MEMBERS} files; divide it")
                file = archive.extractfile(member) if member.isreg() else None
                if file is not None:
                    yield from _member(member.name, names, where, _opened(_chunks(file.read), unpacking), read)
    except OSError:
        raise
    except Exception as error:
        yield Rejected(where=where, reason=reason_for_damage(error))


def open_zip(stream: BinaryIO) -> zipfile.ZipFile:
    """The archive; raises ExtractionError when it is damaged or too large to be looked through."""
    try:
        _check_directory(stream)
        return zipfile.ZipFile(stream)
    except OSError:
        raise
    except Exception as error:
        raise ExtractionError(reason_for_damage(error)) from None


def read_zip(archive: zipfile.ZipFile, where: str, unpacking: Unpacking, read: ReadMember) -> Iterator[Result]:
    """Each result of the files in a zip archive."""
    members = [member for member in archive.infolist() if not member.is_dir() and not _is_link(member)]
    names = {member.filename for member in members}
    readable = [member for member in members if _is_visible(member.filename)]
    if len(members) > MOST_MEMBERS:
        yield Rejected(where=where, reason=f"holds over {MOST_MEMBERS} files; divide it")
    elif readable and all(member.flag_bits & 1 for member in readable):
        yield Rejected(where=where, reason="is protected with a password; unpack it, or pack it without one")
    else:
        for member in readable:
            yield from _member(member.filename, names, where, _opened(_unzipped(archive, member), unpacking), read)


def is_asset(name: str, names: Container[str]) -> bool:
    """Tell whether a file lies in the folder that a browser saves beside a page: `page_files/` beside `page.html`."""
    folders = (str(folder) for folder in PurePosixPath(name).parents)
    pages = (folder.removesuffix("_files") for folder in folders if folder.endswith("_files"))
    return any(page + suffix in names for page in pages for suffix in (".html", ".htm"))


def _member(name: str, names: Container[str], where: str, stream: BinaryIO, read: ReadMember) -> Iterator[Result]:
    if not _is_visible(name):
        return
    inside = f"{where} > {_shown(name)}"
    if not supported(PurePosixPath(name)) or is_asset(name, names):
        yield Skipped(where=inside)
        return
    try:
        with stream:
            yield from read(stream, inside, PurePosixPath(name).name)
    except Exhausted:
        raise
    except Broken as error:
        yield Rejected(where=inside, reason=str(error))


def _is_visible(name: str) -> bool:
    """Tell files from what systems keep about them: hidden ones, and what macOS puts beside every file."""
    return not any(part == "__MACOSX" or (part.startswith(".") and part.strip(".")) for part in name.split("/"))


def _is_link(member: zipfile.ZipInfo) -> bool:
    return stat.S_ISLNK(member.external_attr >> 16)


def _shown(name: str) -> str:
    """The name of a member as it may be printed: it is whatever the maker of the archive wrote."""
    name = name if len(name) <= _LONGEST_NAME else f"…{name[-_LONGEST_NAME:]}"
    return "".join(character if character.isprintable() else "\ufffd" for character in name)


class _Unpacked(io.RawIOBase):
    """The bytes that come out of an unpacker, whose failures become Broken, and which are counted."""

    def __init__(self, chunks: Iterator[bytes], unpacking: Unpacking) -> None:
        super().__init__()
        self._chunks = chunks
        self._unpacking = unpacking
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        room = memoryview(buffer).cast("B")
        if not self._ready:
            self._ready = self._next()
            self._unpacking.count(len(self._ready))
        part, self._ready = self._ready[: len(room)], self._ready[len(room) :]
        room[: len(part)] = part
        return len(part)

    def _next(self) -> bytes:
        try:
            return next(self._chunks, b"")
        except OSError as error:
            if error.errno is not None or isinstance(error, Broken):  # of the disk, or of the archive around this one
                raise
            raise Broken(reason_for_damage(error)) from None
        except Exception as error:  # unpackers meet damage with errors of many types
            raise Broken(reason_for_damage(error)) from None


def _opened(chunks: Iterator[bytes], unpacking: Unpacking) -> BinaryIO:
    return io.BufferedReader(_Unpacked(chunks, unpacking), _CHUNK)


def _chunks(read: Callable[[int], bytes]) -> Iterator[bytes]:
    return iter(lambda: read(_CHUNK), b"")


def _unzipped(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(member) as file:
        yield from _chunks(file.read)


def _gunzipped(stream: BinaryIO) -> Iterator[bytes]:
    with gzip.GzipFile(fileobj=stream) as file:
        yield from _chunks(file.read1)


def _bunzipped(stream: BinaryIO) -> Iterator[bytes]:
    return _decompressed(stream, bz2.BZ2Decompressor)


def _unxzed(stream: BinaryIO) -> Iterator[bytes]:
    return _decompressed(stream, lambda: lzma.LZMADecompressor(memlimit=_WINDOW))  # which LZMAFile cannot be told


def _decompressed(
    stream: BinaryIO, decompressor: Callable[[], bz2.BZ2Decompressor | lzma.LZMADecompressor]
) -> Iterator[bytes]:
    """The chunks of one packed stream after another, as files hold them that were packed in parts."""
    data = stream.read(_CHUNK)
    while data.strip(b"\0"):
        current = decompressor()
        while not current.eof:
            yield from filter(None, [current.decompress(data, _CHUNK)])
            data = b""
            if current.needs_input and not current.eof:
                data = stream.read(_CHUNK)
                if not data:
                    raise EOFError
        data = current.unused_data or stream.read(_CHUNK)


class _TarInfo(tarfile.TarInfo):
    """A header whose notes (long names and the like, which tarfile holds whole) are of a bounded size."""

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        notes = (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE, tarfile.XGLTYPE)
        if self.type in (*notes, tarfile.SOLARIS_XHDTYPE) and self.size > _LARGEST_NOTE:
            raise tarfile.ReadError("a header is too large")
        return super()._proc_member(archive)  # type: ignore[misc, no-any-return]


def _check_directory(stream: BinaryIO) -> None:
    """Refuse a list of members that would not fit into memory; zipfile holds it whole, whatever it says of itself."""
    end = zipfile._EndRecData(stream)  # type: ignore[attr-defined]
    if end and end[zipfile._ECD_SIZE] > _LARGEST_DIRECTORY:  # type: ignore[attr-defined]
        raise ExtractionError(f"holds over {MOST_MEMBERS} files; divide it")


def reason_for_damage(error: Exception) -> str:
    """What is said of an archive, or a part of one, whose unpacking ended with this error."""
    match error:
        case ExtractionError():
            return str(error)
        case EOFError():
            return "is cut off: its end is missing"
        case NotImplementedError():
            return "is packed by a method that Byline does not read; pack it by the usual one"
        case RuntimeError():
            return "is protected with a password; unpack it, or pack it without one"
        case _:
            return f"is damaged: {one_line(str(error))[:200] or type(error).__name__}"
