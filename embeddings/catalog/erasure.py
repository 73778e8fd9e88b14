"""Erasing an article: nothing of it stays but title, outlet and date, so that what cited it can say what it was."""

import sqlite3
from datetime import UTC, datetime

from embeddings.catalog.rows import stamp
from embeddings.errors import LibraryError

_UNWIPED = (
    "the articles are erased and cannot be found or read any more, but their traces in the file could not be "
    "overwritten yet; run the same command again:"
)
_OF_ARTICLE = "SELECT key FROM versions WHERE article = :article"
_PASSAGES = f"SELECT key FROM passages WHERE version_key IN ({_OF_ARTICLE})"
_STEPS = (
    f"CREATE TEMP TABLE orphans AS SELECT DISTINCT vector AS key FROM passages WHERE version_key IN ({_OF_ARTICLE})",
    f"DELETE FROM sentences WHERE passage IN ({_PASSAGES})",
    f"DELETE FROM passages WHERE version_key IN ({_OF_ARTICLE})",
    # A copy may share a vector.
    "DELETE FROM temp.orphans WHERE key IN (SELECT vector FROM passages)",
    "DELETE FROM sentence_vectors WHERE vector IN (SELECT key FROM temp.orphans)",
    "DELETE FROM vectors WHERE key IN (SELECT key FROM temp.orphans)",
    "DROP TABLE temp.orphans",
    f"DELETE FROM bands WHERE version_key IN ({_OF_ARTICLE})",
    f"DELETE FROM texts WHERE version_key IN ({_OF_ARTICLE})",
    # By their digests the same bytes are known when they come again.
    f"UPDATE source_digests SET version_key = :version WHERE version_key IN ({_OF_ARTICLE})",
    "DELETE FROM versions WHERE article = :article AND key <> :version",
    "DELETE FROM file_articles WHERE article = :article",
    "UPDATE articles SET withdrawn_at = NULL WHERE key = :article",
    """
    UPDATE versions SET author = NULL, author_folded = NULL, updated_at = NULL, url = NULL, section = NULL,
        genre = NULL, language = NULL, pages = '[]', metadata = '{}', content = x'', words = x'', story = key,
        first_passage = 0, end_passage = 0, erased_at = :moment
    WHERE key = :version
    """,
)


def erase(connection: sqlite3.Connection, article_key: int, version_key: int) -> None:
    """Delete all of an article but what its current version is known by; nothing of it is searched any more."""
    values = {"article": article_key, "version": version_key, "moment": stamp(datetime.now(UTC))}
    for step in _STEPS:
        connection.execute(step, values)


def wipe(connection: sqlite3.Connection) -> None:
    """Rewrite the file and empty the log before it: what was deleted may stand in free pages, or beside what is used.

    Raises LibraryError when it cannot be done now: the disk is full, or another process is in the midst of reading.
    """
    try:
        connection.execute("VACUUM")
        blocked = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    except LibraryError as error:
        raise LibraryError(f"{_UNWIPED} {error}") from error
    if blocked:
        raise LibraryError(f"{_UNWIPED} another process is reading the catalog")
