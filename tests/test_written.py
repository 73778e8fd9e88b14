"""A reply is read into its sentences and their marks, as it comes, and the same however it is divided."""

import pickle
import re
import time
from collections.abc import Iterable, Sequence
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from service.written.dividing import LONGEST, Dividing
from service.written.marks import MARKS, may_be_number, named
from service.written.written import Mark, MissingParts, NotInArticles, Part, Written


def read(pieces: Iterable[str], *, cut: bool = False) -> list[Part]:
    dividing = Dividing()
    parts = [part for piece in pieces for part in dividing.feed(piece)]
    return parts + dividing.finish(cut=cut)


def shown(parts: Sequence[Part]) -> list[str]:
    """Write parts down: a sentence with its ids after it, and a sign before it if it begins a paragraph."""
    lines = []
    for part in parts:
        if isinstance(part, Written):
            ids = [
                str(mark.source) if mark.sentence is None else f"{mark.source}.{mark.sentence}" for mark in part.marks
            ]
            lines.append("¶ " * part.begins_paragraph + " ".join([part.text, *ids]))
        else:
            lines.append("NOT IN" if isinstance(part, NotInArticles) else f"MISSING {''.join(part.letters)}")
    return lines


CASES: dict[str, list[str]] = {
    # where marks stand
    "It was rust [3.2]. She left [3.4].": ["It was rust. 3.2", "She left. 3.4"],
    "It was rust. [3.2] She left. [3.4]": ["It was rust. 3.2", "She left. 3.4"],
    "It was rust.[3.2] She left.[3.4][3.5]": ["It was rust. 3.2", "She left. 3.4 3.5"],
    "It was rust.[3.2]She left.[3.4]": ["It was rust. 3.2", "She left. 3.4"],
    "It was rust [3.2].[3.3] She left.": ["It was rust. 3.2 3.3", "She left."],
    "It was rust. [3.2]. She left [3.4]!": ["It was rust. 3.2", "She left! 3.4"],
    "It was rust [3.2] [3.2]. [3.2]": ["It was rust. 3.2"],
    "“It was rust [3.2].” She left.": ["“It was rust.” 3.2", "She left."],
    "“It was rust.” [3.2] She left.": ["“It was rust.” 3.2", "She left."],
    '"It was rust."[3.2] She left.': ['"It was rust." 3.2', "She left."],
    "X said A [1.2], while Y said B [2.4].": ["X said A, while Y said B. 1.2 2.4"],
    "It was rust.\n[3.2]\nShe left.": ["It was rust. 3.2", "¶ She left."],
    "It was rust.\n\n- [3.2]\n- [3.4]\n\nShe left.": ["It was rust. 3.2 3.4", "¶ She left."],
    "[3.2]\nIt was rust.": ["It was rust. 3.2"],
    "It was rust.\n[3.2] She left.": ["It was rust.", "¶ She left. 3.2"],
    "[3.2] It was rust. [3.4] She left.": ["It was rust. 3.2", "She left. 3.4"],
    "[3.2] It was rust. She left. [3.4]": ["It was rust. 3.2", "She left. 3.4"],
    "[3.2]: It was rust.\n[3.4] - She left.": ["It was rust. 3.2", "¶ She left. 3.4"],
    "It was rust [3.2]": ["It was rust 3.2"],
    "[3.2]": [],
    # which brackets are marks
    "Three [3] men, [the] US, [Reuters] [sic] [2014].": ["Three men, [the] US, [Reuters] [sic] [2014]. 3"],
    "It was rust (3.2). It rose (3.2) percent.": ["It was rust. 3.2", "It rose (3.2) percent."],
    "It was rust [3.2]. It rose (39.2).": ["It was rust. 3.2", "It rose (39.2)."],
    "It was rust (3.2). She left (3.4).": ["It was rust. 3.2", "She left. 3.4"],
    "It rose [3.2 percent [3.2].": ["It rose [3.2 percent. 3.2"],
    "It was rust [3.2": ["It was rust"],
    "It was rust [3.\nShe left [the": ["It was rust", "¶ She left [the"],
    "It was rust [[3.2]3.4].": ["It was rust. 3.2 3.4"],
    # sentences
    "Mr. Smith of the U.S. Navy paid $3.2 million. He left.": [
        "Mr. Smith of the U.S. Navy paid $3.2 million.",
        "He left.",
    ],
    "He came at 5 p.m. Eastern time [1.1]. He left.": ["He came at 5 p.m. Eastern time. 1.1", "He left."],
    "“Why?” John Smith asked [1.1]. “No!” she said.": ["“Why?” John Smith asked. 1.1", "“No!” she said."],
    "他走了。[3.2]她来了[3.4]。他说了。": ["他走了。 3.2", "她来了。 3.4", "他说了。"],
    "He came.\nHe left.\r\n\r\nHe slept.": ["He came.", "¶ He left.", "¶ He slept."],
    "\n\nHe  came\tin\xa0time.\n \n": ["He came in time."],
    "He \u202ecame\u202c [3.\u200b2]\x00.\ufeff He\ud83d left.": ["He came. 3.2", "He left."],
    "!!! [3.2]": [],
    "He came. [3.2] !!!": ["He came. !!! 3.2"],
    # Markdown
    "## In short\n\n**The *harbour* master** left [3.2].": ["The harbour master left. 3.2"],
    "# He left [3.2]\nHe came.": ["He left 3.2", "¶ He came."],
    "**In short:**\nHe left.": ["He left."],
    "**In short:** He left.": ["In short: He left."],
    "**He left.** [3.2] **She came. He slept.**": ["He left. 3.2", "She came.", "He slept."],
    "- He left [3.2].\n* He came.\n1. He slept.\n  2) He woke.\n• He ate.": [
        "He left. 3.2",
        "¶ He came.",
        "¶ He slept.",
        "¶ He woke.",
        "¶ He ate.",
    ],
    "(a) He left [3.2].\n- [ ] He came.\n- (b) He slept.": ["He left. 3.2", "¶ He came.", "¶ He slept."],
    "> He left.\n> > He came [3.2].": ["He left.", "¶ He came. 3.2"],
    "```text\nHe left [3.2].\n```\n---\n***\nHe came.": ["He left. 3.2", "¶ He came."],
    "| Who | What |\n|---|:--|\n| Smith | left [1.2] |\n| Jones | came |\nSo.": [
        "¶ Smith, left 1.2",
        "¶ Jones, came",
        "¶ So.",
    ],
    "[The Courier](https://example.org/a_(b)) says `so` [1.2].": ["The Courier says so. 1.2"],
    "It is _his_ snake_case ~~not~~ 2*3 or 2 * 3, “f**k”, \\*so\\*.": [
        "It is his snake_case not 2*3 or 2 * 3, “f**k”, *so*."
    ],
    "AT&amp;T &lt;b&gt;<br/>left<sup>[3.2]</sup>, <b>he</b> <said by='her'>said</said>.": [
        "AT&T <b> left, he said. 3.2"
    ],
    "&amp;lt; stays.": ["&lt; stays."],
    # what the model says of the question
    "NOT IN THE ARTICLES": ["NOT IN"],
    "  **Not in the articles.**\n": ["NOT IN"],
    "“NOT IN THE ARTICLES”": ["NOT IN"],
    "Not in the article [3.2].": ["NOT IN"],
    "NOT IN THE ARTICLES. They only say that he left [3.2].": ["NOT IN", "They only say that he left. 3.2"],
    "NOT IN THE ARTICLES: they only say that he left.": ["NOT IN"],
    "He left [3.2].\n\nNOT IN THE ARTICLES": ["He left. 3.2", "NOT IN"],
    "Why he left is not in the articles. He did.": ["Why he left is not in the articles.", "He did."],
    "Not in the articles of war, but in law, it stands.": ["Not in the articles of war, but in law, it stands."],
    "MISSING: a, c": ["MISSING ac"],
    "He left [3.2].\nMISSING: b": ["He left. 3.2", "MISSING b"],
    "MISSING: (b)\nHe left.": ["MISSING b", "He left."],
    "- **Missing:** b.": ["MISSING b"],
    "Missing parts: a) and (C)": ["MISSING ac"],
    "MISSING: part b (the date); d (a reason) and b": ["MISSING bd"],
    "MISSING: b – the articles give no date.": ["MISSING b"],
    "MISSING: none": [],
    "MISSING: the date": ["MISSING "],
    "Missing: a man of 40.": ["Missing: a man of 40."],
    "Missing since May, he left.": ["Missing since May, he left."],
    # before and after the answer
    "Answer: He left [3.2].": ["He left. 3.2"],
    "**Answer:**\n\nHe left.\nAnswer: no.": ["He left.", "¶ Answer: no."],
    "He left.\n\nSources:\n[3.2] The Courier says so.\n- [3.4]\nMISSING: b": ["He left.", "MISSING b"],
    "He left.\n### References\nThe Courier.": ["He left."],
    "He left.\n\nSources: [3.2] Courier, [4.1] Post": ["He left."],
    "He left.\nSource: [3.2]\nHe came [3.4].\nSources: [3.4], [4.1]": ["He left. 3.2", "¶ He came. 3.4"],
    "Sources close to him said that he left.": ["Sources close to him said that he left."],
    "He left.\n\n[^1]: A note.\n[3.2]: https://example.org": ["He left."],
    "<thin ice> broke.": ["<thin ice> broke."],
    "": [],
}


