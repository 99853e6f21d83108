"""Which command and flag reach which route and field of the API, as docs/api-coverage.md says it.

commands.toml says which flag is meant to send which field. Nothing of it is believed: each line is run against the sandbox,
and the sandbox's log shows what arrived. A field belongs to a flag only if it was on the wire with the flag, and was not, or
had another value, without it. Called by Scripts/coverage and by Scripts/conformance.
"""

import argparse
import difflib
import json
import re
import shlex
import sys
import tomllib
from collections import Counter
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PAGE = ROOT / "docs" / "api-coverage.md"
sys.path.insert(0, str(ROOT / "Tests" / "conformance"))

from harness import Sandbox, User  # noqa: E402


class Document:
    """The routes of the API's description, each with its query parameters, header fields and the fields of its body."""

    def __init__(self):
        document, additions = (
            json.loads((ROOT / "Tests" / "conformance" / name).read_text()) for name in ("openapi.json", "additions.json"))
        self.schemas = document["components"]["schemas"] | additions["schemas"]
        # Signing in belongs to the platform, not to the API.
        document["paths"].update({path: o for path, o in additions["paths"].items() if path.startswith("/v1")})
        self.routes, self.patterns = {}, []
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                route = f"{method.upper()} {path}"
                marks = {"query": "?{}", "header": "{}:"}
                outside = [marks[p["in"]].format(p["name"]) for p in operation.get("parameters", []) if p["in"] in marks]
                fields = {}
                if body := operation.get("requestBody"):
                    self.walk(body["content"]["application/json"]["schema"], "", (), fields)
                self.routes[route] = outside + list(fields)
                self.patterns.append((re.compile("^" + re.sub(r"\{[^}]+\}", "[^/]+", route) + "$"), route))
        # /v1/monitors/stats comes before /v1/monitors/{monitor_id}.
        self.patterns.sort(key=lambda pattern: "{" in pattern[1])

    def walk(self, schema, path, above, fields):
        """Puts the dotted paths of all fields below `schema` in `fields`; an object that only holds others is left out."""
        if reference := schema.get("$ref"):
            if reference in above:
                return
            self.walk(self.schemas[reference.rsplit("/", 1)[1]], path, (*above, reference), fields)
            return
        for variants in ("anyOf", "oneOf", "allOf"):
            for variant in schema.get(variants, []):
                self.walk(variant, path, above, fields)
        if isinstance(items := schema.get("items"), dict) and self.has_fields(items):
            self.walk(items, path + "[]", above, fields)
        elif "properties" in schema:
            for name, value in schema["properties"].items():
                self.walk(value, f"{path}.{name}".removeprefix("."), above, fields)
        elif path and schema.get("type") != "null" and not path.endswith("[]") and self.is_value(schema):
            fields[path] = None

    def is_value(self, schema):
        return any(name in schema for name in ("type", "const", "enum")) or not schema

    def has_fields(self, schema):
        """Whether an object described by `schema` has fields with names."""
        while "$ref" in schema:
            schema = self.schemas[schema["$ref"].rsplit("/", 1)[1]]
        variants = schema.get("anyOf", []) + schema.get("oneOf", [])
        return "properties" in schema or any(self.has_fields(variant) for variant in variants)

    def route(self, entry):
        """The route of a request of the sandbox's log."""
        name = f"{entry['method']} {entry['path'].removeprefix('/account')}"
        return next((route for pattern, route in self.patterns if pattern.match(name)), None)


def flat(value, path=""):
    """The values below `value` by dotted path, as text; those of a list share one path."""
    found = {path: [json.dumps(value, sort_keys=True)]} if path else {}
    children = []
    if isinstance(value, dict):
        children = [(f"{path}.{name}".removeprefix("."), child) for name, child in value.items()]
    elif isinstance(value, list):
        children = [(path + "[]", child) for child in value]
    for name, child in children:
        for key, values in flat(child, name).items():
            found.setdefault(key, []).extend(values)
    return found


class Refused(Exception):
    """A command has failed."""


class Runner:
    """Runs commands in one home against one sandbox, and tells what each has sent."""

    def __init__(self, document, sandbox, user):
        self.document, self.sandbox, self.user = document, sandbox, user
        self.values = {"url": sandbox.url}

    def prepare(self, files, steps):
        for name, text in files.items():
            (self.user.home / name).write_text(text)
        for name, step in steps.items():
            if isinstance(step, str):
                self.values[name] = self.run(step)[0].strip().split("\n")[-1]
            else:
                values = re.findall(f'"{step["member"]}": ?"([^"]+)"', self.run(step["run"])[0])
                self.values[name] = values[-1] if values else f"no-{name}"

    def words(self, line):
        self.values["new"] = f"file-{len(self.sandbox.log())}"
        return shlex.split(re.sub(r"\{(\w+)\}", lambda match: self.values.get(match[1], match[0]), line))

    def run(self, line):
        """What the command printed, and for each route what it has sent there: the values of each field."""
        before = len(self.sandbox.log())
        done = self.user.run(*self.words(line))
        if done.returncode != 0:
            raise Refused(f"parallel {line}: exit code {done.returncode}: {done.stderr.strip()[-400:]}")
        sent = {}
        for entry in self.sandbox.log(before):
            if entry["event"] == "request" and (route := self.document.route(entry)):
                fields = sent.setdefault(route, {})
                outside = {f"?{name}": [json.dumps(value)] for name, value in entry["query"].items()}
                outside |= {f"{name}:": [value] for name, value in entry["headers"].items()}
                for name, values in (outside | flat(entry["body"])).items():
                    fields.setdefault(name, []).extend(values)
        return done.stdout, sent


