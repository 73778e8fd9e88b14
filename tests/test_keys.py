"""API keys: as they are typed, as they are kept, and how often one may be used."""

import json
import re
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import commands
import pytest
from commands import Run, failed_clearly

from service.auth.callers import Caller, Scope
from service.auth.keys import Keys, has_keys
from service.auth.rates import FILE as LIMITS
from service.auth.rates import Limits, Rate
from service.errors import CollectionNeeded, KeyNotFound, LedgerError
from service.ledger import storage
from service.ledger.storage import FILE

run, filled = commands.run, commands.filled

WRITTEN = re.compile(r"byl_([0-9a-f]{12})_([0-9a-f]{64})")

# -- as they are typed -------------------------------------------------------------------------------------------------


def test_create_shows_the_key_once(filled: Run, tmp_path: Path) -> None:
    made = filled("keys", "create", "--name", "news desk", "--scopes", "ask, ingest", "--rate", "60/m")
    assert made.exit_code == 0
    written = WRITTEN.fullmatch(made.stdout.strip())
    assert written
    id, secret = written.groups()
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    line = f"{id}  news desk  ask,ingest  all collections  60/m  made {today}  never used"
    assert made.stderr == f"{line}\nKeep it now: it is not shown again.\n"
    listed = filled("keys", "list")
    assert (listed.exit_code, listed.stdout) == (0, f"{line}\n")
    assert secret not in filled("keys", "list", "--json").stdout
    assert not any(secret.encode() in file.read_bytes() for file in (tmp_path / "library").glob("*.*"))


def test_create_as_json(filled: Run) -> None:
    made = json.loads(filled("keys", "create", "--name", "feed", "--collections", "main", "--json").stdout)
    key = made.pop("key")
    assert WRITTEN.fullmatch(key)
    assert key.split("_")[1] == made["id"]
    assert {name: made[name] for name in ("name", "scopes", "collections", "rate")} == {
        "name": "feed",
        "scopes": ["ask"],
        "collections": ["main"],
        "rate": None,
    }
    assert [json.loads(line) for line in filled("keys", "list", "--json").stdout.splitlines()] == [made]


def test_a_key_may_be_made_before_its_library_and_its_collection(run: Run, tmp_path: Path) -> None:
    listed = run("keys", "list")
    assert (listed.exit_code, listed.stdout) == (0, "")
    assert "open to all" in listed.stderr
    assert not (tmp_path / "library").exists()
    # One collection must not be taken for a wish of all of them.
    made = run("keys", "create", "--name", "a", "--collection", "archive")
    assert "there is no collection 'archive' yet" in made.stderr
    assert "  archive  no limit  " in run("keys", "list").stdout


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--name", " ", "up to 100 characters"),
        ("--name", "a\x1b[2J", "up to 100 characters"),
        ("--name", "a" * 101, "up to 100 characters"),
        ("--scopes", "ask,read", "'read' is none of ask, ingest, admin"),
        ("--scopes", ",", "name at least one"),
        ("--collections", "", "name at least one"),
        ("--rate", "60", "60/m"),
        ("--rate", "0/m", "60/m"),
        ("--rate", "60/w", "60/m"),
        ("--rate", "1.5/s", "60/m"),
        ("--rate", "٣/m", "60/m"),
    ],
)
def test_create_refuses_what_it_does_not_understand(
    run: Run, tmp_path: Path, option: str, value: str, said: str
) -> None:
    refused = run("keys", "create", "--name", "a", option, value)
    failed_clearly(refused, said, option, code=2)
    assert not (tmp_path / "library").exists()


def test_create_needs_a_name_and_names_that_collections_can_have(run: Run, tmp_path: Path) -> None:
    failed_clearly(run("keys", "create"), "--name", code=2)
    failed_clearly(run("keys", "create", "--name", "a", "--collections", "main,../b"), "cannot name a collection")
    assert not (tmp_path / "library").exists()


