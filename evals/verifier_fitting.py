"""Fits what the verifier weighs with, for `evals.verifying`: logistic regression in which every set counts alike."""

from collections.abc import Mapping, Sequence

import numpy as np

from service.verifier.signals import WEIGHTS, Signals

Judged = tuple[Sequence[Signals], bool]
"""The signals of a claim's sentences, and whether all of it is supported."""
_STRENGTH = 0.3
_ROUNDS = 3


def fit(sets: Mapping[str, Sequence[Judged]]) -> tuple[Signals, float]:
    """Fit weights and bias of the log-odds that a sentence is supported, as if every other one were.

    Of a claim of several sentences the label says which holds for the least supported: that is told by the weights of
    the round before.
    """
    from sklearn.linear_model import LogisticRegression

    weights = np.array(WEIGHTS)
    bias = 0.0
    labels = np.array([supported for some in sets.values() for _, supported in some])
    importance = np.concatenate([_importance(np.array([supported for _, supported in some])) for some in sets.values()])
    for _ in range(_ROUNDS):
        least = [
            min(parts, key=lambda part: float(np.array(part) @ weights)) for some in sets.values() for parts, _ in some
        ]
        signals = np.array(least)
        scale = signals.std(axis=0) + 1e-9
        model = LogisticRegression(C=_STRENGTH, max_iter=5000)
        model.fit(signals / scale, labels, sample_weight=importance)
        weights, bias = model.coef_[0] / scale, float(model.intercept_[0])
    return Signals(*np.round(weights, 2).tolist()), round(bias, 2)


def _importance(labels: np.ndarray) -> np.ndarray:
    """Weigh supported and not alike within a set, and sets alike."""
    sizes = {label: int((labels == label).sum()) for label in (True, False)}
    return np.array([500 / sizes[bool(label)] for label in labels])


def balanced(labels: np.ndarray, passed: np.ndarray) -> float:
    """Give the mean of the shares that are told right among supported claims and among the others."""
    return float((np.mean(passed[labels]) + np.mean(~passed[~labels])) / 2)


def best_bound(sets: Sequence[tuple[np.ndarray, np.ndarray]]) -> float:
    """Give the score from which on claims are passed so that balanced accuracy is best, on the mean of sets.

    A set is its labels and the scores of its claims.
    """
    tried = np.unique(np.round(np.concatenate([scores for _, scores in sets]), 2))
    return float(max(tried, key=lambda bound: sum(balanced(labels, scores >= bound) for labels, scores in sets)))
