"""What a verifier is: a sentence and what it cites in, a verdict out. A trained one takes the same place."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from embeddings.evidence import Candidate
from service.answers import Doubt


class Verdict(Struct, frozen=True, kw_only=True):
    """What came of verifying a sentence."""

    text: str
    """The sentence as it may be shown: what it passes off as a quotation and is none has lost its marks."""
    supported: bool
    support: float
    """From 0 to 1: how probable it is that the cited sentences bear it out."""
    doubts: tuple[Doubt, ...] = ()
    """What they do not bear out, as far as it can be named; some wherever it is not supported."""


class Verifier(Protocol):
    """Tells whether cited sentences bear out a sentence."""

    def verify(self, sentence: str, cited: Sequence[Candidate], around: Sequence[Candidate]) -> Verdict:
        """Verify a sentence against what it cites.

        `cited` come in the order of their articles' text, compared with the sentence (`Candidate.similarity`). `around`
        are the other sentences that the model was shown of the same passages: a name may be found there for which a
        cited sentence has a pronoun, but nothing else.
        """
        ...


def beside(cited: Sequence[Candidate], shown: Sequence[Candidate]) -> list[Candidate]:
    """Give the other sentences of the passages that are cited, of all that were shown: what a verifier has `around`."""
    places = {each.place for each in cited}
    passages = {each.hit.passage.id for each in cited}
    return [each for each in shown if each.hit.passage.id in passages and each.place not in places]
