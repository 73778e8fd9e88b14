"""Find what stands between quotation marks, for the attributions and for `Sentence.quoted`.

A mark is read by its shape where that tells opening from closing, else by its neighbours. Marks are matched within a
paragraph. A quotation that its paragraph leaves open goes on

* into paragraphs that open it again, as printers do;
* over paragraphs that do not, where a mark that closes it follows within reach.

Otherwise it ends with its paragraph.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from msgspec import Struct

from embeddings.articles import Sentence

Span = tuple[int, int]

_REACH = 8
"""Paragraphs that a quotation may run through without opening again before the mark that closes it."""
_LONGEST_TAIL = 1200
"""Characters. A quotation that nothing closes ends with its paragraph, or with its sentence where that is further."""

_MARK = re.compile(r"""''|``|[“”„‟"＂«»「」『』]|(?<![^\W_])['‘‚](?=[^\W_]|[“"«(\[$£€…])|(?<=\S)['’‘](?![^\W_])""")
_FAMILIES = {
    **dict.fromkeys(["“", "”", "„", "‟", '"', "＂", "''", "``"], "double"),
    **dict.fromkeys("«»", "guillemet"),
    **dict.fromkeys("「」", "corner"),
    **dict.fromkeys("『』", "white corner"),
    **dict.fromkeys("'‘’‚", "single"),
}
_OPENING = frozenset(["“", "„", "‟", "``", "「", "『", "‚"])
_CLOSING = frozenset(["”", "」", "』", "’"])
_BEFORE_OPENING = frozenset("([{—–-/¿¡“‘«„‚「『")
_AFTER_CLOSING = frozenset(".,;:!?)]}—–-/…”’»」』。、，")
_ELISION = re.compile(
    r"(?:\d\ds?|em|till?|tis|twas|twere|cause|n|bout|round|nuff|cuz|ere|neath)(?![^\W_])", re.IGNORECASE
)
_FEET = re.compile(r"\d['’‘] ?\d{1,2}$")


class _Mark(Struct, frozen=True):
    start: int
    end: int
    family: str
    opens: bool


class _Matched(Struct):
    """What the marks of one paragraph come to."""

    pairs: list[Span]
    """The outermost pairs, ascending."""
    left_open: _Mark | None
    """The last mark that opens what the paragraph does not close."""
    unopened: list[_Mark]
    """The marks that close what the paragraph did not open."""


def quotations(text: str, paragraphs: Sequence[Sequence[Sentence]]) -> list[Span]:
    """Return the spans of the outermost quotations, with their marks, ascending and disjoint.

    A quotation of several paragraphs is one span. Takes time linear in the length of the text.
    """
    found: list[Span] = []
    carried: _Mark | None = None
    sure, gap = 0, 0  # where the carried quotation ends at least, and the paragraphs since
    guillemets = "»«" if 0 <= text.find("»") < (text.find("«") % (len(text) + 1)) else "«»"
    for sentences in paragraphs:
        stop: int | None = None
        start, end = sentences[0].start, sentences[-1].end
        matched = _match(_marks(text, start, end, guillemets))
        if carried is not None:
            stop = _stop(text, carried, matched, start, end, gap)
            if stop == end and matched.left_open is not None:
                sure, gap = end, 0
                continue
            if stop is None:
                gap += 1
                continue
            found.append((carried.start, stop or sure))
            matched.pairs = [pair for pair in matched.pairs if pair[0] >= stop]
            carried = None
        opening = matched.left_open
        if opening is not None and opening.start >= (stop or 0):
            inside = [pair for pair in matched.pairs if pair[0] > opening.start]
            if any(_is_speech(text, pair) for pair in inside):
                opening = None  # a stray mark
            else:
                matched.pairs = [pair for pair in matched.pairs if pair[0] < opening.start]
                carried, sure, gap = opening, _tail(sentences, opening), 0
        found += matched.pairs
    if carried is not None:
        found.append((carried.start, sure))
    return found


def _stop(text: str, carried: _Mark, matched: _Matched, start: int, end: int, gap: int) -> int | None:
    """Return where the carried quotation ends in the paragraph, `end` if beyond it, 0 if before; None for undecided."""
    opening, pairs = matched.left_open, matched.pairs
    if opening is not None and opening.start == start and opening.family == carried.family:
        return end
    if pairs and pairs[0][0] == start and _family(text, start) == carried.family:
        return pairs[0][1] if gap == 0 else 0
    if carried.family == "single":
        return 0
    for mark in matched.unopened:
        if mark.family == carried.family:
            return mark.end
    if opening is not None or gap == _REACH or any(_is_speech(text, pair) for pair in pairs):
        return 0
    return None


def _marks(text: str, start: int, end: int, guillemets: str) -> Iterator[_Mark]:
    """Yield the marks of a paragraph, each with its direction; apostrophes, feet and inches left out."""
    depth: Counter[str] = Counter()
    marks = list(_MARK.finditer(text, start, end))
    for at, match in enumerate(marks):
        mark, left, right = match.group(), match.start(), match.end()
        family = _FAMILIES[mark]
        before = text[left - 1] if left > start else " "
        after = text[right] if right < end else " "
        can_open = (before.isspace() or before in _BEFORE_OPENING or before in "\"'") and not after.isspace()
        can_close = not before.isspace() and (
            after.isspace() or after in _AFTER_CLOSING or after in "\"'" or family in ("corner", "white corner")
        )
        if family == "guillemet":
            opens = mark == guillemets[0] and not (depth[family] and can_close and not can_open)
        elif family == "single":
            if can_open and mark != "’" and not (depth[family] and can_close):
                if _ELISION.match(text, right):
                    continue
                opens = True
            elif depth[family] and can_close:
                following = marks[at + 1] if at + 1 < len(marks) else None
                if _is_possessive(text, match, following):
                    continue
                opens = False
            else:
                continue
        elif mark in _OPENING:
            opens = not (mark == "“" and depth[family] and can_close and not can_open)
        elif mark in _CLOSING:
            opens = mark == "”" and not depth[family] and can_open and not can_close
        else:
            if before.isdigit() and (not depth[family] or _FEET.search(text, max(start, left - 6), left)):
                continue
            opens = can_open if can_open != can_close else not depth[family]
        if opens:
            depth[family] += 1
        elif depth[family]:
            depth[family] -= 1
        yield _Mark(left, right, family, opens)


def _is_possessive(text: str, match: re.Match[str], following: re.Match[str] | None) -> bool:
    """Tell whether a mark after an s is an apostrophe: another mark follows that closes better."""
    return (
        text[match.start() - 1] == "s"
        and text[match.end() : match.end() + 2].strip().isalpha()
        and following is not None
        and following.group() in ("'", "’")
        and text[following.start() - 1] in ",.!?"
    )


def _match(marks: Iterator[_Mark]) -> _Matched:
    """Match the marks of a paragraph; marks left open within a pair count for nothing."""
    stack: list[_Mark] = []
    depth: Counter[str] = Counter()
    pairs: list[Span] = []
    unopened: list[_Mark] = []
    for mark in marks:
        if mark.opens:
            stack.append(mark)
            depth[mark.family] += 1
        elif not depth[mark.family]:
            unopened.append(mark)
        else:
            while True:
                opening = stack.pop()
                depth[opening.family] -= 1
                if opening.family == mark.family:
                    break
            while pairs and pairs[-1][0] > opening.start:
                pairs.pop()
            pairs.append((opening.start, mark.end))
    lasting = [mark for mark in stack if mark.family != "single"] or stack
    return _Matched(pairs, lasting[-1] if lasting else None, unopened)


def _family(text: str, at: int) -> str:
    return _FAMILIES.get(text[at : at + 2]) or _FAMILIES[text[at]]


def _is_speech(text: str, pair: Span) -> bool:
    """Tell whether a pair of marks ends with a comma, as what somebody says does and a word held at a distance not."""
    return text[pair[1] - 2] in ",，" or text[pair[1] : pair[1] + 1] == ","


def _tail(sentences: Sequence[Sentence], opening: _Mark) -> int:
    """Return where a quotation ends that is never closed."""
    end = sentences[-1].end
    if end - opening.start <= _LONGEST_TAIL:
        return end
    return next(sentence.end for sentence in sentences if sentence.end > opening.start)
