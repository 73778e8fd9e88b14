"""What may be sent to the routes of OpenAI's: models, conversations, parameters; and what is said to all else."""

from contextlib import closing
from typing import Any

import httpx
import openai
import pytest
from fakes import HashingEncoder, ScriptedChatModel, ingest, make_writer
from openai import OpenAI
from openai_clients import asked, check, client_of, completed, quoting, user
from over_http import QUESTION, SENTENCE

from embeddings.articles import Article
from embeddings.library import Library
from service.answerer import Answerer
from service.auth.keys import Keys
from service.auth.rates import Rate
from service.errors import Overloaded
from service.places import Places

SALT = Article(
    id="salt", title="Salt", text="The salt works blamed the rust on the rain of last week.", source="Gazette"
)


@pytest.fixture
def world(library: Library) -> Library:
    """Add a collection to the library."""
    ingest(library.path, [SALT], HashingEncoder(), "world")
    return library


def names(client: OpenAI) -> list[str]:
    return [model.id for model in client.models.list()]


def post(client: OpenAI, body: Any, key: str = "none") -> httpx.Response:
    """Send what the client would not."""
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.post(f"{client.base_url}chat/completions", json=body, headers=headers)


def post_bytes(client: OpenAI, content: bytes, media_type: str = "application/json") -> httpx.Response:
    return httpx.post(f"{client.base_url}chat/completions", content=content, headers={"Content-Type": media_type})


