"""What a run measured: kept as JSON, shown as a table, compared with the floors that no change may fall below.

    python -m evals.results            check all kept results against the floors

`results/NAME.json` holds the last run of each measurement, `floors.json` what figures may not fall below, both with the
digest of the data: figures of other data are compared with nothing. README.md shows the kept results.
"""

import hashlib
import itertools
import os
import platform
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import Struct

Figure = float | int | str | None

HERE = Path(__file__).parent
_RESULTS = HERE / "results"
_FLOORS = HERE / "floors.json"


class Row(Struct, frozen=True, kw_only=True):
    """One line of a table."""

    name: str
    figures: dict[str, Figure]
    """By column. Text is shown as it is, a fraction with three decimals; None where there is nothing to measure."""


class Run(Struct, frozen=True, kw_only=True):
    """One run of one measurement."""

    name: str
    command: str
    made_at: datetime
    data: str
    """Digest of all that was measured on."""
    machine: str
    rows: tuple[Row, ...]


class Floor(Struct, frozen=True, kw_only=True):
    """The least that a figure may be, on these data."""

    run: str
    row: str
    figure: str
    least: float
    data: str


def keep(name: str, rows: Sequence[Row], files: Iterable[Path]) -> None:
    """Keep and print what this program measured on `files`; ends it with status 1 where that is below a floor."""
    _RESULTS.mkdir(exist_ok=True)
    module = getattr(sys.modules["__main__"].__spec__, "name", "evals").removesuffix(".__main__")
    arguments = [
        f"${option.strip('-').upper()}" if Path(argument).is_dir() else argument
        for option, argument in itertools.pairwise(sys.argv)
    ]
    run = Run(
        name=name,
        command=" ".join(["python", "-m", module, *arguments]),
        made_at=datetime.now(UTC).replace(microsecond=0),
        data=digest(files),
        machine=f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        rows=tuple(rows),
    )
    encoded = msgspec.json.format(msgspec.json.encode(run), indent=1)
    (_RESULTS / f"{name}.json").write_bytes(encoded + b"\n")
    print(f"{table(rows)}\n", flush=True)
    if below := broken(run):
        sys.exit("\n".join(below))


def kept(name: str) -> Run:
    """Read what was last measured."""
    return msgspec.json.decode((_RESULTS / f"{name}.json").read_bytes(), type=Run)


def shown(name: str) -> str:
    """The command of a kept run and its table, as Markdown."""
    run = kept(name)
    return f"    {run.command}\n\n{table(run.rows)}"


def table(rows: Sequence[Row]) -> str:
    """Rows as a Markdown table; columns in the order in which they first come up."""
    columns = list(dict.fromkeys(column for row in rows for column in row.figures))
    lines = [f"| | {' | '.join(columns)} |", f"|---|{'---:|' * len(columns)}"]
    lines += [f"| {row.name} | {' | '.join(_written(row.figures.get(column)) for column in columns)} |" for row in rows]
    return "\n".join(lines)


def digest(files: Iterable[Path]) -> str:
    """Tell data apart."""
    whole = hashlib.sha256()
    for path in sorted(files):
        with path.open("rb") as file:
            whole.update(hashlib.file_digest(file, "sha256").digest())
    return whole.hexdigest()[:16]


def broken(run: Run) -> list[str]:
    """Name the floors below which a run fell."""
    floors = msgspec.json.decode(_FLOORS.read_bytes(), type=list[Floor]) if _FLOORS.exists() else []
    figures = {(row.name, name): figure for row in run.rows for name, figure in row.figures.items()}
    below = []
    for floor in floors:
        if (floor.run, floor.data) == (run.name, run.data):
            figure = figures.get((floor.row, floor.figure))
            if not isinstance(figure, int | float) or figure < floor.least:
                below.append(f"{run.name}: {floor.figure} of {floor.row} is {figure}, below its floor {floor.least}")
    return below


def _written(figure: Figure) -> str:
    if figure is None:
        return "–"
    if isinstance(figure, int):
        return f"{figure:,}"
    return figure if isinstance(figure, str) else f"{figure:.3f}"


def main() -> None:
    below = [line for path in sorted(_RESULTS.glob("*.json")) for line in broken(kept(path.stem))]
    sys.exit("\n".join(below) if below else 0)


if __name__ == "__main__":
    main()
