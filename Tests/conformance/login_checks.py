"""Signing in with a real browser: a headless Chromium goes where `parallel` sends it, and clicks as a person would.

The sandbox's platform takes whoever opens its pages for signed in; `Platform` puts a page before it on which a person
approves or refuses.
"""

import html
import http.client
import json
import os
import pty
import re
import socket
import subprocess
import sys
import time
import urllib.parse
from pathlib import Path

from browser import Browser
from harness import Handler, Loopback, Sandbox, User, expect, expect_equal

OFFICIAL = str(Path(sys.executable).parent / "parallel-cli")

# What is checked where: a case, what is checked here, and the files in Tests that go deeper.
ACCOUNT = "ParallelCLITests/Commands/Account/LoginTests"
CASES = [
    ("on any device", "approved by a click", [ACCOUNT, "ProcessTests/AccountTests"]),
    ("in this browser", "a click; the last page may be closed", [ACCOUNT, "ProcessTests/AccountTests"]),
    ("denied", "by a click, both ways", [ACCOUNT, "ProcessTests/AccountTests"]),
    ("expired", "at the platform", [ACCOUNT, "ParallelAuthTests/OAuthFlowTests"]),
    ("wrong state", "another page brings an answer first", ["ParallelAuthTests/PendingLoginTests"]),
    ("port taken", "by another process", [ACCOUNT]),
    ("no browser here", "the address is pasted", ["ProcessTests/LoginTests", "ParallelAuthTests/PendingLoginTests"]),
    ("two logins at once", "processes with one profile and two", ["ParallelAuthTests/AccountStoreTests"]),
    ("two renewals at once", "two processes, one rotation", ["ProcessTests/AccountTests"]),
    (
        "official tool's login",
        "made by it; found, goes nowhere else",
        ["ParallelCLITests/Commands/Account/AccountCommandTests"],
    ),
    ("an MCP server's login", "the last page may be closed", ["ProcessTests/LoginTests"]),
]


class Platform(Loopback):
    """The sandbox's platform with a page for the person, at an address of its own; a context manager."""

    def __init__(self, sandbox):
        target = sandbox.url.removeprefix("http://")

        def own():
            return self.url.removeprefix("http://")

        class Consenting(Handler):
            def answer(self):
                body = self.body()
                if self.path.startswith("http://"):
                    # As a proxy for a browser on another machine, which reaches this server and no other.
                    if urllib.parse.urlsplit(self.path).netloc != own():
                        self.close_connection = True
                        return None
                    self.path = self.path.removeprefix(f"http://{own()}")
                path, _, query = self.path.partition("?")
                fields = dict(urllib.parse.parse_qsl(query))
                if path in ("/getServiceKeys/device", "/getKeys/authorize") and "decision" not in fields:
                    return self.reply(200, [("content-type", "text/html; charset=utf-8")], consent(path, fields))
                connection = http.client.HTTPConnection(target, timeout=30)
                connection.request(self.command, self.path, body or None, dict(self.headers))
                answer = connection.getresponse()
                skipped = ("content-length", "transfer-encoding", "connection")
                fields = [(name, value) for name, value in answer.getheaders() if name.lower() not in skipped]
                return self.reply(answer.status, fields, answer.read())

            do_GET = do_POST = do_DELETE = answer

        super().__init__(Consenting)


def consent(path, fields):
    hidden = "".join(
        f'<input type=hidden name="{html.escape(name)}" value="{html.escape(value)}">' for name, value in fields.items()
    )
    what = f"with the code {html.escape(fields['user_code'])}" if "user_code" in fields else "and give it a key"
    return (
        f"<!doctype html><meta charset=utf-8><title>Sign in</title><body style='font:1.2em sans-serif;margin:3em'>"
        f"<p>Sign in a program on your machine {what}?<form action='{path}'>{hidden}"
        "<button name=decision value=approve>Approve</button> <button name=decision value=deny>Deny</button></form>"
    ).encode()


