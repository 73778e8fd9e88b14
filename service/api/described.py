"""The OpenAPI document, with each schema as msgspec decodes it and each field in the words of its docstring."""

import inspect
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, get_args, get_type_hints

import msgspec
from litestar import Litestar, Router
from litestar.routes import HTTPRoute
from msgspec import Struct

from service.docstrings import OURS, docstrings, first_lines

_REFERENCE = "#/components/schemas/{name}"


class Unserved(Router):
    """Takes no handlers: Litestar would render its own pages of the document, inside the event loop."""

    def register(self, value: Any) -> list[Any]:  # noqa: ARG002
        return []


def document_of(app: Litestar) -> dict[str, Any]:
    """Give the OpenAPI document of an application, made once. Takes a quarter of a second, and reads files."""
    if "document" not in app.state:
        app.state.document = _described(app.openapi_schema.to_schema(), _within(_spoken(app)))
    document: dict[str, Any] = app.state.document
    return document


def _described(document: dict[str, Any], spoken: Iterable[type[Struct]]) -> dict[str, Any]:
    """Give a document whose components say what Litestar's do not.

    Litestar takes `tuple[T, ...]` for two members of which the second may be anything, and knows no docstrings of
    fields. Examples are kept.
    """
    components = document["components"]
    schemas: dict[str, Any] = components["schemas"]
    known = {each.__name__: each for each in spoken if each.__module__.startswith(OURS)}
    made = msgspec.json.schema_components(known.values(), ref_template=_REFERENCE)[1]
    for name, schema in made.items():
        schema["description"] = first_lines(inspect.getdoc(known[name]) or "")
        said, types = docstrings(known[name]), get_type_hints(known[name])
        for field, value in schema.get("properties", {}).items():
            if field in said:
                value["description"] = said[field]
            if datetime in (types.get(field), *get_args(types.get(field))):
                value.get("anyOf", [value])[0]["format"] = "date-time"
        if examples := schemas.get(name, {}).get("examples"):
            schema["examples"] = examples
    return document | {"components": components | {"schemas": schemas | made}}


def _spoken(app: Litestar) -> Iterator[Any]:
    """Yield the types that the handlers of an application take and give."""
    handlers = [handler for route in app.routes if isinstance(route, HTTPRoute) for handler in route.route_handlers]
    for handler in handlers:
        for field in (handler.parsed_data_field, handler.parsed_return_field):
            if field is not None:
                yield field.annotation
        yield from (each.data_container for each in (handler.responses or {}).values())
        yield getattr(handler.operation_class, "whole", None)


def _within(kinds: Iterable[Any]) -> Iterator[type[Struct]]:
    """Yield the structs among types, and those that they consist of, each once."""
    ahead, seen = list(kinds), set()
    while ahead:
        kind = ahead.pop()
        if isinstance(kind, type) and issubclass(kind, Struct) and kind not in seen:
            seen.add(kind)
            yield kind
            ahead += get_type_hints(kind).values()
        ahead += get_args(kind)
