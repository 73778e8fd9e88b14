"""Evaluation: what a file of questions may say, what counts as right, and when a later run is worse."""

import asyncio
import io
import json
import math
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from commands import QUESTION

from embeddings.library import Library
from service.answerer import Answerer
from service.answers import Answer, Question
from service.evaluation.comparison import Gates, compare, shortfalls, sign_test
from service.evaluation.figures import Figure, by_tag, figures, interval
from service.evaluation.outcomes import Outcome, Quoted, Verdict, ask, doubts
from service.evaluation.questions import Expectation, QuestionsInvalid, load
from service.evaluation.wording import holds, says

NOWHERE = "which planet has volcanoes of ice?"


def read(*lines: object) -> list[Expectation]:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    return load("asked.jsonl", io.BytesIO(text.encode()), "main")


def asked(library: Library, **fields: Any) -> Outcome:
    return next(ask(Answerer(library), read(fields)))


def outcome(
    verdict: Verdict,
    *,
    question: str = "who?",
    ranks: tuple[int | None, ...] = (),
    exact: bool = True,
    tags: tuple[str, ...] = (),
    ms: float = 1.0,
) -> Outcome:
    answerable = verdict not in ("refused_rightly", "answered_unanswerable")
    quoted = Quoted(
        quote="q", article_id="a", version=1, start=0, end=1, source=None, title="t", exact=exact
    )  # fmt: skip
    return Outcome(
        expected=Expectation(
            question=question,
            id=question,
            answerable=answerable,
            tags=tags,
            answers=("it",) if answerable else (),
            articles=tuple("abc"[: len(ranks)]),
        ),
        verdict=verdict,
        at_once=verdict == "answered_right",
        lost_in="search" if verdict == "answered_wrongly" else None,
        quoted=() if verdict.startswith("refused") else (quoted,),
        ranks=ranks,
        ms=ms,
    )


def test_a_line_may_say_all_that_a_question_can() -> None:
    (first, second) = read(
        {
            "question": "Who?",
            "history": [{"role": "user", "text": "A crane fell."}],
            "as_of": "2016-08-01",
            "filters": {"sources": ["Harbour Post"], "after": "2016-06-07T14:30:00+02:00"},
            "k": 3,
            "quotes": ["rust"],
            "id": "crane",
            "tags": ["quay"],
            "note": "an easy one",
        },
        "",
        {"question": "Where?", "answerable": False},
    )
    assert first.as_of == datetime(2016, 8, 1, tzinfo=UTC)
    assert first.filters.after == datetime(2016, 6, 7, 12, 30, tzinfo=UTC)
    assert (first.id, first.k, first.history[0].text) == ("crane", 3, "A crane fell.")
    assert second.id == "line 3"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("not JSON", "is not a JSON object in UTF-8"),
        ("[" * 50_000, "is not a JSON object in UTF-8"),
        ("[]", "is not a JSON object"),
        ({"question": "Who?", "quote": ["x"]}, "unknown field 'quote'; there are question, "),
        ({"question": "Who?", "answerable": False, "collection": "other"}, "unknown field 'collection'"),
        ({"answerable": False}, "missing required field `question`"),
        ({"question": " ", "answerable": False}, "that is not blank - at `$.question`"),
        ({"question": "x" * 2001, "answerable": False}, "length <= 2000 - at `$.question`"),
        ({"question": "Who?"}, "expects nothing"),
        ({"question": "Who?", "answers": "rust"}, "Expected `array`, got `str` - at `$.answers`"),
        ({"question": "Who?", "quotes": [""]}, "that is not blank - at `$.quotes[0]`"),
        ({"question": "Who?", "answers": ["–"]}, "which has no words"),
        ({"question": "Who?", "answers": ["rust"], "answerable": False}, "says that there is no answer"),
        ({"question": "Who?", "answerable": False, "as_of": "today"}, "as_of is no date"),
        ({"question": "Who?", "answerable": False, "filters": {"before": "2016-13-01"}}, "filters.before is no date"),
        ({"question": "Who?", "answerable": False, "filters": {"outlet": "x"}}, "unknown field `outlet`"),
        ({"question": "Who?", "answerable": False, "note": "x" * (1 << 20)}, "is longer than 1 MB"),
        ({"question": "When?", "answerable": False, "id": "twice"}, "has the id 'twice' of line 1"),
        ({"question": "Why?", "answerable": False, "tags": ["other"]}, "asks the same as line 1"),
    ],
)
def test_a_wrong_line_is_named_with_the_reason(line: object, said: str) -> None:
    with pytest.raises(QuestionsInvalid) as raised:
        read({"question": "Why?", "answerable": False, "id": "twice"}, line, {"question": "And?", "answerable": False})
    assert len(raised.value.problems) == 1
    assert raised.value.problems[0].startswith("asked.jsonl, line 2: ")
    assert said in raised.value.problems[0]


