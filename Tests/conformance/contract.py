"""Checks the exchanges of a sandbox log against the API's OpenAPI description and what other sources add to it."""

import json
import re
from pathlib import Path

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

HERE = Path(__file__).parent

def body_of(entry):
    """The body of an entry of the log, which counts long lists instead of repeating them."""
    body = entry.get("body")
    if not isinstance(body, dict):
        return body
    return {key: [] if key in ("inputs", "run_ids") and isinstance(value, int) else value for key, value in body.items()}


class Contract:
    @staticmethod
    def load():
        """The API's description of October 2026, with what is known of routes that it leaves out."""
        document, additions = (
            json.loads(HERE.joinpath(name).read_text()) for name in ("openapi.json", "additions.json"))
        document["paths"].update(additions["paths"])
        document["components"]["schemas"].update(additions["schemas"])
        # OpenAI's SDK knows only this path.
        document["paths"]["/chat/completions"] = document["paths"]["/v1beta/chat/completions"]
        return Contract(document)

    def __init__(self, document):
        self.document = document
        resource = Resource(contents=document, specification=DRAFT202012)
        self.registry = Registry().with_resource("urn:api", resource)
        self.routes = [
            (re.compile("^" + re.sub(r"\{[^}]+\}", "[^/]+", path) + "$"), path, operations)
            # A path without parameters comes before one that it would fit.
            for path, operations in sorted(document["paths"].items(), key=lambda entry: "{" in entry[0])
        ]

    def violations(self, schema, value, what):
        """A line for each way in which `value` does not fit `schema`, which may hold local references."""
        text = json.dumps(schema).replace('"#/', '"urn:api#/')
        validator = Draft202012Validator(json.loads(text), registry=self.registry)
        return [
            f"{what}: {'.'.join(map(str, error.absolute_path)) or 'body'}: {error.message[:200]}"
            for error in validator.iter_errors(value)
        ]

    def component(self, name, value):
        return self.violations({"$ref": f"#/components/schemas/{name}"}, value, name)

    def operation(self, method, path):
        # The base URL of the Account API has a path of its own.
        path = path.removeprefix("/account")
        for pattern, _, operations in self.routes:
            if pattern.match(path) and method.lower() in operations:
                return operations[method.lower()]
        return None

    def check_request(self, entry):
        """What is wrong with a `request` entry of the log."""
        what = f"{entry['method']} {entry['path']}"
        operation = self.operation(entry["method"], entry["path"])
        if operation is None:
            return [f"{what}: no such operation"]
        known = {p["name"] for p in operation.get("parameters", []) if p.get("in") == "query"}
        problems = [f"{what}: unknown query parameter {name}" for name in entry["query"] if name not in known]
        body = operation.get("requestBody")
        if body is None:
            return problems + ([f"{what}: sends a body"] if entry["body"] is not None else [])
        [content] = body["content"].values()
        # The log leaves out what is secret in a form.
        return problems + (self.violations(content["schema"], body_of(entry), what) if "schema" in content else [])

    def check_response(self, request, response):
        """What is wrong with a `response` entry, given the `request` it belongs to."""
        status = str(response["status"])
        what = f"{request['method']} {request['path']} {status}"
        operation = self.operation(request["method"], request["path"])
        declared = (operation or {}).get("responses", {}).get(status)
        if declared is None:
            return self.violations({"$ref": "#/components/schemas/ErrorResponse"}, body_of(response), what)
        content = declared.get("content")
        if not content:
            return [f"{what}: has a body"] if response["body"] else []
        # Events are checked one by one; a page has no schema.
        if "application/json" not in content or not isinstance(response.get("body"), dict):
            return []
        return self.violations(content["application/json"]["schema"], body_of(response), what)

    def check_event(self, data):
        """What is wrong with the data of one event of a stream."""
        kind = data.get("type", "")
        names = {"task_run.state": "TaskRunEvent", "task_group_status": "TaskGroupStatusEvent",
                 "task_run.progress_stats": "TaskRunProgressStatsEvent", "error": "ErrorEvent",
                 "findall.status": "FindAllRunStatusEvent", "findall.schema.updated": "FindAllSchemaUpdatedEvent"}
        families = {"findall.candidate.": "FindAllCandidateMatchStatusEvent", "response.": "ResponseStreamEvent",
                    "task_run.progress_msg.": "TaskRunProgressMessageEvent"}
        name = names.get(kind) or next((name for start, name in families.items() if kind.startswith(start)), None)
        return self.component(name or "ChatCompletionResponseChunk", data)

    def check_stream(self, what, text):
        """What is wrong with the text of a stream, which may break off within an event."""
        problems = []
        for block in text.split("\n\n")[:-1]:
            lines = [line for line in block.split("\n") if not line.startswith(":")]
            if not lines or lines == ["data: [DONE]"]:
                continue
            value = json.loads(lines[-1].removeprefix("data: "))
            kind = value.get("type", "chat.completion.chunk")
            # Chat streams as OpenAI does, without names of events.
            expected = [] if kind == "chat.completion.chunk" else [f"event: {kind}"]
            if lines[:-1] != expected:
                problems.append(f"{what}: {lines[:-1]} in place of {expected}")
            problems += self.check_event(value)
        return problems


def check_responses(contract, entries):
    """Raises unless every answered request of the log got what the contract says."""
    requests = {entry["id"]: entry for entry in entries if entry["event"] == "request"}
    problems, count, streams = [], 0, {}
    for entry in entries:
        if entry["event"] == "response" and entry["status"] is not None and "fault" not in entry:
            count += 1
            problems += contract.check_response(requests[entry["id"]], entry)
            if isinstance(entry.get("body"), str):
                streams[entry["id"]] = entry["body"]
        elif entry["event"] == "piece":
            streams[entry["id"]] = streams.get(entry["id"], "") + entry["body"]
    for number, text in streams.items():
        if text.startswith(("event:", "data:", ":")):
            problems += contract.check_stream(requests[number]["path"], text)
    refuse(count, "responses", problems)


def check_routes(contract, entries):
    """Raises unless every route was asked for with success; paths that are the same route count once."""
    good = {entry["id"] for entry in entries if entry["event"] == "response" and (entry["status"] or 500) < 300}
    seen = {id(contract.operation(entry["method"], entry["path"])) for entry in entries
            if entry["event"] == "request" and entry["id"] in good}
    missing = [f"{method.upper()} {path}" for _, path, operations in contract.routes
               for method, operation in operations.items() if id(operation) not in seen]
    refuse(len(seen), "routes", [f"{route} was not asked for" for route in missing])


def check_requests(contract, entries):
    """Raises unless every request of the log is one the contract allows."""
    requests = [entry for entry in entries if entry["event"] == "request"]
    refuse(len(requests), "requests", [problem for entry in requests for problem in contract.check_request(entry)])


def refuse(count, what, problems):
    """Raises with the first problems of each kind, if there are any or nothing was looked at."""
    if problems or count == 0:
        raise AssertionError(f"{count} {what}, {len(problems)} problems; " + "; ".join(list(dict.fromkeys(problems))[:12]))