@pytest.mark.parametrize(("text", "parts"), CASES.items())
def test_a_reply_is_read(text: str, parts: list[str]) -> None:
    assert shown(read([text])) == parts
    assert shown(read(text)) == parts


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("He left [3.2]. She c", ["He left. 3.2"]),
        ("He left [3.2]. She came.", ["He left. 3.2"]),
        ("He left [3.2]. She came [3.", ["He left. 3.2"]),
        ("He left [3.2]. She came [3.4].", ["He left. 3.2", "She came. 3.4"]),
        ("He left [3.2]. “She came [3.4]!” ", ["He left. 3.2", "“She came! 3.4”"]),
        ("He paid $3.2 million. She paid $3.", ["He paid $3.2 million."]),
        ("He left the U.S.", []),
        ("He left\n", ["He left"]),
        ("He left.\n[3.", ["He left."]),
        ("He left.\nMISSING: b", ["He left.", "MISSING b"]),
        ("NOT IN THE ARTICLES", ["NOT IN"]),
    ],
)
def test_of_a_reply_that_is_cut_only_complete_sentences_are_read(text: str, parts: list[str]) -> None:
    assert [line.replace("! 3.4”", "!” 3.4") for line in parts] == shown(read([text], cut=True))
    assert read(text, cut=True) == read([text], cut=True)


