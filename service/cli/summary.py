"""What an ingest did, counted and said."""

import time
from collections import Counter

from msgspec import Struct

from service.cli.display import plain
from service.cli.failures import FAILED

_SHOWN = 20


class Summary(Struct, frozen=True, kw_only=True, tag_field="type", tag="summary"):
    """What an ingest did; or would do, where nothing is stored."""

    new: int
    updated: int
    unchanged: int
    superseded: int
    """Earlier versions of what was updated since; nothing was done with them."""
    erased: int
    """Erased before, and left out."""
    withdrawn: int
    """Because no watched file carries them any more."""
    restored: int
    """Because one does again."""
    rejected: int
    skipped: int
    """Files of formats that are not read, or parts of saved pages, met in folders and archives."""
    passages: int
    """Added."""
    seconds: float
    reasons: list[str]
    """Why each was rejected."""
    stored: bool


class Tally:
    """Counts what becomes of articles."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._counts: Counter[str] = Counter()
        self._passages = 0
        self._reasons: list[str] = []
        self.skipped = 0

    def count(self, what: str, passages: int = 0) -> None:
        """Count an article that is now "new", say, with its passages."""
        self._counts[what] += 1
        self._passages += passages

    def reject(self, reason: str | None = None) -> None:
        """Count what is no article, and keep the reason for the end if it was not said yet."""
        self._counts["rejected"] += 1
        if reason is not None:
            self._reasons.append(reason)

    def summary(self, *, stored: bool = True) -> Summary:
        """Sum up until now."""
        return Summary(
            new=self._counts["new"],
            updated=self._counts["updated"],
            unchanged=self._counts["unchanged"],
            superseded=self._counts["superseded"],
            erased=self._counts["erased"],
            withdrawn=self._counts["withdrawn"],
            restored=self._counts["restored"],
            rejected=self._counts["rejected"],
            skipped=self.skipped,
            passages=self._passages,
            seconds=round(time.monotonic() - self._started, 2),
            reasons=self._reasons,
            stored=stored,
        )

    def check(self, *, strict: bool) -> None:
        """Exit with status 1 when nothing but rejections came or, if `strict`, when there was any."""
        rejected = self._counts["rejected"]
        if rejected and (strict or rejected == self._counts.total()):
            raise SystemExit(FAILED)


def summary_lines(summary: Summary) -> str:
    """A summary as people read it."""
    would = "" if summary.stored else "nothing was written; it would be "
    lines = [
        f"{would}{summary.new} new, {summary.updated} updated, {summary.unchanged} unchanged, "
        f"{summary.rejected} rejected; {summary.passages} passages in {summary.seconds:.1f} s"
    ]
    if summary.withdrawn or summary.restored:
        lines.append(f"{summary.withdrawn} withdrawn, {summary.restored} restored")
    if summary.superseded:
        lines.append(f"{summary.superseded} passed over: the same as earlier versions; --revert lets them count")
    if summary.erased:
        lines.append(f"{summary.erased} left out, because erased before; --readmit takes them in again")
    if summary.skipped:
        files = "file" if summary.skipped == 1 else "files"
        lines.append(f"{summary.skipped} {files} of other formats passed over")
    lines += [f"rejected: {plain(reason)}" for reason in summary.reasons[:_SHOWN]]
    if len(summary.reasons) > _SHOWN:
        lines.append(f"… and {len(summary.reasons) - _SHOWN} more; --json lists them all")
    return "\n".join(lines)
