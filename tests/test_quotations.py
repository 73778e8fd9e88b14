"""Quotations are found with every mark in use, through paragraphs, and stray marks do no harm."""

import random
import time

import pytest
from generated import TEXTS
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.extract.normalise import normalise
from embeddings.quotations import quotations
from embeddings.sentences import paragraphs

# What stands between ⟦ and ⟧ is a quotation.
CASES = [
    # marks of many languages
    "She said ⟦“we sail at noon”⟧ and left.",
    'She said ⟦"we sail at noon"⟧ and left.',
    "⟦‘We sail at noon,’⟧ she said. ⟦‘Be there.’⟧",
    "⟦'We sail at noon,'⟧ she said.",
    "Sie sagte: ⟦„Wir fahren um zwölf“⟧, und ging.",
    "Elle a dit : ⟦« nous partons »⟧ et ⟦« à midi »⟧.",
    "Sie nannte es ⟦»gut«⟧ und ging.",
    "Hon sa: ⟦”Vi seglar nu”⟧ och gick.",
    "彼女は⟦「行きます」⟧と言った。",
    "⟦''We sail at noon,''⟧ she said. ⟦``Be there.''⟧",
    '⟦“We sail at noon,"⟧ she said.',
    # nested
    "⟦“He told me ‘go home’ and I went,”⟧ she said.",
    "⟦‘He called it “great” yesterday,’⟧ she said.",
    "⟦“He called it “great” yesterday,”⟧ she said.",
    # several in a paragraph
    "⟦“We sail,”⟧ she said, ⟦“at noon.”⟧ A ⟦“ship”⟧ came.",
    '⟦"We sail,"⟧ she said. ⟦"At noon."⟧ He (⟦"the pilot"⟧) came—⟦"late"⟧—too.',
    # no quotations
    "The '90s, the girls' boat and the captain's hat are gone.",
    "’Twas rock ’n’ roll of the ’60s, and the crews’ choice.",
    'The mast is 60\' 10" high, the nail 5" long, the door 6\'2" high.',
    "He is 6’2” and she 5’10”.",
    # apostrophes within
    "⟦‘The crews’ ships are late,’⟧ she said.",
    "The ⟦‘fast boats’⟧ are slow.",
    '⟦"It was built in 1915"⟧ he said.',
    # through paragraphs, opened again
    "⟦“One.\n\n“Two “three” four.\n\n“Five.”⟧ She left.\n\nSix.",
    '⟦"One.\n\n"Two."⟧ She left.',
    "⟦‘One.\n\n‘Two.’⟧ She left.",
    # not opened again, or not always
    "Her remarks:\n\n⟦“One.\n\nTwo “three” and “four” five.\n\nSix.\n\nSeven.”⟧ She left.",
    '⟦"One.\n\nTwo "three" four.\n\nFive."⟧ She left.',
    "⟦“One.\n\nTwo.\n\n“Three.\n\nFour.”⟧ Five.",
    # left open
    "⟦“One.⟧\n\nTwo.\n\n⟦“Three,”⟧ she said.\n\nFour.",
    "⟦“One.⟧\n\nTwo, which some call ⟦“three”⟧, is four.",
    "⟦“One.⟧\n\nTwo.",
    "“One, he said. ⟦“Two,”⟧ she said.",
    "One.” Two.\n\nThree.",
]


def found(text: str) -> list[str]:
    return [text[start:end] for start, end in quotations(text, paragraphs(text))]


@pytest.mark.parametrize("case", CASES)
def test_quotations_are_found(case: str) -> None:
    text = case.replace("⟦", "").replace("⟧", "")
    expected = [piece.partition("⟧")[0] for piece in case.split("⟦")[1:]]
    assert found(text) == expected


def test_a_mark_that_nothing_closes_swallows_no_article() -> None:
    text = "“" + "One two three. " * 200
    (only,) = found(text)
    assert only == "“One two three."
    many = "“One.\n\n" + "Two three.\n\n" * 30 + "Four.”"
    assert found(many) == ["“One."]


@settings(deadline=None)
@given(st.one_of(TEXTS.map(normalise), st.text(alphabet="ab.,!s \n\"'“”„‘’«»「」`-6", max_size=80)))
def test_quotations_are_disjoint_and_begin_with_a_mark(text: str) -> None:
    at = 0
    for start, end in quotations(text, paragraphs(text)):
        assert at <= start < end <= len(text)
        assert text[start] in "\"'“”„‟＂‘’‚«»「『`"
        at = end


MARKS = random.Random(7)


@pytest.mark.parametrize(
    "text",
    [
        '"' * 300_000,
        "“" * 300_000,
        "“”" * 150_000,
        "“a\n\n" * 60_000,
        "‘a' " * 75_000,
        "«»" * 150_000,
        "“" * 150_000 + "»" * 150_000,
        "A" * 300_000,
        "".join(MARKS.choice("“”\"'‘’«» \n.a,") for _ in range(300_000)),
    ],
    ids=range(9),
)
def test_time_grows_with_the_length(text: str) -> None:
    divided = paragraphs(text)
    began = time.process_time()
    quotations(text, divided)
    assert time.process_time() - began < 10
