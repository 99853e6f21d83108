"""Requests that are answered at once: searches, models, MCP servers, monitors, FindAll."""

import json
import time

import client as sending
from check import details, outcome, texts
from described import shape


def search(check):
    for mode in ("turbo", "fast", "basic", "advanced"):
        check.command(
            f"a search in mode {mode}",
            ("search", "--query", "heat pump efficiency", "--mode", mode, "--limit", "2"),
            "POST",
            "/v1/search",
        )
    answer = check.api(
        "a search with short excerpts",
        "POST",
        "/v1/search",
        {
            "search_queries": ["heat pump efficiency"],
            "mode": "fast",
            "advanced_settings": {"max_results": 2, "excerpt_settings": {"max_chars_per_result": 500}},
        },
    )
    lengths = [sum(map(len, result.get("excerpts") or [])) for result in (answer.body or {}).get("results", [])]
    warnings = texts((answer.body or {}).get("warnings"))
    check.report.answer(
        "small-excerpts",
        f"at most {max(lengths, default=0)} characters; "
        f"{'warning: ' + '; '.join(warnings) if warnings else 'no warning'}",
    )


def extract(check):
    check.command(
        "two pages, one of which doesn't exist",
        ("extract", "https://example.com/", "https://live-check.invalid/", "--objective", "What is this page for?"),
        "POST",
        "/v1/extract",
        exits=(0,) if check.is_local else (8,),
    )


def images(check):
    answer = check.command(
        "an image search with four queries",
        ("images", "heat pump", "radiator", "boiler", "stove"),
        "POST",
        "/v1/images/search",
    )
    warnings = texts((answer.body or {}).get("warnings"))
    check.report.answer(
        "image-queries", f"{answer.status}; {'; '.join(warnings) or 'no warning'}", answer.status in (200, 422)
    )


def places(check):
    answer = check.command(
        "a place search (preview)", ("places", "coffee", "--near", "Berlin"), "POST", "/v1/places/search"
    )
    check.report.answer("places-answer", shape(answer.body, 4))
    answer = check.ask(
        "a place search without a place", "POST", "/v1/places/search", {"query": "coffee", "mode": "fast"}
    )
    check.report.answer("places-location", outcome(answer))


def decide(check):
    answer = check.ask("an empty decision", "POST", "/v1/decisions", {})
    check.report.answer(
        "decisions-path",
        f"/v1/decisions answers {outcome(answer)}",
        answer.status not in (404, 405),
    )
    answer = check.command(
        "a decision (preview)",
        (
            "decide",
            "Intel, maker of processors",
            "--question=open:boolean:Is it still in business?",
            "--question=size:choice:small|large:How large is it?",
            "--question=fit:score:none|some|much:How much does it sell to shops?",
            "--yes",
        ),
        "POST",
        "/v1/decisions",
    )
    check.report.answer("decisions-answer", shape(answer.body, 4))


def chat(check):
    question = {"model": "speed", "messages": [{"role": "user", "content": "What is 2 + 2?"}]}
    whole = check.command(
        "a chat answer", ("chat", "What is 2 + 2?", "--model", "speed"), "POST", "/v1beta/chat/completions"
    )
    parts = check.client.api("POST", "/chat/completions", question | {"stream": True})
    check.report.row(
        "a streamed chat answer", "parallel api POST /chat/completions", parts.status, parts.seconds, "for a question"
    )
    forms = [
        sorted({name for choice in line.get("choices", []) for name in choice if name in ("message", "delta")})
        for line in ([whole.body] if isinstance(whole.body, dict) else []) + parts.lines[:1]
        if isinstance(line, dict)
    ]
    check.report.answer(
        "chat-form",
        f"/v1beta/chat/completions {whole.status}, /chat/completions {parts.status}; "
        f"members: {', then '.join(' and '.join(form) or 'none' for form in forms)}",
        whole.status == 200 and parts.status in (200, 404),
    )


