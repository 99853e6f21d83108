"""The report: Markdown that can be pasted into an issue, with nothing of the account in it."""

import json
import os
import re
from datetime import datetime, timezone
from pathlib import Path

import questions
from client import is_local

# Ids of runs and groups stay, because whoever asks needs them; they open nothing without the key.
MASKS = [
    (re.compile(r"(?i)(https?://)[^\s/@\"']*@"), r"\1"),
    (re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+"), "(address)"),
    (re.compile(r"(https?://[^\s?\"'<>]*)\?[^\s\"'<>]*"), r"\1?…"),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.I), "(id)"),
    (re.compile(r"\b(?!trun_|tgrp_)([a-z]{2,12}(?:_[a-z]{2,8})?_)[A-Za-z0-9-]*\d[A-Za-z0-9-]{5,}"), r"\1…"),
    (re.compile(r"\b(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{28,}\b"), "(long)"),
    (re.compile(r"(?i)(bearer|basic)\s+\S+"), r"\1 …"),
    (re.compile(r"[$€]\s?\d(?:[\d.,]*\d)?|\b\d[\d.,]*\s?(?:cents|credits|USD|dollars)\b"), "(amount)"),
]
SECRET_NAMES = {"api_key", "access_token", "refresh_token", "raw_api_key", "client_secret"}


def secrets(environment):
    """Every secret that this person's logins and environment hold, so that none can get into the report."""
    found = {
        value
        for name, value in environment.items()
        if re.search(r"^PARALLEL_.*(KEY|SECRET)$|_(API_KEY|TOKEN|SECRET)$", name) and len(value) >= 6
    }
    base = environment.get("PARALLEL_BASE_URL", "").rstrip("/")
    if base and not is_local(base) and base != "https://api.parallel.ai":
        # A gateway's address may have an account's id in it.
        parts = base.split("/")[2:]
        found |= {base, parts[0], *(part for part in parts if len(part) >= 8 and re.search(r"\d", part))}
    home = Path(environment.get("HOME", "/"))
    config = Path(environment.get("XDG_CONFIG_HOME") or home / ".config")
    for path in (config / "parallel/credentials.json", home / ".config/parallel-web-tools/auth.json"):
        try:
            collect(json.loads(path.read_text()), found)
        except (OSError, ValueError):
            pass
    return found


def collect(value, found):
    for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
        if name in SECRET_NAMES and isinstance(inner, str) and len(inner) >= 6:
            found.add(inner)
        elif isinstance(inner, (dict, list)):
            collect(inner, found)


class Report:
    def __init__(self, hidden):
        self.hidden = sorted(hidden, key=len, reverse=True)
        self.rows, self.differences, self.answers, self.left_out, self.unknown = [], [], {}, [], []

    # MARK: What is seen

    def row(self, what, command, status, seconds, verdict):
        command = re.sub(r"(?<=/)(trun|tgrp|monitor)_\w+", "ID", command)
        self.rows.append((what, command, status or "-", "-" if seconds is None else f"{seconds:.1f}", verdict))

    def differ(self, what, text):
        self.differences.append((what, self.masked(text)))

    def answer(self, name, text, expected=True):
        """What was seen for a question; unexpected where it fits none of the things that are said of it."""
        self.answers[name] = self.masked(text)
        if not expected:
            self.differ(f"question {name}", text)

    # MARK: Writing

    def masked(self, text):
        text = str(text)
        for secret in self.hidden:
            text = text.replace(secret, "…")
        for pattern, replacement in MASKS:
            text = pattern.sub(replacement, text)
        return text

    def plain(self, text, limit=500):
        """One line of what can be seen."""
        text = " ".join("".join(c if c.isprintable() else " " for c in self.masked(text)).split())
        return text if len(text) <= limit else text[:limit] + "…"

    def cell(self, text):
        """Text for a table: nothing in it is markup, and nothing notifies anybody."""
        return re.sub(r"([\\`*_\[\]<>|~#@])", r"\\\1", self.plain(text))

    def table(self, heads, rows):
        lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
        return [*lines, *("| " + " | ".join(self.cell(field) for field in row) + " |" for row in rows)]

    def seen(self, name, how):
        if name in self.answers:
            return self.answers[name]
        return (
            f"not answered by a cheap request: {how[2:]}" if how.startswith("- ") else "not answered: see the requests"
        )

    def markdown(self, about, made, ending):
        now = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
        lines = [
            f"# Live check of the API, {now}",
            "",
            *(f"- {self.cell(line)}" for line in about),
            f"- {self.cell(ending)}",
        ]
        lines += ["", "## Differences", ""]
        lines += self.table(["where", "what was seen"], self.differences) if self.differences else ["None."]
        lines += ["", "## Requests", ""]
        lines += self.table(["request", "sent by", "status", "seconds", "answer"], self.rows)
        for title, rows in (("Where sources disagree", questions.DISAGREE), ("What no source says", questions.UNKNOWN)):
            lines += ["", f"## {title}", ""]
            lines += self.table(
                ["name", "question", "how it is asked", "seen"],
                [
                    (name, question, "-" if how.startswith("- ") else how, self.seen(name, how))
                    for name, question, how in rows
                ],
            )
        if self.unknown:
            lines += ["", "## Members that the description doesn't have", ""] + [
                f"- {self.cell(line)}" for line in self.unknown
            ]
        if self.left_out:
            lines += ["", "## Left out", ""] + [f"- {self.cell(line)}" for line in self.left_out]
        lines += ["", "## Created", "", ", ".join(made) or "Nothing.", ""]
        return "\n".join(lines)

    def write(self, path, text):
        """Writes the report, unless a secret got into it after all."""
        if any(secret in text for secret in self.hidden):
            raise SystemExit("error: the report would hold a secret, and was not written")
        temporary = path.with_name(path.name + ".part")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        os.replace(temporary, path)
