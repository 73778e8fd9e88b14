"""`byline ingest`: files, folders or standard input into a collection."""

import importlib.resources
import os
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec
from msgspec import Struct

from service.cli.display import plain
from service.cli.failures import FAILED
from service.cli.options import where
from service.cli.progress import progress
from service.settings import Settings

if TYPE_CHECKING:
    from embeddings.extract import Record, Rejected
    from embeddings.ingest import Ingested

_STDIN = "-"
_SHOWN = 20


class Summary(Struct, frozen=True, kw_only=True):
    """What an ingest did."""

    new: int
    updated: int
    unchanged: int
    rejected: int
    skipped: int
    """Files of formats that are not read, met in folders."""
    passages: int
    """Added."""
    seconds: float
    reasons: list[str]
    """Why each was rejected."""


@click.command(
    epilog="""\b
Examples:
  byline ingest articles/                     every .txt .md .html .json .jsonl below a folder
  byline ingest export.jsonl page.html        single files; .jsonl has one article a line
  curl -s https://example.org/articles.jsonl | byline ingest -
  byline ingest --samples                     articles that come with Byline, to try it out
\b
Fields of JSON: id, title, text, source, author, published_at, url. Only text is needed.
"""
)
@click.argument("paths", nargs=-1, type=click.Path(exists=True, allow_dash=True, path_type=Path), metavar="PATH...")
@click.option("--samples", is_flag=True, help="Take in the articles that come with Byline.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON object.")
@where
def ingest(paths: tuple[Path, ...], samples: bool, as_json: bool, settings: Settings) -> None:
    """Take in the articles of PATHs: files, folders and all below them, or '-' for JSONL on standard input.

    The same articles again change nothing; an article that says something else becomes a new version.
    """
    if not paths and not samples:
        raise click.UsageError("say what to take in: files, folders, '-' for JSONL on standard input, or --samples")
    from embeddings.collection import Collection
    from embeddings.encoder import SentenceTransformerEncoder
    from embeddings.ingest import Ingested, Ingester

    started = time.monotonic()
    found = _Found.below((*([_samples()] if samples else []), *paths))
    collection = Collection.create(settings.library, settings.collection)
    ingester = Ingester(collection, SentenceTransformerEncoder.load(settings.encoder))
    outcomes: Counter[str] = Counter()
    passages = 0
    reasons: list[str] = []
    try:
        with progress(found.size, "bytes") as advance:
            for result in ingester.ingest(found.records()):
                if isinstance(result, Ingested):
                    outcomes[result.outcome] += 1
                    passages += result.passages
                else:
                    reasons.append(f"{result.where}: {result.reason}")
                advance(found.settled(result))
    finally:
        # Also after Ctrl-C: what was counted is stored.
        summary = Summary(
            new=outcomes["new"],
            updated=outcomes["updated"],
            unchanged=outcomes["unchanged"],
            rejected=len(reasons),
            skipped=found.skipped,
            passages=passages,
            seconds=round(time.monotonic() - started, 2),
            reasons=reasons,
        )
        click.echo(msgspec.json.encode(summary) if as_json else _lines(summary))
        collection.close()
    if reasons and not outcomes:
        raise SystemExit(FAILED)


class _Found(Struct, frozen=True):
    """The files to take in, and how many bytes they have together."""

    files: tuple[Path, ...]
    size: int
    skipped: int
    waiting: deque[int] = msgspec.field(default_factory=deque)
    """Bytes of the records that are not stored yet, and of the rejected that are not reported yet:"""
    rejected: deque[int] = msgspec.field(default_factory=deque)

    @classmethod
    def below(cls, paths: tuple[Path, ...]) -> "_Found":
        """Look through folders, in the order of names; hidden files are passed over, links to folders not followed."""
        from embeddings.extract import supported

        files: list[Path] = []
        skipped = 0
        for path in paths:
            if not path.is_dir():
                files.append(path)
                continue
            for folder, folders, names in os.walk(path):
                folders[:] = sorted(name for name in folders if not name.startswith("."))
                visible = [Path(folder, name) for name in sorted(names) if not name.startswith(".")]
                visible = [file for file in visible if not _is_about_samples(file)]
                readable = [file for file in visible if supported(file)]
                files += readable
                skipped += len(visible) - len(readable)
        return cls(tuple(files), sum(_size(file) for file in files), skipped)

    def records(self) -> Iterator["Record | Rejected"]:
        """Extract file by file."""
        from embeddings.extract import Rejected, extract_file, extract_jsonl

        for file in self.files:
            reached = before = 0

            def behind(count: int) -> None:
                nonlocal reached
                reached = count

            stdin = str(file) == _STDIN
            for record in extract_jsonl(sys.stdin.buffer, "standard input") if stdin else extract_file(file, behind):
                (self.rejected if isinstance(record, Rejected) else self.waiting).append(reached - before)
                before = reached
                yield record

    def settled(self, result: "Ingested | Rejected") -> int:
        """How many bytes a result accounts for: records come out of an ingest in the order in which they went in."""
        from embeddings.extract import Rejected

        sizes = self.rejected if isinstance(result, Rejected) else self.waiting
        return sizes.popleft()


def _lines(summary: Summary) -> str:
    lines = [
        f"{summary.new} new, {summary.updated} updated, {summary.unchanged} unchanged, {summary.rejected} rejected; "
        f"{summary.passages} passages in {summary.seconds:.1f} s"
    ]
    if summary.skipped:
        files = "file" if summary.skipped == 1 else "files"
        lines.append(f"{summary.skipped} {files} of other formats passed over")
    lines += [f"rejected: {plain(reason)}" for reason in summary.reasons[:_SHOWN]]
    if len(summary.reasons) > _SHOWN:
        lines.append(f"… and {len(summary.reasons) - _SHOWN} more; --json lists them all")
    return "\n".join(lines)


def _samples() -> Path:
    return Path(str(importlib.resources.files("service") / "samples"))


def _is_about_samples(file: Path) -> bool:
    """The samples come with a page about them, which is no article."""
    return file.name == "README.md" and file.resolve().parent == _samples().resolve()


def _size(file: Path) -> int:
    try:
        return 0 if str(file) == _STDIN else file.stat().st_size
    except OSError:
        return 0
