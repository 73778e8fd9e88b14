"""`byline articles`: what a collection holds, and what is taken out of it and back in."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
import msgspec

from embeddings.articles import Filter
from service.cli.display import day, plain
from service.cli.options import filtered, where
from service.settings import Settings

if TYPE_CHECKING:
    from embeddings.catalog import Catalog, Listed


@click.group(
    epilog="""\b
Examples:
  byline articles list --source "Harbour Post" --limit 20
  byline articles show e28b0cb9252ff2c8
  byline articles withdraw e28b0cb9252ff2c8
"""
)
def articles() -> None:
    """List, show, withdraw and restore articles."""


@articles.command(
    "list",
    epilog="""\b
Examples:
  byline articles list --source "Harbour Post" --limit 20
  byline articles list --after 2016-09-01 --json | jq -r .article.title
""",
)
@filtered
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many at most.")
@click.option("--cursor", type=click.IntRange(0), default=0, help="Go on where the last page ended.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@where
def list_(wanted: Filter, limit: int, cursor: int, as_json: bool, settings: Settings) -> None:
    """List articles, withdrawn ones too, in the order in which they came in."""
    with _catalog(settings) as catalog:
        page = catalog.listing(wanted, after=cursor, limit=limit)
    for listed in page:
        click.echo(msgspec.json.encode(listed) if as_json else _line(listed))
    if len(page) == limit:
        click.echo(f"More: add --cursor {page[-1].cursor}", err=True)
    elif not page:
        click.echo("No article matches.", err=True)


@articles.command(
    epilog="""\b
Examples:
  byline articles show e28b0cb9252ff2c8
  byline articles show --version 1 --json e28b0cb9252ff2c8
"""
)
@click.argument("id")
@click.option("--version", type=click.IntRange(1), help="An earlier version; the current one unless given.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, with the passages.")
@where
def show(id: str, version: int | None, as_json: bool, settings: Settings) -> None:
    """Show the article ID as it is stored."""
    with _catalog(settings) as catalog:
        article = catalog.article(id, version)
        passages = [passage for _, passage in catalog.article_passages(id, article.version)]
        withdrawn_at = catalog.withdrawn_at(id)
    if as_json:
        click.echo(msgspec.json.encode({"article": article, "passages": passages, "withdrawn_at": withdrawn_at}))
        return
    click.echo(click.style(plain(article.title), bold=True))
    known = [article.source, article.author, day(article.published_at), article.url]
    click.echo(" · ".join(plain(part) for part in known if part))
    state = f", withdrawn on {day(withdrawn_at)}" if withdrawn_at else ""
    click.echo(f"{article.id}, version {article.version}, {len(passages)} passages{state}\n")
    click.echo("\n".join(plain(line) for line in article.text.split("\n")))


@articles.command(
    epilog="""\b
Examples:
  byline articles withdraw e28b0cb9252ff2c8
"""
)
@click.argument("id")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@where
def withdraw(id: str, as_json: bool, settings: Settings) -> None:
    """Take the article ID out of every search at once. What cited it can still be read."""
    with _catalog(settings) as catalog:
        changed = catalog.withdraw(id)
        said = "withdrawn" if changed else "was withdrawn before"
        _print_state(catalog, id, said, changed=changed, as_json=as_json)


@articles.command(
    epilog="""\b
Examples:
  byline articles restore e28b0cb9252ff2c8
"""
)
@click.argument("id")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@where
def restore(id: str, as_json: bool, settings: Settings) -> None:
    """Take a withdrawn article ID back into every search."""
    with _catalog(settings) as catalog:
        changed = catalog.restore(id)
        said = "restored" if changed else "was not withdrawn"
        _print_state(catalog, id, said, changed=changed, as_json=as_json)


def _print_state(catalog: "Catalog", id: str, said: str, *, changed: bool, as_json: bool) -> None:
    if as_json:
        state = {"article_id": id, "withdrawn_at": catalog.withdrawn_at(id), "changed": changed}
        click.echo(msgspec.json.encode(state))
    else:
        click.echo(f"{said}: {plain(catalog.article(id).title)}")


@contextmanager
def _catalog(settings: Settings) -> Iterator["Catalog"]:
    from embeddings.collection import Collection

    collection = Collection.open(settings.library, settings.collection)
    try:
        yield collection.catalog
    finally:
        collection.close()


def _line(listed: "Listed") -> str:
    article = listed.article
    state = "  (withdrawn)" if listed.withdrawn_at else ""
    published = "undated   " if article.published_at is None else f"{article.published_at:%Y-%m-%d}"
    outlet = plain(article.source or "–")
    return f"{article.article_id}  v{article.version}  {published}  {outlet}  {plain(article.title)}{state}"
