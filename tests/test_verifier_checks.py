"""What the verifier looks for, check by check: quotations, figures, dates, names, negations, attribution and roles."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from verifying import cite, passage

from service.verifier.attribution import moved, stripped
from service.verifier.dates import dates, undated
from service.verifier.figures import figures, unborne
from service.verifier.names import names, unknown
from service.verifier.negations import contradicted
from service.verifier.places import replaced
from service.verifier.quotations import inside, quoted, unfound, without_marks
from service.verifier.roles import exchanged, reversed_in
from service.verifier.words import words

TUESDAY = datetime(2016, 6, 7, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("She called it “a sad day”.", "“It is a sad day for the river,” she said."),
        ('She called it "a sad day".', "‘It is a SAD  day for the river,’ she said."),
        ("She called it «a sad day».", "It is a sad\nday."),
        ("She said it was “a sad day,” and left.", "It is a sad day for us all."),
        ("“It … sad day”, she said.", "It is a very sad day."),
        ("“It ... day”, she said.", "It is a very sad day."),
        ("“[The lock] is a ruin”, she said.", "That old lock is a ruin."),
        ("“It’s over – for now”, she said.", "It's over — for now, I think."),
        ("She spoke of “re-opening” it.", "We think of re‑opening it."),
        ("She spoke of the ‘old gates’.", "The old gates are rotten."),
        ("The dogs' owners and the cats' owners met.", "Nothing of the sort."),
        ("Rock 'n' roll wasn't played in the '90s.", "Nothing of the sort."),
        ("the band 's album and the singer 's tour", "Nothing of the sort."),
        ("She wrote “The Long Lock”.", "A review of her book."),
    ],
)
def test_quotations_that_are_found(sentence: str, source: str) -> None:
    assert unfound(sentence, [cite(source, title="The Long Lock: a novel of the river")]) == []


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("She called it “a good day”.", "It is a sad day."),
        ("She spoke of “art”.", "It was a party."),
        ("She said “day sad”.", "It is a sad day."),
        ("“A sad … It is”, she said.", "It is a sad day."),
        ("She said “a sad day", "It is a good day."),
    ],
)
def test_quotations_that_are_not(sentence: str, source: str) -> None:
    assert [inside(sentence, span) for span in unfound(sentence, [cite(source)])]


def test_a_quotation_may_run_on_into_the_sentence_that_follows() -> None:
    said = passage("The gates are old.", "They leak.", "Nobody cares.")
    assert unfound("“The gates are old. They leak.”", said) == []
    assert unfound("“The gates are old. Nobody cares.”", [said[0], said[2]])


@given(st.text(alphabet="ab “”\"'«».,'’", max_size=40))
def test_only_marks_are_taken_away(sentence: str) -> None:
    spans = quoted(sentence)
    shown = without_marks(sentence, spans)
    assert [sign for sign in shown if sign.isalpha()] == [sign for sign in sentence if sign.isalpha()]
    assert len(sentence) - 4 * len(spans) <= len(shown) <= len(sentence)
    assert without_marks(sentence, []) == sentence


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("30 million euros were lost.", "Losses came to €30m."),
        ("It lost thirty boats.", "It lost 30 boats."),
        ("It lost 1000 boats.", "It lost 1,000 boats."),
        ("It lost one thousand boats.", "It lost a thousand boats."),
        ("It lost two hundred and fifty boats.", "It lost 250 boats."),
        ("It lost 12 boats.", "It lost a dozen boats."),
        ("It lost more than 30 boats.", "It lost 32 boats."),
        ("It lost nearly 400 boats.", "It lost 392 boats."),
        ("It lost about 400 boats.", "It lost 412 boats."),
        ("It lost dozens of boats.", "It lost 40 boats."),
        ("It lost $1.2 million.", "It lost $1,234,567."),
        ("Half of them left.", "50 percent of them left."),
        ("A third of them left.", "One third of them left."),
        ("It rose by 3 to 4 percent.", "It rose by between 3% and 4%."),
        ("They came 3rd.", "They came third."),
        ("Ann, 35, won.", "The 35-year-old won."),
        ("It began at 10:30.", "It began at 10.30am."),
        ("Two women spoke.", "Ann Lee and Eva Holm spoke."),
        ("COVID-19 came.", "The virus came."),
        ("It paid US$5 million.", "It paid 5 million US dollars."),
    ],
)
def test_figures_that_are_borne_out(sentence: str, source: str) -> None:
    assert unborne(sentence, [source]) == []


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("30 million euros were lost.", "30 million dollars were lost."),
        ("It lost 31 boats.", "It lost 30 boats."),
        ("It rose by 5 percent.", "It rose by 5 points."),
        ("It lost more than 40 boats.", "It lost 32 boats."),
        ("It lost about 42 boats.", "It lost about 40 boats."),
        ("It lost 3 million boats.", "It lost 3,000 boats."),
        ("They came third in the race.", "They came 2nd in the race."),
        ("Five women spoke.", "Two women spoke."),
        ("12 people and 30 houses were hit.", "30 people and 12 houses were hit."),
        ("It began at 10:45.", "It began at 10:30."),
    ],
)
def test_figures_that_are_not(sentence: str, source: str) -> None:
    assert unborne(sentence, [source])


@given(st.integers(min_value=2100, max_value=10**12), st.sampled_from(["boats", "euros", "percent"]))
def test_a_figure_is_itself_and_no_other(number: int, unit: str) -> None:
    source = f"In all {number:,} {unit} went."
    assert unborne(f"They counted {number} {unit}.", [source]) == []
    assert unborne(f"They counted {number * 3} {unit}.", [source])


def test_figures_are_no_dates() -> None:
    assert figures("On 6 June 2016, in the 1990s and on Monday at the club.") == ()
    assert [figure.low for figure in figures("In 2016 it took 300 boats on 3 May.")] == [300]


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("It closed on 6 June 2016.", "It closed on Monday."),
        ("It closed on June 6.", "It closed yesterday."),
        ("It closed on Monday.", "It closed on 6 June."),
        ("It closed in June 2016.", "It closed on Monday."),
        ("It closed in 2015.", "It closed last year."),
        ("It closed in May.", "It closed last month."),
        ("It closed in 1996.", "It closed 20 years ago."),
        ("It opens on 13 June.", "It opens next Monday."),
        ("It closed in the 1990s.", "It closed in 1996."),
        ("It closed on 2016-06-06.", "It closed on 6th June, 2016."),
        ("The paper reported on 7 June 2016 that it had closed.", "It has closed."),
        ("They may march.", "They might walk."),
        ("It paid $1995.", "It paid a sum."),
    ],
)
def test_dates_that_are_borne_out(sentence: str, source: str) -> None:
    assert undated(sentence, [cite(source, published=TUESDAY)]) == []


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("It closed on 5 June 2016.", "It closed on Monday."),
        ("It closed on Tuesday.", "It closed on Monday."),
        ("It closed in June 2015.", "It closed in June 2016."),
        ("It closed in July.", "It closed on Monday."),
        ("It closed in 2016.", "It closed in 2012."),
        ("It closed yesterday.", "It closed last month."),
        ("It closed on 6 June.", "It closed this month."),
        ("It closed in the 1980s.", "It closed in 1996."),
    ],
)
def test_dates_that_are_not(sentence: str, source: str) -> None:
    assert undated(sentence, [cite(source, published=TUESDAY)])


def test_dates_of_an_article_without_one() -> None:
    assert undated("It closed on Monday, 6 June.", [cite("It closed on Monday, June 6th.")]) == []
    assert undated("It closed on 6 June 2016.", [cite("It closed on Monday.")])


@given(st.dates(min_value=datetime(1900, 1, 1).date(), max_value=datetime(2090, 1, 1).date()))
def test_a_date_is_read_as_written(day: datetime) -> None:
    for text in (f"{day:%d %B %Y}", f"{day:%B %d, %Y}", f"{day:%Y-%m-%d}"):
        (found,) = dates(f"It was on {text}.")
        assert (found.year, found.month, found.day) == (day.year, day.month, day.day)


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("The minister, Lavrov, spoke.", "Sergei Lavrov spoke."),
        ("Talks with the US failed.", "American envoys left."),
        ("Talks with the United States failed.", "U.S. envoys left."),
        ("Talks in Syria failed.", "Syrian envoys left."),
        ("Talks in France failed.", "French envoys left."),
        ("The World Health Organization warned.", "The WHO warned."),
        ("The agency, the WHO, warned.", "The World Health Organization warned."),
        ("Later Kerry’s plane left.", "John Kerry left."),
        ("However, nobody spoke.", "It was quiet."),
        ("Police found President Lee.", "Lee was found."),
        ("A plan of the European Union failed.", "The EU failed."),
    ],
)
def test_names_that_are_known(sentence: str, source: str) -> None:
    assert unknown(sentence, [source], []) == []


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("The minister, Kerry, spoke.", "Sergei Lavrov spoke."),
        ("Talks in Austria failed.", "Australian envoys left."),
        ("The agency, the WTO, warned.", "The World Health Organization warned."),
        ("James Gunn spoke.", "James Webb spoke."),
    ],
)
def test_names_that_are_not(sentence: str, source: str) -> None:
    assert unknown(sentence, [source], [])


def test_names_from_around_stand_for_pronouns_only() -> None:
    around = ["Mara Lind runs a ferry."]
    assert unknown("A ferrywoman, Lind, wept.", ["She wept."], around) == []
    assert unknown("A ferrywoman, Lind, wept.", ["The mayor wept."], around)


def test_the_span_of_a_name() -> None:
    sentence = "On Monday the chair of the Bank of England, Dr. Ann Lee, spoke to NATO."
    assert [sentence[slice(*name.span)] for name in names(sentence)] == ["Bank of England", "Ann Lee", "NATO"]


def test_a_name_in_the_place_of_another() -> None:
    source = "In her speech Ann Lee thanked the crew of the Aurora for their help."
    assert replaced("In her speech Ole Berg thanked the crew of the Aurora for their help.", [source])
    assert replaced(source, [source]) == []


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("The council did not accept the plan.", "The council refused to accept the plan."),
        ("The council never met.", "The council has never met."),
        ("Inspectors found no cracks.", "Inspectors did not find any cracks."),
        ("Profits rose sharply.", "Profits climbed sharply."),
        ("Not only boats were hit.", "Boats were hit."),
        ("Prices fell as wages rose.", "Wages rose while prices fell."),
        ("The lock failed to open.", "The lock did not open."),
    ],
)
def test_what_is_not_contradicted(sentence: str, source: str) -> None:
    assert contradicted(sentence, [source]) == []


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("The council did not accept the plan.", "The council accepted the plan."),
        ("The council accepted the plan.", "The council did not accept the plan."),
        ("The council accepted the plan.", "The council rejected the plan."),
        ("Profits rose sharply.", "Profits fell sharply."),
        ("The crew has no boats.", "The crew has boats."),
        ("The lock wasn't closed by the council.", "The lock was closed by the council."),
        ("The lock was closed by the council.", "The lock has never been closed by the council."),
        ("The accused was found innocent.", "The accused was found guilty."),
    ],
)
def test_what_is(sentence: str, source: str) -> None:
    assert contradicted(sentence, [source])


@pytest.mark.parametrize(
    "source",
    [
        "Mara Lind said the old gates were rotten.",
        "The old gates were rotten, Lind said.",
        "The old gates were rotten, Lind said on Monday.",
        "According to Lind, the old gates were rotten.",
        "“The old gates were rotten,” she said.",
        "She warned that the old gates were rotten.",
    ],
)
def test_what_is_passed_on_stays_attributed(source: str) -> None:
    cited = [cite(source)]
    assert stripped("The old gates were rotten.", cited)
    assert not stripped("Lind said the old gates were rotten.", cited)
    assert not stripped("The old gates were rotten, according to Lind.", cited)
    assert not stripped("The old gates were allegedly rotten.", cited)
    assert not stripped(source, cited)


def test_what_stands_as_fact_may_be_stated() -> None:
    for source in ("The old gates were rotten.", "Tests showed that the old gates were rotten."):
        assert not stripped("The old gates were rotten.", [cite(source)])
        assert not stripped("The Echo reported that the old gates were rotten.", [cite(source, source="The Echo")])


def test_to_whom_it_is_attributed() -> None:
    cited = [cite("The old gates were rotten, Lind said.", source="The Echo")]
    sentence = "Ole Berg said the old gates were rotten."
    assert [sentence[slice(*span)] for span in moved(sentence, cited)] == ["Ole Berg"]
    for speaker in ("Lind", "Mara Lind", "The Echo", "The harbour master", "She"):
        assert not moved(f"{speaker} said the old gates were rotten.", cited)


@pytest.mark.parametrize(
    ("sentence", "source", "is_reversed"),
    [
        ("Lavrov blamed the US.", "The US blamed Lavrov for it.", True),
        ("Lavrov blamed the US.", "Lavrov blamed the United States for it.", False),
        ("Lavrov blamed the US.", "The US was blamed by Lavrov.", False),
        ("The US was blamed by Lavrov.", "The US blamed Lavrov.", True),
        ("Lavrov was sharply criticised by Kerry.", "Kerry criticised Lavrov on Monday.", False),
        ("Acme outbid Bolt.", "Bolt outbid Acme.", True),
        ("Acme spoke to Bolt.", "Bolt spoke to Acme.", False),
    ],
)
def test_who_does_it_to_whom(sentence: str, source: str, is_reversed: bool) -> None:
    assert bool(reversed_in(sentence, [cite(source)])) == is_reversed


def test_names_that_change_places() -> None:
    source = "After the vote Ann Lee left for Dunmore while the crew of Ole Berg sailed home to Ashford."
    swapped = "After the vote Ole Berg left for Dunmore while the crew of Ann Lee sailed home to Ashford."
    assert exchanged(swapped, [source])
    assert exchanged(source, [source]) == []
    assert exchanged("Lee and Berg went to sea with the crew.", ["Berg and Lee went to sea with the crew."]) == []
    assert exchanged("Acme was sued by Bolt over a boat.", ["Bolt sued Acme over a boat."]) == []


@given(st.text(max_size=200))
def test_words_stand_where_they_say(text: str) -> None:
    for word in words(text):
        assert text[word.start : word.end] == word.text


@pytest.mark.parametrize(
    ("source", "fact", "kept"),
    [
        (
            "Anna Berg alleged that she was cheated by the firm.",
            "Anna Berg was cheated by the firm.",
            "Anna Berg alleged that the firm cheated her.",
        ),
        (
            "The ministry claimed it had destroyed all of the files.",
            "The ministry destroyed all of the files.",
            "The ministry destroyed all of the files, according to its own claim.",
        ),
        (
            "The mayor on Monday blamed the harbour board for the flood, saying that it had left the gates open.",
            "The harbour board is to blame for the flood.",
            "The mayor blamed the harbour board for the flood.",
        ),
    ],
)
def test_who_speaks_of_themselves_is_no_witness_when_only_named(source: str, fact: str, kept: str) -> None:
    assert stripped(fact, [cite(source)])
    assert not stripped(kept, [cite(source)])
