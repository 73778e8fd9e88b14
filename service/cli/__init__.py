"""The terminal: `byline`. Nothing heavy is imported before a command needs it."""

import importlib
from typing import Any

import click

from service.cli.failures import reported

_COMMANDS = {
    "ingest": "Take articles in.",
    "ask": "Ask the articles a question.",
    "chat": "Ask one question after the other.",
    "search": "Find passages.",
    "verify": "Verify any text against the articles.",
    "eval": "Measure how right the answers are, on questions of your own.",
    "answers": "Look into the log of answers.",
    "articles": "List, show, compare, withdraw, restore and erase articles.",
    "status": "Say what the library holds, and check it.",
    "backup": "Write a collection to one file.",
    "restore": "Bring a collection back from a backup.",
    "reencode": "Bring a collection over to another encoder.",
    "serve": "Answer over HTTP.",
    "settings": "List the settings, and where each comes from.",
    "mcp": "Be a tool of other programs' chat models.",
    "keys": "Make, list and revoke API keys of the service.",
}


class _Commands(click.Group):
    """Imports a command when it is called, and turns errors into one clear line."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(f"service.cli.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        with reported():
            return super().invoke(ctx)


@click.command(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog='Start with:  byline ingest --samples  and then  byline ask "what did Lavrov blame the US for?"',
)
@click.version_option(package_name="byline-news", prog_name="byline", message="%(prog)s %(version)s")
def cli() -> None:
    """Ask questions of news articles. Every sentence of an answer cites exact words of a stored article.

    Results go to stdout, all else to stderr. Exit status: 0 done (also when the articles do not say), 1 failed, 2 wrong
    usage; `ask --exit-status` and `eval` have more.
    """
