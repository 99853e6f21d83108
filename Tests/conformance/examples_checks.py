"""`parallel-sandbox serve --examples` against the API's description, route by route."""

import json
import re

import httpx

from contract import Contract
from event_schemas import DESCRIPTION, events, misfits, resolved, types
from harness import Sandbox, expect

# A value of each JSON type. The mode looks at nothing else of a value.
VALUES = {"string": "x", "integer": 1, "number": 1.5, "boolean": True, "array": [], "object": {}}


def problems(contract, operation, answer, statuses):
    """What an answer has that the description has not."""
    status = str(answer.status_code)
    what = f"{answer.request.method} {answer.request.url.path} {status}"
    declared = operation["responses"].get(status)
    if declared is None or not status.startswith(statuses):
        return [f"{what} {answer.text[:200]}"]
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if not answer.content:
        return [f"{what}: no body"] if declared.get("content") else []
    if kind not in declared.get("content", {}):
        return [f"{what}: a body of type {kind!r}"]
    schema = declared["content"][kind]["schema"]
    if kind != "text/event-stream":
        return contract.violations(schema, answer.json(), what)
    few = [] if len(events(answer.text)) > 1 else [f"{what}: there are no events"]
    return few + misfits(contract, schema, answer.text, what)


def check_route(contract, base, method, path, operation):
    """Any id is answered; a body is refused if it is missing or one of its members has another type."""
    def send(content=None):
        return httpx.request(
            method, base + re.sub(r"\{\w+\}", "some-id", path), content=content, timeout=10,
            headers={"x-api-key": "any", "content-type": "application/json"})

    found = []
    body = operation.get("requestBody")
    if body is None:
        found += problems(contract, operation, send(), "2")
    else:
        schema = resolved(body["content"]["application/json"]["schema"])
        members = {name: types(member) - {"null"} for name, member in schema["properties"].items()}
        good = {name: VALUES[sorted(members[name])[0]] for name in schema.get("required", [])}
        found += problems(contract, operation, send(json.dumps(good)), "2")
        if "stream" in members:
            found += problems(contract, operation, send(json.dumps({**good, "stream": True})), "2")
        whole = {name: VALUES[kind] for name, kinds in members.items() for kind in kinds}
        found += problems(contract, operation, send(json.dumps({**whole, **good, "stream": False})), "2")
        bad = [None, "[]", "{", *(json.dumps({k: v for k, v in good.items() if k != name}) for name in good)]
        for name, kinds in members.items():
            other = next(kind for kind in ("boolean", "array", "string") if kind not in kinds)
            bad.append(json.dumps({**good, name: VALUES[other]}))
        for content in bad:
            found += [f"{problem} for {content}" for problem in problems(contract, operation, send(content), "4")]
    expect(not found, "; ".join(found[:5]))


def run(report, options):
    contract = Contract(DESCRIPTION)
    with Sandbox(options.sandbox, "--examples") as sandbox:
        for path, operations in DESCRIPTION["paths"].items():
            for method, operation in operations.items():
                report.check(
                    f"examples: {method.upper()} {path}", check_route, contract, sandbox.url, method, path, operation)
