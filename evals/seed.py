"""The questions of the seed article, each with what came of it.

python -m evals.seed --data DIRECTORY      (aleppo.txt and questions.jsonl are in it)
"""

import argparse
import asyncio
import tempfile
from pathlib import Path

from embeddings.collection import Collection
from embeddings.encoder import DEFAULT_ENCODER, SentenceTransformerEncoder
from embeddings.extract import extract_file
from embeddings.ingest import Ingester
from embeddings.library import Library
from evals.data import rows
from service.answerer import Answerer
from service.answers import Question


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    data = parser.parse_args().data
    questions = list(rows(data / "questions.jsonl"))
    encoder = SentenceTransformerEncoder.load(DEFAULT_ENCODER)
    with tempfile.TemporaryDirectory() as library:
        collection = Collection.create(Path(library), "main")
        for _ in Ingester(collection, encoder).ingest(extract_file(data / "aleppo.txt")):
            pass
        answerer = Answerer(Library(Path(library), encoder))
        print("| question | expected | got | right |\n|---|---|---|---|")
        right = 0
        for asked in questions:
            answer = asyncio.run(answerer.answer(Question(question=asked["question"])))
            quotes = [citation.quote for citation in answer.citations]
            if asked["answerable"]:
                good = all(any(wanted in quote for quote in quotes) for wanted in asked["quote_contains"])
            else:
                good = not quotes
            right += good
            expected = "an answer" if asked["answerable"] else "not in the articles"
            got = f"{len(quotes)} quoted" if quotes else "not in the articles"
            print(f"| {asked['question']} | {expected} | {got} | {'yes' if good else 'no'} |")
        print(f"\n{right} of {len(questions)} right")


if __name__ == "__main__":
    main()
