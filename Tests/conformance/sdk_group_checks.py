"""The task groups of the official SDK, sync and async, against the sandbox."""

import parallel

from harness import expect, expect_equal
from sdk_checks import SCHEMA, Async, Sync, expect_failure

SPEC = {"output_schema": {"type": "json", "json_schema": SCHEMA}}


def inputs(count, first=0, **members):
    return [{"input": {"row": first + index}, "processor": "core", **members} for index in range(count)]


def group_of(sdk, runs, **options):
    """A new group with these runs: its id and the answer to the addition."""
    group = sdk.call("task_group.create").task_group_id
    return group, sdk.call("task_group.add_runs", group, inputs=runs, **options)


def states(events):
    return [event.run.run_id for event in events if event.type == "task_run.state"]


def create_and_retrieve(sdk):
    group = sdk.call("task_group.create", metadata={"job": "nightly", "n": 1, "dry": False})
    expect_equal(group.metadata, {"job": "nightly", "n": 1, "dry": False})
    expect_equal((group.status.num_task_runs, group.status.is_active), (0, False))
    added = sdk.call("task_group.add_runs", group.task_group_id, inputs=inputs(3))
    expect_equal((added.run_cursor, added.event_cursor), (None, None))
    expect_equal((added.status.num_task_runs, added.status.is_active), (3, True))
    known = sdk.call("task_group.retrieve", group.task_group_id)
    expect_equal((known.status.num_task_runs, known.status.is_active, known.metadata["job"]), (3, True, "nightly"))
    run = sdk.call("task_group.retrieve_run", added.run_ids[1], task_group_id=group.task_group_id)
    expect_equal((run.run_id, run.task_group_id), (added.run_ids[1], group.task_group_id))


def listing(sdk):
    group, first = group_of(
        sdk, inputs(2, metadata={"sandbox_delay": "0"}), default_task_spec=SPEC, refresh_status=False)
    failing = {"sandbox_delay": "0", "sandbox_status": "failed", "sandbox_error": "no luck"}
    second = sdk.call("task_group.add_runs", group, inputs=inputs(1, 2, metadata=failing), refresh_status=False)
    runs = sdk.stream("task_group.get_runs", group, include_input=True, include_output=True)
    expect_equal(states(runs), first.run_ids + second.run_ids)
    expect_equal([event.input.input["row"] for event in runs], [0, 1, 2])
    expect_equal([sorted(event.output.content) for event in runs[:2]], [["gdp", "year"]] * 2)
    expect_equal((runs[2].output, runs[2].run.error.message), (None, "no luck"))

    plain = sdk.stream("task_group.get_runs", group)
    expect(all(event.input is None and event.output is None for event in plain), "more than was asked for")
    expect_equal(states(sdk.stream("task_group.get_runs", group, status="failed")), second.run_ids)
    after = sdk.stream("task_group.get_runs", group, last_event_id=plain[0].event_id)
    expect_equal(states(after), states(plain)[1:])
    expect_equal(states(sdk.stream("task_group.get_runs", group, last_event_id=second.run_cursor)), second.run_ids)


def events(sdk):
    group, added = group_of(sdk, inputs(3))
    seen = sdk.stream("task_group.events", group)
    expect_equal(sorted(states(seen)), sorted(added.run_ids))
    expect_equal((seen[0].type, seen[-1].type), ("task_group_status", "task_group_status"))
    expect_equal(seen[-1].status.task_run_status_counts, {"completed": 3})
    ended = [event for event in seen if event.type == "task_run.state"]
    rest = sdk.stream("task_group.events", group, last_event_id=ended[0].event_id)
    expect_equal(states(rest), states(seen)[1:])
    later = sdk.call("task_group.add_runs", group, inputs=inputs(1))
    expect_equal(states(sdk.stream("task_group.events", group, last_event_id=later.event_cursor)), later.run_ids)


def events_time_out(sdk):
    group, _ = group_of(sdk, inputs(1, metadata={"sandbox_delay": "60"}))
    seen = sdk.stream("task_group.events", group, api_timeout=0.2)
    expect(seen and all(event.type == "task_group_status" for event in seen), f"{seen}")


def two_thousand(sdk):
    group = sdk.call("task_group.create").task_group_id
    added = []
    for first in (0, 1000):
        runs = inputs(1000, first, metadata={"sandbox_delay": "0.1"})
        added += sdk.call("task_group.add_runs", group, inputs=runs, default_task_spec=SPEC, refresh_status=False).run_ids
    seen = sdk.stream("task_group.events", group)
    expect_equal(sorted(states(seen)), sorted(added))
    expect(len(seen) < 2100, f"{len(seen)} events for 2000 runs")
    runs = sdk.stream("task_group.get_runs", group, include_input=True, include_output=True)
    expect_equal(states(runs), added)
    expect_equal([event.input.input["row"] for event in runs], list(range(2000)))


def errors(sdk):
    group = sdk.call("task_group.create").task_group_id
    for path in ("task_group.retrieve", "task_group.events", "task_group.get_runs"):
        expect_failure(sdk, parallel.NotFoundError, path, "tgrp_none")
    expect_failure(sdk, parallel.NotFoundError, "task_group.add_runs", "tgrp_none", inputs=inputs(1))
    expect_failure(sdk, parallel.NotFoundError, "task_group.retrieve_run", "trun_none", task_group_id=group)
    for bad in ([], inputs(1001), inputs(1) + [{"input": 1}]):
        expect_failure(sdk, parallel.UnprocessableEntityError, "task_group.add_runs", group, inputs=bad)
    expect_failure(
        sdk, parallel.PermissionDeniedError, "task_group.add_runs", group, inputs=[{"input": "i", "processor": "none"}])
    expect_equal(sdk.call("task_group.retrieve", group).status.num_task_runs, 0)


def run(report, sandbox):
    for kind in (Sync, Async):
        for check in (create_and_retrieve, listing, events, events_time_out, two_thousand, errors):
            report.check(f"SDK {kind.name}: group {check.__name__}", check, kind(sandbox, max_retries=0))
