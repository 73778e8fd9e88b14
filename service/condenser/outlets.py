"""The outlets that a question names: those of a collection as they are stored, and well-known ones that it lacks."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from msgspec import Struct

from service.condenser.known_outlets import BROADCASTERS, KNOWN, ORDINARY


class Mention(Struct, frozen=True, kw_only=True):
    """An outlet where a question names it: `question[start:end]`, its article and no quotation marks included."""

    start: int
    end: int
    name: str
    """As the question puts it, with an article that is a part of it: "The Guardian"."""
    sources: tuple[str, ...]
    """The names under which the collection stores it and its sections; none where it holds nothing of it."""


_WORDS_TOO = frozenset(ORDINARY.split())
_STATIONS = frozenset(BROADCASTERS.split())
_SECOND_LEVEL = frozenset(["ac", "co", "com", "edu", "gov", "net", "org"])
_DOMAIN = re.compile(r"(?:https?://)?((?:[\w-]+\.)+[a-z]{2,})/?", re.IGNORECASE)
_DOMAIN_END = re.compile(r"(?:\.[a-z]{2,3}){1,2}\b")
_SECTION = re.compile(r" [-–—|] | ?\||: | \(")
_KIND = re.compile(r"\b(?:online|web|website|newspaper|magazine|com)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")
_WIDEST_GAP = 3
_BREAKS = frozenset(',;?()"“”\n')
_SENTENCE_START = re.compile(r"(?:^|[.?!:]|\n)\W*$")
_NAME_BEFORE = re.compile(r"\b([A-Z][\w.-]*) $")
_OPENING = """
a about according after an and are as at because before between both but by can contrary could despite did do does
following for from had has have how if in is may might of on only or per should since than that the to under using via
was were what when where which while who whom whose why will with would
"""
"""Words that are capitalised at the beginning of a question and are no part of the name that follows."""
_OPENERS = frozenset(_OPENING.split())
REPORTS = (
    r"(?:news )?(?:articles?|reports?|reporting|stor(?:y|ies)|coverage|pieces?|columns?|editorials?|op-eds?|"
    r"write-?ups?|headlines?|dispatch(?:es)?|blog ?posts?)"
)
"""What outlets publish, as a regular expression."""
_GOES_ON = re.compile(rf"[-/&@](?=\w)| (?!{REPORTS}\b)(?=[A-Z\d])(?-i:[A-Z\d])", re.IGNORECASE)
_QUOTES = "'\"‘’“”"


def mentions(question: str, outlets: tuple[str, ...]) -> list[Mention]:
    """Find the outlets that a question names, from left to right; in whatever role they stand there."""
    index = _index(outlets)
    words = [(match.start(), match.end(), _plain(match[0])) for match in _WORD.finditer(question)]
    found = []
    place = 0
    while place < len(words):
        core = place + (words[place][2] == "the" and place + 1 < len(words))
        last, key = index.longest(question, words, core)
        if last is not None and _is_name(question, words[core][0], words[last][1], key):
            end = words[last][1]
            ending = _DOMAIN_END.match(question, end)
            found.append(
                Mention(
                    start=words[place][0],
                    end=ending.end() if ending else end,
                    name=question[words[place if question[words[place][0]] == "T" else core][0] : end],
                    sources=index.sources(key),
                )
            )
            place = last
        place += 1
    return found


class _Index:
    """Names of outlets by their letters alone, as nobody writes them alike: "USA TODAY", "usatoday.com"."""

    def __init__(self, outlets: Iterable[str]) -> None:
        self._stored: dict[str, dict[str, None]] = {}
        for outlet in outlets:
            for key in _keys(outlet):
                self._stored.setdefault(key, {})[outlet] = None
        self._keys = frozenset(key for key in (*self._stored, *_aliases()) if len(key) > 1)
        self._beginnings = frozenset(key[:end] for key in self._keys for end in range(1, len(key) + 1))

    def longest(self, question: str, words: list[tuple[int, int, str]], place: int) -> tuple[int | None, str]:
        """The last word of the longest name that begins at a word, and its key."""
        letters, last, key = "", None, ""
        for at in range(place, len(words)):
            gap = question[words[at - 1][1] : words[at][0]] if at > place else ""
            letters += words[at][2]
            if letters not in self._beginnings or len(gap) > _WIDEST_GAP or not _BREAKS.isdisjoint(gap):
                break
            if letters in self._keys and gap not in ("'", "’"):
                last, key = at, letters
        return last, key

    def sources(self, key: str) -> tuple[str, ...]:
        """What is stored under a name; under the other names of the same outlet, where it is one of those."""
        return tuple({**self._stored.get(key, {}), **self._stored.get(_aliases().get(key, key), {})})


@lru_cache(maxsize=32)
def _index(outlets: tuple[str, ...]) -> _Index:
    return _Index(outlets)


@lru_cache(maxsize=1)
def _aliases() -> dict[str, str]:
    """The key of the usual name for that of every name."""
    families = [[_key(name) for name in family.split(",")] for family in re.split(r"[|\n]", KNOWN.strip())]
    return {key: family[0] for family in families for key in family}


def _keys(outlet: str) -> Iterator[str]:
    """Under which keys a stored name is found: as a whole, without its section, and as what it is short for."""
    base = _SECTION.split(outlet)[0]
    names = [outlet, base, _KIND.sub("", base)]
    if domain := _DOMAIN.fullmatch(outlet.strip()):
        labels = domain[1].lower().split(".")
        label = labels[-3 if len(labels) > 2 and labels[-2] in _SECOND_LEVEL else -2]
        names += [label, label.removeprefix("the")]
    for name in names:
        key = _key(name)
        yield key
        yield _aliases().get(key, key)
    first = _WORD.match(base)
    if first and (key := _plain(first[0])) in _STATIONS:
        yield _aliases().get(key, key)


def _key(name: str) -> str:
    words = [_plain(word) for word in _WORD.findall(name)]
    return "".join(words[1:] if words[:1] == ["the"] and len(words) > 1 else words)


def _plain(word: str) -> str:
    if word.isascii():
        return word.lower()
    return "".join(char for char in unicodedata.normalize("NFKD", word.casefold()) if not unicodedata.combining(char))


def _is_name(question: str, start: int, end: int, key: str) -> bool:
    """Tell an outlet from a word that is spelt like it, and from a longer name of which it is a part."""
    text, before = question[start:end], question[max(0, start - 30) : start]
    if text.islower():
        return len(key) > 2 and key not in _WORDS_TOO
    if before[-1:] in _QUOTES and question[end : end + 1] in _QUOTES and before and end < len(question):
        return True
    if before[-1:] in tuple("-/@#&") or _GOES_ON.match(question, end):
        return False
    if len(_WORD.findall(text)) > 1 or text.isupper():
        return True
    name = _NAME_BEFORE.search(before)
    if name and name[1].lower() not in _OPENERS:
        return False
    return key not in _WORDS_TOO or not _SENTENCE_START.search(before)
