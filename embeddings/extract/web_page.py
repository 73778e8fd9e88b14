"""Web pages (.html): the main text without what surrounds it, and what the page says of its author, outlet and date."""

import logging
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from embeddings.articles import Article
from embeddings.errors import ExtractionError
from embeddings.extract.decoding import decode_page
from embeddings.extract.drafts import Draft, finish
from embeddings.extract.hidden import drop_hidden, unseen_names
from embeddings.extract.normalise import one_line
from embeddings.extract.page_metadata import PageMetadata, completed, describe
from embeddings.extract.page_tree import drop_unread, lines, mend, parse
from embeddings.extract.stubs import reason_against

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_WHOLE = 1.5
"""How much longer than what a page shows the text must be that it gives to machines, to be more of the article."""


def extract_page(data: bytes, stem: str) -> Article:
    """The article of a saved web page; a line of the text is a paragraph of the page.

    Raises ExtractionError for a page that shows none, or only the beginning of one, naming what it shows.
    """
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # what it complains of is told to the user, by us
    logging.getLogger("htmldate").setLevel(logging.CRITICAL)
    markup = decode_page(data)
    tree = parse(markup)
    page = completed(describe(tree, markup), tree)
    unseen = unseen_names(tree)
    drop_unread(tree)
    hidden = drop_hidden(tree, unseen)
    return finish(
        Draft(
            text=_main_text(tree, page),
            title=page.title,
            author=page.author,
            source=page.source,
            published_at=page.published_at,
            updated_at=page.updated_at,
            url=page.url,
            section=page.section,
            genre=page.genre,
            language=page.language,
            metadata=_described(page, hidden),
        ),
        stem,
    )


def _main_text(tree: "HtmlElement", page: PageMetadata) -> str:
    """The text by the shape of the page, or with slower methods beside that, or as the page gives it to machines."""
    from trafilatura import bare_extraction
    from trafilatura.settings import Document

    mended = deepcopy(tree)
    mend(mended)
    refusals = {}
    for fast in (True, False):
        found = bare_extraction(mended, fast=fast, include_comments=False, include_tables=True)
        text = _without_title(lines(found.body) if isinstance(found, Document) else "", page.title)
        reason = reason_against(tree, text, page)
        if reason is None:
            return text
        refusals[text] = reason
    if page.body and len(page.body) > _WHOLE * max(map(len, refusals)):
        return page.body
    raise ExtractionError(next(iter(refusals.values())))


def _without_title(text: str, title: str | None) -> str:
    """The text below its headline, which only some pages place among the paragraphs."""
    first, _, rest = text.partition("\n")
    return rest if title and rest and one_line(first) == title else text


def _described(page: PageMetadata, hidden: int) -> dict[str, Any]:
    found = {"description": page.description, "tags": page.tags, "hidden_elements": hidden}
    return {name: value for name, value in found.items() if value}
