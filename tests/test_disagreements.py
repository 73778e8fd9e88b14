"""Articles that differ: what counts as a difference, and what only looks like one."""

from datetime import UTC, datetime

import pytest

from embeddings.articles import Carrier, Hit, Passage, Sentence
from embeddings.evidence import Candidate
from embeddings.terms import terms
from service.disagreements.disagreeing import Sentences, disagreeing
from service.disagreements.merging import merging
from service.disagreements.notes import note, notes

FERRY = "Ferry sinks off Kalvo island"


def said(
    text: str,
    *,
    article: str = "a",
    outlet: str | None = "Harbour Post",
    day: int | None = 7,
    month: int = 6,
    title: str = FERRY,
    around: str = "",
) -> Candidate:
    """Make a sentence of an article, in a passage that says something `around` it too."""
    passage = f"{text} {around}".strip()
    hit = Hit(
        rank=1,
        score=1.0,
        passage=Passage(
            id=f"{article}@1:0", article_id=article, version=1, ordinal=0, start=0, end=len(passage), text=passage
        ),
        article=Carrier(
            article_id=article,
            version=1,
            title=title,
            source=outlet,
            published_at=datetime(2016, month, day, tzinfo=UTC) if day else None,
        ),
        dense_score=0.5,
        lexical_score=5.0,
        story=1,
    )
    sentence = Sentence(start=0, end=len(text), text=text)
    return Candidate(hit=hit, sentence=sentence, similarity=0.5, terms=tuple(terms(text)))


def words(one: str, another: str, *, day: int | None = 8, month: int = 6) -> list[tuple[str, str]]:
    """Give the words of either side for two sentences, each of an article of its own."""
    cited, other = said(one), said(another, article="b", outlet="Civic Courier", day=day, month=month)
    return [(each.cited_words, each.other_words) for each in disagreeing(cited, [cited, other])]


@pytest.mark.parametrize(
    ("one", "another", "expected"),
    [
        (  # a toll, worded otherwise
            "The ferry sank off Kalvo on Sunday, killing 12 people.",
            "Fifteen people died when the ferry sank off Kalvo.",
            ("12 people", "Fifteen people"),
        ),
        (
            "At least 12 people were killed in the ferry disaster off Kalvo.",
            "The ferry disaster off Kalvo killed nine people.",
            ("At least 12 people", "nine people"),
        ),
        (
            "The ferry disaster off Kalvo claimed 12 lives.",
            "Nine people died in the ferry disaster off Kalvo.",
            ("12 lives", "Nine people"),
        ),
        (
            "The coastguard put the death toll of the ferry accident off Kalvo at 31.",
            "A monitoring group counted 42 dead in the ferry accident off Kalvo.",
            ("31", "42 dead"),
        ),
        (  # the wounded of the same sentence, where the dead agree
            "Three people were killed and about 100 wounded in the blast at Kalvo market.",
            "The explosion at Kalvo market killed three people and injured 180.",
            ("about 100 wounded", "180"),
        ),
        (  # a copy with one figure edited
            "The company will pay a fine of $5 million over the spill, the regulator ruled on Friday.",
            "The company will pay a fine of $7 million over the spill, the regulator ruled on Friday.",
            ("$5 million", "$7 million"),
        ),
        (  # both may be true, but not in one and the same sentence
            "More than 1,200 homes on the island of Kalvo lost their roofs in the storm, the council said.",
            "More than 2,200 homes on the island of Kalvo lost their roofs in the storm, the council said.",
            ("More than 1,200 homes", "More than 2,200 homes"),
        ),
        (
            "The council bought the old customs house for £1.2 million from the port company.",
            "The council bought the old customs house from the port company for £1.9m.",
            ("£1.2 million", "£1.9m"),
        ),
        (
            "The assembly approved the harbour bill by 52-48 after a long debate.",
            "The assembly approved the harbour bill by 51 to 48 after a long debate.",
            ("52-48", "51 to 48"),
        ),
        (
            "Eleven members of the assembly voted in favour of the harbour draft.",
            "Twelve members of the assembly voted in favour of the harbour draft.",
            ("Eleven members", "Twelve members"),
        ),
        (
            "Unemployment in the island province of Kalvo rose by 4.5 percent.",
            "Unemployment in the island province of Kalvo rose by 5.4 per cent.",
            ("4.5 percent", "5.4 per cent"),
        ),
        (
            "The bridge from Kalvo to the mainland is opposed by 59% of the islanders, the poll found.",
            "The bridge from Kalvo to the mainland is opposed by 60% of the islanders, the poll found.",
            ("59% of the islanders", "60% of the islanders"),
        ),
        (
            "The captain of the ferry, Anna Berg, 54, was questioned by the police.",
            "The police questioned Anna Berg, 45, the captain of the ferry.",
            ("54", "45"),
        ),
        (
            "The old lighthouse of Kalvo was built by monks in 1787 and is still in use.",
            "The old lighthouse of Kalvo was built by monks in 1877 and is still in use.",
            ("1787", "1877"),
        ),
        (
            "The strait between Kalvo and the mainland was closed to shipping on 3 May.",
            "The strait between Kalvo and the mainland was closed to shipping on 5 May.",
            ("3 May", "5 May"),
        ),
        (
            "The harbour ministry confirmed that the ferry had carried too many passengers.",
            "The harbour ministry denied that the ferry had carried too many passengers.",
            ("confirmed", "denied"),
        ),
        (
            "The court in Kalvo convicted the owner of the ferry of manslaughter.",
            "The court in Kalvo acquitted the owner of the ferry of manslaughter.",
            ("convicted", "acquitted"),
        ),
    ],
)
def test_another_value_for_the_same_thing_is_a_disagreement(one: str, another: str, expected: tuple[str, str]) -> None:
    assert words(one, another) == [expected]
    assert words(another, one) == [expected[::-1]]


