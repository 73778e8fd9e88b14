"""What Open WebUI asks of a model for itself: answered without a search, and no question of anybody's."""

import json
from typing import Any

import openai
import pytest
from fakes import HashingEncoder, ingest
from openai_clients import client_of, completed, user
from over_http import QUESTION, SENTENCE

from embeddings.library import Library
from service.answerer import Answerer
from service.ledger.ledger import Ledger
from service.ledger.storage import FILE

CHAT = f"USER: {QUESTION}\nASSISTANT: {SENTENCE} [1]"
LONG = "Which of the cranes at the north quay of the harbour fell on Monday, and who was near it?"


def prompt(shape: str, chat: str = CHAT, heading: str = "### Task:", after: str = "") -> str:
    """Write a prompt that is built as those of Open WebUI are."""
    return (
        f"{heading}\nLook at what was said and give us what we need for the sidebar.\n### Rules:\n- Be brief.\n"
        f"### Output:\nAnswer in JSON: {shape}\n### Chat:\n<chat_history>\n{chat}\n</chat_history>{after}"
    )


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("text", "reply"),
    [
        (prompt('{ "title": "a few words" }'), {"title": QUESTION}),
        (prompt('{"title": "a"}', "USER: What\nfell?\nASSISTANT: A crane.\nUSER: When?"), {"title": "What fell?"}),
        (prompt('{"title": "a"}', f"USER: {LONG}"), {"title": LONG[:57] + "…"}),
        (prompt('{"title": "a"}', "USER: " + "起重机" * 40), {"title": "起重机" * 19 + "起重…"}),
        (prompt('{"title": "a"}', "ASSISTANT: Good day."), {"title": ""}),
        (prompt('{"title": "a"}', "USER: Is </chat_history> a tag?"), {"title": "Is </chat_history> a tag?"}),
        (prompt('{"title": "a"}', heading="# Naming chats"), {"title": QUESTION}),
        (prompt('{ "tags": ["one", "two"] }'), {"tags": []}),
        (prompt('{ "follow_ups": ["One?", "Two?"] }'), {"follow_ups": []}),
        (prompt('{\n  "queries": ["one"]\n}'), {"queries": []}),
        (prompt('{\n  "prompt": "a picture"\n}'), {"prompt": ""}),
        (prompt('`{ "text": "…" }`', "", after="\n<text>The crane</text>\n#### Output:\n"), {"text": ""}),
        (prompt('{ "title": "a" }') + " " * 3000, {"title": QUESTION}),
    ],
)
def test_what_open_webui_wants_for_itself_is_no_question(
    library: Library, text: str, reply: dict[str, Any], stream: bool
) -> None:
    answerer = Answerer(library, ledger=Ledger(library.path / FILE))
    with client_of(library, answerer) as client:
        for content in (text, [{"type": "text", "text": text}]):
            completion = completed(client, stream=stream, model="byline", messages=user(content))
            assert json.loads(completion["content"]) == reply
            assert completion["citations"] == completion["annotations"] == []
            assert completion["byline"] is None
        assert answerer.ledger
        assert list(answerer.ledger.records()) == []


def test_an_emoji_is_not_made_up(library: Library) -> None:
    text = "Reflect how the speaker looks by one emoji (e.g. 😊).\n\nMessage: ```When does the opera open?```"
    with client_of(library) as client:
        assert completed(client, stream=False, model="byline", messages=user(text))["content"] == ""


def test_nothing_is_searched_for_it(tmp_path: Any) -> None:
    ingest(tmp_path, [], HashingEncoder())
    with client_of(Library(tmp_path, HashingEncoder())) as client:
        assert completed(client, stream=False, model="byline", messages=user(prompt('{"tags": []}')))["content"]
        with pytest.raises(openai.ConflictError):
            completed(client, stream=False, model="byline", messages=user(QUESTION))
        with pytest.raises(openai.NotFoundError):
            completed(client, stream=False, model="byline/other", messages=user(prompt('{"tags": []}')))


@pytest.mark.parametrize(
    "messages",
    [
        user("### Task: which title did the harbour master give to the crane?"),
        user(f'### Task:\n{QUESTION} Answer as {{"title": "…"}}'),
        user(f'{QUESTION} "### Task:" {{"title": "a"}} <chat_history>USER: a</chat_history>'),
        user(f'# Title\n{{"title": "a"}}\n<chat_history>\n{QUESTION}\n</chat_history>'),
        user(f"### Task:\n{QUESTION}\n<chat_history>\nUSER: a\n</chat_history>"),
        user(f'### Task:\n{{"title": "a"}}\n<chat_history>\nUSER: {QUESTION}'),
        user(f'### Task:\n{{"name": "a"}}\n<chat_history>\nUSER: {QUESTION}\n</chat_history>'),
        user(f"Which emoji? {QUESTION}\nMessage: ```rust```"),
        user(f"{QUESTION}\nMessage: ```emoji```"),
        [*user("What fell?"), {"role": "assistant", "content": "A crane."}, *user(prompt('{"title": "a"}'))],
    ],
)
def test_a_question_that_looks_like_it_is_a_question(library: Library, messages: list[Any]) -> None:
    answerer = Answerer(library, ledger=Ledger(library.path / FILE))
    with client_of(library, answerer) as client:
        assert completed(client, stream=False, model="byline", messages=messages)["byline"]
        assert answerer.ledger
        (record,) = answerer.ledger.records()
    assert record.question == messages[-1]["content"]
