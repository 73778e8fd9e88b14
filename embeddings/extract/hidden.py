"""What a page carries but no reader sees: invisible characters, and elements that are not shown."""

import re
from typing import TYPE_CHECKING

from embeddings.extract.page_tree import drop, measure

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_JOINED = "\u0600-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u18af\ufb50-\ufdff\ufe70-\ufefc"
"""Scripts in which a joiner or non-joiner changes the shape of letters: Arabic and Persian, Indic, Khmer, Mongolian."""
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
"""Scripts without spaces, in which an invisible one marks where a word ends: Thai, Lao, Burmese, Khmer."""
_PICTURE = "\u203c-\u3299\U0001f000-\U0001faff"
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_ORDERED = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
_MARKS = frozenset("\u200e\u200f\u061c")
_OPENING = {"\u202a": "\u202c", "\u202b": "\u202c", "\u2066": "\u2069", "\u2067": "\u2069", "\u2068": "\u2069"}
_UNSEEN = "\u00ad\u034f\u200b-\u200d\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e01ef"
_INVISIBLE = re.compile(
    "(?P<meant>"
    f"(?<=[{_JOINED}])[\u200c\u200d](?![\u200c\u200d])"
    f"|(?:(?<=[{_PICTURE}])|(?<=[{_PICTURE}]\ufe0f))\u200d(?=[{_PICTURE}])"
    "|(?<=\U0001f3f4)[\U000e0020-\U000e007e]{1,8}\U000e007f"  # the flags of Scotland and Wales
    f"|(?<=[{_UNSPACED}])\u200b(?=[{_UNSPACED}])"
    "|(?<=[\u3400-\u9fff\U00020000-\U0003ffff])[\U000e0100-\U000e01ef]"  # which form of an ideograph
    f")|[{_UNSEEN}]|(?<=[{_UNSEEN}\ufe00-\ufe0f])[\ufe00-\ufe0f]"  # the form of something that is not there
)

_UNSEEN_STYLE = re.compile(
    r"display:none|visibility:(?:hidden|collapse)|opacity:0(?![.\d])|font-size:0(?![.\d])"
    r"|(?:left|top|right|text-indent|margin-left):-\d{3,}(?:px|em|%)|clip:rect\((?:0|1px)"
)
_FOR_SCREEN_READERS = frozenset(
    ("sr-only", "visually-hidden", "visuallyhidden", "screen-reader-text", "screen-reader-only", "element-invisible")
)
_ASIDE = re.compile(r"/\*.{0,2000}?\*/|@[^{};]{0,500}(?:;|\{(?:[^{}]*\{[^{}]*\})*[^{}]*\})", re.DOTALL)
_UNSEEN_RULE = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d]))", re.IGNORECASE)
_SELECTOR = re.compile(r"(?:[a-z][a-z0-9]*)?([.#][\w-]+)")
_CANDIDATES = "//*[@hidden or @style or @class or @id or self::template or self::dialog][not(self::html or self::body)]"
_MOST = 0.5


def strip_invisible(text: str) -> tuple[str, int]:
    """The text without characters that cannot be seen, and how many there were.

    They stay where they do something: joiners in scripts and emoji that need them, marks of direction in lines that
    are written from right to left, if what they open is closed. Deletes single characters, looks at one line at a
    time, and finds nothing more in its own result.
    """
    text = text.removeprefix("\ufeff")  # a byte order mark hides nothing
    if text.isascii():
        return text, 0
    stripped = "\n".join(map(_stripped, text.split("\n")))
    return stripped, len(text) - len(stripped)


def unseen_names(tree: "HtmlElement") -> frozenset[str]:
    """The classes (".note") and ids ("#note") that a style sheet in the page hides, on every screen and everywhere."""
    sheets = " ".join(tree.xpath("//style[not(@media) or @media='all']/text()"))
    rules = (rule.partition("{") for rule in _ASIDE.sub("", sheets).split("}"))
    hiding = (selectors for selectors, _, style in rules if _UNSEEN_RULE.search(style))
    named = (_SELECTOR.fullmatch(selector.strip()) for selectors in hiding for selector in selectors.split(","))
    return frozenset(name[1] for name in named if name)


def drop_hidden(tree: "HtmlElement", names: frozenset[str] = frozenset()) -> int:
    """Take out of a page the elements that are not shown; returns how many of them held words.

    `names` are the classes and ids that its style sheets hide. What most of the page's words are in stays: a script
    shows it once the page has loaded.
    """
    sizes = measure(tree)
    most = _MOST * sizes[tree].said
    unseen = [
        element for element in tree.xpath(_CANDIDATES) if _is_hidden(element, names) and sizes[element].said <= most
    ]
    drop(unseen)
    return sum(sizes[element].said > 0 and element.tag != "template" for element in unseen)


def _stripped(line: str) -> str:
    kept = _kept_order(line)
    line = _ORDERED.sub(lambda mark: mark[0] if mark[0] in kept else "", line)
    return _INVISIBLE.sub(lambda found: found["meant"] or "", line)


def _kept_order(line: str) -> frozenset[str]:
    """The marks of direction that may stay in a line: none in one that runs from left to right."""
    if _RIGHT_TO_LEFT.search(line) is None:
        return frozenset()
    awaited: list[str] = []
    for mark in _ORDERED.findall(line):
        if mark in _OPENING:
            awaited.append(_OPENING[mark])
        elif mark not in _MARKS and (not awaited or awaited.pop() != mark):  # an override never matches
            return _MARKS
    return _MARKS if awaited else _MARKS.union(_OPENING, _OPENING.values())


def _is_hidden(element: "HtmlElement", names: frozenset[str]) -> bool:
    if element.tag in ("template", "dialog"):
        return element.get("open") is None
    if element.get("hidden", "until-found") != "until-found" or f"#{element.get('id')}" in names:
        return True
    style = "".join(element.get("style", "").split()).lower()
    classes = element.get("class", "").split()
    return (
        _UNSEEN_STYLE.search(style) is not None
        or not _FOR_SCREEN_READERS.isdisjoint(classes)
        or any(f".{name}" in names for name in classes)
    )