def test_all_wrong_lines_are_named_until_it_is_plain_that_it_is_another_file() -> None:
    with pytest.raises(QuestionsInvalid, match=r"line 1: .*; asked\.jsonl, line 3: ") as raised:
        read("a", {"question": "Who?", "answerable": False}, "b")
    assert len(raised.value.problems) == 2
    with pytest.raises(QuestionsInvalid, match="the rest was not read") as raised:
        read(*["a"] * 1000)
    assert len(raised.value.problems) < 30
    with pytest.raises(QuestionsInvalid, match="has no questions"):
        read("", "  ")


def test_byte_order_marks() -> None:
    line = '{"question": "Who?", "answerable": false}'
    assert len(load("x", io.BytesIO(line.encode("utf-8-sig")), "main")) == 1
    with pytest.raises(QuestionsInvalid, match="UTF-16"):
        load("x", io.BytesIO(line.encode("utf-16")), "main")


def test_one_question_keeps_its_key_wherever_it_stands() -> None:
    first, second, third = read(
        {"question": "Who?", "answers": ["rust"]},
        {"question": "Who?", "answers": ["rust", "iron"]},
        {"question": "Who?", "answers": ["rust"], "k": 4},
    )
    assert len({first.key, second.key, third.key}) == 3
    again = {"question": "Who?", "answers": ["rust"], "id": "x", "tags": ["y"], "note": "z"}
    moved = load("x", io.BytesIO(json.dumps(again).encode()), "elsewhere")[0]
    assert moved.key == first.key
    assert msgspec.json.decode(msgspec.json.encode(moved), type=Expectation).key == first.key


def test_wording() -> None:
    assert says("Some 1,200 soldiers left the U.S. base.", "1200 soldier")
    assert says("It was the worst storm of the century.", "a worst storm of century")
    assert not says("It cost 120 euros.", "20 euros")
    assert not says("Nine of them voted against six.", "nine to six")
    assert holds("He called it “a\n  scandal” – no less.", '"A scandal" - no less')
    assert not holds("He called it a scandal.", "scandals")


def test_what_was_expected_is_quoted(library: Library) -> None:
    right = asked(library, question=QUESTION, quotes=["on rust"], articles=["quay-copy", "nope", "ferry"])
    assert right.verdict == "answered_right"
    assert right.at_once
    assert right.lost_in is None
    assert right.quoted[0].quote == "The harbour master blamed the fall of the crane on rust."
    assert right.quoted[0].exact
    assert right.ms > 0
    first, none, ferry = right.ranks
    assert (first, none) == (1, None)  # a copy is its story
    assert ferry is not None
    assert ferry > 1
    assert asked(library, question=QUESTION, answers=["the gulls", "Rust"]).verdict == "answered_right"
    assert asked(library, question=QUESTION, answers=["rust"], quotes=["gulls"]).verdict == "answered_wrongly"
    assert asked(library, question=QUESTION, quotes=["rust", "gulls"]).verdict == "answered_wrongly"


