"""`byline eval`: how right the answers are on one's own articles, and whether they became worse."""

import importlib.resources
import math
import os
from pathlib import Path
from typing import Any, get_args

import click
import msgspec

from service.cli.answering import wired
from service.cli.display import plain
from service.cli.eval_report import report
from service.cli.failures import FAILED, NOT_PASSED, fail
from service.cli.options import opened, require_articles, where
from service.cli.progress import progress
from service.evaluation.comparison import Gate, Gates
from service.evaluation.evaluation import Evaluation, EvaluationInvalid, Measured
from service.evaluation.figures import figures
from service.evaluation.outcomes import Outcome, ask, doubts
from service.evaluation.questions import Expectation, QuestionsInvalid, load
from service.settings import Settings

_DOUBTS_SHOWN = 10
_STDIN = Path("-")
_FIGURES = list(figures([]))


class _Bound(click.ParamType[tuple[str, float]]):
    """A figure and what it may be."""

    name = "figure=value"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, float]:
        name, _, bound = str(value).partition("=")
        try:
            share = float(bound)
        except ValueError:
            share = -1
        if name not in _FIGURES or not 0 <= share <= (math.inf if name.endswith("_ms") else 1):
            self.fail(f"{value!r} is no bound; write right=0.8. Figures: {', '.join(_FIGURES)}", param, ctx)
        return name, share


@click.command(
    epilog="""\b
Examples:
  byline eval --samples                                   questions about the sample articles
  byline eval --template > questions.jsonl                the same questions, to write one's own after
  byline eval --questions questions.jsonl --save last-week.json
  byline eval --questions questions.jsonl --baseline last-week.json --gate worse
  byline eval --questions questions.jsonl --at-least right=0.8 --at-most answered_wrongly=0.05
  byline eval --questions questions.jsonl --json | jq .figures.right
\b
FILE has one JSON object a line:
  {"question": "Who called the strike?", "quotes": ["the dockers' union"], "articles": ["8f14e45fceea167a"]}
  {"question": "How high is the fare?", "answers": ["two euros", "2 euros"], "as_of": "2016-08-01", "tags": ["fares"]}
  {"question": "Who won the regatta?", "answerable": false}
\b
  question    what is asked; needed, and with it one of the next four
  quotes      words that quoted sentences must have: all of these, each within one sentence
  answers     words of which one must stand in a quoted sentence; endings and accents do not matter
  articles    ids or addresses of the articles that hold the answer: how far up are they found?
  answerable  false where the articles do not say, so that it must be refused
  history, as_of, filters, k    as in POST /v1/ask
  id, tags, note    a name for the question, groups with figures of their own, and what you want to remember
\b
Figures for --at-least and --at-most:
  right; of the answerable answered_right, right_at_once, answered_wrongly, refused_wrongly, lost_in_search,
  lost_in_reading; of the others refused_rightly; refusal_precision; article_recall_1, article_recall_5,
  article_recall_10, article_mrr_10; exact_quotations; median_ms, p95_ms
"""
)
@click.option(
    "--questions",
    type=click.Path(path_type=Path, dir_okay=False, exists=True, allow_dash=True),
    metavar="FILE",
    help="The questions; '-' is standard input.",
)
@click.option("--samples", is_flag=True, help="Ask questions about the articles of `byline ingest --samples`.")
@click.option(
    "--template", is_flag=True, help="Print the questions that --samples asks, to write your own after; ask nothing."
)
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the result there, for a later --baseline; nothing when interrupted. The --baseline itself is only "
    "replaced by what passes.",
)
@click.option(
    "--baseline",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE",
    help="Compare with a result of before, question by question.",
)
@click.option(
    "--gate",
    type=click.Choice(get_args(Gate)),
    help="With --baseline, do not pass when: any question was lost (lost); more turned wrong than right (worse); "
    "so many more that it is not chance, at 5% (significant).",
)
@click.option(
    "--at-least",
    type=_Bound(),
    multiple=True,
    help="Do not pass when this figure is lower; shares are from 0 to 1 (repeatable).",
)
@click.option("--at-most", type=_Bound(), multiple=True, help="Do not pass when it is higher (repeatable).")
@click.option(
    "--failures",
    type=click.IntRange(0),
    default=10,
    show_default=True,
    help="How many questions that were not right to show.",
)
@click.option("--json", "as_json", is_flag=True, help="Print all of it as one JSON object.")
@where
def eval(
    questions: Path | None,
    samples: bool,
    template: bool,
    save: Path | None,
    baseline: Path | None,
    gate: Gate | None,
    at_least: tuple[tuple[str, float], ...],
    at_most: tuple[tuple[str, float], ...],
    failures: int,
    as_json: bool,
    settings: Settings,
) -> None:
    """Ask the questions of a FILE, and measure how right the answers are.

    Each is asked as `byline ask` would. Printed are what was not right and where it was lost, shares of right answers
    and right refusals, ranks of the articles, whether every quotation is exact, and the time. Exit status 4: asked,
    but it does not pass --gate, --at-least or --at-most, or a quotation is not exact.
    """
    if template:
        click.echo(_samples().read_text(encoding="utf-8"), nl=False)
        return
    if samples == (questions is not None):
        raise click.UsageError("say which questions to ask: --questions FILE, or --samples")
    if gate and not baseline:
        raise click.UsageError("--gate compares with a result of before: add --baseline FILE")
    expected = _loaded(questions or _samples(), settings.collection)
    earlier = Evaluation.read(baseline) if baseline else None
    if save:
        _require_writable(save)
    require_articles(settings)
    gates = Gates(gate=gate, at_least=dict(at_least), at_most=dict(at_most))
    evaluation = _measured(expected, settings, as_json=as_json, shown=failures, baseline=earlier, gates=gates)
    if save and not (evaluation.shortfalls and baseline and save.resolve() == baseline.resolve()):
        _write(save, msgspec.json.encode(evaluation))
    elif save:
        click.echo(f"byline: {save} is left as it was, for this does not pass", err=True)
    if evaluation.shortfalls:
        raise SystemExit(NOT_PASSED)


