"""The strict sandbox against requests that schemathesis makes up from the API's description, good and bad ones."""

import json
import os
import re
import subprocess
import tempfile
from pathlib import Path

import httpx

from harness import Sandbox, environment, expect

HERE = Path(__file__).parent
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance," \
    "negative_data_rejection,unsupported_method,events_fit,not_without_cause"

# Statuses that the description leaves out: the route, the status, and why it may come all the same. Their bodies have
# the API's usual shape of an error.
ALSO = [
    ("any", 401, "a wrong key is refused everywhere"),
    ("any with an id", 404, "nobody has made what has this id, or it is deleted"),
    ("POST /v1/tasks/groups/{taskgroup_id}/runs", 403, "a processor that does not exist is refused in groups, too"),
    ("POST /account/service/v1/balance/add", 409, "one idempotency key can't charge two amounts"),
]

# Values that the documentation asks for where the description says less, so that more requests get past the first
# check, and what the description says wrongly.
STEERED = {
    ("TaskRunInput", "processor"): {"type": "string", "enum": ["lite", "core", "pro", "other"]},
    ("FindAllEnrichInput", "processor"): {"type": "string", "enum": ["lite", "core"]},
    ("FindAllRunInput", "match_limit"): {"type": "integer", "minimum": 5, "maximum": 1000},
    ("CreateMonitorRequest", "frequency"): {"type": "string", "enum": ["1h", "30d", "2w"]},
    ("ChatCompletionRequest", "model"): {"type": "string", "enum": ["speed", "lite", "base", "core"]},
    ("ResponseCreateRequest", "model"): {"type": "string", "enum": ["parallel", "Parallel"]},
    ("Webhook", "url"): {"type": "string", "enum": ["https://hooks.example.com/a"]},
    ("MonitorWebhook", "url"): {"type": "string", "enum": ["https://hooks.example.com/a"]},
    # The name is reserved, so nothing answers there.
    ("McpServer", "url"): {"type": "string", "enum": ["https://mcp.invalid/mcp", "http://mcp.invalid/mcp"]},
    ("JsonSchema", "json_schema"): {"anyOf": [
        {"const": {"type": "object", "properties": {"ceo": {"type": "string"}, "year": {"type": "integer"}}}},
        {"type": "object"}]},
    # There it is only for requests, but it is how one learns the new key.
    ("CreateKeyResponse", "raw_api_key"): {"type": "string"},
    # As it stands there, it allows no schema but the empty one.
    ("JSONSchema", "schema"): {"type": "object"},
}


