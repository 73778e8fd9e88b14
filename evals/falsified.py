"""Pairs of claims about a sentence of an article, one true and one falsified in one respect, for `evals.verifying`.

They are made of articles in which people marked who says what. The true claim is the sentence as it stands or, every
other time, reworded and condensed; its falsified twin is the same but for one thing.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from evals.falsifiable import places_of
from evals.falsifying import KINDS
from evals.rewording import edited, rewordings


class Contrast(Struct, frozen=True, kw_only=True):
    """A true claim and its falsified twin."""

    kind: str
    article: str
    sentence: int
    """Where the sentence that both are made of begins in its article."""
    straight: str
    falsified: str
    reworded: bool


def contrasts(articles: Iterable[Mapping[str, Any]]) -> Iterator[Contrast]:
    """Make the pairs of some articles, as the data set has them; the same ones each time."""
    for article in articles:
        for place in places_of(article):
            for kind, falsify in KINDS.items():
                change = falsify(place)
                if not change:
                    continue
                kept = [*place.quoted, *((edit.start, edit.end) for edit in change)]
                wording = rewordings(place.text, kept) if place.chance.getrandbits(1) else []
                yield Contrast(
                    kind=kind,
                    article=article["id"],
                    sentence=place.start,
                    straight=edited(place.text, wording),
                    falsified=edited(place.text, [*wording, *change]),
                    reworded=bool(wording),
                )
