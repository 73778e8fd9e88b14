"""`byline verify`: whether articles bear a text out, sentence by sentence."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from embeddings.articles import Filter
from service.cli.display import citation_lines, doubt_words, plain, wrapped
from service.cli.failures import NOT_PASSED, fail
from service.cli.options import filtered, meant_files, require_articles, where
from service.settings import Settings

if TYPE_CHECKING:
    from embeddings.collection import Collection
    from embeddings.encoder import Encoder
    from embeddings.retriever import Retriever
    from service.verification import VerifiedSentence

_STDIN = Path("-")


@click.command(
    epilog="""\b
Examples:
  byline verify answer.txt
  byline verify draft.txt --articles notes/ --articles interview.pdf
  pbpaste | byline verify - --exit-status --json
"""
)
@click.argument(
    "file", metavar="ANSWER.txt", type=click.Path(path_type=Path, dir_okay=False, exists=True, allow_dash=True)
)
@click.option(
    "--articles",
    "paths",
    metavar="PATH",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Verify against these files, folders or patterns instead of the library (repeatable).",
)
@filtered
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a sentence.")
@click.option("--exit-status", is_flag=True, help="Exit with 4 when a sentence is not supported.")
@where
def verify(
    file: Path, paths: tuple[Path, ...], wanted: Filter, as_json: bool, exit_status: bool, settings: Settings
) -> None:
    """Verify every sentence of ANSWER.txt ('-' for standard input), whoever wrote it, against the articles.

    Each sentence is printed with its support, from 0 to 1, with what of it the articles do not bear out, and with the
    quotations that bear it out or come nearest. Footnote marks such as [1] are passed over. Nothing is sent anywhere.
    """
    from service.verification import MOST_CHARACTERS

    name = "standard input" if file == _STDIN else plain(str(file))
    with click.open_file(str(file), "rb") as opened:
        text = _decoded(opened.read(4 * MOST_CHARACTERS + 1), name)
    if not text.strip():
        raise click.UsageError(f"{name} is empty: there is nothing to verify")
    if len(text) > MOST_CHARACTERS:
        raise click.UsageError(f"{name} has more than {MOST_CHARACTERS:,} characters; verify it in parts")
    if not paths:
        require_articles(settings)
    from embeddings.encoder import SentenceTransformerEncoder
    from service.verification import verify as verified
    from service.verifier.rules import RuleVerifier

    files = [each for path in paths for each in meant_files(path)]
    encoder = SentenceTransformerEncoder.load(settings.encoder)
    sentences = supported = 0
    with _retriever(files, encoder, settings) as retriever:
        for sentence in verified(text, retriever, RuleVerifier(), wanted):
            click.echo(msgspec.json.encode(sentence) if as_json else _lines(sentence))
            sentences += 1
            supported += sentence.status == "supported"
    if not as_json:
        click.echo(f"{supported} of {sentences} sentences supported")
    if exit_status and supported < sentences:
        raise SystemExit(NOT_PASSED)


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.UsageError(f"{name} is not UTF-8 text ({error.reason} at byte {error.start})") from error


@contextmanager
def _retriever(files: list[Path], encoder: "Encoder", settings: Settings) -> "Iterator[Retriever]":
    """Search the collection; or, where files are given, these alone, kept nowhere."""
    from embeddings.collection import Collection
    from embeddings.ephemeral import EphemeralCollection
    from embeddings.retriever import Retriever

    with closing(
        EphemeralCollection(encoder) if files else Collection.open(settings.library, settings.collection)
    ) as collection:
        if files:
            _take_in(files, collection, encoder)
        yield Retriever(collection, encoder)


def _take_in(paths: list[Path], collection: "Collection", encoder: "Encoder") -> None:
    from embeddings.extract import Rejected
    from embeddings.finding import find
    from embeddings.ingest import Ingester
    from embeddings.sources import Sources

    ingester = Ingester(collection, encoder)
    found = find(paths)
    sources = Sources(found.files, ingester.known, {})
    for result in (*found.rejected(), *ingester.ingest(sources.records())):
        if isinstance(result, Rejected):
            click.echo(f"byline: {plain(f'{result.where}: {result.reason}')}", err=True)
    if not collection.catalog.seq():
        fail("there is no article in what --articles names")


def _lines(sentence: "VerifiedSentence") -> str:
    colour = "green" if sentence.status == "supported" else "yellow"
    head = click.style(f"{sentence.status} {sentence.support:.2f}", fg=colour)
    lines = [wrapped(f"{head}  {plain(sentence.text)}")]
    lines += [wrapped(f"in doubt: {doubt_words(doubt)}", indent="    ") for doubt in sentence.doubts]
    lines += [citation_lines(citation) for citation in sentence.citations]
    return "\n".join(lines) + "\n"
