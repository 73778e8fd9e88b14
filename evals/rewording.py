"""Sentences reworded and condensed without a change of what they say, as far as rules can, for `evals.falsified`."""

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

_WORDS = {
    "also": "", "almost": "nearly", "allow": "let", "although": "even though", "began": "started", "begin": "start",
    "big": "large", "bought": "purchased", "currently": "now", "during": "in the course of",
    "earlier": "before", "entire": "whole", "group": "organization", "help": "assist", "however": "",
    "huge": "very large", "important": "significant", "later": "afterwards",
    "major": "big", "make sure": "ensure", "many": "a lot of", "more than": "over", "nearly": "almost",
    "particularly": "especially", "recently": "", "show": "demonstrate", "shows": "demonstrates",
    "such as": "like", "talk": "speak", "tried": "attempted", "trying": "attempting",
    "wants to": "intends to", "whether": "if", "while": "whereas",
}  # fmt: skip
"""Words and groups of words that can stand for others."""
_SAYING = {
    "said": "stated", "says": "said", "added": "said", "stated": "said", "argued": "said", "told reporters": "said",
    "claimed": "said", "wrote": "stated", "tweeted": "wrote on Twitter", "noted": "said",
}  # fmt: skip
_DIGITS = {
    "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
    "ten": "10",
}  # fmt: skip
_SHORT = {
    "did not": "didn't", "does not": "doesn't", "is not": "isn't", "are not": "aren't", "was not": "wasn't",
    "would not": "wouldn't", "could not": "couldn't", "cannot": "can't",
}  # fmt: skip


def _any(words: dict[str, str], before: str = r"(?<![\w$-])") -> re.Pattern[str]:
    return re.compile(rf"{before}(?:{'|'.join(sorted(words, key=len, reverse=True))})(?![\w-])")


_FORMS = {short.replace("'", "’"): long for long, short in _SHORT.items()} | {
    short: long for long, short in _SHORT.items()
}
_EXCHANGED = (
    (_any(_WORDS), _WORDS),
    (_any(_SAYING, r"(?<!\bis )(?<!\bwas )(?<!\bare )(?<![\w-])"), _SAYING),
    (_any(_DIGITS), _DIGITS),
    (_any(_SHORT), _SHORT),
    (_any(_FORMS), _FORMS),
    (re.compile(r"(?<=\d) percent(?!\w)"), {" percent": "%"}),
    (re.compile(r"(?<=\d)%"), {"%": " percent"}),
    (re.compile(r"\bthe United States\b"), {"the United States": "the U.S."}),
    (re.compile(r"\bthe U\.S\.(?= [a-z])"), {"the U.S.": "the United States"}),
)
_DROPPED = (
    re.compile(r" \([^()]{3,80}\)"),
    re.compile(r", (?:who|which|where) [^,;:—–]{5,100},(?= [a-z])"),
    re.compile(r", (?:who|which|where|adding|noting|including|although|while) [^;:—–]{5,140}(?=\.$)"),
)
_OPENING = re.compile(
    r"^(?:(?:But|And|Still|However|Meanwhile|Instead|Now|So|Yet|In fact|Of course),? "
    r"|(?:On|In|At|After|During|Before) [^,;:—–]{3,50}, )(?P<first>\w)"
)
_MOST_LOST = 0.5
"""Share of a sentence that may be left out."""


class Edit(Struct, frozen=True):
    """Other words for a span of a text."""

    start: int
    end: int
    words: str

    def touches(self, spans: Sequence[tuple[int, int]]) -> bool:
        """Tell whether the edit changes something of these spans, or right beside them."""
        return any(self.start <= end and start <= self.end for start, end in spans)


def edited(text: str, edits: Sequence[Edit]) -> str:
    """Apply edits that do not overlap."""
    for edit in sorted(edits, key=lambda edit: -edit.start):
        text = text[: edit.start] + edit.words + text[edit.end :]
    return re.sub(r"  +", " ", text).strip()


def rewordings(sentence: str, kept: Sequence[tuple[int, int]]) -> list[Edit]:
    """Give edits that do not overlap, nor touch what is to be kept; together they leave at least half of a sentence."""
    chosen: list[Edit] = []
    taken, lost = list(kept), 0
    for edit in _possible(sentence):
        shorter = edit.end - edit.start - len(edit.words)
        if not edit.touches(taken) and lost + shorter <= _MOST_LOST * len(sentence):
            chosen.append(edit)
            taken.append((edit.start, edit.end))
            lost += max(0, shorter)
    return chosen


def _possible(sentence: str) -> Iterator[Edit]:
    """Yield what condenses first, then what exchanges words."""
    for pattern in _DROPPED:
        yield from (Edit(found.start(), found.end(), "") for found in pattern.finditer(sentence))
    if opening := _OPENING.match(sentence):
        yield Edit(0, opening.end(), opening["first"].upper())
    for pattern, words in _EXCHANGED:
        yield from (Edit(found.start(), found.end(), words[found.group()]) for found in pattern.finditer(sentence))
