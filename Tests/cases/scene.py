"""A place in which one case runs: an empty folder that is home and working directory, a sandbox, and what was sent to it."""

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "conformance"))
from harness import Sandbox, environment, expect, expect_equal  # noqa: E402,F401

# The flags of every batch: the cheapest question, asked without a confirmation, its rows in o.csv.
ASK = ["-p", "lite", "--yes", "--field", "x=X", "-o", "o.csv"]


class Scene:
    def __init__(self, options, *serve):
        self.binary = options.parallel
        self.outside = tempfile.TemporaryDirectory(prefix="cases-")
        # The sandbox's faults; a case may write them at any time.
        self.control = Path(self.outside.name) / "control.json"
        self.control.write_text("{}")
        self.sandbox = Sandbox(options.sandbox, "--control-file", self.control, *serve)

    def __enter__(self):
        self.sandbox.__enter__()
        self.folder = Path(tempfile.mkdtemp(dir=self.sandbox.root))
        self.variables = environment(
            self.folder, XDG_CONFIG_HOME=str(self.folder / "config"), XDG_CACHE_HOME=str(self.folder / "cache"),
            PARALLEL_API_KEY="cases-key-0123456789", PARALLEL_BASE_URL=self.sandbox.url)
        return self

    def __exit__(self, *_):
        self.sandbox.__exit__()
        self.outside.cleanup()

    def write(self, name, content):
        data = content.encode() if isinstance(content, str) else content
        (self.folder / name).write_bytes(data)
        return name

    def read(self, name):
        return (self.folder / name).read_bytes().decode()

    def parallel(self, *words, timeout=60, **options):
        return self.shell([self.binary, *map(str, words)], timeout=timeout, **options)

    def shell(self, command, timeout=60, stdin=b"", **variables):
        done = subprocess.run(
            command, cwd=self.folder, env=self.variables | variables, input=stdin, capture_output=True, timeout=timeout)
        return Done(done)

    def start(self, *words, **options):
        return subprocess.Popen(
            [self.binary, *map(str, words)], cwd=self.folder, env=self.variables, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)

    def inputs(self):
        """The inputs of all runs that were asked for, in the order of their rows."""
        runs = [
            run for entry in self.sandbox.log()
            if entry["event"] == "request" and entry["method"] == "POST" and entry["path"].endswith("/runs")
            for run in entry["body"].get("inputs", [entry["body"]])]
        return [run["input"] for run in sorted(runs, key=lambda run: int((run.get("metadata") or {}).get("parallel_row", 0)))]


class Done:
    """What a command printed, and its exit code."""

    def __init__(self, done):
        self.code = done.returncode
        self.out = done.stdout.decode()
        self.err = done.stderr.decode()

    def ends(self, code):
        expect_equal(self.code, code, f"exit code; stderr {self.err[-400:]!r}, stdout {self.out[-200:]!r}:")
        return self

    def says(self, *words):
        for word in words:
            expect(word in self.err, f"stderr lacks {word!r}: {self.err[-600:]!r}")
        return self

    def says_not(self, *words):
        for word in words:
            expect(word not in self.err, f"stderr has {word!r}: {self.err[-600:]!r}")
        return self


def python_server(script, ready, *words):
    """Starts one of this folder's servers and returns its process and base URL."""
    process = subprocess.Popen([sys.executable, str(Path(__file__).with_name(script)), "--ready-file", str(ready), *map(str, words)])
    deadline = time.monotonic() + 20
    while not (ready.exists() and ready.read_text().strip()):
        expect(process.poll() is None and time.monotonic() < deadline, f"{script} did not start")
        time.sleep(0.01)
    return process, ready.read_text().strip()


def hint_command(text):
    """The command that a hint suggests, as a person would copy it."""
    found = re.search(r"(parallel (?:task|mcp|batch|group) .*)", text)
    expect(found is not None, f"no command in {text!r}")
    return found.group(1).rstrip()


def install(scene):
    """Puts `parallel` on the PATH of the scene, for hints that are carried out by a shell."""
    place = scene.folder / "bin"
    place.mkdir(exist_ok=True)
    if not (place / "parallel").exists():
        (place / "parallel").symlink_to(scene.binary)
    scene.variables["PATH"] = f"{place}:{scene.variables['PATH']}"
