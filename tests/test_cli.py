"""The commands as they are typed: what goes to stdout, what to stderr, and the exit status."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from fakes import HashingEncoder

from embeddings.encoder import SentenceTransformerEncoder
from service.cli import cli

Run = Callable[..., Result]

STORY = {
    "id": "crane",
    "title": "Crane falls",
    "text": "A crane fell at the quay on Monday. The harbour master blamed the fall of the crane on rust.",
    "source": "Harbour Post",
    "author": "City Desk",
    "published_at": "2016-06-07",
    "url": "https://harbour-post.example/crane",
}
QUESTION = "what did the harbour master blame the fall of the crane on?"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `byline` in this process, on a library of its own and with the hashing encoder."""
    monkeypatch.setattr(SentenceTransformerEncoder, "load", classmethod(lambda _, __: HashingEncoder()))
    monkeypatch.setenv("BYLINE_LIBRARY", str(tmp_path / "library"))

    def invoke(*arguments: str | Path, input: str | bytes | None = None) -> Result:
        return CliRunner().invoke(cli, [str(argument) for argument in arguments], input=input)

    return invoke


@pytest.fixture
def filled(run: Run, tmp_path: Path) -> Run:
    """The same, with one story in the library."""
    write(tmp_path / "in" / "story.jsonl", STORY)
    assert run("ingest", tmp_path / "in").exit_code == 0
    return run


def write(path: Path, *records: object) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def byline(*arguments: str | Path, library: Path) -> "subprocess.CompletedProcess[str]":
    """Run `byline` as a process of its own, with the real encoder."""
    return subprocess.run(
        [sys.executable, "-m", "service.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        env=os.environ | {"BYLINE_LIBRARY": str(library)},
        timeout=120,
        check=False,
    )


def failed_clearly(result: Result, *words: str, code: int = 1) -> None:
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    for word in words:
        assert word in result.stderr


def test_help_of_every_command_has_examples() -> None:
    runner = CliRunner()
    assert "byline ask" in runner.invoke(cli, ["--help"]).stdout
    commands = ["ingest", "ask", "search", "articles", "status", "reencode", "serve"]
    commands += [f"articles {each}" for each in ("list", "show", "withdraw", "restore")]
    for command in commands:
        result = runner.invoke(cli, [*command.split(), "--help"])
        assert result.exit_code == 0
        assert "Examples:" in result.stdout


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys\nfrom service.cli import cli\n"
        "for command in ['', 'ingest', 'ask', 'search', 'articles', 'status', 'reencode', 'serve']:\n"
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


def test_ingest_counts_and_names_what_it_left_out(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write(folder / "good.jsonl", STORY, {"title": "no text"}, STORY | {"id": "b"})
    (folder / "bad.jsonl").write_text('{"text": \n')
    (folder / "photo.jpg").write_bytes(b"\xff\xd8")
    (folder / ".hidden.txt").write_text("Hidden words stay hidden.")
    summary = json.loads(run("ingest", "--json", folder).stdout)
    assert (summary["new"], summary["rejected"], summary["skipped"]) == (2, 2, 1)
    assert any("bad.jsonl line 1" in reason for reason in summary["reasons"])
    assert any("good.jsonl line 2" in reason for reason in summary["reasons"])
    again = json.loads(run("ingest", "--json", folder).stdout)
    assert (again["new"], again["unchanged"], again["passages"]) == (0, 2, 0)


def test_ingest_from_standard_input(run: Run) -> None:
    result = run("ingest", "-", input=json.dumps(STORY) + "\nnot json\n")
    assert result.exit_code == 0
    assert "1 new" in result.stdout
    assert "standard input line 2" in result.stdout


def test_an_ingest_of_nothing_but_bad_files_fails(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_bytes(b"\0\1\2\3" * 100)
    result = run("ingest", tmp_path / "bad.txt")
    assert result.exit_code == 1
    assert "bad.txt" in result.stdout


def test_a_changed_article_is_a_new_version(filled: Run, tmp_path: Path) -> None:
    write(tmp_path / "in" / "changed.jsonl", STORY | {"text": "The crane stands again."})
    assert "1 updated" in filled("ingest", tmp_path / "in" / "changed.jsonl").stdout
    assert "The crane stands again." in filled("articles", "show", "crane").stdout
    assert "rust" in filled("articles", "show", "crane", "--version", "1").stdout
    failed_clearly(filled("articles", "show", "crane", "--version", "3"), "version 3")


def test_withdraw_and_restore(filled: Run) -> None:
    assert filled("articles", "withdraw", "crane").stdout == "withdrawn: Crane falls\n"
    assert filled("ask", "--exit-status", QUESTION).exit_code == 3
    assert "withdrawn" in filled("articles", "list").stdout
    assert "was withdrawn before" in filled("articles", "withdraw", "crane").stdout
    assert filled("articles", "restore", "crane").stdout == "restored: Crane falls\n"
    assert filled("ask", "--exit-status", QUESTION).exit_code == 0
    failed_clearly(filled("articles", "withdraw", "no-such"), "no-such")
    state = json.loads(filled("articles", "withdraw", "--json", "crane").stdout)
    assert state["changed"]
    assert state["withdrawn_at"]
    state = json.loads(filled("articles", "restore", "--json", "crane").stdout)
    assert state == {"article_id": "crane", "withdrawn_at": None, "changed": True}


def test_articles_are_listed_page_by_page(run: Run, tmp_path: Path) -> None:
    run("ingest", write(tmp_path / "in" / "many.jsonl", *({"id": f"n{i}", "text": f"Story {i}."} for i in range(5))))
    first = run("articles", "list", "--limit", "3", "--json")
    listed = [json.loads(line) for line in first.stdout.splitlines()]
    assert [each["article"]["article_id"] for each in listed] == ["n0", "n1", "n2"]
    assert f"--cursor {listed[-1]['cursor']}" in first.stderr
    second = run("articles", "list", "--limit", "3", "--cursor", str(listed[-1]["cursor"]))
    assert second.stdout.count("\n") == 2
    assert "More" not in second.stderr


def test_status_and_check(filled: Run) -> None:
    shown = filled("status", "--check").stdout
    assert "1 searched, 0 withdrawn" in shown
    assert "all sound" in shown
    report = json.loads(filled("status", "--json", "--check").stdout)
    assert report["faults"] == []
    assert report["counts"]["passages"] == 1
    assert report["encoder"]["name"] == "hashing"


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


def test_the_bar_counts_what_is_stored(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    advances: list[int] = []
    totals: list[int] = []

    @contextlib.contextmanager
    def recorded(total: int, _: str) -> Iterator[Callable[[int], None]]:
        totals.append(total)
        yield advances.append

    monkeypatch.setattr("service.cli.ingest.progress", recorded)
    folder = tmp_path / "in"
    many = write(folder / "many.jsonl", *({"id": f"n{i}", "text": f"Story {i}."} for i in range(9)), {"title": "empty"})
    (folder / "one.txt").write_text("A headline of five words\n\nAnd a story.")
    (folder / "bad.json").write_text("[")
    run("ingest", folder)
    sizes = [many.stat().st_size, (folder / "one.txt").stat().st_size, (folder / "bad.json").stat().st_size]
    assert totals == [sum(sizes)]
    assert len(advances) == 12
    assert sum(advances) == sum(sizes)
