"""Every command of `parallel` as a script calls it: no terminal, nothing to read, standard output and error in pipes.

None may wait for a person, ask one, or write what only a terminal understands. Each command of the program's own tree is
called without arguments and with its first example, with standard input from /dev/null and with none at all.
"""

import contextlib
import functools
import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from harness import Sandbox, User, expect

# A net against hanging: each takes less than a second.
DEADLINE = 60
# Without a file for standard input, then with an empty one.
CLOSED, EMPTY = "<&-", "</dev/null"
# Commands that by themselves would go on until they are stopped, with flags that end them.
ENDED = {"webhook listen": "--timeout 1s"}
# Other programs that examples name, so that none of them is needed.
OTHERS = "jq() { cat >/dev/null; }; man() { cat >/dev/null; }; set -uo pipefail\n"

# What the examples take to be there. The last line has the ids that stand in for those of the examples.
SCENE = """
set -eu
mkdir -p .git data .local/share/bash-completion/completions .config/fish/completions
echo 'Why?' >question.txt; echo 'Intel and AMD.' >minutes.txt; echo '{}' >query.json; echo '{}' >body.json
echo '{"name": "Intel"}' >company.json; echo some-key >key.txt; (umask 077; echo 'no-base64!' >secret.txt)
echo '{"input": "Why?", "processor": "lite"}' >inputs.jsonl; echo '{"input": "Why?"}' >names.jsonl
printf 'company,website\\nIntel,intel.com\\nAMD,amd.com\\n' >companies.csv
parallel login -q --json --browser --wait-for-auth 1m >login.log
parallel mcp add -q crm $PARALLEL_BASE_URL/mcp/search --bearer-env CRM_TOKEN
parallel mcp add -q docs $PARALLEL_BASE_URL/mcp/search --header 'X-Key: ${DOCS_KEY}'
parallel mcp add -q docs $PARALLEL_BASE_URL/mcp/search --header 'X-Key: ${DOCS_KEY}' --scope project
parallel mcp add -q wiki $PARALLEL_BASE_URL/mcp/oauth
run=$(parallel task run -q --no-wait --events x); echo $run >ids.txt
group=$(parallel group create); parallel group add -q $group inputs.jsonl >added.txt
parallel ask -q --with openai x >answer.txt
parallel batch run -q companies.csv -o ceos.csv -p core --field 'ceo=Name of the CEO'
parallel findall run -q 'Chip makers' --state found.state >found.txt
echo trun_9907962f83aa4d9d98fd7f4bf745d654 $run
echo tgrp_9907962f83aa4d9d98fd7f4bf745d654 $group
echo findall_9907962f83aa4d9d98fd7f4bf745d654 $(parallel findall run -q --no-wait --metadata sandbox_delay=0 x)
echo monitor_9907962f83aa4d9d98fd7f4bf745d654 $(parallel monitor create -q 'Recalls of cars')
"""


