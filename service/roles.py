"""Who does what to whom: in a question, and whether a sentence says it the other way round. Rules, for English.

An action is a verb or the noun made of it. Its two sides are found by word order, the passive, the prepositions that
nouns of action take ("criticism of Y by X", "the blame that X put on Y"), and verbs that turn a noun of action round
("Y drew criticism from X"). Nothing is parsed: where the sides are not plain, nothing is said to be reversed.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from msgspec import Struct

from embeddings.terms import terms

_ACTIONS = {
    "accuse": "accusation accusations charge charges allegation allegations",
    "acquire": "acquisition",
    "appoint": "appointment",
    "arrest": "arrest arrests",
    "assassinate": "assassination",
    "attack": "attack attacks assault assaults",
    "back": "backing",
    "ban": "ban bans",
    "beat": "",
    "betray": "betrayal",
    "blame": "blame",
    "bomb": "bombing bombings bombardment",
    "challenge": "challenge challenges",
    "condemn": "condemnation",
    "convict": "conviction",
    "criticise": "criticism criticisms",
    "deceive": "deception",
    "defeat": "",
    "defend": "defence defense",
    "denounce": "denunciation",
    "deport": "deportation",
    "detain": "detention",
    "dismiss": "dismissal",
    "endorse": "endorsement endorsements",
    "expel": "expulsion",
    "fear": "fear fears",
    "fine": "fine fines",
    "fire": "firing",
    "hate": "hatred",
    "help": "help",
    "hit": "",
    "insult": "insult insults",
    "invade": "invasion",
    "invite": "invitation",
    "kidnap": "kidnapping",
    "kill": "killing killings",
    "mock": "mockery",
    "murder": "murder murders",
    "nominate": "nomination",
    "oppose": "opposition",
    "praise": "praise",
    "rebuke": "rebuke",
    "reject": "rejection",
    "replace": "replacement",
    "rescue": "rescue",
    "sack": "sacking",
    "sanction": "sanction sanctions",
    "save": "",
    "shoot": "shooting",
    "slam": "",
    "strike": "strike strikes airstrike airstrikes",
    "succeed": "",
    "sue": "lawsuit lawsuits suit",
    "support": "support",
    "suspend": "suspension",
    "threaten": "threat threats",
    "thank": "thanks",
    "trust": "trust",
    "urge": "",
    "veto": "veto",
    "visit": "visit visits",
    "warn": "warning warnings",
}
"""Verbs that have someone on either side, with the nouns of the same action."""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_PAST = {"beat": "beaten", "shoot": "shot", "strike": "struck", "hit": "hit", "veto": "vetoed"}
_DOUBLED = _set("ban slam kidnap expel hit")
_MUTUAL = frozenset(
    terms("meet face fight play join marry divorce date debate talk speak agree deal work live know see call name like")
)
"""Verbs that say the same either way round, or are asked in other senses too often."""

_DOING = _set("did do does didn't doesn't don't has have had will would can could may might should")
_BEING = _set("is are was were be been being get gets got isn't wasn't aren't weren't")
_ADVERBIAL = _set("not also again recently publicly repeatedly reportedly allegedly once never already all")
_TURNING = _set(
    "under face faces faced facing draw draws drew drawn receive receives received receiving win wins won earn earned "
    "enjoy enjoys enjoyed get gets got suffer suffered suffers attract attracted attracts meet met "
    "provoke provoked deflect deflected"
)
"""Before a noun of action: who stands before is acted on, and "from" or "by" names who acts."""
_AT = _set("against on upon at toward towards to of over for with")
"""Between a noun of action and whom it is aimed at."""
_FROM = _set("by from among")
_NEAR = 6
"""Words after a noun of action within which who acts is named with "by" or "from"."""
_OWNING = _set("his her its their the a an this that these those any some more new further sharp strong")
_CUTS = _set(', ; : ( ) — – “ ” "')
_END = _CUTS | _set(
    "for of over to with about after during because in on at by from into as when where why than if while ?"
)
_ASKING = frozenset(terms("who whom what which why when where how the a an his her its their and"))
_PRONOUNS = _set("he she they it we i")
_TOKEN = re.compile(
    r"United (?:States|Kingdom|Nations)|European Union|[^\W_](?:[\w.’'&-]*[^\W_])?|[,;:()?—–“”\"]"
)  # fmt: skip

Saying = Literal["stated", "reversed", "unsaid"]


def _inflected(verb: str) -> Iterator[str]:
    if verb.endswith("ise"):
        yield from _inflected(f"{verb.removesuffix('ise')}ize")
    stem = verb + verb[-1] if verb in _DOUBLED else verb.removesuffix("e")
    yield from (verb, f"{verb}es" if verb.endswith(("ss", "sh", "ch")) else f"{verb}s", f"{stem}ed", f"{stem}ing")
    if verb in _PAST:
        yield _PAST[verb]


VERBS = {form: verb for verb in _ACTIONS for form in _inflected(verb)}
"""Forms of verbs, with the action that each is of."""
NOUNS = {noun: verb for verb, nouns in _ACTIONS.items() for noun in nouns.split()}
"""The same of nouns; some are forms of the verb too."""


class Roles(Struct, frozen=True):
    """An action and its two sides, as terms; neither is empty."""

    agent: frozenset[str]
    verb: str
    patient: frozenset[str]


def roles_of(question: str) -> Roles | None:
    """Tell who acts on whom in a question; None unless its form names an action and both sides."""
    words = _TOKEN.findall(question)
    lower = [word.lower() for word in words]
    helper = next((place for place, word in enumerate(lower) if word in _DOING | _BEING), None)
    if helper is None:
        return None
    being = lower[helper] in _BEING
    place = next((at for at in range(helper + 2, len(words)) if lower[at] in VERBS), None)
    place = place if place is not None else _named_verb(words, lower, helper)
    if place is not None and not (being and lower[place] in NOUNS):
        if being:
            by = lower.index("by", place) + 1 if "by" in lower[place:] else len(words)
            agent, patient = words[by:], words[helper + 1 : place]
        else:
            agent, patient = words[helper + 1 : place], words[place + 1 :]
        found = Roles(_side(agent), _action(lower[place]), _side(patient))
    else:
        noun = next((at for at in range(helper + 1, len(words)) if lower[at] in NOUNS), None)
        if noun is None:
            return None
        before, after = next(_noun_sides(words[helper + 1 :], lower[helper + 1 :], noun - helper - 1))
        found = Roles(_side(before), NOUNS[lower[noun]], _side(after))
    return found if found.agent and found.patient and found.agent != found.patient else None


def saying(roles: Roles, sentence: str, speaker: str = "") -> Saying:
    """Tell whether a sentence has agent act on patient, patient on agent, or neither.

    `speaker` is who says the sentence, whom a pronoun in it may mean.
    """
    words = _TOKEN.findall(sentence)
    lower = [word.lower() for word in words]
    found: Saying = "unsaid"
    for place, word in enumerate(lower):
        if _action(word) != roles.verb:
            continue
        for acting, acted_on in _sides(words, lower, place):
            agents, patients = _terms(acting), _terms(acted_on)
            if speaker and not _PRONOUNS.isdisjoint(map(str.lower, acting)):
                agents |= frozenset(terms(speaker))
            if roles.agent & agents and roles.patient & patients:
                return "stated"
            if roles.patient & agents and roles.agent & patients:
                found = "reversed"
    return found


def _named_verb(words: Sequence[str], lower: Sequence[str], helper: int) -> int | None:
    """Find a verb that is in no list between two names: "Why did Acme outbid Bolt?" """
    place = helper + 1
    while place < len(words) and (words[place][0].isupper() or lower[place] == "the"):
        place += 1
    if place == helper + 1 or place + 1 >= len(words) or not words[place + 1][0].isupper():
        return None
    return None if _action(lower[place]) in _MUTUAL | _END else place


def _action(word: str) -> str:
    """The action that a word is a form of; any other verb is its stem."""
    return VERBS.get(word) or NOUNS.get(word) or "".join(terms(word))


def _sides(words: Sequence[str], lower: Sequence[str], place: int) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
    """Yield who acts and who is acted on around an action, in each way that the words can be read."""
    before, after = words[:place], words[place + 1 :]
    if lower[place] in NOUNS and _is_noun(words, lower, place):
        yield from _noun_sides(words, lower, place)
        return
    back = place - 1
    while back >= 0 and (lower[back] in _ADVERBIAL or lower[back].endswith("ly")):
        back -= 1
    being = back >= 0 and lower[back] in _BEING and not lower[place].endswith("ing")
    following = lower[place + 1 : place + 4]
    if being or "by" in following:
        by = lower.index("by", place) + 1 if "by" in lower[place:] else len(words)
        yield words[by:], before
    else:
        yield before, after


def _is_noun(words: Sequence[str], lower: Sequence[str], place: int) -> bool:
    previous = lower[place - 1] if place else ""
    following = lower[place + 1] if place + 1 < len(words) else ""
    if lower[place] not in VERBS:
        return True
    return (
        previous in _OWNING | _TURNING | {"of", "for", "in", "after", "with"}
        or previous.endswith(("'s", "’s", "s'", "s’"))
        or (following in _AT | _FROM | {"that"} and not previous[:1].isupper() and previous not in _DOING)
    )


def _noun_sides(
    words: Sequence[str], lower: Sequence[str], place: int
) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
    before, after = list(words[:place]), list(words[place + 1 :])
    then = lower[place + 1 :]
    if then[:1] in (["that"], ["which"]) and (on := next((at for at, word in enumerate(then) if word in _AT), 0)):
        yield after[1:on], after[on + 1 :]
        return
    turned = not _TURNING.isdisjoint(lower[max(0, place - 5) : place])
    sources = _FROM | {"of"} if turned else _FROM
    source = next((at for at, word in enumerate(then[:_NEAR]) if word in sources), None)
    if source is None:
        yield before, after
        return
    end = next((at for at in range(source + 1, len(then)) if then[at] in _AT | _CUTS), len(then))
    aimed = after[:source] + after[end:]
    yield after[source + 1 : end], before + aimed if turned or not aimed else aimed


def _side(words: Sequence[str]) -> frozenset[str]:
    """The terms of one side, up to a preposition; one that opens it ("against Acme") is passed over."""
    start = next((place for place, word in enumerate(words) if word.lower() not in _AT), len(words))
    end = next((place for place in range(start, len(words)) if words[place].lower() in _END), len(words))
    return _terms(words[start:end]) - _ASKING


def _terms(words: Sequence[str]) -> frozenset[str]:
    return frozenset(term for word in words for term in terms(word))
