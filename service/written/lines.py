"""What a line of Markdown is, apart from its words: a heading, a row of a table, or nothing to read."""

import re

_SIGNS = re.compile(
    r"\s*(?:>\s*)*(?:#{1,6}\s+)?"
    r"(?:(?:[-–—*+•‣◦▪·:.,;]|\(?\d{1,2}[.)]|\(?[a-dA-D]\))\s+){0,2}"  # also what follows a mark: "[3.2]: "
    r"(?:\[[ xX]\]\s+)?"
)
_PREAMBLE = re.compile(r"(?i:(?:final |short )?(?:answer|response)\s*:\s*)")
_FENCE = re.compile(r"\s*(?:```|~~~)")
_NOTE = re.compile(r"\s*\[(?:\^[^\[\]]+\]:|[^\[\]]+\]:\s*<?https?:)")
_STRUCTURED = re.compile(r"\s*(?:#|\||```|~~~|\[[^\[\]]*\]:)")
_HEADING = re.compile(r"\s*#{1,6}\s|\s*(?:\d{1,2}[.)]\s+)?(\*\*|__)[^*_]+(?::\1|\1:)\s*$")
_RULE = re.compile(r"\s*\|[\s|:-]+$")


def is_structured(line: str) -> bool:
    """Tell whether a line with this beginning has to be read as a whole."""
    return _STRUCTURED.match(line) is not None


def is_left_out(line: str) -> bool:
    """Tell whether nothing of a line is to be read: the fence of a block of code, a footnote."""
    return _FENCE.match(line) is not None or _NOTE.match(line) is not None


def is_heading(line: str) -> bool:
    """Tell whether a line is a heading, or a label in bold such as "**In short:**"."""
    return _HEADING.match(line) is not None


def is_rule(line: str) -> bool:
    """Tell whether a line is the one below the head of a table."""
    return _RULE.match(line) is not None


def cells(text: str) -> list[str] | None:
    """Return the cells of a row of a table that have words; None if it is no row."""
    if not text.lstrip().startswith("|"):
        return None
    return [cell.strip() for cell in text.split("|") if re.search(r"\w", cell)]


def words_from(text: str, *, first: bool) -> int:
    """Return where the words of a line begin, after the sign of a list; in the `first` line also after "Answer:"."""
    match = _SIGNS.match(text)
    at = match.end() if match else 0
    if first and (preamble := _PREAMBLE.match(text, at)):
        return preamble.end()
    return at
