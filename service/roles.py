"""Who does what to whom: in a question, and whether a sentence says it the other way round. Rules, for English."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from embeddings.terms import terms

_VERBS = frozenset(
    terms(
        "blame accuse criticise criticize condemn denounce praise thank warn threaten attack bomb invade "
        "strike hit kill murder arrest detain charge fine convict sentence beat defeat support back endorse "
        "oppose reject veto sanction ban fire sack appoint nominate replace succeed urge ask call invite "
        "visit help mock insult challenge betray deceive trust fear hate love marry divorce acquire follow "
        "rescue save"
    )
)
"""Verbs that have someone on either side, and a past tense with the same stem."""
_DOING = frozenset(terms("did do does has have had will would can could may might should"))
_BEING = frozenset(terms("is are was were been be being get got"))
_END = frozenset(terms("for of over to with about after during because in on at by from into as when where why than"))
_ASKING = frozenset(terms("who whom what which why when where how the a an"))
_NEAR = 4


Saying = Literal["stated", "reversed", "unsaid"]


class Roles(Struct, frozen=True):
    """An action and its two sides, as terms; neither is empty."""

    agent: frozenset[str]
    verb: str
    patient: frozenset[str]


def roles_of(question: str) -> Roles | None:
    """Tell who acts on whom in a question; None unless its form names an action and both sides."""
    words = terms(question)
    place = next((place for place, word in enumerate(words) if word in _VERBS), 0)
    helper = next((at for at in range(place - 1, -1, -1) if words[at] in _DOING | _BEING), None)
    if helper is None:
        return None
    before, after = words[helper + 1 : place], words[place + 1 :]
    if words[helper] in _BEING:
        by = after.index("by") + 1 if "by" in after else len(after)
        roles = Roles(_side(after[by:]), words[place], _side(before))
    else:
        roles = Roles(_side(before), words[place], _side(after))
    return roles if roles.agent and roles.patient else None


def saying(roles: Roles, words: Sequence[str]) -> Saying:
    """Tell whether a sentence, given as its terms, has agent act on patient, patient on agent, or neither."""
    found: Saying = "unsaid"
    for place, word in enumerate(words):
        if word == roles.verb:
            before, after = frozenset(words[:place]), frozenset(words[place + 1 :])
            passive = "by" in words[place + 1 : place + _NEAR] or bool(_BEING & set(words[max(0, place - 2) : place]))
            acting, acted_on = (after, before) if passive else (before, after)
            if roles.agent & acting and roles.patient & acted_on:
                return "stated"
            if roles.patient & acting and roles.agent & acted_on:
                found = "reversed"
    return found


def _side(words: list[str]) -> frozenset[str]:
    """The words of one side, up to a preposition."""
    end = next((place for place, word in enumerate(words) if word in _END), len(words))
    return frozenset(words[:end]) - _ASKING
