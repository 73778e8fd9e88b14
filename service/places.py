"""How much is under way at once: beyond it a request is refused at once, which is better than all of them waiting."""

from collections.abc import Iterator
from contextlib import contextmanager

from service.errors import Overloaded
from service.observer import Observer


class Places:
    """Counts what is under way, in one event loop."""

    def __init__(self, most: int | None = None) -> None:
        """None for no limit."""
        self.most = most
        self.under_way = 0
        self.observer = Observer()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold a place. Raises Overloaded when there is none."""
        if self.most is not None and self.under_way >= self.most:
            self.observer.refused()
            raise Overloaded
        self._change(1)
        try:
            yield
        finally:
            self._change(-1)

    def _change(self, by: int) -> None:
        self.under_way += by
        self.observer.under_way(self.under_way)
