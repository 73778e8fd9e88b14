"""The tables of `catalog.sqlite`, and how an older one becomes a current one."""

import sqlite3

from embeddings.catalog.transactions import transaction
from embeddings.errors import IndexMismatch

MIGRATIONS = (
    """
    CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    INSERT INTO facts VALUES ('id', lower(hex(randomblob(16))));

    CREATE TABLE articles (
        key INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        version INTEGER NOT NULL,              -- the current one
        withdrawn_at TEXT                      -- null while it is in every search
    );

    CREATE TABLE versions (
        key INTEGER PRIMARY KEY AUTOINCREMENT,
        article INTEGER NOT NULL REFERENCES articles (key),
        version INTEGER NOT NULL,
        title TEXT NOT NULL,
        source TEXT,
        author TEXT,
        published_at TEXT,                     -- UTC, 2016-02-27T00:00:00Z: sorts as it reads
        updated_at TEXT,
        url TEXT,
        section TEXT,
        genre TEXT,
        language TEXT,
        pages TEXT NOT NULL,                   -- JSON
        metadata TEXT NOT NULL,                -- JSON
        source_folded TEXT,                    -- what filters compare
        author_folded TEXT,
        content BLOB NOT NULL,                 -- digest of what the article says and is called
        words BLOB NOT NULL,                   -- digest of the words of the text: equal for exact copies
        story INTEGER NOT NULL,                -- equal for copies, exact and near: the key of the first of them
        first_passage INTEGER NOT NULL,        -- keys of its passages, half open
        end_passage INTEGER NOT NULL,
        stored_at TEXT NOT NULL,
        erased_at TEXT,                        -- then only title, outlet and date are left, and no other version
        UNIQUE (article, version)
    );
    CREATE TABLE texts (                       -- apart, so that filters read no text
        version_key INTEGER PRIMARY KEY REFERENCES versions (key),
        text TEXT NOT NULL
    );
    CREATE INDEX versions_words ON versions (words);
    CREATE INDEX versions_story ON versions (story);

    CREATE TABLE bands (                       -- versions that share one may be near copies
        band INTEGER NOT NULL,
        version_key INTEGER NOT NULL REFERENCES versions (key),
        PRIMARY KEY (band, version_key)
    ) WITHOUT ROWID;

    CREATE TABLE source_digests (              -- bytes that were taken in before
        digest TEXT PRIMARY KEY,
        version_key INTEGER NOT NULL REFERENCES versions (key)
    ) WITHOUT ROWID;

    CREATE TABLE vectors (
        key INTEGER PRIMARY KEY AUTOINCREMENT,
        input BLOB NOT NULL UNIQUE,            -- digest of what was encoded
        vector BLOB NOT NULL                   -- float32, little-endian
    );

    CREATE TABLE sentence_vectors (
        vector INTEGER PRIMARY KEY REFERENCES vectors (key),
        sentences BLOB NOT NULL                -- float16, one row for each sentence of the passage
    );

    CREATE TABLE passages (
        key INTEGER PRIMARY KEY AUTOINCREMENT,
        version_key INTEGER NOT NULL REFERENCES versions (key),
        ordinal INTEGER NOT NULL,
        start INTEGER NOT NULL,
        end INTEGER NOT NULL,
        vector INTEGER NOT NULL REFERENCES vectors (key)
    );

    CREATE TABLE sentences (
        passage INTEGER NOT NULL REFERENCES passages (key),
        ordinal INTEGER NOT NULL,
        start INTEGER NOT NULL,
        end INTEGER NOT NULL,
        words INTEGER NOT NULL,                -- digest of its words
        quoted INTEGER NOT NULL,
        speaker_start INTEGER,                 -- where the text says who says it, and with which words
        speaker_end INTEGER,
        cue_start INTEGER,
        cue_end INTEGER,
        PRIMARY KEY (passage, ordinal)
    ) WITHOUT ROWID;

    CREATE TABLE repeats (                     -- in how many searched articles of an outlet a sentence stands
        words INTEGER NOT NULL,
        source TEXT NOT NULL,                  -- folded, empty for none
        articles INTEGER NOT NULL,
        PRIMARY KEY (words, source)
    ) WITHOUT ROWID;

    CREATE TABLE files (                       -- what watched folders held when they were last looked at
        path TEXT PRIMARY KEY,
        size INTEGER NOT NULL,
        modified_ns INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE file_articles (               -- which articles they carry
        path TEXT NOT NULL,
        article INTEGER NOT NULL REFERENCES articles (key),
        gone_at TEXT,                          -- not null: it is gone from there, and was withdrawn for that
        PRIMARY KEY (path, article)
    ) WITHOUT ROWID;
    CREATE INDEX file_articles_article ON file_articles (article);

    CREATE TABLE changes (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        op TEXT NOT NULL CHECK (op IN ('add', 'remove')),
        passage INTEGER NOT NULL               -- may be gone: the log outlives what it names
    );

    CREATE TABLE lease (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        holder TEXT NOT NULL,
        host TEXT NOT NULL,
        pid INTEGER NOT NULL,
        heartbeat REAL NOT NULL                -- seconds since the epoch
    );
    """,
    # Every question without a date looks for what is a few days old, which is mostly nothing.
    "CREATE INDEX versions_published_at ON versions (published_at);",
)
"""Each brings the schema to the next version; one that was released is never edited."""
_UNRELEASED = 1
"""Schemas up to this one were in no release."""
LATEST = _UNRELEASED + len(MIGRATIONS)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the open catalog to this version of the schema. Raises IndexMismatch when that cannot be done."""
    if _version(connection) == LATEST:
        return
    with transaction(connection):
        version = _version(connection)
        if version > LATEST:
            raise IndexMismatch(
                f"this library was written by a newer Byline (schema {version}, here {LATEST}): upgrade Byline"
            )
        if 0 < version <= _UNRELEASED:
            raise IndexMismatch(
                "this library was written before the first release of Byline and cannot be brought over: delete it, or "
                "choose another with --library, and ingest the articles again"
            )
        for step in MIGRATIONS[max(0, version - _UNRELEASED) :]:
            for statement in _statements(step):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {LATEST}")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _statements(script: str) -> list[str]:
    """Divide a script; `executescript` would commit the transaction that surrounds it."""
    statements, pending = [], ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            statements.append(pending)
            pending = ""
    return statements