def responses(check):
    body = {"model": "parallel", "input": "Who founded Intel?", "reasoning": {"effort": "low"}}
    check.api("a response", "POST", "/v1/responses", body)
    stream = check.client.api(
        "POST",
        "/v1/responses",
        body
        | {
            "stream": True,
            "input": "Use web_search: who founded Intel?",
            "tools": [
                {
                    "type": "mcp",
                    "server_label": "search",
                    "require_approval": "never",
                    "server_url": check.mcp_url("parallel-search"),
                }
            ],
        },
    )
    check.judge(
        "a streamed response with an MCP server", stream, "parallel api POST /v1/responses", (0,), statuses=(200,)
    )
    opened = [
        line["item"].get("status")
        for line in stream.lines
        if isinstance(line, dict)
        and line.get("type") == "response.output_item.added"
        and line.get("item", {}).get("type") == "mcp_call"
    ]
    check.report.answer("mcp-call-opens", ", ".join(map(str, opened)) or "no mcp_call here")
    last = stream.lines[-1] if stream.lines else {}
    schema = check.description.schema("POST", "/v1/responses", 200)
    if isinstance(last, dict) and isinstance(last.get("response"), dict):
        for problem in check.description.differences(schema, last["response"]):
            check.report.differ("a streamed response with an MCP server", f"its last event: {problem}")


def mcp(check):
    servers = check.client.run("mcp", "list", "--json").body or []
    seen = {}
    for server in servers:
        if server.get("scope") != "built-in":
            continue
        name = server["name"]
        for key, words in (("own", "with a key"), ("none", "without one")):
            needs_key = name == "parallel-task" and key == "none"
            answer = check.client.run("mcp", "tools", name, "--json", key=key)
            check.judge(f"tools of {name} {words}", answer, "parallel mcp tools", (3,) if needs_key else (0,))
            seen[name, key] = [tool["name"] for tool in (answer.body or {}).get("tools", [])]
    check.report.answer(
        "parallel-mcp-tools",
        "; ".join(
            f"{words}: {', '.join(seen.get(('parallel', key), [])) or 'none'}"
            for key, words in (("own", "with a key"), ("none", "without"))
        ),
    )
    check.report.answer(
        "search-mcp-address",
        "; ".join(
            f"{server['entry']['url']}: {'answers' if seen.get((server['name'], 'none')) else 'no tools without a key'}"
            for server in servers
            if server["name"] in ("parallel", "parallel-search")
        ),
    )
    if check.is_local:
        check.report.left_out.append("Earlier addresses of MCP servers: a sandbox has none.")
        check.report.answer("old-mcp-hosts", "not asked: the API is on this machine")
        return
    hello = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "live-check", "version": "1"},
        },
    }
    told = []
    for url in (
        "https://search-mcp.parallel.ai/mcp",
        "https://mcp.parallel.ai/v1beta/search_mcp",
        "https://search.parallel.ai/mcp-oauth",
    ):
        began = time.monotonic()
        status, text = sending.plain(url, hello, accept="application/json, text/event-stream")
        told.append(f"{url}: {status or 'no answer, ' + text}")
        check.report.row(f"initialize at {url}", "without a key", status, time.monotonic() - began, "for a question")
    check.report.answer("old-mcp-hosts", "; ".join(told))


def monitors(check):
    check.command("monitors, counted", ("monitor", "stats"), "GET", "/v1/monitors/stats")
    listed = check.command("monitors", ("monitor", "list", "--limit", "2"), "GET", "/v1/monitors")
    both = [
        check.ask(f"monitors, statuses {form}", "GET", f"/v1/monitors?limit=1&{query}").status
        for form, query in (("repeated", "status=active&status=cancelled"), ("joined", "status=active,cancelled"))
    ]
    check.report.answer("array-parameters", f"repeated {both[0]}, joined {both[1]}", both[0] == 200)
    monitors = (listed.body or {}).get("monitors") or []
    check.report.answer("monitor-event-group", "the account has no monitor")
    if monitors:
        found = check.ask(
            "the newest event of a monitor", "GET", f"/v1/monitors/{monitors[0]['monitor_id']}/events?limit=1"
        )
        events = (found.body or {}).get("events") or []
        names = [name for name in ("event_group_id", "monitor_group_id") if events and name in events[0]]
        check.report.answer(
            "monitor-event-group",
            " and ".join(names) if events else "the newest monitor has no event",
            not events or bool(names),
        )
    answer = check.ask(
        "a new query for no monitor",
        "POST",
        "/v1/monitors/monitor_00000000000000000000000000000000/update",
        {"type": "event_stream", "settings": {"query": "heat pumps"}},
    )
    check.report.answer("monitor-query-update", outcome(answer), answer.status in (404, 422))
    answer = check.ask(
        "a monitor with a wrong frequency",
        "POST",
        "/v1/monitors",
        {
            "type": "event_stream",
            "frequency": "1x",
            "settings": {"query": "heat pumps", "advanced_settings": {"location": "US"}},
        },
    )
    refused(check, "location-case", answer, "location", "a location in capitals")


