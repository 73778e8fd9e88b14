"""`byline mcp`: the articles as tools for the chat model of another program, which starts this."""

import asyncio
import gc
import importlib.metadata
import signal
import sys
from typing import TYPE_CHECKING, Literal

import click

from service.cli.answering import wired
from service.cli.failures import fail
from service.cli.options import by_whom, where
from service.errors import ChatModelMissing
from service.settings import Settings

if TYPE_CHECKING:
    from service.answers import Failed


@click.command(
    epilog="""\b
In the configuration of a client that starts it:
  {"mcpServers": {"byline": {"command": "byline", "args": ["mcp", "--collection", "main"]}}}

\b
In that of a client that reaches a running `byline serve`; headers only where it has API keys:
  {"mcpServers": {"byline": {"type": "http", "url": "http://127.0.0.1:8000/mcp",
                             "headers": {"Authorization": "Bearer byl_..."}}}}
"""
)
@by_whom
@where
def mcp(answerer: Literal["reader", "chat"] | None, settings: Settings) -> None:
    """Serve the articles to MCP clients on stdin and stdout, by the tools ask, search and article.

    MCP clients (assistants, editors, agents) start this by themselves; all else than the protocol goes to stderr. It
    needs the package mcp: pip install 'byline-news[mcp]'.
    """
    try:
        from service.mcp.over_stdio import serve
    except ImportError:
        fail("this needs the package mcp: pip install 'byline-news[mcp]'")
    if answerer == "chat" and settings.chat_model is None:
        raise ChatModelMissing
    if sys.stdin.isatty():
        click.echo("Waiting for an MCP client on stdin; how to have one start this: byline mcp --help", err=True)
    # What waits for stdin cannot be interrupted: Ctrl-C ends the process, as it does where nobody handles it.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        version = importlib.metadata.version("byline-news")
        asyncio.run(serve(lambda: wired(settings, answerer), settings.collection, _public, version, answerer))
    except* BrokenPipeError:
        pass  # the client is gone
    # Clients wait a moment before they kill: to look for garbage in all that was loaded would take a second.
    gc.freeze()


def _public(failed: "Failed") -> "Failed":
    """Say of a failure what the service would say."""
    from service.app import public  # a web framework, for the few words of a failure

    return public(failed)