class Person(User):
    """A home without a key, whose browser opens nothing by itself: it notes where it is to go."""

    def __init__(self, options, platform, sandbox):
        super().__init__(
            options.parallel,
            PARALLEL_BASE_URL=sandbox.url,
            PARALLEL_PLATFORM_URL=platform.url,
            PARALLEL_SERVICE_API_URL=f"{sandbox.url}/account",
        )

    def __enter__(self):
        super().__enter__()
        self.opened = self.home / "opened"
        script = self.home / "browser"
        script.write_text(f'#!/bin/sh\nprintf "%s\\n" "$1" >> "{self.opened}"\n')
        script.chmod(0o755)
        self.variables["BROWSER"] = str(script)
        self.stored = self.home / "config/parallel/credentials.json"
        return self

    def addresses(self, count=1):
        """The addresses that the browser was to open, once there are so many."""
        deadline = time.monotonic() + 20
        while True:
            found = self.opened.read_text().splitlines() if self.opened.exists() else []
            if len(found) >= count:
                return found
            expect(time.monotonic() < deadline, "no browser was opened")
            time.sleep(0.02)

    def login(self, *words):
        return self.start("login", "--browser", "--wait-for-auth", "60s", *words)

    def secrets(self):
        """Every secret of the file, which only its owner may read."""
        expect_equal(oct(self.stored.stat().st_mode & 0o777), "0o600")
        profiles = json.loads(self.stored.read_text())["profiles"]
        return {name: profile.get("api_key") for name, profile in profiles.items()}


def ended(process, code, words=""):
    """Waits until a login ends like that; returns what it has printed."""
    out, err = process.communicate(timeout=60)
    expect_equal((process.returncode, words in err), (code, True), f"{err[-400:]!r}:")
    return out + err


def on_device(sandbox, platform, options, browser):
    with Person(options, platform, sandbox) as person:
        process = person.login()
        page = browser.open(person.addresses()[0])
        text = page.wait("Sign in a program")
        page.picture(options.screenshots / "login-consent.png")
        page.click("Approve")
        page.wait("Signed in.")
        said = ended(process, 0, "signed in as user@example.com for 'Sandbox Org'")
        code = re.search(r"type the code: (\S+)", said)
        expect(code and code[1] in text, f"the page shows another code than {said!r}")
        key = person.secrets()["default"]
        expect(key and key not in said, "no key, or it is shown")
        status = json.loads(person.succeed("auth", "status", "--json"))
        expect_equal(
            (status["source"], status["accepted"], status["org_name"]), ("the login 'default'", True, "Sandbox Org")
        )
        person.succeed("search", "--query", "heat pumps", "--json")
        expect("$100.00" in person.succeed("balance"), "no balance")


def on_the_web(sandbox, platform, options, browser):
    with Person(options, platform, sandbox) as person:
        process = person.login("--web")
        page = browser.open(person.addresses()[0])
        page.wait("Sign in a program")
        page.click("Approve")
        page.wait("The answer has arrived. You can close this window.")
        page.picture(options.screenshots / "login-web-done.png")
        expect(page.address().startswith("http://127.0.0.1:"), page.address())
        said = ended(process, 0, "signed in with the key that was chosen")
        key = person.secrets()["default"]
        expect(key and key not in said, "no key, or it is shown")
        expect_equal(json.loads(person.succeed("auth", "status", "--json"))["accepted"], True)
        # The page is the last that the port answers.
        port = urllib.parse.urlsplit(page.address()).port
        with socket.socket() as probe:
            expect(probe.connect_ex(("127.0.0.1", port)) != 0, "the port is still open")


def denied(sandbox, platform, options, browser):
    for words, last in (((), "Refused."), (("--web",), "The login was refused.")):
        with Person(options, platform, sandbox) as person:
            process = person.login(*words)
            page = browser.open(person.addresses()[0])
            page.wait("Sign in a program")
            page.click("Deny")
            page.wait(last)
            page.picture(options.screenshots / f"login-denied{''.join(words)}.png")
            said = ended(process, 3, "error: ")
            expect("says no" in said or "denied" in said or "refused" in said, said)
            expect(not person.stored.exists(), "something is stored")


def expired(sandbox, platform, options, browser):
    with Person(options, platform, sandbox) as person:
        process = person.login()
        browser.open(person.addresses()[0] + "&decision=expire").wait("Signed in.")
        ended(process, 3, "in time")
        expect(not person.stored.exists(), "something is stored")


