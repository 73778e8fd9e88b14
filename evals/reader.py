"""The keyless reader, measured on questions that have an answer and on some that have none; its weights fitted.

    python -m evals.reader --data DIRECTORY [--fit]

Each set's articles are one collection. A right answer quotes a sentence that holds the annotated span. A question has
no answer when its own article is left out of what the reader sees (absent), or when the set says so (adversarial:
written to look answerable). Weights are fitted on one half of the questions, all is reported on the other.
"""

import argparse
import hashlib
import random
import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct

from embeddings.articles import Article
from embeddings.collection import Collection
from embeddings.encoder import DEFAULT_ENCODER, SentenceTransformerEncoder
from embeddings.extract import Record
from embeddings.extract.normalise import normalise
from embeddings.ingest import Ingester
from embeddings.retriever import Candidate, Retriever
from evals.data import rows
from service.answerer import PASSAGES_OF_A_STORY
from service.answers import Question
from service.reader import ANSWERS_FROM, Features, read, score

SETS = {"NewsQA": "training/reader/newsqa_dev.jsonl.gz", "SQuAD 2.0": "squad/squad2_dev_half.jsonl.gz"}
_HARDEST = 40


class Asked(Struct, frozen=True, kw_only=True):
    """A question, what the reader saw, and what is right."""

    question: str
    answerable: bool
    passages: list[list[Candidate]]
    without_gold: list[list[Candidate]]
    """The same, less the passages of its own article."""
    rarity: dict[str, float]
    article_id: str
    spans: list[tuple[str, int]]

    def right(self, candidate: Candidate) -> bool:
        """Tell whether a sentence holds an annotated answer, or repeats it elsewhere in the article."""
        sentence = candidate.sentence
        if candidate.hit.article.article_id != self.article_id:
            return False
        return any(
            sentence.start <= start < sentence.end or (len(_bare(text)) > 3 and _bare(text) in _bare(sentence.text))
            for text, start in self.spans
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--fit", action="store_true", help="fit the weights, and print them")
    parser.add_argument("--questions", type=int, default=1500, help="of each set, at most")
    arguments = parser.parse_args()
    encoder = SentenceTransformerEncoder.load(DEFAULT_ENCODER)
    with tempfile.TemporaryDirectory() as library:
        asked = {
            name: list(_asked(arguments.data / path, Path(library), encoder, arguments.questions))
            for name, path in SETS.items()
        }
    if arguments.fit:
        _fit([each for questions in asked.values() for each in questions[::2]])
    print(
        "| set | questions | right first | right in the answer | sentences | refused: absent | refused: adversarial |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|")
    for name, questions in asked.items():
        print(_row(name, questions[1::2]))


def _asked(path: Path, library: Path, encoder: SentenceTransformerEncoder, most: int) -> Iterator[Asked]:
    records = list(rows(path))
    random.Random(0).shuffle(records)
    name = hashlib.sha256(str(path).encode()).hexdigest()[:8]
    collection = Collection.create(library, name)
    for _ in Ingester(collection, encoder).ingest(_articles(records)):
        pass
    retriever = Retriever(collection, encoder)
    for record in records[:most]:
        question = record["question"]
        retrieval = retriever.retrieve(question, k=_default_k(), per_story=PASSAGES_OF_A_STORY)
        passages = retriever.candidates(retrieval)
        gold = _id(record)
        yield Asked(
            question=question,
            answerable=record["answerable"],
            passages=passages,
            without_gold=[
                passage for passage, hit in zip(passages, retrieval.hits, strict=True) if hit.article.article_id != gold
            ],
            rarity=retriever.rarity(question),
            article_id=gold,
            spans=[(answer["text"], answer["start"]) for answer in record["answers"]],
        )


def _articles(records: Sequence[dict[str, Any]]) -> Iterator[Record]:
    for text, record in {record["context"]: record for record in records}.items():
        # NewsQA's titles are the first words of the text, which say nothing more.
        title = "" if text.startswith(record["title"].removesuffix("…")) else record["title"]
        article = Article(id=_id(record), title=title, text=normalise(text))
        yield Record(article=article, source_digest=article.id)


def _id(record: dict[str, Any]) -> str:
    return hashlib.sha256(record["context"].encode()).hexdigest()[:16]


def _default_k() -> int:
    return Question(question="?").k


def _row(name: str, questions: Sequence[Asked]) -> str:
    answerable = [each for each in questions if each.answerable]
    first, anywhere, counts, absent = [], [], [], []
    for each in answerable:
        chosen = read(each.question, each.passages, each.rarity)
        first.append(bool(chosen) and each.right(chosen[0]))
        anywhere.append(any(each.right(candidate) for candidate in chosen))
        if chosen:
            counts.append(len(chosen))
        absent.append(not read(each.question, each.without_gold, each.rarity))
    adversarial = [not read(each.question, each.passages, each.rarity) for each in questions if not each.answerable]
    refused = f"{np.mean(adversarial):.3f}" if adversarial else "–"
    return (
        f"| {name} | {len(answerable)} + {len(adversarial)} | {np.mean(first):.3f} | {np.mean(anywhere):.3f} "
        f"| {np.mean(counts):.2f} | {np.mean(absent):.3f} | {refused} |"
    )


def _fit(questions: Sequence[Asked]) -> None:
    """Fit log-odds on candidates that are hard to tell apart, and the threshold that keeps 9 of 10 right answers."""
    from sklearn.linear_model import LogisticRegression

    features, labels, best = [], [], []
    for each in questions:
        scored = score(each.question, each.passages, each.rarity)
        scored.sort(key=lambda one: -(one.features.similarity + 0.6 * one.features.covered))
        features += [one.features for one in scored[:_HARDEST]]
        labels += [each.right(one.candidate) for one in scored[:_HARDEST]]
    model = LogisticRegression(C=10, max_iter=3000).fit(np.array(features), labels)
    for each in questions:
        scored = score(each.question, each.passages, each.rarity)
        if scored and each.answerable:
            logits = model.decision_function(np.array([one.features for one in scored]))
            top = int(np.argmax(logits))
            best += [float(logits[top])] if each.right(scored[top].candidate) else []
    weights = Features(*(round(float(weight), 2) for weight in model.coef_[0]))
    print(
        f"{weights}\nbias {model.intercept_[0]:.2f}, answers from {np.quantile(best, 0.1):.2f} (now {ANSWERS_FROM})\n"
    )


def _bare(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


if __name__ == "__main__":
    main()
