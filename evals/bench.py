"""Speed and memory, each beside what it is compared with, in one run.

    python -m evals.bench --data DIRECTORY [--articles 400]

* ingest: articles of news_corpora from JSONL to searchable, against the bare encoder of sentence-transformers on the
  same passages (sorted by length, the same batch size), in turns; peak memory of each in a process of its own.
* cold ask: `byline ask` from the start of its process to its end, against a process that imports
  sentence-transformers, loads the model and stops.
* ask: questions about articles in a warm process, against one encoding of the question and one dense search.
"""

import argparse
import asyncio
import functools
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from evals.data import rows

_QUESTION = "what did the president say about the budget?"
_ASKED = 100
_BARE_START = """
from embeddings.encoder import DEFAULT_ENCODER, SentenceTransformerEncoder
import sentence_transformers
from embeddings.encoder import locate
sentence_transformers.SentenceTransformer(str(locate(DEFAULT_ENCODER)), device="cpu")
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--articles", type=int, default=400)
    parser.add_argument("--turns", type=int, default=2)
    parser.add_argument("--part", choices=list(_PARTS), help=argparse.SUPPRESS)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.part:
        print(json.dumps(_PARTS[arguments.part](arguments.work)))
        return
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        articles = itertools.islice(rows(arguments.data / "news_corpora/allsides.jsonl.xz"), arguments.articles)
        with (work / "articles.jsonl").open("w") as file:
            file.writelines(json.dumps(article) + "\n" for article in articles)
        print("| what | figure | beside it | ratio |\n|---|---:|---:|---:|")
        _compare_ingest(arguments, work)
        _compare_cold(work)
        _compare_ask(work)


def _compare_ingest(arguments: argparse.Namespace, work: Path) -> None:
    runs: dict[str, list[dict[str, float]]] = {part: [] for part in _PARTS}
    for _ in range(arguments.turns):
        for part, done in runs.items():
            command = [sys.executable, "-m", "evals.bench", "--data", "-", "--part", part, "--work", str(work)]
            done.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    ours, bare, fast = (statistics.mean(run["passages_per_s"] for run in done) for done in runs.values())
    what = f"| ingest of {arguments.articles} articles, passages/s | {ours:.1f} |"
    print(f"{what} bare encoder, as it comes {bare:.1f} | {ours / bare:.2f} |")
    print(f"{what} bare encoder, multiplying as ours does {fast:.1f} | {ours / fast:.2f} |")
    ours, bare, _ = (max(run["peak_mb"] for run in done) for done in runs.values())
    print(f"| ingest, peak memory in MB | {ours:.0f} | bare encoder {bare:.0f} | {ours / bare:.2f} |", flush=True)


def _ingest(work: Path) -> dict[str, float]:
    from embeddings.collection import Collection
    from embeddings.encoder import DEFAULT_ENCODER, SentenceTransformerEncoder
    from embeddings.extract import extract_file
    from embeddings.ingest import Ingester

    encoder = SentenceTransformerEncoder.load(DEFAULT_ENCODER)
    encoder.encode_query("warm")
    library = Path(tempfile.mkdtemp(dir=work))
    started = time.perf_counter()
    collection = Collection.create(library, "main")
    for _ in Ingester(collection, encoder).ingest(extract_file(work / "articles.jsonl")):
        pass
    seconds = time.perf_counter() - started
    passages = collection.catalog.counts().passages
    collection.close()
    (work / "library").unlink(missing_ok=True)
    (work / "library").symlink_to(library)
    return {"passages_per_s": passages / seconds, "peak_mb": _peak_mb()}


def _bare(work: Path, *, as_ours: bool = False) -> dict[str, float]:
    import torch
    from sentence_transformers import SentenceTransformer

    from embeddings.encoder import DEFAULT_ENCODER, _multiplies_bfloat16, locate

    texts = _inputs(work)
    model = SentenceTransformer(str(locate(DEFAULT_ENCODER)), device="cpu")
    model.encode_query("warm")
    started = time.perf_counter()
    with torch.autocast("cpu", torch.bfloat16, enabled=as_ours and _multiplies_bfloat16()):
        model.encode_document(texts, batch_size=32, show_progress_bar=False)
    return {"passages_per_s": len(texts) / (time.perf_counter() - started), "peak_mb": _peak_mb()}


_PARTS: dict[str, Callable[[Path], dict[str, float]]] = {
    "ingest": _ingest,
    "bare": _bare,
    "bare as ours": functools.partial(_bare, as_ours=True),
}


def _inputs(work: Path) -> list[str]:
    """What the last ingest encoded."""
    import numpy as np

    from embeddings.collection import Collection

    collection = Collection.open((work / "library").resolve(), "main")
    keys = np.concatenate([np.arange(first, end) for first, end in collection.catalog.live()])
    texts = collection.catalog.indexed_texts(keys)
    collection.close()
    return texts


def _compare_cold(work: Path) -> None:
    ask = [sys.executable, "-m", "service.cli", "ask", "--library", str((work / "library").resolve()), _QUESTION]
    load = [sys.executable, "-c", _BARE_START]
    ours, bare = _alternately(lambda: _run(ask), lambda: _run(load), turns=5)
    print(f"| cold `byline ask`, s | {ours:.2f} | import and load {bare:.2f} | {ours - bare:+.2f} s |", flush=True)


def _compare_ask(work: Path) -> None:
    from embeddings.encoder import DEFAULT_ENCODER, SentenceTransformerEncoder
    from embeddings.library import Library
    from service.answerer import Answerer
    from service.answers import Question

    encoder = SentenceTransformerEncoder.load(DEFAULT_ENCODER)
    answerer = Answerer(Library((work / "library").resolve(), encoder))
    retriever = answerer.library.retriever("main")
    indexes = retriever.collection.refresh()
    assert indexes is not None
    # What was asked or read before is remembered, so each question is new, and about something else.
    titles = [each.article.title for each in retriever.collection.catalog.listing(limit=_ASKED + 1)]
    asked, searched = iter(titles), iter(titles)

    runner = asyncio.Runner()

    def ask() -> None:
        runner.run(answerer.answer(Question(question=f"what is said about {next(asked)}?")))

    def search() -> None:
        indexes.dense.search(encoder.encode_query(f"what is said about {next(searched)}?"), 100)

    ask()
    search()
    ours, bare = _alternately(lambda: _timed(ask), lambda: _timed(search), turns=_ASKED)
    print(f"| warm ask, ms | {ours * 1000:.1f} | one encoding and one search {bare * 1000:.1f} | {ours / bare:.2f} |")


def _alternately(ours: Callable[[], float], theirs: Callable[[], float], turns: int) -> tuple[float, float]:
    """Measure both in turns, so that whatever else the machine does hits both; give the medians."""
    times = [(ours(), theirs()) for _ in range(turns)]
    return statistics.median(first for first, _ in times), statistics.median(second for _, second in times)


def _run(command: list[str]) -> float:
    environment = os.environ | {"HF_HUB_OFFLINE": "1"}
    return _timed(lambda: subprocess.run(command, check=True, capture_output=True, env=environment))


def _timed(call: Callable[[], Any]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def _peak_mb() -> float:
    """Peak memory of this process, in megabytes."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
