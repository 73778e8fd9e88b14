"""Extraction: what each format gives, what bad input costs, and the properties of normalising, dates and addresses."""

import io
import json
import os
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.articles import Article
from embeddings.extract import (
    FORMATS,
    READERS,
    Record,
    Rejected,
    Result,
    extract_file,
    extract_jsonl,
    extract_stream,
    json_objects,
    reading,
    supported,
)
from embeddings.extract.dates import parse_date
from embeddings.extract.normalise import normalise, one_line
from embeddings.extract.titles import title_from
from embeddings.extract.urls import canonical, web_address

Extract = Callable[[str, str | bytes], list[Result]]

# Every kind of character that normalising touches, often enough beside each other.
nasty_characters = st.one_of(
    st.sampled_from("\r\n\x00\ufeff\ud83d\ude00\ud800\udfff\x0b\t\u0301\u0308e한ᄀ\u1161\u11a8Å😀👩\u200d🚀"),
    st.characters(min_codepoint=0x0600, max_codepoint=0x06FF),
    st.characters(),
)
nasty_texts = st.text(alphabet=nasty_characters, max_size=60)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | nasty_texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(nasty_texts, inner, max_size=3),
    max_leaves=8,
)
field_names = st.sampled_from(["id", "title", "text", "content", "source", "author", "date", "url", "lang", "topic"])


@pytest.fixture
def extract(tmp_path: Path) -> Extract:
    """Write a file and extract it."""

    def write_and_extract(name: str, content: str | bytes) -> list[Result]:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return list(extract_file(path))

    return write_and_extract


def only_article(found: list[Result]) -> Article:
    [record] = found
    assert isinstance(record, Record), record
    return record.article


def only_reason(found: list[Result]) -> str:
    [rejected] = found
    assert isinstance(rejected, Rejected), rejected
    return rejected.reason


def jsonl(*lines: object) -> list[Result]:
    content = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    return list(extract_jsonl(io.BytesIO(content.encode()), "-"))


class TestNormalise:
    @given(nasty_texts)
    def test_is_idempotent_and_leaves_only_what_is_allowed(self, text: str) -> None:
        once = normalise(text)
        assert normalise(once) == once
        assert unicodedata.is_normalized("NFC", once)
        once.encode()  # fails for surrogates
        assert not [c for c in once if c == "\ufeff" or (c < " " and c not in "\n\t")]

    @given(nasty_texts)
    def test_stripping_and_joining_lines_keep_it_normal(self, text: str) -> None:
        stripped = normalise(text).strip()
        assert normalise(stripped).strip() == stripped
        assert one_line(one_line(text)) == one_line(text)

    def test_examples(self) -> None:
        assert normalise("a\r\nb\rc\r\x00\nd") == "a\nb\nc\nd"
        assert normalise("e\x00\u0301\ufeff") == "é"
        assert normalise("\ud83d\ude00 \ud83d \ud83d\x00\ude00") == "😀  😀"


