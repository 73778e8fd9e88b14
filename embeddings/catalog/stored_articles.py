"""Reading articles, for whoever follows a citation, lists what there is, or checks it."""

import sqlite3
from collections.abc import Iterator
from datetime import datetime

import msgspec
import numpy as np

from embeddings.articles import Article, Filter, Passage
from embeddings.catalog.faults import faults
from embeddings.catalog.filters import conditions
from embeddings.catalog.reading import ARTICLE_COLUMNS, LIVE, CatalogReader
from embeddings.catalog.rows import Counts, Listed, StoredVersion, carrier_from, date_from
from embeddings.errors import ArticleErased, ArticleNotFound


class CatalogArticles(CatalogReader):
    """The articles of a collection, as they are stored."""

    def article(self, id: str, version: int | None = None) -> Article:
        """Read an article, withdrawn or not; the current version unless one is named.

        Raises ArticleNotFound, or ArticleErased.
        """
        row = self._connection.execute(
            f"SELECT {ARTICLE_COLUMNS}, v.updated_at, v.section, v.language, v.pages, v.metadata, t.text "
            "FROM articles a JOIN versions v ON v.article = a.key JOIN texts t ON t.version_key = v.key "
            "WHERE a.id = ? AND v.version = coalesce(?, a.version)",
            (id, version),
        ).fetchone()
        if row is None:
            raise self._missing(id, version)
        carrier = carrier_from(row[:8])
        updated_at, section, language, pages, metadata, text = row[8:]
        return Article(
            id=carrier.article_id,
            version=carrier.version,
            title=carrier.title,
            source=carrier.source,
            author=carrier.author,
            published_at=carrier.published_at,
            updated_at=date_from(updated_at),
            url=carrier.url,
            section=section,
            genre=carrier.genre,
            language=language,
            pages=msgspec.json.decode(pages, type=tuple[int, ...]),
            metadata=msgspec.json.decode(metadata),
            text=text,
        )

    def _missing(self, id: str, version: int | None = None) -> ArticleErased | ArticleNotFound:
        """Say why an article, or a version of one, cannot be read: it was erased, or there is none."""
        erased = self._connection.execute(
            "SELECT v.title, v.source, v.published_at, v.erased_at FROM articles a "
            "JOIN versions v ON v.article = a.key WHERE a.id = ? AND v.erased_at IS NOT NULL "
            "AND coalesce(?, a.version) <= v.version ORDER BY v.version LIMIT 1",
            (id, version),
        ).fetchone()
        if erased is None:
            what = f"article {id!r}" if version is None else f"version {version} of article {id!r}"
            return ArticleNotFound(f"there is no {what} in this collection; see: byline articles list")
        title, source, published_at, erased_at = erased
        known = " · ".join(filter(None, (source, published_at and published_at[:10], title)))
        message = f"article {id!r} ({known}) was erased on {erased_at[:10]}"
        return ArticleErased(message, datetime.fromisoformat(erased_at))

    def history(self, id: str) -> list[StoredVersion]:
        """List the versions of an article, the oldest first. Raises ArticleNotFound, or ArticleErased."""
        rows = self._connection.execute(
            "SELECT v.version, v.title, v.published_at, v.updated_at, v.stored_at, length(t.text), "
            "v.version = a.version FROM articles a JOIN versions v ON v.article = a.key "
            "JOIN texts t ON t.version_key = v.key WHERE a.id = ? ORDER BY v.version",
            (id,),
        ).fetchall()
        if not rows:
            raise self._missing(id)
        return [
            StoredVersion(
                version=version,
                title=title,
                published_at=date_from(published_at),
                updated_at=date_from(updated_at),
                stored_at=datetime.fromisoformat(stored_at),
                characters=characters,
                current=bool(current),
            )
            for version, title, published_at, updated_at, stored_at, characters, current in rows
        ]

    def withdrawn_at(self, id: str) -> datetime | None:
        """Tell when an article was withdrawn. Raises ArticleNotFound, or ArticleErased."""
        return self._entry(self._connection, id)[2]

    def _entry(self, connection: sqlite3.Connection, id: str) -> tuple[int, int, datetime | None]:
        """Give the keys of an article and of its current version, and when it was withdrawn."""
        row = connection.execute(
            f"SELECT a.key, v.key, a.withdrawn_at, v.erased_at FROM {LIVE} WHERE a.id = ?", (id,)
        ).fetchone()
        if row is None or row[3] is not None:
            raise self._missing(id)
        return row[0], row[1], date_from(row[2])

    def article_passages(self, id: str, version: int) -> list[tuple[int, Passage]]:
        """Give the passages of a version with their keys, in the order of the text."""
        keys = self._connection.execute(
            "SELECT v.first_passage, v.end_passage FROM articles a JOIN versions v ON v.article = a.key "
            "WHERE a.id = ? AND v.version = ?",
            (id, version),
        ).fetchone()
        found = self.passages(np.arange(*keys, dtype=np.int64)) if keys else {}
        return [(key, found[key]) for key in sorted(found)]

    def listing(self, wanted: Filter | None = None, after: int = 0, limit: int = 50) -> list[Listed]:
        """List current articles, withdrawn ones too, in the order in which they first came in."""
        where, values = conditions(wanted or Filter())
        rows = self._connection.execute(
            f"SELECT a.key, v.end_passage - v.first_passage, a.withdrawn_at, v.erased_at, {ARTICLE_COLUMNS} "
            f"FROM {LIVE} WHERE a.key > ?{where} ORDER BY a.key LIMIT ?",
            [after, *values, limit],
        ).fetchall()
        return [
            Listed(
                cursor=key,
                passages=passages,
                withdrawn_at=date_from(withdrawn_at),
                erased_at=date_from(erased_at),
                article=carrier_from(rest),
            )
            for key, passages, withdrawn_at, erased_at, *rest in rows
        ]

    def counts(self) -> Counts:
        """Count what there is."""
        articles, withdrawn, erased = self._connection.execute(
            f"SELECT count(*), count(iif(v.erased_at IS NULL, a.withdrawn_at, NULL)), count(v.erased_at) FROM {LIVE}"
        ).fetchone()
        passages = self._connection.execute(
            f"SELECT coalesce(sum(v.end_passage - v.first_passage), 0) FROM {LIVE} WHERE a.withdrawn_at IS NULL"
        ).fetchone()[0]
        versions = self._connection.execute("SELECT count(*) FROM versions").fetchone()[0]
        vectors = self._connection.execute("SELECT count(*) FROM vectors").fetchone()[0]
        return Counts(
            articles=articles - erased,
            withdrawn=withdrawn,
            erased=erased,
            versions=versions - erased,
            passages=passages,
            vectors=vectors,
        )

    def faults(self) -> Iterator[str]:
        """Say in a sentence each what is wrong with what is stored. Raises LibraryError when little can be read."""
        yield from faults(self._connection, self.encoder(), self.article)
