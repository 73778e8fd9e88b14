"""`byline articles` as it is typed."""

import json
from pathlib import Path

import commands
import pytest
from commands import QUESTION, STORY, Run, failed_clearly, write

run, filled = commands.run, commands.filled


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


CHANGED = {
    "title": "Crane falls, two hurt",
    "text": STORY["text"].replace("rust", "a bolt") + "\n\nTwo were hurt.",
}


@pytest.fixture
def updated(filled: Run, tmp_path: Path) -> Run:
    """Give the article two more versions."""
    for number, changes in enumerate([CHANGED, CHANGED | {"section": "Harbour"}]):
        assert "1 updated" in filled("ingest", write(tmp_path / "in" / f"{number}.jsonl", STORY | changes)).stdout
    return filled


def test_history_shows_versions_and_what_changed(updated: Run) -> None:
    shown = updated("articles", "history", "crane").stdout
    versions, first, second = shown.split("From version")
    assert [line.split()[0] for line in versions.splitlines()[:3]] == ["v1", "v2", "v3"]
    assert "published 7 June 2016, 92 characters  Crane falls\n" in versions
    assert "(current)" in versions.splitlines()[2]
    assert first.startswith(" 1 to 2\n")
    assert "title: [-Crane falls-] {+Crane falls, two hurt+}" in first
    assert "… The harbour" not in first
    assert "the fall of the crane on [-rust-]{+a bolt+}." in first
    assert "\n{+Two were hurt.+}\n" in first
    assert second.startswith(" 2 to 3\n")
    assert "section: {+Harbour+}" in second
    assert "The text is the same." in second
    assert "\033" not in shown


def test_history_of_chosen_versions(updated: Run) -> None:
    shown = updated("articles", "history", "--from", "1", "crane").stdout
    assert shown.count("From version") == 1
    assert "From version 1 to 3" in shown
    assert "From version 3 to 1" in updated("articles", "history", "--from", "3", "--to", "1", "crane").stdout
    assert "From version 1 to 2" in updated("articles", "history", "--to", "2", "crane").stdout
    assert "From version" not in updated("articles", "history", "--no-diff", "crane").stdout
    failed_clearly(updated("articles", "history", "--from", "7", "crane"), "version 7")
    failed_clearly(updated("articles", "history", "none"), "none")


def test_history_as_json_has_all_of_it(updated: Run) -> None:
    history = json.loads(updated("articles", "history", "--json", "crane").stdout)
    assert [version["version"] for version in history["versions"]] == [1, 2, 3]
    first, second = history["changes"]
    assert (first["before"], first["after"], first["fields"]["title"]) == (1, 2, ["Crane falls", CHANGED["title"]])
    for op, text in (("removed", CHANGED["text"]), ("added", STORY["text"])):
        kept = "".join(run["text"] for run in first["text"] if run["op"] != op)
        assert kept.split() == str(text).split()
    assert second["fields"]["section"] == [None, "Harbour"]
    assert [run["op"] for run in second["text"]] == ["same"]


def test_long_unchanged_stretches_are_shortened(run: Run, tmp_path: Path) -> None:
    words = [f"word{number}" for number in range(200)]
    changed = [*words[:100], "changed", *words[101:]]
    for text in (words, changed):
        run("ingest", write(tmp_path / "in" / "long.jsonl", {"id": "long", "text": f"{' '.join(text)}.\n\nThe end."}))
    shown = run("articles", "history", "long").stdout.splitlines()[-1]
    assert shown.startswith("… word88 word89")
    assert "word99 [-word100-] {+changed+} word101" in shown
    assert shown.endswith("word112 …")


def test_a_version_cannot_steer_the_terminal(run: Run) -> None:
    for text in ("A \x1b[2Jstory\x9b.", "Another \x1b]0;title\x07 tale \u202eto tell."):
        run("ingest", "-", input=json.dumps({"id": "x", "title": f"\x1b[2J{text}", "text": text}))
    shown = run("articles", "history", "x").stdout
    assert "{+" in shown
    assert not set(shown) & set("\x1b\x07\x9b\u202e\r")


def test_several_articles_and_a_wrong_one(filled: Run, tmp_path: Path) -> None:
    filled("ingest", write(tmp_path / "in" / "b.jsonl", STORY | {"id": "b", "title": "B"}))
    result = filled("articles", "withdraw", "none", "crane", "b", "crane")
    assert result.exit_code == 1
    assert result.stdout == "withdrawn: Crane falls\nwithdrawn: B\n"
    assert "'none'" in result.stderr
    result = filled("articles", "restore", "--json", "b", "crane")
    assert result.exit_code == 0
    assert [json.loads(line)["article_id"] for line in result.stdout.splitlines()] == ["b", "crane"]
    failed_clearly(filled("articles", "withdraw"), "ID", code=2)


def test_erase(filled: Run, tmp_path: Path) -> None:
    filled("ingest", write(tmp_path / "in" / "b.jsonl", STORY | {"id": "b", "text": "Another story."}))
    failed_clearly(filled("articles", "erase", "crane"), "--yes", code=2)
    failed_clearly(filled("articles", "erase", "--yes", "none"), "'none'")
    assert filled("ask", "--exit-status", QUESTION).exit_code == 0
    result = filled("articles", "erase", "--yes", "none", "crane", "crane")
    assert result.exit_code == 1
    assert result.stdout == "erased: Crane falls · Harbour Post · 7 June 2016\n"
    assert filled("ask", "--exit-status", QUESTION).exit_code == 3
    for command in ("show", "history", "withdraw", "restore"):
        failed_clearly(filled("articles", command, "crane"), "erased", "Crane falls")
    assert "(erased)" in filled("articles", "list").stdout
    assert filled("articles", "erase", "--yes", "crane").stdout == "was erased before: crane\n"
    state = filled("articles", "erase", "--yes", "--json", "b").stdout
    assert json.loads(state) == {"article_id": "b", "changed": True}


def test_erase_asks_first(filled: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda _: True, raising=False)
    declined = filled("articles", "erase", "crane", input="n\n")
    assert declined.exit_code == 1
    assert "crane  Crane falls · Harbour Post · 7 June 2016" in declined.stderr
    assert filled("articles", "show", "crane").exit_code == 0
    confirmed = filled("articles", "erase", "crane", input="y\n")
    assert confirmed.exit_code == 0
    assert "erased: Crane falls" in confirmed.stdout
    failed_clearly(filled("articles", "show", "crane"), "erased")
