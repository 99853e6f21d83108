"""The SDKs of OpenAI and Anthropic against the sandbox's stand-ins for their models, which really use MCP servers."""

import json
import re
import subprocess
from pathlib import Path

from contract import Contract, check_requests, check_responses
from harness import Sandbox, User, expect, expect_equal

CLIENT = Path(__file__).parent / "model_client.py"
BETAS = ["mcp-client-2025-04-04", "mcp-client-2025-11-20", "mcp-client-2026-09-15"]
PROMPT = "Who founded Intel?"
# A question that tries to leave the string, the here-document and the program that it stands in.
HOSTILE = PROMPT + " ''' \"\"\" ${PARALLEL_API_KEY} $(id) `id` \\ \\n \nBODY\n</script> \u2028 \u202e {x} %s é \U0001f600"
PATHS = {"openai": "/openai/v1", "anthropic": "/anthropic", "parallel": "/v1", "xai": "/xai/v1", "gemini": "/gemini"}


class Models:
    def __init__(self, options, sandbox):
        self.python = Path(options.venvs) / "models-venv" / "bin" / "python"
        self.sandbox = sandbox

    def send(self, provider, path, manner, arguments):
        done = subprocess.run(
            [self.python, CLIENT, provider, self.sandbox.url + path, manner, json.dumps(arguments)],
            capture_output=True, text=True, timeout=60, env={})
        expect_equal(done.returncode, 0, done.stderr[-300:])
        return json.loads(done.stdout)

    def openai(self, manner="whole", prompt=PROMPT, server="search", path="/openai/v1", tool=None, **arguments):
        tools = [{
            "type": "mcp", "server_label": "web", "server_url": f"{self.sandbox.url}/mcp/{server}",
            "authorization": self.sandbox.key, "require_approval": "never", **(tool or {}),
        }]
        model = "parallel" if path == "/v1" else "gpt-6-astra"
        return self.send("openai", path, manner, {"model": model, "input": prompt, "tools": tools, **arguments})

    def anthropic(self, manner="whole", beta=BETAS[-1], prompt=PROMPT, messages=None, **arguments):
        server = {"type": "url", "name": "web", "url": f"{self.sandbox.url}/mcp/search",
                  "authorization_token": self.sandbox.key}
        if beta != BETAS[0]:
            arguments.setdefault("tools", [{"type": "mcp_toolset", "mcp_server_name": "web"}])
        return self.send("anthropic", "/anthropic", manner, {
            "model": "claude-sonnet-5", "max_tokens": 1000, "betas": [beta] if beta else [],
            "messages": messages or [{"role": "user", "content": prompt}], "mcp_servers": [server], **arguments})


def openai_whole(models, path):
    found = models.openai(path=path)
    expect_equal(found["classes"], ["McpListTools", "McpCall", "ResponseOutputMessage"])
    listed, call, message = found["answer"]["output"]
    expect_equal([tool["name"] for tool in listed["tools"]], ["web_search", "web_fetch"])
    expect_equal((call["status"], call["error"], call["name"]), ("completed", None, "web_search"))
    expect(json.loads(call["output"])["results"] and json.loads(call["arguments"])["objective"], call)
    expect(PROMPT in message["content"][0]["text"], message)
    usage = found["answer"]["usage"]
    expect_equal(usage["input_tokens"] + usage["output_tokens"], usage["total_tokens"])


def openai_stream(models, path, places):
    found = models.openai("stream", path=path)
    events = found["events"]
    expect("dict" not in found["classes"] and "object" not in found["classes"], found["classes"])
    expect_equal([event["sequence_number"] for event in events], list(range(len(events))))
    expect_equal((events[0]["type"], events[-1]["type"]), ("response.created", "response.completed"))
    text = "".join(event["delta"] for event in events if event["type"] == "response.output_text.delta")
    done = [event["text"] for event in events if event["type"] == "response.output_text.done"]
    expect_equal([text], done)
    opened = [event["item"]["type"] for event in events if event["type"] == "response.output_item.added"]
    expect_equal(opened, places)


def openai_failures(models):
    call = models.openai(prompt=PROMPT + " sandbox:tool-fails")["answer"]["output"][1]
    expect_equal((call["status"], call["error"]["type"]), ("failed", "mcp_tool_execution_error"))
    listed = models.openai(prompt=PROMPT + " sandbox:list-fails")["answer"]["output"][0]
    expect(listed["tools"] == [] and "web" in listed["error"], listed)
    found = models.openai(prompt="sandbox:429 " + PROMPT)
    expect_equal((found["error"], found["status"]), ("RateLimitError", 429))
    found = models.openai("stream", prompt="sandbox:cut:3 " + PROMPT)
    expect("error" in found, found)
    found = models.openai(tool={"server_label": ""})
    expect_equal((found["error"], found["status"]), ("BadRequestError", 400))