def wrong_state(sandbox, platform, options, browser):
    with Person(options, platform, sandbox) as person:
        process = person.login("--web")
        address = person.addresses()[0]
        back = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(address).query))["redirect_uri"]
        before = len(sandbox.log())
        for query in ("code=stolen&state=wrong", "code=stolen", "error=access_denied&state=wrong"):
            page = browser.open(f"{back}?{query}")
            page.wait("This is the answer to another login")
        page.picture(options.screenshots / "login-wrong-state.png")
        browser.open(f"{back}/other?code=stolen").wait("404")
        expect_equal(process.poll(), None, "the login ended:")
        page = browser.open(address)
        page.wait("Sign in a program")
        page.click("Approve")
        page.wait("You can close this window")
        ended(process, 0)
        tokens = [e for e in sandbox.log(before) if e["event"] == "request" and e["path"] == "/getKeys/token"]
        expect_equal(len(tokens), 1, "codes that were sent on:")


def port_taken(sandbox, platform, options, browser):
    with Person(options, platform, sandbox) as person, socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        said = ended(person.login("--web", "--callback-port", port), 1, f"can't listen on port {port}")
        expect("--callback-port takes another one" in said, said)
        expect(not person.opened.exists() and not person.stored.exists(), "a browser was opened, or something stored")
        # Without a number, a free one is found beside it.
        process = person.login("--web")
        address = person.addresses()[0]
        expect(str(port) not in address, address)
        page = browser.open(address)
        page.wait("Sign in")
        page.click("Approve")
        ended(process, 0)


def pasted(sandbox, platform, options, browser):
    """A browser on another machine can't reach this one: it shows an error, and the address is copied from it."""
    with Person(options, platform, sandbox) as person:
        controller, terminal = pty.openpty()
        process = subprocess.Popen(
            [options.parallel, "login", "--web", "--no-browser"],
            cwd=person.home,
            env=person.variables | {"TERM": "xterm", "COLUMNS": "1000"},
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            start_new_session=True,
        )
        os.close(terminal)
        shown = read_until(controller, "paste the address")
        address = re.search(r"http://\S+/getKeys/authorize\S+", re.sub(r"\x1b\[[0-9;]*\w", "", shown))[0]
        page = browser.open(address, proxy=platform.url)
        page.wait("Sign in a program")
        page.click("Approve")
        page.wait("send any data")
        page.picture(options.screenshots / "login-other-machine.png")
        os.write(controller, page.address().encode() + b"\r")
        shown = read_until(controller, "signed in with the key that was chosen")
        expect_equal(process.wait(timeout=30), 0)
        os.close(controller)
        key = person.secrets()["default"]
        expect(key and key not in shown, "no key, or it is shown")


def read_until(controller, words):
    text, deadline = "", time.monotonic() + 30
    while words not in text:
        expect(time.monotonic() < deadline, f"the terminal does not say {words!r}: {text[-300:]!r}")
        try:
            text += os.read(controller, 4096).decode(errors="replace")
        except OSError:
            raise AssertionError(f"the program ended: {text[-300:]!r}") from None
    return text


def two_at_once(sandbox, platform, options, browser):
    for profiles in (("default", "default"), ("one", "two")):
        for words in ((), ("--web",)):
            with Person(options, platform, sandbox) as person:
                processes = [
                    person.login(*words, *(() if name == "default" else ("--profile", name))) for name in profiles
                ]
                pages = [browser.open(address) for address in person.addresses(2)]
                for page in pages:
                    page.wait("Sign in a program")
                # The one that began last is approved first.
                for page in reversed(pages):
                    page.click("Approve")
                for process in processes:
                    ended(process, 0)
                stored = person.secrets()
                expect_equal((sorted(stored), all(stored.values())), (sorted(set(profiles)), True), f"{words}")
                expect_equal(len(set(stored.values())), len(set(profiles)), "keys:")
                for name in set(profiles) - {"default"}:
                    person.succeed("auth", "status", "--profile", name)
                expect_equal(
                    [
                        path.name
                        for path in person.stored.parent.iterdir()
                        if path.name != "credentials.json" and not path.name.endswith(".lock")
                    ],
                    [],
                    "left behind:",
                )


