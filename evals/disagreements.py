"""Articles that differ: which differences are found, and what is called one that is none.

    python -m evals.disagreements --data DIRECTORY [--half 0|1] [--show]

*Updates*: versions of one page of which a sentence changed by nothing but its numbers, lists and times of day left out.
*Edited copies*: articles found for questions of RealTimeQA, and a copy of each by another outlet with one amount of one
sentence changed by a third or more. *Alarms* are disagreements between sentences found together, each of them as if it
were cited: for questions of RealTimeQA, and for articles of AllSides, each with those of its days that are nearest by
words, which are often of the same event. Whether an alarm is true is for reading: `--show` prints them all. The rules
were written looking at half 0 (the even places); half 1 shows what they are worth.
"""

import argparse
import itertools
import math
import random
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC
from pathlib import Path
from typing import Any

import numpy as np
from dateutil import parser as date_parser
from msgspec.structs import replace

from embeddings.articles import Carrier, Hit, Passage
from embeddings.encoder import DEFAULT_ENCODER, SentenceTransformerEncoder
from embeddings.evidence import Candidate
from embeddings.retriever import Retriever
from embeddings.sentences import paragraphs
from embeddings.terms import FUNCTION_WORDS, terms
from evals.collections import collection
from evals.data import rows
from evals.results import Figure, Row, keep, table
from evals.retrieval_sets import real_time
from evals.vectors import CachedEncoder
from service.disagreements.amounts import amounts
from service.disagreements.disagreeing import Disagreement, Sentences
from service.disagreements.notes import note
from service.grounds import PASSAGES_OF_A_STORY
from service.reader import read

VERSIONS = "neardup/realtimeqa_same_url_versions.jsonl.gz"
NEWS = "news_corpora/allsides.jsonl.xz"
_QUESTIONS, _CLUSTERS = 500, 1500
_COPY = "copy"
_PER_PASSAGE, _READ, _LEAD = 6, 24, 800
_DAYS, _NEIGHBOURS, _NEAR = 6, 9, 0.25
_FEWEST_WORDS = 6
_NUMBER = re.compile(r"\d[\d,.]*")
_NO_SENTENCE = re.compile(r"^\W*\d+[.)]|\d:\d\d")

