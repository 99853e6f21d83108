"""What is sent, in this order, and what it costs."""

import calls
import refusals
import runs

LITE = 5

# What is done, in this order; its most likely price in thousandths of a dollar; and what the price is made of.
PROBES = [
    ("errors on purpose", refusals.errors, 0, "free"),
    ("a lite run", runs.begin, 8 * LITE, "8 lite runs, 7 of them for questions, if none is refused"),
    ("a lite run with MCP servers", runs.begin_with_mcp, LITE, "1 lite run"),
    ("search", calls.search, 13, "1 + 1 + 5 + 5 for the modes, 1 for a question"),
    ("extract", calls.extract, 2, "2 pages"),
    ("images", calls.images, 1, "1 fast search"),
    ("places", calls.places, 1, "1 fast search"),
    ("decide", calls.decide, 50, "1 request; the price is not published and counted as $0.05"),
    ("chat", calls.chat, 10, "2 answers of 'speed'"),
    ("responses", calls.responses, 20, "2 of low effort"),
    ("suggest", calls.suggest, 10, "1 suggestion; the price is not published and counted as $0.01"),
    (
        "findall",
        calls.findall,
        15,
        "1 entity search for 5; the price of reading conditions is not published, counted as $0.01",
    ),
    ("monitors", calls.monitors, 0, "free: none is created"),
    ("memory", calls.memory, 10, "1 search; the price is not published and counted as $0.01"),
    ("MCP servers", calls.mcp, 0, "free: only their tools are listed"),
    ("sign-in", refusals.platform, 0, "free: nobody is signed in"),
    ("balance", calls.balance, 0, "free"),
    ("a group of three rows", runs.group, 3 * LITE, "3 lite runs"),
    ("results and events of the runs", runs.end, 0, "free"),
]
