"""What a client is told when a request fails: RFC 9457 problem details."""

from collections.abc import Sequence
from http import HTTPStatus

from litestar import Response
from litestar.openapi.datastructures import ResponseSpec
from msgspec import Struct

MEDIA_TYPE = "application/problem+json"
_GUARDED = (401, 403, 429, 500)


class FieldProblem(Struct, frozen=True, kw_only=True):
    """What is wrong with one field of a request."""

    field: str
    """Its path: `filters.after`."""
    message: str


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a request failed."""

    type: str
    title: str
    """The name of the status."""
    status: int
    detail: str
    """What is the matter, and what to do."""
    code: str
    """For programs; stays the same between releases."""
    errors: tuple[FieldProblem, ...] = ()
    """The fields that are wrong, where some are."""


def problem(
    status: int, code: str, detail: str, errors: Sequence[FieldProblem] = (), headers: dict[str, str] | None = None
) -> Response[Problem]:
    """Answer a request with a problem."""
    title = HTTPStatus(status).phrase
    body = Problem(type="about:blank", title=title, status=status, detail=detail, code=code, errors=tuple(errors))
    return Response(body, status_code=status, media_type=MEDIA_TYPE, headers=headers)


def problems(*statuses: int, guarded: bool = True) -> dict[int, ResponseSpec]:
    """Document the statuses with which a handler can fail; a `guarded` one as well with those of keys and accidents."""
    return {
        status: ResponseSpec(
            Problem, description=HTTPStatus(status).phrase, media_type=MEDIA_TYPE, generate_examples=False
        )
        for status in sorted({*statuses, *(_GUARDED if guarded else ())})
    }
