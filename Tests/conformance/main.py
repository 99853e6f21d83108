"""Runs every group of checks; called by Scripts/conformance."""

import argparse
import contextlib
import functools
import sys
from pathlib import Path

import closed_stdin_checks
import completeness
import document_checks
import findall_checks
import live_checks
import login_checks
import mcp_bridge_checks
import mcp_call_checks
import mcp_life_checks
import mcp_list_checks
import mcp_matrix
import mcp_sandbox_checks
import mcp_scenario_checks
import mcp_serve_checks
import model_checks
import monitor_checks
import official_cli_checks
import page_checks
import parallel_checks
import recipe_checks
import report_checks
import response_checks
import sandbox_checks
import schema_checks
import sdk_checks
import sdk_group_checks
import sdk_suite
from contract import Contract, check_requests, check_responses, check_routes
from harness import Report, Sandbox, expect

sys.path.insert(0, str(Path(__file__).parent.parent / "coverage"))
import coverage  # noqa: E402


def check_api(report, options):
    """The API's official SDK and CLI, and `parallel`, against one sandbox."""
    contract = Contract.load()
    with Sandbox(options.sandbox) as sandbox:
        sandbox_checks.run(report, sandbox)
        sdk_checks.run(report, sandbox)
        sdk_group_checks.run(report, sandbox)
        official_cli_checks.run(report, sandbox)
        findall_checks.run(report, sandbox)
        monitor_checks.run(report, sandbox)
        parallel_checks.run(report, sandbox, contract, options.parallel)
        report.check("OpenAPI: every response of the sandbox", check_responses, contract, sandbox.log())
        report.check("OpenAPI: every route", check_routes, contract, sandbox.log())
        # The official tools' own requests show that the check itself is no stricter than the API.
        good = {e["id"] for e in sandbox.log() if e["event"] == "response" and (e["status"] or 500) < 400}
        sent = [e for e in sandbox.log() if e["event"] == "request" and e["id"] in good]
        report.check("OpenAPI: every accepted request", check_requests, contract, sent)
    completeness.run(report)


def check_coverage(report, options):
    """Every route and field of the API has a command and a flag; what these send is what the contract allows."""
    contract = Contract.load()
    with Sandbox(options.sandbox, "--delay", "0") as sandbox:
        text, problems = coverage.measure(options.parallel, sandbox)
        report.check("coverage: every claim of commands.toml, every route and field", expect, not problems, "; ".join(problems))
        report.check("coverage: docs/api-coverage.md is up to date", coverage.check, text)
        # MCP servers, which run and model contact, stand beside the API.
        beside = {e["id"] for e in sandbox.log() if e["event"] == "request" and e["path"].startswith("/mcp")}
        log = [entry for entry in sandbox.log() if entry.get("id") not in beside]
        report.check("OpenAPI: what every flag sends", check_requests, contract, log)
        report.check("OpenAPI: what the sandbox answers to every command", check_responses, contract, log)


def check_mcp(report, options):
    """`parallel mcp` against servers of both official SDKs, and the official clients against the sandbox."""
    with contextlib.ExitStack() as stack:
        sandbox = stack.enter_context(Sandbox(options.sandbox))
        running = {}
        for version, plain in mcp_matrix.PLAIN.items():
            variants = plain + mcp_matrix.SPECIAL[version]
            running[version] = stack.enter_context(mcp_matrix.SDKServers(options.venvs, version, variants))
        plain = [running[version][variant] for version in running for variant in mcp_matrix.PLAIN[version]]
        first, second = running.values()
        # Each server has one job that watches what arrives there.
        report.side_by_side(
            [functools.partial(check_server, options, server) for server in plain]
            + mcp_life_checks.special(first, second, options)
            + mcp_bridge_checks.special(first["stateful-sse-mortal"], options) + mcp_sandbox_checks.clients(sandbox, options)
            + mcp_serve_checks.jobs(options))
        mcp_sandbox_checks.run(report, sandbox, options, first["stateful-sse"], second["stateful-sse-auth"])


def check_server(options, server, report):
    with mcp_matrix.user(options) as user:
        mcp_list_checks.run(report, server, user)
        mcp_call_checks.run(report, server, user)
        mcp_life_checks.run(report, server, user, options)
        mcp_bridge_checks.run(report, server, user, options)


GROUPS = {"api": check_api, "coverage": check_coverage, "closed-stdin": closed_stdin_checks.run, "mcp": check_mcp,
          "scenarios": mcp_scenario_checks.run, "models": model_checks.run, "responses": response_checks.run,
          "sdk": sdk_suite.run, "schema": schema_checks.run, "reports": report_checks.run, "login": login_checks.run,
          "page": page_checks.run, "documents": document_checks.run, "recipes": recipe_checks.run, "live": live_checks.run}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sandbox", required=True)
    parser.add_argument("--parallel", required=True)
    parser.add_argument("--venvs", required=True)
    parser.add_argument("--screenshots", required=True)
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=" ".join(GROUPS))
    options = parser.parse_args()
    # Programs are started in other folders, too.
    options.venvs = Path(options.venvs).absolute()
    if unknown := set(options.groups) - set(GROUPS):
        parser.error(f"no such group: {' '.join(unknown)}")

    report = Report()
    for name in options.groups or GROUPS:
        GROUPS[name](report, options)
    return report.finish()


sys.exit(main())
