"""The engines that evals.lexical_choice compares, each behind the same few calls.

Keys of passages are line numbers of the corpus; an article is `PASSAGES_PER_ARTICLE` neighbours; a share is a filter:
the articles that it admits, or None for all of them.
"""

import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from embeddings.arrays import KeyRanges, Keys
from embeddings.lexical import LexicalIndex

PASSAGES_PER_ARTICLE = 5
Shares = Mapping[str, frozenset[int] | None]
_NO_KEYS: Keys = np.zeros(0, dtype=np.int64)


class Engine:
    """One way to index and search; built in one process, opened in another."""

    about: ClassVar[dict[str, str]]

    def __init__(self, folder: Path, shares: Shares) -> None:
        self.folder = folder
        self.shares = shares

    def build(self, corpus: Iterator[str]) -> None:
        """Index the whole corpus and leave it on disk."""
        raise NotImplementedError

    def open(self) -> None:
        """Be ready to search what was built."""
        raise NotImplementedError

    def search(self, question: str, k: int, share: str) -> list[int]:
        """Keys of the k best of a share, best first."""
        raise NotImplementedError

    def add(self, passages: Sequence[tuple[int, str]]) -> None:
        """Make more passages findable."""
        raise NotImplementedError

    def delete(self, passages: Sequence[tuple[int, str]]) -> None:
        """Make passages, given with their texts, unfindable."""
        raise NotImplementedError


class Ours(Engine):
    """embeddings.lexical; the ranges of a filter come from the catalog and are not timed."""

    about: ClassVar[dict[str, str]] = {
        "engine": "ours (NumPy)",
        "scores": "exact",
        "deletes": "native, statistics exact at once",
        "filters": "native",
    }

    def build(self, corpus: Iterator[str]) -> None:
        index, first = LexicalIndex(), 0
        while texts := list(islice(corpus, 1 << 14)):
            index.apply(first, np.arange(first, first + len(texts)), texts, _NO_KEYS)
            first += len(texts)
        index.save(self.folder / "lexical")

    def open(self) -> None:
        self.index = LexicalIndex.open(self.folder / "lexical")
        self.ranges: dict[str, KeyRanges | None] = {}
        for share, articles in self.shares.items():
            firsts = np.array(sorted(articles or ()), dtype=np.int64) * PASSAGES_PER_ARTICLE
            self.ranges[share] = None if articles is None else np.stack([firsts, firsts + PASSAGES_PER_ARTICLE], axis=1)

    def search(self, question: str, k: int, share: str) -> list[int]:
        found: list[int] = self.index.search(question, k, self.ranges[share])[0].tolist()
        return found

    def add(self, passages: Sequence[tuple[int, str]]) -> None:
        keys = np.array([key for key, _ in passages])
        self.index.apply(self.index.seq + 1, keys, [text for _, text in passages], _NO_KEYS)

    def delete(self, passages: Sequence[tuple[int, str]]) -> None:
        self.index.apply(self.index.seq + 1, _NO_KEYS, [], np.array([key for key, _ in passages]))


