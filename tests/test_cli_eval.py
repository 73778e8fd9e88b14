"""`byline eval` as it is typed: what it prints, saves and compares, and how it ends."""

import json
from pathlib import Path
from typing import Any

import commands
import msgspec
import pytest
from commands import QUESTION, Run, byline, failed_clearly, write

from service.answerer import Answerer
from service.answers import Answer, Question

run, filled = commands.run, commands.filled

RUST = {"id": "rust", "question": QUESTION, "quotes": ["on rust"], "articles": ["crane"], "tags": ["quay|crane"]}
ICE = {"question": "which planet has volcanoes of ice?", "answerable": False}
GULLS = {"id": "gulls", "question": QUESTION, "answers": ["gulls"]}


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    return write(tmp_path / "in" / "asked.jsonl", RUST, ICE, GULLS)


def cells(shown: str) -> dict[str, list[str]]:
    """The rows of all tables, by their first cells."""
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in shown.splitlines() if line[:1] == "|"]
    return {row[0]: row[1:] for row in rows}


def test_it_shows_what_was_not_right_and_the_figures(filled: Run, asked: Path) -> None:
    result = filled("eval", "--questions", asked)
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    failures, figures = result.stdout.split("Collection main at change 1, 1 articles; encoder hashing;")
    assert failures.startswith("Not right, 1 of 3:")
    assert f"- gulls, answered wrongly: {QUESTION}\n" in failures
    assert "  - expected: “gulls”\n" in failures
    assert (
        "  - quoted: “The harbour master blamed the fall of the crane on rust.” (Harbour Post: Crane falls)" in failures
    )
    assert "  - lost in the search" in failures
    table = cells(figures)
    assert table["3 questions"] == ["now"]
    assert table["right"] == ["66.7% (2/3)"]
    assert table["answerable: answered wrongly"] == ["50.0% (1/2)"]
    assert table["unanswerable: refused (recall)"] == ["100.0% (1/1)"]
    assert table["articles found, first story"] == ["100.0%"]
    assert table["quotations exact"] == ["100.0% (2/2)"]
    assert table["quay\\|crane"][:2] == ["100.0% (1/1)", "1/1"]
    assert "gulls" not in filled("eval", "--questions", asked, "--failures", "0").stdout


def test_json_has_all_of_it(filled: Run, asked: Path) -> None:
    result = json.loads(filled("eval", "--questions", asked, "--json").stdout)
    assert result["figures"]["right"] == {"value": pytest.approx(2 / 3), "of": 3}
    assert result["tags"]["quay|crane"]["right"] == {"value": 1.0, "of": 1}
    assert [each["verdict"] for each in result["outcomes"]] == ["answered_right", "refused_rightly", "answered_wrongly"]
    assert result["outcomes"][0]["expected"] == RUST
    assert (result["asked"], result["questions"], result["shortfalls"]) == (3, 3, [])


def test_questions_from_standard_input(filled: Run) -> None:
    result = filled("eval", "--questions", "-", input=json.dumps(ICE))
    assert result.exit_code == 0
    assert cells(result.stdout)["1 question"] == ["now"]


def test_a_later_run_is_compared(filled: Run, asked: Path, tmp_path: Path) -> None:
    base = tmp_path / "base.json"
    assert filled("eval", "--questions", asked, "--save", base).exit_code == 0
    same = filled("eval", "--questions", asked, "--baseline", base, "--gate", "lost")
    assert same.exit_code == 0
    assert "No question turned." in same.stdout
    assert "the same articles, the same Byline" in same.stdout
    assert same.stdout.endswith("Passes: gate lost.\n")

    filled("articles", "withdraw", "crane")
    filled("ingest", "-", input=json.dumps({"id": "penguins", "text": "Penguins swim in cold water."}))
    kept = base.read_bytes()
    worse = filled("eval", "--questions", asked, "--baseline", base, "--gate", "worse", "--save", base)
    assert worse.exit_code == 4
    assert "rust: crane is not among the articles" in worse.stderr
    assert f"{base} is left as it was" in worse.stderr
    assert base.read_bytes() == kept
    assert "- rust, refused, was right in the baseline: " in worse.stdout
    assert "change 1 → 3" in worse.stdout
    assert "Turned wrong, 1: rust" in worse.stdout
    assert cells(worse.stdout)["3 questions"] == ["baseline", "now", "change"]
    assert cells(worse.stdout)["right"] == ["66.7% (2/3)", "33.3% (1/3)", "-33.3"]
    assert worse.stdout.endswith("Does not pass: 1 turned wrong and 0 turned right since the baseline.\n")
    assert filled("eval", "--questions", asked, "--baseline", base, "--gate", "significant").exit_code == 0
    assert filled("eval", "--questions", asked, "--baseline", base).exit_code == 0

    filled("articles", "restore", "crane")
    other = tmp_path / "other.json"
    assert filled("eval", "--questions", asked, "--baseline", base, "--gate", "lost", "--save", other).exit_code == 0
    assert json.loads(other.read_text())["comparison"]["turned_wrong"] == []


def test_a_baseline_of_other_questions_counts_as_far_as_it_goes(filled: Run, asked: Path, tmp_path: Path) -> None:
    base = tmp_path / "base.json"
    filled("eval", "--questions", asked, "--save", base)
    write(asked, RUST | {"id": "renamed"}, {"question": "who sings?", "answerable": False})
    result = filled("eval", "--questions", asked, "--baseline", base, "--gate", "lost")
    assert result.exit_code == 0
    assert "Compared is what both asked, expecting the same: 1 question; 1 are new, and 2 of the" in result.stdout
    table = cells(result.stdout)
    assert (table["2 questions"], table["1 question"]) == (["now"], ["baseline", "now", "change"])
    write(asked, ICE)
    write(tmp_path / "in" / "others.jsonl", RUST)
    filled("eval", "--questions", tmp_path / "in" / "others.jsonl", "--save", tmp_path / "others.json")
    nothing = filled("eval", "--questions", asked, "--baseline", tmp_path / "others.json", "--gate", "worse")
    assert nothing.exit_code == 4
    assert nothing.stdout.endswith("Does not pass: the baseline has none of these questions.\n")


