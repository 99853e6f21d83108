"""The sandbox's own page in a real browser: a headless Chromium looks on while `parallel` and the official SDK work.

What came in must be on the page, as text and nothing else; each button must do to a client what it says; and a page from
elsewhere must neither press a button nor read what is shown.
"""

import http.client
import json
import subprocess
import time
import urllib.parse
from pathlib import Path

import parallel
from browser import Browser
from harness import Handler, Loopback, Sandbox, environment, expect, expect_equal

HOSTILE = (
    "<img src=x onerror=\"document.title='taken over'\"><script>document.title='taken over'</script>"
    "</script></style> \u202egnp.exe\u202c \x1b[31m\x07 \u200b&lt;b&gt; مرحبا 株式会社"
)


class Receiver(Handler):
    """A webhook that refuses what is sent to /no."""

    def do_POST(self):
        self.body()
        self.reply(503 if self.path.startswith("/no") else 204)


class Elsewhere(Handler):
    """A page of another origin."""

    def do_GET(self):
        self.reply(200, [("content-type", "text/html")], b"<!doctype html><title>Elsewhere</title><p>Elsewhere</p>")


class Scene:
    """A sandbox with its page open, and the programs that use it."""

    def __init__(self, options, sandbox, browser):
        self.options, self.sandbox, self.browser = options, sandbox, browser
        self.page = browser.open(sandbox.url + "/", watched=("Network", "Runtime", "Log"))
        self.page.look(1440, 900)
        self.page.wait("live")
        self.client = parallel.Parallel(api_key=sandbox.key, base_url=sandbox.url, max_retries=0)

    def parallel(self, *words, **variables):
        return self.sandbox.run([self.options.parallel, *words], **variables)

    def until(self, script, what, seconds=20):
        """Waits until the script of the page comes to something true, and returns it."""
        deadline = time.monotonic() + seconds
        while not (value := self.page.evaluate(script)):
            expect(time.monotonic() < deadline, f"{what}: {self.page.text()[:400]!r}")
            time.sleep(0.05)
        return value

    def show(self, tab, row=None):
        """Shows a list, and opens the first row with those words."""
        self.page.evaluate(f"location.hash = {json.dumps(tab)}")
        if row:
            found = f"[...document.querySelectorAll('#list-{tab} li button')].find(b => b.innerText.includes({json.dumps(row)}))"
            self.until(f"!!{found}", f"no row {row!r}")
            self.page.evaluate(f"{found}.click()")
            self.until("!document.getElementById('detail').hidden && !!document.querySelector('#detail h2')", "nothing opened")
            time.sleep(0.2)

    def rows(self, tab="requests"):
        """What the rows of a list say, the newest first."""
        return self.page.evaluate(f"[...document.querySelectorAll('#list-{tab} li')].map(row => row.innerText)")

    def press(self, name, times="1", route=""):
        for id, value in (("times", times), ("route", route)):
            self.page.evaluate(f"document.getElementById('{id}').value = {json.dumps(value)}")
        self.page.click(name)
        self.until(f"[...document.querySelectorAll('.pressed b')].some(b => b.innerText === {json.dumps(name)})", f"{name} is not active")

    def unpress(self):
        self.page.evaluate("unpress()")
        self.until("document.getElementById('active').innerText === 'nothing is active'", "faults are left")

    def picture(self, name, width=1440, height=900, scheme="light"):
        self.page.look(width, height, scheme)
        # As it is where the page is opened in so small a window.
        self.page.evaluate(f"document.getElementById('faults').open = {json.dumps(width > 640)}")
        time.sleep(0.2)
        self.page.picture(self.options.screenshots / f"page-{name}.png")
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        expect(wide <= width, f"{name}: {wide} columns wide in a window of {width}")
        self.page.look(1440, 900)
        self.page.evaluate("document.getElementById('faults').open = true")


