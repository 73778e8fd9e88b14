"""How articles are cut into passages, and what each passage carries: what that does to retrieval.

    python -m evals.passages --data DIRECTORY

Passages are searched exhaustively by `evals.plain`: no sentence evidence, no copies collapsed. 1,000 characters without
heading is what others measure with. *Headed*: title and day stand above each passage. RealTimeQA is asked of its gold
articles and 700 others, and of two cuts only.
"""

import argparse
import functools
import hashlib
import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from msgspec import Struct, structs

from embeddings.arrays import Scores
from embeddings.articles import Article
from embeddings.encoder import DEFAULT_ENCODER, SentenceTransformerEncoder
from embeddings.extract import Record, extract_jsonl
from evals.measures import ALL, difference, measured
from evals.plain import Cut, PlainIndex
from evals.results import Figure, Row, keep
from evals.retrieval_sets import RetrievalSet, multihop, real_time, time_news
from evals.vectors import CachedEncoder

_K = 10
_OTHERS = 700
_SHOWN = {
    "TIME": ("nDCG@10",),
    "MultiHop lite": ("MRR@10", ALL),
    "RealTimeQA small sample": ("recall@1", "recall@5"),
}
_HOUSE = "whole sentences, 200 tokens, headed"
_OURS = f"{_HOUSE}: convex"
"""What the differences are from."""

Search = Callable[[PlainIndex, str], Scores]
Measures = Mapping[str, np.ndarray]


class Variant(Struct, frozen=True, kw_only=True):
    """A cut, and the ways in which its passages are searched."""

    name: str
    cut: Cut
    ways: Mapping[str, Search]
    everywhere: bool = False
    """Whether it is worth the time of RealTimeQA."""


def _convex(index: PlainIndex, query: str, *, weight: float = 0.5, neighbours: float = 0.0) -> Scores:
    return index.convex(query, weight, neighbours)


_ALL: dict[str, Search] = {
    "BM25": PlainIndex.lexical,
    "dense": PlainIndex.dense,
    "rank fusion": PlainIndex.rank_fusion,
    "convex, 0.6 dense": functools.partial(_convex, weight=0.6),
    "convex": _convex,
}
_ONE: dict[str, Search] = {"convex": _convex}
_BESIDE: dict[str, Search] = {
    f"convex, + {share} of the neighbour": functools.partial(_convex, neighbours=share) for share in (0.05, 0.1)
}
VARIANTS = (
    Variant(name="1,000 characters", cut=Cut(characters=1000, headed=False), ways=_ALL),
    Variant(name="1,000 characters, headed", cut=Cut(characters=1000), ways=_ALL),
    Variant(name="whole sentences, 200 tokens", cut=Cut(headed=False), ways=_ONE, everywhere=True),
    Variant(name="whole sentences, 64 tokens, headed", cut=Cut(tokens=64), ways=_ONE),
    Variant(name="whole sentences, 128 tokens, headed", cut=Cut(tokens=128), ways=_ONE),
    Variant(name=_HOUSE, cut=Cut(), ways=_ONE | _BESIDE, everywhere=True),
    Variant(name="whole sentences, 240 tokens, headed", cut=Cut(tokens=240), ways=_ONE),
    Variant(name="whole sentences, 128 tokens, one more before, headed", cut=Cut(tokens=128, overlap=1), ways=_ONE),
    Variant(name="whole sentences, 200 tokens, one more before, headed", cut=Cut(overlap=1), ways=_ONE),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    arguments = parser.parse_args()
    encoder = CachedEncoder(SentenceTransformerEncoder.load(DEFAULT_ENCODER))
    loaded = [time_news(arguments.data), multihop(arguments.data), _small(real_time(arguments.data))]
    found: dict[str, dict[str, Measures]] = {}
    sizes: dict[str, int] = {}
    for variant in VARIANTS:
        for each in loaded if variant.everywhere else loaded[:2]:
            index = PlainIndex(_articles(each), encoder, variant.cut)
            for way, search in variant.ways.items():
                name = f"{variant.name}: {way}"
                found.setdefault(name, {})[each.name] = _measured(index, search, each)
                sizes.setdefault(name, len(index))
        print(variant.name, flush=True)
    files = {file for each in loaded for file in each.files}
    keep("passages", [Row(name=name, figures=_figures(found[name], sizes[name])) for name in found], files)
    ours = found[_OURS]
    keep("passages-differences", [Row(name=name, figures=_differences(found[name], ours)) for name in found], files)


def _small(whole: RetrievalSet) -> RetrievalSet:
    """Leave out most of the articles that answer nothing: encoding them several times takes long."""
    gold = {id for each in whole.asked for id in each.relevant}
    others = [record["id"] for record in whole.articles if record["id"] not in gold]
    others.sort(key=lambda id: hashlib.sha256(id.encode()).hexdigest())
    held = gold | set(others[:_OTHERS])
    records = tuple(record for record in whole.articles if record["id"] in held)
    return structs.replace(whole, name="RealTimeQA small sample", articles=records)


def _articles(each: RetrievalSet) -> list[Article]:
    lines = "\n".join(json.dumps(record) for record in each.articles)
    records = extract_jsonl(io.BufferedReader(io.BytesIO(lines.encode())), each.name)
    return [record.article for record in records if isinstance(record, Record)]


def _measured(index: PlainIndex, search: Search, each: RetrievalSet) -> Measures:
    asked = [one for one in each.asked if one.relevant]
    rankings = {}
    for one in asked:
        best = np.argsort(-search(index, one.question), kind="stable")[:_K]
        rankings[one.id] = [index.articles[number] for number in best.tolist()]
    return measured(rankings, {one.id: one.relevant for one in asked})


def _figures(sets: Mapping[str, Measures], size: int) -> dict[str, Figure]:
    figures: dict[str, Figure] = {"passages of TIME": size}
    for name, measures in sets.items():
        figures |= {f"{name}: {measure}": float(measures[measure].mean()) for measure in _SHOWN[name]}
    return figures


def _differences(sets: Mapping[str, Measures], ours: Mapping[str, Measures]) -> dict[str, Figure]:
    figures: dict[str, Figure] = {}
    for name, measures in sets.items():
        for measure in _SHOWN[name]:
            mean, low, high = difference(measures[measure], ours[name][measure])
            figures[f"{name}: {measure}"] = f"{mean:+.3f} ({low:+.3f} to {high:+.3f})"
    return figures


if __name__ == "__main__":
    main()
