"""PDF (.pdf): the text layer, its lines put in reading order and rejoined, with the page that each character is on."""

import ctypes
import re
from collections import Counter
from collections.abc import Iterator
from math import pi
from typing import TYPE_CHECKING, Any

from embeddings.articles import Article
from embeddings.errors import ExtractionError
from embeddings.extract.drafts import Draft, finish
from embeddings.extract.normalise import one_line
from embeddings.extract.pdf_layout import SMALLER, Line, in_reading_order, without_margins
from embeddings.extract.pdf_paragraphs import Paragraph, joined, paragraphs
from embeddings.extract.properties import stated_author, stated_title

if TYPE_CHECKING:
    import pypdfium2

_Box = tuple[float, float, float, float]

MOST_PAGES = 1000
_MOST_CHARACTERS = 200_000
_GAP = 1.2
"""Line heights that no space between words is wide, and every one between columns is."""
_HYPHENS = "-\u00ad\u2010\u0002\ufffe"  # the last two are how PDFium writes one at the end of a line
_UNREADABLE = re.compile("[\ufffd\ue000-\uf8ff]")
_LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"}
_REPLACED = _LIGATURES | dict.fromkeys((0x02, 0xAD, 0x200B, 0xFFFE)) | {0xA0: " ", 0x2010: "-"}
_LEANING = 0.02
"""Right angles that a line may lean."""
_TALLER = 1.15
_FEW_WORDS, _MOST_WORDS = 4, 30


def extract_pdf(data: bytes, stem: str) -> Article:
    """The article of a PDF file. When it was made stays in the metadata: that is seldom when it was published."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise ExtractionError(_refusal(error)) from None
    with document:
        pages = _pages(document)
        described = document.get_metadata_dict(skip_empty=True)
    found = paragraphs([in_reading_order(page) for page in without_margins(pages)])
    title = _title(described.get("Title"), found)
    if title and len(found) > 1 and one_line(found[0].text) == title:
        found = found[1:]
    text, begins = joined(found, len(pages))
    return finish(
        Draft(
            text=text,
            title=title,
            author=stated_author(described.get("Author")),
            pages=begins,
            metadata=_metadata(described, pages),
        ),
        stem,
    )


def _refusal(error: Exception) -> str:
    if "password" in str(error).lower():
        return "is protected with a password; save it without one"
    return "is damaged: it cannot be opened as a PDF"


def _pages(document: "pypdfium2.PdfDocument") -> list[list[Line]]:
    if len(document) > MOST_PAGES:
        raise ExtractionError(f"has over {MOST_PAGES} pages; divide it")
    pages = [list(_lines(document, number)) for number in range(len(document))]
    letters = "".join(line.text for lines in pages for line in lines)
    if not letters.strip():
        raise ExtractionError("has no text layer: its pages are pictures; run text recognition (OCR) over it first")
    if len(_UNREADABLE.findall(letters)) > len(letters) // 3:
        raise ExtractionError("has a text layer that does not say which letters it shows; run text recognition (OCR)")
    return pages


def _lines(document: "pypdfium2.PdfDocument", number: int) -> Iterator[Line]:
    """The lines of a page in the order in which the file has them, divided where columns are."""
    letters: list[str] = []
    left = bottom = right = top = 0.0

    def line() -> Iterator[Line]:
        text = one_line("".join(letters).translate(_REPLACED))
        if letters and letters[-1] in _HYPHENS:
            text = text.rstrip("-") + "-"
        letters.clear()
        if text:
            yield Line(text=text, page=number, left=left, bottom=bottom, right=right, top=top)

    for letter, box in _letters(document, number):
        if letter in "\r\n":
            yield from line()
            continue
        if box is None:
            letters.append(letter)
            continue
        height = max(top - bottom, box[3] - box[1])
        beside = -height < box[0] - right < _GAP * height and bottom < (box[1] + box[3]) / 2 < top
        initial = len(letters) == 1 and box[3] - box[1] < SMALLER * height
        if letters and (initial or not beside):
            yield from line()
        if not letters:
            if letter.isspace():
                continue
            left, bottom, right, top = box
        letters.append(letter)
        if not letter.isspace():
            bottom, right, top = min(bottom, box[1]), max(right, box[2]), max(top, box[3])
    yield from line()


def _letters(document: "pypdfium2.PdfDocument", number: int) -> Iterator[tuple[str, _Box | None]]:
    """The letters of a page and where they stand: left, bottom, right, top; None for what PDFium adds.

    A page whose text runs up or down or stands on its head is turned; text that runs otherwise than most, as a stamp
    or a watermark does, is left out.
    """
    import pypdfium2
    from pypdfium2 import raw

    try:
        page = document[number]
    except pypdfium2.PdfiumError:  # the others may be sound
        return
    text_page = page.get_textpage()
    box = raw.FS_RECTF()
    found: list[tuple[str, _Box | None, float]] = []
    try:
        for index in range(min(text_page.count_chars(), _MOST_CHARACTERS)):
            letter = chr(raw.FPDFText_GetUnicode(text_page, index))
            place = None
            if raw.FPDFText_GetLooseCharBox(text_page, index, ctypes.byref(box)) and box.top > box.bottom:
                place = (box.left, box.bottom, box.right, box.top)
            found.append((letter, place, raw.FPDFText_GetCharAngle(text_page, index) / (pi / 2)))
    finally:
        text_page.close()
        page.close()
    turns = Counter(round(turn) % 4 for letter, place, turn in found if place and not letter.isspace())
    usual = turns.most_common(1)[0][0] if turns else 0
    for letter, place, turn in found:
        if place is None:
            yield letter, None
        elif abs(turn - round(turn)) < _LEANING and round(turn) % 4 == usual:
            yield letter, _turned(place, usual)


def _turned(box: _Box, turn: int) -> _Box:
    """The box on a page that was turned by so many right angles, so that its text runs from left to right."""
    left, bottom, right, top = box
    match turn:
        case 1:
            return -top, left, -bottom, right
        case 2:
            return -right, -top, -left, -bottom
        case 3:
            return bottom, -right, top, -left
    return box


def _title(stated: str | None, found: list[Paragraph]) -> str | None:
    """What the file says its title is, if that is one; else the largest words of the first page.

    The name of a newspaper can be larger than its headlines, but is shorter.
    """
    title = stated_title(stated)
    if title:
        return title
    heights: Counter[float] = Counter()
    for each in found:
        heights[each.height] += len(each.text)
    usual = heights.most_common(1)[0][0] if heights else 0.0
    tall = [each for each in found if each.page == 0 and each.height > _TALLER * usual]
    headlines = [
        (words >= _FEW_WORDS, each.height, each) for each in tall if 2 <= (words := _words(each)) <= _MOST_WORDS
    ]
    return one_line(max(headlines, key=lambda headline: headline[:2])[2].text) if headlines else None


def _words(paragraph: Paragraph) -> int:
    return len(paragraph.text.split())


def _metadata(described: dict[str, str], pages: list[list[Line]]) -> dict[str, Any]:
    names = {"Subject": "description", "Keywords": "keywords", "CreationDate": "pdf_created", "ModDate": "pdf_modified"}
    metadata: dict[str, Any] = {new: described[old] for old, new in names.items() if old in described}
    empty = [number for number, lines in enumerate(pages, start=1) if not lines]
    return metadata | ({"pages_without_text": empty} if empty else {})
