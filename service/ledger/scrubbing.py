"""Erasing articles from a record of the log: what was asked and what came of it stays, the words of articles go."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from msgspec.structs import replace

from embeddings.articles import Carrier, Hit
from service.answers import Answer, Citation, Doubt
from service.ledger.records import Record


def scrubbed(record: Record, erased: AbstractSet[str]) -> Record:
    """Take erased articles, given by id, out of a record; the same once more changes nothing.

    A citation of one keeps title, outlet and date. Where one was among what the answer may rest on, the text goes as a
    whole, for nobody can tell which of its words come from where. Quotations of other articles stay: they are theirs.
    """
    answer = replace(
        record.answer,
        citations=tuple(_citation(each, erased) for each in record.answer.citations),
        nearest=tuple(_hit(each, erased) for each in record.answer.nearest),
    )
    if erased.isdisjoint(id for id, _ in record.grounds):
        return replace(record, answer=answer)
    if any(turn.role == "assistant" for turn in record.history):
        answer = _without_what_was_read_into_it(answer)
    return replace(
        record,
        answer=replace(
            answer,
            text="",
            sentences=tuple(
                replace(each, text="", start=0, end=0, doubts=_wordless(each.doubts)) for each in answer.sentences
            ),
        ),
        dropped=tuple(replace(each, text="", doubts=_wordless(each.doubts)) for each in record.dropped),
    )


def _citation(citation: Citation, erased: AbstractSet[str]) -> Citation:
    if citation.article_id not in erased:
        return replace(citation, carriers=_carriers(citation.carriers, erased))
    return replace(
        citation,
        author=None,
        url=None,
        genre=None,
        page=None,
        quote="",
        start=0,
        end=0,
        speech=None,
        carriers=(),
        state="erased",
    )


def _hit(hit: Hit, erased: AbstractSet[str]) -> Hit:
    if hit.article.article_id not in erased:
        return replace(hit, carriers=_carriers(hit.carriers, erased))
    return replace(
        hit,
        passage=replace(hit.passage, start=0, end=0, text=""),
        article=replace(hit.article, author=None, url=None, genre=None),
        carriers=(),
    )


def _carriers(carriers: Sequence[Carrier], erased: AbstractSet[str]) -> tuple[Carrier, ...]:
    return tuple(each for each in carriers if each.article_id not in erased)


def _without_what_was_read_into_it(answer: Answer) -> Answer:
    """Leave the question as it was asked: what it was understood as may have words of the answers before."""
    queries = tuple(replace(query, text="") for query in answer.queries)
    return replace(answer, queries=queries, missing=(), notes=())


def _wordless(doubts: Sequence[Doubt]) -> tuple[Doubt, ...]:
    return tuple(replace(doubt, words="") for doubt in doubts)