@pytest.mark.parametrize(
    ("one", "another"),
    [
        (  # the same number in other words
            "The ferry sank off Kalvo on Sunday, killing twelve people.",
            "12 people died when the ferry sank off Kalvo.",
        ),
        (
            "The repairs of the Kalvo ferry terminal cost the council 1.2 million dollars.",
            "The repairs of the Kalvo ferry terminal cost the council $1,200,000.",
        ),
        (  # rounded
            "The storm destroyed 1,000 homes on the island of Kalvo.",
            "The storm destroyed 1,012 homes on the island of Kalvo.",
        ),
        (
            "The repairs of the Kalvo ferry terminal cost the council $1.2 million.",
            "The repairs of the Kalvo ferry terminal cost the council $1,234,000.",
        ),
        (  # within a bound or a range
            "At least 12 people were killed in the ferry disaster off Kalvo.",
            "The ferry disaster off Kalvo killed 15 people.",
        ),
        (
            "More than 1,000 homes were destroyed by the storm on the island of Kalvo.",
            "The storm destroyed 1,400 homes on the island of Kalvo.",
        ),
        (
            "Between 12 and 15 people were killed in the ferry disaster off Kalvo.",
            "The ferry disaster off Kalvo killed 14 people.",
        ),
        (
            "Up to 15 people were killed in the ferry disaster off Kalvo.",
            "The ferry disaster off Kalvo killed 14 people.",
        ),
        (  # other groups
            "The ferry disaster off Kalvo killed 12 people.",
            "The ferry disaster off Kalvo killed five children.",
        ),
        (
            "Twelve men were killed in the ferry disaster off Kalvo.",
            "Five women were killed in the ferry disaster off Kalvo.",
        ),
        (
            "The fighting off Kalvo killed 12 Danish soldiers.",
            "The fighting off Kalvo killed 30 Polish soldiers.",
        ),
        (  # something else became of them
            "The ferry disaster off Kalvo killed 12 people.",
            "The ferry disaster off Kalvo injured 40 people.",
        ),
        (
            "Just 5% of the population of Kalvo lives near the ferry port.",
            "About 14% of the population of Kalvo lives near the ferry port of the north.",
        ),
        (  # elsewhere, and another day
            "The storm killed 12 people in Kalvo.",
            "The storm killed 30 people in Drammen.",
        ),
        (
            "Police in the ferry port arrested 12 smugglers on Monday.",
            "Police in the ferry port arrested 15 smugglers on Thursday.",
        ),
        (
            "The ferry disaster off Kalvo killed 12 people.",
            "In January a ferry disaster off Kalvo killed 40 people.",
        ),
        (
            "The ferry company lost $5 million on its Kalvo route in 2014.",
            "The ferry company lost $7 million on its Kalvo route in 2015.",
        ),
        (  # units
            "Unemployment in the island province of Kalvo rose by 4 percentage points.",
            "Unemployment in the island province of Kalvo rose by 6 percent.",
        ),
        (
            "The ferry company paid its Kalvo passengers £5 million in damages.",
            "The ferry company paid its Kalvo passengers $7 million in damages.",
        ),
        (
            "The ferry company paid its Kalvo passengers A$5 million in damages.",
            "The ferry company paid its Kalvo passengers $7 million in damages.",
        ),
        (  # targets, forecasts, hypotheses
            "The ferry company plans to hire 300 sailors for its Kalvo route.",
            "The ferry company has hired 120 sailors for its Kalvo route.",
        ),
        (
            "The storm could kill 50 people on the island of Kalvo, forecasters fear.",
            "The storm killed 12 people on the island of Kalvo.",
        ),
        (  # added to others, part of others, compared with others
            "The ferry disaster off Kalvo killed 12 people.",
            "Another three people died in the ferry disaster off Kalvo.",
        ),
        (
            "The ferry disaster off Kalvo killed 12 people.",
            "The ferry disaster off Kalvo killed many, including three people from Drammen.",
        ),
        (
            "The death toll of the ferry disaster off Kalvo stood at 12.",
            "The death toll of the ferry disaster off Kalvo rose to 15 from 12.",
        ),
        (  # the other sentence has both
            "The ferry disaster off Kalvo killed 12 people.",
            "The ferry disaster off Kalvo killed 12 people, the ministry says, but 15 people died, a charity says.",
        ),
        (  # a correction says itself what is wrong
            "The ferry disaster off Kalvo killed 12 people.",
            "An earlier version wrongly said that the ferry disaster off Kalvo killed 15 people.",
        ),
        (  # other matters
            "The ferry carried 120 passengers and 12 cars to Kalvo.",
            "The museum of Kalvo has 45 cars and 300 engines.",
        ),
        (
            "Anna Berg, 54, was the captain of the ferry.",
            "Boris Holm, 45, was the captain of the ferry.",
        ),
        (
            "The ministry of fisheries confirmed that the ferry had carried too many passengers.",
            "The ministry of fisheries did not say whether the ferry had carried too many passengers.",
        ),
        (
            "The Kalvo Rovers won the match in the last minute of the game.",
            "The Drammen United lost the match in the last minute of the game.",
        ),
    ],
)
def test_what_only_looks_like_one_is_none(one: str, another: str) -> None:
    assert words(one, another) == []
    assert words(another, one) == []


