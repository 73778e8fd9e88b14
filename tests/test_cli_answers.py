"""`byline answers` as it is typed, and what `byline articles erase` does to the log."""

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import commands
import pytest
from commands import STORY, Run, failed_clearly, write
from fakes import HashingEncoder
from logging_answers import record
from msgspec.structs import replace

from embeddings.articles import Filter, Hit, Query
from embeddings.library import Library
from service.answers import Doubt, Turn, Usage
from service.ledger.ledger import Ledger
from service.ledger.records import Dropped, Record
from service.ledger.storage import FILE
from service.written.written import Mark

run, filled = commands.run, commands.filled

Log = Callable[..., None]
ID = "3f2a9c1e" * 4


@pytest.fixture
def log(tmp_path: Path) -> Log:
    """Log, in the library that the commands use, a record that is made of what a search for the crane finds."""

    def append(make: Callable[[tuple[Hit, ...]], Record]) -> None:
        with (
            closing(Library(tmp_path / "library", HashingEncoder())) as library,
            closing(Ledger(tmp_path / "library" / FILE)) as ledger,
        ):
            retriever = library.retriever("main")
            ledger.append(make(retriever.retrieve("crane rust", k=3).hits), retriever.collection.catalog)

    return append


def written(hits: tuple[Hit, ...]) -> Record:
    """An answer of a chat model, with a doubt, a sentence that was dropped, and a turn before."""
    made = record(ID, hits, "Rust felled 14 cranes.", question="and why?")
    doubts = (Doubt(kind="number", words="14"),)
    answer = replace(
        made.answer,
        queries=(Query(text="why did the crane fall?", wanted=Filter(sources=("Harbour Post",))),),
        sentences=(replace(made.answer.sentences[0], status="unsupported", support=0.31, doubts=doubts),),
        status="partial",
        missing=("who pays?",),
        notes=("Understood as: why did the crane fall?",),
        model="some-model",
        usage=Usage(prompt_tokens=900, completion_tokens=40),
    )
    return replace(
        made,
        answer=answer,
        filters=Filter(sources=("Harbour Post",)),
        history=(Turn(role="user", text="what fell?"), Turn(role="assistant", text="The crane.")),
        dropped=(Dropped(text="It was a storm.", marks=(Mark(1, 2), Mark(4)), why="uncited", support=0.02),),
        unknown_marks=2,
        prompt_digests={"answer": "0123456789ab"},
        source_tokens=700,
    )


def test_no_log_is_made_by_reading_it(run: Run, tmp_path: Path) -> None:
    listed = run("answers", "list")
    assert (listed.exit_code, listed.stdout) == (0, "")
    assert f"No answer is logged of the collection main in {tmp_path / 'library'}" in listed.stderr
    failed_clearly(run("answers", "show", "3f2a"), "there is no answer '3f2a' in the log", "byline answers list")
    failed_clearly(run("answers", "forget", "3f2a"), "'3f2a'")
    assert run("answers", "forget", "--all").stdout == "0 forgotten\n"
    assert not (tmp_path / "library").exists()


def test_list(filled: Run, log: Log) -> None:
    log(lambda hits: record("a" * 32, hits, question="where\x1b[2J was   it?"))
    log(written)
    log(lambda hits: replace(record("b" * 32, hits, "Rust."), failure="chat_reply_broken"))
    newest, second, oldest = filled("answers", "list").stdout.splitlines()
    assert newest.startswith("bbbbbbbb  2016-06-07 14:30 UTC  failed ")
    assert second.endswith("  partial          chat    and why?")
    assert oldest == "aaaaaaaa  2016-06-07 14:30 UTC  not in articles  reader  where[2J was it?"
    first = filled("answers", "list", "--limit", "2", "--json")
    listed = [json.loads(line) for line in first.stdout.splitlines()]
    assert [each["id"][0] for each in listed] == ["b", "3"]
    assert f"More: add --cursor {listed[-1]['cursor']}" in first.stderr
    assert filled("answers", "list", "--cursor", str(listed[-1]["cursor"])).stdout == f"{oldest}\n"
    assert filled("answers", "list", "--outcome", "partial").stdout == f"{second}\n"
    assert "No answer with the outcome answered is logged" in filled("answers", "list", "--outcome", "answered").stderr
    assert filled("answers", "list", "--collection", "archive").stdout == ""


