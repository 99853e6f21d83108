"""docs/recipes.md: every file on the page, as it stands there, against the sandbox.

The folder /srv/companies and /usr/local/bin are folders of the test, and jobs learn the sandbox's address from their
environment; nothing else is changed. Cron and systemd themselves are not run, but their environment is made.
"""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from harness import Sandbox, expect, expect_equal

PAGE = Path(__file__).parent.parent.parent / "docs/recipes.md"
# What the page has, in order. Whoever adds a block adds a check of it.
KINDS = ["sh", "crontab", "systemd", "systemd", "systemd", "make", "yaml", "sh duckdb", "sh sqlite"]
TWO, THREE = "company\nIntel\nAMD\n", "company\nIntel\nAMD\nArm\n"
# A net against hanging: each job takes seconds.
DEADLINE = 120


def blocks():
    """The blocks of the page as pairs of kind and text."""
    return re.findall(r"^```(\S[^\n]*)\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)


class Scene:
    """A sandbox of its own, and a folder that stands for /srv/companies; a context manager."""

    def __init__(self, options):
        self.options = options
        self.texts = [text for _, text in blocks()]

    def __enter__(self):
        self.directory = tempfile.TemporaryDirectory(prefix="recipes-")
        root = Path(self.directory.name)
        self.rules = root / "rules.json"
        self.follow()
        self.sandbox = Sandbox(self.options.sandbox, "--control-file", self.rules)
        self.sandbox.__enter__()
        self.home, self.place, self.bin = root / "home", root / "companies", root / "bin"
        for folder in (self.home, self.place, self.bin):
            folder.mkdir()
        (self.bin / "parallel").symlink_to(Path(self.options.parallel).absolute())
        self.write("companies.csv", TWO)
        self.write("key", self.sandbox.key)
        (self.place / "key").chmod(0o600)
        return self

    def __exit__(self, *_):
        self.sandbox.__exit__()
        self.directory.cleanup()

    def text(self, kind, number=0):
        """A block of the page, with the folders of the test."""
        text = [text for block, text in zip(KINDS, self.texts) if block == kind][number]
        return text.replace("/srv/companies", str(self.place)).replace("/usr/local/bin", str(self.bin))

    def write(self, name, text, mode=0o644):
        path = self.place / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return path

    def read(self, name):
        return (self.place / name).read_text()

    def follow(self, *runs):
        """Makes the sandbox follow these rules for runs, from the next one on."""
        self.rules.write_text(json.dumps({"runs": runs}))

    def variables(self, **more):
        return {"PATH": f"{self.bin}:/usr/bin:/bin", "PARALLEL_BASE_URL": self.sandbox.url} | more

    def run(self, words, variables):
        """Runs a program without standard input, in a session without a terminal."""
        return subprocess.run(
            ["sh", "-c", 'exec "$@" <&-', "sh", *map(str, words)], cwd=self.place, env=variables, capture_output=True,
            text=True, timeout=DEADLINE, start_new_session=True)

    def created(self):
        """How many runs were asked for, and taken, so far."""
        log = self.sandbox.log()
        taken = {entry["id"] for entry in log if entry["event"] == "response" and (entry["status"] or 500) < 400}
        sent = [e for e in log if e["event"] == "request" and e["method"] == "POST" and e["id"] in taken]
        rows = sum(len(e["body"]["inputs"]) for e in sent if e["path"].endswith("/runs") and "inputs" in e["body"])
        return rows + sum(e["path"] == "/v1/tasks/runs" for e in sent)

    def expect_founders(self, count, what):
        lines = self.read("founders.csv").splitlines()
        expect_equal(len(lines), count + 1, f"{what}: {lines}")
        expect(all(line.endswith(",") for line in lines[1:]), f"{what}: {lines}")


def check_page():
    expect_equal([kind for kind, _ in blocks()], KINDS, "the blocks of docs/recipes.md")


# MARK: the script, cron


def jobs(scene):
    """The crontab's commands, and what it sets for them, as crontab(5) says."""
    variables, commands = {}, []
    for line in scene.text("crontab").splitlines():
        if setting := re.fullmatch(r"([A-Z]+)=(.*)", line):
            variables[setting[1]] = setting[2]
        elif job := re.fullmatch(r"(?:[0-9*/,-]+ ){5}(/.*)", line):
            expect("%" not in job[1], f"% ends a line in a crontab: {line}")
            commands.append(job[1])
        else:
            raise AssertionError(f"no line of a crontab: {line}")
    return variables, commands


def night(scene, job, code=0, **variables):
    """Runs a job as cron does. Returns what would be mailed."""
    set_for_all, commands = jobs(scene)
    expect(set_for_all.get("MAILTO"), "nobody gets the mail")
    basis = {"PATH": "/usr/bin:/bin", "SHELL": "/bin/sh", "LOGNAME": "ada", "PARALLEL_BASE_URL": scene.sandbox.url}
    done = scene.run(["/bin/sh", "-c", commands[job]], basis | set_for_all | variables)
    mail = done.stdout + done.stderr
    expect_equal(done.returncode, code, f"{commands[job]}: {mail[-500:]!r}")
    return mail


def check_nights(scene):
    """Two nights, the second with a new row, and one with nothing to do; each silent, each row run once."""
    scene.write("nightly", scene.text("sh"), 0o755)
    submit, collect = 0, 1
    expect_equal(night(scene, submit), "", "mail of the first evening")
    expect(not (scene.place / "founders.csv").exists(), "the evening does not wait")
    expect_equal(scene.created(), 2, "rows of the first evening")
    expect_equal(night(scene, collect), "", "mail of the first morning")
    scene.expect_founders(2, "the first morning")
    scene.write("companies.csv", THREE)
    expect_equal(night(scene, submit, HOME=str(scene.home)), "", "mail of the second evening")
    expect_equal(night(scene, submit, HOME=str(scene.home)), "", "mail of a second evening's second call")
    expect_equal(night(scene, collect, HOME=str(scene.home)), "", "mail of the second morning")
    scene.expect_founders(3, "the second morning")
    for job in (submit, collect):
        expect_equal(night(scene, job), "", "mail where nothing is new")
    expect_equal(scene.created(), 3, "rows of all nights")
    log = scene.home / ".local/state/parallel/log.jsonl"
    expect(log.exists(), "with HOME the batch is in the log")


def check_failures(scene):
    """There is mail with the reason where something goes wrong, and the morning makes up for the evening."""
    scene.write("nightly", scene.text("sh").replace("2h", "1s"), 0o755)
    submit, collect = 0, 1
    mail = night(scene, submit, 7, PARALLEL_BASE_URL="http://127.0.0.1:9")
    expect("connection refused" in mail, mail)
    (scene.place / "key").unlink()
    expect("key" in night(scene, submit, 2), "no mail about a missing key")
    scene.write("key", scene.sandbox.key, 0o600)
    scene.follow({"percent": 100, "delay": 8})
    mail = night(scene, collect, 5)
    expect("the wait ended" in mail, mail)
    scene.write("nightly", scene.text("sh"), 0o755)
    expect_equal(night(scene, collect), "", "mail of the next morning")
    scene.expect_founders(2, "the next morning")
    scene.follow({"percent": 100, "status": "failed", "error": "No luck"})
    scene.write("companies.csv", THREE)
    mail = night(scene, collect, 8)
    expect("No luck" in mail and "1 failed" in mail, mail)
    expect_equal(scene.created(), 3, "rows of all nights")
    mail = scene.run([scene.place / "nightly", "tomorrow"], {})
    expect_equal((mail.returncode, mail.stderr), (2, "usage: nightly submit|collect\n"))


# MARK: systemd

UNITS = ["companies@.service", "companies@submit.timer", "companies-failed@.service"]


def units(scene):
    """Writes the unit files, and returns them."""
    scene.write("nightly", scene.text("sh"), 0o755)
    folder = scene.place / "system"
    texts = {name: scene.text("systemd", number) for number, name in enumerate(UNITS)}
    timer = texts["companies@submit.timer"]
    expect("OnCalendar=22:30\n" in timer, timer)
    texts["companies@collect.timer"] = timer.replace("22:30", "06:00")
    return [scene.write(f"{folder.name}/{name}", text) for name, text in texts.items()]


def value(text, name, instance):
    line = re.search(rf"^{name}=(.*)$", text, re.MULTILINE)
    expect(line, f"no {name} in {text}")
    return line[1].replace("%i", instance)


def check_units(scene):
    files = units(scene)
    done = scene.run(["systemd-analyze", "verify", "--recursive-errors=no", *files], {"PATH": os.environ["PATH"]})
    # A machine without systemd running lacks the units that every system has.
    said = [line for line in (done.stdout + done.stderr).splitlines() if "companies" in line]
    expect(done.returncode == 0 and not said, f"systemd-analyze: {done.stdout + done.stderr}")
    root = scene.home / "root"
    system = root / "etc/systemd/system"
    system.mkdir(parents=True)
    for file in files:
        shutil.copy(file, system)
    timers = ["companies@submit.timer", "companies@collect.timer"]
    done = scene.run(["systemctl", f"--root={root}", "enable", *timers], {"PATH": os.environ["PATH"]})
    expect_equal(done.returncode, 0, done.stderr)
    expect_equal(sorted(path.name for path in (system / "timers.target.wants").iterdir()), sorted(timers))


def check_services(scene):
    """The services do, in the environment that systemd gives, what they are for."""
    service, _, failed, _ = [path.read_text() for path in units(scene)]
    given = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "USER": "companies",
        "LOGNAME": "companies", "HOME": str(scene.home), "SHELL": "/usr/sbin/nologin", "INVOCATION_ID": "0" * 32,
        "PARALLEL_BASE_URL": scene.sandbox.url}
    for instance in ("submit", "collect"):
        done = scene.run(shlex.split(value(service, "ExecStart", instance)), given)
        expect_equal((done.returncode, done.stdout + done.stderr), (0, ""), instance)
    scene.expect_founders(2, "the service")
    expect_equal(scene.created(), 2, "rows of the service")
    expect_equal(value(service, "OnFailure", "collect"), "companies-failed@collect.service", "what a failure starts")
    for name, text in (("journalctl", 'echo "journal of $*"'), ("mail", 'echo "$@" >mailed; cat >>mailed')):
        path = scene.bin / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
    done = scene.run(shlex.split(value(failed, "ExecStart", "collect")), given | {"PATH": f"{scene.bin}:/usr/bin:/bin"})
    expect_equal((done.returncode, done.stderr), (0, ""), "the mail")
    expect_equal(
        scene.read("mailed"), "-s companies: collect failed root\njournal of -n 40 -u companies@collect\n", "the mail")


