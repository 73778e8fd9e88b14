import time

import pytest

from service.condenser.parts import MOST_PARTS, describes_one_thing, parts


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "Which film was released first, The Quiet Harbour or Winter In Lagos?",
            ("Which film was released first, The Quiet Harbour?", "Which film was released first, Winter In Lagos?"),
        ),
        (
            "Who is the oldest, Ada Berg, Tom Lind, or Joan Reyes?",
            ("Who is the oldest, Ada Berg?", "Who is the oldest, Tom Lind?", "Who is the oldest, Joan Reyes?"),
        ),
        ("Was Ada Berg or Tom Lind born first?", ("Was Ada Berg born first?", "Was Tom Lind born first?")),
        (
            "Who was born first out of Ada Berg and Tom Lind?",
            ("Who was born first out of Ada Berg?", "Who was born first out of Tom Lind?"),
        ),
        ("Did Aleppo fall before Homs?", ("Did Aleppo fall?", "Did Homs fall?")),
        (
            "Did Lavrov visit Ankara before Kerry met Erdogan?",
            ("Did Lavrov visit Ankara?", "Did Kerry met Erdogan?"),
        ),
        (
            "What did both Lavrov and Kerry say about Aleppo?",
            ("What did Lavrov say about Aleppo?", "What did Kerry say about Aleppo?"),
        ),
        (
            "what did both lavrov and kerry say about aleppo",
            ("What did lavrov say about aleppo?", "What did kerry say about aleppo?"),
        ),
        (
            "Are Naked Moon and River Song from the same country?",
            ("Are Naked Moon from the same country?", "Are River Song from the same country?"),
        ),
        (
            "How do Reuters and the BBC differ on the strike?",
            ("How do Reuters differ on the strike?", "How do the BBC differ on the strike?"),
        ),
        (
            "How does Apple's approach to privacy compare to Google's?",
            ("Apple's approach to privacy?", "Google's approach privacy?"),
        ),
        (
            "Does the article from 'The Herald' say that prices fell, while the 'Tribune' article sees a rise?",
            (
                "Does the article from 'The Herald' say that prices fell?",
                "The 'Tribune' article sees a rise?",
            ),
        ),
        (
            "Do 'The Herald' and 'Tribune' articles both see a shift in the vote, while the 'Post' article sees none?",
            (
                "Do 'The Herald' articles see a shift in the vote?",
                "Do 'Tribune' articles see a shift in the vote?",
                "The 'Post' article sees none?",
            ),
        ),
        (
            "Before the Post reported on the flood on 5 May 2023, did the Herald warn of it?",
            ("The Post reported on the flood on 5 May 2023?", "Did the Herald warn of it?"),
        ),
        (
            "Who won the election in Norway, and when did she take office?",
            ("Who won the election in Norway?", "When did she take office won election Norway?"),
        ),
        ("Who owns the port? When did the strike end?", ("Who owns the port?", "When did the strike end owns port?")),
        (
            "Between the report by Reuters on 5 May 2023 and the one by the BBC on 7 June 2023, was there a change?",
            (
                "The report by Reuters on 5 May 2023, was there a change?",
                "The report by the BBC on 7 June 2023, was there a change?",
            ),
        ),
        (
            "Has the count changed between the article of October 20, 2023, and the one of November 3, 2023?",
            (
                "Has the count changed the article of October 20, 2023?",
                "Has the count changed the article of November 3, 2023?",
            ),
        ),
        (
            "Which company is accused by the Herald of fraud, was praised for its cars, and is being sued in Ohio?",
            (
                "Which company is accused by the Herald of fraud?",
                "Which company was praised for its cars?",
                "Which company is being sued in Ohio?",
            ),
        ),
        (
            "What is the difference between a strike and a lockout?",
            ("What is the difference a strike?", "What is the difference a lockout?"),
        ),
    ],
)
def test_compound_questions(question: str, expected: tuple[str, ...]) -> None:
    assert parts(question) == expected


@pytest.mark.parametrize(
    "question",
    [
        "",
        "?",
        "Kerry?",
        "Who wrote Romeo and Juliet?",
        "How much is spent on research and development?",
        "Why are salt and pepper expensive?",
        "Is Marks and Spencer bigger than Tesco?",
        "Did Johnson and Johnson agree to pay?",
        "What did Trump and Putin discuss in Helsinki?",
        "What happened between Lavrov and the US?",
        "What is the agreement between Russia and the European Union about?",
        "What did Kerry do while he was in Moscow?",
        "Did prices rise after the war?",
        "Did Kerry visit Moscow before May 2016?",
        "Did Kerry resign before Christmas?",
        "Did Lavrov, the foreign minister, blame the US?",
        "What did Lavrov, who met Kerry, say?",
        "How many people, according to Reuters, were killed?",
        "Who said that the talks were over and that the truce was dead?",
        "What happened and why?",
        "Should I stay or go?",
        "ماذا قال لافروف وكيري عن حلب؟",
        "拉夫罗夫和克里说了什么？",
    ],
)
def test_questions_about_one_thing(question: str) -> None:
    assert parts(question) == ()


def test_never_more_than_a_few_parts() -> None:
    names = ", ".join(f"Film {number}" for number in range(9))
    assert len(parts(f"Which is the oldest, {names}, or Film 9?")) == MOST_PARTS
    assert len(parts("Which company " + ", and ".join(["was accused of fraud by the Herald"] * 9))) <= MOST_PARTS


def test_a_part_is_not_the_question_again() -> None:
    assert parts("Do both Tesco and Tesco sell books?") == ()


def test_no_line_breaks() -> None:
    assert parts("Did the Herald see a rise,\n\nwhile the Post\tsaw a steep fall?") == (
        "Did the Herald see a rise?",
        "The Post saw a steep fall?",
    )


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "A or ",
            "A and ",
            "both A and B ",
            ", while a b c d e f",
            "and the b ",
            "same between ",
            "who is it, was asked ",
        ),
        *("“", " before A", "which, ", "between x, is ", "compared to ", "A of the "),
    ],
)
def test_long_questions_take_no_time(piece: str) -> None:
    question = ("is " + piece * 2000)[:2000]
    parts(question)
    started = time.perf_counter()
    assert len(parts(question)) <= MOST_PARTS
    assert time.perf_counter() - started < 0.3


@pytest.mark.parametrize(
    ("question", "one"),
    [
        ("Which company runs the ferry, was fined in May, and is accused of fraud by the Herald?", True),
        ("Who runs the ferry, and who was fined in May?", False),
        ("What did both Lavrov and Kerry say about Aleppo?", False),
        ("Who runs the ferry?", False),
    ],
)
def test_traits_of_one_thing_are_told_from_several_things(question: str, one: bool) -> None:
    assert describes_one_thing(question) is one
