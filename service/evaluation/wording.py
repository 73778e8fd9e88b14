"""When a quoted sentence says what was expected, and when an article is the one that was meant."""

import re
import unicodedata

from embeddings.articles import Carrier
from embeddings.terms import terms
from service.answers import Citation

_ARTICLES = frozenset({"a", "an", "the"})
_SIGNS = str.maketrans("‘’‛“”„«»‐‑–—", '\'\'\'"""""----')


def words(text: str) -> list[str]:
    """Words as searches compare them (case, accents, endings and US for United States do not matter), no articles."""
    return [term for term in terms(text) if term not in _ARTICLES]


def says(sentence: str, answer: str) -> bool:
    """Tell whether the words of an answer stand in a sentence, one after the other."""
    return f" {' '.join(words(answer))} " in f" {' '.join(words(sentence))} "


def holds(text: str, quote: str) -> bool:
    """Tell whether a quote stands in a text, but for blank space, case and kinds of quotation marks and dashes."""
    return _folded(quote) in _folded(text)


def names(wanted: str, article: Carrier | Citation) -> bool:
    """Tell whether an id, or an address, is this article's."""
    return wanted == article.article_id or (article.url is not None and address(wanted) == address(article.url))


def address(url: str) -> str:
    """An address without what differs between two of one page."""
    return re.sub(r"^https?://(www\.)?", "", url.partition("#")[0], flags=re.IGNORECASE).rstrip("/")


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).translate(_SIGNS).split()).casefold()
