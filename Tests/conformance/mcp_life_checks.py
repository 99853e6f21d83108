"""How a conversation with each server of the matrix goes on and ends: headers, sessions, eras, deadlines, signals."""

import json
import signal
import time
import urllib.request

from harness import expect, expect_equal
from mcp_matrix import SDKServers, user as a_user


def wait_for(condition, message, seconds=3):
    deadline = time.monotonic() + seconds
    while not condition():
        expect(time.monotonic() < deadline, message)
        time.sleep(0.02)


def headers(server, user):
    """Each request carries what its era wants, and nothing of another's; the API key stays at home."""
    seen = server.watch()
    user.succeed("mcp", "call", server.url, "echo", "--arg", "text=x")
    posts = seen.posts()
    expect_equal("initialize" in seen.methods(), not server.is_modern, "initialize:")
    for post in posts:
        fields, method = post["headers"], post["body"]["method"]
        kinds = {kind.strip() for kind in fields["accept"].split(",")}
        expect({"application/json", "text/event-stream"} <= kinds, f"{method}: {fields['accept']}")
        expect("must-not-leave" not in json.dumps(post), f"{method} carries the API key")
        if server.is_modern:
            meta = post["body"]["params"]["_meta"]
            expect_equal(fields["mcp-protocol-version"], "2026-07-28")
            expect_equal(meta["io.modelcontextprotocol/protocolVersion"], "2026-07-28")
            expect_equal(meta["io.modelcontextprotocol/clientCapabilities"], {})
            expect_equal(fields["mcp-method"], method)
            expect("mcp-session-id" not in fields, f"{method} has a session")
        elif method == "initialize":
            expect("mcp-session-id" not in fields and "mcp-protocol-version" not in fields, str(fields))
        elif method != "server/discover":
            expect_equal(fields.get("mcp-protocol-version"), "2025-11-25")
            expect_equal("mcp-session-id" in fields, server.is_stateful, f"{method}: a session")
    calls = seen.posts("tools/call")
    expect_equal([call["headers"].get("mcp-name") for call in calls], ["echo" if server.is_modern else None])
    deleted = [entry for entry in seen.entries("request") if entry["method"] == "DELETE"]
    expect_equal(len(deleted), 1 if server.is_stateful else 0, "DELETE requests:")


def expect_cancelled(server, seen):
    """In the legacy era the server is told; in the modern one its stream is closed."""
    if server.is_modern:
        expect_equal(seen.posts("notifications/cancelled"), [], "a notification of the other era:")
        if server.is_sse:
            wait_for(lambda: seen.entries("disconnect"), "the stream was not closed")
    else:
        wait_for(lambda: seen.posts("notifications/cancelled"), "no notifications/cancelled")
        told = seen.posts("notifications/cancelled")
        call = seen.posts("tools/call")[0]["body"]
        expect_equal([post["body"]["params"]["requestId"] for post in told], [call["id"]])
    # A stateless legacy server can't find the call that it should cancel; a modern one in JSON mode does not look.
    if server.is_stateful or server.is_modern and server.is_sse:
        wait_for(lambda: seen.entries("cancelled"), "the tool was not cancelled")


def deadline(server, user):
    seen = server.watch()
    begin = time.monotonic()
    done = user.run("mcp", "call", server.url, "slow", "--arg", "seconds=4", "--timeout", "0.3s")
    took = time.monotonic() - begin
    expect_equal(done.returncode, 5, done.stderr)
    expect("slow" in done.stderr and "0.3" in done.stderr, f"the error names neither tool nor time: {done.stderr}")
    expect(0.25 < took < 2, f"took {took:.1f} s")
    expect_cancelled(server, seen)


def interrupt(server, user):
    seen = server.watch()
    process = user.start("mcp", "call", server.url, "slow", "--arg", "seconds=4")
    wait_for(lambda: seen.posts("tools/call"), "no call")
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=5)
    expect_equal((process.returncode, output), (130, ""), errors)
    expect_cancelled(server, seen)


def memory(server, options):
    """The era is found once and remembered for the origin."""
    with a_user(options) as user:
        seen = server.watch()
        user.succeed("mcp", "tools", server.url)
        expect_equal(seen.methods()[0], "server/discover", "the first request:")
        remembered = json.loads((user.home / "cache" / "parallel" / "mcp-eras.json").read_text())
        origin = server.url.removesuffix("/mcp")
        expect(origin in json.dumps(remembered), f"{origin} is not in {remembered}")
        seen = server.watch()
        user.succeed("mcp", "tools", server.url)
        expected = "tools/list" if server.is_modern else "initialize"
        expect_equal(seen.methods()[0], expected, "the first request with a remembered era:")


