"""The verifier by rules as a whole: what passes, what does not, and what is shown of it."""

import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from verifying import cite, kinds, passage

from service.answers import Doubt
from service.verifier.rules import RuleVerifier, doubts
from service.verifier.signals import SUPPORTED_FROM, Signals, signals, support
from service.verifier.supporting import supporting
from service.verifier.verifying import Verifier

VERIFIER: Verifier = RuleVerifier()
HARBOUR = "The harbour of Ashford took in 412 ferries in March, the port authority's yearbook shows."
MARKS = re.compile(r"[\"'“”„‟«»‘’‚`＂「」『』]")

VERBATIM = [
    "The council of Ashford closed the northern lock on 6 June 2016 after an inspection.",
    "“The gates are older than my grandfather,” said Mara Lind, the harbour master.",
    "Mara Lind said the gates of the lock had not been replaced in 40 years.",
    "About 30 boats were waiting on Monday, none of them with passengers.",
    "According to the port authority, repairs will cost $1.2 million and take until October.",
    "The U.S. Navy denied that it had blamed the Norwegian Coast Guard.",
    'Nobody was hurt, but "it could have been worse", Lind told reporters on Tuesday.',
    "He was not only late but also lost, and the crew's captain, Ole Berg, was neither.",
]


@pytest.mark.parametrize("sentence", VERBATIM)
def test_what_is_copied_with_its_attribution_is_supported(sentence: str) -> None:
    verdict = VERIFIER.verify(sentence, [cite(sentence)], [])
    assert verdict.supported
    assert not verdict.doubts
    assert verdict.text == sentence
    assert SUPPORTED_FROM <= verdict.support <= 1


@given(st.lists(st.sampled_from(VERBATIM), min_size=1, max_size=3, unique=True))
def test_so_are_several_that_follow_each_other(chosen: list[str]) -> None:
    assert VERIFIER.verify(" ".join(chosen), passage(*chosen), []).supported


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (HARBOUR, "Ashford's harbour took in more than 400 ferries in March."),
        ("The council closed the lock on Monday.", "On Monday, the council closed the lock."),
        ("The council closed the lock, Lind said.", "According to Lind, the council closed the lock."),
        ("“The gates are old,” Lind said.", "Lind said that the gates were “old”."),
        ("Thirty people were hurt when the bridge fell.", "30 people were hurt when the bridge fell."),
        ("Acme was sued by Bolt over a patent.", "Bolt sued Acme over a patent."),
        ("Inspectors did not find any cracks in the gates.", "Inspectors found no cracks in the gates."),
    ],
)
def test_what_is_put_in_other_words_is_supported(source: str, sentence: str) -> None:
    verdict = VERIFIER.verify(sentence, [cite(source)], [])
    assert verdict.supported, verdict.doubts


@pytest.mark.parametrize(
    ("source", "sentence", "kind"),
    [
        (HARBOUR, "The harbour of Ashford took in 512 ferries in March.", "number"),
        (HARBOUR, "The harbour of Dunmore took in 412 ferries in March.", "name"),
        (HARBOUR, "The harbour of Ashford took in 412 ferries in April.", "date"),
        (HARBOUR, "The harbour of Ashford did not take in 412 ferries in March.", "negation"),
        ("Bolt sued Acme over a patent.", "Acme sued Bolt over a patent.", "roles"),
        ("The lock is a ruin, Lind said on Monday.", "The lock is a ruin.", "attribution"),
        ("The lock is a ruin, Lind said on Monday.", "The lock is “a disgrace”, Lind said.", "quotation"),
        ("The opera opens on Friday evening.", "Farmers fear a poor harvest after the drought.", "support"),
    ],
)
def test_what_is_changed_is_doubted(source: str, sentence: str, kind: str) -> None:
    verdict = VERIFIER.verify(sentence, [cite(source, similarity=0.1 if kind == "support" else 0.9)], [])
    assert not verdict.supported
    assert kind in {doubt.kind for doubt in verdict.doubts}


def test_doubts_name_the_words() -> None:
    found = doubts("The harbour of Dunmore took in 512 ferries in April 2014.", [cite(HARBOUR)], [])
    assert {(doubt.kind, doubt.words) for doubt in found} >= {("number", "512"), ("name", "Dunmore")}
    assert Doubt(kind="date", words="April 2014") in found


def test_what_passes_for_a_quotation_and_is_none_loses_its_marks() -> None:
    verdict = VERIFIER.verify(
        "Lind called it “a disgrace” and “a ruin”.", [cite("Lind called it “a ruin” on Monday.")], []
    )
    assert verdict.text == "Lind called it a disgrace and “a ruin”."
    assert verdict.doubts == (Doubt(kind="quotation", words="a disgrace"),)