# MARK: make


def make(scene, *words, code=0):
    variables = scene.variables(HOME=str(scene.home), PARALLEL_API_KEY=scene.sandbox.key)
    done = scene.run(["make", *words], variables)
    expect_equal(done.returncode, code, f"make {' '.join(words)}: {done.stdout[-300:]} {done.stderr[-500:]}")
    return done


def check_make(scene):
    """Every output is made once, and made anew where its input has changed."""
    scene.write("Makefile", scene.text("make"))
    scene.write("questions/a.txt", "Who founded Intel?\n")
    scene.write("questions/b.txt", "Who founded AMD?\n")
    make(scene)
    scene.expect_founders(2, "make")
    expect(scene.read("reports/a.md") and scene.read("reports/b.md"), "no reports")
    expect_equal(scene.created(), 4, "runs of the first make")
    asked = len(scene.sandbox.log())
    expect("parallel" not in make(scene).stdout, "the second make does something")
    expect_equal(len(scene.sandbox.log()), asked, "messages of the second make")
    later(scene, "companies.csv", THREE)
    later(scene, "questions/b.txt", "Who runs AMD?\n")
    make(scene)
    scene.expect_founders(3, "make with a new row")
    expect_equal(scene.created(), 6, "runs with a new row and another question")
    later(scene, "companies.csv", THREE)
    make(scene)
    expect("batch run" not in make(scene).stdout, "a time that has changed is told for ever")
    expect_equal(scene.created(), 6, "runs where nothing but a time has changed")


