"""Queries that many threads ask for at once: encoded together, each as if it were alone."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from fakes import HashingEncoder

from embeddings.arrays import FloatVector
from embeddings.batching import BatchingEncoder
from embeddings.encoder import SentenceTransformerEncoder

QUERIES = [f"who blamed the fall of crane {number} on rust?" for number in range(6)]


class Held(HashingEncoder):
    """Keeps its first batch until it is let go, and the others until then waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[list[str]] = []
        self.begun = threading.Event()
        self.let_go = threading.Event()

    def encode_queries(self, queries: Sequence[str]) -> list[FloatVector]:
        self.batches.append(list(queries))
        self.begun.set()
        assert self.let_go.wait(10)
        if "fail" in queries:
            raise MemoryError("no room")
        return super().encode_queries(queries)


def waiting(encoder: BatchingEncoder, count: int) -> bool:
    """Wait until so many queries are in the queue."""
    while len(encoder._waiting) < count:
        pass
    return True


def test_what_waits_is_the_next_batch() -> None:
    held = Held()
    encoder = BatchingEncoder(held)
    with ThreadPoolExecutor(len(QUERIES)) as pool:
        first = pool.submit(encoder.encode_query, QUERIES[0])
        assert held.begun.wait(10)
        others = [pool.submit(encoder.encode_query, query) for query in QUERIES[1:]]
        assert waiting(encoder, len(others))
        held.let_go.set()
        vectors = [future.result() for future in (first, *others)]
    assert held.batches[0] == QUERIES[:1]
    assert sorted(held.batches[1]) == QUERIES[1:]
    assert len(held.batches) == 2
    np.testing.assert_array_equal(vectors, HashingEncoder().encode_queries(QUERIES))


def test_a_failure_is_told_to_all_of_its_batch_and_to_nobody_else() -> None:
    held = Held()
    encoder = BatchingEncoder(held)
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(encoder.encode_query, "crane")
        assert held.begun.wait(10)
        others = [pool.submit(encoder.encode_query, query) for query in ("fail", "rust")]
        assert waiting(encoder, 2)
        held.let_go.set()
        np.testing.assert_array_equal(first.result(), held.encode_query("crane"))
        for other in others:
            with pytest.raises(MemoryError, match="no room"):
                other.result()
    np.testing.assert_array_equal(encoder.encode_query("rust"), held.encode_query("rust"))


def test_more_than_one_batch_takes() -> None:
    queries = [f"crane {number}" for number in range(100)]
    np.testing.assert_array_equal(
        BatchingEncoder(HashingEncoder()).encode_queries(queries), HashingEncoder().encode_queries(queries)
    )


def test_a_query_is_encoded_alike_alone_and_together(real_encoder: SentenceTransformerEncoder) -> None:
    queries = ["Who?", *QUERIES, "a very long question " * 100, "Καλημέρα κόσμε 😀", ""]
    together = real_encoder.encode_queries(queries)
    alone = [real_encoder.encode_query(query) for query in queries]
    np.testing.assert_allclose(together, alone, atol=1e-5)
    by_library = [real_encoder._model.encode_query(query, show_progress_bar=False) for query in queries]
    np.testing.assert_allclose(together, by_library, atol=1e-5)