@pytest.mark.parametrize(
    ("pieces", "complete"),
    [
        (["It was rust.", " "], []),
        (["It was rust [3.2]. ", "She", " "], ["It was rust. 3.2"]),
        (["It was rust.", " [3.2]", " She", " "], ["It was rust. 3.2"]),
        (["It was rust. [the", " harbour]"], []),
        (["It was rust. [the", " harbour] "], ["It was rust."]),
        (["It was rust.", "\n", "[3.2", "]\n"], []),
        (["It was rust.", "\n", "[3.2", "]\n", "She "], ["It was rust. 3.2"]),
        (["It was rust.\n", "- ", "**She** "], ["It was rust."]),
        (["NOT IN THE ARTICLES", "\n"], ["NOT IN"]),
        (["He left at 5 p.m. ", "Eastern "], []),
        (["Not", " he. She "], ["Not he."]),
    ],
)
def test_a_sentence_is_released_when_nothing_can_change_it(pieces: list[str], complete: list[str]) -> None:
    dividing = Dividing()
    *before, last = [dividing.feed(piece) for piece in pieces]
    assert before == [[]] * (len(pieces) - 1)
    assert shown(last) == complete


def test_what_has_no_end_is_broken_off_between_words_but_not_within_a_mark() -> None:
    parts = read(["word " * 1200 + "[3.2]. Next."])
    assert shown(parts) == ["word " * 799 + "word", "word " * 399 + "word. 3.2", "Next."]
    parts = read(["x" * (LONGEST - 2) + "[3.2][3.4]" + "x" * 10])
    assert shown(parts) == ["x" * (LONGEST - 2), "x" * 10 + " 3.2 3.4"]


