"""A headless Chromium that a check drives like a person: opens pages, reads them, clicks. Debian's chromium.

It is driven over two pipes with the DevTools protocol (--remote-debugging-pipe: messages in JSON, a zero byte after
each), so that no other process can drive it.
"""

import base64
import json
import os
import select
import subprocess
import tempfile
import time


class Browser:
    """One browser; a context manager. Each page has cookies and a history of its own, as on another machine."""

    def __enter__(self):
        self.profile = tempfile.TemporaryDirectory(prefix="conformance-", ignore_cleanup_errors=True)
        there, self.writer = os.pipe()
        self.reader, back = os.pipe()
        # bash, as other shells can't move descriptors above 9.
        self.process = subprocess.Popen(
            [
                "bash",
                "-c",
                f'exec "$@" 3<&{there} 4>&{back}',
                "bash",
                "chromium",
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--hide-scrollbars",
                "--remote-debugging-pipe",
                f"--user-data-dir={self.profile.name}",
                "about:blank",
            ],
            pass_fds=(there, back),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(there)
        os.close(back)
        self.number, self.rest = 0, b""
        # What pages tell by themselves, such as errors and requests, as far as they were told to.
        self.events = []
        return self

    def __exit__(self, *_):
        try:
            self.send("Browser.close")
            self.process.wait(timeout=10)
        except (OSError, RuntimeError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        os.close(self.reader)
        os.close(self.writer)
        self.profile.cleanup()

    def send(self, method, session=None, **parameters):
        """Sends a command and returns its result."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters} | (
            {"sessionId": session} if session else {}
        )
        os.write(self.writer, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + 30
        while True:
            message, separator, rest = self.rest.partition(b"\0")
            if separator:
                self.rest = rest
                answer = json.loads(message)
                if answer.get("id") != self.number:
                    self.events.append(answer)
                    continue
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error'].get('message')}")
                return answer["result"]
            ready, _, _ = select.select([self.reader], [], [], max(0, deadline - time.monotonic()))
            data = os.read(self.reader, 1 << 16) if ready else b""
            if not data:
                raise RuntimeError(f"{method}: chromium does not answer")
            self.rest += data

    def open(self, url, proxy=None, watched=()):
        """A new page that goes to `url`, with `proxy` for whatever it asks for, on this machine too. `watched` are the
        domains of the protocol, such as Network, whose events are kept."""
        through = {"proxyServer": proxy, "proxyBypassList": "<-loopback>"} if proxy else {}
        context = self.send("Target.createBrowserContext", **through)["browserContextId"]
        target = self.send("Target.createTarget", url="about:blank", browserContextId=context, width=900, height=600)
        page = Page(self, self.send("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"])
        for domain in watched:
            page.send(f"{domain}.enable")
        page.send("Page.navigate", url=url)
        return page


class Page:
    def __init__(self, browser, session):
        self.browser, self.session = browser, session

    def send(self, method, **parameters):
        return self.browser.send(method, self.session, **parameters)

    def evaluate(self, script):
        """What the script comes to; a promise is waited for."""
        return self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)["result"].get("value")

    def events(self, method):
        """The parameters of the events of that name so far."""
        self.evaluate("0")  # What came before is read with the answer.
        return [e["params"] for e in self.browser.events if e["method"] == method and e.get("sessionId") == self.session]

    def look(self, width=900, height=600, scheme="light"):
        """Shows the page in a window of that size, in light or dark."""
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def press(self, key, code=0):
        """Presses and releases a key, such as Tab or ArrowDown."""
        for kind in ("rawKeyDown", "keyUp"):
            self.send("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)

    def text(self):
        return self.evaluate("document.body ? document.body.innerText : ''") or ""

    def wait(self, words, seconds=20):
        """Waits until the page says `words`, and returns its text."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                text = self.text()
            except RuntimeError:
                text = ""  # Between two pages there is nothing to ask.
            if words in text:
                return text
            if time.monotonic() > deadline:
                raise AssertionError(f"the page does not say {words!r} but {text[:300]!r}")
            time.sleep(0.05)

    def click(self, name):
        """Clicks the button of that text with the mouse."""
        place = self.evaluate(
            f"(() => {{ const all = [...document.querySelectorAll('button')]"
            f".filter(b => b.innerText === {json.dumps(name)});"
            "if (all.length !== 1) return null; const r = all[0].getBoundingClientRect();"
            "return [r.x + r.width / 2, r.y + r.height / 2] })()"
        )
        if place is None:
            raise AssertionError(f"the page has no button {name!r}: {self.text()[:300]!r}")
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], button="left", clickCount=1)

    def address(self):
        """What the address bar shows, also of a page that could not be opened."""
        history = self.send("Page.getNavigationHistory")
        return history["entries"][history["currentIndex"]]["url"]

    def picture(self, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(self.send("Page.captureScreenshot")["data"]))
