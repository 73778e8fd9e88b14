"""The one place where text is changed: what a format found becomes the characters that every offset counts."""

import re
import unicodedata

_OUT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufeff]")
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def normalise(text: str) -> str:
    """NFC with LF line ends, without byte order marks, control characters (but newline and tab) and lone surrogates.

    The order makes it idempotent: what is taken out may have stood between the halves of a line end, of a surrogate
    pair or of a composed letter, so it goes first, and composing, which brings nothing of the others back, goes last.
    """
    text = _OUT.sub("", text)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _SURROGATE.sub("", _PAIR.sub(_joined, text))
    return unicodedata.normalize("NFC", text)


def one_line(text: str) -> str:
    """The same for a title or a name: normalised, and every run of blank space is one space."""
    return " ".join(normalise(text).split())


def _joined(pair: re.Match[str]) -> str:
    return pair[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le")