def empty(scene, receiver):
    """Every list says what to type to fill it, and what it says works."""
    for tab, words in (("requests", "parallel task run"), ("runs", "--mcp"), ("groups", "batch run"), ("webhooks", "webhook listen")):
        scene.show(tab)
        text = scene.page.wait(words)
        expect(scene.sandbox.url in text, f"{tab}: the port is missing")
        scene.picture(f"empty-{tab}")
    scene.picture("empty-dark", 1440, 900, "dark")
    blocks = scene.page.evaluate("['requests', 'runs', 'groups'].flatMap(name => EMPTY[name].filter((_, i) => i && i % 2 === 0))")
    for block in blocks:
        # `parallel` is found as it is called on the page.
        folder = scene.sandbox.root / "bin"
        folder.mkdir(exist_ok=True)
        link = folder / "parallel"
        if not link.exists():
            link.symlink_to(Path(scene.options.parallel).absolute())
        script = "set -e; f() {\n" + block + "\n}; f"
        home = scene.sandbox.root / "typed"
        home.mkdir(exist_ok=True)
        variables = environment(home, PARALLEL_BASE_URL=scene.sandbox.url, PARALLEL_API_KEY=scene.sandbox.key)
        variables["PATH"] = f"{folder}:{variables['PATH']}"
        (home / "out.csv").unlink(missing_ok=True)
        done = subprocess.run(["bash", "-c", script], cwd=home, env=variables, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=60)
        expect_equal(done.returncode, 0, f"{block}: {done.stderr[-300:]!r}")
    for tab, least in (("requests", 5), ("runs", 2), ("groups", 1)):
        scene.show(tab)
        scene.until(f"document.querySelectorAll('#list-{tab} li').length >= {least}", f"{tab} don't appear")


def runs(scene, receiver):
    """What `parallel` and the SDK do appears by itself, with events, tool calls and webhooks."""
    done = scene.parallel("task", "run", "-p", "pro", "Who founded Nvidia?", "--mcp", "parallel-search",
                          "--webhook", f"{receiver.url}/no?token=hush", "--json")
    expect_equal(done.returncode, 0, done.stderr)
    scene.show("runs", "Who founded Nvidia?")
    text = scene.page.wait("attempt 1 of 5")
    for words in ("completed", "processor pro", "Called tool web_search of parallel-search.", "Arguments", "Sandbox result 1", "next try", "503"):
        expect(words in text, f"no {words!r} in {text[:2000]!r}")
    expect("hush" not in text, "the token of a webhook is shown")
    scene.picture("run")
    scene.picture("run-dark", 1440, 900, "dark")
    scene.picture("run-narrow", 400, 850)

    run = scene.client.task_run.create(input="Who founded the SDK?", processor="lite", metadata={"sandbox_status": "failed", "sandbox_error": "No luck"})
    scene.show("runs", "Who founded the SDK?")
    scene.page.wait("No luck")
    expect(run.run_id in scene.page.text(), "no id")
    scene.picture("runs-narrow", 400, 850, "dark")

    (scene.sandbox.root / "rows.csv").write_text("company\n" + "".join(f"Company {n}\n" for n in range(25)))
    done = scene.parallel("batch", "run", str(scene.sandbox.root / "rows.csv"), "-o", str(scene.sandbox.root / "rows.out.csv"),
                          "--template", "Who founded {company}?", "--yes")
    expect_equal(done.returncode, 0, done.stderr)
    scene.show("groups", "25 of 25")
    scene.page.wait("Who founded Company 24?")
    scene.picture("group", 1600, 1000)
    scene.page.click("Who founded Company 3?")
    scene.page.wait("Not recorded")
    scene.show("webhooks", "/no")
    scene.page.wait("attempt 1 of 5")
    scene.picture("webhook", 1440, 900, "dark")
    for tab, size, scheme in (("webhooks", (400, 850), "dark"), ("requests", (400, 850), "light"), ("requests", (1600, 1000), "dark")):
        scene.show(tab)
        scene.picture(f"{tab}-{size[0]}", *size, scheme)