def later(scene, name, text):
    """Changes a file, with a time behind those of all that was made."""
    path = scene.write(name, text)
    newest = max(file.stat().st_mtime for file in scene.place.rglob("*"))
    os.utime(path, (newest + 0.01, newest + 0.01))


def check_stopped_make(scene):
    """What was stopped while it waited is waited for by the next call; what failed is told, and run again by `retry`."""
    scene.write("Makefile", scene.text("make"))
    scene.write("questions/a.txt", "Who founded Intel?\n")
    scene.follow({"percent": 100, "delay": 600})
    variables = scene.variables(HOME=str(scene.home), PARALLEL_API_KEY=scene.sandbox.key)
    for target, begun in (("founders.csv", 2), ("reports/a.md", 3)):
        with subprocess.Popen(
                ["make", target], cwd=scene.place, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, start_new_session=True) as process:
            deadline = time.monotonic() + DEADLINE
            # Until it waits for what it has begun.
            while scene.created() < begun or not waits(scene):
                expect(time.monotonic() < deadline and process.poll() is None, f"{target} was not begun")
                time.sleep(0.05)
            os.killpg(process.pid, signal.SIGINT)
            expect(process.wait(DEADLINE) != 0, "make was stopped")
    done = make(scene, "--dry-run")
    expect("task run" not in done.stdout and "task result" in done.stdout, f"{done.stdout}: the run is begun anew")
    expect_equal(done.stdout.count("--add-new"), 1, done.stdout)
    expect_equal(scene.created(), 3, "runs of a stopped make")


