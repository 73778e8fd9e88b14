"""Sentences of articles to citations: numbered in the order of use, each compared with the stored article first."""

from bisect import bisect_right
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from embeddings.articles import Article, Carrier, Hit, Sentence, Speech
from embeddings.evidence import Candidate
from service.answers import Citation
from service.errors import CitationBroken

Saying = Callable[[Sentence, Sequence[Carrier]], tuple[Carrier, ...]]


class Citations:
    """The citations of one answer. Only passages that were retrieved for its question can be cited."""

    def __init__(self, hits: Sequence[Hit], article: Callable[[str, int], Article], saying: Saying) -> None:
        """`article` reads a stored article, `saying` tells which of a hit's carriers have the words of a sentence."""
        self._hits = {hit.passage.id: hit for hit in hits}
        self._article = article
        self._saying = saying
        self._by_span: dict[tuple[str, int, int, int], Citation] = {}

    def cite(self, grounds: Sequence[Candidate]) -> list[tuple[Citation, bool]]:
        """Give the citations of sentences, in their order, each with whether it is new: one span has one number.

        Sentences that follow each other in a passage are one citation. Raises CitationBroken, and then cites nothing,
        when a passage was not retrieved or a stored article does not have these words there.
        """
        cited = []
        for citation in [self._citation(run) for run in _runs(grounds)]:
            span = (citation.article_id, citation.version, citation.start, citation.end)
            new = span not in self._by_span
            if new:
                self._by_span[span] = replace(citation, number=len(self._by_span) + 1)
            cited.append((self._by_span[span], new))
        return cited

    def _citation(self, run: Sequence[Candidate]) -> Citation:
        """Make the citation of adjacent sentences of one passage, not yet numbered."""
        passage_id, first, last = run[0].hit.passage.id, run[0].sentence, run[-1].sentence
        hit = self._hits.get(passage_id)
        if hit is None:
            raise CitationBroken(f"passage {passage_id} was not retrieved for this question")
        stored = self._article(hit.article.article_id, hit.article.version)
        for sentence in (each.sentence for each in run):
            if not hit.passage.start <= sentence.start < sentence.end <= hit.passage.end:
                raise CitationBroken(f"characters {sentence.start}-{sentence.end} are not in passage {passage_id}")
            if stored.text[sentence.start : sentence.end] != sentence.text:
                raise CitationBroken(f"characters {sentence.start}-{sentence.end} of {stored.id} do not read as quoted")
        carriers = hit.carriers
        for each in run:
            carriers = self._saying(each.sentence, carriers)
        return Citation(
            number=0,
            article_id=stored.id,
            version=stored.version,
            passage_id=passage_id,
            title=stored.title,
            source=stored.source,
            author=stored.author,
            published_at=stored.published_at,
            url=stored.url,
            genre=stored.genre,
            page=bisect_right(stored.pages, first.start) or None,
            quote=stored.text[first.start : last.end],
            start=first.start,
            end=last.end,
            speech=_speech([each.sentence for each in run]),
            carriers=carriers,
        )


def _runs(grounds: Sequence[Candidate]) -> list[list[Candidate]]:
    """Join sentences that follow each other in a passage; the runs come in the order of their first use."""
    used: dict[tuple[str, int], int] = {}
    for at, each in enumerate(grounds):
        used.setdefault(each.place, at)
    runs: list[list[Candidate]] = []
    for each in sorted((grounds[at] for at in used.values()), key=lambda each: each.place):
        if runs and _follows(runs[-1][-1], each):
            runs[-1].append(each)
        else:
            runs.append([each])
    return sorted(runs, key=lambda run: min(used[each.place] for each in run))


def _follows(one: Candidate, other: Candidate) -> bool:
    passage = one.hit.passage
    between = passage.text[one.sentence.end - passage.start : other.sentence.start - passage.start]
    return passage.id == other.hit.passage.id and not between.strip()


def _speech(sentences: Sequence[Sentence]) -> Speech | None:
    """Who says all of it."""
    first, *others = (sentence.speech for sentence in sentences)
    same = first and all(each and each.speaker == first.speaker for each in others)
    return first if same else None
