"""The client scenarios of the MCP conformance suite that concern this client, on servers of our own.

Scenario names are the suite's. Each server checks what arrived; `parallel mcp` is the client.
"""

import base64
import json

from harness import expect, expect_equal
from mcp_matrix import user as a_user
from mcp_mock import META, MODERN, Mock, send_error, send_events


def tool(name, properties=None, **schema):
    return {"name": name, "description": name, "inputSchema": {"type": "object", "properties": properties or {}, **schema}}


ADDING = tool("add_numbers", {"a": {"type": "number"}, "b": {"type": "number"}}, required=["a", "b"])


class Adding(Mock):
    tools = [ADDING]

    def call(self, name, arguments, _meta=None):
        return str(arguments["a"] + arguments["b"])


class LegacyAdding(Adding):
    era = "legacy"

    def version(self, request):
        return self.negotiated

    def __init__(self, negotiated):
        self.negotiated = negotiated


def initialize(options, version):
    """The handshake, and the negotiated version in all that follows; for each legacy version we speak."""
    with LegacyAdding(version) as server, a_user(options) as user:
        user.succeed("mcp", "tools", server.url)
        asked = server.posts("initialize")[0].message["params"]
        expect_equal(asked["protocolVersion"], "2025-11-25")
        expect(asked["clientInfo"]["name"] and asked["clientInfo"]["version"], asked)
        expect_equal(asked["capabilities"], {})
        after = server.requests[server.requests.index(server.posts("initialize")[0]) + 1:]
        expect_equal(after[0].method, "notifications/initialized")
        for request in after:
            expect_equal(request.headers.get("mcp-protocol-version"), version, f"{request.verb} {request.method}")
            expect("mcp-session-id" not in request.headers, "a session that nobody gave")


def unknown_version(options):
    with LegacyAdding("2023-01-01") as server, a_user(options) as user:
        done = user.run("mcp", "tools", server.url)
        expect_equal(done.returncode, 4, done.stderr)
        expect("2023-01-01" in done.stderr and "2025-11-25" in done.stderr, f"both versions: {done.stderr}")
        expect_equal(server.posts("tools/list"), [])


def tools_call(options, server):
    with server, a_user(options) as user:
        words = ["mcp", "call", server.url, "add_numbers", "--arg", "a=5", "--arg", "b=3"]
        expect_equal(user.succeed(*words), "8\n")
        expect_equal(server.posts("tools/call")[0].message["params"]["arguments"], {"a": 5, "b": 3})


class RefusesOnce(Adding):
    """Refuses the first request for its version, though it has that version."""

    def respond(self, handler, request):
        if len(self.requests) == 1:
            send_error(handler, request, 400, -32022, "Unsupported protocol version", {"supported": [MODERN]})
        else:
            super().respond(handler, request)


def request_metadata(options, server):
    with server, a_user(options) as user:
        user.succeed("mcp", "call", server.url, "add_numbers", "--arg", "a=5", "--arg", "b=3")
        expect_equal(server.posts("initialize"), [], "a handshake of the other era:")
        for request in server.requests:
            meta = request.message["params"]["_meta"]
            expect_equal(meta[META + "protocolVersion"], request.headers["mcp-protocol-version"])
            expect_equal(meta[META + "protocolVersion"], MODERN)
            expect_equal(meta[META + "clientCapabilities"], {})
            expect_equal(sorted(meta[META + "clientInfo"])[:2], ["name", "version"])
        ids = [request.message["id"] for request in server.requests]
        expect_equal(len(set(ids)), len(ids), "different ids")


class Everything(Mock):
    tools = [tool("test_headers"), tool("my-hyphenated-tool")]
    uri = "file:///path/to/file%20name.txt"

    def answer(self, request):
        match request.method:
            case "resources/list":
                return {"resources": [{"uri": self.uri, "name": "a file"}]}
            case "resources/templates/list":
                return {"resourceTemplates": []}
            case "resources/read":
                return {"contents": [{"uri": self.uri, "text": "a text"}]}
            case "prompts/list":
                return {"prompts": [{"name": "test_prompt"}]}
            case "prompts/get":
                return {"messages": [{"role": "user", "content": {"type": "text", "text": "a prompt"}}]}
        return super().answer(request)


