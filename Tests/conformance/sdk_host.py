"""A client on the official Python SDK, 1.x or 2.x, that starts an MCP server as a program.

    sdk_host.py PROGRAM [WORD...]

Reads a call from each line of standard input, as {"tool": NAME, "arguments": OBJECT}, or {"list": true}, and prints a line
of JSON with the result and the progress messages that came before it. What a server may use of the environment is in
$HOST_ENVIRONMENT, as a JSON object.
"""

import asyncio
import json
import os
import sys
from contextlib import asynccontextmanager
from datetime import timedelta

from mcp import ClientSession
from mcp.client.stdio import StdioServerParameters, stdio_client

try:
    from mcp import Client
except ImportError:
    Client = None

TIMEOUT = 120


@asynccontextmanager
async def connect(command):
    variables = json.loads(os.environ.get("HOST_ENVIRONMENT", "{}"))
    transport = stdio_client(StdioServerParameters(command=command[0], args=command[1:], env=variables))
    if Client:
        async with Client(transport) as client:
            yield client
    else:
        async with transport as (read, write), ClientSession(read, write) as session:
            await session.initialize()
            yield session


async def answer(client, asked):
    if asked.get("list"):
        tools = (await client.list_tools()).tools
        return {"tools": [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in tools]}
    messages = []

    async def report(progress, total, message):
        messages.append(message)

    limit = TIMEOUT if Client else timedelta(seconds=TIMEOUT)
    result = await client.call_tool(
        asked["tool"], asked.get("arguments", {}), read_timeout_seconds=limit, progress_callback=report)
    return {"result": result.model_dump(mode="json", by_alias=True, exclude_none=True), "progress": messages}


async def main(command):
    async with connect(command) as client:
        for line in sys.stdin:
            print(json.dumps(await answer(client, json.loads(line))), flush=True)


asyncio.run(main(sys.argv[1:]))
