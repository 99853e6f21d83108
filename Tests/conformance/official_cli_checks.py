"""The official command-line tool against the sandbox, in a home of its own."""

import csv
import json
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import httpx

import completeness
from harness import Sandbox, called, environment, expect, expect_equal
from public_host import PublicHost

TOOL = str(Path(sys.executable).parent / "parallel-cli")


def note(words):
    called(("parallel-cli", completeness.command_of(words)))


def succeed(sandbox, *arguments, **variables):
    note(arguments)
    done = sandbox.run([TOOL, *arguments], **variables)
    expect_equal(done.returncode, 0, f"{' '.join(arguments)}: {done.stdout[-300:]} {done.stderr[-300:]}")
    return json.loads(done.stdout)


def search(sandbox):
    answer = succeed(
        sandbox, "search", "Which LLMs are new?", "-q", "new LLMs", "--max-results", "2", "--include-domains", "example.com",
        "--after-date", "2026-01-01", "--json")
    expect_equal(answer["status"], "ok")
    expect_equal(len(answer["results"]), 2)


def extract(sandbox, command):
    answer = succeed(
        sandbox, command, "https://example.com/a", "https://example.com/b", "--objective", "Why?", "-q", "a b",
        "--full-content", "--full-content-max-chars", "5000", "--excerpt-max-chars-per-result", "2000",
        "--excerpt-max-chars-total", "9000", "--max-age-seconds", "3600", "--timeout-seconds", "30",
        "--disable-cache-fallback", "--session-id", "s1", "--client-model", "m1", "--json")
    expect_equal((answer["status"], answer["session_id"], answer["errors"]), ("ok", "s1", []))
    expect_equal([page["url"] for page in answer["results"]], ["https://example.com/a", "https://example.com/b"])
    expect(all(page["full_content"] for page in answer["results"]), "no full content")


def memory(sandbox):
    run = succeed(sandbox, "research", "run", "Which memory is this?", "-p", "lite", "--poll-interval", "1", "--json")
    found = succeed(sandbox, "memory", "retrieve", "memory", "--kind", "task", "--since", "2026-01-01T00:00:00Z", "--json")
    expect(run["run_id"] in [entry["id"] for entry in found["results"]], "the run is not in the memory")
    done = succeed(sandbox, "memory", "evict", "--kind", "task", "--id", run["run_id"], "--json")
    expect_equal(done, {"ok": True, "action": "evict"})
    found = succeed(sandbox, "memory", "retrieve", "memory", "--json")
    expect(run["run_id"] not in [entry["id"] for entry in found["results"]], "the entry is still there")
    done = succeed(sandbox, "memory", "clear", "--scope-key", "other", "--confirm-clear", "--json")
    expect_equal(done, {"ok": True, "action": "clear"})


def research(sandbox, *form):
    answer = succeed(sandbox, "research", "run", "Why is the sky blue?", "-p", "pro", "--poll-interval", "1", "--json", *form)
    expect_equal(answer["status"], "completed")
    expect_equal(answer["output"]["type"], "text" if form else "json")


def research_in_steps(sandbox):
    started = succeed(sandbox, "research", "run", "Why is the sky blue?", "-p", "lite", "--no-wait", "--json")
    run_id = started["run_id"]
    expect(succeed(sandbox, "research", "status", run_id, "--json")["run_id"] == run_id, "another run")
    done = succeed(sandbox, "research", "poll", run_id, "--poll-interval", "1", "--json")
    expect_equal(done["status"], "completed")
    expect(done["output"], "no output")


def local(sandbox):
    """The commands that send nothing."""
    names = [entry["name"] if isinstance(entry, dict) else entry
             for entry in succeed(sandbox, "research", "processors", "--json")["processors"]]
    expect("ultra8x" in names, f"{names}")
    expect(succeed(sandbox, "config", "--json") is not None, "no configuration")
    note(["completion", "show"])
    done = sandbox.run([TOOL, "completion", "show", "--shell", "bash"])
    expect("_PARALLEL_CLI_COMPLETE" in done.stdout, done.stdout + done.stderr)


SOURCE = json.dumps([{"name": "company", "description": "Name"}, {"name": "note", "description": "Anything"}])
ENRICHED = json.dumps(
    [{"name": "ceo", "description": "Head"}, {"name": "staff", "description": "Employees", "type": "int"}])
# Three lots of the tool's own size, with what CSV makes hard.
ROWS = [{"company": f"Company {index}", "note": f'a, "b"\n{index}'} for index in range(250)]


def enrich(sandbox, directory, *words):
    source, target = Path(directory) / "in.csv", Path(directory) / "out.csv"
    with open(source, "w", newline="") as file:
        writer = csv.DictWriter(file, ["company", "note"])
        writer.writeheader()
        writer.writerows(ROWS)
    answer = succeed(
        sandbox, "enrich", "run", "--source-type", "csv", "--source", str(source), "--target", str(target),
        "--source-columns", SOURCE, "--enriched-columns", ENRICHED, "--processor", "core", "--json", *words)
    return answer, target