def openai_approval(models):
    first = models.openai(tool={"require_approval": "always"})["answer"]
    expect_equal([item["type"] for item in first["output"]], ["mcp_list_tools", "mcp_approval_request"])
    decision = {"type": "mcp_approval_response", "approval_request_id": first["output"][1]["id"], "approve": True}
    second = models.openai(prompt=[decision], previous_response_id=first["id"])["answer"]
    expect_equal([item["type"] for item in second["output"]], ["mcp_call", "message"])
    expect_equal(second["output"][0]["approval_request_id"], first["output"][1]["id"])
    found = models.openai(prompt=[decision], previous_response_id="resp_unknown")
    expect_equal(found["status"], 400)


def parallel_refusals(models):
    for tool, word in [({"require_approval": "always"}, "require_approval"), ({"allowed_tools": []}, "non-empty"),
                       ({"defer_loading": False}, "defer_loading")]:
        found = models.openai(path="/v1", tool=tool)
        expect(found["status"] == 400 and word in found["message"], found)


def chat(models, path):
    """Parallel's chat models, as OpenAI's SDK reaches them: an answer, a stream, and an answer with a schema."""
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": PROMPT}]
    found = models.send("chat", path, "whole", {"model": "lite", "messages": messages})["answer"]
    text = found["choices"][0]["message"]["content"]
    expect(PROMPT in text and found["basis"] and found["interaction_id"], found)
    events = models.send("chat", path, "stream", {"model": "lite", "messages": messages})["events"]
    expect_equal("".join(event["choices"][0]["delta"]["content"] or "" for event in events), text)
    schema = {"type": "object", "properties": {"year": {"type": "integer"}}}
    form = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}
    found = models.send("chat", path, "whole", {"model": "speed", "messages": messages, "response_format": form})["answer"]
    expect_equal(list(json.loads(found["choices"][0]["message"]["content"])), ["year"])
    found = models.send("chat", path, "whole", {"model": "gpt-6-astra", "messages": messages})
    expect_equal((found["error"], found["status"]), ("UnprocessableEntityError", 422))


def chat_exchanges(models):
    """Chat's requests and answers, and events of streams, fit the API's description."""
    contract, log = Contract.load(), models.sandbox.log()
    asked = {e["id"]: e for e in log if e["event"] == "request" and e["path"].endswith("/chat/completions")}
    log = [entry for entry in log if entry.get("id") in asked]
    check_responses(contract, log)
    check_requests(contract, [entry for entry in asked.values() if entry["body"]["model"] != "gpt-6-astra"])


def anthropic_whole(models, beta):
    found = models.anthropic(beta=beta)
    listing = ["BetaMCPToolListingBlock"] if beta == BETAS[-1] else []
    expect_equal(
        [name for name in found["classes"] if "Listing" not in name],
        ["BetaMCPToolUseBlock", "BetaMCPToolResultBlock", "BetaTextBlock"])
    expect_equal(len(found["classes"]), 3 + len(listing))
    use, result, text = found["answer"]["content"][len(listing):]
    expect_equal((use["name"], use["server_name"], result["is_error"]), ("web_search", "web", False))
    expect_equal(use["id"], result["tool_use_id"])
    expect(PROMPT in text["text"], text)
    expect_equal(found["answer"]["stop_reason"], "end_turn")


def anthropic_stream(models):
    found = models.anthropic("stream")
    events = found["events"]
    expect_equal((events[0]["type"], events[-1]["type"]), ("message_start", "message_stop"))
    text = "".join(event["delta"].get("text") or "" for event in events if event["type"] == "content_block_delta")
    expect(PROMPT in text, text)
    parts = [event["delta"]["partial_json"] for event in events
             if event["type"] == "content_block_delta" and event["delta"]["type"] == "input_json_delta"]
    expect(json.loads("".join(parts))["objective"], parts)


def anthropic_pause(models):
    question = {"role": "user", "content": PROMPT + " sandbox:pause"}
    paused = models.anthropic(messages=[question])["answer"]
    expect_equal(paused["stop_reason"], "pause_turn")
    content = [{key: value for key, value in block.items() if value is not None} for block in paused["content"]]
    rest = models.anthropic(messages=[question, {"role": "assistant", "content": content}])["answer"]
    expect_equal((rest["stop_reason"], [block["type"] for block in rest["content"]]), ("end_turn", ["text"]))


def anthropic_failures(models):
    result = models.anthropic(prompt=PROMPT + " sandbox:tool-fails")["answer"]["content"][2]
    expect(result["is_error"] and result["content"], result)
    for found, word in [
        (models.anthropic(beta=None), "mcp_servers"), (models.anthropic(tools=[]), "mcp_toolset"),
        (models.anthropic(tools=[{"type": "mcp_toolset", "mcp_server_name": "other"}]), "other"),
    ]:
        expect_equal((found["error"], found["status"]), ("BadRequestError", 400))
        expect(word in found["message"], found)
    expect_equal(models.anthropic(prompt="sandbox:529 " + PROMPT)["status"], 529)


