"""How many threads multiply: one for each search, where many searches go on at once."""

import sys

from threadpoolctl import threadpool_limits


def alone() -> None:
    """Let the calling thread multiply by itself from now on, in all libraries that are loaded.

    Several threads for one search are faster only while nothing else is asked; otherwise they wait for each other,
    spinning. OpenMP keeps the number for each thread, OpenBLAS for the process; torch sets OpenMP's anew in each thread
    that uses it, to what it was itself told.
    """
    threadpool_limits(1)
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)
