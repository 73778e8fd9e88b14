"""Reading the catalog: for the indexes and for searches."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import numpy as np

from embeddings.arrays import FloatMatrix, KeyRanges, Keys
from embeddings.articles import Filter, Passage, Sentence, Speech
from embeddings.catalog.connections import Connections
from embeddings.catalog.digests import short_digest
from embeddings.catalog.filters import conditions
from embeddings.catalog.repeats import REPEATED_FROM, SHARES
from embeddings.catalog.rows import (
    Changes,
    StoryCarrier,
    carrier_from,
    date_from,
)
from embeddings.encoder import EncoderIdentity
from embeddings.errors import IndexMismatch

ARTICLE_COLUMNS = "a.id, v.version, v.title, v.source, v.author, v.published_at, v.url, v.genre"
_PART = "substr(t.text, {0} + 1, {1} - {0})"
LIVE = "articles a JOIN versions v ON v.article = a.key AND v.version = a.version"


def heading(title: str, published_at: datetime | None) -> str:
    """What stands above every passage when it is encoded and indexed: its article's title and day."""
    if published_at is None:
        return title
    return f"{title}\n{published_at:%B} {published_at.day}, {published_at.year}"


class CatalogReader(Connections):
    """What a collection holds."""

    # -- facts ---------------------------------------------------------------------------------------------------------

    def fact(self, name: str) -> str | None:
        """Read one of the collection's own facts."""
        row = self._connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    @property
    def id(self) -> str:
        """Tell this catalog from every other; index files carry it in their names."""
        return str(self.fact("id"))

    def standing(self) -> tuple[str, int]:
        """Give the id and the number of the last change. A catalog that was restored from a backup has another id."""
        row = self._connection.execute(
            "SELECT value, (SELECT coalesce(max(seq), 0) FROM changes) FROM facts WHERE name = 'id'"
        ).fetchone()
        return str(row[0]), int(row[1])

    def encoder(self) -> EncoderIdentity | None:
        """Name the encoder that made this collection; None before the first article."""
        stored = self.fact("encoder")
        return None if stored is None else msgspec.json.decode(stored, type=EncoderIdentity)

    def check_encoder(self, identity: EncoderIdentity) -> None:
        """Raise IndexMismatch unless the collection is this encoder's, or empty."""
        owner = self.encoder()
        if owner is not None and owner.digest != identity.digest:
            raise IndexMismatch(
                f"this collection was made with the encoder {owner.name} ({owner.dimension} dimensions, weights "
                f"{owner.digest[:12]}), not with {identity.name} ({identity.dimension}, {identity.digest[:12]}). "
                f"Use that one (BYLINE_ENCODER={owner.name}), or bring the collection over to this one: byline reencode"
            )

    # -- the log -------------------------------------------------------------------------------------------------------

    def seq(self) -> int:
        """Give the number of the last change, 0 for none."""
        return int(self._connection.execute("SELECT coalesce(max(seq), 0) FROM changes").fetchone()[0])

    def changes(self, after: int, last: int | None = None) -> Changes:
        """Fold the log after one change, up to another or its end: what came in, what went out, each by its last."""
        last = self.seq() if last is None else last
        rows = self._connection.execute(
            "SELECT passage, op = 'add', max(seq) FROM changes WHERE seq > ? AND seq <= ? "
            "GROUP BY passage ORDER BY passage",
            (after, last),
        ).fetchall()
        return Changes(
            seq=max(after, last),
            added=np.array([key for key, added, _ in rows if added], dtype=np.int64),
            removed=np.array([key for key, added, _ in rows if not added], dtype=np.int64),
        )

    # -- for the indexes -----------------------------------------------------------------------------------------------

    def vectors(self, keys: Keys) -> FloatMatrix:
        """Give the vectors of passages, in the order of their ascending keys."""
        blobs = self._by_keys(
            "SELECT x.vector FROM passages p JOIN vectors x ON x.key = p.vector WHERE p.key IN ({}) ORDER BY p.key",
            keys,
        )
        matrix = np.frombuffer(b"".join(blob for (blob,) in blobs), dtype="<f4")
        return matrix.reshape(len(keys), -1) if len(keys) else np.zeros((0, 0), dtype=np.float32)

    def indexed_texts(self, keys: Keys) -> list[str]:
        """Give what the lexical index reads of passages, heading and text, in the order of their ascending keys."""
        rows = self._by_keys(
            "SELECT v.title, v.published_at, substr(t.text, p.start + 1, p.end - p.start) "
            "FROM passages p JOIN versions v ON v.key = p.version_key JOIN texts t ON t.version_key = v.key "
            "WHERE p.key IN ({}) ORDER BY p.key",
            keys,
        )
        return [f"{heading(title, date_from(published_at))}\n{text}" for title, published_at, text in rows]

    def _by_keys(self, query: str, keys: Keys, *before: Any) -> list[tuple[Any, ...]]:
        """Run a query for many keys, a bounded number of them at a time, with {} where the keys go."""
        rows: list[tuple[Any, ...]] = []
        for start in range(0, len(keys), 512):
            some = [int(key) for key in keys[start : start + 512]]
            rows += self._connection.execute(query.format(",".join("?" * len(some))), [*before, *some]).fetchall()
        return rows

    def live(self, wanted: Filter | None = None) -> KeyRanges:
        """Give the keys of the passages that are searched, of the articles that the filter admits."""
        where, values = conditions(wanted or Filter())
        rows = self._connection.execute(
            f"SELECT v.first_passage, v.end_passage FROM {LIVE} "
            f"WHERE a.withdrawn_at IS NULL AND v.end_passage > v.first_passage{where} ORDER BY v.first_passage",
            values,
        ).fetchall()
        return np.array(rows, dtype=np.int64).reshape(-1, 2)

    # -- for searches --------------------------------------------------------------------------------------------------

    def outlets(self) -> list[str]:
        """Give the outlets of the articles that are searched, by name as they are stored."""
        rows = self._connection.execute(
            f"SELECT DISTINCT v.source FROM {LIVE} "
            "WHERE a.withdrawn_at IS NULL AND v.source IS NOT NULL ORDER BY v.source"
        ).fetchall()
        return [name for (name,) in rows]

    def origins(self, keys: Keys) -> dict[int, tuple[int, int]]:
        """Tell of each passage which version it is of, and which story."""
        rows = self._by_keys(
            "SELECT p.key, v.key, v.story FROM passages p JOIN versions v ON v.key = p.version_key WHERE p.key IN ({})",
            keys,
        )
        return {key: (version_key, story) for key, version_key, story in rows}

    def passages(self, keys: Keys) -> dict[int, Passage]:
        """Look passages up by key."""
        rows = self._by_keys(
            "SELECT p.key, p.ordinal, p.start, p.end, a.id, v.version, substr(t.text, p.start + 1, p.end - p.start) "
            "FROM passages p JOIN versions v ON v.key = p.version_key JOIN texts t ON t.version_key = v.key "
            "JOIN articles a ON a.key = v.article WHERE p.key IN ({})",
            keys,
        )
        return {
            key: Passage(
                id=f"{article_id}@{version}:{ordinal}",
                article_id=article_id,
                version=version,
                ordinal=ordinal,
                start=start,
                end=end,
                text=text,
            )
            for key, ordinal, start, end, article_id, version, text in rows
        }

    def carriers(self, stories: Sequence[int], wanted: Filter | None = None) -> list[StoryCarrier]:
        """Find the live articles of these stories that the filter admits.

        Of one story, the earliest published come first, the undated last.
        """
        where, values = conditions(wanted or Filter())
        found: list[StoryCarrier] = []
        for start in range(0, len(stories), 512):
            some = stories[start : start + 512]
            rows = self._connection.execute(
                f"SELECT v.key, v.story, v.words, v.first_passage, v.end_passage, {ARTICLE_COLUMNS} FROM {LIVE} "
                f"WHERE v.story IN ({','.join('?' * len(some))}) AND a.withdrawn_at IS NULL "
                f"AND v.end_passage > v.first_passage{where} ORDER BY v.published_at IS NULL, v.published_at, a.key",
                [*some, *values],
            ).fetchall()
            found += [
                StoryCarrier(
                    version_key=key,
                    story=story,
                    words=words,
                    first_passage=first,
                    end_passage=end,
                    carrier=carrier_from(rest),
                )
                for key, story, words, first, end, *rest in rows
            ]
        return found

    def saying(self, sentence: str, articles: Sequence[tuple[str, int]]) -> set[str]:
        """Tell which of these versions of articles, given by id and number, have a sentence with these words."""
        return {
            id
            for id, version in articles
            if self._connection.execute(
                "SELECT 1 FROM articles a JOIN versions v ON v.article = a.key "
                "JOIN passages p ON p.key >= v.first_passage AND p.key < v.end_passage "
                "JOIN sentences s ON s.passage = p.key WHERE a.id = ? AND v.version = ? AND s.words = ? LIMIT 1",
                (id, version, short_digest(sentence)),
            ).fetchone()
        }

    def worded(self, keys: Keys) -> dict[int, dict[int, int]]:
        """Give the sentences of passages, by passage key: digest of the words to length in characters."""
        found: dict[int, dict[int, int]] = {}
        for key, words, length in self._by_keys(
            "SELECT passage, words, end - start FROM sentences WHERE passage IN ({})", keys
        ):
            found.setdefault(key, {})[words] = length
        return found

    def repeated(self, keys: Keys) -> dict[int, float]:
        """Tell which share of each passage its outlet says in many of its articles, by passage key."""
        return {key: share or 0.0 for key, share in self._by_keys(SHARES, keys, REPEATED_FROM)}

    def sentences(self, keys: Keys) -> dict[int, tuple[tuple[Sentence, ...], FloatMatrix]]:
        """Give the sentences of passages with their vectors, by passage key."""
        blobs = dict(
            self._by_keys(
                "SELECT p.key, s.sentences FROM passages p JOIN sentence_vectors s ON s.vector = p.vector "
                "WHERE p.key IN ({})",
                keys,
            )
        )
        spans: dict[int, list[Sentence]] = {}
        for key, *row in self._by_keys(
            f"SELECT s.passage, s.start, s.end, {_PART.format('s.start', 's.end')}, s.quoted, "
            f"s.speaker_start, s.speaker_end, {_PART.format('s.speaker_start', 's.speaker_end')}, "
            f"s.cue_start, s.cue_end, {_PART.format('s.cue_start', 's.cue_end')} FROM sentences s "
            "JOIN passages p ON p.key = s.passage JOIN texts t ON t.version_key = p.version_key "
            "WHERE s.passage IN ({}) ORDER BY s.passage, s.ordinal",
            keys,
        ):
            spans.setdefault(key, []).append(_sentence_from(row))
        return {
            key: (
                tuple(sentences),
                np.frombuffer(blobs[key], dtype="<f2").astype(np.float32).reshape(len(sentences), -1),
            )
            for key, sentences in spans.items()
        }


def _sentence_from(row: Sequence[Any]) -> Sentence:
    start, end, text, quoted, speaker_start, speaker_end, speaker, cue_start, cue_end, cue = row
    speech = None
    if speaker_start is not None:
        speech = Speech(
            speaker=speaker,
            speaker_start=speaker_start,
            speaker_end=speaker_end,
            cue=cue,
            cue_start=cue_start,
            cue_end=cue_end,
        )
    return Sentence(start=start, end=end, text=text, quoted=bool(quoted), speech=speech)
