"""What a model tells of its answer, instead of answering: not in the articles, missing parts, a list of sources."""

import re

from service.written.written import MissingParts, NotInArticles

_NOT_IN_ARTICLES = re.compile(
    r"\W*(?i:not[ _]in[ _](?:the[ _])?articles?)\W*"
    r"|\W*NOT[ _]IN[ _](?:THE[ _])?ARTICLES?\s*[:;,(–—-].*"  # and why
)
_MISSING = re.compile(
    r"\W*(?P<word>(?i:missing))(?i: parts?)?\W*:\W*(?i:(?:parts?|questions?)\W+)?"
    r"(?i:(?P<letters>[a-z]\b(?:(?:[\s,;&/()]|\band\b)+[a-z]\b)*)|(?P<none>none|nothing|n/a)\b|)"
    r"(?:\W*|\W*[.;:,–—-].*)"
)
_REMARK = re.compile(r"\([^()]{2,}\)")
_LIST = r"(?i:(?:sources?|references?|citations?|footnotes?)(?: cited| used)?)"
_LISTED = re.compile(rf"\W*{_LIST}\W*|{_LIST}\s*:.*[^\s.?!”\"’»)]\s*")
_BEGINNING = re.compile(rf"\W*(?:(?i:not(?:\s*$|[ _]in\b)|missing\b)|{_LIST}(?:\W*$|\s*:))")


def may_tell(beginning: str) -> bool:
    """Tell whether a line with this beginning may be one of those: it has to be read as a whole."""
    return _BEGINNING.match(beginning) is not None


def told(text: str) -> list[NotInArticles | MissingParts] | None:
    """Return what a line or sentence tells of the question; None if it is of the answer, nothing if nothing is missing.

    A part that is said to be missing without its letter gives MissingParts without letters.
    """
    if _NOT_IN_ARTICLES.fullmatch(text):
        return [NotInArticles()]
    bare = _REMARK.sub("", text)
    if match := _MISSING.fullmatch(bare):
        letters = re.findall(r"\b[a-z]\b", (match["letters"] or "").lower())
        return [MissingParts(letters=tuple(dict.fromkeys(letters)))] if letters else []
    if re.match(r"\W*MISSING:", bare):
        return [MissingParts(letters=())]
    return None


def lists_sources(line: str) -> bool:
    """Tell whether a line begins the list of sources at the end of a reply."""
    return _LISTED.fullmatch(line) is not None
