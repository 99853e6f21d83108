"""What differs between the official Python SDK 1.x and 2.x, so that one description serves both.

The 1.x servers speak the legacy era only; those of 2.x speak both, stateless or stateful in the legacy one.
"""

try:
    import mcp_types as types
    from mcp.server.mcpserver import Context, Image, MCPServer
    from mcp.server.mcpserver.exceptions import ToolError
    from mcp.shared.exceptions import MCPError

    IS_MODERN = True
except ImportError:
    from mcp import types
    from mcp.server.fastmcp import Context, FastMCP, Image
    from mcp.server.fastmcp.exceptions import ToolError
    from mcp.shared.exceptions import McpError as MCPError

    IS_MODERN = False

__all__ = ["IS_MODERN", "Context", "Image", "MCPError", "ToolError", "make_app", "make_server", "page_tools", "types"]


def make_server(transport, **identity):
    return MCPServer(version="1.2.3", **identity) if IS_MODERN else FastMCP(**identity, **transport)


def make_app(server, transport):
    return server.streamable_http_app(**transport) if IS_MODERN else server.streamable_http_app()


def page_tools(server, choose):
    """Lets `choose(tools, cursor)`, which returns some tools and the next cursor, answer tools/list."""
    if IS_MODERN:
        async def modern(_, params):
            tools, cursor = choose(await server.list_tools(), params.cursor if params else None)
            return types.ListToolsResult(tools=tools, next_cursor=cursor)

        server._lowlevel_server.add_request_handler("tools/list", types.PaginatedRequestParams, modern)
    else:
        async def legacy(request: types.ListToolsRequest) -> types.ListToolsResult:
            params = request.params if request else None  # The SDK asks itself without a request.
            tools, cursor = choose(await server.list_tools(), params.cursor if params else None)
            return types.ListToolsResult(tools=tools, nextCursor=cursor)

        server._mcp_server.list_tools()(legacy)
