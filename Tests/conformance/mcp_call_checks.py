"""What `parallel mcp call` does with each tool of each server of the matrix."""

import base64
import json

from harness import expect, expect_equal

WEATHER = {"city": "Rome", "temperature": 21.5, "tags": ["sunny", "dry"]}


def arguments(server, user):
    """Every way to give arguments, and their types on the wire."""
    (user.home / "arguments.json").write_text('{"text":"from a file"}')
    rows = [
        (["--arg", "text=naïve = yes"], "naïve = yes"),
        (["--args", '{"text":"from a word"}'], "from a word"),
        (["--args", "@arguments.json"], "from a file"),
        (["--args", "-"], "from stdin"),
        (["--arg-json", 'text="a\\nb"'], "a\nb"),
    ]
    for words, text in rows:
        shown = user.succeed("mcp", "call", server.url, "echo", *words, stdin='{"text":"from stdin"}')
        expect_equal(shown, text + "\n", str(words))
    seen = server.watch()
    words = ["--arg", "a=2", "--arg", "b=3", "--arg", "scale=1.5", "--arg", "exact=false"]
    expect_equal(user.succeed("mcp", "call", server.url, "sum_up", *words), "7.5 False\n")
    sent = seen.posts("tools/call")[0]["body"]["params"]["arguments"]
    expect_equal(sent, {"a": 2, "b": 3, "scale": 1.5, "exact": False})


def wrong_arguments(server, user):
    seen = server.watch()
    for words in (["sum_up", "--arg", "a=two", "--arg", "b=1"], ["sum_up", "--arg", "a=2"], ["sum_down"]):
        done = user.run("mcp", "call", server.url, *words)
        expect_equal(done.returncode, 2, f"{words}: {done.stderr}")
        expect(done.stderr and not done.stdout, done.stdout)
    expect_equal(seen.posts("tools/call"), [], "a call with wrong arguments was sent:")
    done = user.run("mcp", "call", server.url, "sum_up", "--arg", "a=2", "--no-check")
    expect_equal(done.returncode, 6, done.stderr)
    expect("b" in done.stderr and not done.stdout, done.stderr)


def structured(server, user):
    shown = user.succeed("mcp", "call", server.url, "structured", "--arg", "city=Rome")
    expect_equal(json.loads(shown), WEATHER)
    answer = json.loads(user.succeed("mcp", "call", server.url, "structured", "--arg", "city=Rome", "--json"))
    expect_equal(answer["structuredContent"], WEATHER)
    expect_equal(json.loads(answer["content"][0]["text"]), WEATHER)


def error(server, user):
    done = user.run("mcp", "call", server.url, "error")
    expect_equal(done.returncode, 6, done.stderr)
    expect_equal(done.stdout, "")
    expect("the boiler is out" in done.stderr, done.stderr)
    done = user.run("mcp", "call", server.url, "error", "--json")
    expect_equal(done.returncode, 6)
    expect(json.loads(done.stdout)["isError"] is True, done.stdout)


def big(server, user):
    expect_equal(len(user.succeed("mcp", "call", server.url, "big")), 5_000_001)


def picture(server, user):
    user.succeed("mcp", "call", server.url, "picture", "-o", user.home / "picture.png")
    image = (user.home / "picture.png").read_bytes()
    expect(image.startswith(b"\x89PNG"), "not the image")
    done = user.run("mcp", "call", server.url, "picture")
    expect_equal((done.returncode, done.stdout), (8, ""), done.stderr)
    expect("image" in done.stderr and "-o" in done.stderr, done.stderr)
    done = user.run("mcp", "call", server.url, "picture", "-o", "-", text=False)
    expect_equal((done.returncode, done.stdout), (0, image), done.stderr)
    answer = json.loads(user.succeed("mcp", "call", server.url, "picture", "--json"))
    expect_equal(base64.b64decode(answer["content"][0]["data"]), image)


def mixed(server, user):
    shown = user.succeed("mcp", "call", server.url, "mixed")
    for text in ("see the link", "note://link", "inside"):
        expect(text in shown, f"no {text!r} in {shown!r}")


def region(server, user):
    """The x-mcp-header argument: repeated in a header in the modern era only, and its server checks that."""
    for value, field in (("us-west1", "us-west1"), ("Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?=")):
        seen = server.watch()
        shown = user.succeed("mcp", "call", server.url, "region", "--arg", f"region={value}", "--arg", "limit=5")
        expect_equal(shown, f"{value}/5\n")
        sent = seen.posts("tools/call")[0]["headers"]
        expect_equal(sent.get("mcp-param-region"), field if server.is_modern else None)


def progress(server, user):
    done = user.run("mcp", "call", server.url, "slow", "--arg", "seconds=0.2")
    expect_equal((done.returncode, done.stdout), (0, "arrived\n"), done.stderr)
    # An answer of JSON has no room for what comes before it.
    told = "".join(f"progress: {step}/4 step {step}\n" for step in range(1, 5)) if server.is_sse else ""
    expect_equal(done.stderr, told)


def questions(server, user):
    """A server that asks the client for something gets a refusal at once.

    A server without a session can't tell that it is meant, and one that answers in JSON can ask nothing on the way: their
    tool waits for ever, and the call ends when its time is over.
    """
    kinds = [("ask_sampling", "sampling", []), ("ask_elicitation", "elicitation", [])]
    if server.is_stateful:
        kinds += [("ask_sampling", "sampling", ["--arg", "related=false"])]
    for tool, asked, words in kinds:
        is_heard = server.is_stateful and (server.is_sse or words)
        seen = server.watch()
        done = user.run("mcp", "call", server.url, tool, *words, "--timeout", "5s" if is_heard else "1s")
        refusals = [post["body"]["error"]["code"] for post in seen.posts() if "error" in post["body"]]
        if server.is_modern:
            expect_equal(done.returncode, 4, done.stderr)
            expect(asked in done.stderr, f"the error does not say what was asked: {done.stderr}")
        elif is_heard:
            expect_equal((done.returncode, done.stdout), (0, "refused with -32601\n"), f"{words} {done.stderr}")
        else:
            expect_equal((done.returncode, done.stdout), (5, ""), f"{words} {done.stderr}")
        is_asked = is_heard or server.is_sse and not server.is_modern
        expect_equal(refusals, [-32601] if is_asked else [], f"{tool} {words}: refusals")


def ended_session(server, user):
    """The server ends the session during the call: a lost connection or an error, and the call is not sent again."""
    seen = server.watch()
    done = user.run("mcp", "call", server.url, "die", "--timeout", "5s")
    expect_equal(done.returncode, 7 if server.is_sse else 4, done.stderr)
    expect(done.stderr and not done.stdout, done.stdout)
    expect_equal(len(seen.posts("tools/call")), 1, "calls:")


def run(report, server, user):
    checks = [arguments, wrong_arguments, structured, error, big, picture, mixed, region, progress, questions]
    if server.is_stateful:
        checks.append(ended_session)
    for check in checks:
        report.check(f"{server.name}: call, {check.__name__}", check, server, user)
