"""Markdown (.md): front matter gives the fields, and the body is rendered once to the prose that a reader sees."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from embeddings.articles import Article
from embeddings.extract.decoding import decode
from embeddings.extract.drafts import Draft, check_length, finish
from embeddings.extract.fields import draft_from
from embeddings.extract.front_matter import divide
from embeddings.extract.normalise import normalise, one_line

if TYPE_CHECKING:
    from markdown_it.token import Token


def extract_markdown(data: bytes, stem: str) -> Article:
    """The article of a Markdown file."""
    fields, body = divide(normalise(decode(data)))
    check_length(body)
    heading, text = _rendered(body)
    return finish(_titled(draft_from(fields, text), heading), stem)


def _titled(draft: Draft, heading: str | None) -> Draft:
    """The heading that opened the body is the title, or part of the text where front matter has another title."""
    if heading is None:
        return draft
    if draft.title is None or one_line(draft.title) == one_line(heading):
        return replace(draft, title=heading)
    return replace(draft, text=f"{heading}\n\n{draft.text}")


def _rendered(body: str) -> tuple[str | None, str]:
    """The heading of the first level that opens the body, if one does, and the rest as plain text."""
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(body)
    if tokens and tokens[0].type == "heading_open" and tokens[0].tag == "h1":
        return _inline(tokens[1].children or ()), _joined(tokens[3:])
    return None, _joined(tokens)


def _joined(tokens: Iterable["Token"]) -> str:
    """The blocks: paragraphs with an empty line between them, items of a list and rows of a table without."""
    return "".join(("\n" if tight else "\n\n") + block for tight, block in _blocks(tokens) if block.strip()).strip()


def _blocks(tokens: Iterable["Token"]) -> Iterator[tuple[bool, str]]:
    """Each block, and whether it follows the one before closely. Bullets, numbers and rules are not prose."""
    tight = False
    row: list[str] | None = None
    for token in tokens:
        match token.type:
            case "paragraph_open":
                tight = token.hidden
            case "tr_open":
                row = []
            case "tr_close":
                yield True, " | ".join(row or ())
                row = None
            case "inline" if row is not None:
                row.append(_inline(token.children or ()))
            case "inline":
                yield tight, _inline(token.children or ())
                tight = False
            case "fence" | "code_block":
                yield False, token.content.strip("\n")
            case "html_block":
                yield False, _without_tags(token.content)


def _inline(tokens: Iterable["Token"]) -> str:
    """The words of a paragraph: those of a link without its address, none of an image."""
    return "".join(map(_words, tokens)).strip()


def _words(token: "Token") -> str:
    match token.type:
        case "text" | "code_inline":
            return token.content
        case "softbreak":
            return " "
        case "hardbreak":
            return "\n"
        case "html_inline":
            return "\n" if token.content.lower().startswith("<br") else ""
        case _:
            return ""


def _without_tags(markup: str) -> str:
    from lxml import html

    root = html.fromstring(f"<div>{markup}</div>")
    for hidden in root.xpath("//script | //style"):
        hidden.drop_tree()
    return str(root.text_content()).strip()
