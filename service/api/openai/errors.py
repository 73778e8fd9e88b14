"""What a client of OpenAI's is told when a request fails: the same as all are told, in the form that it reads."""

from http import HTTPStatus

from litestar import Response
from litestar.openapi.datastructures import ResponseSpec
from msgspec import Struct

from service.answers import Failed
from service.api.problem import Problem

_TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}


class Error(Struct, frozen=True, kw_only=True):
    """Why a request failed."""

    message: str
    """What is the matter, and what to do."""
    type: str
    """Whose fault it is, roughly: `invalid_request_error`, `server_error`, or that of a key."""
    param: str | None = None
    """The path of the field at fault, where there is one: `messages[0].role`."""
    code: str
    """For programs; stays the same between releases."""


class Refusal(Struct, frozen=True, kw_only=True):
    """The body of the answer to a request that failed, or the last event of a stream that did."""

    error: Error


def is_openai(path: str) -> bool:
    """Tell whether who sends a request to this address expects errors in OpenAI's form."""
    return path.startswith(("/v1/chat/", "/v1/models"))


def refusal(response: Response[Problem]) -> Response[Refusal]:
    """Say a problem in OpenAI's form."""
    problem = response.content
    error = Error(
        message=problem.detail,
        type=_TYPES.get(problem.status, "invalid_request_error" if problem.status < 500 else "server_error"),
        param=problem.errors[0].field or None if problem.errors else None,
        code=problem.code,
    )
    return Response(Refusal(error=error), status_code=problem.status, headers=response.headers)


def broken_off(failed: Failed) -> Refusal:
    """Say why a stream ends early."""
    return Refusal(error=Error(message=failed.message, type="server_error", code=failed.code))


def refusals(*statuses: int) -> dict[int, ResponseSpec]:
    """Document the statuses with which a handler can fail."""
    return {
        status: ResponseSpec(Refusal, description=HTTPStatus(status).phrase, generate_examples=False)
        for status in statuses
    }
