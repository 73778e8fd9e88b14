"""What the service writes about its own work."""

from typing import Any

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {name: {"level": "INFO"} for name in ("service", "embeddings")},
    "root": {"level": "WARNING", "handlers": ["stderr"]},
}
"""What `serve` logs: ids, counts and milliseconds; no request has its words or its address written down."""
