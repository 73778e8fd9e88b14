"""What a page says of itself in JSON-LD: the article among the things it describes, however they are nested."""

import json
import re
from collections.abc import Iterator
from html import unescape
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lxml.html import HtmlElement

Node = dict[str, Any]

_MOST_NODES = 10_000
_ARTICLE = re.compile(r"(?:Article|Posting|Report)$")
_ELSEWHERE = frozenset(
    ("itemListElement", "mentions", "citation", "isPartOf", "relatedLink", "comment", "video", "liveBlogUpdate")
)
"""What hangs on these is about other pages, or about parts of this one."""
_STRING_OR_SLIP = re.compile(
    r'("(?:[^"\\]|\\.)*")|/\*.{0,300}?\*/|<!--|-->|(?://\s*)?(?:<!\[CDATA\[|\]\]>)|,(?=\s*[}\]])', re.DOTALL
)


class LinkedData:
    """The things that the JSON-LD of a page describes, outermost first."""

    def __init__(self, tree: "HtmlElement") -> None:
        scripts = tree.xpath("//script[contains(translate(@type, 'LDJSON', 'ldjson'), 'ld+json')]/text()")
        self._nodes = list(islice(_walk([_parsed(script) for script in scripts]), _MOST_NODES))
        self._by_id = {node["@id"]: node for node in reversed(self._nodes) if isinstance(node.get("@id"), str)}
        articles = [node for node in self._nodes if is_article(node)]
        pages = [node for node in self._nodes if "WebPage" in kinds(node) and "headline" in node]
        self.article: Node = [*articles, *pages, {}][0]
        """What it says of the article; empty if nothing."""

    def kinds(self) -> set[str]:
        """Every type that occurs."""
        return {kind for node in self._nodes for kind in kinds(node)}

    def values(self, *names: str) -> Iterator[Any]:
        """What the article has under each name: entries of lists one by one, references resolved."""
        for name in names:
            value = self.article.get(name)
            for entry in value if isinstance(value, list) else [value]:
                yield self._resolved(entry)

    def texts(self, *names: str) -> Iterator[str]:
        """The same as text; of a thing its name, or else its address."""
        for value in self.values(*names):
            if isinstance(value, dict):
                value = next((value[key] for key in ("name", "@id", "url") if isinstance(value.get(key), str)), None)
            if isinstance(value, str | int):
                yield unescape(str(value))

    def trail(self) -> list[str]:
        """The names of the breadcrumbs that lead to the page."""
        for node in self._nodes:
            steps = node.get("itemListElement")
            if "BreadcrumbList" in kinds(node) and isinstance(steps, list):
                return [name for step in steps if isinstance(step, dict) and (name := _step(step))]
        return []

    def _resolved(self, value: Any) -> Any:
        if isinstance(value, dict) and isinstance(value.get("@id"), str) and "name" not in value:
            return self._by_id.get(value["@id"], value)
        return value


def kinds(node: Node) -> set[str]:
    """The types of a thing, without the address of the vocabulary."""
    stated = node.get("@type")
    return {
        kind.rpartition("/")[2] for kind in (stated if isinstance(stated, list) else [stated]) if isinstance(kind, str)
    }


def is_article(node: Node) -> bool:
    """Tell whether it is an article of some kind, a blog posting or a report."""
    return any(map(_ARTICLE.search, kinds(node)))


def _walk(nodes: list[Any]) -> Iterator[Node]:
    for node in nodes:  # grows while it is walked
        if isinstance(node, list):
            nodes.extend(node)
        elif isinstance(node, dict):
            yield node
            nodes.extend(
                value for name, value in node.items() if isinstance(value, dict | list) and name not in _ELSEWHERE
            )


def _parsed(script: str) -> Any:
    """What a script holds. Comments, commas too many and raw line ends are forgiven; what is worse is passed over."""
    for mended in (script, _STRING_OR_SLIP.sub(r"\1", script), unescape(script)):
        try:
            return json.loads(mended, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _step(step: Node) -> str | None:
    item = step.get("item")
    name = step.get("name") or (item.get("name") if isinstance(item, dict) else None)
    return unescape(name) if isinstance(name, str) else None
