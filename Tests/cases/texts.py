"""Text that would become a command, a row or a cell if it were trusted: combining marks stand behind each special character."""

import csv
import io
import json

from scene import ASK, Scene, expect, expect_equal, hint_command, install

ACUTE, VARIATION, JOINER = "\u0301", "\ufe0f", "\u200d"


def unharmed(scene):
    expect(not list(scene.folder.rglob("pwned")), "a text became a command")


def curl(text):
    def check(scene):
        config = {"mcpServers": {"crm": {"type": "http", "url": "https://crm.example.com/mcp",
                                         "headers": {"Authorization": "Bearer ${CRM_TOKEN}"}}}}
        scene.write("crm.json", json.dumps(config))
        scene.write("question.txt", text)
        made = scene.parallel("task", "run", "--mcp-config", "crm.json", "@question.txt", "--curl", CRM_TOKEN="t").ends(0).out
        scene.shell(["sh", "-c", made], CRM_TOKEN="t")
        unharmed(scene)
        expect_equal(scene.inputs(), [text.rstrip("\n")], "the question that arrived:")
    return check


def server_name(scene):
    name = f"x'{ACUTE}; : > pwned; '{ACUTE}"
    scene.shell(["git", "init", "-q", "."]).ends(0)
    scene.write(".mcp.json", json.dumps({"mcpServers": {name: {
        "type": "http", "url": "https://mcp.example.com/mcp", "headers": {"X-Token": "${CASE_TOKEN}"}}}}))
    install(scene)
    said = scene.parallel("mcp", "remove", name)
    for line in said.err.splitlines():
        if "parallel " in line:
            scene.shell(["sh", "-c", hint_command(line)])
    unharmed(scene)


def file_name(scene):
    name = f"report'{VARIATION}; : > pwned; '{VARIATION}.json"
    install(scene)
    said = scene.parallel("task", "run", "-p", "lite", "q", "--timeout", "1", "--metadata", "sandbox_delay=9", "-o", name).ends(5)
    scene.shell(["sh", "-c", hint_command(said.err)])
    unharmed(scene)


def cells_of_a_record(scene):
    scene.write("title.json", json.dumps(
        {"title": f'A"{ACUTE},injected\r\nnew row,"{ACUTE}', "bar": f"a|{ACUTE}b"}, ensure_ascii=False))
    words = ["task", "run", "-p", "pro", "--input-json", "@title.json", "--output-auto", "--metadata", "sandbox_output=@input"]
    made = scene.parallel(*words, "--format", "csv").ends(0).out
    rows = list(csv.reader(io.StringIO(made, newline="")))
    expect_equal(len({len(row) for row in rows}), 1, f"widths of the rows {rows}:")
    expect_equal(len(rows), 3, f"rows {rows}:")
    markdown = scene.parallel(*words, "--format", "markdown").ends(0).out
    expect("\r" not in markdown, f"a line end went out as it came: {markdown!r}")


def cells_of_a_batch(scene):
    text = f'firm,town\n"say ""{ACUTE}hello""","a,{ACUTE}b"\n"two\n{ACUTE}lines","c\r\n{ACUTE}d"\n'
    scene.write("cells.csv", text)
    scene.parallel("batch", "run", "cells.csv", *ASK).ends(0)
    expected = list(csv.reader(io.StringIO(text, newline="")))
    made = list(csv.reader(io.StringIO(scene.read("o.csv"), newline="")))
    expect_equal([row[:2] for row in made], expected)


CASES = {
    "a question in --curl": curl(f"Summarise this: `{ACUTE}; : > pwned; `{ACUTE} and say who wrote it.\n"),
    "a substitution in --curl": curl(f"Summarise this: ${JOINER}(: > pwned) and \\{JOINER}`: > pwned`\n"),
    "a server's name in a hint": server_name,
    "a file's name in a hint": file_name,
    "a record's cells": cells_of_a_record,
    "a batch's cells": cells_of_a_batch,
}


def run(report, options):
    def check(case):
        with Scene(options, "--delay", "0") as scene:
            case(scene)
    for name, case in CASES.items():
        report.check(f"text: {name}", check, case)
