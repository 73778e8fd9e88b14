"""A query to hits: by meaning and by words, fused, copies collapsed. What the service sees of this package."""

import threading
from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from msgspec import Struct

from embeddings.arrays import FloatVector, Keys, Scores
from embeddings.articles import Article, Filter, Hit, Sentence
from embeddings.catalog import StoryCarrier
from embeddings.collection import Collection, Indexes
from embeddings.copies import Story, cited_key, stories
from embeddings.encoder import Encoder
from embeddings.fusion import fuse
from embeddings.terms import terms

_DEPTH = 100
_TRIES = 3
_REMEMBERED_QUERIES = 256


class Retrieval(Struct, frozen=True, kw_only=True):
    """What one query brought back, best first."""

    query: str
    hits: tuple[Hit, ...]
    keys: tuple[int, ...]
    """Of the passages of the hits, in the catalog."""
    seq: int
    """The last change of the collection that this search could see; 0 when there never was one."""


class Candidate(Struct, frozen=True, kw_only=True):
    """A sentence of a hit, and how near it is to the query."""

    hit: Hit
    sentence: Sentence
    similarity: float
    """Cosine of the query and the sentence as it stands in its passage."""


class _Scored(Struct, frozen=True):
    """The candidates of a search, by passage key, with both scores of each."""

    keys: Keys
    dense: Scores
    lexical: Scores
    fused: Scores
    dense_ranks: dict[int, int]
    lexical_ranks: dict[int, int]


class Retriever:
    """Searches one collection with one encoder; may be used by many threads."""

    def __init__(self, collection: Collection, encoder: Encoder) -> None:
        """Raises IndexMismatch when the collection is another encoder's."""
        collection.catalog.check_encoder(encoder.identity)
        self.collection = collection
        self._encoder = encoder
        self._queries: OrderedDict[str, FloatVector] = OrderedDict()
        self._remembering = threading.Lock()

    def retrieve(self, query: str, *, k: int, wanted: Filter | None = None, per_story: int = 1) -> Retrieval:
        """Find k distinct stories, whenever that many match the filter, with up to `per_story` passages each.

        Hits come in the order of their fused scores, whichever story they belong to. Raises IndexMismatch when the
        collection was meanwhile encoded anew by another encoder.
        """
        self.collection.catalog.check_encoder(self._encoder.identity)
        for _ in range(_TRIES):
            retrieval = self._retrieved(query, k, wanted or Filter(), per_story)
            if retrieval.seq >= self.collection.catalog.seq():
                break
            # The collection changed meanwhile: an article that was just updated may have been seen in neither version.
        return retrieval

    def _retrieved(self, query: str, k: int, wanted: Filter, per_story: int) -> Retrieval:
        indexes = self.collection.refresh()
        catalog = self.collection.catalog
        allowed = None if wanted == Filter() else catalog.live(wanted)
        if indexes is None:
            return Retrieval(query=query, hits=(), keys=(), seq=0)
        seq = indexes.dense.seq
        if allowed is not None and not len(allowed):
            return Retrieval(query=query, hits=(), keys=(), seq=seq)
        vector = self._encoded(query)
        depth = max(_DEPTH, 4 * k)
        while True:
            dense, _ = indexes.dense.search(vector, depth, allowed)
            lexical, _ = indexes.lexical.search(query, depth, allowed)
            origins = catalog.origins(np.unique(np.concatenate([dense, lexical])))
            carriers = _held(indexes, catalog.carriers([*{story for _, story in origins.values()}], wanted))
            found = stories(carriers)
            # All that the filter admits was seen when the ranking by meaning, which leaves nothing out, ran dry.
            if len(found) >= k or len(dense) < depth:
                break
            depth *= 4
        own = {carrier.version_key: carrier for carrier in carriers}
        by_meaning, by_words = (_collapsed(keys, origins, own, found) for keys in (dense, lexical))
        scored = _score(indexes, vector, query, _keys(by_meaning), _keys(by_words))
        cited = by_meaning | by_words
        chosen = _chosen(scored, cited, k, per_story)
        return Retrieval(
            query=query,
            hits=tuple(self._hits(scored, chosen, cited)),
            keys=tuple(int(scored.keys[place]) for place in chosen),
            seq=seq,
        )

    def candidates(self, retrieval: Retrieval) -> list[list[Candidate]]:
        """Give the sentences of each hit, in the order of the text."""
        vector = self._encoded(retrieval.query)
        sentences = self.collection.catalog.sentences(np.array(retrieval.keys, dtype=np.int64))
        return [
            [
                Candidate(hit=hit, sentence=sentence, similarity=float(similarity))
                for sentence, similarity in zip(sentences[key][0], sentences[key][1] @ vector, strict=True)
            ]
            for hit, key in zip(retrieval.hits, retrieval.keys, strict=True)
        ]

    def article(self, id: str, version: int | None = None) -> Article:
        """Read a stored article, withdrawn or not; its current version unless one is named. Raises ArticleNotFound."""
        return self.collection.catalog.article(id, version)

    def rarity(self, text: str) -> dict[str, float]:
        """Weigh the terms of a text by how few passages of the collection have them (idf)."""
        indexes = self.collection.refresh()
        distinct = sorted(set(terms(text)))
        if indexes is None:
            return dict.fromkeys(distinct, 0.0)
        return dict(zip(distinct, indexes.lexical.idf(distinct).tolist(), strict=True))

    def _encoded(self, query: str) -> FloatVector:
        with self._remembering:
            if query in self._queries:
                self._queries.move_to_end(query)
                return self._queries[query]
        vector = self._encoder.encode_query(query)
        with self._remembering:
            self._queries[query] = vector
            if len(self._queries) > _REMEMBERED_QUERIES:
                self._queries.popitem(last=False)
        return vector

    def _hits(self, scored: _Scored, places: Sequence[int], cited: Mapping[int, Story]) -> Iterator[Hit]:
        passages = self.collection.catalog.passages(scored.keys[list(places)])
        for rank, place in enumerate(places, start=1):
            key = int(scored.keys[place])
            story = cited[key]
            yield Hit(
                rank=rank,
                score=float(scored.fused[place]),
                passage=passages[key],
                article=story.cited.carrier,
                carriers=story.others,
                dense_rank=scored.dense_ranks.get(key),
                dense_score=float(scored.dense[place]),
                lexical_rank=scored.lexical_ranks.get(key),
                lexical_score=float(scored.lexical[place]),
            )


