"""Bad files among good ones: each is named with its reason, none costs much, and every good one is read."""

import time
from pathlib import Path

from bad_files import GOOD, BadFile, bad_files, write

from embeddings.extract import Record, Rejected, extract_file, isolation

_SECONDS = 20
"""Of any one, on a slow machine that does other things besides; evals/bad_files.py measures what it is."""
_MEGABYTES = 400
"""Above what the program had before."""
_PARSERS_MEGABYTES = 1000


def test_bad_files_have_their_reasons_and_cost_little(tmp_path: Path) -> None:
    good = tmp_path / "good.txt"
    good.write_text(GOOD)
    wrong = []
    for bad in bad_files():
        wrong += _differences(bad, write(bad, tmp_path))
        [record] = extract_file(good)
        assert isinstance(record, Record)
    assert wrong == []


def _differences(bad: BadFile, path: Path) -> list[str]:
    """What is not as it should be with one bad file."""
    before = _peak("self")
    started = time.monotonic()
    results = list(extract_file(path))
    seconds = time.monotonic() - started
    rejected = [result for result in results if isinstance(result, Rejected)]
    articles = sum(isinstance(result, Record) for result in results)
    process = isolation._shared._process
    found = []
    if not rejected or bad.reason not in rejected[-1].reason:
        found.append(f"{bad.name} says {rejected[-1:]}")
    elif not bad.reason or "could not be read (" in rejected[-1].reason:
        found.append(f"{bad.name} has no reason of its own")
    elif rejected[-1].where != f"{path}{bad.place}":
        found.append(f"{bad.name} is said to be at {rejected[-1].where}")
    if len(rejected) != bad.rejected or bad.articles not in (articles, -1):
        found.append(f"{bad.name} gives {articles} articles and {len(rejected)} rejections")
    if seconds > _SECONDS:
        found.append(f"{bad.name} takes {seconds:.1f} s")
    if _peak("self") - before > _MEGABYTES:
        found.append(f"{bad.name} takes {_peak('self') - before} MB")
    if process and process.poll() is None and _peak(str(process.pid)) > _PARSERS_MEGABYTES:
        found.append(f"{bad.name} takes {_peak(str(process.pid))} MB of the reading process")
    return found


def _peak(process: str) -> int:
    """The most memory that a process has had at once, in megabytes."""
    status = Path("/proc", process, "status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024
