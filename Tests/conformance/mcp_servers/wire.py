"""ASGI layers around a server: one records what arrives, one narrows the eras, one loses sessions."""

import json
import time

from starlette.responses import JSONResponse, Response

VERSION_HEADER = b"mcp-protocol-version"
MODERN = b"2026-07-28"


class Recorder:
    """Writes every request, its status, and a stream that the client closed early, as lines of JSON."""

    def __init__(self, path):
        self.file = open(path, "a", buffering=1)
        self.count = 0

    def write(self, event, **fields):
        self.file.write(json.dumps({"event": event, "time": time.monotonic(), **fields}) + "\n")

    def wrap(self, app):
        async def recorded(scope, receive, send):
            if scope["type"] != "http":
                return await app(scope, receive, send)
            self.count += 1
            number, is_finished = self.count, False
            body = await read_body(receive)
            scope["mcp.message"] = json.loads(body) if body else None
            headers = {name.decode(): value.decode() for name, value in scope["headers"]}
            self.write("request", number=number, method=scope["method"], path=scope["path"], headers=headers,
                       body=scope["mcp.message"])
            pending = [{"type": "http.request", "body": body, "more_body": False}]

            async def replay():
                if pending:
                    return pending.pop()
                message = await receive()
                if message["type"] == "http.disconnect" and not is_finished:
                    self.write("disconnect", number=number)
                return message

            async def watch(message):
                nonlocal is_finished
                if message["type"] == "http.response.start":
                    kind = dict(message["headers"]).get(b"content-type", b"").decode()
                    self.write("response", number=number, status=message["status"], type=kind)
                await send(message)
                if message["type"] == "http.response.body" and not message.get("more_body", False):
                    is_finished = True
                    self.write("end", number=number)

            await app(scope, replay, watch)

        return recorded


async def read_body(receive):
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return body


class EraGate:
    """Lets a server of both eras speak `era` only; POST /era/NAME changes which, as an update of the server would."""

    def __init__(self, app, era):
        self.app = app
        self.era = era

    async def __call__(self, scope, receive, send):
        if scope["type"] == "http":
            if scope["path"].startswith("/era/"):
                self.era = scope["path"].removeprefix("/era/")
                return await Response(status_code=204)(scope, receive, send)
            version = dict(scope["headers"]).get(VERSION_HEADER)
            if self.era == "legacy" and version == MODERN:
                scope["headers"] = [field for field in scope["headers"] if field[0] != VERSION_HEADER]
            if self.era == "modern" and version != MODERN:
                return await refuse_version(scope)(scope, receive, send)
        await self.app(scope, receive, send)


def refuse_version(scope):
    if scope["method"] != "POST":
        return Response(status_code=405, headers={"Allow": "POST"})
    data = {"supported": [MODERN.decode()], "requested": ""}
    error = {"code": -32022, "message": "Unsupported protocol version", "data": data}
    return JSONResponse({"jsonrpc": "2.0", "id": (scope["mcp.message"] or {}).get("id"), "error": error}, 400)


def lose_sessions(app, manager, is_lost_at):
    """Ends a session when it is used for a tool call whose number, from 0, is one of those."""
    count = 0

    async def losing(scope, receive, send):
        nonlocal count
        is_call = (scope.get("mcp.message") or {}).get("method") == "tools/call"
        count += is_call
        if is_call and is_lost_at(count - 1):
            session = dict(scope["headers"]).get(b"mcp-session-id", b"").decode()
            if transport := manager()._server_instances.get(session):
                await manager()._discard_session(session, transport)
        await app(scope, receive, send)

    return losing
