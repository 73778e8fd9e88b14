import pytest

from service.answer_types import answer_type, degree, topic_of, words_of


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("When did the ferry sink?", "time"),
        ("In what year was the bridge built?", "time"),
        ("How long did the strike last?", "duration"),
        ("How many people were hurt?", "quantity"),
        ("how far is the camp from the border", "quantity"),
        ("What percentage of voters stayed at home?", "percentage"),
        ("How much did the bridge cost?", "money"),
        ("How much rain fell in May?", "quantity"),
        ("Where was the convoy hit?", "place"),
        ("Which country sent the aircraft?", "place"),
        ("Why did the talks fail?", "reason"),
        ("What did the minister blame the council for?", "reason"),
        ("Who signed the treaty?", "person"),
        ("The prize was won by whom?", "person"),
        ("What did the mayor say about the flood?", "statement"),
        ("What is the name of the dam?", "name"),
        ("Which company built the dam?", "name"),
        ("The mayor will step down to work for which company?", "name"),
        ("The games begin this week. Where are they held?", "place"),
        ("What did the storm destroy?", "other"),
    ],
)
def test_a_question_says_what_it_asks_for(question: str, kind: str) -> None:
    assert answer_type(question) == kind


@pytest.mark.parametrize(
    ("question", "sentence", "expected"),
    [
        ("When did the ferry sink?", "The ferry sank on Tuesday evening.", 1),
        ("When did the ferry sink?", "The ferry sank in March 2014 off the cape.", 1),
        ("When did the ferry sink?", "The ferry sank with all its cargo.", 0),
        ("When in 2014 did it end?", "It was the worst of 2014.", 0),
        ("How many people were hurt?", "Twelve people were hurt.", 1),
        ("How many people were hurt?", "People were hurt in the square.", 0),
        ("How many people were hurt?", "In 1964, and again in 1972, people were hurt.", 0),
        ("How far is the camp?", "The camp is 12 km away.", 1),
        ("How much did the bridge cost?", "It cost $3 million.", 1),
        ("How much did the bridge cost?", "It took 3 years.", 0),
        ("What share of voters stayed at home?", "Some 40 percent stayed at home.", 1),
        ("What share of voters stayed at home?", "Some 40 voters stayed at home.", 0),
        ("How long did the strike last?", "It lasted for nearly three weeks.", 1),
        ("How long did the strike last?", "Three men went on strike.", 0),
        ("Who signed the treaty?", "In the end Anna Berg signed it.", 1),
        ("Who signed the treaty?", "In the end Berg signed it.", 0.5),
        ("Who signed the treaty?", "Anna signed it.", 0),
        ("Who met Anna Berg?", "Then Anna Berg was met at the gate.", 0),
        ("Which company built the dam?", "It was built by Holt Brothers.", 1),
        ("Where was the convoy hit?", "It was hit near Urum al-Kubra.", 1),
        ("Where was the convoy hit?", "It was Urum that was hit.", 0.5),
        ("Where was the convoy hit?", "It was hit twice.", 0),
        ("Why did the talks fail?", "They failed because nobody came.", 1),
        ("Why did the talks fail?", "They failed on Monday.", 0),
        ("What did the mayor say?", "“We are dry,” was all.", 1),
        ("What did the storm destroy?", "Anything at all.", 0),
    ],
)
def test_how_surely_a_sentence_holds_such_a_thing(question: str, sentence: str, expected: float) -> None:
    assert degree(answer_type(question), sentence, words_of(question)) == expected


def test_the_topic_leaves_out_the_kind_of_thing() -> None:
    assert topic_of("How far is the camp?").split() == ["is", "the", "camp?"]
    assert topic_of("Who built the camp?") == "Who built the camp?"
