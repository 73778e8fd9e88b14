"""What the OpenAPI document promises: generated requests, fitting or not, meet no failure of the server's."""

import os
import subprocess
import sys

import pytest
from over_http import running

from embeddings.library import Library


@pytest.fixture(scope="module")
def examples() -> str:
    return os.environ.get("EXAMPLES", "8")


def test_no_generated_request_breaks_the_service(library: Library, examples: str) -> None:
    with running(library) as url:
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "schemathesis.cli",
                "run",
                f"{url}/openapi.json",
                "--max-examples",
                examples,
                "--checks",
                "not_a_server_error",
                "--phases",
                "examples,coverage,fuzzing",
                "--no-color",
                "--seed",
                "1",
                "--generation-database",
                "none",
            ],
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
