"""`parallel-sandbox` itself: its commands, its exit codes, and the events it streams."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from harness import expect, expect_equal


def run_passes_on(binary):
    """Environment, exit codes, signals and stdio of `run`."""
    def sandboxed(*words, **options):
        return subprocess.run([binary, "run", "--", *words], capture_output=True, text=True, timeout=30, **options)

    script = 'read line; echo "$line $PARALLEL_API_KEY $PARALLEL_BASE_URL $PARALLEL_API_URL"; exit 7'
    done = sandboxed("sh", "-c", script, input="typed\n", env={**os.environ, "PARALLEL_API_KEY": "real"})
    expect_equal(done.returncode, 7)
    line, key, base, other = done.stdout.split()
    expect_equal((line, key, base), ("typed", "sandbox-key", other))
    expect(base.startswith("http://127.0.0.1:"), base)
    expect_equal(sandboxed("sh", "-c", "kill -9 $$").returncode, 128 + 9)
    expect_equal(sandboxed("no-such-command").returncode, 127)
    expect_equal(sandboxed("/").returncode, 126)


def run_hands_signals_over(binary):
    script = 'trap "exit 9" TERM; echo up; while :; do sleep 0.05; done'
    child = subprocess.Popen([binary, "run", "--", "sh", "-c", script], stdout=subprocess.PIPE)
    expect_equal(child.stdout.readline(), b"up\n")
    child.terminate()
    expect_equal(child.wait(timeout=10), 9)


def run_restores_signals(binary):
    """The command gets SIGPIPE and the signal mask as they were before the sandbox changed them."""
    script = "import signal; print(signal.getsignal(signal.SIGTERM) == signal.SIG_DFL, signal.pthread_sigmask(0, []))"
    done = subprocess.run([binary, "run", "--", sys.executable, "-c", script], capture_output=True, text=True, timeout=30)
    expect_equal(done.stdout, "True set()\n")
    done = subprocess.run([binary, "run", "--", "sh", "-c", "(yes; echo $? >&2) | head -1"], capture_output=True, text=True,
                          timeout=30)
    expect_equal(done.stderr.strip(), str(128 + signal.SIGPIPE))


def serve_stops(binary, number):
    with tempfile.TemporaryDirectory() as directory:
        ready = Path(directory) / "ready"
        process = subprocess.Popen(
            [binary, "serve", "--ready-file", ready], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = process.stderr.readline()
        while not ready.exists():
            time.sleep(0.01)
        expect_equal(line, f"parallel-sandbox listening on {ready.read_text()}")
        expect_equal(process.stdout.readline(), f"export PARALLEL_BASE_URL={ready.read_text()}")
        process.send_signal(number)
        expect_equal(process.wait(timeout=10), 0)
        expect(not ready.exists(), "the ready file is left behind")
        process.stdout.close()
        process.stderr.close()


def usage(binary):
    def call(*words):
        return subprocess.run([binary, *words], capture_output=True, text=True, timeout=30)

    for words in (["--help"], ["help", "scenarios"], ["--version"], ["run", "--help"]):
        done = call(*words)
        expect_equal((done.returncode, done.stderr), (0, ""), words)
        expect(done.stdout, f"{words} prints nothing")
    for words in ([], ["serve", "--prot", "1"], ["run"]):
        done = call(*words)
        expect_equal((done.returncode, done.stdout, done.stderr.count("\n")), (2, "", 1), words)


def findall_run(sandbox, headers):
    """The id of a FindAll run with an enrichment."""
    base = f"{sandbox.url}/v1beta/findall/runs"
    body = {"objective": "o", "entity_type": "e", "match_conditions": [{"name": "c", "description": "d"}],
            "generator": "base", "match_limit": 5, "metadata": {"sandbox_delay": 0}}
    run = httpx.post(base, json=body, headers=headers).json()["findall_id"]
    schema = {"type": "object", "properties": {"ceo": {"type": "string"}}}
    httpx.post(f"{base}/{run}/enrich", json={"output_schema": {"type": "json", "json_schema": schema}}, headers=headers)
    return run


def streams(sandbox):
    """Makes runs and a group of each kind, and reads their streams; the contract is checked against the log."""
    headers = {"x-api-key": sandbox.key}
    paths = [f"/v1beta/findall/runs/{findall_run(sandbox, headers)}/events"]
    for metadata in ({}, {"sandbox_status": "failed"}):
        # Only a run that is under way has a trace.
        body = {"input": "i", "processor": "ultra", "metadata": {"sandbox_delay": 3, **metadata}}
        run = httpx.post(f"{sandbox.url}/v1/tasks/runs", json=body, headers=headers).json()
        paths.append(f"/v1/tasks/runs/{run['run_id']}/events")
    group = httpx.post(f"{sandbox.url}/v1/tasks/groups", json={}, headers=headers).json()["taskgroup_id"]
    inputs = [{"input": "i", "processor": "core", "metadata": {"sandbox_status": status}}
              for status in ("completed", "failed", "cancelled", "action_required")]
    httpx.post(f"{sandbox.url}/v1/tasks/groups/{group}/runs", json={"inputs": inputs}, headers=headers)
    paths += [f"/v1/tasks/groups/{group}/{tail}" for tail in ("events", "runs?include_input=true&include_output=true")]
    for path in paths:
        expect("event: " in httpx.get(f"{sandbox.url}{path}", headers=headers, timeout=30).text, f"{path} has no events")


def suggestions(sandbox):
    """What is suggested can be asked for again."""
    headers = {"x-api-key": sandbox.key}
    url = f"{sandbox.url}/v1beta/tasks/suggest"
    task = httpx.post(url, json={"user_intent": "Find the CEO and the revenue"}, headers=headers).json()
    refined = httpx.post(url, json={"user_intent": "founder", "previous_task": task}, headers=headers).json()
    expect_equal(list(refined["output_schema"]["properties"]), ["ceo", "revenue", "founder"])
    spec = {key: refined[key] for key in ("input_schema", "output_schema")}
    best = httpx.post(f"{url}-processor", json={"task_spec": spec}, headers=headers).json()
    expect(best["recommended_processors"], "no processor")
    wrapped = {key: {"type": "json", "json_schema": schema} for key, schema in spec.items()}
    body = {"input": {"company_name": "Acme"}, "processor": best["recommended_processors"][0], "task_spec": wrapped}
    run = httpx.post(f"{sandbox.url}/v1/tasks/runs", json=body, headers=headers)
    expect_equal((run.status_code, run.json()["warnings"]), (202, None))


def run(report, sandbox):
    binary = sandbox.binary
    report.check("parallel-sandbox: usage", usage, binary)
    report.check("parallel-sandbox run: environment and exit codes", run_passes_on, binary)
    report.check("parallel-sandbox run: signals to the command", run_hands_signals_over, binary)
    report.check("parallel-sandbox run: signal state of the command", run_restores_signals, binary)
    report.check("parallel-sandbox serve: SIGTERM", serve_stops, binary, signal.SIGTERM)
    report.check("parallel-sandbox serve: SIGINT", serve_stops, binary, signal.SIGINT)
    report.check("parallel-sandbox: suggestions", suggestions, sandbox)
    report.check("parallel-sandbox: streams", streams, sandbox)
