"""Whether a question leans on what was said before it, and which of its words tell a topic. Rules, for English."""

import re
from collections.abc import Collection

from embeddings.terms import FUNCTION_WORDS, terms

_COMPLETE = 7
"""Telling words from which on a question without names, and without a word of the turns before, stands alone."""

_SAYS_NOTHING = FUNCTION_WORDS.union(
    terms(
        "here long itself mine us if also just only more most less other others another same such very too now "
        "still ever yet up out over off again all both each either neither one ones else former latter first "
        "second third last next thing things tell know think thought mean meant say says said please give get got "
        "like want need let thank thanks yes okay ok oh sure sorry well really actually hi hello help explain "
        "describe talk hear see go make happen happened don't doesn't didn't isn't aren't wasn't weren't can't "
        "won't i'm i've let's they're hmm wow way able"
    )
)
_NAME = re.compile(r"(?<!\w)(?<!\w['’])(?!I\b)[^\W\d_](?:[\w&’'.-]*\w)?")
_BEGINS = re.compile(r"(?:^|[.?!:]\s)\W*$")

_OPENING = re.compile(
    r"^\W*(?:(?:ok|okay|no|yes|well|thanks|thank you)\b\W*)*"
    r"(?:(?:and|but|or|so|then|also)\b\W*)*(?:(?:what|how) about\b\W*|what of\b\W*|i mean\b\W*|i meant\b\W*)?",
    re.IGNORECASE,
)

_PERSON = re.compile(r"\b(?:he|him|his|she|her|hers)\b", re.IGNORECASE)
_THING = re.compile(
    r"\b(?:its|their|theirs|they|them|it)\b(?!\s+(?:is|was|be|mean|take)?\s*(?:true|possible|likely|legal|safe|to)\b)",
    re.IGNORECASE,
)
_POINTING = re.compile(
    r"""
      \b(?:this|these|those)\b(?!\ (?:year|month|week|weekend|morning|evening|afternoon|season|time|day)s?\b)
    | \bthat\W*$ | ^\W*(?:is|was|did|does|has|would|could|can|will)\ that\b
    | \b(?:about|after|before|of|with|for|from|like|during|by|at|in|on|to|do|did|does|mean|say|said)\ that\b
    | (?<!\bis\ )(?<!\bare\ )(?<!\bwas\ )(?<!\bwere\ )\bthere\b(?!\ (?:is|are|was|were|be|been|has|have|will|any)\b)
    | \b(?:the|which|that|what|any|each)\ (?:(?:first|second|third|last|next|other|same|new|old)\ )?ones?\b
    | \b(?:the\ (?:former|latter|others?|same|two|first|second|third)|another|else|either|neither)\W*$
    """,
    re.IGNORECASE | re.VERBOSE,
)
_LEFT_OPEN = re.compile(
    r"\b(?:say|said|think|thought|do|respond|react|reply|mean|feel|comment|want)\W*$", re.IGNORECASE
)
"""How a question ends that does not say about what."""


def telling(text: str) -> list[str]:
    """The terms of a text that tell its topic, in order."""
    return [term for term in terms(text) if term not in _SAYS_NOTHING]


def opened(question: str) -> tuple[str, str]:
    """Part the words that tie a question to the one before, such as "and what about", from the rest of it."""
    opening = _OPENING.match(question)
    tie = opening.group().strip() if opening else ""
    return (tie, question[opening.end() :]) if opening and terms(tie) else ("", question)


def names(text: str) -> list[str]:
    """The words of a text that are capitalised for another reason than beginning a sentence; none in all capitals."""
    if text.isupper():
        return []
    found = []
    for match in _NAME.finditer(text):
        word = match.group()
        begins = _BEGINS.search(text, max(0, match.start() - 4), match.start()) is not None
        if word[0].isupper() and telling(word) and (not begins or any(sign.isupper() for sign in word[1:])):
            found.append(word)
    return found


def name_terms(text: str) -> set[str]:
    """The terms that tell which names stand in a text."""
    return {term for name in names(text) for term in telling(name)}


def points_back(question: str) -> bool:
    """Tell whether a word of the question stands for something that it does not itself name."""
    if _POINTING.search(question):
        return True
    if (person := _PERSON.search(question)) and not names(question[: person.start()]):
        return True
    thing = _THING.search(question)
    return thing is not None and len(telling(question[: thing.start()])) < 2


def complete(question: str, known: Collection[str]) -> bool:
    """Tell whether a question that does not point back says what it is about.

    `known` are the terms of the turns before. A name that is not among them is a topic of its own.
    """
    words = set(telling(question))
    tied, _ = opened(question)
    if not name_terms(question) <= set(known):
        return not (_LEFT_OPEN.search(question) or (tied and len(words) <= 2))
    return not tied and len(words) >= _COMPLETE and not words & set(known)
