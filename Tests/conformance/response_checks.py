"""Parallel's /v1/responses against the API's description: answers, streams and refusals of the sandbox, and what
`parallel respond` sends."""

import itertools
import json
import urllib.error
import urllib.request

from contract import Contract
from harness import Sandbox, expect, expect_equal

PATH = "/v1/responses"
SCHEMA = {"type": "object", "properties": {"year": {"type": "integer"}}, "required": ["year"]}
WORDS = ["", " sandbox:incomplete", " sandbox:fails", " sandbox:list-fails", " sandbox:tool-fails"]

# Members of a request that are taken, by the name of the check.
ACCEPTED = {
    "alone": {},
    "with all settings": {
        "instructions": "Be brief.", "reasoning": {"effort": "medium"}, "metadata": {"team": "research"},
        "temperature": 1, "tool_choice": "none", "store": False, "unknown": 1},
    "with filters": {"tools": [
        {"type": "web_search", "filters": {"allowed_domains": ["who.int"]}}, {"type": "function", "name": "f"}]},
    "with data sources": {"data_sources": {"free": ["pubmed"], "pay_per_use": ["carbonarc"]}},
    "in JSON": {"text": {"format": {"type": "json_schema", "name": "answer", "schema": SCHEMA}}},
    "of messages": {"input": [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": [{"type": "input_text", "text": "Who?"}]}]},
}

# Members for which a request is refused, with words of the reason.
REFUSED = [
    ({"model": "other"}, "only supports"), ({"background": True}, "background"), ({"input": []}, "empty"),
    ({"input": [{"role": "user", "content": [{"type": "input_image", "text": "x"}]}]}, "text"),
    ({"input": [{"role": "system", "content": "x"}]}, "user message"), ({"input": "x" * 20_001}, "20000"),
    ({"tools": [{"type": "web_search"}, {"type": "web_search_2025_08_26"}]}, "at most one"),
    ({"tools": [{"type": "web_search", "filters": {"allowed_domains": [f"a{n}.com" for n in range(201)]}}]}, "200"),
    ({"data_sources": {"free": ["none"]}}, "Available"), ({"metadata": [None]}, "metadata"),
    ({"previous_response_id": {}}, "previous_response_id"), ({"instructions": {}}, "instructions"),
]

# What follows what in a stream, by the names of events without their beginning.
FOLLOWS = {"created": "in_progress", "content_part.added": "output_text.delta", "output_text.done": "content_part.done",
           "web_search_call.in_progress": "web_search_call.searching", "web_search_call.completed": "output_item.done",
           "mcp_call.completed": "output_item.done", "mcp_call.failed": "output_item.done"}

# The flags of `parallel respond`, each of which reaches the wire.
COMMANDS = [
    ["--effort", "low", "--instructions", "Be brief."], ["--include-domain", "who.int"], ["--exclude-domain", "a.com"],
    ["--data-source", "pubmed", "--paid-source", "carbonarc"], ["--field", "year:int=The year"],
    ["--metadata", "team=research", "--no-stream"], ["--mcp", "parallel-search", "--allow-tool", "web_search"],
]


def send(sandbox, body):
    """The status and the text of an answer."""
    request = urllib.request.Request(
        sandbox.url + PATH, json.dumps({"model": "parallel", "input": "Who?", **body}).encode(),
        {"content-type": "application/json", "x-api-key": sandbox.key})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def tool(sandbox):
    return {"type": "mcp", "server_label": "web", "server_url": sandbox.url + "/mcp/search?mode=fast",
            "require_approval": "never", "headers": {"x-api-key": sandbox.key}}


def variants(sandbox, members):
    """The bodies of a check: with each scenario, and with a server beside the other tools."""
    for word, servers in itertools.product(WORDS, ([], [tool(sandbox)])):
        body = {"input": "Who?" + word, **members}
        body["tools"] = body.get("tools", []) + servers
        yield body


def answers(sandbox, contract, members):
    for body in variants(sandbox, members):
        status, text = send(sandbox, body)
        expect_equal(status, 200, text[:300])
        problems = contract.component("Response", json.loads(text))
        expect(not problems, problems[:3])
        expect(sandbox.key not in text, "a header of a server came back")


def streams(sandbox, contract, members):
    for body in variants(sandbox, members):
        status, text = send(sandbox, {**body, "stream": True})
        expect_equal(status, 200, text[:300])
        events = [json.loads(line[len("data: "):]) for line in text.splitlines() if line.startswith("data: ")]
        for event in events:
            problems = contract.component("ResponseStreamEvent", event)
            expect(not problems, problems[:3])
        expect_equal([event["sequence_number"] for event in events], list(range(len(events))))
        kinds = [event["type"].removeprefix("response.") for event in events]
        for first, second in itertools.pairwise(kinds):
            expect(FOLLOWS.get(first, second) == second, f"{second} after {first}")
        expect(kinds[-1] in ("completed", "failed", "incomplete") and kinds[0] == "created", kinds)
        opened = [event["item"]["id"] for event in events if event["type"] == "response.output_item.added"]
        expect_equal([item["id"] for item in events[-1]["response"]["output"]], opened)
        places = [event["output_index"] for event in events if event["type"] == "response.output_item.added"]
        expect_equal(places, list(range(len(places))))


def refusals(sandbox, contract):
    for body, word in REFUSED:
        status, text = send(sandbox, body)
        expect(status == 400 and word in json.loads(text)["error"]["message"], f"{body}: {status} {text[:300]}")
        problems = contract.component("OpenAIErrorEnvelope", json.loads(text))
        expect(not problems, problems)


def commands(sandbox, contract, binary):
    for words in COMMANDS:
        before = len(sandbox.log())
        done = sandbox.run([binary, "respond", "Who?", *words])
        expect_equal(done.returncode, 0, done.stderr[-300:])
        sent = [entry for entry in sandbox.log(before) if entry["event"] == "request" and entry["path"] == PATH]
        expect_equal(len(sent), 1)
        problems = contract.check_request(sent[0])
        expect(not problems, problems)


def run(report, options):
    contract = Contract.load()
    with Sandbox(options.sandbox) as sandbox:
        for name, members in ACCEPTED.items():
            report.check(f"responses: answers {name}", answers, sandbox, contract, members)
            report.check(f"responses: streams {name}", streams, sandbox, contract, members)
        report.check("responses: refusals", refusals, sandbox, contract)
        report.check("responses: what parallel respond sends", commands, sandbox, contract, options.parallel)
