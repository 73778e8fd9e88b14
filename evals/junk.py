"""Junk among the paragraphs of real pages, saved as a browser saves them as text, and false alarms on clean articles.

    python -m evals.junk --data DIRECTORY [--half tuning]

A page's visible text is made of its HTML, one line a block, and a paragraph of it is the article's where the page's
gold text has its words. *Page* is all of that text; *copied* what people copy: from ten paragraphs before the article
to fifteen after it. Everything is counted in words; junk also without what ends as sentences do, because captions,
standfirsts and notes about the author, which gold texts leave out, say something and are meant to stay. Pages are
divided into two halves by their ids, one to tune the rules on and one to report.
"""

import argparse
import hashlib
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import justext
import lxml.html
from lxml import etree
from msgspec import Struct

from embeddings.articles import Sentence
from embeddings.extract.normalise import normalise, one_line
from embeddings.extract.titles import title_from
from embeddings.junk import junk
from embeddings.sentences import paragraphs
from evals.data import rows

PAGES = "boilerplate/aeb.jsonl.gz"
CLEAN = {"RealTimeQA": "realtimeqa/articles.jsonl.xz", "AllSides": "news_corpora/allsides.jsonl.xz"}
BEFORE, AFTER = 10, 15
_ARTICLES = 500
_SHINGLE = 3
_LIKENESS = 0.8
_LONG = 10
"""Words of a paragraph that shows where the article begins and ends."""

_UNSEEN = {"script", "style", "noscript", "template", "head", "svg", "iframe", "select", "textarea", "object", "video"}
_APART = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "table"}
_INLINE = {
    *("a", "abbr", "acronym", "b", "bdi", "bdo", "big", "button", "cite", "code", "data", "del", "dfn", "em", "font"),
    *("i", "img", "input", "ins", "kbd", "label", "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub"),
    *("sup", "time", "tt", "u", "var", "wbr"),
}
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_SENTENCE = re.compile(r"[.!?…。！？][\W_]*$")


class Page(Struct, frozen=True, kw_only=True):
    """A text with what is right about each of its paragraphs: the article's, junk, or None for its title."""

    title: str
    text: str
    paragraphs: list[list[Sentence]]
    gold: list[bool | None]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--half", choices=("tuning", "reported"), default="reported")
    arguments = parser.parse_args()
    records = [record for record in rows(arguments.data / PAGES) if _half(record) == arguments.half]
    marked = [(record, page) for record in records if (page := page_of(record))]
    found, pages = [record for record, _ in marked], [page for _, page in marked]
    print(f"| {len(pages)} pages | article kept | article in what is kept | junk removed | junk lines removed |")
    print("|---|---:|---:|---:|---:|")
    for name, texts in (("page", pages), ("copied", [copied(page) for page in pages])):
        print(_row(f"{name}: everything kept", texts, [[False] * len(page.gold) for page in texts]))
        print(_row(f"{name}: ours", texts, [junk(page.text, page.paragraphs, page.title) for page in texts]))
    print(
        _row("page: jusText, which sees the HTML", pages, [_justext(*pair) for pair in zip(found, pages, strict=True)])
    )
    print("\n| clean articles | words | flagged | ms per 1,000 words |\n|---|---:|---:|---:|")
    for name, path in CLEAN.items():
        print(_clean_row(name, list(clean(arguments.data / path))))


def page_of(record: dict[str, Any]) -> Page | None:
    """The page as text, its paragraphs marked; None where the gold text cannot be found in it."""
    tree = lxml.html.document_fromstring(re.sub(r"^\s*<\?xml[^>]*>", "", record["html"]))
    text = visible_text(tree)
    divided = paragraphs(text)
    gold = _words(record["gold_text"])
    shingles = set(_shingles(gold))
    lines = {" ".join(_words(line)) for line in record["gold_text"].splitlines()}
    titles = {" ".join(_words(title)) for title in _titles(tree)}
    marks: list[bool | None] = []
    for paragraph in divided:
        words = _words(text[paragraph[0].start : paragraph[-1].end])
        its = list(_shingles(words))
        if " ".join(words) in titles:
            marks.append(None)
        elif its and len(words) > _SHINGLE:
            marks.append(sum(shingle in shingles for shingle in its) >= _LIKENESS * len(its))
        else:
            marks.append(" ".join(words) in lines)
    page = Page(title=title_from(text, ""), text=text, paragraphs=divided, gold=marks)
    ends = _ends(page)
    if ends is None:
        return None
    # A line far from the article only happens to be one of its lines too.
    first, last = ends
    marks = [mark and first - BEFORE <= i < last + AFTER if mark else mark for i, mark in enumerate(marks)]
    return Page(title=page.title, text=text, paragraphs=divided, gold=marks)


def copied(page: Page) -> Page:
    """What a person would copy of a page: the article with some of what is around it."""
    first, last = _ends(page) or (0, len(page.gold))
    part = slice(max(0, first - BEFORE), last + AFTER)
    begin, end = page.paragraphs[part][0][0].start, page.paragraphs[part][-1][-1].end
    text = page.text[begin:end]
    divided = paragraphs(text)
    # Wrapped prose may be divided otherwise at the edges of the part.
    marks = {
        sentence.start - begin: mark for of, mark in zip(page.paragraphs, page.gold, strict=True) for sentence in of
    }
    gold = [marks.get(paragraph[0].start) for paragraph in divided]
    return Page(title=title_from(text, ""), text=text, paragraphs=divided, gold=gold)


