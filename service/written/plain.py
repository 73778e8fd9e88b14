"""What a model writes without what is not prose: marks, the signs of Markdown, tags, character references."""

import re
from bisect import bisect_right
from html import unescape
from typing import NamedTuple

from service.written.marks import MARKS, may_be_number, named
from service.written.written import Mark

_MARK = re.compile(rf"(?P<mark>{MARKS})")
_SIGN = re.compile(
    rf"(?P<mark>{MARKS})"
    r"|!?\[(?P<link>[^\[\]\n]{1,300})\]\((?:[^()\s]|\([^()\s]*\)){1,500}(?:\s\"[^\"\n]{0,200}\")?\)"
    r"|\\(?P<escaped>[!-/:-@\[-`{-~])"
    r"|(?P<reference>&(?:amp|lt|gt|quot|apos|nbsp|#39|#x27);)"
    r"|(?P<block></?(?i:br|p|div|ul|ol|li|h[1-6]|blockquote)(?:\s[^<>\n]{0,200})?/?>)"
    r"|(?P<inline></?(?i:a|b|i|u|s|em|strong|sup|sub|span|cite|q|mark|code|source|said)(?:\s[^<>\n]{0,200})?>)"
    r"|(?P<opening>(?<![^\s(\[“‘\"'—–/-])\*{1,3}(?=[^\s*]))"
    r"|(?P<closing>(?<=[^\s*])\*{1,3}(?!\*))"
    r"|(?P<emphasis>(?<!\w)_{1,3}(?=[^\s_])|(?<=[^\s_])_{1,3}(?!\w)|`+|~~)"
)
_SPACE = " \t\xa0\u2009\u202f"
_STOPPED = re.compile(r"[.?!…][\"”’»')]?$")
_WORD_END = re.compile(r"[\w.?!…,;:%\"”’»)]$")
_BRACKETS = str.maketrans("", "", "[]［］【】〔〕()")
_PASSES = 4
"""Marks within marks, before all brackets go."""


class Plain(NamedTuple):
    """A stretch of a line in plain text."""

    text: str
    marks: list[tuple[int, Mark]]
    """Where in the text each stood."""
    origins: list[tuple[int, int, int]]
    """From which position of the text, which of the original, and how many signs of emphasis were open there."""
    squared: bool
    """Whether there are marks other than numbers in round brackets, here or before."""

    def origin(self, at: int) -> tuple[int, int]:
        """Return where a character of the text stood, and how many signs of emphasis were open there."""
        here, there, opened = self.origins[bisect_right(self.origins, at, key=lambda origin: origin[0]) - 1]
        return there + at - here, opened


def plain(written: str, *, emphasis: int = 0, squared: bool = False) -> Plain:
    """Take the marks and signs out of a stretch of a line.

    The space before a mark goes with it. `&lt;` and its like, which sources have, become what they stand for.
    `emphasis`: its signs that are open before; `squared`: numbers in round brackets are no marks here.
    """
    squared = squared or ("(" in written and any(_is_mark(sign.group()) for sign in _MARK.finditer(written)))
    return _without(_SIGN, written, emphasis, squared=squared)


def unmarked(text: str) -> str:
    """Return a text of any length without marks, and all else as it was, also numbers in round brackets."""
    return "\n".join(without_marks(line)[0] for line in text.split("\n"))


def without_marks(line: str) -> tuple[str, list[Mark]]:
    """Return a line without marks, and what they named; also those that appear when others are taken out."""
    marks: list[Mark] = []
    for _ in range(_PASSES):
        result = _without(_MARK, line, 0, squared=True)
        if not result.marks:
            return line, marks
        line = result.text
        marks += [mark for _, mark in result.marks]
    return line.translate(_BRACKETS), marks


def _is_mark(found: str) -> bool:
    return not may_be_number(found) and named(found) != ()


def _without(signs: re.Pattern[str], written: str, opened: int, *, squared: bool) -> Plain:
    text, at = "", 0
    marks: list[tuple[int, Mark]] = []
    origins = [(0, 0, opened)]

    for sign in signs.finditer(written):
        kind, found = sign.lastgroup, sign.group()
        if kind == "mark" and not (_is_mark(found) or (may_be_number(found) and not squared)):
            continue
        if kind == "closing" and not opened and _in_word(written, *sign.span()):
            continue
        text += written[at : sign.start()]
        at = sign.end()
        if kind == "mark":
            squared = squared or not may_be_number(found)
            text, at = _closed_up(text, written, at)
            marks += [(len(text), mark) for mark in named(found)]
            if _WORD_END.search(text[-1:]) and written[at : at + 1].isalnum():
                text += " "
        elif kind in ("link", "escaped"):
            text += sign[kind]
        elif kind == "reference":
            text += unescape(found)
        elif kind == "block":
            text += " "
        elif kind in ("opening", "closing"):
            opened = max(0, opened + (1 if kind == "opening" else -1))
        while origins[-1][0] > len(text):
            origins.pop()
        origins.append((len(text), at, opened))
    return Plain(text + written[at:], marks, origins, squared)


def _in_word(written: str, start: int, end: int) -> bool:
    """Tell whether stars may belong to a word, as in "f**k" and "2*3"."""
    return written[start - 1].isalnum() or written[end : end + 1].isalnum()


def _closed_up(text: str, written: str, at: int) -> tuple[str, int]:
    """Close the gap that a mark leaves between a text and the rest of what was written, from `at`."""
    text = text.rstrip(_SPACE)
    after = written[at : at + 1]
    if after == ")":
        text = text.rstrip(_SPACE + ",;:")
        if text.endswith("("):
            return text[:-1].rstrip(_SPACE), at + 1
    elif after == "." and written[at + 1 : at + 2] != "." and _STOPPED.search(text[-2:]):
        return text, at + 1  # "He left. [3.2]."
    if not text:
        while at < len(written) and written[at] in _SPACE:
            at += 1
    return text, at
