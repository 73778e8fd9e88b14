"""What a sentence denies: whether what it cites denies it too, and whether it says the opposite. Rules, for English.

A negation falls on the next word of content ("did not accept", "no evidence"). Two texts are at odds when one denies
what the other says of the same, or says the opposite of it: of the same, where words of content nearby are the same.
"""

import functools
from collections.abc import Sequence
from typing import Literal, NamedTuple

from embeddings.quotations import Span
from embeddings.terms import FUNCTION_WORDS
from service.verifier.words import Word, listed, stem, words


def _stems(words: str) -> frozenset[str]:
    return frozenset(map(stem, words.split()))


_NEGATING = listed("not no never without nobody none neither nor cannot hardly barely nothing")
_REFUSING = _stems(
    "deny refuse fail decline reject lack unable unlikely stop prevent avoid halt cancel ban block absence doubt false "
    "dismiss oppose unless instead against impossible end drop abandon withdraw untrue rule reluctant refusal denial"
)
"""Words that may deny what follows them, so that it is as good as denied, or as said."""
_PASSED_OVER = FUNCTION_WORDS | _stems(
    "yet immediate been being have had to be get got gets getting going even ever also real current only just still so "
    "far any such a necessary"
)
_NOT_ONLY = listed("only just merely least necessarily")
_REACH = 5
"""Words after a negation among which it falls on one, and a refusing word on all."""
_SHORTEST_ADVERB = 6
"""Letters; up to this a word in -ly is more often none: "likely"."""
_BESIDE = 3
"""Words of content on either side that tell whether two words are said of the same."""
_OPPOSITES = (
    "able/unable above/below accept/reject add/remove admit/deny agree/disagree agree/refuse ahead/behind "
    "alive/dead all/none allow/ban allow/forbid allow/prevent allow/prohibit ally/enemy always/never "
    "approval/rejection approve/block approve/reject arrest/release arrive/depart arrive/leave attack/defend "
    "back/oppose before/after begin/end best/worst better/worse bigger/smaller biggest/smallest boy/girl "
    "brother/sister build/destroy buy/sell cheap/expensive climb/fall climb/slip compulsory/optional confirm/deny "
    "continue/halt continue/stop convict/acquit create/destroy detain/release domestic/foreign earlier/later "
    "early/late ease/tighten ease/worsen easier/harder east/west eastern/western encourage/discourage enter/leave "
    "everyone/nobody expand/shrink faster/slower father/mother first/last forward/backward free/jail friend/enemy "
    "friendly/hostile full/empty gain/lose gain/loss grow/shrink growth/decline guilty/acquitted guilty/innocent "
    "happy/unhappy hawkish/dovish heavy/light high/low higher/lower highest/lowest hire/fire honest/dishonest "
    "hot/cold husband/wife import/export improve/worsen include/exclude increase/cut increase/decline "
    "increase/decrease increase/drop increase/fall increase/reduce increase/reduction inside/outside join/leave "
    "jump/fall keep/abandon known/unknown larger/smaller largest/smallest lawful/unlawful left/right legal/illegal "
    "liberal/conservative lift/impose lift/lower likely/unlikely live/die longer/shorter love/hate maintain/abandon "
    "majority/few majority/minority male/female man/woman many/few married/divorced maximum/minimum minor/major "
    "more/fewer more/less morning/evening most/least narrow/wide north/south northern/southern older/younger "
    "oldest/youngest open/close optimistic/pessimistic pass/reject peace/war permanent/temporary permit/forbid "
    "popular/unpopular positive/negative possible/impossible praise/condemn praise/criticise profit/loss "
    "protect/endanger public/private push/pull raise/contain raise/curb raise/cut raise/lower raise/reduce "
    "remain/leave remember/forget resume/halt resume/suspend rich/poor rise/decline rise/decrease rise/drop "
    "rise/fall rise/sink safe/dangerous same/different soar/fall soar/plunge soar/tumble son/daughter "
    "stable/unstable start/end start/finish start/stop stay/leave strengthen/weaken strict/lenient strong/weak "
    "stronger/weaker succeed/fail success/failure support/oppose support/opposition surge/fall surge/plunge "
    "surplus/deficit survive/die together/apart true/false up/down upper/lower urban/rural victory/defeat "
    "voluntary/forced voluntary/mandatory welcome/condemn win/lose winner/loser"
)


