"""Scripts/live-check against a sandbox: what it sends, says, writes and refuses."""

import http.client
import http.server
import json
import os
import pty
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from harness import Sandbox, environment, expect, expect_equal

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "Tests/live"))
import questions  # noqa: E402
from report import Report, secrets  # noqa: E402

KEY = "live-check-key-4711"


class Distorter:
    """A server before the sandbox that changes the answer to a search; a context manager."""

    def __init__(self, url, change):
        self.target, self.change = url.removeprefix("http://"), change

    def __enter__(self):
        target, change = self.target, self.change

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                connection = http.client.HTTPConnection(target, timeout=30)
                fields = {
                    name: value
                    for name, value in self.headers.items()
                    if name.lower() not in ("host", "content-length")
                }
                connection.request(self.command, self.path, body or None, fields)
                answer = connection.getresponse()
                data = answer.read()
                if self.path == "/v1/search" and answer.status == 200:
                    data = json.dumps(change(json.loads(data))).encode()
                self.send_response(answer.status)
                self.send_header("content-type", answer.headers.get("content-type") or "application/json")
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_DELETE = answer

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def __exit__(self, *_):
        self.server.shutdown()


class Caller:
    """Calls the script in a folder of its own; a context manager."""

    def __init__(self, options, url):
        self.options, self.url = options, url

    def __enter__(self):
        self.directory = tempfile.TemporaryDirectory(prefix="conformance-")
        self.home = Path(self.directory.name)
        self.file = self.home / "report.md"
        self.variables = environment(
            self.home,
            LIVE_CHECK_PARALLEL=str(Path(self.options.parallel).absolute()),
            LIVE_CHECK_PYTHON=sys.executable,
            PARALLEL_API_KEY=KEY,
            PARALLEL_BASE_URL=self.url,
            TMPDIR=str(self.home),
        )
        return self

    def __exit__(self, *_):
        self.directory.cleanup()

    def start(self, *words, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, **variables):
        return subprocess.Popen(
            [ROOT / "Scripts/live-check", "--report", self.file, *words],
            cwd=self.home,
            env=self.variables | variables,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )

    def run(self, *words, **variables):
        """The exit code, both outputs and the report; none of them may hold the key."""
        process = self.start(*words, **variables)
        out, err = process.communicate(timeout=240)
        text = self.file.read_text() if self.file.exists() else ""
        for where, shown in (("standard output", out), ("standard error", err), ("the report", text)):
            expect(KEY not in shown, f"the key is in {where}")
        return process.returncode, out, err, text


def everything(sandbox, options):
    with Caller(options, sandbox.url) as caller:
        code, out, err, text = caller.run("--yes")
        left = [path.name for path in caller.home.iterdir() if path.name.startswith("live-check-")]
    expect_equal((code, "0 differences" in out), (0, True), f"{out[-600:]} {err[-600:]}")
    plain = text.replace("\\", "")
    for name, question, _ in questions.ALL:
        row = [line for line in plain.splitlines() if line.startswith(f"| {name} | {question} |")]
        expect_equal(len(row), 1, f"rows of the question {name}:")
        expect(len(row[0].split(" | ")[-1]) > 4, f"the question {name} has no answer: {row}")
    open_ones = [name for name, _, how in questions.ALL if not how.startswith("- ")]
    missing = [name for name in open_ones if re.search(rf"^\| {name} \|.*not answered", plain, re.M)]
    expect_equal(missing, [], "questions that were not asked:")
    expect("trun_" in text and "tgrp_" in text, "no run or group is named")
    expect("user@example.com" not in text and "Sandbox Org" not in text, "the account is named")
    expect_equal(left, [], "left behind:")
    # As many runs as the plan says, less those that are refused.
    log = sandbox.log()
    accepted = {e["id"] for e in log if e["event"] == "response" and (e["status"] or 500) < 300}
    bodies = [
        e["body"]
        for e in log
        if e["event"] == "request"
        and e["method"] == "POST"
        and e["id"] in accepted
        and re.search(r"/v1/tasks/(runs|groups/[^/]+/runs)$", e["path"])
    ]
    # The log counts the inputs of a large group.
    counts = [body.get("inputs", 1) for body in bodies]
    expect_equal(sum(len(count) if isinstance(count, list) else count for count in counts), 8 + 1 + 3 - 1, "runs:")


def distorted(sandbox, options, change, words):
    with Distorter(sandbox.url, change) as url, Caller(options, url) as caller:
        code, out, _, text = caller.run("--yes", "--only", "search")
    expect_equal(code, 1, out)
    expect(re.search(words, out) and re.search(words, text.replace("\\", "")), f"not told: {out}")


