"""Which parts of a question an answer says nothing about, by the names that only they have. For English."""

from collections.abc import Iterable, Sequence

from embeddings.terms import terms
from service.condenser.leaning import name_terms


def uncovered(parts: Sequence[str], said: Iterable[str]) -> list[str]:
    """Give the parts of which no name that tells them from the other parts occurs in what was said.

    A part without such a name counts as covered: by words alone it cannot be told.
    """
    words = {term for text in said for term in terms(text)}
    named = [name_terms(part) for part in parts]
    found = []
    for place, (part, names) in enumerate(zip(parts, named, strict=True)):
        own = names.difference(*named[:place], *named[place + 1 :])
        if own and own.isdisjoint(words):
            found.append(part)
    return found