def test_a_question_is_cut_to_the_width_of_the_terminal(filled: Run, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    log(lambda hits: record("a" * 32, hits, question="why " * 60))
    assert len(filled("answers", "list").stdout) > 240
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda _: True, raising=False)
    monkeypatch.setenv("COLUMNS", "90")
    (line,) = filled("answers", "list").stdout.splitlines()
    assert (len(line), line[-1]) == (90, "…")


def test_show_tells_how_it_came_about(filled: Run, log: Log) -> None:
    log(written)
    shown = filled("answers", "show", "3f2a").stdout
    head, *sections = shown.split("\n\n")
    assert head.splitlines() == [
        "and why?",
        f"answer    {ID}, collection main at change 7",
        "asked     2016-06-07 14:30:00 UTC, understood as of 7 June 2016; k = 8; sources Harbour Post",
        "before    what fell?",
        "before    (an answer)",
        "outcome   partial",
        "answerer  chat, some-model",
        "prompts   answer 0123456789ab",
        "tokens    900 in, 40 out; about 700 of them articles",
        "marks     2 named what the chat model was not offered",
        "took      retrieve 12 ms, total 34 ms",
    ]
    titles = [section.splitlines()[0] for section in sections]
    assert titles == ["Searched for", "Answer", "Not answered", "Sources", "Not shown", "Passages found (1)"]
    searched, answer, _, sources, dropped, found = sections
    assert "  why did the crane fall?; sources Harbour Post" in searched
    assert "  Rust felled 14 cranes. [1]\n    unsupported; support 0.31; number not found: 14" in answer
    assert "Understood as: why did the crane fall?" in answer
    assert "[1] Harbour Post · City Desk · 7 June 2016 · Crane falls" in sources
    assert "“A crane fell at the quay on Monday." in sources
    assert "crane@1:0, characters 0-92" in sources
    assert "since" not in sources
    assert "  It was a storm. [1.2][4]\n    uncited; support 0.02" in dropped
    assert "crane@1:0  shown as source 1" in found


def test_show_as_json_has_all_of_it(filled: Run, log: Log) -> None:
    log(written)
    shown = json.loads(filled("answers", "show", "--json", ID).stdout)
    assert shown["answer"]["citations"][0]["state"] == "current"
    assert shown["candidates"][0]["passage_id"] == "crane@1:0"
    assert shown["dropped"][0]["marks"] == [{"source": 1, "sentence": 2}, {"source": 4, "sentence": None}]
    assert shown["unfound"] == []


def test_show_says_what_became_of_the_sources(filled: Run, log: Log, tmp_path: Path) -> None:
    log(written)
    log(lambda hits: record("a" * 32, hits))
    filled("ingest", write(tmp_path / "in" / "b.jsonl", STORY | {"text": "The crane stands again."}))
    sources = filled("answers", "show", "3f2a").stdout
    assert "“A crane fell at the quay on Monday." in sources
    assert "characters 0-92, updated since" in sources
    assert "    in version 2, the current one, no more" in sources
    filled("articles", "withdraw", "crane")
    assert "characters 0-92, withdrawn since" in filled("answers", "show", "3f2a").stdout
    assert (
        "    A crane fell at the quay on Monday."
        in filled("answers", "show", "aaaa").stdout.split("Nearest passages")[1]
    )


def test_show_tells_a_correction_that_leaves_the_words(filled: Run, log: Log, tmp_path: Path) -> None:
    log(written)
    text = f"Correction: the quay is the north quay.\n\n{STORY['text']}"
    filled("ingest", write(tmp_path / "in" / "b.jsonl", STORY | {"text": text}))
    sources = filled("answers", "show", "3f2a").stdout
    assert "characters 0-92, corrected since" in sources
    assert "    in version 2, the current one, at characters 41-133" in sources


def test_show_without_the_collection(filled: Run, log: Log, tmp_path: Path) -> None:
    log(written)
    (tmp_path / "library" / "collections").rename(tmp_path / "library" / "elsewhere")
    shown = filled("answers", "show", "3f2a")
    assert shown.exit_code == 0
    assert "there is no collection 'main'" in shown.stderr
    assert "withdrawn since, and does not stand there as it was quoted" in shown.stdout
    assert not (tmp_path / "library" / "collections").exists()