def refused(check, name, answer, word, subject):
    """Whether a refusal that had to come also names `word`; a creation that was accepted is a difference, and ended."""
    if answer.status not in (400, 422):
        if isinstance(answer.body, dict) and answer.body.get("monitor_id"):
            check.client.run("monitor", "cancel", answer.body["monitor_id"])
        check.report.answer(name, f"instead of a refusal {outcome(answer)}", False)
        return
    named = word in json.dumps(answer.body)
    check.report.answer(name, f"{subject}: {'refused, too' if named else 'not complained of'}; {details(answer.body)}")


def findall(check):
    check.command(
        "conditions of FindAll",
        ("findall", "ingest", "Makers of heat pumps in Sweden"),
        "POST",
        "/v1beta/findall/ingest",
    )
    check.command(
        "entities",
        ("findall", "entities", "companies", "Makers of heat pumps in Sweden", "--limit", "5", "--yes"),
        "POST",
        "/v1beta/findall/entity-search",
    )
    body = {
        "objective": "Makers of heat pumps",
        "entity_type": "companies",
        "generator": "preview",
        "match_limit": 1,
        "match_conditions": [{"name": "maker", "description": "makes heat pumps"}],
    }
    told = []
    for event in ("findall.run.completed", "task_run.status"):
        answer = check.ask(
            f"a FindAll run with a wrong limit, and {event}",
            "POST",
            "/v1beta/findall/runs",
            body | {"webhook": {"url": "https://example.com/", "event_types": [event]}},
        )
        if answer.status in (400, 422):
            told.append(
                f"{event}: {'refused, too' if 'event_types' in json.dumps(answer.body) else 'not complained of'}"
            )
        else:
            told.append(f"{event}: not refused")
            if isinstance(answer.body, dict) and answer.body.get("findall_id"):
                check.client.run("findall", "cancel", answer.body["findall_id"])
    check.report.answer("findall-webhook-events", "; ".join(told), not any("not refused" in text for text in told))
    check.report.left_out.append("A FindAll run: the cheapest costs ten cents and finds nothing that a question needs.")


def suggest(check):
    answer = check.client.run("batch", "suggest", "Who founded each company, and when?", "--json")
    check.judge("a suggestion", answer, "parallel batch suggest", (0,), statuses=(200,))
    missing = [
        name for name in ("input_schema", "output_schema", "recommended_processors") if name not in (answer.body or {})
    ]
    if missing and answer.exit_code == 0:
        check.report.differ("a suggestion", f"lacks {', '.join(missing)}")


def memory(check):
    check.command(
        "the memory", ("memory", "search", "heat pumps", "--limit", "1", "--yes"), "POST", "/v1beta/memory/retrieve"
    )


def balance(check):
    """Only its form is told. Without a login of the account it can't be asked."""
    answer = check.client.run("balance", "--json")
    if answer.exit_code == 3:
        check.report.left_out.append("The balance: there is no login of the account, only a key.")
        return
    if answer.exit_code != 0:
        # What the program says of an answer that it can't read has a piece of it.
        answer.err = ""
    check.judge("the balance", answer, "parallel balance", (0,), "GET", "/service/v1/balance", (200,))
