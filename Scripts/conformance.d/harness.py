"""A running sandbox, child processes with a home of their own, and the list of what passed and failed."""

import json
import os
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path


class Report:
    """Runs checks one by one; a check passes when it raises nothing."""

    def __init__(self):
        self.passed = 0
        self.failed = 0

    def check(self, name, function, *arguments):
        try:
            function(*arguments)
        except Exception as error:  # A broken check must not hide the ones after it.
            self.failed += 1
            place = traceback.extract_tb(error.__traceback__)[-1]
            print(f"FAIL  {name}: {type(error).__name__}: {error} ({Path(place.filename).name}:{place.lineno})")
        else:
            self.passed += 1
            print(f"ok    {name}")
        sys.stdout.flush()

    def skip(self, name, reason):
        print(f"skip  {name}: {reason}")

    def finish(self):
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed else 0


class Sandbox:
    """`parallel-sandbox serve` with a log of every exchange, as a context manager."""

    key = "conformance-key"

    def __init__(self, binary, *options):
        self.binary = binary
        self.options = options

    def __enter__(self):
        self.directory = tempfile.TemporaryDirectory(prefix="conformance-")
        self.root = Path(self.directory.name)
        ready = self.root / "ready"
        self.log_file = self.root / "log.jsonl"
        self.process = subprocess.Popen(
            [self.binary, "serve", "--delay", "0.3", "--ready-file", ready, "--log", self.log_file, "--log-responses",
             *self.options],
            stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while not ready.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("parallel-sandbox did not start")
            time.sleep(0.01)
        self.url = ready.read_text().strip()
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=10)
        self.directory.cleanup()

    def log(self, after=0):
        """The log's entries, without the first `after` of them."""
        return [json.loads(line) for line in self.log_file.read_text().splitlines()][after:]

    def run(self, command, **options):
        """Runs `command` against this sandbox, in a new directory that is its home too."""
        home = tempfile.mkdtemp(dir=self.root)
        variables = {
            "PATH": os.environ["PATH"], "HOME": home, "LANG": "C.UTF-8", "PARALLEL_API_KEY": self.key,
            "PARALLEL_BASE_URL": self.url, "PARALLEL_API_URL": self.url,
        }
        return subprocess.run(
            command, cwd=home, env=variables, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
            **options)


def expect(condition, message):
    if not condition:
        raise AssertionError(message)


def expect_equal(actual, expected, what=""):
    expect(actual == expected, f"{what} expected {expected!r}, got {actual!r}".strip())
