"""An answer in the terminal, printed as it comes: what `ask` and `chat` share."""

import logging
import sys
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import aclosing, contextmanager
from typing import TYPE_CHECKING

import click
import msgspec

from service.answers import NOT_SAID, Answer, Done, Failed, Question, Released, Turn
from service.cli.display import Prose, byline, citation_lines, plain, wrapped
from service.cli.failures import FAILED, fail

if TYPE_CHECKING:
    from service.answerer import Answerer
    from service.settings import Settings


def wired(settings: "Settings", asked: str | None = None) -> "Answerer":
    """Load all that answers, and say to whom text will be sent. What loads blocks: call it before any event loop."""
    from service.answerer import Answerer

    with _notice("reading …"):
        answerer = Answerer.from_settings(settings)
    if answerer.writer is not None and asked != "reader":
        click.echo(answerer.writer.announcement, err=True)
        # That the model failed is said below the answer.
        logging.getLogger("service.making").setLevel(logging.ERROR)
    return answerer


def typed(text: str, *, history: Sequence[Turn], settings: "Settings", **more: object) -> Question:
    """Make a question of what was typed. Raises ValidationError, which says what is wrong with it."""
    fields = {"question": text, "history": history, "collection": settings.collection, **more}
    return msgspec.convert(fields, Question)


async def printed(answerer: "Answerer", question: Question, *, as_json: bool = False, events: bool = False) -> Answer:
    """Print an answer as it comes, or as JSON, or its events; give it. Exits where it fails."""
    prose = Prose()
    async with aclosing(answerer.stream(question)) as stream:
        async for event in stream:
            if events:
                click.echo(msgspec.json.encode(event))
            elif isinstance(event, Released) and not as_json:
                prose.add(event.sentence)
            if isinstance(event, Failed):
                if events:
                    raise SystemExit(FAILED)
                prose.close()
                fail(event.message)
            if isinstance(event, Done):
                if as_json:
                    click.echo(msgspec.json.encode(event.answer))
                elif not events:
                    prose.close()
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
    """What follows the sentences: their sources, or what came nearest to an answer; and how it came about."""
    if answer.citations:
        several = len(answer.citations) > 1 or answer.citations[0].carriers
        known = f" ({answer.independent_sources} independent)" if several else ""
        click.echo(click.style("Sources", bold=True) + known)
        for citation in answer.citations:
            click.echo(citation_lines(citation))
    else:
        click.echo(NOT_SAID)
        if answer.nearest:
            click.echo(f"\n{click.style('Nearest passages', bold=True)}")
        for hit in answer.nearest:
            click.echo(f"  {byline(hit.article)}")
            click.echo(wrapped(textwrap.shorten(plain(hit.passage.text), 200, placeholder=" …"), indent="    "))
    for part in answer.missing:
        click.echo(f"\n{wrapped(f'Not answered: {plain(part)}')}")
    for note in answer.notes:
        click.echo(f"\n{wrapped(plain(note))}")
    if answer.fallback_reason:
        click.echo(f"\n{wrapped(plain(f'Quoted, because the chat model gave no answer: {answer.fallback_reason}'))}")
