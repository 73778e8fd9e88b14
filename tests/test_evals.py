"""What the measurements stand on: vectors kept, collections kept, measures, floors."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np
import pytest
from fakes import HashingEncoder

from embeddings.arrays import FloatVector
from embeddings.encoder import EncodedPassage, EncoderInput
from evals import results
from evals.collections import collection
from evals.measures import ALL, difference, measured
from evals.results import Floor, Row, Run, broken, table
from evals.vectors import CachedEncoder


class Counting(HashingEncoder):
    def __init__(self) -> None:
        super().__init__(32)
        self.texts: list[str] = []

    def encode_query(self, query: str) -> FloatVector:
        self.texts.append(query)
        return super().encode_query(query)

    def encode_document(self, inputs: Sequence[EncoderInput]) -> list[EncodedPassage]:
        self.texts += [each.text for each in inputs]
        return super().encode_document(inputs)


INPUTS = [EncoderInput(text=f"The crane fell {n} times. Rust.", spans=((0, 23), (24, 29))) for n in range(3)]


def test_nothing_is_encoded_twice(tmp_path: Path) -> None:
    first, second, bare = Counting(), Counting(), HashingEncoder(32)
    CachedEncoder(first, tmp_path).encode_document(INPUTS[:2])
    CachedEncoder(first, tmp_path).encode_query("crane")
    again = CachedEncoder(second, tmp_path)
    encoded = again.encode_document([INPUTS[2], *INPUTS])
    np.testing.assert_array_equal(again.encode_query("crane"), bare.encode_query("crane"))
    assert (first.texts, second.texts) == ([*(each.text for each in INPUTS[:2]), "crane"], [INPUTS[2].text])
    for ours, theirs in zip(encoded, bare.encode_document([INPUTS[2], *INPUTS]), strict=True):
        np.testing.assert_array_equal(ours.vector, theirs.vector)
        np.testing.assert_allclose(ours.sentences, theirs.sentences, atol=1e-3)


def test_a_collection_is_made_once(tmp_path: Path) -> None:
    articles = [{"id": "a", "title": "Cranes", "text": "The crane fell."}, {"id": "b", "text": "The ferry sailed."}]
    encoder = Counting()
    made = collection("few", articles, encoder, cache=tmp_path)
    assert made.catalog.counts().articles == 2
    made.close()
    encoded = len(encoder.texts)
    again = collection("few", articles, encoder, cache=tmp_path)
    assert (again.directory, len(encoder.texts)) == (made.directory, encoded)
    other = collection("few", articles[:1], encoder, cache=tmp_path)
    assert other.directory != made.directory
    with pytest.raises(ValueError, match="line 1"):
        collection("bad", [{"title": "no text"}], encoder, cache=tmp_path)


def test_measures_by_hand() -> None:
    relevant = {"one": {"a": 1, "b": 1}, "two": {"c": 1}, "none": {"d": 1}}
    found = measured({"one": ["a", "x", "b"], "two": ["x", "y", "z", "w", "c"], "none": []}, relevant)
    np.testing.assert_allclose(found["recall@1"], [0.5, 0, 0])
    np.testing.assert_allclose(found["MRR@10"], [1, 0.2, 0])
    np.testing.assert_allclose(found["Hits@4"], [1, 0, 0])
    np.testing.assert_allclose(found[ALL], [1, 1, 0])
    np.testing.assert_allclose(found["nDCG@10"][0], (1 + 1 / 2) / (1 + 1 / np.log2(3)))


def test_a_difference_and_its_interval() -> None:
    better = np.linspace(0.5, 0.9, 40)
    mean, low, high = difference(better, better - 0.1)
    np.testing.assert_allclose([mean, low, high], 0.1)
    mean, low, high = difference(np.tile([0.0, 1.0], 20), np.tile([1.0, 0.0], 20))
    assert low < mean == 0 < high


def test_floors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = (Row(name="ours", figures={"right": 0.8, "questions": 1200, "note": "as text", "none": None}),)
    run = Run(name="r", command="c", made_at=datetime(2026, 1, 1, tzinfo=UTC), data="d1", machine="m", rows=rows)
    assert table(rows).splitlines()[-1] == "| ours | 0.800 | 1,200 | as text | – |"
    floor = Floor(run="r", row="ours", figure="right", least=0.79, data="d1")
    floors = [floor, msgspec.structs.replace(floor, least=0.9, data="d2"), msgspec.structs.replace(floor, run="other")]
    monkeypatch.setattr(results, "_FLOORS", tmp_path / "floors.json")
    assert broken(run) == []
    (tmp_path / "floors.json").write_bytes(msgspec.json.encode(floors))
    assert broken(run) == []
    floors += [msgspec.structs.replace(floor, least=0.81), msgspec.structs.replace(floor, figure="gone")]
    (tmp_path / "floors.json").write_bytes(msgspec.json.encode(floors))
    assert [each.split(" of ")[0] for each in broken(run)] == ["r: right", "r: gone"]
