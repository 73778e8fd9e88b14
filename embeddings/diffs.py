"""Two versions of a text to what changed between them: paragraphs, in these sentences, in these words."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Literal

from msgspec import Struct

_UNITS = (
    re.compile(r"[^\n]*\n+|[^\n]+"),  # paragraphs
    re.compile(r".+?(?:(?<=[.?!…。！？])[”’»\"')\]]*\s+|(?<=[。！？])|\Z)", re.DOTALL),  # sentences, more or less
    re.compile(r"\w+\s*|\W\s*"),  # words
)
"""Each unit with the space after it."""
_MOST_WORDS = 4000
"""In longer stretches words are not compared: the time grows with the square."""
_ALIKE = 0.4
"""Below this share of words in common, one sentence was replaced by another."""


class Run(Struct, frozen=True):
    """A stretch of text in one of two versions, or in both."""

    op: Literal["same", "removed", "added"]
    text: str


def differences(old: str, new: str) -> list[Run]:
    """Compare two texts; what is the same and what was added make up the new one, to the character.

    Space is not compared.
    """
    return list(_joined(_runs(old, new, 0)))


def _runs(old: str, new: str, level: int) -> Iterator[Run]:
    a, b = _UNITS[level].findall(old), _UNITS[level].findall(new)
    last = level == len(_UNITS) - 1
    matcher = SequenceMatcher(None, [unit.strip() for unit in a], [unit.strip() for unit in b])
    if last and (len(a) + len(b) > _MOST_WORDS or matcher.ratio() < _ALIKE):
        yield from _replaced(old, new)
        return
    for op, a_start, a_end, b_start, b_end in matcher.get_opcodes():
        before, after = "".join(a[a_start:a_end]), "".join(b[b_start:b_end])
        if op == "equal":
            yield Run("same", after)
        elif last or not before or not after:
            yield from _replaced(before, after)
        else:
            yield from _runs(before, after, level + 1)


def _replaced(before: str, after: str) -> Iterator[Run]:
    if before:
        yield Run("removed", before)
    if after:
        yield Run("added", after)


def _joined(runs: Iterator[Run]) -> Iterator[Run]:
    """Join neighbours of one kind."""
    last: Run | None = None
    for run in runs:
        if last is not None and last.op == run.op:
            last = Run(run.op, last.text + run.text)
            continue
        if last is not None:
            yield last
        last = run
    if last is not None:
        yield last
