"""What may be told of an exception to whoever waits for something: its code, and words that say what to do."""

import logging

from embeddings.errors import EmbeddingsError
from service.answers import Failed
from service.errors import ServiceError, code

INTERNAL = "internal"
"""The code of what was not foreseen."""

logger = logging.getLogger(__name__)


def failed(error: Exception) -> Failed:
    """Say what failed; what was not foreseen is logged, and said in general words."""
    if isinstance(error, EmbeddingsError | ServiceError):
        return Failed(code=code(type(error)), message=str(error))
    logger.error("what was asked for failed unexpectedly", exc_info=error)
    return Failed(code=INTERNAL, message="it failed unexpectedly; the log has the details")
