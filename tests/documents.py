"""PDF, Word and archive files as newsrooms have them, made for the tests."""

import io
import random
import zipfile
from collections.abc import Iterator, Mapping, Sequence

from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from fpdf import FPDF
from fpdf.enums import EncryptionMethod

SOFT = "\u00ad"
_SUBJECTS = (
    *("The har\u00adbour mas\u00adter", "A coun\u00adcil\u00adlor", "The min\u00adis\u00adter"),
    *("Her neigh\u00adbour", "The ferry com\u00adpany"),
)
_VERBS = (
    *("an\u00adnounced", "de\u00adnied", "wel\u00adcomed", "ques\u00adtioned", "post\u00adponed"),
    "re\u00adcon\u00adsid\u00adered",
)
_OBJECTS = (
    *("the en\u00adlarge\u00adment of the quay", "a gov\u00adern\u00adment-backed loan"),
    *("the in\u00advest\u00adi\u00adga\u00adtion", "new in\u00adfor\u00adma\u00adtion about the cranes"),
    "the eight-year-old agree\u00adment",
)
_PLACES = (
    *("on Mon\u00adday", "in Ham\u00adburg", "be\u00adfore the com\u00admit\u00adtee"),
    *("with\u00adout ex\u00adpla\u00adna\u00adtion", "after a long ne\u00adgo\u00adti\u00ada\u00adtion"),
)


def story(paragraphs: int, seed: int = 0) -> list[str]:
    """Paragraphs of prose, with soft hyphens where its words may be divided."""
    chance = random.Random(seed)

    def sentence() -> str:
        parts = [chance.choice(words) for words in (_SUBJECTS, _VERBS, _OBJECTS, _PLACES)]
        return " ".join(parts) + f", re\u00adport {chance.randint(10, 9999)} says."

    return [" ".join(sentence() for _ in range(chance.randint(2, 6))) for _ in range(paragraphs)]


def plain(paragraphs: Sequence[str]) -> str:
    """What the paragraphs are when they are read from a document."""
    return "\n\n".join(paragraphs).replace(SOFT, "")


def pdf(
    paragraphs: Sequence[str],
    *,
    title: str = "",
    columns: int = 1,
    justified: bool = False,
    indented: bool = False,
    head: str = "",
    foot: str = "",
    password: str | None = None,
    packed: bool = True,
    described: Mapping[str, str] | None = None,
) -> bytes:
    """A PDF of the paragraphs, set by hand so that lines, columns and pages break as in print.

    `head` and `foot` are set on every page, with its number for `{}`. A password of "" locks changes only.
    """
    made = FPDF(unit="pt", format=(420, 595))
    made.set_auto_page_break(False)
    made.set_compression(packed)
    if described:
        made.set_title(described.get("title", ""))
        made.set_author(described.get("author", ""))
    if password is not None:
        method = EncryptionMethod.RC4
        made.set_encryption(owner_password="owner", user_password=password or None, encryption_method=method)
    margin, gutter, step = 40.0, 16.0, 11.5
    width = (made.w - 2 * margin - gutter * (columns - 1)) / columns
    column, top, y = columns, 0.0, made.h
    made.set_font("times", size=9)
    for paragraph in paragraphs:
        lines = list(_wrapped(made, paragraph, width, step if indented else 0.0))
        for place, line in enumerate(lines):
            if y > made.h - 60:
                column += 1
                if column >= columns:
                    column, top = 0, _opened(made, "" if made.page else title, head, foot, margin)
                    made.set_font("times", size=9)
                y = top
            indent = step if indented and place == 0 else 0.0
            filled = justified and place < len(lines) - 1
            _set_line(made, margin + column * (width + gutter) + indent, y, line, width - indent if filled else 0.0)
            y += step
        y += 0.0 if indented else 8.0
    return bytes(made.output())


def _opened(made: FPDF, title: str, head: str, foot: str, margin: float) -> float:
    made.add_page()
    made.set_font("helvetica", size=7)
    made.text(margin, 24, head.replace("{}", str(made.page)))
    made.text(margin, made.h - 20, foot.replace("{}", str(made.page)))
    if title:
        made.set_font("helvetica", "B", 18)
        made.text(margin, 60, title)
    return 90.0 if title else 55.0


def _wrapped(made: FPDF, paragraph: str, width: float, indent: float) -> Iterator[str]:
    """The lines, with words divided at soft hyphens."""
    line, room = "", width - indent
    for word in paragraph.split():
        while made.get_string_width(f"{line} {word}".strip().replace(SOFT, "")) > room:
            parts = word.split(SOFT)
            beginnings = {n: f"{line} {''.join(parts[:n])}-".strip() for n in range(len(parts) - 1, 0, -1)}
            fitting = next((n for n, text in beginnings.items() if made.get_string_width(text) <= room), 0)
            yield beginnings.get(fitting, line)
            word = SOFT.join(parts[fitting:])
            line, room = "", width
        line = f"{line} {word}".strip().replace(SOFT, "")
    yield line


def _set_line(made: FPDF, x: float, y: float, line: str, width: float) -> None:
    words = line.split(" ") if width else [line]
    space = made.get_string_width(" ") + (width - made.get_string_width(line)) / max(1, len(words) - 1)
    for word in words:
        made.text(x, y, word)
        x += made.get_string_width(word) + space


def picture_pdf(pages: int = 2) -> bytes:
    """A PDF without a text layer, as a scanner makes it."""
    made = FPDF(unit="pt", format=(420, 595))
    for _ in range(pages):
        made.add_page()
        made.rect(50, 50, 200, 300, style="F")
    return bytes(made.output())


def docx(
    paragraphs: Sequence[str],
    *,
    title: str = "",
    markup: Sequence[str] = (),
    described: Mapping[str, str] | None = None,
) -> bytes:
    """A Word document; `markup` is the inner WordprocessingML of paragraphs that follow."""
    made = Document()
    if title:
        made.add_heading(title, level=0)
    for paragraph in paragraphs:
        made.add_paragraph(paragraph.replace(SOFT, ""))
    for inner in markup:
        made.element.body.insert(-1, parse_xml(f"<w:p {nsdecls('w')}>{inner}</w:p>"))
    for name, value in (described or {}).items():
        setattr(made.core_properties, name, value)
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def zipped(members: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip archive, with members of fixed dates."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, (2016, 8, 9, 0, 0, 0))
            info.compress_type = compression
            archive.writestr(info, data)
    return stream.getvalue()