def test_a_later_toll_is_a_disagreement_with_dates_until_it_is_about_something_else() -> None:
    first, later = "The ferry disaster off Kalvo killed 12 people.", "The ferry disaster off Kalvo killed 15 people."
    assert words(first, later, day=15)
    assert words(first, later, day=None)
    assert not words(first, later, day=7, month=11)


def test_one_article_does_not_differ_with_itself() -> None:
    cited = said("The ferry disaster off Kalvo killed 12 people, the ministry says.")
    rival = said("The ferry disaster off Kalvo killed 15 people, a charity says.")
    assert disagreeing(cited, [cited, rival]) == []


def test_a_place_that_only_one_sentence_names_has_to_fit_the_other_article() -> None:
    cited = said("The ferry disaster killed 12 people.")
    fits = said("The ferry disaster off the coast in Kalvo killed 15 people.", article="b")
    fits_not = said("The ferry disaster in Drammen killed 15 people.", article="b", title="A ferry sinks again")
    assert disagreeing(cited, [cited, fits])
    assert not disagreeing(cited, [cited, fits_not])


def test_each_article_differs_once_and_the_nearest_comes_first() -> None:
    cited = said("The ferry disaster off Kalvo killed 12 people.")
    near = said("The ferry disaster off Kalvo killed 15 people.", article="b", outlet="Civic Courier")
    far = said("Seventeen people died in the ferry disaster, divers at Kalvo said.", article="c", outlet="Tide")
    again = said(
        "Rescuers said that 15 people died in the ferry disaster off Kalvo.", article="b", outlet="Civic Courier"
    )
    found = Sentences([cited, far, again, near]).disagreeing(cited)
    assert [(each.other.hit.article.article_id, each.other_words) for each in found] == [
        ("b", "15 people"),
        ("c", "Seventeen people"),
    ]


