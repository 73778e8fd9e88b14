"""A directory of collections, opened as they are asked for, searched with one encoder."""

import threading
from pathlib import Path

from embeddings.collection import Collection, names
from embeddings.encoder import Encoder
from embeddings.retriever import Retriever


class Library:
    """May be used by many threads."""

    def __init__(self, path: Path, encoder: Encoder) -> None:
        self.path = path
        self.encoder = encoder
        self._retrievers: dict[str, Retriever] = {}
        self._opening = threading.Lock()

    def retriever(self, collection: str) -> Retriever:
        """Give the retriever of a collection. Raises CollectionNotFound, or IndexMismatch for another encoder's."""
        with self._opening:
            if collection not in self._retrievers:
                self._retrievers[collection] = Retriever(Collection.open(self.path, collection), self.encoder)
            return self._retrievers[collection]

    def collections(self) -> list[str]:
        """Name the collections that there are, in the order of the alphabet."""
        return names(self.path)

    def close(self) -> None:
        """Close the collections that were opened."""
        with self._opening:
            for retriever in self._retrievers.values():
                retriever.collection.close()
            self._retrievers.clear()
