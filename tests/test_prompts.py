"""Prompts: loaded from the package or a directory, checked, and rendered as the model gets them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from prompts import FIELDS, Prompt, PromptInvalid, load

SOURCES = """\
<source number="1" outlet="Harbour Post" date="2016-06-07, Tuesday" title="Crane falls at the quay">
[1.1] A crane fell at the north quay on Monday.
…
<said by="the harbour master">
[1.2] “It was rust.”
</said>
</source>"""


def written(prompt: tuple[str, str]) -> str:
    return "=== system\n{}\n=== user\n{}\n".format(*prompt)


def test_the_answer_s_prompt(golden: Callable[[str, str], None]) -> None:
    rendered = load("answer").render(
        today="Wednesday, 08 June 2016",
        question="Why did the crane fall, and who pays for it?",
        parts="(a) Why did the crane fall?\n(b) Who pays for the crane?",
        sources=SOURCES,
    )
    golden("prompt-answer.txt", written(rendered))


def test_the_condenser_s_prompt(golden: Callable[[str, str], None]) -> None:
    rendered = load("condense").render(
        today="Wednesday, 08 June 2016",
        history="<user>Why did the crane fall?</user>\n<assistant>It was rust.</assistant>",
        question="And who pays for it?",
    )
    golden("prompt-condense.txt", written(rendered))


@pytest.mark.parametrize("name", FIELDS)
def test_every_prompt_there_is_can_be_loaded(name: str) -> None:
    prompt = load(name)
    assert prompt.name == name
    assert len(prompt.digest) == 12
    assert prompt == load(name)


@pytest.mark.parametrize("name", FIELDS)
def test_a_value_is_not_read_as_a_template(name: str) -> None:
    value = "$question costs $5, $$7 and ${sources}"
    system, user = load(name).render(**dict.fromkeys(FIELDS[name], value))
    assert value not in system
    assert user.count(value) == len(FIELDS[name])


def test_other_fields_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="fields history, question, today"):
        load("condense").render(today="", history="")
    with pytest.raises(ValueError, match="fields history, question, today"):
        load("condense").render(today="", history="", question="", sources="")


def own(directory: Path, text: str | bytes) -> Prompt:
    path = directory / "condense.md"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return load("condense", directory=directory)


def test_a_directory_overrides_what_it_holds(tmp_path: Path) -> None:
    prompt = own(tmp_path, "On $today\n\n---\n\n$history\r\n$question for $$5\n")
    assert prompt.render(today="A", history="B", question="C") == ("On A", "B\nC for $5")
    assert prompt.digest != load("condense").digest
    assert load("answer", directory=tmp_path) == load("answer")


def test_the_digest_is_of_the_words(tmp_path: Path) -> None:
    text = "$today\n---\n$history $question\n"
    digest = own(tmp_path, text).digest
    assert own(tmp_path, "\ufeff" + text.replace("\n", "\r\n")).digest == digest
    assert own(tmp_path, text.replace("$history", "$history,")).digest != digest


@pytest.mark.parametrize(
    ("text", "matter"),
    [
        ("$today\n---\n$history", r"lacks the field \$question"),
        ("$today\n---\nnone", r"lacks the field \$history, \$question"),
        ("$today\n---\n$history $question $sources", r"unknown field \$sources; .*\$history, \$question, \$today"),
        ("$today\n---\n$history $Question", r"unknown field \$Question"),
        ("$today\n---\n$history $questions", r"unknown field \$questions"),
        ("$today\n---\n$history\n$question for 5 $", r"a \$ in line 4 that begins no field"),
        ("$today for $5\n---\n$history $question", r"a \$ in line 1 that begins no field"),
        ("$today\n---\n$history ${question", r"a \$ in line 3 that begins no field"),
        ("$today $history $question", "has 0 lines ---"),
        ("$today\n---\n$history\n---\n$question", "has 2 lines ---"),
        ("---\n$today $history $question", "nothing before the line ---"),
        ("$today $history $question\n---\n \n", "nothing after the line ---"),
        ("", "has 0 lines ---"),
        (b"$today\n---\n$history $question \xff", "is not UTF-8"),
    ],
)
def test_what_cannot_be_used_is_said_with_its_file(tmp_path: Path, text: str | bytes, matter: str) -> None:
    with pytest.raises(PromptInvalid, match=matter) as caught:
        own(tmp_path, text)
    assert str(tmp_path / "condense.md") in str(caught.value)
    assert "mend it" in str(caught.value)


def test_what_cannot_be_read_is_said_too(tmp_path: Path) -> None:
    (tmp_path / "condense.md").mkdir()
    with pytest.raises(PromptInvalid, match="cannot be read"):
        load("condense", directory=tmp_path)
    with pytest.raises(PromptInvalid, match="directory that is not there"):
        load("answer", directory=tmp_path / "elsewhere")
