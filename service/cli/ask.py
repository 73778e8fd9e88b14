"""`byline ask`: one question, its answer printed as it comes."""

import asyncio
from datetime import datetime

import click
import msgspec

from embeddings.articles import Filter
from service.answers import Turn
from service.cli.answering import printed, typed, wired
from service.cli.failures import NOT_IN_ARTICLES
from service.cli.options import Moment, by_whom, filtered, require_articles, where
from service.settings import Settings


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
@by_whom
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
    answerer: str | None,
    as_json: bool,
    events: bool,
    exit_status: bool,
    settings: Settings,
) -> None:
    """Answer a QUESTION from the articles, every sentence cited; or say that they do not say.

    With a chat model (BYLINE_CHAT_MODEL) the answer is prose, verified sentence by sentence, and the question and
    passages of articles are sent to its server; without one it is quotations, and nothing leaves this machine.
    """
    if as_json and events:
        raise click.UsageError("--json and --events exclude each other")
    try:
        asked = typed(
            " ".join(question),
            history=[Turn(role="user", text=text) for text in earlier],
            settings=settings,
            as_of=as_of or datetime.now().astimezone(),
            filters=wanted,
            k=k,
            answerer=answerer,
        )
    except msgspec.ValidationError as error:
        raise click.UsageError(f"the question cannot be asked: {error}") from error
    require_articles(settings)
    answer = asyncio.run(printed(wired(settings, answerer), asked, as_json=as_json, events=events))
    if exit_status and answer.status == "not_in_articles":
        raise SystemExit(NOT_IN_ARTICLES)
