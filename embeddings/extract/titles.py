"""A title for an article that brings none, found in its own text."""

import re
from collections.abc import Iterator
from itertools import islice, pairwise

from embeddings.extract.normalise import one_line
from embeddings.junk import is_label

FEWEST_WORDS, MOST_WORDS, LONGEST = 3, 30, 200
_LONGEST_BEGINNING = 100
_SENTENCE_WORDS = 12
_LINES = 20
_WORD = re.compile(r"[^\W\d_]+(?:['’.-]\w+)*")
_CLOSERS = "\"'”’»)]› "
_CUT_OFF = ("…", "...")  # a headline that was shortened is one still
_UNFINISHED = tuple(".:;,،؛。．：；，、।۔—–-")
_INITIALS = re.compile(r"\b(?:[A-Z]\.){2,}$")
_TIME = re.compile(r"\d:\d\d ?([ap]\.?m\b|[A-Z]{2,4}\b)")
_BYLINE = re.compile(r"By(?: (?:[A-Z][\w.'’-]*,?|and|de|van|von|al|bin))+$")


def title_from(text: str, stem: str) -> str:
    """The first line that looks like a headline, else the beginning of the first line with words, else `stem`.

    Saved pages often open with scraps of navigation, so the headline need not come first; but once prose has begun,
    a short line is a subheading or an advertisement, so the search ends there.
    """
    lines = [line for line in map(one_line, islice(_lines(text), _LINES)) if not is_label(line)]
    headline = _headline(lines)
    if headline is not None:
        return headline
    wordy = [line for line in lines if _words(line) >= FEWEST_WORDS] or [line for line in lines if _has_letter(line)]
    return _beginning(wordy[0]) if wordy else one_line(stem) or "Untitled"


def _lines(text: str) -> Iterator[str]:
    return (match[0][: 10 * LONGEST] for match in re.finditer(r"\S[^\n]*", text))


def _headline(lines: list[str]) -> str | None:
    for line, following in pairwise([*lines, ""]):
        if _is_prose(line):
            return None
        if _is_headline(line) and not following[:1].islower():  # else a paragraph that was wrapped by hand
            return line
    return None


def _is_headline(line: str) -> bool:
    about_itself = _BYLINE.match(line) or _TIME.search(line)
    return _words(line) >= FEWEST_WORDS and not about_itself and not _ends_otherwise(line)


def _is_prose(line: str) -> bool:
    words = _words(line)
    return words > MOST_WORDS or len(line) > LONGEST or (words >= _SENTENCE_WORDS and _ends_otherwise(line))


def _ends_otherwise(line: str) -> bool:
    """Tell whether the line ends as sentences do, or goes on; "U.S." at the end of a headline does not count."""
    line = line.rstrip(_CLOSERS)
    return line.endswith(_UNFINISHED) and not line.endswith(_CUT_OFF) and not _INITIALS.search(line)


def _words(line: str) -> int:
    return len(_WORD.findall(line))


def _has_letter(line: str) -> bool:
    return any(map(str.isalnum, line))


def _beginning(line: str) -> str:
    if len(line) <= _LONGEST_BEGINNING:
        return line
    cut = line[:_LONGEST_BEGINNING]
    return cut.rpartition(" ")[0].rstrip(",;:—–-") + "…" if " " in cut else cut + "…"
