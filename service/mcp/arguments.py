"""What the tools take: each description is read by the chat model that calls them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct

from embeddings.articles import Filter
from service.answers import Turn
from service.moments import MomentInvalid, with_moments

T = TypeVar("T")

_BLANK = "`str` matching regex '\\\\S'"

_Filters = Annotated[
    Filter,
    Meta(
        description="Only articles that match all of these; the values of one field are alternatives. sources: outlets "
        "by name. authors: names as in the byline. after, before: published on this day or later, and before this day "
        "(2016-06-07, or 2016-06-07T14:30:00Z). articles: article ids. genres: kinds of text, where they are known."
    ),
]
_Collection = Annotated[
    str | None, Meta(description="The collection of articles by name; leave it out unless one was named to you.")
]


class Ask(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `ask` takes."""

    question: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=2000,
            pattern=r"\S",
            description="One question in plain words that names who and what it is about.",
        ),
    ]
    history: Annotated[
        tuple[Turn, ...],
        Meta(
            max_length=100,
            description='What was said before, the earliest first, if the question leans on it ("and what did he '
            'say?"). Nothing in it counts as evidence.',
        ),
    ] = ()
    as_of: Annotated[
        datetime | None,
        Meta(description='The day that "last week" is counted from, such as 2016-06-07; today unless given.'),
    ] = None
    filters: _Filters = Filter()
    k: Annotated[int, Meta(ge=1, le=50, description="How many distinct stories to look into.")] = 8
    collection: _Collection = None


class Search(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `search` takes."""

    query: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=2000,
            pattern=r"\S",
            description="What to look for: words or a sentence; both meaning and words count.",
        ),
    ]
    k: Annotated[int, Meta(ge=1, le=100, description="How many distinct stories to find, the best first.")] = 10
    filters: _Filters = Filter()
    collection: _Collection = None


class Read(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `article` takes."""

    id: Annotated[str, Meta(min_length=1, description="The article id that a source or passage was given with.")]
    version: Annotated[
        Annotated[int, Meta(ge=1, le=2**31 - 1)] | None,
        Meta(description="The version that a source cites; the current one unless given."),
    ] = None
    start: Annotated[
        int,
        Meta(
            ge=0,
            description="The character to begin at, from 0; to read around a quotation, one somewhat before it.",
        ),
    ] = 0
    length: Annotated[int, Meta(ge=1, le=50_000, description="How many characters to give at most.")] = 8000
    collection: _Collection = None


class ArgumentsInvalid(Exception):
    """A tool was called with arguments that it does not take; the message says which."""


def arguments(kind: type[T], given: Mapping[str, Any]) -> T:
    """Read the arguments of a call; null is as good as left out. Raises ArgumentsInvalid."""
    try:
        msgspec.json.encode(given)  # half a surrogate pair can come in JSON, but is no text
        named = {name: value for name, value in given.items() if value is not None}
        return msgspec.convert(with_moments(named), kind)
    except UnicodeEncodeError:
        raise ArgumentsInvalid("they hold half a surrogate pair, which is no text") from None
    except (MomentInvalid, msgspec.ValidationError) as error:
        raise ArgumentsInvalid(str(error).replace(_BLANK, "a text that is not blank")) from error


def input_schema(kind: type[Struct]) -> dict[str, Any]:
    """Describe arguments in JSON Schema without references, which not every client follows."""
    _, components = msgspec.json.schema_components([kind], ref_template="{name}")

    def inlined(schema: Any) -> Any:
        if isinstance(schema, list):
            return [inlined(each) for each in schema]
        if not isinstance(schema, dict):
            return schema
        whole = {**components[schema["$ref"]], **schema} if "$ref" in schema else schema
        if "enum" in whole:
            whole = {"type": "string", **whole}
        return {name: inlined(each) for name, each in whole.items() if name not in ("$ref", "title")}

    described: dict[str, Any] = inlined(components[kind.__name__])
    return described


def output_schema(kind: type[Struct]) -> dict[str, Any]:
    """Describe a result in JSON Schema, whose root must be an object."""
    _, components = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    return {**components.pop(kind.__name__), "$defs": components}
