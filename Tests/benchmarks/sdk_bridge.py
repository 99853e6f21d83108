"""A bridge from stdio to Streamable HTTP on the official Python SDK, 1.x or 2.x: what `parallel mcp proxy` is compared with.

    sdk_bridge.py URL
"""

import asyncio
import sys

from mcp.server.stdio import stdio_server

try:
    from mcp.client.streamable_http import streamable_http_client
except ImportError:
    from mcp.client.streamable_http import streamablehttp_client as streamable_http_client


async def copy(source, target):
    async for message in source:
        if not isinstance(message, Exception):
            await target.send(message)
    await target.aclose()


async def main(url):
    async with stdio_server() as (host_in, host_out), streamable_http_client(url) as (server_in, server_out, *_):
        await asyncio.gather(copy(host_in, server_out), copy(server_in, host_out))


asyncio.run(main(sys.argv[1]))