def test_bounds_of_figures(filled: Run, asked: Path) -> None:
    within = filled("eval", "--questions", asked, "--at-least", "right=0.6", "--at-most", "answered_wrongly=0.5")
    assert within.exit_code == 0
    assert within.stdout.endswith("Passes: right at least 0.6, answered_wrongly at most 0.5.\n")
    beyond = filled("eval", "--questions", asked, "--at-least", "right=0.7", "--json")
    assert beyond.exit_code == 4
    assert json.loads(beyond.stdout)["shortfalls"] == ["right is 0.6667, below 0.7"]


def test_what_cannot_be_asked_is_said_before_anything_is(filled: Run, asked: Path, tmp_path: Path) -> None:
    bad = write(tmp_path / "in" / "bad.jsonl", RUST, {"question": "who?", "quote": ["x"]}, {"question": "who?"})
    failed_clearly(filled("eval", "--questions", bad), "bad.jsonl, line 2: ", "'quote'", "bad.jsonl, line 3: ")
    failed_clearly(filled("eval", "--questions", write(tmp_path / "in" / "none.jsonl")), "has no questions")
    failed_clearly(filled("eval", "--questions", tmp_path / "nowhere"), "nowhere", code=2)
    failed_clearly(filled("eval"), "--questions", code=2)
    failed_clearly(filled("eval", "--samples", "--questions", asked), "--samples", code=2)
    failed_clearly(filled("eval", "--questions", asked, "--gate", "worse"), "--baseline", code=2)
    failed_clearly(filled("eval", "--questions", asked, "--baseline", bad), "bad.jsonl is not what")
    failed_clearly(filled("eval", "--questions", asked, "--baseline", tmp_path / "no.json"), "no.json", code=2)
    failed_clearly(filled("eval", "--questions", asked, "--save", tmp_path / "no" / "x"), "x cannot be written")
    failed_clearly(filled("eval", "--questions", asked, "--save", bad), "bad.jsonl is not written over")
    assert "quote" in bad.read_text()
    for bound in ("right", "right=80", "right=nan", "wrong=0.5", "p95_ms=-1"):
        failed_clearly(filled("eval", "--questions", asked, "--at-least", bound), "write right=0.8", code=2)
    failed_clearly(filled("eval", "--questions", asked, "--collection", "other"), "byline ingest")
    failed_clearly(filled("eval", "--questions", asked, "--collection", "../main"), "cannot name a collection")


@pytest.mark.parametrize(("error", "code"), [(KeyboardInterrupt(), 130), (RuntimeError("of no use"), 1)])
def test_what_was_measured_is_shown_when_it_breaks_off(
    filled: Run, asked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int
) -> None:
    answer = Answerer.answer

    async def until_gulls(self: Answerer, question: Question) -> Answer:
        if getattr(question, "id", "") == "gulls":
            raise error
        return await answer(self, question)

    monkeypatch.setattr(Answerer, "answer", until_gulls)
    arguments: list[Any] = ["eval", "--questions", asked, "--save", tmp_path / "base.json"]
    result = filled(*arguments, "--at-least", "right=1", "--json")
    assert result.exit_code == code
    assert "it ended at the question gulls" in result.stderr
    assert (json.loads(result.stdout)["asked"], json.loads(result.stdout)["questions"]) == (2, 3)
    assert not list(tmp_path.glob("*base.json*"))
    assert "2 of 3 questions were asked" in filled(*arguments).stdout


def test_a_quotation_that_is_not_exact_never_passes(filled: Run, asked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = Answerer.answer

    async def misquoting(self: Answerer, question: Question) -> Answer:
        given = await answer(self, question)
        bent = tuple(msgspec.structs.replace(each, start=each.start + 1) for each in given.citations)
        return msgspec.structs.replace(given, citations=bent)

    monkeypatch.setattr(Answerer, "answer", misquoting)
    write(asked, RUST)
    result = filled("eval", "--questions", asked)
    assert result.exit_code == 4
    assert "- rust, answered right, but with a quotation that is not exact: " in result.stdout
    assert "(NOT what the stored article says)" in result.stdout
    assert result.stdout.endswith("Does not pass: 1 of 1 quotations are not what the articles say.\n")


def test_help_has_examples_and_every_figure(run: Run) -> None:
    shown = run("eval", "--help").stdout
    assert "Examples:" in shown
    for name in ("right_at_once", "refusal_precision", "exact_quotations", "p95_ms"):
        assert name in shown


def test_the_sample_questions_with_the_real_encoder(tmp_path: Path) -> None:
    assert byline("ingest", "--samples", library=tmp_path / "library").returncode == 0
    done = byline("eval", "--samples", "--json", library=tmp_path / "library")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    result = json.loads(done.stdout)
    assert result["doubts"] == []
    assert result["figures"]["article_recall_10"]["value"] == 1
    assert result["figures"]["exact_quotations"]["value"] == 1
    assert result["figures"]["right"]["value"] > 0.6
    template = tmp_path / "questions.jsonl"
    template.write_text(byline("eval", "--template", library=tmp_path / "none").stdout)
    again = byline("eval", "--questions", template, "--json", library=tmp_path / "library")
    assert json.loads(again.stdout)["figures"]["right"] == result["figures"]["right"]
