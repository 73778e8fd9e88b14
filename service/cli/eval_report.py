"""An evaluation as people read it, in a terminal or pasted where Markdown is shown: what was not right, then tables."""

import textwrap
from collections.abc import Iterable, Sequence

from service.cli.display import plain, wrapped
from service.evaluation.comparison import Comparison
from service.evaluation.evaluation import Evaluation, Measured
from service.evaluation.figures import Figure, interval
from service.evaluation.outcomes import Outcome, Quoted
from service.evaluation.questions import Expectation

_LABELS = {
    "right": "right",
    "answered_right": "answerable: answered right",
    "right_at_once": "… with the first sentence",
    "answered_wrongly": "answerable: answered wrongly",
    "refused_wrongly": "answerable: refused",
    "lost_in_search": "answerable: lost in the search",
    "lost_in_reading": "answerable: lost in the reading",
    "refused_rightly": "unanswerable: refused (recall)",
    "refusal_precision": "refused: unanswerable (precision)",
    "article_recall_1": "articles found, first story",
    "article_recall_5": "articles found, first 5",
    "article_recall_10": "articles found, first 10",
    "article_mrr_10": "1 / rank of the first (MRR@10)",
    "exact_quotations": "quotations exact",
    "median_ms": "milliseconds, median",
    "p95_ms": "milliseconds, 95th percentile",
}
_FOUND = "article_recall_10"
_MEANS = ("article_recall_1", "article_recall_5", _FOUND)
_TAGGED = ("answered_right", "answered_wrongly", "refused_wrongly", "refused_rightly")
_VERDICTS = {
    "answered_right": "answered right, but with a quotation that is not exact",
    "answered_wrongly": "answered wrongly",
    "refused_wrongly": "refused",
    "answered_unanswerable": "answered, though the articles do not say",
}
_LOST = {
    "search": "lost in the search: no passage that it found has that",
    "reading": "lost in the reading: it found that, and did not quote it",
    None: "",
}
_SHORT = 240


def report(evaluation: Evaluation, most: int) -> str:
    """Put an evaluation into words, with at most so many of the questions that were not right."""
    parts = [_failures(evaluation, most), _tables(evaluation), _tag_table(evaluation), _verdict(evaluation)]
    return "\n\n".join(filter(None, parts))


def _failures(evaluation: Evaluation, most: int) -> str:
    turned = evaluation.comparison.turned_wrong if evaluation.comparison else ()
    failed = [each for each in evaluation.outcomes if not (each.right and all(quoted.exact for quoted in each.quoted))]
    failed.sort(key=lambda outcome: outcome.expected.id not in turned)
    if not failed or not most:
        return ""
    lines = [f"Not right, {len(failed)} of {evaluation.asked}:", ""]
    for outcome in failed[:most]:
        lines += _failure(outcome, turned=outcome.expected.id in turned)
    if len(failed) > most:
        lines.append(f"- … and {len(failed) - most} more; --failures {len(failed)} shows them, --json has them all")
    return "\n".join(lines)


def _failure(outcome: Outcome, *, turned: bool) -> list[str]:
    expected = outcome.expected
    was = ", was right in the baseline" if turned else ""
    details = [f"expected: {_expected(expected)}", *map(_quoted, outcome.quoted), _LOST[outcome.lost_in]]
    head = f"{plain(expected.id)}, {_VERDICTS[outcome.verdict]}{was}: {_short(expected.question)}"
    return [_item(head, "- "), *(_item(detail, "  - ") for detail in details if detail)]


def _expected(expected: Expectation) -> str:
    if not expected.answerable:
        return "not in the articles"
    parts = [" and ".join(f"“{_short(quote)}”" for quote in expected.quotes)]
    parts.append(" or ".join(f"“{_short(answer)}”" for answer in expected.answers))
    named = "" if any(parts) else " or ".join(plain(article) for article in expected.articles)
    return "; ".join(filter(None, [*parts, named and f"a quotation from {named}"]))


def _quoted(quoted: Quoted) -> str:
    exact = "" if quoted.exact else " (NOT what the stored article says)"
    return f"quoted: “{_short(quoted.quote)}” ({plain(quoted.source or 'no outlet')}: {_short(quoted.title)}){exact}"


def _tables(evaluation: Evaluation) -> str:
    comparison = evaluation.comparison
    parts = [_about(evaluation)]
    if comparison is None or comparison.added:
        cells = [[_LABELS[name], _cell(name, figure)] for name, figure in evaluation.figures.items() if figure.of]
        parts.append(_table([_questions(evaluation.asked), "now"], cells))
    if comparison is not None and evaluation.baseline is not None:
        parts += [_since(evaluation.measured, evaluation.baseline, comparison), _comparison_table(comparison)]
        parts.append(_turned(comparison))
    return "\n\n".join(filter(None, parts))


