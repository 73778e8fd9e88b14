"""`byline backup`: a collection as one file."""

from pathlib import Path

import click
import msgspec

from service.cli.display import plain, size
from service.cli.options import opened, where
from service.settings import Settings


@click.command(
    epilog="""\b
Examples:
  byline backup news.backup
  byline backup --replace --collection archive /mnt/backups/archive.backup
"""
)
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--replace", is_flag=True, help="Write over FILE where it exists.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@where
def backup(file: Path, replace: bool, as_json: bool, settings: Settings) -> None:
    """Write the collection, as it is at this moment, to FILE: all versions of all articles and their vectors.

    Others may search and ingest meanwhile. FILE is there whole or not at all; `byline restore` brings it back.
    """
    from embeddings.backup import back_up

    with opened(settings) as collection:
        written = back_up(collection, file, replace=replace)
    if as_json:
        click.echo(msgspec.json.encode({"collection": settings.collection, "file": str(file), "size": written}))
    else:
        click.echo(f"collection {settings.collection} backed up to {plain(str(file))}, {size(written)}")
