"""A bar with the time that is left, on stderr and only where someone is looking."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal


@contextmanager
def progress(total: int, unit: Literal["bytes", "articles", "questions"]) -> Iterator[Callable[[int], None]]:
    """Give a function that is told how much more is done; a total of 0 means that nobody knows."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TimeElapsedColumn
    from rich.progress import TimeRemainingColumn as Left

    count = DownloadColumn() if unit == "bytes" else MofNCompleteColumn()
    columns = (BarColumn(), count, TimeElapsedColumn(), "left", Left())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total or None)
        yield lambda more: bar.advance(task, more)
