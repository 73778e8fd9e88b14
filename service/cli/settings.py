"""`byline settings`: what can be set by environment variables, and how it is set."""

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import click
import msgspec
from msgspec import Struct

from service.docstrings import docstrings
from service.errors import SettingsInvalid
from service.settings import Settings, variable


class _Setting(Struct, frozen=True, kw_only=True):
    """A setting as it is printed."""

    name: str
    """Of the environment variable."""
    value: Any
    origin: str
    """"environment" or "default"."""
    meaning: str


@click.command(
    epilog="""\b
Examples:
  byline settings
  BYLINE_CHAT_MODEL=gpt-4o-mini byline settings --json
"""
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def settings(as_json: bool) -> None:
    """List the settings: what each is, whether it comes from the environment, and what it means.

    All are environment variables. One that is unknown or wrong is an error.
    """
    for each in list(_settings(os.environ)):
        if as_json:
            click.echo(msgspec.json.encode(each))
        else:
            click.echo(f"{each.name}={_written(each.value)}  ({each.origin})\n    {each.meaning}")


def _settings(environment: Mapping[str, str]) -> Iterator[_Setting]:
    values = msgspec.to_builtins(Settings.from_env(environment), enc_hook=str)
    meanings = docstrings(Settings)
    for field, value in values.items():
        yield _Setting(
            name=variable(field),
            value=_public(value) if field == "public_url" else value,
            origin=_origin(variable(field), environment),
            meaning=meanings[field],
        )
    yield _Setting(
        name="OPENAI_API_KEY",
        value="set" if environment.get("OPENAI_API_KEY") else None,
        origin=_origin("OPENAI_API_KEY", environment),
        meaning="The key for the chat model's server; a server of your own may need none.",
    )
    yield _Setting(
        name="OPENAI_BASE_URL",
        value=_public(environment.get("OPENAI_BASE_URL")),
        origin=_origin("OPENAI_BASE_URL", environment),
        meaning="Where the chat model is reached; at OpenAI unless set.",
    )


def _origin(name: str, environment: Mapping[str, str]) -> str:
    return "environment" if environment.get(name) else "default"


def _public(url: str | None) -> str | None:
    """Leave out of an address what may be secret: who one is there, and what is asked. Raises SettingsInvalid."""
    if not url:
        return None
    with suppress(ValueError):
        scheme, network, path, *_ = urlsplit(url)
        if scheme in ("http", "https") and network:
            return urlunsplit((scheme, network.rpartition("@")[2], path, "", ""))
    raise SettingsInvalid("OPENAI_BASE_URL must begin with http:// or https:// and a host")


def _written(value: object) -> str:
    """Write a value as it would be set."""
    match value:
        case None:
            return ""
        case bool():
            return "1" if value else "0"
        case list() | tuple():
            return ",".join(map(str, value))
        case _:
            return str(value)
