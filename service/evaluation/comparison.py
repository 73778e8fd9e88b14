"""Two runs compared, question by question; and the gate, which says whether the later one is too bad."""

import math
from collections.abc import Mapping, Sequence
from typing import Literal

from msgspec import Struct

from service.evaluation.figures import Figure, figures
from service.evaluation.outcomes import Outcome

Gate = Literal["lost", "worse", "significant"]

CHANCE = 0.05
"""A loss that chance alone would bring about less often is significant."""


class Gates(Struct, frozen=True, kw_only=True):
    """What a run has to pass."""

    gate: Gate | None = None
    """Against a baseline: no question may be lost, no more turn wrong than right, or no more than chance explains."""
    at_least: dict[str, float] = {}
    """Bounds, by the names of figures."""
    at_most: dict[str, float] = {}


class Comparison(Struct, frozen=True, kw_only=True):
    """A run and an earlier one, over the questions that both asked, with the same expectations."""

    common: int
    added: int
    """Questions that only this run asked."""
    gone: int
    """Questions that only the baseline asked."""
    before: dict[str, Figure]
    now: dict[str, Figure]
    turned_wrong: tuple[str, ...]
    """Ids of the questions that were right before and are not now."""
    turned_right: tuple[str, ...]
    chance: float
    """How often so uneven a split of the questions that turned would come about if both runs were equally good."""


def compare(now: Sequence[Outcome], before: Sequence[Outcome]) -> Comparison:
    """Compare the outcomes of two runs, question by question."""
    by_key = {outcome.expected.key: outcome for outcome in before}
    pairs = [(outcome, by_key[key]) for outcome in now if (key := outcome.expected.key) in by_key]
    wrong = tuple(new.expected.id for new, old in pairs if old.right and not new.right)
    right = tuple(new.expected.id for new, old in pairs if new.right and not old.right)
    return Comparison(
        common=len(pairs),
        added=len(now) - len(pairs),
        gone=len(by_key) - len(pairs),
        before=figures([old for _, old in pairs]),
        now=figures([new for new, _ in pairs]),
        turned_wrong=wrong,
        turned_right=right,
        chance=sign_test(len(wrong), len(right)),
    )


def sign_test(losses: int, wins: int) -> float:
    """The two-sided p-value of a split into losses and wins, exact (McNemar's test of paired outcomes)."""
    turned = losses + wins
    tail = sum(math.comb(turned, few) for few in range(min(losses, wins) + 1))
    return min(1.0, 2 * tail / (1 << turned))


def shortfalls(now: Mapping[str, Figure], comparison: Comparison | None, gates: Gates) -> list[str]:
    """Say what does not pass. Quotations have to be exact in any case."""
    exact = now["exact_quotations"]
    inexact = 0 if exact.value is None else round((1 - exact.value) * exact.of)
    said = [f"{inexact} of {exact.of} quotations are not what the articles say"] if inexact else []
    bounds = [(name, least, math.inf) for name, least in gates.at_least.items()]
    bounds += [(name, -math.inf, most) for name, most in gates.at_most.items()]
    for name, least, most in bounds:
        value = now[name].value
        if value is None:
            said.append(f"{name} has a bound, and there is nothing to measure it on")
        elif not least <= value <= most:
            said.append(f"{name} is {value:.4g}, {f'below {least:g}' if value < least else f'above {most:g}'}")
    if comparison is not None and gates.gate is not None:
        said += _lost(comparison, gates.gate)
    return said


def _lost(comparison: Comparison, gate: Gate) -> list[str]:
    """Say what was lost since the baseline, where it is more than the gate lets pass."""
    wrong, right = len(comparison.turned_wrong), len(comparison.turned_right)
    if not comparison.common:
        return ["the baseline has none of these questions"]
    passes = {
        "lost": not wrong,
        "worse": wrong <= right,
        "significant": wrong <= right or comparison.chance >= CHANCE,
    }
    return [] if passes[gate] else [f"{wrong} turned wrong and {right} turned right since the baseline"]
