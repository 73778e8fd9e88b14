"""What is done when files come, change and go: the decisions, and a collection that follows a folder."""

import errno
import json
import os
import random
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import HashingEncoder

from embeddings.catalog.files import FileStamp
from embeddings.catalog.lease import Lease
from embeddings.collection import Collection
from embeddings.doorbell import Doorbell
from embeddings.following import Change, Follower, Notice, Refused, Restored, Taken, Withdrawn
from embeddings.ingest import Ingester
from embeddings.retriever import Retriever
from embeddings.watching import Look, Steps, Watch

OLD, NEW = FileStamp(10, 1), FileStamp(20, 2)

# -- decisions ---------------------------------------------------------------------------------------------------------


def watch(*, allow_empty: bool = False) -> Watch:
    return Watch(["/news", "/wire"], settle_s=2, allow_empty=allow_empty)


def look(*, missing: list[str] | None = None, closed: list[str] | None = None, **files: FileStamp) -> Look:
    """Look at files of /news."""
    return Look(
        files={f"/news/{name}": stamp for name, stamp in files.items()}, missing=missing or [], closed=closed or []
    )


def read(**files: FileStamp) -> dict[str, FileStamp]:
    return {f"/news/{name}": stamp for name, stamp in files.items()}


def steps(**values: object) -> Steps:
    nothing = {"read": (), "gone": (), "doubtful": (), "again_s": None}
    return Steps(**(nothing | values))  # type: ignore[arg-type]


def test_nothing_to_do() -> None:
    assert watch().steps(look(a=OLD), read(a=OLD), 0) == steps()


def test_a_new_file_is_read_once_it_has_settled() -> None:
    watching = watch()
    assert watching.steps(look(a=OLD), {}, 10) == steps(again_s=2)
    assert watching.steps(look(a=OLD), {}, 11) == steps(again_s=1)
    assert watching.steps(look(a=NEW), {}, 11.5) == steps(again_s=2)
    assert watching.steps(look(a=NEW), {}, 13.5) == steps(read=("/news/a",))
    # Until it is remembered as read, also when reading it failed:
    assert watching.steps(look(a=NEW), {}, 14) == steps(read=("/news/a",))
    assert watching.steps(look(a=NEW), read(a=NEW), 14) == steps()


def test_a_changed_file_likewise() -> None:
    watching = watch()
    assert watching.steps(look(a=NEW, b=OLD), read(a=OLD, b=OLD), 0) == steps(again_s=2)
    assert watching.steps(look(a=OLD, b=OLD), read(a=OLD, b=OLD), 1) == steps()
    assert watching.steps(look(a=NEW, b=OLD), read(a=OLD, b=OLD), 2) == steps(again_s=2)
    assert watching.steps(look(a=NEW, b=OLD), read(a=OLD, b=OLD), 4) == steps(read=("/news/a",))


def test_a_file_is_gone_later_than_it_would_be_read_elsewhere() -> None:
    watching = watch()
    assert watching.steps(look(moved=OLD, b=OLD), read(a=OLD, b=OLD), 0) == steps(again_s=2)
    assert watching.steps(look(moved=OLD, b=OLD), read(a=OLD, b=OLD), 2) == steps(read=("/news/moved",), again_s=2)
    assert watching.steps(look(moved=OLD, b=OLD), read(a=OLD, b=OLD, moved=OLD), 4) == steps(gone=("/news/a",))


def test_a_file_that_comes_back_was_not_gone() -> None:
    watching = watch()
    watching.steps(look(b=OLD), read(a=OLD, b=OLD), 0)
    assert watching.steps(look(a=OLD, b=OLD), read(a=OLD, b=OLD), 3) == steps()
    assert watching.steps(look(b=OLD), read(a=OLD, b=OLD), 5) == steps(again_s=4)


@pytest.mark.parametrize(
    ("held", "seen", "doubtful"),
    [
        (["a"], look(), False),  # the only file was removed
        (["a"], look(missing=["/news"]), True),
        (["a", "b"], look(), True),
        (["a", "b"], look(c=OLD), False),  # others came
        (["a", "b"], look(a=OLD), False),
        ([], look(missing=["/news", "/wire"]), False),  # there was nothing to lose
    ],
)
def test_a_folder_that_lost_all_may_be_out_of_reach(held: list[str], seen: Look, doubtful: bool) -> None:
    known = read(**dict.fromkeys(held, OLD))
    lost = tuple(path for path in known if path not in seen.files)
    watching = watch()
    watching.steps(seen, known, 0)
    decided = watching.steps(seen, known, 9)
    assert decided.doubtful == (("/news",) if doubtful else ())
    assert decided.gone == (() if doubtful else lost)
    watching = watch(allow_empty=True)
    watching.steps(seen, known, 0)
    decided = watching.steps(seen, known, 9)
    assert (decided.doubtful, decided.gone) == ((), lost)


