"""What goes into the catalog and what comes out of it, beside the values of `articles`."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from msgspec import Struct

from embeddings.arrays import Keys
from embeddings.articles import Article, Carrier, Passage, Sentence
from embeddings.fingerprints import Fingerprint

Outcome = Literal["new", "updated", "unchanged", "superseded", "erased"]
"""What becomes of an article that comes in.

Superseded: these bytes came in before, and the article was updated since. Storing them again would make two versions in
one folder take turns for ever, so it takes an ingester that was told to. Erased: it stays out, likewise.
"""


class PreparedPassage(Struct, frozen=True, kw_only=True):
    """A passage on its way into the catalog."""

    passage: Passage
    sentences: tuple[Sentence, ...]
    input_digest: bytes
    """Of its encoder input; equal inputs share one stored vector."""


class PreparedArticle(Struct, frozen=True, kw_only=True):
    """An article on its way into the catalog."""

    article: Article
    source_digest: str
    passages: tuple[PreparedPassage, ...] = ()
    """None for what will not be stored."""
    fingerprint: Fingerprint | None = None
    """Likewise."""


class StoryCarrier(Struct, frozen=True, kw_only=True):
    """A live article of a story, and where its passages stand."""

    version_key: int
    story: int
    words: bytes
    """Equal for exact copies."""
    carrier: Carrier
    first_passage: int
    end_passage: int


class Listed(Struct, frozen=True, kw_only=True):
    """An article as a listing shows it."""

    cursor: int
    """Give it as `after` to go on from here."""
    article: Carrier
    passages: int
    withdrawn_at: datetime | None
    erased_at: datetime | None
    """Then title, outlet and date are all that is left."""


class StoredVersion(Struct, frozen=True, kw_only=True):
    """A version of an article, as its history shows it."""

    version: int
    title: str
    published_at: datetime | None
    updated_at: datetime | None
    stored_at: datetime
    characters: int
    current: bool


class Counts(Struct, frozen=True, kw_only=True):
    """How much there is."""

    articles: int
    withdrawn: int
    erased: int
    versions: int
    passages: int
    """Those that are searched."""
    vectors: int


class Changes(Struct, frozen=True, kw_only=True):
    """The net effect of a stretch of the log, up to and with `seq`."""

    seq: int
    added: Keys
    removed: Keys


def carrier_from(row: Sequence[Any]) -> Carrier:
    id, version, title, source, author, published_at, url, genre = row
    return Carrier(
        article_id=id,
        version=version,
        title=title,
        source=source,
        author=author,
        published_at=date_from(published_at),
        url=url,
        genre=genre,
    )


def stamp(moment: datetime | None) -> str | None:
    """Write a moment in UTC, to the second, so that it sorts as it reads."""
    return None if moment is None else f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def date_from(stamp: str | None) -> datetime | None:
    return None if stamp is None else datetime.fromisoformat(stamp)
