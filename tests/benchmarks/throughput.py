"""The cloud beside servers that do nothing: `python tests/benchmarks/throughput.py`.

`contractkit serve` and uvicorn with an empty application, each a process of its own. Signed POSTs go to all of them
over eight keep-alive connections at once, so that the server is what there is to wait for; blocks alternate, so that
a busy machine slows all alike. uvicorn reads HTTP with h11 as it comes, as the cloud does; where httptools is
installed too, it is shown for comparison.
"""

from __future__ import annotations

import importlib.util
import json
import selectors
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from contractkit.message import Request
from contractkit.signing import EXAMPLE, sign

COUNT = 3000
BLOCK = 100
CONNECTIONS = 8
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
QUIET = ("--loop", "asyncio", "--no-access-log", "--log-level", "critical")
SERVERS = {
    "cloud": ("-c", "from contractkit.cli import main; main()", "serve", "--port", "18001"),
    "empty, h11": (*UVICORN, *QUIET, "--http", "h11", "--port", "18002"),
    "empty, httptools": (*UVICORN, *QUIET, "--http", "httptools", "--port", "18003"),
}


@contextmanager
def running(*arguments: str) -> Iterator[list[socket.socket]]:
    """Connections to a server that runs for as long."""
    with subprocess.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL) as process, ExitStack() as stack:
        stack.callback(process.terminate)
        yield [stack.enter_context(connect(int(arguments[-1]))) for _ in range(CONNECTIONS)]


def connect(port: int) -> socket.socket:
    """Connect as soon as the server listens."""
    for _ in range(200):
        try:
            connection = socket.create_connection(("127.0.0.1", port), timeout=10)
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return connection
    raise SystemExit(f"nothing listens on port {port}")


def microseconds(connections: Sequence[socket.socket], messages: Sequence[bytes]) -> float:
    """What one request takes, on average over a block, while every connection waits for an answer."""
    waiting = iter(messages)
    began = time.perf_counter()
    with selectors.DefaultSelector() as selector:
        for connection in connections:
            connection.sendall(next(waiting))
            selector.register(connection, selectors.EVENT_READ)
        left = len(messages)
        while left:
            for key, _ in selector.select():
                read_answer(key.fileobj)
                left -= 1
                message = next(waiting, None)
                if message is None:
                    selector.unregister(key.fileobj)
                else:
                    key.fileobj.sendall(message)
    return (time.perf_counter() - began) / len(messages) * 1e6


def read_answer(connection: Any) -> None:
    """One whole answer, which both servers write in one go or two; anything but success ends the program."""
    got = b""
    while not is_whole(got):
        more = connection.recv(65536)
        if not more:
            raise SystemExit("the server hung up")
        got += more
    if not got.startswith(b"HTTP/1.1 200 "):
        raise SystemExit(got[:200].decode("latin-1"))


def is_whole(got: bytes) -> bool:
    """Whether an answer has come to its end."""
    head, blank, body = got.partition(b"\r\n\r\n")
    length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
    return bool(blank) and len(body) >= int(length)


def messages_of(path: str, body: dict[str, Any]) -> list[bytes]:
    """Signed POSTs that all differ, as bytes."""
    now, made = datetime.now(UTC), []
    for number in range(COUNT):
        data = json.dumps(body).replace("{number}", f"ck-{number}").encode()
        url = f"http://127.0.0.1:18001{path}?clientToken={number}-{path}"
        headers = {"Content-Type": "application/json", "Content-Length": str(len(data))}
        signed = sign(Request("POST", url, headers, data), EXAMPLE, at=now)
        head = "".join(f"{name}: {value}\r\n" for name, value in signed.headers)
        made.append(f"POST {signed.target} HTTP/1.1\r\n{head}\r\n".encode() + data)
    return made


def main() -> None:
    """Print, for each operation and server, microseconds a request in the middle block, and how the cloud compares."""
    with ExitStack() as stack:
        shown = {
            name: command
            for name, command in SERVERS.items()
            if "httptools" not in name or importlib.util.find_spec("httptools")
        }
        lines = {name: stack.enter_context(running(*command)) for name, command in shown.items()}
        for operation, (path, body) in OPERATIONS.items():
            messages, taken = messages_of(path, body), {name: list[float]() for name in lines}
            for start in range(0, COUNT, BLOCK):
                for name, connections in lines.items():
                    taken[name].append(microseconds(connections, messages[start : start + BLOCK]))
            cloud = statistics.median(taken["cloud"])
            for name, blocks in taken.items():
                middle = statistics.median(blocks)
                sys.stdout.write(f"{operation:<22} {name:<18} {middle:4.0f} us   ratio {middle / cloud:.2f}\n")


if __name__ == "__main__":
    main()