def test_a_note_gives_both_sides_with_outlet_and_date() -> None:
    cited = said("The ferry disaster off Kalvo killed 12 people.")
    other = said("The ferry disaster off Kalvo killed 15 people.", article="b", outlet="Civic Courier", day=8)
    (found,) = disagreeing(cited, [other])
    assert note(found) == (
        "The articles differ: Harbour Post (7 June 2016) has 12 people, Civic Courier (8 June 2016) 15 people."
    )


def test_a_note_names_articles_without_outlet_or_date_and_tells_two_of_one_outlet_apart() -> None:
    cited = said("The ferry disaster off Kalvo killed 12 people.", outlet=None)
    undated = said("The ferry disaster off Kalvo killed 15 people.", article="b", outlet="Civic Courier", day=None)
    assert note(disagreeing(cited, [undated])[0]) == (
        "The articles differ: “Ferry sinks off Kalvo island” (7 June 2016) has 12 people, Civic Courier (undated) "
        "15 people."
    )
    morning = said("The ferry disaster off Kalvo killed 12 people.", title="Ferry sinks")
    evening = said("The ferry disaster off Kalvo killed 15 people.", article="b", title="Toll of ferry rises")
    assert note(disagreeing(morning, [evening])[0]) == (
        "The articles differ: Harbour Post (7 June 2016, “Ferry sinks”) has 12 people, "
        "Harbour Post (7 June 2016, “Toll of ferry rises”) 15 people."
    )


def test_notes_say_nothing_twice_whichever_side_is_cited() -> None:
    cited = said("The ferry disaster off Kalvo killed 12 people.")
    second = said("The ferry disaster off Kalvo killed 15 people.", article="b", outlet="Civic Courier", day=8)
    third = said("The ferry disaster off Kalvo killed 17 people.", article="c", outlet="Tide", day=9)
    every = Sentences([cited, second, third])
    assert notes([*every.disagreeing(cited), *every.disagreeing(second), *every.disagreeing(third)]) == [
        "The articles differ: Harbour Post (7 June 2016) has 12 people, Civic Courier (8 June 2016) 15 people, "
        "Tide (9 June 2016) 17 people."
    ]


def test_a_note_puts_a_verdict_between_quotation_marks() -> None:
    cited = said("The court in Kalvo convicted the owner of the ferry of manslaughter.")
    other = said("The court in Kalvo acquitted the owner of the ferry of manslaughter.", article="b", outlet="Tide")
    assert note(disagreeing(cited, [other])[0]) == (
        "The articles differ: Harbour Post (7 June 2016) has “convicted”, Tide (7 June 2016) “acquitted”."
    )


TWELVE = said("The ferry disaster off Kalvo killed 12 people.")
FIFTEEN = said("The ferry disaster off Kalvo killed 15 people.", article="b", outlet="Civic Courier", day=8)


@pytest.mark.parametrize(
    "sentence",
    [
        "Between 12 and 15 people died off Kalvo.",
        "Twelve people were killed off Kalvo.",
        "Harbour Post says that 12 people were killed.",
        "About 14 people died.",
    ],
)
def test_a_sentence_that_makes_one_of_two_sides_merges_them(sentence: str) -> None:
    (found,) = merging(sentence, [TWELVE, FIFTEEN])
    assert (found.cited_words, found.other_words) == ("12 people", "15 people")


@pytest.mark.parametrize(
    "sentence",
    [
        "Harbour Post counted 12 dead, and the Civic Courier 15.",
        "On 7 June 12 people were said to have died; on 8 June it was 15.",
        "The ferry disaster off Kalvo cost lives.",
    ],
)
def test_a_sentence_that_tells_the_sides_apart_or_gives_no_value_merges_nothing(sentence: str) -> None:
    assert merging(sentence, [TWELVE, FIFTEEN]) == []


def test_sides_that_agree_are_not_merged() -> None:
    agreeing = said("Twelve people died in the ferry disaster off Kalvo.", article="b", outlet="Civic Courier")
    assert merging("Twelve people died off Kalvo.", [TWELVE, agreeing]) == []
    assert merging("Twelve people died off Kalvo.", [TWELVE]) == []
