"""Two rankings into one: a convex combination of normalised scores."""

from embeddings.arrays import Scores

DENSE_WEIGHT = 0.6


def fuse(dense: Scores, lexical: Scores, dense_weight: float = DENSE_WEIGHT) -> Scores:
    """Combine the scores that the same passages have by meaning and by words; shape (n,), from 0 to 1.

    Each side is divided by its best score, its theoretical minimum being 0 (a cosine below that means no more than 0):
    the convex combination of Bruch et al., ACM TOIS 2023, which there beats combining ranks. The order of the passages
    does not matter.
    """
    return dense_weight * _normalised(dense) + (1 - dense_weight) * _normalised(lexical)


def _normalised(scores: Scores) -> Scores:
    positive = scores.clip(min=0.0)
    best = positive.max(initial=0.0)
    return positive / best if best > 0 else positive
