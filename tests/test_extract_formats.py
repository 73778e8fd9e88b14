"""PDF and Word documents, and finding out what a file is: what is read, what is left out, what is said of the rest."""

import contextlib
import io
import re
import textwrap
import time
from bisect import bisect_right
from pathlib import Path

import pytest
from documents import docx, pdf, picture_pdf, plain, story, zipped
from fpdf import FPDF
from hypothesis import given
from hypothesis import strategies as st

from embeddings.articles import Article
from embeddings.errors import ExtractionError
from embeddings.extract import Record, Rejected, extract_stream
from embeddings.extract.docx import extract_docx
from embeddings.extract.drafts import Draft, finish
from embeddings.extract.media_types import kind_of
from embeddings.extract.normalise import normalise
from embeddings.extract.pdf import extract_pdf
from embeddings.extract.pdf_layout import Block, Line
from embeddings.extract.pdf_paragraphs import paragraphs


def set_in_lines(*lines: str) -> str:
    """What lines of one column say once they are rejoined."""
    set_lines = [
        Line(text=text, page=0, left=40, right=40 + 5 * len(text), bottom=500 - 12 * number, top=511 - 12 * number)
        for number, text in enumerate(lines)
    ]
    return "\n".join(paragraph.text for paragraph in paragraphs([[Block(lines=set_lines)]]))


