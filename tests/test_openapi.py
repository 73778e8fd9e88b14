"""What the OpenAPI document promises, as a document, as a page, and against requests that were generated from it."""

import base64
import hashlib
import re
import subprocess
import sys

from litestar import Litestar
from litestar.testing import TestClient
from over_http import running

from embeddings.library import Library


def test_no_generated_request_breaks_the_service(library: Library) -> None:
    with running(library) as url:
        command = [sys.executable, "-m", "schemathesis.cli", "run", f"{url}/openapi.json", "--no-color", "--seed=1"]
        command += ["--checks=not_a_server_error", "--phases=examples,coverage,fuzzing", "--max-examples=5"]
        command += ["--generation-database=none"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]


def test_schemas_are_those_by_which_requests_are_decoded(client: TestClient[Litestar]) -> None:
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    asked, citation = schemas["Asked"], schemas["Citation"]["properties"]
    assert asked["additionalProperties"] is False
    assert asked["properties"]["history"]["items"] == {"$ref": "#/components/schemas/Turn"}
    assert {"type": "string", "format": "date-time"} in asked["properties"]["as_of"]["anyOf"]
    assert asked["properties"]["k"]["description"] == "How many distinct stories to look into."
    assert citation["number"]["description"] == "From 1, in the order of use in the answer."
    assert set(schemas["Citation"]["required"]) < set(citation)


def test_the_page_shows_all_of_it_without_a_script(client: TestClient[Litestar]) -> None:
    document = client.get("/openapi.json").json()
    response = client.get("/docs")
    page = response.text
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert f'<a href="#{operation["operationId"]}"><code>{method.upper()} {path}</code></a>' in page
            assert f'<h2 id="{operation["operationId"]}">' in page
    linked, shown = set(re.findall(r'href="#(schema-\w+)"', page)), set(re.findall(r'id="(schema-\w+)"', page))
    assert linked <= shown == {f"schema-{name}" for name in document["components"]["schemas"]}
    assert "curl http://testserver.local/v1/ask --json" in page
    assert not re.search(r"<script|<link|\bsrc=|url\(|@import", page)
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    allowed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{allowed}'" in response.headers["content-security-policy"]
    assert "default-src 'none'" in response.headers["content-security-policy"]