def _held(indexes: Indexes, carriers: list[StoryCarrier]) -> list[StoryCarrier]:
    """Leave out what came in after the indexes were looked at: it could be cited, but not scored."""
    known = indexes.dense.holds(np.array([carrier.first_passage for carrier in carriers], dtype=np.int64))
    return [carrier for carrier, held in zip(carriers, known, strict=True) if held]


def _collapsed(
    keys: Keys, origins: dict[int, tuple[int, bytes]], own: dict[int, StoryCarrier], found: dict[bytes, Story]
) -> dict[int, Story]:
    """Replace each passage by the same one of its cited copy, in order, each once; give it with its story.

    A passage whose article was withdrawn while the search ran has no carrier any more and goes.
    """
    cited: dict[int, Story] = {}
    for key in keys.tolist():
        version_key, story = origins[key]
        if version_key in own:
            cited[cited_key(key, own[version_key], found[story].cited)] = found[story]
    return cited


def _keys(cited: Mapping[int, Story]) -> Keys:
    return np.array(list(cited), dtype=np.int64)


def _chosen(scored: _Scored, cited: Mapping[int, Story], k: int, per_story: int) -> list[int]:
    """Choose the best passages of the best k stories; give their places among the scored."""
    taken: Counter[int] = Counter()
    places = []
    for place in np.lexsort((scored.keys, -scored.fused)).tolist():
        version_key = cited[int(scored.keys[place])].cited.version_key
        if taken[version_key] < per_story and (taken[version_key] or len(+taken) < k):
            taken[version_key] += 1
            places.append(place)
    return places


def _score(indexes: Indexes, vector: FloatVector, query: str, dense: Keys, lexical: Keys) -> _Scored:
    """Give every candidate both its scores, whichever ranking found it, and fuse them."""
    keys = np.union1d(dense, lexical)
    by_meaning, by_words = indexes.dense.scores(vector, keys), indexes.lexical.scores(query, keys)
    return _Scored(
        keys=keys,
        dense=by_meaning,
        lexical=by_words,
        fused=fuse(by_meaning, by_words),
        dense_ranks=_ranks(dense, by_meaning[np.searchsorted(keys, dense)]),
        lexical_ranks=_ranks(lexical, by_words[np.searchsorted(keys, lexical)], above=0.0),
    )


def _ranks(keys: Keys, scores: Scores, above: float = -np.inf) -> dict[int, int]:
    """Rank by their own scores what a ranking reached: it may have found another copy, headed or divided otherwise."""
    order = np.lexsort((keys, -scores))
    return {int(keys[place]): rank for rank, place in enumerate(order, start=1) if scores[place] > above}
