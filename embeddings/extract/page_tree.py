"""A web page as a tree: parsed within bounds, mended where pages are built so that text is lost or mixed up with what
stands around it, and its main part written down as lines."""

import re
from collections.abc import Iterable, Iterator
from itertools import accumulate, islice
from typing import TYPE_CHECKING, Any, NamedTuple

from embeddings.errors import ExtractionError
from embeddings.extract.normalise import normalise

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MOST_ELEMENTS = 200_000
DEEPEST = 300
_INLINE = ("b", "strong", "i", "em", "u", "font", "small", "mark", "big", "tt")
_TAG = re.compile(r"<(?:html|head|body|article|main|section|div|table|h1|p|br)\b", re.IGNORECASE)
_PROSE = 80
_LAYOUT_CELL = 600
_HEADINGS = ("h2", "h3", "h4", "h5", "h6")
_FEWEST_LINKED_WORDS = 4
_LONGEST_POINTER = 500
_MOSTLY = 0.8
_POINTER = re.compile(
    r"\W*(?:see|read|watch|listen|related|more|also|recommended|don.t miss|you (?:may|might)|click here|leggi anche"
    r"|lire aussi|à lire|lesen sie|mehr zum thema|lea también|leia (?:também|mais)|читайте также)\b",
    re.IGNORECASE,
)
_AROUND = re.compile(r"newsletter|subscri|sign-?up|recirc|latest-?news|most-?(?:read|popular)|trending|recommend", re.I)
_SMALL_SHARE = 0.15
_FOR_MACHINES = ("datePublished", "dateModified", "dateCreated", "keywords", "mainEntityOfPage", "publisher")
_LINES = frozenset(("p", "head", "list", "item", "quote", "code", "table", "row", "lb", "div"))


def parse(markup: str) -> "HtmlElement":
    """The tree of a page, without comments. Raises ExtractionError for what is no page, too large or too deep."""
    from lxml import etree, html

    markup = normalise(markup)
    if _TAG.search(markup) is None:
        raise ExtractionError("no article text found; is this a web page?")
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        tree = html.document_fromstring(markup.encode(), parser=parser)
    except etree.ParserError:
        raise ExtractionError("no article text found; is this a web page?") from None
    if next(islice(tree.iter(), MOST_ELEMENTS, None), None) is not None:
        raise ExtractionError(f"no article text found: it has over {MOST_ELEMENTS:,} elements, which no article needs")
    if max(accumulate(1 if event == "start" else -1 for event, _ in etree.iterwalk(tree, ("start", "end")))) > DEEPEST:
        raise ExtractionError(f"no article text found: its elements are nested over {DEEPEST} deep")
    return tree


def drop_unread(tree: "HtmlElement") -> None:
    """Take out what holds no words for readers, so that the text of an element is what it says."""
    from lxml import etree

    etree.strip_elements(tree, "style", "noscript", "svg", with_tail=False)
    for script in tree.iter("script"):
        script.text = None


def mend(tree: "HtmlElement") -> None:
    """Change the tree so that the main text is found whole and alone."""
    from lxml import etree

    # They say nothing, and the extractor takes the square of their number in time, as of that of pieces of text.
    etree.strip_tags(tree, *_INLINE)
    for element in tree.iter():
        element.text, element.tail = element.text, element.tail
    sizes = measure(tree)
    _join_divided_body(tree, sizes)
    _release_layout_tables(tree, sizes)
    _keep_quoted_posts(tree, sizes)
    _drop_what_stands_around(tree, sizes)
    _drop_pointers(tree, sizes)


def lines(body: Any) -> str:
    """The text of an extracted body: a line for each paragraph, heading, item of a list and row of a table."""
    text = "".join(_pieces(body))
    return "\n".join(line for line in (" ".join(part.split()) for part in text.split("\0")) if line)


class Size(NamedTuple):
    """How much an element says: characters in all, and those that are in links."""

    said: int
    linked: int

    def linked_share(self) -> float:
        return self.linked / self.said if self.said else 0.0


def measure(tree: "HtmlElement") -> "dict[HtmlElement, Size]":
    """The size of each element with all that is in it, in one pass, however deep they are nested."""
    sizes: dict[HtmlElement, Size] = {}
    for element in reversed(list(tree.iter())):
        said, linked = _length(element.text), 0
        for child in element:
            size = sizes[child]
            said += size.said + _length(child.tail)
            linked += size.linked
        sizes[element] = Size(said, said if element.tag == "a" and element.get("href") else linked)
    return sizes


def words_of(element: "HtmlElement") -> str:
    """What an element says, in one line."""
    return " ".join(element.text_content().split())


def drop(elements: "Iterable[HtmlElement]") -> None:
    """Take elements out of their tree; those that went with another before are passed over."""
    gone: set[HtmlElement] = set()
    for element in elements:
        if gone.isdisjoint(element.iterancestors()) and element.getparent() is not None:
            gone.add(element)
            element.drop_tree()


