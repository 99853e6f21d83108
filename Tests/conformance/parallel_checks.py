"""This project's own `parallel` against the sandbox: what it sends must be what the contract allows."""

import json
import tempfile
from pathlib import Path

from contract import check_requests
from harness import expect, expect_equal

# Each row: a name, the words after `parallel`, and the exit code they end with. What they send is checked.
SCHEMA = (
    '{"type":"object","properties":{"gdp":{"type":"string","description":"GDP in USD, such as $3.1 trillion (2023)"}},'
    '"required":["gdp"],"additionalProperties":false}'
)
INPUT_SCHEMA = (
    '{"type":"object","properties":{"country":{"type":"string"},"year":{"type":"integer"}},'
    '"required":["country","year"],"additionalProperties":false}'
)
QUICK = ["--metadata", "sandbox_delay=0"]

COMMANDS = [
    ("a question", ["task", "run", "What was the GDP of France in 2023?", *QUICK], 0),
    ("structured input and output",
     ["task", "run", "-p", "core", "--input-json", '{"country":"France","year":2023}', "--input-schema", INPUT_SCHEMA,
      "--output-schema", SCHEMA, "--metadata", "my_key=my_value", "--include-domain", "worldbank.org",
      "--include-domain", ".gov", "--events", *QUICK], 0),
    ("the API's form of a schema",
     ["task", "run", "France (2023)", "--output-schema", '{"type":"json","json_schema":' + SCHEMA + "}", *QUICK], 0),
    ("fields", ["task", "run", "Intel", "--field", "founders:string[]=Names", "--field", "founded:integer=Year",
                "--field", "public:boolean=Listed?", "--field", "share:number=Market share", "--field", "ceo=Name",
                *QUICK], 0),
    ("a text description", ["task", "run", "France (2023)", "--output-text", "Find the GDP", *QUICK], 0),
    ("automatic output", ["task", "run", "-p", "pro-fast", "--output-auto", "HVAC market", *QUICK], 0),
    ("a webhook", ["task", "run", "France", "--webhook", "https://your-domain.example/webhooks/parallel", *QUICK], 0),
    ("the newest fields",
     ["task", "run", "-p", "pro", "Compare two vendors", "--previous-interaction-id", "trun_9907962f83aa4d9d98fd7f4bf745d654",
      "--memory-scope-key", "workspace_acme", "--location", "gb", "--exclude-domain", "reddit.com", "--exclude-domain",
      "youtube.com/shorts", "--after-date", "2026-01-01", "--beta", "field-basis-2025-11-25", *QUICK], 0),
    ("an MCP server with a header",
     ["task", "run", "-p", "lite", "What is the latest in AI research?", "--mcp-config", "MCP_CONFIG", *QUICK], 0),
    ("a failed run", ["task", "run", "x", "--metadata", "sandbox_status=failed", *QUICK], 6),
    ("a batch of columns",
     ["batch", "run", "ROWS", "-p", "core", "--field", "ceo=Name of the CEO", "--column", "company", "--include-domain", ".gov",
      "--mcp-config", "MCP_CONFIG", "--location", "us", *QUICK], 0),
    ("a batch of questions, as they finish",
     ["batch", "run", "ROWS", "--template", "Who founded {company} ({website})?", "--unordered", "--webhook",
      "https://your-domain.example/webhooks/parallel", *QUICK], 0),
    ("a proposal for a batch", ["batch", "suggest", "Find the CEOs of tech companies"], 0),
    ("an unknown group", ["group", "runs", "tgrp_unknown"], 4),
    ("a search", ["search", "Which open source LLMs were released recently?", "--query", "open source LLMs", "--query",
                  "LLM benchmark 2026", "--mode", "basic", "--max-chars", "50000", "--exclude-domain", "reddit.com",
                  "--after-date", "2026-01-01", "--max-chars-per-result", "10000", "--location", "us", "--max-results",
                  "10", "--max-age", "1h", "--fetch-timeout", "30s", "--session-id", "s1", "--client-model", "gpt-5.4"], 0),
    ("a search by its objective", ["search", "When was the United Nations established?"], 0),
    ("the status of an unknown run", ["task", "status", "trun_unknown"], 4),
]

# What "MCP_CONFIG" and "ROWS" stand for: the documentation's own example, a server that can't be reached.
MCP_CONFIG = {"mcpServers": {"dummy_mcp_server": {
    "type": "http", "url": "http://127.0.0.1:9/mcp", "headers": {"x-api-key": "${DUMMY_KEY:-API_KEY}"}}}}

ROWS = 'company,website\nIntel,https://intel.example\n"AMD, Inc.",\n'


def command(sandbox, contract, binary, words, code):
    before = len(sandbox.log())
    with tempfile.TemporaryDirectory() as folder:
        files = {"MCP_CONFIG": f"{folder}/mcp.json", "ROWS": f"{folder}/rows.csv"}
        Path(files["MCP_CONFIG"]).write_text(json.dumps(MCP_CONFIG))
        Path(files["ROWS"]).write_text(ROWS)
        done = sandbox.run([binary, *(files.get(word, word) for word in words)])
    expect_equal(done.returncode, code, f"parallel {' '.join(words)}: {done.stderr[-300:]}")
    entries = sandbox.log(before)
    expect(any(entry["event"] == "request" for entry in entries), "nothing was sent")
    check_requests(contract, entries)


def run(report, sandbox, contract, binary):
    for name, words, code in COMMANDS:
        report.check(f"parallel: {name}", command, sandbox, contract, binary, words, code)
