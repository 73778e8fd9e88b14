"""Measures of rankings and of differences between them."""

from collections.abc import Mapping, Sequence

import ir_measures
import numpy as np
from ir_measures import RR, R, Success, nDCG

MEASURES = {"nDCG@10": nDCG @ 10, "recall@1": R @ 1, "recall@5": R @ 5, "recall@10": R @ 10}
MEASURES |= {"Hits@4": Success @ 4, "Hits@10": Success @ 10, "MRR@10": RR @ 10}
ALL = "all@10"
"""Whether all that is relevant is among the first ten."""
_SAMPLES = 10_000


def measured(rankings: Mapping[str, Sequence[str]], relevant: Mapping[str, Mapping[str, int]]) -> dict[str, np.ndarray]:
    """Give every measure of each ranking of article ids, by query in the order of `relevant`."""
    run = {
        query: {article: float(len(ranking) - place) for place, article in enumerate(ranking)}
        for query, ranking in rankings.items()
    }
    judged = {query: dict(grades) for query, grades in relevant.items()}
    found: dict[str, dict[str, float]] = {name: {} for name in MEASURES}
    names = {str(measure): name for name, measure in MEASURES.items()}
    for each in ir_measures.iter_calc(MEASURES.values(), judged, run):
        found[names[str(each.measure)]][each.query_id] = each.value
    by_query = {name: np.array([values.get(query, 0.0) for query in relevant]) for name, values in found.items()}
    by_query[ALL] = (by_query["recall@10"] == 1).astype(float)
    return by_query


def difference(ours: np.ndarray, theirs: np.ndarray) -> tuple[float, float, float]:
    """Give the mean difference and its 95% interval, by paired bootstrap over queries."""
    differences = ours - theirs
    chosen = np.random.default_rng(0).integers(len(differences), size=(_SAMPLES, len(differences)))
    low, high = np.quantile(differences[chosen].mean(axis=1), [0.025, 0.975])
    return float(differences.mean()), float(low), float(high)
