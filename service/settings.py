"""What can be set from outside, each by an environment variable."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

import msgspec
import platformdirs
from msgspec import Meta, Struct

from embeddings.encoder import DEFAULT_ENCODER
from service.answers import COLLECTION
from service.errors import SettingsInvalid

_PREFIX = "BYLINE_"


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every field `name` is read from BYLINE_NAME."""

    library: Path = msgspec.field(default_factory=lambda: platformdirs.user_data_path("byline", appauthor=False))
    """The directory that holds the collections."""
    collection: str = COLLECTION
    """The collection that is used when none is named."""
    encoder: str = DEFAULT_ENCODER
    """A sentence-transformers model: a folder, or a name on the model hub."""
    chat_model: str | None = None
    """The chat model that writes, as its server knows it; without one, answers are quotations and nothing is sent."""
    chat_context: Annotated[int, Meta(ge=1024)] = 8192
    """Tokens that the chat model takes in at once, prompt and answer together."""
    chat_answer: Annotated[int, Meta(ge=64)] = 2000
    """Tokens of an answer at most; models that think before they write spend some on that."""
    chat_deadline: Annotated[float, Meta(gt=0)] = 60
    """Seconds that the chat model may take for an answer in all, with repeats."""
    unsupported: Literal["flag", "drop"] = "flag"
    """What becomes of sentences of the chat model that the articles do not bear out, in an answer that they do."""
    prompts: Path | None = None
    """A directory of prompts that stand in for Byline's own, by file name."""
    answer_log: Literal["on", "off"] = "on"
    """Whether answers are kept in the library, with how they came about."""
    answer_log_days: Annotated[int, Meta(ge=0, le=36_500)] = 30
    """Days after which a kept answer is forgotten; 0 for never."""
    most_questions: Annotated[int, Meta(ge=1)] = 128
    """Questions and searches that a worker of the service has under way at once; it answers 503 to more."""
    threads: Annotated[int, Meta(ge=1, le=256)] = 4
    """Threads of a worker of the service that search and read."""
    largest_upload: Annotated[int, Meta(ge=1)] = 1024
    """MiB of a request that brings articles; any other may have 1."""
    stop_after: Annotated[float, Meta(gt=0)] = 10
    """Seconds that what is under way has to end when the service is told to stop."""
    public_url: Annotated[str, Meta(pattern=r"^https?://[^/?#]+(/[^?#]*)?$")] | None = None
    """Where clients reach the service, for links in its answers; what the request itself names unless set."""
    cors: tuple[Annotated[str, Meta(pattern=r"^(\*|[a-z][a-z0-9+.-]*://[^/?#\s]+)$")], ...] = ()
    """Origins whose pages may call the service, divided by commas; * for all."""
    log_format: Literal["auto", "text", "json"] = "auto"
    """How the service logs: lines to read, or one JSON object a line; auto reads in a terminal."""
    log_texts: Literal["on", "off"] = "off"
    """Whether the service logs questions too, to find a fault."""
    debug: bool = False
    """Show the traceback of an unexpected error."""

    @classmethod
    def from_env(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings; empty is as good as unset. Raises SettingsInvalid for an unknown name or a wrong value."""
        given: dict[str, object] = {
            name.removeprefix(_PREFIX).lower(): value
            for name, value in environment.items()
            if name.startswith(_PREFIX) and value
        }
        if "cors" in given:
            given["cors"] = [each.strip() for each in str(given["cors"]).split(",") if each.strip()]
        if wrong := [said for name, value in given.items() if (said := cls._wrong(name, value))]:
            known = ", ".join(map(variable, cls.__struct_fields__))
            raise SettingsInvalid(f"the environment is wrong: {'; '.join(wrong)}; there are {known}")
        return msgspec.convert(given, cls, strict=False, dec_hook=_decode)

    @classmethod
    def _wrong(cls, name: str, value: object) -> str | None:
        """Say what is wrong with one variable; no other has to be there."""
        try:
            msgspec.convert({name: value}, cls, strict=False, dec_hook=_decode)
        except msgspec.ValidationError as error:
            return f"{variable(name)}: {str(error).partition(' - at ')[0]}"
        return None


def variable(field: str) -> str:
    """Name the environment variable of a setting."""
    return _PREFIX + field.upper()


def _decode(kind: type, value: object) -> object:
    if kind is Path:
        return Path(str(value)).expanduser()
    raise NotImplementedError