def test_revoke(run: Run) -> None:
    keys = [run("keys", "create", "--name", name).stdout.strip() for name in ("a", "b", "c")]
    first, second, third = (key.split("_")[1] for key in keys)
    unknown = run("keys", "revoke", first, "0123456789ab")
    failed_clearly(unknown, "no API key of the id '0123456789ab'", "byline keys list")
    assert "revoked" not in run("keys", "list").stdout
    revoked = run("keys", "revoke", first, second)
    assert [line.split()[:3] for line in revoked.stdout.splitlines()] == [
        ["revoked:", i, n] for i, n in ((first, "a"), (second, "b"))
    ]
    assert run("keys", "revoke", first).stdout.startswith(f"was revoked before: {first}  a  ")
    assert ["  revoked " in line for line in run("keys", "list").stdout.splitlines()] == [True, True, False]
    assert run("keys", "revoke", keys[2]).stdout.startswith(f"revoked: {third}")  # one that leaked, as it was found


def test_a_key_that_is_mistyped_is_not_repeated(run: Run) -> None:
    key = run("keys", "create", "--name", "a").stdout.strip()
    failed_clearly(refused := run("keys", "revoke", key[:-1]), "no API key")
    assert key[20:-1] not in refused.stderr


def test_a_damaged_file_is_said_clearly(filled: Run, tmp_path: Path) -> None:
    (tmp_path / "library" / FILE).write_bytes(b"no database at all, and more than a header " * 200)
    for arguments in (["create", "--name", "a"], ["list"], ["revoke", "0123456789ab"]):
        failed_clearly(filled("keys", *arguments), FILE, "make the API keys anew")


# -- as they are kept --------------------------------------------------------------------------------------------------


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[Keys]:
    with closing(Keys(tmp_path)) as keys:
        yield keys


def test_a_key_is_found_by_all_of_it_and_nothing_else(keys: Keys) -> None:
    key, written = keys.create("a", ["ask"], ["main"], Rate(60, "m"))
    _, other = keys.create("b", ["ask"])
    known = keys.known()
    assert known.find(written) == key
    swapped = written[:17] + other[17:]
    for wrong in (
        "",
        "a",
        key.id,
        written[:-1],
        written + "0",
        written.upper(),
        swapped,
        f" {written}",
        f"{written}\n",
    ):
        assert known.find(wrong) is None, wrong
    assert known.find(f"byl_{'0' * 12}_{written[17:]}") is None
    keys.revoke([key.id])
    assert keys.known().find(written) is None
    assert keys.known().find(other)


def test_no_two_keys_are_alike(keys: Keys) -> None:
    written = {keys.create("a", ["ask"])[1] for _ in range(20)}
    assert len(written) == len({each[:16] for each in written}) == len({each[17:] for each in written}) == 20


def test_what_is_kept_is_what_was_made(keys: Keys, tmp_path: Path) -> None:
    made = [
        keys.create("all", ["ask", "ingest", "admin"])[0],
        keys.create("some", ["ingest"], ["a", "b-c_d"], Rate(5, "d"))[0],
    ]
    keys.used(made[0].id, date(2026, 1, 2))
    revoked = keys.revoke([made[1].id])
    keys.revoke([made[1].id])
    with closing(Keys(tmp_path)) as other:
        first, second = other.known().keys.values()
    assert (first.name, first.scopes, first.collections, first.rate) == ("all", ("ask", "ingest", "admin"), None, None)
    assert first.last_used_at == date(2026, 1, 2)
    assert (second.collections, second.rate) == (("a", "b-c_d"), "5/d")
    assert revoked == [made[1]]
    assert second.revoked_at


def test_has_keys_counts_those_that_work(keys: Keys, tmp_path: Path) -> None:
    assert not has_keys(tmp_path)
    assert not (tmp_path / FILE).exists()
    key, _ = keys.create("a", ["ask"])
    assert has_keys(tmp_path)
    keys.revoke([key.id])
    assert not has_keys(tmp_path)
    with pytest.raises(KeyNotFound):
        keys.revoke(["b"])
    keys.close()
    (tmp_path / FILE).write_bytes(b"no database at all, and more than a header " * 200)
    with pytest.raises(LedgerError):
        has_keys(tmp_path)


def test_a_library_of_the_release_before_takes_keys(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / FILE)) as connection:
        for statement in storage.MIGRATIONS[0]:
            connection.execute(statement)
        connection.execute("PRAGMA user_version = 1")
    with closing(Keys(tmp_path)) as keys:
        assert keys.known().keys == {}
        _, written = keys.create("a", ["ask"])
        assert keys.known().find(written)