def test_nothing_cited_supports_nothing() -> None:
    verdict = VERIFIER.verify("The harbour is closed.", [], [cite(HARBOUR)])
    assert (verdict.supported, verdict.support) == (False, 0.0)
    assert verdict.doubts


def test_each_doubt_makes_it_less_probable() -> None:
    sure = Signals(
        similarity=0.8, said=1, in_order=1, quotation=0, number=0, date=0, name=0, negation=0, attribution=0, roles=0
    )
    for kind in ("quotation", "number", "name", "negation", "attribution", "roles"):
        doubted = signals(HARBOUR, [cite(HARBOUR)], [Doubt(kind=kind, words="")])
        assert support(doubted) < support(sure)


def test_nearness_and_what_is_said_count() -> None:
    near, far = (support(signals(HARBOUR, [cite(HARBOUR, similarity=value)], [])) for value in (0.9, 0.2))
    part = support(signals(f"{HARBOUR} Fishermen mourned.", [cite(HARBOUR, similarity=0.9)], []))
    assert near > far
    assert near > part


@given(st.text(max_size=300), st.lists(st.text(max_size=120), max_size=3), st.lists(st.text(max_size=80), max_size=2))
@example("“”", ["“”"], [])
@example("0 0,0 00:00 31 June 2015 31/31 99999999 years ago", ["5,000 years ago 30 February"], [])
@example("''", ["``"], ['"'])
@example("No. 10 said not.", ["not"], ["n't"])
def test_no_text_makes_it_fail(sentence: str, cited: list[str], around: list[str]) -> None:
    verdict = VERIFIER.verify(sentence, passage(*cited), passage(*around))
    assert MARKS.sub("", verdict.text) == MARKS.sub("", sentence)
    assert len(verdict.text) <= len(sentence)
    assert 0 <= verdict.support <= 1
    assert verdict.supported == (not verdict.doubts)


SOME = (
    "the The Lind Ashford said not no “ ” \" ' 30 1,000 million $ % Monday June 2016 blamed by was closed lock and , . "
    "— last week"
)
WORDS = st.sampled_from(sorted(set(SOME.split())))


@given(st.lists(WORDS, max_size=30).map(" ".join), st.lists(WORDS, max_size=30).map(" ".join))
def test_nor_does_what_nearly_is_language(sentence: str, source: str) -> None:
    verdict = VERIFIER.verify(sentence, [cite(source)], [])
    assert MARKS.sub("", verdict.text) == MARKS.sub("", sentence)
    assert all(doubt.words in sentence for doubt in verdict.doubts)


@pytest.mark.parametrize("piece", ["“", "1 ", "not ", "Ab ", "said “a” ", "June 1 ", "a, "])
def test_long_sentences_take_no_long_time(piece: str) -> None:
    sentence = piece * 700
    begin = time.perf_counter()
    VERIFIER.verify(sentence, [cite(sentence)], [cite(sentence)])
    assert time.perf_counter() - begin < 5


STORY = passage(
    "The council of Ashford closed the northern lock on Monday.",
    "It had been leaking since 1998.",
    "Repairs will cost $3 million, the council said.",
    "Mara Lind, who runs a ferry, called it “a sad day for the river”.",
    "A marching band played on.",
)


@pytest.mark.parametrize(
    ("sentence", "places"),
    [
        ("A marching band played on.", [4]),
        ("Ashford closed the lock, and repairs will cost $3 million.", [0, 2]),
        ("The lock, closed on Monday, had been leaking since 1998.", [0, 1]),
        ("It was “a sad day for the river” when the lock closed.", [0, 3]),
    ],
)
def test_the_sentences_that_bear_it_out_are_chosen(sentence: str, places: list[int]) -> None:
    assert supporting(sentence, STORY) == [STORY[place] for place in places]


def test_no_more_than_asked_for() -> None:
    everything = " ".join(each.sentence.text for each in STORY)
    assert len(supporting(everything, STORY)) == 3
    assert len(supporting(everything, STORY, most=1)) == 1
    assert supporting(everything, []) == []


def test_a_sentence_with_the_number_is_chosen_however_it_is_written() -> None:
    number = cite("The navy said that 62 sailors had drowned and about 100 were missing when the ship went down.")
    words = cite("How many sailors of the navy drowned when the ship went down in the strait is not known.")
    sentence = "Sixty-two sailors of the navy drowned when the ship went down in the strait."
    assert number in supporting(sentence, [words, number])
    assert supporting("Sixty-two sailors drowned.", [words, number], most=1) == [number]


def test_kinds_of_doubts_come_once_each_for_the_same_words() -> None:
    assert kinds(doubts("Lind, Lind and Lind saw 5,000 boats.", [cite("Boats came.")], [])).count("number") == 1
