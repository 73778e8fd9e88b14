"""Queries to hits: by meaning and by words, fused, weighed by sentences, copies collapsed. What the service sees."""

import threading
from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct, structs

from embeddings.arrays import FloatVector, Keys, Scores, within
from embeddings.articles import Article, Carrier, Filter, Hit, Passage, Query, Sentence
from embeddings.catalog import StoryCarrier, heading
from embeddings.collection import Collection, Indexes
from embeddings.copies import Cited, Worded, by_story, cited, edited
from embeddings.encoder import Encoder
from embeddings.evidence import Candidate, Evidences, shares, strongest
from embeddings.fusion import DEFAULT, Fusion, fuse, interleaved, normalised
from embeddings.terms import terms

_DEPTH = 100
_TRIES = 3
_WEIGHED = 32
"""Passages of a query whose sentences are looked at; more find nothing better."""
_REMEMBERED_QUERIES = 256
_NO_KEYS: Keys = np.zeros(0, dtype=np.int64)


class Retrieval(Struct, frozen=True, kw_only=True):
    """What queries brought back, best first."""

    queries: tuple[Query, ...]
    hits: tuple[Hit, ...]
    keys: tuple[int, ...]
    """Of the passages of the hits, in the catalog."""
    seq: int
    """The last change of the collection that this search could see; 0 when there never was one."""


class _Ranking(Struct, frozen=True, kw_only=True):
    """The candidates of one query, in ascending order of their keys, with their scores."""

    keys: Keys
    dense: Scores
    lexical: Scores
    score: Scores
    dense_ranks: dict[int, int]
    lexical_ranks: dict[int, int]
    places: Mapping[int, Cited]
    """Where each is cited from, by passage key."""

    def best(self) -> list[int]:
        """Give the keys, the best first, ties by key."""
        ordered: list[int] = self.keys[np.lexsort((self.keys, -self.score))].tolist()
        return ordered

    def hit(self, key: int, rank: int, passage: Passage) -> Hit:
        place, cited = int(np.searchsorted(self.keys, key)), self.places[key]
        return Hit(
            rank=rank,
            score=float(self.score[place]),
            passage=passage,
            article=cited.carrier,
            carriers=cited.others,
            story=cited.story,
            dense_rank=self.dense_ranks.get(key),
            dense_score=float(self.dense[place]),
            lexical_rank=self.lexical_ranks.get(key),
            lexical_score=float(self.lexical[place]),
        )


_NOTHING = _Ranking(
    keys=_NO_KEYS,
    dense=np.zeros(0),
    lexical=np.zeros(0),
    score=np.zeros(0),
    dense_ranks={},
    lexical_ranks={},
    places={},
)


