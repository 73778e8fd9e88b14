"""What is read from questions of outlets and dates: is it stated there, and would a filter by it lose the answer?

    python -m evals.stated --data DIRECTORY [--half 0|1] [--show multihop|realtimeqa|newsqa|squad]

MultiHop questions name the outlets, and often the days, of their evidence; RealTimeQA asks on a known day, and hardly
ever states an outlet or a day of publication; NewsQA and SQuAD never do: what is read from those is a false alarm.
"Lost" is the share of questions with a condition that does not admit all their gold articles. The rules were written
looking at half 0 of MultiHop and RealTimeQA (the even places); half 1 shows what they are worth.
"""

import argparse
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from embeddings.articles import Filter
from embeddings.extract.dates import parse_date
from evals.data import rows
from evals.results import Row, keep
from evals.results import table as results_table
from service.condenser.stated import Stated, stated

_MULTIHOP_READ_ON = datetime(2024, 1, 1, tzinfo=UTC)
_OLD_READ_ON = datetime(2016, 1, 1, tzinfo=UTC)
SETS = ("multihop", "realtimeqa", "newsqa", "squad")
FILES = (
    "multihop_rag_lite/articles.jsonl",
    "multihop_rag_lite/questions.jsonl",
    "realtimeqa/articles.jsonl.xz",
    "realtimeqa/questions.jsonl.gz",
    "training/reader/newsqa_dev.jsonl.gz",
    "squad/squad2_dev_half.jsonl.gz",
)
_AGES = (1, 3, 7, 14, 30, 90, 365)


class Published(Struct, frozen=True):
    """Where and when an article came out."""

    source: str
    at: datetime


class Case(Struct, frozen=True):
    """A question, when it is asked, and the articles that answer it; none where that is not known or nothing does."""

    question: str
    asked: datetime
    outlets: tuple[str, ...]
    gold: tuple[Published, ...]


def cases(data: Path, name: str) -> Iterator[Case]:
    """Yield the questions of a set, in its order."""
    multihop = data / "multihop_rag_lite"
    if name == "realtimeqa":
        found = articles(data)
        outlets = tuple(sorted({article.source for article in found.values()}))
        for row in rows(data / "realtimeqa" / "questions.jsonl.gz"):
            gold = tuple(found[one] for one in row["gold_article_ids"] if one in found)
            yield Case(row["question"], _asked(row["asked_on"]), outlets, gold)
        return
    outlets = tuple(sorted({row["source"] for row in rows(multihop / "articles.jsonl") if row["source"]}))
    if name == "multihop":
        for row in rows(multihop / "questions.jsonl"):
            evidence = [_published(one["source"], one["published_at"]) for one in row["evidence"]]
            yield Case(row["question"], _MULTIHOP_READ_ON, outlets, tuple(gold for gold in evidence if gold))
        return
    path = {"newsqa": "training/reader/newsqa_dev.jsonl.gz", "squad": "squad/squad2_dev_half.jsonl.gz"}[name]
    for row in rows(data / path):
        yield Case(row["question"], _OLD_READ_ON, outlets, ())


def articles(data: Path) -> dict[str, Published]:
    """The dated RealTimeQA articles by id."""
    found = (
        (row["id"], _published(row["source"], row["published_at"]))
        for row in rows(data / "realtimeqa" / "articles.jsonl.xz")
    )
    return {one: published for one, published in found if published}


def admits(wanted: Filter, article: Published) -> bool:
    """Tell whether a filter by outlets and dates lets an article through."""
    return (
        (not wanted.sources or article.source in wanted.sources)
        and (wanted.after is None or article.at >= wanted.after)
        and (wanted.before is None or article.at < wanted.before)
    )


