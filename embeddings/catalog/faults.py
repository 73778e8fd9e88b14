"""What is wrong with a stored catalog: all that the rest of the house relies on without looking, looked at."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence

import msgspec
import numpy as np

from embeddings.articles import Article
from embeddings.catalog import repeats
from embeddings.catalog.digests import content_digest, short_digest, words_digest
from embeddings.encoder import EncoderIdentity
from embeddings.errors import LibraryError
from embeddings.extract.normalise import normalise

_VERSIONS_AT_ONCE = 512
_VECTORS_AT_ONCE = 2048
_LENGTH_TOLERANCE = 1e-3

ReadArticle = Callable[[str, int], Article]
Span = tuple[int, int]


def faults(connection: sqlite3.Connection, encoder: EncoderIdentity | None, read: ReadArticle) -> Iterator[str]:
    """Say in a sentence each what does not hold; nothing when all is well.

    Raises LibraryError when the file is too damaged to be looked through.
    """
    yield from _file_faults(connection)
    yield from _log_faults(connection)
    yield from _version_faults(connection, read)
    yield from _story_faults(connection)
    yield from _repeat_faults(connection)
    yield from _vector_faults(connection, encoder)


def _file_faults(connection: sqlite3.Connection) -> Iterator[str]:
    for (message,) in connection.execute("PRAGMA integrity_check"):
        if message != "ok":
            yield f"the catalog's file is damaged: {message}."
    for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check"):
        yield f"row {row} of {table} refers to a row of {parent} that is not there."
    for table in ("articles", "versions", "passages", "vectors", "changes"):
        column = "seq" if table == "changes" else "key"
        last, given = connection.execute(
            f"SELECT coalesce(max({column}), 0), "
            f"coalesce((SELECT seq FROM sqlite_sequence WHERE name = '{table}'), 0) FROM {table}"
        ).fetchone()
        if last > given:
            yield f"the next key of {table} would be {given + 1}, but keys up to {last} were given out."


def _log_faults(connection: sqlite3.Connection) -> Iterator[str]:
    """Compare what the log of changes adds up to with what the articles say is searched, in one look at both."""
    rows = connection.execute(
        """
        WITH replayed AS (
            SELECT passage AS key FROM (SELECT passage, op, max(seq) FROM changes GROUP BY passage) WHERE op = 'add'
        ), searched AS (
            SELECT p.key FROM passages p JOIN versions v ON v.key = p.version_key
            JOIN articles a ON a.key = v.article AND a.version = v.version WHERE a.withdrawn_at IS NULL
        )
        SELECT 'is not in the log of changes', count(*), min(key)
        FROM (SELECT key FROM searched EXCEPT SELECT key FROM replayed)
        UNION ALL
        SELECT 'is in the log of changes, but its article does not show it', count(*), min(key)
        FROM (SELECT key FROM replayed EXCEPT SELECT key FROM searched)
        """
    ).fetchall()
    for what, count, first in rows:
        if count:
            yield f"passage {first}{_and_more(count)} {what}."
    for id, version in connection.execute(
        "SELECT a.id, a.version FROM articles a LEFT JOIN versions v ON v.article = a.key AND v.version = a.version "
        "WHERE v.key IS NULL"
    ):
        yield f"article {id!r} is said to stand at version {version}, which is not there."


def _version_faults(connection: sqlite3.Connection, read: ReadArticle) -> Iterator[str]:
    last = 0
    while rows := connection.execute(
        "SELECT v.key, a.id, v.version, v.content, v.words, v.first_passage, v.end_passage "
        "FROM versions v JOIN articles a ON a.key = v.article WHERE v.key > ? AND v.erased_at IS NULL "
        "ORDER BY v.key LIMIT ?",
        (last, _VERSIONS_AT_ONCE),
    ).fetchall():
        for key, id, number, content, words, *keys in rows:
            name = f"version {number} of article {id!r}"
            try:
                article = read(id, number)
            except (LibraryError, ValueError, TypeError, msgspec.MsgspecError) as error:
                yield f"{name} cannot be read: {error}."
                continue
            found = _text_faults(article, content, words), _passage_faults(connection, article.text, key, *keys)
            for each in found:
                for fault in each:
                    yield f"{name} {fault}."
        last = rows[-1][0]
    strays, first = connection.execute(
        "SELECT count(*), min(p.key) FROM passages p JOIN versions v ON v.key = p.version_key "
        "WHERE p.key < v.first_passage OR p.key >= v.end_passage"
    ).fetchone()
    if strays:
        yield f"passage {first}{_and_more(strays)} has a key that its version does not count as its own."


def _text_faults(article: Article, content: bytes, words: bytes) -> Iterator[str]:
    if normalise(article.text) != article.text:
        yield "has a text that is not normalised"
    if content_digest(article) != content:
        yield "does not match its content digest"
    if words_digest(article.text) != words:
        yield "does not match the digest of its words"
    if list(article.pages) != sorted(article.pages) or not all(0 <= at <= len(article.text) for at in article.pages):
        yield "has pages that are out of order or outside its text"


def _passage_faults(connection: sqlite3.Connection, text: str, version_key: int, first: int, end: int) -> Iterator[str]:
    rows = connection.execute(
        "SELECT key, version_key, ordinal, start, end FROM passages WHERE key >= ? AND key < ? ORDER BY key",
        (first, end),
    ).fetchall()
    if [(row[0], row[1]) for row in rows] != [(key, version_key) for key in range(first, end)]:
        yield f"does not have exactly the passages {first} to {end - 1}"
    if [row[2] for row in rows] != list(range(len(rows))):
        yield "has passages whose ordinals do not count from 0"
    if not _in_order([row[3:] for row in rows], 0, len(text)):
        yield "has passages that are empty, out of order or outside its text"
    sentences: dict[int, list[tuple[int, int, int]]] = {row[0]: [] for row in rows}
    for passage, ordinal, start, stop, words, *speech in connection.execute(
        "SELECT passage, ordinal, start, end, words, speaker_start, speaker_end, cue_start, cue_end FROM sentences "
        "WHERE passage >= ? AND passage < ? ORDER BY passage, ordinal",
        (first, end),
    ):
        sentences.setdefault(passage, []).append((ordinal, start, stop))
        if short_digest(text[start:stop]) != words:
            yield f"has a sentence at character {start} that does not match the digest of its words"
        if any(at is not None for at in speech) and not _are_spans(speech, len(text)):
            yield f"has a sentence at character {start} whose speaker does not stand in the text"
    for key, _, ordinal, start, stop in rows:
        if fault := _sentence_fault(text, (start, stop), sentences[key]):
            yield f"has a passage, number {ordinal}, whose sentences {fault}"


def _sentence_fault(text: str, passage: Span, sentences: Sequence[tuple[int, int, int]]) -> str | None:
    if [ordinal for ordinal, _, _ in sentences] != list(range(len(sentences))):
        return "have ordinals that do not count from 0"
    spans = [(start, end) for _, start, end in sentences]
    if not _in_order(spans, *passage):
        return "are empty, out of order or outside of it"
    edges = [passage[0], *(edge for span in spans for edge in span), passage[1]]
    if any(text[end:start].strip() for end, start in zip(edges[::2], edges[1::2], strict=True)):
        return "leave some of its characters out"
    return None


def _are_spans(edges: Sequence[int | None], length: int) -> bool:
    """Tell whether these are the starts and ends of spans that are not empty and lie within the length."""
    return all(
        start is not None and end is not None and 0 <= start < end <= length
        for start, end in zip(edges[::2], edges[1::2], strict=True)
    )


def _in_order(spans: Sequence[Span], first: int, end: int) -> bool:
    """Tell whether the spans are not empty, follow one another and stay within the bounds."""
    edges = [first, *(edge for span in spans for edge in span), end]
    return edges == sorted(edges) and all(start < end for start, end in spans)


def _story_faults(connection: sqlite3.Connection) -> Iterator[str]:
    divided = connection.execute(
        "SELECT min(key) FROM versions WHERE erased_at IS NULL GROUP BY words HAVING count(DISTINCT story) > 1"
    ).fetchall()
    if divided:
        yield f"version key {divided[0][0]}{_and_more(len(divided))} and an exact copy of it are not one story."


def _repeat_faults(connection: sqlite3.Connection) -> Iterator[str]:
    """Compare how often sentences are said to be repeated with how often they are."""
    counted = f"SELECT words, source, articles FROM ({repeats.COUNTED})"
    kept = "SELECT words, source, articles FROM repeats"
    count = connection.execute(
        f"SELECT (SELECT count(*) FROM ({counted} EXCEPT {kept})) + (SELECT count(*) FROM ({kept} EXCEPT {counted}))"
    ).fetchone()[0]
    if count:
        yield f"the counts of repeated sentences are wrong for {count} of them."


def _vector_faults(connection: sqlite3.Connection, encoder: EncoderIdentity | None) -> Iterator[str]:
    if encoder is None:
        if connection.execute("SELECT 1 FROM vectors LIMIT 1").fetchone():
            yield "there are vectors, but the encoder that made them is not named."
        return
    last = 0
    while rows := connection.execute(
        "SELECT key, vector FROM vectors WHERE key > ? ORDER BY key LIMIT ?", (last, _VECTORS_AT_ONCE)
    ).fetchall():
        sound = [(key, blob) for key, blob in rows if len(blob) == 4 * encoder.dimension]
        if len(sound) < len(rows):
            wrong = sorted({key for key, _ in rows} - {key for key, _ in sound})
            yield f"vector {wrong[0]}{_and_more(len(wrong))} does not have {encoder.dimension} dimensions."
        matrix = np.frombuffer(b"".join(blob for _, blob in sound), dtype="<f4").reshape(-1, encoder.dimension)
        lengths = np.linalg.norm(matrix.astype(np.float64), axis=1)
        # Written so that a vector with a NaN in it, which compares as false, is among the wrong ones.
        bad = [key for (key, _), length in zip(sound, lengths, strict=True) if not abs(length - 1) <= _LENGTH_TOLERANCE]
        if bad:
            yield f"vector {bad[0]}{_and_more(len(bad))} is not of unit length."
        last = rows[-1][0]
    count, first = connection.execute(
        "SELECT count(*), min(key) FROM (SELECT p.key FROM passages p LEFT JOIN sentences s ON s.passage = p.key "
        "LEFT JOIN sentence_vectors x ON x.vector = p.vector "
        "GROUP BY p.key HAVING length(x.sentences) IS NOT count(s.ordinal) * 2 * ?)",
        (encoder.dimension,),
    ).fetchone()
    if count:
        yield f"passage {first}{_and_more(count)} does not have one vector for each of its sentences."


def _and_more(count: int) -> str:
    return f" (and {count - 1} more)" if count > 1 else ""
