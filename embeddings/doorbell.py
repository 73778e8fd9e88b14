"""Waiting until something happens in folders: the operating system's notices of changes, where it gives them."""

import logging
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

logger = logging.getLogger(__name__)

_TICK_S = 0.1
_CALM_S = 1.0
"""Notices are gathered until there was none for a tick, but no longer than this."""


class Doorbell:
    """Rings when something was changed, added or removed in one of the folders. It may ring for nothing."""

    def __init__(self) -> None:
        self._listened_at: dict[Path, int] = {}
        self._notices: Iterator[object] | None = None

    def listen(self, folders: Sequence[Path]) -> bool:
        """Take notice of what happens in these folders, not in those below; tell whether they are others than before.

        A folder in the place of another is another. What happened there before was not noticed.
        """
        present = {folder: number for folder in folders if (number := _number(folder)) is not None}
        if present == self._listened_at:
            return False
        self.close()
        self._listened_at = present
        if present:
            self._notices = _notices(list(present))
            self._ring()
        return True

    def wait(self, seconds: float) -> None:
        """Return when it rings, or after so many seconds. Raises KeyboardInterrupt."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if self._notices is None:
                time.sleep(left)
            elif self._ring():
                return

    def close(self) -> None:
        """Listen no more."""
        self._notices = None
        self._listened_at = {}

    def _ring(self) -> bool:
        """Tell after a moment whether anything was noticed."""
        if self._notices is None:
            return False
        try:
            return bool(next(self._notices))
        except (OSError, RuntimeError) as error:
            # Too many folders, say. Whoever waits looks from time to time anyway.
            logger.warning("changes will be found late, because the system gives no notice of them: %s", error)
            self._notices = None
            return False


def _notices(folders: list[Path]) -> Iterator[object]:
    from watchfiles import watch

    return watch(
        *folders,
        watch_filter=None,
        debounce=int(_CALM_S * 1000),
        rust_timeout=int(_TICK_S * 1000),
        yield_on_timeout=True,
        recursive=False,  # by itself it would follow links, out of the folder and round in circles
    )


def _number(folder: Path) -> int | None:
    try:
        return os.stat(folder).st_ino
    except OSError:
        return None
