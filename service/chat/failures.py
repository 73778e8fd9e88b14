"""What goes wrong between us and the server of a chat model, as the error that says what to do about it.

Of what a server tells, only the kind is used: its words may hold the key, or the text that was sent.
"""

import math
import re
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from socket import gaierror

import httpx2
import openai
from msgspec import DecodeError, Struct

from service.errors import (
    ChatContextExceeded,
    ChatModelBusy,
    ChatModelError,
    ChatModelRefused,
    ChatModelTimeout,
    ChatModelUnavailable,
    ChatReplyBroken,
)

_WORDS = 500
"""Characters of what a server tells that are looked at: the reason stands first, the rest may be our own text."""
# In the words of OpenAI, Azure, vLLM, llama.cpp, Ollama, LM Studio, TGI and Mistral.
_CONTEXT = re.compile(
    r"context[ _](length|size|window)|exceed_context|maximum model length|max_model_len|prompt (\([^)]*\) )?is too long"
    r"|prompt too long|too large for model with|max_new_tokens` must be",
    re.IGNORECASE,
)
_NO_MODEL = re.compile(
    r"model_not_found|DeploymentNotFound|no such model|invalid model"
    r"|\b(model|deployment)\b.{0,100}(not found|not exist|not available|not loaded)",
    re.IGNORECASE | re.DOTALL,
)
_NO_QUOTA = re.compile(r"insufficient[_ ](quota|balance|credit)|exceeded your current quota|billing", re.IGNORECASE)
_TOO_MANY = re.compile(r"rate[_ ]limit|too many requests", re.IGNORECASE)
_FILTERED = re.compile(r"content_filter|content_policy|content management policy", re.IGNORECASE)


class Told(Struct, frozen=True, kw_only=True):
    """What a server tells of an error."""

    status: int | None
    words: str = ""
    """Its code, its kind and its message."""
    parameter: str = ""
    """What of the request it names as the matter."""
    wait_s: float | None = None
    """How long to wait before the next try."""

    @classmethod
    def of(cls, error: object, *, status: int | None = None, headers: Mapping[str, str] | None = None) -> "Told":
        """Read the value of `error` in what a server sends; there are servers that send a mere text."""
        fields = error if isinstance(error, dict) else {"message": error}
        words = " ".join(str(fields[name]) for name in ("code", "type", "message", "detail") if fields.get(name))
        code = str(fields.get("code") or "")
        return cls(
            status=int(code) if status is None and re.fullmatch(r"[45]\d\d", code) else status,
            words=words[:_WORDS],
            parameter=str(fields.get("param") or ""),
            wait_s=wait_s(headers or {}),
        )

    def names(self, parameter: str) -> bool:
        """Tell whether it is this parameter that the server does not take."""
        if self.status not in (400, 422) or _CONTEXT.search(self.words):
            return False
        return parameter == self.parameter or (
            not self.parameter and re.search(rf"\b{parameter}\b", self.words) is not None
        )