def test_a_doubtful_folder_does_not_hold_up_another() -> None:
    known = {"/news/a": OLD, "/wire/a": OLD, "/wire/b": OLD}
    seen = Look(files={"/wire/a": OLD}, missing=["/news"])
    watching = watch()
    watching.steps(seen, known, 0)
    assert watching.steps(seen, known, 4) == steps(gone=("/wire/b",), doubtful=("/news",))


def test_what_cannot_be_looked_into_is_not_gone() -> None:
    watching = watch()
    known = {"/news/a": OLD, "/news/closed/b": OLD, "/news/closed-not/c": OLD, "/news/open/d": OLD}
    seen = Look(files={"/news/open/d": OLD}, closed=["/news/closed"])
    watching.steps(seen, known, 0)
    assert watching.steps(seen, known, 4).gone == ("/news/a", "/news/closed-not/c")


# -- following ---------------------------------------------------------------------------------------------------------


class Followed:
    """A folder, a collection that follows it, and a clock of its own."""

    def __init__(self, path: Path) -> None:
        self.folder = path / "news"
        self.folder.mkdir()
        self.collection = Collection.create(path / "library", "main")
        self.catalog = self.collection.catalog
        self.now = 0.0
        self.restart()

    def restart(self, *, allow_empty: bool = False) -> None:
        """Forget all that is not on disk."""
        self.follower = Follower(
            self.collection,
            HashingEncoder(),
            [self.folder],
            settle_s=2,
            allow_empty=allow_empty,
            clock=lambda: self.now,
        )

    def write(self, name: str, *stories: str) -> Path:
        """Write a file of stories, each under its first word."""
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(json.dumps({"id": each.split()[0], "text": each}) + "\n" for each in stories))
        return path

    def turn(self) -> list[Change]:
        return list(self.follower.turn(self.follower.look_through()))

    def settled(self) -> list[tuple[str, str]]:
        """Say in short what changes when there is time for all to settle."""
        changes = []
        for _ in range(5):
            changes += self.turn()
            self.now += 2
        return [short(change) for change in changes if short(change)[0] != "unchanged"]

    def searched(self) -> set[str]:
        """Say which articles are found."""
        retriever = Retriever(self.collection, HashingEncoder())
        return {hit.article.article_id for hit in retriever.retrieve("story", k=50).hits}


def short(change: Change) -> tuple[str, str]:
    match change:
        case Taken():
            return change.outcome, change.article_id
        case Withdrawn():
            return "withdrawn", change.article_id
        case Restored():
            return "restored", change.article_id
        case Refused():
            return "rejected", f"{change.where}: {change.reason}"
        case Notice():
            return "notice", change.message
        case _:
            raise AssertionError(change)


@pytest.fixture
def followed(tmp_path: Path) -> Iterator[Followed]:
    """Follow a folder with three stories in two files."""
    made = Followed(tmp_path)
    made.write("ab.jsonl", "a story.", "b story.")
    made.write("c.jsonl", "c story.")
    assert made.settled() == [("new", "a"), ("new", "b"), ("new", "c")]
    yield made
    made.collection.close()


def test_what_comes_changes_and_goes(followed: Followed) -> None:
    assert followed.settled() == []
    followed.write("d.jsonl", "d story.")
    assert followed.settled() == [("new", "d")]
    followed.write("d.jsonl", "d story, told again.")
    assert followed.settled() == [("updated", "d")]
    (followed.folder / "d.jsonl").unlink()
    assert followed.settled() == [("withdrawn", "d")]
    assert followed.searched() == {"a", "b", "c"}
    followed.write("elsewhere.jsonl", "d story, told again.")
    assert followed.settled() == [("restored", "d")]
    assert followed.searched() == {"a", "b", "c", "d"}
    assert list(followed.catalog.faults()) == []


