"""Fits what the keyless reader weighs with: which sentence it is, and whether there is an answer at all.

    python -m evals.answers --data DIRECTORY --fit

Both are linear and regularised (on standardised features), and come out the same each time. Every set counts by the
square root of its size, so that a large one does not decide alone.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from msgspec import Struct

from embeddings.arrays import FloatMatrix
from evals.answers import Case
from evals.refusals import auroc
from evals.results import Row, keep
from service.reader import answering
from service.refusal import Signals
from service.weighing import Features

KEPT = 0.9
"""Share of right answers that the threshold keeps."""
_CHOICE_PENALTY = 3.0
_REFUSAL_STRENGTH = 0.3
_ROUNDS = 60


class Choice(Struct, frozen=True):
    """The sentences that were found for a question."""

    features: FloatMatrix
    """Shape (sentences, features)."""
    right: np.ndarray
    """Which of them answer; at least one."""


class Verdict(Struct, frozen=True):
    """A question as the reader saw it, and whether its best sentence answers."""

    signals: Signals
    right: bool
    set: str


def fit(cases: Mapping[str, Sequence[Case]], files: Iterable[Path]) -> None:
    """Print weights and threshold fitted on these questions, and how they do on a set that they were not fitted on."""
    weights = fit_choice(list(_choices(case for some in cases.values() for case in some)))
    verdicts = [verdict for name, some in cases.items() for case in some for verdict in _verdicts(name, case, weights)]
    signals, bias, threshold = fit_refusal(verdicts)
    print(f"weighing.WEIGHTS = {weights}\n")
    print(f"refusal.WEIGHTS = {signals}\nBIAS = {bias}\nANSWERS_FROM = {threshold}\n")
    families = {name.partition(",")[0] for name in cases}
    if len(families) > 1:
        keep("transfer", [_transfer(name, verdicts) for name in cases if name in families], files)


def _transfer(name: str, verdicts: Sequence[Verdict]) -> Row:
    """Tell what becomes of a set when what is refused was fitted on the others."""
    others = [verdict for verdict in verdicts if not verdict.set.startswith(name)]
    weights, bias, threshold = fit_refusal(others)
    own = [verdict for verdict in verdicts if verdict.set == name]
    log_odds = np.array([verdict.signals for verdict in own]) @ np.array(weights) + bias
    right = np.array([verdict.right for verdict in own])
    return Row(
        name=f"{name}, fitted on the others",
        figures={
            "kept": float(np.mean(log_odds[right] >= threshold)),
            "other than right refused": float(np.mean(log_odds[~right] < threshold)),
            "AUROC": auroc(log_odds[right], log_odds[~right]),
        },
    )


def _choices(cases: Iterable[Case]) -> Iterator[Choice]:
    for case in cases:
        right = np.array([case.asked.answerable and case.asked.right(each.candidate) for each in case.seen.weighed])
        if right.any():
            yield Choice(np.array([each.features for each in case.seen.weighed], dtype=np.float32), right)


def _verdicts(name: str, case: Case, weights: Features) -> Iterator[Verdict]:
    best = answering(case.seen.sought, case.seen.weighed, case.seen.hits, weights)
    if best is not None:
        yield Verdict(best.signals, case.asked.answerable and case.asked.right(best.sentences[0]), name)
    if case.absent is not None:
        absent = answering(case.absent.sought, case.absent.weighed, case.absent.hits, weights)
        if absent is not None:
            yield Verdict(absent.signals, False, name)


def fit_choice(choices: Sequence[Choice]) -> Features:
    """Fit weights under which a right sentence is chosen: conditional logit, by Newton's method with a bound.

    Where several are right, any of them may be (expectation maximisation).
    """
    scale = np.concatenate([choice.features for choice in choices]).std(axis=0) + 1e-9
    weights = np.zeros(len(scale))
    for _ in range(_ROUNDS):
        gradient = -2 * _CHOICE_PENALTY * weights
        curvature = 2 * _CHOICE_PENALTY * np.eye(len(scale))
        for choice in choices:
            features = choice.features / scale
            chosen = _softmax(features @ weights)
            wanted = chosen * choice.right / (chosen @ choice.right)
            mean = chosen @ features
            gradient += wanted @ features - mean
            curvature += (features.T * chosen) @ features - np.outer(mean, mean)
        weights += np.linalg.solve(curvature, gradient)
    return Features(*np.round(weights / scale, 2).tolist())


def fit_refusal(verdicts: Sequence[Verdict]) -> tuple[Signals, float, float]:
    """Fit weights, bias and threshold of the log-odds that the best sentence answers: logistic regression."""
    from sklearn.linear_model import LogisticRegression

    signals = np.array([verdict.signals for verdict in verdicts])
    right = np.array([verdict.right for verdict in verdicts])
    importance = _importance(verdicts)
    mean, scale = signals.mean(axis=0), signals.std(axis=0) + 1e-9
    model = LogisticRegression(C=_REFUSAL_STRENGTH, max_iter=5000)
    model.fit((signals - mean) / scale, right, sample_weight=importance)
    weights = np.round(model.coef_[0] / scale, 2)
    bias = round(float(model.intercept_[0] - (model.coef_[0] / scale) @ mean), 2)
    log_odds = signals @ weights + bias
    order = np.argsort(log_odds[right])
    share = np.cumsum(importance[right][order]) / importance[right].sum()
    threshold = float(log_odds[right][order][np.searchsorted(share, 1 - KEPT)])
    return Signals(*weights.tolist()), bias, round(threshold, 2)


def _importance(verdicts: Sequence[Verdict]) -> np.ndarray:
    """Weigh right and not right alike within a set, and sets by the square roots of their sizes."""
    groups = [(verdict.set, verdict.right) for verdict in verdicts]
    sizes = {group: groups.count(group) for group in set(groups)}
    whole = {name: sum(size for (set_, _), size in sizes.items() if set_ == name) for name, _ in groups}
    importance = np.array([whole[name] ** 0.5 / sizes[name, right] for name, right in groups])
    scaled: np.ndarray = importance * len(groups) / importance.sum()
    return scaled


def _softmax(scores: np.ndarray) -> np.ndarray:
    raised = np.exp(scores - scores.max())
    shares: np.ndarray = raised / raised.sum()
    return shares