class Scene:
    """A home with all that examples name, from which each call gets a copy."""

    def __init__(self, sandbox, user):
        self.user = user
        # `parallel` in a line of the shell is the one under test.
        programs = user.home / "programs"
        programs.mkdir()
        (programs / "parallel").symlink_to(Path(user.binary).absolute())
        user.variables["PATH"] = f"{programs}:{user.variables['PATH']}"
        self.home = user.home / "scene"
        self.home.mkdir()
        done = self.shell(SCENE, self.home)
        expect(done.returncode == 0, f"the scene: {done.stderr[-400:]}")
        self.ids = dict(line.split() for line in done.stdout.splitlines())
        self.ids["https://crm.example/mcp"] = self.ids["https://docs.example/mcp"] = f"{sandbox.url}/mcp/search"
        self.codes = set(map(int, re.findall(r"^  (\d)  ", self.help("exit-codes"), re.MULTILINE)))

    def help(self, *topic):
        return self.user.succeed("help", *topic)

    def commands(self):
        """The paths of all commands, out of the table for the shell's completion."""
        lines = self.user.succeed("completion", "bash").splitlines()
        for line, following in zip(lines, lines[1:]):
            label = re.fullmatch(r" {8}'?([a-z]+(?: [a-z]+)?)'?\)", line)
            if label and following.strip().startswith("flags="):
                yield label[1]

    def example(self, command):
        """The first example of a command, as its help has it, with ids that exist."""
        examples = self.user.succeed(*command.split(), "--help").split("\nExamples\n")[1]
        line = re.search(r"^    (\S.*)$", examples, re.MULTILINE)[1]
        for written, real in self.ids.items():
            line = line.replace(written, real)
        return line

    def shell(self, script, home):
        variables = {"HOME": str(home), "XDG_CONFIG_HOME": f"{home}/.config", "XDG_CACHE_HOME": f"{home}/.cache",
                     "XDG_STATE_HOME": f"{home}/.state", "XDG_DATA_HOME": f"{home}/.local/share", "TMPDIR": str(home)}
        # A session of its own has no terminal that /dev/tty would lead to, and is ended as a whole.
        with subprocess.Popen(
                ["bash", "-c", script], cwd=home, env=self.user.variables | variables,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                start_new_session=True) as process:
            try:
                out, err = process.communicate(timeout=DEADLINE)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
        return subprocess.CompletedProcess(script, process.returncode, out, err)


def quiet(scene, command):
    """`command` ends, as documented, without a question."""
    for manner in (CLOSED, EMPTY):
        for line in (f"parallel {command} {ENDED.get(command, '')}".strip(), scene.example(command)):
            with tempfile.TemporaryDirectory(dir=scene.user.home) as folder:
                home = Path(folder) / "home"
                shutil.copytree(scene.home, home, symlinks=True)
                done = scene.shell(f"{OTHERS}called() {{ {line}\n}}\ncalled {manner}", home)
            what = f"{line} {manner}: exit code {done.returncode}: {done.stderr[-300:]!r}"
            expect(done.returncode in scene.codes, what)
            expect("\x1b" not in done.stdout + done.stderr, f"escape characters: {what}")
            expect("[y/N]" not in done.stderr, f"a question: {what}")
            expect(done.returncode == 0 or done.stderr, f"not a word: {what}")


def run(report, options):
    with Sandbox(options.sandbox) as sandbox:
        addresses = {"OPENAI": "openai/v1", "ANTHROPIC": "anthropic", "XAI": "xai", "GOOGLE_GEMINI": "gemini"}
        variables = {f"{name}_BASE_URL": f"{sandbox.url}/{path}" for name, path in addresses.items()}
        keys = {f"{name}_API_KEY": "model-key" for name in ("OPENAI", "ANTHROPIC", "XAI", "GEMINI", "GOOGLE")}
        with User(options.parallel, PARALLEL_BASE_URL=sandbox.url, PARALLEL_API_KEY=sandbox.key,
                  PARALLEL_PLATFORM_URL=sandbox.url, PARALLEL_SERVICE_API_URL=f"{sandbox.url}/account",
                  PARALLEL_WEBHOOK_SECRET="no-base64!", SIGNATURE="v1,oFfA3tFUnEPgb4BJDzIkSnRoL4XsSb+XDDPqFUH2uIM=",
                  CRM_TOKEN="t1", DOCS_KEY="t2", CI_SECRET="sandbox-secret", BROWSER="curl -sL", SHELL="/bin/bash", **variables, **keys) as user:
            scene = Scene(sandbox, user)
            commands = list(scene.commands())
            report.check("closed stdin: the list of commands", expect, len(commands) > 70, f"{len(commands)} commands")
            report.side_by_side([functools.partial(job, scene, command) for command in commands])


def job(scene, command, report):
    report.check(f"closed stdin: parallel {command}", quiet, scene, command)
