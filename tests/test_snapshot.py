"""A snapshot comes back as it was written, or is found out."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from embeddings import snapshot
from embeddings.errors import SnapshotDamaged
from embeddings.snapshot import Blocks

ARRAYS = npst.arrays(
    dtype=st.sampled_from(["int64", "int32", "uint16", "uint8", "float32", "float64", "bool"]),
    shape=npst.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=20),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "index.snapshot"


@given(st.dictionaries(st.text(max_size=8), ARRAYS, max_size=5), st.dictionaries(st.text(), st.integers() | st.text()))
def test_round_trip(
    tmp_path_factory: pytest.TempPathFactory, arrays: dict[str, npt.NDArray[Any]], manifest: dict[str, int | str]
) -> None:
    path = tmp_path_factory.getbasetemp() / "round-trip.snapshot"
    snapshot.write(path, manifest, arrays)
    stored = snapshot.read(path)
    assert stored.manifest == manifest
    assert list(stored.arrays) == list(arrays)
    for name, array in arrays.items():
        assert stored.arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(stored.arrays[name], array, strict=True)


def test_no_arrays_and_no_manifest(path: Path) -> None:
    snapshot.write(path, {}, {})
    stored = snapshot.read(path)
    assert (stored.manifest, stored.arrays) == ({}, {})


def test_arrays_start_aligned_and_cannot_be_written(path: Path) -> None:
    snapshot.write(path, {"odd": "x" * 13}, {"a": np.arange(3, dtype=np.uint8), "b": np.arange(5.0)})
    stored = snapshot.read(path)
    assert all(array.ctypes.data % 64 == 0 for array in stored.arrays.values())
    with pytest.raises(ValueError, match="read-only"):
        stored.arrays["b"][0] = 1


def test_not_contiguous_arrays_are_written_in_their_order(path: Path) -> None:
    matrix = np.arange(12).reshape(3, 4)
    snapshot.write(path, {}, {"columns": matrix.T, "every other": matrix[:, ::2]})
    stored = snapshot.read(path)
    np.testing.assert_array_equal(stored.arrays["columns"], matrix.T)
    np.testing.assert_array_equal(stored.arrays["every other"], matrix[:, ::2])


def test_blocks_become_one_array(path: Path) -> None:
    matrix = np.arange(30, dtype=np.float32).reshape(10, 3)
    blocks = (matrix[start:end] for start, end in [(0, 4), (4, 4), (4, 10)])
    snapshot.write(path, {}, {"before": np.ones(1), "matrix": Blocks("float32", (10, 3), blocks), "after": np.ones(2)})
    stored = snapshot.read(path)
    np.testing.assert_array_equal(stored.arrays["matrix"], matrix, strict=True)
    np.testing.assert_array_equal(stored.arrays["after"], np.ones(2))


def test_every_changed_byte_is_found(path: Path) -> None:
    whole = written(path)
    for place in range(len(whole)):
        for bits in (0x01, 0x80, 0xFF):
            changed = bytearray(whole)
            changed[place] ^= bits
            path.write_bytes(changed)
            with pytest.raises(SnapshotDamaged):
                snapshot.read(path)


def test_every_length_but_the_whole_is_found(path: Path) -> None:
    whole = written(path)
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(SnapshotDamaged):
            snapshot.read(path)
    path.write_bytes(whole + b"\0")
    with pytest.raises(SnapshotDamaged):
        snapshot.read(path)


def test_a_missing_file_is_missing(path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        snapshot.read(path)


def test_a_reader_keeps_what_it_mapped_when_the_file_is_replaced(path: Path) -> None:
    written(path)
    stored = snapshot.read(path)
    snapshot.write(path, {}, {"numbers": np.zeros(1000)})
    np.testing.assert_array_equal(stored.arrays["numbers"], np.arange(7))


def test_failing_half_way_leaves_the_old_file_and_nothing_beside_it(path: Path) -> None:
    whole = written(path)

    def blocks() -> Iterator[npt.NDArray[Any]]:
        yield np.zeros(4)
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        snapshot.write(path, {}, {"numbers": Blocks("float64", (8,), blocks())})
    assert path.read_bytes() == whole
    assert list(path.parent.iterdir()) == [path]


KILLED = """
import os, signal, sys
from pathlib import Path
import numpy as np
from embeddings import snapshot

def kill(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def blocks():
    yield np.zeros(1 << 16)
    kill()

if sys.argv[2] == "writing":
    numbers = snapshot.Blocks("float64", (1 << 17,), blocks())
else:
    numbers, Path.rename = np.zeros(1 << 17), kill
snapshot.write(Path(sys.argv[1]), {}, {"numbers": numbers})
"""


@pytest.mark.parametrize("moment", ["writing", "before the rename"])
def test_killed_before_the_rename_leaves_the_old_file(path: Path, moment: str) -> None:
    whole = written(path)
    root = Path(__file__).parents[1]
    ended = subprocess.run([sys.executable, "-c", KILLED, str(path), moment], cwd=root, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert path.read_bytes() == whole
    snapshot.write(path, {}, {"numbers": np.ones(2)})
    np.testing.assert_array_equal(snapshot.read(path).arrays["numbers"], np.ones(2))


def written(path: Path) -> bytes:
    arrays: dict[str, npt.NDArray[Any]] = {
        "numbers": np.arange(7),
        "none": np.zeros((0, 3), dtype=np.float32),
        "bytes": np.arange(5, dtype=np.uint8),
    }
    snapshot.write(path, {"seq": 3}, arrays)
    return path.read_bytes()
