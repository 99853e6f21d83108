"""A running sandbox, child processes with a home of their own, and the list of what passed and failed."""

import http.server
import io
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path


# What the running check has called of the official SDK and command-line tool.
_called = []


def called(what):
    """Notes for the report that the running check has called `what`."""
    _called.append(what)


class Report:
    """Runs checks one by one; a check passes when it raises nothing."""

    def __init__(self, out=sys.stdout):
        self.out = out
        self.passed = 0
        self.failed = 0
        # For each thing called: the checks that did it, and whether they passed.
        self.calls = {}

    def check(self, name, function, *arguments):
        _called.clear()
        failed = self.failed
        try:
            function(*arguments)
        except Exception as error:  # A broken check must not hide the ones after it.
            self.failed += 1
            place = traceback.extract_tb(error.__traceback__)[-1]
            print(f"FAIL  {name}: {type(error).__name__}: {str(error)[:600]} ({Path(place.filename).name}:{place.lineno})",
                  file=self.out)
        else:
            self.passed += 1
            print(f"ok    {name}", file=self.out)
        for what in dict.fromkeys(_called):
            self.calls.setdefault(what, {})[name] = self.failed == failed
        self.out.flush()

    def side_by_side(self, jobs):
        """Runs `jobs`, each a function of a report, on threads; what they report comes in their order all the same."""
        with ThreadPoolExecutor(max_workers=6) as pool:
            parts = [Report(io.StringIO()) for _ in jobs]
            for part, job in [(part, pool.submit(job, part)) for part, job in zip(parts, jobs)]:
                job.result()
                self.passed += part.passed
                self.failed += part.failed
                print(part.out.getvalue(), end="", file=self.out, flush=True)

    def skip(self, name, reason):
        print(f"skip  {name}: {reason}", file=self.out)

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
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
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

    def run(self, command, **variables):
        """Runs `command` against this sandbox, in a new directory that is its home too."""
        home = tempfile.mkdtemp(dir=self.root)
        variables = environment(
            home, PARALLEL_API_KEY=self.key, PARALLEL_BASE_URL=self.url, PARALLEL_API_URL=self.url, **variables)
        return subprocess.run(
            command, cwd=home, env=variables, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)


def environment(home, **variables):
    return {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", **variables}


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers requests to a `Loopback`. Subclasses say what, in do_GET and the like."""

    protocol_version = "HTTP/1.1"

    def body(self):
        return self.rfile.read(int(self.headers.get("content-length") or 0))

    def reply(self, status, fields=(), data=b""):
        self.send_response(status)
        for name, value in fields:
            self.send_header(name, value)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


class Loopback:
    """A server at an address of this machine, as a context manager."""

    def __init__(self, handler):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class User:
    """Runs `parallel` with a home of its own, which one call leaves to the next; a context manager."""

    def __init__(self, binary, **variables):
        self.binary = binary
        self.variables = variables

    def __enter__(self):
        self.directory = tempfile.TemporaryDirectory(prefix="conformance-")
        self.home = Path(self.directory.name)
        self.variables = environment(
            self.home, XDG_CONFIG_HOME=str(self.home / "config"), XDG_CACHE_HOME=str(self.home / "cache"),
            TMPDIR=str(self.home), **self.variables)
        return self

    def __exit__(self, *_):
        self.directory.cleanup()

    def run(self, *words, stdin="", text=True, **variables):
        return subprocess.run(
            [self.binary, *map(str, words)], cwd=self.home, env=self.variables | variables,
            input=stdin if text else stdin.encode(), capture_output=True, text=text, timeout=30)

    def start(self, *words):
        return subprocess.Popen(
            [self.binary, *map(str, words)], cwd=self.home, env=self.variables, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def files(self):
        """The text of everything the program left behind."""
        return "".join(path.read_text(errors="replace") for path in self.home.rglob("*") if path.is_file())

    def succeed(self, *words, **options):
        """Runs it, expects 0, and returns what it printed."""
        done = self.run(*words, **options)
        expect_equal(done.returncode, 0, f"{' '.join(map(str, words))}: {done.stderr[-300:]!r}")
        return done.stdout


def expect(condition, message):
    if not condition:
        raise AssertionError(message)


def expect_equal(actual, expected, what=""):
    expect(actual == expected, f"{what} expected {expected!r}, got {actual!r}".strip())
