"""This project's own `parallel` against the sandbox: what it sends must be what the contract allows."""

from contract import check_requests
from harness import expect, expect_equal

# Each row: a name, the words after `parallel`, and the exit code they end with. What they send is checked.
COMMANDS = []


def command(sandbox, contract, binary, words, code):
    before = len(sandbox.log())
    done = sandbox.run([binary, *words])
    expect_equal(done.returncode, code, f"parallel {' '.join(words)}: {done.stderr[-300:]}")
    entries = sandbox.log(before)
    expect(any(entry["event"] == "request" for entry in entries), "nothing was sent")
    if contract is not None:
        check_requests(contract, entries)


def run(report, sandbox, contract, binary):
    if not COMMANDS:
        report.skip("parallel", "no commands are listed")
    for name, words, code in COMMANDS:
        report.check(f"parallel: {name}", command, sandbox, contract, binary, words, code)
