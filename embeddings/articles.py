"""The values that travel through the house: what an article is, how it is cut, and what a search brings back."""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

Names = Annotated[tuple[str, ...], Meta(max_length=500)]
"""More than SQLite compares in one expression would fail, not filter."""
Genre = Literal["news", "opinion", "analysis", "live", "press release", "correction"]
"""What sort of text an article is, where its markup, address or own words say so."""


class Article(Struct, frozen=True, kw_only=True):
    """One version of one news article, its text normalised once in extraction and never after."""

    id: str
    """Given by the source, or a digest of the canonical URL, or of the text."""
    title: str
    text: str
    """NFC, LF line ends, no NUL and no surrogates; every offset counts its code points."""
    version: int = 1
    source: str | None = None
    """The outlet."""
    author: str | None = None
    published_at: datetime | None = None
    """Aware, UTC; midnight when the article gives a day only."""
    updated_at: datetime | None = None
    """When the outlet says that it last changed the article; likewise."""
    url: str | None = None
    section: str | None = None
    """Where in the outlet it stood, in the outlet's words ("World")."""
    genre: Genre | None = None
    language: str | None = None
    pages: tuple[int, ...] = ()
    """Where each page begins in the text, ascending from 0, for what has pages."""
    metadata: dict[str, Any] = field(default_factory=dict)
    """Fields of the record that Byline gives no meaning, as they came."""


class Speech(Struct, frozen=True, kw_only=True):
    """Who says something, as the text of the article itself puts it, and the words that introduce it."""

    speaker: str
    """`article.text[speaker_start:speaker_end]`: a name where the text gives one for the pronoun that stands there."""
    speaker_start: int
    speaker_end: int
    cue: str
    """`article.text[cue_start:cue_end]`: "said", "according to"; a colon where nothing else introduces a quotation."""
    cue_start: int
    cue_end: int


class Sentence(Struct, frozen=True, kw_only=True):
    """A sentence of an article: `article.text[start:end] == text`, always."""

    start: int
    end: int
    text: str
    quoted: bool = False
    """Most of it stands between quotation marks, opened here or paragraphs before."""
    speech: Speech | None = None
    """Who says most of it, where the text says so plainly and names or describes them."""


class Passage(Struct, frozen=True, kw_only=True):
    """Whole sentences that are encoded and searched together: `article.text[start:end] == text`, always."""

    id: str
    """`{article_id}@{version}:{ordinal}`."""
    article_id: str
    version: int
    ordinal: int
    """Position among the passages of its article, from 0."""
    start: int
    end: int
    text: str


class Carrier(Struct, frozen=True, kw_only=True):
    """Who carries a story: an article without its text, as a citation names it."""

    article_id: str
    version: int
    title: str
    source: str | None = None
    author: str | None = None
    published_at: datetime | None = None
    url: str | None = None
    genre: Genre | None = None


class Filter(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which articles a search may look at. Values of one field are alternatives, fields add up; empty admits all."""

    sources: Names = ()
    """Outlets, by name; case does not matter."""
    authors: Names = ()
    """Names as they stand in the byline, or whole words of one; case does not matter."""
    after: datetime | None = None
    """Published at this moment or later. Undated articles match no date."""
    before: datetime | None = None
    """Published before this moment."""
    articles: Names = ()
    """Article ids."""
    genres: Annotated[tuple[Genre, ...], Meta(max_length=6)] = ()
    """Articles whose genre is not known match none."""


class Query(Struct, frozen=True, kw_only=True):
    """What is searched for, in which articles."""

    text: str
    wanted: Filter = Filter()
    """Nothing else is looked at."""
    favoured: Filter = Filter()
    """What matches ranks higher; all else is still found."""


class Hit(Struct, frozen=True, kw_only=True):
    """A passage that was found, and why."""

    rank: int
    """From 1."""
    score: float
    """Fused, higher is better; comparable within one search only."""
    passage: Passage
    article: Carrier
    """Of the copies that match and have the passage, the earliest published."""
    carriers: tuple[Carrier, ...] = ()
    """The other copies that match and have most of it."""
    story: int
    """Equal for copies of one text, in one collection."""
    dense_rank: int | None = None
    """Place in the ranking by meaning, from 1; None where that ranking did not reach it."""
    dense_score: float
    """Cosine of query and passage."""
    lexical_rank: int | None = None
    """Place in the ranking by words, from 1; None where that ranking did not reach it."""
    lexical_score: float
    """BM25; 0 when no word of the query occurs."""
