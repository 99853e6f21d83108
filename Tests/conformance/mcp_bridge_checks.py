"""`parallel mcp proxy` between hosts and servers of both official SDKs, and servers over stdio."""

import json
import os
import subprocess
import threading
import time
from pathlib import Path

from harness import expect, expect_equal
from mcp_matrix import PLAIN, user as a_user

HERE = Path(__file__).parent
HOST, STDIO_SERVER = HERE / "stdio_host.py", HERE / "mcp_servers" / "sdk_stdio.py"
SOAK = int(os.environ.get("MCP_SOAK_CALLS", "300"))


def python(options, version):
    return Path(options.venvs) / f"mcp-{version}-venv" / "bin" / "python"


def host(user, options, version, *words, timeout=120):
    """What a host of that SDK prints."""
    done = subprocess.run(
        [python(options, version), HOST, *map(str, words)], cwd=user.home, env=user.variables, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=timeout)
    expect_equal(done.returncode, 0, done.stderr[-600:])
    return done.stdout


def talk(server, user, options, version):
    """Every kind of message between a host and a server, with the bridge in between."""
    seen = server.watch()
    told = json.loads(host(user, options, version, "talk", options.parallel, "mcp", "proxy", server.url))
    expect(len(told["tools"]) == 14, str(told["tools"]))
    expect_equal(told["echo"], "naïve \u2028 \"quoted\"\n")
    expect_equal(told["several"], [str(number) for number in range(20)])
    expect_equal(told["slow"], ["arrived", "meanwhile"])
    expect_equal([step[0] for step in told["progress"]], [1, 2, 3, 4] if server.is_sse else [])
    expect("the boiler is out" in told["error"][1] and told["error"][0], str(told["error"]))
    expect_equal(told["big"], 5_000_000)
    expect_equal(told["region"], "Zürich /10")
    expect_equal(told["prompt"], "Greet Ada in a plain way.")
    expect_equal(told["resource"], "the text of the note")
    expect("nowhere" in told["missing"], told["missing"])
    calls = seen.posts("tools/call")
    is_modern = calls[0]["headers"].get("mcp-method") is not None
    region = next(call for call in calls if call["body"]["params"]["name"] == "region")
    expect_equal("mcp-param-region" in region["headers"], is_modern, "a parameter in the header section:")
    expect_equal([call["headers"].get("mcp-name") for call in calls[:1]], ["echo" if is_modern else None])
    ended = [entry for entry in seen.entries("request") if entry["method"] == "DELETE"]
    expect_equal(len(ended), 1 if "mcp-session-id" in calls[0]["headers"] else 0, "DELETE requests:")


def asked(server, user, options, version):
    """What a server asks the host's user and model, on streams or in results, comes back to it."""
    answers = json.loads(host(user, options, version, "asked", options.parallel, "mcp", "proxy", server.url))
    expect_equal(answers, ["answered"] * 3)


def soak(server, user, options, version):
    """Many calls while the session is lost again and again: no answer is missing and nothing grows."""
    told = host(user, options, version, "soak", SOAK, options.parallel, "mcp", "proxy", server.url, timeout=1200)
    right, wrong, refused = json.loads(told)
    expect_equal((wrong, right + refused), (0, SOAK), "wrong answers, and all of them:")
    # A call that is under way when its session is killed is lost at the server, and answered with an error.
    lost = len([entry for entry in server.log() if entry["event"] == "request" and entry["body"]
                and entry["body"].get("method") == "initialize"])
    expect(refused <= 8 * lost, f"{refused} errors with {lost} sessions")


def growth(server, user, options):
    """Memory and descriptors of one bridge before and after many calls."""
    bridge = subprocess.Popen(
        [options.parallel, "mcp", "proxy", server.url], cwd=user.home, env=user.variables, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True)
    killer = threading.Timer(1200, bridge.kill)
    killer.start()

    def ask(number, method, params):
        message = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        bridge.stdin.write(json.dumps(message) + "\n")
        bridge.stdin.flush()
        answer = json.loads(bridge.stdout.readline())
        while "method" in answer:
            answer = json.loads(bridge.stdout.readline())
        expect_equal(answer["id"], number)
        return answer["result"]

    def size():
        status = Path(f"/proc/{bridge.pid}/status").read_text()
        anonymous = next(line for line in status.splitlines() if line.startswith("RssAnon"))
        return int(anonymous.split()[1]), len(os.listdir(f"/proc/{bridge.pid}/fd"))

    try:
        hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "soak", "version": "1"}}
        ask(0, "initialize", hello)
        bridge.stdin.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n')
        for number in range(1, 101):
            ask(number, "tools/call", {"name": "echo", "arguments": {"text": str(number)}})
        before = size()
        for number in range(101, 101 + SOAK):
            result = ask(number, "tools/call", {"name": "echo", "arguments": {"text": str(number)}})
            expect_equal(result["content"][0]["text"], str(number))
        after = size()
        expect(after[0] < before[0] + 2_000, f"private memory went from {before[0]} to {after[0]} kB")
        expect(after[1] <= before[1] + 2, f"descriptors went from {before[1]} to {after[1]}")
        begin = time.monotonic()
        bridge.stdin.close()
        expect_equal(bridge.wait(timeout=10), 0)
        expect(time.monotonic() - begin < 2, "the end took more than two seconds")
    finally:
        killer.cancel()
        bridge.kill()
        bridge.wait()
        bridge.stdout.close()


def stdio(options, version):
    """A server over stdio is tried out, called and ended."""
    program = f"{python(options, version)} '{STDIO_SERVER}'"
    with a_user(options) as user:
        told = json.loads(user.succeed("mcp", "test", "--command", program, "--json"))
        expect_equal(told["protocol"]["era"], "modern" if version.startswith("2.") else "legacy")
        expect_equal(len(told["tools"]), 14)
        expect_equal(user.succeed("mcp", "call", "--command", program, "echo", "-a", "text=a 'b' ü"), "a 'b' ü\n")
        expect_equal(user.run("mcp", "call", "--command", program, "error").returncode, 6)
        verbose = user.run("mcp", "tools", "--command", program, "-v")
        expect("PARALLEL_API_KEY" not in verbose.stderr, "the program got the key")
        late = user.run("mcp", "call", "--command", program, "slow", "-a", "seconds=60", "--timeout", "8s", "-v")
        expect_equal(late.returncode, 5, late.stderr)
        expect("cancelled" in late.stderr, "the tool was not cancelled")


def run(report, server, user, options):
    """A server of the matrix behind the bridge, for a host of each version."""
    for version in PLAIN:
        report.check(f"{server.name}: bridge from a host of {version}", talk, server, user, options, version)
    if server.is_stateful and server.is_sse or server.is_modern_only:
        report.check(f"{server.name}: bridge, questions to the host", asked, server, user, options, "1.30.0")


def special(mortal, options):
    """The jobs with servers of their own."""
    def lasting(report):
        with a_user(options) as user:
            report.check(f"{mortal.name}: bridge, {SOAK} calls", soak, mortal, user, options, "1.30.0")
            report.check(f"{mortal.name}: bridge, growth", growth, mortal, user, options)

    def programs(report):
        for version in PLAIN:
            report.check(f"{version} stdio", stdio, options, version)

    return [lasting, programs]
