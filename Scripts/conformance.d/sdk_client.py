"""A minimal program on the official Python SDK, 1.x or 2.x, whichever the interpreter has.

    sdk_client.py list URL                            the names of all tools, a line each
    sdk_client.py call URL TOOL [ARGUMENTS [COUNT]]   the last result of so many calls, as JSON
"""

import asyncio
import json
import sys

try:
    from mcp import Client as connect
except ImportError:
    from contextlib import asynccontextmanager

    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    @asynccontextmanager
    async def connect(url):
        async with streamable_http_client(url) as (read, write, _), ClientSession(read, write) as session:
            await session.initialize()
            yield session


async def list_tools(url):
    async with connect(url) as client:
        cursor, is_first = None, True
        while is_first or cursor is not None:
            page = await client.list_tools(cursor=cursor)
            for tool in page.tools:
                print(tool.name)
            cursor = getattr(page, "next_cursor", None) if hasattr(page, "next_cursor") else page.nextCursor
            is_first = False


async def call_tool(url, tool, arguments="{}", count="1"):
    async with connect(url) as client:
        for _ in range(int(count)):
            result = await client.call_tool(tool, json.loads(arguments))
        print(result.model_dump_json(by_alias=True, exclude_none=True))


asyncio.run({"list": list_tools, "call": call_tool}[sys.argv[1]](*sys.argv[2:]))
