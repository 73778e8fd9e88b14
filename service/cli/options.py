"""The options that commands share."""

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast, get_args

import click
import msgspec

from embeddings.articles import Filter, Genre
from service.moments import HOW, moment
from service.settings import Settings

if TYPE_CHECKING:
    from embeddings.collection import Collection

F = TypeVar("F", bound=Callable[..., Any])


class Moment(click.ParamType[datetime]):
    """A day, or a moment, in ISO 8601; without a time zone it is UTC."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            return moment(str(value))
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is not a date: {HOW}", param, ctx)


def in_library(command: F) -> F:
    """Add --library; the command gets `settings`."""

    @click.option(
        "--library",
        type=click.Path(path_type=Path, file_okay=False),
        help="Directory of the collections.  [default: $BYLINE_LIBRARY, else the user's data directory]",
    )
    def inner(*arguments: Any, library: Path | None, **options: Any) -> Any:
        settings = Settings.from_env(os.environ)
        if library is not None:
            settings = msgspec.structs.replace(settings, library=library.expanduser())
        return command(*arguments, settings=settings, **options)

    return _like(command, inner)


def where(command: F) -> F:
    """Add --library and --collection; the command gets `settings`."""

    @click.option("--collection", metavar="NAME", help="Collection in it.  [default: main]")
    def inner(*arguments: Any, settings: Settings, collection: str | None, **options: Any) -> Any:
        if collection is not None:
            settings = msgspec.structs.replace(settings, collection=collection)
        return command(*arguments, settings=settings, **options)

    return in_library(_like(command, inner))


def by_whom(command: F) -> F:
    """Add --answerer."""
    return click.option(
        "--answerer",
        type=click.Choice(["reader", "chat"]),
        help="Quote, or have the chat model write.  [default: chat where BYLINE_CHAT_MODEL is set]",
    )(command)


def filtered(command: F) -> F:
    """Add the filters, each of them repeatable or a bound; the command gets `wanted`."""

    @click.option("--source", "sources", metavar="NAME", multiple=True, help="Only this outlet (repeatable).")
    @click.option("--author", "authors", metavar="NAME", multiple=True, help="Only this author (repeatable).")
    @click.option("--after", type=Moment(), help="Only articles published on this day or later.")
    @click.option("--before", type=Moment(), help="Only articles published before this day.")
    @click.option("--article", "articles", metavar="ID", multiple=True, help="Only this article (repeatable).")
    @click.option(
        "--genre", "genres", type=click.Choice(get_args(Genre)), multiple=True, help="Only this genre (repeatable)."
    )
    def inner(
        *arguments: Any,
        sources: tuple[str, ...],
        authors: tuple[str, ...],
        after: datetime | None,
        before: datetime | None,
        articles: tuple[str, ...],
        genres: tuple[Genre, ...],
        **options: Any,
    ) -> Any:
        wanted = Filter(sources=sources, authors=authors, after=after, before=before, articles=articles, genres=genres)
        return command(*arguments, wanted=wanted, **options)

    return _like(command, inner)


@contextmanager
def opened(settings: Settings) -> Iterator["Collection"]:
    """Open the collection that is meant, and close it. Raises CollectionNotFound, or CollectionNameInvalid."""
    from embeddings.collection import Collection

    with closing(Collection.open(settings.library, settings.collection)) as collection:
        yield collection


def require_articles(settings: Settings) -> None:
    """Raise, before anything slow is loaded, CollectionNotFound or NothingIngested when there is nothing to search."""
    from service.errors import NothingIngested

    with opened(settings) as collection:
        if not collection.catalog.seq():
            raise NothingIngested(settings.collection)


def meant_files(path: Path) -> list[Path]:
    """Give the files and folders that a path or pattern stands for. Raises BadParameter when there are none."""
    from embeddings.extract.reading import printable
    from embeddings.finding import expanded

    if meant := expanded(path):
        return meant
    raise click.BadParameter(
        f"there is no file or folder {printable(path)!r}, and as a pattern it matches none", param_hint="PATH"
    )


def _like(command: F, inner: Any) -> F:
    """Keep the name, the help and the options that `command` already has."""
    inner.__name__, inner.__doc__ = command.__name__, command.__doc__
    inner.__click_params__ = getattr(command, "__click_params__", []) + getattr(inner, "__click_params__", [])
    return cast(F, inner)
