"""Whether there is an answer at all, and how that is fitted and measured."""

import numpy as np
import pytest
from test_reader import far, passage

from evals.fitting import Choice, Verdict, fit_choice, fit_refusal
from evals.refusals import auroc, refused_when_kept
from service.reader import answering
from service.refusal import Signals, log_odds
from service.weighing import Features, weigh

NEAR = ("In March the port of Ashford took in 400 ferries.", 0.7)


def signals_of(question: str) -> Signals:
    seen = [passage(NEAR, nearness=0.7), far(), far("further")]
    sought, weighed = weigh(question, seen)
    best = answering(sought, weighed, [each[0].hit for each in seen])
    assert best is not None
    return best.signals


def test_names_and_numbers_that_nothing_mentions_speak_against() -> None:
    known, unknown = signals_of("How many ferries came to Ashford?"), signals_of("How many ferries came to Dunmore?")
    assert (known.names_missing, unknown.names_missing) == (0, 1)
    assert signals_of("Which port took in 500 ferries?").numbers_missing == 1
    assert signals_of("Which port took in 400 ferries?").numbers_missing == 0
    assert log_odds(known) > log_odds(unknown)


def test_a_missing_kind_of_thing_speaks_against() -> None:
    assert signals_of("How many ferries came to Ashford?").value == 1
    assert signals_of("How much did the port of Ashford cost?").value == -1
    assert signals_of("What is the port of Ashford?").value == 0


def test_an_article_that_stands_out_speaks_for_an_answer() -> None:
    alone = passage(NEAR, nearness=0.7)
    sought, weighed = weigh("Which port took in ferries?", [alone])
    crowded = [
        passage(NEAR, nearness=0.7),
        *(passage(("The port slept.", 0.3), article=name, nearness=0.69) for name in "xyz"),
    ]
    best = answering(sought, weighed, [alone[0].hit, far()[0].hit])
    among = answering(sought, weighed, [each[0].hit for each in crowded])
    assert best is not None
    assert among is not None
    assert best.signals.apart_in_words > among.signals.apart_in_words
    assert best.log_odds > among.log_odds


def test_sentences_are_needed() -> None:
    sought, weighed = weigh("Which port?", [])
    assert answering(sought, weighed, []) is None


def test_a_choice_that_follows_one_feature_is_learnt() -> None:
    random = np.random.default_rng(0)
    choices = []
    for _ in range(200):
        features = random.normal(size=(8, len(Features._fields))).astype(np.float32)
        choices.append(Choice(features, features[:, 2] == features[:, 2].max()))
    weights = fit_choice(choices)
    assert max(weights, key=abs) == weights.said > 1
    assert weights == fit_choice(choices)


def test_the_threshold_keeps_nine_of_ten_right_answers() -> None:
    random = np.random.default_rng(0)
    verdicts = []
    for number in range(400):
        right = number % 2 == 0
        values = random.normal(size=len(Signals._fields)) + (2 if right else 0)
        verdicts.append(Verdict(Signals(*values), right, "one set"))
    weights, bias, threshold = fit_refusal(verdicts)
    scores = {
        right: [np.dot(v.signals, weights) + bias for v in verdicts if v.right == right] for right in (True, False)
    }
    assert np.mean(np.array(scores[True]) >= threshold) == pytest.approx(0.9, abs=0.02)
    assert np.mean(np.array(scores[False]) < threshold) > 0.9


def test_measures_of_refusing() -> None:
    right, refusable = np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.0, 2.0, 5.0])
    # 1 is above 0; 2 above 0 and level with 2; 3 and 4 above 0 and 2.
    assert auroc(right, refusable) == pytest.approx((1 + 1.5 + 2 + 2) / 12)
    assert refused_when_kept(right, refusable, 1.0) == pytest.approx(1 / 3)
    assert refused_when_kept(right, refusable, 0.0) == pytest.approx(2 / 3)
