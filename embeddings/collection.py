"""A collection on disk: its catalog, and the two indexes that follow the catalog's log of changes."""

import fcntl
import logging
import re
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from msgspec import Struct

from embeddings.arrays import Keys
from embeddings.catalog import Catalog
from embeddings.catalog.lease import Lease
from embeddings.dense import DenseIndex
from embeddings.errors import CollectionNameInvalid, CollectionNotFound, LibraryError, SnapshotDamaged
from embeddings.lexical import LexicalIndex

_COLLECTIONS = "collections"
_CATALOG = "catalog.sqlite"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_APPLIED_AT_ONCE = 16_384
_PENDING_AT_LEAST = 512
_PENDING_SHARE = 0.005
_PENDING_SHARE_GROWING = 0.1
"""While an ingest goes on: whoever is interrupted in it leaves that much to the next process."""

logger = logging.getLogger(__name__)


class Indexes(Struct, frozen=True):
    """Both indexes, brought to the same change."""

    dense: DenseIndex
    lexical: LexicalIndex


class Collection:
    """A directory of its own: nothing in it refers to another collection."""

    def __init__(self, directory: Path, catalog: Catalog) -> None:
        self.directory = directory
        self.catalog = catalog
        self._indexes: Indexes | None = None
        self._view: tuple[Indexes | None, str] = None, ""
        self._files: list[int | None] = []
        self._refreshing = threading.Lock()

    @classmethod
    def open(cls, library: Path, name: str) -> "Collection":
        """Open a collection of a library. Raises CollectionNotFound, or CollectionNameInvalid."""
        directory = _directory(library, name)
        if not (directory / _CATALOG).exists():
            raise CollectionNotFound(
                f"there is no collection {name!r} in {library}; take articles in first: byline ingest PATH... "
                "(or, to try it out: byline ingest --samples)"
            )
        return cls(directory, Catalog(directory / _CATALOG))

    @classmethod
    def create(cls, library: Path, name: str) -> "Collection":
        """Open a collection of a library, made first when there is none of that name."""
        directory = _directory(library, name)
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryError(f"no collection can be made in {library}: {error.strerror}") from error
        return cls(directory, Catalog(directory / _CATALOG))

    @property
    def dense_path(self) -> Path:
        """The snapshot by meaning. It carries the catalog's id, so that it is never taken for another catalog's."""
        return self.directory / f"dense-{self.catalog.id[:12]}.snapshot"

    @property
    def lexical_path(self) -> Path:
        """The snapshot by words, named likewise."""
        return self.directory / f"lexical-{self.catalog.id[:12]}.snapshot"

    def refresh(self) -> Indexes | None:
        """Give the indexes as of the catalog's last change, or a later one; None while there never was a passage.

        What is given stays as it is, whatever is changed meanwhile, and both indexes stand at the same change.
        """
        id, seq = self.catalog.standing()
        view, viewed = self._view
        if view is not None and viewed == id and view.dense.seq >= seq:
            return view
        if not seq:
            return None
        with self._refreshing:
            known = self._indexes if self._view[1] == id else None
            indexes = self._indexes = self._reopened(known)
            last = self.catalog.seq()
            self._follow(indexes.dense, last, self.catalog.vectors)
            self._follow(indexes.lexical, last, self.catalog.indexed_texts)
            view = Indexes(indexes.dense.frozen(), indexes.lexical.frozen())
            self._view = view, id
        if known is None:
            self.compact(always=False)  # for there was no snapshot, or an interrupted ingest left much to follow
        return view

    def compact(self, *, always: bool = True, growing: bool = False) -> None:
        """Write what is in memory only into new snapshots; unless `always`, only when it has become much.

        What is much is more while an ingest is `growing` the collection: snapshots are written whole. When another
        process is at it, or nothing can be written, nothing happens: it costs time, not data.
        """
        indexes = self._indexes
        if indexes is None:
            return
        much = 0 if always else _much(indexes, _PENDING_SHARE_GROWING if growing else _PENDING_SHARE)
        if not always and max(indexes.dense.pending, indexes.lexical.pending) <= much:
            return
        try:
            with self._compacting() as ours:
                if ours:
                    self._save(much)
        except (OSError, SnapshotDamaged) as error:
            logger.warning("no new snapshots: %s", error)

    def erase(self, ids: Sequence[str]) -> list[bool]:
        """Delete all of these articles but title, outlet and date, from the indexes too; tell which were still there.

        What was deleted is not on the disk any more either, though a process that searches meanwhile may hold the old
        index files until it ends. Raises ArticleNotFound, and then nothing is erased; IngestRunning; LibraryError when
        something could not be overwritten, and then the same call again does it.
        """
        with Lease(self.catalog.path) as lease:
            erased = self.catalog.erase(ids, lease.holder)
            shutil.rmtree(self.directory / "reencoding", ignore_errors=True)  # an interrupted one has them, too
        try:
            with self._compacting(wait=True):
                if self.refresh() is not None:
                    self._save(much=0)
        except (OSError, SnapshotDamaged) as error:
            raise LibraryError(
                f"the articles are erased, but the index files could not be written anew ({error}); "
                "run the same command again"
            ) from error
        return erased

    def _save(self, much: int) -> None:
        """Write the indexes where more than `much` is in memory only; the lock is held."""
        self.refresh()  # whoever held the lock before may have erased something that is not to be written again
        self._sweep()
        if self._indexes is not None:
            saved = (self._indexes.dense, self.dense_path), (self._indexes.lexical, self.lexical_path)
            for index, path in saved:
                if index.pending > much:
                    index.save(path)

    def close(self) -> None:
        """Close the catalog."""
        self.catalog.close()

    def _reopened(self, known: Indexes | None) -> Indexes:
        """Open the snapshots: the first time, and when much is in memory that someone else has written down."""
        encoder = self.catalog.encoder()
        if encoder is None:
            raise LibraryError(f"{self.catalog.path} has passages and names no encoder; restore it from a backup")
        if known is not None and known.dense.dimension != encoder.dimension:
            known = None
        files = [_inode(path) for path in (self.dense_path, self.lexical_path)]
        if known is not None and (files == self._files or known.dense.pending <= _much(known)):
            return known
        self._files = files
        dense, lexical = DenseIndex.open(self.dense_path, encoder.dimension), LexicalIndex.open(self.lexical_path)
        last = self.catalog.seq()
        if max(dense.seq, lexical.seq) > last:
            logger.warning("the indexes are newer than the catalog, which must be an earlier copy: they are rebuilt")
            dense, lexical = DenseIndex(encoder.dimension), LexicalIndex()
            # Once the catalog has as many changes again they would pass for its own.
            for path in (self.dense_path, self.lexical_path):
                path.unlink(missing_ok=True)
        if known is not None:
            dense = max(dense, known.dense, key=lambda index: index.seq)
            lexical = max(lexical, known.lexical, key=lambda index: index.seq)
        return Indexes(dense, lexical)

    def _follow(self, index: DenseIndex | LexicalIndex, last: int, fetch: Callable[[Keys], Any]) -> None:
        """Apply what an index lacks up to the change `last`, a bounded part at a time."""
        changes = self.catalog.changes(index.seq, last)
        none = changes.added[:0]
        for start in range(0, len(changes.added), _APPLIED_AT_ONCE):
            keys = changes.added[start : start + _APPLIED_AT_ONCE]
            index.apply(index.seq, keys, fetch(keys), none)
        index.apply(changes.seq, none, fetch(none), changes.removed)

    def _sweep(self) -> None:
        """Remove the snapshots of other catalogs that stood here, and what a killed process had half written."""
        for path in self.directory.glob("*.snapshot*"):
            if path not in (self.dense_path, self.lexical_path):
                path.unlink(missing_ok=True)

    @contextmanager
    def _compacting(self, *, wait: bool = False) -> Iterator[bool]:
        """Tell whether this process alone may write snapshots meanwhile."""
        with (self.directory / "compaction.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True


def _much(indexes: Indexes, share: float = _PENDING_SHARE) -> int:
    """How much may wait in memory: what the next process would have to read again when it starts."""
    return max(_PENDING_AT_LEAST, int(share * len(indexes.dense)))


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except OSError:
        return None


def names(library: Path) -> list[str]:
    """Name the collections of a library, in the order of the alphabet."""
    found = (each.parent.name for each in (library / _COLLECTIONS).glob(f"*/{_CATALOG}"))
    return sorted(name for name in found if _NAME.fullmatch(name))


def _directory(library: Path, name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise CollectionNameInvalid(
            f"{name!r} cannot name a collection: use up to 64 lower-case letters, digits, '-' and '_', "
            "a letter or digit first"
        )
    return library / _COLLECTIONS / name
