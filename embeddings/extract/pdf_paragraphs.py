"""Lines of a PDF become paragraphs: joined, with words put together that were divided at the end of a line."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import median

from msgspec import Struct

from embeddings.extract.pdf_layout import Block, Line

_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_LAST_PART = re.compile(r"([\w'’-]+)-$")
_FIRST_PART = re.compile(r"[\w'’]+-?")
_ENDED = re.compile(r"[.!?:;…][\"'”’»)\]]*$|[”»]$")
_LISTED = re.compile(r"[•‣▪◦●■*–—-]\s|\(?\d{1,2}[.)]\s")
_UNSPACED = re.compile("[\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
_SECOND_PARTS = frozenset(
    (
        *("aligned", "allied", "backed", "based", "born", "brokered", "built", "controlled", "dominated", "elect"),
        *("era", "friendly", "funded", "held", "language", "led", "like", "linked", "made", "owned", "related"),
        *("run", "speaking", "sponsored", "style", "supported", "wide"),
    )
)
"""What is joined to a name by a hyphen, so that "Russia-" above "backed" keeps it where nothing else tells."""


class Paragraph(Struct, kw_only=True):
    """Lines that are one paragraph."""

    lines: list[Line]
    text: str = ""
    offsets: list[int] = []
    """Where each line begins in the text."""

    @property
    def page(self) -> int:
        return self.lines[0].page

    @property
    def height(self) -> float:
        """Of most of its lines, to half a point."""
        return round(2 * median(line.height for line in self.lines)) / 2


def paragraphs(pages: Iterable[Sequence[Block]]) -> list[Paragraph]:
    """The paragraphs of all pages in reading order; one may begin in a column or on a page and end in the next."""
    found: list[Paragraph] = []
    width = 0.0
    for block in (block for page in pages for block in page):
        for part in _divided(block):
            if found and part[0] is block.lines[0] and _goes_on(found[-1], part[0], width):
                found[-1].lines += part
            else:
                found.append(Paragraph(lines=part))
        width = block.right - block.left
    words = Counter(word.casefold() for each in found for line in each.lines for word in _inner_words(line))
    for each in found:
        _join(each, words)
    return found


def joined(found: Sequence[Paragraph], pages: int) -> tuple[str, tuple[int, ...]]:
    """The text, paragraphs with an empty line between them, and where each page begins in it.

    A page without text begins where the next one does, or where the text ends.
    """
    begins: list[int] = []
    length = 0
    for each in found:
        for line, offset in zip(each.lines, each.offsets, strict=True):
            begins += [length + offset] * (line.page + 1 - len(begins))
        length += len(each.text) + 2
    text = "\n\n".join(each.text for each in found)
    return text, (0, *begins[1:], *[len(text)] * (pages - max(1, len(begins))))


def _divided(block: Block) -> list[list[Line]]:
    """The lines of a block by paragraphs."""
    parts = [[block.lines[0]]]
    steps = [one.bottom - other.bottom for one, other in pairwise(block.lines)]
    usual = median(steps) if steps else 0.0
    for step, (above, line) in zip(steps, pairwise(block.lines), strict=True):
        indented = line.left - above.left > 0.8 * line.height and line.left - block.left > 0.8 * line.height
        hanging = _LISTED.match(above.text) and above is parts[-1][0]
        if (
            step > 1.25 * usual
            or (indented and not hanging)
            or _LISTED.match(line.text)
            or _stops_short(above, line, block.right)
        ):
            parts.append([])
        parts[-1].append(line)
    return parts


def _stops_short(above: Line, line: Line, right: float) -> bool:
    """Tell whether a line ends although the first word of the next one had fitted into it."""
    first = line.text.partition(" ")[0]
    needed = (line.right - line.left) * (len(first) + 1) / max(1, len(line.text))
    return bool(_ENDED.search(above.text)) and right - above.right > 1.3 * needed


def _goes_on(paragraph: Paragraph, line: Line, width: float) -> bool:
    """Tell whether a paragraph continues in the next column or on the next page."""
    last = paragraph.lines[-1]
    if _ENDED.search(last.text) or _LISTED.match(line.text) or abs(last.height - line.height) > 0.1 * line.height:
        return False
    return line.text[:1].islower() or (len(paragraph.lines) > 1 and last.right - last.left > 0.7 * width)


def _inner_words(line: Line) -> list[str]:
    """The words that stand whole in a line, compounds with their parts."""
    words = _WORD.findall(_LAST_PART.sub("", line.text))
    return words + [part for word in words if "-" in word for part in word.split("-")]


def _join(paragraph: Paragraph, words: Counter[str]) -> None:
    text = ""
    offsets = []
    for line in paragraph.lines:
        divided = _LAST_PART.search(text)
        following = _FIRST_PART.match(line.text)
        if divided and following:
            text = text if _keeps_hyphen(divided[1], following[0], words) else text[:-1]
        elif text and not (_UNSPACED.match(text[-1]) and _UNSPACED.match(line.text)):
            text += " "
        offsets.append(len(text))
        text += line.text
    paragraph.text, paragraph.offsets = text, offsets


def _keeps_hyphen(before: str, after: str, words: Counter[str]) -> bool:
    """Tell a compound ("Russia-backed") from a word that was divided ("infor-mation"), by the rest of the document."""
    first, second = before.casefold(), after.rstrip("-").casefold()
    compound, whole = words[f"{first}-{second}"], words[first + second]
    if compound or whole:
        return compound > whole
    if not after[0].islower() or not before[-1].isalpha() or "-" in before + after:
        return True
    known = words[first] > 0 and len(first) > 2
    return (known and words[second] > 0) or (before[0].isupper() and second in _SECOND_PARTS)