class TestDates:
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("2016-08-09", "2016-08-09T00:00"),
            ("2016-08-09T10:15:00Z", "2016-08-09T10:15"),
            ("2016-08-09T23:30:00-05:00", "2016-08-10T04:30"),
            (" August 9,\n2016 ", "2016-08-09T00:00"),
            ("Aug. 9, 2016 at 10:15 a.m. ET", "2016-08-09T14:15"),
            ("Tue, 09 Aug 2016 10:15:00 EST", "2016-08-09T15:15"),
            ("9 Aug 2016 10:15 GMT+3", "2016-08-09T07:15"),
            ("9 Aug 2016 10:15 XYZ", "2016-08-09T10:15"),
            ("8/9/16", "2016-08-09T00:00"),
            (1470737700, "2016-08-09T10:15"),
            (1470737700000, "2016-08-09T10:15"),
            ("1470737700", "2016-08-09T10:15"),
            (20160809, "2016-08-09T00:00"),
            (datetime(2016, 8, 9).date(), "2016-08-09T00:00"),
        ],
    )
    def test_reads(self, value: str | int, expected: str) -> None:
        assert parse_date(value) == datetime.fromisoformat(expected).replace(tzinfo=UTC)

    @pytest.mark.parametrize(
        "value",
        [
            *("", " ", "2016", "2016-08", "August 2016", "9 August", "Monday", "10:15", "today", "2016-02-30"),
            *("0001-11-30", "9999-12-31", "x" * 10_000, "9" * 60, None, True, 0, 2016, 10**400, float("nan")),
        ],
    )
    def test_leaves_open_what_is_open(self, value: str | float | None) -> None:
        assert parse_date(value) is None

    @given(st.one_of(st.text(), st.integers(), st.floats(), st.text(alphabet="0123456789 :-/.,+TZAPMJanSepEST")))
    def test_never_raises_and_is_always_utc(self, value: str | float) -> None:
        moment = parse_date(value)
        assert moment is None or (moment.utcoffset() == timedelta(0) and 1400 <= moment.year <= 2200)

    @given(st.datetimes(datetime(1400, 1, 2), datetime(2200, 12, 30), timezones=st.timezones()))
    def test_reads_back_what_python_writes(self, moment: datetime) -> None:
        assert parse_date(moment.isoformat()) == datetime.fromisoformat(moment.isoformat())


class TestAddresses:
    def test_one_article_has_one_canonical_address(self) -> None:
        expected = "https://example.org/a/B?id=7&page=2"
        for same in (
            expected,
            "HTTPS://Example.ORG:443/a/B?id=7&page=2#comments",
            "https://example.org./a/B?utm_source=x&id=7&fbclid=y&page=2&UTM_Medium=z",
        ):
            assert canonical(same) == expected
        assert canonical("http://example.org") == "http://example.org/"
        assert canonical("http://[::1]:8080/x?a=http://b") == "http://[::1]:8080/x?a=http://b"

    @pytest.mark.parametrize(
        "value",
        [
            *("javascript:alert(1)", "ftp://example.org/", "//example.org/", "/news/1", "news", "", "http://"),
            *(
                "https://bbc.co.uk@example.org/",
                "https://a b/",
                "http://[x/",
                "http://a:99999/",
                'http://a/"x',
                "http://a\n/",
            ),
        ],
    )
    def test_only_web_addresses_become_links(self, value: str) -> None:
        assert web_address(value) is None

    @given(st.text(alphabet="htps:/@.?&=#[]%-abuvm_1 \\Ü"), st.text(alphabet="ab=&?#/%+utm_ ü"))
    def test_canonical_is_idempotent(self, anything: str, path: str) -> None:
        for url in (web_address(anything), web_address("http://A.b/" + path)):
            if url:
                assert canonical(canonical(url)) == canonical(url)


class TestTitles:
    @pytest.mark.parametrize(
        ("text", "title"),
        [
            (
                "in ,\n\nTalks on the Truce Resume in Geneva\n\nIt was the third time.",
                "Talks on the Truce Resume in Geneva",
            ),
            ("Who Broke the Truce?\nNobody would say.", "Who Broke the Truce?"),
            ("Kerry Warns of a Reply by the U.S.\n\nHe spoke late.", "Kerry Warns of a Reply by the U.S."),
            ("By Jane Doe and John A. Roe\n\nTruce Talks Resume Today\n\nText.", "Truce Talks Resume Today"),
            ("The envoy said on Monday\nthat talks would go on.", "The envoy said on Monday"),
            ("One sentence only.", "One sentence only."),
            ("July 1, 2016, 6:47 a.m. ET\n\nAid Convoys Reach the ...\n\nText.", "Aid Convoys Reach the ..."),
            ("word " * 100, "word " * 19 + "word…"),
            ("* * *\n\n...", "stem"),
            ("他说了。", "他说了。"),
        ],
    )
    def test_examples(self, text: str, title: str) -> None:
        assert title_from(text, "stem") == title

    def test_a_subheading_below_prose_is_no_title(self) -> None:
        prose = "The envoy said on Monday that the talks would go on for as long as both sides wished."
        assert title_from(f"{prose}\n\nWhat Happens Next Week\n\nMore.", "stem") == prose

    @given(nasty_texts, nasty_texts)
    def test_is_one_line_and_never_empty(self, text: str, stem: str) -> None:
        title = title_from(normalise(text).strip(), stem)
        assert title
        assert title == one_line(title)


