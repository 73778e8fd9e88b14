"""The service as the official openai client meets it, and what a completion should be beside an answer of /v1/ask."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx
from openai import AsyncOpenAI, OpenAI
from openai.types.chat import ChatCompletionChunk
from over_http import running
from scripted_server import by_word, extractive

from embeddings.library import Library
from service.answerer import Answerer
from service.api.openai.content import escaped, unescaped
from service.chat.model import Message

MARKS = re.compile(r" (?:\[\d+\])+")


def quoting(messages: Sequence[Message]) -> list[str]:
    """Write as a chat model that names sentences of the sources."""
    return by_word(extractive([{"content": message.content} for message in messages]))


@contextmanager
def client_of(library: Library, answerer: Answerer | None = None, key: str = "none") -> Iterator[OpenAI]:
    """Talk to a server as most programs do."""
    with running(library, answerer) as url, OpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0) as client:
        yield client


def asked(client: OpenAI, question: str, **more: Any) -> dict[str, Any]:
    """Ask in Byline's own way."""
    response = httpx.post(f"{client.base_url}ask", json={"question": question, **more})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def user(content: object) -> list[Any]:
    return [{"role": "user", "content": content}]


def folded(chunks: Sequence[ChatCompletionChunk]) -> dict[str, Any]:
    """Fold a stream to what the same completion would be as a whole."""
    first, *rest = [chunk for chunk in chunks if chunk.choices]
    assert first.choices[0].delta.role == "assistant"
    assert [chunk.choices[0].finish_reason for chunk in rest] == [None] * (len(rest) - 1) + ["stop"]
    assert len({(chunk.id, chunk.created, chunk.model) for chunk in chunks}) == 1
    for chunk in [first, *rest[:-1]]:
        assert not {"citations", "byline"} & set(chunk.model_extra or {})
        assert not chunk.choices[0].delta.model_extra
    last = rest[-1].to_dict()
    return {
        "content": "".join(chunk.choices[0].delta.content or "" for chunk in [first, *rest]),
        "annotations": last["choices"][0]["delta"].get("annotations", []),  # type: ignore[index]
        "citations": last.get("citations", []),
        "byline": last.get("byline"),
    }


def completed(client: OpenAI, *, stream: bool, **request: Any) -> dict[str, Any]:
    """Complete a conversation, whole or by its chunks."""
    if stream:
        return folded(list(client.chat.completions.create(stream=True, **request)))
    whole = client.chat.completions.create(**request).to_dict()
    (choice,) = whole["choices"]
    assert (choice["finish_reason"], choice["message"]["role"]) == ("stop", "assistant")
    message = choice["message"]
    return {
        "content": message["content"],
        "annotations": message["annotations"],
        "citations": whole["citations"],
        "byline": whole.get("byline"),
    }


def completed_async(client: AsyncOpenAI, *, stream: bool, **request: Any) -> dict[str, Any]:
    """Do the same with the client for event loops, which was made outside of them."""

    async def complete() -> dict[str, Any]:
        async with client:
            if not stream:
                whole = (await client.chat.completions.create(**request)).to_dict()
                message = whole["choices"][0]["message"]
                return {name: message[name] for name in ("content", "annotations")} | {
                    name: whole[name] for name in ("citations", "byline")
                }
            chunks: AsyncIterator[ChatCompletionChunk] = await client.chat.completions.create(stream=True, **request)
            return folded([chunk async for chunk in chunks])

    return asyncio.run(complete())


def check(completion: dict[str, Any], answer: dict[str, Any]) -> None:
    """Compare a completion with the answer to the same question: it says the same and cites the same."""
    content = completion["content"]
    assert completion["citations"] == answer["citations"]
    said = unescaped(re.sub(r" \((?:unsupported|uncited)\)", "", MARKS.sub("", content)))
    assert said == (answer["text"] or "The articles do not say.")
    by_number = {citation["number"]: citation for citation in answer["citations"]}
    wanted = [
        (escaped(sentence["text"]), by_number[number]["title"])
        for sentence in answer["sentences"]
        for number in sentence["citations"]
    ]
    found = [each["url_citation"] for each in completion["annotations"] if each["type"] == "url_citation"]
    assert [(content[each["start_index"] : each["end_index"]], each["title"]) for each in found] == wanted
    for each, number in zip(found, (n for s in answer["sentences"] for n in s["citations"]), strict=True):
        marks = MARKS.match(content, each["end_index"])
        assert marks
        assert f"[{number}]" in marks[0]
        assert each["url"].startswith(("http://", "https://"))
    for name in ("collection", "status", "answerer", "confidence", "missing", "notes", "fallback_reason"):
        assert completion["byline"][name] == answer[name]
