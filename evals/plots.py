"""Draws what was measured: the kept results as SVG, for the README.

python -m evals.plots
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure

from evals.results import HERE, Row, kept

PLOTS = HERE / "plots"
_STYLE: Any = {"svg.hashsalt": "byline", "svg.fonttype": "none", "font.size": 9, "axes.spines.top": False,
          "axes.spines.right": False, "axes.grid": True, "grid.alpha": 0.3}  # fmt: skip
_ABSENT, _UNANSWERABLE, _CHANCE = "#1f5fa8", "#c4562a", "#999999"
_ACROSS = 4


def main() -> None:
    with rc_context(_STYLE):
        PLOTS.mkdir(exist_ok=True)
        for name, drawn in (("refusing", refusing), ("retrieval", steps)):
            path = PLOTS / f"{name}.svg"
            # Without a date, the same figures are the same file.
            drawn(kept(name).rows).savefig(path, metadata={"Date": None}, bbox_inches="tight")
            print(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def refusing(rows: Sequence[Row]) -> Figure:
    """Draw, for each set, what share is refused of what has no answer, against the share kept of right answers."""
    sets = list(dict.fromkeys(_set(row) for row in rows))
    down = -(-len(sets) // _ACROSS)
    figure = Figure(figsize=(2.6 * _ACROSS, 2.5 * down))
    axes = figure.subplots(down, _ACROSS, sharex=True, sharey=True, squeeze=False)
    for axis in axes.flat[len(sets) :]:
        axis.set_visible(False)
    for axis, name in zip(axes.flat, sets, strict=False):
        points = [row.figures for row in rows if _set(row) == name]
        axis.plot([1, 0], [0, 1], color=_CHANCE, linewidth=0.8, linestyle=":")
        for kind, colour in (("absent", _ABSENT), ("unanswerable", _UNANSWERABLE)):
            drawn = [(point["kept"], point[f"{kind} refused"]) for point in points]
            if all(refused is not None for _, refused in drawn):
                axis.plot(*zip(*drawn, strict=True), color=colour, label=kind)
        axis.axvline(0.9, color=_CHANCE, linewidth=0.8)
        axis.set_title(name, fontsize=9)
    figure.supxlabel("share of right answers kept")
    figure.supylabel("share refused")
    handles = {
        label: handle for axis in axes.flat for handle, label in zip(*axis.get_legend_handles_labels(), strict=True)
    }
    figure.legend(handles.values(), handles.keys(), loc="lower right", ncols=2)
    figure.tight_layout()
    return figure


def steps(rows: Sequence[Row]) -> Figure:
    """Draw, for each set, its figures after each step, in the order of the rows."""
    names = [name.partition(": ") for name in rows[0].figures if ": " in name]
    sets = list(dict.fromkeys(set_ for set_, _, _ in names))
    figure = Figure(figsize=(9, 1.9 * len(sets)))
    axes = figure.subplots(len(sets), 1, sharex=True, squeeze=False)
    for axis, set_ in zip(axes.flat, sets, strict=True):
        for name in (name for name in names if name[0] == set_):
            values = [row.figures.get("".join(name)) for row in rows]
            drawn = [value if isinstance(value, float) else float("nan") for value in values]
            axis.step(range(len(rows)), drawn, where="mid", marker="o", markersize=3, label=name[2])
        axis.set_title(set_, fontsize=9)
        axis.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    axes[-1, 0].set_xticks(range(len(rows)), [row.name for row in rows], rotation=35, ha="right")
    figure.tight_layout()
    return figure


def _set(row: Row) -> str:
    return row.name.rpartition(", ")[0]


if __name__ == "__main__":
    main()
