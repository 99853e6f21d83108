"""MCP servers as they are: one fault or oddity each."""

import functools
import json
import urllib.request

from scene import Scene, expect, expect_equal, python_server

SECRET = "tok-secret-5c1e9a77"
LARGE_HEADER = "${" * 60_000


def call(path, code, out=None, says=(), words=()):
    def check(scene, url):
        done = scene.parallel("mcp", "call", f"{url}/{path}", "echo", "-a", "x=hi", *words, timeout=30).ends(code).says(*says)
        if out is not None:
            expect(out in done.out, f"stdout lacks {out!r}: {done.out!r}")
        return done
    return check


def tools(path, says=()):
    def check(scene, url):
        expect("echo" in scene.parallel("mcp", "tools", f"{url}/{path}").ends(0).says(*says).out, "echo is not listed")
    return check


def valid_json(scene, url):
    done = scene.parallel("mcp", "call", f"{url}/nan", "echo", "--json").ends(0)
    expect("NaN" not in done.out, done.out)
    json.loads(done.out)


def moved(scene, url):
    for words in (["mcp", "add", "m", f"{url}/moved"], ["mcp", "test", f"{url}/moved"]):
        done = scene.parallel(*words)
        expect(f"{url}/moved/" in done.err + done.out, f"{words[1]} doesn't name the URL to store: {done.err!r} {done.out!r}")


def moved_away(scene, url):
    for words in (["call", f"{url}/moved-away", "echo"], ["call", f"{url}/moved-away", "echo", "-v"], ["test", f"{url}/moved-away"],
                  ["tools", f"{url}/moved-away"]):
        done = scene.parallel("mcp", *words, "--bearer-env", "TOKEN", TOKEN=SECRET)
        expect(done.code not in (0, 130), f"exit code {done.code}")
        expect(SECRET not in done.err + done.out, f"mcp {words[0]} shows the token: {done.err!r} {done.out!r}")


def destructive(scene, url):
    for words in (["mcp", "add", "d", f"{url}/destructive"], ["mcp", "test", "d"],
                  ["task", "run", "-p", "lite", "q", "--mcp", "d"]):
        done = scene.parallel(*words).ends(0)
        expect("'echo' destructive" in done.err + done.out, f"{words} doesn't say so: {done.err!r}")


def project_key(scene, url):
    """The API key is not for every server on this machine."""
    scene.shell(["git", "init", "-q", "."]).ends(0)
    entry = {"url": f"{url}/fine", "headers": {"X-Key": "${PARALLEL_API_KEY}"}}
    scene.write(".mcp.json", json.dumps({"mcpServers": {"k": entry}}))
    scene.parallel("mcp", "tools", "k")
    with urllib.request.urlopen(f"{url}/log") as log:
        expect(scene.variables["PARALLEL_API_KEY"] not in log.read().decode(), "the key reached the server")


def large_header(scene, _):
    scene.write(".mcp.json", json.dumps({"mcpServers": {"a": {"url": "https://x.example/", "headers": {"X": LARGE_HEADER}}}}))
    scene.parallel("mcp", "list", timeout=10)


CASES = {
    "nothing is wrong": call("fine", 0, "hi"),
    "an error beside a null result": call("error-null-result", 4, says=["no such account"]),
    "an error without a code": call("error-no-code", 4, says=["no such account"]),
    "an error that is a text": call("error-text", 4, says=["no such account"]),
    "isError as a text": call("is-error-string", 6),
    "a silent server/discover": call("discover-silent", 0, "hi"),
    "server/discover wants credentials": call("discover-401", 0, "hi"),
    "server/discover is a page": call("discover-page", 0, "hi"),
    "an error answers a notification": call("notification-500", 0, "hi"),
    "the revision of 2024": call("version-2024", 0, "hi"),
    "a revision is refused": call("version-refused", 0, "hi"),
    "a cookie leads back": call("sticky", 0, "hi"),
    "no capabilities": call("no-capabilities", 0, "hi"),
    "no capabilities, listed": tools("no-capabilities"),
    "an empty cursor": call("empty-cursor", 0, "hi"),
    "an empty cursor, listed": tools("empty-cursor", ["warning"]),
    "NaN": call("nan", 0, "mean: nan", ["warning"]),
    "NaN, as JSON": valid_json,
    "an empty resource": call("empty-resource", 0, "case://documents/105"),
    "content that is a text": call("content-string", 0, "just a string", ["warning"]),
    "a redirect": call("moved", 0, "hi"),
    "a redirect, told": moved,
    "a redirect to another host": moved_away,
    "a destructive tool": destructive,
    "the API key in a project's file": project_key,
    "a header value of a hundred thousand characters": large_header,
}


def fails(path, scene, url):
    done = scene.parallel("mcp", "call", f"{url}/{path}", "echo")
    expect(done.code in (1, 4), f"exit code {done.code}")


def run(report, options):
    def check(case):
        with Scene(options, "--delay", "0") as scene:
            process, url = python_server("faulty_mcp_server.py", scene.folder / "mcp.url")
            try:
                case(scene, url)
            finally:
                process.kill()
                process.wait()
    for name, case in CASES.items():
        report.check(f"mcp: {name}", check, case)
    for path in ("result-null", "result-list"):
        report.check(f"mcp: {path}", check, functools.partial(fails, path))
