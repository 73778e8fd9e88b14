"""`byline restore`: a collection brought back from a backup."""

from pathlib import Path

import click
import msgspec

from service.cli.display import plain
from service.cli.options import where
from service.settings import Settings


@click.command(
    epilog="""\b
Examples:
  byline restore news.backup
  byline restore --collection archive /mnt/backups/archive.backup
"""
)
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--replace", is_flag=True, help="Put the backup in the place of what the collection holds.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@where
def restore(file: Path, replace: bool, as_json: bool, settings: Settings) -> None:
    """Make the collection what it was when `byline backup` wrote FILE. What it held instead is lost.

    Others may search meanwhile: they see all of what was, or all of what is restored.
    """
    from embeddings.backup import restore_backup

    counts = restore_backup(settings.library, settings.collection, file, replace=replace)
    if as_json:
        click.echo(msgspec.json.encode({"collection": settings.collection, "counts": counts}))
    else:
        click.echo(
            f"collection {settings.collection} restored from {plain(str(file))}: "
            f"{counts.articles} articles in {counts.versions} versions, {counts.passages} passages searched"
        )
