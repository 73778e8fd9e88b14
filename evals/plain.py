"""Retrieval as it is usually put together, to compare with: passages of one kind, by meaning, by words, or both."""

from collections.abc import Iterator, Sequence

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from embeddings.arrays import Scores
from embeddings.articles import Article
from embeddings.catalog import heading
from embeddings.encoder import Encoder, EncoderInput
from embeddings.fusion import fuse
from embeddings.ingest import HEADING_TOKENS, encoder_input
from embeddings.lexical import LexicalIndex
from embeddings.splitter import PassageSplit, Splitter

_RRF_K = 60


class Cut(Struct, frozen=True, kw_only=True):
    """How articles become passages."""

    characters: int | None = None
    """Cut after so many, wherever that is; else after whole sentences."""
    tokens: int = 200
    overlap: int = 0
    """Sentences of the passage before that are searched with each."""
    headed: bool = True
    """Whether title and day are searched with each."""


class PlainIndex:
    """All passages of some articles, searched exhaustively."""

    def __init__(self, articles: Sequence[Article], encoder: Encoder, cut: Cut) -> None:
        self._encoder = encoder
        self.articles = [article.id for article in articles]
        owners, inputs = [], []
        for number, article in enumerate(articles):
            for each in _passages(article, encoder, cut):
                owners.append(number)
                inputs.append(each)
        self._owners = np.array(owners)
        self._vectors = np.array([each.vector for each in encoder.encode_document(inputs)])
        self._lexical = LexicalIndex()
        self._keys = np.arange(1, len(inputs) + 1)
        self._lexical.apply(1, self._keys, [each.text for each in inputs], self._keys[:0])

    def __len__(self) -> int:
        return len(self._keys)

    def dense(self, query: str) -> Scores:
        """Give each article the cosine of its nearest passage."""
        return self._by_article(self._cosines(query))

    def lexical(self, query: str) -> Scores:
        """Give each article the BM25 of its best passage."""
        return self._by_article(self._lexical.scores(query, self._keys))

    def rank_fusion(self, query: str) -> Scores:
        """Add the reciprocals of ranks (Cormack et al., SIGIR 2009)."""
        return 1 / (_RRF_K + _ranks(self.dense(query))) + 1 / (_RRF_K + _ranks(self.lexical(query)))

    def convex(self, query: str, dense_weight: float, neighbours: float = 0.0) -> Scores:
        """Combine normalised scores of passages; each gains a share of the better of those before and after it."""
        scores = fuse(self._cosines(query), self._lexical.scores(query, self._keys), dense_weight)
        return self._by_article(scores + neighbours * self._beside(scores))

    def _cosines(self, query: str) -> Scores:
        return (self._vectors @ self._encoder.encode_query(query)).astype(np.float64)

    def _beside(self, scores: Scores) -> Scores:
        """Give the higher score of the two passages beside each in its article, 0 where there is none."""
        together = self._owners[1:] == self._owners[:-1]
        before, after = np.zeros(len(scores)), np.zeros(len(scores))
        before[1:], after[:-1] = scores[:-1] * together, scores[1:] * together
        return np.maximum(before, after)

    def _by_article(self, scores: Scores) -> Scores:
        best = np.full(len(self.articles), -np.inf)
        np.maximum.at(best, self._owners, scores)
        return best


def _passages(article: Article, encoder: Encoder, cut: Cut) -> Iterator[EncoderInput]:
    above = encoder.cut(heading(article.title, article.published_at), HEADING_TOKENS) if cut.headed else ""
    lead = f"{above}\n" if above else ""
    if cut.characters:
        for start in range(0, len(article.text), cut.characters):
            yield EncoderInput(text=lead + article.text[start : start + cut.characters], spans=())
        return
    splitter = Splitter(encoder.count_tokens, cut.tokens)
    before: PassageSplit | None = None
    # The splitter leaves a title out of the text because it stands in the heading.
    for split in splitter.split(article if cut.headed else replace(article, title="")):
        if cut.headed and not cut.overlap:
            yield encoder_input(above, split)  # as a collection has it, whose vectors may be kept
        else:
            shared = before.sentences[-cut.overlap :] if before and cut.overlap else ()
            body = " ".join([*(sentence.text for sentence in shared), split.passage.text])
            yield EncoderInput(text=lead + body, spans=())
        before = split


def _ranks(scores: Scores) -> Scores:
    ranks = np.empty(len(scores))
    ranks[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
    return ranks
