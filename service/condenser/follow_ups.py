"""A follow-up question to one that stands alone: what it leaves unsaid comes from earlier turns. Rules, for English."""

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct

from service.answers import Turn
from service.condenser.leaning import complete, names, opened, points_back, telling

_CARRIED_FROM = 2
"""Earlier questions that words are carried over from."""
_LOOKED_AT = 4
"""Earlier questions whose words are no new topic."""
_READ = 600
"""Characters of a turn that are looked at."""
_MOST_CARRIED = 8
_MOST_NAMED = 2
"""Words carried over from names in the last answer, one of which a pronoun may stand for."""

_WORD = re.compile(r"[^\W_](?:[\w&'’.-]*[^\W_])?")
_NAMED = r"(?:the )?[A-Z0-9][\w’'.-]*(?: (?:of |the )*[A-Z0-9][\w’'.-]*)*"
_INSTEAD = re.compile(
    rf"(?:(in|at|on|from|to|for|by|with|of|about|against|during|after|before|since|under|near) )?"
    rf"({_NAMED}|the {_NAMED} [a-z]+)\W*"
)
_ACTING = re.compile(
    rf"\b(?i:did|does|do|has|have|had|is|was|were|are|will|would|can|could|should) ({_NAMED})(?<!['’]s)(?!\w)"
)


class Standalone(Struct, frozen=True, kw_only=True):
    """A question that needs no earlier turn."""

    question: str
    """As it was asked; "And Kerry?" as what was asked before, with this name in it."""
    carried: tuple[str, ...] = ()
    """Words of earlier turns that it leaves unsaid, what was said last first."""

    @property
    def text(self) -> str:
        """The question and what it leaves unsaid: to read by."""
        return " ".join([self.question, *self.carried])

    @property
    def query(self) -> str:
        """The same, with the question's own words counting twice: to search for."""
        return f"{self.question} {self.text}" if self.carried else self.question


def standalone(question: str, history: Sequence[Turn]) -> Standalone:
    """Carry over names and topic words from earlier turns, where the question leans on them.

    A question that names a topic of its own stays as it is. The turns only say what words refer to: they prove nothing.
    """
    earlier = _asked(history)
    if not earlier:
        return Standalone(question=question)
    if replaced := _replaced(question, earlier[-1]):
        return Standalone(question=replaced)
    answers = [turn.text[:_READ] for turn in history[-1:] if turn.role == "assistant"]
    pointing = points_back(question)
    if not pointing and complete(question, {term for text in (*earlier, *answers) for term in telling(text)}):
        return Standalone(question=question)
    said = set(telling(question))
    words = (word for text in earlier[: -_CARRIED_FROM - 1 : -1] for word in _WORD.findall(text))
    carried = _new(words, said)[:_MOST_CARRIED]
    if pointing:
        carried += _new((word for text in answers for word in names(text)), said)[:_MOST_NAMED]
    return Standalone(question=question, carried=tuple(carried))


def _asked(history: Sequence[Turn]) -> list[str]:
    """The last few questions that say something, each with its place taken by the one that only exchanges a name."""
    asked: list[str] = []
    for turn in [turn for turn in history if turn.role == "user"][-_LOOKED_AT:]:
        text = turn.text[:_READ].strip()
        if asked and (replaced := _replaced(text, asked[-1])):
            asked[-1] = replaced
        elif telling(text):
            asked.append(text)
    return asked


def _replaced(question: str, before: str) -> str | None:
    """Give the question before with another name in it, where the question is only that name: "And in Homs?".

    Without a preposition the name takes the place of who or what acts.
    """
    opening, rest = opened(question)
    instead = _INSTEAD.fullmatch(rest) if opening else None
    if instead is None:
        return None
    preposition, name = instead[1], instead[2].rstrip(".")
    places = re.finditer(rf"\b{preposition} ({_NAMED})", before) if preposition else _ACTING.finditer(before)
    for place in places:
        if place[1][0].isdigit() == name[0].isdigit():
            return before[: place.start(1)] + name + before[place.end(1) :]
    return None


def _new(words: Iterable[str], said: set[str]) -> list[str]:
    """The words that say something not yet said, each once; adds them to what is said."""
    fresh = []
    for word in words:
        stems = set(telling(word))
        if not stems <= said:
            said |= stems
            fresh.append(word)
    return fresh
