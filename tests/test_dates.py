from datetime import date

import pytest

from service.condenser.dates import dates

THURSDAY = date(2026, 11, 19)


def days(question: str) -> list[tuple[str, str]]:
    """First and last day of each date found, "" for an open end."""
    return [(str(dated.first or ""), str(dated.last or "")) for dated in dates(question, THURSDAY)]


@pytest.mark.parametrize(
    ("question", "first", "last"),
    [
        ("on 2023-10-02", "2023-10-02", "2023-10-02"),
        ("published at 2023-12-12T22:38:05+00:00", "2023-12-12", "2023-12-12"),
        ("on 5 June 2023", "2023-06-05", "2023-06-05"),
        ("on the 5th of June, 2023", "2023-06-05", "2023-06-05"),
        ("on June 5th, 2023", "2023-06-05", "2023-06-05"),
        ("on Oct. 7, 2023?", "2023-10-07", "2023-10-07"),
        ("on sept 7 2023", "2023-09-07", "2023-09-07"),
        ("on 5 may 2023", "2023-05-05", "2023-05-05"),
        ("from 5-8 June 2023", "2023-06-05", "2023-06-08"),
        ("June 5 to 8, 2023", "2023-06-05", "2023-06-08"),
        ("on 1.12.2023", "2023-12-01", "2023-12-01"),
        ("on 29/08/2016", "2016-08-29", "2016-08-29"),
        ("on 09/08/2016", "2016-08-09", "2016-09-08"),
        ("in June 2016", "2016-06-01", "2016-06-30"),
        ("in December 2023", "2023-12-01", "2023-12-31"),
        ("in late May", "2026-05-01", "2026-05-31"),
        ("in 2016", "2016-01-01", "2016-12-31"),
        ("in Q4 2023", "2023-10-01", "2023-12-31"),
        ("in the second quarter of 2023", "2023-04-01", "2023-06-30"),
        ("in 2019-20", "2019-01-01", "2020-12-31"),
        ("on 5 June", "2026-06-05", "2026-06-05"),
        ("in October", "2026-10-01", "2026-10-31"),
        ("in May", "2026-05-01", "2026-05-31"),
        ("in March", "2026-03-01", "2026-03-31"),
        ("today", "2026-11-19", "2026-11-19"),
        ("this morning", "2026-11-19", "2026-11-19"),
        ("yesterday", "2026-11-18", "2026-11-18"),
        ("last night", "2026-11-18", "2026-11-19"),
        ("the day before yesterday", "2026-11-17", "2026-11-17"),
        ("this week", "2026-11-15", "2026-11-19"),
        ("last week", "2026-11-08", "2026-11-15"),
        ("in the last week", "2026-11-12", "2026-11-19"),
        ("this month", "2026-11-01", "2026-11-19"),
        ("last month", "2026-10-01", "2026-10-31"),
        ("last year", "2025-01-01", "2025-12-31"),
        ("in the past three months", "2026-08-18", "2026-11-19"),
        ("in the last 24 hours", "2026-11-18", "2026-11-19"),
        ("in the last 36 hours", "2026-11-17", "2026-11-19"),
        ("in the last few days", "2026-11-09", "2026-11-19"),
        ("three days ago", "2026-11-16", "2026-11-16"),
        ("a week ago", "2026-11-09", "2026-11-15"),
        ("on Monday", "2026-11-16", "2026-11-16"),
        ("on Thursday", "2026-11-12", "2026-11-19"),
        ("last Tuesday", "2026-11-10", "2026-11-17"),
        ("last Friday", "2026-11-13", "2026-11-13"),
        ("over the weekend", "2026-11-14", "2026-11-15"),
        ("last weekend", "2026-11-14", "2026-11-15"),
        ("between March and May 2023", "2023-03-01", "2023-05-31"),
        ("from December to February 2023", "2022-12-01", "2023-02-28"),
        ("from 2019 to 2021", "2019-01-01", "2021-12-31"),
        ("30 May – 2 June 2023", "2023-05-30", "2023-06-02"),
        ("since March", "2026-03-01", ""),
        ("since 5 June 2023", "2023-06-05", ""),
        ("from 5 June 2023 onwards", "2023-06-05", ""),
        ("after 2020", "2021-01-01", ""),
        ("after 5 June 2023", "2023-06-05", ""),
        ("before 2020", "", "2019-12-31"),
        ("before 5 June 2023", "", "2023-06-05"),
        ("until May 2023", "", "2023-05-31"),
    ],
)
def test_a_date_is_the_days_that_it_may_mean(question: str, first: str, last: str) -> None:
    assert days(question) == [(first, last)]


@pytest.mark.parametrize(
    "question",
    [
        "What did Theresa May say to Boris Johnson?",
        "Who may march with them?",
        "Will this may be of use?",
        "the Women's March on Washington",
        "the 1990s, the mid-80s and the '90s",
        "2000 people, 1,950 houses and flight 1984A",
        "the 2022 World Cup",
        "What was sold on Black Friday?",
        "Who hosts Saturday Night Live?",
        "What did John Oliver say on Last Week Tonight?",
        "Who owns Russia Today?",
        "higher than they were a year ago",
        "31 June 2023 and 2023-02-30",
        "in 2030, by 2040 and next week",
        "this Saturday",
        "What opens on 5 December?",
    ],
)
def test_names_numbers_and_the_future_are_no_dates(question: str) -> None:
    assert days(question) == []


def test_several_dates_come_in_order_with_their_places() -> None:
    question = "Between the report of 5 May 2023 and that of yesterday"
    assert [question[dated.start : dated.end] for dated in dates(question, THURSDAY)] == ["5 May 2023", "yesterday"]


def test_what_opens_a_date_belongs_to_it() -> None:
    question = "What is known since the 5th of June?"
    assert [question[dated.start : dated.end] for dated in dates(question, THURSDAY)] == ["since the 5th of June"]


@pytest.mark.parametrize(
    ("question", "adverbial"),
    [
        ("What happened on October 7?", True),
        ("October 7, 2023: what happened?", True),
        ("Who planned the October 7 attacks?", False),
        ("Who won the June 2016 referendum?", False),
        ("Who resigned this week?", True),
    ],
)
def test_dates_in_names_do_not_say_when(question: str, adverbial: bool) -> None:
    assert [dated.adverbial for dated in dates(question, THURSDAY)] == [adverbial]
