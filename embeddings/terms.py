"""Text to index terms: what counts as one word in lexical search, for passages and queries alike."""

import re
import unicodedata
from threading import Lock

import Stemmer

ANALYZER = "english-2"
"""Changes whenever `terms` answers differently: an index made under another value is not opened but rebuilt."""

_WORD = re.compile(
    r"""
      \d{1,3}(?:,\d{3}(?!\d))+(?:\.\d+)?[^\W_]*      # 1,200  3,500.75  1,200km
    | \d+(?:\.\d+)+[^\W_]*                           # 2.5  10.30am  1.2.3
    | [^\W\d_](?:\.[^\W\d_])+(?![^\W_])\.?(?:'s\b)?  # U.S.  U.N.'s
    | [^\W_]+(?:'[^\W_]+)*                           # Kerry's  don't  Sana'a
    """,
    re.VERBOSE,
)
_SHORT_NAMES = {"united states": "US", "united kingdom": "UK", "united nations": "UN", "european union": "EU"}
"""Names that news uses in both forms, often of one and the same in one story."""
_LONG_NAME = re.compile(r"\b(United (?:States|Kingdom|Nations)|European Union)\b(?: of America\b)?", re.IGNORECASE)
_SIGNS = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201b\u02bc", "'")  # what is typed for an apostrophe
    | dict.fromkeys("\xad\u200b\u200c\u200d\u2060", "")  # invisible: soft hyphen, zero-width spaces and joiners
)
_JOINERS = str.maketrans("", "", "',")
_LONGEST_KEPT = 32
_MOST_KEPT = 1 << 16


def terms(text: str) -> list[str]:
    """Stems in the order of the text, stop words included.

    Case, diacritics and compatibility forms do not matter; United States, U.S., US and us are one term, as are 1,200
    and 1200; a possessive is dropped, another apostrophe joins (Sana'a, Sanaa), a hyphen separates. Stemming: Porter's
    English (Porter 2001, Snowball).
    """
    short = _LONG_NAME.sub(lambda name: _SHORT_NAMES[name[1].casefold()], text)
    return " ".join(map(_stems.__getitem__, short.split())).split()


class _Stems(dict[str, str]):
    """From what stands between two spaces to its terms, joined by spaces; as punctuation repeats, so do the entries."""

    def __init__(self) -> None:
        self._older: dict[str, str] = {}
        self._stemmer = Stemmer.Stemmer("english", 0)
        self._stemming = Lock()

    def __missing__(self, piece: str) -> str:
        stems = self._older.get(piece)
        if stems is None:
            words = (word.removesuffix("'s").translate(_JOINERS) for word in _WORD.findall(_folded(piece)))
            bare = [word if word[0].isdecimal() else word.replace(".", "") for word in words]
            with self._stemming:  # a stemmer is one mutable buffer
                stems = " ".join(self._stemmer.stemWords(bare))
        if len(piece) <= _LONGEST_KEPT:
            if len(self) >= _MOST_KEPT:  # what is still in use comes back from the older half
                self._older = self.copy()
                self.clear()
            self[piece] = stems
        return stems


def _folded(piece: str) -> str:
    if piece.isascii():
        return piece.lower()
    plain = (sign for sign in unicodedata.normalize("NFKD", piece) if unicodedata.category(sign)[0] != "M")
    return "".join(plain).casefold().translate(_SIGNS)


_stems = _Stems()

FUNCTION_WORDS = frozenset(
    terms(
        "a an the and or but nor so of in on at to for from by with about as into than then that this these those "
        "there is are was were be been being am do does did done has have had having will would can could may might "
        "shall should must who whom whose what when where why which how many much it its he she they him her "
        "them his their i you we your our my me not no any some"
    )
)
"""Terms of which a text can say all without saying anything of a question."""
