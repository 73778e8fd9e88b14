import pytest

from service.answer_types import answer_type, holds, topic_of


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("When did the ferry sink?", "time"),
        ("In what year was the bridge built?", "time"),
        ("How long did the strike last?", "duration"),
        ("How many people were hurt?", "quantity"),
        ("how far is the camp from the border", "quantity"),
        ("What percentage of voters stayed at home?", "quantity"),
        ("Where was the convoy hit?", "place"),
        ("Which country sent the aircraft?", "place"),
        ("Why did the talks fail?", "reason"),
        ("What did the minister blame the council for?", "reason"),
        ("Who signed the treaty?", "person"),
        ("The prize was won by whom?", "person"),
        ("What did the mayor say about the flood?", "statement"),
        ("What is the name of the dam?", "other"),
    ],
)
def test_a_question_says_what_it_asks_for(question: str, kind: str) -> None:
    assert answer_type(question) == kind


@pytest.mark.parametrize(
    ("question", "sentence", "expected"),
    [
        ("When did the ferry sink?", "The ferry sank on Tuesday evening.", True),
        ("When did the ferry sink?", "The ferry sank in March 2014 off the cape.", True),
        ("When did the ferry sink?", "The ferry sank with all its cargo.", False),
        ("When in 2014 did it end?", "It was the worst of 2014.", False),
        ("How many people were hurt?", "Twelve people were hurt.", True),
        ("How many people were hurt?", "People were hurt in the square.", False),
        ("How far is the camp?", "The camp is 12 km away.", True),
        ("How long did the strike last?", "It lasted for nearly three weeks.", True),
        ("How long did the strike last?", "Three men went on strike.", False),
        ("Who signed the treaty?", "In the end Anna Berg signed it.", True),
        ("Who signed the treaty?", "Anna signed it.", False),
        ("Who met Anna Berg?", "Then Anna Berg was met at the gate.", False),
        ("Where was the convoy hit?", "It was hit near Urum al-Kubra.", True),
        ("Where was the convoy hit?", "It was hit twice.", False),
        ("Why did the talks fail?", "They failed because nobody came.", True),
        ("Why did the talks fail?", "They failed on Monday.", False),
        ("What did the mayor say?", "“We are dry,” was all.", True),
        ("What is the dam called?", "Anything at all.", True),
    ],
)
def test_a_sentence_holds_such_a_thing_or_not(question: str, sentence: str, expected: bool) -> None:
    assert holds(answer_type(question), sentence, question) is expected


def test_the_topic_leaves_out_the_kind_of_thing() -> None:
    assert topic_of("How far is the camp?").split() == ["is", "the", "camp?"]
    assert topic_of("Who built the camp?") == "Who built the camp?"
