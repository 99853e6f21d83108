"""Checks the exchanges of a sandbox log against the OpenAPI description and what newer sources add to it."""

import json
import re
from pathlib import Path

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012


def merge(base, extra):
    """Properties are added or replaced one by one, `required` is replaced."""
    for name, schema in extra.items():
        if not isinstance(schema, dict):
            continue
        target = base.setdefault(name, {})
        for key, value in schema.items():
            if key == "properties":
                target.setdefault("properties", {}).update(value)
            else:
                target[key] = value


def body_of(entry):
    """The body of an entry of the log, which counts long lists instead of repeating them."""
    body = entry.get("body")
    if not isinstance(body, dict):
        return body
    return {key: [] if key in ("inputs", "run_ids") and isinstance(value, int) else value for key, value in body.items()}


class Contract:
    @staticmethod
    def load(directory):
        """The contract of a directory with openapi.json and additions.json."""
        directory = Path(directory)
        document = json.loads((directory / "openapi.json").read_text())
        additions = json.loads((directory / "additions.json").read_text())
        merge(document["components"]["schemas"], additions.get("schemas", {}))
        # Some additions name a path without saying what it takes.
        for path, operations in additions.get("paths", {}).items():
            if all("responses" in operation for operation in operations.values()):
                document["paths"].setdefault(path, operations)
        return Contract(document)

    def __init__(self, document):
        self.document = document
        resource = Resource(contents=document, specification=DRAFT202012)
        self.registry = Registry().with_resource("urn:api", resource)
        self.routes = [
            (re.compile("^" + re.sub(r"\{[^}]+\}", "[^/]+", path) + "$"), path, operations)
            for path, operations in document["paths"].items()
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
        return problems + self.violations(body["content"]["application/json"]["schema"], body_of(entry), what)

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
        if "text/event-stream" in content and status == "200":
            return []
        return self.violations(content["application/json"]["schema"], body_of(response), what)

    def check_event(self, event):
        """What is wrong with the data of one event of a run's or a group's stream."""
        names = {"task_run.state": "TaskRunEvent", "task_group_status": "TaskGroupStatusEvent",
                 "task_run.progress_stats": "TaskRunProgressStatsEvent", "error": "ErrorEvent",
                 "findall.status": "FindAllRunStatusEvent", "findall.schema.updated": "FindAllSchemaUpdatedEvent"}
        if event["type"].startswith("findall.candidate."):
            return self.component("FindAllCandidateMatchStatusEvent", event)
        return self.component(names.get(event["type"], "TaskRunProgressMessageEvent"), event)


def check_responses(contract, entries):
    """Raises unless every answered request of the log got what the contract says."""
    requests = {entry["id"]: entry for entry in entries if entry["event"] == "request"}
    problems, count = [], 0
    for entry in entries:
        if entry["event"] == "response" and entry["status"] is not None and "fault" not in entry:
            count += 1
            problems += contract.check_response(requests[entry["id"]], entry)
    if problems or count == 0:
        raise AssertionError(f"{count} responses; " + "; ".join(problems[:5]))


def check_requests(contract, entries):
    """Raises unless every request of the log is one the contract allows."""
    requests = [entry for entry in entries if entry["event"] == "request"]
    problems = [problem for entry in requests for problem in contract.check_request(entry)]
    if problems or not requests:
        raise AssertionError(f"{len(requests)} requests; " + "; ".join(problems[:5]))
