"""`byline chat`: a conversation, in which questions may lean on what was said before."""

import asyncio
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click
import msgspec

from embeddings.articles import Filter
from service.answers import Answer, Question, Turn
from service.cli.answering import printed, typed, wired
from service.cli.options import by_whom, filtered, require_articles, where
from service.settings import Settings

if TYPE_CHECKING:
    from service.answerer import Answerer

_REMEMBERED = 20
"""Turns that a question is asked with."""
_LONGEST = 20_000
"""Characters of one."""
_PROMPT = "\n> "


@click.command(
    epilog="""\b
Examples:
  byline chat
  byline chat --source "Meridian Dispatch" --answerer reader
  byline chat --json < questions.txt
"""
)
@filtered
@click.option("-k", type=click.IntRange(1, 50), default=8, show_default=True, help="How many stories to look into.")
@by_whom
@click.option("--json", "as_json", is_flag=True, help="Print each answer as one JSON object.")
@where
def chat(wanted: Filter, k: int, answerer: str | None, as_json: bool, settings: Settings) -> None:
    """Ask one question after the other; follow-ups may lean on what was said before.

    A line is a question; /new begins anew, /quit or Ctrl-D ends. Ctrl-C stops the answer under way. Nothing of earlier
    answers is evidence: each answer rests on what is found for its own question.
    """
    require_articles(settings)
    asked_of = wired(settings, answerer)
    history: list[Turn] = []
    if sys.stdin.isatty():
        click.echo("Ask about the articles. /new begins anew, /quit or Ctrl-D ends.", err=True)
    with asyncio.Runner() as runner:
        for line in _lines():
            if line == "/quit":
                break
            if line == "/new":
                history.clear()
                continue
            try:
                recent = history[-_REMEMBERED:]
                question = typed(line, history=recent, settings=settings, filters=wanted, k=k, answerer=answerer)
            except msgspec.ValidationError as error:
                click.echo(f"byline: the question cannot be asked: {error}", err=True)
                continue
            if (answer := _answered(runner, asked_of, question, as_json=as_json)) is not None:
                history += [Turn(role="user", text=line), Turn(role="assistant", text=answer.text[:_LONGEST])]


def _answered(runner: asyncio.Runner, answerer: "Answerer", question: Question, *, as_json: bool) -> Answer | None:
    """Print an answer and give it; None where it failed, or was stopped."""
    try:
        return runner.run(printed(answerer, question, as_json=as_json))
    except KeyboardInterrupt:
        click.echo("\nbyline: stopped", err=True)
    except SystemExit:
        if not sys.stdin.isatty():
            raise
    return None


def _lines() -> Iterator[str]:
    """What is typed, or comes in by a pipe, line by line."""
    if not sys.stdin.isatty():
        yield from filter(None, map(str.strip, sys.stdin))
        return
    import readline  # noqa: F401 -- lets lines be edited, and brings earlier ones back

    while True:
        try:
            line = input(_PROMPT).strip()
        except EOFError:
            click.echo()
            return
        if line:
            yield line
