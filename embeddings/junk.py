"""Which paragraphs belong to the page that a text was saved from, not to its article: they stay out of passages.

Goes by the article alone. Labels and notices that pages have in common are known by name (`junk_phrases`), the rest is
told by where it stands. The article's body is the stretch with the most prose and the least junk between (maximum
subsequence segmentation: Pasternack and Roth, WWW 2009). In it only what is known is junk, and boxes with links. Before
all prose, so are short lines such as menus leave behind; after the body, once a heading or buttons show that the page
speaks of itself, whatever is no sentence, teasers between headlines, and comments. Lists without such a sign stay: as
often as links to other articles they are results, winners or recipes.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum

from embeddings.articles import Sentence
from embeddings.junk_phrases import (
    BUTTONS,
    COMMENTS,
    CREDIT,
    FOOTER,
    INSERTS,
    LEADING,
    LONGEST,
    NOTICE,
    RELATED,
    START,
    TRAILING,
    words,
)

_PROSE = 10
"""Words of a paragraph that is prose if it ends as sentences do."""
_LONG = 40
"""Words of a paragraph that is prose however it ends."""
_SHORT = 4
"""Words of a line that navigation leaves behind."""
_CREDIT = 7
"""Words of a line that says no more than who took a photograph."""
_LABEL = 16
"""Words of a line that may be a label, a byline or a headline."""
_NOTICE = 60
"""Words of the longest notice."""
_BUTTONS = 2
"""Buttons after the body that show that the page speaks of itself: one alone may belong to a recipe or a table."""
_TEASER = 30
"""Words of the longest sentence under a headline that leads to another article."""
_MENU = 3
"""Short lines before all prose that are a menu, even when none is known."""
_CHARACTERS_PER_WORD = 8
"""Languages without spaces have words all the same."""

_END = re.compile(r"[.!?…。！？｡।۔؟][\s'\"”’»›)\]」』》*]*$")
_COLONS = (":", "：")
_QUOTATION = "“\"«„‘「『'"
_BYLINE = re.compile(r"(?:by|von|par|por|di|door|автор)\b:?\s+", re.IGNORECASE)
_PARTICLES = frozenset(
    re.findall(
        r"\w+",
        """
    and et und y e by for of de da del della der van von den di al bin ibn el la le
    publiziert veröffentlicht publié publicado pubblicato
