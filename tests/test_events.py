"""Streams of server-sent events: how they are written, go on, break off and end."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Litestar, Response, get
from litestar.datastructures import State

from embeddings.errors import CollectionNotFound
from service.answers import AnswerSentence, Failed, Released
from service.api.events import HEARTBEAT, frame, streamed
from service.api.json_request import JSONRequest
from service.stopping import Stopping, until_over

Frames = Callable[[], AsyncGenerator[bytes]]


# -- frames ------------------------------------------------------------------------------------------------------------


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_an_event_is_three_lines_whatever_it_says(text: str) -> None:
    event = Released(sentence=AnswerSentence(text=text, start=0, end=len(text), status="quoted", citations=(1,)))
    written = frame(event).decode()
    assert written.endswith("\n\n")
    name, data, end = written.splitlines()
    assert (name, end) == ("event: sentence", "")
    assert msgspec.json.decode(data.removeprefix("data: "), type=Released) == event


def test_an_event_may_have_an_id_and_no_name() -> None:
    assert frame({"a": 1}, id=7) == b'id: 7\ndata: {"a":1}\n\n'
    assert frame(Failed(code="c", message="m"), id="x").startswith(b"id: x\nevent: error\ndata: {")


# -- streams -----------------------------------------------------------------------------------------------------------


class Client:
    """Speaks ASGI, so that it decides itself when it reads and when it leaves."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.frames: list[bytes] = []
        self.whole = False
        self.left = asyncio.Event()
        self.reads = asyncio.Event()
        self.reads.set()
        self.on_frame: Callable[[bytes], object] = lambda _: None

    async def get(self, app: Litestar) -> "Client":
        scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": [], "server": ("a", 1)}
        await app(scope, self._receive, self._send)  # type: ignore[arg-type]
        return self

    async def _receive(self) -> Any:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], dict(message["headers"])
        else:
            await self.reads.wait()
            if message["body"]:
                self.frames.append(message["body"])
                self.on_frame(message["body"])
            if not message["more_body"]:
                self.whole = True
                self.left.set()


def app_of(frames: Frames, **options: Any) -> Litestar:
    """Make an application whose only address streams frames."""

    @get("/")
    async def handler(request: JSONRequest) -> Response[Any]:
        return await streamed(request, frames(), **options)

    def refused(_: Any, error: Exception) -> Response[str]:
        return Response(type(error).__name__, status_code=503)

    return Litestar(
        [handler],
        middleware=[until_over],
        state=State({"stopping": Stopping(), "public": lambda failed: failed}),
        request_class=JSONRequest,
        exception_handlers={Exception: refused},
        openapi_config=None,
        logging_config=None,
    )


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(test, 10))


def codes(client: Client) -> list[str]:
    """Give the frames that are not errors as they are, and of errors the code."""
    return [
        each.decode() if b"error" not in each else each.split(b'"code":"')[1].split(b'"')[0].decode()
        for each in client.frames
    ]


def test_a_stream_is_neither_stored_nor_held_back() -> None:
    async def frames() -> AsyncGenerator[bytes]:
        yield b"1"
        yield b"2"

    async def test() -> None:
        client = await Client().get(app_of(frames))
        assert (client.status, client.frames, client.whole) == (200, [b"1", b"2"], True)
        assert client.headers[b"content-type"].startswith(b"text/event-stream")
        assert client.headers[b"cache-control"] == b"no-cache"
        assert client.headers[b"x-accel-buffering"] == b"no"
        assert b"content-length" not in client.headers

    run(test())


def test_a_stream_of_nothing_ends() -> None:
    async def frames() -> AsyncGenerator[bytes]:
        return
        yield b""

    async def test() -> None:
        client = await Client().get(app_of(frames))
        assert (client.status, client.frames, client.whole) == (200, [], True)

    run(test())


def test_heartbeats_come_while_nothing_else_does() -> None:
    async def test() -> None:
        enough = asyncio.Event()

        async def frames() -> AsyncGenerator[bytes]:
            yield b"1"
            await enough.wait()
            yield b"2"

        client = Client()
        client.on_frame = lambda _: enough.set() if len(client.frames) == 4 else None
        await client.get(app_of(frames, heartbeat_s=0.001))
        assert client.frames[:4] == [b"1", HEARTBEAT, HEARTBEAT, HEARTBEAT]
        assert client.frames[-1] == b"2"
        assert set(client.frames[4:-1]) <= {HEARTBEAT}

    run(test())


