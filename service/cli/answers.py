"""`byline answers`: what was answered, and how each answer came about."""

import shutil
import sys
from contextlib import ExitStack
from typing import get_args

import click
import msgspec
from msgspec import structs

from embeddings.errors import CollectionNotFound
from service.cli.display import plain
from service.cli.logged import said, sections
from service.cli.options import opened, where
from service.ledger.ledger import Ledger
from service.ledger.records import Logged, Outcome
from service.ledger.resolving import resolved
from service.ledger.storage import FILE
from service.settings import Settings

_ID = 8
"""Characters of an id that are shown."""


@click.group(
    epilog="""\b
Examples:
  byline answers list --outcome not_in_articles
  byline answers show 3f2a9c1e
  byline answers forget 3f2a9c1e
"""
)
def answers() -> None:
    """List, show and forget the answers that were given; BYLINE_ANSWER_LOG=off keeps none."""


@answers.command(
    "list",
    epilog="""\b
Examples:
  byline answers list --limit 20
  byline answers list --outcome not_in_articles
  byline answers list --json | jq -r .question
""",
)
@click.option("--outcome", type=click.Choice(get_args(Outcome)), help="Only those of which this came.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many at most.")
@click.option("--cursor", type=click.IntRange(0), help="Go on where the last page ended.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@where
def list_(outcome: Outcome | None, limit: int, cursor: int | None, as_json: bool, settings: Settings) -> None:
    """List the answers of the collection, the newest first."""
    page = _ledger(settings).records(settings.collection, outcome=outcome, limit=limit, before=cursor)
    for logged in page:
        click.echo(msgspec.json.encode(logged) if as_json else _line(logged))
    if len(page) == limit:
        click.echo(f"More: add --cursor {page[-1].cursor}", err=True)
    elif not page:
        which = f"with the outcome {outcome} " if outcome else ""
        of_what = f"of the collection {settings.collection} in {settings.library}"
        click.echo(f"No answer {which}is logged {of_what}", err=True)


@answers.command(
    epilog="""\b
Examples:
  byline answers show 3f2a9c1e
  byline answers show --json 3f2a9c1e | jq .candidates
"""
)
@click.argument("id")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@where
def show(id: str, as_json: bool, settings: Settings) -> None:
    """Show how the answer ID came about: what was searched, found, cited and left out.

    The beginning of an ID is enough. What became of the cited articles since is looked up, and whether they still read
    as they were quoted.
    """
    record = _ledger(settings).record(id)
    with ExitStack() as stack:
        catalog = None
        try:
            held = structs.replace(settings, collection=record.answer.collection)
            catalog = stack.enter_context(opened(held)).catalog
        except CollectionNotFound as gone:
            click.echo(f"byline: {plain(str(gone))}", err=True)
        found = resolved(record, catalog)
    if as_json:
        click.echo(msgspec.json.encode(structs.asdict(found.record) | {"unfound": found.unfound}))
        return
    click.echo("\n\n".join("\n".join(lines) for lines in sections(found) if lines))


@answers.command(
    epilog="""\b
Examples:
  byline answers forget 3f2a9c1e 77d0a1c3
  byline answers forget --all
"""
)
@click.argument("ids", metavar="ID...", nargs=-1)
@click.option("--all", "all_", is_flag=True, help="All answers of the collection.")
@where
def forget(ids: tuple[str, ...], all_: bool, settings: Settings) -> None:
    """Delete answers from the log for good, by their IDs."""
    if bool(ids) == all_:
        raise click.UsageError("name answers by their IDs, or all of them with --all")
    ledger = _ledger(settings)
    logged = ledger.records(settings.collection, limit=None) if all_ else []
    found = {each.id for each in logged} | {ledger.record(id).answer.id for id in ids}
    ledger.discard(found)
    click.echo(f"{len(found)} forgotten")


def _ledger(settings: Settings) -> Ledger:
    return Ledger(settings.library / FILE)


def _line(logged: Logged) -> str:
    known = f"{logged.id[:_ID]}  {logged.asked_at:%Y-%m-%d %H:%M} UTC  {said(logged.outcome):15}  {logged.answerer:6}"
    line = f"{known}  {plain(logged.question)}"
    width = shutil.get_terminal_size().columns
    return f"{line[: width - 1]}…" if sys.stdout.isatty() and len(line) > width else line