def test_a_file_may_say_again_what_it_said_before(followed: Followed) -> None:
    for text in ("c story, second.", "c story.", "c story, second."):
        followed.write("c.jsonl", text)
        assert followed.settled() == [("updated", "c")]
        assert followed.catalog.article("c").text == text


def test_two_versions_in_one_folder_do_not_take_turns(followed: Followed) -> None:
    followed.write("c2.jsonl", "c story, second.")
    assert followed.settled() == [("updated", "c")]
    for name in ("c.jsonl", "c2.jsonl"):
        os.utime(followed.folder / name)
    assert followed.settled() == [("superseded", "c")]
    followed.restart()
    assert followed.settled() == []
    assert followed.catalog.article("c").version == 2


def test_of_two_versions_the_one_that_stays_counts(followed: Followed) -> None:
    followed.write("c2.jsonl", "c story, second.")
    assert followed.settled() == [("updated", "c")]
    (followed.folder / "c2.jsonl").unlink()
    assert followed.settled() == [("updated", "c")]
    assert followed.catalog.article("c").text == "c story."


def test_a_file_that_was_never_read_brings_back_no_earlier_version(followed: Followed, tmp_path: Path) -> None:
    followed.write("c.jsonl", "c story, second.")
    assert followed.settled() == [("updated", "c")]
    other = Followed.__new__(Followed)
    other.__dict__ |= followed.__dict__ | {"folder": tmp_path / "other"}
    other.folder.mkdir()
    other.write("c.jsonl", "c story.")
    other.restart()
    assert other.settled() == [("superseded", "c")]
    assert followed.catalog.article("c").text == "c story, second."


def test_renamed_files_and_folders_change_nothing(followed: Followed) -> None:
    (followed.folder / "deep").mkdir()
    (followed.folder / "c.jsonl").rename(followed.folder / "deep" / "moved.jsonl")
    assert followed.settled() == []
    (followed.folder / "deep").rename(followed.folder / "deeper")
    assert followed.settled() == []
    followed.restart()
    (followed.folder / "deeper" / "moved.jsonl").rename(followed.folder / "back.jsonl")
    assert followed.settled() == []
    assert followed.searched() == {"a", "b", "c"}
    (followed.folder / "back.jsonl").unlink()
    assert followed.settled() == [("withdrawn", "c")]


def test_an_article_goes_with_the_last_file_that_carries_it(followed: Followed) -> None:
    followed.write("bc.jsonl", "b story.", "c story.")
    assert followed.settled() == []
    followed.write("ab.jsonl", "a story.")
    assert followed.settled() == []
    (followed.folder / "c.jsonl").unlink()
    assert followed.settled() == []
    followed.write("bc.jsonl", "c story.")
    assert followed.settled() == [("withdrawn", "b")]
    (followed.folder / "bc.jsonl").unlink()
    assert followed.settled() == [("withdrawn", "c")]
    followed.write("ab.jsonl", "a story.", "b story.", "c story.")
    assert sorted(followed.settled()) == [("restored", "b"), ("restored", "c")]


def test_what_a_person_decided_stays(followed: Followed) -> None:
    followed.catalog.withdraw("c")
    (followed.folder / "c.jsonl").unlink()
    assert followed.settled() == []
    followed.write("c.jsonl", "c story.")
    assert followed.settled() == []
    assert followed.searched() == {"a", "b"}
    # Withdrawn by hand after the file had gone, and had withdrawn it:
    (followed.folder / "ab.jsonl").unlink()
    assert followed.settled() == [("withdrawn", "a"), ("withdrawn", "b")]
    followed.catalog.withdraw("a")
    followed.catalog.restore("b")
    followed.write("ab.jsonl", "a story.", "b story.")
    assert followed.settled() == []
    assert followed.searched() == {"b"}


def test_erased_articles_stay_out(followed: Followed) -> None:
    followed.collection.erase(["c"])
    os.utime(followed.folder / "c.jsonl")
    assert followed.settled() == [("erased", "c")]
    (followed.folder / "c.jsonl").unlink()
    assert followed.settled() == []
    assert followed.searched() == {"a", "b"}