def refusals(scene, receiver):
    """A request that is refused says why; keys are not on the page."""
    connection = http.client.HTTPConnection(scene.sandbox.url.removeprefix("http://"))
    body = {"input": 5, "processor": "lite", "mcp_servers": [{"name": "n", "url": "http://127.0.0.1:1/", "headers": {"Authorization": "Bearer hush-1"}}]}
    headers = {"x-api-key": "hush-2", "authorization": "Bearer hush-3", "content-type": "application/json"}
    connection.request("POST", "/v1/tasks/runs?api_key=hush-4", json.dumps(body), headers)
    expect_equal(connection.getresponse().status, 422)
    connection.close()
    scene.show("requests", "422")
    text = scene.page.wait("Why it was refused")
    expect("body.input: Input should be a valid string or dictionary" in text, text[:600])
    held = scene.page.evaluate("document.documentElement.outerHTML + JSON.stringify(things)")
    expect("hush" not in held, "a key is on the page")
    scene.picture("refused")
    scene.picture("refused-narrow", 400, 850, "dark")
    # The filter leaves what fits, the keyboard opens it, and Escape closes it.
    scene.page.evaluate("const f = document.getElementById('filter'); f.value = 'post 4xx'; f.dispatchEvent(new Event('input'))")
    expect(all("POST" in row and "4" in row for row in scene.rows()), scene.rows()[:5])
    scene.page.evaluate("document.querySelector('#list-requests li button').focus()")
    scene.page.press("ArrowDown", 40)
    scene.page.press("Escape", 27)
    scene.until("document.getElementById('detail').hidden", "Escape closes nothing")
    scene.page.evaluate("const g = document.getElementById('filter'); g.value = ''; g.dispatchEvent(new Event('input'))")


def hostile(scene, receiver):
    """Text that would be markup, turn around or ring a bell is text; a body of a megabyte is cut."""
    scene.client.task_run.create(input=HOSTILE, processor="lite", enable_events=True)
    connection = http.client.HTTPConnection(scene.sandbox.url.removeprefix("http://"))
    for path, body in (("/v1/%3Cimg%20src=x%20onerror=alert(1)%3E?q=<script>", b""), ("/v1/search", HOSTILE.encode() + b"\xff\xfe\0" + b"x" * (1 << 20))):
        connection.request("POST", urllib.parse.quote(path, safe="/?=%()<>"), body, {"x-api-key": "k", "content-type": "text/html"})
        connection.getresponse().read()
    connection.close()
    scene.show("runs", "<img src=x")
    text = scene.page.wait("U+202E")
    for words in ("<script>document.title='taken over'</script>", "U+001B", "U+200B", "مرحبا", "株式会社", "&lt;b&gt;"):
        expect(words in text, f"{words!r} is not shown as text")
    expect("\u202e" not in text and "\x1b" not in text, "control characters take effect")
    scene.picture("hostile")
    scene.show("requests", "/v1/search")
    scene.page.wait("Cut: the first 16,384 of 1,048")
    scene.picture("hostile-narrow", 400, 850)
    expect_equal(scene.page.evaluate("document.title"), "parallel-sandbox")
    expect_equal(scene.page.evaluate("document.images.length + document.scripts.length"), 1)
    expect(scene.page.evaluate("JSON.stringify(things).length") < 1_000_000, "the page holds whole bodies")


def status_of(scene, path="/v1/search", body=b'{"objective": "o", "search_queries": ["q"]}'):
    """The status that a client gets, the seconds that it takes, and the body; 0 without an answer."""
    connection = http.client.HTTPConnection(scene.sandbox.url.removeprefix("http://"), timeout=30)
    start = time.monotonic()
    try:
        connection.request("POST", path, body, {"x-api-key": "k", "content-type": "application/json"})
        answer = connection.getresponse()
        return answer.status, time.monotonic() - start, answer.read()
    except http.client.IncompleteRead as error:
        return -1, time.monotonic() - start, error.partial
    except (http.client.RemoteDisconnected, ConnectionError):
        return 0, time.monotonic() - start, b""
    finally:
        connection.close()


