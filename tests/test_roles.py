import pytest

from embeddings.terms import terms
from service.roles import roles_of, saying

LAVROV_BLAMES = "What did Lavrov blame the US for?"
US_BLAMES = "What did the United States blame Lavrov for?"


@pytest.mark.parametrize(
    ("question", "sentence", "expected"),
    [
        (US_BLAMES, "Lavrov on Monday blamed the United States for the fighting.", "reversed"),
        (LAVROV_BLAMES, "Lavrov on Monday blamed the United States for the fighting.", "stated"),
        (US_BLAMES, "Lavrov said that Russia puts the blame for the fighting on the US.", "reversed"),
        (LAVROV_BLAMES, "Lavrov said that Russia puts the blame for the fighting on the US.", "stated"),
        (US_BLAMES, "The U.S. was blamed by Lavrov for the fighting.", "reversed"),
        (US_BLAMES, "Lavrov was blamed by the U.S. for the fighting.", "stated"),
        (US_BLAMES, "Lavrov blamed the U.S., and the U.S. blamed Lavrov.", "stated"),
        (US_BLAMES, "Lavrov met the Americans in Geneva.", "unsaid"),
        (US_BLAMES, "Lavrov blamed the rebels.", "unsaid"),
        ("What was Lavrov blamed for by the US?", "Lavrov blamed the US for it.", "reversed"),
        ("What was Lavrov blamed for by the US?", "The US blamed Lavrov for it.", "stated"),
        ("Why did Acme attack its rival Bolt?", "Bolt attacked Acme over a patent.", "reversed"),
    ],
)
def test_who_does_it_to_whom(question: str, sentence: str, expected: str) -> None:
    roles = roles_of(question)
    assert roles is not None
    assert saying(roles, terms(sentence)) == expected


@pytest.mark.parametrize(
    "question",
    ["", "blame", "blame Lavrov", "Who blamed Lavrov?", "Who did Acme attack?", "When did it begin?", "How far is it?"],
)
def test_questions_that_do_not_name_both_sides(question: str) -> None:
    assert roles_of(question) is None
