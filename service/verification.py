"""Any text, verified sentence by sentence against articles: whoever wrote it, and with no chat model."""

from collections.abc import Iterator, Sequence
from typing import Literal, Self

from msgspec import Struct

from embeddings.articles import Filter, Query
from embeddings.retriever import Retriever
from embeddings.sentences import paragraphs
from service.answers import Citation, Doubt
from service.citing import Citations
from service.grounds import PASSAGES_OF_A_STORY
from service.verifier.supporting import supporting
from service.verifier.verifying import Verifier, beside
from service.written.plain import unmarked

MOST_CHARACTERS = 100_000
"""Of a text."""
_STORIES = 5
_MOST_GROUNDS = 3


class VerifiedSentence(Struct, frozen=True, kw_only=True):
    """A sentence of the text with what the articles say to it."""

    text: str
    """Without footnote marks."""
    status: Literal["supported", "unsupported"]
    support: float
    """From 0 to 1."""
    doubts: tuple[Doubt, ...]
    citations: tuple[Citation, ...]
    """What bears it out, or comes nearest to that; none where no article matches. Numbered within the sentence."""


class Verification(Struct, frozen=True, kw_only=True):
    """A text, verified."""

    collection: str
    """Against whose articles; empty where they came with the request, and are kept nowhere."""
    sentences: tuple[VerifiedSentence, ...]
    """All of the text, in its order."""
    supported: int
    """How many are."""
    unsupported: int

    @classmethod
    def of(cls, sentences: Sequence[VerifiedSentence], collection: str) -> Self:
        """Count."""
        supported = sum(each.status == "supported" for each in sentences)
        return cls(
            collection=collection,
            sentences=tuple(sentences),
            supported=supported,
            unsupported=len(sentences) - supported,
        )


def verify(
    text: str, retriever: Retriever, verifier: Verifier, wanted: Filter | None = None
) -> Iterator[VerifiedSentence]:
    """Verify the sentences of a text one by one, each against what is found for it. Blocks."""
    for paragraph in paragraphs(unmarked(text)):
        for sentence in paragraph:
            yield _verified(sentence.text, retriever, verifier, wanted or Filter())


def _verified(sentence: str, retriever: Retriever, verifier: Verifier, wanted: Filter) -> VerifiedSentence:
    query = Query(text=sentence, wanted=wanted)
    retrieval = retriever.retrieve_all([query], k=_STORIES, per_story=PASSAGES_OF_A_STORY)
    found = [candidate for passage in retriever.candidates(retrieval) for candidate in passage]
    grounds = supporting(sentence, found, most=_MOST_GROUNDS)
    verdict = verifier.verify(sentence, grounds, beside(grounds, found))
    citing = Citations(retrieval.hits, retriever.article, retriever.saying)
    return VerifiedSentence(
        text=sentence,
        status="supported" if verdict.supported else "unsupported",
        support=verdict.support,
        doubts=verdict.doubts,
        citations=tuple(citation for citation, _ in citing.cite(grounds)),
    )
