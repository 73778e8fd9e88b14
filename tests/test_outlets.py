import pytest

from service.condenser.outlets import mentions

STORED = (
    "cnn.com",
    "usatoday.com",
    "college.usatoday.com",
    "theweek.co.uk",
    "The New York Times",
    "www.nytimes.com",
    "BBC News - Entertainment & Arts",
    "BBC Sport",
    "FOX News - Lifestyle",
    "FOX News - Health",
    "The Guardian",
    "Reuters",
    "The Roar | Sports Writers Blog",
    "Time",
    "The Sun",
    "The Age",
    "Fortune",
    "People",
    "Wall Street Journal - News",
    "AP",
    "El País",
)


@pytest.mark.parametrize(
    ("question", "sources"),
    [
        ("according to CNN", ["cnn.com"]),
        ("on cnn.com?", ["cnn.com"]),
        ("the USA Today article", ["usatoday.com", "college.usatoday.com"]),
        ("what USATODAY wrote", ["usatoday.com", "college.usatoday.com"]),
        ("In The Week, who", ["theweek.co.uk"]),
        ("in the NYT", ["The New York Times", "www.nytimes.com"]),
        ("the new york times article", ["The New York Times", "www.nytimes.com"]),
        ("on nytimes.com", ["The New York Times", "www.nytimes.com"]),
        ("the BBC said", ["BBC News - Entertainment & Arts", "BBC Sport"]),
        ("bbc.co.uk reported", ["BBC News - Entertainment & Arts", "BBC Sport"]),
        ("Fox News reported", ["FOX News - Lifestyle", "FOX News - Health"]),
        ("the FOX News - Health article", ["FOX News - Health"]),
        ("The Roar | Sports Writers Blog mentioned", ["The Roar | Sports Writers Blog"]),
        ("in The Roar", ["The Roar | Sports Writers Blog"]),
        ("the WSJ report", ["Wall Street Journal - News"]),
        ("the Associated Press reported", ["AP"]),
        ("in ‘The Age’ of today", ["The Age"]),
        ("Time magazine", ["Time"]),
        ("reported by El Pais", ["El País"]),
        ("what does reuters say", ["Reuters"]),
        ("Did Fortune report it?", ["Fortune"]),
    ],
)
def test_an_outlet_is_found_under_all_its_names(question: str, sources: list[str]) -> None:
    assert [sorted(mention.sources) for mention in mentions(question, STORED)] == [sorted(sources)]


@pytest.mark.parametrize(
    "question",
    [
        "this week, the week before and at that time",
        "fortune favours the guardian of the sun",
        "People say that the age of reason is over",
        "Which company is in the Fortune 500?",
        "What did the Reuters Institute find?",
        "a Reuters/Ipsos poll and a CNN-owned station",
        "What did Michael Time say?",
        "the Guardians of the Galaxy",
        "the Time Warner merger",
        "according to Lavrov",
        "according to US officials and the UN",
    ],
)
def test_words_and_longer_names_are_no_outlets(question: str) -> None:
    assert mentions(question, STORED) == []


def test_a_well_known_outlet_that_is_not_stored_has_no_sources() -> None:
    (mention,) = mentions("according to the Washington Post", STORED)
    assert (mention.name, mention.sources) == ("Washington Post", ())


def test_a_mention_has_its_place_with_its_article_and_domain_ending() -> None:
    question = "what did the bbc.co.uk say"
    (mention,) = mentions(question, STORED)
    assert question[mention.start : mention.end] == "the bbc.co.uk"


def test_the_times_is_not_the_new_york_times() -> None:
    (mention,) = mentions("The Times reported", STORED)
    assert mention.sources == ()