def reached(runner, commands):
    """For each route and field what reaches it, and a line for each claim of `commands` that is not true."""
    found, problems = {}, []
    shared = Counter(route for route, _ in {(command["route"], command["command"]) for command in commands})
    for command in commands:
        route, name = command["route"], command["command"]
        line = f"{name} {command['words']}".strip()
        _, base = attempt(runner, line, problems)
        if base is None:
            continue
        if route not in base:
            problems.append(f"parallel {line}: sends nothing to {route}, but to {', '.join(base) or 'nobody'}")
            continue
        found.setdefault((route, ""), []).append(f"parallel {name}")
        # Where one command is all, its flags need not be told apart from those of others.
        prefix = f"{name} " if shared[route] > 1 else ""
        for label, fields in command.get("argument", {}).items():
            for field in fields:
                if field in base[route]:
                    found.setdefault((route, field), []).append(prefix + label)
                else:
                    problems.append(f"parallel {line}: {label} does not send {field}")
        for flag, fields in command.get("flag", {}).items():
            _, more = attempt(runner, f"{line} {flag}", problems)
            words = runner.words(flag)
            label = [word for word in words if word.startswith("-")][-1]
            given = "" if words[-1] == label or words[-1].startswith("@") else words[-1].split("=")[-1]
            for field in fields if more is not None else []:
                before, after = (sent.get(route, {}).get(field) for sent in (base, more))
                if before == after:
                    problems.append(f"parallel {line} {flag}: {label} changes nothing in {field}: {after}")
                elif before and given not in "".join(after or []):
                    # What changes from call to call, such as a random key, would have changed without the flag, too.
                    problems.append(f"parallel {line} {flag}: {field} is {after}")
                else:
                    found.setdefault((route, field), []).append(prefix + label)
    return found, problems


def attempt(runner, line, problems):
    try:
        return runner.run(line)
    except Refused as refusal:
        problems.append(str(refusal))
        return None, None


def page(document, found, reasons):
    """The text of docs/api-coverage.md, and a line for each route and field that nothing reaches and no reason excuses."""
    problems, lines, rest = [], [], {}
    for route, fields in document.routes.items():
        rows = []
        for field in ["", *fields]:
            reason = reasons.get(f"{route} {field}".strip())
            by = found.get((route, field))
            if by and reason:
                problems.append(f"{route} {field}: has a reason, and is reached by {by[0]}")
            elif by and field:
                rows.append(f"| `{field}` | {', '.join(f'`{name}`' for name in dict.fromkeys(by))} |")
            elif reason:
                rest.setdefault(reason, {}).setdefault(route, []).extend([f"`{field}`"] if field else [])
            elif not by and route not in reasons:
                problems.append(f"{route} {field}: is reached by no command, and has no reason")
        if commands := found.get((route, "")):
            lines += [f"### {route}", "", f"{', '.join(f'`{name}`' for name in dict.fromkeys(commands))}", ""]
            lines += ["| field | reached by |", "|---|---|", *rows, ""] if rows else []
    unreached = []
    for reason, routes in rest.items():
        places = [f"`{route}`" + (f" {', '.join(fields)}" if fields else "") for route, fields in routes.items()]
        unreached.append(f"- {reason} {'; '.join(places)}")
    text = (HERE / "page.md").read_text().rstrip("\n").split("\n")
    lines = text + ["", "## What no command reaches, and why", "", *unreached, "",
                    "## What reaches what", "", *lines]
    return "\n".join(lines).rstrip("\n") + "\n", problems


def measure(parallel, sandbox):
    """The text of the page, and what is wrong: claims that are not true, and what nothing reaches."""
    data = tomllib.loads((HERE / "commands.toml").read_text())
    document = Document()
    variables = {
        "PARALLEL_API_KEY": sandbox.key, "PARALLEL_BASE_URL": sandbox.url, "PARALLEL_PLATFORM_URL": sandbox.url,
        "PARALLEL_SERVICE_API_URL": f"{sandbox.url}/account", "BROWSER": "curl -sL"}
    with User(parallel, **variables) as user:
        runner = Runner(document, sandbox, user)
        runner.prepare(data["files"], data["ids"])
        found, problems = reached(runner, data["command"])
    reasons = {name: reason for reason, names in data["reasons"].items() for name in names}
    unknown = [name for name in reasons
               if name not in document.routes and not any(name == f"{r} {f}" for r in document.routes for f in document.routes[r])]
    problems += [f"{name}: has a reason, but is not in the document" for name in unknown]
    text, more = page(document, found, reasons)
    return text, problems + more


def check(text):
    """Raises unless docs/api-coverage.md is as measured."""
    old = PAGE.read_text() if PAGE.exists() else ""
    if old != text:
        lines = difflib.unified_diff(old.splitlines(), text.splitlines(), "docs/api-coverage.md", "measured", lineterm="", n=0)
        raise AssertionError("docs/api-coverage.md is out of date, call Scripts/coverage:\n" + "\n".join(list(lines)[:20]))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sandbox", required=True)
    parser.add_argument("--parallel", required=True)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    with Sandbox(options.sandbox, "--delay", "0") as sandbox:
        text, problems = measure(options.parallel, sandbox)
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    if options.check:
        try:
            check(text)
        except AssertionError as error:
            print(f"error: {error}", file=sys.stderr)
            return 1
    elif not problems:
        PAGE.write_text(text)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
