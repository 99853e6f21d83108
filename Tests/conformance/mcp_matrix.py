"""The running servers of the matrix: which there are, and what arrived at each."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from harness import User

SOURCE = Path(__file__).parent / "mcp_servers" / "sdk_server.py"

# By SDK version: the servers that every check of the matrix is made with.
PLAIN = {
    "1.30.0": ["stateful-sse", "stateful-json", "stateless-sse", "stateless-json"],
    "2.3.0": ["stateful-sse", "stateless-json", "modern-sse", "modern-json", "legacy-stateful-sse"],
}
# Those for one check each.
SPECIAL = {
    "1.30.0": ["stateful-sse-auth", "stateful-sse-resumable", "stateful-sse-forgetful", "stateful-json-amnesiac",
               "stateful-sse-mortal"],
    "2.3.0": ["stateful-sse-auth", "legacy-stateful-sse-resumable", "modern-stateful-sse-changing"],
}


class SDKServers:
    """A process with a server for each variant, as a context manager."""

    def __init__(self, venvs, version, variants):
        self.python = Path(venvs) / f"mcp-{version}-venv" / "bin" / "python"
        self.version = version
        self.variants = variants

    def __enter__(self):
        self.directory = tempfile.TemporaryDirectory(prefix="conformance-mcp-")
        self.process = subprocess.Popen(
            [self.python, SOURCE, self.directory.name, *self.variants], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        urls = json.loads(self.process.stdout.readline())
        self.servers = {
            variant: Server(f"{self.version} {variant}", self.version, variant, url, Path(self.directory.name))
            for variant, url in urls.items()
        }
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.directory.cleanup()

    def __getitem__(self, variant):
        return self.servers[variant]


class Server:
    """One server of the matrix, and what parallel should see of it."""

    def __init__(self, name, version, variant, url, directory):
        self.name = name
        self.url = url
        self.log_file = directory / f"{variant}.jsonl"
        traits = set(variant.split("-"))
        self.is_modern = version.startswith("2.") and "legacy" not in traits
        self.is_modern_only = "modern" in traits
        self.is_stateful = not self.is_modern and "stateful" in traits
        self.is_sse = "json" not in traits

    def log(self):
        return [json.loads(line) for line in self.log_file.read_text().splitlines()]

    def watch(self):
        return Watch(self)


class Watch:
    """What arrived at a server since this was made."""

    def __init__(self, server):
        self.server = server
        self.start = len(server.log())

    def entries(self, event):
        return [entry for entry in self.server.log()[self.start:] if entry["event"] == event]

    def posts(self, method=None):
        """The requests that carry a message, or those of one JSON-RPC method."""
        return [
            entry for entry in self.entries("request")
            if entry["body"] and (method is None or entry["body"].get("method") == method)
        ]

    def methods(self):
        return [entry["body"].get("method") for entry in self.posts()]


def user(options, **variables):
    """Somebody whose base URL is this machine's, so that servers on it count as usable by tasks."""
    return User(options.parallel, PARALLEL_BASE_URL="http://127.0.0.1:9", PARALLEL_API_KEY="must-not-leave", **variables)


if __name__ == "__main__":
    # For trying things by hand: mcp_matrix.py VENVS VERSION, then Ctrl-C.
    venvs, version = sys.argv[1:]
    with SDKServers(venvs, version, PLAIN[version] + SPECIAL[version]) as servers:
        for server in servers.servers.values():
            print(server.url, server.name)
        servers.process.wait()
