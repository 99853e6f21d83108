"""A host on the official Python SDK, 1.x or 2.x, that starts a program as its MCP server and tells what it saw.

    stdio_host.py talk COMMAND...         one conversation with a server of the matrix, as a line of JSON
    stdio_host.py asked COMMAND...        what tools got that asked the host's user and its model
    stdio_host.py soak COUNT COMMAND...   so many calls of `echo`, eight at a time; how many answers were
                                        right, wrong and errors
    stdio_host.py first COMMAND...        the handshake, a list of tools and a call: what a short conversation takes
    stdio_host.py calls COMMAND...        a call for each line of standard input, as {"tool": NAME, "arguments": OBJECT}
                                        or {"list": true}; its result, and the progress messages before it, as JSON
"""

import asyncio
import json
import os
import sys
from contextlib import asynccontextmanager
from datetime import timedelta

from mcp import ClientSession, StdioServerParameters, types
from mcp.client.stdio import stdio_client

try:
    from mcp import Client
except ImportError:
    Client = None

# In seconds.
LONGEST_CALL = 120


async def asked_for_a_name(context, params):
    return types.ElicitResult(action="accept", content={"name": "Ada"})


async def asked_for_a_sample(context, params):
    return types.CreateMessageResult(
        role="assistant", content=types.TextContent(type="text", text="Paris"), model="none")


@asynccontextmanager
async def connect(command):
    parameters = StdioServerParameters(command=command[0], args=command[1:], env=dict(os.environ))
    callbacks = {"elicitation_callback": asked_for_a_name, "sampling_callback": asked_for_a_sample}
    if Client:
        async with Client(stdio_client(parameters), **callbacks) as client:
            yield client
    else:
        async with stdio_client(parameters) as (read, write), ClientSession(read, write, **callbacks) as session:
            await session.initialize()
            yield session


def text(result):
    return "".join(block.text for block in result.content if block.type == "text")


async def tool_names(client):
    names, cursor, is_first = [], None, True
    while is_first or cursor is not None:
        page = await client.list_tools(cursor=cursor)
        names += [tool.name for tool in page.tools]
        cursor, is_first = (page.next_cursor if Client else page.nextCursor), False
    return names


async def talk(*command):
    seen, steps = {}, []

    async def progress(done, total, message):
        steps.append([done, total, message])

    async with connect(command) as client:
        seen["tools"] = await tool_names(client)
        seen["echo"] = text(await client.call_tool("echo", {"text": "naïve \u2028 \"quoted\"\n"}))
        several = await asyncio.gather(*(client.call_tool("echo", {"text": str(n)}) for n in range(20)))
        seen["several"] = [text(result) for result in several]
        slow = await asyncio.gather(
            client.call_tool("slow", {"seconds": 0.4}, progress_callback=progress),
            client.call_tool("echo", {"text": "meanwhile"}))
        seen["slow"] = [text(result) for result in slow]
        seen["progress"] = steps
        failed = await client.call_tool("error", {})
        seen["error"] = [failed.is_error if Client else failed.isError, text(failed)]
        seen["big"] = len(text(await client.call_tool("big", {})))
        seen["region"] = text(await client.call_tool("region", {"region": "Zürich "}))
        seen["prompt"] = (await client.get_prompt("greet", {"name": "Ada"})).messages[0].content.text
        uri = "note://readme"
        seen["resource"] = (await client.read_resource(uri)).contents[0].text
        try:
            await client.read_resource("note://nowhere")
        except Exception as error:
            seen["missing"] = str(error)
    print(json.dumps(seen))


async def asked(*command):
    async with connect(command) as client:
        results = [await client.call_tool("ask_elicitation", {})]
        results += [await client.call_tool("ask_sampling", {"related": related}) for related in (True, False)]
        print(json.dumps([text(result) for result in results]))


async def soak(count, *command):
    counts = [0, 0, 0]
    async with connect(command) as client:
        numbers = iter(range(int(count)))

        async def work():
            for number in numbers:
                try:
                    counts[text(await client.call_tool("echo", {"text": str(number)})) != str(number)] += 1
                except Exception:
                    counts[2] += 1

        await asyncio.gather(*(work() for _ in range(8)))
    print(json.dumps(counts))


async def first(*command):
    async with connect(command) as client:
        await client.list_tools()
        print(text(await client.call_tool("echo", {"text": "x"})))


async def answered(client, asked):
    if asked.get("list"):
        tools = (await client.list_tools()).tools
        return {"tools": [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in tools]}
    messages = []

    async def report(progress, total, message):
        messages.append(message)

    limit = LONGEST_CALL if Client else timedelta(seconds=LONGEST_CALL)
    result = await client.call_tool(
        asked["tool"], asked.get("arguments", {}), read_timeout_seconds=limit, progress_callback=report)
    return {"result": result.model_dump(mode="json", by_alias=True, exclude_none=True), "progress": messages}


async def calls(*command):
    async with connect(command) as client:
        for line in sys.stdin:
            print(json.dumps(await answered(client, json.loads(line))), flush=True)


asyncio.run({"talk": talk, "asked": asked, "soak": soak, "first": first, "calls": calls}[sys.argv[1]](*sys.argv[2:]))
