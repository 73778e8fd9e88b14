"""Which story an article belongs to: copies of one text, exact or near, are one.

An article joins the story of the stored text that it is a copy of, and stays there: stories are never merged or divided
afterwards, whatever comes or goes.
"""

import sqlite3
from collections import Counter
from collections.abc import Collection
from datetime import datetime

from embeddings.catalog.rows import date_from
from embeddings.fingerprints import FINGERPRINT, Fingerprint, fingerprint, is_copy, resemblance

_PER_BAND = 256
"""Versions looked at in one band, the latest first: shells that thousands of articles share are no copies."""
_COMPARED = 8
"""Different texts that are read to compare them, those first that share most bands."""


def find(
    connection: sqlite3.Connection,
    words: bytes,
    print: Fingerprint,
    bands: Collection[int],
    published_at: datetime | None,
) -> int | None:
    """Give the story of a stored text that a text with these words is a copy of, if there is one."""
    return _of_exact_copy(connection, words) or _of_near_copy(connection, print, bands, published_at)


def remember(connection: sqlite3.Connection, version_key: int, bands: Collection[int]) -> None:
    """Let a version be found by its bands when a copy of it comes."""
    connection.executemany("INSERT INTO bands VALUES (?, ?)", [(band, version_key) for band in set(bands)])


def keep_up(connection: sqlite3.Connection) -> None:
    """Make the bands of all versions anew where they are those of another Byline."""
    stored = connection.execute("SELECT value FROM facts WHERE name = 'fingerprint'").fetchone()
    if stored == (FINGERPRINT,):
        return
    connection.execute("DELETE FROM bands")
    for key, text in connection.execute("SELECT version_key, text FROM texts"):
        remember(connection, key, fingerprint(text).bands)
    connection.execute("INSERT OR REPLACE INTO facts VALUES ('fingerprint', ?)", (FINGERPRINT,))


def _of_exact_copy(connection: sqlite3.Connection, words: bytes) -> int | None:
    row = connection.execute("SELECT story FROM versions WHERE words = ? LIMIT 1", (words,)).fetchone()
    return None if row is None else int(row[0])


def _of_near_copy(
    connection: sqlite3.Connection, print: Fingerprint, bands: Collection[int], published_at: datetime | None
) -> int | None:
    shared: Counter[int] = Counter()
    for band in bands:
        rows = connection.execute(
            "SELECT version_key FROM bands WHERE band = ? ORDER BY version_key DESC LIMIT ?", (band, _PER_BAND)
        ).fetchall()
        shared.update(key for (key,) in rows)
    compared: set[bytes] = set()
    for key, _ in shared.most_common():
        story, words, other_at = connection.execute(
            "SELECT story, words, published_at FROM versions WHERE key = ?", (key,)
        ).fetchone()
        if words in compared:
            continue
        (text,) = connection.execute("SELECT text FROM texts WHERE version_key = ?", (key,)).fetchone()
        other = date_from(other_at)
        apart = abs(published_at - other) if published_at and other else None
        if is_copy(resemblance(print, fingerprint(text)), apart):
            return int(story)
        compared.add(words)
        if len(compared) == _COMPARED:
            break
    return None
