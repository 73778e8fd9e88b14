"""`byline serve`: the same answers over HTTP."""

import click

from service.cli.options import where
from service.settings import Settings


@click.command(
    epilog="""\b
Examples:
  byline serve
  curl -s localhost:8000/v1/ask --json '{"question": "what did Lavrov blame the US for?"}'
  curl -sN localhost:8000/v1/ask -H 'Accept: text/event-stream' --json '{"question": "who vetoed the French draft?"}'
"""
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes a free one.")
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    default=1,
    show_default=True,
    help="Processes that answer, each with models of its own in memory.",
)
@click.option("--insecure", is_flag=True, help="Listen beyond this machine though there are no API keys.")
@where
def serve(host: str, port: int, workers: int, insecure: bool, settings: Settings) -> None:
    """Answer questions and take articles in over HTTP, also for clients of OpenAI's (/v1) and of MCP (/mcp).

    What it takes and gives is on its page /docs. Beyond this machine it listens only with API keys: byline keys create.
    """
    from service.server import serve as run

    run(settings, host, port, workers=workers, insecure=insecure)
