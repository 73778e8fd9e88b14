"""Fuzzing of every extractor: `python -m evals.fuzz [--inputs 10000] [--data DIRECTORY] [--seconds N] [FORMAT...]`.

Inputs are sound files of each format, changed at random, the same each time: the samples, documents made for the
tests, and, with `--data`, the saved pages of `boilerplate/aeb.jsonl.gz`. Each is read in the same way as a file, but
with the parsers in the fuzzing process, which another one watches: what crashes or takes too long ends it, is kept in
`--keep`, and the next input is read by a new one. Exits with 1 if anything failed.
"""

import argparse
import contextlib
import gzip
import importlib.resources
import io
import itertools
import json
import random
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from embeddings.articles import Article
from embeddings.extract import READERS, Record, Rejected, Skipped, extract_stream
from embeddings.extract.isolation import MEMORY, Isolated, extractor
from embeddings.extract.normalise import normalise, one_line
from embeddings.extract.reading import one_article
from embeddings.extract.urls import web_address
from evals.mutations import checksum, mutated, tarred

FORMS = ("txt", "md", "html", "json", "jsonl", "pdf", "docx", "zip", "gz", "tar")
SECONDS = 20.0
"""An input may take that long."""
_PAGES = 300
_OURS = ("NameError", "AttributeError", "TypeError", "AssertionError", "UnboundLocalError", "KeyError", "IndexError")


@cache
def seeds(form: str, data: Path | None = None) -> Sequence[bytes]:
    """Sound files of a format."""
    sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
    from documents import docx, pdf, story, zipped

    samples = {each.name: each.read_bytes() for each in (importlib.resources.files("service") / "samples").iterdir()}

    def of(*suffixes: str) -> list[bytes]:
        return [content for name, content in sorted(samples.items()) if name.endswith(suffixes)]

    pages = of(".html")
    if data:
        with gzip.open(data / "boilerplate" / "aeb.jsonl.gz", "rt", encoding="utf-8") as lines:
            pages += [json.loads(line)["html"].encode("utf-8", "replace") for line in itertools.islice(lines, _PAGES)]
    lines_of_json = of(".jsonl")
    objects = [line for content in lines_of_json for line in content.splitlines() if line]
    match form:
        case "txt":
            return [
                *of(".txt"),
                "Zażółć gęślą jaźń.\nRosja i USA.\n".encode("iso-8859-2"),
                "“Ja” – é\n".encode("utf-16"),
            ]
        case "md":
            return of(".md")
        case "html":
            return pages
        case "json":
            return [*objects, b"[" + b",".join(objects[:3]) + b"]", b'{"articles":[' + b",".join(objects[:2]) + b"]}"]
        case "jsonl":
            return lines_of_json
        case "pdf":
            settings: tuple[dict[str, Any], ...] = (
                {},
                {"columns": 2},
                {"justified": True, "columns": 3},
                {"indented": True},
                {"password": ""},
            )
            return [
                pdf(story(12, seed), title="Talks Resume", head="The Post", foot="Page {}", packed=False, **setting)
                for seed, setting in enumerate(settings)
            ]
        case "docx":
            marked = (
                '<w:ins w:id="1" w:author="x"><w:r><w:t>new</w:t></w:r></w:ins><w:r><w:rPr><w:vanish/></w:rPr></w:r>',
                "<w:r><w:t>a</w:t><w:pict><w:txbxContent><w:p><w:r><w:t>b</w:t></w:r></w:p></w:txbxContent></w:pict></w:r>",
            )
            return [docx(story(3), title="Talks"), docx(story(2), markup=marked, described={"author": "Jane Roe"})]
        case "zip":
            inner = zipped({"inner.txt": b"A ferry."})
            files = {name: content for name, content in samples.items() if len(content) < 20_000}
            return [zipped(files), zipped({"a.txt": b"A quay.", "b.zip": inner, "c.json": objects[0]})]
        case "gz":
            return [gzip.compress(content, mtime=0) for content in (*lines_of_json, *of(".txt"))]
        case "tar":
            return [tarred({"a.txt": b"A quay.", "news/b.jsonl": lines_of_json[0]})]
    raise ValueError(form)


def made(form: str, number: int, data: Path | None = None) -> bytes:
    """The input of that number."""
    return mutated(seeds(form, data), form, random.Random(f"{form} {number}"))


@contextlib.contextmanager
def parsers_here() -> Iterator[None]:
    """Have this process do what the reading process does otherwise."""
    kinds: tuple[Isolated, ...] = ("markdown", "page", "pdf", "docx")
    before = dict(READERS)
    READERS.update({kind: one_article(extractor(kind)) for kind in kinds})
    try:
        yield
    finally:
        READERS.update(before)


