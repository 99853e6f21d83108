"""Sends a request, compares its answer with what is expected and described, and notes both."""

import client as sending

# Commands of two words.
GROUPS = {"task", "batch", "group", "findall", "monitor", "memory", "mcp"}


class Check:
    """One live check: sends, compares, and keeps what the runs need later."""

    def __init__(self, client, description, report, wait):
        self.client, self.description, self.report, self.wait = client, description, report, wait
        self.base = client.environments["own"].get("PARALLEL_BASE_URL") or "https://api.parallel.ai"
        self.is_local = sending.is_local(self.base)
        self.runs, self.streams = {}, {}
        self.comments = self.reader = self.messages = None

    def mcp_url(self, name):
        for server in self.client.run("mcp", "list", "--json").body or []:
            if server["name"] == name:
                return server["entry"]["url"]
        return "https://search.parallel.ai/mcp"

    # MARK: Sending and comparing

    def judge(self, what, answer, sent_by, exits, method=None, path=None, statuses=()):
        """Notes an answer: its exit code and status against those expected, its JSON against the description."""
        problems = []
        if statuses and answer.status not in statuses:
            problems.append(f"{outcome(answer)} instead of {' or '.join(map(str, statuses))}")
        elif answer.exit_code not in exits:
            problems.append(f"exit code {answer.exit_code} instead of {' or '.join(map(str, exits))}: {answer.error}")
        verdict = "as expected"
        if path and not problems:
            schema = self.description.schema(method, path, answer.status)
            if schema is None:
                verdict = "not in the description"
            elif answer.body is None:
                problems.append("the answer is not JSON")
            else:
                problems += self.description.differences(schema, answer.body)
                self.unknown(f"{method} {path}", schema, answer.body)
                verdict = "as described"
        for problem in problems:
            self.report.differ(what, problem)
        self.report.row(what, sent_by, answer.status, answer.seconds, "differs" if problems else verdict)
        return answer

    def unknown(self, what, schema, value):
        if names := self.description.unknown(schema, value):
            self.report.unknown.append(f"{what}: {', '.join(names)}")

    def api(self, what, method, path, body=None, *words, statuses=(200,), exits=(0,), **options):
        answer = self.client.api(method, path, body, *words, **options)
        return self.judge(what, answer, f"parallel api {method} {path.split('?')[0]}", exits, method, path, statuses)

    def ask(self, what, method, path, body=None, **options):
        """A request that is sent only for a question: any answer is one."""
        answer = self.client.api(method, path, body, **options)
        self.report.row(
            what, f"parallel api {method} {path.split('?')[0]}", answer.status, answer.seconds, "for a question"
        )
        return answer

    def command(self, what, words, method, path, exits=(0,), statuses=(200,), body=None):
        answer = self.client.run(*words, "--json", body=body)
        return self.judge(
            what,
            answer,
            f"parallel {words[0]}" + (f" {words[1]}" if words[0] in GROUPS else ""),
            exits,
            method,
            path,
            statuses,
        )


def outcome(answer):
    """The status of an answer, and what a refusal says of it."""
    said = " ".join(part for part in (answer.error, details(answer.body)) if part)
    return f"{answer.status or 'no answer'}{': ' + said if said else ''}"


def texts(warnings):
    return [warning.get("message", "") for warning in warnings or [] if isinstance(warning, dict)]


def details(body):
    """The fields that a refusal names, and why, but no value of theirs."""
    detail = body.get("detail") or (body.get("error") or {}).get("detail") if isinstance(body, dict) else None
    listed = detail.get("errors") if isinstance(detail, dict) else detail
    if not isinstance(listed, list):
        return ""
    return "; ".join(
        f"{'.'.join(map(str, entry.get('loc', [])))}: {entry.get('msg', '')}"
        for entry in listed[:6]
        if isinstance(entry, dict)
    )
