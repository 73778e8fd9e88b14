"""Sentences as a model would cite them, for the tests of the verifier: marked as the splitter marks them."""

from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from embeddings.articles import Carrier, Hit, Passage, Sentence
from embeddings.attributions import attributed
from embeddings.evidence import Candidate
from embeddings.sentences import paragraphs
from embeddings.terms import terms
from service.answers import Doubt


def passage(
    *sentences: str,
    title: str = "",
    source: str | None = None,
    published: datetime | None = None,
    similarity: float = 0.9,
) -> list[Candidate]:
    """Make a passage of an article, all of its sentences as near to what cites them."""
    text = " ".join(sentences)
    hit = Hit(
        rank=1,
        score=1.0,
        passage=Passage(id="a@1:0", article_id="a", version=1, ordinal=0, start=0, end=len(text), text=text),
        article=Carrier(article_id="a", version=1, title=title, source=source, published_at=published),
        dense_score=0.5,
        lexical_score=1.0,
        story=1,
    )
    return [
        Candidate(hit=hit, sentence=sentence, similarity=similarity, terms=tuple(terms(sentence.text)))
        for paragraph in attributed(text, paragraphs(text, "en"))
        for sentence in paragraph
    ]


def cite(
    text: str, *, title: str = "", source: str | None = None, published: datetime | None = None, similarity: float = 0.9
) -> Candidate:
    """Make a single sentence, whatever it holds."""
    made = passage(text, title=title, source=source, published=published, similarity=similarity)
    if len(made) == 1:
        return made[0]
    whole = Sentence(start=0, end=len(text), text=text)
    return replace(passage("x", title=title)[0], sentence=whole, terms=tuple(terms(text)), similarity=similarity)


def kinds(doubts: Iterable[Doubt]) -> list[str]:
    """Give the kinds of doubts, in order."""
    return [doubt.kind for doubt in doubts]
