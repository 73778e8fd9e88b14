"""Which files paths, folders and patterns stand for."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from embeddings.finding import expanded, find


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Fill a folder and stand in it."""
    monkeypatch.chdir(tmp_path)
    for name in (
        "news/one.txt",
        "news/two.html",
        "news/photo.jpg",
        "news/.hidden.txt",
        "news/~$open.docx",
        "news/2016/june/three.txt",
        "news/2016/june/four.html",
        "news/.drafts/five.txt",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"The story in {path.name}.")
    return tmp_path


def names(paths: list[Path] | tuple[Path, ...]) -> list[str]:
    return [path.as_posix() for path in paths]


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("news/*.txt", ["news/one.txt"]),
        ("news/**/*.html", ["news/two.html", "news/2016/june/four.html"]),
        ("**/*.html", ["news/two.html", "news/2016/june/four.html"]),
        ("**/june/**/t*.txt", ["news/2016/june/three.txt"]),
        ("news/*/*", ["news/2016/june"]),
        ("news/**", ["news", "news/2016", "news/2016/june"]),
        ("n?ws/[ot]*.[th]*", ["news/one.txt", "news/two.html"]),
        ("news/.h*", ["news/.hidden.txt"]),
        ("news/../news/o*", ["news/../news/one.txt"]),
        ("news/one.txt/*", []),
        ("none/*.txt", []),
        ("news/none.txt", []),
        ("*/none/one.txt", []),
    ],
)
@pytest.mark.usefixtures("folder")
def test_patterns(pattern: str, matches: list[str]) -> None:
    assert names(expanded(Path(pattern))) == matches


def test_absolute_patterns(folder: Path) -> None:
    assert expanded(folder / "*" / "one.*") == [folder / "news" / "one.txt"]


def test_what_exists_is_no_pattern(folder: Path) -> None:
    for name in ("[one].txt", "o.txt"):
        (folder / name).write_text("A story.")
    assert names(expanded(Path("[one].txt"))) == ["[one].txt"]
    assert names(expanded(Path("[on].txt"))) == ["o.txt"]


@pytest.mark.usefixtures("folder")
def test_folders_are_looked_through_in_the_order_of_names() -> None:
    found = find([Path("news")])
    assert names(found.files) == [
        "news/one.txt",
        "news/two.html",
        "news/2016/june/four.html",
        "news/2016/june/three.txt",
    ]
    assert names(found.folders) == ["news", "news/2016", "news/2016/june"]
    assert found.skipped == 1


def test_the_same_file_is_found_once(folder: Path) -> None:
    os.symlink("one.txt", folder / "news" / "same.txt")
    paths = ["news/one.txt", "news", "./news/../news/one.txt", str(folder / "news"), "news/2016", "news/same.txt"]
    found = find([Path(path) for path in paths])
    assert names(found.files)[0] == "news/one.txt"
    assert len(found.files) == 4
    assert found.skipped == 1


def test_what_is_named_is_taken_whatever_it_is() -> None:
    assert names(find([Path("photo.jpg"), Path("no/such.txt")]).files) == ["photo.jpg", "no/such.txt"]


def test_links(folder: Path) -> None:
    os.symlink("..", folder / "news" / "2016" / "round")
    os.symlink(folder / "news" / "2016" / "june", folder / "news" / "elsewhere.txt")
    os.symlink("loop.txt", folder / "news" / "loop.txt")
    os.symlink("/no/such/file", folder / "news" / "dangling.txt")
    os.symlink(folder / "news", folder / "link")
    found = names(find([Path("news")]).files)
    # Those that lead nowhere are files, so that whoever reads them says so.
    assert set(found) == {
        *("news/one.txt", "news/two.html", "news/2016/june/four.html", "news/2016/june/three.txt"),
        *("news/loop.txt", "news/dangling.txt"),
    }
    assert names(expanded(Path("news/**/one.txt"))) == ["news/one.txt"]
    assert names(expanded(Path("*/one.txt"))) == ["link/one.txt", "news/one.txt"]
    assert len(find([Path("link")]).files) == len(found)


def test_the_parts_of_a_saved_page_are_passed_over(folder: Path) -> None:
    parts = folder / "news" / "two_files" / "frames"
    parts.mkdir(parents=True)
    (parts / "advertisement.html").write_text("Buy two quays.")
    (folder / "news" / "their_files").mkdir()
    (folder / "news" / "their_files" / "six.html").write_text("The sixth story.")
    found = find([Path("news")])
    assert "news/their_files/six.html" in names(found.files)
    assert not any("two_files" in name for name in names(found.files))
    assert found.skipped == 2


@pytest.mark.usefixtures("folder")
def test_folders_that_cannot_be_looked_into_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    scandir = os.scandir

    def locked(path: Path) -> Iterator["os.DirEntry[str]"]:
        if Path(path).name == "2016":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", locked)
    found = find([Path("news")])
    assert names(found.files) == ["news/one.txt", "news/two.html"]
    (rejected,) = found.rejected()
    assert (rejected.where, rejected.reason) == ("news/2016", "cannot be looked into: Permission denied")
    assert [each.where for each in find(expanded(Path("news/**/*.html"))).rejected()] == ["news/2016"]


def test_deep_folders_and_odd_names(tmp_path: Path) -> None:
    deep = tmp_path
    for _ in range(150):
        deep /= "deeper-down"
    deep.mkdir(parents=True)
    (deep / "at-the-end.txt").write_text("A story.")
    os.close(os.open(os.fsencode(tmp_path) + b"/caf\xe9.txt", os.O_CREAT))
    found = find([tmp_path])
    assert {file.name for file in found.files} == {"at-the-end.txt", "caf\udce9.txt"}
    assert len(found.folders) == 151
