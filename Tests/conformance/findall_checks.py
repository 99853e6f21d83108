"""FindAll: the official SDK and the official command-line tool against the sandbox."""

import json

import parallel

import official_cli_checks
from harness import expect, expect_equal
from sdk_checks import Async, Sync

CEO = {"type": "object", "properties": {"ceo": {"type": "string"}}, "required": ["ceo"], "additionalProperties": False}


def create(sdk, **metadata):
    schema = sdk.call("beta.findall.ingest", objective="Find all startups that build robots")
    conditions = [condition.model_dump() for condition in schema.match_conditions]
    return sdk.call(
        "beta.findall.create", objective=schema.objective, entity_type=schema.entity_type, match_conditions=conditions,
        generator="base", match_limit=6, metadata=metadata)


def life(sdk):
    """Every method of the resource, on one run."""
    run_id = create(sdk, sandbox_delay="0.5").findall_id
    events = sdk.stream("beta.findall.events", run_id)
    expect_equal(sum(event.type == "findall.candidate.matched" for event in events), 6)
    expect_equal(events[-1].data.status.termination_reason, "match_limit_met")
    expect_equal(sdk.call("beta.findall.retrieve", run_id).status.metrics.matched_candidates_count, 6)
    result = sdk.call("beta.findall.result", run_id)
    expect_equal(sum(candidate.match_status == "matched" for candidate in result.candidates), 6)
    rest = sdk.stream("beta.findall.events", run_id, last_event_id=result.last_event_id)
    expect_equal([event.type for event in rest], ["findall.status"])
    extended = sdk.call("beta.findall.extend", run_id, additional_match_limit=4)
    expect_equal(extended.match_limit, 10)
    enriched = sdk.call("beta.findall.enrich", run_id, output_schema={"type": "json", "json_schema": CEO})
    expect_equal(enriched.enrichments[0].processor, "core")
    expect_equal(sdk.call("beta.findall.schema", run_id), enriched)
    list(sdk.stream("beta.findall.events", run_id))
    found = [c for c in sdk.call("beta.findall.result", run_id).candidates if c.match_status == "matched"]
    expect_equal(len(found), 10)
    expect(all("ceo" in candidate.output for candidate in found), f"{found[0].output}")


def cancel(sdk):
    run_id = create(sdk, sandbox_delay="600").findall_id
    sdk.call("beta.findall.cancel", run_id)
    expect_equal(sdk.call("beta.findall.retrieve", run_id).status.termination_reason, "user_cancelled")
    try:
        sdk.call("beta.findall.cancel", run_id)
    except parallel.ConflictError:
        return
    raise AssertionError("a run was cancelled twice")


def entity_search(sdk):
    found = sdk.call("beta.findall.entity_search", entity_type="people", objective="PMs at startups", match_limit=7)
    expect_equal(len(found.entities), 7)


def tool(sandbox, *words):
    return official_cli_checks.succeed(sandbox, "findall", *words, "--json")


def tool_run(sandbox):
    """The whole way, with an enrichment that ingest suggests."""
    found = tool(sandbox, "run", "Find all startups that build robots with their CEO", "-g", "base", "-n", "5",
                 "--poll-interval", "1")
    matched = [candidate for candidate in found["candidates"] if candidate["match_status"] == "matched"]
    expect_equal((found["status"], len(matched)), ("completed", 5))
    expect(all("ceo" in candidate["output"] for candidate in matched), json.dumps(matched[0]))


def tool_steps(sandbox):
    expect_equal(tool(sandbox, "ingest", "Find robots")["entity_type"], "robots")
    expect_equal(tool(sandbox, "run", "Find robots", "--dry-run")["dry_run"], True)
    run_id = tool(sandbox, "run", "Find robots", "--no-wait", "--exclude", '[{"name":"x","url":"y"}]')["findall_id"]
    expect_equal(tool(sandbox, "poll", run_id, "--poll-interval", "1")["status"], "completed")
    expect_equal(tool(sandbox, "status", run_id)["metrics"]["matched_candidates_count"], 10)
    expect_equal(tool(sandbox, "extend", run_id, "5")["match_limit"], 15)
    tool(sandbox, "enrich", run_id, json.dumps({"properties": {"ceo": {"type": "string"}}}), "-p", "base")
    expect_equal(tool(sandbox, "poll", run_id, "--poll-interval", "1")["status"], "completed")
    found = tool(sandbox, "result", run_id)["candidates"]
    expect_equal(sum("ceo" in (candidate["output"] or {}) for candidate in found), 15)
    expect_equal(tool(sandbox, "schema", run_id)["enrichments"][0]["processor"], "base")
    slow = tool(sandbox, "run", "Find robots", "--no-wait", "--metadata", '{"sandbox_delay": "600"}')["findall_id"]
    expect_equal(tool(sandbox, "cancel", slow)["status"], "cancelled")
    expect_equal(len(tool(sandbox, "entity-search", "robots", "-t", "companies", "-n", "6")["entities"]), 6)


def run(report, sandbox):
    for kind in (Sync, Async):
        sdk = kind(sandbox)
        report.check(f"SDK {sdk.name}: beta.findall, every method", life, sdk)
        report.check(f"SDK {sdk.name}: beta.findall.cancel", cancel, sdk)
        report.check(f"SDK {sdk.name}: beta.findall.entity_search", entity_search, sdk)
    report.check("parallel-cli findall run", tool_run, sandbox)
    report.check("parallel-cli findall: the other commands", tool_steps, sandbox)
