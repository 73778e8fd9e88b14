"""Web pages (.html): the main text without what surrounds it, and what the page says of its author, outlet and date."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from embeddings.articles import Article
from embeddings.errors import ExtractionError
from embeddings.extract.dates import parse_date
from embeddings.extract.decoding import decode_page
from embeddings.extract.drafts import Draft, finish
from embeddings.extract.normalise import one_line

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_MOST_NODES = 10_000


def extract_page(data: bytes, stem: str) -> Article:
    """The article of a saved web page; a line of the text is a paragraph of the page."""
    import trafilatura
    from trafilatura.settings import Document

    tree = trafilatura.load_html(decode_page(data))
    if tree is None:
        raise ExtractionError("no article text found; is this a web page?")
    moment = _stated_moment(tree)
    page = trafilatura.bare_extraction(tree, with_metadata=True, include_comments=False, include_tables=True)
    if not isinstance(page, Document) or not page.text:
        raise ExtractionError("no article text found")
    return finish(
        Draft(
            text=_without_title(page.text, page.title),
            title=page.title,
            author=page.author,
            source=page.sitename or page.hostname,
            published_at=moment.isoformat() if moment else page.date,
            url=page.url,
            language=tree.xpath("string(/html/@lang)"),
            metadata=_described(page),
        ),
        stem,
    )


def _without_title(text: str, title: str | None) -> str:
    """The text below its headline, which only some pages place among the paragraphs."""
    first, _, rest = text.strip().partition("\n")
    return rest if title and rest.strip() and one_line(first) == one_line(title) else text


def _described(page: Any) -> dict[str, Any]:
    found = {"description": page.description, "categories": page.categories, "tags": page.tags}
    return {name: value for name, value in found.items() if value}


def _stated_moment(tree: "HtmlElement") -> datetime | None:
    """When the page says it was published, with the time of day, which trafilatura leaves out."""
    stated = (parse_date(value) for value in _stated_dates(tree))
    return next((moment for moment in stated if moment is not None), None)


def _stated_dates(tree: "HtmlElement") -> Iterator[str]:
    yield from map(str, tree.xpath("//meta[@property='article:published_time']/@content"))
    for script in tree.xpath("//script[@type='application/ld+json']/text()"):
        try:
            described = json.loads(script, strict=False)
        except (ValueError, RecursionError):
            continue
        yield from _article_dates(described)


def _article_dates(described: Any) -> Iterator[str]:
    """The publication dates of the articles in linked data, outermost first; a video beside the text has its own."""
    nodes = [described]
    for node in nodes:  # grows while it is walked
        if len(nodes) > _MOST_NODES:
            return
        if isinstance(node, list):
            nodes.extend(node)
        elif isinstance(node, dict):
            if _is_article(node.get("@type")) and isinstance(node.get("datePublished"), str):
                yield node["datePublished"]
            nodes.extend(value for value in node.values() if isinstance(value, dict | list))


def _is_article(kind: Any) -> bool:
    kinds = kind if isinstance(kind, list) else [kind]
    return any(isinstance(kind, str) and kind.endswith(("Article", "Posting", "Report")) for kind in kinds)
