"""Word documents (.docx): the text as it would be printed, with what was inserted and without what was deleted."""

import io
import posixpath
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from embeddings.articles import Article
from embeddings.errors import ExtractionError
from embeddings.extract.archives import open_zip, reason_for_damage
from embeddings.extract.drafts import Draft, finish
from embeddings.extract.normalise import one_line
from embeddings.extract.properties import stated_author, stated_title

if TYPE_CHECKING:
    from lxml.etree import _Element

_LARGEST_PART = 50_000_000
"""Bytes of XML; pictures are not looked at."""
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT = (b"http://purl.oclc.org/ooxml/wordprocessingml/main", _W.strip("{}").encode())
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_LEFT_OUT = {_FALLBACK, *(f"{_W}{name}" for name in ("del", "moveFrom", "txbxContent", "rt", "instrText", "delText"))}
"""Subtrees of a paragraph that are no part of its words; `rt` is how a word is pronounced."""
_INSIDE = {f"{_W}{name}" for name in ("sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo")}
_INSTEAD = {f"{_W}tab": " ", f"{_W}ptab": " ", f"{_W}cr": "\n", f"{_W}br": "\n", f"{_W}noBreakHyphen": "-"}
_OFF = ("0", "false", "off")


def extract_docx(data: bytes, stem: str) -> Article:
    """The article of a Word document. Footnotes, comments, heads and feet are left out.

    When it was written stays in the metadata: that is seldom when it was published.
    """
    with open_zip(io.BytesIO(data)) as package:
        main = _main_part(package)
        document = _parsed(package, main)
        described = _described(package)
        titles = _title_styles(package, posixpath.join(posixpath.dirname(main), "styles.xml"))
    body = document.find(f"{_W}body")
    if body is None:
        raise ExtractionError("is damaged: it has no body")
    text: list[str] = []
    title = None
    for style, tight, block in _blocks(body):
        if not text and title is None and style in titles:
            title = one_line(block)
        else:
            text += ["\n" if tight else "\n\n", block]
    return finish(
        Draft(
            text="".join(text),
            title=title or stated_title(described.get("title")),
            author=stated_author(described.get("creator")),
            language=described.get("language"),
            metadata=_metadata(described),
        ),
        stem,
    )


def _parsed(package: zipfile.ZipFile, name: str) -> "_Element":
    """A part of the document; raises ExtractionError if it is damaged, or too large to be held."""
    from lxml import etree

    try:
        if package.getinfo(name).file_size > _LARGEST_PART:
            raise ExtractionError(f"holds over {_LARGEST_PART // 1_000_000} MB of text; divide it")
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        return etree.fromstring(package.read(name).replace(*_STRICT), parser)
    except ExtractionError:
        raise
    except Exception as error:  # zipfile and lxml meet damage with errors of many types
        raise ExtractionError(reason_for_damage(error)) from None


def _optional(package: zipfile.ZipFile, name: str) -> Iterator["_Element"]:
    """All elements of a part that need not be there, or be sound."""
    try:
        yield from _parsed(package, name).iter("{*}*")
    except ExtractionError:
        return


def _main_part(package: zipfile.ZipFile) -> str:
    for relation in _optional(package, "_rels/.rels"):
        if relation.get("Type", "").endswith("/officeDocument"):
            return str(relation.get("Target", "")).lstrip("/")
    return "word/document.xml"


def _title_styles(package: zipfile.ZipFile, name: str) -> set[str | None]:
    """The ids of the styles of headlines; ids are in the language of the program that made them, names are not."""
    names = (element for element in _optional(package, name) if element.tag == f"{_W}name")
    headlines = (each for each in names if each.get(f"{_W}val", "").casefold() in ("title", "heading 1"))
    return {parent.get(f"{_W}styleId") for each in headlines if (parent := each.getparent()) is not None} - {None}


def _described(package: zipfile.ZipFile) -> dict[str, str]:
    found = _optional(package, "docProps/core.xml")
    return {element.tag.rpartition("}")[2]: element.text.strip() for element in found if element.text}


def _metadata(described: dict[str, str]) -> dict[str, Any]:
    names = {"subject": "description", "keywords": "keywords", "created": "docx_created", "modified": "docx_modified"}
    return {new: described[old] for old, new in names.items() if described.get(old)}


def _blocks(parent: "_Element") -> Iterator[tuple[str | None, bool, str]]:
    """Each paragraph or row of a table with words: its style, whether it follows the one before closely, its text."""
    for element in parent:
        if element.tag == f"{_W}p":
            yield from _paragraph(element)
        elif element.tag == f"{_W}tbl":
            tight = False
            for row in element.iterchildren(f"{_W}tr"):
                cells = [" ".join(text for _, _, text in _blocks(cell)) for cell in row.iterchildren(f"{_W}tc")]
                if any(cells):
                    yield None, tight, " | ".join(cells)
                    tight = True
        elif element.tag in _INSIDE:
            yield from _blocks(element)


def _paragraph(element: "_Element") -> Iterator[tuple[str | None, bool, str]]:
    """The paragraph, and after it what stands in boxes beside it."""
    text = "".join(_words(element)).strip()
    if text:
        style = element.find(f"{_W}pPr/{_W}pStyle")
        listed = element.find(f"{_W}pPr/{_W}numPr") is not None
        yield (style.get(f"{_W}val") if style is not None else None), listed, text
    for box in element.iterfind(f".//{_W}txbxContent"):
        if next(box.iterancestors(_FALLBACK, f"{_W}txbxContent"), None) is None:
            yield from _blocks(box)


def _words(element: "_Element") -> Iterator[str]:
    for child in element:
        if child.tag == f"{_W}t":
            yield child.text or ""
        elif child.tag in _INSTEAD:
            yield _INSTEAD[child.tag] if child.get(f"{_W}type") != "page" else " "
        elif child.tag not in _LEFT_OUT and not _is_hidden(child):
            yield from _words(child)


def _is_hidden(run: "_Element") -> bool:
    hidden = run.find(f"{_W}rPr/{_W}vanish")
    return hidden is not None and hidden.get(f"{_W}val") not in _OFF
