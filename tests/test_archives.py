"""Archives and packed files: what is inside is read as if it lay there, and one made to do harm costs little."""

import bz2
import gzip
import io
import json
import lzma
import os
import tarfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from documents import zipped

from embeddings.extract import (
    Known,
    Record,
    Rejected,
    Result,
    Skipped,
    archives,
    extract_file,
    extract_stream,
    is_asset,
    supported,
)
from embeddings.extract.reading import digest

LINES = b'{"text": "One."}\n{"text": "Two."}\n'
TEXT = b"The ferry costs two euros more from August."


def read(data: bytes, name: str) -> list[Result]:
    return list(extract_stream(io.BytesIO(data), name))


def told(results: list[Result]) -> list[str]:
    """What each result says, the place of it and what became of it."""
    lines = []
    for result in results:
        match result:
            case Record():
                lines.append(result.article.text)
            case Rejected():
                lines.append(f"{result.where}: {result.reason}")
            case Skipped():
                lines.append(f"{result.where} skipped")
            case Known():
                lines.append(f"{result.where} known")
    return lines


def tarred(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return stream.getvalue()


class TestPacked:
    @pytest.mark.parametrize(
        ("suffix", "pack"),
        [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)],
    )
    def test_reads_what_is_packed(self, suffix: str, pack: Callable[[bytes], bytes]) -> None:
        assert told(read(pack(LINES), "a.jsonl" + suffix)) == ["One.", "Two."]
        assert told(read(pack(TEXT), "a.txt" + suffix)) == [TEXT.decode()]
        assert told(read(pack(LINES) + pack(LINES), "a.jsonl" + suffix)) == ["One.", "Two."] * 2
        assert told(read(pack(b'{"text": "x"}\n{}\n'), "a.jsonl" + suffix))[1].startswith(f"a.jsonl{suffix} line 2: ")
        assert told(read(pack(b""), "a.txt" + suffix)) == [f"a.txt{suffix}: is empty"]

    def test_the_name_inside_gives_the_title_and_the_bytes_inside_the_digest(self) -> None:
        [record] = read(gzip.compress(b"Hm."), "folder/Ferry Fares Rise.txt.gz")
        assert isinstance(record, Record)
        assert record.source_digest == digest(b"Hm.")
        [record] = read(gzip.compress(b"..."), "folder/Ferry Fares Rise.txt.gz")
        assert isinstance(record, Record)
        assert record.article.title == "Ferry Fares Rise"

    def test_content_wins_over_the_name(self) -> None:
        assert told(read(gzip.compress(LINES), "a.jsonl")) == ["One.", "Two."]
        assert told(read(gzip.compress(TEXT), "a.gz")) == [TEXT.decode()]
        assert told(read(gzip.compress(gzip.compress(LINES)), "a.json")) == ["One.", "Two."]

    @pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
    def test_what_was_whole_before_the_end_is_missing_is_kept(self, pack: Callable[[bytes], bytes]) -> None:
        lines = b"".join(json.dumps({"text": os.urandom(40).hex()}).encode() + b"\n" for _ in range(20_000))
        packed = pack(lines)
        results = read(packed[: len(packed) * 2 // 3], "a.jsonl.gz")
        assert 5_000 < len(results) < 20_000
        assert all(isinstance(result, Record) for result in results[:-1])
        assert told(results[-1:]) == ["a.jsonl.gz: is cut off: its end is missing"]

    @pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
    def test_damage_is_named(self, pack: Callable[[bytes], bytes]) -> None:
        packed = bytearray(pack(os.urandom(5000)))
        packed[2000:2010] = bytes(10)
        [damage] = told(read(bytes(packed), "a.txt.gz"))
        assert damage.startswith(("a.txt.gz: is damaged: ", "a.txt.gz: is cut off"))

    def test_an_article_that_is_cut_off_is_none(self) -> None:
        packed = gzip.compress(os.urandom(3000).hex().encode())
        assert told(read(packed[:-100], "a.txt.gz")) == ["a.txt.gz: is cut off: its end is missing"]

    def test_lines_are_read_one_at_a_time(self, tmp_path: Path) -> None:
        path = tmp_path / "a.jsonl.gz"
        path.write_bytes(gzip.compress(b"".join(b'{"text": "%d"}\n' % n for n in range(1_000_000))))
        reached: list[int] = []
        next(extract_file(path, reached.append))
        assert reached[0] < path.stat().st_size / 2


class TestZip:
    def test_members_are_read_as_files_are(self) -> None:
        data = zipped(
            {
                "news/a.txt": TEXT,
                "news/b.jsonl": LINES,
                "news/c.jsonl.gz": gzip.compress(LINES),
                "news/d.md": b"# Head\n\nBody.",
                "inner.zip": zipped({"e.txt": b"Deep."}),
                "f.tar": tarred({"g.txt": b"Deeper."}),
            }
        )
        assert told(read(data, "a.zip")) == [
            *(TEXT.decode(), "One.", "Two.", "One.", "Two.", "Body.", "Deep.", "Deeper."),
        ]
        assert told(read(data, "mislabelled.txt")) == told(read(data, "a.zip"))

    def test_what_fails_inside_is_named_and_costs_nothing_else(self) -> None:
        data = zipped(
            {"a.txt": b"", "sub/b.jsonl": b"{}\n" + LINES, "c.zip": zipped({"d.txt": b"\0" * 99}), "e.txt": TEXT}
        )
        reasons = told(read(data, "x/a.zip"))
        assert reasons[0] == "x/a.zip > a.txt: is empty"
        assert reasons[1].startswith("x/a.zip > sub/b.jsonl line 1: the field 'text' is missing")
        assert reasons[4].startswith("x/a.zip > c.zip > d.txt: looks like binary data")
        assert reasons[5:] == [TEXT.decode()]

    def test_what_is_no_article_is_skipped(self) -> None:
        members = {
            "a.txt": TEXT,
            "b.exe": b"x",
            "__MACOSX/._a.txt": b"x",
            ".DS_Store": b"x",
            ".git/c.txt": b"x",
            "page.html": b"<html>",
            "page_files/frame.html": b"<html>",
            "page_files/style.css": b"x",
            "other_files/d.txt": b"Kept.",
        }
        expected = [
            TEXT.decode(),
            "a.zip > b.exe skipped",
            "a.zip > page.html: ",
            "a.zip > page_files/frame.html skipped",
        ]
        expected += ["a.zip > page_files/style.css skipped", "Kept."]
        for data in (zipped(members), tarred(members)):
            results = told(read(data, "a.zip"))
            assert len(results) == len(expected)
            assert all(result.startswith(start) for result, start in zip(results, expected, strict=True))

    def test_names_reach_no_disk_and_are_printable(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        names = ["../../up.txt", "/etc/root.txt", "C:\\x\\a.txt", "\x1b[31mred\u202egpj.txt", "x" * 5000 + ".txt"]
        data = zipped(dict.fromkeys(names, b""))
        where = [result.where for result in read(data, "a.zip") if isinstance(result, Rejected)]
        assert len(where) == 5
        assert all(place.isprintable() and len(place) < 250 for place in where)
        assert list(tmp_path.iterdir()) == []

    def test_a_password_is_named_once(self) -> None:
        data = bytearray(zipped({"a.txt": TEXT, "b.txt": TEXT}))
        for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            place = -1
            while (place := data.find(signature, place + 1)) >= 0:
                data[place + offset] |= 1
        assert told(read(bytes(data), "a.zip")) == [
            "a.zip: is protected with a password; unpack it, or pack it without one"
        ]

    def test_damage_costs_the_member(self) -> None:
        data = bytearray(zipped({"a.txt": TEXT, "b.txt": b"Sound."}, zipfile.ZIP_STORED))
        data[data.find(b"ferry")] ^= 1
        results = told(read(bytes(data), "a.zip"))
        assert results[0].startswith("a.zip > a.txt: is damaged: Bad CRC-32")
        assert results[1:] == ["Sound."]
        assert told(read(bytes(data[:-30]), "a.zip")) == ["a.zip: is damaged: File is not a zip file"]

    def test_links_are_not_followed(self) -> None:
        info = zipfile.ZipInfo("a.txt")
        info.external_attr = 0o120777 << 16
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr(info, "/etc/hostname")
        assert read(stream.getvalue(), "a.zip") == []


class TestTar:
    def test_is_read_packed_or_not(self) -> None:
        data = tarred({"news/a.txt": TEXT, "b.jsonl": LINES})
        for name, packed in [("a.tar", data), ("a.tar.gz", gzip.compress(data)), ("a.tgz", gzip.compress(data))]:
            assert told(read(packed, name)) == [TEXT.decode(), "One.", "Two."]
        assert told(read(lzma.compress(tarred({"b.jsonl": b"{}"})), "a.tar.xz"))[0].startswith(
            "a.tar.xz > b.jsonl line 1"
        )

    def test_what_was_whole_before_the_end_is_missing_is_kept(self) -> None:
        data = tarred({"a.txt": TEXT, "b.txt": b"x" * 5000})
        damage = "is damaged: unexpected end of data"
        assert told(read(data[:3000], "a.tar")) == [TEXT.decode(), f"a.tar > b.txt: {damage}", f"a.tar: {damage}"]

    def test_long_headers_are_refused(self) -> None:
        info = tarfile.TarInfo("././@LongLink")
        info.type, info.size = tarfile.GNUTYPE_LONGNAME, 10**12
        header = info.tobuf(tarfile.GNU_FORMAT)
        assert told(read(header + bytes(2000), "a.tar")) == ["a.tar: is damaged: a header is too large"]


class TestHarm:
    """Each costs less than it unpacks to by orders, whatever its form."""

    def refused(self, data: bytes, name: str, reason: str) -> None:
        started = time.monotonic()
        results = told(read(data, name))
        assert reason in results[-1]
        assert len(results) <= 2
        assert time.monotonic() - started < 10

    @pytest.fixture(autouse=True)
    def _little_is_free(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(archives, "_FREE", 1_000_000)

    @pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
    def test_what_grows_out_of_proportion(self, pack: Callable[[bytes], bytes]) -> None:
        bomb = pack(b"\n" * 3_000_000)
        self.refused(bomb, "a.jsonl.gz", "over 250 times its size")
        self.refused(zipped({"a.jsonl.gz": bomb, "b.txt": TEXT}), "a.zip", "over 250 times its size")

    def test_members_that_share_their_bytes(self) -> None:
        """Fifield, A better zip bomb (WOOT 2019): one kernel, many entries that point at it."""
        data = zipped({"a.jsonl": b"\n" * 100_000})
        start = data.find(b"PK\x01\x02")
        end = data.find(b"PK\x05\x06")
        count = 100
        directory = data[start:end] * count
        tail = bytearray(data[end:])
        tail[8:12] = count.to_bytes(2, "little") * 2
        tail[12:16] = len(directory).to_bytes(4, "little")
        self.refused(data[:start] + directory + bytes(tail), "a.zip", "over 250 times its size")

    def test_archives_without_end(self) -> None:
        data = b"x"
        for level in range(10):
            data = zipped({f"{level}.zip" if level else "a.txt": data})
        self.refused(data, "a.zip", "is an archive inside 4 others")
        for _ in range(10):
            data = gzip.compress(data)
        self.refused(data, "a.gz", "is an archive inside 4 others")

    def test_more_members_than_anyone_packs(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(archives, "MOST_MEMBERS", 100)
        members = dict.fromkeys((f"{number}.txt" for number in range(101)), b"")
        self.refused(zipped(members), "a.zip", "holds over 100 files")
        assert "holds over 100 files" in told(read(tarred(members), "a.tar"))[-1]
        monkeypatch.setattr(archives, "_LARGEST_DIRECTORY", 1000)
        self.refused(zipped(members), "a.zip", "holds over 100 files")


def test_what_is_known_is_not_extracted() -> None:
    asked: list[str] = []

    def known(source_digest: str) -> bool:
        asked.append(source_digest)
        return source_digest in (digest(TEXT), digest(b'{"text": "One."}'))

    data = zipped({"a.txt": TEXT, "b.jsonl": LINES})
    assert told(list(extract_stream(io.BytesIO(data), "a.zip", known))) == [
        *("a.zip > a.txt known", "a.zip > b.jsonl line 1 known", "Two."),
    ]
    assert asked == [digest(TEXT), digest(b'{"text": "One."}'), digest(b'{"text": "Two."}')]


def test_names_that_are_read() -> None:
    for name in ("a.zip", "a.TAR", "a.tar.gz", "a.tgz", "a.jsonl.xz", "a.gz", "a.html.bz2", "a.PDF", "a.docx"):
        assert supported(Path(name)), name
    for name in ("a.sql.gz", "a.exe.xz", "a", "a.csv", ".txt"):
        assert not supported(Path(name)), name


def test_assets_lie_beside_their_page() -> None:
    names = {"x/page.html", "x/page_files/a.html", "old.htm"}
    assert is_asset("x/page_files/sub/a.html", names)
    assert is_asset("old_files/a.txt", names)
    assert not is_asset("x/page.html", names)
    assert not is_asset("page_files/a.html", names)
