"""Writing the catalog: each call is one transaction, and what it returned from is on disk."""

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec

from embeddings.articles import Article
from embeddings.catalog import adoption
from embeddings.catalog.digests import content_digest, story_digest
from embeddings.catalog.filters import fold, fold_byline
from embeddings.catalog.reading import LIVE, CatalogReader
from embeddings.catalog.rows import Outcome, PreparedArticle, PreparedPassage, stamp
from embeddings.encoder import EncodedPassage, EncoderIdentity
from embeddings.errors import IngestRunning


class Catalog(CatalogReader):
    """The truth of a collection."""

    def claim(self, identity: EncoderIdentity, splitter: str) -> None:
        """Make the collection this encoder's and splitter's, or raise IndexMismatch when it is another encoder's."""
        with self._transaction() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO facts VALUES ('encoder', ?)", (msgspec.json.encode(identity).decode(),)
            )
            connection.execute("INSERT OR IGNORE INTO facts VALUES ('splitter', ?)", (splitter,))
        self.check_encoder(identity)

    def known(self, article: Article, source_digest: str) -> bool:
        """Tell whether storing would change nothing: the bytes were taken in before, or the article says the same."""
        row = self._connection.execute("SELECT 1 FROM source_digests WHERE digest = ?", (source_digest,)).fetchone()
        return row is not None or self._current(self._connection, article.id)[1] == content_digest(article)

    def missing_vectors(self, digests: Sequence[bytes]) -> set[bytes]:
        """Tell which encoder inputs have no vector yet."""
        present: set[bytes] = set()
        for start in range(0, len(digests), 512):
            some = digests[start : start + 512]
            present.update(
                digest
                for (digest,) in self._connection.execute(
                    f"SELECT input FROM vectors WHERE input IN ({','.join('?' * len(some))})", some
                )
            )
        return set(digests) - present

    def store(
        self, batch: Sequence[PreparedArticle], encoded: dict[bytes, EncodedPassage], holder: str
    ) -> list[Outcome]:
        """Store articles in one transaction, for the holder of the lease; what it returns for each is on disk.

        An article that says something else than its current version becomes the next version. Raises IngestRunning when
        the lease went to another process.
        """
        with self._transaction() as connection:
            _check_lease(connection, holder)
            for digest, passage in encoded.items():
                self._add_vector(connection, digest, passage)
            return [self._store_one(connection, prepared) for prepared in batch]

    def adopt(self, staged: Path, holder: str) -> None:
        """Replace all passages by those of another catalog of the same articles, which becomes the encoder's.

        For the holder of the lease, in one transaction. Raises LibraryError when an article reads differently there,
        IngestRunning when the lease went to another process.
        """
        self._connection.execute("ATTACH ? AS staged", (str(staged),))
        try:
            with self._transaction() as connection:
                _check_lease(connection, holder)
                adoption.adopt(connection)
        finally:
            self._connection.execute("DETACH staged")

    def _add_vector(self, connection: sqlite3.Connection, digest: bytes, encoded: EncodedPassage) -> None:
        inserted = connection.execute(
            "INSERT OR IGNORE INTO vectors (input, vector) VALUES (?, ?) RETURNING key",
            (digest, encoded.vector.astype("<f4").tobytes()),
        ).fetchone()
        if inserted is not None:
            connection.execute(
                "INSERT INTO sentence_vectors VALUES (?, ?)", (inserted[0], encoded.sentences.astype("<f2").tobytes())
            )

    def _store_one(self, connection: sqlite3.Connection, prepared: PreparedArticle) -> Outcome:
        article, content = prepared.article, content_digest(prepared.article)
        if connection.execute("SELECT 1 FROM source_digests WHERE digest = ?", (prepared.source_digest,)).fetchone():
            return "unchanged"
        version_key, current_content, number = self._current(connection, article.id)
        if current_content == content:
            connection.execute("INSERT INTO source_digests VALUES (?, ?)", (prepared.source_digest, version_key))
            return "unchanged"
        key = self._put_article(connection, article.id, number + 1)
        if version_key is not None:
            self._log(connection, "remove", version_key)
        new_version = self._put_version(connection, key, number + 1, article, content, len(prepared.passages))
        self._put_passages(connection, new_version, prepared.passages)
        connection.execute("INSERT INTO source_digests VALUES (?, ?)", (prepared.source_digest, new_version))
        if self._entry(connection, article.id)[2] is None:
            self._log(connection, "add", new_version)
        return "updated" if number else "new"

    def _current(self, connection: sqlite3.Connection, id: str) -> tuple[int | None, bytes | None, int]:
        """Give key, content digest and number of an article's current version; number 0 when there is none."""
        row = connection.execute(f"SELECT v.key, v.content, v.version FROM {LIVE} WHERE a.id = ?", (id,)).fetchone()
        return row or (None, None, 0)

    def _put_article(self, connection: sqlite3.Connection, id: str, version: int) -> int:
        row = connection.execute(
            "INSERT INTO articles (id, version) VALUES (?, ?) "
            "ON CONFLICT (id) DO UPDATE SET version = excluded.version RETURNING key",
            (id, version),
        ).fetchone()
        return int(row[0])

    def _put_version(
        self,
        connection: sqlite3.Connection,
        article_key: int,
        number: int,
        article: Article,
        content: bytes,
        passages: int,
    ) -> int:
        last = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'passages'").fetchone()
        first = (last[0] if last else 0) + 1
        values = {
            "article": article_key,
            "version": number,
            "title": article.title,
            "source": article.source,
            "author": article.author,
            "published_at": stamp(article.published_at),
            "url": article.url,
            "language": article.language,
            "metadata": msgspec.json.encode(article.metadata).decode(),
            "source_folded": fold(article.source),
            "author_folded": fold_byline(article.author),
            "content": content,
            "story": story_digest(article.text),
            "first_passage": first,
            "end_passage": first + passages,
            "stored_at": stamp(datetime.now(UTC)),
        }
        columns, marks = ", ".join(values), ", ".join("?" * len(values))
        row = connection.execute(
            f"INSERT INTO versions ({columns}) VALUES ({marks}) RETURNING key", list(values.values())
        ).fetchone()
        connection.execute("INSERT INTO texts VALUES (?, ?)", (row[0], article.text))
        return int(row[0])

    def _put_passages(
        self, connection: sqlite3.Connection, version_key: int, passages: Sequence[PreparedPassage]
    ) -> None:
        for each in passages:
            row = connection.execute(
                "INSERT INTO passages (version_key, ordinal, start, end, vector) "
                "VALUES (?, ?, ?, ?, (SELECT key FROM vectors WHERE input = ?)) RETURNING key",
                (version_key, each.passage.ordinal, each.passage.start, each.passage.end, each.input_digest),
            ).fetchone()
            connection.executemany(
                "INSERT INTO sentences VALUES (?, ?, ?, ?)",
                [(row[0], ordinal, s.start, s.end) for ordinal, s in enumerate(each.sentences)],
            )

    def _log(self, connection: sqlite3.Connection, op: Literal["add", "remove"], version_key: int) -> None:
        connection.execute(
            "INSERT INTO changes (op, passage) SELECT :op, p.key FROM versions v "
            "JOIN passages p ON p.key >= v.first_passage AND p.key < v.end_passage "
            "WHERE v.key = :version ORDER BY p.key",
            {"op": op, "version": version_key},
        )

    def withdraw(self, id: str) -> bool:
        """Take an article out of every search; tell whether it was in. Raises ArticleNotFound."""
        return self._set_withdrawn(id, withdrawn=True)

    def restore(self, id: str) -> bool:
        """Take a withdrawn article back in; tell whether it was out. Raises ArticleNotFound."""
        return self._set_withdrawn(id, withdrawn=False)

    def _set_withdrawn(self, id: str, *, withdrawn: bool) -> bool:
        with self._transaction() as connection:
            key, version_key, withdrawn_at = self._entry(connection, id)
            if (withdrawn_at is not None) == withdrawn:
                return False
            moment = stamp(datetime.now(UTC)) if withdrawn else None
            connection.execute("UPDATE articles SET withdrawn_at = ? WHERE key = ?", (moment, key))
            self._log(connection, "remove" if withdrawn else "add", version_key)
            return True


def _check_lease(connection: sqlite3.Connection, holder: str) -> None:
    row = connection.execute("SELECT holder FROM lease").fetchone()
    if row is None or row[0] != holder:
        raise IngestRunning("another ingest took over this collection; run the command again when it is done")
