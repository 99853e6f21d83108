"""A proxy before the sandbox that refuses every request to add runs in which a word stands, as an API or a gateway would.

Nothing of a refused request reaches the sandbox. The refusal has the form of the API's validation errors ("fields"), of its
error object ("object"), or is a gateway's page ("page").
"""

import argparse
import http.client
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

WORDS = "Value error, input has too many tokens"
NOT_PASSED_ON = {"connection", "keep-alive", "transfer-encoding", "host", "content-length"}


def refusal(form, index):
    if form == "page":
        return "text/html", "<html><head><title>Error</title></head><body>Refused</body></html>"
    if form == "object":
        body = {"type": "error", "error": {"ref_id": f"ref-{index}", "message": WORDS, "detail": None}}
    else:
        body = {"detail": [{"loc": ["body", "inputs", index, "input"], "msg": WORDS, "type": "value_error"}]}
    return "application/json", json.dumps(body)


class Proxy(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def serve(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        options = self.server.options
        if self.command == "POST" and self.path.split("?")[0].endswith("/runs"):
            inputs = json.loads(body).get("inputs", [])
            found = [n for n, run in enumerate(inputs) if any(word in json.dumps(run["input"]) for word in options.word)]
            if found:
                kind, text = refusal(options.form, found[0])
                self.send_response(options.status)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())
                return
        self.pass_on(body)

    def pass_on(self, body):
        connection = http.client.HTTPConnection(urlsplit(self.server.options.target).netloc, timeout=600)
        try:
            headers = {name: value for name, value in self.headers.items() if name.lower() not in NOT_PASSED_ON}
            connection.request(self.command, self.path, body or None, headers)
            answer = connection.getresponse()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in NOT_PASSED_ON:
                    self.send_header(name, value)
            # The answer ends with its connection, so that streams need no length.
            self.send_header("connection", "close")
            self.end_headers()
            while part := answer.read1(1 << 16):
                self.wfile.write(part)
                self.wfile.flush()
        except OSError:
            pass
        finally:
            self.close_connection = True
            connection.close()

    do_GET = do_POST = serve


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("target")
    parser.add_argument("--word", action="append", required=True)
    parser.add_argument("--status", type=int, default=422)
    parser.add_argument("--form", choices=["fields", "object", "page"], default="fields")
    parser.add_argument("--ready-file", required=True)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    server.daemon_threads = True
    server.options = parser.parse_args()
    Path(server.options.ready_file).write_text(f"http://127.0.0.1:{server.server_port}")
    server.serve_forever()


main()