class TestPlain:
    def test_keeps_all_of_the_text(self, extract: Extract) -> None:
        content = b"\xef\xbb\xbf\r\nTalks Resume in Geneva\r\n\r\nCafe\xcc\x81 \x00talk.\r\n"
        [record] = extract("a.TXT", content)
        assert isinstance(record, Record)
        assert record.article.text == "Talks Resume in Geneva\n\nCafé talk."
        assert record.article.title == "Talks Resume in Geneva"
        assert record.article.id == sha256(record.article.text.encode()).hexdigest()[:16]
        assert record.source_digest == sha256(content).hexdigest()

    @pytest.mark.parametrize(
        ("text", "encoding"),
        [
            ("Café “quoted” £5 – he said", "cp1252"),
            ("Россия и США договорились о прекращении огня.", "cp1251"),
            ("Über allen Gipfeln", "utf-16"),
            ("Über allen Gipfeln", "utf-32"),
        ],
    )
    def test_decodes(self, extract: Extract, text: str, encoding: str) -> None:
        assert only_article(extract("a.txt", text.encode(encoding))).text == text

    def test_damaged_utf8_is_not_read_as_something_else(self, extract: Extract) -> None:
        assert only_article(extract("a.txt", "“Café” – naïve".encode() + b"\xff")).text == "“Café” – naïve\ufffd"

    @pytest.mark.parametrize("suffix", FORMATS)
    @pytest.mark.parametrize("content", [b"", b" \r\n\t\n", b"\x00\x01\x02" * 500, Random(1).randbytes(3000)])
    def test_nothing_and_rubbish_are_rejected(self, extract: Extract, suffix: str, content: bytes) -> None:
        assert all(isinstance(found, Rejected) for found in extract("a" + suffix, content))

    def test_says_that_it_is_binary(self, extract: Extract) -> None:
        assert "looks like binary" in only_reason(extract("a.txt", b"\x00\x01\x02" * 500))

    def test_is_rejected_when_too_large(self, extract: Extract, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(reading, "LARGEST_FILE", 10)
        assert only_article(extract("a.txt", "x" * 10)).text == "x" * 10
        assert "split it" in only_reason(extract("a.txt", "x" * 11))


UNFOLDING = "a{0}: &a{0} [*a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}]\n"


class TestMarkdown:
    def test_front_matter_gives_the_fields(self, extract: Extract) -> None:
        content = (
            "---\ntitle: Truce Talks\nbyline: [A. Roe, B. Doe]\ndate: 2016-08-09 10:15\noutlet: The Example\n"
            "canonical: https://example.org/1\nid: 007\nlang: no\ntags: [peace]\n---\n# Truce Talks\n\nBody."
        )
        article = only_article(extract("a.md", content))
        assert article == Article(
            id="007",
            title="Truce Talks",
            text="Body.",
            source="The Example",
            author="A. Roe; B. Doe",
            published_at=datetime(2016, 8, 9, 10, 15, tzinfo=UTC),
            url="https://example.org/1",
            language="no",
            metadata={"tags": ["peace"]},
        )

    def test_body_becomes_the_prose_that_a_reader_sees(self, extract: Extract) -> None:
        content = (
            "# Talks *Resume*\n\nHe **said** [so](http://x.y) &amp;\nleft.<br>![map](m.png)\n\n## Why\n\n"
            "- one\n- `two`\n\n> Quoted.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n"
            "<div>seen<script>hidden()</script></div>\n\n---\n\n    code\n"
        )
        article = only_article(extract("a.markdown", content))
        assert article.title == "Talks Resume"
        assert article.text == "He said so & left.\n\nWhy\none\ntwo\n\nQuoted.\na | b\n1 | 2\n\nseen\n\ncode"

    def test_a_heading_beside_another_title_stays(self, extract: Extract) -> None:
        assert only_article(extract("a.md", "---\ntitle: A\n---\n# B\n\nC.")).text == "B\n\nC."

    @pytest.mark.parametrize("body", ["---\nProse.\n---\n\nMore.", "---\n\nProse without an end."])
    def test_a_rule_is_no_front_matter(self, extract: Extract, body: str) -> None:
        assert "Prose" in only_article(extract("a.md", body)).text

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            ("---\ntitle: A\n\nBody.", "without an end"),
            ("---\ntitle: [A\n---\nBody.", "not valid YAML"),
            ("---\na: !!python/object:os.system x\n---\nBody.", "not valid YAML"),
            ("---\na: " + "[" * 5000 + "\n---\nBody.", "not valid YAML"),
            ("---\na: &a [*a]\n---\nBody.", "levels"),
            ("---\na0: &a0 [1]\n" + "".join(map(UNFOLDING.format, range(1, 9), range(8))) + "---\nBody.", "values"),
            ("---\nauthor: {age: 7}\n---\nBody.", "'author' must be text or a list of names, not an object"),
            ("# Only a heading", "has no text"),
        ],
    )
    def test_damage_is_rejected(self, extract: Extract, content: str, reason: str) -> None:
        assert reason in only_reason(extract("a.md", content))