def outcome(form: str, data: bytes) -> str:
    """ "article", "rejected" or "unforeseen: …"; "WRONG: …" for what must never be."""
    found = "rejected"
    try:
        for result in extract_stream(io.BytesIO(data), f"folder/a.{form}"):
            if isinstance(result, Record):
                wrong = _wrong(result.article, form in ("md", "html", "pdf", "docx")) or (
                    "no digest" if len(result.source_digest) != 64 else ""
                )
                found = "article"
            elif isinstance(result, Rejected):
                wrong = "" if result.reason and result.where.isprintable() else f"no reason: {result}"
                if "could not be read (" in result.reason:
                    name = result.reason.partition("(")[2].partition(")")[0]
                    wrong, found = (f"raised {name}" if name in _OURS else ""), f"unforeseen: {name}"
            else:
                wrong = "" if isinstance(result, Skipped) else f"what is this: {result}"
            if wrong:
                return f"WRONG: {wrong}"
    except Exception as error:
        return f"WRONG: raised {type(error).__name__}: {str(error)[:200]}"
    return found


def _wrong(article: Article, isolated: bool) -> str:
    """What no article may be."""
    checks = {
        "text is not normalised": article.text == normalise(article.text).strip() != "",
        "title is not one line": article.title == one_line(article.title) != "",
        "pages do not ascend": list(article.pages) == sorted(article.pages) and article.pages[:1] in ((), (0,)),
        "pages lie outside": all(0 <= begin <= len(article.text) for begin in article.pages),
        "address is no link": article.url is None or web_address(article.url) == article.url,
        "date is not aware": all(each is None or each.tzinfo for each in (article.published_at, article.updated_at)),
    }
    wrong = [what for what, holds in checks.items() if not holds]
    try:
        json.dumps(article.metadata, allow_nan=False).encode()
        if isolated:
            decoded = msgspec.msgpack.decode(msgspec.msgpack.encode(article), type=Article)
            wrong += [] if decoded == article else ["changes in transport"]
    except (ValueError, TypeError, OverflowError) as error:
        wrong.append(f"cannot be transported: {error}")
    return "; ".join(wrong)


def work(form: str, first: int, last: int, data: Path | None) -> None:
    """Read inputs one after the other, printing the number before and the outcome after each."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # which ends the process, also in the middle of a parser
    with parsers_here():
        for number in range(first, last):
            content = made(form, number, data)
            print(number, end=" ", flush=True)
            signal.setitimer(signal.ITIMER_REAL, SECONDS)
            print(outcome(form, content), flush=True)
            signal.setitimer(signal.ITIMER_REAL, 0)


def fuzz(form: str, inputs: int, seconds: float, data: Path | None, keep: Path) -> bool:
    """Read so many inputs of a format, print what came of them, and tell whether nothing failed."""
    outcomes: Counter[str] = Counter()
    failures: dict[int, str] = {}
    slowest, started, number = 0.0, time.monotonic(), 0
    while number < inputs and time.monotonic() - started < seconds:
        command = [sys.executable, "-m", "evals.fuzz", "--work", form, str(number), str(inputs)]
        command += ["--data", str(data)] if data else []
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as worker:
            assert worker.stdout is not None
            last = time.monotonic()
            for line in worker.stdout:
                read, _, said = line.strip().partition(" ")
                number = int(read) + 1
                if said.startswith("WRONG") or not said:
                    failures[int(read)] = said
                outcomes[said.partition(":")[0] if said.startswith("WRONG") else said] += 1
                slowest, last = max(slowest, time.monotonic() - last), time.monotonic()
                if time.monotonic() - started > seconds:
                    worker.kill()
        if worker.returncode not in (0, -signal.SIGKILL):
            late = worker.returncode == -signal.SIGALRM
            failures[number - 1] = f"took over {SECONDS:.0f} s" if late else f"crashed with {worker.returncode}"
    rate = (time.monotonic() - started) / max(1, number) * 1000
    counts = ", ".join(f"{count} {what}" for what, count in outcomes.most_common())
    print(f"| {form} | {number} | {len(failures)} | {rate:.1f} | {slowest:.1f} | {counts} |", flush=True)
    for each, what in failures.items():
        content = made(form, each, data)
        keep.mkdir(parents=True, exist_ok=True)
        path = keep / f"{form}-{each}-{checksum(content)}.{form}"
        path.write_bytes(content)
        print(f"{path}: {what}", file=sys.stderr)
    return not failures


def main() -> None:
    """Fuzz the formats and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("formats", nargs="*", metavar="FORMAT", help=", ".join(FORMS))
    parser.add_argument("--inputs", type=int, default=10_000, help="of each format")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="for each format, at most")
    parser.add_argument("--data", type=Path, help="where the data sets are")
    parser.add_argument("--keep", type=Path, default=Path("fuzz-failures"), help="where inputs that fail are written")
    parser.add_argument("--work", nargs=3, metavar=("FORMAT", "FIRST", "LAST"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        form, first, last = options.work
        work(form, int(first), int(last), options.data)
        return
    print("| format | inputs | failures | ms each | slowest, s | outcomes |")
    print("| --- | ---: | ---: | ---: | ---: | --- |")
    sound = [
        fuzz(form, options.inputs, options.seconds, options.data, options.keep) for form in options.formats or FORMS
    ]
    raise SystemExit(0 if all(sound) else 1)


if __name__ == "__main__":
    main()
