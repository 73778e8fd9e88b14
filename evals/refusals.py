"""What refusing gains and costs at every threshold."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from evals.results import Row

if TYPE_CHECKING:
    from evals.answers import Outcome

_KEPT = (1.0, 0.99, 0.975, 0.95, 0.925, 0.9, 0.875, 0.85, 0.8, 0.75, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)


def threshold(right: np.ndarray, kept: float) -> float:
    """Give the log-odds from which on this share of the right answers is kept."""
    return float(np.quantile(right, 1 - kept))


def refused_when_kept(right: np.ndarray, refusable: np.ndarray, kept: float) -> float:
    """Give the share refused of what is to be refused, where this share of right answers is kept."""
    return float(np.mean(refusable < threshold(right, kept)))


def auroc(right: np.ndarray, refusable: np.ndarray) -> float:
    """Tell how often a right answer has higher log-odds than what is to be refused; ties count half."""
    ordered = np.sort(refusable)
    below, upto = np.searchsorted(ordered, right, "left"), np.searchsorted(ordered, right, "right")
    return float(np.mean((below + upto) / 2) / len(ordered))


def curve(name: str, outcome: "Outcome") -> list[Row]:
    """Give the points of a set's curve.

    Precision and recall are of refusing: what is refused against what is to be refused, absent and unanswerable, beside
    the right answers; that wrong answers are refused too counts for nothing.
    """
    refusable = np.concatenate([outcome.absent, outcome.unanswerable])
    rows = []
    for kept in _KEPT:
        from_ = threshold(outcome.right, kept)
        refused = int((refusable < from_).sum())
        lost = int((outcome.right < from_).sum())
        rows.append(
            Row(
                name=f"{name}, {kept:.3f} kept",
                figures={
                    "kept": kept,
                    "absent refused": _share(outcome.absent, from_),
                    "unanswerable refused": _share(outcome.unanswerable, from_),
                    "precision": refused / (refused + lost) if refused + lost else None,
                    "recall": refused / len(refusable),
                },
            )
        )
    return rows


def _share(log_odds: Sequence[float] | np.ndarray, from_: float) -> float | None:
    return float(np.mean(np.array(log_odds) < from_)) if len(log_odds) else None