def test_damage_withdraws_nothing(followed: Followed) -> None:
    path = followed.folder / "ab.jsonl"
    path.write_text('{"id": "a", "text": "a story, second."}\n{"id": "b", "te')
    assert [kind for kind, _ in followed.settled()] == ["rejected", "updated"]
    path.write_bytes(b"")
    changes = followed.settled()
    assert all(kind == "rejected" for kind, _ in changes)
    followed.write("d.jsonl", "d story.")
    assert followed.settled() == [("new", "d")]


def test_a_restart_finds_what_happened_meanwhile(followed: Followed) -> None:
    followed.write("ab.jsonl", "a story, second.", "b story.")
    (followed.folder / "c.jsonl").unlink()
    followed.write("d.jsonl", "d story.")
    followed.restart()
    assert sorted(followed.settled()) == [("new", "d"), ("updated", "a"), ("withdrawn", "c")]


def test_a_restart_reads_nothing_again(followed: Followed, monkeypatch: pytest.MonkeyPatch) -> None:
    followed.restart()
    monkeypatch.setattr(Ingester, "ingest", None)
    assert followed.settled() == []


def test_an_empty_or_missing_folder_is_not_believed_at_once(followed: Followed) -> None:
    aside = followed.folder.with_name("aside")
    followed.folder.rename(aside)
    (notice,) = followed.settled()
    assert notice[0] == "notice"
    assert "news is missing" in notice[1]
    assert "--allow-empty" in notice[1]
    followed.folder.mkdir()
    assert followed.settled() == []  # said once
    followed.restart()
    (notice,) = followed.settled()
    assert "lost all its files at once" in notice[1]
    assert followed.searched() == {"a", "b", "c"}
    followed.folder.rmdir()
    aside.rename(followed.folder)
    assert followed.settled() == []
    shutil.rmtree(followed.folder)
    followed.restart(allow_empty=True)
    assert sorted(followed.settled()) == [("withdrawn", "a"), ("withdrawn", "b"), ("withdrawn", "c")]
    assert followed.searched() == set()


def test_files_elsewhere_are_left_alone(followed: Followed, tmp_path: Path) -> None:
    other = tmp_path / "news-archive"
    other.mkdir()
    follower = Follower(
        followed.collection, HashingEncoder(), [other], settle_s=2, allow_empty=True, clock=lambda: followed.now
    )
    for _ in range(3):
        assert list(follower.turn(follower.look_through())) == []
        followed.now += 9
    assert followed.searched() == {"a", "b", "c"}


def test_another_ingest_is_waited_for(followed: Followed) -> None:
    followed.write("d.jsonl", "d story.")
    followed.turn()
    followed.now += 2
    with Lease(followed.catalog.path):
        assert [short(change) for change in followed.turn()] == [
            ("notice", "another ingest is writing to this collection; waiting for it")
        ]
        assert followed.turn() == []
    assert followed.settled() == [("new", "d")]