def test_an_article_alone_can_be_expected_by_its_id_or_address(library: Library) -> None:
    same = "http://www.harbour-post.example/2016/06/crane/#top"
    for article in ("quay", "quay-copy", same):
        found = asked(library, question=QUESTION, articles=[article])
        assert (found.verdict, found.ranks) == ("answered_right", (1,))
    assert asked(library, question=QUESTION, articles=["ferry"]).verdict == "answered_wrongly"


def test_where_an_answer_was_lost(library: Library) -> None:
    assert asked(library, question=QUESTION, answers=["gulls"]).lost_in == "search"
    refused = asked(library, question=NOWHERE, answers=["Nobody was hurt"])
    assert (refused.verdict, refused.lost_in, refused.quoted) == ("refused_wrongly", "reading", ())
    only_ferry = {"articles": ["ferry"]}
    assert asked(library, question=NOWHERE, answers=["Nobody was hurt"], filters=only_ferry).lost_in == "search"


def test_what_has_no_answer_must_be_refused(library: Library) -> None:
    assert asked(library, question=NOWHERE, answerable=False).verdict == "refused_rightly"
    assert asked(library, question=QUESTION, answerable=False).verdict == "answered_unanswerable"


def test_quotations_are_compared_with_what_is_stored(library: Library) -> None:
    class Misquoting(Answerer):
        async def answer(self, question: Question) -> Answer:
            answer = await super().answer(question)
            bent = [msgspec.structs.replace(each, quote=f"{each.quote[:-1]}!") for each in answer.citations]
            return msgspec.structs.replace(answer, citations=tuple(bent))

    (bent,) = ask(Misquoting(library), read({"question": QUESTION, "answers": ["rust"]}))
    assert bent.verdict == "answered_right"
    assert not bent.quoted[0].exact
    assert shortfalls(figures([bent]), None, Gates()) == ["1 of 1 quotations are not what the articles say"]


def test_the_file_is_held_against_the_articles(library: Library) -> None:
    catalog = library.retriever("main").collection.catalog
    questions = read(
        {"question": "a?", "articles": ["quay", "https://harbour-post.example/2016/06/crane/"], "quotes": ["ON RUST"]},
        {"question": "b?", "articles": ["ferry", "gone"], "quotes": ["nine  to six", "on rust"]},
        {"question": "c?", "answers": ["gulls"]},
    )
    assert doubts(catalog, questions) == [
        "line 2: gone is not among the articles",
        "line 2: none of its articles has the words “on rust”",
    ]
    catalog.withdraw("quay-copy")
    assert doubts(catalog, read({"question": "a?", "articles": ["quay-copy"]})) == [
        "line 1: quay-copy is not among the articles"
    ]


def test_figures() -> None:
    summed = figures(
        [
            outcome("answered_right", ranks=(1,), ms=10),
            outcome("answered_right", ranks=(7, None), ms=20),
            outcome("answered_wrongly", ranks=(None,), exact=False, ms=30),
            outcome("refused_wrongly", ms=1000),
            outcome("refused_rightly", ms=40),
            outcome("answered_unanswerable", ms=50),
        ]
    )
    assert {name: (figure.value, figure.of) for name, figure in summed.items()} == {
        "right": (0.5, 6),
        "answered_right": (0.5, 4),
        "right_at_once": (0.5, 4),
        "answered_wrongly": (0.25, 4),
        "refused_wrongly": (0.25, 4),
        "lost_in_search": (0.25, 4),
        "lost_in_reading": (0.0, 4),
        "refused_rightly": (0.5, 2),
        "refusal_precision": (0.5, 2),
        "article_recall_1": (pytest.approx(1 / 3), 3),
        "article_recall_5": (pytest.approx(1 / 3), 3),
        "article_recall_10": (0.5, 3),
        "article_mrr_10": (pytest.approx((1 + 1 / 7) / 3), 3),
        "exact_quotations": (0.75, 4),
        "median_ms": (35, 6),
        "p95_ms": (1000, 6),
    }
    assert set(figures([]).values()) == {Figure(value=None, of=0)}


