"""`byline settings`: what is set, whence, and what is wrong."""

import json

import commands
import pytest
from commands import Run, failed_clearly
from msgspec import structs

from service.settings import Settings, variable

run = commands.run


def test_every_setting_says_what_it_is_where_it_comes_from_and_what_it_means(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "BYLINE_THREADS": "3",
        "BYLINE_CORS": "https://a.example, https://b.example",
        "BYLINE_DEBUG": "true",
        "BYLINE_COLLECTION": "",
        "OPENAI_API_KEY": "sk-secret",
        "OPENAI_BASE_URL": "https://me:secret@models.example:8080/v1?key=secret",
    }.items():
        monkeypatch.setenv(name, value)
    listed = run("settings", "--json")
    assert "secret" not in listed.stdout
    found = {each["name"]: each for each in map(json.loads, listed.stdout.splitlines())}
    assert list(found) == [*map(variable, Settings.__struct_fields__), "OPENAI_API_KEY", "OPENAI_BASE_URL"]
    assert all(each["meaning"].endswith(".") for each in found.values())
    given = {name: each["value"] for name, each in found.items() if each["origin"] == "environment"}
    assert given.pop("BYLINE_LIBRARY")
    assert given == {
        "BYLINE_THREADS": 3,
        "BYLINE_CORS": ["https://a.example", "https://b.example"],
        "BYLINE_DEBUG": True,
        "OPENAI_API_KEY": "set",
        "OPENAI_BASE_URL": "https://models.example:8080/v1",
    }
    default = structs.asdict(Settings())
    assert found["BYLINE_STOP_AFTER"]["value"] == default["stop_after"]
    assert (
        found["BYLINE_COLLECTION"] | {"value": default["collection"], "origin": "default"} == found["BYLINE_COLLECTION"]
    )
    text = run("settings").stdout
    assert "BYLINE_THREADS=3  (environment)\n    Threads of a worker" in text
    assert "BYLINE_CORS=https://a.example,https://b.example  (environment)" in text
    assert "BYLINE_CHAT_MODEL=  (default)" in text


def test_all_that_is_wrong_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"BYLINE_THREADS": "many", "BYLINE_LOG_FORMAT": "xml", "BYLINE_NONSENSE": "1"}.items():
        monkeypatch.setenv(name, value)
    failed_clearly(
        run("settings"), "BYLINE_THREADS: ", "BYLINE_LOG_FORMAT: ", "BYLINE_NONSENSE: ", "BYLINE_MOST_QUESTIONS"
    )
    failed_clearly(run("serve"), "BYLINE_THREADS: ", "BYLINE_LOG_FORMAT: ", "BYLINE_NONSENSE: ")


@pytest.mark.parametrize("address", ["sk-1@models.example", "ftp://sk-1@models.example", "http://[sk-1"])
def test_an_address_that_is_none_is_not_repeated(run: Run, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", address)
    listed = run("settings")
    failed_clearly(listed, "OPENAI_BASE_URL")
    assert "sk-1" not in listed.output