def measured(name: str, found: Sequence[tuple[Case, Stated]]) -> Row:
    """What was read from the questions of one set."""
    by_outlet = [(case, Filter(sources=read.wanted.sources)) for case, read in found if read.wanted.sources]
    by_date = [(case, by_date_alone(read.wanted)) for case, read in found if dated(read.wanted)]
    favoured = [(case, by_date_alone(read.favoured)) for case, read in found if dated(read.favoured)]
    known = [(case, wanted, {article.source for article in case.gold}) for case, wanted in by_outlet if case.gold]
    return Row(
        name=name,
        figures={
            "questions": len(found),
            "by outlet": len(by_outlet),
            "gold outlets read": share(
                source in read.wanted.sources for case, read in found for source in {one.source for one in case.gold}
            ),
            "read are gold": share(source in gold for _, wanted, gold in known for source in wanted.sources),
            "lost by outlet": share(not admits_all(wanted, case) for case, wanted in by_outlet if case.gold),
            "lost though named": share(
                any(not admits(wanted, gold) and gold.source.split(" - ")[0] in case.question for gold in case.gold)
                for case, wanted in by_outlet
                if case.gold
            ),
            "by date": len(by_date),
            "lost by date": share(not admits_all(wanted, case) for case, wanted in by_date if case.gold),
            "outlet favoured": sum(bool(read.favoured.sources) for _, read in found),
            "date favoured": len(favoured),
            "gold in favoured dates": share(admits(one, gold) for case, one in favoured for gold in case.gold),
            "outlet unknown": sum(bool(read.unknown_outlets) for _, read in found),
        },
    )


def by_date_alone(wanted: Filter) -> Filter:
    """The same condition without its outlets."""
    return Filter(after=wanted.after, before=wanted.before)


def dated(wanted: Filter) -> bool:
    """Tell whether a filter has a condition on dates."""
    return wanted.after is not None or wanted.before is not None


def admits_all(wanted: Filter, case: Case) -> bool:
    """Tell whether a filter lets all gold articles of a question through."""
    return all(admits(wanted, article) for article in case.gold)


def share(found: Iterable[bool]) -> float | None:
    """How many of these are so; None of none."""
    values = list(found)
    return sum(values) / len(values) if values else None


def recency(data: Path) -> Iterator[Row]:
    """How old articles are when a RealTimeQA question is asked: its gold ones, and all that were published by then."""
    answered = [case for case in cases(data, "realtimeqa") if case.gold]
    undated = [case for case in answered if not dated(_read(case).favoured)]
    published = [article.at for article in articles(data).values()]
    others = [(day - at).days for day in {case.asked for case in answered} for at in published if at <= day]
    ages = {
        "gold articles": [(case.asked - gold.at).days for case in answered for gold in case.gold],
        "gold articles of questions without a date": [
            (case.asked - gold.at).days for case in undated for gold in case.gold
        ],
        "all articles published by then": others,
    }
    for name, found in ages.items():
        within = {f"{days} days": share(age <= days for age in found) for days in _AGES}
        yield Row(
            name=name, figures={"counted": len(found), "published later": share(age < 0 for age in found), **within}
        )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--half", type=int, choices=(0, 1))
    options.add_argument("--show", choices=SETS, help="print what is read from the questions of one set")
    chosen = options.parse_args()
    table = []
    for name in SETS:
        half = [case for place, case in enumerate(cases(chosen.data, name)) if chosen.half in (None, place % 2)]
        began = time.perf_counter()
        found = [(case, _read(case)) for case in half]
        each = (time.perf_counter() - began) / len(half)
        parts = {name: found}
        if name == "multihop":  # those without gold must be refused
            parts = {
                name: [one for one in found if one[0].gold],
                f"{name} null": [one for one in found if not one[0].gold],
            }
        for part, read in parts.items():
            row = measured(part, read)
            table.append(Row(name=part, figures={**row.figures, "µs each": f"{each * 1e6:.0f}"}))
        if chosen.show == name:
            show(found)
    if chosen.half is None and chosen.show is None:
        keep("stated", table, [chosen.data / path for path in FILES])
        keep("recency", list(recency(chosen.data)), [chosen.data / path for path in FILES if "realtimeqa" in path])
    else:
        print(results_table(table))


def show(found: Iterable[tuple[Case, Stated]]) -> None:
    """Print the questions from which something was read, with what was lost by it."""
    for case, read in found:
        if read != Stated(topic=case.question):
            lost = [gold for gold in case.gold if not admits(read.wanted, gold)]
            print(f"{case.asked:%Y-%m-%d} {case.question}\n    {read}" + f"\n    LOST {lost}" * bool(lost))


def _read(case: Case) -> Stated:
    return stated(case.question, as_of=case.asked, outlets=case.outlets)


def _asked(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(hour=23, tzinfo=UTC)


def _published(source: str, at: str) -> Published | None:
    moment = parse_date(at)
    return Published(source, moment) if moment else None


if __name__ == "__main__":
    main()