def what_ask_sends(models, options, provider, path):
    """The SDK takes the body that `parallel ask` would send, and its answer has the text that `ask` prints."""
    with User(options.parallel, PARALLEL_BASE_URL=models.sandbox.url, PARALLEL_API_KEY=models.sandbox.key,
              OPENAI_BASE_URL=models.sandbox.url + "/openai/v1", OPENAI_API_KEY="model-key",
              ANTHROPIC_BASE_URL=models.sandbox.url + "/anthropic", ANTHROPIC_API_KEY="model-key") as user:
        words = ["ask", "--with", provider, "--mcp", "parallel-search", "--no-stream", PROMPT]
        shown = json.loads(user.run(*words, "--dry-run").stdout)
        body = json.loads(json.dumps(shown["body"]).replace("${PARALLEL_API_KEY}", models.sandbox.key))
        if provider == "anthropic":
            body["betas"] = [shown["headers"]["anthropic-beta"]]
        found = models.send("anthropic" if provider == "anthropic" else "openai", path, "whole", body)
        text = found["answer"].get("content") or found["answer"]["output"][-1]["content"]
        asked = user.run(*words)
        expect_equal(asked.returncode, 0, asked.stderr)
        expect_equal(asked.stdout.split("\n")[0], text[-1]["text"].split("\n")[0])
        expect("parallel-search › web_search" in asked.stdout, asked.stdout)


def snippet(models, options, provider, prompt):
    """What `mcp snippet` prints runs: curl, and Python with the provider's own SDK."""
    keys = {"PARALLEL_API_KEY": models.sandbox.key, "OPENAI_API_KEY": "model-key", "ANTHROPIC_API_KEY": "model-key",
            "GEMINI_API_KEY": "model-key", "XAI_API_KEY": "model-key"}
    addresses = {"OPENAI_BASE_URL": PATHS["openai"], "ANTHROPIC_BASE_URL": PATHS["anthropic"],
                 "GOOGLE_GEMINI_BASE_URL": PATHS["gemini"], "XAI_BASE_URL": "/xai"}
    with User(options.parallel, PARALLEL_BASE_URL=models.sandbox.url, PARALLEL_API_KEY="",
              **{name: models.sandbox.url + path for name, path in addresses.items()}) as user:
        words = ["mcp", "snippet", "parallel-search", "parallel-task", "--with", provider, "--prompt", prompt]
        if provider in ("gemini", "xai"):
            words += ["--model", "m"]
        environment = {**keys, "PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
        for language, interpreter in [("python", models.python), ("curl", "/bin/sh")]:
            code = user.home / f"code.{language}"
            code.write_text(user.succeed(*words, "--as", language))
            done = subprocess.run([interpreter, code], capture_output=True, text=True, timeout=60, env=environment)
            expect_equal(done.returncode, 0, done.stderr[-300:])
            said = done.stdout
            if language == "python":
                expect(re.search(r"^[a-z_]+: web_search of parallel-search ", said, re.MULTILINE), said)
            else:
                said = said_in(json.loads(said))
            expect(f"Sandbox answer to: {prompt}" in said, said)


def said_in(answer):
    """The text of an answer, whichever provider's."""
    if isinstance(answer, dict):
        return (answer.get("text") or "") if isinstance(answer.get("text"), str) else said_in(list(answer.values()))
    return "".join(map(said_in, answer)) if isinstance(answer, list) else ""


def run(report, options):
    with Sandbox(options.sandbox) as sandbox:
        models = Models(options, sandbox)
        usual = ["mcp_list_tools", "mcp_call", "message"]
        report.check("openai: an answer", openai_whole, models, "/openai/v1")
        report.check("openai: a stream", openai_stream, models, "/openai/v1", usual)
        report.check("openai: failures", openai_failures, models)
        report.check("openai: an approval", openai_approval, models)
        report.check("openai: xAI's stand-in", openai_whole, models, "/xai/v1")
        report.check("openai: Parallel's answer", openai_whole, models, "/v1")
        report.check("openai: Parallel's stream", openai_stream, models, "/v1", usual[2:] + usual[:2])
        report.check("openai: what Parallel refuses", parallel_refusals, models)
        for path in ("", "/v1beta"):
            report.check(f"openai: Parallel's chat at {path or '/'}", chat, models, path)
        report.check("OpenAPI: Parallel's chat", chat_exchanges, models)
        for beta in BETAS:
            report.check(f"anthropic: an answer, {beta}", anthropic_whole, models, beta)
        report.check("anthropic: a stream", anthropic_stream, models)
        report.check("anthropic: a pause", anthropic_pause, models)
        report.check("anthropic: failures", anthropic_failures, models)
        for provider, path in [("openai", "/openai/v1"), ("anthropic", "/anthropic"), ("parallel", "/v1")]:
            report.check(f"{provider}: what ask sends", what_ask_sends, models, options, provider, path)
        for provider in PATHS:
            report.check(f"{provider}: a snippet", snippet, models, options, provider, PROMPT)
            report.check(f"{provider}: a snippet with an odd question", snippet, models, options, provider, HOSTILE)
