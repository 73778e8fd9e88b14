import re
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.articles import Filter
from service.condenser.stated import Stated, stated

NOW = datetime(2026, 11, 19, 15, tzinfo=UTC)
"""A Thursday."""
OUTLETS = (
    "bbc.co.uk",
    "cnn.com",
    "FOX News - Health",
    "FOX News - Lifestyle",
    "Fortune",
    "Politico",
    "Reuters",
    "TechCrunch",
    "The Guardian",
    "The Independent - Travel",
    "The New York Times",
    "The Sun",
    "The Week",
    "Time",
)


def read(question: str) -> Stated:
    return stated(question, as_of=NOW, outlets=OUTLETS)


def days(one: Filter) -> tuple[str, str]:
    """The first moment and the first moment that is too late, "" for an open end; minutes where they matter."""
    after, before = (
        f"{moment:%Y-%m-%d %H}".removesuffix(" 00") if moment else "" for moment in (one.after, one.before)
    )
    return after, before


@pytest.mark.parametrize(
    ("question", "sources"),
    [
        ("According to Reuters, who shelled the hospital?", {"Reuters"}),
        ("Who shelled the hospital, according to Reuters?", {"Reuters"}),
        ("who shelled the hospital according to reuters", {"Reuters"}),
        ("What did the BBC report about the strike?", {"bbc.co.uk"}),
        ("What has the Guardian published about the strike?", {"The Guardian"}),
        ("What did Time write about the strike?", {"Time"}),
        ("Who is named in the New York Times article on the strike?", {"The New York Times"}),
        ("Who is named in the NYT story?", {"The New York Times"}),
        ("What does TechCrunch's report say about chips?", {"TechCrunch"}),
        ("Articles from The Week about the strike", {"The Week"}),
        ("What does the article by Politico say?", {"Politico"}),
        ("Which mayor, as reported by Fortune, resigned?", {"Fortune"}),
        ("Which mayor is described in The Sun as a hero?", {"The Sun"}),
        ("Reuters: who shelled the hospital?", {"Reuters"}),
        ("Which firm, per TechCrunch, was sold?", {"TechCrunch"}),
        ("What do Fox News articles say on vaccines?", {"FOX News - Health", "FOX News - Lifestyle"}),
        ("What does the FOX News - Health article say on vaccines?", {"FOX News - Health"}),
        ("Did both Reuters and the BBC report the strike?", {"Reuters", "bbc.co.uk"}),
        ("Which firm do reports from 'Time', 'Fortune', and another 'Time' article blame?", {"Time", "Fortune"}),
        ("Does the TechCrunch article agree with the Guardian's coverage?", {"TechCrunch", "The Guardian"}),
        ("Which firm, reported by Reuters to be sold, is accused by Fortune of fraud?", {"Reuters", "Fortune"}),
        ("After the Guardian discussed the law, did TechCrunch report on it?", {"The Guardian", "TechCrunch"}),
        ("According to Reuters and the Washington Post, who won?", {"Reuters"}),
    ],
)
def test_a_stated_outlet_is_wanted(question: str, sources: set[str]) -> None:
    found = read(question)
    assert set(found.wanted.sources) == sources
    assert found.favoured.sources == ()
    assert found.words.startswith("articles of ")


@pytest.mark.parametrize(
    ("question", "sources"),
    [
        ("Politico said who would resign?", {"Politico"}),
        ("What does the Guardian say about the strike?", {"The Guardian"}),
        ("Who leads in a new CNN poll?", {"cnn.com"}),
        ("According to a CNN poll, who leads?", {"cnn.com"}),
        ("What did the mayor reveal in a BBC interview?", {"bbc.co.uk"}),
        ("What did the mayor call himself on CNN?", {"cnn.com"}),
        ("What did the president say about the New York Times report?", {"The New York Times"}),
        ("How did the firm respond to the Reuters article?", {"Reuters"}),
    ],
)
def test_an_outlet_that_may_report_is_favoured(question: str, sources: set[str]) -> None:
    found = read(question)
    assert found.wanted == Filter()
    assert set(found.favoured.sources) == sources