def buttons(scene, receiver):
    """Each button does to a client what it says, as often as it says, and is shown until it has."""
    for name, expected, slow in (
        ("Rate limit", 429, 0), ("Server error", 500, 0), ("Slow answer", 200, 3), ("Lose the answer", 0, 0),
        ("Cut the answer", -1, 0), ("Gateway page", 502, 0),
    ):
        scene.press(name)
        status, seconds, _ = status_of(scene)
        expect_equal((status, seconds >= slow), (expected, True), f"{name}:")
        scene.until("document.getElementById('active').innerText === 'nothing is active'", f"{name} is not used up")
        scene.show("requests", name)
        scene.page.wait(f"Asked for by: {name}")
        expect_equal(status_of(scene)[0], 200, f"after {name}:")

    # A limit for one route hits nothing else, and a client that retries gets over it.
    scene.press("Rate limit", "3", "POST /v1/tasks/runs")
    expect_equal(status_of(scene)[0], 200)
    done = scene.parallel("task", "run", "-p", "lite", "Over the limit?", "--json")
    expect_equal(done.returncode, 0, done.stderr)
    scene.until("document.getElementById('active').innerText === 'nothing is active'", "the limit is not used up")

    # The creation whose answer is lost has made a run.
    scene.press("Lose the answer", "1", "POST /v1/tasks/runs")
    try:
        scene.client.task_run.create(input="Lost?", processor="lite")
        raise AssertionError("the answer was not lost")
    except parallel.APIConnectionError:
        pass
    scene.show("runs", "Lost?")

    scene.press("Fail runs")
    done = scene.parallel("task", "run", "-p", "lite", "Doomed?")
    expect_equal((done.returncode, "Failed because the sandbox's page says so" in done.stderr), (6, True), done.stderr)
    scene.press("Server error", "")
    expect_equal([status_of(scene)[0] for _ in range(3)], [500, 500, 500])
    scene.picture("faults")
    scene.picture("faults-dark", 1440, 900, "dark")
    scene.page.click("Clear all")
    scene.until("document.getElementById('active').innerText === 'nothing is active'", "faults are left")
    expect_equal(status_of(scene)[0], 200)

    scene.press("Slow runs")
    run = scene.client.task_run.create(input="Slow?", processor="lite")
    time.sleep(1)
    expect(scene.client.task_run.retrieve(run.run_id).is_active, "the run is not slow")
    scene.show("runs", "Slow?")
    scene.unpress()

    # Own rules, also wrong ones.
    scene.page.evaluate("document.querySelector('.own').open = true; document.getElementById('rules').value = '{\"faults\": [{\"status\": 1}]}'")
    scene.page.click("Add these rules")
    scene.page.wait("Not added: 'status' in 'faults' must be an integer from 100 to 599")
    scene.page.evaluate("document.getElementById('rules').value = '{\"faults\": [{\"path\": \"/v1/search\", \"status\": 418, \"times\": 1}]}'")
    scene.page.click("Add these rules")
    scene.page.wait("1 active")
    expect_equal(status_of(scene)[0], 418)
    scene.page.evaluate("document.querySelector('.own').open = false")


def pausing(scene, receiver):
    """Paused, the page stands still; then it catches up. Clear empties it, here and at the sandbox."""
    scene.show("requests")
    scene.page.click("Pause")
    scene.page.wait("paused")
    before = scene.rows()
    status_of(scene, "/v1/extract", b"{}")
    time.sleep(1.2)
    expect_equal(scene.rows(), before)
    scene.page.click("Pause")
    scene.until("document.querySelector('#list-requests li').innerText.includes('/v1/extract')", "does not go on")
    scene.page.click("Clear")
    scene.page.wait("Nothing has been asked yet")
    status_of(scene)
    scene.until("document.querySelectorAll('#list-requests li').length === 1", "nothing comes after clearing")


