"""The shell, the disk and the terminal around the program."""

import re
import stat

from scene import Scene, expect, expect_equal

QUICK = ["-p", "lite", "--metadata", "sandbox_delay=0"]


def appending(scene):
    scene.write("log", "precious\n")
    scene.shell(["sh", "-c", f'"$0" task run {" ".join(QUICK)} q -o /dev/stdout >> log', scene.binary]).ends(0)
    text = scene.read("log")
    expect(text.startswith("precious\n") and len(text) > 12, text)


def kept_mode(scene):
    scene.write("p", "old\n")
    (scene.folder / "p").chmod(0o600)
    scene.parallel("task", "run", *QUICK, "q", "-o", "p", "--force").ends(0)
    expect_equal(stat.S_IMODE((scene.folder / "p").stat().st_mode), 0o600)


def several_errors(scene):
    good = scene.parallel("task", "run", *QUICK, "q", "--no-wait").ends(0).out
    good = re.search(r"trun_[0-9a-f]+", good).group(0)
    done = scene.parallel("task", "status", good, "trun_bad1", "trun_bad2")
    done.ends(8)
    for bad in ("trun_bad1", "trun_bad2"):
        expect(any(bad in line and "error" in line for line in done.err.splitlines()), f"no error names {bad}: {done.err!r}")


def completion(scene):
    script = """IFS=$'\\n'; source <("$0" completion bash); COMP_WORDS=(parallel ta); COMP_CWORD=1
    COMP_LINE='parallel ta' COMP_POINT=11; $(complete -p parallel | sed 's/.*-F \\([^ ]*\\).*/\\1/') parallel ta parallel
    printf '%s\\n' "${COMPREPLY[@]}" """
    expect_equal(scene.shell(["bash", "-c", script, scene.binary]).ends(0).out.strip(), "task")


CASES = {
    "appending to a log": appending,
    "a file keeps its mode": kept_mode,
    "an error says which run": several_errors,
    "completion with another IFS": completion,
}


def run(report, options):
    def check(case):
        with Scene(options) as scene:
            case(scene)
    for name, case in CASES.items():
        report.check(f"surroundings: {name}", check, case)
