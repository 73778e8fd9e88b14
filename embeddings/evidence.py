"""Sentences of passages as evidence: how near each is to a query in meaning, and how much of the query it says."""

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct

from embeddings.arrays import FloatMatrix, FloatVector, Keys
from embeddings.articles import Hit, Sentence
from embeddings.catalog import Catalog
from embeddings.terms import FUNCTION_WORDS, terms

_KEPT = 512


class Evidence(Struct, frozen=True, kw_only=True):
    """A sentence of a passage that was found."""

    sentence: Sentence
    similarity: float
    """Cosine of the query and the sentence as it stands in its passage; of the nearest query, if there are several."""
    terms: tuple[str, ...]
    """As the lexical index counts them, in the order of the text."""


class Candidate(Evidence, frozen=True, kw_only=True):
    """A sentence of a hit."""

    hit: Hit

    @property
    def place(self) -> tuple[str, int]:
        """Article and offset where it begins: the same for one sentence, however often its passage was found."""
        return self.hit.article.article_id, self.sentence.start


def shares(query: str, idf: Mapping[str, float]) -> dict[str, float]:
    """Weigh the content words of a query by rarity; the weights add up to 1, or there are none."""
    weights = {term: idf[term] for term in dict.fromkeys(terms(query)) if term not in FUNCTION_WORDS}
    total = sum(weights.values())
    return {term: weight / total for term, weight in weights.items()} if total else {}


def strongest(evidence: Sequence[Evidence], above: frozenset[str], weights: Mapping[str, float]) -> tuple[float, float]:
    """Give the highest similarity among a passage's sentences, and how much of the query its words say, from 0 to 1.

    That is the mean of the largest share that one sentence says and the share that all of them say, each together with
    the terms of the heading `above` them.
    """
    if not evidence:
        return 0.0, 0.0
    said = [above.union(each.terms) for each in evidence]
    most = max(_share(weights, each) for each in said)
    return max(each.similarity for each in evidence), (most + _share(weights, above.union(*said))) / 2


def _share(weights: Mapping[str, float], said: frozenset[str]) -> float:
    return sum(weight for term, weight in weights.items() if term in said)


class Evidences:
    """Reads the sentences of passages, and keeps those read last: they never change, and dividing them takes time."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._kept: OrderedDict[int, tuple[tuple[Sentence, ...], list[tuple[str, ...]], FloatMatrix]] = OrderedDict()
        self._keeping = threading.Lock()

    def of(self, keys: Keys, queries: Sequence[FloatVector]) -> dict[int, list[Evidence]]:
        """Give the sentences of each passage, in the order of the text; none of what was erased meanwhile."""
        with self._keeping:
            known = {key: self._kept[key] for key in keys.tolist() if key in self._kept}
        missing = np.array([key for key in keys.tolist() if key not in known], dtype=np.int64)
        for key, (sentences, vectors) in self._catalog.sentences(missing).items():
            known[key] = sentences, [tuple(terms(sentence.text)) for sentence in sentences], vectors
        with self._keeping:
            for key, each in known.items():
                self._kept[key] = each
                self._kept.move_to_end(key)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return {key: [] for key in keys.tolist()} | {
            key: [
                Evidence(sentence=sentence, similarity=similarity, terms=words)
                for sentence, words, similarity in zip(sentences, said, similarities(vectors, queries), strict=True)
            ]
            for key, (sentences, said, vectors) in known.items()
        }


def similarities(vectors: FloatMatrix, queries: Sequence[FloatVector]) -> list[float]:
    """Give the cosine of each row with the nearest of the queries."""
    nearest: list[float] = np.max([vectors @ query for query in queries], axis=0).tolist()
    return nearest
