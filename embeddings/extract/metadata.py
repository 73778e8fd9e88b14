"""Fields that Byline gives no meaning: kept as they came, as far as JSON can keep them."""

from collections.abc import Iterator, Mapping
from itertools import count
from math import isfinite
from typing import Any

from embeddings.errors import ExtractionError
from embeddings.extract.normalise import normalise

DEEPEST = 50
MOST_VALUES = 100_000
_MOST_BITS = 10_000


def clean(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields with normalised strings and values that JSON knows; raises ExtractionError for monstrous ones."""
    budget = count(1)
    return {normalise(name): _clean(value, 1, budget) for name, value in fields.items()}


def _clean(value: Any, depth: int, budget: Iterator[int]) -> Any:
    # The bound on values is for YAML, where a few lines of references can unfold into billions.
    if depth > DEEPEST or next(budget) > MOST_VALUES:
        raise ExtractionError(f"has metadata with over {MOST_VALUES} values or {DEEPEST} levels; leave some of it out")
    match value:
        case None | bool():
            return value
        case int():
            return value if value.bit_length() < _MOST_BITS else hex(value)  # longer ones have no decimal form
        case float():
            return value if isfinite(value) else None
        case str():
            return normalise(value)
        case dict():
            return {normalise(str(key)): _clean(entry, depth + 1, budget) for key, entry in value.items()}
        case list() | tuple() | set():
            return [_clean(entry, depth + 1, budget) for entry in value]
        case _:
            return normalise(str(value))
