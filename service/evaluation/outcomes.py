"""Questions to outcomes: each is asked of the real answerer, and what comes is held against what was expected."""

import asyncio
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec import Struct

from embeddings.articles import Carrier, Hit
from embeddings.errors import LibraryError
from service.answers import Answer, Citation, Question
from service.evaluation.questions import Expectation
from service.evaluation.wording import address, holds, names, says

if TYPE_CHECKING:
    from embeddings.catalog import Catalog
    from service.answerer import Answerer

DEEPEST = 10
"""Down to which story articles are looked for."""
_PAGE = 10_000
_WARM_UP = "Who?"

Verdict = Literal["answered_right", "answered_wrongly", "refused_wrongly", "refused_rightly", "answered_unanswerable"]


class Quoted(Struct, frozen=True, kw_only=True):
    """A quotation of an answer."""

    quote: str
    article_id: str
    version: int
    start: int
    end: int
    source: str | None
    title: str
    exact: bool
    """Whether the stored article, read again, has these very characters there."""


class Outcome(Struct, frozen=True, kw_only=True):
    """What came of a question."""

    expected: Expectation
    verdict: Verdict
    at_once: bool
    """Whether it was right with the first sentence that it quotes: one of what was expected stands there."""
    lost_in: Literal["search", "reading"] | None
    """Where an answer went missing: no passage that was found has it, or one has it and it was not quoted."""
    quoted: tuple[Quoted, ...]
    ranks: tuple[int | None, ...]
    """Of each article that was expected, the rank of its story among the first ten; None further down."""
    ms: float
    """What the answer took."""

    @property
    def right(self) -> bool:
        """Answered right, or rightly refused."""
        return self.verdict in ("answered_right", "refused_rightly")


class _Evidence(Struct, frozen=True):
    """What may hold what was expected: a text, and who carries it."""

    text: str
    carriers: tuple[Carrier | Citation, ...]


def ask(answerer: "Answerer", questions: Sequence[Expectation]) -> Iterator[Outcome]:
    """Ask one question after the other. Raises what `Answerer.answer` raises."""
    with asyncio.Runner() as runner:
        for expected in questions[:1]:
            # What is loaded by the first question that is ever asked is no part of what this one takes.
            runner.run(answerer.answer(Question(question=_WARM_UP, collection=expected.collection)))
        for expected in questions:
            started = time.perf_counter()
            answer = runner.run(answerer.answer(expected))
            yield _outcome(answerer, expected, answer, (time.perf_counter() - started) * 1000)


def doubts(catalog: "Catalog", questions: Iterable[Expectation]) -> list[str]:
    """Say which expected articles are not there to be found, and which do not have the quotes that they should."""
    naming = [expected for expected in questions if expected.articles]
    listed = _listed(catalog) if naming else {}
    found = []
    for expected in naming:
        articles = {wanted: listed.get(wanted) or listed.get(address(wanted)) for wanted in expected.articles}
        found += [f"{expected.id}: {wanted} is not among the articles" for wanted, id in articles.items() if not id]
        texts = [catalog.article(id).text for id in articles.values() if id]
        for quote in expected.quotes if texts else ():
            if not any(holds(text, quote) for text in texts):
                found.append(f"{expected.id}: none of its articles has the words “{quote}”")
    return found


def _outcome(answerer: "Answerer", expected: Expectation, answer: Answer, ms: float) -> Outcome:
    evidence = {each.number: _Evidence(each.quote, (each, *each.carriers)) for each in answer.citations}
    first = [evidence[number] for sentence in answer.sentences[:1] for number in sentence.citations]
    verdict = _verdict(expected, answer, all(_met(expected, evidence.values())))
    missed = verdict in ("answered_wrongly", "refused_wrongly")
    stories = _stories(answerer, expected) if missed or expected.articles else []
    read = [_Evidence(hit.passage.text, (hit.article, *hit.carriers)) for hits in stories[: expected.k] for hit in hits]
    return Outcome(
        expected=expected,
        verdict=verdict,
        at_once=verdict == "answered_right" and any(_met(expected, first)),
        lost_in=("reading" if all(_met(expected, read)) else "search") if missed else None,
        quoted=tuple(_quoted(answerer, expected.collection, citation) for citation in answer.citations),
        ranks=tuple(_rank(wanted, stories) for wanted in expected.articles),
        ms=ms,
    )


def _verdict(expected: Expectation, answer: Answer, right: bool) -> Verdict:
    refused = answer.status == "not_in_articles"
    if not expected.answerable:
        return "refused_rightly" if refused else "answered_unanswerable"
    if refused:
        return "refused_wrongly"
    return "answered_right" if right else "answered_wrongly"


def _met(expected: Expectation, evidence: Collection[_Evidence]) -> list[bool]:
    """Tell of each thing that is expected whether the evidence has it."""
    met = [any(holds(each.text, quote) for each in evidence) for quote in expected.quotes]
    if expected.answers:
        met.append(any(says(each.text, answer) for each in evidence for answer in expected.answers))
    if not met:
        carriers = [carrier for each in evidence for carrier in each.carriers]
        met.append(any(names(wanted, carrier) for carrier in carriers for wanted in expected.articles))
    return met


def _stories(answerer: "Answerer", expected: Expectation) -> list[list[Hit]]:
    """Give what the answerer finds for a question, the hits of each story together, the best story first."""
    grounds = answerer.find(msgspec.structs.replace(expected, k=max(expected.k, DEEPEST)))
    stories: dict[int, list[Hit]] = {}
    for hit in grounds.retrieval.hits:
        stories.setdefault(hit.story, []).append(hit)
    return list(stories.values())


def _rank(wanted: str, stories: Sequence[Sequence[Hit]]) -> int | None:
    for rank, hits in enumerate(stories[:DEEPEST], start=1):
        if any(names(wanted, carrier) for hit in hits for carrier in (hit.article, *hit.carriers)):
            return rank
    return None


def _quoted(answerer: "Answerer", collection: str, citation: Citation) -> Quoted:
    try:
        stored = answerer.library.retriever(collection).article(citation.article_id, citation.version).text
    except LibraryError:
        stored = ""
    return Quoted(
        quote=citation.quote,
        article_id=citation.article_id,
        version=citation.version,
        start=citation.start,
        end=citation.end,
        source=citation.source,
        title=citation.title,
        exact=stored[citation.start : citation.end] == citation.quote,
    )


def _listed(catalog: "Catalog") -> dict[str, str]:
    """Ids of the articles that are searched, by themselves and by their addresses."""
    ids: dict[str, str] = {}
    cursor = 0
    while page := catalog.listing(after=cursor, limit=_PAGE):
        for each in page:
            if not each.withdrawn_at and not each.erased_at:
                ids[each.article.article_id] = each.article.article_id
                if each.article.url:
                    ids[address(each.article.url)] = each.article.article_id
        cursor = page[-1].cursor
    return ids
