"""The measuring of the verifier: sets in halves, claims made false, figures by hand, replies replayed."""

import gzip
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes import HashingEncoder

from embeddings.retriever import Retriever
from evals.collections import collection
from evals.falsified import Contrast, contrasts
from evals.replayed import Replay, Stage
from evals.rewording import edited, rewordings
from evals.vectors import CachedEncoder
from evals.verified import cases
from evals.verifier_fitting import balanced, best_bound, fit
from evals.verifier_sets import SETS, Claim, VerifierSet
from service.pieces import Piece
from service.verifier.signals import Signals

STORY = (
    "Maria Bell accused Oscar Lund of hiding a report on the Halden bridge in 2014. "
    "Bell said the bridge will close on Monday for 12 weeks. "
    "“The bridge was never safe for anybody,” Lund said. "
    "Lund had warned Bell of rust, and the repairs cost $3 million. "
    "The mayor of Tarnby, Ada Holm, told Lund that she was surprised."
)


def marked(source: str, cue: str, content: str, kind: str = "indirect") -> dict[str, Any]:
    """An attribution as the data set has it, of parts that stand in the story in this order or another."""
    at = STORY.index(content)
    near = STORY.rindex(". ", 0, at) + 2 if ". " in STORY[:at] else 0

    def part(text: str) -> list[dict[str, Any]]:
        start = STORY.index(text, near)
        return [{"spans": [[start, start + len(text)]], "text": text}]

    return {"source": part(source), "cue": part(cue), "content": part(content), "kind": kind}


ARTICLE = {
    "id": "bridge",
    "title": "Bridge to close",
    "text": STORY,
    "attributions": [
        marked("Bell", "said", "the bridge will close on Monday for 12 weeks"),
        marked("Lund", "said", "“The bridge was never safe for anybody,”", "direct"),
        marked("The mayor of Tarnby, Ada Holm,", "told Lund that", "she was surprised"),
    ],
}


@pytest.fixture(scope="module")
def made() -> list[Contrast]:
    return list(contrasts([ARTICLE]))


def falsified(made: Sequence[Contrast], kind: str) -> dict[str, str]:
    return {each.straight: each.falsified for each in made if each.kind == kind}


def test_every_claim_differs_from_its_twin_and_comes_out_the_same_again(made: list[Contrast]) -> None:
    assert made == list(contrasts([ARTICLE]))
    assert all(each.straight != each.falsified for each in made)
    assert {STORY.index(each.straight) for each in made if not each.reworded} <= {each.sentence for each in made}


def test_what_is_falsified(made: list[Contrast]) -> None:
    (swapped,) = {twin for twin in falsified(made, "roles swapped").values() if "accused" in twin}
    assert swapped == "Oscar Lund accused Maria Bell of hiding a report on the Halden bridge in 2014."
    assert "The bridge will close on Monday for 12 weeks." in falsified(made, "attribution stripped").values()
    assert "The bridge was never safe for anybody." in falsified(made, "attribution stripped").values()
    numbers = falsified(made, "number changed")
    assert any("12 weeks" in claim and "12 weeks" not in twin for claim, twin in numbers.items())
    for claim, twin in falsified(made, "negation").items():
        assert len(set(claim.split()) ^ set(twin.split())) == 1
    for claim, twin in falsified(made, "quotation altered").items():
        inside, altered = (text[text.index("“") : text.index("”")].split() for text in (claim, twin))
        assert sum(word != other for word, other in zip(inside, altered, strict=True)) == 1
    for claim, twin in falsified(made, "wrong speaker").items():
        speaker = "Bell" if "Bell said" in claim else "Lund"
        assert f"{speaker} s" not in twin


def test_a_sentence_is_reworded_but_for_what_is_kept() -> None:
    sentence = "On Monday, the mayor said two of the nine cranes, which were built in 1970, did not fall."
    wording = edited(sentence, rewordings(sentence, []))
    assert wording == "The mayor stated 2 of the 9 cranes did not fall.".replace("did not", "didn't")
    kept = sentence.index("two")
    assert "two of the 9" in edited(sentence, rewordings(sentence, [(kept, kept + 3)]))
    assert edited(sentence, rewordings(sentence, [(0, len(sentence))])) == sentence


