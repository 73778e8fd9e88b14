"""`byline keys`: who may use the service, for what, and how often."""

from contextlib import closing
from typing import Any, cast, get_args

import click
import msgspec
from msgspec import structs

from embeddings.errors import CollectionNotFound
from service.auth.callers import Scope
from service.auth.keys import Key, Keys
from service.auth.rates import Rate
from service.cli.display import plain
from service.cli.options import in_library, opened
from service.settings import Settings

_SCOPES = get_args(Scope)
_LONGEST_NAME = 100


class _Several(click.ParamType[tuple[str, ...]]):
    """Names divided by commas."""

    name = "names"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return value
        if names := tuple(dict.fromkeys(each.strip() for each in str(value).split(",") if each.strip())):
            return names
        self.fail("name at least one", param, ctx)


def _scopes(_: click.Context, __: click.Parameter, names: tuple[str, ...]) -> tuple[Scope, ...]:
    for name in names:
        if name not in _SCOPES:
            raise click.BadParameter(f"{name!r} is none of {', '.join(_SCOPES)}")
    return cast(tuple[Scope, ...], names)


def _rate(_: click.Context, __: click.Parameter, written: str | None) -> Rate | None:
    try:
        return None if written is None else Rate.parse(written)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def _name(_: click.Context, __: click.Parameter, written: str) -> str:
    name = written.strip()
    if not name or not name.isprintable() or len(name) > _LONGEST_NAME:
        raise click.BadParameter(f"give up to {_LONGEST_NAME} characters that can be printed")
    return name


@click.group(
    epilog="""\b
Examples:
  byline keys create --name "news desk" --scopes ask --rate 60/m
  byline keys list
  byline keys revoke 3f2a9c1e77d0
"""
)
def keys() -> None:
    """Make, list and revoke API keys of the service.

    Without one ever made, whoever reaches the service may do everything; from the first on, all need one.
    """


@keys.command(
    epilog="""\b
Examples:
  byline keys create --name "news desk"
  byline keys create --name feed --scopes ingest --collections main,archive
  KEY=$(byline keys create --name web --rate 60/m)
"""
)
@click.option("--name", required=True, callback=_name, help="What to call it, for you to know it again.")
@click.option(
    "--scopes",
    type=_Several(),
    default="ask",
    show_default=True,
    callback=_scopes,
    help="What it is for: ask (and read), ingest (bring articles and take them out), admin (everything).",
)
@click.option(
    "--collections", "--collection", type=_Several(), help="The collections that it is for; it learns of no other."
)
@click.option("--rate", callback=_rate, help="How often it may be used: 60/m, in a second, minute, hour or day (smhd).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@in_library
def create(
    name: str,
    scopes: tuple[Scope, ...],
    collections: tuple[str, ...] | None,
    rate: Rate | None,
    as_json: bool,
    settings: Settings,
) -> None:
    """Make an API key and print it: this once, as only its digest is kept.

    A running service knows it at once. Clients send it as Authorization: Bearer KEY, or as X-API-Key: KEY.
    """
    for collection in collections or ():
        try:
            with opened(structs.replace(settings, collection=collection)):
                pass
        except CollectionNotFound:
            click.echo(f"byline: there is no collection {collection!r} yet; the key is made all the same", err=True)
    with closing(Keys(settings.library)) as kept:
        key, written = kept.create(name, scopes, collections, rate)
    if as_json:
        click.echo(msgspec.json.encode({"key": written} | structs.asdict(key)))
        return
    click.echo(written)
    click.echo(f"{_line(key)}\nKeep it now: it is not shown again.", err=True)


@keys.command(
    "list",
    epilog="""\b
Examples:
  byline keys list
  byline keys list --json | jq -r 'select(.revoked_at == null) | .name'
""",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@in_library
def list_(as_json: bool, settings: Settings) -> None:
    """List the API keys, the oldest first, revoked ones too; never the keys themselves."""
    with closing(Keys(settings.library)) as kept:
        known = kept.known().keys.values()
    for key in known:
        click.echo(msgspec.json.encode(key) if as_json else _line(key))
    if not known:
        click.echo(f"No API key was ever made in {settings.library}: the service is open to all who reach it", err=True)


@keys.command(
    epilog="""\b
Examples:
  byline keys revoke 3f2a9c1e77d0
"""
)
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@in_library
def revoke(ids: tuple[str, ...], settings: Settings) -> None:
    """Revoke API keys by their IDs, for good; a running service refuses them within a second.

    The service does not become open to all when the last one is revoked.
    """
    with closing(Keys(settings.library)) as kept:
        for key in kept.revoke(ids):
            click.echo(f"{'revoked' if key.revoked_at is None else 'was revoked before'}: {_line(key)}")


def _line(key: Key) -> str:
    used = "never used" if key.last_used_at is None else f"last used {key.last_used_at}"
    told = [
        key.id,
        plain(key.name),
        ",".join(key.scopes),
        "all collections" if key.collections is None else ",".join(key.collections),
        key.rate or "no limit",
        f"made {key.created_at:%Y-%m-%d}",
        used if key.revoked_at is None else f"revoked {key.revoked_at:%Y-%m-%d}",
    ]
    return "  ".join(told)
