"""The tools, resources and prompts that every server of the matrix has."""

import base64
import os
from typing import Annotated

import anyio
from pydantic import BaseModel, Field

from sdk import IS_MODERN, Context, Image, MCPError, ToolError, page_tools, types

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
BIG = 5_000_000
MODERN_VERSION = "2026-07-28"


class Weather(BaseModel):
    city: str
    temperature: float = Field(description="In degrees Celsius")
    tags: list[str] = []


class Name(BaseModel):
    name: str


def is_modern(context):
    return IS_MODERN and context.protocol_version == MODERN_VERSION


def three_pages(tools, cursor):
    """A third of the tools; the second page's cursor is the empty string, which is a cursor like any other."""
    cursors = [None, "", "page 3"]
    page = cursors.index(cursor)
    third = -(-len(tools) // 3)
    return tools[page * third:(page + 1) * third], cursors[page + 1] if page < 2 else None


def add(server, log):
    """Adds them to `server`; `log(event)` records what a tool saw."""
    add_plain_tools(server, log)
    add_asking_tools(server)
    add_dying_tools(server)
    add_resources(server)
    page_tools(server, three_pages)


def add_plain_tools(server, log):
    @server.tool(description="The weather in a city, as an object")
    def structured(city: str) -> Weather:
        return Weather(city=city, temperature=21.5, tags=["sunny", "dry"])

    @server.tool()
    def error() -> str:
        """Always fails."""
        raise ToolError("the boiler is out")

    @server.tool()
    def echo(text: str) -> str:
        """Gives back what it got."""
        return text

    @server.tool()
    def sum_up(a: int, b: int, scale: float = 1.0, exact: bool = True) -> str:
        """Takes typed arguments."""
        return f"{(a + b) * scale:g} {exact}"

    @server.tool()
    def big() -> str:
        """Five megabytes of text."""
        return "x" * BIG

    @server.tool()
    def picture() -> Image:
        """An image of one pixel."""
        return Image(data=PNG, format="png")

    @server.tool(structured_output=False)
    def mixed() -> list[types.TextContent | types.EmbeddedResource | types.ResourceLink]:
        """Text, a link, and an embedded resource."""
        return [
            types.TextContent(type="text", text="see the link"),
            types.ResourceLink(type="resource_link", name="note", uri="note://link"),
            types.EmbeddedResource(type="resource", resource=types.TextResourceContents(uri="note://in", text="inside")),
        ]

    @server.tool()
    def region(region: Annotated[str, Field(json_schema_extra={"x-mcp-header": "Region"})], limit: int = 10) -> str:
        """Has an argument that clients of 2026 repeat in a header."""
        return f"{region}/{limit}"

    @server.tool(structured_output=False)
    async def slow(ctx: Context, seconds: float = 1.0) -> str:
        """Reports progress four times."""
        await ctx.info("a log line")
        try:
            for step in range(1, 5):
                await anyio.sleep(seconds / 4)
                await ctx.report_progress(step, 4, f"step {step}")
        except anyio.get_cancelled_exc_class():
            log("cancelled")
            raise
        return "arrived"

    @server.tool(structured_output=False)
    async def polled(ctx: Context) -> str:
        """Closes its stream, where the server can resume it, and goes on."""
        await ctx.close_sse_stream()
        await anyio.sleep(0.1)
        return "finished"


def add_asking_tools(server):
    question = types.SamplingMessage(role="user", content=types.TextContent(type="text", text="Capital of France?"))

    @server.tool(structured_output=False)
    async def ask_sampling(ctx: Context, related: bool = True):
        """Asks the client's model; unrelated: over the stream that the client opened by GET."""
        if is_modern(ctx):
            if ctx.input_responses:
                return "answered"
            params = types.CreateMessageRequestParams(messages=[question], max_tokens=20)
            asked = types.CreateMessageRequest(method="sampling/createMessage", params=params)
            return types.InputRequiredResult(input_requests={"model": asked}, request_state="opaque")
        try:
            await ctx.session.create_message(
                [question], max_tokens=20, related_request_id=ctx.request_id if related else None)
        except MCPError as refusal:
            return f"refused with {refusal.error.code}"
        return "answered"

    @server.tool(structured_output=False)
    async def ask_elicitation(ctx: Context):
        """Asks the user for a name."""
        if is_modern(ctx):
            if ctx.input_responses:
                return "answered"
            params = types.ElicitRequestFormParams(message="Your name?", requested_schema=Name.model_json_schema())
            asked = types.ElicitRequest(method="elicitation/create", params=params)
            return types.InputRequiredResult(input_requests={"who": asked})
        try:
            await ctx.elicit("Your name?", Name)
        except MCPError as refusal:
            return f"refused with {refusal.error.code}"
        return "answered"


def add_dying_tools(server):
    @server.tool(structured_output=False)
    async def die(ctx: Context) -> str:
        """Ends the session while the call is going on."""
        session = ctx.request_context.request.headers["mcp-session-id"]
        manager = server.session_manager
        await manager._discard_session(session, manager._server_instances[session])
        await anyio.sleep(60)
        return "survived"

    @server.tool("exit", structured_output=False)
    async def leave() -> str:
        """Ends the server while the call is going on."""
        os._exit(1)


def add_resources(server):
    @server.resource("note://readme", name="readme", mime_type="text/plain")
    def readme() -> str:
        """Some text."""
        return "the text of the note"

    @server.resource("logo://pixel", name="logo", mime_type="image/png")
    def logo() -> bytes:
        """Some bytes."""
        return PNG

    @server.resource("note://by-name/{name}", name="named note", mime_type="text/plain")
    def named(name: str) -> str:
        """A note for a name."""
        return f"a note called {name}"

    @server.prompt()
    def greet(name: str, style: str = "plain") -> str:
        """A greeting."""
        return f"Greet {name} in a {style} way."
