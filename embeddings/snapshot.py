"""One immutable file of named arrays, from which a dense or lexical index opens without copying.

Layout: magic, length of the header, header (JSON: manifest and the place of every array), the arrays at multiples of 64
bytes, and a CRC-32 of everything before it. A file is complete under its final name or not there at all.
"""

import os
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import numpy as np
import numpy.typing as npt

from embeddings.errors import SnapshotDamaged

_MAGIC = b"BYLINE01"
_ALIGNMENT = 64
_BLOCK = 1 << 24


class Blocks(msgspec.Struct, frozen=True):
    """An array too large to hold twice: its blocks follow one another along the first axis."""

    dtype: str
    shape: tuple[int, ...]
    blocks: Iterable[npt.NDArray[Any]]


class _Place(msgspec.Struct, frozen=True):
    dtype: str
    shape: tuple[int, ...]
    offset: int


class _Header(msgspec.Struct, frozen=True):
    manifest: dict[str, Any]
    arrays: dict[str, _Place]
    size: int


class Snapshot(msgspec.Struct, frozen=True):
    """What a file holds; the arrays are read-only views of the mapped file."""

    manifest: dict[str, Any]
    arrays: dict[str, npt.NDArray[Any]]


def write(path: Path, manifest: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any] | Blocks]) -> None:
    """Write a snapshot beside `path`, force it to disk, and rename it into place."""
    places: dict[str, _Place] = {}
    offset = 0
    for name, array in arrays.items():
        shape = tuple(int(length) for length in array.shape)
        places[name] = _Place(str(array.dtype), shape, offset)
        offset += _aligned(np.dtype(array.dtype).itemsize * int(np.prod(shape, dtype=np.int64)))
    header = msgspec.json.encode(_Header(dict(manifest), places, offset))
    sibling = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with sibling.open("wb") as file:
            digest = _put(file, _MAGIC + len(header).to_bytes(8, "little") + header, 0)
            digest = _put(file, bytes(_aligned(file.tell()) - file.tell()), digest)
            for array in arrays.values():
                for block in array.blocks if isinstance(array, Blocks) else (array,):
                    digest = _put(file, _bytes(block), digest)
                digest = _put(file, bytes(_aligned(file.tell()) - file.tell()), digest)
            file.write(digest.to_bytes(4, "little"))
            file.flush()
            os.fsync(file.fileno())
        sibling.rename(path)
    finally:
        sibling.unlink(missing_ok=True)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def read(path: Path) -> Snapshot:
    """Map a snapshot, its checksum verified. Raises SnapshotDamaged, or FileNotFoundError."""
    if path.stat().st_size < len(_MAGIC) + 8 + 4:
        raise SnapshotDamaged(f"{path} is cut short")
    data = np.memmap(path, dtype=np.uint8, mode="r")
    if data[: len(_MAGIC)].tobytes() != _MAGIC:
        raise SnapshotDamaged(f"{path} is not a snapshot of this format")
    digest = 0
    for start in range(0, len(data) - 4, _BLOCK):
        digest = zlib.crc32(_bytes(data[start : min(start + _BLOCK, len(data) - 4)]), digest)
    if digest.to_bytes(4, "little") != data[-4:].tobytes():
        raise SnapshotDamaged(f"{path} does not match its checksum")
    body = len(_MAGIC) + 8
    length = int.from_bytes(data[len(_MAGIC) : body].tobytes(), "little")
    header = msgspec.json.decode(data[body : body + length].tobytes(), type=_Header)
    first = _aligned(body + length)
    arrays = {}
    for name, place in header.arrays.items():
        size = np.dtype(place.dtype).itemsize * int(np.prod(place.shape, dtype=np.int64))
        start = first + place.offset
        arrays[name] = data[start : start + size].view(place.dtype).reshape(place.shape)
    return Snapshot(header.manifest, arrays)


def _put(file: BinaryIO, data: bytes | memoryview, digest: int) -> int:
    file.write(data)
    return zlib.crc32(data, digest)


def _bytes(array: npt.NDArray[Any]) -> memoryview:
    """The bytes of an array in C order, not copied where they already lie so."""
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8).data


def _aligned(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT
