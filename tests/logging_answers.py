"""A process to be killed, or to run into a full disk: logs answers and says which are stored as soon as it is told."""

import resource
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from embeddings.articles import Filter, Hit, Query
from embeddings.collection import Collection
from service.answers import Answer, AnswerSentence, Citation
from service.errors import LedgerError
from service.ledger.ledger import Ledger
from service.ledger.records import Considered, Record
from service.ledger.storage import FILE

REFUSED = 3
ASKED_AT = datetime(2016, 6, 7, 14, 30, tzinfo=UTC)


def cite(hit: Hit, start: int, end: int, number: int = 1) -> Citation:
    """Cite characters of a passage that was found, by their places in its article."""
    carrier = hit.article
    return Citation(
        number=number,
        article_id=carrier.article_id,
        version=carrier.version,
        passage_id=hit.passage.id,
        title=carrier.title,
        source=carrier.source,
        author=carrier.author,
        published_at=carrier.published_at,
        url=carrier.url,
        quote=hit.passage.text[start - hit.passage.start : end - hit.passage.start],
        start=start,
        end=end,
        carriers=hit.carriers,
    )


def answer(id: str, hits: tuple[Hit, ...], text: str = "", question: str = "what of it?") -> Answer:
    """Answer in words of one's own from the first passage, which is cited whole; without words, it is no answer."""
    citations = (cite(hits[0], hits[0].passage.start, hits[0].passage.end),) if text else ()
    sentence = AnswerSentence(text=text, start=0, end=len(text), status="supported", citations=(1,), support=0.9)
    return Answer(
        id=id,
        collection="main",
        question=question,
        queries=(Query(text=question, wanted=Filter(sources=("Harbour Post",))),),
        as_of=ASKED_AT,
        status="answered" if text else "not_in_articles",
        text=text,
        sentences=(sentence,) if text else (),
        citations=citations,
        independent_sources=len(citations),
        nearest=() if text else hits[:3],
        answerer="chat" if text else "reader",
        timings_ms={"retrieve": 12.0, "total": 34.5},
        seq=7,
    )


def record(id: str, hits: tuple[Hit, ...], text: str = "", question: str = "what of it?") -> Record:
    return Record(
        asked_at=ASKED_AT,
        answer=answer(id, hits, text, question),
        k=8,
        candidates=tuple(Considered.of(hit, source=1 if text else None) for hit in hits),
    )


def records(prefix: str) -> Iterator[Record]:
    number = 0
    while True:
        yield record(f"{prefix}-{number:06}", (), question=f"question {number} {'of many words ' * 200}")
        number += 1


def main() -> int:
    """Run as: logging_answers.py LIBRARY PREFIX COUNT [LARGEST FILE IN BYTES]."""
    library, prefix, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    catalog = Collection.open(library, "main").catalog
    if len(sys.argv) > 4:
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[4]), int(sys.argv[4])))
    ledger = Ledger(library / FILE)
    try:
        for _, each in zip(range(count), records(prefix), strict=False):
            ledger.append(each, catalog)
            sys.stdout.write(f"{each.answer.id}\n")
            sys.stdout.flush()
    except LedgerError as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main())
