"""What there is to say of a job, on the disk and to whoever asks, and the events as which it is told."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from embeddings.catalog import Outcome

MOST_ARTICLES = 1000
MOST_ERRORS = 100

Kind = Literal["ingest", "erase"]
State = Literal["queued", "running", "done", "failed"]


class Taken(Struct, frozen=True, kw_only=True, tag="taken", tag_field="type"):
    """What became of an article; it is on the disk, and found from now on where the outcome says so."""

    position: int
    """Its number among the records of the upload, from 1."""
    file: str | None = None
    """The file that it came in; of archives the outer one."""
    article_id: str
    outcome: Outcome
    passages: int
    """0 when nothing changed."""


class NotTaken(Struct, frozen=True, kw_only=True, tag="rejected", tag_field="type"):
    """A file or record of the upload that is no article."""

    position: int
    """Its number among the records of the upload, from 1."""
    where: str
    """`FILE`, `FILE line 17`, `FILE item 3` or `ARCHIVE > MEMBER`."""
    reason: str
    """What is wrong and, where it is not plain, what to do."""


Item = Taken | NotTaken


class Outcomes(Struct, frozen=True, kw_only=True):
    """How many articles became what."""

    new: int = 0
    updated: int = 0
    unchanged: int = 0
    superseded: int = 0
    """The bytes of an earlier version, which stays so unless they come with `revert`."""
    erased: int = 0
    """Erased by this job; or, where articles are taken in, erased before, and out unless they come with `readmit`."""


class Failure(Struct, frozen=True, kw_only=True):
    """Why a job failed as a whole."""

    code: str
    """For programs; stays the same between releases."""
    message: str


class JobSummary(Struct, frozen=True, kw_only=True):
    """How far a job is."""

    id: str
    kind: Kind
    collection: str
    state: State
    """Once it is `done`, every search sees what it did."""
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    counts: Outcomes = Outcomes()
    passages: int = 0
    """Of the articles that are new or updated."""
    rejected: int = 0
    """Files and records that are no articles."""
    skipped: int = 0
    """Members of archives that were passed over, being no articles by their names."""
    bytes: int = 0
    """Of the upload."""
    bytes_read: int = 0
    seq: int | None = None
    """The last change of the collection when the job was done."""
    waiting_for: str | None = None
    """Why it does not go on at the moment."""
    failure: Failure | None = None

    @property
    def finished(self) -> bool:
        """Nothing of it changes any more."""
        return self.state in ("done", "failed")

    @property
    def taken(self) -> int:
        """How many articles it has dealt with."""
        counts = self.counts
        return counts.new + counts.updated + counts.unchanged + counts.superseded + counts.erased


class Job(JobSummary, frozen=True, kw_only=True):
    """A job, with what became of the first of its articles."""

    articles: tuple[Taken, ...] = ()
    """The first 1000; the events of the job tell of all."""
    errors: tuple[NotTaken, ...] = ()
    """The first 100, likewise."""

    def noting(self, items: Sequence[Item], bytes_read: int, skipped: int) -> "Job":
        """Add what became of further records of the upload."""
        taken = [item for item in items if isinstance(item, Taken)]
        errors = [item for item in items if isinstance(item, NotTaken)]
        changed = {name: getattr(self.counts, name) for name in Outcomes.__struct_fields__}
        for item in taken:
            changed[item.outcome] += 1
        return replace(
            self,
            counts=Outcomes(**changed),
            passages=self.passages + sum(item.passages for item in taken),
            rejected=self.rejected + len(errors),
            skipped=max(self.skipped, skipped),
            bytes_read=max(self.bytes_read, bytes_read),
            articles=(*self.articles, *taken[: MOST_ARTICLES - len(self.articles)]),
            errors=(*self.errors, *errors[: MOST_ERRORS - len(self.errors)]),
        )


class Progress(Struct, frozen=True, kw_only=True, tag="progress", tag_field="type"):
    """How far the job is now."""

    job: JobSummary


class Finished(Struct, frozen=True, kw_only=True, tag="done", tag_field="type"):
    """The job is done, or failed: nothing follows."""

    job: Job


JobEvent = Progress | Taken | NotTaken | Finished


class Order(Struct, frozen=True, kw_only=True):
    """What a job is to do, beside its upload."""

    revert: bool = False
    readmit: bool = False
    erase: tuple[str, ...] = ()
    """Ids of articles."""
