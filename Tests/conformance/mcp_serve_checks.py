"""`parallel mcp serve` with the official SDK as the client that starts it."""

import json
import subprocess
from pathlib import Path

from harness import Sandbox, User, expect, expect_equal

HOST = Path(__file__).parent / "stdio_host.py"
ROWS = 10_000
# What a model may have to read and write for those rows, in tokens of about four characters.
MOST_TOKENS = 2_000


class Server:
    """The server as the SDK of one version starts it."""

    def __init__(self, options, version, sandbox, user, *words):
        self.command = [Path(options.venvs) / f"mcp-{version}-venv" / "bin" / "python", HOST, "calls",
                        options.parallel, "mcp", "serve", *words]
        self.variables = {"PARALLEL_BASE_URL": sandbox.url, "PARALLEL_API_KEY": sandbox.key}
        self.user = user

    def ask(self, *calls):
        """The answers to `calls`, in one session."""
        done = subprocess.run(
            self.command, input="".join(json.dumps(call) + "\n" for call in calls), capture_output=True, text=True,
            timeout=180, cwd=self.user.home,
            env=self.user.variables | self.variables)
        expect_equal(done.returncode, 0, done.stderr[-600:])
        expect(Sandbox.key not in done.stdout + done.stderr, "the key is shown")
        return [json.loads(line) for line in done.stdout.splitlines()]


def text(answer):
    expect(not answer["result"].get("isError"), answer)
    return answer["result"]["content"][0]["text"]


def answers_in_one_call(options, version):
    with Sandbox(options.sandbox, "--delay", "60") as sandbox, User(options.parallel) as user:
        server = Server(options, version, sandbox, user, "--max-wait", "110s")
        [answer] = server.ask({"tool": "research", "arguments": {"question": "Who founded Intel?"}})
        expect("run: trun_" in text(answer), answer)
        beats = [message for message in answer["progress"] if message.startswith("still working")]
        expect(any("created" in message for message in answer["progress"]) and len(beats) >= 4, answer["progress"])
        created = [e for e in sandbox.log() if e["event"] == "request" and e["path"] == "/v1/tasks/runs"]
        expect_equal(len(created), 1)


def enriches(options, version):
    with Sandbox(options.sandbox, "--delay", "0") as sandbox, User(options.parallel) as user:
        rows = "".join(f"company {number},Berlin\n" for number in range(ROWS))
        (user.home / "in.csv").write_text("company,city\n" + rows)
        server = Server(options, version, sandbox, user, "--root", str(user.home), "--max-cost", "200", "--max-wait", "110s")
        arguments = {"path": "in.csv", "output": "out.csv", "processor": "base", "fields": {"ceo": "Name of the CEO"}}
        calls = [{"tool": "enrich_file", "arguments": arguments},
                 {"tool": "enrich_file", "arguments": arguments | {"confirm": True}}]
        listed, estimate, done = server.ask({"list": True}, *calls)
        expect("10,000 rows on base: about $100.00" in text(estimate), estimate)
        expect("written to" in text(done), done)
        expect_equal(len((user.home / "out.csv").read_text().splitlines()), ROWS + 1)
        seen = json.dumps(listed["tools"]) + json.dumps(calls) + text(estimate) + text(done)
        expect("company 77" not in seen, "rows are in the conversation")
        expect(len(seen) / 4 < MOST_TOKENS, f"{len(seen) / 4:.0f} tokens")


def looks_things_up(options, version):
    with Sandbox(options.sandbox) as sandbox, User(options.parallel) as user:
        found, pages, failed, status = Server(options, version, sandbox, user).ask(
            {"tool": "search", "arguments": {"objective": "Who founded Intel?"}},
            {"tool": "extract", "arguments": {"urls": ["https://example.com/a"], "objective": "The founders"}},
            {"tool": "collect", "arguments": {"id": "trun_00000000000000000000000000000000"}},
            {"tool": "status", "arguments": {}})
        expect(text(found).startswith("## ["), found)
        expect("https://example.com/a" in text(pages), pages)
        expect(failed["result"]["isError"], failed)
        expect_equal(text(status), "nothing was started in this session")


def jobs(options):
    def job(name, function, version):
        return lambda report: report.check(f"{name} [SDK {version}]", function, options, version)

    names = [("mcp serve: research of a minute in one call", answers_in_one_call),
             ("mcp serve: ten thousand rows stay out of the conversation", enriches),
             ("mcp serve: search, extract, status, errors", looks_things_up)]
    return [job(name, function, version) for version in ("1.30.0", "2.3.0") for name, function in names]
