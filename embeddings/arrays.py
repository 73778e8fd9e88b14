"""Shapes in names, for the encoder and the indexes."""

import numpy as np
import numpy.typing as npt

FloatVector = npt.NDArray[np.float32]
"""Unit length, shape (dim,)."""
FloatMatrix = npt.NDArray[np.float32]
"""Rows of unit length, C-contiguous, shape (n, dim)."""
Keys = npt.NDArray[np.int64]
"""Catalog keys of passages, shape (n,); never reused."""
KeyRanges = npt.NDArray[np.int64]
"""Half-open ranges of keys, ascending and disjoint, shape (n, 2)."""
Scores = npt.NDArray[np.float64]
"""Higher is better, shape (n,)."""


def within(keys: Keys, ranges: KeyRanges) -> npt.NDArray[np.bool_]:
    """Tell for each of the ascending `keys` whether one of the ranges holds it; shape (n,)."""
    edges = np.zeros(len(keys) + 1, dtype=np.int64)
    np.add.at(edges, np.searchsorted(keys, ranges[:, 0]), 1)
    np.add.at(edges, np.searchsorted(keys, ranges[:, 1]), -1)
    return np.cumsum(edges[:-1]) > 0