@pytest.mark.parametrize(
    ("scopes", "may"),
    [
        (("ask",), {"ask"}),
        (("ingest",), {"ingest"}),
        (("ask", "ingest"), {"ask", "ingest"}),
        (("admin",), {"ask", "ingest", "admin"}),
        ((), set()),
    ],
)
def test_what_scopes_are_for(scopes: tuple[Scope, ...], may: set[Scope]) -> None:
    caller = Caller(scopes=frozenset(scopes))

    def allowed(scope: Scope) -> bool:
        try:
            caller.require(scope)
        except Exception:
            return False
        return True

    everything: tuple[Scope, ...] = ("ask", "ingest", "admin")
    assert {scope for scope in everything if allowed(scope)} == may


def test_which_collection_is_meant_where_none_is_named() -> None:
    assert Caller().default("main") == "main"
    assert Caller(collections=frozenset(("main", "b"))).default("main") == "main"
    assert Caller(collections=frozenset("b")).default("main") == "b"
    with pytest.raises(CollectionNeeded, match=r"for a, b$"):
        Caller(collections=frozenset("ab")).default("main")


# -- how often ---------------------------------------------------------------------------------------------------------


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.25

    def __call__(self) -> float:
        return self.now


def test_a_window_begins_with_the_first_request_in_it(tmp_path: Path) -> None:
    clock = Clock()
    with closing(Limits(tmp_path, clock)) as limits:

        def count(key: str = "a") -> tuple[int, int, bool]:
            window = limits.count(key, Rate(2, "m"))
            return window.used, window.left_s, window.exceeded

        assert count() == (1, 60, False)
        clock.now += 40.5
        assert count() == (2, 20, False)
        assert count("b") == (1, 60, False)
        assert [count() for _ in range(3)] == [(3, 20, True)] * 3
        clock.now += 19.4
        assert count() == (3, 1, True)
        clock.now += 0.1
        assert count() == (1, 60, False)
        clock.now -= 0.01  # another process, which looked at the clock a moment before
        assert count() == (2, 60, False)
        clock.now -= 3600  # the clock was set
        assert count() == (1, 60, False)


def test_the_headers_of_a_limited_key(tmp_path: Path) -> None:
    clock = Clock()
    with closing(Limits(tmp_path, clock)) as limits:
        first, second = (limits.count("a", Rate(1, "h")) for _ in range(2))
    assert first.headers == {
        "RateLimit-Policy": '"key";q=1;w=3600',
        "RateLimit": '"key";r=0;t=3600',
        "RateLimit-Limit": "1",
        "RateLimit-Remaining": "0",
        "RateLimit-Reset": "3600",
    }
    assert second.headers == first.headers | {"Retry-After": "3600"}


def test_workers_count_together(tmp_path: Path) -> None:
    ready = threading.Barrier(4)

    def work(_: int) -> list[int]:
        with closing(Limits(tmp_path)) as limits:  # as each worker has its own
            ready.wait()
            return [limits.count("a", Rate(1000, "d")).used for _ in range(50)]

    with ThreadPoolExecutor(4) as pool:
        counted = [used for each in pool.map(work, range(4)) for used in each]
    assert sorted(counted) == list(range(1, 201))


def test_counts_that_are_damaged_are_begun_anew(tmp_path: Path) -> None:
    rubbish = b"no database at all, and more than a header " * 200
    with closing(Limits(tmp_path)) as limits:
        assert limits.count("a", Rate(9, "d")).used == 1
    (tmp_path / LIMITS).write_bytes(rubbish)
    with closing(Limits(tmp_path)) as limits:
        assert [limits.count("a", Rate(9, "d")).used for _ in range(2)] == [1, 2]


@pytest.mark.parametrize(("written", "seconds"), [("1/s", 1), ("60/m", 60), ("5/h", 3600), ("999999999/d", 86400)])
def test_a_rate_is_read_as_it_is_written(written: str, seconds: int) -> None:
    rate = Rate.parse(written)
    assert str(rate) == written
    assert rate.seconds == seconds
