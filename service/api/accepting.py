"""What of the forms in which an answer can come a client prefers."""

import re
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, cast

from litestar import Request
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, Operation, Reference

EVENTS = "text/event-stream"
JSON = "application/json"

_QUALITY = re.compile(r"q=(0(?:\.\d*)?|1(?:\.0*)?)")


@dataclass
class InTwoForms(Operation):
    """Documents both forms of what comes whole or as events; Litestar documents one response for each status."""

    whole: ClassVar[type]

    def __post_init__(self) -> None:
        answered = cast(OpenAPIResponse, (self.responses or {})["200"])
        whole = OpenAPIMediaType(schema=Reference(ref=f"#/components/schemas/{self.whole.__name__}"))
        answered.content = {JSON: whole, **(answered.content or {})}


def prefers_events(request: Request[Any, Any, Any]) -> bool:
    """Tell whether events are wanted more than JSON, or as much but by name."""
    accept = ",".join(request.headers.getall("accept", []))
    events = _wanted(accept, EVENTS)
    return events.quality > 0 and events > _wanted(accept, JSON)


class _Wanted(NamedTuple):
    quality: float
    exactness: int


def _wanted(accept: str, media_type: str) -> _Wanted:
    """Tell how much an Accept header asks for a media type, by the range that names it best (RFC 9110, 12.5.1)."""
    ranges = ("*/*", media_type.partition("/")[0] + "/*", media_type)
    granted = [(-1, 0.0)]
    for each in accept.lower().split(","):
        name, *parameters = (part.strip() for part in each.split(";"))
        if name in ranges:
            qualities = [float(match[1]) for parameter in parameters if (match := _QUALITY.fullmatch(parameter))]
            granted.append((ranges.index(name), qualities[0] if qualities else 1.0))
    exactness, quality = max(granted)
    return _Wanted(quality, exactness)
