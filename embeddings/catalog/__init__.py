"""The truth of a collection: articles, versions, passages, sentences, vectors and the log of changes, in SQLite.

Every change to what is searched appends to the log, and the indexes follow it. Encoding happens outside, writing inside
one transaction.
"""

from embeddings.catalog.reading import heading
from embeddings.catalog.rows import (
    Changes,
    Counts,
    Listed,
    Outcome,
    PreparedArticle,
    PreparedPassage,
    StoredVersion,
    StoryCarrier,
)
from embeddings.catalog.writing import Catalog

__all__ = [
    "Catalog",
    "Changes",
    "Counts",
    "Listed",
    "Outcome",
    "PreparedArticle",
    "PreparedPassage",
    "StoredVersion",
    "StoryCarrier",
    "heading",
]
