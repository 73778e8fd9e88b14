"""GET /openapi.json and /docs: what the service takes and gives, for programs, and as a page without any script."""

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator
from html import escape
from typing import Any

from litestar import MediaType, Request, Response, get

from service.api.described import document_of

_STYLE = """
:root { color-scheme: light dark; --line: light-dark(#d8d8d8, #444); --soft: light-dark(#f5f5f3, #222); }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1rem; }
h1, h2, h3 { line-height: 1.2; }
h2 { border-top: 1px solid var(--line); margin-top: 2.5rem; padding-top: 1.5rem; }
h2 code, h3 code { font-size: 1em; }
code, pre { font: .9em/1.4 ui-monospace, monospace; }
pre { background: var(--soft); overflow-x: auto; padding: .75rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-top: 1px solid var(--line); padding: .3rem .75rem .3rem 0; text-align: left; vertical-align: top; }
nav ul { columns: 20rem; padding-left: 1.2rem; }
"""
_POLICY = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_POLICY}'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
}


@get("/openapi.json", include_in_schema=False, opt={"scope": None}, sync_to_thread=True)
def openapi(request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
    """Give the OpenAPI document."""
    return Response(document_of(request.app), media_type="application/vnd.oai.openapi+json")


@get("/docs", media_type=MediaType.HTML, include_in_schema=False, opt={"scope": None}, sync_to_thread=True)
def reference(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the document as a page."""
    return Response(page(document_of(request.app), str(request.base_url).rstrip("/")), headers=_HEADERS)


def page(document: dict[str, Any], address: str) -> str:
    """Write an OpenAPI document as HTML; `address` is where its examples are sent."""
    operations = [
        (method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if isinstance(operation, dict)
    ]
    schemas = document["components"]["schemas"]
    title = escape(document["info"]["title"])
    links = "".join(
        f'<li><a href="#{operation["operationId"]}"><code>{method} {escape(path)}</code></a></li>'
        for method, path, operation in operations
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style>'
        f"<h1>{title} {escape(document['info']['version'])}</h1><p>{escape(document['info']['description'])} "
        f'For programs: <a href="openapi.json">openapi.json</a>.</p><nav><ul>{links}</ul></nav><main>'
        + "".join(_operation(*each, schemas, address) for each in operations)
        + "<h2>Schemas</h2>"
        + "".join(_schema(name, schema) for name, schema in sorted(schemas.items()))
        + "</main></html>"
    )


def _operation(method: str, path: str, operation: dict[str, Any], schemas: dict[str, Any], address: str) -> str:
    parts = [f'<h2 id="{operation["operationId"]}"><code>{method} {escape(path)}</code></h2>']
    parts += [f"<p>{escape(each)}</p>" for each in operation.get("description", "").split("\n\n")]
    if parameters := operation.get("parameters"):
        rows = (
            (each["name"], f"{each['in']}, {_type(each['schema'])}", each.get("description", "")) for each in parameters
        )
        parts.append(_table(("Parameter", "Kind", "Meaning"), rows))
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        schema = content.get("schema", {})
        parts.append(f"<p>Body: <code>{escape(kind)}</code>, {_type(schema)}</p>")
        for example in _examples(content, schemas):
            body = json.dumps(example, ensure_ascii=False).replace("'", "'\\''")
            parts.append(f"<pre>curl {escape(address + path)} --json '{escape(body)}'</pre>")
    parts.append(_table(("Status", "Body", "When"), map(_answer, *zip(*operation["responses"].items(), strict=True))))
    return "".join(parts)


def _answer(status: str, answer: dict[str, Any]) -> tuple[str, str, str]:
    kinds = answer.get("content", {}).items()
    bodies = (f"<code>{escape(kind)}</code> {_type(each.get('schema', {}))}" for kind, each in kinds)
    return status, "<br>".join(bodies), answer.get("description", "")


def _examples(content: dict[str, Any], schemas: dict[str, Any]) -> Iterator[Any]:
    schema = content.get("schema", {})
    for example in content.get("examples", {}).values():
        yield example.get("value")
    yield from schema.get("examples", ())
    yield from schemas.get(schema.get("$ref", "").rpartition("/")[2], {}).get("examples", ())


def _schema(name: str, schema: dict[str, Any]) -> str:
    needed = schema.get("required", ())
    rows = (
        (field, _type(value) + (", needed" if field in needed else ""), value.get("description", ""))
        for field, value in schema.get("properties", {}).items()
    )
    said = (
        f'<h3 id="schema-{escape(name)}"><code>{escape(name)}</code></h3><p>{escape(schema.get("description", ""))}</p>'
    )
    return said + _table(("Field", "Type", "Meaning"), rows)


def _type(schema: dict[str, Any]) -> str:
    """Name the type of a schema, as HTML."""
    match schema:
        case {"$ref": str(where)}:
            name = escape(where.rpartition("/")[2])
            return f'<a href="#schema-{name}">{name}</a>'
        case {"allOf": [kind]}:
            return _type(kind)
        case {"anyOf": [*kinds]} | {"oneOf": [*kinds]}:
            return " or ".join(map(_type, kinds))
        case {"type": "array"}:
            return f"list of {_type(schema.get('items', {}))}"
        case {"enum": [*values]}:
            return " | ".join(f"<code>{escape(json.dumps(each))}</code>" for each in values)
        case {"type": [*kinds]}:
            return " or ".join(escape(str(each)) for each in kinds)
        case {"type": kind}:
            return escape(f"{kind}, {schema['format']}" if "format" in schema else str(kind))
    return "anything"


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, str, str]]) -> str:
    """Lay rows out: a name, HTML, words."""
    written = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{kind}</td><td>{escape(said)}</td></tr>"
        for name, kind, said in rows
    )
    return f"<table><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr>{written}</table>" if written else ""
