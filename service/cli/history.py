"""`byline articles history`: the versions of an article, and what changed from one to the next."""

import itertools
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click
import msgspec
from msgspec import Struct

from embeddings.articles import Article
from embeddings.diffs import Run, differences
from service.cli.display import day, plain
from service.cli.options import opened, where
from service.settings import Settings

if TYPE_CHECKING:
    from embeddings.catalog import StoredVersion

_CONTEXT = 12
"""Words that are shown before and after what changed."""
_MARKS = {"removed": ("[-", "-]", "red"), "added": ("{+", "+}", "green")}
_COMPARED = ("title", "source", "author", "published_at", "updated_at", "url", "section", "genre", "language")


class Comparison(Struct, frozen=True, kw_only=True):
    """What changed from one version to another."""

    before: int
    after: int
    fields: dict[str, tuple[Any, Any]]
    """What is known about the article, where it differs, before and after."""
    text: list[Run]


@click.command(
    epilog="""\b
Examples:
  byline articles history e28b0cb9252ff2c8
  byline articles history --from 1 --to 4 e28b0cb9252ff2c8
  byline articles history --no-diff --json e28b0cb9252ff2c8 | jq .versions
"""
)
@click.argument("id")
@click.option("--diff/--no-diff", default=True, show_default=True, help="Show what changed from version to version.")
@click.option("--from", "first", type=click.IntRange(1), metavar="N", help="Compare only this version …")
@click.option("--to", "last", type=click.IntRange(1), metavar="N", help="… with this one, or with the current one.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@where
def history(id: str, diff: bool, first: int | None, last: int | None, as_json: bool, settings: Settings) -> None:
    """Show the versions of the article ID and what changed: [-left out-] and {+added+}.

    Unchanged paragraphs are left out, and long unchanged stretches shortened; JSON has all.
    """
    with opened(settings) as collection:
        versions = collection.catalog.history(id)
        pairs = _pairs([version.version for version in versions], first, last) if diff else []
        comparisons = [
            _compare(collection.catalog.article(id, before), collection.catalog.article(id, after))
            for before, after in pairs
        ]
    if as_json:
        click.echo(msgspec.json.encode({"article_id": id, "versions": versions, "changes": comparisons}))
        return
    for version in versions:
        click.echo(_line(version))
    for comparison in comparisons:
        head = f"From version {comparison.before} to {comparison.after}"
        click.echo(f"\n{click.style(head, bold=True)}\n")
        click.echo("\n\n".join(_shown(comparison)))


def _pairs(stored: list[int], first: int | None, last: int | None) -> list[tuple[int, int]]:
    """Which versions to compare: each with the next, or the two that are asked for."""
    if first is None and last is None:
        return list(itertools.pairwise(stored))
    last = stored[-1] if last is None else last
    if first is None:
        first = max((number for number in stored if number < last), default=last)
    return [(first, last)]


def _compare(before: Article, after: Article) -> Comparison:
    old, new = ({name: getattr(each, name) for name in _COMPARED} | each.metadata for each in (before, after))
    return Comparison(
        before=before.version,
        after=after.version,
        fields={name: (old.get(name), new.get(name)) for name in old | new if old.get(name) != new.get(name)},
        text=differences(before.text, after.text),
    )


def _line(version: "StoredVersion") -> str:
    published = f"published {day(version.published_at)}, " if version.published_at else ""
    current = "  (current)" if version.current else ""
    return (
        f"v{version.version}  stored {version.stored_at:%Y-%m-%d %H:%M} UTC, {published}"
        f"{version.characters} characters  {plain(version.title)}{current}"
    )


def _shown(comparison: Comparison) -> Iterator[str]:
    for name, (before, after) in comparison.fields.items():
        changed = [_marked(op, _value(value)) for op, value in (("removed", before), ("added", after)) if value]
        yield f"{plain(name)}: {' '.join(changed)}"
    paragraphs = [runs for runs in _paragraphs(comparison.text) if any(run.op != "same" for run in runs)]
    for runs in paragraphs:
        yield "".join(_piece(runs, position) for position in range(len(runs)))
    if not paragraphs:
        yield "The text is the same."


def _paragraphs(runs: list[Run]) -> Iterator[list[Run]]:
    """Divide runs at the line breaks."""
    paragraph: list[Run] = []
    for run in runs:
        for part in re.findall(r"[^\n]+\n*|\n+", run.text):
            if part.strip():
                paragraph.append(Run(run.op, part))
            if part.endswith("\n"):
                yield paragraph
                paragraph = []
    yield paragraph


def _piece(runs: list[Run], position: int) -> str:
    """One run of a paragraph: marked where it changed, shortened where it did not."""
    run = runs[position]
    if run.op == "same":
        words = plain(run.text).split()
        before = words[:_CONTEXT] if position else []
        after = words[-_CONTEXT:] if position < len(runs) - 1 else []
        shown = " ".join([*before, "…", *after] if len(words) > len(before) + len(after) + 1 else words)
    else:
        shown = _marked(run.op, run.text)
    lead = " " if position and run.text[0].isspace() else ""
    trail = " " if position < len(runs) - 1 and run.text[-1].isspace() else ""
    return f"{lead}{shown}{trail}"


def _marked(op: str, text: str) -> str:
    opening, closing, colour = _MARKS[op]
    return click.style(f"{opening}{plain(text)}{closing}", fg=colour)


def _value(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
