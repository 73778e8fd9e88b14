"""What can go wrong in the service. No answer is not an error: it is a status.

ServiceError
  SettingsInvalid        an environment variable is unknown or has a wrong value
  NothingIngested        the collection has no article to ask
  CitationBroken         a quotation is not what the stored article says
  AddressUnavailable     the address to serve on is taken, or not this machine's
  NotReady               the library is not there, or cannot be used
  ChatModelMissing       the chat model is to answer, and none is configured
  ChatModelError         the chat model gave no answer; whoever has one without it may go on
    ChatModelUnavailable   it cannot be reached, or answered that it cannot work now
    ChatModelRefused       it does not take the request: the key, the name of the model, the address
    ChatModelBusy          it has too many requests, or no quota is left
    ChatModelTimeout       it did not answer in time
    ChatContextExceeded    the prompt is longer than it takes
    ChatReplyBroken        what it sent broke off, or is not what its protocol says
    ChatReplyEmpty         it sent nothing to read
    ChatReplyEndless       it did not stop
  Overloaded             so many questions are under way that another would only slow them down
  KeyNeeded              the service has API keys, and none, or none of them, was given
  ScopeMissing           the API key is not for this
  RateExceeded           the API key was used too often
  KeyNotFound            there is no API key of that id
  JobNotFound            there is no job of that id
  IdempotencyKeyReused   the same Idempotency-Key came with something else before
  LedgerError            service.sqlite, the log of answers in it say, cannot be read or written
  AnswerNotFound         there is no answer of that id in the log
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


class ChatModelMissing(ServiceError):
    """The chat model is to answer, and none is configured."""

    def __init__(self) -> None:
        super().__init__(
            "no chat model is configured: set BYLINE_CHAT_MODEL (and OPENAI_API_KEY, or OPENAI_BASE_URL for a server "
            "of your own); without one Byline answers by quoting: answerer reader"
        )


class ChatModelError(ServiceError):
    """The chat model gave no answer. Messages are fit for anybody: no key, no path, no words of an article."""


class ChatModelUnavailable(ChatModelError):
    """It cannot be reached, or answered that it cannot work now."""


class ChatModelRefused(ChatModelError):
    """It does not take the request: the key, the name of the model, or the address is wrong."""


class ChatModelBusy(ChatModelError):
    """It has too many requests, or no quota is left."""


class ChatModelTimeout(ChatModelError):
    """It did not answer in time."""


class ChatContextExceeded(ChatModelError):
    """The prompt is longer than it takes."""


class ChatReplyBroken(ChatModelError):
    """What it sent broke off, or is not what its protocol says."""


class ChatReplyEmpty(ChatModelError):
    """It sent nothing to read."""


class ChatReplyEndless(ChatModelError):
    """It did not stop."""


class Overloaded(ServiceError):
    """So many questions are under way that another would only slow them down."""

    def __init__(self) -> None:
        super().__init__("the service has as many questions under way as it takes at once; try again in a moment")


class KeyNeeded(ServiceError):
    """The service has API keys, and none, or none of them, was given."""

    def __init__(self) -> None:
        super().__init__(
            "a valid API key is needed, in the header Authorization: Bearer KEY (or X-API-Key: KEY); "
            "keys are made on the server: byline keys create"
        )


class ScopeMissing(ServiceError):
    """The API key is not for this."""

    def __init__(self, scope: str) -> None:
        super().__init__(f"this API key does not have the scope {scope!r}; make one that has it: byline keys create")


class RateExceeded(ServiceError):
    """The API key was used too often."""

    def __init__(self, rate: str, again_s: int) -> None:
        super().__init__(f"this API key may be used {rate}; try again in {again_s} seconds")
        self.again_s = again_s


class KeyNotFound(ServiceError):
    """There is no API key of that id."""


class JobNotFound(ServiceError):
    """There is no job of that id."""


class IdempotencyKeyReused(ServiceError):
    """The same Idempotency-Key came with something else before."""

    def __init__(self) -> None:
        super().__init__("this Idempotency-Key came before with another request; send a new key with a new request")


class LedgerError(ServiceError):
    """The file service.sqlite, the log of answers in it say, cannot be read or written."""


class AnswerNotFound(ServiceError):
    """There is no answer of that id in the log."""


def code(kind: type[Exception]) -> str:
    """Name an error for machines, in words that stay: `CollectionNotFound` is `collection_not_found`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.__name__).lower()
