"""The stream of an answer and what it folds to."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from fakes import HashingEncoder, ingest, make_library
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from streams import check, events

from embeddings.articles import Article, Filter
from embeddings.encoder import SentenceTransformerEncoder
from embeddings.errors import CollectionNotFound
from embeddings.library import Library
from service.answerer import Answerer
from service.answers import Failed, Question, Turn
from service.errors import NothingIngested
from service.grounds import find
from service.making import NEAREST


def test_an_answer_is_quoted_cited_and_folded(library: Library) -> None:
    answerer = Answerer(library)
    question = Question(question="What did the harbour master blame the fall of the crane on?")
    answer = check(answerer, question, events(answerer, question))
    assert answer.text == "The harbour master blamed the fall of the crane on rust."
    assert answer.sentences[0].status == "quoted"
    assert answer.citations[0].source == "Harbour Post"
    assert answer.answerer == "reader"
    assert answer.seq > 0


def test_what_the_articles_do_not_say_is_a_status(library: Library) -> None:
    answerer = Answerer(library)
    question = Question(question="Which planet has volcanoes of ice?")
    answer = check(answerer, question, events(answerer, question))
    assert answer.status == "not_in_articles"
    assert answer.text == ""
    assert 1 <= len(answer.nearest) <= NEAREST


def test_a_filter_that_admits_nothing_leaves_nothing_to_say(library: Library) -> None:
    answerer = Answerer(library)
    question = Question(question="What fell at the quay?", filters=Filter(sources=("Nobody's Gazette",)))
    answer = check(answerer, question, events(answerer, question))
    assert answer.status == "not_in_articles"
    assert answer.nearest == ()


def test_a_filter_keeps_the_answer_to_what_it_admits(library: Library) -> None:
    answerer = Answerer(library)
    question = Question(
        question="What did the harbour master blame the fall of the crane on?",
        filters=Filter(sources=("civic courier",)),
    )
    answer = check(answerer, question, events(answerer, question))
    assert [citation.source for citation in answer.citations] == ["Civic Courier"]
    assert answer.citations[0].carriers == ()


def test_a_follow_up_is_understood_by_what_came_before(library: Library) -> None:
    history = (Turn(role="user", text="What did the harbour master say of the crane at the quay?"),)
    question = Question(question="And what did he blame its fall on?", history=history)
    answerer = Answerer(library)
    answer = check(answerer, question, events(answerer, question))
    assert "rust" in answer.text
    assert any("crane" in note for note in answer.notes)
    assert not asyncio.run(answerer.answer(Question(question="And what did he blame it on?"))).notes


def test_an_outlet_that_the_question_names_is_the_only_one_asked(library: Library) -> None:
    answerer = Answerer(library)
    question = Question(question="How much more will the ferry cost, according to the Civic Courier?")
    answer = check(answerer, question, events(answerer, question))
    assert {citation.source for citation in answer.citations} == {"Civic Courier"}
    assert answer.queries[0].wanted.sources == ("Civic Courier",)
    assert answer.notes == ("Looked at articles of Civic Courier.",)
    other = Question(question="How much more will the ferry cost, according to the Harbour Post?")
    assert check(answerer, other, events(answerer, other)).status == "not_in_articles"


def test_a_question_with_two_parts_is_answered_part_by_part(library: Library) -> None:
    answerer = Answerer(library)
    text = "How much more will the ferry to the islands cost, and what was the fall of the crane at the quay blamed on?"
    question = Question(question=text)
    answer = check(answerer, question, events(answerer, question))
    assert len(answer.queries) == 3
    assert [citation.article_id for citation in answer.citations][:2] == ["ferry", "quay"]
    assert (answer.status, answer.missing) == ("answered", ())


def test_a_part_that_nothing_answers_is_named(library: Library) -> None:
    answerer = Answerer(library)
    text = "What was the fall of the crane at the quay blamed on, and which planet did Herschel discover?"
    question = Question(question=text)
    answer = check(answerer, question, events(answerer, question))
    assert answer.status == "partial"
    assert [part for part in answer.missing if "Herschel" in part] == list(answer.missing)
    assert answer.missing


def test_parts_are_answered_by_the_outlets_that_they_name(library: Library) -> None:
    answerer = Answerer(library)
    text = (
        "Did the Harbour Post article blame rust for the fall, while the Civic Courier article named a fare in euros?"
    )
    grounds = find(answerer.library.retriever("main"), Question(question=text), datetime.now(UTC))
    outlets = [{each[0].hit.article.source for each in passages} for _, passages in grounds.passages_of_parts()]
    assert outlets == [{"Harbour Post"}, {"Civic Courier"}]


def test_what_an_outlet_reports_is_not_told_by_another(library: Library) -> None:
    answerer = Answerer(library)
    question = Question(question="How much more will the ferry cost, according to Reuters?")
    answer = check(answerer, question, events(answerer, question))
    assert answer.status == "not_in_articles"
    assert answer.notes == ("There is no article of Reuters here.",)


def test_last_week_is_counted_from_the_day_of_the_question(library: Library) -> None:
    answerer = Answerer(library)
    text = "What did articles published last week say about the fall of the crane?"
    then = Question(question=text, as_of=datetime(2016, 6, 14, tzinfo=UTC))
    later = Question(question=text, as_of=datetime(2016, 7, 14, tzinfo=UTC))
    assert answerer.find(then).retrieval.hits[0].article.article_id == "quay"
    assert answerer.find(later).retrieval.hits == ()
    answer = check(answerer, later, events(answerer, later))
    assert (answer.status, answer.nearest, answer.as_of) == ("not_in_articles", (), later.as_of)


def test_json_is_the_stream_folded(library: Library) -> None:
    answerer = Answerer(library)
    question = Question(question="How much more will the ferry to the islands cost?")
    streamed = check(answerer, question, events(answerer, question))
    folded = asyncio.run(answerer.answer(question))
    masked = {"id": "", "timings_ms": {}, "as_of": streamed.as_of}
    assert msgspec.structs.replace(folded, **masked) == msgspec.structs.replace(streamed, **masked)


def test_errors_end_the_stream_and_are_raised_by_answer(library: Library) -> None:
    answerer = Answerer(library)
    (failed,) = events(answerer, Question(question="Anyone?", collection="nowhere"))
    assert isinstance(failed, Failed)
    assert failed.code == "collection_not_found"
    assert "byline ingest" in failed.message
    with pytest.raises(CollectionNotFound):
        asyncio.run(answerer.answer(Question(question="Anyone?", collection="nowhere")))


def test_an_empty_collection_says_how_to_ingest(tmp_path: Path) -> None:
    answerer = Answerer(make_library(tmp_path, []))
    (failed,) = events(answerer, Question(question="Anyone?"))
    assert isinstance(failed, Failed)
    assert failed.code == "nothing_ingested"
    assert "byline ingest" in failed.message
    with pytest.raises(NothingIngested):
        asyncio.run(answerer.answer(Question(question="Anyone?")))


def test_unforeseen_errors_stay_inside(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(library.retriever("main"), "retrieve_all", broken)
    (failed,) = events(Answerer(library), Question(question="Anyone?"))
    assert isinstance(failed, Failed)
    assert failed.code == "internal"
    assert "secret" not in failed.message


def test_an_earlier_citation_still_resolves_after_update_and_withdrawal(library: Library) -> None:
    answerer = Answerer(library)
    retriever = library.retriever("main")
    question = Question(question="What did the harbour master blame the fall of the crane on?")
    citation = asyncio.run(answerer.answer(question)).citations[0]
    changed = Article(id="quay", title="Crane falls", text="The crane is up again.", source="Harbour Post")
    ingest(library.path, [changed], library.encoder)
    retriever.collection.catalog.withdraw("quay")
    old = retriever.article(citation.article_id, citation.version)
    assert old.text[citation.start : citation.end] == citation.quote
    assert asyncio.run(answerer.answer(question)).citations[0].article_id == "quay-copy"


_TEXT = "Lavrov blamed the US for rust “quote” crane 🙂 naïve e\u0301t\u00e9 حلب 12 May U.S. said: no! why? \n \n\n"
WORDS = st.sampled_from(_TEXT.split(" "))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    bodies=st.lists(st.lists(WORDS, min_size=3, max_size=60).map(" ".join), min_size=1, max_size=5),
    question=st.lists(WORDS, min_size=1, max_size=8).map(" ".join).filter(str.strip),
)
def test_whatever_is_stored_and_asked(
    tmp_path_factory: pytest.TempPathFactory, bodies: list[str], question: str
) -> None:
    articles = [
        Article(id=f"a{number}", title=f"Article {number}", text=body.strip())
        for number, body in enumerate(bodies)
        if body.strip()
    ]
    answerer = Answerer(make_library(tmp_path_factory.mktemp("library"), articles, HashingEncoder()))
    asked = Question(question=question)
    seen = events(answerer, asked)
    if articles:
        check(answerer, asked, seen)
    else:
        assert isinstance(seen[0], Failed)
    answerer.library.close()


def test_with_the_real_encoder(
    tmp_path: Path, articles: list[Article], real_encoder: SentenceTransformerEncoder
) -> None:
    answerer = Answerer(make_library(tmp_path, articles, real_encoder))
    question = Question(question="why did the crane come down, according to the harbour master?")
    answer = check(answerer, question, events(answerer, question))
    assert "rust" in answer.text
    nothing = Question(question="what did Kerry say about climate change?")
    assert check(answerer, nothing, events(answerer, nothing)).status == "not_in_articles"
