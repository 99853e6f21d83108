"""Runs of tasks: single ones, with and without MCP servers, and a group. They begin first and are collected last."""

import json
import os
import random
import subprocess
import threading
import time
from datetime import datetime

import client as sending
from check import outcome, texts
from described import kind


def begin(check):
    run = check.command(
        "a lite run",
        (
            "task",
            "run",
            "Who founded Intel?",
            "-p",
            "lite",
            "--events",
            "--no-wait",
            "--field",
            "founders:string[]=Names of the founders",
        ),
        "POST",
        "/v1/tasks/runs",
        statuses=(202,),
    )
    began(check, "plain", run)
    if "plain" in check.runs:
        watch(check, "plain")
        watch_bytes(check)
    pair = {"input": "Who founded AMD?", "processor": "lite"}
    word = ("--header", f"idempotency-key: live-check-{random.randrange(10**12)}")
    first, second = (
        check.api(
            f"a lite run with an idempotency-key, {number}", "POST", "/v1/tasks/runs", pair, *word, statuses=(202,)
        )
        for number in ("first", "second")
    )
    if isinstance(first.body, dict) and isinstance(second.body, dict):
        same = first.body.get("run_id") == second.body.get("run_id")
        check.report.answer("create-idempotency", "no: the same run" if same else "yes: two runs")
    odd = {"input": "Who founded Arm?", "processor": "lite-fast"}
    accepts(check, "fast-processors", "a run on lite-fast", odd, "fast")
    odd = {"input": "Who founded Arm?", "processor": "lite"}
    accepts(
        check,
        "metadata-values",
        "a run with a number and a boolean as metadata",
        odd | {"metadata": {"number": 1, "boolean": True}},
    )
    accepts(check, "task-after-date", "a run with after_date", odd | {"source_policy": {"after_date": "2026-01-01"}})
    accepts(
        check,
        "schema-depth",
        "a run with four levels",
        odd | {"task_spec": {"output_schema": {"type": "json", "json_schema": nested(4)}}},
    )
    accepts(check, "input-limit", "a run with a long input", odd | {"input": "Who founded Arm? " + "x " * 12_542})


def accepts(check, name, what, body, kept=None):
    answer = check.ask(what, "POST", "/v1/tasks/runs", body)
    if answer.status == 202:
        warnings = "; ".join(texts((answer.body or {}).get("warnings")))
        check.report.answer(name, f"accepted, {'with the warning: ' + warnings if warnings else 'no warning'}")
    else:
        check.report.answer(
            name,
            f"refused with {outcome(answer)}" if answer.status else outcome(answer),
            answer.status in (400, 403, 422),
        )
    if kept:
        began(check, kept, answer)


def begin_with_mcp(check):
    """A public server and one that doesn't exist, whose header is no secret."""
    headers = {"x-live-check": "visible-word"}
    servers = {
        "search": {"type": "http", "url": check.mcp_url("parallel-search")},
        "broken": {"type": "http", "url": "https://live-check.invalid/mcp", "headers": headers},
    }
    file = check.client.folder / "servers.json"
    file.write_text(json.dumps({"mcpServers": servers}))
    run = check.command(
        "a lite run with MCP servers",
        (
            "task",
            "run",
            "Use web_search twice: once for who founded Intel, once for who founded AMD.",
            "-p",
            "lite",
            "--mcp-config",
            file,
            "--no-check",
            "--no-events",
            "--no-wait",
        ),
        "POST",
        "/v1/tasks/runs",
        statuses=(202,),
    )
    began(check, "mcp", run)
    if "mcp" in check.runs:
        watch(check, "mcp")


def began(check, name, answer):
    if isinstance(answer.body, dict) and answer.body.get("run_id"):
        check.runs[name] = answer.body["run_id"]


def watch(check, name):
    """Follows a run beside everything else; the process ends with the run."""
    file = check.client.folder / f"{name}.events"
    with open(file, "w") as out:
        process = check.client.start("task", "events", check.runs[name], "--json", "--quiet", out=out)
    process.stdin.close()
    check.streams[name] = (process, file)


def watch_bytes(check):
    key = os.environ.get("PARALLEL_API_KEY")
    if not key:
        check.report.answer("keep-alive", "not asked: PARALLEL_API_KEY is not set")
        return
    url = f"{check.base.rstrip('/')}/v1/tasks/runs/{check.runs['plain']}/events"

    def read():
        check.comments = sending.comments(url, key, check.wait)

    check.reader = threading.Thread(target=read, daemon=True)
    check.reader.start()


def end(check):
    began = time.monotonic()
    for name, run in check.runs.items():
        left = max(5, int(check.wait - (time.monotonic() - began)))
        answer = check.client.run("task", "result", run, "--json", "--timeout", f"{left}s", seconds=left + 30)
        check.judge(
            f"the result of the run '{name}'",
            answer,
            "parallel task result",
            (0,),
            "GET",
            f"/v1/tasks/runs/{run}/result",
            (200,),
        )
        if isinstance(answer.body, dict):
            {"plain": plain_ended, "mcp": mcp_ended}.get(name, lambda *_: None)(check, answer.body)
    for name in check.streams:
        streamed(check, name)
    if "plain" in check.runs:
        after_the_end(check, check.runs["plain"])
    if "mcp" in check.runs:
        answer = check.api("the input of the run with MCP servers", "GET", f"/v1/tasks/runs/{check.runs['mcp']}/input")
        seen = [
            server.get("headers", "left out")
            for server in (answer.body or {}).get("mcp_servers") or []
            if server.get("name") == "broken"
        ]
        check.report.answer("mcp-headers-in-input", json.dumps(seen[0]) if seen else "the server is left out")