def enrich_and_wait(sandbox):
    before = len(sandbox.log())
    with tempfile.TemporaryDirectory() as directory:
        _, target = enrich(sandbox, directory)
        with open(target, newline="") as file:
            rows = list(csv.DictReader(file))
    expect_equal([{"company": row["company"], "note": row["note"]} for row in rows], ROWS)
    expect(all(" Sand" in row["ceo"] and row["staff"].isdigit() for row in rows), f"{rows[0]}")
    lots = [e for e in sandbox.log(before) if e["event"] == "request" and e["path"].endswith("/runs") and e["body"]]
    expect_equal(len(lots), 3)


def enrich_in_steps(sandbox):
    with tempfile.TemporaryDirectory() as directory:
        started, target = enrich(sandbox, directory, "--no-wait")
        expect(not target.exists(), "a target without results")
    expect_equal(started["num_runs"], 250)
    group = started["taskgroup_id"]
    status = succeed(sandbox, "enrich", "status", group, "--json")
    expect_equal((status["num_runs"], sum(status["status_counts"].values())), (250, 250))
    results = succeed(sandbox, "enrich", "poll", group, "--poll-interval", "1", "--json")
    expect_equal([result["input"] for result in results], ROWS)
    expect(all(sorted(result["output"]) == ["ceo", "staff"] for result in results), f"{results[0]}")


def enrich_failing_rows(sandbox):
    with tempfile.TemporaryDirectory() as directory:
        control = Path(directory) / "control.json"
        control.write_text(json.dumps({"runs": [{"percent": 10, "seed": 1, "status": "failed", "error": "no luck"}]}))
        with Sandbox(sandbox.binary, "--control-file", control) as failing:
            started, _ = enrich(failing, directory, "--no-wait")
            results = succeed(failing, "enrich", "poll", started["taskgroup_id"], "--poll-interval", "1", "--json")
    expect_equal([result["input"] for result in results], ROWS)
    errors = [result["error"] for result in results if "error" in result]
    expect(10 <= len(errors) <= 45, f"{len(errors)} of 250 rows failed")
    expect(all("no luck" in error for error in errors), errors[0])


def suggest(sandbox):
    """The tool asks the public host for suggestions, whatever PARALLEL_API_URL says."""
    with PublicHost(sandbox) as host:
        suggested = succeed(
            sandbox, "enrich", "suggest", "Find the CEO and the revenue", "--source-columns",
            '[{"name": "company", "description": "Name"}]', "--json", **host.variables)
    expect_equal([column["name"] for column in suggested["enriched_columns"][:2]], ["ceo", "revenue"])
    expect(suggested["processor"] != "lite", f"{suggested}")


def errors(sandbox):
    done = sandbox.run([TOOL, "research", "status", "trun_none", "--json"])
    expect_equal(done.returncode, 4)
    expect("Run id not found" in done.stdout, done.stdout)
    done = sandbox.run([TOOL, "enrich", "status", "tgrp_none", "--json"])
    expect_equal(done.returncode, 4)
    expect("TaskGroup not found" in done.stdout, done.stdout)


