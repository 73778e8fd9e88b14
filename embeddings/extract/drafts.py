"""Between a format and an Article: what the format found, and the checks and derivations that all formats share."""

import re
from itertools import accumulate, pairwise
from typing import Any

from msgspec import Struct, field

from embeddings.articles import Article
from embeddings.errors import ExtractionError
from embeddings.extract.dates import parse_date
from embeddings.extract.genres import genre_of, stated_genre
from embeddings.extract.hidden import strip_invisible
from embeddings.extract.ids import article_id, usable
from embeddings.extract.metadata import clean
from embeddings.extract.normalise import normalise, one_line
from embeddings.extract.titles import title_from
from embeddings.extract.urls import web_address

LONGEST_TEXT = 10_000_000
"""Code points. A longer one would be encoded for hours."""
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*")


class Draft(Struct, frozen=True, kw_only=True):
    """An article as a format found it: nothing normalised, checked or derived yet."""

    text: str
    id: str | None = None
    title: str | None = None
    source: str | None = None
    author: str | None = None
    published_at: str | int | float | None = None
    updated_at: str | int | float | None = None
    url: str | None = None
    section: str | None = None
    genre: str | None = None
    language: str | None = None
    pages: tuple[int, ...] = ()
    """Where each page begins in `text`, ascending from 0; a page without text begins where the next one does."""
    metadata: dict[str, Any] = field(default_factory=dict)


def finish(draft: Draft, stem: str) -> Article:
    """The article; `stem` is its title when all else fails. Raises ExtractionError if there is no text.

    What is given but cannot be used (a date that cannot be read, an address that is no link) does not cost the
    article: it is left out, and kept as it was in the metadata.
    """
    check_length(draft.text)
    visible, hidden = strip_invisible(draft.text)
    whole = normalise(visible)
    text = whole.strip()
    if not text:
        raise ExtractionError("has no text; an article needs some")
    given_id = _line(draft.id)
    url = web_address(normalise(draft.url)) if draft.url else None
    published_at, updated_at = parse_date(draft.published_at), parse_date(draft.updated_at)
    language = _language(draft.language)
    unused = {
        "given_id": None if given_id is None or usable(given_id) else given_id,
        "url_raw": draft.url if url is None else None,
        "published_at_raw": draft.published_at if published_at is None else None,
        "updated_at_raw": draft.updated_at if updated_at is None else None,
        "genre_raw": None if stated_genre(draft.genre or "") else draft.genre,
        "language_raw": draft.language if language is None else None,
        "hidden_characters": hidden or None,
    }
    title, section = _line(draft.title) or title_from(text, stem), _line(draft.section)
    return Article(
        id=article_id(given_id, url, text),
        title=title,
        text=text,
        source=_line(draft.source),
        author=_line(draft.author),
        published_at=published_at,
        updated_at=updated_at,
        url=url,
        section=section,
        genre=genre_of(draft.genre, section, url, title, text),
        language=language,
        pages=_pages(draft, len(whole) - len(whole.lstrip()), len(text)),
        metadata=clean({name: value for name, value in unused.items() if value not in (None, "")} | draft.metadata),
    )


def check_length(text: str) -> None:
    """Raise ExtractionError for a text that is too long to be an article, before more is done with it."""
    if len(text) > LONGEST_TEXT:
        raise ExtractionError(f"has over {LONGEST_TEXT // 1_000_000} million characters; no article is that long")


def _pages(draft: Draft, stripped: int, length: int) -> tuple[int, ...]:
    """Where the pages begin once each is normalised and `stripped` blanks are gone from before the first."""
    pieces = (draft.text[start:end] for start, end in pairwise((*draft.pages, len(draft.text))))
    begins = accumulate((len(normalise(strip_invisible(piece)[0])) for piece in pieces), initial=0)
    return tuple(min(max(0, begin - stripped), length) for _, begin in zip(draft.pages, begins, strict=False))


def _line(value: str | None) -> str | None:
    return (one_line(strip_invisible(value)[0]) or None) if value else None


def _language(value: str | None) -> str | None:
    """The language tag, or None for what is no tag ("American English")."""
    tag = _line(value)
    return tag.replace("_", "-") if tag and _LANGUAGE.fullmatch(tag) else None