def test_what_a_model_wrote_cannot_steer_the_terminal(filled: Run, log: Log) -> None:
    def evil(hits: tuple[Hit, ...]) -> Record:
        made, steering = written(hits), "\x1b[2J\u202eevil\x9b\r"
        (sentence,) = made.answer.sentences
        doubts = (Doubt(kind="name", words=steering),)
        answer = replace(
            made.answer,
            question=steering,
            queries=(Query(text=steering, wanted=Filter(sources=(steering,))),),
            sentences=(replace(sentence, text=steering, doubts=doubts),),
            notes=(steering,),
            missing=(steering,),
            model=steering,
            fallback_reason=steering,
        )
        dropped = (Dropped(text=steering, why="unsupported", doubts=doubts),)
        turns = (Turn(role="user", text=steering),)
        return replace(made, answer=answer, dropped=dropped, history=turns, filters=Filter(authors=(steering,)))

    log(evil)
    shown = filled("answers", "show", "3f2a").stdout
    assert shown.count("evil") == 13
    assert not set(shown) & set("\x1b\x9b\u202e\r")


def test_forget(filled: Run, log: Log) -> None:
    for letter in "abcd":
        log(lambda hits, id=letter * 32: record(id, hits))
    failed_clearly(filled("answers", "forget"), "--all", code=2)
    failed_clearly(filled("answers", "forget", "--all", "aaaa"), "--all", code=2)
    failed_clearly(filled("answers", "forget", "aaaa", "zzzz"), "'zzzz'")
    assert filled("answers", "forget", "aaaa", "bbbb", "b" * 32).stdout == "2 forgotten\n"
    assert [line[0] for line in filled("answers", "list").stdout.splitlines()] == ["d", "c"]
    assert filled("answers", "forget", "--all").stdout == "2 forgotten\n"
    assert filled("answers", "list").stdout == ""


def test_erasing_an_article_takes_its_words_out_of_the_log(filled: Run, log: Log, tmp_path: Path) -> None:
    log(written)
    log(lambda hits: record("a" * 32, hits))
    assert filled("articles", "erase", "--yes", "crane").stdout == "erased: Crane falls · Harbour Post · 7 June 2016\n"
    traces = [path.name for path in (tmp_path / "library").glob(f"{FILE}*") if b"ust felled" in path.read_bytes()]
    assert traces == []
    shown = filled("answers", "show", "3f2a").stdout
    assert "[1] Harbour Post · 7 June 2016 · Crane falls\n    erased" in shown
    assert "  (erased) [1]\n    unsupported; support 0.31; number not found\n" in shown
    assert "  (erased) [1.2][4]\n    uncited" in shown
    assert (
        "Nearest passages\n  Harbour Post · 7 June 2016 · Crane falls\n\n" in filled("answers", "show", "aaaa").stdout
    )


def test_an_erasing_that_was_interrupted_is_finished_by_the_same_command(
    filled: Run, log: Log, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    log(written)
    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "erase_articles", _interrupted)
        assert filled("articles", "erase", "--yes", "crane").exit_code == 130
    assert b"Rust felled" in (tmp_path / "library" / FILE).read_bytes()
    assert filled("articles", "erase", "--yes", "crane").stdout == "was erased before: crane\n"
    assert b"Rust felled" not in (tmp_path / "library" / FILE).read_bytes()


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_log_that_cannot_be_scrubbed_fails_the_erasing(filled: Run, tmp_path: Path) -> None:
    (tmp_path / "library" / FILE).write_bytes(b"no database at all, and more than a header " * 200)
    failed_clearly(
        filled("articles", "erase", "--yes", "crane"), "the articles are erased", "run the same command again"
    )
    failed_clearly(filled("answers", "list"), "delete it to begin a new one")
    (tmp_path / "library" / FILE).unlink()
    assert filled("articles", "erase", "--yes", "crane").stdout == "was erased before: crane\n"
    assert not (tmp_path / "library" / FILE).exists()
