"""The name that an article keeps: given, or else a digest of what makes it the same article when it comes again."""

import re
from hashlib import sha256

from embeddings.extract.urls import canonical

_USABLE = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._~:-]{1,100}")
"""Fits into the path of a URL and, with the version after an '@', into the id of a passage."""


def article_id(given: str | None, url: str | None, text: str) -> str:
    """The given id if it is usable, else 16 hexadecimal digits of it, of the canonical URL or of the text."""
    if given:
        return given if usable(given) else digest(given)
    return digest(canonical(url) if url else text)


def usable(given: str) -> bool:
    """Tell whether an id can stand in a URL as it is."""
    return _USABLE.fullmatch(given) is not None


def digest(text: str) -> str:
    """The first 16 hexadecimal digits of the SHA-256."""
    return sha256(text.encode()).hexdigest()[:16]
