"""Every line for a shell in README.md and docs/, in order and in one shell, as a reader would type it.

Other tests have mcp.md, scripts.md and recipes.md, but for what mcp.md and scripts.md show as typed at a prompt.
"""

import re
import subprocess
from pathlib import Path

from harness import Sandbox, User, expect
from mcp_mock import Mock

ROOT = Path(__file__).parent.parent.parent
PAGES = ["README.md", "docs/money-and-secrets.md", "docs/mcp-internals.md"]
TYPED_ONLY = ["docs/scripts.md", "docs/mcp.md"]
# Lines that are about this repository; other checks run these.
OWN = ("Scripts/", "parallel login   ")
# Opens the shell on a terminal; tests of the program have it there.
SHELL = "parallel"
# A net against hanging.
DEADLINE = 300


class CRM(Mock):
    """The server of the README, in the era that tasks of the sandbox speak, too."""

    era = "legacy"
    tools = [{"name": "find_account", "inputSchema": {"type": "object", "properties": {"name": {"type": "string"}}}}]


# What the lines take to be there.
SCENE = r"""
set -uo pipefail
mkdir -p .git .codex programs
printf 'company,website\nIntel,intel.com\nAMD,amd.com\nArm,arm.com\n' >companies.csv
printf '{"company": "Intel"}\n' >companies.jsonl
printf 'name,type,description\nceo,string,Name of the CEO\n' >fields.csv
printf 'company;city\nM\374ller;Bonn\n' >export.csv
printf 'Intel\nIntel\nAMD\n' >names.txt
printf 'Exported today\n\ncompany,city\nIntel,Santa Clara\nAMD,Austin,too many\n' >crm.csv
echo 'Why?' >question.txt; echo 'Intel and AMD.' >minutes.txt; (umask 077; echo 'no-base64!' >secret.txt)
printf '[mcp_servers.notes]\nurl = "https://notes.example/mcp"\n' >.codex/config.toml
printf '#!/bin/sh\ncat >/dev/null\n' >handle-event; chmod +x handle-event
cat >server.py <<'END'
import json, sys
for line in sys.stdin:
    message = json.loads(line)
    if message.get("method") == "initialize":
        answer = {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": {"name": "a", "version": "1"}}
    elif message.get("method") == "tools/list":
        answer = {"tools": [{"name": "find", "inputSchema": {"type": "object"}}]}
    else:
        answer = {}
    if "id" in message:
        print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": answer}), flush=True)
END
# The sandbox's other server, signed in at by a browser that nobody has to click in.
parallel mcp add -q wiki "$PARALLEL_BASE_URL/mcp/oauth" 2>/dev/null
monitor=$(parallel monitor create -q 'Recalls of cars')
# One that stays is ended once it is there.
parallel-sandbox() {
    if [ "$1" != serve ]; then command parallel-sandbox "$@"; return; fi
    rm -f ready
    command parallel-sandbox "$@" --port 0 --ready-file ready & 
    until [ -s ready ]; do sleep 0.05; done
    kill $! && wait $!
}
"""


def units(page, languages):
    """The commands of a page: lines, or several that belong together."""
    found = []
    for language, body in re.findall(r"^```(\w+)\n(.*?)^```$", (ROOT / page).read_text(), re.MULTILINE | re.DOTALL):
        if language not in languages:
            continue
        lines = body.splitlines()
        if language == "console":
            # What is typed at the prompt, and its further lines.
            lines = [line[2:] for line in lines if line.startswith(("$ ", "> "))]
        if lines[0].startswith("#!"):
            # A script is a file of its own.
            found.append(body)
            continue
        unit = ""
        for line in lines:
            unit += ("\n" if unit else "") + line
            if not unit.endswith("\\") and re.sub(r" +#.*", "", unit).count("'") % 2 == 0:
                found.append(unit)
                unit = ""
        expect(not unit, f"{page}: a quote is left open: {unit}")
    return [unit for unit in found if unit.strip() not in ("", SHELL) and not unit.startswith(OWN)]


