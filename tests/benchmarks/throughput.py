"""The cloud beside a server that does nothing: `python tests/benchmarks/throughput.py`.

Signed POSTs over one keep-alive connection each, on loopback; blocks alternate and the best of each counts,
so that a busy machine slows both alike.
"""

from __future__ import annotations

import http.client
import json
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Any

import uvicorn

from contractkit.cloud import ReferenceCloud
from contractkit.cloud.server import serve
from contractkit.message import Request
from contractkit.signing import EXAMPLE, sign

COUNT = 1000
BLOCK = 10
OPERATIONS = {
    "vpc.create_vpc": ("/v1/vpc", {"name": "n", "cidr": "10.0.0.0/16"}),
    "dns.create_dns_zone": ("/v1/dns/zone", {"name": "{number}.example"}),
}

Message = MutableMapping[str, Any]


async def nothing(
    _: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """Answer 200 with no body."""
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


@contextmanager
def serve_nothing() -> Iterator[int]:
    """The empty application on a port of its own, with the same HTTP parser as the cloud's."""
    config = uvicorn.Config(nothing, port=0, http="h11", ws="none", lifespan="off", access_log=False, log_config=None)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()


def microseconds(connection: http.client.HTTPConnection, requests: Iterable[Request]) -> float:
    """What one request takes, on average over a block."""
    block = list(requests)
    began = time.perf_counter()
    for request in block:
        connection.request(request.method, request.target, request.body, dict(request.headers))
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"{request!r} was answered with {answer.status}")
    return (time.perf_counter() - began) / len(block) * 1e6


def requests_of(base_url: str, path: str, body: dict[str, Any]) -> list[Request]:
    """Signed POSTs that all differ."""
    now, made = datetime.now(UTC), []
    for number in range(COUNT):
        data = json.dumps(body).replace("{number}", f"ck-{number}").encode()
        request = Request(
            "POST", f"{base_url}{path}?clientToken={number}-{path}", {"Content-Type": "application/json"}, data
        )
        made.append(sign(request, EXAMPLE, at=now))
    return made


def main() -> None:
    """Print, for each operation, microseconds of both servers and their ratio."""
    with serve(ReferenceCloud()) as served, serve_nothing() as port:
        for name, (path, body) in OPERATIONS.items():
            requests = requests_of(served.base_url, path, body)
            idle, busy = [], []
            connections = [http.client.HTTPConnection("127.0.0.1", each, timeout=10) for each in (port, served.port)]
            with closing(connections[0]), closing(connections[1]):
                for start in range(0, COUNT, BLOCK):
                    block = requests[start : start + BLOCK]
                    idle.append(microseconds(connections[0], block))
                    busy.append(microseconds(connections[1], block))
            ratio = min(idle) / min(busy)
            sys.stdout.write(f"{name:<24} empty {min(idle):4.0f} us   cloud {min(busy):4.0f} us   ratio {ratio:.2f}\n")


if __name__ == "__main__":
    main()
