import pytest

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
        (US_BLAMES, "The blame that Lavrov put on the United States was loud.", "reversed"),
        (LAVROV_BLAMES, "The blame that Lavrov put on the United States was loud.", "stated"),
        ("What was Lavrov blamed for by the US?", "Lavrov blamed the US for it.", "reversed"),
        ("What was Lavrov blamed for by the US?", "The US blamed Lavrov for it.", "stated"),
        ("Why did Acme attack its rival Bolt?", "Bolt attacked Acme over a patent.", "reversed"),
        ("Why did Acme criticise Bolt?", "Bolt's criticism of Acme grew louder.", "reversed"),
        ("Why did Acme criticise Bolt?", "Acme's criticism of Bolt grew louder.", "stated"),
        ("Why did Acme criticise Bolt?", "Criticism of Bolt by Acme grew louder.", "stated"),
        ("Why did Acme criticise Bolt?", "Criticism by Bolt of Acme grew louder.", "reversed"),
        ("Why did Acme criticise Bolt?", "Acme came under criticism from Bolt.", "reversed"),
        ("Why did Acme criticise Bolt?", "Bolt drew sharp criticism from Acme.", "stated"),
        ("Why did Acme accuse Bolt?", "An accusation by Bolt against Acme was dropped.", "reversed"),
        ("Why did Acme accuse Bolt?", "An accusation against Acme by Bolt was dropped.", "reversed"),
        ("Why did Acme outbid Bolt?", "Bolt outbid Acme on Monday.", "reversed"),
        ("What is Acme's criticism of Bolt?", "Bolt criticised Acme over a patent.", "reversed"),
        ("What is Acme's criticism of Bolt?", "Bolt was criticised by Acme over a patent.", "stated"),
        ("Why did Acme sue Bolt?", "Bolt filed a lawsuit against Acme.", "reversed"),
        ("Why did Acme sue Bolt?", "A lawsuit against Bolt was filed by Acme.", "stated"),
        ("Why did Acme criticise Bolt?", "Acme has been sharply criticised by Bolt.", "reversed"),
        ("Why did Acme criticise Bolt?", "Bolt spoke of the weather.", "unsaid"),
    ],
)
def test_who_does_it_to_whom(question: str, sentence: str, expected: str) -> None:
    roles = roles_of(question)
    assert roles is not None
    assert saying(roles, sentence) == expected


def test_a_pronoun_stands_for_the_speaker() -> None:
    roles = roles_of("What did Lavrov blame the US for?")
    assert roles is not None
    assert saying(roles, "He blamed the US for the delay.") == "unsaid"
    assert saying(roles, "He blamed the US for the delay.", speaker="Lavrov") == "stated"


@pytest.mark.parametrize(
    "question",
    [
        "",
        "blame",
        "blame Lavrov",
        "Who blamed Lavrov?",
        "Who did Acme attack?",
        "When did it begin?",
        "How far is it?",
        "Where did Acme meet Bolt?",
        "What was the attack on Ashford?",
    ],
)
def test_questions_that_do_not_name_both_sides(question: str) -> None:
    assert roles_of(question) is None