def written(path: Path, records: Sequence[Mapping[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(record)}\n" for record in records)


def claims(count: int) -> list[dict[str, Any]]:
    return [
        {"id": f"{number}", "doc": f"Crane {number // 2} fell. {STORY}", "claim": claim, "label": label}
        for number in range(count)
        for claim, label in (("Maria Bell accused Oscar Lund.", "supported"), ("Oscar Lund fled [1].", "contradicted"))
    ]


def test_no_text_is_in_both_halves(tmp_path: Path) -> None:
    records = claims(40)
    records += [dict(records[0], claim="Here is a summary of it:"), dict(records[0], claim="Sure!")]
    written(tmp_path / "training/verifier_news/ragtruth_news_sentences.jsonl.gz", records)
    made = SETS["RAGTruth news"](tmp_path)
    first, second = ({claim.article for claim in made.half(which)} for which in (False, True))
    assert first
    assert second
    assert not first & second
    assert len(first | second) == len(made.articles) == 20
    assert {(claim.text, claim.supported) for claim in made.claims} == {
        ("Maria Bell accused Oscar Lund.", True),
        ("Oscar Lund fled.", False),
    }


def test_claims_in_lower_case_are_divided_too() -> None:
    lower = Claim(article="1", text="a crane fell in the u.s. on monday. nobody was hurt .", supported=True)
    assert lower.sentences() == ["a crane fell in the u.s. on monday.", "nobody was hurt ."]
    usual = Claim(article="1", text="A crane fell in the U.S. on Monday. Nobody was hurt.", supported=True)
    assert usual.sentences() == ["A crane fell in the U.S. on Monday.", "Nobody was hurt."]


@pytest.fixture
def set_of_one() -> VerifierSet:
    return VerifierSet(
        articles=[{"id": "1", "title": "Bridge to close", "text": STORY}],
        claims=[
            Claim(article="1", text="Bell said the bridge will close on Monday for 12 weeks.", supported=True),
            Claim(article="1", text="Bell said the bridge will close on Monday for 40 weeks.", supported=False),
        ],
        files=(),
    )


def test_claims_are_verified_against_their_text(set_of_one: VerifierSet, tmp_path: Path) -> None:
    encoder = CachedEncoder(HashingEncoder(), tmp_path)
    straight, changed = cases("one", set_of_one, True, encoder, cache=tmp_path)
    assert [part.cited[0].sentence.text for part in straight.parts] == [straight.claim.text]
    assert straight.supported
    assert not changed.supported
    assert {doubt.kind for part in changed.parts for doubt in part.doubts} == {"number"}
    assert not list(cases("one", set_of_one, False, encoder, cache=tmp_path))


def test_a_reply_is_replayed(set_of_one: VerifierSet, tmp_path: Path) -> None:
    encoder = HashingEncoder()
    opened = collection("one", set_of_one.articles, encoder, cache=tmp_path)
    stage = Stage(Retriever(opened, encoder), Retriever(opened, encoder))
    replay = stage.replay(set_of_one.claims)
    assert [piece.text for piece in replay.pieces] == [set_of_one.claims[0].text]
    assert replay.left_out == [set_of_one.claims[1].text]
    assert replay.supported() == [True, False]
    assert [citation.quote for citation in replay.citations] == [set_of_one.claims[0].text]
    assert replay.exact == len(replay.citations) == 1
    assert replay.seconds > 0


def test_a_claim_is_supported_when_all_of_its_sentences_are() -> None:
    texts = ("The crane fell. Nobody was hurt.", "It was rust.", "The crane fell. It burned.")
    shown = [("The crane fell.", True), ("Nobody was hurt.", False), ("It was rust.", True), ("The crane fell.", True)]
    replay = Replay(
        claims=[Claim(article="1", text=text, supported=True) for text in texts],
        pieces=[
            Piece(text=text, status="supported" if supported else "unsupported", grounds=())
            for text, supported in shown
        ],
        left_out=["It burned."],
        citations=[],
        exact=0,
        seconds=1.0,
    )
    assert replay.supported() == [False, True, False]


def test_measures_by_hand() -> None:
    labels, scores = np.array([True, True, True, False, False]), np.array([0.9, 0.8, 0.2, 0.7, 0.1])
    assert balanced(labels, scores >= 0.5) == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert best_bound([(labels, scores)]) == 0.8
    assert best_bound([(labels, scores), (np.array([True, False]), np.array([0.15, 0.05]))]) == 0.15


def test_weights_are_found_whatever_the_share_of_supported_claims() -> None:
    chance = np.random.default_rng(0)
    names = Signals._fields

    def judged(supported: bool) -> tuple[list[Signals], bool]:
        values = dict.fromkeys(names, 0.0) | {"similarity": float(chance.normal(0.7 if supported else 0.3, 0.1))}
        sure = Signals(**(values | {"similarity": 1.0}))
        return [sure, Signals(**values)], supported

    weights, bias = fit({"few": [judged(place % 10 == 0) for place in range(300)]})
    assert weights.similarity > 5
    assert -bias / weights.similarity == pytest.approx(0.5, abs=0.05)
