"""A whole corpus taken in in one go: rate, memory, what was reported, and what the same command does again.

python -m evals.scale --data DIRECTORY [--articles N] [--encoder hashing]      (Ctrl-C: report what was done until then)
"""

import argparse
import contextlib
import importlib
import itertools
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from embeddings.collection import Collection
from embeddings.encoder import DEFAULT_ENCODER, EncodedPassage, Encoder, EncoderInput, SentenceTransformerEncoder
from embeddings.extract import extract_file
from embeddings.ingest import Ingested, Ingester
from embeddings.retriever import Retriever

_CORPUS = "news_corpora/allsides.jsonl.xz"


class _Timed:
    """An encoder, and how long it took."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.seconds = 0.0
        self.passages = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._encoder, name)

    def encode_document(self, inputs: Sequence[EncoderInput]) -> list[EncodedPassage]:
        started = time.perf_counter()
        encoded = self._encoder.encode_document(inputs)
        self.seconds += time.perf_counter() - started
        self.passages += len(inputs)
        return encoded


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--articles", type=int, help="the first so many; all unless given")
    parser.add_argument("--encoder", choices=["real", "hashing"], default="real")
    options = parser.parse_args()
    corpus = options.data / _CORPUS
    if not corpus.exists():
        sys.exit(f"{corpus} is not there: say where the data sets are with --data DIRECTORY")
    encoder: Any = _Timed(_encoder(options.encoder))
    with tempfile.TemporaryDirectory() as library:
        collection = Collection.create(Path(library), "main")
        seconds, outcomes, passages = _run(collection, encoder, corpus, options.articles)
        print("| what | figure |\n|---|---:|")
        _row("articles reported", ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(outcomes.items())))
        _row("passages", f"{passages:,}")
        _row("inputs encoded: the same one twice only once", f"{encoder.passages:,}")
        _row("seconds", f"{seconds:,.0f}")
        _row("passages a second", f"{passages / seconds:.1f}")
        _row("share of the time that the encoder took", f"{encoder.seconds / seconds:.3f}")
        _row("peak memory, MB", f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f}")
        size = sum(path.stat().st_size for path in collection.directory.iterdir())
        _row("on disk, MB", f"{size / 1e6:,.0f}")
        before = encoder.passages
        again, outcomes, _ = _run(collection, encoder, corpus, outcomes.total())
        _row("the same again, seconds", f"{again:,.0f}")
        _row("the same again, reported", ", ".join(f"{count:,} {outcome}" for outcome, count in outcomes.items()))
        _row("the same again, inputs encoded", f"{encoder.passages - before:,}")
        _row("warm search, ms at the median of 200", f"{_search_ms(collection, encoder):.1f}")


def _encoder(name: str) -> Encoder:
    if name == "real":
        return SentenceTransformerEncoder.load(DEFAULT_ENCODER)
    sys.path.append(str(Path(__file__).parent.parent / "tests"))
    hashing: Encoder = importlib.import_module("fakes").HashingEncoder(384)
    return hashing


def _run(
    collection: Collection, encoder: Encoder, corpus: Path, articles: int | None
) -> tuple[float, Counter[str], int]:
    outcomes: Counter[str] = Counter()
    passages = 0
    started = time.perf_counter()
    ingester = Ingester(collection, encoder)
    results = itertools.islice(extract_file(corpus, known=ingester.known), articles)
    with contextlib.suppress(KeyboardInterrupt):
        for result in ingester.ingest(results):
            outcomes[result.outcome if isinstance(result, Ingested) else "rejected"] += 1
            passages += result.passages if isinstance(result, Ingested) else 0
            if outcomes.total() % 1000 == 0:
                print(f"{outcomes.total():,} articles, {time.perf_counter() - started:,.0f} s", file=sys.stderr)
    return time.perf_counter() - started, outcomes, passages


def _search_ms(collection: Collection, encoder: Encoder) -> float:
    """Search for the titles of 200 articles, after one search to warm up."""
    retriever = Retriever(collection, encoder)
    titles = [each.article.title for each in collection.catalog.listing(limit=200)]
    retriever.retrieve("warming up", k=8)
    times = []
    for title in titles:
        started = time.perf_counter()
        retriever.retrieve(title, k=8, per_story=6)
        times.append(time.perf_counter() - started)
    return sorted(times)[len(times) // 2] * 1000


def _row(what: str, figure: str) -> None:
    print(f"| {what} | {figure} |", flush=True)


if __name__ == "__main__":
    main()