class Retriever:
    """Searches one collection with one encoder; may be used by many threads."""

    def __init__(self, collection: Collection, encoder: Encoder, fusion: Fusion = DEFAULT) -> None:
        """Raises IndexMismatch when the collection is another encoder's."""
        collection.catalog.check_encoder(encoder.identity)
        self.collection = collection
        self._encoder = encoder
        self._fusion = fusion
        self._outlets: tuple[int, tuple[str, ...]] = 0, ()
        self._evidences = Evidences(collection.catalog)
        self._vectors: OrderedDict[str, FloatVector] = OrderedDict()
        self._remembering = threading.Lock()

    def retrieve(self, query: str, *, k: int, wanted: Filter | None = None, per_story: int = 1) -> Retrieval:
        """Find stories for one query, as `retrieve_all` does for several."""
        return self.retrieve_all([Query(text=query, wanted=wanted or Filter())], k=k, per_story=per_story)

    def retrieve_all(self, queries: Sequence[Query], *, k: int, per_story: int = 1) -> Retrieval:
        """Find k distinct stories, whenever that many match the filters, with up to `per_story` passages each.

        Hits come in the order of their scores, whichever story they belong to; those of several queries take turns.
        Raises IndexMismatch when the collection was meanwhile encoded anew by another encoder.
        """
        self.collection.catalog.check_encoder(self._encoder.identity)
        for _ in range(_TRIES):
            retrieval = self._retrieved(queries, k, per_story)
            if retrieval.seq >= self.collection.catalog.seq():
                break
            # The collection changed meanwhile: an article that was just updated may have been seen in neither version.
        return retrieval

    def _retrieved(self, queries: Sequence[Query], k: int, per_story: int) -> Retrieval:
        indexes = self.collection.refresh()
        if indexes is None:
            return Retrieval(queries=tuple(queries), hits=(), keys=(), seq=0)
        self._encode([query.text for query in queries])
        rankings = [self._ranked(indexes, query, k) for query in queries]
        chosen = _chosen(rankings, k, per_story)
        passages = self.collection.catalog.passages(np.array([key for _, key in chosen], dtype=np.int64))
        return Retrieval(
            queries=tuple(queries),
            hits=tuple(ranking.hit(key, rank, passages[key]) for rank, (ranking, key) in enumerate(chosen, start=1)),
            keys=tuple(key for _, key in chosen),
            seq=indexes.dense.seq,
        )

    def _ranked(self, indexes: Indexes, query: Query, k: int) -> _Ranking:
        """Find at least k distinct stories for one query, if as many match."""
        catalog = self.collection.catalog
        allowed = None if query.wanted == Filter() else catalog.live(query.wanted)
        if allowed is not None and not len(allowed):
            return _NOTHING
        favoured = None if query.favoured == Filter() else catalog.live(query.favoured)
        vector = self._encoded(query.text)
        depth = max(_DEPTH, 4 * k)
        while True:
            dense, _ = indexes.dense.search(vector, depth, allowed)
            lexical, _ = indexes.lexical.search(query.text, depth, allowed)
            liked = _NO_KEYS
            if favoured is not None and len(favoured):
                liked, _ = indexes.dense.search(vector, depth, favoured)
                liked = np.union1d(liked, indexes.lexical.search(query.text, depth, favoured)[0])
                liked = liked if allowed is None else liked[within(liked, allowed)]
            origins = catalog.origins(np.unique(np.concatenate([dense, lexical, liked])))
            carriers = _held(indexes, catalog.carriers([*{story for _, story in origins.values()}], query.wanted))
            found = by_story(carriers)
            # All that the filter admits was seen when the ranking by meaning, which leaves nothing out, ran dry.
            if len(found) >= k or len(dense) < depth:
                break
            depth *= 4
        own = {carrier.version_key: carrier for carrier in carriers}
        worded = catalog.worded(_passages_of(edited(carriers)))
        by_meaning, by_words, by_favour = (
            _collapsed(keys, origins, own, found, worded) for keys in (dense, lexical, liked)
        )
        return self._ranking(indexes, query, by_meaning, by_words, by_favour)

    def candidates(self, retrieval: Retrieval, queries: Sequence[Query] = ()) -> list[list[Candidate]]:
        """Give the sentences of each hit, in the order of the text, compared with all of its queries, or with these."""
        if not retrieval.hits:
            return []
        keys = np.array(retrieval.keys, dtype=np.int64)
        evidence = self._evidences.of(keys, self._encode([query.text for query in queries or retrieval.queries]))
        return [
            [Candidate(hit=hit, **structs.asdict(each)) for each in evidence[key]]
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

    def outlets(self) -> tuple[str, ...]:
        """Give the outlets of the articles that are searched, by name as they are stored."""
        seq, outlets = self._outlets
        if seq != (now := self.collection.catalog.seq()):
            outlets = tuple(self.collection.catalog.outlets())
            self._outlets = now, outlets
        return outlets

    def _encoded(self, query: str) -> FloatVector:
        return self._encode([query])[0]

    def _encode(self, queries: Sequence[str]) -> list[FloatVector]:
        """Encode what is not remembered, all at once."""
        with self._remembering:
            known = {query: self._vectors[query] for query in queries if query in self._vectors}
        if missing := [query for query in dict.fromkeys(queries) if query not in known]:
            known |= zip(missing, self._encoder.encode_queries(missing), strict=True)
        with self._remembering:
            for query, vector in known.items():
                self._vectors[query] = vector
                self._vectors.move_to_end(query)
            while len(self._vectors) > _REMEMBERED_QUERIES:
                self._vectors.popitem(last=False)
        return [known[query] for query in queries]

    def _ranking(
        self,
        indexes: Indexes,
        query: Query,
        by_meaning: dict[int, Cited],
        by_words: dict[int, Cited],
        by_favour: dict[int, Cited],
    ) -> _Ranking:
        """Give every candidate all its scores, whichever search found it, and fuse them."""
        fusion = self._fusion
        found_dense, found_lexical = _keys(by_meaning), _keys(by_words)
        places = by_meaning | by_words | by_favour
        keys = _keys(places)
        keys.sort()
        dense = indexes.dense.scores(self._encoded(query.text), keys)
        lexical = indexes.lexical.scores(query.text, keys)
        score = (1 - fusion.evidence) * fuse(dense, lexical, fusion.dense)
        repeated = self.collection.catalog.repeated(keys)
        score -= fusion.repeated * np.array([repeated[key] for key in keys.tolist()])
        score += fusion.favoured * np.isin(keys, _keys(by_favour))
        if fusion.evidence:
            weighed = np.lexsort((keys, -score))[:_WEIGHED]
            score[weighed] += fusion.evidence * self._evidence_score(indexes, query.text, keys[weighed], places)
        return _Ranking(
            keys=keys,
            dense=dense,
            lexical=lexical,
            score=score,
            dense_ranks=_ranks(found_dense, dense[np.searchsorted(keys, found_dense)]),
            lexical_ranks=_ranks(found_lexical, lexical[np.searchsorted(keys, found_lexical)], above=0.0),
            places=places,
        )

    def _evidence_score(self, indexes: Indexes, query: str, keys: Keys, places: Mapping[int, Cited]) -> Scores:
        """Score passages by how near their best sentence is, and how much of the query they say; from 0 to 1."""
        distinct = sorted(set(terms(query)))
        weights = shares(query, dict(zip(distinct, indexes.lexical.idf(distinct).tolist(), strict=True)))
        evidence = self._evidences.of(keys, [self._encoded(query)])
        carriers = [places[key].carrier for key in keys.tolist()]
        above = [frozenset(terms(heading(carrier.title, carrier.published_at))) for carrier in carriers]
        strengths = [strongest(evidence[key], said, weights) for key, said in zip(keys.tolist(), above, strict=True)]
        similarity, said = np.array(strengths).reshape(-1, 2).T
        score: Scores = (normalised(similarity) + said) / 2
        return score


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


def _chosen(rankings: Sequence[_Ranking], k: int, per_story: int) -> list[tuple[_Ranking, int]]:
    """Choose the best passages of the best k stories; give their keys, each with the ranking that it comes from."""
    taken: Counter[int] = Counter()
    chosen = []
    for number, key in interleaved([ranking.best() for ranking in rankings]):
        story = rankings[number].places[key].story
        if taken[story] < per_story and (taken[story] or len(+taken) < k):
            taken[story] += 1
            chosen.append((rankings[number], key))
    return chosen


def _ranks(keys: Keys, scores: Scores, above: float = -np.inf) -> dict[int, int]:
    """Rank by their own scores what a ranking reached: it may have found another copy, headed or divided otherwise."""
    order = np.lexsort((keys, -scores))
    return {int(keys[place]): rank for rank, place in enumerate(order, start=1) if scores[place] > above}
