"""Keeping a collection in step with folders: look, compare with what was read, take in, let go, wait for a change."""

import os
import time
from collections.abc import Callable, Container, Generator, Iterable, Iterator, Mapping, Set
from pathlib import Path

from msgspec import Struct

from embeddings.catalog import Outcome
from embeddings.catalog.files import FileRead, FileStamp, Moved, WatchedFiles
from embeddings.collection import Collection
from embeddings.doorbell import Doorbell
from embeddings.encoder import Encoder
from embeddings.errors import IngestRunning
from embeddings.extract import Record, Rejected
from embeddings.extract.reading import printable
from embeddings.finding import Found, find
from embeddings.ingest import Ingested, Ingester
from embeddings.sources import Sources
from embeddings.watching import Look, Watch

_LOOK_EVERY_S = 30.0
"""Not every file system gives notice of changes."""
_SOON_S = 2.0
"""How soon to look again while something is the matter: another ingest is writing, or a folder is missing."""
_FILES_AT_ONCE = 256


class Taken(Struct, frozen=True, kw_only=True, tag_field="type", tag="article"):
    """An article came in, or might have."""

    file: str
    article_id: str
    outcome: Outcome
    passages: int


class Refused(Struct, frozen=True, kw_only=True, tag_field="type", tag="rejected"):
    """A file or record that is no article."""

    where: str
    reason: str


class Withdrawn(Struct, frozen=True, kw_only=True, tag_field="type", tag="withdrawn"):
    """No file carries the article any more."""

    article_id: str
    title: str


class Restored(Struct, frozen=True, kw_only=True, tag_field="type", tag="restored"):
    """A file carries the article again that was withdrawn because none did."""

    article_id: str
    title: str


class Notice(Struct, frozen=True, kw_only=True, tag_field="type", tag="notice"):
    """What whoever watches should know."""

    message: str


class InStep(Struct, frozen=True, kw_only=True, tag_field="type", tag="in_step"):
    """All was looked through once; from now on there is only what changes."""

    files: int
    skipped: int
    """Files of other formats."""


Change = Taken | Refused | Withdrawn | Restored | Notice | InStep