FRAGMENTS = [
    *(
        "[3.2]",
        "[3",
        ".2]",
        "[",
        "]",
        "(3.2)",
        "([3.4], ",
        "【3.2†source】",
        "[12]",
        "[sic]",
        "[1.2-4]",
        "[a](b)",
        "](#x)",
        "\\[",
    ),
    *(
        "He left",
        "She came",
        " and",
        "Mr. ",
        "U.S.",
        "p.m. ",
        "3.2",
        "John Smith asked",
        "他走了",
        "。",
        "عاد؟",
        "👩\u200d🚀",
    ),
    *(
        ".",
        ". ",
        "? ",
        "!”",
        "“",
        '"',
        "'",
        "…",
        ",",
        ":",
        " ",
        "  ",
        "\n",
        "\n\n",
        "\r\n",
        "\u2028",
        "\t",
        "\x00",
        "\ud83d",
    ),
    *(
        "**",
        "*",
        "_",
        "`",
        "```\n",
        "# ",
        "- ",
        "1. ",
        "> ",
        "|",
        "|---|",
        "&amp;",
        "&",
        "<b>",
        "<",
        "</think>",
    ),
    *("NOT IN THE ARTICLES", "not ", "MISSING: ", "a, ", "Sources:", "Answer: ", "[^1]: "),
]
TEXTS = st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join) | st.text()
CUTS = st.lists(st.integers(0, 400), max_size=12)


def divided(text: str, cuts: Sequence[int]) -> list[str]:
    ends = [0, *sorted(cut for cut in cuts if cut < len(text)), len(text)]
    return [text[start:end] for start, end in pairwise(ends)]


@settings(max_examples=300)
@given(TEXTS, CUTS, st.booleans())
@example("He left. [He came", [3, 9], False)
def test_dividing_a_reply_anywhere_changes_nothing(text: str, cuts: list[int], cut: bool) -> None:
    whole = read([text], cut=cut)
    assert read(divided(text, cuts), cut=cut) == whole
    assert read(text, cut=cut) == whole


@given(st.integers(0, 20), st.sampled_from(FRAGMENTS), st.sampled_from(FRAGMENTS), st.integers(1, 700))
@settings(max_examples=30, deadline=None)
def test_dividing_a_long_line_anywhere_changes_nothing(before: int, one: str, other: str, size: int) -> None:
    text = "w" * before + (one + other) * 1000
    assert read(text[at : at + size] for at in range(0, len(text), size)) == read([text])


@settings(max_examples=300)
@given(TEXTS)
@example("[[[[[[3.2]3.2]3.2]3.2]3.2]3.2] left.")
@example("He [3**.**2] left.")
@example("He [3.&nbsp;2] left [3.`2`] so.")
def test_no_sentence_has_a_mark_or_what_cannot_be_seen(text: str) -> None:
    for part in read([text]):
        if isinstance(part, Written):
            marks = [match.group() for match in re.finditer(MARKS, part.text)]
            assert not any(named(mark) for mark in marks if not may_be_number(mark))
            assert part.text.isprintable()
            assert part.text == " ".join(part.text.split()) != ""
            assert len(set(part.marks)) == len(part.marks)


