"""`articles` of a request: what is asked or verified of them rests on them alone, and they are kept nowhere."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any

from litestar.exceptions import ValidationException
from msgspec import Meta

from embeddings.extract import Record, Rejected
from embeddings.extract.json_objects import extract_object
from service.answerer import Answerer

MOST_CHARACTERS = 250_000
"""Of all articles of a request: about fifty of the usual length, which take some seconds to encode."""

_NAMED = re.compile(r"^the field '(\w+)' ")
_FIELDS = {
    "text": "The article, in plain text.",
    "title": "Found in the text unless given.",
    "source": "The outlet.",
    "author": "Who wrote it; a list of names will do.",
    "published_at": "A day or a moment; unix seconds will do.",
    "url": "Where it can be read.",
    "id": "By which citations name it. Up to 100 of A-Z, a-z, 0-9 and ._~:- stay as they are, of anything else it is a "
    "digest; without an id, one of the url, else of the text.",
}
_Fields = Annotated[
    dict[str, Any],
    Meta(
        extra_json_schema={
            "required": ["text"],
            "properties": {name: {"description": description} for name, description in _FIELDS.items()},
        }
    ),
]
GivenArticles = Annotated[
    tuple[_Fields, ...],
    Meta(
        min_length=1,
        max_length=50,
        description=(
            "Articles that are asked in the place of a collection, and kept nowhere, so that there is no permalink to "
            f"the answer and its `collection` is empty: up to {MOST_CHARACTERS:,} characters in all. Other fields are "
            "taken as POST /v1/articles takes them."
        ),
    ),
]


@asynccontextmanager
async def over(answerer: Answerer, given: GivenArticles) -> AsyncIterator[Answerer]:
    """Have the given articles answer; where none are given, the answerer itself. Raises HTTPException."""
    if not given:
        yield answerer
        return
    records = await asyncio.to_thread(_records, given)
    async with answerer.over(records) as asked:
        yield asked


def _records(given: Sequence[dict[str, Any]]) -> list[Record]:
    """Read articles as they are read from JSON files. Raises ValidationException that names the field at fault."""
    records: list[Record] = []
    for position, fields in enumerate(given):
        match extract_object(fields):
            case Rejected(reason=reason):
                named = _NAMED.match(reason)
                raise _refusal(f"articles[{position}].{named[1] if named else 'text'}", reason)
            case Record() as record:
                _refuse_same_id(records, record)
                records.append(record)
    if (characters := sum(len(record.article.text) for record in records)) > MOST_CHARACTERS:
        raise _refusal("articles", f"have {characters:,} characters in all; {MOST_CHARACTERS:,} can be given at once")
    return records


def _refuse_same_id(records: Sequence[Record], record: Record) -> None:
    """Raise ValidationException for an article that would take the place of another; the same once more is none."""
    for position, other in enumerate(records):
        if other.article.id == record.article.id and other.source_digest != record.source_digest:
            raise _refusal(
                f"articles[{len(records)}].id",
                f"is that of articles[{position}] too; give each its own, or it is made of the url, else of the text",
            )


def _refusal(field: str, message: str) -> ValidationException:
    return ValidationException(extra=[{"key": field, "message": message}])