@pytest.mark.parametrize(
    "question",
    [
        "According to Lavrov, who is to blame?",
        "According to the mayor of London, who is to blame?",
        "Who bought The New York Times?",
        "Which presenter was suspended by the BBC?",
        "What did the Guardian's editor say?",
        "According to the BBC's director general, who leaked it?",
        "Which CNN host was fired?",
        "How long does the sun shine in winter?",
        "Is it time to go, said the guardian?",
        "Which companies joined the Fortune 500?",
        "Who was Time's Person of the Year?",
        "Who won, not according to Reuters?",
        "What do outlets other than Reuters report?",
        "Is there anything but no BBC coverage of it?",
        "Which articles except those by the Guardian mention it?",
        "Did anyone apart from Reuters or the BBC report it?",
        "What did Theresa May say?",
        "Who is independent?",
    ],
)
def test_people_topics_and_what_is_ruled_out_are_no_outlets(question: str) -> None:
    assert read(question) == Stated(topic=question)


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("According to the Washington Post, who won?", "Washington Post"),
        ("What did Le Monde report?", "Le Monde"),
        ("Who is named in the WSJ article?", "WSJ"),
    ],
)
def test_a_well_known_outlet_without_articles_is_said_and_no_condition(question: str, name: str) -> None:
    found = read(question)
    assert found.unknown_outlets == (name,)
    assert found.wanted == Filter()


@pytest.mark.parametrize(
    ("question", "after", "before"),
    [
        ("Articles from last week", "2026-11-08", "2026-11-16"),
        ("What do articles from the last week say?", "2026-11-12", "2026-11-20"),
        ("Any news from this week about Aleppo?", "2026-11-15", "2026-11-20"),
        ("What do last month's articles say?", "2026-10-01", "2026-11-01"),
        ("What is in today's papers?", "2026-11-18 12", "2026-11-20 12"),
        ("What was in yesterday's news?", "2026-11-17 12", "2026-11-19 12"),
        ("What did the BBC report yesterday about Aleppo?", "2026-11-17 12", "2026-11-19 12"),
        ("What was in Monday's Guardian?", "2026-11-15 12", "2026-11-17 12"),
        ("Who is named in the New York Times article published on 5 June 2023?", "2023-06-04 12", "2023-06-06 12"),
        ("What was reported by TechCrunch on October 7, 2023?", "2023-10-06 12", "2023-10-08 12"),
        ("What did Reuters say on 5 June 2023?", "2023-06-04 12", "2023-06-06 12"),
        ("Who resigned, according to Reuters on Monday?", "2026-11-15 12", "2026-11-17 12"),
        ("What does the October 7, 2023, TechCrunch article say?", "2023-10-06 12", "2023-10-08 12"),
        ("What does coverage since March say?", "2026-03-01", ""),
        ("published since March", "2026-03-01", ""),
        ("What has been published since March about Aleppo?", "2026-03-01", ""),
        ("Which articles published before 2020 mention it?", "", "2020-01-01"),
        ("Which stories published between March and May 2023 mention it?", "2023-03-01", "2023-06-01"),
        ("What did articles in June 2016 say?", "2016-06-01", "2016-07-01"),
        (
            "Between the report by Reuters on 5 May 2023 and the one by the BBC on 9 May 2023, what changed?",
            "2023-05-05",
            "2023-05-10",
        ),
        (
            "Did it change between the Reuters report on chips published on 5 May 2023 and the BBC report on chips "
            "published on 9 May 2023?",
            "2023-05-05",
            "2023-05-10",
        ),
    ],
)
def test_a_stated_day_of_publication_is_wanted(question: str, after: str, before: str) -> None:
    found = read(question)
    assert days(found.wanted) == (after, before)
    assert "published" in found.words


