"""How much is under way at once: beyond it a request is refused at once, which is better than all of them waiting."""

from collections.abc import Iterator
from contextlib import contextmanager

from service.errors import Overloaded


class Places:
    """Counts what is under way, in one event loop."""

    def __init__(self, most: int | None = None) -> None:
        """None for no limit."""
        self.most = most
        self.under_way = 0

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold a place. Raises Overloaded when there is none."""
        if self.most is not None and self.under_way >= self.most:
            raise Overloaded
        self.under_way += 1
        try:
            yield
        finally:
            self.under_way -= 1