def renewed_once(sandbox, platform, options, browser):
    with Person(options, platform, sandbox) as person:
        process = person.login()
        page = browser.open(person.addresses()[0])
        page.wait("Sign in a program")
        page.click("Approve")
        ended(process, 0)
        for _ in range(3):
            stored = json.loads(person.stored.read_text())
            stored["profiles"]["default"]["token"]["expires_at"] = 1
            person.stored.write_text(json.dumps(stored))
            before = len(sandbox.log())
            for process in [person.start("balance"), person.start("balance")]:
                ended(process, 0)
            asked = [e["path"] for e in sandbox.log(before) if e["event"] == "request"]
            expect_equal(sum(path.endswith("/token") for path in asked), 1, "renewals:")
        person.succeed("balance")


def official(sandbox, platform, options, browser):
    with Person(options, platform, sandbox) as person:
        variables = person.variables | {"PARALLEL_API_URL": sandbox.url}
        process = subprocess.Popen(
            [OFFICIAL, "login", "--json", "--no-browser"],
            cwd=person.home,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for line in process.stdout:
            event = json.loads(line)
            if event["event"] == "device_code":
                page = browser.open(event["verification_uri_complete"])
                page.wait("Sign in a program")
                page.click("Approve")
                page.wait("Signed in.")
        expect_equal(process.wait(timeout=60), 0, process.stderr.read())
        file = person.home / ".config/parallel-web-tools/auth.json"
        before = file.read_text()
        # At its own address it is used, and the status says whose login it is.
        status = json.loads(person.succeed("auth", "status", "--offline", "--json", PARALLEL_BASE_URL=""))
        expect_equal((status["source"], status["org_name"]), ("the login of parallel-cli", "Sandbox Org"))
        # Its key goes nowhere else.
        sent = len(sandbox.log())
        done = person.run("search", "--query", "heat pumps")
        expect_equal((done.returncode, "api.parallel.ai" in done.stderr), (3, True), done.stderr)
        expect_equal(sandbox.log()[sent:], [])
        # A login of this program comes before it, and leaves it alone.
        process = person.login("--web")
        page = browser.open(person.addresses()[0])
        page.wait("Sign in a program")
        page.click("Approve")
        ended(process, 0)
        expect_equal(json.loads(person.succeed("auth", "status", "--json"))["source"], "the login 'default'")
        person.succeed("logout")
        expect_equal(file.read_text(), before, "the official tool's file:")


def at_an_mcp_server(sandbox, platform, options, browser):
    with Person(options, platform, sandbox) as person:
        person.succeed("mcp", "add", "notes", f"{sandbox.url}/mcp/oauth", "--no-verify", "--no-pin")
        process = person.start("mcp", "login", "notes", "--browser", "--wait-for-auth", "60s")
        page = browser.open(person.addresses()[0])
        page.wait("You can close this window")
        page.picture(options.screenshots / "login-mcp-done.png")
        ended(process, 0)
        expect("whoami" in person.succeed("mcp", "tools", "notes"), "no tool")


def run(report, options):
    options.screenshots = Path(options.screenshots)
    checks = [
        ("on any device", on_device),
        ("in this browser", on_the_web),
        ("denied", denied),
        ("expired", expired),
        ("an answer with a wrong state", wrong_state),
        ("a port that is taken", port_taken),
        ("the address is pasted where no browser is", pasted),
        ("two at once", two_at_once),
        ("two processes renew one token once", renewed_once),
        ("the official tool's", official),
        ("at an MCP server", at_an_mcp_server),
    ]
    with Sandbox(options.sandbox) as sandbox, Platform(sandbox) as platform, Browser() as browser:
        for name, check in checks:
            report.check(f"login: {name}", check, sandbox, platform, options, browser)
    report.check("login: the files of tests in the table", named_files)
    print(f"      {'case':<24}{'here':<40}in Swift", file=report.out)
    for case, here, there in CASES:
        print(f"      {case:<24}{here:<40}{', '.join(there)}", file=report.out)


def named_files():
    tests = Path(__file__).parent.parent
    missing = [name for _, _, names in CASES for name in names if not (tests / f"{name}.swift").exists()]
    expect_equal(missing, [])
