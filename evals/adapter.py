"""A query adapter, tried: whether turning the vectors of questions towards those of their answers finds more.

    python -m evals.adapter --data DIRECTORY

The adapter is RAGLite's (superlinear-ai/raglite, `_query_adapter.py`), fitted in closed form, without the weights that
it then searches for. For each question q that has wrong passages n above right ones p among the nearest, the target t
is the vector nearest to q under which every p beats every n by a margin; the adapter is the rotation that takes the q
to their t best (orthogonal Procrustes). It is fitted on NewsQA and on every other question of the retrieval sets, and
measured on the rest of them (*seen*); and, without any question of a set, on all of that set (*unseen*). A share
under 1 takes the rotation in part. Figures are nDCG@10; with an adapter, differences from none, with 95% intervals.
"""

import argparse
from collections.abc import Collection as Ids
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from msgspec import Struct
from scipy.optimize import nnls  # type: ignore[import-untyped]

from embeddings.arrays import FloatVector
from embeddings.articles import Passage
from embeddings.collection import Collection
from embeddings.encoder import DEFAULT_ENCODER, SentenceTransformerEncoder
from embeddings.fusion import DEFAULT, Fusion
from embeddings.retriever import Retriever
from evals.answer_sets import newsqa
from evals.collections import collection
from evals.measures import difference, measured
from evals.results import Figure, Row, keep
from evals.retrieval import articles
from evals.retrieval_sets import SETS, Asked
from evals.vectors import CachedEncoder

_NEAREST = 40
_MARGIN = 0.05
_SHARES = (0.25, 0.5, 1.0)
_K = 10
_PER_STORY = 5
_FUSIONS = {"dense alone": Fusion(dense=1.0, evidence=0.0), "fused": DEFAULT}

Matrix = npt.NDArray[np.float64]


class Lesson(Struct, frozen=True, kw_only=True):
    """A question to fit on."""

    question: str
    relevant: Ids[str]
    """Ids of articles."""
    begins: Ids[int] = ()
    """Where answers begin in the article, where that is known."""

    def answered_by(self, passage: Passage) -> bool:
        """Tell whether a passage is to be found for the question."""
        if passage.article_id not in self.relevant:
            return False
        return not self.begins or any(passage.start <= begin < passage.end for begin in self.begins)


class Adapted(CachedEncoder):
    """An encoder whose queries are turned by a matrix."""

    def __init__(self, encoder: SentenceTransformerEncoder, matrix: Matrix) -> None:
        super().__init__(encoder)
        self._matrix = matrix

    def encode_query(self, query: str) -> FloatVector:
        turned = self._matrix @ super().encode_query(query)
        return (turned / np.linalg.norm(turned)).astype(np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    arguments = parser.parse_args()
    bare = SentenceTransformerEncoder.load(DEFAULT_ENCODER)
    encoder = CachedEncoder(bare)
    stories = newsqa(arguments.data)
    asked_of_stories = [
        Lesson(question=each.question, relevant=each.gold, begins=[begin for _, begin in each.spans])
        for each in stories.asked
    ]
    common = _moment(collection("newsqa", stories.articles, encoder), encoder, asked_of_stories)
    loaded = [load(arguments.data) for load in SETS]
    collections = [collection(each.name.replace(" ", "-").lower(), each.articles, encoder) for each in loaded]
    judged = [[one for one in each.asked if one.relevant] for each in loaded]
    moments = [
        _moment(made, encoder, [Lesson(question=one.question, relevant=one.relevant) for one in asked[::2]])
        for made, asked in zip(collections, judged, strict=True)
    ]
    seen = _rotation(common + sum(moments))
    rows: dict[str, dict[str, Figure]] = {}
    for number, (each, made) in enumerate(zip(loaded, collections, strict=True)):
        unseen = _rotation(common + sum(moments) - moments[number])
        for tested, asked, rotation in ("seen", judged[number][1::2], seen), ("unseen", judged[number], unseen):
            for way, fusion in _FUSIONS.items():
                before = _found(Retriever(made, encoder, fusion), asked)
                rows.setdefault(f"{way}, {tested}: as it is", {})[each.name] = float(before.mean())
                for share in _SHARES:
                    matrix = (1 - share) * np.eye(len(rotation)) + share * rotation
                    after = _found(Retriever(made, Adapted(bare, matrix), fusion), asked)
                    mean, low, high = difference(after, before)
                    figure = f"{mean:+.3f} ({low:+.3f} to {high:+.3f})"
                    rows.setdefault(f"{way}, {tested}: adapted by {share}", {})[each.name] = figure
        print(each.name, flush=True)
    files = {*stories.files, *(file for each in loaded for file in each.files)}
    keep("adapter", [Row(name=name, figures=figures) for name, figures in rows.items()], files)


def _moment(made: Collection, encoder: CachedEncoder, lessons: Iterable[Lesson]) -> Matrix:
    """Sum the products of targets and questions, which is all that fitting needs to know of them."""
    queries, targets = zip(*_targets(made, encoder, lessons), strict=True)
    moment: Matrix = np.array(targets).T @ np.array(queries)
    return moment


def _targets(
    made: Collection, encoder: CachedEncoder, lessons: Iterable[Lesson]
) -> Iterator[tuple[FloatVector, Matrix]]:
    """Give the vectors and targets of questions that have right and wrong passages among the nearest, in a wrong order.

    Those in the right order would hold the rotation where it is.
    """
    indexes = made.refresh()
    assert indexes is not None
    for lesson in lessons:
        query = encoder.encode_query(lesson.question)
        keys = np.sort(indexes.dense.search(query, _NEAREST)[0])
        passages, vectors = made.catalog.passages(keys), made.catalog.vectors(keys)
        right = np.array([lesson.answered_by(passages[key]) for key in keys.tolist()])
        wrong = np.array([passages[key].article_id not in lesson.relevant for key in keys.tolist()])
        # p - (1 + margin) n for every p and n; with no rows where either is missing
        apart = (vectors[right, None] - (1 + _MARGIN) * vectors[None, wrong]).reshape(-1, len(query)).astype(np.float64)
        if (apart @ query < 0).any():
            yield query, _target(query, apart)


def _target(query: FloatVector, apart: Matrix) -> Matrix:
    """Solve min |t - q| subject to `apart` t >= 0 by its dual; of unit length."""
    weights, _ = nnls(apart.T, -query.astype(np.float64))
    target: Matrix = query + apart.T @ weights
    target /= np.linalg.norm(target)
    return target


def _rotation(moment: Matrix) -> Matrix:
    left, _, right = np.linalg.svd(moment)
    rotation: Matrix = left @ right
    return rotation


def _found(retriever: Retriever, asked: Sequence[Asked]) -> npt.NDArray[np.float64]:
    """Give the nDCG@10 of each question."""
    rankings = {each.id: articles(retriever.retrieve(each.question, k=_K, per_story=_PER_STORY)) for each in asked}
    return measured(rankings, {each.id: each.relevant for each in asked})["nDCG@10"]


if __name__ == "__main__":
    main()