def _measured(
    questions: list[Expectation],
    settings: Settings,
    *,
    as_json: bool,
    shown: int,
    baseline: Evaluation | None,
    gates: Gates,
) -> Evaluation:
    """Ask, and print what came of it, also of a part when it breaks off; that has no gates to pass."""
    with opened(settings) as collection:
        measured = Measured.of(settings.collection, collection.catalog)
        doubted = doubts(collection.catalog, questions)
    for doubt in doubted[:_DOUBTS_SHOWN]:
        click.echo(f"byline: {plain(doubt)}", err=True)
    if len(doubted) > _DOUBTS_SHOWN:
        click.echo(f"byline: … and {len(doubted) - _DOUBTS_SHOWN} more like that; --json has them all", err=True)
    answerer = wired(settings)
    outcomes: list[Outcome] = []

    def summed_up(gates: Gates) -> Evaluation:
        evaluation = Evaluation.of(measured, outcomes, len(questions), doubts=doubted, baseline=baseline, gates=gates)
        click.echo(msgspec.json.encode(evaluation) if as_json else report(evaluation, shown))
        return evaluation

    try:
        with progress(len(questions), "questions") as advance:
            for outcome in ask(answerer, questions):
                outcomes.append(outcome)
                advance(1)
    except BaseException:
        for next_one in questions[len(outcomes) : len(outcomes) + 1]:
            click.echo(f"byline: it ended at the question {plain(next_one.id)}", err=True)
        if outcomes:
            summed_up(Gates())
        raise
    finally:
        answerer.close()
    return summed_up(gates)


def _loaded(path: Path, collection: str) -> list[Expectation]:
    """Read the questions, or say of every line what is wrong with it and exit."""
    try:
        with click.open_file(str(path), "rb") as file:
            return load("standard input" if path == _STDIN else plain(str(path)), file, collection)
    except QuestionsInvalid as error:
        for problem in error.problems:
            click.echo(f"byline: {plain(problem)}", err=True)
        raise SystemExit(FAILED) from error


def _samples() -> Path:
    return Path(str(importlib.resources.files("service.evaluation") / "samples.jsonl"))


def _require_writable(path: Path) -> None:
    """Exit when the result could not be written in the end, or would replace what is no result."""
    if path.exists():
        try:
            Evaluation.read(path)
        except EvaluationInvalid as error:
            fail(f"{path} is not written over: {error}")
    _write(path, None)


def _write(path: Path, content: bytes | None) -> None:
    """Write a file whole or not at all; without content, only try."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        beside.write_bytes(content or b"")
        if content is not None:
            os.replace(beside, path)
    except OSError as error:
        fail(f"{path} cannot be written: {error.strerror}")
    finally:
        beside.unlink(missing_ok=True)
