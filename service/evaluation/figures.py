"""Outcomes to figures: shares and means, each with the number of things that it is a mean of."""

import math
import statistics
from collections.abc import Iterable, Sequence

from msgspec import Struct

from service.evaluation.outcomes import DEEPEST, Outcome, Verdict

_Z = 1.959964
"""Of a normal distribution, for 95%."""


class Figure(Struct, frozen=True, kw_only=True):
    """A mean; None of nothing."""

    value: float | None
    of: int
    """Of how many: questions, or quotations."""


def figures(outcomes: Sequence[Outcome]) -> dict[str, Figure]:
    """Sum up. All are shares from 0 to 1, but for those that end in `_ms`.

    `right` is of all questions; `answered_…`, `right_at_once`, `refused_wrongly` and `lost_…` of the answerable ones;
    `refused_rightly` of the others, which makes it the recall of refusing; `refusal_precision` of all that were
    refused; `article_…` of those that name articles; `exact_quotations` of what was quoted.
    """
    answerable = [outcome for outcome in outcomes if outcome.expected.answerable]
    others = [outcome for outcome in outcomes if not outcome.expected.answerable]
    refused = [outcome for outcome in outcomes if outcome.verdict in ("refused_rightly", "refused_wrongly")]
    ranks = [outcome.ranks for outcome in outcomes if outcome.ranks]
    ms = sorted(outcome.ms for outcome in outcomes)
    return {
        "right": _mean(outcome.right for outcome in outcomes),
        "answered_right": _share(answerable, "answered_right"),
        "right_at_once": _mean(outcome.at_once for outcome in answerable),
        "answered_wrongly": _share(answerable, "answered_wrongly"),
        "refused_wrongly": _share(answerable, "refused_wrongly"),
        "lost_in_search": _mean(outcome.lost_in == "search" for outcome in answerable),
        "lost_in_reading": _mean(outcome.lost_in == "reading" for outcome in answerable),
        "refused_rightly": _share(others, "refused_rightly"),
        "refusal_precision": _share(refused, "refused_rightly"),
        **{f"article_recall_{depth}": _mean(_recall(each, depth) for each in ranks) for depth in (1, 5, DEEPEST)},
        f"article_mrr_{DEEPEST}": _mean(1 / min((rank for rank in each if rank), default=math.inf) for each in ranks),
        "exact_quotations": _mean(quoted.exact for outcome in outcomes for quoted in outcome.quoted),
        "median_ms": Figure(value=statistics.median(ms) if ms else None, of=len(ms)),
        "p95_ms": Figure(value=ms[math.ceil(0.95 * len(ms)) - 1] if ms else None, of=len(ms)),
    }


def by_tag(outcomes: Iterable[Outcome]) -> dict[str, list[Outcome]]:
    """Group outcomes by tags, in the order in which tags first come up."""
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        for tag in dict.fromkeys(outcome.expected.tags):
            groups.setdefault(tag, []).append(outcome)
    return groups


def interval(share: Figure) -> tuple[float, float]:
    """Between which shares the true one lies with 95% confidence (Wilson 1927)."""
    value, n = share.value or 0.0, share.of
    centre, width = value + _Z**2 / (2 * n), _Z * math.sqrt(value * (1 - value) / n + _Z**2 / (4 * n * n))
    return max(0.0, (centre - width) / (1 + _Z**2 / n)), min(1.0, (centre + width) / (1 + _Z**2 / n))


def _mean(values: Iterable[float]) -> Figure:
    known = list(values)
    return Figure(value=sum(known) / len(known) if known else None, of=len(known))


def _share(outcomes: Iterable[Outcome], verdict: Verdict) -> Figure:
    return _mean(outcome.verdict == verdict for outcome in outcomes)


def _recall(ranks: Sequence[int | None], depth: int) -> float:
    """The share of the expected articles down to that rank."""
    return sum(rank is not None and rank <= depth for rank in ranks) / len(ranks)