def changed_era(server, options):
    """A server that was updated under a remembered origin still works, in both directions."""
    def change(era):
        urllib.request.urlopen(urllib.request.Request(server.url.replace("/mcp", f"/era/{era}"), method="POST")).close()

    with a_user(options) as user:
        for era in ("legacy", "modern", "legacy", "both"):
            change(era)
            for _ in range(2):
                shown = user.succeed("mcp", "call", server.url, "echo", "--arg", f"text={era}")
                expect_equal(shown, f"{era}\n")


def lost_session(server, options):
    """404 for a session: a new handshake, and the request once more."""
    with a_user(options) as user:
        seen = server.watch()
        expect_equal(user.succeed("mcp", "call", server.url, "echo", "--arg", "text=again"), "again\n")
        expect_equal(seen.methods().count("initialize"), 2, "handshakes:")
        second = seen.posts("initialize")[1]
        expect("mcp-session-id" not in second["headers"], "the second handshake carries the dead session")
        expect_equal(len(seen.posts("tools/call")), 2, "calls:")


def sessions_always_lost(server, options):
    with a_user(options) as user:
        seen = server.watch()
        done = user.run("mcp", "call", server.url, "echo", "--arg", "text=x")
        expect_equal(done.returncode, 4, done.stderr)
        expect_equal(len(seen.posts("tools/call")), 2, "calls:")


def resumption(server, options):
    """A stream that ends early is taken up again by GET, after the time the server asked for."""
    with a_user(options) as user:
        seen = server.watch()
        shown = user.succeed("mcp", "call", server.url, "polled")
        expect_equal(shown, "finished\n")
        gets = [entry for entry in seen.entries("request") if "last-event-id" in entry["headers"]]
        expect_equal(len(gets), 1, "GET requests with Last-Event-ID:")
        call = seen.posts("tools/call")
        expect_equal(len(call), 1, "calls:")
        ended = next(entry["time"] for entry in seen.entries("end") if entry["number"] == call[0]["number"])
        wait = gets[0]["time"] - ended
        expect(0.25 <= wait <= 0.5, f"came back after {wait:.3f} s instead of 0.3 s")


def ended_server(options, version, variant):
    """The server's process ends during the call: exit 7, and the call is not sent again."""
    with SDKServers(options.venvs, version, [variant]) as servers, a_user(options) as user:
        seen = servers[variant].watch()
        done = user.run("mcp", "call", servers[variant].url, "exit", "--timeout", "10s")
        expect_equal(done.returncode, 7, done.stderr)
        expect_equal(len(seen.posts("tools/call")), 1, "calls:")
        expect_equal(user.run("mcp", "tools", servers[variant].url).returncode, 7)


def token(server, options):
    """A token is sent where it belongs, and shown nowhere."""
    with a_user(options, GOOD_TOKEN="good", BAD_TOKEN="swordfish-7") as user:
        expect_equal(user.succeed("mcp", "call", server.url, "echo", "--arg", "text=in", "--bearer-env", "GOOD_TOKEN"), "in\n")
        user.succeed("mcp", "tools", server.url, "--header", "Authorization: Bearer good")
        for command in (["test"], ["tools"], ["call", "echo", "--arg", "text=x"], ["resources"], ["prompts"]):
            words = ["mcp", command[0], server.url, *command[1:]]
            for secret in (["--bearer-env", "BAD_TOKEN"], ["--header", "Authorization: Bearer swordfish-7"], []):
                done = user.run(*words, *secret)
                expect_equal(done.returncode, 3, f"{command} {secret}: {done.stderr}")
                expect("swordfish" not in done.stdout + done.stderr, f"{command} shows the token")
        done = user.run("mcp", "tools", server.url, "--verbose", "--bearer-env", "BAD_TOKEN")
        expect_equal(done.returncode, 3, done.stderr)
        expect("swordfish" not in done.stdout + done.stderr, "--verbose shows the token")
        expect("swordfish" not in user.files() and "good" not in user.files(), "a file holds the token")


def run(report, server, user, options):
    for check in (headers, deadline, interrupt):
        report.check(f"{server.name}: {check.__name__}", check, server, user)
    report.check(f"{server.name}: memory of the era", memory, server, options)


def special(first, second, options):
    """Jobs, one for each of the special servers, of which `first` and `second` have those of SDK 1 and 2."""
    rows = [
        (token, first["stateful-sse-auth"]), (token, second["stateful-sse-auth"]),
        (resumption, first["stateful-sse-resumable"]), (resumption, second["legacy-stateful-sse-resumable"]),
        (lost_session, first["stateful-sse-forgetful"]), (sessions_always_lost, first["stateful-json-amnesiac"]),
        (changed_era, second["modern-stateful-sse-changing"]),
    ]
    checks = [(f"{server.name}: {check.__name__}", check, server, options) for check, server in rows]
    for version, variant in (("1.30.0", "stateful-sse"), ("2.3.0", "modern-json")):
        checks.append((f"{version}: a server that ends", ended_server, options, version, variant))
    return [lambda report, check=check: report.check(*check) for check in checks]