class TestPdf:
    @pytest.mark.parametrize("seed", range(3))
    @pytest.mark.parametrize(
        ("columns", "justified", "indented"),
        [(1, False, False), (1, True, True), (2, False, False), (2, True, True), (3, False, False), (3, True, False)],
    )
    def test_lines_are_rejoined_in_reading_order(
        self, columns: int, justified: bool, indented: bool, seed: int
    ) -> None:
        written = story(25, seed)
        data = pdf(
            written,
            title="Harbour Master Denies All",
            columns=columns,
            justified=justified,
            indented=indented,
            head="Harbour Post          9 August 2016",
            foot="Page {} of 4",
        )
        article = extract_pdf(data, "a")
        assert article.title == "Harbour Master Denies All"
        # Where a sentence ends with its column, nothing tells whether its paragraph does, too.
        assert article.text.split() == plain(written).split()
        assert abs(len(article.text.split("\n\n")) - len(written)) <= 1

    def test_columns_written_line_by_line_are_read_one_after_the_other(self) -> None:
        made = FPDF(unit="pt", format=(420, 595))
        made.add_page()
        made.set_font("times", size=9)
        left, right = (textwrap.wrap(plain(story(2, seed)), 38, break_on_hyphens=False) for seed in (1, 2))
        for number, row in enumerate(zip(left, right, strict=False)):
            for x, text in zip((40, 220), row, strict=True):
                made.text(x, 60 + 11.5 * number, text)
        rows = min(len(left), len(right))
        expected = " ".join([*left[:rows], *right[:rows]])
        assert extract_pdf(bytes(made.output()), "a").text.split() == expected.split()

    @pytest.mark.parametrize("angle", [90, 180, 270])
    def test_a_page_that_lies_on_its_side_is_turned(self, angle: int) -> None:
        made = FPDF(unit="pt", format=(800, 800))
        made.add_page()
        made.set_font("times", size=9)
        with made.rotation(angle, 400, 400):
            for number, text in enumerate(("He had no infor-", "mation about the", "ferry, he said.")):
                made.text(300, 300 + 11.5 * number, text)
        assert extract_pdf(bytes(made.output()), "a").text == "He had no information about the ferry, he said."

    def test_a_stamp_across_the_page_is_left_out(self) -> None:
        made = FPDF(unit="pt", format=(420, 595))
        made.add_page()
        made.set_font("times", size=9)
        made.text(40, 60, "The ferry costs two euros")
        with made.rotation(45, 100, 100):
            made.text(60, 70, "EMBARGOED")
        made.text(40, 71.5, "more from August.")
        assert extract_pdf(bytes(made.output()), "a").text == "The ferry costs two euros more from August."

    def test_the_headline_is_the_title_and_not_the_name_of_the_paper(self) -> None:
        made = FPDF(unit="pt", format=(420, 595))
        made.add_page()
        for y, size, text in (
            (40, 30, "HARBOUR POST"),
            (90, 18, "Ferry Fares Rise From August"),
            (130, 11, "A subtitle of it"),
        ):
            made.set_font("times", size=size)
            made.text(40, y, text)
        made.set_font("times", size=9)
        for number, text in enumerate(textwrap.wrap(plain(story(2)), 60)):
            made.text(40, 150 + 11.5 * number, text)
        article = extract_pdf(bytes(made.output()), "a")
        assert article.title == "Ferry Fares Rise From August"
        assert article.text.startswith("HARBOUR POST\n\nFerry Fares Rise From August\n\nA subtitle of it\n\n")

    @pytest.mark.parametrize(("initial", "first"), [("T", "he council said"), ("A", " council said")])
    def test_a_large_initial_goes_before_its_word(self, initial: str, first: str) -> None:
        made = FPDF(unit="pt", format=(420, 595))
        made.add_page()
        made.set_font("times", size=36)
        made.text(40, 83, initial)
        made.set_font("times", size=9)
        lines = [
            first + " on Monday that the infor-",
            "mation it had was wrong, and that none",
            "would be paid for it before",
        ]
        for number, text in enumerate([*lines, "the end of the year. He did not say why."]):
            made.text(67 if number < 3 else 40, 60 + 11.5 * number, text.strip())
        rest = " on Monday that the information it had was wrong, and that none would be paid for it before the end"
        assert extract_pdf(bytes(made.output()), "a").text == f"{initial}{first}{rest} of the year. He did not say why."

    def test_pages_begin_where_their_text_does(self) -> None:
        written = [f"Page{number} " + "word " * 30 + "end." for number in range(60)]
        data = pdf(written, columns=1, head="The Post", foot="- {} -")
        article = extract_pdf(data, "a")
        assert article.pages[0] == 0
        assert len(article.pages) > 3
        for number, begins in enumerate(article.pages[1:], start=1):
            assert begins > article.pages[number - 1]
            assert article.text[begins - 1].isspace()
            assert bisect_right(article.pages, begins) == number + 1

    def test_a_page_without_text_begins_where_the_next_does(self) -> None:
        lines = [
            Line(text="One sentence.", page=1, left=0, right=50, bottom=0, top=10),
            Line(text="Another.", page=3, left=0, right=50, bottom=0, top=10),
        ]
        from embeddings.extract.pdf_paragraphs import joined

        found = paragraphs([[Block(lines=[line])] for line in lines])
        assert joined(found, 6) == ("One sentence.\n\nAnother.", (0, 0, 15, 15, 23, 23))

    @pytest.mark.parametrize(
        ("lines", "expected"),
        [
            (["He had no infor-", "mation about it."], "He had no information about it."),
            (
                ["A Russia-backed plan.", "The Russia-", "backed plan failed."],
                "A Russia-backed plan. The Russia-backed plan failed.",
            ),
            (["The Russia-", "backed plan failed."], "The Russia-backed plan failed."),
            (["He went to Wash-", "ington with it."], "He went to Washington with it."),
            (["The US-", "Russia talks ended."], "The US-Russia talks ended."),
            (["A 62-", "year-old man came."], "A 62-year-old man came."),
            (["An eight-", "year-old boy came."], "An eight-year-old boy came."),
            (["An up-to-", "date plan is here."], "An up-to-date plan is here."),
            (["A plan -", "and a good one - failed."], "A plan - and a good one - failed."),
            (
                ["Under water and", "stand there: under-", "water or no."],
                "Under water and stand there: under-water or no.",
            ),
            (["第一行的文字", "第二行的文字"], "第一行的文字第二行的文字"),
        ],
    )
    def test_divided_words_are_put_together(self, lines: list[str], expected: str) -> None:
        assert set_in_lines(*lines).replace("\n", " ") == expected

    def test_says_of_itself(self) -> None:
        described = {"title": "Harbour Master Denies", "author": "Jane Roe"}
        article = extract_pdf(pdf(story(3), described=described), "a")
        assert (article.title, article.author, article.published_at) == ("Harbour Master Denies", "Jane Roe", None)
        assert "pdf_created" in article.metadata
        article = extract_pdf(
            pdf(["First line here.", *story(3)], described={"title": "scan 12.indd", "author": "admin"}), "a"
        )
        assert (article.title, article.author) == ("First line here.", None)

    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (picture_pdf(), "has no text layer"),
            (pdf(story(2), password="secret"), "is protected with a password"),
            (pdf(story(2))[:400], "is damaged"),
            (b"%PDF-1.7\n", "is damaged"),
        ],
    )
    def test_what_cannot_be_read_has_its_reason(self, data: bytes, reason: str) -> None:
        with pytest.raises(ExtractionError, match=reason):
            extract_pdf(data, "a")

    def test_what_only_looks_locked_or_damaged_is_read(self) -> None:
        written = story(2)
        assert extract_pdf(pdf(written, password=""), "a").text == plain(written)
        data = pdf(written)
        assert extract_pdf(re.sub(rb"startxref\s+\d+", b"startxref 1", data), "a").text == plain(written)
        assert extract_pdf(data[: data.rfind(b"xref")], "a").text == plain(written)

    def test_letters_strewn_over_a_page_take_no_time(self) -> None:
        made = FPDF(unit="pt", format=(2000, 2000))
        made.add_page()
        made.set_font("times", size=4)
        for number in range(20_000):
            made.text(10 + 13 * (number % 150), 10 + 13 * (number // 150) + number % 7, "A")
        started = time.monotonic()
        assert extract_pdf(bytes(made.output()), "a").text.count("A") == 20_000
        assert time.monotonic() - started < 10

    def test_more_pages_than_any_article_has(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("embeddings.extract.pdf.MOST_PAGES", 1)
        with pytest.raises(ExtractionError, match="over 1 pages"):
            extract_pdf(picture_pdf(2), "a")


class TestDocx:
    def test_prose_and_what_the_document_says_of_itself(self) -> None:
        written = story(3)
        described = {"author": "Jane Roe", "title": "Minutes.docx", "keywords": "quay", "language": "en-GB"}
        article = extract_docx(docx(written, title="Harbour  Denies", described=described), "a")
        assert article.text == plain(written)
        assert (article.title, article.author, article.language) == ("Harbour Denies", "Jane Roe", "en-GB")
        assert article.published_at is None
        assert article.metadata["keywords"] == "quay"

    @pytest.mark.parametrize(
        ("markup", "expected"),
        [
            ('<w:r><w:t>a</w:t></w:r><w:ins w:id="1" w:author="x"><w:r><w:t>b</w:t></w:r></w:ins>', "ab"),
            ('<w:r><w:t>a</w:t></w:r><w:del w:id="1" w:author="x"><w:r><w:delText>b</w:delText></w:r></w:del>', "a"),
            ('<w:moveFrom w:id="1" w:author="x"><w:r><w:t>b</w:t></w:r></w:moveFrom><w:r><w:t>a</w:t></w:r>', "a"),
            ("<w:r><w:t>a</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>b</w:t></w:r>", "a"),
            ('<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>b</w:t></w:r>', "b"),
            ("<w:hyperlink><w:r><w:t>a</w:t></w:r></w:hyperlink><w:r><w:instrText>PAGE</w:instrText></w:r>", "a"),
            ("<w:sdt><w:sdtContent><w:r><w:t>a</w:t></w:r></w:sdtContent></w:sdt>", "a"),
            (
                "<w:r><w:t>a</w:t><w:br/><w:t>b</w:t><w:tab/><w:t>c</w:t><w:noBreakHyphen/><w:t>d</w:t></w:r>",
                "a\nb c-d",
            ),
            ("<w:r><w:t>a</w:t><w:softHyphen/><w:t>b</w:t><w:footnoteReference w:id='2'/></w:r>", "ab"),
            (
                "<w:r><w:t>a</w:t><w:pict><w:txbxContent><w:p><w:r><w:t>b</w:t></w:r></w:p></w:txbxContent></w:pict></w:r>",
                "a\n\nb",
            ),
        ],
    )
    def test_the_text_is_what_would_be_printed(self, markup: str, expected: str) -> None:
        assert extract_docx(docx([], markup=[markup]), "a").text == expected

    def test_tables_have_a_line_for_each_row(self) -> None:
        from docx import Document

        made = Document()
        made.add_paragraph("Before.")
        table = made.add_table(2, 2)
        for number, cell in enumerate(cell for row in table.rows for cell in row.cells):
            cell.text = f"cell {number}"
        made.add_paragraph("After.")
        stream = io.BytesIO()
        made.save(stream)
        assert extract_docx(stream.getvalue(), "a").text == "Before.\n\ncell 0 | cell 1\ncell 2 | cell 3\n\nAfter."

    def test_what_cannot_be_read_has_its_reason(self) -> None:
        for data, reason in [
            (docx(["x"])[:2000], "is damaged"),
            (zipped({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}), "is damaged|could not be read"),
            (docx([]), "has no text"),
        ]:
            [found] = extract_stream(io.BytesIO(data), "a.docx")
            assert isinstance(found, Rejected)
            assert re.search(reason, found.reason), found.reason


PROSE = b"The ferry costs two euros more."
OBJECT = b'{"title": "a", "text": "b"}'
PAGE = b"<!DOCTYPE html><html><body><p>x</p></body></html>"


class TestMediaTypes:
    @pytest.mark.parametrize(
        ("name", "data", "kind"),
        [
            ("a.txt", PROSE, "plain"),
            ("a.md", PROSE, "markdown"),
            ("a", PROSE, "plain"),
            ("a.txt", b'["We will win," he said] {"', "plain"),
            ("a.txt", b"{He said so}", "plain"),
            ("a.txt", b"BZh is not what it seems", "plain"),
            ("a.txt", b"abcdftyp in the middle, ID3", "plain"),
            ("a.txt", '{"title": "ä"}\n{}'.encode("utf-16"), "jsonl"),
            ("a.txt", PAGE, "page"),
            ("a.txt", b"\xef\xbb\xbf \n<!-- saved from url=(0014) --><!-- x -->\n<html>", "page"),
            ("a.json", PAGE.decode().encode("utf-16"), "page"),
            ("a.pdf", PAGE, "page"),
            ("a.xml", b'<?xml version="1.0"?><!DOCTYPE html><html>', "page"),
            ("a.html", b"<p>no more than this", "page"),
            ("a.html", PROSE, "page"),
            ("a.html", b"%PDF-1.4 x", "pdf"),
            ("a.pdf", b"\n\nheader\n%PDF-1.4 x", "pdf"),
            ("a.json", b"\x1f\x8b\x08", "gzip"),
            ("a", b"PK\x03\x04", "zip"),
            ("a.docx", b"PK\x03\x04", "zip"),
            ("a.json", OBJECT, "json"),
            ("a.json", OBJECT + b"\n" + OBJECT, "jsonl"),
            ("a.json", b"{\n" + OBJECT[1:], "json"),
            ("a.jsonl", OBJECT, "jsonl"),
            ("a.jsonl", b"[\n" + OBJECT + b"\n]", "json"),
            ("a.jsonl", b"[" + OBJECT + b"]", "json"),
            ("a.jsonl", b'{"text": }\n' + OBJECT, "jsonl"),
            ("a.jsonl", b"not json", "jsonl"),
            ("a.jsonl", b"\n\n" + OBJECT, "jsonl"),
            ("a.data", OBJECT + b"\n" + OBJECT, "jsonl"),
            ("a.data", OBJECT, "json"),
            ("a.txt", OBJECT, "json"),
        ],
    )
    def test_kinds(self, name: str, data: bytes, kind: str) -> None:
        assert kind_of(data, name) == kind

    @pytest.mark.parametrize(
        ("name", "data", "reason"),
        [
            ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Office file"),
            ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "with a password"),
            ("a.txt", b"{\\rtf1 x}", "Rich Text"),
            ("a.html", b"\x89PNG\r\n\x1a\n", "an image"),
            ("a.jpg", b"\xff\xd8\xff\xe0", "an image"),
            ("a.mp4", b"\x00\x00\x00\x20ftypisom", "a video"),
            ("a.rar", b"Rar!\x1a\x07\x00", "RAR archive"),
            (
                "a.mht",
                b"From: <Saved by Blink>\nMIME-Version: 1.0\nContent-Type: multipart/related;\n\ttype=x",
                "MHTML",
            ),
            ("a.pdf", PROSE, "is named .pdf and is none"),
            ("a.zip", PROSE, "is named .zip and is none"),
            ("a.exe", PROSE, "does not read; it reads .txt, .md"),
            ("a", b"\x00\x01\x02\xff", "does not read"),
            ("a.txt", b"", "is empty"),
        ],
    )
    def test_refusals_give_the_reason(self, name: str, data: bytes, reason: str) -> None:
        with pytest.raises(ExtractionError, match=reason):
            kind_of(data, name)

    @pytest.mark.parametrize(
        ("names", "reason"),
        [
            (["[Content_Types].xml", "xl/workbook.xml"], "a spreadsheet"),
            (["[Content_Types].xml", "ppt/presentation.xml"], "a presentation"),
            (["mimetype", "META-INF/container.xml"], "an e-book"),
        ],
    )
    def test_documents_that_are_archives(self, names: list[str], reason: str) -> None:
        [found] = extract_stream(io.BytesIO(zipped(dict.fromkeys(names, b"x"))), "a.zip")
        assert isinstance(found, Rejected)
        assert reason in found.reason

    @given(st.binary(max_size=300), st.sampled_from(["a", "a.txt", "a.json", "a.pdf", "a.zip"]))
    def test_never_fails_otherwise(self, data: bytes, name: str) -> None:
        with contextlib.suppress(ExtractionError):
            assert kind_of(data, name)

    @pytest.mark.parametrize(
        "data", [b"<!--x-->" * 8000, b"<!--" * 16000, b"a: b\n" * 13000, b'{"' * 30000, b"[ {" * 20000]
    )
    def test_takes_no_time(self, data: bytes) -> None:
        started = time.monotonic()
        for name in ("a.txt", "a.html", "a.json"):
            kind_of(data, name)
        assert time.monotonic() - started < 0.5

    def test_files_are_read_by_content(self, tmp_path: Path) -> None:
        from embeddings.extract import extract_file

        written = story(2)
        for name, data in {
            "a.txt": pdf(written),
            "b.pdf": docx(written),
            "c": docx(written),
            "d": pdf(written),
        }.items():
            (tmp_path / name).write_bytes(data)
            [record] = extract_file(tmp_path / name)
            assert isinstance(record, Record)
            assert record.article.text == plain(written)


class TestEncodings:
    @pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16", "utf-32", "utf-8-sig"])
    @pytest.mark.parametrize("name", ["a.txt", "a.md", "a.json", "a"])
    def test_wide_text_is_read_with_or_without_a_mark(self, encoding: str, name: str) -> None:
        text = "The “ferry” costs two euros more – café."
        content = f'{{"text": "{text}"}}' if name == "a.json" else text
        [record] = extract_stream(io.BytesIO(content.encode(encoding)), name)
        assert isinstance(record, Record), record
        assert record.article.text == text


@given(st.text("ae\u0301\r\n \x00\ufeff\ud83d\ude00b", max_size=40), st.lists(st.integers(0, 40), max_size=4))
def test_pages_keep_their_place_when_the_text_is_normalised(text: str, cuts: list[int]) -> None:
    begins = (0, *sorted(min(cut, len(text)) for cut in cuts))
    pieces = [text[start:end] for start, end in zip(begins, (*begins[1:], len(text)), strict=True)]
    sound = "".join(map(normalise, pieces)) == normalise(text)  # else a page begins within a letter
    try:
        article: Article = finish(Draft(text=text, pages=begins), "a")
    except ExtractionError:
        return
    assert len(article.pages) == len(begins)
    assert article.pages[0] == 0
    assert list(article.pages) == sorted(article.pages)
    assert article.pages[-1] <= len(article.text)
    if sound:
        for begin, piece in zip(article.pages, pieces, strict=True):
            assert article.text[begin:].lstrip().startswith(normalise(piece).strip())


def test_no_article_is_that_long() -> None:
    [found] = extract_stream(io.BytesIO(b"word " * 2_100_000), "a.txt")
    assert isinstance(found, Rejected)
    assert "over 10 million characters" in found.reason