def script(unit, crm):
    """What the shell gets for a unit. It says what has failed, unless a comment of the line names the exit code."""
    text = re.sub(r"http://127\.0\.0\.1:8811/mcp|https://crm\.example\.com/mcp", crm.url, unit)
    text = text.replace("monitor_9907962f83aa4d9d98fd7f4bf745d654", '"$monitor"').replace("then …", "then :")
    # Nothing asks for a person here, and nothing waits for Ctrl-C.
    text = re.sub(r"(mcp login wiki) {3,}", r"\1 --browser --wait-for-auth 1m ", text)
    text = re.sub(r"webhook listen --port \d+", "webhook listen --timeout 1s", text)
    # One that the page adds twice.
    text = text.replace("mcp add crm", "mcp add --force crm")
    text = re.sub(r"(batch decide [^#]*?) *(#.*)?$", r"\1 --yes \2", text)
    allowed = " ".join(re.findall(r"exit(?: code)? (\d)", unit))
    shown = unit.replace("'", "’")
    return f"{{ {text}\n}} || {{ code=$?; case ' {allowed} ' in *\" $code \"*) ;; *) echo '@@@ '$code': {shown}' >&2;; esac; }}\n"


def check(page, languages, options, sandbox, crm, user):
    found = units(page, languages)
    expect(found, f"{page} has no line")
    text = SCENE + "".join(script(unit, crm) for unit in found if not unit.startswith("#!"))
    done = subprocess.run(
        ["bash", "-c", text], cwd=user.home, env=user.variables, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=DEADLINE)
    failed = [f"{line}\n{before}" for before, line in zip(done.stderr.split("\n@@@ "), done.stderr.split("\n@@@ ")[1:])]
    expect(done.returncode == 0 and not failed, "; ".join(f[:120] + " … " + f[-400:] for f in failed) or done.stderr[-500:])


def check_store(user):
    """The script that keeps secrets with `pass`, with a `pass` of a few lines."""
    store = next(unit for unit in units("docs/money-and-secrets.md", ["sh"]) if unit.startswith("#!"))
    for name, text in (("store", store), ("pass", PASS)):
        (user.home / name).write_text(text)
        (user.home / name).chmod(0o700)
    variables = {"PATH": f"{user.home}:{user.variables['PATH']}", "PARALLEL_API_KEY": ""}
    user.succeed("login", "--with-key", "--store", f"{user.home}/store", stdin="stored-key\n", **variables)
    expect("stored-key" in (user.home / "kept-parallel-login-default").read_text(), "the key is not kept there")
    expect("stored-key" not in (user.home / "config/parallel/credentials.json").read_text(), "the key is kept here, too")
    user.succeed("search", "heat pumps", **variables)
    user.succeed("logout", **variables)
    expect(not (user.home / "kept-parallel-login-default").exists(), "the key is still there")


PASS = r"""#!/bin/sh
for name; do :; done
file=$HOME/kept-$(echo "$name" | tr / -)
case $1 in
show) cat "$file" ;;
insert) cat >"$file" ;;
rm) rm "$file" ;;
esac
"""


def user(options, sandbox):
    addresses = {"OPENAI": "openai/v1", "ANTHROPIC": "anthropic", "XAI": "xai", "GOOGLE_GEMINI": "gemini"}
    variables = {f"{name}_BASE_URL": f"{sandbox.url}/{path}" for name, path in addresses.items()}
    keys = {f"{name}_API_KEY": "model-key" for name in ("OPENAI", "ANTHROPIC", "XAI", "GEMINI")}
    made = User(
        options.parallel, PARALLEL_BASE_URL=sandbox.url, PARALLEL_API_KEY=sandbox.key, PARALLEL_PLATFORM_URL=sandbox.url,
        PARALLEL_SERVICE_API_URL=f"{sandbox.url}/account", CRM_TOKEN="t1", BROWSER="curl -sL", **variables, **keys)
    return made


def run(report, options):
    programs = [Path(options.parallel).absolute(), Path(options.sandbox).absolute()]
    for page in PAGES + TYPED_ONLY:
        with Sandbox(options.sandbox) as sandbox, CRM() as crm, user(options, sandbox) as person:
            (person.home / "bin").mkdir()
            for program in programs:
                (person.home / "bin" / program.name).symlink_to(program)
            person.variables["PATH"] = f"{person.home}/bin:{person.variables['PATH']}"
            languages = ["console"] if page in TYPED_ONLY else ["sh", "console"]
            if page != "docs/money-and-secrets.md":
                report.check(f"documents: the lines of {page}", check, page, languages, options, sandbox, crm, person)
            else:
                report.check(f"documents: the script of {page}", check_store, person)
