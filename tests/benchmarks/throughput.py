"""The cloud beside a server that does nothing: `python tests/benchmarks/throughput.py`.

`contractkit serve` and uvicorn with an empty application, each a process of its own. Signed POSTs go to both over
one keep-alive connection each; blocks alternate and the best of each counts, so that a busy machine slows both alike.
"""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

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


UVICORN = ("-m", "uvicorn", "throughput:nothing", "--app-dir", str(Path(__file__).parent), "--lifespan", "off")
SERVERS = {
    "empty": (*UVICORN, "--http", "h11", "--no-access-log", "--log-level", "critical", "--port", "18001"),
    "cloud": ("-c", "from contractkit.cli import main; main()", "serve", "--port", "18002"),
}


@contextmanager
def running(*arguments: str) -> Iterator[http.client.HTTPConnection]:
    """A connection to a server that runs for as long."""
    with subprocess.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL) as process:
        connection = http.client.HTTPConnection("127.0.0.1", int(arguments[-1]), timeout=10)
        try:
            wait_for(connection)
            yield connection
        finally:
            connection.close()
            process.terminate()


def wait_for(connection: http.client.HTTPConnection) -> None:
    """Connect as soon as the server listens."""
    for _ in range(200):
        try:
            connection.connect()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit(f"nothing listens on port {connection.port}")


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
    with ExitStack() as stack:
        empty, cloud = (stack.enter_context(running(*command)) for command in SERVERS.values())
        for name, (path, body) in OPERATIONS.items():
            requests = requests_of(f"http://127.0.0.1:{cloud.port}", path, body)
            idle, busy = [], []
            for start in range(0, COUNT, BLOCK):
                block = requests[start : start + BLOCK]
                idle.append(microseconds(empty, block))
                busy.append(microseconds(cloud, block))
            ratio = min(idle) / min(busy)
            sys.stdout.write(f"{name:<24} empty {min(idle):4.0f} us   cloud {min(busy):4.0f} us   ratio {ratio:.2f}\n")


if __name__ == "__main__":
    main()