def test_figures_by_tag() -> None:
    outcomes = [outcome("answered_right", tags=("b", "a")), outcome("refused_wrongly", tags=("a", "a"))]
    assert {tag: len(tagged) for tag, tagged in by_tag(outcomes).items()} == {"b": 1, "a": 2}


def test_the_interval_of_a_share() -> None:
    low, high = interval(Figure(value=0.8, of=10))  # as in Newcombe 1998, method 3
    assert (round(low, 4), round(high, 4)) == (0.4902, 0.9433)
    assert interval(Figure(value=1.0, of=3))[1] == 1.0


def test_the_sign_test() -> None:
    assert sign_test(0, 0) == 1
    assert sign_test(3, 3) == 1
    assert sign_test(5, 0) == sign_test(0, 5) == 0.0625
    assert sign_test(6, 0) == 0.03125
    assert sign_test(8, 2) == pytest.approx(0.109375)
    assert math.isfinite(sign_test(3000, 2000))


def test_runs_are_compared_over_what_both_asked() -> None:
    before = [outcome("answered_right", question=each) for each in "abcd"] + [outcome("refused_wrongly", question="e")]
    now = [outcome("answered_wrongly", question=each) for each in "ab"]
    now += [outcome("answered_right", question=each) for each in "ce"] + [outcome("refused_wrongly", question="f")]
    compared = compare(now, before)
    assert (compared.common, compared.added, compared.gone) == (4, 1, 1)
    assert (compared.turned_wrong, compared.turned_right) == (("a", "b"), ("e",))
    assert (compared.before["right"].value, compared.now["right"].value) == (0.75, 0.5)
    assert compared.chance == 1


def test_gates() -> None:
    def said(gate: Any, wrong: int, right: int) -> list[str]:
        before = [outcome("answered_right" if i < wrong else "refused_wrongly", question=f"{i}") for i in range(20)]
        flips = wrong + right
        now = [
            outcome("refused_wrongly" if i < wrong or i >= flips else "answered_right", question=f"{i}")
            for i in range(20)
        ]
        return shortfalls(figures(now), compare(now, before), Gates(gate=gate))

    assert said("lost", 1, 5) == ["1 turned wrong and 5 turned right since the baseline"]
    assert not said("lost", 0, 5)
    assert said("worse", 2, 1)
    assert not said("worse", 2, 2)
    assert said("significant", 6, 0)
    assert not said("significant", 5, 0)
    assert not said("significant", 0, 9)
    assert not said(None, 9, 0)
    other = compare([outcome("answered_right", question="x")], [outcome("answered_right", question="y")])
    assert shortfalls(figures([]), other, Gates(gate="lost")) == ["the baseline has none of these questions"]


def test_bounds() -> None:
    now = figures([outcome("answered_right", ms=80), outcome("answered_wrongly", ms=90)])
    assert not shortfalls(now, None, Gates(at_least={"right": 0.5}, at_most={"answered_wrongly": 0.5, "p95_ms": 90}))
    assert shortfalls(now, None, Gates(at_least={"right": 0.51}, at_most={"p95_ms": 89})) == [
        "right is 0.5, below 0.51",
        "p95_ms is 90, above 89",
    ]
    (unmeasured,) = shortfalls(now, None, Gates(at_least={"refused_rightly": 0}))
    assert unmeasured.startswith("refused_rightly has a bound")


def test_asking_leaves_no_loop_behind(library: Library) -> None:
    assert [each.verdict for each in ask(Answerer(library), read({"question": NOWHERE, "answerable": False}))]
    with pytest.raises(RuntimeError, match="no running event loop"):
        asyncio.get_running_loop()
