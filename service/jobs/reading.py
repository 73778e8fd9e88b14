"""The records of an upload, in their order, and which of them each result of an ingest came from."""

from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from embeddings.extract import Rejected, Result, Skipped, extract_file
from embeddings.extract.reading import IsKnown, printable
from embeddings.ingest import Ingested
from service.jobs.jobs import Item, JobSummary, NotTaken, Taken


class _Place(Struct, frozen=True):
    """Where a record stands."""

    position: int
    file: Path
    read: int
    """Bytes of the upload, up to and with it."""


class Reading:
    """Reads an upload for an ingest, which gives back records in their order, and what was rejected likewise."""

    def __init__(self, files: Sequence[Path], known: IsKnown, job: JobSummary) -> None:
        """What `known` tells of a digest is not extracted; what the job notes already is passed over."""
        self._files = files
        self._known = known
        self._before = {"taken": job.taken, "rejected": job.rejected}
        self._taken: deque[_Place] = deque()
        self._rejected: deque[_Place] = deque()
        self._position = 0
        self.bytes_read = 0
        """Up to and with the last record of which an item was made."""
        self.skipped = 0
        """Members of archives that were passed over, so far."""

    def records(self) -> Iterator[Result]:
        """Extract file by file."""
        before = 0
        for file in self._files:
            reached = 0

            def behind(count: int) -> None:
                nonlocal reached
                reached = count

            for result in extract_file(file, behind, self._known):
                yield self._passed_over(result, _Place(self._position + 1, file, before + reached))
            before += file.stat().st_size

    def item(self, result: Ingested | Rejected) -> Item:
        """Tell what became of the next record; asked once for each, in order."""
        place = (self._rejected if isinstance(result, Rejected) else self._taken).popleft()
        self.bytes_read = max(self.bytes_read, place.read)
        if isinstance(result, Rejected):
            where = result.where.removeprefix(f"{printable(place.file.parent)}/")
            return NotTaken(position=place.position, where=where, reason=result.reason)
        return Taken(
            position=place.position,
            file=place.file.name,
            article_id=result.article_id,
            outcome=result.outcome,
            passages=result.passages,
        )

    def _passed_over(self, result: Result, place: _Place) -> Result:
        """Give a record, or, in the place of one that was dealt with before, something that no ingest minds."""
        if isinstance(result, Skipped):
            self.skipped += 1
            return result
        self._position += 1
        places, before = (self._rejected, "rejected") if isinstance(result, Rejected) else (self._taken, "taken")
        if self._before[before]:
            self._before[before] -= 1
            return Skipped(where=place.file.name)
        places.append(place)
        return result
