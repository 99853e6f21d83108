"""The measurements of Scripts/bench. Every figure is a ratio of medians whose runs alternate."""

import argparse
import csv
import http.server
import json
import os
import pathlib
import pty
import random
import shutil
import signal
import statistics
import subprocess
import sys
import threading
import time

CONFORMANCE = pathlib.Path(__file__).parents[1] / "conformance"
sys.path.append(str(CONFORMANCE))

from mcp_matrix import SDKServers

MCP_SDKS = ["1.30.0", "2.3.0"]
QUESTION = "When was the United Nations established?"
failures = []


def report(name, measured, target, detail=""):
    """Prints a row; `target` is a pair of '<=' or '>=' and a number, or None where there is none."""
    if target is None:
        print(f"     {name:<58} {measured:>8.2f}   {'':<16} {detail}", flush=True)
        return
    sign, limit = target
    is_met = measured <= limit if sign == "<=" else measured >= limit
    if not is_met:
        failures.append(name)
    mark = "ok  " if is_met else "MISS"
    print(f"{mark} {name:<58} {measured:>8.2f}   target {sign} {limit:<6} {detail}", flush=True)


class Wall:
    """Median wall times of commands, taken by hyperfine without a shell, in rounds that alternate."""

    def __init__(self, work):
        self.work = work

    def medians(self, commands, runs, rounds=5, env=None, codes=None):
        """`codes` are the exit codes that the commands must end with; without them it is 0 for all."""
        times = [[] for _ in commands]
        for _ in range(rounds):
            out = self.work / "hyperfine.json"
            run(["hyperfine", "-N", *(["-i"] if codes else []), "--style", "none", "--warmup", "2",
                 "--runs", str(max(2, runs // rounds)), "--export-json", str(out), *commands], env)
            for index, result in enumerate(json.loads(out.read_text())["results"]):
                if codes and set(result["exit_codes"]) != {codes[index]}:
                    sys.exit(f"{commands[index]} ended with {set(result['exit_codes'])} instead of {codes[index]}")
                times[index] += result["times"]
        return [statistics.median(t) for t in times]


def run(words, env):
    """What the command writes on stderr; one that fails ends the measuring."""
    done = subprocess.run(words, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"{shell_line(words)} ended with {done.returncode}:\n{done.stderr}")
    return done.stderr


def peak_memory(words, env, runs=5):
    """Median peak resident size in kB."""
    sizes = []
    for _ in range(runs):
        sizes.append(int(run(["/usr/bin/time", "-f", "%M", *words], env).strip().splitlines()[-1]))
    return statistics.median(sizes)


class Sandbox:
    def __init__(self, program, work, *words):
        self.log = work / "sandbox.log"
        ready = work / "ready"
        ready.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [program, "serve", "--port", "0", "--ready-file", ready, *(words or ["--log", self.log])],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not ready.exists() or not ready.read_text().strip():
            time.sleep(0.01)
        self.url = ready.read_text().strip()

    def lines(self):
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def stop(self):
        self.process.terminate()
        self.process.wait()


def clean_environment(url, **extra):
    """An environment in which neither side finds special certificates or proxies."""
    env = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "LANG": "C.UTF-8"}
    return env | {"PARALLEL_BASE_URL": url, "PARALLEL_API_URL": url, "PARALLEL_API_KEY": "bench-key"} | extra


def search_body(work):
    path = work / "search.json"
    path.write_text(json.dumps({"objective": QUESTION, "search_queries": [QUESTION]}))
    return path


def curl_words(url, work, *extra):
    return ["curl", "-sS", *extra, "-H", "x-api-key: bench-key", "-H", "content-type: application/json",
            "--data-binary", f"@{search_body(work)}", f"{url}/v1/search"]


def shell_line(words):
    return " ".join(f"'{w}'" if " " in str(w) else str(w) for w in words)


# --- checks -----------------------------------------------------------------------------------------------------------


def start(options, wall, sandbox):
    program = f"{options.work}/parallel"
    env = clean_environment(sandbox.url, XDG_CONFIG_HOME=str(options.work / "config"))
    reference = "curl --version"
    names = ["--version", "--help", "mcp list"]
    *ours, curl = wall.medians([*(f"{program} {name}" for name in names), reference], runs=100, env=env)
    rows = [(name, median, curl) for name, median in zip(names, ours)]
    rows.append(("a usage error", *wall.medians([f"{program} serch", reference], runs=100, env=env, codes=[2, 0])))
    for name, median, curl in rows:
        report(f"{name} / curl --version, wall", median / curl, ("<=", 0.4), f"{median*1e3:.1f} ms, {curl*1e3:.1f} ms")


def shell(options, wall, sandbox):
    """From the start of a program to its prompt on a terminal of its own."""
    env = clean_environment(sandbox.url, TERM="xterm", XDG_STATE_HOME=str(options.work / "state"))

    def seconds(words, prompt):
        began = time.perf_counter()
        process, terminal = pty.fork()
        if process == 0:
            os.execve(words[0], words, env)
        shown = b""
        while prompt not in shown:
            shown += os.read(terminal, 4096)
        taken = time.perf_counter() - began
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        os.close(terminal)
        return taken

    ours, python = [], []
    for _ in range(40):
        ours.append(seconds([f"{options.work}/parallel", "shell"], b"$0.01 > "))
        python.append(seconds([sys.executable, "-q"], b">>> "))
    ours, python = statistics.median(ours), statistics.median(python)
    report("shell to its prompt / python3 -q, wall", ours / python, ("<=", 0.7), f"{ours*1e3:.1f} ms, {python*1e3:.1f} ms")


def size(options, wall, sandbox):
    bytes_ = os.path.getsize(options.work / "parallel")
    report("stripped binary, MB", bytes_ / 1e6, ("<=", 10))


def json_speed(options, wall, sandbox):
    generator = random.Random(1)
    path = options.work / "records.jsonl"
    with path.open("w") as file:
        while file.tell() < 50_000_000:
            index = generator.randrange(10**6)
            file.write(json.dumps({
                "run_id": f"trun_{index:032x}", "company": f"Company {index}", "website": f"https://c{index}.example/",
                "value": generator.random() * 1000, "employees": index, "tags": ["web", "research", "b2b"],
                "summary": 'Makes "widgets" for the café trade; founded in a garage. ' * 3,
                "basis": [{"field": "value", "confidence": "high", "citations": []}], "parent": None, "active": True},
                ensure_ascii=False) + "\n")
    times = {"ours": [], "jq": []}
    for _ in range(3):
        for name, words in (("ours", [options.work / "json-roundtrip"]), ("jq", ["jq", "-c", "."])):
            with path.open() as source:
                begin = time.monotonic()
                subprocess.run(words, stdin=source, stdout=subprocess.DEVNULL, check=True)
                times[name].append(time.monotonic() - begin)
    ours, jq = statistics.median(times["ours"]), statistics.median(times["jq"])
    report("jq -c . / JSON parse and print of 50 MB, wall", jq / ours, (">=", 5), f"{50/ours:.0f} MB/s, {50/jq:.0f} MB/s")


PYTHON_CSV = "import csv, sys; csv.writer(sys.stdout, lineterminator='\\n').writerows(csv.reader(sys.stdin))"


def csv_speed(options, wall, sandbox):
    generator = random.Random(1)
    path = options.work / "records.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", "company", "website", "city", "employees", "revenue", "notes"])
        while file.tell() < 100_000_000:
            index = generator.randrange(10**6)
            writer.writerow([
                index, f"Company {index}" + (", Inc." if index % 3 == 0 else ""), f"https://c{index}.example/",
                generator.choice(["Berlin", "Zürich", "New York", "São Paulo"]), generator.randrange(10**5),
                f"{generator.random() * 1e6:.2f}",
                'Makes "widgets" for the café trade' if index % 5 == 0 else "Founded in a garage; sells to schools"])
    megabytes = path.stat().st_size / 1e6
    environment = {"PATH": os.environ["PATH"], "PYTHONUTF8": "1"}

    def spent(words):
        """Wall and CPU seconds of a run over the file."""
        with path.open() as source, (options.work / "copy.csv").open("wb") as copy:
            before, begin = os.times(), time.monotonic()
            subprocess.run(words, stdin=source, stdout=copy, env=environment, check=True)
            after = os.times()
            return time.monotonic() - begin, sum(after[2:4]) - sum(before[2:4])

    def ours_and_python():
        ours = spent([options.work / "csv-roundtrip"])
        if (options.work / "copy.csv").read_bytes() != path.read_bytes():
            sys.exit("csv-roundtrip did not write what it read")
        return ours, spent([sys.executable, "-c", PYTHON_CSV])

    rounds = [ours_and_python() for _ in range(3)]
    (ours, ours_cpu), (python, python_cpu) = (
        [statistics.median(times) for times in zip(*side)] for side in zip(*rounds))
    report("CSV read and write of 100 MB, MB/s of wall time", megabytes / ours, (">=", 100),
           f"{ours:.2f} s, CPU {ours_cpu:.2f} s")
    report("Python's csv module / CSV read and write, wall", python / ours, None,
           f"{megabytes/python:.0f} MB/s, CPU {python_cpu:.2f} s")

    rows = options.work / "rows-9mb.csv"
    with path.open("rb") as source:
        rows.write_bytes(source.read(9_000_000).rpartition(b"\n")[0] + b"\n")
    # Both processes whole: the program checks, spools and estimates the rows, Python only counts them.
    ours, python = wall.medians([
        f"{options.work}/parallel batch run {rows} --dry-run -p lite --field x=X",
        f"{sys.executable} -c 'import csv; print(sum(1 for _ in csv.reader(open(\"{rows}\", newline=\"\"))))'",
    ], 20, env=environment)
    report("batch run --dry-run of 9 MB of CSV / Python's csv module", ours / python, ("<=", 1),
           f"{ours * 1000:.0f} ms, {python * 1000:.0f} ms")


def search(options, wall, sandbox):
    env = clean_environment(sandbox.url)
    ours, curl = [f"{options.work}/parallel", "search", QUESTION], curl_words(sandbox.url, options.work)
    a, b = wall.medians([shell_line(ours), shell_line(curl)], runs=150, env=env)
    report("search / curl, http, wall", a / b, ("<=", 1.5), f"{a*1e3:.1f} ms, {b*1e3:.1f} ms")
    a, b = peak_memory(ours, env), peak_memory(curl, env)
    report("search / curl, http, peak memory", a / b, ("<=", 1.5), f"{a/1e3:.1f} MB, {b/1e3:.1f} MB")


NGINX = """
daemon off; pid {work}/nginx.pid; error_log {work}/nginx.err; events {{}}
http {{
  log_format spoken '$server_protocol $http_user_agent'; access_log {work}/nginx.log spoken; client_body_temp_path {work}/nginx-body; proxy_temp_path {work}/nginx-proxy;
  fastcgi_temp_path {work}/nginx-f; uwsgi_temp_path {work}/nginx-u; scgi_temp_path {work}/nginx-s;
  server {{
    listen 127.0.0.1:{port} ssl http2; ssl_certificate {work}/leaf.pem; ssl_certificate_key {work}/leaf.key;
    location / {{ proxy_pass {upstream}; proxy_http_version 1.1; proxy_set_header Connection ""; }}
  }}
}}
"""


def https(options, wall, sandbox):
    """TLS as on this machine: its CA certificates, to which one for the local server is added in a copy.

    curl reads the bundle that it reads as installed; parallel the directory that it reads as installed.
    """
    work = options.work
    authorities = pathlib.Path("/etc/ssl/certs")

    def openssl(*words):
        subprocess.run(["openssl", *map(str, words)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", 2, "-subj", "/CN=bench authority",
            "-keyout", work / "ca.key", "-out", work / "ca.pem")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", work / "leaf.key",
            "-out", work / "leaf.csr")
    (work / "leaf.ext").write_text("subjectAltName=DNS:localhost\n")
    openssl("x509", "-req", "-days", 2, "-in", work / "leaf.csr", "-CA", work / "ca.pem", "-CAkey", work / "ca.key",
            "-CAcreateserial", "-extfile", work / "leaf.ext", "-out", work / "leaf.pem")
    directory = work / "certs"
    shutil.copytree(authorities, directory, symlinks=False, ignore_dangling_symlinks=True)
    hashed = subprocess.run(["openssl", "x509", "-hash", "-noout", "-in", work / "ca.pem"], check=True,
                            capture_output=True, text=True).stdout.strip()
    shutil.copy(work / "ca.pem", directory / f"{hashed}.0")
    bundle = work / "bundle.crt"
    bundle.write_bytes((authorities / "ca-certificates.crt").read_bytes() + (work / "ca.pem").read_bytes())

    port = 20000 + os.getpid() % 20000
    (work / "nginx.conf").write_text(NGINX.format(work=work, port=port, upstream=sandbox.url))
    server = subprocess.Popen(["nginx", "-p", str(work), "-c", str(work / "nginx.conf")], stderr=subprocess.DEVNULL)
    url = f"https://localhost:{port}"
    try:
        env = clean_environment(url, SSL_CERT_DIR=str(directory))
        ours, curl = [f"{work}/parallel", "search", QUESTION], curl_words(url, work, "--cacert", str(bundle))
        for words in (ours, curl):
            for _ in range(100):
                if subprocess.run(words, env=env, capture_output=True).returncode == 0:
                    break
                time.sleep(0.05)
            else:
                sys.exit(f"the https server does not answer: {words}")
        a, b = wall.medians([shell_line(ours), shell_line(curl)], runs=60, env=env)
        report("search / curl, https, wall", a / b, ("<=", 0.6), f"{a*1e3:.1f} ms, {b*1e3:.1f} ms")
        spoken = [line.split()[0] for line in (work / "nginx.log").read_text().splitlines() if " parallel/" in line]
        report("HTTP version of search, https", min(float(v.removeprefix("HTTP/")) for v in spoken), (">=", 2))
    finally:
        server.terminate()
        server.wait()


def official(options, wall, sandbox):
    env = clean_environment(sandbox.url)
    ours, theirs = [f"{options.work}/parallel", "search", QUESTION], [f"{options.venvs}/bench-venv/bin/parallel-cli", "search", QUESTION]
    a, b = wall.medians([shell_line(ours), shell_line(theirs)], runs=12, rounds=3, env=env)
    report("parallel-cli search / search, wall", b / a, (">=", 35), f"{a*1e3:.1f} ms, {b*1e3:.0f} ms")
    a, b = peak_memory(ours, env), peak_memory(theirs, env, runs=3)
    report("search / parallel-cli search, peak memory", a / b, ("<=", 0.333), f"{a/1e3:.1f} MB, {b/1e3:.1f} MB")


def latency(options, wall, sandbox):
    """From the moment a run completes at the server to its result on stdout."""
    env = clean_environment(sandbox.url)
    lags, requests = [], []

    def one(delay):
        process = subprocess.Popen(
            [options.work / "parallel", "task", "run", QUESTION, "--metadata", f"sandbox_delay={delay}"],
            env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
        process.stdout.read(1)
        seen = time.monotonic_ns()
        id_ = process.stderr.read().decode().split()[1]
        if process.wait() != 0:
            sys.exit(f"run {id_} ended with {process.returncode}")
        return id_, seen

    runs = [one(0.5 + 0.03 * index) for index in range(15)]
    long_run = one(20)
    lines = sandbox.lines()
    for id_, seen in runs:
        done = next(line["monotonic_ns"] for line in lines
                    if line["event"] == "run" and line["run_id"] == id_ and line["status"] == "completed")
        lags.append((seen - done) / 1e6)
    median = statistics.median(lags)
    report("completion at the server to result on stdout, ms", median, ("<=", 50), f"worst of {len(lags)}: {max(lags):.1f} ms")
    polls = [line for line in lines if line["event"] == "request" and long_run[0] in line["path"]]
    report("requests for a run of 20 s", 1 + len(polls), ("<=", 3))


def mcp(options, wall, sandbox):
    """`parallel mcp tools`, and many calls on one connection, against the same with the official Python SDK.

    Of its two versions, the one that leaves us the smaller lead is reported; for memory, both.
    """
    url = f"{sandbox.url}/mcp/search"
    env = clean_environment(sandbox.url, XDG_CONFIG_HOME=str(options.work / "config"),
                            XDG_CACHE_HOME=str(options.work / "cache"))
    clients = [f"{options.venvs}/mcp-{version}-venv/bin/python {CONFORMANCE}/sdk_client.py" for version in MCP_SDKS]

    def compare(name, ours, theirs, target):
        mine, *others = wall.medians([ours, *theirs], runs=9, rounds=3, env=env)
        report(f"{name}, wall", min(others) / mine, target, f"{mine*1e3:.1f} ms, {min(others)*1e3:.0f} ms")

    listing, listings = f"{options.work}/parallel mcp tools", [f"{client} list" for client in clients]
    compare("Python SDK / mcp tools", f"{listing} {url}", [f"{words} {url}" for words in listings], (">=", 10))
    mine = peak_memory(f"{listing} {url}".split(), env)
    for version, words in zip(MCP_SDKS, listings):
        theirs = peak_memory(f"{words} {url}".split(), env, runs=3)
        # The target is for the newest; the older one is little more than four times what curl takes.
        report(f"mcp tools / Python SDK {version}, peak memory", mine / theirs,
               ("<=", 0.25) if version == MCP_SDKS[-1] else None, f"{mine/1e3:.1f} MB, {theirs/1e3:.1f} MB")

    def calls(name, count, url, tool, arguments, target):
        words = f"{url} {tool} '{json.dumps(arguments)}' {count}"
        compare(name, f"{options.work}/mcp-calls {words}", [f"{client} call {words}" for client in clients], target)

    question = {"objective": QUESTION, "search_queries": [QUESTION]}
    calls("Python SDK / ours, 100 tools/call on one connection", 100, url, "web_search", question, (">=", 5))
    for version in MCP_SDKS:
        with SDKServers(options.venvs, version, ["stateless-json"]) as servers:
            server = servers["stateless-json"].url
            compare(f"the same, mcp tools, server of SDK {version}", f"{listing} {server}",
                    [f"{words} {server}" for words in listings], None)
            calls(f"the same, 10 tools/call, server of SDK {version}", 10, server, "echo", {"text": "x"}, None)


def proxy(options, wall, sandbox):
    """`parallel mcp proxy` as a host sees it, against a bridge on the official Python SDK; the better of its versions."""
    url = f"{sandbox.url}/mcp/search"
    env = clean_environment(sandbox.url, XDG_CONFIG_HOME=str(options.work / "config"))
    hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}}

    def line(method, id_=None, **params):
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        return json.dumps(message if id_ is None else message | {"id": id_}).encode() + b"\n"

    def session(words, calls=20):
        """Milliseconds to the first byte, and the resident MB of a bridge that has been in use and now waits."""
        begin = time.monotonic()
        bridge = subprocess.Popen(words, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        bridge.stdin.write(line("initialize", 0, **hello))
        bridge.stdin.flush()
        bridge.stdout.read(1)
        first = (time.monotonic() - begin) * 1e3
        bridge.stdout.readline()
        bridge.stdin.write(line("notifications/initialized"))
        bridge.stdin.flush()
        for id_ in range(1, calls + 1):
            bridge.stdin.write(line("tools/list", id_))
            bridge.stdin.flush()
            bridge.stdout.readline()
        time.sleep(5 if calls else 0)
        status = pathlib.Path(f"/proc/{bridge.pid}/status").read_text()
        resident = next(int(row.split()[1]) for row in status.splitlines() if row.startswith("VmRSS"))
        bridge.stdin.close()
        bridge.wait()
        bridge.stdout.close()
        return first, resident / 1e3

    ours = [options.work / "parallel", "mcp", "proxy", url]
    theirs = [[f"{options.venvs}/mcp-{version}-venv/bin/python", pathlib.Path(__file__).with_name("sdk_bridge.py"), url]
              for version in MCP_SDKS]
    starts = [[session(words, calls=0)[0] for words in (ours, *theirs)] for _ in range(15)]
    mine, *others = (statistics.median(times) for times in zip(*starts))
    report("mcp proxy, first byte, ms", mine, ("<=", 50))
    report("Python SDK bridge / mcp proxy, first byte", min(others) / mine, (">=", 10), f"{mine:.1f} ms, {min(others):.0f} ms")
    sizes = [[session(words)[1] for words in (ours, *theirs)] for _ in range(3)]
    mine, *others = (statistics.median(values) for values in zip(*sizes))
    report("mcp proxy, resident MB", mine, ("<=", 12))
    report("Python SDK bridge / mcp proxy, resident memory", min(others) / mine, (">=", 10), f"{mine:.1f} MB, {min(others):.1f} MB")


def company_rows(path, count):
    generator = random.Random(1)
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", "company", "website"])
        for index in range(count):
            writer.writerow([index, f"Company {generator.randrange(1 << 32):x}", f"https://c{index}.example.com/about"])


def batch(options, wall, sandbox):
    """CSV to CSV on runs that end at once, against the official CLI with the same file, fields and processor."""
    work = options.work
    small, large, target = work / "rows-10k.csv", work / "rows-100k.csv", work / "rows-out.csv"
    company_rows(small, 10_000)
    company_rows(large, 100_000)
    fields = {"ceo": "Name of the CEO", "staff": "Number of people"}
    columns = [{"name": name, "description": name} for name in ("id", "company", "website")]
    wanted = [{"name": name, "description": text} for name, text in fields.items()]

    def ours(source):
        shape = [word for name, text in fields.items() for word in ("--field", f"{name}={text}")]
        return [work / "parallel", "batch", "run", source, "-o", target, "--yes", "-p", "core", *shape]

    theirs = [
        f"{options.venvs}/bench-venv/bin/parallel-cli", "enrich", "run", "--source-type", "csv", "--source", small,
        "--target", target, "--source-columns", json.dumps(columns), "--enriched-columns", json.dumps(wanted),
        "--processor", "core", "--json"]

    def spent(words, count, env):
        """Wall seconds, CPU seconds and peak memory in MB of a run that gives so many rows."""
        for left in work.glob(f"{target.name}*"):
            left.unlink()
        said = run(["/usr/bin/time", "-f", "%e %U %S %M", *words], env)
        seconds, user, system, size = map(float, said.strip().splitlines()[-1].split())
        with target.open(newline="") as file:
            if (rows := sum(1 for row in csv.DictReader(file) if row["ceo"])) != count:
                sys.exit(f"{words[1]} {words[2]} gave {rows} rows instead of {count}")
        return seconds, user + system, size / 1e3

    quick = Sandbox(options.sandbox, work, "--delay", "0")
    try:
        env = clean_environment(quick.url, XDG_CONFIG_HOME=str(work / "config"))
        rounds = [(spent(ours(small), 10_000, env), spent(theirs, 10_000, env)) for _ in range(3)]
        (wall_, cpu, size), (their_wall, their_cpu, their_size) = (
            [statistics.median(values) for values in zip(*side)] for side in zip(*rounds))
        report("parallel-cli enrich run / batch run, 10,000 rows, wall", their_wall / wall_, (">=", 5),
               f"{wall_:.2f} s, {their_wall:.1f} s")
        report("the same, CPU", their_cpu / cpu, (">=", 10), f"{cpu:.2f} s, {their_cpu:.1f} s")
        report("batch run, 10,000 rows, peak memory in MB", size, ("<=", 40), f"parallel-cli {their_size:.0f} MB")
        large_wall, _, large_size = (
            statistics.median(values) for values in zip(*(spent(ours(large), 100_000, env) for _ in range(3))))
        report("batch run, 100,000 rows / 10,000 rows, peak memory", large_size / size, ("<=", 1.15),
               f"{large_size:.1f} MB, {size:.1f} MB; {large_wall:.1f} s")
    finally:
        quick.stop()


def tokens(options, wall, sandbox):
    program = options.work / "parallel"

    def text(*words):
        env = {"HOME": "/nonexistent", "COLUMNS": "80"}
        return subprocess.run([program, *words], env=env, check=True, stdout=subprocess.PIPE, text=True).stdout

    tree = text("help", "--json")
    names = [command["command"] for command in json.loads(tree)["commands"]]
    beginnings = {name.split()[0] for name in names} - set(names)
    texts = {f"{name} -h".strip(): text(*name.split(), "-h") for name in ["", *names, *beginnings]}
    path = options.work / "texts.json"
    path.write_text(json.dumps(texts | {"skill": text("skill", "print"), "tree": tree}))
    python = f"{options.venvs}/tokens-venv/bin/python"
    counter = pathlib.Path(__file__).with_name("count_tokens.py")
    counts = json.loads(subprocess.run([python, counter, path], check=True, stdout=subprocess.PIPE, text=True).stdout)
    longest = max(texts, key=counts.get)
    report("tokens: the longest -h", counts[longest], ("<=", 700), longest)
    report("tokens: the skill", counts["skill"], ("<=", 1500))
    report("tokens: help --json", counts["tree"], None)
    least = min(len(text.encode()) / counts[name] for name, text in json.loads(path.read_text()).items())
    report("tokens: fewest bytes of one, as the tests assume", least, (">=", 3.3))


REPORT_RUN = "trun_9907962f83aa4d9d98fd7f4bf745d654"


def long_report(size):
    """Markdown of so many bytes, with all that a report has."""
    parts = []
    while sum(map(len, parts)) < size:
        number = len(parts) + 1
        parts.append(
            f"## {number}. The market of 熱泵\n\nSales of **heat pumps** rose by *{number} %* in `Q{number % 4 + 1}`, says "
            f"[the association](https://example.com/{number}?a=1), and " + "much depends on the price of power. " * 8 + "\n\n"
            "- Norway\n- Sweden, with\n  - the north\n  - the south\n\n1. first\n2. second\n\n> A quotation of two\n> lines.\n\n"
            "| maker | share | note |\n| --- | ---: | :---: |\n"
            + "".join(f"| Maker {row} | {row * 7} % | **new**, `x` |\n" for row in range(5))
            + "\n```sh\necho done\n```\n\n")
    return "".join(parts)


def time_on(words, env, terminal):
    """The seconds until a program has written all it writes, on a terminal or into a pipe."""
    reading, writing = os.openpty() if terminal else os.pipe()
    begin = time.perf_counter()
    process = subprocess.Popen(words, env=env, stdin=subprocess.DEVNULL, stdout=writing, stderr=subprocess.DEVNULL)
    os.close(writing)
    size = 0
    try:
        while piece := os.read(reading, 1 << 16):
            size += len(piece)
    except OSError:  # A terminal that nobody has open any more.
        pass
    os.close(reading)
    if process.wait() != 0 or size < 1_000_000:
        sys.exit(f"{shell_line(words)} ended with {process.returncode} after {size} bytes")
    return time.perf_counter() - begin


def markdown(options, wall, sandbox):
    text = long_report(1_000_000)
    run = {"run_id": REPORT_RUN, "status": "completed", "is_active": False, "processor": "pro",
           "created_at": "2026-11-30T00:00:00Z", "modified_at": "2026-11-30T00:00:00Z"}
    answer = json.dumps({"run": run, "output": {"type": "text", "content": text, "basis": []}}).encode()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    path = options.work / "report.md"
    path.write_text(text)
    url = f"http://127.0.0.1:{server.server_address[1]}"
    env = clean_environment(url, TERM="xterm-256color", COLUMNS="100", PAGER="", XDG_CONFIG_HOME=str(options.work / "config"))
    ours = [f"{options.work}/parallel", "task", "result", REPORT_RUN]
    theirs = [f"{options.venvs}/rich-venv/bin/python", "-m", "rich.markdown", "--width", "100", str(path)]
    try:
        for where, words, their_words in (("terminal", ours, [*theirs, "--force-color"]), ("pipe", [*ours, "--format", "markdown"], theirs)):
            is_terminal = where == "terminal"
            pairs = [(time_on(words, env, is_terminal), time_on(their_words, env, is_terminal)) for _ in range(5)]
            mine, other = (statistics.median(side) for side in zip(*pairs))
            report(f"rich / task result, 1 MB of Markdown, {where}", other / mine, (">=", 5 if is_terminal else 20), f"{mine * 1000:.0f} ms, {other:.2f} s")
    finally:
        server.shutdown()


BASH_TAB = """
source "$1"; shift
COMP_LINE='parallel task status ' COMP_POINT=21
_parallel parallel '' status; [[ ${#COMPREPLY[@]} = 20 ]] || exit 1
begin=$EPOCHREALTIME
for round in {1..50}; do _parallel parallel '' status; done
end=$EPOCHREALTIME
echo $(((${end/./} - ${begin/./}) / 50))
"""


def completion(options, wall, sandbox):
    """What the tab key waits for, with 50 MCP servers and a log that is as long as it gets."""
    home = options.work / "tab"
    (home / "parallel").mkdir(parents=True)
    servers = {f"server{i}": {"url": f"https://s{i}.example/mcp"} for i in range(50)}
    entries = []
    while sum(map(len, entries)) < 2_000_000:
        key = f"{len(entries)}"
        entry = {"key": key, "time": 1_700_000_000 + len(entries), "command": "task run", "kind": "run", "processor": "core",
                 "words": f"Who founded the company {key} of all that are in the list?", "cost": 25000, "status": "creating",
                 "at": sandbox.url}
        end = {"key": key, "id": f"trun_{len(entries):032x}", "status": "completed"}
        entries.append(json.dumps(entry) + "\n" + json.dumps(end) + "\n")
    for name, text in (("mcp.json", json.dumps({"mcpServers": servers})), ("log.jsonl", "".join(entries))):
        path = home / "parallel" / name
        path.write_text(text)
        path.chmod(0o600)
    env = clean_environment(sandbox.url, XDG_CONFIG_HOME=str(home), XDG_STATE_HOME=str(home))
    program = options.work / "parallel"
    git = "git --list-cmds=list-mainporcelain,others,nohelpers,alias,list-complete,config"
    names, ids, theirs = wall.medians(
        [f"{program} completion values servers=", f"{program} completion values run=", git], runs=100, env=env)
    report("completion: names of 50 MCP servers, ms", names * 1e3, ("<=", 15))
    report("completion: recent ids, log of 2 MB, ms", ids * 1e3, ("<=", 15))
    report("completion: the slower of both / git's, wall", max(names, ids) / theirs, ("<=", 3), f"git {theirs*1e3:.1f} ms")
    script = options.work / "parallel.bash"
    script.write_bytes(subprocess.run([program, "completion", "bash", "--name", "parallel"], check=True, capture_output=True).stdout)
    env["PATH"] = f"{options.work}:{env['PATH']}"
    times = [int(subprocess.run(["bash", "-c", BASH_TAB, "tab", script], env=env, check=True, capture_output=True).stdout)
             for _ in range(5)]
    report("completion: the tab key in bash, ms", statistics.median(times) / 1e3, None)


CHECKS = {"start": start, "shell": shell, "size": size, "json": json_speed, "csv": csv_speed, "search": search, "https": https, "official": official,
          "latency": latency, "mcp": mcp, "proxy": proxy, "batch": batch, "markdown": markdown, "tokens": tokens,
          "completion": completion}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--sandbox", required=True)
    parser.add_argument("--venvs", required=True)
    parser.add_argument("checks", nargs="*", choices=[*CHECKS, []], default=[])
    options = parser.parse_args()
    sandbox = Sandbox(options.sandbox, options.work)
    try:
        for name in options.checks or CHECKS:
            CHECKS[name](options, Wall(options.work), sandbox)
    finally:
        sandbox.stop()
    if failures:
        sys.exit(f"{len(failures)} missed: {', '.join(failures)}")


main()
