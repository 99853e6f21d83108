"""Runs every group of checks against one sandbox; called by Scripts/conformance."""

import argparse
import sys

import official_cli_checks
import parallel_checks
import sandbox_checks
import sdk_checks
from contract import Contract, check_requests, check_responses
from harness import Report, Sandbox


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sandbox", required=True)
    parser.add_argument("--parallel", required=True)
    parser.add_argument("--api", required=True)
    options = parser.parse_args()

    report = Report()
    contract = Contract.load(options.api)
    if contract is None:
        report.skip("OpenAPI", f"no openapi.json in {options.api}")
    with Sandbox(options.sandbox) as sandbox:
        sandbox_checks.run(report, sandbox, contract)
        sdk_checks.run(report, sandbox)
        official_cli_checks.run(report, sandbox)
        parallel_checks.run(report, sandbox, contract, options.parallel)
        if contract is not None:
            report.check("OpenAPI: every response of the sandbox", check_responses, contract, sandbox.log())
            # The official tools' own requests show that the check itself is no stricter than the API.
            good = {e["id"] for e in sandbox.log() if e["event"] == "response" and (e["status"] or 500) < 400}
            sent = [e for e in sandbox.log() if e["event"] == "request" and e["id"] in good]
            report.check("OpenAPI: every accepted request", check_requests, contract, sent)
    return report.finish()


sys.exit(main())
