"""The events of a stream, collected, and what must always hold of them."""

import asyncio

import msgspec

from service.answerer import Answerer
from service.answers import Answer, AnswerEvent, Cited, Done, Failed, Question, Released, Searched


def events(answerer: Answerer, question: Question) -> list[AnswerEvent]:
    async def collect() -> list[AnswerEvent]:
        return [event async for event in answerer.stream(question)]

    return asyncio.run(collect())


def check(answerer: Answerer, question: Question, seen: list[AnswerEvent]) -> Answer:
    """Verify what must always hold of a stream that succeeded, and give its answer."""
    *before, done = seen
    assert isinstance(done, Done)
    assert not [event for event in before if isinstance(event, Done | Failed)]
    assert isinstance(before[0], Searched)
    answer = done.answer
    assert answer.sentences == tuple(event.sentence for event in before if isinstance(event, Released))
    assert answer.citations == tuple(event.citation for event in before if isinstance(event, Cited))
    assert [citation.number for citation in answer.citations] == list(range(1, len(answer.citations) + 1))
    spans = [(each.article_id, each.version, each.start, each.end) for each in answer.citations]
    assert len(set(spans)) == len(spans)
    retriever = answerer.library.retriever(question.collection)
    retrieved = {hit.passage.id for hit in retriever.retrieve_all(answer.queries, k=question.k, per_story=1000).hits}
    for citation in answer.citations:
        assert citation.passage_id in retrieved
        article = retriever.article(citation.article_id, citation.version)
        assert article.text[citation.start : citation.end] == citation.quote
    known: set[int] = set()
    for event in before:
        if isinstance(event, Cited):
            known.add(event.citation.number)
        if isinstance(event, Released):
            assert event.sentence.citations or event.sentence.status == "uncited"
            assert set(event.sentence.citations) <= known
            assert answer.text[event.sentence.start : event.sentence.end] == event.sentence.text
    supported = [each for each in answer.sentences if each.status in ("quoted", "supported")]
    assert bool(supported) == bool(answer.sentences)
    answered = "partial" if answer.missing else "answered"
    assert answer.status == (answered if answer.sentences else "not_in_articles")
    assert msgspec.json.decode(msgspec.json.encode(answer), type=Answer) == answer
    return answer
