"""A small MCP server on the standard library, for what no SDK server does; it keeps all requests."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MODERN = "2026-07-28"
META = "io.modelcontextprotocol/"


class Mock:
    """Serves on 127.0.0.1 while it is entered. Subclasses say the era, the tools, and how calls are answered."""

    era = "modern"
    tools = []

    def __enter__(self):
        self.requests = []
        mock = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                mock.requests.append(Request(self, json.loads(body) if body else None))
                mock.respond(self, mock.requests[-1])

            do_GET = do_POST = do_DELETE = handle_any

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.origin = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.url = self.origin + "/mcp"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def posts(self, method):
        return [request for request in self.requests if request.method == method]

    def respond(self, handler, request):
        if request.verb != "POST":
            send(handler, 405)
        elif self.era == "modern" and request.headers.get("mcp-protocol-version") != MODERN:
            data = {"supported": [MODERN], "requested": request.headers.get("mcp-protocol-version", "")}
            send_error(handler, request, 400, -32022, "Unsupported protocol version", data)
        elif "id" not in request.message:
            send(handler, 202)
        elif answer := self.answer(request):
            if self.era == "modern":
                answer |= {"resultType": "complete", "ttlMs": 0, "cacheScope": "private"}
            send(handler, 200, {"jsonrpc": "2.0", "id": request.message["id"], "result": answer})
        elif self.era == "legacy":
            # As SDK 1.x does without a session: HTTP 400 and an id of its own.
            send(handler, 400, {"jsonrpc": "2.0", "id": "server-error", "error": {"code": -32600, "message": "No session"}})
        else:
            send_error(handler, request, 404, -32601, "Method not found")

    def answer(self, request):
        """The result of a request, or None where there is no such method."""
        capabilities = {"tools": {}, "resources": {}, "prompts": {}}
        server = {"name": "mock", "version": "1.0"}
        match request.method:
            case "initialize" if self.era == "legacy":
                return {"protocolVersion": self.version(request), "capabilities": capabilities, "serverInfo": server}
            case "server/discover" if self.era == "modern":
                return {"supportedVersions": [MODERN], "capabilities": capabilities}
            case "tools/list":
                return {"tools": self.tools}
            case "tools/call":
                return {"content": [{"type": "text", "text": self.call(**request.message["params"])}]}
        return None

    def version(self, request):
        return request.message["params"]["protocolVersion"]

    def call(self, name, arguments, _meta=None):
        return f"{name} was called"


class Request:
    def __init__(self, handler, message):
        self.time = time.monotonic()
        self.verb = handler.command
        self.path = handler.path
        self.headers = {name.lower(): value for name, value in handler.headers.items()}
        self.message = message
        self.method = (message or {}).get("method")


def send(handler, status, message=None):
    body = json.dumps(message).encode() if message is not None else b""
    handler.send_response(status)
    if body:
        handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def send_error(handler, request, status, code, text, data=None):
    error = {"code": code, "message": text} | ({"data": data} if data else {})
    send(handler, status, {"jsonrpc": "2.0", "id": request.message["id"], "error": error})


def send_events(handler, *events):
    """An event stream of these events, each a map of fields, and its end."""
    handler.send_response(200)
    handler.send_header("Content-Type", "text/event-stream")
    handler.send_header("Connection", "close")
    handler.end_headers()
    for fields in events:
        handler.wfile.write("".join(f"{name}: {value}\r\n" for name, value in fields.items()).encode() + b"\r\n")
    handler.close_connection = True
