"""An MCP server of the 2025-06-18 revision with one tool, `echo`, and one fault or oddity a path (see FAULTS).

/log answers with a JSON line for each request that arrived: its path, method and headers.
"""

import argparse
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

VERSION = "2025-06-18"
TOOL = {"name": "echo", "description": "Says x.", "inputSchema": {"type": "object", "properties": {"x": {"type": "string"}}}}
NO_ACCOUNT = {"message": "no such account"}

# What `tools/call` answers on a path: members of the JSON-RPC answer.
CALLS = {
    "error-null-result": {"result": None, "error": {"code": "NOT_FOUND", **NO_ACCOUNT}},
    "error-no-code": {"error": NO_ACCOUNT},
    "error-text": {"error": "no such account"},
    "result-null": {"result": None},
    "result-list": {"result": []},
    "is-error-string": {"result": {"content": [{"type": "text", "text": "no such account"}], "isError": "true"}},
    "nan": {"result": {"content": [{"type": "text", "text": "mean: nan"}], "structuredContent": {"mean": float("nan"), "n": 3}}},
    "empty-resource": {"result": {"content": [{"type": "resource", "resource": {"uri": "case://documents/105", "text": ""}}]}},
    "content-string": {"result": {"content": "just a string"}},
}


class Server(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body="", kind="application/json", **headers):
        data = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def rpc(self, members, status=200, **headers):
        self.answer(status, {"jsonrpc": "2.0", "id": self.message.get("id"), **members}, **headers)

    def do_GET(self):
        if self.path == "/log":
            return self.answer(200, "".join(json.dumps(line) + "\n" for line in self.server.seen))
        return self.answer(405)

    def do_DELETE(self):
        self.answer(405)

    def do_POST(self):
        self.message = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)))
        self.server.seen.append({"path": self.path, "method": self.message.get("method"), "headers": dict(self.headers)})
        fault = self.path.strip("/")
        if fault == "moved" and not self.path.endswith("/"):
            return self.answer(307, location=f"{self.path}/")
        if fault == "moved-away":
            token = self.headers.get("authorization", "none").split()[-1]
            return self.answer(307, location=f"https://elsewhere.example/{token}/mcp")
        method = self.message.get("method")
        if method == "server/discover":
            return self.discover(fault)
        if method == "initialize":
            return self.initialize(fault)
        if fault == "sticky" and "NODE=1" not in self.headers.get("cookie", ""):
            return self.rpc({"error": {"code": -32001, "message": "Session not found"}}, 404)
        if "id" not in self.message:
            return self.answer(500, "Internal Server Error") if fault == "notification-500" else self.answer(202)
        if method == "tools/list":
            hints = {"annotations": {"destructiveHint": True, "readOnlyHint": False}} if fault == "destructive" else {}
            cursor = {"nextCursor": ""} if fault == "empty-cursor" else {}
            return self.rpc({"result": {"tools": [{**TOOL, **hints}], **cursor}})
        if method == "tools/call":
            said = self.message["params"].get("arguments", {}).get("x", "")
            return self.rpc(CALLS.get(fault, {"result": {"content": [{"type": "text", "text": said}]}}))
        return self.rpc({"error": {"code": -32601, "message": "Method not found"}})

    def discover(self, fault):
        if fault == "discover-silent":
            threading.Event().wait(300)
        if fault == "discover-401":
            return self.answer(401, {"error": "unauthorized"}, www_authenticate="Bearer")
        if fault == "discover-page":
            return self.answer(200, "<html>Welcome</html>", "text/html")
        return self.rpc({"error": {"code": -32601, "message": "Method not found"}})

    def initialize(self, fault):
        if fault == "version-refused" and self.message["params"]["protocolVersion"] > VERSION:
            message = f"Bad Request: Unsupported protocol version (supported versions: {VERSION}, 2025-03-26)"
            return self.rpc({"error": {"code": -32000, "message": message}}, 400)
        headers = {"mcp_session_id": "s-1", "set_cookie": "NODE=1; Path=/; HttpOnly"} if fault == "sticky" else {}
        return self.rpc({"result": {
            "protocolVersion": "2024-11-05" if fault == "version-2024" else VERSION,
            "capabilities": {} if fault == "no-capabilities" else {"tools": {}},
            "serverInfo": {"name": fault, "version": "1"}}}, **headers)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--ready-file", required=True)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    server.daemon_threads = True
    server.seen = []
    Path(parser.parse_args().ready_file).write_text(f"http://127.0.0.1:{server.server_port}")
    server.serve_forever()


main()
