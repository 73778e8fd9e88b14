"""What an answer may rest on: what the question was understood as, and the passages that were found for it."""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from embeddings.evidence import Candidate
from embeddings.retriever import Retrieval, Retriever
from service.answers import Question
from service.condenser.by_model import Rewritten
from service.condenser.condensed import Condensed, condense
from service.errors import NothingIngested
from service.reader import Passages

PASSAGES_OF_A_STORY = 6


class Grounds(Struct, frozen=True, kw_only=True):
    """The grounds of one answer. Nothing else can be cited in it."""

    question: Question
    as_of: datetime
    condensed: Condensed
    retriever: Retriever
    retrieval: Retrieval
    passages: tuple[tuple[Candidate, ...], ...]
    """The sentences of each hit, in the order of the text, compared with the queries."""

    @property
    def answerable(self) -> bool:
        """Whether anything of it can be an answer: what another outlet says is none to what this one is to report."""
        return bool(self.retrieval.hits) and not self.condensed.stated.unknown_outlets

    def passages_of_parts(self) -> Iterator[tuple[str, Passages]]:
        """Give what is asked in each part, and what may answer it: not the passages of outlets that it is not of."""
        for part, topic in zip(self.condensed.queries[1:], self.condensed.topics[1:], strict=True):
            outlets = {source.casefold() for source in part.wanted.sources}
            passages = self.retriever.candidates(self.retrieval, [part])
            if outlets:
                passages = [
                    each for each in passages if each and (each[0].hit.article.source or "").casefold() in outlets
                ]
            yield topic, passages

    def notes(self) -> Iterator[str]:
        """Say how the question was understood, where that is not plain."""
        if self.condensed.standalone.text != self.question.question:
            yield f"Understood as: {self.condensed.standalone.text}"
        if self.condensed.stated.words:
            yield f"Looked at {self.condensed.stated.words}."
        for outlet in self.condensed.stated.unknown_outlets:
            yield f"There is no article of {outlet} here."


def find(retriever: Retriever, question: Question, as_of: datetime, rewritten: Rewritten | None = None) -> Grounds:
    """Retrieve what may answer a question. Blocks; raises NothingIngested, and what `retrieve_all` raises."""
    condensed = condense(question, as_of, retriever.outlets(), rewritten)
    retrieval = retriever.retrieve_all(condensed.queries, k=question.k, per_story=PASSAGES_OF_A_STORY)
    if not retrieval.seq:
        raise NothingIngested(question.collection)
    return Grounds(
        question=question,
        as_of=as_of,
        condensed=condensed,
        retriever=retriever,
        retrieval=retrieval,
        passages=tuple(tuple(passage) for passage in retriever.candidates(retrieval)),
    )