IDS = st.builds(Mark, st.integers(1, 40), st.integers(1, 120))
STYLES = (
    lambda ids: "".join(f"[{mark.source}.{mark.sentence}]" for mark in ids),
    lambda ids: " ".join(f"[{mark.source}.{mark.sentence}]" for mark in ids),
    lambda ids: "[" + ", ".join(f"{mark.source}.{mark.sentence}" for mark in ids) + "]",
    lambda ids: "[" + "; ".join(f"Source {mark.source}.{mark.sentence}" for mark in ids) + "]",
    lambda ids: "".join(f"【{mark.source}.{mark.sentence}†source】" for mark in ids),
    lambda ids: "(" + ", ".join(f"[{mark.source}.{mark.sentence}](#s{mark.source})" for mark in ids) + ")",
)
CLAUSES = st.sampled_from(
    [
        *(
            "the crane fell",
            "rust had eaten the cable",
            "prices rose by 3.2 percent",
            "“we left” and “stayed”",
            "[sic] it was",
        ),
        *("the U.S. coast guard saw it", "he [the pilot] (aged 40) came", "[Reuters] and [2014] were named", "它走了"),
        *("12 of 30 men were ill", "a boat – the Mary – sank", "it cost $1,200", "AT&T paid"),
    ]
)


@st.composite
def replies(draw: st.DrawFn) -> tuple[str, list[Written]]:
    """A reply, and the sentences that it was made of."""
    lines: list[str] = []
    written: list[Written] = []
    for _ in range(draw(st.integers(1, 4))):
        line = draw(st.sampled_from(["", "", "- ", "2. ", "> "]))
        leads = draw(st.booleans())
        count = draw(st.integers(1, 4))
        for place in range(count):
            first, ids, second, others = (
                draw(CLAUSES),
                draw(st.lists(IDS, max_size=3)),
                draw(CLAUSES),
                draw(st.lists(IDS, max_size=2)),
            )
            style = draw(st.sampled_from(STYLES))
            one, two = (style(each) if each else "" for each in (ids, others))
            stop = draw(st.sampled_from([".", "!", "?", ".”"]))
            words = f"Then {first}, while {second}"
            quoted = "“" if stop == ".”" else ""
            inner, after = (" " + one if one else ""), (" " + two if two else "")
            if leads:
                one = one or style([Mark(1, 1)])
                ids, others = ids or [Mark(1, 1)], []
                line += f"{one} {quoted}{words}{stop} "
            elif draw(st.booleans()):
                line += f"{quoted}Then {first}{inner}, while {second}{after}{stop} "
            else:
                line += f"{quoted}{words}{inner}{stop}{after} "
            written.append(
                Written(
                    text=f"{quoted}{words}{stop}",
                    marks=tuple(dict.fromkeys([*ids, *others])),
                    begins_paragraph=place == 0 and len(written) > 0,
                )
            )
        lines.append(line.rstrip(" ") if draw(st.booleans()) else line)
    return draw(st.sampled_from(["\n", "\n\n", "\r\n"])).join(lines), written


@settings(max_examples=200, deadline=None)
@given(replies(), CUTS)
def test_sentences_and_marks_come_back_as_they_were(reply: tuple[str, list[Written]], cuts: list[int]) -> None:
    text, written = reply
    assert read(divided(text, cuts)) == written


@settings(max_examples=200, deadline=None)
@given(replies(), st.floats(0, 1))
def test_a_reply_cut_anywhere_gives_no_sentence_that_is_not_in_the_whole(
    reply: tuple[str, list[Written]], share: float
) -> None:
    text, written = reply
    texts = [part.text for part in read([text[: int(share * len(text))]], cut=True) if isinstance(part, Written)]
    assert texts == [sentence.text for sentence in written[: len(texts)]]


@pytest.mark.parametrize("fragment", ["x", "[", "word. ", "[3.2", "[3 3 ", ". ", "**a ", "| a ", "\n", "1. ", "字。"])
def test_an_endless_reply_takes_bounded_room_and_time(fragment: str) -> None:
    dividing = Dividing()
    begun = time.perf_counter()
    for sign in fragment * (20_000 // len(fragment)):
        dividing.feed(sign)
    assert len(pickle.dumps(dividing)) < 20_000
    assert time.perf_counter() - begun < 10


def test_missing_parts_and_refusals_are_values() -> None:
    assert read(["MISSING: b, a, b"]) == [MissingParts(letters=("b", "a"))]
    assert read(["not in the articles"]) == [NotInArticles()]
