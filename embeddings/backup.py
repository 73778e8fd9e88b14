"""A collection as one file, and back: the catalog is all there is to keep, the indexes are made from it."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from embeddings.catalog import Catalog, Counts
from embeddings.catalog.connections import connect
from embeddings.catalog.lease import Lease
from embeddings.collection import Collection
from embeddings.errors import BackupRefused, LibraryError


def back_up(collection: Collection, target: Path, *, replace: bool = False) -> int:
    """Write a collection, as it is at one moment, to a file; give its size in bytes.

    Others may read and write meanwhile; the file is there whole or not at all. Raises BackupRefused when it cannot be
    written, or exists and is not to be replaced.
    """
    if target.exists() and not (replace and target.is_file()):
        why = "it exists already; name another file, or add --replace" if target.is_file() else "it is no file"
        raise BackupRefused(f"{target} is not written: {why}")
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as beside:
            copy = Path(beside) / target.name
            with closing(connect(collection.catalog.path)) as connection:
                connection.execute("VACUUM INTO ?", (str(copy),))
            with closing(sqlite3.connect(copy)) as connection:
                connection.execute("PRAGMA journal_mode = DELETE")
                connection.execute("DELETE FROM lease")
                connection.commit()
            with copy.open("rb") as file:
                os.fsync(file.fileno())
            os.replace(copy, target)
    except (OSError, sqlite3.Error, LibraryError) as error:
        raise BackupRefused(f"{target} cannot be written: {error}") from error
    return target.stat().st_size


def restore_backup(library: Path, name: str, source: Path, *, replace: bool = False) -> Counts:
    """Make a collection what it was when `source` was written; give what it holds.

    Processes that search it see all of the old or all of the new. Raises BackupRefused when `source` is no sound
    backup, or when the collection has articles and is not to be replaced; IngestRunning.
    """
    with _staged(library, source) as staged:
        collection = Collection.create(library, name)
        try:
            held = collection.catalog.counts()
            if held.articles and not replace:
                raise BackupRefused(
                    f"the collection {name!r} has {held.articles} articles; restore into another one (--collection), "
                    "or add --replace to put the backup in their place"
                )
            with (
                Lease(collection.catalog.path),
                closing(connect(staged)) as backup,
                closing(connect(collection.catalog.path)) as live,
            ):
                backup.backup(live)
            counts = collection.catalog.counts()
            collection.refresh()
            collection.compact()
        finally:
            collection.close()
    return counts


@contextmanager
def _staged(library: Path, source: Path) -> Iterator[Path]:
    """Check a copy of the backup, bring it up to date, and name it anew: no index of what it replaces is its own."""
    library.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=library, prefix=".restore-") as folder:
        copy = Path(folder) / "catalog.sqlite"
        try:
            shutil.copyfile(source, copy)
            with closing(sqlite3.connect(copy)) as connection:
                connection.execute("SELECT value FROM facts WHERE name = 'id'").fetchone()[0]
                damage = connection.execute("PRAGMA integrity_check").fetchone()[0]
            with closing(Catalog(copy)) as catalog:
                catalog.rename()
        except OSError as error:
            raise BackupRefused(f"{source} cannot be restored: {error.strerror or error}") from error
        except LibraryError as error:
            raise BackupRefused(f"{source} cannot be restored: {error}") from error
        except (sqlite3.Error, TypeError) as error:  # TypeError: no such fact
            raise BackupRefused(f"{source} is no backup, or damaged; give a file that byline backup wrote") from error
        if damage != "ok":
            raise BackupRefused(f"{source} is damaged: {damage}")
        yield copy
