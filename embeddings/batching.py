"""Queries of many threads, encoded together: what waits while a batch is encoded is the next batch."""

import threading
from collections.abc import Sequence

from embeddings.arrays import FloatVector
from embeddings.encoder import EncodedPassage, Encoder, EncoderIdentity, EncoderInput

_MOST = 32
"""Queries of a batch; more are encoded no faster."""


class _Waiting:
    """A query whose thread waits for its vector."""

    def __init__(self, query: str) -> None:
        self.query = query
        self.vector: FloatVector | None = None
        self.error: Exception | None = None


class BatchingEncoder:
    """An encoder that takes the queries of many threads in batches, and never waits for a batch to fill.

    One thread encodes at a time; the others wait, and find their queries done or encode the batch that has formed.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._waiting: list[_Waiting] = []
        self._queueing = threading.Lock()
        self._encoding = threading.Lock()

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
        return self.encode_queries([query])[0]

    def encode_queries(self, queries: Sequence[str]) -> list[FloatVector]:
        mine = [_Waiting(query) for query in queries]
        with self._queueing:
            self._waiting += mine
        vectors = []
        for each in mine:
            while each.vector is None:
                with self._encoding:
                    if each.vector is None and each.error is None:
                        self._encode()
                if each.error is not None:
                    raise each.error
            vectors.append(each.vector)
        return vectors

    def encode_document(self, inputs: Sequence[EncoderInput]) -> list[EncodedPassage]:
        return self._encoder.encode_document(inputs)

    def _encode(self) -> None:
        """Encode the queries that have waited longest."""
        with self._queueing:
            batch, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
        try:
            vectors = self._encoder.encode_queries([each.query for each in batch])
        except Exception as error:
            for each in batch:
                each.error = error
            return
        for each, vector in zip(batch, vectors, strict=True):
            each.vector = vector
