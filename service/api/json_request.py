"""Request bodies: JSON, decoded strictly into the struct that a handler asks for."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
from litestar import Request
from litestar.datastructures import State
from litestar.exceptions import HTTPException, InternalServerException, ValidationException

from embeddings.ephemeral import UNNAMED
from service.auth.callers import caller_of
from service.moments import HOW, MomentInvalid, with_moments

_AT = re.compile(r" - at `\$\.?(.*)`$")
_NAMED = re.compile(r"(?:required|unknown) field `(.*)`$", re.DOTALL)


class JSONRequest(Request[Any, Any, State]):
    """Decodes more strictly than Litestar, which would take the string "8" for a number."""

    async def body(self) -> bytes:
        """Read all of it; who hangs up in the middle gets no answer, and is no failure of ours."""
        try:
            return await super().body()
        except InternalServerException as error:
            raise ValidationException("the body broke off") from error

    async def json(self) -> Any:
        """Give the value that the handler's `data` declares. Raises HTTPException that names the field at fault."""
        if self.content_type[0] != "application/json":
            raise HTTPException("send JSON, with the header Content-Type: application/json", status_code=415)
        field = self.route_handler.parsed_data_field
        try:
            body = msgspec.json.decode(await self.body())
            if isinstance(body, dict):
                if "articles" in body and _takes_articles(field.annotation if field else None):
                    if "collection" in body:
                        raise _refusal("collection", "cannot be named together with articles, which stand in its place")
                    body["collection"] = UNNAMED
                elif "collection" not in body and "collection" in _fields(field.annotation if field else None):
                    body["collection"] = caller_of(self).default(self.app.state.collection)
                body = with_moments(body)
            value = msgspec.convert(body, field.annotation if field else Any)
        except MomentInvalid as error:
            raise _refusal(error.path, f"is no date; {HOW}") from error
        except msgspec.ValidationError as error:
            raise _refusal(*_located(str(error))) from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise ValidationException("the body is not JSON in UTF-8, or is nested too deeply") from error
        if found := next(_with_nul(msgspec.to_builtins(value), ""), None):
            raise _refusal(found, "must not contain the character U+0000")
        collection = getattr(value, "collection", None)
        if isinstance(collection, str) and not getattr(value, "articles", ()):
            caller_of(self).admitted(collection)
        return value


def _takes_articles(kind: Any) -> bool:
    """Tell whether the articles of a body are to be asked, in the place of a collection."""
    return {"articles", "collection"} <= _fields(kind)


def _fields(kind: Any) -> set[str]:
    """Name the fields that a kind of body has."""
    return set(getattr(kind, "__struct_fields__", ()))


def _refusal(field: str, message: str) -> ValidationException:
    return ValidationException(extra=[{"key": field, "message": message}])


def _located(message: str) -> tuple[str, str]:
    """Take a message of msgspec apart, into the path of the field and what is wrong with it."""
    at = _AT.search(message)
    path, message = (at.group(1), message[: at.start()]) if at else ("", message)
    if named := _NAMED.search(message):
        return ".".join(filter(None, (path, named.group(1)))), message[: named.start(1) - 2]
    # The one pattern in a body asks for a character that is not blank.
    return path, "must not be blank" if "matching regex" in message else message


def lowered(message: str) -> str:
    """Let a message go on where a field was named."""
    return message[:1].lower() + message[1:]


def _with_nul(value: Any, path: str) -> Iterator[str]:
    """Yield the paths of the strings that contain U+0000, which no article does."""
    match value:
        case str() if "\0" in value:
            yield path
        case dict():
            for name, each in value.items():
                yield from _with_nul(each, f"{path}.{name}" if path else name)
        case list() | tuple():
            for position, each in enumerate(value):
                yield from _with_nul(each, f"{path}[{position}]")
