"""Errors in the terminal: one clear line on stderr and an exit status, no traceback."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from embeddings.errors import EmbeddingsError
from service.errors import ServiceError

FAILED = 1
NOT_IN_ARTICLES = 3
NOT_PASSED = 4
_INTERRUPTED = 128 + signal.SIGINT


@contextmanager
def reported() -> Iterator[None]:
    """Report what goes wrong inside and exit; BYLINE_DEBUG=1 shows the traceback of what was not foreseen."""
    try:
        yield
    except (EmbeddingsError, ServiceError) as error:
        fail(str(error))
    except KeyboardInterrupt:
        click.echo("byline: interrupted", err=True)
        raise SystemExit(_INTERRUPTED) from None
    except BrokenPipeError:
        # Whoever read the output has enough; Python would complain once more when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
    except (click.ClickException, click.exceptions.Exit, click.Abort):
        raise
    except OSError as error:
        fail(f"{error.filename or 'the system'}: {error.strerror or error}")
    except Exception as error:
        if os.environ.get("BYLINE_DEBUG") in ("1", "true"):
            raise
        fail(f"unexpected {type(error).__name__}: {error} (run again with BYLINE_DEBUG=1 for the details)")


def fail(message: str) -> None:
    """Say what went wrong in one line, and exit with status 1."""
    click.echo(f"byline: {' '.join(message.split())}", err=True)
    raise SystemExit(FAILED)
