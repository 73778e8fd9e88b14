"""Marks as models really write them: how a mark looks, what it names, and which brackets are none.

Marks are `[3.2]`, `[3.2, 4.1]`, `[3.2-3.4]`, `[Source 3.2]`, `[^3.2]`, `【3.2†source】`, `[[3.2]]`, `([3.2])`,
`[3.2](#3.2)`, and any number of one or two digits alone in square brackets, within a quotation too: models cite a
source so far more often than they change a number that they quote. "[2014]", "[9/11]", "[sic]" and "[Reuters]" are
none. Round brackets are one where they name a source, and may be one where only ids with a stop are in them and a
sentence ends or pauses there: "(39.2)." is a number to whoever writes marks in square brackets.
"""

import re
from collections.abc import Iterator

from service.written.written import Mark

_LONGEST = 80
"""Characters between the brackets of a mark."""
_MOST = 12
"""Sentences in a range; a longer one names its source alone."""

_OPEN, _CLOSE = r"\[［【〔", r"\]］】〕"
_GAP = r"[^\S\n]{0,3}"
_DASH = r"[-–—‑−]"
_DOTTED = r"\d{1,2}\.\d{1,3}"
_KIND = (
    rf"(?:(?:sources?|src|passages?|citations?|cite|references?|refs?|ids?|see|s|[#^§]){_GAP}[:.#]?{_GAP}"
    rf"|(?:articles?|sentences?){_GAP}[:.#]?{_GAP}(?=\d{{1,2}}\.\d))"
)
_BETWEEN = (
    rf"(?:{_GAP}(?:[,;&+]{_GAP}(?:and|&)?|and|to|{_DASH}|(?:(?<=\.\d)|(?<=\.\d\d))/){_GAP}|[^\S\n]{{1,3}})"  # not 9/11
)


def _ids(stop: str) -> str:
    one = rf"{_KIND}{{0,2}}\d{{1,2}}(?:(?:{stop}|{_GAP},?{_GAP}sentences?{_GAP})\d{{1,3}})?"
    return rf"{one}(?:{_BETWEEN}{one}){{0,15}}{_GAP}(?:†[^{_CLOSE}\n]{{0,40}})?"


_SQUARE = (
    rf"\\?(?:[\[［〔](?=[^{_OPEN}{_CLOSE}]{{1,{_LONGEST}}}[{_CLOSE}]){_GAP}{_ids('[.]')}|【{_GAP}{_ids('[.:]')})"
    rf"\\?[{_CLOSE}](?:\([^()\s]{{0,300}}\))?"  # and the target of a link
)
_SQUARES = rf"{_SQUARE}(?:{_GAP}(?:[,;&/]|and|{_DASH})?{_GAP}{_SQUARE}){{0,30}}"
_WRAPPED = rf"[\[(]{_GAP}(?:(?:see|sources?|src|cf\.?|from){_GAP}:?{_GAP})?{_SQUARES}{_GAP}[\])]"
_NAMED = rf"\({_GAP}(?:(?:see|from)[^\S\n]{{1,3}})?(?=s(?:ource|entence)?s?{_GAP}:?{_GAP}\d){_ids('[.]')}\)"
_NUMBERS = rf"\({_GAP}{_DOTTED}(?:{_BETWEEN}{_DOTTED}){{0,7}}{_GAP}\)"
_PAUSE = rf"""(?=(?:{_GAP}{_NUMBERS}){{0,7}}[^\S\n]*(?:[.,;:?!…。，"”’»\n]|[{_OPEN}]|\Z))"""
MARKS = rf"(?i:{_WRAPPED}|{_SQUARES}|{_NAMED}|{_NUMBERS}{_PAUSE})"
"""The pattern of one mark, or of several side by side; `named` tells whether they name anything."""
OPENED = re.compile(rf"\\?[{_OPEN}][^{_OPEN}{_CLOSE}]{{0,{_LONGEST}}}$|\([^()]{{0,24}}$")
"""A bracket at the end of a text that may yet become a mark."""
FARTHEST = _LONGEST + 2
"""Characters from the end at which it may stand."""
HALF = re.compile(rf"(?i:\s{{0,3}}\\?[{_OPEN}]{_GAP}{_KIND}{{0,2}}[\d.,;:\s–-]*$)")
"""A mark that breaks off where its text ends."""

_ONLY_NUMBERS = re.compile(rf"(?i:{_NUMBERS})")
_TARGET = re.compile(rf"(?<=[{_CLOSE}])\([^()\s]*\)|†[^{_CLOSE}]*")
_PIECE = re.compile(rf"(?i:(?P<to>{_DASH}|\bto\b)|(?P<source>\d+)(?:(?:[.:]|\s*,?\s*sentences?\s*)(?P<sentence>\d+))?)")


def named(marks: str) -> tuple[Mark, ...]:
    """Return what a match of `MARKS` names, in order; nothing if it is prose after all, as "[50-50]" is."""
    found: list[Mark] = []
    to = False
    for piece in _PIECE.finditer(_TARGET.sub("", marks)):
        if piece["to"]:
            to = True
            continue
        mark = Mark(int(piece["source"]), int(piece["sentence"]) if piece["sentence"] else None)
        if to and found:
            between = list(_range(found.pop(), mark))
            if not between:
                return ()
            found += between
        else:
            found.append(mark)
        to = False
    return tuple(found)


def may_be_number(marks: str) -> bool:
    """Tell whether a match of `MARKS` has only numbers in round brackets."""
    return _ONLY_NUMBERS.fullmatch(marks) is not None


def _range(first: Mark, last: Mark) -> Iterator[Mark]:
    if first.sentence is None:
        if last.sentence is None and first.source < last.source <= first.source + _MOST:
            yield from (Mark(source) for source in range(first.source, last.source + 1))
        return
    end = last.source if last.sentence is None else last.sentence  # [3.2-4] is short for [3.2-3.4]
    if (last.sentence is not None and last.source != first.source) or end < first.sentence:
        yield from (first, last)
    elif end < first.sentence + _MOST:
        yield from (Mark(first.source, sentence) for sentence in range(first.sentence, end + 1))
    else:
        yield Mark(first.source)
