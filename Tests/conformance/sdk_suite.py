"""The official SDK's own tests of the API's routes, as they are, against `parallel-sandbox serve --examples`.

The SDK's generator has written them for a server that knows no more than the API's description.
"""

import hashlib
import subprocess
import tarfile
import tempfile
import xml.etree.ElementTree as xml
from pathlib import Path

import examples_checks
from harness import Sandbox, environment, expect, expect_equal

VERSION = "1.3.7"
SHA256 = "b45076f4552f1aa8c60f7270df2a0b7f3f5f6b4bb2709d6eddeb49fe25d43405"
TESTS = 725


def archive(venvs):
    """The SDK's source archive, which is downloaded once."""
    path = venvs / f"parallel_web-{VERSION}.tar.gz"
    if not path.exists():
        subprocess.run(
            [venvs / "sdk-venv/bin/python", "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
             "--no-deps", "--no-binary", "parallel-web", "--dest", venvs, "--require-hashes", "-r", "/dev/stdin"],
            input=f"parallel-web=={VERSION} --hash=sha256:{SHA256}\n", text=True, check=True)
    expect_equal(hashlib.sha256(path.read_bytes()).hexdigest(), SHA256, path.name)
    return path


def outcomes(venvs, url):
    """The names of all tests, of those that failed and of those that were skipped."""
    with tempfile.TemporaryDirectory(prefix="conformance-") as name:
        folder = Path(name)
        with tarfile.open(archive(venvs)) as source:
            source.extractall(folder, filter="data")
        results = folder / "results.xml"
        done = subprocess.run(
            [venvs / "sdk-venv/bin/python", "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junit-xml={results}",
             "tests/api_resources"],
            cwd=folder / f"parallel_web-{VERSION}", env=environment(folder, TEST_API_BASE_URL=url),
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600)
        expect(results.exists(), f"pytest ended with {done.returncode}: {(done.stdout + done.stderr)[-400:]}")
        cases = list(xml.parse(results).iter("testcase"))

    def having(*tags):
        return [case.get("name") for case in cases if any(case.find(tag) is not None for tag in tags)]

    return [case.get("name") for case in cases], having("failure", "error"), having("skipped")


def check(venvs, url):
    names, failed, skipped = outcomes(venvs, url)
    expect(not failed, f"{len(failed)} of {len(names)} failed: {', '.join(sorted(failed))}")
    expect_equal((len(names), skipped), (TESTS, []), "tests and those skipped:")


def run(report, options):
    examples_checks.run(report, options)
    with Sandbox(options.sandbox, "--examples") as sandbox:
        report.check(f"the {TESTS} tests of parallel-web {VERSION}", check, options.venvs, sandbox.url)
