"""Copies of one story, collapsed: whichever copy was found, the earliest that matches is cited and the others named."""

from collections.abc import Sequence

from msgspec import Struct

from embeddings.articles import Carrier
from embeddings.catalog import StoryCarrier


class Story(Struct, frozen=True, kw_only=True):
    """The live articles with one and the same text that a search may name."""

    cited: StoryCarrier
    others: tuple[Carrier, ...]


def stories(carriers: Sequence[StoryCarrier]) -> dict[bytes, Story]:
    """Group carriers, which come earliest first, by story."""
    grouped: dict[bytes, list[StoryCarrier]] = {}
    for carrier in carriers:
        grouped.setdefault(carrier.story, []).append(carrier)
    return {
        story: Story(cited=first, others=tuple(other.carrier for other in others))
        for story, (first, *others) in grouped.items()
    }


def cited_key(key: int, own: StoryCarrier, cited: StoryCarrier) -> int:
    """Find the passage of the cited copy that stands where passage `key` stands in its own.

    Copies are divided alike, unless one repeats its title in the text; then the place of its middle is kept in
    proportion.
    """
    count, own_count = cited.end_passage - cited.first_passage, own.end_passage - own.first_passage
    ordinal = key - own.first_passage
    return cited.first_passage + (2 * ordinal + 1) * count // (2 * own_count)