def waits(scene):
    """Whether the last requests are those of a wait."""
    paths = [entry["path"] for entry in scene.sandbox.log() if entry["event"] == "request"]
    return paths[-1].endswith(("/events", "/result"))


def check_failed_make(scene):
    scene.write("Makefile", scene.text("make"))
    scene.follow({"percent": 100, "status": "failed", "error": "No luck"})
    done = make(scene, code=2)
    expect("Error 8" in done.stderr, done.stderr)
    expect("No luck" in scene.read("founders.csv"), scene.read("founders.csv"))
    scene.follow()
    make(scene)
    expect_equal(scene.created(), 2, "runs of a make that failed, and the next")
    make(scene, "retry")
    scene.expect_founders(2, "make retry")
    expect_equal(scene.created(), 4, "runs with those of the failed rows")


# MARK: GitHub Actions


def check_workflow(scene):
    path = scene.write("workflow.yml", scene.text("yaml"))
    checker = Path(scene.options.venvs) / "recipes-venv/bin/check-jsonschema"
    done = scene.run([checker, "--builtin-schema", "vendor.github-workflows", path], {"PATH": os.environ["PATH"]})
    expect_equal(done.returncode, 0, done.stdout)


def steps(scene):
    """The steps of the workflow, read by a YAML parser."""
    python = Path(scene.options.venvs) / "recipes-venv/bin/python"
    path = scene.write("workflow.yml", scene.text("yaml"))
    script = "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))['jobs']['founders']['steps']))"
    return json.loads(scene.run([python, "-c", script, path], {"PATH": os.environ["PATH"]}).stdout)


def workflow(scene, home, **variables):
    """Does what a runner does with the steps. Returns what the last `run` said and its exit code."""
    installer = '#!/bin/sh\nmkdir -p "$2/bin" && ln -s "{program}" "$2/bin/$4"\n'
    program = Path(scene.options.parallel).absolute()
    (home / "tools").mkdir(parents=True)
    (home / "tools/curl").write_text(f"#!/bin/sh\ncat >\"$4\" <<'END'\n{installer.format(program=program)}END\n")
    (home / "tools/curl").chmod(0o755)
    path, last = f"{home}/tools:/usr/bin:/bin", None
    for step in steps(scene):
        if "run" not in step:
            continue
        file = home / "step.sh"
        file.write_text(step["run"])
        secret = {k: v.replace("${{ secrets.PARALLEL_API_KEY }}", scene.sandbox.key) for k, v in step.get("env", {}).items()}
        expect("${{" not in step["run"] + "".join(secret.values()), f"an expression is left: {step}")
        last = scene.run(
            ["bash", "-e", file],
            {"PATH": path, "HOME": str(home), "CI": "true", "GITHUB_PATH": str(home / "path"),
             "PARALLEL_BASE_URL": scene.sandbox.url} | secret | variables)
        if (home / "path").exists():
            path = ":".join([*(home / "path").read_text().split(), path])
        if last.returncode:
            break
    return last


