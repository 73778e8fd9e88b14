"""Marks are found as models write them, and prose in brackets is left alone."""

import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service.written.marks import MARKS, may_be_number, named
from service.written.plain import plain, unmarked
from service.written.written import Mark

MARKED = {
    "[3.2]": "3.2",
    "[ 3.2 ]": "3.2",
    "[12.104]": "12.104",
    "[3]": "3",
    "[3.2][3.4]": "3.2 3.4",
    "[3.2] [3.4]": "3.2 3.4",
    "[3.2], [3.4]": "3.2 3.4",
    "[3.2] and [4.1]": "3.2 4.1",
    "[3.2, 3.4]": "3.2 3.4",
    "[3.2,3.4,4.1]": "3.2 3.4 4.1",
    "[3.2; 4.1]": "3.2 4.1",
    "[3.2 and 4.1]": "3.2 4.1",
    "[3.2, and 4.1]": "3.2 4.1",
    "[3.2 4.1]": "3.2 4.1",
    "[3.2/4.1]": "3.2 4.1",
    "[1, 2]": "1 2",
    "[3][5]": "3 5",
    "[3.2, 4]": "3.2 4",
    "[3.2-3.4]": "3.2 3.3 3.4",
    "[3.2–3.4]": "3.2 3.3 3.4",
    "[3.2 - 3.4]": "3.2 3.3 3.4",
    "[3.2 to 3.4]": "3.2 3.3 3.4",
    "[3.2-4]": "3.2 3.3 3.4",
    "[3.1-3.40]": "3",
    "[3.4-3.2]": "3.4 3.2",
    "[3.2-4.1]": "3.2 4.1",
    "[3-5]": "3 4 5",
    "【3.2】": "3.2",
    "【3.2†source】": "3.2",
    "【3:2†source】": "3.2",
    "［3.2］": "3.2",
    "[3†L1-L9]": "3",
    "[^3.2]": "3.2",
    "[^1]": "1",
    "[#3.2]": "3.2",
    "[S3.2]": "3.2",
    "[Source 3.2]": "3.2",
    "[source: 3.2]": "3.2",
    "[Sources 3.2, 4.1]": "3.2 4.1",
    "[Source 3.2; Source 4.1]": "3.2 4.1",
    "[Source 3]": "3",
    "[Source 3, sentence 2]": "3.2",
    "[sentence 3.2]": "3.2",
    "[Article 3.2]": "3.2",
    "[see 3.2]": "3.2",
    r"\[3.2\]": "3.2",
    "[[3.2]]": "3.2",
    "[[3.2], [4.1]]": "3.2 4.1",
    "([3.2])": "3.2",
    "([3.2], [4.1])": "3.2 4.1",
    "(see [3.2])": "3.2",
    "(Source: [3.2])": "3.2",
    "[3.2](#3.2)": "3.2",
    "[3](https://example.org/7-9)": "3",
    "(Source 3.2)": "3.2",
    "(source: 3)": "3",
    "(3.2)": "3.2",
    "(3.2, 4.1)": "3.2 4.1",
}

PROSE = [
    "[Reuters]",
    "[2014]",
    "[100]",
    "[1,200]",
    "[9/11]",
    "[24/7]",
    "[50-50]",
    "[2-1]",
    "[sic]",
    "[the US]",
    "[…]",
    "[...]",
    "[]",
    "[3.2 percent]",
    "[about 3]",
    "[3.2.1]",
    "[3.14159]",
    "[-3]",
    "[$3]",
    "[Article 5]",
    "[S]",
    "[3.2",
    "3.2]",
    "[3.\n2]",
    "[" + "3.2, " * 20 + "3.2]",
    "(2014)",
    "(3)",
    "(3.2 percent)",
    "(a)",
    "(Reuters)",
]


def _ids(text: str) -> list[Mark]:
    pairs = [identifier.partition(".") for identifier in text.split()]
    return [Mark(int(source), int(sentence) if sentence else None) for source, _, sentence in pairs]


@pytest.mark.parametrize(("written", "ids"), MARKED.items())
def test_a_mark_is_taken_out_with_the_space_before_it(written: str, ids: str) -> None:
    read = plain(f"It was rust {written}.")
    assert read.text == "It was rust."
    assert [mark for _, mark in read.marks] == _ids(ids)
    assert {at for at, _ in read.marks} == {len("It was rust")}


@pytest.mark.parametrize("written", PROSE)
def test_brackets_in_prose_stay(written: str) -> None:
    text = f"A crane {written} fell."
    assert plain(text) == (text, [], [(0, 0, 0)], False)
    assert unmarked(text) == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("It rose (3.2) percent.", "It rose (3.2) percent."),
        ("It rose (3.2), and fell.", "It rose, and fell."),
        ("It rose (3.2) (4.1) again.", "It rose (3.2) (4.1) again."),
        ("It rose (3.2) (4.1).", "It rose."),
        ("It rose (3.2)", "It rose"),
        ("It rose to 40.1 (39.2) [4.1].", "It rose to 40.1 (39.2)."),
        ("It rose (39.2). [4.1]", "It rose (39.2)."),
    ],
)
def test_an_id_in_round_brackets_is_a_mark_where_a_sentence_pauses_and_none_is_in_square_ones(
    text: str, left: str
) -> None:
    assert plain(text).text == left
    assert plain(text, squared=True).text == unmarked(text) == re.sub(r" \[4.1\]", "", text)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("One.[1] Two. [2] Three[3], four [4].", "One. Two. Three, four."),
        ("One.[1]Two[2]three.", "One. Two three."),
        ("One. [1].", "One."),
        ("One… [1]...", "One…..."),
        ("“One [1].” ‘Two.’[2] She (a pilot [3]) left (Reuters, [4]).", "“One.” ‘Two.’ She (a pilot) left (Reuters)."),
        ("[1] One.\n\n[2] Two.\n", "One.\n\nTwo.\n"),
        ("One.\n[1]\nTwo.", "One.\n\nTwo."),
        ("A *word* & [a link](https://example.org) stay [1].", "A *word* & [a link](https://example.org) stay."),
        ("[[1]1] [[[2]2]2] One.", "One."),
        ("", ""),
    ],
)
def test_a_text_is_unmarked(text: str, left: str) -> None:
    assert unmarked(text) == left


FRAGMENTS = [*MARKED, *PROSE, "[", "]", "(", ")", "3", ".", "2", "-", ",", " ", "\n", "Rust", "source ", "†", "^", "\\"]


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=12).map("".join) | st.text())
@example("[3[3.2].2]")
@example("([3.2]3.2)")
def test_nothing_that_is_unmarked_has_a_mark(text: str) -> None:
    left = unmarked(text)
    marks = [match.group() for match in re.finditer(MARKS, left)]
    assert not any(named(mark) for mark in marks if not may_be_number(mark))
    assert unmarked(left) == left
    assert left.count("\n") == text.count("\n")


@given(st.text(alphabet=st.characters(exclude_characters="[］]［【】〔〕()")))
def test_a_text_without_brackets_stays(text: str) -> None:
    assert unmarked(text) == text


@pytest.mark.parametrize("fragment", ["[", "[3.2", "[[3.2]", "[3 ", "(3.2 ", "[source ", "[3.2, ", "[3.2](", "3.2]"])
def test_a_long_text_takes_little_time(fragment: str) -> None:
    begun = time.perf_counter()
    unmarked(fragment * 10_000)
    assert time.perf_counter() - begun < 5