def lacks_id(answer):
    return {name: value for name, value in answer.items() if name != "search_id"}


def has_wrong_type(answer):
    return answer | {"results": [result | {"excerpts": "secret-text-of-a-page"} for result in answer["results"]]}


def fault(options):
    with tempfile.TemporaryDirectory() as directory:
        control = Path(directory) / "control.json"
        control.write_text(json.dumps({"faults": [{"path": "/v1/images/search", "status": 500}]}))
        with Sandbox(options.sandbox, "--control-file", control) as broken, Caller(options, broken.url) as caller:
            code, out, _, _ = caller.run("--yes", "--only", "images", "--only", "places")
    expect_equal(code, 1, out)
    expect("differs  an image search" in out and "place search" not in out, out)


def sends_nothing(sandbox, options):
    before = len(sandbox.log())
    with Caller(options, sandbox.url) as caller:
        for words, variables, code, told in [
            ((), {}, 2, "--yes agrees"),
            (("--plan",), {}, 0, ""),
            (("--yes",), {"PARALLEL_API_KEY": ""}, 3, "no key"),
            (("--yes", "--only", "nonsense"), {}, 2, "no such line"),
            (("--yes", "--wait", "0"), {}, 2, "--wait"),
        ]:
            done, out, err, text = caller.run(*words, **variables)
            expect_equal((done, told in err, text), (code, True, ""), f"{words}: {err[-300:]}")
            expect(bool(out) == (words == ("--plan",)), out)
        caller.file.write_text("mine")
        done, _, err, text = caller.run("--yes")
        expect_equal((done, "already" in err, text), (2, True, "mine"), err[-300:])
    expect_equal(sandbox.log()[before:], [], "requests that were sent:")


def asks(sandbox, options, answer, code):
    with Caller(options, sandbox.url) as caller:
        controller, terminal = pty.openpty()
        process = caller.start("--only", "search", stdin=terminal, stderr=terminal)
        os.close(terminal)
        os.write(controller, answer.encode())
        out, _ = process.communicate(timeout=60)
        os.close(controller)
        expect_equal((process.returncode, caller.file.exists(), bool(out)), (code, code == 0, code == 0), answer)


def silence(options):
    with tempfile.TemporaryDirectory() as directory:
        control = Path(directory) / "control.json"
        control.write_text(json.dumps({"faults": [{"path": "/v1/images/search", "action": "slow", "seconds": 100}]}))
        with Sandbox(options.sandbox, "--control-file", control) as slow, Caller(options, slow.url) as caller:
            code, out, _, _ = caller.run("--yes", "--wait", "5", "--only", "images", "--only", "places")
    expect_equal(code, 1, out)
    expect("no answer within 5 s" in out and "place search" not in out, out)


def no_credit(options):
    """The refusals are told, and nothing of how much there is."""
    with Sandbox(options.sandbox, "--balance", "0.0047") as poor, Caller(options, poor.url) as caller:
        code, out, _, text = caller.run("--yes", "--only", "a lite run")
    expect_equal(code, 1, out)
    expect("402" in text and "0047" not in text and "0.004" not in text, text)


def unreachable(options):
    with Caller(options, "http://127.0.0.1:9") as caller:
        code, out, _, _ = caller.run("--yes")
    expect_equal((code, "ended early" in out), (7, True), out)


def interrupted(options):
    with Sandbox(options.sandbox, "--delay", "100") as slow, Caller(options, slow.url) as caller:
        process = caller.start(
            "--yes", "--only", "a lite run", "--only", "results and events of the runs", stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 60
        while not any(e["event"] == "request" and e["path"].endswith("/result") for e in slow.log()):
            expect(time.monotonic() < deadline, "no result was waited for")
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
        text = caller.file.read_text()
    made = set(re.findall(r"trun_[0-9a-f]{32}", text))
    expect_equal((process.returncode, "interrupted" in out, "interrupted" in text), (130, True, True), out)
    expect(len(made) == 7, f"{len(made)} runs are named")


def interrupted_creation(options):
    """A run that is being created as Ctrl-C comes is in the report, too."""
    with tempfile.TemporaryDirectory() as directory:
        control = Path(directory) / "control.json"
        fault = {"method": "POST", "path": "/v1/tasks/runs", "action": "slow", "seconds": 2}
        control.write_text(json.dumps({"faults": [fault]}))
        with Sandbox(options.sandbox, "--control-file", control) as slow, Caller(options, slow.url) as caller:
            process = caller.start("--yes", "--only", "a lite run", stderr=subprocess.DEVNULL)
            deadline = time.monotonic() + 60
            while not any(e["event"] == "request" and e["path"] == "/v1/tasks/runs" for e in slow.log()):
                expect(time.monotonic() < deadline, "no run was created")
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)
            made = set(re.findall(r"trun_[0-9a-f]{32}", caller.file.read_text()))
    expect_equal((process.returncode, len(made)), (130, 1))


