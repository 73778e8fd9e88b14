"""`byline ingest`: files, folders or standard input into a collection."""

import importlib.resources
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from service.cli.options import meant_files, where
from service.cli.progress import progress
from service.cli.summary import Tally, summary_lines
from service.cli.watching import show, watched
from service.settings import Settings

if TYPE_CHECKING:
    from embeddings.collection import Collection
    from embeddings.finding import Found
    from embeddings.ingest import Ingester

_STDIN = Path("-")


@click.command(
    epilog="""\b
Examples:
  byline ingest articles/                     everything in a format that Byline reads, below a folder
  byline ingest export.jsonl page.html        single files; .jsonl has one article a line
  byline ingest 'articles/2016-*/**/*.pdf'    what a pattern matches; ** stands for any folders
  curl -s https://example.org/articles.jsonl | byline ingest -
  byline ingest --dry-run articles/           what would happen
  byline ingest --watch articles/             keep in step with a folder, until Ctrl-C
  byline ingest --samples                     articles that come with Byline, to try it out
\b
Formats: text, Markdown, saved web pages, PDF, Word (.docx), JSON, JSONL; packed (.gz, .bz2, .xz) or in archives
(.zip, .tar), too. Fields of JSON: id, title, text, source, author, published_at, url. Only text is needed.
"""
)
@click.argument("paths", nargs=-1, type=click.Path(allow_dash=True, path_type=Path), metavar="PATH...")
@click.option("--samples", is_flag=True, help="Take in the articles that come with Byline.")
@click.option("--strict", is_flag=True, help="Fail (exit status 1) when anything was rejected; all else is taken in.")
@click.option("--dry-run", is_flag=True, help="Say what would happen to each article, and write nothing.")
@click.option("--readmit", is_flag=True, help="Take in again what was erased.")
@click.option("--revert", is_flag=True, help="Let what is the same as an earlier version be the newest again.")
@click.option("--watch", is_flag=True, help="Take in the folders PATH..., then go on with what changes.")
@click.option(
    "--settle",
    "settle_s",
    type=click.FloatRange(0, min_open=True),
    default=2,
    show_default=True,
    metavar="SECONDS",
    help="With --watch: read a file once it has not changed for so long.",
)
@click.option(
    "--allow-empty",
    is_flag=True,
    help="With --watch: withdraw articles also when a folder is missing, or lost all its files at once.",
)
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print the summary as one JSON object, after one a line for what --watch and --dry-run say.",
)
@where
def ingest(
    paths: tuple[Path, ...],
    samples: bool,
    strict: bool,
    dry_run: bool,
    readmit: bool,
    revert: bool,
    watch: bool,
    settle_s: float,
    allow_empty: bool,
    as_json: bool,
    settings: Settings,
) -> None:
    """Take in the articles of PATHs: files, folders and all below them, patterns, or '-' for JSONL on standard input.

    The same articles again change nothing; an article that says something else becomes a new version. What is no
    article is named with the reason, and stops nothing else; unless --strict is given, the command fails only when
    there was nothing else.

    With --watch, a file that is removed takes the articles along that no other one carries: they are withdrawn, and
    restored when it comes back. What a person withdrew stays withdrawn.
    """
    if not paths and not samples:
        raise click.UsageError("say what to take in: files, folders, '-' for JSONL on standard input, or --samples")
    named = [each for path in paths for each in ([path] if path == _STDIN else meant_files(path))]
    if watch and (samples or dry_run or revert or not all(path.is_dir() for path in named)):
        raise click.UsageError(
            "--watch keeps in step with folders; give it these, without --samples, --dry-run or --revert"
        )
    from embeddings.encoder import SentenceTransformerEncoder
    from embeddings.finding import find
    from embeddings.following import Follower
    from embeddings.ingest import Ingester

    with _collection(settings, scratch=dry_run) as collection:
        encoder = SentenceTransformerEncoder.load(settings.encoder)
        if watch:
            follower = Follower(collection, encoder, named, settle_s=settle_s, allow_empty=allow_empty, readmit=readmit)
            tally = watched(follower, as_json=as_json)
        else:
            ingester = Ingester(collection, encoder, revert=revert, readmit=readmit)
            found = find([_samples(), *named] if samples else named)
            tally = _ingested(ingester, found, dry_run=dry_run, as_json=as_json)
    tally.check(strict=strict)


def _ingested(ingester: "Ingester", found: "Found", *, dry_run: bool, as_json: bool) -> Tally:
    """Take files in, or say what would become of each article, and sum up."""
    from embeddings.extract import Rejected
    from embeddings.following import taken
    from embeddings.sources import Sources

    tally = Tally()
    for folder in found.rejected():
        tally.reject(f"{folder.where}: {folder.reason}")
    files = [file for file in found.files if not _is_about_samples(file)]
    sources = Sources(files, ingester.known, {_STDIN: sys.stdin.buffer})
    results = ingester.preview(sources.records()) if dry_run else ingester.ingest(sources.records())
    try:
        with progress(sum(_size(file) for file in files), "bytes") as advance:
            for result in results:
                origin = sources.origin(result)
                if isinstance(result, Rejected):
                    tally.reject(f"{result.where}: {result.reason}")
                else:
                    tally.count(result.outcome, result.passages)
                    if dry_run and result.outcome != "unchanged":
                        show(taken(result, origin.file), as_json=as_json)
                advance(origin.size)
    finally:
        # Also after Ctrl-C: what was counted is stored.
        tally.skipped = found.skipped + sources.skipped
        summary = tally.summary(stored=not dry_run)
        click.echo(msgspec.json.encode(summary) if as_json else summary_lines(summary))
    return tally


@contextmanager
def _collection(settings: Settings, *, scratch: bool) -> Iterator["Collection"]:
    """Open the collection, made first where there is none; if `scratch`, an empty one elsewhere stands for it then."""
    from embeddings.collection import Collection
    from embeddings.errors import CollectionNotFound

    with ExitStack() as closing:
        try:
            if not scratch:
                collection = Collection.create(settings.library, settings.collection)
            else:
                collection = Collection.open(settings.library, settings.collection)
        except CollectionNotFound:
            elsewhere = closing.enter_context(tempfile.TemporaryDirectory())
            collection = Collection.create(Path(elsewhere), settings.collection)
        closing.callback(collection.close)
        yield collection


def _samples() -> Path:
    return Path(str(importlib.resources.files("service") / "samples"))


def _is_about_samples(file: Path) -> bool:
    """The samples come with a page about them, which is no article."""
    return file.name == "README.md" and file.resolve().parent == _samples().resolve()


def _size(file: Path) -> int:
    try:
        return 0 if file == _STDIN else file.stat().st_size
    except OSError:
        return 0
