"""Prints what the programs of a release hold, as a CycloneDX 1.5 list (SBOM): https://cyclonedx.org/docs/1.5/json/

    release-sbom.py VERSION PROGRAM...

The same programs give the same list, but for the day of the commit.
"""

import hashlib
import json
import pathlib
import re
import subprocess
import sys
import uuid


def said(*words):
    """What a program prints, or nothing where it is missing."""
    try:
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def library(name, version, license, group="", **more):
    component = {"type": "library", "bom-ref": name, "name": name}
    if group:
        component["group"] = group
    if version:
        component["version"] = version
    # A license with an exception is an expression, which has another form.
    component["licenses"] = [{"expression": license} if " " in license else {"license": {"id": license}}]
    return component | more


def main(version, programs):
    swift = re.search(r"Swift version ([\w.-]+)", said("swiftc", "--version") or said("swift", "--version"))
    flying_fox = re.search(r'FlyingFox", exact: "([\d.]+)"', pathlib.Path("Package.swift").read_text())
    held = [
        library("swift", swift and swift[1], "Apache-2.0 WITH Swift-exception", "swiftlang"),
        library("FlyingFox", flying_fox and flying_fox[1], "MIT", "swhitty", description="in parallel-sandbox"),
    ]
    if sys.platform == "linux":
        gcc = said("gcc", "-dumpfullversion")
        held += [library(name, gcc, "GPL-3.0-or-later WITH GCC-exception-3.1", "gcc") for name in ("libstdc++", "libgcc")]
    opened = {"scope": "optional", "description": "the system's, opened while the program runs; not in the release"}
    held += [library("libcurl", "", "curl", **opened), library("libedit", "", "BSD-3-Clause", **opened)]
    files = []
    for path in map(pathlib.Path, programs):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        hashes = [{"alg": "SHA-256", "content": digest}]
        files.append({"type": "application", "bom-ref": path.name, "name": path.name, "version": version, "hashes": hashes})
    whole = {"type": "application", "bom-ref": "release", "name": "parallel", "version": version}
    whole["licenses"] = [{"license": {"id": "Apache-2.0"}}]
    sandbox_only = {"FlyingFox"}
    refs = [component["bom-ref"] for component in held]
    dependencies = [{"ref": "release", "dependsOn": [file["bom-ref"] for file in files]}]
    for file in files:
        uses = [ref for ref in refs if file["name"].endswith("-sandbox") or ref not in sandbox_only]
        dependencies.append({"ref": file["bom-ref"], "dependsOn": uses})
    content = json.dumps([held, files])
    print(
        json.dumps(
            {
                "bomFormat": "CycloneDX",
                "specVersion": "1.5",
                "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, content)}",
                "version": 1,
                "metadata": {"timestamp": said("git", "log", "-1", "--format=%cI"), "component": whole},
                "components": files + held,
                "dependencies": dependencies,
            },
            indent=2,
        )
    )


main(sys.argv[1], sys.argv[2:])
