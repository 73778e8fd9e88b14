"""The commands as they are typed: what goes to stdout, what to stderr, and the exit status."""

import json
import os
import subprocess
import sys
from pathlib import Path

import commands
import pytest
from click.testing import CliRunner
from commands import QUESTION, STORY, Run, byline, failed_clearly, write
from fakes import HashingEncoder

from embeddings.encoder import SentenceTransformerEncoder
from service.cli import cli

run, filled = commands.run, commands.filled


def test_help_of_every_command_has_examples() -> None:
    runner = CliRunner()
    assert "byline ask" in runner.invoke(cli, ["--help"]).stdout
    commands = [
        "ingest",
        "ask",
        "chat",
        "search",
        "verify",
        "eval",
        "answers",
        "articles",
        "status",
        "backup",
        "restore",
        "reencode",
        "serve",
    ]
    commands += [f"answers {each}" for each in ("list", "show", "forget")]
    commands += [f"keys {each}" for each in ("create", "list", "revoke")]
    commands += [f"articles {each}" for each in ("list", "show", "history", "withdraw", "restore", "erase")]
    for command in commands:
        result = runner.invoke(cli, [*command.split(), "--help"])
        assert result.exit_code == 0
        assert "Examples:" in result.stdout


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys\nfrom service.cli import _COMMANDS as COMMANDS, cli\n"
        "for command in ['', *COMMANDS]:\n"
        "    try: cli([*command.split(), '--help'])\n"
        "    except SystemExit: pass\n"
        "print(sorted({'torch', 'faiss', 'sentence_transformers', 'litestar'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_ask_prints_the_answer_and_its_source(filled: Run) -> None:
    result = filled("ask", QUESTION)
    assert result.exit_code == 0
    answer, sources = result.stdout.split("Sources")
    assert answer.strip() == "The harbour master blamed the fall of the crane on rust. [1]"
    assert "[1] Harbour Post · City Desk · 7 June 2016 · Crane falls" in sources
    assert "“The harbour master blamed the fall of the crane on rust.”" in sources
    assert "https://harbour-post.example/crane" in sources
    assert result.stderr == ""
    assert "\033" not in result.stdout


def test_ask_takes_the_question_without_quotes(filled: Run) -> None:
    assert filled("ask", *QUESTION.split()).stdout == filled("ask", QUESTION).stdout


def test_json_and_events_agree(filled: Run) -> None:
    answer = json.loads(filled("ask", "--json", QUESTION).stdout)
    events = [json.loads(line) for line in filled("ask", "--events", QUESTION).stdout.splitlines()]
    assert [event["type"] for event in events] == ["searched", "citation", "sentence", "done"]
    last = events[-1]["answer"]
    for volatile in ("id", "as_of", "timings_ms"):
        del answer[volatile], last[volatile]
    assert answer == last
    citation = answer["citations"][0]
    assert STORY["text"][citation["start"] : citation["end"]] == citation["quote"]


def test_not_in_the_articles(filled: Run) -> None:
    result = filled("ask", "which planet has volcanoes of ice?")
    assert result.exit_code == 0
    assert result.stdout.startswith("The articles do not say.")
    assert "Crane falls" in result.stdout
    assert filled("ask", "--exit-status", "which planet has volcanoes of ice?").exit_code == 3
    assert filled("ask", "--exit-status", QUESTION).exit_code == 0


def test_filters(filled: Run) -> None:
    assert filled("ask", "--exit-status", "--source", "harbour POST", QUESTION).exit_code == 0
    assert filled("ask", "--exit-status", "--author", "city desk", QUESTION).exit_code == 0
    assert filled("ask", "--exit-status", "--source", "Harbour", QUESTION).exit_code == 3
    assert filled("ask", "--exit-status", "--after", "2016-06-08", QUESTION).exit_code == 3
    assert filled("ask", "--exit-status", "--after", "2016-06-07", QUESTION).exit_code == 0
    assert filled("ask", "--exit-status", "--before", "2016-06-07", QUESTION).exit_code == 3
    assert filled("ask", "--exit-status", "--article", "crane", "--article", "x", QUESTION).exit_code == 0


def test_wrong_usage_is_2(filled: Run) -> None:
    failed_clearly(filled("ask"), "QUESTION", code=2)
    failed_clearly(filled("ask", "   "), "cannot be asked", code=2)
    failed_clearly(filled("ask", "x" * 3000), "cannot be asked", code=2)
    failed_clearly(filled("ask", "--json", "--events", "who?"), "exclude", code=2)
    failed_clearly(filled("ask", "--after", "yesterday", "who?"), "2016-06-07", code=2)
    failed_clearly(filled("search", "-k", "0", "who?"), "-k", code=2)
    failed_clearly(filled("ingest"), "--samples", code=2)
    failed_clearly(filled("ingest", "/no/such/file"), "/no/such/file", code=2)
    failed_clearly(filled("polish"), "polish", code=2)


def test_without_a_library_it_says_how_to_ingest(run: Run, tmp_path: Path) -> None:
    for command in (["ask", "who?"], ["search", "who?"], ["status"], ["articles", "list"]):
        failed_clearly(run(*command), "byline ingest")
    write(tmp_path / "in" / "empty.jsonl")
    run("ingest", tmp_path / "in")
    failed_clearly(run("ask", "who?"), "no articles yet", "byline ingest")
    assert "0 searched" in run("status").stdout


