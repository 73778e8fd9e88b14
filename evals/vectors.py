"""Vectors kept between runs, by the digest of the encoder and the exact input: no text is encoded twice."""

import hashlib
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import platformdirs

from embeddings.arrays import FloatVector
from embeddings.encoder import EncodedPassage, Encoder, EncoderIdentity, EncoderInput

CACHE = platformdirs.user_cache_path("byline-evals", appauthor=False)


class CachedEncoder:
    """An encoder that looks first for what it encoded before; may be used by many threads, and many processes."""

    def __init__(self, encoder: Encoder, directory: Path = CACHE) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._encoder = encoder
        path = directory / f"vectors-{encoder.identity.digest[:12]}.sqlite"
        self._connection = sqlite3.connect(path, check_same_thread=False, timeout=600, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.execute("CREATE TABLE IF NOT EXISTS vectors (input BLOB PRIMARY KEY, vectors BLOB NOT NULL)")
        self._using = threading.Lock()

    @property
    def identity(self) -> EncoderIdentity:
        return self._encoder.identity

    @property
    def max_tokens(self) -> int:
        return self._encoder.max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._encoder.count_tokens(texts)

    def cut(self, text: str, tokens: int) -> str:
        return self._encoder.cut(text, tokens)

    def encode_query(self, query: str) -> FloatVector:
        digest = hashlib.sha256(f"query\n{query}".encode()).digest()
        found = self._found([digest])
        if digest not in found:
            found[digest] = self._encoder.encode_query(query).astype("<f4").tobytes()
            self._keep(found)
        return np.frombuffer(found[digest], dtype="<f4")

    def encode_queries(self, queries: Sequence[str]) -> list[FloatVector]:
        return [self.encode_query(query) for query in queries]

    def encode_document(self, inputs: Sequence[EncoderInput]) -> list[EncodedPassage]:
        digests = [each.digest() for each in inputs]
        found = self._found(digests)
        missing = {digest: each for digest, each in zip(digests, inputs, strict=True) if digest not in found}
        if missing:
            encoded = self._encoder.encode_document(list(missing.values()))
            fresh = {digest: _packed(each) for digest, each in zip(missing, encoded, strict=True)}
            self._keep(fresh)
            found |= fresh
        return [self._unpacked(found[digest]) for digest in digests]

    def _found(self, digests: Sequence[bytes]) -> dict[bytes, bytes]:
        found: dict[bytes, bytes] = {}
        with self._using:
            for start in range(0, len(digests), 500):
                some = digests[start : start + 500]
                marks = ",".join("?" * len(some))
                found |= self._connection.execute(f"SELECT input, vectors FROM vectors WHERE input IN ({marks})", some)
        return found

    def _keep(self, fresh: dict[bytes, bytes]) -> None:
        with self._using:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?)", fresh.items())
            self._connection.execute("COMMIT")

    def _unpacked(self, stored: bytes) -> EncodedPassage:
        width = 4 * self.identity.dimension
        sentences = np.frombuffer(stored[width:], dtype="<f2").astype(np.float32)
        return EncodedPassage(
            vector=np.frombuffer(stored[:width], dtype="<f4"), sentences=sentences.reshape(-1, self.identity.dimension)
        )


def _packed(passage: EncodedPassage) -> bytes:
    """The vector of a passage, then those of its sentences at the precision that a collection keeps of them."""
    return passage.vector.astype("<f4").tobytes() + passage.sentences.astype("<f2").tobytes()
