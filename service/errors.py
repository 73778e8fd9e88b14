"""What can go wrong in the service. No answer is not an error: it is a status.

ServiceError
  SettingsInvalid        an environment variable is unknown or has a wrong value
  NothingIngested        the collection has no article to ask
  CitationBroken         a quotation is not what the stored article says
  AddressUnavailable     the address to serve on is taken, or not this machine's
  NotReady               the library is not there, or cannot be used
  QuestionsInvalid       a file of questions to evaluate cannot be asked (evaluation.questions)
  EvaluationInvalid      a file is not the saved result of an evaluation (evaluation.evaluation)
"""

import re


class ServiceError(Exception):
    """Base of all errors of this package; the message says what to do."""


class SettingsInvalid(ServiceError):
    """An environment variable is unknown or has a wrong value."""


class NothingIngested(ServiceError):
    """The collection has no article to ask."""

    def __init__(self, collection: str) -> None:
        super().__init__(
            f"the collection {collection!r} has no articles yet; take some in first: byline ingest PATH... "
            "(or, to try it out: byline ingest --samples)"
        )


class CitationBroken(ServiceError):
    """A quotation is not what the stored article says."""


class AddressUnavailable(ServiceError):
    """The address to serve on is taken, or not this machine's."""


class NotReady(ServiceError):
    """The library is not there, or cannot be used."""


def code(kind: type[Exception]) -> str:
    """Name an error for machines, in words that stay: `CollectionNotFound` is `collection_not_found`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.__name__).lower()
