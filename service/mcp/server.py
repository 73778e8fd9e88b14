"""The tools as the package `mcp` serves them, whatever brings the messages."""

from collections.abc import Callable
from typing import Any, cast

import msgspec
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from mcp.types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
    ToolAnnotations,
)

from service.answers import Failed
from service.auth.callers import ANYBODY, Caller
from service.failing import failed
from service.mcp.arguments import ArgumentsInvalid, input_schema, output_schema
from service.mcp.tools import INSTRUCTIONS, TOOLS, Tools

_Context = ServerRequestContext[Any, Any]


def make_server(tools: Tools, public: Callable[[Failed], Failed], version: str) -> Server[Any]:
    """Make a server of the tools; `public` says of a failure what may be told to anybody, `version` is Byline's."""
    described = ListToolsResult(
        tools=[
            Tool(
                name=tool.name,
                title=tool.title,
                description=tool.description,
                input_schema=input_schema(tool.takes),
                output_schema=output_schema(tool.gives),
                annotations=ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False),
            )
            for tool in TOOLS
        ]
    )

    async def list_tools(_: _Context, __: PaginatedRequestParams | None) -> ListToolsResult:
        return described

    async def call_tool(context: _Context, params: CallToolRequestParams) -> CallToolResult:
        if params.name not in {tool.name for tool in TOOLS}:
            raise MCPError(INVALID_PARAMS, f"there is no tool {params.name!r}")
        try:
            called = await tools.call(params.name, params.arguments or {}, _caller(context))
        except ArgumentsInvalid as error:
            return _failed(f"the arguments are wrong: {error}")
        except Exception as error:
            return _failed(public(failed(error)).message)
        return CallToolResult(content=_content(*called.texts), structured_content=msgspec.to_builtins(called.value))

    return Server(
        "byline",
        title="Byline",
        version=version,
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def _caller(context: _Context) -> Caller:
    """Tell who calls: over HTTP the middleware found out, and on stdio it is whoever started the process."""
    return ANYBODY if context.request is None else cast(Caller, context.request.scope["state"]["caller"])


def _failed(message: str) -> CallToolResult:
    return CallToolResult(content=_content(message), is_error=True)


def _content(*texts: str) -> list[Any]:
    return [TextContent(text=text) for text in texts]
