"""Read the data sets: JSONL, plain or compressed, found by a path that the caller gives."""

import gzip
import json
import lzma
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a JSONL file; ends the program with a clear line when it is not there."""
    if not path.exists():
        sys.exit(f"{path} is not there: say where the data sets are with --data DIRECTORY")
    with _opened(path) as lines:
        for line in lines:
            yield json.loads(line)


def _opened(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8")
    if path.suffix == ".xz":
        return lzma.open(path, "rt", encoding="utf-8")
    return path.open(encoding="utf-8")
