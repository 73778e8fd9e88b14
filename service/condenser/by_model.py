"""A question and its history as the chat model puts it: standing alone, and divided into its parts.

The rules of `follow_ups` and `parts` need no model, but read only English, and pick words where a model writes a
sentence. What the model writes is searched for and never shown as an answer; if it makes no sense, the rules' stands.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from html import unescape

from msgspec import Struct

from embeddings.terms import FUNCTION_WORDS, terms
from prompts import Prompt
from service.answers import Question, Usage
from service.chat.model import ChatModel, Message
from service.condenser.leaning import names, telling
from service.condenser.parts import MOST_PARTS, parts
from service.sources.disarming import disarmed
from service.written.plain import unmarked

_TURNS = 6
_READ = 600
"""Characters of a turn that the model is shown."""
_NOTHING_BEFORE = "(nothing was said before)"
_MOST_TOKENS = 1000
"""Most of it for models that think before they write."""
_ADDED = 300
"""Characters by which a question may grow."""
_KNOWN = 0.5
"""Share of the telling words of a question that were said before, or are in it, at least."""
_BEGINNING = 4
"""Letters by which words are compared, as most languages have endings."""
_ENGLISH, _NOT_ENGLISH = 0.3, 0.2
"""Shares of English function words."""
_FEW = 4
"""Words below which a language is not told."""
_UNSPACED = "\u0e00"
"""From here on most scripts have no spaces, and each character is compared alone."""

_SEVERAL = re.compile(
    r"[?？؟].*[?？؟]|\s(?:and|or|vs\.?|versus)\s|\b(?:both|differ(?:s|ed|ences?)?|contrast\w*|compar\w+|(?:dis)?agree\w*)\b",
    re.IGNORECASE | re.DOTALL,
)
_LABELLED = re.compile(
    r"[\W\d]*(?:(?P<whole>question)|part)(?:[\s*_(]+(?:\d+|[a-z])\b)?[\s*_).]*[:：](?P<text>.*)", re.IGNORECASE
)
_QUOTED = re.compile(r"[\"“„«](.+)[\"”“»]")


class Rewritten(Struct, frozen=True, kw_only=True):
    """What the chat model makes of a question."""

    question: str | None
    """It stands alone; as it was asked, where nothing was said before. None where what the model wrote is of no use."""
    parts: tuple[str, ...] = ()
    """If it asks for several things: two to four questions, each of which stands alone."""
    usage: Usage | None = None


def asks_for_model(question: Question) -> bool:
    """Tell whether a question may lean on what was said before it, or ask for several things; most do neither."""
    asked = question.question
    return any(turn.text.strip() for turn in question.history) or bool(_SEVERAL.search(asked) or parts(asked))


async def rewritten(
    model: ChatModel, prompt: Prompt, question: Question, as_of: datetime, until: float | None = None
) -> Rewritten:
    """Let the model make a question stand alone, and divide it. Raises ChatModelError."""
    history = "\n".join(_turns(question)) or _NOTHING_BEFORE
    system, user = prompt.render(today=f"{as_of:%A, %d %B %Y}", history=history, question=disarmed(question.question))
    messages = [Message(role="system", content=system), Message(role="user", content=user)]
    async with model.reply(messages, most_tokens=_MOST_TOKENS, until=until) as reply:
        text = "".join([piece async for piece in reply])
        usage, cut = reply.usage, reply.cut
    if cut:
        text = text.rpartition("\n")[0]
    return _read(text, question, usage)


def _turns(question: Question) -> Iterator[str]:
    """The last turns, each a line of data, without the marks of earlier answers."""
    for turn in question.history[-_TURNS:]:
        if said := disarmed(unmarked(turn.text[: 2 * _READ]), _READ):
            yield f"<{turn.role}>{said}</{turn.role}>"


def _read(text: str, question: Question, usage: Usage | None) -> Rewritten:
    """Read the lines of a reply, however they are adorned."""
    lines = [line for line in text.splitlines() if any(map(str.isalnum, line))]
    found = [(match["whole"] is not None, _bare(match["text"])) for match in map(_LABELLED.match, lines) if match]
    if len(lines) == 1 and not found:
        found = [(True, _bare(lines[0]))]
    whole = next((said for is_whole, said in found if is_whole), "")
    if not (_is_sensible(whole, question) and _kept(question.question) <= set(_beginnings(whole))):
        return Rewritten(question=None, usage=usage)
    distinct: dict[str, str] = {whole.casefold(): whole}
    for is_whole, said in found:
        if not is_whole and _is_sensible(said, question):
            distinct.setdefault(said.casefold(), said)
    several = list(distinct.values())[1 : MOST_PARTS + 1]
    return Rewritten(
        question=whole if any(_turns(question)) else question.question,
        parts=tuple(several) if len(several) > 1 else (),
        usage=usage,
    )


def _bare(said: str) -> str:
    """A question without what Markdown or quotation marks put around it."""
    bare = " ".join(unescape(said).split()).strip("*_` ")
    return quoted[1] if (quoted := _QUOTED.fullmatch(bare)) else bare


def _is_sensible(said: str, question: Question) -> bool:
    """Tell whether a question is about what was said, in the language in which it was asked."""
    if not said or len(said) > len(question.question) + _ADDED:
        return False
    known = set(_beginnings(question.question))
    known.update(word for turn in question.history[-_TURNS:] for word in _beginnings(turn.text[:_READ]))
    words = list(_beginnings(said))
    if not words or sum(word in known for word in words) < _KNOWN * len(words):
        return False
    asked_in, said_in = _english(question.question), _english(said)
    return asked_in is None or said_in is None or asked_in == said_in


def _beginnings(text: str) -> Iterator[str]:
    """How the words begin that tell a topic; numbers in full."""
    for term in telling(text):
        if term[0] >= _UNSPACED:
            yield from term
        else:
            yield term if term[0].isdigit() else term[:_BEGINNING]


def _kept(asked: str) -> set[str]:
    """The names and numbers of a question, which must not be lost."""
    return {word for name in names(asked) for word in _beginnings(name)}.union(filter(str.isdigit, _beginnings(asked)))


def _english(text: str) -> bool | None:
    """Tell whether a text is English by its function words; None where that is not plain."""
    words = terms(text)
    share = sum(word in FUNCTION_WORDS for word in words) / max(1, len(words))
    if len(words) < _FEW or _NOT_ENGLISH < share < _ENGLISH:
        return None
    return share >= _ENGLISH
