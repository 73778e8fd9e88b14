"""Inputs for fuzzing: what a sound file becomes by damage, by splicing, and by what its format makes possible."""

import copy
import gzip
import io
import json
import random
import tarfile
import zipfile
import zlib
from collections.abc import Sequence
from typing import Any

from lxml import etree

NAMES = (
    "text",
    "title",
    "id",
    "url",
    "author",
    "date",
    "updated_at",
    "source",
    "language",
    "section",
    "genre",
    "topic",
)
ODD_VALUES: tuple[Any, ...] = (
    *(None, True, 0, -1, 1e308, 10**30, 1470737700, 99999999999999999, "", " ", "x" * 3000, "\ud800", "\udc00\ud800"),
    *(
        "a\x00b",
        "e\u0301" * 50,
        "\u202e\u200b",
        "http://[::1",
        "https://a.b/c?utm_source=d",
        "2016-08-09T10:15:00+99:00",
    ),
    *(
        "0000-00-00",
        "tomorrow",
        "Aug 9, 2016 ET",
        [],
        {},
        [[]],
        ["A", "B"],
        {"name": "A"},
        [{"name": "A"}, 1],
        "..",
        "a/b",
    ),
)
TOKENS: dict[str, Sequence[bytes]] = {
    "txt": (b"\xff\xfe", b"\x00", b"\xed\xa0\x80", b"\xe2\x80\xae", b"\r", b"\x0c", b"\xcc\x81" * 40, b"\n" * 50),
    "md": (b"---\n", b"# ", b"[a](", b"| a |\n|---|\n", b"<div>", b"<!--", b"&#x110000;", b"> " * 30, b"a: &a [*a]\n"),
    "html": (
        *(b"<script>", b"</p>", b"<!--", b"-->", b"<table><tr><td>", b"<p hidden>", b"&#0;", b"&#xd800;", b"<![CDATA["),
        *(b"<meta charset=utf-7>", b"<meta charset=idna>", b"<base href='//['>", b"<article>", b"<svg><p>", b"\x00"),
        *(b"<script type='application/ld+json'>{\"@graph\": [[", b"<time datetime='99999-99-99'>", b"<br>" * 50),
        *(b"<link rel=canonical href='http://[::'>", b"<meta property='article:published_time' content='0000'>"),
    ),
    "json": (b"{", b"}", b"[", b'"', b"\\ud800", b"1e999", b"NaN", b"null", b"-0", b'"text":', b"9" * 5000, b"\\u0000"),
    "pdf": (
        *(b" obj", b"endobj", b"stream\n", b"endstream", b"<<", b">>", b"BT ", b" ET", b" Tj", b" Td", b"/Kids[2 0 R]"),
        *(b"/Count 99999999", b"1e38 ", b"-1e38 ", b"0 0 0 0 0 0 Tm ", b"/MediaBox[0 0 0 0]", b"(\\377\\000) Tj "),
        *(b"/Rotate 90", b"/Filter/FlateDecode", b"/Contents 1 0 R", b"99999 Tf ", b"trailer", b"/Encrypt 1 0 R"),
    ),
    "docx": (
        *(b"<w:p>", b"</w:p>", b"<w:tbl><w:tr><w:tc>", b"<w:del>", b"<w:t>", b"<w:vanish/>", b"<w:txbxContent>"),
        *(b"<w:pStyle w:val='Title'/>", b"&amp;", b"&x;", b"<!DOCTYPE x>", b"xml:space='preserve'", b"<w:sdt>" * 30),
    ),
}
TOKENS["jsonl"] = (*TOKENS["json"], b"\n", b"{}\n")


def mutated(seeds: Sequence[bytes], form: str, chance: random.Random) -> bytes:
    """One of the seeds, changed in one to five ways; the same for the same state of `chance`."""
    data = chance.choice(seeds)
    if form in ("docx", "zip") and chance.random() < 0.7:
        return _inside_zip(data, seeds, chance)
    if form in ("json", "jsonl") and chance.random() < 0.5:
        return b"\n".join(_odd_values(line, chance) for line in data.splitlines())
    if form == "gz" and chance.random() < 0.7:
        return gzip.compress(_damaged(gzip.decompress(data), [data], TOKENS["jsonl"], chance), 1)
    if form == "tar" and chance.random() < 0.5:
        return _inside_tar(data, chance)
    if form == "html" and chance.random() < 0.1:
        return _damaged(data, seeds, TOKENS["html"], chance).decode("utf-8", "replace").encode("utf-16")
    return _damaged(data, seeds, TOKENS.get(form, TOKENS["txt"]), chance)


