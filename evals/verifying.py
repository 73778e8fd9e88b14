"""The verifier, measured: claims that people judged against a text, and true claims beside falsified ones.

    python -m evals.verifying --data DIRECTORY [--fit] [--set NAME]

Each text is ingested as an article; a claim is verified sentence by sentence against the sentences of its text that
bear it out best, and supported if all of it is. A contrast is verified against the very sentence that it was made of,
as if a model had cited that. The weights are fitted on the texts of one half (`--fit` prints them), the figures are of
the other; no text is in both. Kept: supported claims that pass; caught: others that do not. Attributions aside: people
judged a claim to be supported also where it leaves out who says so, which the verifier does not let pass. Similarity
alone, and the share of words alone, have the threshold that is best on the first halves. On WiCE and Factcheck-GPT
nothing is fitted.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from embeddings.encoder import DEFAULT_ENCODER, SentenceTransformerEncoder
from evals.falsified import Contrast
from evals.falsifying import KINDS
from evals.refusals import auroc
from evals.results import Figure, Row, keep, table
from evals.vectors import CachedEncoder
from evals.verified import Case, cases, pairs
from evals.verifier_fitting import balanced, best_bound, fit
from evals.verifier_sets import FITTED, SETS

CONTRASTS = "contrasts"
_BOUNDS = (0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6)
_BASELINES = {"similarity": "similarity alone", "said": "share of words alone"}
"""What a sentence is judged by alone, and how that is shown."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--fit", action="store_true", help="fit weights, and print them")
    parser.add_argument("--set", choices=[*SETS, CONTRASTS], action="append", help="only this one; nothing is kept")
    arguments = parser.parse_args()
    encoder = CachedEncoder(SentenceTransformerEncoder.load(DEFAULT_ENCODER))
    chosen = arguments.set or [*SETS, CONTRASTS]
    sets = {name: made(arguments.data) for name, made in SETS.items()}
    first = {name: list(cases(name, sets[name], False, encoder)) for name in FITTED}
    if arguments.fit:
        judged = {
            name: [([part.signals for part in case.parts], case.claim.supported) for case in some]
            for name, some in first.items()
        }
        weights, bias = fit(judged)
        print(f"signals.WEIGHTS = {weights}\nBIAS = {bias}")
        return
    bounds = {
        baseline: best_bound([(_labels(some), _least(some, baseline)) for some in first.values()])
        for baseline in _BASELINES
    }
    second = {name: list(cases(name, each, True, encoder)) for name, each in sets.items() if name in chosen}
    shown = [row for name, some in second.items() for row in _rows(name, some, bounds)]
    path = arguments.data / "quotes/polnear.jsonl.gz"
    contrasted = _contrast_rows(list(pairs(path, True, encoder))) if CONTRASTS in chosen else []
    if arguments.set:
        print(table(shown), table(contrasted), sep="\n\n")
    else:
        files = {file for each in sets.values() for file in each.files}
        keep("verifying", shown, files)
        keep("verifying-bounds", [_bound_row(bound, second) for bound in _BOUNDS], files)
        keep("falsified", contrasted, [path])


def _rows(name: str, cases: Sequence[Case], bounds: Mapping[str, float]) -> Iterator[Row]:
    """Give the line of a set, and of its parts where it has some."""
    yield _row(name, cases, bounds)
    for kind in sorted({case.claim.kind for case in cases} - {""}):
        yield _row(f"{name}: {kind}", [case for case in cases if case.claim.kind == kind], bounds)


def _row(name: str, cases: Sequence[Case], bounds: Mapping[str, float]) -> Row:
    labels = _labels(cases)
    passed, support = np.array([case.supported for case in cases]), np.array([case.support for case in cases])
    stated = np.array([case.stated for case in cases])
    figures: dict[str, Figure] = {
        "claims": f"{labels.sum()} + {(~labels).sum()}",
        "balanced accuracy": balanced(labels, passed),
        "AUROC": auroc(support[labels], support[~labels]),
        "kept": float(np.mean(passed[labels])),
        "caught": float(np.mean(~passed[~labels])),
        "balanced accuracy, attributions aside": balanced(labels, stated),
    }
    for baseline, shown in _BASELINES.items():
        least = _least(cases, baseline)
        figures[f"{shown}: balanced accuracy"] = balanced(labels, least >= bounds[baseline])
        figures[f"{shown}: AUROC"] = auroc(least[labels], least[~labels])
    return Row(name=name, figures=figures)


def _bound_row(bound: float, sets: Mapping[str, Sequence[Case]]) -> Row:
    """Tell what would become of claims were they supported from this probability on, on the mean of the fitted sets."""
    figures = []
    for name in FITTED:
        labels = _labels(sets[name])
        passed = np.array([case.passes(bound) for case in sets[name]])
        figures.append((balanced(labels, passed), np.mean(passed[labels]), np.mean(~passed[~labels])))
    means = np.mean(figures, axis=0).tolist()
    return Row(name=f"from {bound}", figures=dict(zip(("balanced accuracy", "kept", "caught"), means, strict=True)))


def _contrast_rows(made: Sequence[tuple[Contrast, Case, Case]]) -> list[Row]:
    groups = {kind: [each for each in made if each[0].kind == kind] for kind in KINDS} | {"all": made}
    return [_contrast_row(name, some) for name, some in groups.items()]


def _contrast_row(name: str, made: Sequence[tuple[Contrast, Case, Case]]) -> Row:
    reworded = [each for each in made if each[0].reworded]
    figures: dict[str, Figure] = {"pairs": len(made), "of them reworded": len(reworded)}
    for shown, some in (("", made), (", reworded", reworded)):
        figures[f"falsified caught{shown}"] = float(np.mean([not falsified.supported for _, _, falsified in some]))
        figures[f"true flagged{shown}"] = float(np.mean([not straight.supported for _, straight, _ in some]))
    return Row(name=name, figures=figures)


def _labels(cases: Sequence[Case]) -> np.ndarray:
    return np.array([case.claim.supported for case in cases])


def _least(cases: Sequence[Case], baseline: str) -> np.ndarray:
    return np.array([case.least(baseline) for case in cases])


if __name__ == "__main__":
    main()
