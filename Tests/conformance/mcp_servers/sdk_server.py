"""Servers built with the official Python SDK that this interpreter has, each on a free port of 127.0.0.1.

    sdk_server.py LOG_DIRECTORY VARIANT...

A variant is a name of words with hyphens between them:
    stateful, stateless   the kind of legacy session
    sse, json             the kind of response
    modern, legacy        this era only, where the SDK has both
    auth                  wants the token `good`
    resumable             keeps events, and asks for reconnection after 300 ms
    forgetful, amnesiac   loses the session at the first tool call, or at each
    mortal                loses it at every 50th, or $MCP_SESSION_CALLSth

Prints {variant: URL} as a line of JSON when all of them listen; LOG_DIRECTORY/VARIANT.jsonl gets what arrives.
"""

import asyncio
import json
import os
import socket
import sys

import uvicorn
from mcp.server.auth.provider import AccessToken
from mcp.server.auth.settings import AuthSettings

import features
from events import EventStore
from sdk import make_app, make_server
from wire import EraGate, Recorder, lose_sessions


# By trait: at which tool calls the session is lost.
SESSION_CALLS = int(os.environ.get("MCP_SESSION_CALLS", "50"))
LOSSES = {"forgetful": lambda n: n == 0, "amnesiac": lambda n: True, "mortal": lambda n: n % SESSION_CALLS == 0}


class Verifier:
    async def verify_token(self, token):
        return AccessToken(token=token, client_id="matrix", scopes=[]) if token == "good" else None


def build(variant, url, recorder):
    traits = set(variant.split("-"))
    transport = {"stateless_http": "stateless" in traits, "json_response": "json" in traits}
    identity = {"name": variant, "instructions": "A server of the conformance matrix.", "log_level": "CRITICAL"}
    if "resumable" in traits:
        transport |= {"event_store": EventStore(), "retry_interval": 300}
    if "auth" in traits:
        settings = AuthSettings(issuer_url="https://issuer.example", resource_server_url=url, validate_token_resource=False)
        identity |= {"auth": settings, "token_verifier": Verifier()}
    server = make_server(transport, **identity)
    features.add(server, recorder.write)
    app = make_app(server, transport)
    for trait in traits & LOSSES.keys():
        app = lose_sessions(app, lambda: server.session_manager, LOSSES[trait])
    era = next((word for word in ("modern", "legacy") if word in traits), "both")
    return recorder.wrap(EraGate(app, era))


async def main(directory, variants):
    urls, servers = {}, []
    for variant in variants:
        listener = socket.create_server(("127.0.0.1", 0))
        urls[variant] = f"http://127.0.0.1:{listener.getsockname()[1]}/mcp"
        app = build(variant, urls[variant], Recorder(f"{directory}/{variant}.jsonl"))
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
        servers.append(server.serve(sockets=[listener]))
    print(json.dumps(urls), flush=True)
    await asyncio.gather(*servers)


asyncio.run(main(sys.argv[1], sys.argv[2:]))
