"""A minimal program on the official Python SDK, 1.x or 2.x, whichever the interpreter has.

    sdk_client.py list URL                            the names of all tools, a line each
    sdk_client.py describe URL                        the tools themselves, a line of JSON each
    sdk_client.py call URL TOOL [ARGUMENTS [COUNT]]   the last result of so many calls, as JSON

$MCP_TOKEN, where it is set, is sent as the bearer token.
"""

import asyncio
import json
import os
import sys
from contextlib import asynccontextmanager

from mcp import ClientSession

try:
    from mcp import Client
    from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client
except ImportError:
    from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client

    Client = None


@asynccontextmanager
async def connect(url):
    token = os.environ.get("MCP_TOKEN")
    async with create_mcp_http_client({"Authorization": f"Bearer {token}"} if token else None) as http:
        transport = streamable_http_client(url, http_client=http)
        if Client:
            async with Client(transport) as client:
                yield client
        else:
            async with transport as (read, write, _), ClientSession(read, write) as session:
                await session.initialize()
                yield session


async def list_tools(url, show=lambda tool: tool.name):
    async with connect(url) as client:
        cursor, is_first = None, True
        while is_first or cursor is not None:
            page = await client.list_tools(cursor=cursor)
            for tool in page.tools:
                print(show(tool))
            cursor, is_first = (page.next_cursor if Client else page.nextCursor), False


async def describe(url):
    await list_tools(url, lambda tool: tool.model_dump_json(by_alias=True, exclude_none=True))


async def call_tool(url, tool, arguments="{}", count="1"):
    async with connect(url) as client:
        for _ in range(int(count)):
            result = await client.call_tool(tool, json.loads(arguments))
        print(result.model_dump_json(by_alias=True, exclude_none=True))


asyncio.run({"list": list_tools, "describe": describe, "call": call_tool}[sys.argv[1]](*sys.argv[2:]))
