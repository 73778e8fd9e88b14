"""Who does what to whom in a statement, and whether what it cites has it the other way round. Rules, for English.

Two ways tell: an action with a name on either side ("Lavrov blamed the US", "the US was blamed by Lavrov"), as
`service.roles` reads it; and, whatever is said, two names each of which stands where the source has the other.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from embeddings.evidence import Candidate
from embeddings.quotations import Span
from embeddings.terms import FUNCTION_WORDS, terms
from service.roles import NOUNS, VERBS, Roles, saying
from service.verifier.places import Place, around, known, places
from service.verifier.words import Word, listed, words

_BEING = listed("is are was were be been being get gets got")
_HELPING = _BEING | listed("has have had will would can could may might must should did does do also not never")
_BETWEEN = listed("the a an his her their its on at against former")
"""What may stand between a verb and the name that it acts on."""
_JOINING = listed("and or , mr mrs ms the")
_MORE = 3
"""Words by which the places of two names have to fit better when exchanged."""


def reversed_in(sentence: str, cited: Sequence[Candidate]) -> list[Span]:
    """Find the actions of a sentence that the cited sentences have the other way round, and none as it says."""
    names = known(sentence, *(each.sentence.text for each in cited))
    found = []
    for span, roles in _told(sentence, names):
        said = {
            saying(roles, each.sentence.text, each.sentence.speech.speaker if each.sentence.speech else "")
            for each in cited
        }
        if "reversed" in said and "stated" not in said:
            found.append(span)
    return found


def exchanged(sentence: str, cited: Sequence[str]) -> list[Span]:
    """Find two names of a sentence each of which stands among the words that a cited text has around the other."""
    names = known(sentence, *cited)
    claimed = places(sentence, names)
    for text in cited:
        said = places(text, names)
        for at, one in enumerate(claimed):
            for other in claimed[at + 1 :]:
                if (
                    one.stems[-1] != other.stems[-1]
                    and _is_turned(sentence, (one, other)) == _is_turned(text, said)
                    and not _joined(sentence, one, other)
                    and _are_exchanged(sentence, one, other, text, said)
                ):
                    every = words(sentence)
                    return [(every[one.first].start, every[other.last].end)]
    return []


def _is_turned(text: str, some: Sequence[Place]) -> bool:
    """Tell whether some name is that of who acts in the passive: then the order says nothing by itself."""
    return any("<by" in around(text, each) for each in some)


def _joined(sentence: str, one: Place, other: Place) -> bool:
    """Tell whether two names are of one list, whose order says nothing."""
    return all(word.lower in _JOINING for word in words(sentence)[one.last + 1 : other.first])


def _are_exchanged(sentence: str, one: Place, other: Place, text: str, said: Sequence[Place]) -> bool:
    def shared(place: Place, as_if: Place) -> int:
        near = around(sentence, place)
        return max((len(near & around(text, each)) for each in said if each.stems[-1] == as_if.stems[-1]), default=-1)

    straight, crossed = (shared(one, one), shared(other, other)), (shared(one, other), shared(other, one))
    return min(straight) >= 0 and min(crossed) > 0 and sum(crossed) >= sum(straight) + _MORE


def _told(sentence: str, names: frozenset[str]) -> Iterator[tuple[Span, Roles]]:
    """Read every action of a statement that has a name on either side."""
    every = words(sentence)
    for before, after in pairwise(places(sentence, names)):
        between = range(before.last + 1, after.first)
        verb = next((at for at in between if _is_verb(every[at])), None)
        if verb is None or any(not _is_helping(every[at]) for at in range(before.last + 1, verb)):
            continue
        rest = [every[at].lower for at in range(verb + 1, after.first)]
        passive = any(every[at].lower in _BEING for at in range(before.last + 1, verb))
        action = VERBS.get(every[verb].lower, every[verb].stem)
        one, other = frozenset(_terms(every, before)), frozenset(_terms(every, after))
        span = every[before.first].start, every[after.last].end
        if rest[:1] == ["by"] and passive:
            yield span, Roles(other, action, one)
        elif not passive and all(word in _BETWEEN for word in rest):
            yield span, Roles(one, action, other)


def _is_verb(word: Word) -> bool:
    """Tell whether a word may be an action between two names."""
    return (
        bool(word.stem)
        and not _is_helping(word)
        and word.stem not in FUNCTION_WORDS
        and not word.capital
        and word.lower not in NOUNS.keys() - VERBS.keys()
    )


def _is_helping(word: Word) -> bool:
    return word.lower in _HELPING or word.lower.endswith("ly")


def _terms(every: Sequence[Word], place: Place) -> Iterator[str]:
    for word in every[place.first : place.last + 1]:
        yield from terms(word.text)
