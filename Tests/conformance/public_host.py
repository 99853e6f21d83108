"""Stands in for https://api.parallel.ai, for programs that know no other address: a proxy with a certificate of its own."""

import socket
import ssl
import subprocess
import tempfile
import threading
from pathlib import Path


class PublicHost:
    """Leads what is sent to the public host to a sandbox; a context manager. `variables` make a program go through it."""

    name = "api.parallel.ai"

    def __init__(self, sandbox):
        self.port = int(sandbox.url.rsplit(":", 1)[1])

    def __enter__(self):
        self.directory = tempfile.TemporaryDirectory(prefix="conformance-")
        certificate, key = (Path(self.directory.name) / name for name in ("certificate.pem", "key.pem"))
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", f"/CN={self.name}", "-addext",
             f"subjectAltName=DNS:{self.name}", "-keyout", key, "-out", certificate], check=True, capture_output=True)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self.accept, daemon=True).start()
        port = self.listener.getsockname()[1]
        self.variables = {"HTTPS_PROXY": f"http://127.0.0.1:{port}", "SSL_CERT_FILE": str(certificate)}
        return self

    def __exit__(self, *_):
        self.listener.close()
        self.directory.cleanup()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:  # The listener is closed.
                return
            threading.Thread(target=self.lead, args=[client], daemon=True).start()

    def lead(self, client):
        head = b""
        while b"\r\n\r\n" not in head:
            if not (piece := client.recv(4096)):
                return
            head += piece
        if not head.startswith(f"CONNECT {self.name}:443 ".encode()):
            client.sendall(b"HTTP/1.1 403 Forbidden\r\n\r\n")
            client.close()
            return
        client.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
        inside = self.context.wrap_socket(client, server_side=True)
        sandbox = socket.create_connection(("127.0.0.1", self.port))
        threading.Thread(target=copy, args=[sandbox, inside], daemon=True).start()
        copy(inside, sandbox)


def copy(source, target):
    """Hands on bytes until one side has closed."""
    try:
        while piece := source.recv(65536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass
