"""A question and its history to queries."""

from datetime import UTC, datetime

import pytest

from embeddings.articles import Filter
from service.answers import Question, Turn
from service.condenser.condensed import condense, narrowed

AS_OF = datetime(2016, 6, 15, 13, 30, tzinfo=UTC)
OUTLETS = ("Civic Courier", "Harbour Post")


def test_a_plain_question_is_one_query_that_favours_news() -> None:
    (query,) = condense(Question(question="who sold the crane?"), AS_OF, OUTLETS).queries
    assert (query.text, query.wanted) == ("who sold the crane?", Filter())
    assert query.favoured == Filter(after=datetime(2016, 6, 7, tzinfo=UTC), before=datetime(2016, 6, 17, tzinfo=UTC))


def test_a_date_takes_the_place_of_the_news() -> None:
    question = Question(question="what happened in Aleppo in March 2014?")
    (query,) = condense(question, AS_OF, OUTLETS).queries
    assert query.wanted == Filter()
    assert query.favoured.after is not None
    assert query.favoured.after.year == 2014
    given = Filter(after=datetime(2012, 1, 1, tzinfo=UTC))
    (query,) = condense(Question(question="who sold the crane?", filters=given), AS_OF, OUTLETS).queries
    assert (query.wanted, query.favoured) == (given, Filter())


def test_each_part_asks_its_own_outlet() -> None:
    text = "Did the Harbour Post article blame rust for the fall, while the Civic Courier article blamed the wind?"
    condensed = condense(Question(question=text), AS_OF, OUTLETS)
    whole, *parts = condensed.queries
    assert sorted(whole.wanted.sources) == ["Civic Courier", "Harbour Post"]
    assert [part.wanted.sources for part in parts] == [("Harbour Post",), ("Civic Courier",)]
    assert len(condensed.topics) == 3
    assert not any("Post" in topic or "Courier" in topic for topic in condensed.topics)


def test_the_outlet_that_reports_is_no_word_to_look_for() -> None:
    condensed = condense(Question(question="who sold the crane, according to the Harbour Post?"), AS_OF, OUTLETS)
    assert condensed.topics == ("who sold the crane?",)
    assert condensed.queries[0].text == "who sold the crane?"
    mentioned = condense(Question(question="who bought the Harbour Post?"), AS_OF, OUTLETS)
    assert mentioned.topics == ("who bought the Harbour Post?",)


def test_a_follow_up_is_searched_with_what_it_leaves_unsaid() -> None:
    history = (Turn(role="user", text="what did Lavrov say about the ceasefire?"), Turn(role="assistant", text="Much."))
    condensed = condense(Question(question="and what about Kerry?", history=history), AS_OF, OUTLETS)
    assert condensed.standalone.question == "what did Kerry say about the ceasefire?"
    assert condensed.queries[0].text == condensed.standalone.query


def test_a_moment_without_a_zone_is_utc() -> None:
    naive = condense(Question(question="who sold the crane?"), AS_OF.replace(tzinfo=None), OUTLETS)
    assert naive == condense(Question(question="who sold the crane?"), AS_OF, OUTLETS)


def day(number: int) -> datetime:
    return datetime(2016, 6, number, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "read", "both"),
    [
        (Filter(), Filter(sources=("A",)), Filter(sources=("A",))),
        (Filter(sources=("a", "B")), Filter(sources=("A", "C")), Filter(sources=("A",))),
        (Filter(sources=("B",)), Filter(sources=("A",)), Filter(sources=("B",))),
        (Filter(after=day(2)), Filter(after=day(5), before=day(9)), Filter(after=day(5), before=day(9))),
        (Filter(after=day(7)), Filter(after=day(5), before=day(9)), Filter(after=day(7), before=day(9))),
        (Filter(before=day(3)), Filter(after=day(5), before=day(9)), Filter(before=day(3))),
        (Filter(authors=("X",), articles=("1",)), Filter(), Filter(authors=("X",), articles=("1",))),
    ],
)
def test_a_caller_s_filter_goes_before_what_is_read(given: Filter, read: Filter, both: Filter) -> None:
    assert narrowed(given, read) == both