Found = list[list[Candidate]]
"""The sentences found together, by passage."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--half", type=int, choices=(0, 1), default=1)
    parser.add_argument("--show", action="store_true", help="print the alarms; nothing is kept")
    arguments = parser.parse_args()
    data, half = arguments.data, arguments.half
    asked = list(_asked(data, half))
    clusters = list(_clusters(data, half))
    kept = [_updates(list(rows(data / VERSIONS))[half::2]), _copies([found for _, found in asked])]
    for name, sets in (("alarms, RealTimeQA", [found for _, found in asked]), ("alarms, AllSides", clusters)):
        row, alarms = _alarms(name, sets)
        kept.append(row)
        if arguments.show:
            for alarm in alarms:
                print(f"{note(alarm)}\n    {alarm.cited.sentence.text}\n    {alarm.other.sentence.text}")
    kept.append(_cost(asked))
    if arguments.show or not half:
        print(table(kept))
    else:
        files = (VERSIONS, NEWS, "realtimeqa/articles.jsonl.xz", "realtimeqa/questions.jsonl.gz")
        keep("disagreements", kept, [data / file for file in files])


def _asked(data: Path, half: int) -> Iterator[tuple[str, Found]]:
    """Yield questions with the sentences found for them."""
    encoder = CachedEncoder(SentenceTransformerEncoder.load(DEFAULT_ENCODER))
    made = real_time(data)
    retriever = Retriever(collection("realtimeqa-sample", made.articles, encoder), encoder)
    for each in made.asked[half : 2 * _QUESTIONS : 2]:
        yield (
            each.question,
            retriever.candidates(retriever.retrieve(each.question, k=10, per_story=PASSAGES_OF_A_STORY)),
        )


def _clusters(data: Path, half: int) -> Iterator[Found]:
    """Yield articles, each with those of its days that share most of the rare words of its beginning."""
    dated = sorted(_dated(data / NEWS), key=lambda article: article["at"])
    leads = [frozenset(terms(f"{each['title']} {each['text'][:_LEAD]}")) - FUNCTION_WORDS for each in dated]
    having = Counter(term for lead in leads for term in lead)
    rarity = {term: math.log(len(dated) / count) for term, count in having.items()}
    drawn = random.Random(half).sample(range(half, len(dated), 2), _CLUSTERS)
    for place in drawn:
        total = sum(rarity[term] for term in leads[place])
        near = sorted(
            (
                (sum(rarity[term] for term in leads[place] & leads[other]) / total, other)
                for other in _days(dated, place)
            ),
            reverse=True,
        )[:_NEIGHBOURS]
        if near and near[0][0] >= _NEAR:
            yield [
                passage
                for other in (place, *(other for _, other in near))
                for passage in _passages(dated[other], _READ)
            ]


def _dated(path: Path) -> Iterator[dict[str, Any]]:
    for row in rows(path):
        try:
            at = date_parser.parse(row["published_at"])
        except (TypeError, ValueError, OverflowError):
            continue
        yield row | {"at": at.replace(tzinfo=UTC)}


def _days(dated: Sequence[Mapping[str, Any]], place: int) -> Iterator[int]:
    """Yield the places of the other articles of these days."""
    for step in (-1, 1):
        other = place + step
        while 0 <= other < len(dated) and abs((dated[other]["at"] - dated[place]["at"]).days) <= _DAYS:
            yield other
            other += step


def _passages(article: Mapping[str, Any], most: int | None = None) -> Iterator[list[Candidate]]:
    """Cut an article into passages, or its beginning, of so many sentences at most."""
    sentences = [sentence for each in paragraphs(article["text"]) for sentence in each][:most]
    carrier = Carrier(
        article_id=article["id"],
        version=1,
        title=article.get("title", ""),
        source=article.get("source"),
        published_at=article.get("at"),
    )
    for ordinal, begin in enumerate(range(0, len(sentences), _PER_PASSAGE)):
        some = sentences[begin : begin + _PER_PASSAGE]
        start, end = some[0].start, some[-1].end
        passage = Passage(
            id=f"{article['id']}@1:{ordinal}",
            article_id=article["id"],
            version=1,
            ordinal=ordinal,
            start=start,
            end=end,
            text=article["text"][start:end],
        )
        hit = Hit(rank=1, score=0.0, passage=passage, article=carrier, story=0, dense_score=0.0, lexical_score=0.0)
        yield [Candidate(hit=hit, sentence=each, similarity=0.0, terms=tuple(terms(each.text))) for each in some]


def _updates(groups: Iterable[Mapping[str, Any]]) -> Row:
    """Compare what follows on each other of one page."""
    changed = found = 0
    for group in groups:
        for earlier, later in itertools.pairwise(group["versions"]):
            old, new = (
                [one for each in _passages({"id": id, "text": version["text"], "source": id}) for one in each]
                for id, version in (("earlier", earlier), ("later", later))
            )
            every = Sentences([*old, *new])
            by_shape: dict[str, list[Candidate]] = {}
            for each in new:
                by_shape.setdefault(_NUMBER.sub("#", each.sentence.text), []).append(each)
            for each in old:
                text = each.sentence.text
                others = by_shape.get(_NUMBER.sub("#", text), [])
                if len(text.split()) < _FEWEST_WORDS or _NO_SENTENCE.search(text) or len(others) != 1:
                    continue
                if text != others[0].sentence.text:
                    changed += 1
                    found += bool(every.disagreeing(each))
    return Row(name="updates", figures={"pairs": changed, "found": found / max(1, changed)})


def _copies(sets: Sequence[Found]) -> Row:
    """Add to what was found for a question a copy of one of its articles in which one amount differs."""
    chance = random.Random(0)
    tried = found = 0
    for passages in sets:
        sentences = [each for passage in passages for each in passage]
        edits = [(each, edit) for each in sentences if (edit := _edited(each.sentence.text))]
        if not edits:
            continue
        tried += 1
        original, edit = chance.choice(edits)
        article = original.hit.article.article_id
        copy = [
            _copied(each, edit if each is original else each.sentence.text)
            for each in sentences
            if each.hit.article.article_id == article
        ]
        differing = Sentences([*sentences, *copy]).disagreeing(original)
        found += any(each.other.hit.article.article_id == _COPY for each in differing)
    return Row(name="edited copies", figures={"pairs": tried, "found": found / max(1, tried)})


def _edited(text: str) -> str | None:
    """Make the first amount that is written in digits half as much again; None where there is none."""
    for amount in amounts(text):
        if number := _NUMBER.search(text, amount.start, amount.end):
            digits = number[0].rstrip(",.")
            places = len(digits.partition(".")[2])
            raised = f"{math.ceil(float(digits.replace(',', '')) * 1.5 * 10**places) / 10**places:,.{places}f}"
            return text[: number.start()] + raised + text[number.start() + len(digits) :]
    return None


def _copied(candidate: Candidate, text: str) -> Candidate:
    article = replace(candidate.hit.article, article_id=_COPY, source="Another outlet")
    return replace(
        candidate,
        hit=replace(candidate.hit, article=article),
        sentence=replace(candidate.sentence, text=text),
        terms=tuple(terms(text)),
    )


def _alarms(name: str, sets: Iterable[Found]) -> tuple[Row, list[Disagreement]]:
    """Hold each sentence against those found with it; what differs both ways is one alarm."""
    alarms: dict[frozenset[str], Disagreement] = {}
    together = cited = with_any = 0
    for passages in sets:
        sentences = [each for passage in passages for each in passage]
        every = Sentences(sentences)
        here = [alarm for each in sentences for alarm in every.disagreeing(each)]
        together, cited, with_any = together + 1, cited + len(sentences), with_any + bool(here)
        for alarm in here:
            alarms.setdefault(frozenset([alarm.cited.sentence.text, alarm.other.sentence.text]), alarm)
    figures: dict[str, Figure] = {
        "found together": together,
        "sentences": cited,
        "alarms": len(alarms),
        "with an alarm": with_any / max(1, together),
    }
    return Row(name=name, figures=figures), list(alarms.values())


def _cost(asked: Sequence[tuple[str, Found]]) -> Row:
    """Time what the sentences of the reader's answers take."""
    taken = []
    for question, passages in asked:
        if quoted := read(question, passages):
            started = time.perf_counter()
            every = Sentences([each for passage in passages for each in passage])
            for each in quoted:
                every.disagreeing(each)
            taken.append((time.perf_counter() - started) * 1000)
    return Row(
        name="cost",
        figures={"answers": len(taken), "ms": float(np.median(taken)), "ms, 95%": float(np.percentile(taken, 95))},
    )


if __name__ == "__main__":
    main()
