"""Paths, folders and patterns to the files they stand for: what an ingest reads, and what a watched folder holds."""

import os
import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from msgspec import Struct

from embeddings.extract import Rejected, is_asset, supported
from embeddings.extract.reading import printable

_PASSED_OVER = (".", "~$")
"""How the names of hidden files begin, and of those that Office keeps beside an open document."""
_MAGIC = re.compile(r"[*?\[]")


class Found(Struct, frozen=True, kw_only=True):
    """The files that some paths stand for."""

    files: tuple[Path, ...]
    """Each once, however often and by whatever links it was named."""
    folders: tuple[Path, ...]
    """Those that were looked through."""
    skipped: int
    """Files met in folders that are of other formats, or belong to a saved page."""
    unreadable: tuple[tuple[Path, str], ...]
    """Folders that could not be looked into, and why."""

    def rejected(self) -> Iterator[Rejected]:
        """The folders that could not be looked into, as an ingest reports them."""
        for folder, reason in self.unreadable:
            yield Rejected(where=printable(folder), reason=f"cannot be looked into: {reason}")


def expanded(path: Path) -> list[Path]:
    """What a path stands for: itself where it exists, else what it matches as a pattern; nothing for neither.

    In a pattern, `*`, `?` and `[abc]` stand for parts of one name and `**` for any folders, as in a shell: a leading
    dot has to be written, and `**` enters no links.
    """
    if os.path.lexists(path):
        return [path]
    parts = path.parts
    fixed = next((number for number, part in enumerate(parts) if _MAGIC.search(part)), None)
    if fixed is None:
        return []
    return list(dict.fromkeys(_matches(Path(*parts[:fixed]), parts[fixed:])))


def find(paths: Iterable[Path]) -> Found:
    """Look through folders, and all below them, in the order of names; files are taken as they are.

    In folders, hidden files are passed over and links to folders not followed.
    """
    files: dict[str, Path] = {}
    folders: dict[str, Path] = {}
    skipped: set[str] = set()
    unreadable: dict[Path, str] = {}
    for path in paths:
        if not os.path.isdir(path):
            files.setdefault(os.path.realpath(path), path)
            continue
        ahead = [(path, False)]
        while ahead:
            folder, assets = ahead.pop()
            real = os.path.realpath(folder)
            if real in folders:
                continue
            folders[real] = folder
            try:
                entries = _visible(folder)
            except OSError as error:
                unreadable[folder] = error.strerror or str(error)
                continue
            names = {entry.name for entry in entries}
            for entry in reversed(entries):
                if entry.is_dir(follow_symlinks=False):
                    ahead.append((Path(entry), assets or is_asset(f"{entry.name}/file", names)))
            for entry in entries:
                if os.path.isdir(entry):
                    continue
                name = os.path.realpath(entry) if entry.is_symlink() else os.path.join(real, entry.name)
                if supported(Path(entry)) and not assets:
                    files.setdefault(name, Path(entry))
                else:
                    skipped.add(name)
    return Found(
        files=tuple(files.values()),
        folders=tuple(folders.values()),
        skipped=len(skipped - files.keys()),
        unreadable=tuple(unreadable.items()),
    )


def _visible(folder: Path) -> list["os.DirEntry[str]"]:
    with os.scandir(folder) as entries:
        return sorted((each for each in entries if not each.name.startswith(_PASSED_OVER)), key=lambda each: each.name)


def _matches(folder: Path, parts: tuple[str, ...]) -> Iterator[Path]:
    """What lies below a folder along parts of a pattern."""
    first, rest = parts[0], parts[1:]
    if not _MAGIC.search(first):
        if os.path.lexists(folder / first):
            yield from _matches(folder / first, rest) if rest else [folder / first]
        return
    try:
        with os.scandir(folder) as scanned:
            entries = sorted(scanned, key=lambda each: each.name)
    except PermissionError:
        yield folder  # for `find` to say so
        return
    except OSError:
        return
    if first == "**":
        yield from _matches(folder, rest) if rest else [folder]
        for entry in entries:
            if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                yield from _matches(Path(entry), parts)
        return
    for entry in entries:
        hidden = entry.name.startswith(".") and not first.startswith(".")
        if not hidden and fnmatchcase(entry.name, first):
            yield from _matches(Path(entry), rest) if rest else [Path(entry)]