def test_names_and_settings_that_cannot_be(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    failed_clearly(run("ask", "--collection", "../main", "who?"), "cannot name a collection")
    monkeypatch.setenv("BYLINE_ENCODERS", "x")
    failed_clearly(run("status"), "BYLINE_ENCODER", "encoders")
    monkeypatch.delenv("BYLINE_ENCODERS")
    (tmp_path / "file").write_text("not a folder")
    failed_clearly(run("ingest", "--samples", "--library", tmp_path / "file"), "file", code=2)


def test_search_says_why(filled: Run) -> None:
    hit = json.loads(filled("search", "--json", "crane rust").stdout)["hits"][0]
    assert (hit["rank"], hit["dense_rank"], hit["lexical_rank"]) == (1, 1, 1)
    assert hit["passage"]["id"] == "crane@1:0"
    shown = filled("search", "crane rust").stdout
    assert "by meaning #1" in shown
    assert "by words #1" in shown


def test_status_and_check(filled: Run) -> None:
    shown = filled("status", "--check").stdout
    assert "1 searched, 0 withdrawn" in shown
    assert "all sound" in shown
    report = json.loads(filled("status", "--json", "--check").stdout)
    assert report["faults"] == []
    assert report["counts"]["passages"] == 1
    assert report["encoder"]["name"] == "hashing"


def test_backup_and_restore(filled: Run, tmp_path: Path) -> None:
    file = tmp_path / "news.backup"
    assert f"collection main backed up to {file}" in filled("backup", file).stdout
    failed_clearly(filled("backup", file), "exists", "--replace")
    assert json.loads(filled("backup", "--replace", "--json", file).stdout)["size"] == file.stat().st_size
    failed_clearly(filled("backup", tmp_path / "none" / "news.backup"), "news.backup", "cannot be written")
    filled("articles", "withdraw", "crane")
    failed_clearly(filled("restore", file), "--replace", "1 articles")
    assert filled("ask", "--exit-status", QUESTION).exit_code == 3
    assert "1 articles in 1 versions" in filled("restore", "--replace", file).stdout
    assert filled("ask", "--exit-status", QUESTION).exit_code == 0
    counts = json.loads(filled("restore", "--collection", "other", "--json", file).stdout)["counts"]
    assert (counts["articles"], counts["passages"]) == (1, 1)
    assert filled("ask", "--collection", "other", "--exit-status", QUESTION).exit_code == 0
    assert "all sound" in filled("status", "--check", "--collection", "other").stdout
    failed_clearly(filled("restore", "--replace", tmp_path / "in" / "story.jsonl"), "story.jsonl", "no backup")
    failed_clearly(filled("restore", "--replace", tmp_path / "none"), "none", "No such file")
    failed_clearly(filled("backup", "--collection", "none", tmp_path / "b"), "byline ingest")


def test_another_encoder_is_refused_with_what_to_do(filled: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SentenceTransformerEncoder, "load", classmethod(lambda _, __: HashingEncoder(64)))
    failed_clearly(filled("ask", QUESTION), "hashing", "BYLINE_ENCODER", "byline reencode")
    failed_clearly(filled("ingest", "--samples"), "BYLINE_ENCODER")
    assert "1 articles encoded" in filled("reencode").stdout
    assert filled("ask", "--exit-status", QUESTION).exit_code == 0
    assert "nothing to do" in filled("reencode").stdout


def test_article_text_cannot_steer_the_terminal(run: Run) -> None:
    rust = "\x1b[31mrust\x1b]0;title\x07 and \u202ereversed\x9b2J words."
    text = f"The harbour master blamed the fall of the crane on {rust}"
    run("ingest", "-", input=json.dumps(STORY | {"text": text, "title": "A \x1b[2Jtitle"}))
    for command in (["ask", QUESTION], ["search", "crane"], ["articles", "show", "crane"], ["articles", "list"]):
        shown = run(*command).stdout
        assert shown
        assert not set(shown) & set("\x1b\x07\x9b\u202e\r")


def test_the_samples_with_the_real_encoder(tmp_path: Path) -> None:
    ingested = byline("ingest", "--samples", library=tmp_path)
    assert ingested.returncode == 0, ingested.stderr
    assert "0 rejected" in ingested.stdout
    assert ingested.stderr == ""
    asked = byline("ask", "what did Lavrov blame the US for?", library=tmp_path)
    assert asked.returncode == 0
    assert "separate the moderate opposition" in asked.stdout
    assert "also carried by Harbour Post" in asked.stdout
    assert asked.stderr == ""
    assert "sound" in byline("status", "--check", library=tmp_path).stdout
    mismatched = byline("ask", "who?", library=tmp_path / "none")
    assert mismatched.returncode == 1
    assert mismatched.stderr.count("\n") == 1


@pytest.mark.usefixtures("filled")
def test_a_reader_that_stops_reading_is_no_error(tmp_path: Path) -> None:
    command = f"{sys.executable} -m service.cli articles list --json | true; exit ${{PIPESTATUS[0]}}"
    environment = os.environ | {"BYLINE_LIBRARY": str(tmp_path / "library")}
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, env=environment, check=False)
    assert done.stderr == ""
    assert done.returncode == 0
