"""Who is let in: keys over HTTP, what each is for, how often it may be used, and which web pages may call."""

import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest
from fakes import HashingEncoder
from litestar import Litestar, Request, Response, asgi, get
from litestar.testing import TestClient
from litestar.types import Receive, Scope, Send
from msgspec.structs import replace
from over_http import QUESTION, app_for, assert_problem, running

from embeddings.library import Library
from service.answerer import Answerer
from service.app import create_app
from service.auth import gate
from service.auth.callers import Caller
from service.auth.keys import Keys
from service.auth.rates import FILE as LIMITS
from service.auth.rates import Rate
from service.errors import LedgerError, SettingsInvalid
from service.ledger.storage import FILE
from service.settings import Settings

Client = TestClient[Litestar]

SEARCH = {"query": "crane"}
RUBBISH = b"no database at all, and more than a header " * 200


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def fails(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    problem = assert_problem(response, status, code)
    assert response.headers.get("www-authenticate") == ("Bearer" if status == 401 else None)
    return problem


@pytest.fixture
def keys(library: Library) -> Iterator[Keys]:
    with closing(Keys(library.path)) as keys:
        yield keys


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what is revoked be refused at once."""
    monkeypatch.setattr(gate, "_FRESH_S", 0.0)


# -- keys --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("authorization", [None, "Bearer sk-none", "Bearer", "Basic YTpi", "nonsense", ""])
def test_without_a_key_ever_made_nobody_needs_one(client: Client, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    assert client.post("/v1/search", json=SEARCH, headers=headers).status_code == 200


@pytest.mark.usefixtures("at_once")
def test_from_the_first_key_on_all_need_one(client: Client, keys: Keys) -> None:
    assert client.post("/v1/search", json=SEARCH).status_code == 200
    key, written = keys.create("a", ["ask"])
    problem = fails(client.post("/v1/search", json=SEARCH), 401, "key_needed")
    assert "byline keys create" in problem["detail"]
    for headers in (bearer(written), {"Authorization": f"bearer  {written}"}, {"X-API-Key": written}):
        assert client.post("/v1/search", json=SEARCH, headers=headers).status_code == 200
    both = bearer("sk-none") | {"X-API-Key": written}  # the openai client always sends one of its own
    assert client.post("/v1/search", json=SEARCH, headers=both).status_code == 200
    wrong = (written[:-1], "sk-none", "", f"byl_{'0' * 12}_{'0' * 64}", written[:-1] + "é")
    refused = [client.post("/v1/search", json=SEARCH, headers={b"X-API-Key": each.encode()}) for each in wrong]
    refused += [client.post("/v1/search", json=SEARCH, headers={"Authorization": each}) for each in (written, "Bearer")]
    refused += [client.post("/v1/search", json=SEARCH, headers={"Authorization": f"Basic {written}"})]
    assert {response.content for response in refused} == {refused[0].content}
    fails(refused[0], 401, "key_needed")
    keys.revoke([key.id])
    fails(client.post("/v1/search", json=SEARCH, headers=bearer(written)), 401, "key_needed")
    fails(client.post("/v1/search", json=SEARCH), 401, "key_needed")  # it does not open again


def test_keys_count_while_the_service_runs(library: Library, keys: Keys) -> None:
    with running(library) as url, httpx.Client(base_url=url) as client:
        key, written = keys.create("a", ["ask"])
        assert client.post("/v1/search", json=SEARCH, headers=bearer(written)).status_code == 200
        _, later = keys.create("b", ["ask"])
        assert client.post("/v1/search", json=SEARCH, headers=bearer(later)).status_code == 200
        keys.revoke([key.id])
        revoked_at = time.monotonic()
        while client.post("/v1/search", json=SEARCH, headers=bearer(written)).status_code == 200:
            assert time.monotonic() < revoked_at + 2
        assert client.post("/v1/search", json=SEARCH, headers=bearer(later)).status_code == 200


def test_a_file_that_is_damaged_opens_nothing(library: Library, keys: Keys, caplog: pytest.LogCaptureFixture) -> None:
    _, written = keys.create("a", ["ask"])
    keys.close()
    (library.path / FILE).write_bytes(RUBBISH)
    with TestClient(app_for(library), raise_server_exceptions=False) as client:
        fails(client.post("/v1/search", json=SEARCH), 500, "ledger_error")
        fails(client.post("/v1/search", json=SEARCH, headers=bearer(written)), 500, "ledger_error")
        assert client.get("/health/live").status_code == 200
    assert written[17:] not in caplog.text


@pytest.mark.usefixtures("at_once")
def test_a_file_that_is_gone_opens_nothing(
    client: Client, keys: Keys, library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    _, written = keys.create("a", ["ask"])
    assert client.post("/v1/search", json=SEARCH, headers=bearer(written)).status_code == 200
    for file in library.path.glob(f"{FILE}*"):
        file.unlink()
    fails(client.post("/v1/search", json=SEARCH), 401, "key_needed")
    assert client.post("/v1/search", json=SEARCH, headers=bearer(written)).status_code == 200
    assert "the API keys are those of before, as their file is gone" in caplog.text


@pytest.mark.usefixtures("at_once")
def test_a_file_that_cannot_be_read_for_a_while_changes_nothing(
    client: Client, keys: Keys, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise LedgerError("the disk is tired")

    _, written = keys.create("a", ["ask"])
    assert client.post("/v1/search", json=SEARCH, headers=bearer(written)).status_code == 200
    monkeypatch.setattr(Keys, "known", fail)
    assert client.post("/v1/search", json=SEARCH, headers=bearer(written)).status_code == 200
    fails(client.post("/v1/search", json=SEARCH), 401, "key_needed")
    assert "the disk is tired" in caplog.text


@pytest.mark.usefixtures("at_once")
def test_when_a_key_was_last_used_is_written_once_a_day(
    client: Client, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[str] = []
    write_down = Keys.used

    def noted(self: Keys, id: str, day: date) -> None:
        used.append(id)
        write_down(self, id, day)

    monkeypatch.setattr(Keys, "used", noted)
    (key, written), (idle, _) = keys.create("a", ["ask"]), keys.create("b", ["ask"])
    for _ in range(3):
        assert client.post("/v1/search", json=SEARCH, headers=bearer(written)).status_code == 200
    assert used == [key.id]
    known = keys.known().keys
    assert known[key.id].last_used_at == datetime.now(UTC).date()
    assert known[idle.id].last_used_at is None


# -- what keys are for -------------------------------------------------------------------------------------------------


def test_a_key_is_for_its_scopes(client: Client, keys: Keys) -> None:
    _, ingest = keys.create("a", ["ingest"])
    _, admin = keys.create("b", ["admin"])
    problem = fails(client.post("/v1/search", json=SEARCH, headers=bearer(ingest)), 403, "scope_missing")
    assert "'ask'" in problem["detail"]
    assert client.post("/v1/search", json=SEARCH, headers=bearer(admin)).status_code == 200


def test_every_route_says_what_it_needs(client: Client) -> None:
    opened = set()
    for route in client.app.routes:
        handlers = getattr(route, "route_handlers", None) or [route.route_handler]
        for handler in handlers:
            if getattr(handler, "http_methods", None) == {"OPTIONS"}:
                continue
            scope = handler.opt.get("scope", "nothing")
            assert scope in ("ask", "ingest", "admin", None), f"{route.path} needs {scope}"
            opened |= {f"/{route.path.split('/')[1]}"} if scope is None else set()
    assert opened <= {"/openapi.json", "/docs", "/health"}


def test_what_is_open_stays_open(client: Client, keys: Keys) -> None:
    keys.create("a", ["ask"], rate=Rate(1, "d"))
    for address in ("/openapi.json", "/health/ready"):
        response = client.get(address)
        assert response.status_code == 200
        assert "ratelimit" not in response.headers
    assert client.options("/v1/search").status_code == 204
    assert_problem(client.get("/nothing"), 404, "not_found")
    assert_problem(client.get("/v1/search"), 405, "method_not_allowed")


class Refused(Exception):
    """An error of a face that has a form of its own for errors."""


def in_its_own_form(_: Request[Any, Any, Any], error: Exception) -> Response[dict[str, str]]:
    return Response({"own": type(error).__name__}, status_code=418)


@get("/own", opt={"scope": "ask"}, exception_handlers={Exception: in_its_own_form})
async def own() -> None:
    raise Refused


@get("/forgotten")
async def forgotten() -> str:
    return "forgotten"


@asgi("/mounted", is_mount=True, copy_scope=True, opt={"scope": "ask"})
async def mounted(scope: Scope, receive: Receive, send: Send) -> None:
    caller: Caller = scope["state"]["caller"]
    await Response(str(caller.key_id)).to_asgi_response(None, Request(scope))(scope, receive, send)


@pytest.mark.usefixtures("at_once")
def test_routes_of_every_kind_are_guarded(library: Library, keys: Keys) -> None:
    app = app_for(library)
    for handler in (own, forgotten, mounted):
        app.register(handler)
    with TestClient(app) as client:
        assert client.get("/mounted/below").text == "None"
        assert client.get("/own").json() == {"own": "Refused"}
        assert client.get("/forgotten").text == "forgotten"
        key, written = keys.create("a", ["ask"], rate=Rate(2, "d"))
        _, admin = keys.create("b", ["admin"])
        for method in ("GET", "POST", "DELETE", "OPTIONS"):
            fails(client.request(method, "/mounted/below"), 401, "key_needed")
        assert client.get("/mounted", headers=bearer(written)).text == key.id
        fails(client.get("/forgotten", headers=bearer(written)), 403, "scope_missing")
        assert client.get("/forgotten", headers=bearer(admin)).text == "forgotten"
        refused = client.get("/own")
        assert (refused.json(), refused.headers["www-authenticate"]) == ({"own": "KeyNeeded"}, "Bearer")
        limited = client.get("/own", headers=bearer(written))
        assert (limited.json(), limited.headers["retry-after"]) == ({"own": "RateExceeded"}, "86400")


# -- how often ---------------------------------------------------------------------------------------------------------


def test_a_limited_key_is_told_of_its_limit_in_every_answer(client: Client, keys: Keys) -> None:
    _, written = keys.create("a", ["ask"], rate=Rate(4, "d"))
    _, other = keys.create("b", ["ask"])
    answers = [
        client.post("/v1/search", json=SEARCH, headers=bearer(written)),
        client.post("/v1/search", json={}, headers=bearer(written)),
        client.get("/v1/articles/nobody", headers=bearer(written)),
        client.post("/v1/ask", json={"question": QUESTION}, headers=bearer(written) | {"Accept": "text/event-stream"}),
        client.post("/v1/search", json=SEARCH, headers=bearer(written)),
    ]
    assert [answer.status_code for answer in answers] == [200, 400, 404, 200, 429]
    assert [answer.headers["ratelimit-remaining"] for answer in answers] == ["3", "2", "1", "0", "0"]
    for answer in answers:
        assert answer.headers["ratelimit-policy"] == '"key";q=4;w=86400'
        assert answer.headers["ratelimit"].startswith(f'"key";r={answer.headers["ratelimit-remaining"]};t=')
        assert answer.headers["ratelimit-limit"] == "4"
        assert 86_000 < int(answer.headers["ratelimit-reset"]) <= 86_400
    problem = fails(answers[-1], 429, "rate_exceeded")
    assert "4/d" in problem["detail"]
    assert answers[-1].headers["retry-after"] == answers[-1].headers["ratelimit-reset"]
    unlimited = client.post("/v1/search", json=SEARCH, headers=bearer(other))
    assert unlimited.status_code == 200
    assert not [name for name in unlimited.headers if name.startswith("ratelimit")]


def test_metrics_do_not_count(client: Client, keys: Keys) -> None:
    _, written = keys.create("a", ["admin"], rate=Rate(1, "d"))
    for _ in range(2):
        assert client.get("/metrics", headers=bearer(written)).status_code == 200
    assert client.post("/v1/search", json=SEARCH, headers=bearer(written)).headers["ratelimit-remaining"] == "0"


def test_workers_share_the_limit_of_a_key(library: Library, keys: Keys) -> None:
    _, written = keys.create("a", ["ask"], rate=Rate(3, "d"))
    with TestClient(app_for(library)) as one, TestClient(app_for(Library(library.path, HashingEncoder()))) as other:
        statuses = [
            worker.post("/v1/search", json=SEARCH, headers=bearer(written)).status_code for worker in (one, other) * 2
        ]
    assert statuses == [200, 200, 200, 429]


def test_what_cannot_be_counted_is_served(
    client: Client, keys: Keys, library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    (library.path / LIMITS).mkdir()
    _, written = keys.create("a", ["ask"], rate=Rate(1, "d"))
    for _ in range(2):
        assert client.post("/v1/search", json=SEARCH, headers=bearer(written)).status_code == 200
    assert "not counted" in caplog.text


# -- collections -------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("at_once")
def test_a_key_of_one_collection_need_not_name_it(library: Library, keys: Keys) -> None:
    settings = Settings(library=library.path, collection="service-s-own")
    with TestClient(create_app(settings, Answerer(library)), raise_server_exceptions=False) as client:
        _, one = keys.create("a", ["ask"], ["main"])
        _, several = keys.create("b", ["ask"], ["main", "archive"])
        assert client.post("/v1/search", json=SEARCH, headers=bearer(one)).json()["hits"]
        assert client.get("/v1/articles/quay", headers=bearer(one)).status_code == 200
        named = SEARCH | {"collection": "main"}
        assert client.post("/v1/search", json=named, headers=bearer(several)).json()["hits"]
        unnamed = (
            client.post("/v1/search", json=SEARCH, headers=bearer(several)),
            client.get("/v1/articles/quay", headers=bearer(several)),
        )
        for response in unnamed:
            problem = fails(response, 404, "collection_needed")
            assert problem["detail"].endswith("this API key is for archive, main")
        fails(
            client.post("/v1/search", json=SEARCH | {"collection": "service-s-own"}, headers=bearer(one)),
            404,
            "collection_not_found",
        )


# -- web pages ---------------------------------------------------------------------------------------------------------

APP, OTHER = "https://app.example", "https://other.example"
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization, content-type"}


def allowing(library: Library, **settings: Any) -> Client:
    made = replace(Settings(library=library.path), **settings)
    return TestClient(create_app(made, Answerer(library)), base_url="http://127.0.0.1:8000")


def test_pages_of_the_allowed_origins_may_call(library: Library, keys: Keys) -> None:
    _, written = keys.create("a", ["ask"], rate=Rate(2, "d"))
    with allowing(library, cors=(APP,)) as client:
        asked = client.options("/v1/search", headers={"Origin": APP} | PREFLIGHT)
        assert asked.status_code == 204
        assert asked.headers["access-control-allow-origin"] == APP
        assert "POST" in asked.headers["access-control-allow-methods"]
        allowed = asked.headers["access-control-allow-headers"].lower()
        for name in ("authorization", "x-api-key", "content-type", "idempotency-key", "last-event-id", "x-request-id"):
            assert name in allowed
        answers = [
            client.post("/v1/search", json=SEARCH, headers={"Origin": APP}),
            client.post("/v1/search", json=SEARCH, headers={"Origin": APP} | bearer(written)),
            client.post("/v1/search", json={}, headers={"Origin": APP} | bearer(written)),
            client.post("/v1/search", json=SEARCH, headers={"Origin": APP} | bearer(written)),
            client.get("/nothing", headers={"Origin": APP}),
        ]
        assert [answer.status_code for answer in answers] == [401, 200, 400, 429, 404]
        for answer in answers:
            assert answer.headers["access-control-allow-origin"] == APP
            assert "access-control-allow-credentials" not in answer.headers
            assert {"RateLimit", "Retry-After", "X-Request-ID"} <= set(
                answer.headers["access-control-expose-headers"].split(", ")
            )
        refused = client.options("/v1/search", headers={"Origin": OTHER} | PREFLIGHT)
        assert "access-control-allow-origin" not in refused.headers
        answer = client.post("/v1/search", json=SEARCH, headers={"Origin": OTHER} | bearer(written))
        assert "access-control-allow-origin" not in answer.headers


def test_pages_of_all_origins_may_call_without_credentials(library: Library) -> None:
    with allowing(library, cors=("*",)) as client:
        for response in (
            client.options("/v1/search", headers={"Origin": OTHER} | PREFLIGHT),
            client.post("/v1/search", json=SEARCH, headers={"Origin": OTHER}),
        ):
            assert response.is_success
            assert response.headers["access-control-allow-origin"] == "*"
            assert "access-control-allow-credentials" not in response.headers


@pytest.mark.parametrize("written", ["app.example", "https://app.example/", "https://a.example, b.example", "https://"])
def test_an_origin_that_none_can_be_is_an_error_at_start(written: str) -> None:
    with pytest.raises(SettingsInvalid, match="BYLINE_CORS"):
        Settings.from_env({"BYLINE_CORS": written})
    assert Settings.from_env({"BYLINE_CORS": f"{APP}, http://localhost:5173"}).cors == (APP, "http://localhost:5173")


def test_no_page_may_call_unless_told(library: Library) -> None:
    with allowing(library) as client:
        for method in ("OPTIONS", "POST"):
            response = client.request(method, "/v1/search", json=SEARCH, headers={"Origin": APP} | PREFLIGHT)
            assert not [name for name in response.headers if name.startswith("access-control-")]


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(
    ("host", "reached"),
    [
        ("127.0.0.1:8000", True),
        ("localhost:8000", True),
        ("LOCALHOST", True),
        ("[::1]:8000", True),
        ("byline.localhost", True),
        ("byline:8000", True),
        ("192.168.1.7:8000", True),
        ("news.example", True),
        ("news.example:8000", True),
        ("", True),
        ("rebound.example", False),
        ("rebound.example.:8000", False),
        ("127.0.0.1.rebound.example", False),
        ("localhost.rebound.example:8000", False),
        ("[rebound.example", False),
    ],
)
def test_a_keyless_service_on_this_machine_answers_to_its_names_only(
    library: Library, keys: Keys, host: str, reached: bool
) -> None:
    with allowing(library, public_url="https://news.example/byline") as client:
        response = client.post("/v1/search", json=SEARCH, headers={"Host": host})
        if reached:
            assert response.status_code == 200
            return
        assert "BYLINE_PUBLIC_URL" in fails(response, 403, "host_refused")["detail"]
        assert client.get("/health/ready", headers={"Host": host}).status_code == 200
        _, written = keys.create("a", ["ask"])
        assert client.post("/v1/search", json=SEARCH, headers={"Host": host} | bearer(written)).status_code == 200


def test_names_matter_on_this_machine_alone(library: Library) -> None:
    app = create_app(Settings(library=library.path), Answerer(library))
    with TestClient(app, base_url="http://192.168.1.7") as client:
        response = client.post("/v1/search", json=SEARCH, headers={"Host": "desk.news.example"})
        assert response.status_code == 200


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(
    ("sent", "served"),
    [
        ({}, True),
        ({"Origin": "http://127.0.0.1:8000"}, True),
        ({"Origin": APP}, True),
        ({"Origin": "https://news.example"}, True),
        ({"Origin": OTHER, "Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": OTHER}, False),
        ({"Origin": OTHER, "Sec-Fetch-Site": "cross-site"}, False),
        ({"Origin": "http://127.0.0.1:9000", "Sec-Fetch-Site": "same-site"}, False),
        ({"Origin": "null"}, False),
    ],
)
@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=a", None])
def test_pages_of_others_cannot_send_forms_to_a_keyless_service(
    library: Library, keys: Keys, sent: dict[str, str], served: bool, kind: str | None
) -> None:
    headers = sent | ({} if kind is None else {"Content-Type": kind})
    with allowing(library, public_url="https://news.example/byline", cors=(APP,)) as client:
        response = client.post("/v1/search", content=b"--a--", headers=headers)
        if served:
            fails(response, 415, "unsupported_media_type")
            return
        assert "BYLINE_CORS" in fails(response, 403, "origin_refused")["detail"]
        _, written = keys.create("a", ["ask"])
        fails(
            client.post("/v1/search", content=b"--a--", headers=headers | bearer(written)),
            415,
            "unsupported_media_type",
        )
