"""Compiles known mistakes into a copy of the tree and shows which tests notice them."""

import os
import re
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SCRATCH = ROOT / ".build-mutate"
TREE = SCRATCH / "tree"
SWITCH = SCRATCH / "mutation"
# For the tests of one mistake, in seconds; generous, as a busy machine must not make a mistake look noticed.
DEADLINE = 600
FAILURE = re.compile(r'✘ Test (".+?"|[\w`]+\(.*?\)) (?:recorded an issue|(?:with .*)?failed after)')

# Every module gets its own copy, so that no file needs another import. The path of the switch is fixed when this is
# compiled: tests start programs with the environment that they choose.
SWITCH_SOURCE = """\
#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

enum Mutation {
    private static let chosen: Int32 = {
        guard let file = fopen("%s", "r") else { return 0 }
        defer { fclose(file) }
        var digits = [CChar](repeating: 0, count: 16)
        return fgets(&digits, 16, file) == nil ? 0 : atoi(digits)
    }()

    static func isOn(_ number: Int32) -> Bool { chosen == number }
}
"""


class Mutation:
    def __init__(self, number, entry):
        self.number = number
        self.name = entry["name"]
        self.file = entry["file"]
        self.original = entry["from"]
        self.mutated = entry["to"]
        self.tests = entry["tests"]

    def fault(self, source):
        """Why it can't be put into the source; None where it can."""
        if source is None:
            return "there is no such file"
        places = source.count(self.original)
        if places != 1:
            return f"what it replaces stands there {places} times: {self.original.strip()}"
        if not re.search(r"\bmutant\b", self.mutated):
            return "it does not say where the mistake is: 'to' lacks 'mutant'"
        return None

    def applied(self, source):
        code = re.sub(r"\bmutant\b", f"Mutation.isOn({self.number})", self.mutated)
        return source.replace(self.original, code)


def main():
    mutations = [Mutation(number, entry) for number, entry in enumerate(read_list(), start=1)]
    words = [word.lower() for word in sys.argv[1:] if word != "--list"]
    chosen = [one for one in mutations if not words or any(w in f"{one.name} {one.file}".lower() for w in words)]
    if not chosen:
        sys.exit("no mistake has one of these words in its name or file")
    if "--list" in sys.argv:
        for one in chosen:
            print(f"{one.number:3} {one.name} ({one.file})")
        return

    print("== build", flush=True)
    outdated = copy_tree(mutations)
    for one, fault in outdated:
        print(f"{one.number:3} OUTDATED {one.name} ({one.file}): {fault}")
    chosen = [one for one in chosen if one not in [other for other, _ in outdated]]
    run(["swift", "build", "--build-tests"], cwd=TREE, check=True)

    print("== without a mistake", flush=True)
    failing, seconds = notice(0, sorted({one.tests for one in chosen}), DEADLINE * 3)
    if failing is None or failing:
        told = "the tests do not end" if failing is None else f"these tests fail: {', '.join(failing)}"
        sys.exit(f"without any mistake {told}")
    print(f"all pass, {seconds:.0f} s")

    print("== with one mistake each", flush=True)
    unnoticed = len(outdated)
    for one in chosen:
        failing, seconds = notice(one.number, [one.tests], DEADLINE)
        if not failing:
            unnoticed += 1
        print(f"{one.number:3} {one.name} ({Path(one.file).name})")
        print(f"      {describe(failing)}, {seconds:.0f} s", flush=True)
    print(f"{len(chosen) + len(outdated)} mistakes, {unnoticed} unnoticed or outdated")
    sys.exit(1 if unnoticed else 0)


def read_list():
    with open(HERE / "mutations.toml", "rb") as file:
        return tomllib.load(file)["mutation"]


def copy_tree(mutations):
    """Brings the copy up to date, the mistakes in it, and gives those that can't be put in with the reason.

    Only what differs is written, so that the next build compiles no more than that."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    names = {name for name in listed.stdout.decode().split("\0") if name and os.path.lexists(ROOT / name)}
    sources = {}
    outdated = []
    for one in mutations:
        source = sources.get(one.file) or ((ROOT / one.file).read_text() if one.file in names else None)
        fault = one.fault(source)
        if fault:
            outdated.append((one, fault))
        else:
            sources[one.file] = one.applied(source)
    for module in {"/".join(name.split("/")[:2]) for name in sources}:
        sources[f"{module}/Mutation.swift"] = SWITCH_SOURCE % SWITCH
    SCRATCH.mkdir(exist_ok=True)
    for name in names | sources.keys():
        target = TREE / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_symlink():
            if not target.is_symlink():
                target.symlink_to(os.readlink(ROOT / name))
            continue
        content = sources[name].encode() if name in sources else (ROOT / name).read_bytes()
        if not target.exists() or target.read_bytes() != content:
            target.write_bytes(content)
            if name not in sources or (ROOT / name).exists():
                target.chmod((ROOT / name).stat().st_mode)
    for folder, folders, files in os.walk(TREE):
        folders[:] = [one for one in folders if not one.startswith(".build")]
        for file in files:
            if os.path.relpath(os.path.join(folder, file), TREE) not in names | sources.keys() | {"Package.resolved"}:
                os.unlink(os.path.join(folder, file))
    return outdated


def notice(number, filters, deadline):
    """The names of the tests that fail with the mistake, and how long they took; None where they did not end."""
    SWITCH.write_text(f"{number}\n")
    # As few at once as in Scripts/test: tests with limits of their own fail where hundreds run.
    command = ["swift", "test", "--skip-build", "--experimental-maximum-parallelization-width", "12"]
    command += [word for one in filters for word in ("--filter", one)]
    start = time.monotonic()
    code, output = run(command, cwd=TREE, deadline=deadline)
    seconds = time.monotonic() - start
    if code is None:
        return None, seconds
    failing = list(dict.fromkeys(FAILURE.findall(output)))
    if code != 0 and not failing:
        # A trap ends all of them; the last line tells of it.
        failing = [next((line for line in reversed(output.splitlines()) if "rror:" in line), "the tests broke off")]
    # With a filter that fits nothing all would pass.
    if code == 0 and not re.search(r"Test run with [1-9]", output):
        sys.exit(f"no test fits {filters}")
    return (failing if code != 0 else []), seconds


def describe(failing):
    if failing is None:
        return f"HANGS: the tests did not end within {DEADLINE} s"
    if not failing:
        return "UNNOTICED"
    more = f" and {len(failing) - 1} more" if len(failing) > 1 else ""
    return f"noticed by {failing[0]}{more}"


def run(command, cwd, deadline=None, check=False):
    """The exit code, None if it did not end in time, and what was written; a command that must work shows it."""
    process = subprocess.Popen(
        command, cwd=cwd, stdin=subprocess.DEVNULL, start_new_session=True, errors="replace", text=True,
        stdout=None if check else subprocess.PIPE, stderr=None if check else subprocess.STDOUT)
    try:
        output, _ = process.communicate(timeout=deadline)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return None, ""
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    if check and process.returncode != 0:
        sys.exit("the copy can't be built")
    return process.returncode, output


if __name__ == "__main__":
    main()
