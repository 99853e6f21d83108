"""Errors on purpose, and what the platform says without a login."""

import json
import time

import client as sending
from check import outcome
from described import shape


def errors(check):
    forms = {}
    run = "/v1/tasks/runs/trun_00000000000000000000000000000000"
    forms["401"] = error(check, "a wrong key", "GET", "/v1/monitors/stats", 401, key="wrong", exits=(3,))
    forms["404"] = error(check, "a run that doesn't exist", "GET", run, 404)
    error(check, "the result of a run that doesn't exist", "GET", run + "/result?timeout=1", 404)
    error(check, "a group that doesn't exist", "GET", "/v1/tasks/groups/tgrp_00000000000000000000000000000000", 404)
    error(check, "a monitor that doesn't exist", "GET", "/v1/monitors/monitor_00000000000000000000000000000000", 404)
    error(check, "a search without queries", "POST", "/v1/search", 422, {"objective": "heat pumps"})
    error(check, "a run without an input", "POST", "/v1/tasks/runs", 422, {"processor": "lite"})
    error(check, "a run on no processor", "POST", "/v1/tasks/runs", 403, {"input": "x", "processor": "live-check"})
    error(check, "a method that a path doesn't have", "DELETE", "/v1/search", 405)
    answer = error(
        check,
        "a response of another model",
        "POST",
        "/v1/responses",
        400,
        {"model": "live-check", "input": "x"},
        described=False,
    )
    body = answer.body if isinstance(answer.body, dict) else {}
    form = "OpenAI's form" if "type" in (body.get("error") or {}) else f"the form {shape(body)}"
    check.report.answer(
        "responses-refusals",
        f"{answer.status} in {form}" if answer.status in (400, 422) else outcome(answer),
        answer.status in (400, 422),
    )
    told = []
    for name, answer in forms.items():
        body = answer.body if isinstance(answer.body, dict) else {}
        has = [
            word
            for word, there in (("type", "type" in body), ("ref_id", "ref_id" in (body.get("error") or {})))
            if there
        ]
        told.append(f"{name}: {' and '.join(has) or 'neither'}")
    check.report.answer("error-form", "; ".join(told))
    earlier = [
        (path, check.ask(f"{path}, with nothing", "POST", path, {}).status)
        for path in ("/v1beta/search", "/v1beta/extract")
    ]
    check.report.answer("old-search", "; ".join(f"{path}: {status}" for path, status in earlier))


def error(check, what, method, path, status, body=None, key="own", exits=(4,), described=True):
    answer = check.client.api(method, path, body, key=key)
    if described:
        check.judge(what, answer, f"parallel api {method} {path.split('?')[0]}", exits, method, path, (status,))
    else:
        check.judge(what, answer, f"parallel api {method} {path}", exits)
    return answer


def platform(check):
    base = (check.client.environments["own"].get("PARALLEL_PLATFORM_URL") or "https://platform.parallel.ai").rstrip("/")
    asked = [
        ("login-flows", "/.well-known/oauth-authorization-server", None, flows),
        ("loopback-redirect", "/getKeys/register", {"redirect_uris": ["http://127.0.0.1:49152/callback"]}, shape),
    ]
    found = {}
    for name, path, form, tell in asked:
        found[name] = plain(check, name, base + path, path, form, tell)
    client = (found["loopback-redirect"] or {}).get("client_id") or "parallel-cli"
    plain(
        check,
        "key-by-device",
        base + "/getKeys/device/code",
        "/getKeys/device/code",
        f"client_id={client}&scope=key%3Aread",
        shape,
    )


def plain(check, name, url, path, form, tell):
    began = time.monotonic()
    status, text = sending.plain(url, form)
    check.report.row(f"the platform's {path}", "without a key", status, time.monotonic() - began, "for a question")
    try:
        body = json.loads(text)
    except ValueError:
        body = None
    check.report.answer(name, f"{status or 'no answer'}: {tell(body) if body is not None else text[:100]}")
    return body if isinstance(body, dict) else None


def flows(body):
    flows = [str(grant).rsplit(":", 1)[-1] for grant in body.get("grant_types_supported", [])]
    if "device_authorization_endpoint" in body and "device_code" not in flows:
        flows.append("device_code (by its endpoint)")
    return ", ".join(flows) or "none named"