def signed_in(sandbox, options):
    """With a login instead of a key: it is used, the balance is asked for, and neither tokens nor figures are told."""
    with Caller(options, sandbox.url) as caller:
        more = {
            "PARALLEL_PLATFORM_URL": sandbox.url,
            "PARALLEL_SERVICE_API_URL": f"{sandbox.url}/account",
            "BROWSER": "curl -sL",
            "PARALLEL_API_KEY": "",
        }
        login = subprocess.run(
            [options.parallel, "login", "--browser", "--wait-for-auth", "30s"],
            cwd=caller.home,
            env=caller.variables | more,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        expect_equal(login.returncode, 0, login.stderr)
        stored = (caller.home / ".config/parallel/credentials.json").read_text()
        code, out, _, text = caller.run("--yes", "--only", "balance", "--only", "errors on purpose", **more)
    expect_equal(code, 0, out)
    expect("key: from a login" in text and "| the balance | parallel balance | 200 |" in text, text)
    secrets = [word for word in re.findall(r'"([^"]{12,})"', stored) if not word.startswith("http") and " " not in word]
    expect(len(secrets) >= 3, "no secrets were stored")
    # Names of members and of the program's own scopes are no secrets.
    leaked = [word for word in secrets if word in text and not re.fullmatch(r"[a-z_:]+", word)]
    expect_equal(leaked, [])
    expect("100.00" not in text and "10000" not in text, "the balance is told")


def masks():
    report = Report({KEY})
    for text, shown in [
        (f"key {KEY}.", "key …."),
        ("of anna.b@example.co.uk", "of (address)"),
        ("org_2x8Kf81kQz1 and user_9fKx01aa", "org_… and user_…"),
        ("ref 5d1ac1c6-4a5b-4f4c-9d5c-6f1d8a0f3e11", "ref (id)"),
        ("Bearer abc.def", "Bearer …"),
        ("you have $12.34, 1,234 cents", "you have (amount), (amount)"),
        ("https://u:p@h.example/x?key=1", "https://h.example/x?…"),
        ("sk1234567890abcdefghijklmnopqrstuv", "(long)"),
        ("run trun_71100d3db16dd6d4362ecd99384cc32b", "run trun_71100d3db16dd6d4362ecd99384cc32b"),
    ]:
        expect_equal(report.masked(text), shown)
    hidden = Report(
        secrets({"HOME": "/nowhere", "PARALLEL_BASE_URL": "https://gate.example/v1/4f5e6d7c8b/mine/parallel"})
    )
    expect_equal(hidden.masked("parallel reaches gate.example for 4f5e6d7c8b"), "parallel reaches … for …")
    expect_equal(report.cell("a|b\n<img> [x](y) @me \x1b[31m"), "a\\|b \\<img\\> \\[x\\](y) \\@me \\[31m")


def run(report, options):
    report.check("live-check: texts of the report hide the account", masks)
    with Sandbox(options.sandbox) as sandbox:
        report.check("live-check: without consent or key nothing is sent", sends_nothing, sandbox, options)
        report.check("live-check: no is no", asks, sandbox, options, "n\n", 2)
        report.check("live-check: yes is yes", asks, sandbox, options, "y\n", 0)
        report.check(
            "live-check: a missing member is a difference", distorted, sandbox, options, lacks_id, "lacks search_id"
        )
        report.check(
            "live-check: a wrong type is a difference",
            distorted,
            sandbox,
            options,
            has_wrong_type,
            r"results\.\[\]\.excerpts: type \"array\", and there is a value of type string",
        )
    with Sandbox(options.sandbox) as sandbox:
        report.check("live-check: every question is in the report, and the key is not", everything, sandbox, options)
        report.check("live-check: a login instead of a key", signed_in, sandbox, options)
    report.check("live-check: a fault is a difference, and the rest goes on", fault, options)
    report.check("live-check: an answer that does not come", silence, options)
    report.check("live-check: without credit", no_credit, options)
    report.check("live-check: an API that can't be reached", unreachable, options)
    report.check("live-check: Ctrl-C leaves a report that names the runs", interrupted, options)
    report.check("live-check: Ctrl-C while a run is created", interrupted_creation, options)
