"""Which lexical engine answers whole questions fast enough, filtered and not: SQLite FTS5, tantivy, bm25s or ours.

    python -m evals.lexical_choice --data DIRECTORY [--passages 1000000]

Every engine builds in one process and answers in another, in one thread, so that its memory is its own. The questions
are OR'd as they stand, stop words included. tantivy and bm25s are wanted here only: `pip install tantivy bm25s`.
"""

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from evals.data import rows
from evals.lexical_engines import PASSAGES_PER_ARTICLE, Bm25s, Engine, Fts5, Ours, Shares, Tantivy

RESULTS = Path(__file__).parent / "lexical_choice.json"
FILTERS = {"all": None, "10%": 10, "0.1%": 1000}
"""One article in how many is admitted, at random."""
EXTRA = ("tantivy", "bm25s")
ENGINES: dict[str, type[Engine]] = {"ours": Ours, "tantivy": Tantivy, "bm25s": Bm25s, "fts5": Fts5}
ARTICLES = 12_000
"""As many as are cut into passages, which are then repeated with variation."""
WORDS = 200
SEED = 2016


def write_corpus(data: Path, path: Path, passages: int) -> None:
    """Write a passage a line: sentences of an article in another order, one word in ten replaced, one its own."""
    dice = random.Random(SEED)
    originals: list[list[list[str]]] = []
    for article in islice(rows(data / "news_corpora" / "allsides.jsonl.xz"), ARTICLES):
        passage: list[list[str]] = []
        for sentence in re.split(r"(?<=[.!?])\s+", article["text"]):
            passage.append(sentence.split())
            if sum(map(len, passage)) >= WORDS:
                originals.append(passage)
                passage = []
    everything = [word for passage in originals for sentence in passage for word in sentence]
    dice.shuffle(originals)
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8") as out:
        for key in range(passages):
            sentences = originals[key % len(originals)][:]
            dice.shuffle(sentences)
            words = [word for sentence in sentences for word in sentence]
            for word in dice.choices(everything, k=len(words) // 10):
                words[int(dice.random() * len(words))] = word
            words[int(dice.random() * len(words))] = f"x{key:x}"
            out.write(" ".join(words) + "\n")
    part.rename(path)


def read_corpus(path: Path) -> Iterator[str]:
    """The passages, in the order of their keys."""
    with path.open(encoding="utf-8") as file:
        yield from file


def read_questions(data: Path, number: int) -> list[str]:
    """Natural questions of 8 to 12 words."""
    questions = {str(row["question"]) for row in rows(data / "realtimeqa" / "questions.jsonl.gz")}
    fitting = sorted(question for question in questions if 8 <= len(question.split()) <= 12)
    return random.Random(SEED).sample(fitting, number)


def draw_shares(passages: int) -> Shares:
    """The articles that each filter admits."""
    articles = range(-(-passages // PASSAGES_PER_ARTICLE))
    dice = random.Random(SEED)
    return {
        name: frozenset(dice.sample(articles, max(1, len(articles) // every))) if every else None
        for name, every in FILTERS.items()
    }


def build(engine: Engine, corpus: Path) -> dict[str, Any]:
    """Build, and what that took."""
    start = time.perf_counter()
    engine.build(read_corpus(corpus))
    seconds = time.perf_counter() - start
    size = sum(file.stat().st_size for file in engine.folder.rglob("*") if file.is_file())
    return {"build_s": seconds, "disk_mb": size / 1e6, "build_rss_mb": _peak_rss()}


def answer(engine: Engine, corpus: Path, questions: list[str], k: int, passages: int) -> dict[str, Any]:
    """Ask every question under every filter, change the collection, ask again."""
    start = time.perf_counter()
    engine.open()
    report: dict[str, Any] = {"open_s": time.perf_counter() - start, "queries": {}, "found": {}}
    for share in FILTERS:
        _timed(engine, questions[:20], k, share)
        report["queries"][share], report["found"][share] = _timed(engine, questions, k, share)
    old = list(enumerate(islice(read_corpus(corpus), 100)))
    new = [(key + passages, text) for key, text in old]
    try:
        report["add_100_ms"] = _milliseconds(lambda: engine.add(new))
        report["delete_100_ms"] = _milliseconds(lambda: engine.delete(old))
        report["queries"]["all, after both"], _ = _timed(engine, questions, k, "all")
    except NotImplementedError:
        report["add_100_ms"] = report["delete_100_ms"] = None
    return report | {"rss_mb": _peak_rss(), "about": engine.about}


def table(report: dict[str, Any]) -> str:
    """The figures as Markdown, an engine a column."""
    engines = [one for one in report["engines"].values() if "queries" in one]
    cases = [*FILTERS, "all, after both"]
    figures = [
        ("", [one["about"]["engine"] for one in engines]),
        *[
            (f"query, {case}: p50 / p99 ms", [_quantiles(one["queries"].get(case)) for one in engines])
            for case in cases
        ],
        ("add 100 passages, ms", [_number(one["add_100_ms"]) for one in engines]),
        ("delete 100 passages, ms", [_number(one["delete_100_ms"]) for one in engines]),
        ("build, s", [_number(one["build_s"]) for one in engines]),
        ("open, s", [f"{one['open_s']:.2f}" for one in engines]),
        ("on disk, MB", [_number(one["disk_mb"]) for one in engines]),
        (
            "peak memory building / answering, MB",
            [f"{one['build_rss_mb']:.0f} / {one['rss_mb']:.0f}" for one in engines],
        ),
        ("top 10 shared with ours (all)", [f"{one['shared']:.0%}" if "shared" in one else "–" for one in engines]),
        *[(name, [one["about"][name] for one in engines]) for name in ("scores", "deletes", "filters")],
    ]
    lines = [f"| {name} | {' | '.join(cells)} |" for name, cells in figures]
    return "\n".join([lines[0], "|---" * (len(engines) + 1) + "|", *lines[1:]])


def _timed(engine: Engine, questions: list[str], k: int, share: str) -> tuple[dict[str, float], list[list[int]]]:
    times, found = [], []
    for question in questions:
        start = time.perf_counter()
        keys = engine.search(question, k, share)
        times.append((time.perf_counter() - start) * 1000)
        found.append(keys[:10])
    return {f"p{q}_ms": float(np.percentile(times, q)) for q in (50, 99)}, found


def _milliseconds(do: Callable[[], None]) -> float:
    start = time.perf_counter()
    do()
    return (time.perf_counter() - start) * 1000


def _peak_rss() -> float:
    """Of this process alone, in MB; the counter of getrusage would begin with that of the parent."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1000


def _number(value: float | None) -> str:
    return "built again" if value is None else f"{value:,.1f}" if value < 100 else f"{value:,.0f}"


def _quantiles(times: dict[str, float] | None) -> str:
    return " / ".join(map(_number, times.values())) if times else "–"


def _shared(mine: list[list[int]], theirs: list[list[int]]) -> float:
    return float(np.mean([len({*one} & {*other}) / max(1, len(one)) for one, other in zip(mine, theirs, strict=True)]))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="where news_corpora/ and realtimeqa/ are")
    parser.add_argument("--passages", type=int, default=2000)
    parser.add_argument("--number", type=int, default=200, help="how many questions")
    parser.add_argument("-k", type=int, default=100)
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    parser.add_argument(
        "--work", type=Path, help="where corpus and indexes go and stay; default: a folder that is removed"
    )
    parser.add_argument("--output", type=Path, default=RESULTS)
    parser.add_argument("--step", nargs=2, metavar=("ENGINE", "STEP"), help=argparse.SUPPRESS)
    return parser.parse_args()


def _step(arguments: argparse.Namespace) -> None:
    name, step = arguments.step
    folder = arguments.work / name
    folder.mkdir(exist_ok=True)
    corpus = arguments.work / f"corpus-{arguments.passages}.txt"
    engine = ENGINES[name](folder, draw_shares(arguments.passages))
    if step == "build":
        result = build(engine, corpus)
    else:
        questions = read_questions(arguments.data, arguments.number)
        result = answer(engine, corpus, questions, arguments.k, arguments.passages)
    print(json.dumps(result))


def _measured(name: str, work: Path) -> dict[str, Any]:
    """Build and answer, each in a process of its own."""
    shutil.rmtree(work / name, ignore_errors=True)
    figures: dict[str, Any] = {}
    for step in ("build", "answer"):
        start = time.perf_counter()
        command = [
            sys.executable,
            "-m",
            "evals.lexical_choice",
            *sys.argv[1:],
            "--work",
            str(work),
            "--step",
            name,
            step,
        ]
        alone = os.environ | dict.fromkeys(("OMP_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
        ended = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=alone)
        figures |= json.loads(ended.stdout.splitlines()[-1])
        print(f"{name}: {step} took {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    if name in EXTRA:
        figures["about"]["engine"] += f" {version(name)}"
    return figures


def _measure_all(arguments: argparse.Namespace, work: Path) -> dict[str, Any]:
    corpus = work / f"corpus-{arguments.passages}.txt"
    if not corpus.exists():
        write_corpus(arguments.data, corpus, arguments.passages)
    engines: dict[str, Any] = {}
    report = {"passages": arguments.passages, "questions": arguments.number, "k": arguments.k, "engines": engines}
    ours: list[list[int]] | None = None
    for name in arguments.engines:
        engines[name] = _measured(name, work)
        found = engines[name].pop("found")["all"]
        ours = found if name == "ours" else ours
        if ours is not None:
            engines[name]["shared"] = _shared(ours, found)
        arguments.output.parent.mkdir(parents=True, exist_ok=True)
        arguments.output.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return report


def main() -> None:
    """Measure every engine and print the table."""
    arguments = _arguments()
    if arguments.step:
        return _step(arguments)
    missing = [name for name in EXTRA if name in arguments.engines and find_spec(name) is None]
    if missing:
        sys.exit(f"not installed: {', '.join(missing)}. Either `pip install {' '.join(missing)}`, or choose --engines.")
    with tempfile.TemporaryDirectory(prefix="lexical-choice-") as folder:
        work = arguments.work or Path(folder)
        work.mkdir(parents=True, exist_ok=True)
        print(table(_measure_all(arguments, work)))


if __name__ == "__main__":
    main()