def check_steps(scene):
    done = workflow(scene, scene.home / "1")
    expect_equal(done.returncode, 0, done.stderr)
    upload = steps(scene)[-1]
    expect(upload["uses"].startswith("actions/upload-artifact@") and "cancelled()" in upload["if"], upload)
    expect((scene.place / upload["with"]["path"]).exists(), "there is no artifact")
    scene.expect_founders(2, "the artifact")
    expect("::" not in done.stdout and scene.sandbox.key not in done.stdout + done.stderr, done.stdout + done.stderr)
    forget(scene)
    scene.follow({"percent": 100, "status": "failed", "error": "No luck"})
    done = workflow(scene, scene.home / "2")
    expect_equal((done.returncode, done.stdout), (0, "::warning::some rows failed; founders.csv says why\n"))
    expect("No luck" in scene.read("founders.csv"), "no reason")
    forget(scene)
    done = workflow(scene, scene.home / "3", PARALLEL_BASE_URL="http://127.0.0.1:9")
    expect_equal(done.returncode, 7, "the step's exit code")
    expect(not (scene.place / "founders.csv").exists(), "an artifact of nothing")
    expect_equal(scene.created(), 4, "rows of the workflow's runs")


def forget(scene):
    for path in scene.place.glob("founders.csv*"):
        path.unlink()


# MARK: databases


def check_database(scene, kind, program, shown):
    """Out of the table, through the batch, back into it, and again when the table has grown."""
    file = f"companies.{kind}"

    def query(sql):
        done = scene.run([program, *shown, file, sql], {"PATH": "/usr/bin:/bin", "HOME": str(scene.home)})
        expect_equal(done.returncode, 0, done.stderr)
        return done.stdout

    def founders(condition):
        return int(query(f"SELECT count(*) FROM companies WHERE founder {condition}"))

    def run(code=0):
        variables = scene.variables(HOME=str(scene.home), PARALLEL_API_KEY=scene.sandbox.key)
        variables["PATH"] = f"{Path(program).parent}:{variables['PATH']}"
        done = scene.run(["bash", "-uc", scene.text(f"sh {kind}")], variables)
        expect_equal(done.returncode, code, done.stderr)

    query("CREATE TABLE companies (id INTEGER, name TEXT, founder TEXT)")
    query("INSERT INTO companies VALUES (7, 'Intel', NULL), (8, 'AMD, \"Inc.\"', NULL)")
    run()
    expect_equal((founders("IS NOT NULL"), scene.created()), (2, 2), "founders and runs")
    query("INSERT INTO companies VALUES (9, 'Arm', NULL)")
    run()
    expect_equal((founders("IS NOT NULL"), scene.created()), (3, 3), "founders and runs after an insert")
    query("INSERT INTO companies VALUES (10, 'Nobody', 'as before')")
    scene.follow({"percent": 100, "status": "failed", "error": "No luck"})
    run()
    expect_equal((founders("= 'as before'"), scene.created()), (1, 4), "a row that failed keeps what it has")


def check_duckdb(scene):
    check_database(scene, "duckdb", Path(scene.options.venvs) / "recipes-venv/bin/duckdb", ["-noheader", "-csv"])


def check_sqlite(scene):
    check_database(scene, "sqlite", shutil.which("sqlite3"), [])


def run(report, options):
    report.check("recipes: every block of the page has a check", check_page)
    checks = {
        "the nightly script, by cron": check_nights, "mail of failures": check_failures,
        "systemd reads the units": check_units, "what the services run": check_services, "make": check_make,
        "make, stopped": check_stopped_make, "make, with failures": check_failed_make,
        "GitHub's schema of workflows": check_workflow, "the workflow's steps": check_steps, "DuckDB": check_duckdb,
        "SQLite": check_sqlite}
    for name, check in checks.items():
        with Scene(options) as scene:
            report.check(f"recipes: {name}", check, scene)
