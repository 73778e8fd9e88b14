"""Answers of a chat model as the evaluation counts them."""

import asyncio
from pathlib import Path

from fakes import ScriptedChatModel, make_library, make_writer

from embeddings.articles import Article
from evals.answer_sets import AnswerSet, Asked
from evals.chat import asked_of, figures
from service.answerer import Answerer
from service.errors import ChatModelBusy

RUST = "The harbour master blamed the fall of the crane on rust."
ASKED = Asked(
    question="What did the harbour master blame the fall of the crane on?",
    answerable=True,
    gold=frozenset(["quay"]),
    strings=("rust",),
)
OTHER = Asked(question="What did the harbour master say of the fall of the crane?", answerable=False)


def test_right_refused_and_cited_right_are_counted(tmp_path: Path, articles: list[Article]) -> None:
    library = make_library(tmp_path, [each for each in articles if each.id != "quay-copy"])
    made = AnswerSet(name="a set", articles=({"id": "quay"}, {"id": "ferry"}), asked=(ASKED, OTHER, OTHER), files=())
    model = ScriptedChatModel(
        [f"{RUST} [1.2] The crane was 40 metres high. [1.1]"],
        ["NOT IN THE ARTICLES"],
        ChatModelBusy("later"),
        ["NOT IN THE ARTICLES"],
    )
    cases = asyncio.run(asked_of(Answerer(library, writer=make_writer(model)), made, 3, "chat", at_once=1))
    found = figures(cases, library.retriever("main"))
    assert (found["questions"], found["failed"], found["fell back"]) == (3, 0, 1)
    assert (found["right"], found["refused wrongly"]) == (1.0, 0.0)
    assert found["absent refused"] == 1.0
    assert found["unanswerable refused"] == 0.5
    assert (found["cited right"], found["supported"], found["exact"]) == (1.0, 1.0, 1.0)
