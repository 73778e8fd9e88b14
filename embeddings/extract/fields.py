"""Named fields, of a JSON object or of front matter, become a draft: which names mean what, and what is left over."""

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from embeddings.errors import ExtractionError
from embeddings.extract.drafts import Draft


class Meaning(Struct, frozen=True, kw_only=True):
    """A part of an article: the names it goes by, the proper one first, and what its value must be.

    A name stands for its spellings in other styles: "published_at" for "publishedAt" and "Published At".
    """

    names: tuple[str, ...]
    types: tuple[type, ...] = (str,)
    expected: str = "text"


_TEXT = Meaning(names=("text", "content", "body", "article_body", "full_text", "main_text"))
_DATE = (str, int, float)
_MEANINGS = {
    "id": Meaning(names=("id",), types=(str, int), expected="text or a whole number"),
    "title": Meaning(names=("title", "headline")),
    "source": Meaning(names=("source", "outlet", "publisher", "site_name", "source_name")),
    "author": Meaning(
        names=("author", "authors", "byline", "creator"), types=(str, list), expected="text or a list of names"
    ),
    "published_at": Meaning(
        names=("published_at", "published", "date", "date_published", "publication_date", "pub_date", "date_publish"),
        types=_DATE,
        expected="a date or unix seconds",
    ),
    "updated_at": Meaning(
        names=("updated_at", "updated", "modified", "date_modified", "modified_at", "last_modified", "date_modify"),
        types=_DATE,
        expected="a date or unix seconds",
    ),
    "url": Meaning(names=("url", "canonical", "canonical_url", "link")),
    "section": Meaning(
        names=("section", "category", "article_section", "section_name"),
        types=(str, list),
        expected="text or a list of names",
    ),
    "genre": Meaning(names=("genre",)),
    "language": Meaning(names=("language", "lang", "in_language")),
}
_CUT = re.compile(r"\[\+\d+ chars\]\s*$")


def draft_from(fields: Mapping[str, Any], text: str | None = None) -> Draft:
    """The draft that the fields describe, with `text` if it is given, else with that of a field.

    Where a name is asked for, an object with one serves. Fields without a meaning become metadata. Raises
    ExtractionError naming a field of the wrong type, or the text when it is missing or was cut off by the service it
    comes from. A second name ("publisher") counts only with a value of the right type: many records use these names
    for something else.
    """
    rest = dict(fields)
    if text is None:
        text = _take(rest, _TEXT)
    if text is None:
        raise ExtractionError("the field 'text' is missing or empty; the article's text belongs there")
    if cut := _CUT.search(text):
        raise ExtractionError(
            f"the text is cut off, it ends in '{cut[0].strip()}'; fetch the whole article from its url"
        )
    taken = {name: _take(rest, meaning) for name, meaning in _MEANINGS.items()}
    if isinstance(taken["author"], list):
        taken["author"] = "; ".join(name.strip() for name in taken["author"] if name.strip())
    if isinstance(taken["section"], list):
        taken["section"] = next(filter(str.strip, taken["section"]), None)
    if taken["id"] is not None:
        taken["id"] = str(taken["id"])
    return Draft(text=text, metadata=rest, **taken)


def _take(rest: dict[str, Any], meaning: Meaning) -> Any:
    """Move the first value that holds something out of `rest`."""
    for name in meaning.names:
        key = _key(rest, name)
        if key is None:
            continue
        value = _named(rest[key])
        if _is_empty(value):
            del rest[key]
        elif _fits(value, meaning):
            del rest[key]
            return value
        elif name == meaning.names[0]:
            raise ExtractionError(f"the field '{name}' must be {meaning.expected}, not {_kind(value)}")
    return None


def _key(rest: dict[str, Any], name: str) -> str | None:
    """The key of that name as it is written in this record ("Title")."""
    return name if name in rest else next((key for key in rest if _plain(key) == _plain(name)), None)


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]", "", name).lower()


def _named(value: Any) -> Any:
    """The name in place of an object that has one, also within a list: {"id": "cnn", "name": "CNN"}."""
    match value:
        case {"name": str(name)}:
            return name
        case list():
            return [_named(entry) for entry in value]
        case _:
            return value


def _is_empty(value: Any) -> bool:
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def _fits(value: Any, meaning: Meaning) -> bool:
    if isinstance(value, list):
        return list in meaning.types and all(isinstance(entry, str) for entry in value)
    return isinstance(value, meaning.types) and not isinstance(value, bool)


def _kind(value: Any) -> str:
    match value:
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case list():
            return "a list" if all(isinstance(entry, str) for entry in value) else "a list of other things"
        case _:
            return "an object"