def visible_text(tree: Any) -> str:
    """The text of a page as a browser gives it: a line for each block, blank ones around paragraphs."""
    pieces: list[str] = []
    _visit(tree, pieces)
    lines = [one_line(line) for line in normalise("".join(pieces)).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def clean(path: Path) -> Iterator[tuple[str, str]]:
    """Yield titles and texts of a sample of articles."""
    kept = sorted(rows(path), key=lambda record: hashlib.sha256(record["id"].encode()).digest())[:_ARTICLES]
    for record in kept:
        yield one_line(record["title"]), normalise(record["text"]).strip()


def _visit(element: Any, pieces: list[str]) -> None:
    """Collect text without recursion: real pages are nested thousands deep."""
    skipping = None
    for event, node in etree.iterwalk(element, events=("start", "end", "comment", "pi")):
        if event in ("comment", "pi"):
            if skipping is None and node.tail:
                pieces.append(_spaced(node.tail))
            continue
        tag = node.tag
        if event == "start":
            if skipping is not None:
                continue
            if tag in _UNSEEN or node.get("hidden") is not None or _HIDDEN.search(node.get("style") or ""):
                skipping = node
                continue
            pieces.append(_edge(tag))
            pieces.append(_spaced(node.text or ""))
            continue
        if skipping is not None and node is not skipping:
            continue
        if skipping is None:
            pieces.append(_edge(tag))
        skipping = None
        if node is not element:
            pieces.append(_spaced(node.tail or ""))


def _spaced(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _edge(tag: str) -> str:
    if tag in _INLINE:
        return ""
    if tag in ("td", "th"):
        return " "
    return "\n\n" if tag in _APART else "\n"


def _titles(tree: Any) -> Iterator[str]:
    for found in tree.xpath("//h1|//title|//meta[@property='og:title']"):
        title = found.get("content") or found.text_content()
        yield title
        yield from re.split(r" [|–—-] ", title)[:1]


def _ends(page: Page) -> tuple[int, int] | None:
    """Return the paragraph where the article begins and the one after its end."""
    long = [
        i
        for i, mark in enumerate(page.gold)
        if mark and len(_words(" ".join(sentence.text for sentence in page.paragraphs[i]))) >= _LONG
    ]
    return (long[0], long[-1] + 1) if long else None


def _row(name: str, pages: Sequence[Page], flags: Sequence[Sequence[bool]]) -> str:
    counts: Counter[tuple[str, bool]] = Counter()
    for page, flagged in zip(pages, flags, strict=True):
        for paragraph, gold, flag in zip(page.paragraphs, page.gold, flagged, strict=True):
            text = page.text[paragraph[0].start : paragraph[-1].end]
            kind = "article" if gold else "sentence" if _SENTENCE.search(text) else "line"
            if gold is not None:
                counts[kind, flag] += len(_words(text))
    kept, lost = counts["article", False], counts["article", True]
    noise = counts["sentence", False] + counts["line", False]
    removed = counts["sentence", True] + counts["line", True]
    lines = counts["line", True] / (counts["line", True] + counts["line", False])
    return (
        f"| {name} | {kept / (kept + lost):.2%} | {kept / (kept + noise):.1%} | {removed / (noise + removed):.1%} "
        f"| {lines:.1%} |"
    )


def _justext(record: dict[str, Any], page: Page) -> list[bool]:
    """What jusText takes for boilerplate, from the same HTML, brought over to our paragraphs by their words."""
    found = justext.justext(record["html"].encode(), justext.get_stoplist("English"), encoding="utf-8")
    shingles = {s for paragraph in found if not paragraph.is_boilerplate for s in _shingles(_words(paragraph.text))}
    short = {" ".join(_words(paragraph.text)) for paragraph in found if not paragraph.is_boilerplate}
    flags = []
    for paragraph in page.paragraphs:
        words = _words(page.text[paragraph[0].start : paragraph[-1].end])
        its = list(_shingles(words))
        kept = sum(s in shingles for s in its) >= len(its) / 2 if its else " ".join(words) in short
        flags.append(not kept)
    return flags


def _clean_row(name: str, articles: Sequence[tuple[str, str]]) -> str:
    words = flagged = 0
    seconds = 0.0
    for title, text in articles:
        divided = paragraphs(text)
        started = time.perf_counter()
        flags = junk(text, divided, title)
        seconds += time.perf_counter() - started
        for paragraph, flag in zip(divided, flags, strict=True):
            count = len(_words(text[paragraph[0].start : paragraph[-1].end]))
            words += count
            flagged += count * flag
    return f"| {name}, {len(articles)} | {words:,} | {flagged / words:.3%} | {seconds * 1e6 / words:.2f} |"


def _half(record: dict[str, Any]) -> str:
    return "tuning" if hashlib.sha256(record["id"].encode()).digest()[0] % 2 else "reported"


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _shingles(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return (tuple(words[i : i + _SHINGLE]) for i in range(len(words) - _SHINGLE + 1))


if __name__ == "__main__":
    main()
