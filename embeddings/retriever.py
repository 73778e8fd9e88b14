"""A query to hits: by meaning and by words, fused, copies collapsed. What the service sees of this package."""

import threading
from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from msgspec import Struct

from embeddings.arrays import FloatVector, Keys, Scores
from embeddings.articles import Article, Carrier, Filter, Hit, Sentence
from embeddings.catalog import StoryCarrier
from embeddings.collection import Collection, Indexes
from embeddings.copies import Cited, Worded, by_story, cited, edited
from embeddings.encoder import Encoder
from embeddings.fusion import fuse
from embeddings.terms import terms

_DEPTH = 100
_TRIES = 3
_REMEMBERED_QUERIES = 256
_REPEATED_COST = 0.3
"""Taken from the fused score, at most about 1, of a passage of which its outlet repeats every sentence."""


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
            found = by_story(carriers)
            # All that the filter admits was seen when the ranking by meaning, which leaves nothing out, ran dry.
            if len(found) >= k or len(dense) < depth:
                break
            depth *= 4
        own = {carrier.version_key: carrier for carrier in carriers}
        worded = catalog.worded(_passages_of(edited(carriers)))
        by_meaning, by_words = (_collapsed(keys, origins, own, found, worded) for keys in (dense, lexical))
        scored = self._scored(indexes, vector, query, _keys(by_meaning), _keys(by_words))
        places = by_meaning | by_words
        chosen = _chosen(scored, places, k, per_story)
        return Retrieval(
            query=query,
            hits=tuple(self._hits(scored, chosen, places)),
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

    def saying(self, sentence: Sentence, carriers: Sequence[Carrier]) -> tuple[Carrier, ...]:
        """Give those of the carriers that have the very words of a sentence."""
        having = self.collection.catalog.saying(
            sentence.text, [(carrier.article_id, carrier.version) for carrier in carriers]
        )
        return tuple(carrier for carrier in carriers if carrier.article_id in having)

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

    def _scored(self, indexes: Indexes, vector: FloatVector, query: str, dense: Keys, lexical: Keys) -> _Scored:
        """Give every candidate both its scores, whichever ranking found it, and fuse them."""
        keys = np.union1d(dense, lexical)
        by_meaning, by_words = indexes.dense.scores(vector, keys), indexes.lexical.scores(query, keys)
        repeated = self.collection.catalog.repeated(keys)
        return _Scored(
            keys=keys,
            dense=by_meaning,
            lexical=by_words,
            fused=fuse(by_meaning, by_words) - _REPEATED_COST * np.array([repeated[key] for key in keys.tolist()]),
            dense_ranks=_ranks(dense, by_meaning[np.searchsorted(keys, dense)]),
            lexical_ranks=_ranks(lexical, by_words[np.searchsorted(keys, lexical)], above=0.0),
        )

    def _hits(self, scored: _Scored, chosen: Sequence[int], places: Mapping[int, Cited]) -> Iterator[Hit]:
        passages = self.collection.catalog.passages(scored.keys[list(chosen)])
        for rank, place in enumerate(chosen, start=1):
            key = int(scored.keys[place])
            yield Hit(
                rank=rank,
                score=float(scored.fused[place]),
                passage=passages[key],
                article=places[key].carrier,
                carriers=places[key].others,
                story=places[key].story,
                dense_rank=scored.dense_ranks.get(key),
                dense_score=float(scored.dense[place]),
                lexical_rank=scored.lexical_ranks.get(key),
                lexical_score=float(scored.lexical[place]),
            )


def _held(indexes: Indexes, carriers: list[StoryCarrier]) -> list[StoryCarrier]:
    """Leave out what came in after the indexes were looked at: it could be cited, but not scored."""
    known = indexes.dense.holds(np.array([carrier.first_passage for carrier in carriers], dtype=np.int64))
    return [carrier for carrier, held in zip(carriers, known, strict=True) if held]


def _passages_of(carriers: list[StoryCarrier]) -> Keys:
    ranges = [np.arange(carrier.first_passage, carrier.end_passage) for carrier in carriers]
    return np.concatenate([np.zeros(0, dtype=np.int64), *ranges])


def _collapsed(
    keys: Keys,
    origins: dict[int, tuple[int, int]],
    own: dict[int, StoryCarrier],
    found: dict[int, list[StoryCarrier]],
    worded: Worded,
) -> dict[int, Cited]:
    """Replace each passage by the one that it is cited from, in order, each once.

    A passage whose article was withdrawn while the search ran has no carrier any more and goes.
    """
    places: dict[int, Cited] = {}
    for key in keys.tolist():
        version_key, story = origins[key]
        if version_key in own:
            places |= {place.key: place for place in cited(key, own[version_key], found[story], worded)}
    return places


def _keys(places: Mapping[int, Cited]) -> Keys:
    return np.array(list(places), dtype=np.int64)


def _chosen(scored: _Scored, places: Mapping[int, Cited], k: int, per_story: int) -> list[int]:
    """Choose the best passages of the best k stories; give their places among the scored."""
    taken: Counter[int] = Counter()
    chosen = []
    for place in np.lexsort((scored.keys, -scored.fused)).tolist():
        story = places[int(scored.keys[place])].story
        if taken[story] < per_story and (taken[story] or len(+taken) < k):
            taken[story] += 1
            chosen.append(place)
    return chosen


def _ranks(keys: Keys, scores: Scores, above: float = -np.inf) -> dict[int, int]:
    """Rank by their own scores what a ranking reached: it may have found another copy, headed or divided otherwise."""
    order = np.lexsort((keys, -scores))
    return {int(keys[place]): rank for rank, place in enumerate(order, start=1) if scores[place] > above}
