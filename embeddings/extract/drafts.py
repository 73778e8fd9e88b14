"""Between a format and an Article: what the format found, and the checks and derivations that all formats share."""

import re
from typing import Any

from msgspec import Struct, field

from embeddings.articles import Article
from embeddings.errors import ExtractionError
from embeddings.extract.dates import parse_date
from embeddings.extract.ids import article_id, usable
from embeddings.extract.metadata import clean
from embeddings.extract.normalise import normalise, one_line
from embeddings.extract.titles import title_from
from embeddings.extract.urls import web_address

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*")


class Draft(Struct, frozen=True, kw_only=True):
    """An article as a format found it: nothing normalised, checked or derived yet."""

    text: str
    id: str | None = None
    title: str | None = None
    source: str | None = None
    author: str | None = None
    published_at: str | int | float | None = None
    url: str | None = None
    language: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)


def finish(draft: Draft, stem: str) -> Article:
    """The article; `stem` is its title when all else fails. Raises ExtractionError if there is no text.

    What is given but cannot be used (a date that cannot be read, an address that is no link) does not cost the
    article: it is left out, and kept as it was in the metadata.
    """
    text = normalise(draft.text).strip()
    if not text:
        raise ExtractionError("has no text; an article needs some")
    given_id = _line(draft.id)
    url = web_address(normalise(draft.url)) if draft.url else None
    published_at = parse_date(draft.published_at)
    language = _language(draft.language)
    unused = {
        "given_id": None if given_id is None or usable(given_id) else given_id,
        "url_raw": draft.url if url is None else None,
        "published_at_raw": draft.published_at if published_at is None else None,
        "language_raw": draft.language if language is None else None,
    }
    return Article(
        id=article_id(given_id, url, text),
        title=_line(draft.title) or title_from(text, stem),
        text=text,
        source=_line(draft.source),
        author=_line(draft.author),
        published_at=published_at,
        url=url,
        language=language,
        metadata=clean({name: value for name, value in unused.items() if value not in (None, "")} | draft.metadata),
    )


def _line(value: str | None) -> str | None:
    return (one_line(value) or None) if value else None


def _language(value: str | None) -> str | None:
    """The language tag, or None for what is no tag ("American English")."""
    tag = _line(value)
    return tag.replace("_", "-") if tag and _LANGUAGE.fullmatch(tag) else None
