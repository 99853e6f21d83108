"""The official command-line tool against the sandbox, in a home of its own."""

import json
import sys
from pathlib import Path

from harness import expect, expect_equal

TOOL = str(Path(sys.executable).parent / "parallel-cli")


def succeed(sandbox, *arguments):
    done = sandbox.run([TOOL, *arguments])
    expect_equal(done.returncode, 0, f"{' '.join(arguments)}: {done.stdout[-300:]} {done.stderr[-300:]}")
    return json.loads(done.stdout)


def search(sandbox):
    answer = succeed(
        sandbox, "search", "Which LLMs are new?", "-q", "new LLMs", "--max-results", "2", "--include-domains", "example.com",
        "--after-date", "2026-01-01", "--json")
    expect_equal(answer["status"], "ok")
    expect_equal(len(answer["results"]), 2)


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


def errors(sandbox):
    done = sandbox.run([TOOL, "research", "status", "trun_none", "--json"])
    expect_equal(done.returncode, 4)
    expect("Run id not found" in done.stdout, done.stdout)


def run(report, sandbox):
    report.check("parallel-cli search", search, sandbox)
    report.check("parallel-cli research run", research, sandbox)
    report.check("parallel-cli research run --text", research, sandbox, "--text")
    report.check("parallel-cli research run --no-wait, status, poll", research_in_steps, sandbox)
    report.check("parallel-cli errors", errors, sandbox)
