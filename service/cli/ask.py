"""`byline ask`: the stream of an answer, printed as it comes."""

import asyncio
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

import click
import msgspec

from embeddings.articles import Filter
from service.answers import Answer, Done, Failed, Question, Released, Turn
from service.cli.display import byline, citation_lines, plain, sentence_lines, wrapped
from service.cli.failures import FAILED, NOT_IN_ARTICLES, fail
from service.cli.options import Moment, filtered, require_articles, where
from service.settings import Settings

if TYPE_CHECKING:
    from service.answerer import Answerer

NOT_SAID = "The articles do not say."


@click.command(
    epilog="""\b
Examples:
  byline ask "what did Lavrov blame the US for?"
  byline ask --source "Meridian Dispatch" --after 2016-12-01 "how many people were evacuated?"
  byline ask "what did Reuters report about Aleppo last week?" --as-of 2016-06-12
  byline ask --earlier "what did Lavrov blame the US for?" "and what did he say of Turkey?"
  byline ask --json "when did the ceasefire begin?" | jq -r .text
"""
)
@click.argument("question", nargs=-1, required=True)
@filtered
@click.option("-k", type=click.IntRange(1, 50), default=8, show_default=True, help="How many stories to look into.")
@click.option(
    "--earlier",
    metavar="QUESTION",
    multiple=True,
    help="What was asked before, so that a follow-up is understood (repeatable, the earliest first).",
)
@click.option(
    "--as-of", type=Moment(), metavar="DATE", help='The day that "last week" is counted from.  [default: today]'
)
@click.option("--json", "as_json", is_flag=True, help="Print the whole answer as one JSON object.")
@click.option("--events", is_flag=True, help="Print the events of the stream, one JSON object a line.")
@click.option("--exit-status", is_flag=True, help="Exit with 3 when the articles do not say.")
@where
def ask(
    question: tuple[str, ...],
    wanted: Filter,
    k: int,
    earlier: tuple[str, ...],
    as_of: datetime | None,
    as_json: bool,
    events: bool,
    exit_status: bool,
    settings: Settings,
) -> None:
    """Answer a QUESTION from the articles, every sentence quoted and cited; or say that they do not say."""
    if as_json and events:
        raise click.UsageError("--json and --events exclude each other")
    try:
        asked = msgspec.convert(
            {
                "question": " ".join(question),
                "history": [Turn(role="user", text=text) for text in earlier],
                "as_of": as_of or datetime.now().astimezone(),
                "filters": wanted,
                "k": k,
                "collection": settings.collection,
            },
            Question,
        )
    except msgspec.ValidationError as error:
        raise click.UsageError(f"the question cannot be asked: {error}") from error
    require_articles(settings)
    from service.answerer import Answerer

    # What loads blocks, so it happens before there is an event loop.
    with _notice("reading …"):
        answerer = Answerer.from_settings(settings)
    answer = asyncio.run(_printed(answerer, asked, as_json=as_json, events=events))
    if exit_status and answer.status == "not_in_articles":
        raise SystemExit(NOT_IN_ARTICLES)


async def _printed(answerer: "Answerer", question: Question, *, as_json: bool, events: bool) -> Answer:
    """Print the events of a stream as they come; give the answer that ends it."""
    async for event in answerer.stream(question):
        if events:
            click.echo(msgspec.json.encode(event))
        elif isinstance(event, Released) and not as_json:
            click.echo(sentence_lines(event.sentence))
        if isinstance(event, Failed):
            if events:
                raise SystemExit(FAILED)
            fail(event.message)
        if isinstance(event, Done):
            if as_json:
                click.echo(msgspec.json.encode(event.answer))
            elif not events:
                _print_rest(event.answer)
            return event.answer
    raise AssertionError("a stream of events ended without its answer")


@contextmanager
def _notice(text: str) -> Iterator[None]:
    """Say what takes a moment, where someone is looking, and take it back."""
    if not sys.stderr.isatty():
        yield
        return
    click.echo(text, err=True, nl=False)
    try:
        yield
    finally:
        click.echo("\r\033[K", err=True, nl=False)


def _print_rest(answer: Answer) -> None:
    """What follows the sentences: their sources, or what came nearest to an answer; and how the question was read."""
    if answer.citations:
        several = len(answer.citations) > 1 or answer.citations[0].carriers
        known = f" ({answer.independent_sources} independent)" if several else ""
        click.echo(click.style("Sources", bold=True) + known)
        for citation in answer.citations:
            click.echo(citation_lines(citation))
        _print_notes(answer)
        return
    click.echo(NOT_SAID)
    if answer.nearest:
        click.echo(f"\n{click.style('Nearest passages', bold=True)}")
        for hit in answer.nearest:
            click.echo(f"  {byline(hit.article)}")
            click.echo(wrapped(textwrap.shorten(plain(hit.passage.text), 200, placeholder=" …"), indent="    "))
    _print_notes(answer)


def _print_notes(answer: Answer) -> None:
    for note in answer.notes:
        click.echo(f"\n{wrapped(plain(note))}")
