"""A collection in memory: articles that are searched for a while and kept nowhere."""

import uuid
from collections.abc import Callable, Iterable

from embeddings.catalog import Catalog
from embeddings.catalog.connections import NOWHERE
from embeddings.collection import Collection, Indexes
from embeddings.dense import DenseIndex
from embeddings.encoder import Encoder
from embeddings.extract import Result
from embeddings.ingest import Ingester
from embeddings.lexical import LexicalIndex
from embeddings.library import Library
from embeddings.retriever import Retriever

UNNAMED = ""
"""What stands for the name of a collection that has none."""


class EphemeralCollection(Collection):
    """Nobody else knows of it, and nothing of it is on the disk. Gone when it is closed, or when nobody holds it."""

    def __init__(self, encoder: Encoder) -> None:
        directory = NOWHERE / uuid.uuid4().hex
        super().__init__(directory, Catalog(directory / "catalog.sqlite"))
        self._dimension = encoder.identity.dimension

    def compact(self, *, always: bool = True, growing: bool = False) -> None:
        """Do nothing: there is no place for snapshots."""

    def _reopened(self, known: Indexes | None) -> Indexes:
        return known or Indexes(DenseIndex(self._dimension), LexicalIndex())


class EphemeralLibrary(Library):
    """Has one such collection, which is `UNNAMED`."""

    def __init__(
        self, records: Iterable[Result], encoder: Encoder, before_encoding: Callable[[], None] = lambda: None
    ) -> None:
        """Take articles in, which takes its time; `before_encoding` as for `Ingester`."""
        super().__init__(NOWHERE, encoder)
        collection = EphemeralCollection(encoder)
        for _ in Ingester(collection, encoder, before_encoding=before_encoding).ingest(records):
            pass
        self._retrievers[UNNAMED] = Retriever(collection, encoder)
