"""Runs the cases from the field; called by Scripts/cases."""

import argparse
import functools
import os
import sys

import batches
import mcp_servers
import spreadsheets
import surroundings
import texts
from scene import Scene  # noqa: F401  (puts the harness on the path)
from harness import Report

GROUPS = {"spreadsheets": spreadsheets, "batches": batches, "mcp": mcp_servers, "texts": texts, "surroundings": surroundings}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sandbox", required=True)
    parser.add_argument("--parallel", required=True)
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=" ".join(GROUPS))
    options = parser.parse_args()
    if unknown := set(options.groups) - set(GROUPS):
        parser.error(f"no such group: {' '.join(unknown)}")
    options.parallel = os.path.abspath(options.parallel)
    report = Report()
    jobs = [functools.partial(lambda group, part: group.run(part, options), GROUPS[name]) for name in options.groups or GROUPS]
    report.side_by_side(jobs)
    return report.finish()


sys.exit(main())