class Fts5(Engine):
    """A contentless FTS5 table beside the table of passages, as in a catalog; the filter is a subquery."""

    about: ClassVar[dict[str, str]] = {
        "engine": f"SQLite FTS5 {sqlite3.sqlite_version}",
        "scores": "exact; idf of frequent words cut at 1e-6",
        "deletes": "native, given the old text",
        "filters": "of the matches, before scoring",
    }

    def __init__(self, folder: Path, shares: Shares) -> None:
        super().__init__(folder, shares)
        self.connection = sqlite3.connect(folder / "fts5.sqlite", isolation_level=None)

    def build(self, corpus: Iterator[str]) -> None:
        run = self.connection.execute
        run("PRAGMA journal_mode = WAL")
        run("CREATE VIRTUAL TABLE words USING fts5(text, content='', tokenize='porter unicode61')")
        run("CREATE TABLE passages(key INTEGER PRIMARY KEY, article INTEGER)")
        run("CREATE TABLE articles(share TEXT, article INTEGER, PRIMARY KEY (share, article)) WITHOUT ROWID")
        run("BEGIN")
        for share, articles in self.shares.items():
            rows = ((share, article) for article in articles or ())
            self.connection.executemany("INSERT INTO articles VALUES (?, ?)", rows)
        for key, text in enumerate(corpus):
            run("INSERT INTO words(rowid, text) VALUES (?, ?)", (key, text))
            run("INSERT INTO passages VALUES (?, ?)", (key, key // PASSAGES_PER_ARTICLE))
        run("COMMIT")
        run("CREATE INDEX passages_by_article ON passages(article)")
        run("INSERT INTO words(words) VALUES ('optimize')")
        run("PRAGMA wal_checkpoint(TRUNCATE)")

    def open(self) -> None:
        self.connection.execute("PRAGMA mmap_size = 8589934592")

    def search(self, question: str, k: int, share: str) -> list[int]:
        wanted = " OR ".join(f'"{word}"' for word in words(question))
        if self.shares[share] is None:
            statement = "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rank LIMIT ?"
            rows = self.connection.execute(statement, (wanted, k))
        else:
            statement = """
                SELECT rowid FROM words WHERE words MATCH ? AND +rowid IN (
                    SELECT key FROM passages JOIN articles USING (article) WHERE share = ?)
                ORDER BY bm25(words) LIMIT ?"""  # without the + SQLite would match anew for each rowid
            rows = self.connection.execute(statement, (wanted, share, k))
        return [key for (key,) in rows]

    def add(self, passages: Sequence[tuple[int, str]]) -> None:
        self.connection.execute("BEGIN")
        self.connection.executemany("INSERT INTO words(rowid, text) VALUES (?, ?)", passages)
        self.connection.execute("COMMIT")

    def delete(self, passages: Sequence[tuple[int, str]]) -> None:
        self.connection.execute("BEGIN")
        self.connection.executemany("INSERT INTO words(words, rowid, text) VALUES ('delete', ?, ?)", passages)
        self.connection.execute("COMMIT")


class Tantivy(Engine):
    """tantivy with its English stemmer; a filter is a term that must be there and adds nothing."""

    about: ClassVar[dict[str, str]] = {
        "engine": "tantivy",
        "scores": "approximate: lengths kept in one byte",
        "deletes": "native, statistics follow at the next merge",
        "filters": "native, of what is indexed as a field",
    }

    def __init__(self, folder: Path, shares: Shares) -> None:
        import tantivy

        super().__init__(folder, shares)
        self.tantivy: Any = tantivy
        schema = tantivy.SchemaBuilder()
        schema.add_unsigned_field("key", indexed=True, fast=True)
        schema.add_text_field("share", tokenizer_name="raw", index_option="basic")
        schema.add_text_field("text", tokenizer_name="en_stem", index_option="freq")
        path = folder / "tantivy"
        path.mkdir(exist_ok=True)
        self.schema: Any = schema.build()
        self.index: Any = tantivy.Index(self.schema, str(path))

    def build(self, corpus: Iterator[str]) -> None:
        writer = self.index.writer(512_000_000, 1)
        for key, text in enumerate(corpus):
            document = self._document(key, text)
            for share, articles in self.shares.items():
                if articles is not None and key // PASSAGES_PER_ARTICLE in articles:
                    document.add_text("share", share)
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()

    def open(self) -> None:
        self.index.reload()
        self.writer: Any = self.index.writer(64_000_000, 1)

    def search(self, question: str, k: int, share: str) -> list[int]:
        make, occur = self.tantivy.Query, self.tantivy.Occur
        query = self.index.parse_query(" ".join(words(question)), ["text"])
        if self.shares[share] is not None:
            admitted = make.const_score_query(make.term_query(self.schema, "share", share, "basic"), 0.0)
            query = make.boolean_query([(occur.Must, query), (occur.Must, admitted)])
        searcher = self.index.searcher()
        places = [place for _, place in searcher.search(query, k, count=False).hits]
        found: list[int] = searcher.fast_field_values("key", places)
        return found

    def add(self, passages: Sequence[tuple[int, str]]) -> None:
        for key, text in passages:
            self.writer.add_document(self._document(key, text))
        self.writer.commit()
        self.index.reload()

    def delete(self, passages: Sequence[tuple[int, str]]) -> None:
        for key, _ in passages:
            self.writer.delete_documents_by_term("key", key)
        self.writer.commit()
        self.index.reload()

    def _document(self, key: int, text: str) -> Any:
        document = self.tantivy.Document(text=text)
        document.add_unsigned("key", key)
        return document


class Bm25s(Engine):
    """bm25s: scores computed beforehand, one sparse matrix; a filter multiplies all scores, a change means building."""

    about: ClassVar[dict[str, str]] = {
        "engine": "bm25s",
        "scores": "exact to float32",
        "deletes": "none: built again",
        "filters": "mask over all scores",
    }

    def __init__(self, folder: Path, shares: Shares) -> None:
        import bm25s
        import Stemmer

        super().__init__(folder, shares)
        self.bm25s: Any = bm25s
        self.stemmer = Stemmer.Stemmer("english")
        self.path = folder / "bm25s"

    def build(self, corpus: Iterator[str]) -> None:
        self.tokenizer: Any = self.bm25s.tokenization.Tokenizer(
            stopwords=None, stemmer=self.stemmer, splitter=r"(?u)\b\w+\b"
        )
        tokens = self.tokenizer.tokenize(list(corpus), return_as="tuple", show_progress=False, update_vocab=True)
        index = self.bm25s.BM25(method="lucene", k1=1.2, b=0.75)
        index.index(tokens, show_progress=False)
        index.save(str(self.path), show_progress=False)
        self.tokenizer.save_vocab(str(self.path))
        self.tokenizer.save_stopwords(str(self.path))

    def open(self) -> None:
        self.index: Any = self.bm25s.BM25.load(str(self.path), mmap=True, show_progress=False)
        self.tokenizer = self.bm25s.tokenization.Tokenizer(stemmer=self.stemmer, splitter=r"(?u)\b\w+\b")
        self.tokenizer.load_vocab(str(self.path))
        self.tokenizer.load_stopwords(str(self.path))
        articles = np.arange(self.index.scores["num_docs"]) // PASSAGES_PER_ARTICLE
        self.masks = {
            share: None if admitted is None else np.isin(articles, list(admitted)).astype(np.float32)
            for share, admitted in self.shares.items()
        }

    def search(self, question: str, k: int, share: str) -> list[int]:
        tokens = self.tokenizer.tokenize([question], return_as="ids", show_progress=False, update_vocab=False)
        mask = self.masks[share]
        places, scores = self.index.retrieve(tokens, k=k, show_progress=False, n_threads=0, weight_mask=mask)
        found: list[int] = places[0][scores[0] > 0].tolist()
        return found


def words(question: str) -> list[str]:
    """The words of a question, so that none is taken for an operator."""
    return re.findall(r"\w+", question.lower())