class Asked(Struct, frozen=True, kw_only=True):
    """Who was asked, and for how long: what messages name."""

    model: str
    host: str
    deadline_s: float

    def __str__(self) -> str:
        return f"the chat model {self.model} at {self.host}"

    def failure(self, told: Told) -> ChatModelError:
        """Choose the error for what the server tells."""
        status, words = told.status or 0, told.words
        if status == 413 or _CONTEXT.search(words):
            return ChatContextExceeded(
                f"the prompt is longer than {self} takes; look into fewer passages, or give the model a longer context"
            )
        if _FILTERED.search(words):
            return self.withheld()
        if status == 402 or _NO_QUOTA.search(words):
            return ChatModelBusy(f"{self} has no quota left for this key; see the account there")
        if status == 429 or _TOO_MANY.search(words):
            return ChatModelBusy(f"{self} has too many requests; try again {_later(told.wait_s)}")
        if status == 401:
            return ChatModelRefused(f"{self} refused the key: set OPENAI_API_KEY to one that is valid there")
        if status == 403:
            return ChatModelRefused(f"{self} is not open to this key: see what OPENAI_API_KEY may use there")
        if status < 500 and _NO_MODEL.search(words):
            return ChatModelRefused(
                f"{self.host} has no chat model {self.model}: set BYLINE_CHAT_MODEL to one that it has"
            )
        if status in (404, 405, 410):
            return ChatModelRefused(
                f"there are no chat completions at this address of {self.host}: "
                "set OPENAI_BASE_URL, which often ends in /v1"
            )
        if 300 <= status < 400:
            return ChatModelRefused(
                f"{self.host} sends on to another address, and nothing was sent there: "
                "set OPENAI_BASE_URL to the address itself"
            )
        if 400 <= status < 500 and status not in (408, 409):
            return ChatModelRefused(f"{self} does not take the request (status {status})")
        reason = f" (status {status})" if status else ""
        return ChatModelUnavailable(f"{self} cannot answer now{reason}; try again {_later(told.wait_s)}")

    def withheld(self) -> ChatModelError:
        """Give the error for a filter of the server that lets the reply, or the prompt, not pass."""
        return ChatModelRefused(f"{self} withholds its answer: a filter there does not let it pass")

    def unreachable(self, error: BaseException) -> ChatModelError:
        """Choose the error for a connection that did not come about."""
        causes = list(_causes(error))
        if any(isinstance(cause, ssl.SSLError) for cause in causes):
            return ChatModelUnavailable(
                f"no secure connection to {self}: its certificate is not trusted here, or it speaks plain http; "
                "see OPENAI_BASE_URL"
            )
        if any(isinstance(cause, gaierror) for cause in causes):
            return ChatModelUnavailable(f"the host of {self} is not known: see OPENAI_BASE_URL, and the network")
        if any(isinstance(cause, httpx2.RemoteProtocolError | httpx2.ReadError) for cause in causes):
            return ChatModelUnavailable(f"{self} closed the connection without an answer; try again later")
        return ChatModelUnavailable(f"{self} cannot be reached: is its server running, and OPENAI_BASE_URL right?")

    @contextmanager
    def failures(self) -> Iterator[None]:
        """Raise what goes wrong inside as a ChatModelError, without what caused it: that may hold what was sent."""
        try:
            yield
        except openai.APIStatusError as error:
            raise self.failure(told(error)) from None
        except openai.APIConnectionError as error:
            raise self.unreachable(error) from None
        except TimeoutError:
            raise ChatModelTimeout(
                f"{self} did not finish within {self.deadline_s:g} s; try again, or give it more time"
            ) from None
        except (httpx2.HTTPError, httpx2.StreamError, OSError):
            raise ChatReplyBroken(f"the reply of {self} broke off; try again") from None
        except (DecodeError, UnicodeDecodeError, RecursionError, openai.OpenAIError):
            raise ChatReplyBroken(
                f"what {self} sent is no chat completion; see OPENAI_BASE_URL, and its server"
            ) from None


def told(error: openai.APIStatusError) -> Told:
    """Read what a server tells with a status."""
    return Told.of(error.body, status=error.status_code, headers=error.response.headers)


def wait_s(headers: Mapping[str, str]) -> float | None:
    """Read how long a server asks to wait, in seconds; None where it does not."""
    for name, scale in (("retry-after-ms", 1000), ("retry-after", 1)):
        try:
            wait = float(headers[name]) / scale
        except (KeyError, ValueError):
            continue
        return wait if math.isfinite(wait) else None
    try:
        moment = parsedate_to_datetime(headers["retry-after"])
    except (KeyError, ValueError):
        return None
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds()


def _later(wait: float | None) -> str:
    return f"in {math.ceil(wait)} s" if wait is not None and wait > 0 else "later"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