def _length(text: str | None) -> int:
    return len(" ".join(text.split())) if text else 0


def _pieces(body: Any) -> Iterator[str]:
    """The text, with a NUL wherever a line ends: the line ends in it are only blanks of the markup."""
    from lxml import etree

    for event, element in etree.iterwalk(body, events=("start", "end")):
        if element.tag in _LINES:
            yield "\0"
        elif event == "start" and element.tag == "cell" and element.getprevious() is not None:
            yield " | "
        yield (element.text if event == "start" else element.tail) or ""


def _join_divided_body(tree: "HtmlElement", sizes: "dict[HtmlElement, Size]") -> None:
    """Mark what holds all parts of a body that advertisements divide: only the first would be taken for it.

    The parts are elements of one kind and class with most of the page's paragraphs; a page of several articles, each
    with a headline, has no such body.
    """
    parts: dict[tuple[str, str], dict[HtmlElement, list[int]]] = {}
    prose = 0
    for paragraph in tree.iter("p"):
        length, parent = sizes[paragraph].said, paragraph.getparent()
        if length > _PROSE:
            prose += length
            if parent is not None and parent.tag in ("div", "section") and parent.get("class"):
                parts.setdefault((parent.tag, parent.get("class")), {}).setdefault(parent, []).append(length)
    for alike in parts.values():
        divided = {part: lengths for part, lengths in alike.items() if len(lengths) > 1}
        if len(divided) > 1 and sum(map(sum, divided.values())) > prose / 2:
            whole = _common_ancestor(list(divided))
            several = len(whole.xpath(".//h1")) > 1 or len(whole.xpath(".//article")) > 1
            if whole not in divided and whole.tag not in ("body", "html") and not several:
                whole.set("itemprop", "articleBody")  # what the extractor looks for first


def _common_ancestor(elements: "list[HtmlElement]") -> "HtmlElement":
    first, *others = (list(element.iterancestors()) for element in elements)
    shared = set(first).intersection(*others)
    return next(ancestor for ancestor in first if ancestor in shared)


def _release_layout_tables(tree: "HtmlElement", sizes: "dict[HtmlElement, Size]") -> None:
    """Turn tables that arrange the page into plain containers; one of figures has short cells and none in it."""
    for table in list(tree.iter("table")):
        parts = [part for part in table.iterfind("*") if part.tag in ("tbody", "thead", "tr")]
        rows = [row for part in parts for row in ([part] if part.tag == "tr" else part.iterfind("tr"))]
        cells = [cell for row in rows for cell in row if cell.tag in ("td", "th")]
        prose = any(sizes[cell].said > _LAYOUT_CELL or len(cell.findall("p")) > 2 for cell in cells)
        if prose or table.find(".//table") is not None:
            for part in (table, *parts, *rows, *cells):
                part.tag = "div"


def _keep_quoted_posts(tree: "HtmlElement", sizes: "dict[HtmlElement, Size]") -> None:
    """Let posts of social media that an article quotes pass as quotations: by their classes they look like sharing."""
    for post in tree.xpath("//blockquote[contains(@class, 'tweet') or contains(@class, 'instagram')]"):
        for element in (post, *islice(post.iterancestors("div", "figure", "aside"), 3)):
            if sizes[element].said > 1.2 * sizes[post].said + 20:
                break
            for name in ("class", "id"):
                element.attrib.pop(name, None)
            if element is not post:
                element.tag = "div"


def _drop_what_stands_around(tree: "HtmlElement", sizes: "dict[HtmlElement, Size]") -> None:
    """Take out small parts whose names say that they invite to newsletters or other articles, and machines' facts."""
    small = _SMALL_SHARE * sizes[tree].said
    drop(
        element
        for element in list(tree.iter("div", "section", "ul", "p", "span", *_HEADINGS))
        if sizes[element].said < small
        and (
            element.get("itemprop") in _FOR_MACHINES
            or _AROUND.search(f"{element.get('class', '')} {element.get('id', '')}")
        )
    )


def _drop_pointers(tree: "HtmlElement", sizes: "dict[HtmlElement, Size]") -> None:
    """Take out paragraphs and headings that only lead to another article; one over prose may link to its source."""
    drop(
        element
        for element in list(tree.iter("p", "li", "blockquote", *_HEADINGS))
        if sizes[element].said < _LONGEST_POINTER and _is_pointer(element, sizes)
    )


def _is_pointer(element: "HtmlElement", sizes: "dict[HtmlElement, Size]") -> bool:
    share = sizes[element].linked_share()
    if share <= 0.5:
        return False
    words = words_of(element)
    if _POINTER.match(words):
        return True
    following = element.getnext() if element.tag in _HEADINGS else None
    leads_prose = following is not None and following.tag == "p" and sizes[following].said > _PROSE
    listed = element.tag == "li" or leads_prose
    return share >= _MOSTLY and len(words.split()) >= _FEWEST_LINKED_WORDS and not listed
