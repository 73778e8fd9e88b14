"""Copies of one story, collapsed: a passage is cited from the earliest article that has it, and the others are named.

Exact copies have the same passages. Near copies, which an outlet cut or edited, have some of them: a passage that only
the later one has is cited from the later one, and nobody else is said to carry it.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from embeddings.articles import Carrier
from embeddings.catalog import StoryCarrier

Worded = Mapping[int, Mapping[int, int]]
"""The sentences of passages, by passage key: digest of the words to length."""

_WHOLE = 1.0
"""Share of a passage's characters whose sentences have to stand in a copy for the passage to be cited from the copy: an
edited number must not be lost with the rest."""
_MOST = 0.5
"""The same, for the copy to be named as a carrier of the passage."""


class Cited(Struct, frozen=True, kw_only=True):
    """Where a passage is cited from."""

    key: int
    """Of the passage in the cited article."""
    story: int
    carrier: Carrier
    others: tuple[Carrier, ...]
    """The other articles that have most of the passage and match, the earliest first."""


def by_story(carriers: Sequence[StoryCarrier]) -> dict[int, list[StoryCarrier]]:
    """Group carriers, which come earliest first, by story."""
    grouped: dict[int, list[StoryCarrier]] = {}
    for carrier in carriers:
        grouped.setdefault(carrier.story, []).append(carrier)
    return grouped


def edited(carriers: Sequence[StoryCarrier]) -> list[StoryCarrier]:
    """Give those whose story has more than one wording: their sentences have to be compared."""
    return [
        carrier
        for together in by_story(carriers).values()
        if len({each.words for each in together}) > 1
        for carrier in together
    ]


def cited(key: int, own: StoryCarrier, carriers: Sequence[StoryCarrier], worded: Worded) -> list[Cited]:
    """Tell where passage `key` of one of a story's carriers, which come earliest first, is cited from.

    That is the passages of the earliest that has it: more than one, where a copy is divided elsewhere.
    """
    first, places = next(
        (carrier, places) for carrier in carriers if (places := _places(key, own, carrier, worded, _WHOLE))
    )
    if first.version_key != own.version_key:
        return [each for place in places for each in cited(place, first, carriers, worded)]
    others = tuple(
        other.carrier
        for other in carriers
        if other.version_key != own.version_key and _places(key, own, other, worded, _MOST)
    )
    return [Cited(key=key, story=own.story, carrier=own.carrier, others=others)]


def _places(key: int, own: StoryCarrier, other: StoryCarrier, worded: Worded, share: float) -> list[int]:
    """Give the passages of another copy that say what passage `key` says; none where they say less than a share."""
    if other.version_key == own.version_key:
        return [key]
    if other.words == own.words:
        # Exact copies are divided alike, unless one repeats its title in the text, or has junk that the other has not;
        # then the place of the middle is kept in proportion.
        count, own_count = other.end_passage - other.first_passage, own.end_passage - own.first_passage
        return [other.first_passage + (2 * (key - own.first_passage) + 1) * count // (2 * own_count)]
    here = worded.get(key, {})
    there = {place: worded.get(place, {}).keys() & here for place in range(other.first_passage, other.end_passage)}
    said = {words for shared in there.values() for words in shared}
    if sum(here[words] for words in said) < share * sum(here.values()):
        return []
    return [place for place, shared in there.items() if shared]
