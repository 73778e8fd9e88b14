"""`byline search`: the passages nearest to a query, and why."""

import click
import msgspec

from embeddings.articles import Filter
from service.answers import Found
from service.cli.display import hit_lines
from service.cli.options import filtered, require_articles, where
from service.settings import Settings


@click.command(
    epilog="""\b
Examples:
  byline search "ceasefire" -k 20
  byline search --source "Civic Courier" --before 2016-07-01 "siege"
  byline search --json "evacuation" | jq -r '.hits[].passage.text'
"""
)
@click.argument("query", nargs=-1, required=True)
@filtered
@click.option("-k", type=click.IntRange(1, 1000), default=10, show_default=True, help="How many stories to find.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@where
def search(query: tuple[str, ...], wanted: Filter, k: int, as_json: bool, settings: Settings) -> None:
    """Find the best passage of each of the k stories nearest to a QUERY, by meaning and by words."""
    from embeddings.encoder import SentenceTransformerEncoder
    from embeddings.library import Library

    words = " ".join(query)
    if not words.strip():
        raise click.UsageError("the query is empty")
    require_articles(settings)
    library = Library(settings.library, SentenceTransformerEncoder.load(settings.encoder))
    retrieval = library.retriever(settings.collection).retrieve(words, k=k, wanted=wanted)
    if as_json:
        click.echo(msgspec.json.encode(Found.of(retrieval, settings.collection)))
        return
    for hit in retrieval.hits:
        click.echo(f"{hit_lines(hit)}\n")
    if not retrieval.hits:
        click.echo("No article matches these filters.", err=True)