PARAGRAPHS = [
    f"Paragraph {n} of a report that is long enough to be taken for the main text by anyone." for n in range(5)
]


def page(head: str = "", body: str = "") -> str:
    paragraphs = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    menu = "<nav><a href='/'>Home</a></nav>"
    return f"<html lang='en-GB'><head>{head}</head><body>{menu}<article>{paragraphs}</article>{body}</body></html>"


class TestWebPage:
    def test_gives_main_text_and_what_the_page_says_of_itself(self, extract: Extract) -> None:
        head = (
            "<title>Truce Talks Resume</title><meta name='author' content='Jane Roe'>"
            "<meta property='og:site_name' content='The Example'><link rel='canonical' href='https://example.org/1'>"
            "<meta property='article:published_time' content='2016-08-09T10:15:00+02:00'>"
        )
        comments = "<div id='comments'><p>A comment by a reader who disagrees with all of it.</p></div>"
        article = only_article(extract("a.html", page(head, comments)))
        assert article.text.split("\n") == PARAGRAPHS
        assert (article.title, article.author, article.source) == ("Truce Talks Resume", "Jane Roe", "The Example")
        assert (article.url, article.language) == ("https://example.org/1", "en-GB")
        assert article.published_at == datetime(2016, 8, 9, 8, 15, tzinfo=UTC)

    def test_takes_the_time_of_day_from_linked_data(self, extract: Extract) -> None:
        video = {"@type": "VideoObject", "datePublished": "2015-01-01T01:01:00Z"}
        data = {"@graph": [video, {"@type": ["NewsArticle"], "datePublished": "2016-08-09T10:15:00Z"}]}
        script = "<script type='application/ld+json'>{}</script>"
        head = script.format("[") + script.format(json.dumps(data))
        article = only_article(extract("a.htm", page(head)))
        assert article.published_at == datetime(2016, 8, 9, 10, 15, tzinfo=UTC)

    def test_reads_the_declared_encoding(self, extract: Extract) -> None:
        text = "Zażółć gęślą jaźń, powiedział premier w czwartek rano. " * 5
        content = f"<html><head><meta charset=iso-8859-2></head><body><article><p>{text}</p></article></body></html>"
        assert only_article(extract("a.html", content.encode("iso-8859-2"))).text == text.strip()

    @pytest.mark.parametrize(
        "content",
        [
            "<html><body></body></html>",
            "<p>",
            "words",
            "<html><body>" + "<div>" * 100_000 + "<p>deep",
            "<!doctype html>",
        ],
    )
    def test_without_main_text_is_rejected(self, extract: Extract, content: str) -> None:
        assert "no article text found" in only_reason(extract("a.html", content))


