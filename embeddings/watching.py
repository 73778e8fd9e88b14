"""What watched folders hold, and what was read of them, to what is to be done: read this, let that go, wait."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from embeddings.catalog.files import FileStamp


class Look(Struct, frozen=True, kw_only=True):
    """What watched folders hold at one moment."""

    files: Mapping[str, FileStamp]
    """By path."""
    missing: Sequence[str] = ()
    """Watched folders that are not there."""
    closed: Sequence[str] = ()
    """Folders that could not be looked into."""


class Steps(Struct, frozen=True, kw_only=True):
    """What is to be done, in this order."""

    read: tuple[str, ...]
    """Files that are new, or others than when they were read."""
    gone: tuple[str, ...]
    """Files that were read and are there no more."""
    doubtful: tuple[str, ...]
    """Watched folders that seem to have lost all: nothing of theirs is taken for gone."""
    again_s: float | None
    """After how many seconds there may be more to do even if nothing happens; None for never."""


class Watch:
    """Decides what is to be done, look by look.

    A file is read once it has looked the same for a while, because it may still be written, and gone for good when it
    has been gone for twice as long, because it may be on its way to another place. A folder that is missing, or that
    lost all of several files at once, may only be out of reach; `allow_empty` takes that for meant.
    """

    def __init__(self, folders: Sequence[str], *, settle_s: float, allow_empty: bool) -> None:
        self._folders = folders
        self._settle_s = settle_s
        self._allow_empty = allow_empty
        self._moving: dict[str, tuple[FileStamp | None, float]] = {}
        """What differs from what was read: how it looks, None where it is gone, and since when."""

    def steps(self, look: Look, read: Mapping[str, FileStamp], now: float) -> Steps:
        """Compare a look with what was read until now, by path; `now` is in seconds, since any moment."""
        before, self._moving = self._moving, {}
        for path in read.keys() | look.files.keys():
            stamp = look.files.get(path)
            if stamp != read.get(path):
                then = before.get(path)
                self._moving[path] = then if then is not None and then[0] == stamp else (stamp, now)
        left_s = {
            path: since + self._settle_s * (2 if stamp is None else 1) - now
            for path, (stamp, since) in self._moving.items()
        }
        due = sorted(path for path, seconds in left_s.items() if seconds <= 0)
        gone = [path for path in due if path not in look.files and not lies_below(path, look.closed)]
        emptied = () if self._allow_empty else self._emptied(look, read)
        doubtful = tuple(folder for folder in emptied if any(lies_below(path, [folder]) for path in gone))
        return Steps(
            read=tuple(path for path in due if path in look.files),
            gone=tuple(path for path in gone if not lies_below(path, doubtful)),
            doubtful=doubtful,
            again_s=min((seconds for seconds in left_s.values() if seconds > 0), default=None),
        )

    def _emptied(self, look: Look, read: Mapping[str, FileStamp]) -> Iterator[str]:
        for folder in self._folders:
            held = sum(lies_below(path, [folder]) for path in read)
            holds = any(lies_below(path, [folder]) for path in look.files)
            if (held and folder in look.missing) or (held > 1 and not holds):
                yield folder


def lies_below(path: str, folders: Iterable[str]) -> bool:
    """Tell whether a path is inside one of the folders."""
    return path.startswith(tuple(os.path.join(folder, "") for folder in folders))
