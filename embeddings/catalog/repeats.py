"""Sentences that an outlet repeats from article to article: counted as articles come in and go out of search.

What stands in many articles of one outlet (a disclaimer, a call to subscribe) is not what any of them reports. Searches
rank it lower; it is never left out, because an outlet may repeat what matters, too.
"""

import sqlite3
from typing import Literal

REPEATED_FROM = 5
"""Articles of one outlet in which a sentence stands before it counts as repeated: a story and its updates are fewer."""


def count(connection: sqlite3.Connection, version_key: int, by: Literal[1, -1]) -> None:
    """Count the sentences of a version in, or out again."""
    connection.execute(
        """
        INSERT INTO repeats (words, source, articles)
        SELECT s.words, coalesce(v.source_folded, ''), :by FROM versions v
        JOIN passages p ON p.key >= v.first_passage AND p.key < v.end_passage JOIN sentences s ON s.passage = p.key
        WHERE v.key = :version GROUP BY s.words
        ON CONFLICT (words, source) DO UPDATE SET articles = articles + :by
        """,
        {"version": version_key, "by": by},
    )
    if by < 0:
        connection.execute(
            """
            DELETE FROM repeats WHERE articles = 0 AND (words, source) IN (
                SELECT s.words, coalesce(v.source_folded, '') FROM versions v
                JOIN passages p ON p.key >= v.first_passage AND p.key < v.end_passage
                JOIN sentences s ON s.passage = p.key WHERE v.key = ?
            )
            """,
            (version_key,),
        )


COUNTED = """
    SELECT s.words, coalesce(v.source_folded, '') AS source, count(DISTINCT v.key) AS articles FROM articles a
    JOIN versions v ON v.article = a.key AND v.version = a.version
    JOIN passages p ON p.version_key = v.key JOIN sentences s ON s.passage = p.key
    WHERE a.withdrawn_at IS NULL GROUP BY 1, 2
"""
"""All of them, counted anew."""
SHARES = """
    SELECT s.passage, sum((s.end - s.start) * (r.articles >= ?)) * 1.0 / sum(s.end - s.start)
    FROM sentences s JOIN passages p ON p.key = s.passage JOIN versions v ON v.key = p.version_key
    LEFT JOIN repeats r ON r.words = s.words AND r.source = coalesce(v.source_folded, '')
    WHERE s.passage IN ({}) GROUP BY s.passage
"""