def _pairs() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for pair in _OPPOSITES.split():
        one, other = map(stem, pair.split("/"))
        found.setdefault(one, set()).add(other)
        found.setdefault(other, set()).add(one)
    return {word: frozenset(others - {word}) for word, others in found.items()}


OPPOSITES = _pairs()
"""What each stem is the opposite of."""

Force = Literal["said", "denied", "refused"]


class Stated(NamedTuple):
    """A word of content with how it is said, and among which words."""

    stem: str
    span: Span
    """With the negation that falls on it."""
    force: Force
    beside: frozenset[str]
    denials: int
    """Of it and the words beside it: "found no evidence" is no other than "did not find evidence"."""


@functools.lru_cache(maxsize=4096)
def stated(text: str) -> tuple[Stated, ...]:
    """Read how each word of content of a text is said."""
    every = words(text)
    content = [at for at, word in enumerate(every) if _is_content(word)]
    negated = {place: at for at in range(len(every)) if (place := _falls_on(every, at)) is not None}
    found = []
    for order, at in enumerate(content):
        word, denying = every[at], every[negated[at]] if at in negated else None
        beside = [*content[max(0, order - _BESIDE) : order], *content[order + 1 : order + 1 + _BESIDE]]
        refused = any(each.stem in _REFUSING for each in every[max(0, at - _REACH) : at])
        force: Force = "denied" if denying else "refused" if refused else "said"
        span = (min(word.start, denying.start), max(word.end, denying.end)) if denying else (word.start, word.end)
        denials = sum(each in negated for each in (at, *beside))
        found.append(Stated(word.stem, span, force, frozenset(every[each].stem for each in beside), denials))
    return tuple(found)


def contradicted(sentence: str, cited: Sequence[str]) -> list[Span]:
    """Find the words of a sentence with which it denies what the cited texts say, or says what they deny."""
    said = [each for text in cited for each in stated(text)]
    return [each.span for each in stated(sentence) if _is_contradicted(each, said, stated(sentence))]


def _is_contradicted(claimed: Stated, said: Sequence[Stated], claim: Sequence[Stated]) -> bool:
    if claimed.force == "refused":
        return False
    same = [each for each in said if each.stem == claimed.stem]
    if same:
        return all(
            each.force not in (claimed.force, "refused") and each.denials != claimed.denials
            for each in same
            if each.beside & claimed.beside
        ) and any(each.beside & claimed.beside for each in same)
    opposites = OPPOSITES.get(claimed.stem, frozenset())
    if claimed.force == "denied" or not opposites or any(each.stem in opposites for each in claim):
        return False
    return any(each.stem in opposites and each.force == "said" and each.beside & claimed.beside for each in said)


def _is_content(word: Word) -> bool:
    return bool(word.stem) and (word.stem not in _PASSED_OVER or word.stem in OPPOSITES) and not _is_negation(word)


def _is_negation(word: Word) -> bool:
    return word.lower in _NEGATING or word.lower.endswith("n't") or word.lower == "n't"


def _falls_on(every: Sequence[Word], at: int) -> int | None:
    """Return the word of content that a negation falls on; None where there is no negation."""
    if not _is_negation(every[at]):
        return None
    following = every[at + 1].lower if at + 1 < len(every) else "."
    if following in _NOT_ONLY or (every[at].lower == "no" and not following[0].isalpha()):
        return None
    begin = at + 1 + (following in ("longer", "more"))
    for place in range(begin, min(begin + _REACH, len(every))):
        word = every[place]
        if not word.stem:
            return None
        if word.stem not in _PASSED_OVER and not (word.lower.endswith("ly") and len(word.lower) > _SHORTEST_ADVERB):
            return place
    return None
