"""How many threads multiply: one for each search, where many go on at once; all but one, where others search."""

import os
import sys

from threadpoolctl import threadpool_limits


def alone() -> None:
    """Let the calling thread multiply by itself from now on, in all libraries that are loaded.

    Several threads for one search are faster only while nothing else is asked; otherwise they wait for each other,
    spinning.
    """
    _limit(1)


def aside() -> None:
    """Leave a processor to others from now on: threads that share a task are as slow as the one that has to wait."""
    _limit(max(1, (os.cpu_count() or 1) - 1))


def _limit(threads: int) -> None:
    """OpenMP keeps the number for each thread, OpenBLAS for the process; torch sets OpenMP's anew in each thread."""
    threadpool_limits(threads)
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(threads)
