"""Sends requests with `parallel`, so that what people use is what is checked, and keeps what came back."""

import json
import os
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request

MADE = re.compile(r"\b(?:trun_[0-9a-f]{8,}|tgrp_[0-9a-f]{8,})")


class Unreachable(Exception):
    pass


class Answer:
    """What a command has printed; with --verbose it also tells the status and the header fields of the answer."""

    def __init__(self, exit_code, out, err, seconds):
        self.exit_code, self.out, self.err, self.seconds = exit_code, out, err, seconds
        statuses = re.findall(r"^< (\d{3}) in ", err, re.M)
        self.status = int(statuses[-1]) if statuses else None
        # Names only: the program masks the values of all that it doesn't know to be harmless.
        self.fields = {name.lower() for name in re.findall(r"^< ([A-Za-z0-9-]+): ", err, re.M)}

    @property
    def lines(self):
        """Every line of standard output that is JSON."""
        found = []
        for line in self.out.splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:
                pass
        return found

    @property
    def body(self):
        """The JSON document on standard output; None if it is none."""
        try:
            return json.loads(self.out)
        except ValueError:
            return None

    @property
    def error(self):
        """The line that says what went wrong, without the status and the id of the request."""
        lines = [line for line in self.err.splitlines() if line.startswith("error: ")]
        text = re.sub(r"^the API answered \d+: | \(ref [^)]*\)$", "", lines[-1][7:] if lines else "")
        # A refusal for lack of credit may tell how much there is.
        return re.sub(r"\d+", "#", text) if self.status == 402 else text


class Client:
    """Runs `parallel` in a folder of its own; `key` says with which key: the person's, none, or a wrong one."""

    wrong_key = "live-check-invalid-key"

    def __init__(self, program, folder, environment, patience):
        self.program, self.folder, self.patience, self.made, self.silent = program, folder, patience, [], 0
        nobody = folder / "nobody"
        nobody.mkdir()
        without = {
            name: value for name, value in environment.items() if name not in ("PARALLEL_API_KEY", "PARALLEL_PROFILE")
        }
        without |= {"HOME": str(nobody), "XDG_CONFIG_HOME": str(nobody)}
        self.environments = {
            "own": environment,
            "none": without,
            "wrong": without | {"PARALLEL_API_KEY": self.wrong_key},
        }

    def start(self, *words, key="own", out=subprocess.PIPE):
        # In a session of its own, so that Ctrl-C reaches it once: a second one would end it before it tells an id.
        return subprocess.Popen(
            [self.program, *map(str, words)],
            cwd=self.folder,
            env=self.environments[key],
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        )

    def run(self, *words, body=None, key="own", seconds=None):
        """Runs a command to its end, or as many seconds. `body` is JSON for its standard input."""
        began, seconds, late = time.monotonic(), seconds or self.patience, ""
        process = self.start(*words, "--verbose", key=key)
        text = "" if body is None else body if isinstance(body, str) else json.dumps(body)
        out = err = ""
        try:
            out, err = process.communicate(text, timeout=seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=30)
            late = f"\nerror: no answer within {seconds} s\n"
        except KeyboardInterrupt:
            # A creation that is under way tells its id before it ends.
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=30)
            raise
        finally:
            if process.poll() is None:
                process.kill()
            if words[:2] in (("task", "run"), ("batch", "run")) or words[:2] == ("api", "POST"):
                self.note(out + err)
        answer = Answer(process.returncode, out, err + late, time.monotonic() - began)
        self.silent = self.silent + 1 if answer.exit_code == 7 else 0
        if self.silent == 3:
            raise Unreachable(answer.error)
        return answer

    def note(self, text):
        """Remembers the runs and groups that a text names."""
        self.made = list(dict.fromkeys(self.made + MADE.findall(text)))

    def api(self, method, path, body=None, *words, **options):
        more = () if body is None else ("--input", "-")
        return self.run("api", method, path, *more, *words, body=body, **options)


def plain(url, form=None, seconds=20, **fields):
    """Status and text of a request without a key, for what `parallel` sends only on the way to something else.

    `form` is sent as JSON if it is a dictionary. Nothing is followed. Without a status nobody answered, and the text
    says why.
    """

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    data = None
    fields = {name.replace("_", "-"): value for name, value in fields.items()}
    if form is not None:
        data = (json.dumps(form) if isinstance(form, dict) else form).encode()
        fields["content-type"] = "application/json" if isinstance(form, dict) else "application/x-www-form-urlencoded"
    try:
        with urllib.request.build_opener(Stay).open(
            urllib.request.Request(url, data, fields), timeout=seconds
        ) as answer:
            return answer.status, answer.read(100_000).decode(errors="replace")
    except urllib.error.HTTPError as error:
        return error.code, error.read(100_000).decode(errors="replace")
    except (OSError, ValueError) as error:
        return None, type(getattr(error, "reason", error)).__name__


def comments(url, key, seconds):
    """The lines of an event stream that are comments, and after how many seconds each came."""
    request = urllib.request.Request(url, headers={"x-api-key": key, "accept": "text/event-stream"})
    began, found = time.monotonic(), []
    try:
        with urllib.request.urlopen(request, timeout=30) as stream:
            for line in stream:
                if line.startswith(b":"):
                    found.append((line.decode(errors="replace").strip(), time.monotonic() - began))
                if time.monotonic() - began > seconds:
                    break
    except OSError:
        pass
    return found, time.monotonic() - began


def settings(base):
    """The environment for the commands: against a sandbox of this machine, its platform and account are there, too."""
    environment = dict(os.environ, NO_COLOR="1", LC_ALL="C.UTF-8")
    if base:
        environment["PARALLEL_BASE_URL"] = base
    base = environment.get("PARALLEL_BASE_URL", "").rstrip("/")
    if is_local(base):
        environment.setdefault("PARALLEL_PLATFORM_URL", base)
        environment.setdefault("PARALLEL_SERVICE_API_URL", base + "/account")
    return environment


def is_local(url):
    return re.match(r"https?://(127\.0\.0\.1|localhost|\[::1\])([:/]|$)", url) is not None
