"""`byline verify`: any text, sentence by sentence, against the library or against files."""

import json
from pathlib import Path

import commands
from commands import STORY, Run, failed_clearly, write

run, filled = commands.run, commands.filled

TRUE = "The harbour master blamed the fall of the crane on rust."
FALSE = "The harbour master blamed the fall of the crane on 40 sailors."


def test_each_sentence_has_its_support_and_its_quotation(filled: Run, tmp_path: Path) -> None:
    text = tmp_path / "answer.txt"
    text.write_text(f"{TRUE} [1] {FALSE} [2]\n")
    result = filled("verify", text)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert [line.split()[0] for line in lines if line.startswith(("supported", "unsupported"))] == [
        "supported",
        "unsupported",
    ]
    assert "number not found: 40" in result.stdout
    assert f"“{TRUE}”" in result.stdout
    assert lines[-1] == "1 of 2 sentences supported"
    assert "[2]" not in lines[0]


def test_for_machines_it_is_an_object_a_sentence_and_an_exit_status(filled: Run) -> None:
    result = filled("verify", "-", "--json", "--exit-status", input=f"{TRUE} {FALSE}")
    assert result.exit_code == 4
    true, false = map(json.loads, result.stdout.splitlines())
    assert (true["status"], false["status"]) == ("supported", "unsupported")
    citation = true["citations"][0]
    assert STORY["text"][citation["start"] : citation["end"]] == citation["quote"] == TRUE
    assert filled("verify", "-", "--exit-status", input=TRUE).exit_code == 0


def test_files_stand_in_for_the_library(run: Run, tmp_path: Path) -> None:
    articles = write(tmp_path / "in" / "story.jsonl", STORY)
    (tmp_path / "in" / "empty.jsonl").write_text("no json")
    result = run("verify", "-", "--articles", articles.parent, input=TRUE)
    assert result.exit_code == 0, result.output
    assert "1 of 1 sentences supported" in result.stdout
    assert "empty.jsonl" in result.stderr
    assert not (tmp_path / "library").exists()


def test_what_no_article_speaks_of_is_not_supported(filled: Run) -> None:
    result = filled("verify", "-", "--source", "Nobody", input=TRUE)
    assert result.exit_code == 0
    assert "0 of 1 sentences supported" in result.stdout


def test_bad_input_says_what_to_do(filled: Run, run: Run, tmp_path: Path) -> None:
    failed_clearly(filled("verify", "-", input=""), "empty", code=2)
    failed_clearly(filled("verify", "-", input=b"\xff\xfe\xff"), "UTF-8", code=2)
    failed_clearly(filled("verify", "-", input="a " * 60_000), "in parts", code=2)
    failed_clearly(filled("verify", tmp_path / "nowhere.txt"), "nowhere.txt", code=2)
    failed_clearly(filled("verify", "-", "--articles", tmp_path / "nowhere", input=TRUE), "nowhere", code=2)
    (tmp_path / "none").mkdir()
    failed_clearly(filled("verify", "-", "--articles", tmp_path / "none", input=TRUE), "no article")
    failed_clearly(run("verify", "-", "--collection", "nowhere", input=TRUE), "byline ingest")
