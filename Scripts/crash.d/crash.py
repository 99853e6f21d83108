"""Kills a batch again and again, and compares what comes of it with a batch that nothing disturbed."""

import argparse
import collections
import csv
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

# What becomes of runs follows from their input, so that both batches have the same failures.
FAILING = {"percent": 1, "seed": 7, "status": "failed", "error": "nothing was found"}
SLOW = {"percent": 100, "seed": 9, "delay": 0, "delay_to": 20}


def faults(seed):
    group = "/v1/tasks/groups/*"
    return [
        {"path": f"{group}/runs", "method": "POST", "probability": 0.02, "seed": seed, "action": "lose"},
        {"path": f"{group}/runs", "method": "POST", "every": 4, "times": 2, "status": 429, "retry_after": 1},
        {"every": 40, "times": 3, "after": 20, "status": 429, "retry_after": 1},
        {"probability": 0.05, "seed": seed + 1, "status": 500},
        {"path": f"{group}/runs", "method": "GET", "probability": 0.5, "seed": seed + 2, "action": "cut",
         "events": 1, "events_to": 2000},
        {"path": f"{group}/events", "probability": 0.5, "seed": seed + 3, "action": "cut", "events": 1, "events_to": 500},
    ]


class Sandbox:
    def __init__(self, binary, folder, control):
        folder.mkdir()
        self.log = folder / "log"
        (folder / "control.json").write_text(json.dumps(control))
        ready = folder / "ready"
        self.process = subprocess.Popen(
            [binary, "serve", "--delay", "0", "--ready-file", ready, "--log", self.log,
             "--control-file", folder / "control.json"], stderr=subprocess.DEVNULL)
        while not ready.exists():
            time.sleep(0.01)
        self.url = ready.read_text().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def behave(self):
        """From now on nothing goes wrong."""
        (self.log.parent / "control.json").write_text("{\"faults\": []}")

    def rows(self, group):
        """How often the group has each row."""
        request = urllib.request.Request(f"{self.url}/v1/tasks/groups/{group}/runs", headers={"x-api-key": "crash"})
        counts = collections.Counter()
        with urllib.request.urlopen(request) as answer:
            for line in answer:
                if line.startswith(b"data: "):
                    counts[int(json.loads(line[6:])["run"]["metadata"]["parallel_row"])] += 1
        return counts

    def reading_places(self):
        """Behind which events outputs were asked for, in order."""
        places = []
        for line in self.log.read_text().splitlines():
            entry = json.loads(line)
            if entry["event"] == "request" and entry["query"].get("include_output") == "true":
                places.append(int(entry["query"].get("last_event_id", "run-0").split("-")[-1]))
        return places


def make_input(path, count, seed):
    chance = random.Random(seed)
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "company", "note"])
        for number in range(count):
            note = chance.choice(["plain", 'with "quotes"', "with, comma", "two\nlines", "süß", ""])
            writer.writerow([number, f"Company {chance.randrange(1 << 32):x}", note])


def batch(options, sandbox, folder, output):
    environment = dict(os.environ, PARALLEL_BASE_URL=sandbox.url, PARALLEL_API_KEY="crash", HOME=str(folder))
    words = [options.parallel, "batch", "run", folder / "input.csv", "-o", output, "--yes", "--status",
             "--field", "founder=Name of the founder", "--field", "founded:integer=Year of founding"]
    return subprocess.Popen(words, env=environment, stderr=subprocess.PIPE, text=True)


def finish(process, limit):
    _, errors = process.communicate(timeout=limit)
    if process.returncode != 8:
        sys.exit(f"FAIL: the batch ended with {process.returncode}:\n{errors}")
    return errors


def disturbed(options, folder):
    output = folder / "disturbed.csv"
    control = {"faults": faults(options.seed), "runs": [FAILING, SLOW]}
    with Sandbox(options.sandbox, folder / "disturbed", control) as sandbox:
        kills = 0
        while kills < options.kills:
            process = batch(options, sandbox, folder, output)
            time.sleep(random.uniform(0.02, 1.5))
            if process.poll() is not None:
                sys.exit(f"FAIL: the batch ended with {process.returncode} after {kills} kills:\n{process.stderr.read()}")
            process.kill()
            process.wait()
            process.stderr.close()
            kills += 1
        print(f"killed {kills} times")
        errors = finish(batch(options, sandbox, folder, output), 600)
        print(errors.strip().splitlines()[-1])
        group = next(word for word in errors.split() if word.startswith("tgrp_")).rstrip(",)")
        sandbox.behave()
        counts = sandbox.rows(group)
        places = sandbox.reading_places()
    return output, counts, places


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binaries", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.parallel = options.binaries / "parallel"
    options.sandbox = options.binaries / "parallel-sandbox"
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_input(folder / "input.csv", options.rows, options.seed)
        expected = folder / "expected.csv"
        with Sandbox(options.sandbox, folder / "undisturbed", {"runs": [FAILING]}) as sandbox:
            finish(batch(options, sandbox, folder, expected), 600)
        output, counts, places = disturbed(options, folder)

        wrong = {row: count for row, count in counts.items() if count != 1}
        missing = set(range(1, options.rows + 1)) - counts.keys()
        if wrong or missing:
            sys.exit(f"FAIL: rows run more than once {wrong}, rows never run {sorted(missing)[:10]}")
        print(f"ok    the server has exactly {sum(counts.values())} runs, one for each row")
        if output.read_bytes() != expected.read_bytes():
            sys.exit("FAIL: the output differs from that of an undisturbed batch")
        print("ok    the output is that of an undisturbed batch")
        if places != sorted(places):
            sys.exit(f"FAIL: outputs were asked for again: {places}")
        print(f"ok    outputs were asked for in {len(places)} requests, none behind an earlier one")
        left = sorted(path.name for path in folder.glob("*.batch*"))
        if left:
            sys.exit(f"FAIL: files are left: {left}")
    print(f"passed in {time.monotonic() - start:.0f} s (seed {options.seed})")


main()