def _about(evaluation: Evaluation) -> str:
    measured, right = evaluation.measured, evaluation.figures["right"]
    line = f"Collection {measured.collection} at change {measured.seq}, {measured.articles} articles; "
    line += f"encoder {plain(measured.encoder)}; Byline {measured.byline}."
    if evaluation.asked < evaluation.questions:
        line += f" Interrupted: {evaluation.asked} of {evaluation.questions} questions were asked."
    if right.of:
        low, high = interval(right)
        line += f" On questions like these, {low:.0%} to {high:.0%} are right (95% interval)."
    return wrapped(line)


def _comparison_table(comparison: Comparison) -> str:
    heads = [_questions(comparison.common), "baseline", "now", "change"]
    rows = []
    for name, now in comparison.now.items():
        before = comparison.before[name]
        if now.of or before.of:
            rows.append([_LABELS[name], _cell(name, before), _cell(name, now), _change(name, before, now)])
    return _table(heads, rows) if comparison.common else ""


def _since(now: Measured, before: Measured, comparison: Comparison) -> str:
    """What else is different from the baseline: it may explain the rest."""
    told = [("collection", before.collection, now.collection), ("Byline", before.byline, now.byline)]
    told += [("encoder", f"{before.encoder} {before.encoder_digest[:12]}", f"{now.encoder} {now.encoder_digest[:12]}")]
    told += [("articles", str(before.articles), str(now.articles)), ("change", str(before.seq), str(now.seq))]
    differs = [f"{what} {plain(old)} → {plain(new)}" for what, old, new in told if old != new]
    line = f"Since the baseline: {', '.join(differs) or 'the same articles, the same Byline'}."
    if comparison.added or comparison.gone:
        line += f" Compared is what both asked, expecting the same: {_questions(comparison.common)}; "
        line += f"{comparison.added} are new, and {comparison.gone} of the baseline's were not asked."
    return wrapped(line)


def _turned(comparison: Comparison) -> str:
    if not comparison.turned_wrong and not comparison.turned_right:
        return "No question turned." if comparison.common else ""
    lines = []
    for what, ids in (("wrong", comparison.turned_wrong), ("right", comparison.turned_right)):
        if ids:
            lines.append(wrapped(f"Turned {what}, {len(ids)}: {', '.join(map(plain, ids))}"))
    odds = f"Were both runs equally good, {comparison.chance:.0%} of the time as many or more would turn one way"
    return "\n\n".join([*lines, wrapped(f"{odds} (sign test).")])


def _tag_table(evaluation: Evaluation) -> str:
    heads = ["tag", "right", "answered right", "wrongly", "refused", "unanswerable: refused", "found in 10"]
    rows = []
    for tag, summed in evaluation.tags.items():
        counts = (_count(summed[name]) for name in _TAGGED)
        rows.append([plain(tag), _cell("right", summed["right"]), *counts, _cell(_FOUND, summed[_FOUND])])
    return _table(heads, rows) if rows else ""


def _verdict(evaluation: Evaluation) -> str:
    if evaluation.shortfalls:
        return "\n".join(wrapped(f"Does not pass: {shortfall}.") for shortfall in evaluation.shortfalls)
    gates = evaluation.gates
    passed = [f"{name} at least {least:g}" for name, least in gates.at_least.items()]
    passed += [f"{name} at most {most:g}" for name, most in gates.at_most.items()]
    passed += [f"gate {gates.gate}"] if gates.gate else []
    return wrapped(f"Passes: {', '.join(passed)}.") if passed else ""


def _cell(name: str, figure: Figure) -> str:
    if figure.value is None:
        return "–"
    if name.endswith("_ms"):
        return f"{figure.value:.0f}"
    if name == "article_mrr_10":
        return f"{figure.value:.3f}"
    share = f"{figure.value:.1%}"
    return share if name in _MEANS else f"{share} ({_count(figure)})"


def _count(figure: Figure) -> str:
    return "–" if figure.value is None else f"{round(figure.value * figure.of)}/{figure.of}"


def _change(name: str, before: Figure, now: Figure) -> str:
    if before.value is None or now.value is None:
        return "–"
    change = now.value - before.value
    if name.endswith("_ms"):
        return f"{change:+.0f}"
    return f"{change:+.3f}" if name == "article_mrr_10" else f"{100 * change:+.1f}"


def _questions(count: int) -> str:
    return "1 question" if count == 1 else f"{count} questions"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table that is aligned without Markdown, too."""
    cells = [heads, *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    rule = [":" + "-" * (widths[0] - 1), *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join(
        "| " + " | ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) + " |"
        for row in [cells[0], rule, *cells[1:]]
    )


def _item(text: str, mark: str) -> str:
    return mark + wrapped(text, indent=" " * len(mark)).lstrip()


def _short(text: str) -> str:
    return textwrap.shorten(plain(text), _SHORT, placeholder=" …")
