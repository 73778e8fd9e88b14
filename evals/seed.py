"""The questions of the seed article, each with what came of it.

python -m evals.seed --seed DIRECTORY      (aleppo.txt and questions.jsonl are in it)
"""

import argparse
import tempfile
from pathlib import Path

from embeddings.collection import Collection
from embeddings.encoder import DEFAULT_ENCODER, SentenceTransformerEncoder
from embeddings.extract import extract_file
from embeddings.ingest import Ingester
from embeddings.library import Library
from evals.data import rows
from evals.results import Row, keep
from service.answerer import Answerer
from service.evaluation.outcomes import Outcome, ask
from service.evaluation.questions import Expectation


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=Path, required=True)
    data = parser.parse_args().seed
    article, questions = data / "aleppo.txt", data / "questions.jsonl"
    expected = [
        Expectation(
            question=each["question"], answerable=each["answerable"], quotes=tuple(each.get("quote_contains", ()))
        )
        for each in rows(questions)
    ]
    encoder = SentenceTransformerEncoder.load(DEFAULT_ENCODER)
    with tempfile.TemporaryDirectory() as library:
        collection = Collection.create(Path(library), "main")
        for _ in Ingester(collection, encoder).ingest(extract_file(article)):
            pass
        outcomes = list(ask(Answerer(Library(Path(library), encoder)), expected))
    right = sum(outcome.right for outcome in outcomes) / len(outcomes)
    keep("seed", [*map(_row, outcomes), Row(name="all", figures={"right": right})], [article, questions])


def _row(outcome: Outcome) -> Row:
    quoted = len(outcome.quoted)
    return Row(
        name=outcome.expected.question,
        figures={
            "expected": "an answer" if outcome.expected.answerable else "not in the articles",
            "got": f"{quoted} quoted" if quoted else "not in the articles",
            "right": "yes" if outcome.right else "no",
        },
    )


if __name__ == "__main__":
    main()
