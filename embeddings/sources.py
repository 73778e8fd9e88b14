"""Files that are read one after the other, and which of them each result of an ingest came from."""

from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from embeddings.extract import Known, Record, Rejected, Skipped, extract_file, extract_jsonl
from embeddings.extract.reading import IsKnown, nothing_known
from embeddings.ingest import Ingested


class Origin(Struct, frozen=True, kw_only=True):
    """Where a result came from."""

    file: Path
    size: int
    """Bytes of the file that it accounts for."""


class Sources:
    """Reads files for an ingest, which gives back records in their order, and what was rejected likewise."""

    def __init__(
        self, files: Iterable[Path], known: IsKnown = nothing_known, streams: dict[Path, BinaryIO] | None = None
    ) -> None:
        """What `known` tells of a digest is not extracted. `streams` are read as JSONL in the place of files."""
        self._files = files
        self._known = known
        self._streams = streams or {}
        self._records: deque[Origin] = deque()
        self._rejected: deque[Origin] = deque()
        self.skipped = 0
        """Members of archives that were passed over, so far."""

    def records(self) -> Iterator[Record | Known | Rejected]:
        """Extract file by file."""
        for file in self._files:
            reached = before = 0

            def behind(count: int) -> None:
                nonlocal reached
                reached = count

            if file in self._streams:
                results = extract_jsonl(self._streams[file], "standard input", self._known)
            else:
                results = extract_file(file, behind, self._known)
            for result in results:
                if isinstance(result, Skipped):
                    self.skipped += 1
                    continue
                origin = Origin(file=file, size=reached - before)
                before = reached
                (self._rejected if isinstance(result, Rejected) else self._records).append(origin)
                yield result

    def origin(self, result: Ingested | Rejected) -> Origin:
        """Tell where the next result came from; asked once for each, in order."""
        return (self._rejected if isinstance(result, Rejected) else self._records).popleft()