def refused(response: httpx.Response, status: int, code: str, param: str | None = None) -> str:
    """Verify that an error is in OpenAI's form; give its message."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    assert list(response.json()) == ["error"]
    error = response.json()["error"]
    assert sorted(error) == ["code", "message", "param", "type"]
    assert (error["code"], error["param"]) == (code, param)
    assert error["message"]
    assert len(response.content) < 2000
    return str(error["message"])


# -- models ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("writing", [False, True])
def test_the_models_are_the_collections_with_who_may_answer(world: Library, writing: bool) -> None:
    answerer = Answerer(world, writer=make_writer(ScriptedChatModel()) if writing else None)
    (world.path / "collections" / "empty").mkdir()
    kinds = ["", ":reader", ":chat"] if writing else ["", ":reader"]
    with client_of(world, answerer) as client:
        there = ("byline", "byline/main", "byline/world")
        assert names(client) == [f"{name}{kind}" for name in there for kind in kinds]
        for name in names(client):
            model = client.models.retrieve(name)
            assert (model.id, model.object, model.owned_by) == (name, "model", "byline")


@pytest.mark.parametrize(
    "name",
    [
        *("gpt-4", "Byline", "main", "world", "ع", "a" * 200),
        *("byline/nowhere", "byline/empty", "byline/../main", "byline/ world"),
        *("byline:", "byline:chat", "byline/world:chat", "byline/world:reader:reader"),
    ],
)
def test_a_model_that_is_not_there(world: Library, name: str) -> None:
    (world.path / "collections" / "empty").mkdir()
    with client_of(world) as client:
        for stream in (False, True):
            with pytest.raises(openai.NotFoundError) as raised:
                client.chat.completions.create(model=name, messages=user(QUESTION), stream=stream)
            assert (raised.value.code, raised.value.type) == ("model_not_found", "invalid_request_error")
        with pytest.raises(openai.NotFoundError) as raised:
            client.models.retrieve(name)
        assert raised.value.code == "model_not_found"


def test_the_name_of_the_model_selects_collection_and_answerer(world: Library) -> None:
    answerer = Answerer(world, writer=make_writer(ScriptedChatModel(quoting, quoting, quoting, quoting)))
    with client_of(world, answerer) as client:
        for model, collection, who in [
            ("byline", "main", "chat"),
            ("byline:reader", "main", "reader"),
            ("byline/main:chat", "main", "chat"),
            ("byline/world", "world", "chat"),
            ("byline/world:reader", "world", "reader"),
            ("byline/world:chat", "world", "chat"),
        ]:
            completion = completed(client, stream=False, model=model, messages=user("What was the rust blamed on?"))
            assert (completion["byline"]["collection"], completion["byline"]["answerer"]) == (collection, who)
            found = {citation["article_id"] for citation in completion["citations"]}
            assert found <= ({"salt"} if collection == "world" else {"quay", "quay-copy"})


def test_a_collection_of_others_looks_as_if_it_did_not_exist(world: Library) -> None:
    with closing(Keys(world.path)) as keys:
        _, one = keys.create("one", ["ask"], ["world"])
        _, two = keys.create("two", ["ask"], ["world", "main"])
        _, none = keys.create("none", ["ask"], ["world2", "world3"])
    with client_of(world, key=one) as client:
        assert names(client) == ["byline", "byline:reader", "byline/world", "byline/world:reader"]
        own = completed(client, stream=False, model="byline", messages=user("What was the rust blamed on?"))
        assert own["byline"]["collection"] == "world"
        said = [
            refused(post(client, {"model": name, "messages": user(QUESTION)}, key=one), 404, "model_not_found")
            for name in ("byline/main", "byline/niam")
        ]
        assert said[0] == said[1].replace("niam", "main")
        assert len(names(client.with_options(api_key=two))) == 6
        nobody = client.with_options(api_key=none)
        assert names(nobody) == []
        with pytest.raises(openai.NotFoundError):
            nobody.chat.completions.create(model="byline", messages=user(QUESTION))


def test_whoever_has_several_collections_names_one(world: Library) -> None:
    ingest(world.path, [SALT], HashingEncoder(), "salt")
    with closing(Keys(world.path)) as keys:
        _, key = keys.create("two", ["ask"], ["world", "salt"])
    with client_of(world, key=key) as client:
        assert names(client) == [f"byline/{name}" for name in ("salt", "salt:reader", "world", "world:reader")]
        request: dict[str, Any] = {"stream": False, "messages": user("What was the rust blamed on?")}
        assert completed(client, model="byline/salt", **request)["byline"]["collection"] == "salt"
        with pytest.raises(openai.NotFoundError):
            client.chat.completions.create(model="byline", messages=user(QUESTION))


# -- keys --------------------------------------------------------------------------------------------------------------


def test_what_is_wrong_with_a_key_is_raised_by_the_client(library: Library) -> None:
    with closing(Keys(library.path)) as keys:
        _, ingesting = keys.create("a", ["ingest"])
        _, seldom = keys.create("b", ["ask"], rate=Rate.parse("1/h"))
    with client_of(library, key="byl_0_0") as client:
        with pytest.raises(openai.AuthenticationError) as unknown:
            client.models.list()
        assert (unknown.value.code, unknown.value.type) == ("key_needed", "authentication_error")
        assert unknown.value.response.headers["www-authenticate"] == "Bearer"
        with pytest.raises(openai.PermissionDeniedError) as forbidden:
            client.with_options(api_key=ingesting).chat.completions.create(model="byline", messages=user("a"))
        assert (forbidden.value.code, forbidden.value.type) == ("scope_missing", "permission_error")
        client.with_options(api_key=seldom).models.list()
        with pytest.raises(openai.RateLimitError) as often:
            client.with_options(api_key=seldom).chat.completions.create(model="byline", messages=user("a"), stream=True)
        assert (often.value.code, often.value.type) == ("rate_exceeded", "rate_limit_error")
        assert int(often.value.response.headers["retry-after"]) > 0


# -- conversations -----------------------------------------------------------------------------------------------------

EARLIER = [
    {"role": "user", "text": "What did the harbour master say about the crane?"},
    {"role": "assistant", "text": SENTENCE},
]
FOLLOW_UP = "When did it fall?"


@pytest.mark.parametrize(
    "said",
    [
        SENTENCE,
        f"{SENTENCE} [1]",
        f"{SENTENCE} [1][12] (unsupported)",
        [{"type": "text", "text": f"{SENTENCE} [1]"}],
    ],
)
def test_earlier_messages_are_the_history(library: Library, said: Any) -> None:
    with client_of(library) as client:
        answer = asked(client, FOLLOW_UP, history=EARLIER)
        assert answer["queries"] != asked(client, FOLLOW_UP)["queries"]
        messages = [
            {"role": "system", "content": "Speak of ferries only."},
            *user(EARLIER[0]["text"]),
            {"role": "assistant", "content": said},
            {"role": "tool", "tool_call_id": "1", "content": "Ferries!"},
            {"role": "developer", "content": [{"type": "text", "text": "Ferries!"}]},
            *user(FOLLOW_UP),
        ]
        check(completed(client, stream=False, model="byline", messages=messages), answer)


@pytest.mark.parametrize("content", [QUESTION, [{"type": "text", "text": part} for part in QUESTION.split(" ", 1)]])
def test_a_message_is_a_text_or_its_parts(library: Library, content: Any) -> None:
    with client_of(library) as client:
        assert completed(client, stream=False, model="byline", messages=user(content))["content"] == f"{SENTENCE} [1]"


def test_a_long_conversation_goes_on(library: Library) -> None:
    earlier = [*user("What fell? " * 2500), {"role": "assistant", "content": "A crane fell. [1] " * 2000}] * 6
    earlier += [*user("Who?"), {"role": "assistant", "content": None, "tool_calls": []}] * 100
    with client_of(library) as client:
        completion = completed(client, stream=True, model="byline", messages=[*earlier, *user(QUESTION)])
    assert completion["content"] == f"{SENTENCE} [1]"


def test_what_was_said_after_the_last_message_of_the_user_is_passed_over(library: Library) -> None:
    with client_of(library) as client:
        messages = [*user(QUESTION), {"role": "assistant", "content": "I believe that"}]
        assert completed(client, stream=False, model="byline", messages=messages)["content"] == f"{SENTENCE} [1]"


def test_parameters_of_openais_change_nothing(library: Library) -> None:
    with client_of(library) as client:
        completion = client.chat.completions.create(
            model="byline",
            messages=user(QUESTION),
            n=1,
            temperature=2,
            top_p=0.1,
            max_tokens=1,
            max_completion_tokens=1,
            seed=7,
            stop=["rust"],
            user="somebody",
            metadata={"a": "b"},
            response_format={"type": "json_object"},
            logit_bias={"1": 1},
            logprobs=True,
            reasoning_effort="low",
            store=True,
            tools=[],
            extra_body={"chat_id": "7", "stream_options": None, "functions": None, "options": {"a": {"b": [None]}}},
        )
    assert completion.choices[0].message.content == f"{SENTENCE} [1]"


@pytest.mark.parametrize(
    "own",
    [
        {"filters": {"sources": ["Civic Courier"]}},
        {"filters": {"before": "2016-06-07T00:00:01"}, "k": 1},
        {"as_of": "2016-06-08"},
    ],
)
def test_bylines_own_parameters_are_as_in_ask(library: Library, own: dict[str, Any]) -> None:
    question = "What did the harbour master blame the fall of the crane on last week?"
    with client_of(library) as client:
        answer = asked(client, question, **own)
        assert answer["queries"] != asked(client, question, as_of="2020-01-01")["queries"]
        check(completed(client, stream=False, model="byline", messages=user(question), extra_body=own), answer)


# -- refusals ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "param", "said"),
    [
        ({"n": 2}, "n", "one answer"),
        ({"n": 0}, "n", "one answer"),
        ({"n": "1"}, "n", "int"),
        ({"tools": [{"type": "function", "function": {"name": "a"}}]}, "tools", "tools cannot be used"),
        ({"functions": [{"name": "a"}]}, "functions", "tools cannot be used"),
        ({"messages": []}, "messages", "length >= 1"),
        ({"messages": QUESTION}, "messages", "array"),
        ({"messages": None}, "messages", "array"),
        ({"messages": [QUESTION]}, "messages[0]", "object"),
        ({"messages": [{"content": QUESTION}]}, "messages[0].role", "missing"),
        ({"messages": [{"role": "bot", "content": QUESTION}]}, "messages[0].role", "bot"),
        ({"messages": [{"role": "system", "content": QUESTION}]}, "messages", "role user"),
        ({"messages": [{"role": "assistant", "content": QUESTION}]}, "messages", "role user"),
        ({"messages": user(None)}, "messages", "blank"),
        ({"messages": user(" \n")}, "messages", "blank"),
        ({"messages": user([])}, "messages", "blank"),
        ({"messages": user([{"type": "text"}])}, "messages", "blank"),
        ({"messages": user(7)}, "messages[0].content", "str"),
        ({"messages": user([QUESTION])}, "messages[0].content[0]", "object"),
        ({"messages": user([{"text": QUESTION}])}, "messages[0].content[0].type", "missing"),
        ({"messages": user([{"type": "text", "text": {}}])}, "messages[0].content[0].text", "str"),
        ({"messages": user("a" * 2001)}, "messages", "2001"),
        ({"messages": user("What?\0")}, "messages[0].content", "U+0000"),
        (
            {"messages": user([{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {"url": "data:,"}}])},
            "messages[0].content[1]",
            "only text",
        ),
        ({"messages": [*user([{"type": "input_audio"}]), *user("a")]}, "messages[0].content[0]", "only text"),
        ({"model": None}, "model", "str"),
        ({"model": "a" * 201}, "model", "200"),
        ({"stream": "yes"}, "stream", "bool"),
        ({"stream_options": []}, "stream_options", "object"),
        ({"k": 0}, "k", ">= 1"),
        ({"k": 1.5}, "k", "int"),
        ({"filters": {"source": ["a"]}}, "filters.source", "unknown"),
        ({"filters": {"after": "yesterday"}}, "filters.after", "2016-06-07"),
        ({"as_of": "soon"}, "as_of", "2016-06-07"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_what_cannot_be_asked_is_refused(
    library: Library, wrong: dict[str, Any], param: str, said: str, stream: bool
) -> None:
    with client_of(library) as client:
        body = {"model": "byline", "messages": user(QUESTION), "stream": stream, **wrong}
        assert said in refused(post(client, body), 400, "invalid_request", param)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"byline"',
        b"\xff",
        b"[" * 100_000,
        b'{"model": "byline", "messages": [{"role": "user", "content": "\\ud800"}]}',
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    ],
)
def test_what_is_no_conversation_is_refused(library: Library, content: bytes) -> None:
    with client_of(library) as client:
        assert refused(post_bytes(client, content), 400, "invalid_request")


@pytest.mark.parametrize("depth", [10, 300, 900, 980, 1000, 1100, 5000])
def test_no_depth_is_too_much(library: Library, depth: int) -> None:
    nested = "[" * depth + "]" * depth
    with client_of(library) as client:
        for body in (
            '{"model": "byline", "messages": [{"role": "user", "content": "rust"}], "metadata": %s}',
            '{"model": "byline", "messages": [{"role": "user", "content": %s}]}',
            '{"model": "byline", "messages": [{"role": "user", "content": [{"type": "text", "x": %s}]}]}',
        ):
            response = post_bytes(client, (body % nested).encode())
            assert response.status_code in (200, 400), response.text


def test_what_reaches_no_handler_is_refused_in_the_same_form(library: Library) -> None:
    with client_of(library) as client:
        base = str(client.base_url)
        assert refused(httpx.get(f"{base}chat/completions"), 405, "method_not_allowed")
        assert refused(httpx.delete(f"{base}models/byline"), 405, "method_not_allowed")
        assert refused(httpx.get(f"{base}chat/completions/1"), 404, "not_found")
        assert refused(post_bytes(client, b"{}", "text/plain"), 415, "unsupported_media_type")
        assert refused(post_bytes(client, b" " * (1 << 20) + b"{}"), 413, "body_too_large")


def test_when_there_is_no_place_the_client_may_come_again(library: Library) -> None:
    answerer = Answerer(library, places=Places(most=1))
    with client_of(library, answerer) as client:
        answerer.places.most = 0
        for stream in (False, True):
            with pytest.raises(openai.InternalServerError) as raised:
                client.chat.completions.create(model="byline", messages=user(QUESTION), stream=stream)
            assert (raised.value.status_code, raised.value.code) == (503, "overloaded")
            assert raised.value.type == "server_error"
            assert raised.value.response.headers["retry-after"] == "1"
            assert str(Overloaded()) in str(raised.value)
        assert names(client)


def test_a_collection_without_articles(tmp_path: Any) -> None:
    ingest(tmp_path, [], HashingEncoder())
    with client_of(Library(tmp_path, HashingEncoder())) as client, pytest.raises(openai.ConflictError) as raised:
        client.chat.completions.create(model="byline", messages=user(QUESTION))
    assert raised.value.code == "nothing_ingested"


def test_other_routes_keep_their_form(library: Library) -> None:
    with client_of(library) as client:
        for address in ("ask", "chats", "nothing"):
            problem = httpx.get(f"{client.base_url}{address}")
            assert problem.headers["content-type"] == "application/problem+json"
