"""Text of others as data for a chat model: one line that can be no mark, no tag and no message of its own."""

import functools
import re
from html import escape, unescape

from service.written.marks import MARKS

_OPENING, _CLOSING = "[［【〔", "]］】〕"
_BRACKETED = re.compile(
    rf"[{re.escape(_OPENING)}]([^{re.escape(_OPENING + _CLOSING)}]*)[{re.escape(_CLOSING)}]"
    rf"|[{re.escape(_OPENING + _CLOSING)}]"
)
_MARK = re.compile(MARKS)
_CURLY = str.maketrans(f"({_OPENING}){_CLOSING}", "{" * (len(_OPENING) + 1) + "}" * (len(_CLOSING) + 1))


@functools.lru_cache(maxsize=4096)
def disarmed(text: str, most: int | None = None) -> str:
    """Fold a text into a line that a prompt can hold as data, cut after `most` characters.

    What is not seen is left out: control characters, those without width, those that turn the line around. Brackets
    around digits or capitals, which could be ids ("[3.2]") or the signs of a chat format ("[INST]"), become curly ones,
    as does all that would be read as a mark if it were copied; "[sic]" and "[the minister]" stay. `<`, `>` and `&` are
    written as in HTML, so that `html.unescape` has the line as it was; an ampersand only where one would be misread, as
    that of AT&T is not.
    """
    line = " ".join("".join(filter(str.isprintable, " ".join(text.split()))).split())
    if most is not None and len(line) > most:
        line = f"{line[:most]}…"
    line = _MARK.sub(_curly, _BRACKETED.sub(_uneditorial, line))
    if unescape(line) == line:
        return line.replace("<", "&lt;").replace(">", "&gt;")
    return escape(line, quote=False)


def attribute(value: str, most: int) -> str:
    """The same between quotation marks, as the value of an attribute."""
    return '"{}"'.format(disarmed(value, most).replace('"', "&quot;"))


def _uneditorial(bracketed: re.Match[str]) -> str:
    """Leave the brackets in which editors put words."""
    inside = bracketed[1]
    if inside is None or inside.isupper() or any(sign.isdigit() for sign in inside):
        return _curly(bracketed)
    return bracketed[0]


def _curly(bracketed: re.Match[str]) -> str:
    return bracketed[0].translate(_CURLY)
