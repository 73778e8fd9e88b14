"""`python -m service.cli` is `byline`."""

from service.cli import cli

cli(prog_name="byline")
