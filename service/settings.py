"""What can be set from outside, each by an environment variable."""

from collections.abc import Mapping
from pathlib import Path
from typing import Self

import msgspec
import platformdirs
from msgspec import Struct

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
    debug: bool = False
    """Show the traceback of an unexpected error."""

    @classmethod
    def from_env(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings. Raises SettingsInvalid for an unknown name or an ill-typed value."""
        given = {
            name.removeprefix(_PREFIX).lower(): value for name, value in environment.items() if name.startswith(_PREFIX)
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
