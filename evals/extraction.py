"""The text and metadata of web pages: our extractor beside those it could be, in one run.

    python -m evals.extraction --data DIRECTORY

The measure is that of article-extraction-benchmark (github.com/scrapinghub, `evaluate.py`): runs of four words that the
page's gold text and the extracted text share, counted with repetition and divided by all of the page's, so that every
page weighs the same; precision is the mean over the pages that gave a text, recall over all, F1 of the two means.
"""

import argparse
import logging
import re
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from embeddings.articles import Article
from embeddings.errors import ExtractionError
from embeddings.extract.web_page import extract_page
from evals.data import rows

_RUN = 4
_WORD = re.compile(r"\w+")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--turns", type=int, default=3, help="of which the fastest is reported")
    arguments = parser.parse_args()
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    pages = list(rows(arguments.data / "boilerplate/aeb.jsonl.gz"))
    articles, reasons = _articles(pages)
    print(f"{len(pages)} pages\n\n| extractor | F1 | precision | recall | pages/s | without text |")
    print("|---|---:|---:|---:|---:|---:|")
    for name, extract in {
        "ours, with metadata": _ours,
        "trafilatura, as it comes": _trafilatura,
        "trafilatura, without comments": _trafilatura_alone,
        "trafilatura, favouring precision": _trafilatura_precise,
        "jusText": _justext,
    }.items():
        _compare(name, extract, pages, arguments.turns)
    print("\nNot taken by ours:\n")
    for url, reason in reasons:
        print(f"* {url}: {reason}")
    _describe(articles)


def shared(gold: str, found: str) -> tuple[float, float, float]:
    """The shares of the runs of four words that both texts have, that only `found` has, and that only `gold` has."""
    expected, got = _runs(gold), _runs(found)
    both = (expected & got).total()
    extra, missing = got.total() - both, expected.total() - both
    every = both + extra + missing
    return (both / every, extra / every, missing / every) if every else (0.0, 0.0, 0.0)


def scores(parts: Sequence[tuple[float, float, float]]) -> tuple[float, float, float]:
    """F1, precision and recall over pages."""
    precision = statistics.mean(both / (both + extra) for both, extra, _ in parts if both + extra)
    recall = statistics.mean(both / (both + missing) for both, _, missing in parts if both + missing)
    return 2 * precision * recall / (precision + recall), precision, recall


def _runs(text: str) -> Counter[tuple[str, ...]]:
    words = _WORD.findall(text)
    return Counter(tuple(words[start : start + _RUN]) for start in range(max(1, len(words) - _RUN + 1)) if words)


def _compare(name: str, extract: Callable[[str], str], pages: Sequence[dict[str, Any]], turns: int) -> None:
    seconds = []
    for _ in range(turns):
        started = time.perf_counter()
        texts = [extract(page["html"]) for page in pages]
        seconds.append(time.perf_counter() - started)
    parts = [shared(page["gold_text"], text) for page, text in zip(pages, texts, strict=True)]
    f1, precision, recall = scores(parts)
    none = sum(not text for text in texts)
    speed = len(pages) / min(seconds)
    print(f"| {name} | {f1:.4f} | {precision:.4f} | {recall:.4f} | {speed:.0f} | {none} |", flush=True)


def _ours(markup: str) -> str:
    try:
        return extract_page(markup.encode("utf-8", "surrogatepass"), "page").text
    except ExtractionError:
        return ""


def _trafilatura(markup: str) -> str:
    from trafilatura import extract

    return extract(markup) or ""


def _trafilatura_alone(markup: str) -> str:
    from trafilatura import extract

    return extract(markup, include_comments=False) or ""


def _trafilatura_precise(markup: str) -> str:
    from trafilatura import extract

    return extract(markup, include_comments=False, favor_precision=True) or ""


def _justext(markup: str) -> str:
    """With the words of the page's own language where jusText has them: it goes by how frequent they are."""
    import justext

    language = re.search(r"<html[^>]*\blang=[\"']?(\w\w)", markup)
    names = {"de": "German", "it": "Italian", "pt": "Portuguese", "ru": "Russian", "ko": "Korean", "id": "Indonesian"}
    words = justext.get_stoplist(names.get(language[1].lower() if language else "", "English"))
    paragraphs = justext.justext(markup.encode("utf-8", "surrogatepass"), words, encoding="utf-8")
    return "\n".join(paragraph.text for paragraph in paragraphs if not paragraph.is_boilerplate)


def _articles(pages: Sequence[dict[str, Any]]) -> tuple[list[tuple[str, Article]], list[tuple[str, str]]]:
    articles, reasons = [], []
    for page in pages:
        try:
            articles.append((page["url"], extract_page(page["html"].encode("utf-8", "surrogatepass"), "page")))
        except ExtractionError as error:
            reasons.append((page["url"], str(error)))
    return articles, reasons


def _describe(articles: Sequence[tuple[str, Article]]) -> None:
    """What can be told of metadata without a gold standard: how often it is there, and agreement with the address."""
    print("\n| metadata | articles |\n|---|---:|")
    for name in ("title", "author", "source", "published_at", "updated_at", "url", "section", "genre", "language"):
        print(f"| {name} | {_share(getattr(article, name) is not None for _, article in articles)} |")
    stated = [(url, article.url) for url, article in articles if article.url]
    print(f"| url: host of the page's address | {_share(_host(url) == _host(own) for url, own in stated)} |")
    print(f"| url: the page's address | {_share(_plain(url) == _plain(own) for url, own in stated)} |")
    days = [(found, article) for url, article in articles if (found := re.search(r"/(20\d\d)/(\d\d?)/(\d\d?)/", url))]
    agree = (
        article.published_at is not None and abs((article.published_at.date() - _day(found)).days) <= 1
        for found, article in days
    )
    print(f"| published_at: within a day of the date in the address | {_share(agree)} |")
    stray = [article for _, article in articles if article.source and article.title.endswith(article.source)]
    print(f"| title without the outlet's name | {len(articles) - len(stray)} of {len(articles)} |")


def _day(found: re.Match[str]) -> date:
    return date(int(found[1]), int(found[2]), int(found[3]))


def _share(holds: Iterable[bool]) -> str:
    values = list(holds)
    return f"{sum(values)} of {len(values)}"


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def _plain(url: str) -> str:
    parts = urlsplit(url)
    return _host(url) + parts.path.rstrip("/")


if __name__ == "__main__":
    main()