@pytest.mark.parametrize(
    ("question", "after", "before"),
    [
        ("What happened in Aleppo in June 2016?", "2016-05-31", "2016-07-22"),
        ("Who resigned this week?", "2026-11-14", "2026-12-11"),
        ("Who resigned on Monday?", "2026-11-15", "2026-12-08"),
        ("How many died in 2016?", "2015-12-31", "2017-04-02"),
        ("What has happened since March?", "2026-02-28", ""),
        ("What did a study published this week find?", "2026-11-14", "2026-12-11"),
        ("According to Reuters, what did the study published on Monday find?", "2026-11-15", "2026-12-08"),
        ("Who won the 2022 World Cup this week?", "2026-11-14", "2026-12-11"),
        ("What changed after the Reuters report of 5 May 2023?", "2023-05-04", "2023-05-27"),
        ("Between the Reuters report on 5 May 2023 and the BBC report, what changed?", "2023-05-04", "2023-05-27"),
    ],
)
def test_a_day_that_may_be_of_the_event_is_favoured(question: str, after: str, before: str) -> None:
    found = read(question)
    assert days(found.wanted) == ("", "")
    assert days(found.favoured) == (after, before)


@pytest.mark.parametrize(
    "question",
    [
        "Who was president before 2020?",
        "What was music like in the 1990s?",
        "Who planned the October 7 attacks?",
        "Who may march on Washington?",
        "Who will win in 2030?",
        "Who won the 2022 World Cup?",
    ],
)
def test_nothing_is_read_from_other_dates(question: str) -> None:
    assert read(question) == Stated(topic=question)


def test_a_stated_day_is_favoured_above_the_hours_around_it() -> None:
    found = read("news from yesterday")
    assert days(found.favoured) == ("2026-11-18", "2026-11-19")


def test_words_say_what_was_read() -> None:
    assert read("articles of Reuters and the BBC published last week").words == (
        "articles of Reuters and BBC, published from 8 November 2026 to 15 November 2026"
    )
    assert read("articles from yesterday").words == "articles, published on 18 November 2026"
    assert read("articles published before 2020").words == "articles, published until 31 December 2019"
    assert read("Who won?").words == ""


def test_today_is_the_day_of_the_asker() -> None:
    evening = datetime(2026, 11, 18, 20, tzinfo=timezone(timedelta(hours=-8)))
    assert days(stated("today's papers", as_of=evening, outlets=()).favoured) == ("2026-11-18", "2026-11-19")
    assert stated("today's papers", as_of=NOW.replace(tzinfo=None), outlets=()) == read("today's papers")


def test_nothing_is_wanted_of_a_collection_without_outlets() -> None:
    assert stated("According to Reuters, who won?", as_of=NOW, outlets=()).wanted == Filter()


_PIECES = """
the article by Reuters|BBC,|on 5 May 2023|May|last|week|not|according to|and|from|published|'|1|0|2023|-|İ
the Guardian's|since|yesterday|.|report|between|\ue002
"""
"""What patterns go by, in any order."""


@given(st.one_of(st.text(max_size=300), st.lists(st.sampled_from(re.split(r"[|\n]", _PIECES))).map(" ".join)))
def test_any_text_is_read(question: str) -> None:
    found = read(question)
    assert set(found.wanted.sources) <= set(OUTLETS)
    for one in (found.wanted, found.favoured):
        assert one.after is None or one.before is None or one.after < one.before


@pytest.mark.parametrize("piece", ["the article by Reuters on 5 May 2023 and ", "BBC, ", "12 ", "not the ", "a "])
def test_a_question_twice_as_long_takes_about_twice_as_long(piece: str) -> None:
    def seconds(length: int) -> float:
        question = (piece * length)[:length]
        began = time.process_time()
        read(question)
        return time.process_time() - began

    shorter, longer = (min(seconds(length) for _ in range(5)) for length in (2000, 8000))
    assert longer < 12 * shorter


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("what did the BBC report about the dam?", "what did report about the dam?"),
        ("According to Reuters, who bought the mill?", "who bought the mill?"),
        ("who bought the mill, according to Reuters?", "who bought the mill?"),
        ("Did 'Reuters' articles say that the mill burned?", "Did articles say that the mill burned?"),
        ("what was Reuters's report on the mill about?", "what was report on the mill about?"),
        ("who bought Reuters?", "who bought Reuters?"),
        ("Reuters reports?", "reports?"),
    ],
)
def test_a_stated_outlet_is_left_out_of_the_topic(question: str, topic: str) -> None:
    read = stated(question, as_of=datetime(2026, 1, 5, tzinfo=UTC), outlets=("Reuters", "BBC News"))
    assert read.topic == topic