class Follower:
    """Keeps a collection in step with folders; other processes may ingest into it between its turns."""

    def __init__(
        self,
        collection: Collection,
        encoder: Encoder,
        folders: Iterable[Path],
        *,
        settle_s: float,
        allow_empty: bool = False,
        readmit: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """For `settle_s` and `allow_empty` see Watch, for `readmit` Ingester. Raises IndexMismatch."""
        self._collection = collection
        self._files = WatchedFiles(collection.catalog)
        self._ingester = Ingester(collection, encoder, readmit=readmit)
        self._reverting = Ingester(collection, encoder, readmit=readmit, revert=True)
        self._folders = {_name(path): path for path in (Path(os.path.realpath(folder)) for folder in folders)}
        self._watch = Watch(list(self._folders), settle_s=settle_s, allow_empty=allow_empty)
        self._settle_s = settle_s
        self._clock = clock
        self._busy = False
        self._said: Set[str] = frozenset()
        """What is the matter and was said, so that it is said once."""

    def follow(self) -> Iterator[Change]:
        """Bring the collection in step and keep it so, until KeyboardInterrupt; what is yielded is stored."""
        bell, started, in_step = Doorbell(), self._clock(), False
        try:
            while True:
                found = self.look_through()
                if bell.listen(found.folders):
                    found = self.look_through()  # for what happened before it listened
                again_s = yield from self.turn(found)
                if not in_step and not self._busy and self._clock() - started >= self._settle_s:
                    in_step = True
                    yield InStep(files=len(found.files), skipped=found.skipped)
                bell.wait(again_s)
        finally:
            bell.close()

    def look_through(self) -> Found:
        """Find what the folders hold, those that are there."""
        return find(path for path in self._folders.values() if os.path.isdir(path))

    def turn(self, found: Found) -> Generator[Change, None, float]:
        """Do what is to be done now, and return after how many seconds to look again even if nothing happens."""
        paths = {_name(path): path for path in found.files}
        look, read = self._look(found, paths), self._files.below(self._folders)
        steps = self._watch.steps(look, read, self._clock())
        matters: dict[str, Change] = {name: self._doubt(name, look) for name in steps.doubtful}
        matters |= {each.where: Refused(where=each.where, reason=each.reason) for each in found.rejected()}
        try:
            for start in range(0, len(steps.read), _FILES_AT_ONCE):
                some = steps.read[start : start + _FILES_AT_ONCE]
                yield from self._take({paths[name]: name for name in some}, look, read)
            yield from self._moved(self._files.gone(steps.gone))
            self._busy = False
        except IngestRunning:
            self._busy = True
            matters["busy"] = Notice(message="another ingest is writing to this collection; waiting for it")
        yield from (change for matter, change in matters.items() if matter not in self._said)
        self._said = matters.keys()
        return min(steps.again_s or _LOOK_EVERY_S, _SOON_S if self._busy or steps.doubtful else _LOOK_EVERY_S)

    def _look(self, found: Found, paths: Mapping[str, Path]) -> Look:
        stamps = {name: _stamp(path) for name, path in paths.items()}
        return Look(
            files={name: stamp for name, stamp in stamps.items() if stamp is not None},
            missing=[name for name, path in self._folders.items() if not os.path.isdir(path)],
            closed=[_name(folder) for folder, _ in found.unreadable],
        )

    def _take(self, some: Mapping[Path, str], look: Look, read: Container[str]) -> Iterator[Change]:
        """Ingest files, and remember what they carry."""
        carried: dict[Path, set[str]] = {path: set() for path in some}
        superseded: dict[Path, dict[str, Taken]] = {path: {} for path in some}
        damaged = set()
        sources = Sources(some, self._ingester.known)
        for result in self._ingester.ingest(sources.records()):
            file = sources.origin(result).file
            if isinstance(result, Rejected):
                damaged.add(file)
                yield Refused(where=result.where, reason=result.reason)
            elif result.outcome == "superseded":
                superseded[file][result.article_id] = taken(result, file)
            else:
                carried[file].add(result.article_id)
                yield taken(result, file)
        moved = self._files.read(
            [
                FileRead(
                    path=name,
                    stamp=look.files[name],
                    articles=frozenset(carried[path] | superseded[path].keys()),
                    whole=path not in damaged,
                )
                for path, name in some.items()
            ]
        )
        for path, name in some.items():
            earlier = superseded[path].keys() - carried[path]
            back = {id for id in earlier if (name in read or id in moved.restored) and self._files.alone(id)}
            yield from (superseded[path][id] for id in superseded[path].keys() - back)
            if back:
                yield from self._reverted(path, back)
        yield from self._moved(moved)

    def _reverted(self, path: Path, ids: Container[str]) -> Iterator[Change]:
        """Let articles say what they said before, because the only file that carries them does so again."""
        records = Sources([path], self._reverting.known).records()
        wanted = (each for each in records if isinstance(each, Record) and each.article.id in ids)
        for result in self._reverting.ingest(wanted):
            if isinstance(result, Ingested):
                yield taken(result, path)

    def _moved(self, moved: Moved) -> Iterator[Change]:
        for id in moved.restored:
            yield Restored(article_id=id, title=self._collection.catalog.article(id).title)
        for id in moved.withdrawn:
            yield Withdrawn(article_id=id, title=self._collection.catalog.article(id).title)

    def _doubt(self, name: str, look: Look) -> Notice:
        what = "is missing" if name in look.missing else "lost all its files at once"
        return Notice(
            message=f"{name} {what}, so nothing is withdrawn, in case it is only out of reach; if that is meant, "
            "stop, and run this again with --allow-empty"
        )


def taken(result: Ingested, file: Path) -> Taken:
    """An article of a file that came in."""
    return Taken(file=printable(file), article_id=result.article_id, outcome=result.outcome, passages=result.passages)


def _name(path: Path) -> str:
    """A path as the catalog keeps it: names need not be UTF-8."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _stamp(path: Path) -> FileStamp | None:
    for look in (os.stat, os.lstat):
        try:
            seen = look(path)
        except OSError:
            continue
        # The second says when it was last renamed or written to, whatever time it was given.
        return FileStamp(seen.st_size, max(seen.st_mtime_ns, seen.st_ctime_ns))
    return None