class Home:
    """A home without a key, which one call leaves to the next, with all hosts at the sandbox; a context manager."""

    def __init__(self, sandbox):
        self.url = sandbox.url

    def __enter__(self):
        self.directory = tempfile.TemporaryDirectory(prefix="conformance-")
        self.variables = environment(
            self.directory.name, PARALLEL_API_URL=self.url, PARALLEL_PLATFORM_URL=self.url,
            PARALLEL_SERVICE_API_URL=f"{self.url}/account")
        self.file = Path(self.directory.name) / ".config/parallel-web-tools/auth.json"
        return self

    def __exit__(self, *_):
        self.directory.cleanup()

    def run(self, *words):
        note(words)
        return subprocess.run(
            [TOOL, *words], cwd=self.directory.name, env=self.variables, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=120)

    def json(self, *words):
        done = self.run(*words)
        expect_equal(done.returncode, 0, f"{' '.join(words)}: {done.stdout[-300:]} {done.stderr[-300:]}")
        return json.loads(done.stdout)

    def login(self, decision="approve"):
        """Signs in, and decides like that at the address; returns the exit code and the names of the events."""
        note(["login"])
        process = subprocess.Popen(
            [TOOL, "login", "--json", "--no-browser"], cwd=self.directory.name, env=self.variables,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        events = []
        for line in process.stdout:
            event = json.loads(line)
            events.append(event["event"])
            if event["event"] == "device_code":
                urllib.request.urlopen(f"{event['verification_uri_complete']}&decision={decision}").read()
        return process.wait(timeout=60), events

    def stored(self):
        return json.loads(self.file.read_text())


def login(sandbox):
    with Home(sandbox) as home:
        expect_equal(home.login(), (0, ["auth_start", "device_code", "auth_waiting", "auth_success"]))
        stored = home.stored()
        organization = stored["orgs"][stored["selected_org_id"]]
        expect(organization["api_key"] and organization["control_api"]["refresh_token"], f"{list(organization)}")
        status = home.json("auth", "--json")
        expect_equal((status["method"], status["selected_org_name"]), ("oauth", "Sandbox Org"))
        before = len(sandbox.log())
        expect_equal(home.json("search", "new LLMs", "--json")["status"], "ok")
        expect_equal([e["auth"] for e in sandbox.log(before) if e["event"] == "request"], ["x-api-key"])
        expect_equal(home.json("logout", "--json")["status"], "logged_out")
        expect_equal(home.json("logout", "--json")["status"], "no_credentials")
        expect(not home.json("auth", "--json")["authenticated"], "still signed in")


def login_with_decision(sandbox, decision, code, last):
    with Home(sandbox) as home:
        done, events = home.login(decision)
        expect_equal((done, events[-1]), (code, last))


def balance(sandbox):
    with Home(sandbox) as home:
        expect_equal(home.run("balance", "get").returncode, 3)
        home.login()
        first = home.json("balance", "--json", "get")
        added = home.json("balance", "--json", "add", "500")
        expect_equal(added["credit_balance_cents"] - first["credit_balance_cents"], 500)
        stored = home.stored()
        tokens = stored["orgs"][stored["selected_org_id"]]["control_api"]
        tokens["access_token_expires_at"] = 1
        home.file.write_text(json.dumps(stored))
        expect_equal(home.json("balance", "--json", "get"), added)
        renewed = home.stored()["orgs"][stored["selected_org_id"]]["control_api"]
        expect(renewed["refresh_token"] != tokens["refresh_token"], "the token was not renewed")


def account(sandbox):
    """The routes of the Account API that the tool leaves out, with the token of its login."""
    with Home(sandbox) as home:
        home.login()
        stored = home.stored()
        token = stored["orgs"][stored["selected_org_id"]]["control_api"]["access_token"]
        with httpx.Client(headers={"authorization": f"Bearer {token}"}, base_url=f"{sandbox.url}/account/service/v1") as client:
            app = client.post("/apps", json={"app_name": "nightly"}).json()["app_id"]
            expect(app in [entry["app_id"] for entry in client.get("/apps").json()["apps"]], "the app is not listed")
            key = client.post(f"/apps/{app}/keys", json={"api_key_name": "ci"}).json()
            search = {"search_queries": ["robots"]}
            codes = [httpx.post(f"{sandbox.url}/v1/search", json=search, headers={"x-api-key": key["raw_api_key"]}).status_code]
            codes += [client.delete(path).status_code for path in (f"/apps/{app}/keys/{key['api_key_id']}", f"/apps/{app}")]
            codes += [client.post("/apps", json={}).status_code, client.delete(f"/apps/{app}").status_code]
            codes.append(client.get("/balance", headers={"authorization": "Bearer invalid"}).status_code)
        expect_equal(codes, [200, 200, 200, 422, 404, 401])


def run(report, sandbox):
    report.check("parallel-cli login, auth, logout", login, sandbox)
    report.check("parallel-cli login: slow_down", login_with_decision, sandbox, "slow", 0, "auth_success")
    report.check("parallel-cli login: denied", login_with_decision, sandbox, "deny", 3, "auth_error")
    report.check("parallel-cli login: expired", login_with_decision, sandbox, "expire", 3, "auth_error")
    report.check("parallel-cli balance get, add", balance, sandbox)
    report.check("Account API: apps and keys", account, sandbox)
    report.check("parallel-cli search", search, sandbox)
    report.check("parallel-cli extract", extract, sandbox, "extract")
    report.check("parallel-cli fetch", extract, sandbox, "fetch")
    report.check("parallel-cli memory retrieve, evict, clear", memory, sandbox)
    report.check("parallel-cli research run", research, sandbox)
    report.check("parallel-cli research run --text", research, sandbox, "--text")
    report.check("parallel-cli research run --no-wait, status, poll", research_in_steps, sandbox)
    report.check("parallel-cli enrich run", enrich_and_wait, sandbox)
    report.check("parallel-cli enrich run --no-wait, status, poll", enrich_in_steps, sandbox)
    report.check("parallel-cli enrich suggest", suggest, sandbox)
    report.check("parallel-cli enrich poll: failing rows", enrich_failing_rows, sandbox)
    report.check("parallel-cli research processors, config, completion show", local, sandbox)
    report.check("parallel-cli errors", errors, sandbox)