class TestJson:
    def test_fields_and_their_other_names(self) -> None:
        given_fields = {"headline": "A", "body": "B.", "outlet": "C", "author": ["D", " E "], "date": 1470737700}
        [record] = jsonl(
            given_fields | {"id": 7, "url": "https://e.org/", "topic": {"x": [1, None]}, "publisher": {"y": 1}}
        )
        assert isinstance(record, Record)
        assert record.article == Article(
            id="7",
            title="A",
            text="B.",
            source="C",
            author="D; E",
            published_at=datetime(2016, 8, 9, 10, 15, tzinfo=UTC),
            url="https://e.org/",
            metadata={"topic": {"x": [1, None]}, "publisher": {"y": 1}},
        )

    def test_what_cannot_be_used_is_kept(self) -> None:
        fields = {"text": "a", "id": "x@1", "url": "javascript:a", "date": "soon", "lang": "plain English"}
        article = only_article(jsonl(fields))
        kept = {
            "given_id": "x@1",
            "url_raw": "javascript:a",
            "published_at_raw": "soon",
            "language_raw": "plain English",
        }
        assert article.metadata == kept
        assert article.id == sha256(b"x@1").hexdigest()[:16]
        assert (article.url, article.published_at, article.language) == (None, None, None)

    def test_the_id_comes_from_the_canonical_address_when_none_is_given(self) -> None:
        first, second = (
            only_article(jsonl({"text": text, "url": url}))
            for text, url in [("a", "https://e.org/1?utm_source=x"), ("b", "HTTPS://E.org/1#top")]
        )
        assert first.id == second.id == sha256(b"https://e.org/1").hexdigest()[:16]
        assert first.url == "https://e.org/1?utm_source=x"

    @pytest.mark.parametrize("bad_id", ["..", ".", "a/b", "a b", "é", "x" * 101])
    def test_an_id_that_no_address_can_hold_is_replaced(self, bad_id: str) -> None:
        assert only_article(jsonl({"text": "a", "id": bad_id})).id == sha256(bad_id.encode()).hexdigest()[:16]

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            ({"title": "A"}, "'text' is missing"),
            ({"text": " "}, "'text' is missing"),
            ({"text": "\x00\ufeff"}, "no text"),
            ({"text": ["a"]}, "'text' must be text, not a list"),
            ({"text": "a", "id": True}, "'id' must be"),
            ({"text": "a", "author": [1]}, "'author' must be"),
            ({"text": "a", "published_at": {}}, "'published_at' must be"),
            ("[1]", "not a JSON object"),
            ('{"text": }', "not valid JSON: Expecting value at column 10"),
            ("[" * 100_000, "nested too deeply"),
            ('{"text": "a", "n": ' + "9" * 5000 + "}", "too many digits"),
            ('{"text": "a", "x": ' + "[" * 60 + "]" * 60 + "}", "50 levels"),
        ],
    )
    def test_a_bad_line_is_named_and_costs_no_other(self, line: object, reason: str) -> None:
        before, rejected, after = jsonl({"text": "one"}, "", line, {"text": "two"})
        assert isinstance(before, Record)
        assert isinstance(after, Record)
        assert isinstance(rejected, Rejected)
        assert rejected.where == "- line 3"
        assert reason in rejected.reason

    def test_what_strict_parsers_refuse_comes_in(self) -> None:
        line = '{"text": "a\\ud800b \\ud83d\\ude00\tc", "author": NaN, "\\udc00k": 1e999, "id": "x", "id": "y"}'
        article = only_article(jsonl(line))
        assert (article.text, article.author, article.id, article.metadata) == ("ab 😀\tc", None, "y", {"k": None})

    def test_a_line_that_is_too_long_is_skipped(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(json_objects, "LONGEST_LINE", 20)
        lines = ["x" * 5000, '{"text":"' + "a" * 9 + '"}', "y" * 21, '{"text":"last"}', "z" * 30]
        found = list(extract_jsonl(io.BytesIO("\r\n".join(lines).encode()), "-"))
        assert [(type(one), getattr(one, "where", None)) for one in found] == [
            (Rejected, "- line 1"),
            (Record, None),
            (Rejected, "- line 3"),
            (Record, None),
            (Rejected, "- line 5"),
        ]

    def test_lines_are_read_one_at_a_time(self) -> None:
        stream = io.BytesIO(b'{"text": "a"}\n' * 1000)
        next(extract_jsonl(stream, "-"))
        assert stream.tell() < 100

    def test_digests(self, extract: Extract) -> None:
        digest = sha256(b'{"text":"a"}').hexdigest()
        found = [
            *extract("a.jsonl", '{"text":"a"}\r\n'),
            *extract("a.json", '{"text":"a"}'),
            *extract("a.json", '[{ "text" : "a" }]'),
            *extract("a.json", '{"articles": [{"text": "a"}]}'),
        ]
        assert [one.source_digest for one in found if isinstance(one, Record)] == [digest] * 4

    def test_items_of_a_list_are_numbered(self, extract: Extract) -> None:
        first, second, third = extract("a.json", '[{"text": "a"}, 3, {"text": "b"}]')
        assert isinstance(first, Record)
        assert isinstance(second, Rejected)
        assert second.where.endswith("a.json item 2")
        assert isinstance(third, Record)
        assert "holds no articles" in only_reason(extract("a.json", "[]"))

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
    def test_wide_lines_are_recoded(self, extract: Extract, encoding: str) -> None:
        lines = '{"text": "Łódź"}\n\n{"text": }\n{"text": "“b”"}\n'
        first, rejected, last = extract("a.jsonl", lines.encode(encoding))
        assert isinstance(first, Record)
        assert isinstance(last, Record)
        assert isinstance(rejected, Rejected)
        assert (first.article.text, last.article.text) == ("Łódź", "“b”")
        assert rejected.where.endswith("a.jsonl line 3")
        assert first.source_digest == sha256('{"text": "Łódź"}'.encode()).hexdigest()

    @given(st.dictionaries(field_names, json_values, max_size=6), st.booleans())
    def test_any_object_is_an_article_or_rejected(self, fields: dict[str, object], with_text: bool) -> None:
        [found] = jsonl(fields | {"text": "Some text."} if with_text else fields)
        if isinstance(found, Record):
            article = found.article
            assert article.text == normalise(article.text).strip() != ""
            json.dumps([article.title, article.source, article.author, article.metadata], allow_nan=False).encode()

    @given(st.binary(max_size=200))
    def test_any_bytes_end_in_records_or_rejections(self, data: bytes) -> None:
        for name in ("a.txt", "a.json", "a.jsonl", "a.zip", "a.tar", "a.gz", "a.bz2", "a.xz", "a"):
            for found in extract_stream(io.BytesIO(data), name):
                assert isinstance(found, Record) or "could not be read (" not in getattr(found, "reason", "")


class TestFiles:
    def test_what_cannot_be_opened_is_rejected(self, tmp_path: Path) -> None:
        (tmp_path / "folder.txt").mkdir()
        for path in (tmp_path, tmp_path / "folder.txt", tmp_path / "gone.txt", tmp_path / "nul\0.txt"):
            assert "cannot be read" in only_reason(list(extract_file(path)))

    def test_other_formats_are_named(self, extract: Extract) -> None:
        assert ".txt" in only_reason(extract("a.exe", "x"))
        assert supported(Path("A.HTML"))
        assert not supported(Path("a.exe"))

    def test_one_failing_parser_costs_one_file(self, extract: Extract, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(data: bytes, stem: str) -> Article:
            raise KeyError(data, stem)

        monkeypatch.setitem(READERS, "plain", reading.one_article(fail))
        assert "KeyError" in only_reason(extract("a.txt", "x"))

    def test_parsers_are_imported_when_first_used(self) -> None:
        parsers = {"trafilatura", "lxml", "dateutil", "yaml", "markdown_it", "charset_normalizer"}
        code = f"import sys, embeddings.extract; print({parsers} & set(sys.modules))"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "set()"


def test_what_is_no_file_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "folder.txt").mkdir()
    for name in ("pipe.txt", "folder.txt"):
        (result,) = extract_file(tmp_path / name)
        assert isinstance(result, Rejected)
        assert result.reason == "cannot be read: it is not a file"
