import time

import pytest

from service.answers import Turn
from service.condenser.follow_ups import standalone

ASKED = "What did Lavrov say about Aleppo?"
ANSWERED = "“The bombing is hysterical,” Sergei Lavrov told reporters in Moscow."


def turns(*texts: str) -> list[Turn]:
    """A conversation that the user began."""
    return [Turn(role="assistant" if place % 2 else "user", text=text) for place, text in enumerate(texts)]


@pytest.mark.parametrize("question", ["And Kerry?", "why did he say that?", "What did Kerry say about Aleppo?", " ?"])
def test_without_history_a_question_stays_as_it_is(question: str) -> None:
    alone = standalone(question, [])
    assert (alone.question, alone.query, alone.text) == (question,) * 3


@pytest.mark.parametrize(
    "question",
    [
        "What did Kerry say about Palmyra?",
        "Who is Angela Merkel?",
        "When did Kurt Cobain die?",
        "Is there a ceasefire in Yemen?",
        "What did Obama say about his trip to Cuba?",
        "Did Google pay Apple so that it stays the default?",
        "How many seats did Labour win this year?",
        "which team won the final of the women's football world cup played last summer",
    ],
)
def test_a_topic_of_its_own_takes_nothing_over(question: str) -> None:
    alone = standalone(question, turns(ASKED, ANSWERED))
    assert alone.carried == ()
    assert alone.query == alone.text == question


@pytest.mark.parametrize(
    ("question", "carried"),
    [
        ("why did he say that?", ("Lavrov", "Aleppo", "Sergei", "Moscow")),
        ("WHAT DID HE MEAN?", ("Lavrov", "Aleppo", "Sergei", "Moscow")),
        ("how long did it take there", ("Lavrov", "Aleppo", "Sergei", "Moscow")),
        ("what about the second one", ("Lavrov", "Aleppo", "Sergei", "Moscow")),
        ("What did Kerry say?", ("Lavrov", "Aleppo")),
        ("And why?", ("Lavrov", "Aleppo")),
        ("How many people fled?", ("Lavrov", "Aleppo")),
        ("Was Aleppo bombed?", ("Lavrov",)),
        ("¿Por qué?", ("Lavrov", "Aleppo")),
        ("ماذا قال عنها؟", ("Lavrov", "Aleppo")),
        ("他说了什么？", ("Lavrov", "Aleppo")),
    ],
)
def test_what_is_left_unsaid_is_carried_over(question: str, carried: tuple[str, ...]) -> None:
    leaning = standalone(question, turns(ASKED, ANSWERED))
    assert leaning.question == question
    assert leaning.carried == carried
    assert leaning.text == " ".join([question, *carried])
    assert leaning.query == f"{question} {leaning.text}"


@pytest.mark.parametrize(
    ("before", "question", "replaced"),
    [
        (ASKED, "And Kerry?", "What did Kerry say about Aleppo?"),
        (ASKED, "and what about the US?", "What did the US say about Aleppo?"),
        (ASKED, "And the Russian army?", "What did the Russian army say about Aleppo?"),
        (ASKED, "And about Homs?", "What did Lavrov say about Homs?"),
        ("How many people died in Syria in 2015?", "And in 2016?", "How many people died in Syria in 2016?"),
        ("How many people died in Syria in 2015?", "And in Iraq?", "How many people died in Iraq in 2015?"),
        ("Is the European Union larger than Russia?", "What about Canada?", "Is Canada larger than Russia?"),
    ],
)
def test_a_bare_name_takes_the_place_of_another(before: str, question: str, replaced: str) -> None:
    found = standalone(question, turns(before, "That."))
    assert found.question == found.query == replaced


def test_names_are_exchanged_one_after_the_other() -> None:
    history = turns(ASKED, ANSWERED, "And Kerry?", "Nothing was found.")
    assert standalone("And Obama?", history).query == "What did Obama say about Aleppo?"
    assert standalone("Why?", history).carried == ("Kerry", "Aleppo")


def test_words_come_from_the_last_two_questions_the_nearest_first() -> None:
    history = turns(
        "Who owns the harbour?", "The city.", "Is the crane safe?", "Yes.", "When was the quay built?", "1902."
    )
    assert standalone("Who paid for it?", history).carried == ("quay", "built", "crane", "safe")


def test_thanks_are_no_question() -> None:
    history = turns("Who owns the harbour?", "The city.", "Thank you!", "You are welcome.", "ok", "Anything else?")
    assert standalone("Since when?", history).carried == ("owns", "harbour")


def test_an_answer_only_says_whom_a_pronoun_means() -> None:
    history = turns("Who leads the port authority?", "According to its site, Ingrid Solberg has led it since May.")
    assert "Ingrid" in standalone("Where was she born?", history).carried
    assert "Ingrid" not in standalone("How many people work for the authority?", history).carried


@pytest.mark.parametrize("history", [("",), ("   \n", ""), ("?", "!"), ("Thanks.", "Sure.")])
def test_turns_that_say_nothing(history: tuple[str, ...]) -> None:
    assert standalone("why?", turns(*history)).query == "why?"


def test_an_assistant_that_speaks_first() -> None:
    greeting = [Turn(role="assistant", text="Welcome to the Harbour Gazette.")]
    assert standalone("Who owns it?", greeting).query == "Who owns it?"


@pytest.mark.parametrize(
    "question",
    [
        "and he said it? " * 125,
        "Aleppo " * 285,
        "A" * 2000,
        "A. " * 660,
        "(“" * 1000,
        "what about " * 180,
        "the ones " * 220,
    ],
)
def test_long_questions_and_long_histories_take_no_time(question: str) -> None:
    history = turns(*["Lavrov spoke of Aleppo. " * 800] * 100)
    standalone(question, history)
    started = time.perf_counter()
    found = standalone(question, history)
    assert time.perf_counter() - started < 0.1
    assert len(found.text) < len(question) + 200
