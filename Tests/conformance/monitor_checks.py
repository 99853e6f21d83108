"""Monitors: the official SDK and the official command-line tool against the sandbox."""

import json
import time

import parallel

import official_cli_checks
from harness import expect, expect_equal
from sdk_checks import Async, Sync, expect_failure

CEO = {"type": "object", "properties": {"ceo": {"type": "string"}}, "required": ["ceo"], "additionalProperties": False}


def until(look, what):
    """What `look` returns as soon as it is something."""
    deadline = time.monotonic() + 30
    while not (found := look()):
        expect(time.monotonic() < deadline, f"{what} within 30 s")
        time.sleep(0.1)
    return found


def life(sdk):
    """Every method of the resource, on one monitor."""
    settings = {
        "query": "Recalls of cars", "output_schema": {"type": "json", "json_schema": CEO}, "include_backfill": True,
        "advanced_settings": {"location": "us", "source_policy": {"include_domains": ["example.com"]}}}
    made = sdk.call(
        "monitor.create", type="event_stream", frequency="1d", settings=settings, processor="base",
        metadata={"team": sdk.name}, webhook={"url": "https://hooks.example/m", "event_types": ["monitor.event.detected"]})
    expect_equal((made.status, made.processor, made.settings.query), ("active", "base", "Recalls of cars"))
    expect_equal(sdk.call("monitor.retrieve", made.monitor_id).metadata, {"team": sdk.name})

    page = until(lambda: sdk.call("monitor.events", made.monitor_id).events, "an event")
    expect_equal({event.event_type for event in page}, {"event_stream"})
    group = page[0].event_group_id
    expect_equal({e.event_group_id for e in sdk.call("monitor.events", made.monitor_id, event_group_id=group).events}, {group})
    expect_equal(sdk.call("monitor.trigger", made.monitor_id), None)
    more = until(lambda: [e for e in events(sdk, made.monitor_id) if getattr(e, "event_group_id", group) != group],
                 "an event of the second execution")
    first = sdk.call("monitor.events", made.monitor_id, limit=1)
    second = sdk.call("monitor.events", made.monitor_id, limit=1, cursor=first.next_cursor)
    expect(first.events != second.events, "twice the same page")
    expect(more, "nothing new")

    changed = sdk.call("monitor.update", made.monitor_id, frequency="6h", webhook=None, metadata={"n": "2"})
    expect_equal((changed.frequency, changed.webhook, changed.metadata), ("6h", None, {"n": "2"}))
    reworded = sdk.call("monitor.update", made.monitor_id, type="event_stream", settings={"query": "Recalls of trucks"})
    expect_equal(reworded.settings.query, "Recalls of trucks")
    expect_failure(sdk, parallel.UnprocessableEntityError, "monitor.update", made.monitor_id)
    for _ in range(2):
        expect_equal(sdk.call("monitor.cancel", made.monitor_id).status, "cancelled")
    expect_failure(sdk, parallel.APIStatusError, "monitor.trigger", made.monitor_id)
    active = sdk.call("monitor.list", limit=10_000).monitors
    expect(made.monitor_id not in [monitor.monitor_id for monitor in active], "the cancelled one is listed")
    both = sdk.call("monitor.list", status=["active", "cancelled"], type=["event_stream", "snapshot"], limit=1)
    expect_equal((len(both.monitors), both.monitors[0].monitor_id), (1, made.monitor_id))


def events(sdk, monitor):
    return sdk.call("monitor.events", monitor, include_completions=True, limit=100).events


def snapshot(sdk):
    run = sdk.call("task_run.create", input="Prices", processor="base", metadata={"sandbox_delay": "0"})
    sdk.call("task_run.result", run.run_id)
    settings = {"task_run_id": run.run_id}
    made = sdk.call("monitor.create", type="snapshot", frequency="1h", settings=settings)
    expect_equal((made.type, made.settings.task_run_id), ("snapshot", run.run_id))
    expect(until(lambda: events(sdk, made.monitor_id), "an outcome"), "no outcome")
    expect_failure(sdk, parallel.APIStatusError, "monitor.create", type="snapshot", frequency="1h",
                   settings={"task_run_id": "trun_none"})


def errors(sdk):
    for path in ("retrieve", "cancel", "events", "trigger"):
        expect_failure(sdk, parallel.NotFoundError, f"monitor.{path}", "monitor_none")
    for frequency in ("30m", "31d", "daily"):
        expect_failure(sdk, parallel.UnprocessableEntityError, "monitor.create", type="event_stream",
                       frequency=frequency, settings={"query": "x"})


def tool(sandbox, *words):
    return official_cli_checks.succeed(sandbox, "monitor", *words, "--json")


def tool_life(sandbox):
    made = tool(sandbox, "create", "Recalls of cars", "--frequency", "1d", "--processor", "lite", "--metadata", '{"a": "b"}',
                "--webhook", "https://hooks.example/m", "--output-schema", json.dumps(CEO), "--include-backfill")
    monitor = made["monitor_id"]
    expect_equal(tool(sandbox, "get", monitor)["settings"]["query"], "Recalls of cars")
    expect(monitor in [entry["monitor_id"] for entry in tool(sandbox, "list", "--limit", "5")["monitors"]], "not listed")
    found = until(lambda: tool(sandbox, "events", monitor, "--limit", "1", "--include-completions")["events"], "an event")
    group = found[0]["event_group_id"]
    expect_equal(tool(sandbox, "events", monitor, "--event-group-id", group)["events"][0]["event_group_id"], group)
    expect_equal(tool(sandbox, "trigger", monitor), {"monitor_id": monitor, "triggered": True})
    changed = tool(sandbox, "update", monitor, "--frequency", "6h", "--metadata", '{"c": "d"}', "--advanced-settings",
                   '{"location": "us"}')
    expect_equal((changed["frequency"], changed["metadata"]), ("6h", {"c": "d"}))
    expect_equal(tool(sandbox, "cancel", monitor)["status"], "cancelled")
    ended = tool(sandbox, "list", "--status", "cancelled", "--type", "event_stream")["monitors"]
    expect(monitor in [entry["monitor_id"] for entry in ended], "the cancelled one is not listed")


def tool_snapshot(sandbox):
    run = official_cli_checks.succeed(
        sandbox, "research", "run", "Prices", "-p", "lite", "--poll-interval", "1", "--json")["run_id"]
    made = tool(sandbox, "create", "--type", "snapshot", "--task-run-id", run, "--frequency", "1h")
    expect_equal((made["type"], made["settings"]["task_run_id"]), ("snapshot", run))


def run(report, sandbox):
    for kind in (Sync, Async):
        sdk = kind(sandbox, max_retries=0)
        report.check(f"SDK {sdk.name}: monitor, every method", life, sdk)
        report.check(f"SDK {sdk.name}: monitor of a run's output", snapshot, sdk)
        report.check(f"SDK {sdk.name}: monitor errors", errors, sdk)
    report.check("parallel-cli monitor: every command", tool_life, sandbox)
    report.check("parallel-cli monitor create --type snapshot", tool_snapshot, sandbox)
