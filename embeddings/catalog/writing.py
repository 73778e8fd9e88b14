"""Writing the catalog: each call is one transaction, and what it returned from is on disk."""

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec

from embeddings.articles import Article, Sentence
from embeddings.catalog import adoption, erasure, repeats, stories
from embeddings.catalog.digests import content_digest, short_digest, words_digest
from embeddings.catalog.filters import fold, fold_byline
from embeddings.catalog.reading import LIVE
from embeddings.catalog.rows import Outcome, PreparedArticle, PreparedPassage, stamp
from embeddings.catalog.stored_articles import CatalogArticles
from embeddings.encoder import EncodedPassage, EncoderIdentity
from embeddings.errors import ArticleErased, IngestRunning
from embeddings.fingerprints import fingerprint


class Catalog(CatalogArticles):
    """The truth of a collection."""

    def claim(self, identity: EncoderIdentity, splitter: str) -> None:
        """Make the collection this encoder's and splitter's, or raise IndexMismatch when it is another encoder's."""
        with self._transaction() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO facts VALUES ('encoder', ?)", (msgspec.json.encode(identity).decode(),)
            )
            connection.execute("INSERT OR IGNORE INTO facts VALUES ('splitter', ?)", (splitter,))
            stories.keep_up(connection)
        self.check_encoder(identity)

    def outcome(self, article: Article, source_digest: str, *, revert: bool = False, readmit: bool = False) -> Outcome:
        """Tell what storing an article would do.

        With `revert` the bytes of an earlier version become a version again, with `readmit` an erased article returns.
        """
        _, came = self.came(source_digest) or (None, None)
        if came is not None and came != "erased" and not (revert and came == "superseded"):
            return came
        number, content, erased_at = self._connection.execute(
            f"SELECT v.version, v.content, v.erased_at FROM {LIVE} WHERE a.id = ?", (article.id,)
        ).fetchone() or (0, None, None)
        if (came == "erased" or erased_at is not None) and not readmit:
            return "erased"
        if content == content_digest(article):
            return "unchanged"
        return "updated" if number else "new"

    def came(self, source_digest: str) -> tuple[str, Outcome] | None:
        """Tell which article bytes became that came in before, and what they are now; None for new ones."""
        row = self._connection.execute(
            "SELECT a.id, v.erased_at, v.version = a.version FROM source_digests d "
            "JOIN versions v ON v.key = d.version_key JOIN articles a ON a.key = v.article WHERE d.digest = ?",
            (source_digest,),
        ).fetchone()
        if row is None:
            return None
        id, erased_at, current = row
        return id, "erased" if erased_at is not None else "unchanged" if current else "superseded"

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
        self,
        batch: Sequence[PreparedArticle],
        encoded: dict[bytes, EncodedPassage],
        holder: str,
        *,
        revert: bool = False,
        readmit: bool = False,
    ) -> list[Outcome]:
        """Store articles in one transaction, for the holder of the lease; what it returns for each is on disk.

        An article that says something else than its current version becomes the next version. Raises IngestRunning when
        the lease went to another process.
        """
        with self._transaction() as connection:
            _check_lease(connection, holder)
            for digest, passage in encoded.items():
                self._add_vector(connection, digest, passage)
            return [self._store_one(connection, prepared, revert=revert, readmit=readmit) for prepared in batch]

    def rename(self) -> None:
        """Give the catalog another id: what follows it, starts anew."""
        with self._transaction() as connection:
            connection.execute("UPDATE facts SET value = lower(hex(randomblob(16))) WHERE name = 'id'")

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

    def _store_one(
        self, connection: sqlite3.Connection, prepared: PreparedArticle, *, revert: bool, readmit: bool
    ) -> Outcome:
        article = prepared.article
        outcome = self.outcome(article, prepared.source_digest, revert=revert, readmit=readmit)
        key, version_key, number, live = connection.execute(
            f"SELECT a.key, v.key, v.version, a.withdrawn_at IS NULL FROM {LIVE} WHERE a.id = ?", (article.id,)
        ).fetchone() or (None, None, 0, True)
        if outcome in ("new", "updated"):
            if version_key is not None and live:
                self._log(connection, "remove", version_key)
            key = self._put_article(connection, article.id, number + 1)
            version_key = self._put_version(connection, key, number + 1, prepared)
            self._put_passages(connection, version_key, prepared.passages)
            if live:
                self._log(connection, "add", version_key)
        elif outcome != "unchanged" or self.came(prepared.source_digest) is not None:
            return outcome
        connection.execute(
            "INSERT INTO source_digests VALUES (?, ?) "
            "ON CONFLICT (digest) DO UPDATE SET version_key = excluded.version_key",
            (prepared.source_digest, version_key),
        )
        return outcome

    def _put_article(self, connection: sqlite3.Connection, id: str, version: int) -> int:
        row = connection.execute(
            "INSERT INTO articles (id, version) VALUES (?, ?) "
            "ON CONFLICT (id) DO UPDATE SET version = excluded.version RETURNING key",
            (id, version),
        ).fetchone()
        return int(row[0])

    def _put_version(
        self, connection: sqlite3.Connection, article_key: int, number: int, prepared: PreparedArticle
    ) -> int:
        given = dict(connection.execute("SELECT name, seq FROM sqlite_sequence").fetchall())
        key, first = int(given.get("versions", 0)) + 1, int(given.get("passages", 0)) + 1
        article, words = prepared.article, words_digest(prepared.article.text)
        print = prepared.fingerprint or fingerprint(article.text)
        bands = print.bands
        values = {
            "key": key,
            "article": article_key,
            "version": number,
            "title": article.title,
            "source": article.source,
            "author": article.author,
            "published_at": stamp(article.published_at),
            "updated_at": stamp(article.updated_at),
            "url": article.url,
            "section": article.section,
            "genre": article.genre,
            "language": article.language,
            "pages": msgspec.json.encode(article.pages).decode(),
            "metadata": msgspec.json.encode(article.metadata).decode(),
            "source_folded": fold(article.source),
            "author_folded": fold_byline(article.author),
            "content": content_digest(article),
            "words": words,
            "story": stories.find(connection, words, print, bands, article.published_at) or key,
            "first_passage": first,
            "end_passage": first + len(prepared.passages),
            "stored_at": stamp(datetime.now(UTC)),
        }
        columns, marks = ", ".join(values), ", ".join("?" * len(values))
        connection.execute(f"INSERT INTO versions ({columns}) VALUES ({marks})", list(values.values()))
        connection.execute("INSERT INTO texts VALUES (?, ?)", (key, article.text))
        stories.remember(connection, key, bands)
        return key

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
                "INSERT INTO sentences VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [(row[0], ordinal, *_sentence_row(sentence)) for ordinal, sentence in enumerate(each.sentences)],
            )

    def _log(self, connection: sqlite3.Connection, op: Literal["add", "remove"], version_key: int) -> None:
        connection.execute(
            "INSERT INTO changes (op, passage) SELECT :op, p.key FROM versions v "
            "JOIN passages p ON p.key >= v.first_passage AND p.key < v.end_passage "
            "WHERE v.key = :version ORDER BY p.key",
            {"op": op, "version": version_key},
        )
        repeats.count(connection, version_key, 1 if op == "add" else -1)

    def erase(self, ids: Sequence[str], holder: str) -> list[bool]:
        """Delete all of these articles but title, outlet and date, for the holder of the lease; tell which were there.

        What was deleted is not on the disk any more either, also what an earlier call could not overwrite. Raises
        ArticleNotFound, and then nothing is erased; LibraryError when the old pages cannot be overwritten now.
        """
        with self._transaction() as connection:
            _check_lease(connection, holder)
            erased = [self._erase_one(connection, id) for id in ids]
        erasure.wipe(self._connection)
        return erased

    def _erase_one(self, connection: sqlite3.Connection, id: str) -> bool:
        try:
            key, version_key, withdrawn_at = self._entry(connection, id)
        except ArticleErased:
            return False
        if withdrawn_at is None:
            self._log(connection, "remove", version_key)
        erasure.erase(connection, key, version_key)
        return True

    def withdraw(self, id: str) -> bool:
        """Take an article out of every search; tell whether it was in. Raises ArticleNotFound, or ArticleErased."""
        return self._set_withdrawn_by_hand(id, withdrawn=True)

    def restore(self, id: str) -> bool:
        """Take a withdrawn article back in; tell whether it was out. Raises ArticleNotFound, or ArticleErased."""
        return self._set_withdrawn_by_hand(id, withdrawn=False)

    def _set_withdrawn_by_hand(self, id: str, *, withdrawn: bool) -> bool:
        with self._transaction() as connection:
            key = self._entry(connection, id)[0]
            # What a person decided stays so when the file that had gone comes back to a watched folder.
            connection.execute("DELETE FROM file_articles WHERE article = ? AND gone_at IS NOT NULL", (key,))
            return self._set_withdrawn(connection, key, withdrawn=withdrawn)

    def _set_withdrawn(self, connection: sqlite3.Connection, key: int, *, withdrawn: bool) -> bool:
        """Take the article of this key out of or into search; tell whether that changed anything."""
        row = connection.execute(
            f"SELECT v.key FROM {LIVE} WHERE a.key = ? AND v.erased_at IS NULL AND (a.withdrawn_at IS NULL) = ?",
            (key, withdrawn),
        ).fetchone()
        if row is None:
            return False
        moment = stamp(datetime.now(UTC)) if withdrawn else None
        connection.execute("UPDATE articles SET withdrawn_at = ? WHERE key = ?", (moment, key))
        self._log(connection, "remove" if withdrawn else "add", row[0])
        return True


def _check_lease(connection: sqlite3.Connection, holder: str) -> None:
    row = connection.execute("SELECT holder FROM lease").fetchone()
    if row is None or row[0] != holder:
        raise IngestRunning("another ingest took over this collection; run the command again when it is done")


def _sentence_row(sentence: Sentence) -> tuple[int | None, ...]:
    said = sentence.speech
    spans = (said.speaker_start, said.speaker_end, said.cue_start, said.cue_end) if said else (None,) * 4
    return (sentence.start, sentence.end, short_digest(sentence.text), int(sentence.quoted), *spans)
