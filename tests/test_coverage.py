"""Parts of a question that an answer says nothing about."""

import pytest

from service.coverage import uncovered

LAVROV = "What did Lavrov say about the ceasefire?"
KERRY = "What did Kerry say about the ceasefire?"


@pytest.mark.parametrize(
    ("parts", "said", "missing"),
    [
        ((LAVROV, KERRY), ["Lavrov blamed the US."], [KERRY]),
        ((LAVROV, KERRY), ["Lavrov blamed the US.", "Kerry's answer was a threat."], []),
        ((LAVROV, KERRY), ["He blamed the US.", "Talks of Kerry and Lavrov"], []),
        (("When did the war begin?", "When did the war end?"), ["It began in May."], []),
        ((LAVROV, "What did Lavrov say of Turkey?"), ["Lavrov blamed the US."], ["What did Lavrov say of Turkey?"]),
        ((LAVROV,), ["Nothing."], [LAVROV]),
        ((), ["Nothing."], []),
    ],
)
def test_a_part_is_missing_whose_own_names_were_not_mentioned(
    parts: tuple[str, ...], said: list[str], missing: list[str]
) -> None:
    assert uncovered(parts, said) == missing
