"""A short run of the fuzzing of every extractor; `python -m evals.fuzz` is the long one."""

import pytest

from evals import fuzz


@pytest.mark.parametrize("form", fuzz.FORMS)
def test_whatever_a_file_holds_is_an_article_or_has_a_reason(form: str) -> None:
    with fuzz.parsers_here():
        outcomes = {number: fuzz.outcome(form, fuzz.made(form, number)) for number in range(100)}
    assert {number: said for number, said in outcomes.items() if said.startswith("WRONG")} == {}
    assert {"article", "rejected"} <= set(outcomes.values()), "the inputs reach nothing"
