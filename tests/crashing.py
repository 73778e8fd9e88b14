"""A process to be killed: ingests generated articles in small batches and says what is stored as soon as it is told."""

import random
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

from fakes import HashingEncoder, record

from embeddings import collection as collection_module
from embeddings import ingest as ingest_module
from embeddings.articles import Article
from embeddings.collection import Collection
from embeddings.errors import LibraryError
from embeddings.extract import Record
from embeddings.extract.normalise import normalise
from embeddings.ingest import Ingested, Ingester

ENCODER = HashingEncoder(dimension=64)
REFUSED = 3
_WORDS = ["truce", "convoy", "Aleppo", "Lavrov", "🕊️", "هدنة", "e\u0301lan", "U.S.", "Kerry", "blames", "2.5", "\n\n"]


def records(seed: int) -> list[Record]:
    """Articles of one to some hundred words; every fifth comes again later with another text."""
    chance = random.Random(seed)
    made = []
    for number in range(120):
        id = f"id-{number - 7 if number % 5 == 4 and number > 7 else number}"
        words = [chance.choice(_WORDS) for _ in range(chance.randrange(1, 300))]
        text = normalise(f"Record {number} at place{number}. " + ". ".join(words)).strip()
        made.append(record(Article(id=id, title=f"Title of {id}", text=text, source=chance.choice(["A", "B"]))))
    return made


def ingest(library: Path, seed: int) -> Iterator[Ingested]:
    """Take the articles in, few at a time, with snapshots written every now and then."""
    ingest_module._BATCH_RECORDS = 3
    collection_module._PENDING_AT_LEAST = 40
    collection = Collection.create(library, "main")
    try:
        for result in Ingester(collection, ENCODER).ingest(records(seed)):
            assert isinstance(result, Ingested)
            yield result
    finally:
        collection.close()


def main() -> int:
    """Run as: crashing.py LIBRARY SEED [LARGEST FILE IN BYTES]."""
    if len(sys.argv) > 3:
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))
    try:
        for result in ingest(Path(sys.argv[1]), int(sys.argv[2])):
            sys.stdout.write(f"{result.article_id}\n")
            sys.stdout.flush()
    except LibraryError as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main())