@pytest.mark.parametrize("heartbeat_s", [60.0, 0.0])
@pytest.mark.parametrize("leaves_at", [0, 1, 2])
def test_who_leaves_ends_the_work_before_the_request_ends(leaves_at: int, heartbeat_s: float) -> None:
    async def test() -> None:
        client, ended = Client(), []

        async def frames() -> AsyncGenerator[bytes]:
            try:
                for number in range(10):
                    if number == leaves_at:
                        client.left.set()
                        await asyncio.Event().wait()
                    yield b"%d" % number
            finally:
                await asyncio.sleep(0)  # closing a connection takes time too
                ended.append(True)

        await client.get(app_of(frames, heartbeat_s=heartbeat_s))
        assert ended
        assert set(client.frames) <= {b"0", b"1", HEARTBEAT}
        assert len(asyncio.all_tasks()) == 2  # of this test

    run(test())


def test_all_of_a_stream_runs_in_one_task() -> None:
    tasks = []

    async def frames() -> AsyncGenerator[bytes]:
        async with asyncio.timeout(10):  # belongs to the task that it was begun in
            for _ in range(3):
                tasks.append(asyncio.current_task())
                yield b"."

    async def test() -> None:
        client = await Client().get(app_of(frames))
        assert client.frames == [b"."] * 3
        assert len(set(tasks)) == 1

    run(test())


def test_who_reads_slowly_is_not_run_ahead_of() -> None:
    async def test() -> None:
        client, made = Client(), []
        client.reads.clear()

        async def frames() -> AsyncGenerator[bytes]:
            for number in range(100):
                made.append(number)
                yield b"."

        reading = asyncio.create_task(client.get(app_of(frames)))
        for _ in range(1000):
            await asyncio.sleep(0)
        assert 1 <= len(made) <= 4
        client.reads.set()
        await reading
        assert len(client.frames) == 100

    run(test())


@pytest.mark.parametrize(
    ("error", "code"), [(CollectionNotFound("none"), "collection_not_found"), (RuntimeError("secret"), "internal")]
)
def test_what_fails_is_a_status_before_the_first_frame_and_an_event_after_it(
    error: Exception, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def frames(before: int) -> AsyncGenerator[bytes]:
        for _ in range(before):
            yield b"."
        raise error

    async def test() -> None:
        client = await Client().get(app_of(lambda: frames(0)))
        assert client.status == 503
        assert client.frames == [type(error).__name__.encode()]
        client = await Client().get(app_of(lambda: frames(2)))
        assert (client.status, client.whole) == (200, True)
        assert codes(client) == [".", ".", code]
        assert b"secret" not in client.frames[-1]
        client = await Client().get(app_of(lambda: frames(1), failed=lambda failed: failed.code.encode()))
        assert client.frames == [b".", code.encode()]

    run(test())
    assert ("secret" in caplog.text) == (code == "internal")


# -- stopping ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("endless", [True, False])
def test_what_is_endless_ends_when_the_service_stops_and_all_else_when_its_time_is_up(endless: bool) -> None:
    async def frames() -> AsyncGenerator[bytes]:
        yield b"."
        await asyncio.Event().wait()

    async def test() -> None:
        app, client = app_of(frames, endless=endless), Client()
        client.on_frame = lambda each: each == b"." and app.state.stopping.begin(60 if endless else 0)
        await client.get(app)
        assert (client.status, client.whole) == (200, True)
        assert codes(client) == (["."] if endless else [".", "service_stopping"])
        # What comes too late ends at once.
        assert codes(await Client().get(app)) == (["."] if endless else ["ServiceStopping"])

    run(test())


def test_what_has_no_response_when_its_time_is_up_is_refused() -> None:
    async def test() -> None:
        async def frames() -> AsyncGenerator[bytes]:
            app.state.stopping.begin(0)
            await asyncio.Event().wait()
            yield b"."

        app = app_of(frames)
        client = await Client().get(app)
        assert (client.status, client.frames) == (503, [b"ServiceStopping"])

    run(test())
