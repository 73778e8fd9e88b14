"""Moments as people write them, for every face: a day, or a time with or without a zone."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

HOW = "write 2016-06-07, or 2016-06-07T14:30:00Z for a moment"

_OF_QUESTION = ("as_of",)
_OF_FILTERS = ("after", "before")


class MomentInvalid(ValueError):
    """A field does not hold a date; `path` says which."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} is no date; {HOW}")
        self.path = path


def moment(text: str) -> datetime:
    """Read ISO 8601: a day is its midnight, a time without a zone is UTC. Raises ValueError or OverflowError."""
    read = datetime.fromisoformat(text)
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)


def with_moments(question: Mapping[str, Any]) -> dict[str, Any]:
    """Read the dates in a question's fields, as they come from JSON. Raises MomentInvalid."""
    read = _read(question, _OF_QUESTION, "")
    if isinstance(filters := question.get("filters"), Mapping):
        read["filters"] = _read(filters, _OF_FILTERS, "filters.")
    return read


def _read(fields: Mapping[str, Any], names: tuple[str, ...], path: str) -> dict[str, Any]:
    read = dict(fields)
    for name in names:
        if isinstance(value := fields.get(name), str):
            try:
                read[name] = moment(value)
            except (ValueError, OverflowError) as error:
                raise MomentInvalid(path + name) from error
    return read