def http_standard_headers(options):
    with Everything() as server, a_user(options) as user:
        user.succeed("mcp", "call", server.url, "my-hyphenated-tool")
        user.succeed("mcp", "call", server.url, "test_headers")
        user.succeed("mcp", "resources", server.url)
        user.succeed("mcp", "resources", server.url, "read", server.uri)
        user.succeed("mcp", "prompts", server.url)
        user.succeed("mcp", "prompts", server.url, "get", "test_prompt")
        for request in server.requests:
            expect_equal(request.headers["mcp-method"], request.method)
            params = request.message["params"]
            expect_equal(request.headers.get("mcp-name"), params.get("name", params.get("uri")))
        methods = {request.method for request in server.requests}
        missing = {"tools/call", "resources/list", "resources/read", "prompts/list", "prompts/get"} - methods
        expect(not missing, f"never sent: {missing}")


HEADERED = {
    # property: type, header name, value, whether the header must be base64
    "region": ("string", "Region", "us-west1", False),
    "priority": ("integer", "Priority", 42, False),
    "verbose": ("boolean", "Verbose", False, False),
    "debug": ("boolean", "Debug", True, False),
    "empty": ("string", "EmptyVal", "", False),
    "method": ("string", "Method", "test-method", False),
    "non_ascii": ("string", "NonAscii", "Hello, 世界", True),
    "padded": ("string", "Whitespace", " padded ", True),
    "leading": ("string", "LeadingSpace", " us-west1", True),
    "trailing": ("string", "TrailingSpace", "us-west1 ", True),
    "internal": ("string", "InternalSpace", "us west 1", False),
    "lines": ("string", "ControlChar", "line1\nline2", True),
    "crlf": ("string", "CrLf", "line1\r\nline2", True),
    "tab": ("string", "Tab", "\tindented", True),
    "literal": ("string", "Literal", "=?base64?literal?=", True),
}


class CustomHeaders(Mock):
    tools = [tool("custom", {
        **{key: {"type": kind, "x-mcp-header": name} for key, (kind, name, _, _) in HEADERED.items()},
        "nothing": {"type": "string", "x-mcp-header": "Nothing"}, "query": {"type": "string"},
        "nested": {"type": "object", "properties": {"deep": {"type": "string", "x-mcp-header": "Deep"}}},
    })]


def http_custom_headers(options):
    with CustomHeaders() as server, a_user(options) as user:
        arguments = {key: value for key, (_, _, value, _) in HEADERED.items()}
        arguments |= {"query": "SELECT 1", "nested": {"deep": "down"}}
        user.succeed("mcp", "call", server.url, "custom", "--args", json.dumps(arguments))
        sent = server.posts("tools/call")[0]
        expect_equal(sent.message["params"]["arguments"], arguments)
        for _, name, value, is_base64 in HEADERED.values():
            text = json.dumps(value) if not isinstance(value, str) else value
            if is_base64:
                text = f"=?base64?{base64.b64encode(text.encode()).decode()}?="
            expect_equal(sent.headers.get(f"mcp-param-{name.lower()}"), text, name)
        expect_equal(sent.headers.get("mcp-param-deep"), "down")
        expect("mcp-param-query" not in sent.headers and "mcp-param-nothing" not in sent.headers, sent.headers)
        expect_equal(sent.headers["mcp-method"], "tools/call")
        user.succeed("mcp", "call", server.url, "custom", "--arg-json", "nothing=null", "--no-check")
        sent = server.posts("tools/call")[1]
        expect(not [name for name in sent.headers if name.startswith("mcp-param-")], sent.headers)


def marked(name, kind="string"):
    return {"type": kind, "x-mcp-header": name}


class InvalidHeaders(Mock):
    tools = [
        tool("good", {"region": marked("Region")}),
        tool("empty", {"a": marked("")}),
        tool("object", {"a": marked("A", "object")}),
        tool("array", {"a": marked("A", "array")}),
        tool("null", {"a": marked("A", "null")}),
        tool("twice", {"a": marked("A"), "b": marked("A")}),
        tool("twice-but-for-case", {"a": marked("Region"), "b": marked("REGION")}),
        tool("space", {"a": marked("My Region")}),
        tool("colon", {"a": marked("My:Region")}),
        tool("non-ascii", {"a": marked("Région")}),
        tool("tab", {"a": marked("My\tRegion")}),
        tool("plain", {"a": {"type": "string"}}),
    ]


def http_invalid_tool_headers(options):
    with InvalidHeaders() as server, a_user(options) as user:
        done = user.run("mcp", "tools", server.url, "--json")
        expect_equal(done.returncode, 0, done.stderr)
        expect_equal([tool["name"] for tool in json.loads(done.stdout)["tools"]], ["good", "plain"])
        for name in ("twice-but-for-case", "non-ascii"):
            expect(name in done.stderr, f"no warning about {name}: {done.stderr}")
        expect_equal(user.succeed("mcp", "call", server.url, "good", "--arg", "region=x"), "good was called\n")
        expect_equal(server.posts("tools/call")[0].headers["mcp-param-region"], "x")