def made(sandbox):
    """Ids of each kind, some that exist and one that nobody made, and the fields that a request needs."""
    client = httpx.Client(base_url=sandbox.url, headers={"x-api-key": sandbox.key}, timeout=30)

    def post(path, body=None, **options):
        answer = client.post(path, json=body, **options)
        expect(answer.is_success, f"{path}: {answer.text}")
        return answer.json()

    login = "/getServiceKeys"
    scopes = "apps:read apps:create apps:delete keys:create keys:delete balance:read balance:add"
    code = post(f"{login}/device/code", data={"client_id": "parallel-cli", "scope": scopes})
    client.get(code["verification_uri_complete"])
    token = post(f"{login}/token", data={
        "client_id": "parallel-cli", "device_code": code["device_code"],
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code"})["access_token"]
    client.headers["authorization"] = f"Bearer {token}"

    task = {"input": "Who?", "processor": "pro"}
    runs = [post("/v1/tasks/runs", {**task, "metadata": {"sandbox_status": status}})["run_id"]
            for status in ("completed", "failed", "cancelled", "action_required")]
    group = post("/v1/tasks/groups", {})["taskgroup_id"]
    runs += post(f"/v1/tasks/groups/{group}/runs", {"inputs": [task, task]})["run_ids"]
    findall = {"objective": "o", "entity_type": "e", "match_conditions": [{"name": "c", "description": "d"}],
               "generator": "base", "match_limit": 5}
    monitor = {"frequency": "1d", "type": "event_stream", "settings": {"query": "q"}}
    snapshot = {"frequency": "1d", "type": "snapshot", "settings": {"task_run_id": runs[0]}}
    client.get(f"/v1/tasks/runs/{runs[0]}/result")
    apps = [post("/account/service/v1/apps", {"app_name": name})["app_id"] for name in ("a", "b")]
    key = post(f"/account/service/v1/apps/{apps[1]}/keys", {"api_key_name": "k"})["api_key_id"]
    return client.headers, {
        "run_id": [*runs, "trun_other"],
        "taskgroup_id": [group, post("/v1/tasks/groups", {})["taskgroup_id"], "tgrp_other"],
        "findall_id": [*(post("/v1beta/findall/runs", findall)["findall_id"] for _ in range(3)), "findall_other"],
        "monitor_id": [*(post("/v1/monitors", body)["monitor_id"] for body in (monitor, snapshot, monitor)), "other"],
        "app_id": [*apps, "other"], "api_key_id": [key, "other"]}


def description(ids):
    """The API's description with what `ALSO` and `STEERED` say, and with ids that exist."""
    document = json.loads((HERE / "openapi.json").read_text())
    paths = {("/account" if path.startswith("/service/") else "") + path: operations
             for path, operations in document["paths"].items()}
    for path, operations in paths.items():
        for method, operation in operations.items():
            for parameter in operation.get("parameters", []):
                if parameter["in"] == "path":
                    *kept, lost, other = ids[parameter["name"]]
                    # What is deleted or cancelled is asked for nothing else.
                    ends = method == "delete" or path.endswith("/cancel")
                    parameter["schema"] = {"type": "string", "enum": [lost, other] if ends else [*kept, other]}
            for route, status, _ in ALSO:
                if route in ("any", f"{method.upper()} {path}") or route == "any with an id" and "{" in path:
                    operation["responses"].setdefault(str(status), {"description": "", "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/ErrorResponse"}}}})
            for answer in operation["responses"].values():
                # schemathesis takes the schema for that of the whole event; `events_fit` checks the data.
                if "text/event-stream" in answer.get("content", {}):
                    answer["content"]["text/event-stream"] = {}
    for (name, member), schema in STEERED.items():
        document["components"]["schemas"][name]["properties"][member] = schema
    return {**document, "paths": paths}


def check(options, seed, examples, out):
    with tempfile.TemporaryDirectory(prefix="conformance-") as name:
        folder = Path(name)
        with Sandbox(options.sandbox, "--delay", "0", "--stream-limit", "1", "--token-lifetime", "36000") as sandbox:
            headers, ids = made(sandbox)
            (folder / "openapi.json").write_text(json.dumps(description(ids)))
            fields = [f"--header={field}: {headers[field]}" for field in ("x-api-key", "authorization")]
            done = subprocess.run(
                [options.venvs / "schema-venv/bin/st", "run", "openapi.json", "--url", sandbox.url, *fields,
                 "--phases", "coverage,fuzzing", "--max-examples", examples, "--seed", seed,
                 "--checks", CHECKS, "--continue-on-failure", "--no-shrink", "--generation-database", "none",
                 "--request-timeout", "20", "--output-sanitize", "false", "--warnings", "off", "--no-color"],
                cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                env=environment(folder, SCHEMATHESIS_HOOKS="schema_hooks", PYTHONPATH=str(HERE)))
            expect(sandbox.process.poll() is None, "the sandbox has crashed")
        if done.returncode:
            # It has a command for each failure, which sends the request again.
            print(done.stdout, done.stderr, file=out)
        summary = re.findall(r"^ +❌ (.+: \d+)$|^ +(\d+ generated.*)$", done.stdout, re.M)
        expect(done.returncode == 0, "; ".join(one or other for one, other in summary))


def run(report, options):
    seed, examples = (os.environ.get(f"CONFORMANCE_{name}") for name in ("SEED", "EXAMPLES"))
    seed, examples = seed or "1", examples or "25"
    name = f"requests made up from the API's description, seed {seed}"
    report.check(name, check, options, seed, examples, report.out)
