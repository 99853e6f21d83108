"""HTML reports in a real browser: Debian's chromium, without a display.

A page has to look right without anything from elsewhere, in light and in dark, on paper too, and must show text from
the network as text. The screenshots stay in the folder that `--screenshots` names, for people to look at.
"""

import http.server
import re
import struct
import subprocess
import tempfile
import threading
import zlib
from html.parser import HTMLParser
from pathlib import Path

from harness import Sandbox, expect, expect_equal

# What a page would do with a browser if it took text for markup.
HOSTILE = (
    "<script>document.title='taken'+' over'</script><img src=http://remote.example/x.png onerror=alert(1)>"
    "</title></style><style>body{display:none}</style>&amp;&lt;b&gt; \u202egnp.exe [link](javascript:alert(1))"
)
ANSWER = (
    "# Findings\n\nThe **Intel** answer, with a [source](https://intel.example/history?a=1&b=2) and `code`.\n\n"
    "| year | event |\n|---|---|\n| 1968 | founded |\n| 1971 | 4004 |\n\n- one\n- two\n  - nested\n\n" + HOSTILE
)


class Outline(HTMLParser):
    """The elements of a page, its links, and its text."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.links, self.attributes, self.text = [], [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.elements.append(tag)
        for name, value in attributes:
            self.attributes.append((tag, name))
            if name in ("href", "src", "srcset", "action", "data", "poster"):
                self.links.append((tag, name, value or ""))

    def handle_data(self, data):
        self.text.append(data)


class Watchman:
    """A proxy that answers nothing and remembers who was asked for; a context manager."""

    def __enter__(self):
        asked = self.asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                asked.append(f"{self.command} {self.path}")
                self.send_error(502)

            do_GET = do_POST = do_HEAD = do_CONNECT = answer

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()


def browse(page, watchman, *options):
    """Opens a page and returns what chromium printed."""
    with tempfile.TemporaryDirectory() as profile:
        return subprocess.run(
            ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
             "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
             f"--user-data-dir={profile}", f"--proxy-server=http://127.0.0.1:{watchman.server.server_address[1]}",
             "--proxy-bypass-list=<-loopback>", *options, page.as_uri()],
            capture_output=True, text=True, timeout=120, check=True).stdout


def pixels(path):
    """The rows of a PNG as chromium writes it: 8 bits a channel, RGB or RGBA (PNG specification, third edition)."""
    data = path.read_bytes()
    width, height, depth, kind = struct.unpack(">IIBB", data[16:26])
    expect(depth == 8 and kind in (2, 6), f"{path.name} is no RGB picture")
    size = 3 if kind == 2 else 4
    packed, place = b"", 8
    while place < len(data):
        length, name = struct.unpack(">I4s", data[place:place + 8])
        if name == b"IDAT":
            packed += data[place + 8:place + 8 + length]
        place += 12 + length
    raw, stride, rows, above = zlib.decompress(packed), width * size, [], bytearray(width * size)
    for y in range(height):
        method, row = raw[y * (stride + 1)], bytearray(raw[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        for x in range(stride):
            left = row[x - size] if x >= size else 0
            up, corner = above[x], above[x - size] if x >= size else 0
            if method == 1:
                row[x] = (row[x] + left) & 255
            elif method == 2:
                row[x] = (row[x] + up) & 255
            elif method == 3:
                row[x] = (row[x] + (left + up) // 2) & 255
            elif method == 4:
                guess = left + up - corner
                near = min((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - corner), 2, corner))
                row[x] = (row[x] + near[2]) & 255
        rows.append(bytes(row))
        above = row
    return [[row[x:x + 3] for x in range(0, stride, size)] for row in rows]


def brightness(rows):
    sample = [pixel for row in rows[::7] for pixel in row[::7]]
    return sum(sum(pixel) for pixel in sample) / (3 * len(sample))


def check_markup(page, words):
    """Nothing on the page acts or comes from elsewhere, and what was said is there as text."""
    text = page.read_text()
    outline = Outline(text)
    expect_equal([e for e in outline.elements if e in ("script", "img", "iframe", "object", "embed", "form", "base")], [])
    expect_equal([a for a in outline.attributes if a[1].startswith("on")], [])
    expect_equal([link for link in outline.links if link[:2] != ("a", "href")], [])
    odd = [url for _, _, url in outline.links if not re.match(r"https?://|#", url)]
    expect_equal(odd, [])
    expect("default-src 'none'" in text, "the page has no policy that forbids everything else")
    expect("url(" not in text and "@import" not in text, "the style names another file")
    shown = " ".join("".join(outline.text).split())
    for word in words:
        expect(word in shown, f"the page does not say {word!r}")


def check_browser(page, folder, title, watchman):
    """The page in chromium: light, dark, narrow and on paper."""
    name = page.stem
    dom = browse(page, watchman, "--dump-dom")
    expect(f"<title>{title}" in dom, f"the title is not {title!r}")
    expect("taken over" not in re.search(r"<title>.*?</title>", dom, re.S).group(), "a script has run")
    pictures = {}
    for scheme, number in (("light", 1), ("dark", 0)):
        for width in (1280, 400):
            picture = folder / f"{name}-{scheme}-{width}.png"
            browse(page, watchman, f"--screenshot={picture}", f"--window-size={width},900",
                   f"--blink-settings=preferredColorScheme={number}")
            pictures[scheme, width] = pixels(picture)
    for (scheme, width), rows in pictures.items():
        colours = {pixel for row in rows[::3] for pixel in row[::3]}
        expect(len(colours) > 8, f"nothing can be seen at {width} pixels in {scheme}")
    light, dark = brightness(pictures["light", 1280]), brightness(pictures["dark", 1280])
    expect(light > 180 and dark < 80, f"light is {light:.0f} and dark {dark:.0f} of 255")
    paper = folder / f"{name}.pdf"
    browse(page, watchman, f"--print-to-pdf={paper}", "--no-pdf-header-footer")
    expect(paper.read_bytes()[:5] == b"%PDF-" and paper.stat().st_size > 5_000, "nothing was printed")


def run(report, options):
    """Writes reports of a run and a search against the sandbox, and opens them."""
    folder = Path(options.screenshots).absolute()
    folder.mkdir(parents=True, exist_ok=True)

    def write(name, words):
        page = folder / f"{name}.html"
        page.unlink(missing_ok=True)
        done = sandbox.run([options.parallel, *words, "-o", page])
        expect_equal(done.returncode, 0, done.stderr)
        return page

    question = f"Who founded Intel? {HOSTILE}"
    quick = ["--metadata", "sandbox_delay=0"]
    with Sandbox(options.sandbox) as sandbox, Watchman() as watchman:
        pages = {
            "text": (["task", "run", "--report", question, *quick, "--metadata", f"sandbox_output={ANSWER}"],
                     ["Findings", "founded", "onerror=alert(1)"]),
            "fields": (["task", "run", question, "--field", "founders:string[]=Names", "--field", "founded:integer=Year",
                        *quick], ["founders", "founded"]),
            "search": (["search", f"Who founded Intel? {HOSTILE[:100]}"], ["Intel"]),
        }
        for name, (words, said) in pages.items():
            def check(name=name, words=words, said=said):
                page = write(name, words)
                check_markup(page, said)
                check_browser(page, folder, "", watchman)
            report.check(f"an HTML report in chromium: {name}", check)
        report.check("no report asks anybody for anything", lambda: expect_equal(
            # Chromium asks its maker for the time and for news, whatever it is told.
            [line for line in watchman.asked if not re.search(r"(google|googleapis|gstatic|gvt1)\.com", line)], []))