def test_a_file_that_changes_while_it_is_read_is_read_again(
    followed: Followed, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest = Ingester.ingest

    def slow(self: Ingester, records: Iterator[object]) -> Iterator[object]:
        yield from ingest(self, records)  # type: ignore[arg-type]
        followed.write("d.jsonl", "d story.", "e story.")

    followed.write("d.jsonl", "d story.")
    followed.turn()
    followed.now += 2
    with monkeypatch.context() as patched:
        patched.setattr(Ingester, "ingest", slow)
        assert [short(change) for change in followed.turn()] == [("new", "d")]
    assert followed.settled() == [("new", "e")]


def test_editors_files_and_odd_ones(followed: Followed) -> None:
    for name in ("~$c.docx", ".c.jsonl.swp", "c.jsonl~", "#c.jsonl#", "c.jsonl.part", "4913"):
        (followed.folder / name).write_text("Half a story.")
    assert followed.settled() == []
    os.symlink("round.txt", followed.folder / "round.txt")
    os.symlink(followed.folder, followed.folder / "again")
    os.mkfifo(followed.folder / "pipe.txt")
    changes = followed.settled()
    assert [kind for kind, _ in changes] == ["rejected", "rejected"]
    assert followed.settled() == []


def test_names_that_are_not_utf_8(followed: Followed) -> None:
    name = os.fsencode(followed.folder) + b"/caf\xe9.txt"
    with open(name, "wb") as file:
        file.write(b"A story of a headline\n\nThe story itself.")
    assert [kind for kind, _ in followed.settled()] == ["new"]
    followed.restart()
    assert followed.settled() == []
    os.unlink(name)
    assert [kind for kind, _ in followed.settled()] == ["withdrawn"]


def test_a_folder_that_cannot_be_looked_into(followed: Followed, monkeypatch: pytest.MonkeyPatch) -> None:
    followed.write("closed/d.jsonl", "d story.")
    followed.settled()
    scandir = os.scandir

    def locked(path: Path) -> Iterator["os.DirEntry[str]"]:
        if Path(path).name == "closed":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return scandir(path)

    with monkeypatch.context() as patched:
        patched.setattr(os, "scandir", locked)
        ((kind, reason),) = followed.settled()
        assert kind == "rejected"
        assert "closed: cannot be looked into: Permission denied" in reason
    assert followed.settled() == []
    assert followed.searched() == {"a", "b", "c", "d"}


@pytest.mark.parametrize("seed", range(12))
def test_whatever_happens_the_collection_holds_what_the_folder_holds(followed: Followed, seed: int) -> None:
    chance = random.Random(seed)
    followed.restart(allow_empty=True)
    for _ in range(40):
        files = sorted(followed.folder.glob("*/*.jsonl")) + sorted(followed.folder.glob("*.jsonl"))
        name = chance.choice(["1.jsonl", "2.jsonl", "x/1.jsonl", "x/2.jsonl", "y/3.jsonl"])
        match chance.choice(["write", "write", "remove", "rename", "rename folder", "restart"]):
            case "write":
                stories = [f"{id} story, version {chance.randrange(3)}." for id in "abcdef" if chance.random() < 0.4]
                followed.write(name, *(stories or ["g story."]))
            case "remove" if files:
                chance.choice(files).unlink()
            case "rename" if files:
                (followed.folder / name).parent.mkdir(exist_ok=True)
                chance.choice(files).rename(followed.folder / name)
            case "rename folder" if (followed.folder / "x").is_dir() and not (followed.folder / "z").exists():
                (followed.folder / "x").rename(followed.folder / "z")
            case "restart" if chance.random() < 0.3:
                followed.restart(allow_empty=True)
        if chance.random() < 0.5:
            followed.turn()
            followed.now += chance.choice([0.5, 1, 3])
    followed.settled()
    assert followed.settled() == []
    carried: dict[str, list[str]] = {}
    for file in followed.folder.rglob("*.jsonl"):
        for line in file.read_text().splitlines():
            story = json.loads(line)
            carried.setdefault(story["id"], []).append(story["text"])
    assert followed.searched() == carried.keys()
    for id, texts in carried.items():
        if len(texts) == 1:
            assert followed.catalog.article(id).text == texts[0]
    assert list(followed.catalog.faults()) == []


# -- notices -----------------------------------------------------------------------------------------------------------


def rings(bell: Doorbell) -> bool:
    started = time.monotonic()
    bell.wait(10)
    return time.monotonic() - started < 9


def test_the_doorbell_rings_for_changes(tmp_path: Path) -> None:
    bell = Doorbell()
    assert bell.listen([tmp_path])
    assert not bell.listen([tmp_path])
    (tmp_path / "a.txt").write_text("A story.")
    assert rings(bell)
    (tmp_path / "below").mkdir()
    assert rings(bell)
    assert bell.listen([tmp_path, tmp_path / "below"])
    (tmp_path / "a.txt").rename(tmp_path / "below" / "b.txt")
    assert rings(bell)
    (tmp_path / "below" / "b.txt").unlink()
    assert rings(bell)
    (tmp_path / "below").rename(tmp_path / "before")
    (tmp_path / "below").mkdir()
    assert bell.listen([tmp_path, tmp_path / "below"])  # another one
    bell.close()


def test_the_doorbell_waits_no_longer_than_it_is_told(tmp_path: Path) -> None:
    bell = Doorbell()
    for folders in ([tmp_path], [tmp_path / "none"], []):
        bell.listen(folders)
        started = time.monotonic()
        bell.wait(0.2)
        assert 0.2 <= time.monotonic() - started < 5
    bell.close()


def test_without_notices_it_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refused(_folders: list[Path]) -> Iterator[object]:
        raise OSError(errno.ENOSPC, "OS file watch limit reached")
        yield

    monkeypatch.setattr("embeddings.doorbell._notices", refused)
    bell = Doorbell()
    bell.listen([tmp_path])
    bell.wait(0.01)
    assert "changes will be found late" in caplog.text
