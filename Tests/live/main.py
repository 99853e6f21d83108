"""Compares the real API's answers with its description, and asks what it leaves open. For Scripts/live-check."""

import argparse
import re
import signal
import sys
import tempfile
from datetime import datetime
from pathlib import Path

import questions
from check import Check
from client import Client, Unreachable, is_local, settings
from described import Description
from plan import PROBES
from report import Report, secrets


def dollars(thousandths):
    return f"${thousandths / 1000:.3f}"


def plan(probes):
    lines = [f"  {dollars(price)}  {name}: {parts}" for name, _, price, parts in probes]
    total = sum(price for _, _, price, _ in probes)
    return "\n".join(
        [*lines, f"  {dollars(total)}  together, at most as prices are published, on the account of your key"]
    )


def stop(code, text):
    print(f"error: {text}", file=sys.stderr)
    sys.exit(code)


def interrupt(*_):
    raise KeyboardInterrupt


def arguments():
    parser = argparse.ArgumentParser(
        prog="Scripts/live-check",
        description="Checks the real API with the cheapest request of each kind, and writes a report "
        "without anything of your account in it. The key is that of 'parallel': PARALLEL_API_KEY, or a login.",
        epilog="Exit codes: 0 all as expected, 1 differences were seen, 2 usage or no consent, 3 no key, 7 the API "
        "can't be reached, 130 interrupted; the report then has what was seen until then.",
    )
    parser.add_argument("--yes", action="store_true", help="don't ask before spending money")
    parser.add_argument("--plan", action="store_true", help="only show what would be sent and what it costs")
    parser.add_argument("--only", metavar="NAME", action="append", help="only this line of the plan (repeatable)")
    parser.add_argument(
        "--report", metavar="FILE", type=Path, help="where the report goes (default: live-check-TIME.md)"
    )
    parser.add_argument(
        "--base-url", metavar="URL", help="the API's address (default: PARALLEL_BASE_URL, or Parallel's)"
    )
    parser.add_argument(
        "--wait",
        metavar="SECONDS",
        type=int,
        default=300,
        help="how long to wait for runs, and for other answers up to 120 (default: 300)",
    )
    parser.add_argument("--parallel", required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if "/" in options.parallel:
        options.parallel = str(Path(options.parallel).absolute())
    names = [name for name, *_ in PROBES]
    if unknown := set(options.only or []) - set(names):
        parser.error(f"no such line: {', '.join(sorted(unknown))}; there are: {', '.join(names)}")
    if not 1 <= options.wait <= 3600:
        parser.error("--wait takes 1 to 3600 seconds")
    options.report = options.report or Path(f"live-check-{datetime.now():%Y-%m-%d-%H%M%S}.md")
    if options.report.exists():
        parser.error(f"there is a file {options.report} already")
    if not options.report.absolute().parent.is_dir():
        parser.error(f"no such folder: {options.report.parent}")
    return options


def agreed(options):
    if options.yes:
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        stop(2, "this spends money, and there is no terminal to ask on; --yes agrees to it")
    print("Go on? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def place(base):
    """The API's address, if it tells nothing of the account: gateways have theirs in it."""
    if is_local(base):
        return "a sandbox on this machine"
    return base if re.fullmatch(r"https://api\.parallel\.ai/?", base) else "another address, which is not told here"


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, interrupt)
    environment = settings(options.base_url)
    probes = [probe for probe in PROBES if not options.only or probe[0] in options.only]
    if options.plan:
        print(plan(probes))
        return 0
    with tempfile.TemporaryDirectory(prefix="live-check-") as folder:
        client = Client(options.parallel, Path(folder), environment, min(120, options.wait))
        version = client.run("--version").out.strip()
        key = client.run("auth", "status", "--offline", "--json")
        if key.exit_code != 0:
            stop(
                3 if key.exit_code == 3 else 2,
                key.error or "no key: set PARALLEL_API_KEY, or sign in with 'parallel login'",
            )
        print(f"This sends, in this order:\n{plan(probes)}", file=sys.stderr)
        if not agreed(options):
            stop(2, "nothing was sent")
        report = Report(secrets(environment))
        check = Check(client, Description.read(), report, options.wait)
        ending, code = run(check, client, probes)
        source = (key.body or {}).get("source")
        about = [
            f"program: {version}",
            f"API: {place(check.base)}",
            f"key: from {source if source == 'PARALLEL_API_KEY' else 'a login'}",
            f"{len(report.rows)} answers",
        ]
        report.write(options.report, report.markdown(about, client.made, ending))
    summarise(report, options, ending)
    return code or (1 if report.differences else 0)


def run(check, client, probes):
    """Sends everything; returns how it ended and an exit code, 0 if only the answers decide."""
    try:
        accepted = client.run("auth", "status", "--json")
        if accepted.exit_code == 7:
            raise Unreachable(accepted.error or "the API can't be reached")
        if accepted.exit_code == 3:
            check.report.differ("the key", accepted.error or "the API does not accept it")
            return "ended at once: the API does not accept the key", 3
        if accepted.exit_code != 0:
            check.report.differ("the key", f"exit code {accepted.exit_code}: {accepted.error}")
        for name, function, _, _ in probes:
            print(f"{name} …", file=sys.stderr, flush=True)
            try:
                function(check)
            except (Unreachable, KeyboardInterrupt):
                raise
            except Exception as error:  # One broken answer must not hide the others.
                check.report.differ(name, f"the answer broke this check: {type(error).__name__}: {error}")
        return "complete", 0
    except Unreachable as error:
        return f"ended early: {error}", 7
    except KeyboardInterrupt:
        return "interrupted: only the beginning was asked", 130
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for process, _ in check.streams.values():
            if process.poll() is None:
                process.kill()


def summarise(report, options, ending):
    answered = sum(name in report.answers for name, *_ in questions.ALL)
    for what, text in report.differences:
        print(f"differs  {what}: {report.plain(text)}")
    print(
        f"{ending}; {len(report.rows)} answers, {len(report.differences)} differences, "
        f"{answered} of {len(questions.ALL)} questions answered; the report is in {options.report}"
    )


sys.exit(main())
