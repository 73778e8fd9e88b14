"""The passages of a catalog, replaced as a whole by those that another encoder made of the same articles."""

import sqlite3

from embeddings.catalog.repeats import COUNTED
from embeddings.errors import LibraryError

_UNLIKE = """
    SELECT count(*) FROM articles a JOIN versions v ON v.article = a.key AND v.version = a.version
    LEFT JOIN staged.articles b ON b.id = a.id
    LEFT JOIN staged.versions w ON w.article = b.key AND w.version = b.version
    WHERE w.content IS NOT v.content
"""
_LOG = """
    INSERT INTO changes (op, passage) SELECT '{op}', p.key FROM passages p JOIN versions v ON v.key = p.version_key
    JOIN articles a ON a.key = v.article AND a.version = v.version WHERE a.withdrawn_at IS NULL ORDER BY p.key
"""
_STEPS = (
    _LOG.format(op="remove"),
    "DELETE FROM sentences",
    "DELETE FROM passages",
    "DELETE FROM sentence_vectors",
    "DELETE FROM vectors",
    "INSERT INTO vectors SELECT key + :vectors, input, vector FROM staged.vectors ORDER BY key",
    "INSERT INTO sentence_vectors SELECT vector + :vectors, sentences FROM staged.sentence_vectors ORDER BY vector",
    # Earlier versions are only read, never searched, and need no passages.
    "UPDATE versions SET first_passage = 0, end_passage = 0",
    """
    UPDATE versions SET first_passage = w.first_passage + :passages, end_passage = w.end_passage + :passages
    FROM articles a, staged.articles b, staged.versions w
    WHERE a.key = versions.article AND a.version = versions.version
      AND b.id = a.id AND w.article = b.key AND w.version = b.version
    """,
    """
    INSERT INTO passages SELECT p.key + :passages, v.key, p.ordinal, p.start, p.end, p.vector + :vectors
    FROM versions v JOIN staged.passages p
      ON p.key + :passages >= v.first_passage AND p.key + :passages < v.end_passage
    ORDER BY p.key
    """,
    """
    INSERT INTO sentences
    SELECT s.passage + :passages, s.ordinal, s.start, s.end, s.words, s.quoted,
           s.speaker_start, s.speaker_end, s.cue_start, s.cue_end
    FROM staged.sentences s WHERE s.passage + :passages IN (SELECT key FROM passages) ORDER BY s.passage, s.ordinal
    """,
    _LOG.format(op="add"),
    "DELETE FROM repeats",
    f"INSERT INTO repeats (words, source, articles) {COUNTED}",
    "INSERT OR REPLACE INTO facts SELECT name, value FROM staged.facts WHERE name IN ('encoder', 'splitter')",
)


def adopt(connection: sqlite3.Connection) -> None:
    """Take over passages and vectors of the catalog attached as `staged`, inside the caller's transaction.

    Keys go on counting, so that indexes which follow the log replace all they had. Raises LibraryError unless `staged`
    has every article as it now reads.
    """
    if connection.execute(_UNLIKE).fetchone()[0]:
        raise LibraryError("the articles changed while they were encoded anew; run byline reencode again")
    given = dict(connection.execute("SELECT name, seq FROM sqlite_sequence").fetchall())
    keys = {"passages": given.get("passages", 0), "vectors": given.get("vectors", 0)}
    for step in _STEPS:
        connection.execute(step, keys if ":" in step else {})
