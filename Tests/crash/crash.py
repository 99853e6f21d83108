"""Kills a batch again and again, and compares what comes of it with a batch that nothing disturbed."""

import argparse
import collections
import csv
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from traffic import Traffic

# A process that finds requests without an answer spends this time, in seconds, on finding out what became of them.
SETTLING = 20
# Rows of this many characters fill a request before there are a thousand: the more requests, the more can go wrong.
ROW_SIZE = 3000
ROWS_PER_REQUEST = (1 << 20) // ROW_SIZE
# What becomes of runs follows from their input, so that both batches have the same failures.
FAILING = {"percent": 1, "seed": 7, "status": "failed", "error": "nothing was found"}
SLOW = {"percent": 100, "seed": 9, "delay": 0, "delay_to": 20}


# How often the run of the failed rows is killed.
RETRY_KILLS = 4


def held_back(rows):
    """Keeps the batch from its end until the last kill: half of the requests before are refused as it is."""
    return {"path": "/v1/tasks/groups/*/runs", "method": "POST", "after": max(1, rows // ROWS_PER_REQUEST), "status": 429,
            "retry_after": 1}


def lifetime(number):
    """How long a process lives before it is killed, in seconds; every fifth gets beyond looking for answers."""
    return random.uniform(0.02, 2.5) + (SETTLING if number % 5 == 4 else 0)


def faults(seed):
    group = "/v1/tasks/groups/*"
    return [
        # There are too few of these requests for chance alone to hit one.
        {"path": f"{group}/runs", "method": "POST", "after": 1, "every": 8, "action": "lose"},
        {"path": f"{group}/runs", "method": "POST", "probability": 0.02, "seed": seed, "action": "lose"},
        {"path": f"{group}/runs", "method": "POST", "every": 4, "times": 2, "status": 429, "retry_after": 1},
        # The server is not done when the client is gone.
        {"path": f"{group}/runs", "method": "POST", "probability": 0.3, "seed": seed + 4, "action": "slow", "seconds": 2},
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
        self.control = folder / "control.json"
        self.behave(control)
        ready = folder / "ready"
        self.process = subprocess.Popen(
            [binary, "serve", "--delay", "0", "--ready-file", ready, "--log", self.log, "--log-responses",
             "--control-file", self.control], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not ready.exists():
            time.sleep(0.01)
        self.url = ready.read_text().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def behave(self, control):
        """What goes wrong from now on."""
        new = self.control.with_suffix(".new")
        new.write_text(json.dumps(control))
        new.rename(self.control)

    def rows(self, group):
        """How often the group has each row."""
        request = urllib.request.Request(f"{self.url}/v1/tasks/groups/{group}/runs", headers={"x-api-key": "crash"})
        counts = collections.Counter()
        with urllib.request.urlopen(request) as answer:
            for line in answer:
                if line.startswith(b"data: "):
                    counts[int(json.loads(line[6:])["run"]["metadata"]["parallel_row"])] += 1
        return counts


def make_input(path, count, seed):
    chance = random.Random(seed)
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "company", "note", "about"])
        for number in range(count):
            note = chance.choice(["plain", 'with "quotes"', "with, comma", "two\nlines", "süß", ""])
            writer.writerow([number, f"Company {chance.randrange(1 << 32):x}", note, chance.choice("abc") * ROW_SIZE])


def batch(options, sandbox, folder, output, *more):
    environment = dict(os.environ, PARALLEL_BASE_URL=sandbox.url, PARALLEL_API_KEY="crash", HOME=str(folder))
    words = [options.parallel, "batch", "run", folder / "input.csv", "-o", output, "--yes", "--status",
             "--field", "founder=Name of the founder", "--field", "founded:integer=Year of founding", *more]
    return subprocess.Popen(words, env=environment, stderr=subprocess.PIPE, text=True)


def finish(process, limit, code=8):
    _, errors = process.communicate(timeout=limit)
    if process.returncode != code:
        sys.exit(f"FAIL: the batch ended with {process.returncode}:\n{errors}")
    return errors


def results_on_disk(output):
    """The runs whose results the client has safe: the whole lines of its file."""
    path = output.with_name(output.name + ".batch.results")
    lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
    return {result["run"]["run_id"] for result in map(json.loads, lines) if "run" in result}


def killed(process, seconds, count):
    """Kills a batch after some seconds; fails if it had ended by itself."""
    time.sleep(seconds)
    process.kill()
    _, errors = process.communicate()
    if process.returncode != -signal.SIGKILL:
        sys.exit(f"FAIL: the batch ended with {process.returncode} after {count} kills:\n{errors}")


def group_of(errors):
    return next(word for word in errors.split() if word.startswith("tgrp_")).rstrip(",)")


def retried(options, sandbox, folder, output):
    """How often the server has each row that failed, after the command that runs them again was killed, too."""
    additions = {"path": "/v1/tasks/groups/*/runs", "method": "POST"}
    # The first answer is lost; none comes before the last kill.
    sandbox.behave({"faults": [{**additions, "times": 1, "action": "lose"}], "runs": [{**SLOW, "delay": 10}]})
    for number in range(RETRY_KILLS):
        killed(batch(options, sandbox, folder, output, "--retry-failed"), random.uniform(0.3, 2), number)
    errors = finish(batch(options, sandbox, folder, output, "--retry-failed"), 600, code=0)
    print(errors.strip().splitlines()[-1])
    return sandbox.rows(group_of(errors))


def disturbed(options, folder):
    """The output and how often the server has each row, before and after the failed rows run again, and the traffic."""
    output = folder / "disturbed.csv"
    control = {"faults": faults(options.seed), "runs": [FAILING, SLOW]}
    held = dict(control, faults=[held_back(options.rows), *control["faults"]])
    with Sandbox(options.sandbox, folder / "disturbed", held) as sandbox:
        kills = []
        while len(kills) < options.kills:
            killed(batch(options, sandbox, folder, output), lifetime(len(kills)), len(kills))
            kills.append((time.monotonic_ns(), results_on_disk(output)))
        sandbox.behave(control)
        errors = finish(batch(options, sandbox, folder, output), 600)
        print(errors.strip().splitlines()[-1])
        traffic = Traffic(sandbox.log, kills)
        sandbox.behave({"faults": []})
        counts, text = sandbox.rows(group_of(errors)), output.read_bytes()
        return text, counts, retried(options, sandbox, folder, output), output.read_bytes(), traffic


def check_faults(traffic, rows):
    happened = traffic.happened()
    print("happened: " + ", ".join(f"{count} {name}" for name, count in happened.items()))
    absent = [name for name, count in happened.items() if count == 0]
    if absent:
        sys.exit(f"FAIL: nothing was shown about {', '.join(absent)}; try another seed")
    accepted = traffic.accepted()
    if accepted != rows:
        sys.exit(f"FAIL: requests whose answers were sent or lost added {accepted} runs, and the server has {rows}")


def check_deliveries(traffic):
    found = traffic.deliveries()
    print(f"results: {found.results} delivered in {found.requests} requests, {found.twice} of them again: "
          f"{found.lost} that a SIGKILL had kept off the disk, {found.behind} that had been sent behind an active run")
    if found.again:
        sys.exit(f"FAIL: {len(found.again)} results that the client had were sent again, such as {found.again[:5]}")
    print("ok    no result that the client had was sent again")


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
            expected_text = expected.read_bytes()
            sandbox.behave({})
            finish(batch(options, sandbox, folder, expected, "--retry-failed"), 600, code=0)
        text, counts, retried_counts, retried_text, traffic = disturbed(options, folder)

        wrong = {row: count for row, count in counts.items() if count != 1}
        missing = set(range(1, options.rows + 1)) - counts.keys()
        if wrong or missing:
            sys.exit(f"FAIL: rows run more than once {wrong}, rows never run {sorted(missing)[:10]}")
        print(f"ok    the server has exactly {sum(counts.values())} runs, one for each row")
        failed = {number for number, row in enumerate(csv.DictReader(text.decode().splitlines(True)), 1) if row["error"]}
        if not failed or retried_counts != dict.fromkeys(failed, 1):
            sys.exit(f"FAIL: of the failed rows {sorted(failed)} the server has these runs again: {retried_counts}")
        print(f"ok    the server has exactly one further run for each of the {len(failed)} rows that failed")
        if text != expected_text or retried_text != expected.read_bytes():
            sys.exit("FAIL: the output differs from that of an undisturbed batch")
        print("ok    the outputs are those of an undisturbed batch, before and after its failed rows ran again")
        check_deliveries(traffic)
        check_faults(traffic, sum(counts.values()))
        left = sorted(path.name for path in folder.glob("*.batch*"))
        # Rows failed, so that their state and the results of the others are kept.
        kept = [f"{name}.csv.batch{suffix}" for name in ("disturbed", "expected") for suffix in ("", ".results")]
        if left != kept:
            sys.exit(f"FAIL: the files {left} are left instead of {kept}")
    print(f"passed in {time.monotonic() - start:.0f} s (seed {options.seed})")


main()
