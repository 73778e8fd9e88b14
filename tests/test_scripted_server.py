"""The server that stands in for that of a chat model: what it does is what tests of others rest on."""

import asyncio
import json
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_server import FAULTS, NOT_IN_ARTICLES, ScriptedServer, by_character, by_word, extractive, says

from prompts import load
from service.chat.client import OpenAIChatModel
from service.chat.model import Message
from service.errors import (
    ChatContextExceeded,
    ChatModelBusy,
    ChatModelError,
    ChatModelRefused,
    ChatModelTimeout,
    ChatModelUnavailable,
    ChatReplyBroken,
    ChatReplyEmpty,
    ChatReplyEndless,
)

SOURCES = """<source number="1" outlet="Harbour Post" title="Crane falls at the quay">
[1.1] A crane fell at the north quay on Monday.
[1.2] The harbour master blamed the fall of the crane on rust &amp; wind.
</source>
<source number="2" outlet="Civic Courier" title="Ferry fares rise">
[2.1] The ferry to the islands will cost two euros more from August.
</source>"""


KINDS = {
    "401": ChatModelRefused,
    "404": ChatModelRefused,
    "429": ChatModelBusy,
    "500": ChatModelUnavailable,
    "503": ChatModelUnavailable,
    "context": ChatContextExceeded,
    "cut": ChatReplyBroken,
    "empty": ChatReplyEmpty,
    "endless": ChatReplyEndless,
    "error": ChatModelUnavailable,
    "hang": ChatModelTimeout,
    "hang-midway": ChatModelTimeout,
    "rubbish": ChatReplyBroken,
    "silence": ChatReplyBroken,
    "truncated": ChatReplyBroken,
}


def asked(question: str, sources: str = SOURCES) -> list[dict[str, str]]:
    """Make the messages that the service would send."""
    system, user = load("answer").render(today="2016-06-09", question=question, parts="", sources=sources)
    return [{"role": "system", "content": system}, {"role": "user", "content": user}]


def answer(url: str, monkeypatch: pytest.MonkeyPatch, deadline_s: float = 10) -> str:
    """Ask with the real client."""
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    model = OpenAIChatModel("scripted", deadline_s=deadline_s, retries=0)
    messages = [Message(role="user", content=asked("What was the fall of the crane blamed on?")[1]["content"])]

    async def read() -> str:
        async with model.reply(messages, most_tokens=100) as reply:
            return "".join([piece async for piece in reply])

    return asyncio.run(read())


def post(url: str, body: object) -> object:
    request = urllib.request.Request(f"{url}/chat/completions", json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=5) as response:
        return json.load(response)


@contextmanager
def by_hand(*arguments: str) -> Iterator[str]:
    """Run the server as a person would; give the address that it prints."""
    command = [sys.executable, str(Path(__file__).parent / "scripted_server.py"), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield process.stdout.readline().strip()
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(5) == 0


def test_it_answers_with_the_sentences_that_share_most_words_with_the_question() -> None:
    blamed = "The harbour master blamed the fall of the crane on rust & wind. [1.2]"
    assert extractive(asked("What did the harbour master blame the fall of the crane on?")) == blamed
    two = SOURCES + "\n[3.1] The fall of the crane was blamed on the harbour master."
    both = extractive(asked("Who or what was blamed for the fall of the crane at the harbour?", two))
    assert both == f"{blamed} The fall of the crane was blamed on the harbour master. [3.1]"
    assert extractive(asked("Who won the regatta at Larkmoor?")) == NOT_IN_ARTICLES


def test_it_reads_only_the_sources_of_the_question_that_is_asked() -> None:
    assert "Larkmoor" in asked("")[0]["content"]
    assert extractive(asked("Why was the Larkmoor bridge closed by a barge on Saturday?")) == NOT_IN_ARTICLES


def test_it_gives_a_question_back_where_there_are_no_sources() -> None:
    _, user = load("condense").render(today="2016-06-09", history="Q: Who? A: He.", question="And when did it fall?")
    assert extractive([{"role": "user", "content": user}]) == "QUESTION: And when did it fall?"


@given(st.text())
def test_dividing_loses_nothing(text: str) -> None:
    assert "".join(by_word(text)) == "".join(by_character(text)) == text


def test_it_speaks_without_streaming_and_lists_its_model() -> None:
    with ScriptedServer(says(["one ", "two"])) as server:
        completion = post(server.url, {"messages": [{"role": "user", "content": "Count."}], "max_tokens": 1})
        with urllib.request.urlopen(f"{server.url}/models", timeout=5) as response:
            models = json.load(response)
    assert isinstance(completion, dict)
    assert completion["choices"] == [
        {"index": 0, "message": {"role": "assistant", "content": "one "}, "finish_reason": "length"}
    ]
    assert completion["usage"] == {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    assert [model["id"] for model in models["data"]] == ["scripted"]


def test_it_goes_through_its_script_and_stays_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer(says("One."), says("Two.")) as server:
        assert [answer(server.url, monkeypatch) for _ in range(3)] == ["One.", "Two.", "Two."]


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_what_its_name_says(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    kind = KINDS[name]
    with ScriptedServer(FAULTS[name]) as server, pytest.raises(ChatModelError) as failed:
        answer(server.url, monkeypatch, deadline_s=0.3 if kind is ChatModelTimeout else 10)
    assert type(failed.value) is kind


def test_by_hand_it_answers_from_the_prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    with by_hand("--pause", "0", "--fault", "500", "--times", "1") as url:
        with pytest.raises(ChatModelUnavailable):
            answer(url, monkeypatch)
        assert answer(url, monkeypatch).endswith("rust & wind. [1.2]")


def test_by_hand_it_answers_with_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    reply = tmp_path / "reply.txt"
    reply.write_text("The crane fell [1.1].", encoding="utf-8")
    with by_hand("--pause", "0", "--by", "character", "--reply", str(reply)) as url:
        assert answer(url, monkeypatch) == "The crane fell [1.1]."


def test_by_hand_it_refuses_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    with by_hand("--fault", "refused") as url, pytest.raises(ChatModelUnavailable, match="cannot be reached"):
        answer(url, monkeypatch)
