"""A loopback HTTP server that verifies what it receives and answers as told."""

from __future__ import annotations

import gzip
import threading
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from contractkit.message import Headers, Request
from contractkit.signing import EXAMPLE, Credentials, verify


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if self.headers.get("transfer-encoding") == "chunked":
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        request = Request(
            self.command, f"http://{self.headers['host']}{self.path}", Headers(self.headers.items()), body
        )
        self.server.received.append(request)
        getattr(self, self.path.partition("?")[0].strip("/").replace("/", "_") or "verdict", self.verdict)(request)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do  # noqa: N815 - names of http.server

    def verdict(self, request):
        verdict = verify(request, self.server.credentials.get, now=datetime.now(UTC))
        text = verdict.reason.encode() or b"verified"
        self.answer(verdict.status, [("Content-Type", "text/plain"), ("X-A", "1"), ("X-A", "2")], text)

    def zipped(self, _):
        self.answer(200, [("Content-Encoding", "gzip")], gzip.compress(b"plain text" * 100))

    def huge(self, _):
        self.answer(200, [("Content-Encoding", "gzip")], gzip.compress(b"\0" * (33 * 1024 * 1024)))

    def moved(self, _):
        self.answer(302, [("Location", f"http://localhost:{self.server.server_port}/elsewhere")], b"")

    def slow(self, _):
        time.sleep(0.5)
        self.answer(200, [], b"late")

    def cut(self, _):
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b"half")
        self.close_connection = True

    def closed(self, _):
        self.close_connection = True

    def answer(self, status, headers, body):
        self.send_response(status)
        for name, value in [*headers, ("Content-Length", str(len(body)))]:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *args):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    credentials: dict[str, Credentials]
    received: list[Request]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request, client_address):
        pass


@pytest.fixture
def server():
    with Server(("127.0.0.1", 0), Handler) as running:
        running.credentials, running.received = {EXAMPLE.access_key_id: EXAMPLE}, []
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()