""",
    )
)
"""Words that stand among names in a byline."""
_TOKEN = re.compile(r"[^\W_]+")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_TIME = re.compile(
    r"(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?|jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?"
    r"|apr(?:il)?|may|june?|july?|aug(?:ust)?|(?:sept?|octo?|nov|dec)(?:em)?(?:ber)?|\d+(?:st|nd|rd|th|h|am|pm)?"
    r"|\d{4}\d\d?|[ap]m?|[ecmph][sd]?t|gmt|utc|bst|ist|cest|cet|t|z|\d+t\d+|\d+z|uk|at|on|of|today|yesterday|updated"
    r"|published|posted|last|modified|original|originally|first|de|del|le|am|um|uhr|às|o"
)


class _Kind(IntEnum):
    """What a paragraph looks like by itself; from LABEL on it is junk wherever it stands."""

    PROSE = 0
    SENTENCE = 1
    SCRAP = 2
    """A line that does not end as sentences do: a headline, a name, a link, a row."""
    TIME = 3
    LABEL = 4
    BUTTON = 5
    FOOTER = 6
    """What stands under an article, such as its tags, or over links to others."""
    COMMENTS = 7


_COST = {
    _Kind.SCRAP: 6,
    _Kind.TIME: 6,
    _Kind.LABEL: 10,
    _Kind.BUTTON: 10,
    _Kind.FOOTER: 30,
    _Kind.COMMENTS: 100,
}
"""Words of prose that must follow such a paragraph for the body to go on after it."""


def junk(text: str, paragraphs: Sequence[Sequence[Sentence]], title: str) -> list[bool]:
    """Tell of each paragraph whether it is junk; of none where no words would be left. Takes linear time."""
    lines = [text[paragraph[0].start : paragraph[-1].end] if paragraph else "" for paragraph in paragraphs]
    sizes = [max(len(line.split()), len(line) // _CHARACTERS_PER_WORD) for line in lines]
    headline = _folded(title)
    kinds = [_kind(line, size, headline) for line, size in zip(lines, sizes, strict=True)]
    flags = [kind >= _Kind.LABEL for kind in kinds]
    start, end = _body(kinds, sizes)
    if _Kind.PROSE in kinds[start:end]:
        _flag_boxes(flags, kinds, lines, sizes, end)
        _flag_before(flags, kinds, lines, sizes)
        _flag_after(flags, kinds, sizes, end)
    for i in _framing(lines, kinds):
        flags[i] = True
    kept = any(_TOKEN.search(line) for line, flag in zip(lines, flags, strict=True) if not flag)
    return flags if kept else [False] * len(flags)


def is_label(line: str) -> bool:
    """Tell whether a line is known by itself for something that pages have in common: a button, a notice, a byline."""
    return _kind(line, len(line.split()), "") >= _Kind.LABEL


def _kind(line: str, size: int, headline: str) -> _Kind:
    if len(line) > LONGEST:
        return _Kind.PROSE
    ends = _END.search(line) is not None
    bare = START.sub("", line, count=1)
    if size <= _LABEL:
        named = _named(line)
        if named is not None:
            return named
        if _folded(line) == headline:
            return _Kind.SENTENCE
        if FOOTER.match(bare):
            return _Kind.FOOTER
        if (not ends or line[-1] in "?!" or size <= _SHORT) and _is_label(bare, size):
            return _Kind.LABEL
        if _is_time(line):
            return _Kind.TIME
    if size <= _NOTICE and line[:1] not in _QUOTATION and NOTICE.search(bare.lower()):
        return _Kind.LABEL
    if size > _LONG or (ends and size >= _PROSE):
        return _Kind.PROSE
    return _Kind.SENTENCE if ends else _Kind.SCRAP


def _named(line: str) -> _Kind | None:
    bare = words(line)
    if bare in COMMENTS:
        return _Kind.COMMENTS
    if bare in RELATED:
        return _Kind.FOOTER
    if bare in BUTTONS:
        return _Kind.BUTTON
    return _Kind.LABEL if bare in INSERTS else None


def _is_label(line: str, size: int) -> bool:
    if LEADING.match(line) or TRAILING.search(line) or (size <= _CREDIT and CREDIT.match(line)):
        return True
    by = _BYLINE.match(line)
    return by is not None and _are_names(line[by.end() :].split())


def _is_time(line: str) -> bool:
    """Tell whether a line is a date or a time, perhaps with the names of who wrote then."""
    tokens = _TOKEN.findall(line)
    times = [token for token in tokens if _TIME.fullmatch(token.lower())]
    if len(times) < 2 or not any(token[0].isdecimal() for token in times):
        return False
    return len(times) == len(tokens) or (len(times) > 2 and _YEAR.search(line) is not None and _are_names(tokens))


def _are_names(tokens: Iterable[str]) -> bool:
    """Tell whether none of the words is a common one."""
    return all(
        not token[0].islower() or token in _PARTICLES or "." in token or _TIME.fullmatch(token.strip(".,"))
        for token in tokens
    )


def _folded(line: str) -> str:
    return " ".join(line.split()).casefold()


def _body(kinds: Sequence[_Kind], sizes: Sequence[int]) -> tuple[int, int]:
    """Return where the body begins and ends: of all stretches, the one that gains most words for what it costs."""
    best, best_start, best_end = 0, 0, 0
    total, start = 0, 0
    for i, (kind, size) in enumerate(zip(kinds, sizes, strict=True)):
        total += size if kind < _Kind.SCRAP else -_COST[kind]
        if total <= 0:
            total, start = 0, i + 1
        elif total > best:
            best, best_start, best_end = total, start, i + 1
    return best_start, best_end


def _flag_before(flags: list[bool], kinds: Sequence[_Kind], lines: Sequence[str], sizes: Sequence[int]) -> None:
    """Flag the short lines before the first prose, where there is a menu or anything known."""
    start = kinds.index(_Kind.PROSE)
    # What a colon announces is the article's.
    menu = next((i for i in range(start) if kinds[i] < _Kind.LABEL and lines[i].endswith(_COLONS)), start)
    short = [
        i
        for i in range(min(menu, start - 1))  # the last may be a subheading
        if kinds[i] == _Kind.SCRAP and sizes[i] <= _SHORT and ":" not in lines[i] and _are_names(lines[i].split())
    ]
    if any(flags[:start]) or len(short) >= _MENU:
        chronicle = _Kind.TIME in kinds[start:]  # its first date stands here
        for i in [*short, *(i for i in range(start) if kinds[i] == _Kind.TIME and not chronicle)]:
            flags[i] = True


def _flag_boxes(
    flags: list[bool], kinds: Sequence[_Kind], lines: Sequence[str], sizes: Sequence[int], end: int
) -> None:
    """Flag the headlines right under a heading: a box with links."""
    for i in range(1, end):
        headline = kinds[i] == _Kind.SCRAP and _SHORT <= sizes[i] <= _LABEL and not lines[i].endswith(_COLONS)
        if headline and flags[i - 1] and kinds[i - 1] in (_Kind.FOOTER, _Kind.SCRAP):
            flags[i] = True


def _flag_after(flags: list[bool], kinds: Sequence[_Kind], sizes: Sequence[int], end: int) -> None:
    """Flag what follows the body once the page speaks of itself."""
    about_itself = comments = False
    buttons = 0
    for i in range(end, len(flags)):
        kind, before = kinds[i], kinds[i - 1]
        comments = comments or kind == _Kind.COMMENTS
        buttons += kind == _Kind.BUTTON
        about_itself = about_itself or kind >= _Kind.FOOTER or buttons >= _BUTTONS
        if about_itself and kind >= _Kind.SCRAP:
            flags[i] = True
        elif comments:  # each has a name or a time over it; right after the heading the article may go on
            flags[i] = flags[i - 1] and before < _Kind.FOOTER
        elif about_itself and flags[i - 1] and before in (_Kind.SCRAP, _Kind.TIME) and sizes[i] <= _TEASER:
            flags[i] = i + 1 < len(flags) and kinds[i + 1] in (_Kind.SCRAP, _Kind.TIME)


def _framing(lines: Sequence[str], kinds: Sequence[_Kind]) -> Iterator[int]:
    """Yield the paragraphs of prose that stand, word for word, both before all other prose and after it."""
    last = {line: i for i, line in enumerate(lines) if kinds[i] == _Kind.PROSE}
    first = {line: i for i, line in reversed(list(enumerate(lines))) if kinds[i] == _Kind.PROSE}
    once = [i for line, i in first.items() if last[line] == i]
    if once:
        begin, end = min(once), max(once)
        framing = {line for line, i in first.items() if i < begin and last[line] > end}
        yield from (i for i, line in enumerate(lines) if line in framing)