def plain_ended(check, result):
    run = result.get("run", {})
    seconds = span(run.get("created_at"), run.get("modified_at"))
    told = "it has no times" if seconds is None else f"{seconds:.0f} s from its creation to its end"
    check.report.answer("durations", told, seconds is None or seconds <= 150)
    content = (result.get("output") or {}).get("content")
    check.report.answer("json-content", kind(content), kind(content) in ("object", "string"))


def mcp_ended(check, result):
    run, output = result.get("run", {}), result.get("output") or {}
    places = [
        name
        for name, told in (("run.warnings", run.get("warnings")), ("the output", output.get("warning")))
        if "broken" in json.dumps(told)
    ]
    calls = output.get("mcp_tool_calls") or []
    check.report.answer("mcp-failure-place", f"in {' and '.join(places)}" if places else "nowhere", bool(places))
    names = ", ".join(str(call.get("tool_name")) for call in calls)
    check.report.answer("lite-tool-calls", f"calls here: {len(calls)} ({names})")


def streamed(check, name):
    process, file = check.streams[name]
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
    events = [json.loads(line) for line in file.read_text().splitlines() if line.startswith("{")]
    kinds = sorted({event.get("type", "?") for event in events})
    problems = [problem for event in events for problem in check.description.check_event(event)]
    check.report.row(
        f"the events of the run '{name}'",
        "parallel task events",
        200 if events else None,
        None,
        "differs" if problems or not events else "as described",
    )
    if problems or not events:
        check.report.differ(f"the events of the run '{name}'", bare(problems[0]) if problems else "none came")
    messages = len([kind for kind in (event.get("type", "") for event in events) if ".progress_msg." in kind])
    if name == "plain":
        check.report.answer("progress-kinds", ", ".join(kinds))
        meters = ["progress_meter" in event for event in events if event.get("type") == "task_run.progress_stats"]
        check.report.answer("progress-meter", f"in {sum(meters)} of {len(meters)} events")
        check.messages = messages
    else:
        check.report.answer(
            "events-off",
            f"{messages} messages and {', '.join(kinds)}; {check.messages} messages where events were asked for",
        )


def after_the_end(check, run):
    answer = check.ask("a result with a long timeout", "GET", f"/v1/tasks/runs/{run}/result?timeout=1000000")
    check.report.answer(
        "result-timeout",
        "a million seconds are accepted" if answer.status == 200 else outcome(answer),
        answer.status in (200, 422),
    )
    check.api("the status of a run", "GET", f"/v1/tasks/runs/{run}")
    if check.reader is not None:
        check.reader.join(timeout=20)
    if check.comments is not None:
        found, seconds = check.comments
        forms = sorted({text for text, _ in found})
        check.report.answer(
            "keep-alive",
            f"comments: {len(found)} in {seconds:.0f} s, such as '{forms[0]}'"
            if found
            else f"no comment in {seconds:.0f} s",
        )


def group(check):
    rows = check.client.folder / "rows.csv"
    rows.write_text("company\nIntel\nAMD\nArm\n")
    answer = check.client.run(
        "batch",
        "run",
        rows,
        "-p",
        "lite",
        "--field",
        "founder=Name of a founder",
        "--yes",
        "--json",
        "--timeout",
        f"{check.wait}s",
        seconds=check.wait + 60,
    )
    # Several requests and streams lie behind it: only its end tells how it went.
    answer.status = None
    check.judge("a group of three rows", answer, "parallel batch run", (0,))
    group = next((made for made in check.client.made if made.startswith("tgrp_") and made in answer.err), None)
    if group:
        check.api("the status of the group", "GET", f"/v1/tasks/groups/{group}")
        runs = check.client.run("group", "runs", group, "--json")
        problems = [problem for event in runs.lines for problem in check.description.check_event(event)]
        check.judge("the runs of the group", runs, "parallel group runs", (0,))
        if problems:
            check.report.differ("the runs of the group", bare(problems[0]))


def nested(levels):
    """The schema of so many objects within each other."""
    inner = nested(levels - 1) if levels > 1 else {"type": "string"}
    return {"type": "object", "properties": {"name": inner}, "required": ["name"], "additionalProperties": False}


def bare(problem):
    """A problem with an event, without the value behind its place."""
    return ": ".join(problem.split(": ")[:2])


def span(start, end):
    """The seconds between two times of the API; None if they are none."""
    try:
        first, last = (datetime.fromisoformat(time.replace("Z", "+00:00")) for time in (start, end))
        return (last - first).total_seconds()
    except (AttributeError, TypeError, ValueError):
        return None
