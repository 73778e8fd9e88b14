"""What makes one stored version another, and what makes two texts the same words."""

import hashlib
import re

import msgspec

from embeddings.articles import Article
from embeddings.catalog.rows import stamp


def content_digest(article: Article) -> bytes:
    """Digest what makes one version differ from the next, as it is stored: everything but id and number."""
    parts = msgspec.structs.asdict(article)
    del parts["id"], parts["version"]
    parts["published_at"], parts["updated_at"] = stamp(article.published_at), stamp(article.updated_at)
    return hashlib.sha256(msgspec.json.encode(parts, order="deterministic")).digest()


def words_digest(text: str) -> bytes:
    """Digest the words of a text in order: copies that differ in spacing, case or punctuation are the same.

    A text without words is only a copy of the very same.
    """
    words = re.findall(r"\w+", text.casefold())
    return hashlib.sha256((" ".join(words) or text).encode()).digest()


def short_digest(text: str) -> int:
    """The first 64 bits of the same, as the signed integer that SQLite keeps."""
    return int.from_bytes(words_digest(text)[:8], "big", signed=True)