def others(scene, receiver):
    """A page of another origin reads nothing and presses nothing, and can't show the page in a frame."""
    target = scene.sandbox.url
    with Loopback(Elsewhere) as server:
        for host in ("127.0.0.1", "localhost"):
            page = scene.browser.open(f"http://{host}:{server.port}/")
            page.wait("Elsewhere")
            rules = json.dumps({"name": "evil", "rules": {"faults": [{"status": 500}]}})
            for path, options in (
                ("/", {}), ("/_sandbox/state", {}), ("/_sandbox/state", {"headers": {"x-sandbox-page": "1"}}),
                ("/_sandbox/faults", {"method": "POST", "headers": {"x-sandbox-page": "1", "content-type": "application/json"}, "body": rules}),
                ("/_sandbox/faults", {"method": "POST", "headers": {"content-type": "text/plain"}, "body": rules, "mode": "no-cors"}),
                ("/_sandbox/requests", {"method": "DELETE", "headers": {"x-sandbox-page": "1"}}),
            ):
                got = page.evaluate(
                    f"fetch({json.dumps(target + path)}, {json.dumps(options)}).then(a => a.text().then(t => a.type + t), e => 'refused')")
                expect(got in ("refused", "opaque"), f"{path} {options}: {got!r}")
            page.evaluate(
                f"new Promise(done => {{ const f = document.createElement('iframe'); f.onload = done; f.src = {json.dumps(target + '/')};"
                "document.body.append(f); setTimeout(done, 3000) })")
            expect_equal(page.evaluate("(() => { try { return frames[0].document.title } catch { return 'closed' } })()"), "closed")
            form = (f"const f = document.createElement('form'); f.method = 'POST'; f.action = {json.dumps(target + '/_sandbox/faults')};"
                    "f.enctype = 'text/plain'; document.body.append(f); f.submit()")
            page.evaluate(form)
            page.wait("Not Found")
    # Another name for this machine, as after DNS rebinding.
    port = int(target.rsplit(":", 1)[1])
    for path, headers in (("/", {"accept": "text/html"}), ("/_sandbox/state", {"x-sandbox-page": "1"})):
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("GET", path, headers=headers | {"host": f"rebound.example:{port}"})
        answer = connection.getresponse()
        expect_equal((answer.status, b"for this machine alone" in answer.read()), (403, True))
        connection.close()
    expect_equal(status_of(scene)[0], 200, "a button was pressed:")
    expect_equal(scene.page.evaluate("document.getElementById('active').innerText"), "nothing is active")


def quiet(scene, receiver):
    """The page has asked nobody but the sandbox, and there was no error; the log of tests knows nothing of it."""
    asked = {e["request"]["url"] for e in scene.page.events("Network.requestWillBeSent")}
    expect(len(asked) > 5 and all(url.startswith((scene.sandbox.url + "/", "data:")) for url in asked), asked)
    expect_equal(scene.page.events("Runtime.exceptionThrown"), [])
    # What a refused rule answers is an error of the network to the browser.
    entries = [e["entry"] for e in scene.page.events("Log.entryAdded")]
    expect([e for e in entries if not (e["source"] == "network" and "422" in e["text"])] == [], entries)
    expect_equal([e for e in scene.page.events("Runtime.consoleAPICalled")], [])
    paths = {e["path"] for e in scene.sandbox.log() if e["event"] == "request" and "/_sandbox" in e["path"]}
    # Those of the other page, which had not the script's mark.
    expect(paths <= {"/_sandbox/state", "/_sandbox/faults", "/_sandbox/requests"}, paths)


def restarted(options, browser):
    """A sandbox that goes away is told of; one that takes its place starts from nothing."""
    with Sandbox(options.sandbox) as sandbox:
        page = browser.open(sandbox.url + "/")
        page.wait("live")
        port = sandbox.url.rsplit(":", 1)[1]
        subprocess.run(["curl", "-s", "-o", "/dev/null", f"{sandbox.url}/v1/tasks"], check=True)
        page.wait("/v1/tasks")
    page.wait("The sandbox does not answer")
    with Sandbox(options.sandbox, "--port", port):
        page.wait("live")
        page.wait("Nothing has been asked yet")


def run(report, options):
    options.screenshots = Path(options.screenshots)
    checks = [
        ("empty lists say what to type", empty),
        ("runs, groups and webhooks as they come", runs),
        ("why a request was refused, without keys", refusals),
        ("hostile text", hostile),
        ("every button", buttons),
        ("pause and clear", pausing),
        ("other pages", others),
        ("nothing from elsewhere, no errors", quiet),
    ]
    with Sandbox(options.sandbox) as sandbox, Loopback(Receiver) as receiver, Browser() as browser:
        scene = Scene(options, sandbox, browser)
        for name, check in checks:
            report.check(f"page: {name}", check, scene, receiver)
        report.check("page: another sandbox at its port", restarted, options, browser)