class Interrupted(LegacyAdding):
    """Answers a call with an id and a retry time only; the result is for whoever comes back by GET."""

    retry = 500

    def respond(self, handler, request):
        if request.verb == "GET" and "last-event-id" in request.headers:
            call = self.posts("tools/call")[0]
            result = {"content": [{"type": "text", "text": "8"}]}
            message = json.dumps({"jsonrpc": "2.0", "id": call.message["id"], "result": result})
            send_events(handler, {"event": "message", "id": "event-2", "data": message})
        elif request.method == "tools/call":
            send_events(handler, {"id": "event-1", "retry": self.retry, "data": ""})
        else:
            super().respond(handler, request)


def sse_retry(options):
    with Interrupted("2025-11-25") as server, a_user(options) as user:
        user.succeed("mcp", "call", server.url, "add_numbers", "--arg", "a=5", "--arg", "b=3")
        call = server.posts("tools/call")
        expect_equal(len(call), 1, "calls:")
        back = next(request for request in server.requests if "last-event-id" in request.headers)
        expect_equal(back.headers["last-event-id"], "event-1")
        wait = (back.time - call[0].time) * 1000
        expect(server.retry - 50 <= wait <= server.retry + 200, f"came back after {wait:.0f} ms")


SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {"address": {"$anchor": "address", "type": "object", "properties": {"street": {"type": "string"}}}},
    "properties": {"name": {"type": "string"}, "address": {"$ref": "#/$defs/address"}, "contact": {
        "anyOf": [{"type": "string", "format": "email"}, {"type": "object", "required": ["phone"]}]},
        "kind": {"const": "person"}, "size": {"oneOf": [{"type": "integer"}, {"type": "number", "exclusiveMinimum": 1.50}]}},
    "allOf": [{"anyOf": [{"required": ["name"]}, {"required": ["contact"]}]}],
    "if": {"properties": {"kind": {"const": "person"}}}, "then": {"required": ["name"]}, "else": {},
    "dependentRequired": {"contact": ["name"]}, "unevaluatedProperties": False, "x-unknown": [1, None, {"deep": 1.10}],
}


class Schemas(Mock):
    tools = [{"name": "schema", "inputSchema": SCHEMA, "unknown": {"kept": True}}]


def json_schema_preservation(options):
    with Schemas() as server, a_user(options) as user:
        listed = json.loads(user.succeed("mcp", "tools", server.url, "--json"))["tools"]
        expect_equal(listed, server.tools)
        expect_equal(json.dumps(listed), json.dumps(server.tools), "the order of members:")
        expect_equal(json.loads(user.succeed("mcp", "tools", server.url, "--schema", "schema")), SCHEMA)
        arguments = '{"name":"Ada","address":{"street":"x"},"contact":{"phone":"1"},"kind":"person","size":1}'
        user.succeed("mcp", "call", server.url, "schema", "--args", arguments)


class Canary(Mock):
    @property
    def tools(self):
        reference = {"$ref": f"{self.origin}/canary/profile-schema.json"}
        return [tool("lookup_user", {"id": {"$ref": "#/$defs/userId"}, "profile": reference},
                     **{"$defs": {"userId": {"type": "string", "pattern": "^[a-z0-9-]+$"}}, "required": ["id"]})]


def json_schema_no_deref(options):
    with Canary() as server, a_user(options) as user:
        user.succeed("mcp", "tools", server.url)
        user.succeed("mcp", "tools", server.url, "--schema", "lookup_user")
        user.succeed("mcp", "test", server.url)
        user.succeed("mcp", "call", server.url, "lookup_user", "--args", '{"id":"ada-1","profile":{"any":"thing"}}')
        paths = {request.path for request in server.requests}
        expect_equal(paths, {"/mcp"}, "requests:")


def run(report, options):
    rows = [(f"initialize, {version}", initialize, version)
            for version in ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")]
    rows += [
        ("no common version", unknown_version),
        ("tools_call, modern", tools_call, Adding()),
        ("tools_call, legacy", tools_call, LegacyAdding("2025-11-25")),
        ("request-metadata", request_metadata, Adding()),
        ("request-metadata, refused once", request_metadata, RefusesOnce()),
        ("sse-retry", sse_retry),
        ("http-standard-headers", http_standard_headers),
        ("http-custom-headers", http_custom_headers),
        ("http-invalid-tool-headers", http_invalid_tool_headers),
        ("json-schema-2020-12-preservation", json_schema_preservation),
        ("json-schema-ref-no-deref", json_schema_no_deref),
    ]
    for name, check, *arguments in rows:
        report.check(f"scenario {name}", check, options, *arguments)
