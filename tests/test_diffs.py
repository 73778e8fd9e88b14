"""What changed from one text to another."""

import itertools
import random
import time

import pytest
from generated import TEXTS
from hypothesis import given

from embeddings.diffs import Run, differences

QUAY = (
    "A crane fell at the north quay on Monday. The harbour master blamed the fall of the crane on rust.\n\n"
    "Nobody was hurt, and the quay opens again in July.\n\n"
    "The crane was built in 1969."
)


def inked(text: str) -> str:
    return "".join(text.split())


@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_off(old: str, new: str) -> None:
    runs = differences(old, new)
    assert "".join(run.text for run in runs if run.op != "removed") == new
    assert inked("".join(run.text for run in runs if run.op != "added")) == inked(old)
    assert all(one.op != other.op for one, other in itertools.pairwise(runs))
    if inked(old) != inked(new):
        assert {run.op for run in runs} & {"removed", "added"}


def test_nothing_changed() -> None:
    assert differences(QUAY, QUAY) == [Run("same", QUAY)]
    assert differences(QUAY, QUAY.replace("\n\n", "\n")) == [Run("same", QUAY.replace("\n\n", "\n"))]


def test_words_within_a_sentence() -> None:
    changed = [run for run in differences(QUAY, QUAY.replace("on rust", "on a broken bolt")) if run.op != "same"]
    assert changed == [Run("removed", "rust"), Run("added", "a broken bolt")]


def test_sentences_and_paragraphs_are_replaced_whole() -> None:
    new = QUAY.replace("Nobody was hurt, and the quay opens again in July.", "Two men died.") + "\n\nIt was red."
    assert [run for run in differences(QUAY, new) if run.op != "same"] == [
        Run("removed", "Nobody was hurt, and the quay opens again in July.\n\n"),
        Run("added", "Two men died.\n\n"),
        Run("added", "It was red."),
    ]


def test_a_paragraph_that_is_divided_says_the_same() -> None:
    new = QUAY.replace("Monday. ", "Monday.\n\n").replace("in July.\n\n", "in July. ")
    assert differences(QUAY, new) == [Run("same", new)]


@pytest.mark.parametrize("unit", ["word ", "word. ", "word\n"])
def test_long_texts_take_bounded_time(unit: str) -> None:
    chance = random.Random(3)
    old, new = ("".join(f"{chance.randrange(500)} {unit}" for _ in range(20_000)) for _ in range(2))
    started = time.process_time()
    assert "".join(run.text for run in differences(old, new) if run.op != "removed") == new
    assert time.process_time() - started < 20
