"""Sentences of an answer that make one of two articles that differ."""

import re
from collections.abc import Sequence

from embeddings.articles import Carrier
from embeddings.evidence import Candidate
from embeddings.terms import FUNCTION_WORDS, terms
from service.disagreements.amounts import amounts
from service.disagreements.disagreeing import Disagreement, disagreeing
from service.disagreements.subjects import days

_DOMAIN = re.compile(r"\.(?:com|org|net|news|co\.uk|[a-z]{2})$", re.IGNORECASE)


def merging(sentence: str, cited: Sequence[Candidate]) -> list[Disagreement]:
    """Find where a written sentence cites both of two articles that differ and does not tell which says what.

    It tells so by the outlet, or the day of publication, of either side. A sentence that gives neither value merges
    nothing: "people died" may well rest on both.
    """
    found = [each for place, one in enumerate(cited) for each in disagreeing(one, cited[place + 1 :])]
    return [
        each
        for each in found
        if _speaks_of(sentence, each)
        and not (_tells(sentence, each.cited.hit.article) and _tells(sentence, each.other.hit.article))
    ]


def _speaks_of(sentence: str, disagreement: Disagreement) -> bool:
    """Tell whether a sentence gives a value for what the two articles differ about."""
    if disagreement.kind == "amount":
        sides = [*amounts(disagreement.cited.sentence.text), *amounts(disagreement.other.sentence.text)]
        return any(
            one.kind == side.kind and (one.counted == side.counted or one.fates & side.fates)
            for one in amounts(sentence)
            for side in sides
        )
    if disagreement.kind == "day":
        return any(days(sentence))
    said = set(terms(sentence))
    return not said.isdisjoint(terms(f"{disagreement.cited_words} {disagreement.other_words}"))


def _tells(sentence: str, article: Carrier) -> bool:
    said = set(terms(sentence))
    outlet = set(terms(_DOMAIN.sub("", article.source or ""))) - FUNCTION_WORDS
    if outlet and outlet <= said:
        return True
    published = article.published_at
    return published is not None and (published.month, published.day) in days(sentence).days
