"""A loopback HTTP server that answers by script and keeps what it was sent."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

import pytest

from contractkit import Client, Request, Response
from contractkit.signing import EXAMPLE


class Loopback:
    """`answers` are given in order, the last one again and again; None cuts the connection."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.answers: list[Response | None] = [Response(200, {}, b"{}")]
        self.requests: list[Request] = []
        self.lock = threading.Lock()

    def answer(self, request: Request) -> Response | None:
        with self.lock:
            self.requests.append(request)
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body leave together
    loopback: Loopback

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        url = self.loopback.base_url + self.path
        response = self.loopback.answer(Request(self.command, url, self.headers.items(), body))
        if response is None:
            self.close_connection = True
            return
        self.send_response_only(response.status)
        for name, value in response.headers.set("Content-Length", str(len(response.body))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(response.body)

    do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815 - the names http.server looks for

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    server = _Server(("127.0.0.1", 0), _Handler)
    loopback = Loopback(f"http://127.0.0.1:{server.server_address[1]}")
    server.RequestHandlerClass = type("_Bound", (_Handler,), {"loopback": loopback})
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield loopback
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def waits() -> list[float]:
    """The seconds the client was told to wait; it never really does."""
    return []


@pytest.fixture
def connect(loopback: Loopback, waits: list[float]) -> Iterator[Callable[..., Client]]:
    """Make clients that talk to the loopback server; their tokens are t-1, t-2..."""
    numbers = count(1)
    made: list[Client] = []

    def make(**options: object) -> Client:
        defaults = {
            "endpoint": loopback.base_url,
            "tokens": lambda: f"t-{next(numbers)}",
            "sleep": waits.append,
            "chance": lambda: 0.0,
        }
        made.append(Client(EXAMPLE, **{**defaults, **options}))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def client(connect: Callable[..., Client]) -> Client:
    return connect()
