"""Copies of a story: which are found, and what else is taken for one.

    python -m evals.copies --data DIRECTORY

First the versions of one URL: a pair within a group is a copy when at least half of all its runs of five words are
common to both (Jaccard, counted over the texts), a pair of two groups is none unless every word is the same, and what
has less in common is neither. Then copies made of articles as outlets make them, and articles that only look like
copies. Last, whole corpora, each article compared with those before it, as on ingest; the pairs found there are for
reading (--pairs FILE).
"""

import argparse
import itertools
import json
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from dateutil import parser as dates

from embeddings.fingerprints import Fingerprint, fingerprint, is_copy, resemblance
from evals.data import rows

VERSIONS = "neardup/realtimeqa_same_url_versions.jsonl.gz"
CORPORA = {"RealTimeQA": "realtimeqa/articles.jsonl.xz", "AllSides": "news_corpora/allsides.jsonl.xz"}
_COPY_FROM = 0.5
_BANDS_OF_JACCARD = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)
_MADE = 1000
_PER_BAND, _COMPARED = 256, 8
"""As the catalog looks for candidates."""

Make = Callable[[Sequence[str], Sequence[str], random.Random], list[str]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--pairs", type=Path, help="write the ids of the pairs found in the corpora there")
    arguments = parser.parse_args()
    _versions(list(rows(arguments.data / VERSIONS)))
    corpora = {name: list(rows(arguments.data / path)) for name, path in CORPORA.items()}
    _made([article["text"] for article in corpora["RealTimeQA"]])
    print("\n| corpus | articles | ms per 1,000 words | texts compared per article | exact copies | near copies |")
    print("|---|---:|---:|---:|---:|---:|")
    pairs = {name: _found(name, articles) for name, articles in corpora.items()}
    if arguments.pairs:
        arguments.pairs.write_text(json.dumps(pairs))


def _versions(groups: Sequence[Mapping[str, Any]]) -> None:
    prints = [[fingerprint(version["text"]) for version in group["versions"]] for group in groups]
    texts = [[_shingles(version["text"]) for version in group["versions"]] for group in groups]
    seen: dict[float, Counter[str]] = defaultdict(Counter)
    for group, runs in zip(prints, texts, strict=True):
        for (one, these), (other, those) in itertools.combinations(zip(group, runs, strict=True), 2):
            jaccard = len(these & those) / len(these | those)
            band = max(edge for edge in _BANDS_OF_JACCARD if jaccard >= edge)
            candidate = not set(one.bands).isdisjoint(other.bands)
            copy = is_copy(resemblance(one, other))
            seen[band].update(pairs=1, candidates=candidate, copies=copy, found=candidate and copy)
    wrong = sum(1 for _ in _across(prints))
    print("| words in common (Jaccard) | pairs | share a band | copies | both |")
    print("|---|---:|---:|---:|---:|")
    for band in sorted(seen):
        counts = seen[band]
        print(f"| from {band} | {counts['pairs']} | {counts['candidates']} | {counts['copies']} | {counts['found']} |")
    total = sum((counts for band, counts in seen.items() if band >= _COPY_FROM), Counter[str]())
    print(
        f"\nPairs of one URL from {_COPY_FROM}: recall {total['found'] / total['pairs']:.3f} ({total['pairs']} pairs; "
        f"lost for want of a band: {total['copies'] - total['found']}); pairs of two URLs taken for copies: {wrong}, "
        f"precision {total['found'] / (total['found'] + wrong):.3f}\n"
    )


def _across(groups: Sequence[Sequence[Fingerprint]]) -> Iterator[tuple[int, int]]:
    """Yield the groups of two versions that are taken for copies though they differ in their words."""
    holders: dict[int, set[int]] = defaultdict(set)
    for at, group in enumerate(groups):
        for band in {band for version in group for band in version.bands}:
            holders[band].add(at)
    for one, other in {pair for held in holders.values() for pair in itertools.combinations(sorted(held), 2)}:
        for left, right in itertools.product(groups[one], groups[other]):
            if not np.array_equal(left.words, right.words) and is_copy(resemblance(left, right)):
                yield one, other


def _made(texts: Sequence[str]) -> None:
    chance = random.Random(0)
    chosen = [text.split() for text in chance.sample(texts, 2 * _MADE)]
    print("| made of an article | articles | share a band | found |")
    print("|---|---:|---:|---:|")
    for name, make in _MAKES.items():
        candidates, found = [], []
        for words, others in zip(chosen[:_MADE], chosen[_MADE:], strict=True):
            one, other = fingerprint(" ".join(words)), fingerprint(" ".join(make(words, others, chance)))
            if np.array_equal(one.words, other.words):
                continue
            candidates.append(not set(one.bands).isdisjoint(other.bands))
            found.append(candidates[-1] and is_copy(resemblance(one, other)))
        print(f"| {name} | {len(found)} | {np.mean(candidates):.3f} | {np.mean(found):.3f} |")


def _cut(share: float) -> Make:
    return lambda words, *_: list(words[: int(len(words) * share)])


def _edited(every: int) -> Make:
    def make(words: Sequence[str], others: Sequence[str], chance: random.Random) -> list[str]:
        return [chance.choice(others) if chance.random() < 1 / every else word for word in words]

    return make


def _renumbered(words: Sequence[str], _: Sequence[str], chance: random.Random) -> list[str]:
    return [re.sub(r"\d", lambda digit: str((int(digit[0]) + chance.randrange(1, 10)) % 10), word) for word in words]


_MAKES: dict[str, Make] = {
    "the first 80 % of it": _cut(0.8),
    "the first 60 %": _cut(0.6),
    "the first 45 %": _cut(0.45),
    "60 %, after 40 words of another": lambda words, others, _: [*others[:40], *words[: int(len(words) * 0.6)]],
    "all, between 60 words of another": lambda words, others, _: [*others[:60], *words, *others[60:120]],
    "all but the first 25 words, which are another's": lambda words, others, _: [*others[:25], *words[25:]],
    "one word in 40 exchanged": _edited(40),
    "one word in 20 exchanged": _edited(20),
    "one word in 10 exchanged": _edited(10),
    "no copy: every digit exchanged": _renumbered,
    "no copy: its second half after another's first": lambda words, others, _: [
        *others[: len(words) // 2],
        *words[len(words) // 2 :],
    ],
    "no copy: its first 100 words in a roundup": lambda words, others, _: [*others, *words[:100]],
}


def _found(name: str, articles: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Compare each article with those before it, print what that gave, and return the pairs."""
    holders: dict[int, list[int]] = defaultdict(list)
    prints: list[Fingerprint] = []
    published: list[datetime | None] = []
    exact: set[bytes] = set()
    pairs, compared, words, seconds = [], 0, 0, 0.0
    for article in articles:
        started = time.perf_counter()
        new = fingerprint(article["text"])
        bands = new.bands
        seconds += time.perf_counter() - started
        words += len(new.words)
        date = _date(article)
        if new.words.tobytes() not in exact:
            shared = Counter(at for band in bands for at in holders[band][-_PER_BAND:])
            for at, _ in shared.most_common(_COMPARED):
                compared += 1
                if is_copy(resemblance(new, prints[at]), _apart(date, published[at])):
                    pairs.append((article["id"], articles[at]["id"]))
                    break
            exact.add(new.words.tobytes())
        for band in bands:
            holders[band].append(len(prints))
        prints.append(new)
        published.append(date)
    print(
        f"| {name} | {len(articles)} | {seconds / words * 1e6:.2f} | {compared / len(articles):.2f} "
        f"| {len(articles) - len(exact)} | {len(pairs)} |"
    )
    return pairs


def _date(article: Mapping[str, Any]) -> datetime | None:
    try:
        return dates.parse(article["published_at"]).replace(tzinfo=None)
    except (TypeError, ValueError, OverflowError):
        return None


def _apart(one: datetime | None, other: datetime | None) -> timedelta | None:
    return one - other if one and other else None


def _shingles(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.casefold())
    return set(zip(*(words[at:] for at in range(5)), strict=False)) or {tuple(words)}


if __name__ == "__main__":
    main()
