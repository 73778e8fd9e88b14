"""How the service writes of its own work: lines to read, or JSON objects; each with the id of the request behind it."""

import logging
import logging.config
import sys
from typing import Any

import msgspec
from pythonjsonlogger.core import RESERVED_ATTRS, merge_record_extra
from pythonjsonlogger.msgspec import MsgspecFormatter

from service.exchange import CURRENT
from service.settings import Settings


def configure(settings: Settings) -> None:
    """Log to stderr: ids, counts and milliseconds of ours, what goes wrong elsewhere, and no words of a request."""
    formatter = settings.log_format
    if formatter == "auto":
        formatter = "text" if sys.stderr.isatty() else "json"
    logging.captureWarnings(True)
    logging.config.dictConfig(_configuration(formatter))


def _configuration(formatter: str) -> dict[str, Any]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"text": {"()": _Lines}, "json": {"()": _objects}},
        "filters": {"request": {"()": _OfRequest}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": formatter, "filters": ["request"]}},
        # Others stay at WARNING: at INFO clients of HTTP log addresses, and at DEBUG what is sent to the chat model.
        # Those that read web pages quote them in their warnings; what cannot be read, we say ourselves.
        "loggers": {name: {"level": "INFO"} for name in ("service", "embeddings")}
        | {name: {"level": "CRITICAL"} for name in ("trafilatura", "htmldate")},
        "root": {"level": "WARNING", "handlers": ["stderr"]},
    }


class _OfRequest(logging.Filter):
    """Lets all through, and names the request for which it is logged."""

    def filter(self, record: logging.LogRecord) -> bool:
        if exchange := CURRENT.get():
            record.request_id = exchange.id
        return True


class _Lines(logging.Formatter):
    """Writes a line to read; what else is known comes after the message, as name=value."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        known = merge_record_extra(record, {}, reserved=RESERVED_ATTRS)
        return " ".join([super().formatMessage(record), *(f"{name}={_plain(value)}" for name, value in known.items())])


def _plain(value: object) -> str:
    """Write a value without a space or a line end that is not in quotes, whoever it comes from."""
    written = str(value)
    return written if written.isprintable() and " " not in written else msgspec.json.encode(written).decode()


def _objects() -> logging.Formatter:
    return MsgspecFormatter(
        ["levelname", "name", "message"], rename_fields={"levelname": "level", "name": "logger"}, timestamp="time"
    )
