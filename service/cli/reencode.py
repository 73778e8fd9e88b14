"""`byline reencode`: a collection brought over to the encoder that is configured now."""

import time

import click

from service.cli.options import where
from service.cli.progress import progress
from service.settings import Settings


@click.command(
    epilog="""\b
Examples:
  BYLINE_ENCODER=~/models/bge-small byline reencode
"""
)
@where
def reencode(settings: Settings) -> None:
    """Encode every article anew with the encoder that is configured now (BYLINE_ENCODER).

    The collection can be searched with the old encoder until all is done. Interrupted, the same command goes on where
    it was. Articles, versions and what cites them stay as they are.
    """
    from embeddings.collection import Collection
    from embeddings.encoder import SentenceTransformerEncoder
    from embeddings.reencode import reencode as run

    collection = Collection.open(settings.library, settings.collection)
    try:
        encoder = SentenceTransformerEncoder.load(settings.encoder)
        started, done = time.monotonic(), 0
        with progress(collection.catalog.counts().articles, "articles") as advance:
            for _ in run(collection, encoder):
                done += 1
                advance(1)
    finally:
        collection.close()
    if done:
        click.echo(f"{done} articles encoded with {encoder.identity.name} in {time.monotonic() - started:.1f} s")
    else:
        click.echo(f"nothing to do: the collection is {encoder.identity.name}'s already, or empty")
