"""Sentences of articles to citations: numbered in the order of use, each compared with the stored article first."""

from bisect import bisect_right
from collections.abc import Callable, Sequence

from embeddings.articles import Article, Carrier, Hit, Sentence
from service.answers import Citation
from service.errors import CitationBroken


class Citations:
    """The citations of one answer. Only passages that were retrieved for its question can be cited."""

    def __init__(
        self,
        hits: tuple[Hit, ...],
        article: Callable[[str, int], Article],
        saying: Callable[[Sentence, Sequence[Carrier]], tuple[Carrier, ...]],
    ) -> None:
        """`article` reads a stored article, `saying` tells which of a hit's carriers have the words of a sentence."""
        self._hits = {hit.passage.id: hit for hit in hits}
        self._article = article
        self._saying = saying
        self._by_span: dict[tuple[str, int, int, int], Citation] = {}

    def cite(self, passage_id: str, sentence: Sentence) -> tuple[Citation, bool]:
        """Give the citation of a sentence of a retrieved passage, and whether it is new: one span has one number.

        Raises CitationBroken when the passage was not retrieved or the stored article does not say these words there.
        """
        hit = self._hits.get(passage_id)
        if hit is None:
            raise CitationBroken(f"passage {passage_id} was not retrieved for this question")
        span = (hit.article.article_id, hit.article.version, sentence.start, sentence.end)
        if span in self._by_span:
            return self._by_span[span], False
        stored = self._article(hit.article.article_id, hit.article.version)
        if not hit.passage.start <= sentence.start < sentence.end <= hit.passage.end:
            raise CitationBroken(f"characters {sentence.start}-{sentence.end} are not in passage {passage_id}")
        if stored.text[sentence.start : sentence.end] != sentence.text:
            raise CitationBroken(f"characters {sentence.start}-{sentence.end} of {stored.id} do not read as quoted")
        citation = Citation(
            number=len(self._by_span) + 1,
            article_id=stored.id,
            version=stored.version,
            passage_id=passage_id,
            title=stored.title,
            source=stored.source,
            author=stored.author,
            published_at=stored.published_at,
            url=stored.url,
            genre=stored.genre,
            page=bisect_right(stored.pages, sentence.start) or None,
            quote=sentence.text,
            start=sentence.start,
            end=sentence.end,
            speech=sentence.speech,
            carriers=self._saying(sentence, hit.carriers),
        )
        self._by_span[span] = citation
        return citation, True