def _damaged(data: bytes, seeds: Sequence[bytes], tokens: Sequence[bytes], chance: random.Random) -> bytes:
    for _ in range(chance.randint(1, 5)):
        place = chance.randrange(len(data) + 1)
        length = min(len(data) - place, int(chance.expovariate(1 / 200)))
        block = data[place : place + length]
        match chance.randrange(8):
            case 0:
                data = data[:place]
            case 1:
                data = data[:place] + data[place + length :]
            case 2:
                data = data[:place] + block * chance.choice((2, 3, 50)) + data[place + length :]
            case 3:
                other = chance.choice(seeds)
                data = data[:place] + other[chance.randrange(len(other) + 1) :][:100_000]
            case 4:
                changed = bytearray(data)
                for _ in range(chance.choice((1, 3, 30)) if data else 0):
                    changed[chance.randrange(len(changed))] = chance.randrange(256)
                data = bytes(changed)
            case 5:
                data = data[:place] + chance.randbytes(min(length, 50)) + data[place + length :]
            case _:
                data = data[:place] + chance.choice(tokens) * chance.choice((1, 1, 1, 20)) + data[place:]
    return data[:2_000_000]


def _odd_values(line: bytes, chance: random.Random) -> bytes:
    """Put what nobody expects into some of the fields of an object, or under other names."""
    value = json.loads(line)
    for fields in value if isinstance(value, list) else value.get("articles", [value]):
        for name in chance.sample(sorted(fields), min(len(fields), chance.randint(1, 3))):
            fields[chance.choice((name, name, *NAMES))] = chance.choice(ODD_VALUES)
            if chance.random() < 0.1:
                del fields[name]
    return json.dumps(value, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")


def _odd_tree(markup: bytes, chance: random.Random) -> bytes:
    """Take out, double, move, rename or fill elements of XML, which stays well formed."""
    root = etree.fromstring(markup)
    for _ in range(chance.randint(1, 8)):
        elements = [each for each in root.iter(etree.Element) if each is not root]
        if not elements:
            break
        one, other = chance.choice(elements), chance.choice(elements)
        parent = one.getparent()
        match chance.randrange(5):
            case 0:
                parent.remove(one)
            case 1:
                other.append(copy.deepcopy(one))
            case 2:
                one.tag = other.tag
            case 3:
                one.text = chance.choice(("\u202e", "A word. ", "\n\t ", "é" * 5000, "e\u0301", "1e999"))
            case 4:
                for name in list(one.attrib):
                    one.set(name, chance.choice(("", "-1", "99999999999", "Title", "true", *one.attrib.values())))
    return bytes(etree.tostring(root))


def _inside_zip(data: bytes, seeds: Sequence[bytes], chance: random.Random) -> bytes:
    """Change one member, and pack all again, so that the change is met beneath the container."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    name = chance.choice(sorted(members))
    if "word/document.xml" in members and chance.random() < 0.6:
        name = "word/document.xml"
    tokens = TOKENS["docx" if "word/document.xml" in members else "jsonl"]
    match chance.randrange(10):
        case 0:
            del members[name]
        case 1:
            members[chance.choice(("../x.txt", "a/\x1b[0m.html", "word/document.xml", "é" * 300))] = members.pop(name)
        case 2:
            members["inner.zip"] = chance.choice(seeds)
        case n if n > 4 and name.endswith((".xml", ".rels")):
            members[name] = _odd_tree(members[name], chance)
        case _:
            members[name] = _damaged(members[name], [members[name]], tokens, chance)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for each, content in members.items():
            archive.writestr(each, content)
    return packed.getvalue()


def _inside_tar(data: bytes, chance: random.Random) -> bytes:
    """Change headers, with their checksums made right again."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        header = 512 * chance.randrange(max(1, len(changed) // 512))
        block = changed[header : header + 512]
        if len(block) < 512:
            break
        for _ in range(chance.randint(1, 5)):
            block[chance.choice((chance.randrange(100), chance.randrange(100, 157)))] = chance.randrange(256)
        if chance.random() < 0.3:
            block[156] = ord(chance.choice("0123456LKxgSV7"))
        block[148:156] = b"%06o\0 " % (sum(block[:148]) + sum(block[156:]) + 8 * 32)
        changed[header : header + 512] = block
    return bytes(changed)


def tarred(members: dict[str, bytes]) -> bytes:
    """A tar archive."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return packed.getvalue()


def checksum(data: bytes) -> str:
    """What names an input that is kept."""
    return f"{zlib.crc32(data):08x}"
