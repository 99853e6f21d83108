"""MCP and the sandbox: its own two servers with the official clients, and a task that uses servers of ours."""

import functools
import json
import subprocess
import time
from pathlib import Path

from harness import User, expect, expect_equal

CLIENT = Path(__file__).parent / "sdk_client.py"
SEARCH = {"objective": "Who founded Intel?", "search_queries": ["Intel founders"]}

# By path: for each tool, the arguments that it requires and others that it takes; and what a call is made with.
CONTRACT = {
    "search": {
        "web_search": (["objective", "search_queries"], ["session_id", "model_name"]),
        "web_fetch": (["urls"], ["objective", "search_queries", "full_content", "allow_live_fetch",
                                "session_id", "model_name"]),
    },
    "task": {
        "createDeepResearch": (["input"], ["processor", "source_policy", "previous_interaction_id"]),
        "createTaskGroup": (["inputs", "output", "output_type"], ["processor", "source_policy"]),
        "getStatus": (["taskRunOrGroupId"], []),
        "getResultMarkdown": (["taskRunOrGroupId"], ["basis"]),
    },
}


class Client:
    """The official client of one SDK version, against the sandbox."""

    def __init__(self, options, version, sandbox):
        self.python = Path(options.venvs) / f"mcp-{version}-venv" / "bin" / "python"
        self.sandbox = sandbox

    def run(self, command, server, *words):
        done = subprocess.run(
            [self.python, CLIENT, command, f"{self.sandbox.url}/mcp/{server}", *words], capture_output=True, text=True,
            timeout=60, env={"MCP_TOKEN": self.sandbox.key})
        expect_equal(done.returncode, 0, f"{command} {server}: {done.stderr[-300:]}")
        return done.stdout

    def call(self, server, tool, arguments):
        return json.loads(self.run("call", server, tool, json.dumps(arguments)))


def lists(client, server):
    tools = [json.loads(line) for line in client.run("describe", server).splitlines()]
    expect_equal(sorted(tool["name"] for tool in tools), sorted(CONTRACT[server]))
    for tool in tools:
        required, others = CONTRACT[server][tool["name"]]
        schema = tool["inputSchema"]
        expect_equal(sorted(schema["required"]), sorted(required), tool["name"])
        missing = {*required, *others} - set(schema["properties"])
        expect(not missing, f"{tool['name']} has no {missing}")


def searches(client):
    answer = client.call("search", "web_search", SEARCH)
    found = answer["structuredContent"]
    expect(found["search_id"] and found["session_id"] and found["results"], found)
    expect(all(result["url"] and result["excerpts"] for result in found["results"]), found)
    expect_equal(json.loads(answer["content"][0]["text"]), found)
    given = client.call("search", "web_search", SEARCH | {"session_id": "s-1"})
    expect_equal(given["structuredContent"]["session_id"], "s-1")


def fetches(client):
    found = client.call("search", "web_fetch", {"urls": ["https://example.com/a"], "full_content": True})["structuredContent"]
    expect(found["extract_id"] and found["session_id"], found)
    expect_equal(found["errors"], [])
    expect_equal([result["url"] for result in found["results"]], ["https://example.com/a"])
    expect(found["results"][0]["full_content"], found)


def text(answer):
    expect(not answer.get("isError"), answer)
    return answer["content"][0]["text"]


def followed(client, id_):
    """The Markdown of a run or group, once its status says that it has ended."""
    asked = {"taskRunOrGroupId": id_}
    deadline = time.monotonic() + 20
    while (status := json.loads(text(client.call("task", "getStatus", asked)))["status"]) in ("queued", "running"):
        expect(time.monotonic() < deadline, f"{id_} does not end")
    expect_equal(status, "completed")
    return text(client.call("task", "getResultMarkdown", asked))


def researches(client):
    started = json.loads(text(client.call(
        "task", "createDeepResearch", {"input": "Why is the sky blue?", "processor": "lite"})))
    shown = followed(client, started["run_id"])
    expect("Why is the sky blue?" in shown, shown)
    unknown = client.call("task", "getStatus", {"taskRunOrGroupId": "trun_none"})
    expect(unknown["isError"], unknown)


def groups(client):
    inputs = [{"company": "Intel"}, {"company": "OpenAI"}]
    started = json.loads(text(client.call(
        "task", "createTaskGroup", {"inputs": inputs, "output": "Who founded it?", "output_type": "text"})))
    expect_equal(started["num_task_runs"], 2)
    shown = followed(client, started["taskgroup_id"])
    expect("Intel" in shown and "OpenAI" in shown, shown)


def wrong_arguments(client):
    answer = client.call("search", "web_search", {"objective": "x"})
    expect(answer["isError"], answer)


def two_servers(sandbox, options, good, guarded):
    """A task with two servers, of which one refuses its token: the task completes, and says so."""
    keys = {"PARALLEL_BASE_URL": sandbox.url, "PARALLEL_API_KEY": sandbox.key, "WRONG_TOKEN": "swordfish-7"}
    with User(options.parallel, **keys) as user:
        user.succeed("mcp", "add", "a", good.url, "--allow-tool", "echo", "--no-verify")
        user.succeed("mcp", "add", "b", guarded.url, "--bearer-env", "WRONG_TOKEN", "--no-verify")
        seen, refused = good.watch(), guarded.watch()
        done = user.run("task", "run", "--mcp", "a", "--mcp", "b", "Say hello", "--metadata", "sandbox_delay=0")
        expect_equal(done.returncode, 0, done.stderr)
        shown = done.stdout + done.stderr
        expect("MCP tool calls (1)" in shown and "a › echo" in shown, f"no trace of the call: {shown}")
        expect("mcp test b" in shown, f"no hint about b: {shown}")
        expect("swordfish" not in shown, "the token is shown")
        expect_equal([call["body"]["params"]["name"] for call in seen.posts("tools/call")], ["echo"])
        expect(refused.posts(), "nobody tried b")
        expect_equal({post["headers"].get("authorization") for post in refused.posts()}, {"Bearer swordfish-7"})
        arrived = json.dumps(seen.entries("request"))
        expect("swordfish" not in arrived and "authorization" not in arrived, "a got a token")
        expect(sandbox.key not in arrived + json.dumps(refused.entries("request")), "a server got the API key")
        hinted = user.run("mcp", "test", "b")
        expect_equal(hinted.returncode, 3, hinted.stderr)


def clients(sandbox, options):
    """Jobs, one for each official client."""
    def job(version, report):
        client = Client(options, version, sandbox)
        for server in CONTRACT:
            report.check(f"official client {version}: /mcp/{server}, list", lists, client, server)
        for check in (searches, fetches, researches, groups, wrong_arguments):
            report.check(f"official client {version}: {check.__name__}", check, client)

    return [functools.partial(job, version) for version in ("1.30.0", "2.3.0")]


def run(report, sandbox, options, good, guarded):
    report.check("task run with two MCP servers", two_servers, sandbox, options, good, guarded)
