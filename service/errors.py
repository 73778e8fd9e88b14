"""What can go wrong in the service. No answer is not an error: it is a status.

ServiceError
  SettingsInvalid        an environment variable is unknown or has a wrong value
  NothingIngested        the collection has no article to ask
  CitationBroken         a quotation is not what the stored article says
  AddressUnavailable     the address to serve on is taken, or not this machine's
  Unprotected            the service is to be reached from other machines, and has no API keys
  WorkerFailed           a process of the service cannot start
  NotReady               the library is not there, or cannot be used
  ServiceStopping        the service was told to stop before a request was done
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
  CollectionNeeded       the API key is for several collections, and none of them was named
  HostRefused            a service without API keys was reached by a name that may be anybody's
  OriginRefused          a page of another site sent something to a service without API keys
  ModelNotFound          no collection and answerer go by the name that was given as a model's
  KeyNotFound            there is no API key of that id
  JobNotFound            there is no job of that id
  BodyTooLarge           a request brings more bytes than it may
  UnsupportedMediaType   a request brings articles in a form that is not taken
  StorageFull            the disk has no room for what a request brings
  IdempotencyKeyReused   the same Idempotency-Key came with something else before
  LedgerError            service.sqlite, the log of answers in it say, cannot be read or written
  AnswerNotFound         there is no answer of that id in the log
  QuestionsInvalid       a file of questions to evaluate cannot be asked (evaluation.questions)
  EvaluationInvalid      a file is not the saved result of an evaluation (evaluation.evaluation)
"""

import re
from collections.abc import Iterable


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


class Unprotected(ServiceError):
    """The service is to be reached from other machines, and has no API keys."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"{host} may be reached from other machines, and the library has no API keys: make one first: "
            "byline keys create (or, where anybody may ask, and take articles in and out: --insecure)"
        )


class WorkerFailed(ServiceError):
    """A process of the service cannot start."""


class NotReady(ServiceError):
    """The library is not there, or cannot be used."""


class ServiceStopping(ServiceError):
    """The service was told to stop before a request was done."""

    def __init__(self) -> None:
        super().__init__("the service is stopping, and this took longer than it waits; send the request again")


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


class CollectionNeeded(ServiceError):
    """The API key is for several collections, and none of them was named."""

    def __init__(self, collections: Iterable[str]) -> None:
        several = ", ".join(sorted(collections))
        super().__init__(f"name the collection that is meant; this API key is for {several}")


class HostRefused(ServiceError):
    """A service without API keys was reached by a name that may be anybody's."""

    def __init__(self) -> None:
        super().__init__(
            "a service without API keys answers on this machine to localhost, and to the host of BYLINE_PUBLIC_URL: "
            "set it to where clients reach the service, or make a key: byline keys create"
        )


class OriginRefused(ServiceError):
    """A page of another site sent something to a service without API keys."""

    def __init__(self) -> None:
        super().__init__(
            "pages of other sites may not send this to a service without API keys; to allow it, add the site to "
            "BYLINE_CORS on the server"
        )


class ModelNotFound(ServiceError):
    """No collection and answerer go by the name that was given as a model's."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"there is no model {name[:100]!r}; GET /v1/models lists those there are, for each collection that holds "
            "articles: byline, or byline/COLLECTION"
        )


class KeyNotFound(ServiceError):
    """There is no API key of that id."""


class JobNotFound(ServiceError):
    """There is no job of that id."""

    def __init__(self) -> None:
        super().__init__("there is no job of that id; one that is done is forgotten after some weeks")


class BodyTooLarge(ServiceError):
    """A request brings more bytes than it may."""


class UnsupportedMediaType(ServiceError):
    """A request brings articles in a form that is not taken, or does not say in which."""


class StorageFull(ServiceError):
    """The disk has no room for what a request brings."""

    def __init__(self) -> None:
        super().__init__("the server has no room for the upload, of which nothing was kept; tell whoever runs it")


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
