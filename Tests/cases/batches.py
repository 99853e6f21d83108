"""Batches over days: rows that the API refuses, retries, and what was paid."""

import csv
import functools
import io
import json
import re
import signal
import time

from scene import ASK, Scene, expect, expect_equal, python_server

ROWS = "firm,n\n" + "".join(f"Firm {n:02},{n}\n" for n in range(1, 40))
TWELVE = "firm\n" + "".join(f"Firm {n}\n" for n in range(1, 13))


def table(scene, name="o.csv"):
    return list(csv.DictReader(io.StringIO(scene.read(name), newline="")))


def refused_rows(numbers, status, form, scene):
    """Each refused row gets its error with the API's words, the others run."""
    words = [word for number in numbers for word in ("--word", f"Firm {number:02}")]
    process, url = python_server(
        "refusing_proxy.py", scene.folder / "proxy.url", scene.sandbox.url, *words, "--status", status, "--form", form)
    try:
        scene.write("rows.csv", ROWS)
        done = scene.parallel("batch", "run", "rows.csv", *ASK, timeout=120, PARALLEL_BASE_URL=url).ends(8)
    finally:
        process.kill()
        process.wait()
    rows = table(scene)
    expect_equal(len(rows), 39, "rows written:")
    failed = [number for number, row in enumerate(rows, 1) if row["error"]]
    expect_equal(failed, list(numbers), "rows with an error:")
    expect(all(row["x"] for number, row in enumerate(rows, 1) if number not in numbers), "a good row has no answer")
    expect_equal(len(scene.inputs()), 39 - len(numbers), "inputs that reached the sandbox:")
    if form != "page":
        for number in numbers:
            expect("input has too many tokens" in rows[number - 1]["error"], rows[number - 1]["error"])
    done.says(f"{len(numbers)} failed")


def retry(scene):
    scene.write("twelve.csv", TWELVE)
    scene.control.write_text(json.dumps({"runs": [{"percent": 40, "seed": 7, "status": "failed", "error": "No luck"}]}))
    first = scene.parallel("batch", "run", "twelve.csv", *ASK).ends(8).says("× No luck", "--retry-failed")
    failed = int(re.search(r"(\d+) failed", first.err).group(1))
    before = table(scene)
    expect_equal(sum(bool(row["error"]) for row in before), failed, "rows with an error:")
    scene.control.write_text("{}")
    time.sleep(0.1)
    scene.parallel("batch", "run", "twelve.csv", *ASK, "--retry-failed").ends(0)
    expect_equal(len(scene.inputs()), 12 + failed, "runs paid or tried:")
    after = table(scene)
    expect(len(after) == 12 and not any(row["error"] for row in after), f"not whole: {after}")
    for old, new in zip(before, after):
        expect(old["error"] or old["x"] == new["x"], "a row that was good has changed")


def collecting(scene):
    scene.write("twelve.csv", TWELVE)
    group = scene.parallel("batch", "run", "twelve.csv", *ASK, "--metadata", "sandbox_delay=2", "--no-wait").ends(0).out.strip()
    for _ in range(60):
        done = scene.parallel("batch", "results", group, "-o", "r.csv")
        if done.code == 0:
            break
        done.ends(5)
        time.sleep(0.5)
    done.ends(0)
    expect_equal(len(table(scene, "r.csv")), 12, "rows collected:")


def lost_state(scene):
    scene.write("twelve.csv", TWELVE)
    words = ["batch", "run", "twelve.csv", *ASK, "--metadata", "sandbox_delay=60"]
    process = scene.start(*words)
    deadline = time.monotonic() + 30
    while len(scene.inputs()) < 12:
        expect(time.monotonic() < deadline, "nothing was sent")
        time.sleep(0.05)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    expect_equal(process.returncode, 130)
    group = re.search(rb"tgrp_[0-9a-f]+", said).group(0).decode()
    (scene.folder / "o.csv.batch").unlink()
    scene.parallel(*words).ends(2).says(group)
    expect_equal(len(scene.inputs()), 12, "runs paid:")


def finished_again(scene):
    """The same command after the end pays nothing, and says what would."""
    scene.write("twelve.csv", TWELVE)
    scene.parallel("batch", "run", "twelve.csv", *ASK).ends(0)
    scene.parallel("batch", "run", "twelve.csv", *ASK).says("o.csv")
    scene.parallel("batch", "run", "twelve.csv", *ASK, "--basis", "--force")
    expect_equal(len(scene.inputs()), 12, "runs paid:")
    expect(scene.parallel("batch", "results", "o.csv", "--json").ends(0).out.count("\n") == 12, "rows of batch results")


def new_rows(scene):
    scene.write("rows.csv", TWELVE)
    scene.parallel("batch", "run", "rows.csv", *ASK).ends(0)
    before = {row["firm"]: row["x"] for row in table(scene)}
    scene.write("rows.csv", "firm\nNew A\n" + TWELVE.removeprefix("firm\n") + "New B\n")
    scene.parallel("batch", "run", "rows.csv", *ASK, "--add-new").ends(0)
    after = table(scene)
    expect_equal([row["firm"] for row in after], ["New A", *(f"Firm {n}" for n in range(1, 13)), "New B"])
    expect(all(row["x"] for row in after) and all(before.get(row["firm"], row["x"]) == row["x"] for row in after), str(after))
    expect_equal(len(scene.inputs()), 14, "runs paid:")


def run(report, options):
    def check(case, *serve):
        with Scene(options, "--delay", "0", *serve) as scene:
            case(scene)

    for numbers in ([17], [1], [39], [5, 6, 20]):
        name = ", ".join(map(str, numbers))
        report.check(f"batch: rows refused: {name}", check, functools.partial(refused_rows, numbers, 422, "fields"))
    for status, form in ((400, "object"), (413, "page"), (400, "page"), (422, "object")):
        report.check(f"batch: a row refused with {status}, {form}", check, functools.partial(refused_rows, [17], status, form))
    report.check("batch: --retry-failed", check, retry)
    report.check("batch: results until they are there", check, collecting)
    report.check("batch: a lost state file", check, lost_state)
    report.check("batch: the same command after the end", check, finished_again)
    report.check("batch: --add-new", check, new_rows)
