"""`byline ingest --watch`: each change as it comes, until it is interrupted."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
import msgspec

from service.cli.display import plain
from service.cli.summary import Tally, summary_lines

if TYPE_CHECKING:
    from embeddings.following import Change, Follower

_QUIET = ("unchanged", "superseded", "erased")
"""What is no change of the collection."""


def watched(follower: "Follower", *, as_json: bool) -> Tally:
    """Say what changes until Ctrl-C, or SIGTERM, and sum up."""
    from embeddings.following import InStep, Refused, Restored, Taken, Withdrawn

    tally = Tally()
    try:
        with _ending():
            for change in follower.follow():
                match change:
                    case Taken():
                        tally.count(change.outcome, change.passages)
                        if change.outcome in _QUIET:
                            continue
                    case Refused():
                        tally.reject()
                    case Withdrawn():
                        tally.count("withdrawn")
                    case Restored():
                        tally.count("restored")
                    case InStep():
                        tally.skipped = change.skipped
                show(change, as_json=as_json)
    except KeyboardInterrupt:
        pass  # the way in which it ends
    finally:
        summary = tally.summary()
        click.echo(msgspec.json.encode(summary) if as_json else summary_lines(summary))
    return tally


def show(change: "Change", *, as_json: bool) -> None:
    """Print one change; what is no result goes to stderr."""
    from embeddings.following import InStep, Notice, Refused, Restored, Taken, Withdrawn

    if as_json:
        click.echo(msgspec.json.encode(change))
        return
    match change:
        case Taken():
            passages = {0: "", 1: ", 1 passage"}.get(change.passages, f", {change.passages} passages")
            click.echo(f"{change.outcome:<10}  {change.article_id}  {plain(change.file)}{passages}")
        case Refused():
            click.echo(f"rejected    {plain(change.where)}: {plain(change.reason)}")
        case Withdrawn():
            click.echo(f"withdrawn   {change.article_id}  {plain(change.title)}")
        case Restored():
            click.echo(f"restored    {change.article_id}  {plain(change.title)}")
        case Notice():
            click.echo(f"byline: {plain(change.message)}", err=True)
        case InStep():
            click.echo(f"byline: in step with {change.files} files; Ctrl-C ends it", err=True)


@contextmanager
def _ending() -> Iterator[None]:
    """Let SIGTERM end what is inside as Ctrl-C does."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
