"""Which articles the files of watched folders carry: what goes with a file, and comes back with it."""

import os
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime

from msgspec import Struct

from embeddings.catalog.rows import stamp
from embeddings.catalog.writing import Catalog

_Link = tuple[str, int, str]
"""Path, key and id of an article that a file carries."""


class FileStamp(Struct, frozen=True):
    """By what a file is known to be as it was."""

    size: int
    modified_ns: int
    """When its bytes or its place last changed, in nanoseconds; 0 where it is to be read again."""


class FileRead(Struct, frozen=True, kw_only=True):
    """A file that was read, and what came out of it."""

    path: str
    stamp: FileStamp
    articles: frozenset[str]
    """By id."""
    whole: bool
    """Nothing in it was rejected: what it carried before and does not now, is gone from it."""


class Moved(Struct, frozen=True, kw_only=True):
    """What came back with files and what went with them, by article id."""

    restored: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()


class WatchedFiles:
    """The files that were read below watched folders, as the catalog remembers them.

    An article that no file carries any more is withdrawn, and restored when one does again. What a person withdrew or
    restored meanwhile stays so.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def below(self, folders: Iterable[str]) -> dict[str, FileStamp]:
        """Give the files that were there, by path."""
        starts = tuple(os.path.join(folder, "") for folder in folders)
        rows = self._catalog._connection.execute("SELECT path, size, modified_ns FROM files").fetchall()
        return {path: FileStamp(size, modified_ns) for path, size, modified_ns in rows if path.startswith(starts)}

    def alone(self, id: str) -> bool:
        """Tell whether only one file carries an article."""
        rows = self._catalog._connection.execute(
            "SELECT 1 FROM file_articles f JOIN articles a ON a.key = f.article WHERE a.id = ? AND f.gone_at IS NULL",
            (id,),
        ).fetchall()
        return len(rows) == 1

    def read(self, files: Sequence[FileRead]) -> Moved:
        """Remember what files carry now; what they carry again is restored, what left them withdrawn."""
        with self._catalog._transaction() as connection:
            restored = [id for file in files for id in sorted(file.articles) if self._come_back(connection, id)]
            for file in files:
                connection.execute(
                    "INSERT OR REPLACE INTO files VALUES (?, ?, ?)",
                    (file.path, file.stamp.size, file.stamp.modified_ns),
                )
                connection.executemany(
                    "INSERT OR IGNORE INTO file_articles (path, article) SELECT ?, key FROM articles WHERE id = ?",
                    [(file.path, id) for id in file.articles],
                )
            carried = {file.path: file.articles for file in files if file.whole}
            links = self._links(connection, carried)
            withdrawn = self._go(connection, [link for link in links if link[2] not in carried[link[0]]])
        return Moved(restored=tuple(restored), withdrawn=withdrawn)

    def gone(self, paths: Collection[str]) -> Moved:
        """Remember that files are gone; what only they carried is withdrawn."""
        with self._catalog._transaction() as connection:
            withdrawn = self._go(connection, self._links(connection, paths))
            connection.executemany("DELETE FROM files WHERE path = ?", [(path,) for path in paths])
        return Moved(withdrawn=withdrawn)

    def _links(self, connection: sqlite3.Connection, paths: Iterable[str]) -> list[_Link]:
        query = (
            "SELECT f.path, f.article, a.id FROM file_articles f JOIN articles a ON a.key = f.article "
            "WHERE f.path = ? AND f.gone_at IS NULL ORDER BY f.article"
        )
        return [link for path in paths for link in connection.execute(query, (path,)).fetchall()]

    def _go(self, connection: sqlite3.Connection, links: Sequence[_Link]) -> tuple[str, ...]:
        """Cut links; articles that no other holds are withdrawn, and marked so that they may come back.

        The files that hold the others are to be read again: it is they who say now what the article says.
        """
        connection.executemany(
            "DELETE FROM file_articles WHERE path = ? AND article = ?", [(path, key) for path, key, _ in links]
        )
        moment, withdrawn = stamp(datetime.now(UTC)), []
        for path, key, id in links:
            held = connection.execute(
                "UPDATE files SET modified_ns = 0 WHERE path IN "
                "(SELECT path FROM file_articles WHERE article = ? AND gone_at IS NULL) RETURNING path",
                (key,),
            ).fetchall()
            if not held and self._catalog._set_withdrawn(connection, key, withdrawn=True):
                connection.execute("INSERT INTO file_articles VALUES (?, ?, ?)", (path, key, moment))
                withdrawn.append(id)
        return tuple(withdrawn)

    def _come_back(self, connection: sqlite3.Connection, id: str) -> bool:
        marked = connection.execute(
            "DELETE FROM file_articles WHERE gone_at IS NOT NULL AND article = (SELECT key FROM articles WHERE id = ?) "
            "RETURNING article",
            (id,),
        ).fetchall()
        return bool(marked) and self._catalog._set_withdrawn(connection, marked[0][0], withdrawn=False)
