"""`byline articles`: what a collection holds, and what is taken out of it and back in."""

import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click
import msgspec

from embeddings.articles import Article, Filter
from embeddings.errors import ArticleErased, ArticleNotFound
from service.cli.display import day, plain
from service.cli.failures import FAILED
from service.cli.history import history
from service.cli.options import filtered, opened, where
from service.settings import Settings

if TYPE_CHECKING:
    from embeddings.catalog import Catalog, Listed


@click.group(
    epilog="""\b
Examples:
  byline articles list --source "Harbour Post" --limit 20
  byline articles show e28b0cb9252ff2c8
  byline articles history e28b0cb9252ff2c8
  byline articles withdraw e28b0cb9252ff2c8
"""
)
def articles() -> None:
    """List, show, compare, withdraw, restore and erase articles."""


articles.add_command(history)


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
    """List articles, withdrawn and erased ones too, in the order in which they came in."""
    with opened(settings) as collection:
        page = collection.catalog.listing(wanted, after=cursor, limit=limit)
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
    with opened(settings) as collection:
        article = collection.catalog.article(id, version)
        passages = [passage for _, passage in collection.catalog.article_passages(id, article.version)]
        withdrawn_at = collection.catalog.withdrawn_at(id)
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
  byline articles withdraw --json e28b0cb9252ff2c8 77d0a1c3f5b2e946
"""
)
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@where
def withdraw(ids: tuple[str, ...], as_json: bool, settings: Settings) -> None:
    """Take articles out of every search at once, by their IDs. What cited them can still be read."""
    with opened(settings) as collection:
        catalog = collection.catalog
        _each(ids, lambda id: _state(catalog, id, catalog.withdraw(id), "withdrawn", "was withdrawn before"), as_json)


@articles.command(
    epilog="""\b
Examples:
  byline articles restore e28b0cb9252ff2c8
"""
)
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@where
def restore(ids: tuple[str, ...], as_json: bool, settings: Settings) -> None:
    """Take withdrawn articles back into every search, by their IDs."""
    with opened(settings) as collection:
        catalog = collection.catalog
        _each(ids, lambda id: _state(catalog, id, catalog.restore(id), "restored", "was not withdrawn"), as_json)


@articles.command(
    epilog="""\b
Examples:
  byline articles erase e28b0cb9252ff2c8
  byline articles erase --yes --json e28b0cb9252ff2c8 77d0a1c3f5b2e946
"""
)
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Do not ask first.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@where
def erase(ids: tuple[str, ...], yes: bool, as_json: bool, settings: Settings) -> None:
    """Delete articles for good, by their IDs: all versions, from all files of the collection and the log of answers.

    Title, outlet and date stay, so that what cited them can say what it was. The same articles stay out when they come
    again, unless `byline ingest --readmit` takes them in. Backups are not touched.
    """
    from service.ledger.ledger import Ledger
    from service.ledger.storage import FILE

    if not yes and not sys.stdin.isatty():
        raise click.UsageError("what is erased cannot be brought back: confirm it in a terminal, or add --yes")
    with opened(settings) as collection:
        titles: dict[str, str] = {}

        def found(id: str) -> None:
            with suppress(ArticleErased):  # by a command that was interrupted, say; this one finishes its work
                titles[id] = _named(collection.catalog.article(id))

        failed = _tried(ids, found)
        there = [id for id in dict.fromkeys(ids) if id not in failed]
        if titles and not yes:
            for id, title in titles.items():
                click.echo(f"{id}  {title}", err=True)
            what = "this article" if len(titles) == 1 else f"these {len(titles)} articles"
            click.confirm(f"Erase {what} for good?", abort=True, err=True)
        erased = collection.erase(there) if there else []
        if there:
            # Also of those that were erased before: that command may have been interrupted.
            Ledger(settings.library / FILE).erase_articles(settings.collection, there)
        for id, changed in zip(there, erased, strict=True):
            said = f"erased: {titles[id]}" if changed else f"was erased before: {id}"
            click.echo(msgspec.json.encode({"article_id": id, "changed": changed}) if as_json else said)
    if failed:
        raise SystemExit(FAILED)


def _each(ids: tuple[str, ...], act: Callable[[str], tuple[str, dict[str, Any]]], as_json: bool) -> None:
    """Do something to articles, and say in words or as JSON what became of each."""

    def reported(id: str) -> None:
        said, state = act(id)
        click.echo(msgspec.json.encode(state) if as_json else said)

    if _tried(ids, reported):
        raise SystemExit(FAILED)


def _tried(ids: tuple[str, ...], act: Callable[[str], None]) -> set[str]:
    """Do something to each article; say of which it cannot be done and why, and give these."""
    failed = set()
    for id in dict.fromkeys(ids):
        try:
            act(id)
        except (ArticleNotFound, ArticleErased) as error:
            click.echo(f"byline: {plain(str(error))}", err=True)
            failed.add(id)
    return failed


def _state(catalog: "Catalog", id: str, changed: bool, now: str, before: str) -> tuple[str, dict[str, Any]]:
    said = f"{now if changed else before}: {plain(catalog.article(id).title)}"
    return said, {"article_id": id, "withdrawn_at": catalog.withdrawn_at(id), "changed": changed}


def _named(article: Article) -> str:
    return " · ".join(plain(part) for part in (article.title, article.source, day(article.published_at)) if part)


def _line(listed: "Listed") -> str:
    article = listed.article
    state = "  (erased)" if listed.erased_at else "  (withdrawn)" if listed.withdrawn_at else ""
    published = "undated   " if article.published_at is None else f"{article.published_at:%Y-%m-%d}"
    outlet = plain(article.source or "–")
    return f"{article.article_id}  v{article.version}  {published}  {outlet}  {plain(article.title)}{state}"
