"""The official command-line tool against the sandbox, in a home of its own."""

import csv
import json
import sys
import tempfile
from pathlib import Path

from harness import Sandbox, expect, expect_equal

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


def extract(sandbox):
    answer = succeed(
        sandbox, "extract", "https://example.com/a", "https://example.com/b", "--objective", "Why?", "-q", "a b",
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


def errors(sandbox):
    done = sandbox.run([TOOL, "research", "status", "trun_none", "--json"])
    expect_equal(done.returncode, 4)
    expect("Run id not found" in done.stdout, done.stdout)
    done = sandbox.run([TOOL, "enrich", "status", "tgrp_none", "--json"])
    expect_equal(done.returncode, 4)
    expect("TaskGroup not found" in done.stdout, done.stdout)


def run(report, sandbox):
    report.check("parallel-cli search", search, sandbox)
    report.check("parallel-cli extract", extract, sandbox)
    report.check("parallel-cli memory retrieve, evict, clear", memory, sandbox)
    report.check("parallel-cli research run", research, sandbox)
    report.check("parallel-cli research run --text", research, sandbox, "--text")
    report.check("parallel-cli research run --no-wait, status, poll", research_in_steps, sandbox)
    report.check("parallel-cli enrich run", enrich_and_wait, sandbox)
    report.check("parallel-cli enrich run --no-wait, status, poll", enrich_in_steps, sandbox)
    report.check("parallel-cli enrich poll: failing rows", enrich_failing_rows, sandbox)
    report.check("parallel-cli errors", errors, sandbox)
