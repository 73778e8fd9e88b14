"""Text to paragraphs of sentences, with offsets: the first half of what the splitter does.

sentencex knows the abbreviations of many languages. It is shown a shadow of the text, of the same length but without
what leads it astray, and these rules, which news needs, correct what it finds:

* a line break ends a sentence and a paragraph, except in prose wrapped at a margin;
* a quotation is divided like any other text, and its marks go with the sentence that they open or close;
* no sentence begins with a lower-case letter or a comma, nor with the "Smith asked" after a quoted question;
* the number of a list item stays with the item, and a remark in brackets after a full stop stands alone;
* the full stop of Chinese and Japanese needs no space after it.
"""

import re
from collections.abc import Iterator

import sentencex

from embeddings.articles import Sentence

_BLOCK = 4096
"""Characters shown to sentencex at once: its time grows with the square where no space follows full stops."""
_MARGIN = 40
"""Wrapped prose has lines of at least this length."""

_LINE = re.compile(r"[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
_STOPS = ".?!…:;"
_CLOSING = "”’»›)]」』》〉）】"
_OPENING = "“‘„‚‟«‹([「『《〈（【"

_MARKS = str.maketrans(dict.fromkeys('“”„‟«»"＂', " ") | {"…": "."})
_SPACE = re.compile(r"[^\S ]")
_SINGLE_QUOTE = re.compile(
    r"""(?<![^\s“"(])['‘](?=\w)"""  # that opens
    r"""|(?<=[.?!…])['’](?!\w)|(?<=[.?!…][”"])['’](?!\w)"""  # that closes
)
_ASIDE = re.compile(r"""(?:(?<=[.?!]\s)|(?<=[.?!][”"]\s)|^)\(([^()\n]*[.?!][”"]?)\)(?!\S)""", re.MULTILINE)
_UNSPACED_STOP = re.compile(rf"[。！？｡]+[{_CLOSING}]*")

_NO_ABBREVIATION = re.compile(
    r"\b(?:[Mm]e|[Mm]ay|[Nn]o|[Aa]rt|ill|miss|fed|Fed|arc|op|OK|ID|DC|SEC|CT|LA|PA|VA)\.(?=[”’\"']?\s+[^\W\d_a-z])"
)
"""Words and capitals that sentencex takes for abbreviations, where a sentence may well begin after them."""
_ABBREVIATION = re.compile(
    r"\b(?:M[rs]|Mrs|Dr|Amb|Atty|Dep|Ald|Supt|Govs?|Sens?|Reps?|Gens?|Spc|Pfc|Ft|Pt|Ste|Figs|approx|est)\.$"
)
"""Abbreviations that a name or number follows, where sentencex does not know it."""
_INITIALS = re.compile(r"\b[A-Z]\.(?:[A-Z]\b|\W)")
"""Where initials without a space go on, as in "R-N.Y."."""
_HOUR = re.compile(r"\b[ap]\.?m\.$")
_AFTER_HOUR = re.compile(
    r"(?:[ECMP][SD]?T|GMT|UTC|BST|CEST|(?:Mon|Tues?|Wed|Thu|Fri|Sat|Sun)[a-z]*)\b"
    r"|(?:Eastern|Central|Mountain|Pacific|local) (?:[Tt]ime|[Ss]tandard|[Dd]aylight)"
    r"|(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec)[a-z]*\.? \d"
)
_ITEM_NUMBER = re.compile(r"\(?(?:\d{1,3}|[A-Za-z]|[ivx]{2,4})[.)]")
_SAYING = re.compile(
    r"(?:[A-Z][\w’'-]*\.? ){1,4}"
    r"(?:said|says|asked|asks|wrote|writes|told|tweeted|added|replied|responded|shouted|yelled|cried|exclaimed|wondered)\b"
)
_CONTINUATION = re.compile(r"[,;:)\]]|\((?:[a-z]{2}|\d{4}\))")
_WORD = re.compile(r"\w")


def paragraphs(text: str, language: str | None = None) -> list[list[Sentence]]:
    """Divide a text into paragraphs and these into sentences, which have no whitespace around them.

    Every character that is not whitespace is in exactly one sentence. Takes time linear in the length of the text.
    """
    shadow = _ASIDE.sub(r" \1 ", _SINGLE_QUOTE.sub(" ", text)).translate(_MARKS)
    shadow = _NO_ABBREVIATION.sub(lambda match: match.group()[:-1] + "!", _SPACE.sub(" ", shadow))
    language = (language or "en").partition("-")[0].lower()
    return [
        [
            Sentence(start=start, end=end, text=text[start:end])
            for start, end in _sentences(text, shadow, span, language)
        ]
        for span in _paragraphs(text)
    ]


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of the paragraphs: lines, or several lines where prose is wrapped."""
    run: list[tuple[int, int]] = []
    for match in _LINE.finditer(text):
        if match.group().isspace():
            continue
        if run and text[run[-1][1] : match.start()] != "\n":
            yield from _unwrapped(text, run)
            run = []
        run.append(match.span())
    if run:
        yield from _unwrapped(text, run)


def _unwrapped(text: str, lines: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Join adjacent lines where most of them break within a sentence."""
    full = [end - start >= _MARGIN for start, end in lines[:-1]]
    within = [
        long and text[end - 1] not in _STOPS and text[after].islower()
        for long, (_, end), (after, _) in zip(full, lines, lines[1:], strict=False)
    ]
    wrapped = 2 * sum(within) >= len(full)
    start: int | None = None
    for (begin, end), long in zip(lines, [*full, False], strict=True):
        start = begin if start is None else start
        if not (wrapped and long):
            yield start, end
            start = None


def _sentences(text: str, shadow: str, span: tuple[int, int], language: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of the sentences of a paragraph."""
    start, end = _trimmed(text, *span)
    cuts = [start, *_cuts(shadow, start, end, language), end]
    begin, worded = start, False
    quotes, counted = 0, start
    for before, cut, after in zip(cuts, cuts[1:], cuts[2:], strict=False):
        worded = worded or _WORD.search(shadow, before, cut) is not None
        if not worded or not _WORD.search(shadow, cut, after):
            continue
        left, right = cut, cut
        while shadow[left - 1] == " ":
            left -= 1
        while shadow[right] == " ":
            right += 1
        if _goes_on(text, shadow, begin, left, right):
            continue
        quotes += text.count('"', counted, left)
        counted = left
        next_begin = _opening(text, left, right, open_quote=quotes % 2 == 1)
        yield _trimmed(text, begin, next_begin)
        begin, worded = next_begin, False
    if begin < end:
        yield begin, end


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end


def _cuts(shadow: str, start: int, end: int, language: str) -> Iterator[int]:
    """Yield where sentencex ends a sentence, ascending, and where a full stop of Chinese or Japanese does."""
    stops = [match.end() for match in _UNSPACED_STOP.finditer(shadow, start, end)]
    at = start
    for stop in [*stops, end]:
        while at < stop:
            block = stop if stop - at <= _BLOCK else shadow.rfind(" ", at + _BLOCK // 2, at + _BLOCK) + 1 or at + _BLOCK
            pieces = sentencex.segment(language, shadow[at:block])
            if block < stop:
                if len(pieces) == 1:
                    at = block
                    continue
                pieces.pop()  # it may go on: the next block begins with it
            for piece in pieces:
                at += len(piece)
                if at < end:
                    yield at


def _goes_on(text: str, shadow: str, begin: int, left: int, right: int) -> bool:
    """Tell whether the sentence from `begin` has no end between the word before `left` and the one from `right`."""
    first = shadow[right]
    if _CONTINUATION.match(shadow, right) or (first.islower() and not shadow[right + 1 : right + 2].isupper()):
        return True
    if left == right and _INITIALS.match(shadow, left - 2):
        return True
    if left - begin <= 6 and _ITEM_NUMBER.fullmatch(shadow, begin, left):
        return True
    tail = shadow[max(begin, left - 8) : left]
    if _ABBREVIATION.search(tail) or (_HOUR.search(tail) and _AFTER_HOUR.match(shadow, right)):
        return True
    return text[left - 1] in "?!" and text[left] in "”’\"'»" and _SAYING.match(shadow, right) is not None


def _opening(text: str, left: int, right: int, *, open_quote: bool) -> int:
    """Return where the next sentence begins among the quotation marks, brackets and spaces between two words."""
    for at in range(left, right):
        mark = text[at]
        if mark in _OPENING:
            return at
        if mark in "\"'＂":
            space_before, space_after = text[at - 1].isspace(), text[at + 1].isspace()
            if space_before and (not space_after or not open_quote):
                return at
            if mark == '"':
                if not open_quote and space_before == space_after:
                    return at
                open_quote = not open_quote
    return right
