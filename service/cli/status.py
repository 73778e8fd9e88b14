"""`byline status`: where the library is and what it holds; with --check, whether it is sound."""

import click
import msgspec

from service.cli.display import size
from service.cli.failures import fail
from service.cli.options import opened, where
from service.settings import Settings


@click.command(
    epilog="""\b
Examples:
  byline status
  byline status --check
  byline status --library ~/news --json
"""
)
@click.option("--check", is_flag=True, help="Verify what is stored; fails when something is wrong.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@where
def status(check: bool, as_json: bool, settings: Settings) -> None:
    """Say where the library is, how much it holds, and which encoder made it."""
    from embeddings.audit import audit

    with opened(settings) as collection:
        counts, encoder = collection.catalog.counts(), collection.catalog.encoder()
        files = {path.name: path.stat().st_size for path in sorted(collection.directory.iterdir()) if path.is_file()}
        faults = list(audit(collection)) if check else None
        seq = collection.catalog.seq()
    host = _host(settings)
    if as_json:
        report = {
            "library": str(settings.library),
            "collection": settings.collection,
            "seq": seq,
            "counts": counts,
            "encoder": encoder,
            "chat_model": {"name": settings.chat_model, "host": host} if host else None,
            "files": files,
            "faults": faults,
        }
        click.echo(msgspec.json.encode(report))
    else:
        click.echo(f"library     {settings.library}")
        click.echo(f"collection  {settings.collection}, at change {seq}")
        searched = counts.articles - counts.withdrawn
        click.echo(f"articles    {searched} searched, {counts.withdrawn} withdrawn, {counts.erased} erased")
        click.echo(
            f"passages    {counts.passages} searched; {counts.vectors} vectors, {counts.versions} versions stored"
        )
        made = f"{encoder.name}, {encoder.dimension} dimensions, {encoder.digest[:12]}" if encoder else "none yet"
        click.echo(f"encoder     {made}")
        writes = f"{settings.chat_model} at {host}, which receives questions and passages of articles" if host else None
        click.echo(f"chat model  {writes or 'none: answers are quotations, and nothing leaves this machine'}")
        for name, count in files.items():
            click.echo(f"file        {name}  {size(count)}")
    if faults:
        if not as_json:
            for fault in faults:
                click.echo(f"fault       {fault}")
        fail(f"{len(faults)} faults found; restore a backup, or ingest the articles into a new collection")
    if check and not as_json:
        click.echo("check       all sound")


def _host(settings: Settings) -> str | None:
    """Who receives text; None without a chat model. Raises SettingsInvalid."""
    if settings.chat_model is None:
        return None
    from service.chat.client import OpenAIChatModel

    return OpenAIChatModel(settings.chat_model, deadline_s=settings.chat_deadline).host
