"""What `parallel mcp test`, `tools`, `resources` and `prompts` show of each server of the matrix."""

import json

from harness import expect, expect_equal

TOOLS = ["structured", "error", "echo", "sum_up", "big", "picture", "mixed", "region", "slow", "polled",
         "ask_sampling", "ask_elicitation", "die", "exit"]


def test(server, user):
    shown = user.succeed("mcp", "test", server.url)
    expect("2026-07-28" in shown if server.is_modern else "2025-11-25" in shown, shown)
    answer = json.loads(user.succeed("mcp", "test", server.url, "--json"))
    expect_equal(answer["tools"], TOOLS)
    expect_equal((answer["ok"], answer["usable_by_tasks"], answer["exit_code"]), (True, True, 0))
    expect_equal(answer["protocol"]["era"], "modern" if server.is_modern else "legacy")
    expect_equal([step["state"] for step in answer["steps"] if step["step"] != "tls"], ["ok"] * 6)
    done = user.run("mcp", "test", server.url, PARALLEL_BASE_URL="")
    expect_equal(done.returncode, 8, f"a task can't reach http on this machine: {done.stdout} {done.stderr}")
    expect_equal(user.run("mcp", "test", server.url, "--allow-tool", "echo").returncode, 0)
    done = user.run("mcp", "test", server.url, "--allow-tool", "ekho")
    expect_equal(done.returncode, 8)
    expect("ekho" in done.stdout + done.stderr, done.stderr)


def tools(server, user):
    seen = server.watch()
    rows = user.succeed("mcp", "tools", server.url).splitlines()
    listed = [post["body"].get("params", {}) for post in seen.posts("tools/list")]
    expect_equal([params.get("cursor") for params in listed], [None, "", "page 3"], "cursors")
    expect("cursor" not in listed[0], "a cursor in the first request")
    names = [row.split("\t")[0].split()[0] for row in rows if row.strip()]
    expect_equal([name for name in names if name in TOOLS], TOOLS)
    answer = json.loads(user.succeed("mcp", "tools", server.url, "--json"))
    expect("tools" in answer and "nextCursor" not in answer, list(answer))
    expect_equal([tool["name"] for tool in answer["tools"]], TOOLS)
    first = answer["tools"][0]
    expect_equal(first["inputSchema"]["required"], ["city"])
    expect_equal(first["outputSchema"]["properties"]["temperature"]["description"], "In degrees Celsius")
    schema = json.loads(user.succeed("mcp", "tools", server.url, "--schema", "sum_up"))
    expect("exact" in json.dumps(schema), schema)
    expect_equal(user.run("mcp", "tools", server.url, "--schema", "sum_down").returncode, 2)


def resources(server, user):
    shown = user.succeed("mcp", "resources", server.url)
    for text in ("note://readme", "logo://pixel", "note://by-name/{name}"):
        expect(text in shown, f"no {text} in {shown}")
    expect_equal(user.succeed("mcp", "resources", server.url, "read", "note://readme").strip(), "the text of the note")
    expect_equal(user.succeed("mcp", "resources", server.url, "read", "note://by-name/x").strip(), "a note called x")
    user.succeed("mcp", "resources", server.url, "read", "logo://pixel", "-o", user.home / "logo.png")
    expect((user.home / "logo.png").read_bytes().startswith(b"\x89PNG"), "not the image")
    done = user.run("mcp", "resources", server.url, "read", "note://nothing")
    expect_equal(done.returncode, 4, done.stderr)


def prompts(server, user):
    expect("greet" in user.succeed("mcp", "prompts", server.url), "the prompt is not listed")
    shown = user.succeed("mcp", "prompts", server.url, "get", "greet", "--arg", "name=Ada", "--arg", "style=grand")
    expect("Greet Ada in a grand way." in shown, shown)
    seen = server.watch()
    for words in (["nothing"], ["greet"], ["greet", "--arg", "style=grand"]):
        done = user.run("mcp", "prompts", server.url, "get", *words)
        expect_equal(done.returncode, 2, f"{words}: {done.stderr}")
    expect_equal(seen.posts("prompts/get"), [], "a prompt that could not be got was asked for:")


def run(report, server, user):
    for check in (test, tools, resources, prompts):
        report.check(f"{server.name}: {check.__name__}", check, server, user)
