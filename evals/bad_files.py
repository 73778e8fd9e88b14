"""What Byline says of bad files, and what each costs: `python -m evals.bad_files` prints a table in Markdown.

Each file is read by a process of its own, so that its memory can be told: that of the program, and that of the process
in which parsers run.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from bad_files import bad_files, write

_READ = """
import json, pathlib, re, sys, time
from embeddings.extract import Record, Rejected, extract_file, isolation
started = time.monotonic()
articles, rejected, last = 0, 0, None
for result in extract_file(pathlib.Path(sys.argv[1])):
    articles += isinstance(result, Record)
    if isinstance(result, Rejected):
        rejected, last = rejected + 1, result
seconds = time.monotonic() - started
parsers = isolation._shared._process
ids = ["self"] + ([str(parsers.pid)] if parsers and parsers.poll() is None else [])
peaks = [re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc", each, "status").read_text())[1] for each in ids]
where, reason = (last.where, last.reason) if last else ("", "")
print(json.dumps(dict(articles=articles, rejected=rejected, where=where, reason=reason, seconds=seconds,
                      megabytes=[int(peak) // 1024 for peak in peaks])))
"""


def read(path: Path) -> dict[str, Any]:
    """What reading a file in a process of its own gave, and cost."""
    done = subprocess.run([sys.executable, "-c", _READ, str(path)], capture_output=True, text=True, check=True)
    assert not done.stderr, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main() -> None:
    """Print the table."""
    print("| file | size, kB | articles | what is printed | seconds | memory, MB | memory of parsers, MB |")
    print("| --- | ---: | ---: | --- | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        for bad in bad_files():
            path = write(bad, Path(folder))
            found = read(path)
            size = path.stat().st_size // 1000 if path.is_file() else 0
            told = found["where"].removeprefix(f"{folder}/") + ": " + found["reason"] if found["rejected"] else ""
            told += f" (and {found['rejected'] - 1} before)" if found["rejected"] > 1 else ""
            own, *parsers = found["megabytes"]
            print(
                f"| {bad.name} | {size} | {found['articles']} | {told.replace('|', ' ')} | {found['seconds']:.2f} "
                f"| {own} | {parsers[0] if parsers else ''} |",
                flush=True,
            )
            if path.is_file():
                path.unlink()


if __name__ == "__main__":
    main()
