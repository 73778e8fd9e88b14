"""Articles that nobody would write, as JSON lines: what extraction, storage and search must get right all the same."""

import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from embeddings.articles import Article, Carrier, Filter
from embeddings.collection import Collection
from embeddings.extract import Record, extract_jsonl

SOURCES = ["The Courier", "THE COURIER", "Morning Post", "Straße Heute", "Élan", None]
AUTHORS = [
    "Anna Berg",
    "anna berg and Carl Dunn",
    "Carl Dunn; Eva Frank",
    "By EVA FRANK, Courier staff",
    "Dunn Eva",
    "José Núñez",
    None,
]
DATES = ["2016-02-27", "2016-02-27T12:30:00+02:00", "2016-03-01", "2016-03-01T00:00:01Z", "1999-12-31", None]

_WORDS = st.sampled_from(
    [
        *(
            "truce",
            "convoy",
            "Aleppo",
            "Lavrov",
            "U.S.",
            "Mr.",
            "Kerry said:",
            "1,200",
            "2.5",
            "“we",
            "leave”",
            "(twice)",
        ),
        *(
            "e\u0301lan",
            "A\u030a",
            "ﬁ",
            "🕊️",
            "👩\u200d👩\u200d👧",
            "🇸🇾",
            "हिन्दी",
            "هدنة",
            "حلب،",
            "停战。",
            "it's",
            "--",
            "…",
        ),
        *("\ud83d", "\udc00", "\ufeff", "\x00", "\u200f", "\u2028", "\xa0"),
    ]
)
_ENDS = st.sampled_from([" ", ". ", "! ", "? ", ".\n", "\r\n", "\r\n\r\n", "\r", "\n\n", ": ", "\t", ""])
_STRETCHES = st.lists(st.tuples(_WORDS, _ENDS), min_size=1, max_size=60).map(
    lambda pairs: "".join(word + end for word, end in pairs)
)
TEXTS = st.one_of(_STRETCHES, st.text(min_size=1, max_size=80), _STRETCHES.map(lambda text: text * 8)).map(
    lambda text: f"Thus: {text}"
)
"""Always with a word, so that there is an article."""


def lines(ids: st.SearchStrategy[str], texts: st.SearchStrategy[str] = TEXTS) -> st.SearchStrategy[dict[str, Any]]:
    """Records as they stand in a JSONL file."""
    return st.fixed_dictionaries(
        {
            "id": ids,
            "title": st.sampled_from(["Truce holds", "Convoy\r\nhit", "هدنة", "Thus: truce", "🕊️ e\u0301lan"]),
            "text": texts,
            "source": st.sampled_from(SOURCES),
            "author": st.sampled_from(AUTHORS),
            "published_at": st.sampled_from(DATES),
        }
    )


def extracted(records: Sequence[Mapping[str, Any]]) -> list[Record]:
    """Take records through a JSONL file, halves of surrogate pairs and all."""
    data = "".join(json.dumps(record) + "\n" for record in records).encode()
    found = list(extract_jsonl(io.BytesIO(data), "generated.jsonl"))
    assert all(isinstance(each, Record) for each in found), found
    return [each for each in found if isinstance(each, Record)]


def admits(wanted: Filter, article: Article | Carrier) -> bool:
    """Tell whether a filter lets an article through, read off its definition."""
    return (
        (not wanted.sources or any(_words(name) == _words(article.source) for name in wanted.sources))
        and (not wanted.authors or any(_within(_words(name), _words(article.author)) for name in wanted.authors))
        and (wanted.after is None or (article.published_at is not None and article.published_at >= wanted.after))
        and (wanted.before is None or (article.published_at is not None and article.published_at < wanted.before))
        and (
            not wanted.articles
            or (article.id if isinstance(article, Article) else article.article_id) in wanted.articles
        )
    )


def _words(name: str | None) -> list[str]:
    return [] if name is None else re.findall(r"\w+|[;,]", name.casefold().replace(",", ";"))


def _within(name: list[str], byline: list[str]) -> bool:
    return any(byline[start : start + len(name)] == name for start in range(len(byline) - len(name) + 1) if name)


def story_of(article: Article) -> str:
    """What copies have in common."""
    return " ".join(re.findall(r"\w+", article.text.casefold()))


def versions(collection: Collection, id: str) -> Iterator[Article]:
    """All versions of an article."""
    for number in range(1, collection.catalog.article(id).version + 1):
        yield collection.catalog.article(id, number)
