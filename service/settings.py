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
    debug: bool = False
    """Show the traceback of an unexpected error."""

    @classmethod
    def from_env(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings; empty is as good as unset. Raises SettingsInvalid for an unknown name or a wrong value."""
        given = {
            name.removeprefix(_PREFIX).lower(): value
            for name, value in environment.items()
            if name.startswith(_PREFIX) and value
        }
        try:
            return msgspec.convert(given, cls, strict=False, dec_hook=_decode)
        except msgspec.ValidationError as error:
            known = ", ".join(_PREFIX + field.upper() for field in cls.__struct_fields__)
            raise SettingsInvalid(f"a {_PREFIX}* environment variable is wrong: {error}; there are {known}") from error


def _decode(kind: type, value: object) -> object:
    if kind is Path:
        return Path(str(value)).expanduser()
    raise NotImplementedError
