"""Many threads, every client, both doors: `python tests/recording/crowd.py THREADS REQUESTS RUNS`.

Each run records REQUESTS requests from each of THREADS threads with every client, and replays them with the server
counting. Prints one JSON object for each client: what was asked, lost in recording, live in replay.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import sys
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import aiohttp
import httpx
import requests
from baidubce.auth.bce_credentials import BceCredentials
from baidubce.bce_client_configuration import BceClientConfiguration
from baidubce.services.vpc.vpc_client import VpcClient

from contractkit.adapters.requests import RequestsTransport
from contractkit.client import Client
from contractkit.recording import open_cassette
from contractkit.recording.store import load_cassette
from contractkit.signing import EXAMPLE

HOST = "http://bcc.bj.baidubce.com"


class Handler(BaseHTTPRequestHandler):
    """Answers every GET with an empty list and counts."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Count and answer."""
        with self.server.lock:
            self.server.hits += 1
        body = b'{"vpcs": [], "isTruncated": false, "maxKeys": 1000}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


class Server(ThreadingHTTPServer):
    """A loopback server that knows how often it was asked."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 512

    def __init__(self) -> None:
        self.hits, self.lock = 0, threading.Lock()
        super().__init__(("127.0.0.1", 0), Handler)

    def handle_error(self, *_: object) -> None:
        """A client that went away is none of its business."""


def ours(base: str, names: list[str], cassette: object) -> None:
    """The client of this package, over the tape's own door."""
    with RequestsTransport() as transport:
        client = Client(EXAMPLE, endpoint=base, allow_http=True, transport=cassette.transport(transport))
        for name in names:
            client.vpc.list_vpcs(marker=name)


def by_requests(base: str, names: list[str], _: object) -> None:
    """A session of requests."""
    with requests.Session() as session:
        for name in names:
            session.get(f"{base}/v1/vpc?marker={name}", timeout=30).raise_for_status()


def by_httpx(base: str, names: list[str], _: object) -> None:
    """A client of httpx."""
    with httpx.Client(timeout=30) as client:
        for name in names:
            client.get(f"{base}/v1/vpc?marker={name}").raise_for_status()


def by_aiohttp(base: str, names: list[str], _: object) -> None:
    """A session of aiohttp, in a loop of its own for each thread."""

    async def ask() -> None:
        async with aiohttp.ClientSession() as session:
            for name in names:
                async with session.get(f"{base}/v1/vpc?marker={name}") as answer:
                    await answer.read()

    asyncio.run(ask())


def by_sdk(base: str, names: list[str], _: object) -> None:
    """The official SDK."""
    pair = BceCredentials(EXAMPLE.access_key_id, EXAMPLE.secret_access_key)
    client = VpcClient(BceClientConfiguration(pair, endpoint=base))
    for name in names:
        client.list_vpcs(marker=name)


CLIENTS: dict[str, Callable[[str, list[str], object], None]] = {
    "own client": ours,
    "requests": by_requests,
    "httpx": by_httpx,
    "aiohttp": by_aiohttp,
    "official SDK": by_sdk,
}


def drive(ask: Callable[[str, list[str], object], None], base: str, threads: int, each: int, cassette: object) -> None:
    """Ask from all threads at once; the first error of any is raised."""
    with ThreadPoolExecutor(threads) as pool:
        started = [pool.submit(ask, base, [f"t{t}n{n}" for n in range(each)], cassette) for t in range(threads)]
        for one in started:
            one.result()


def measure(name: str, threads: int, each: int, runs: int) -> dict[str, object]:
    """The figures of one client."""
    result: dict[str, object] = {"client": name, "asked": 0, "lost": 0, "live": 0, "sockets": 0, "runs": runs}
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as directory, serving() as server:
            path, base = Path(directory) / "c.json", f"http://127.0.0.1:{server.server_address[1]}"
            with open_cassette(path, "record") as cassette:
                drive(CLIENTS[name], base, threads, each, cassette)
            stored = {entry.request.url.rpartition("=")[2] for entry in load_cassette(path).entries}
            before, seen = server.hits, SOCKETS.count
            with open_cassette(path, clock=None, verify=False) as cassette:
                drive(CLIENTS[name], HOST, threads, each, cassette)
                assert cassette.tape.unused == ()
            result["asked"] += threads * each
            result["lost"] += threads * each - len(stored)
            result["live"] += server.hits - before
            result["sockets"] += SOCKETS.count - seen
    return result


@contextlib.contextmanager
def serving():
    """A server for the length of a block."""
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


class Sockets:
    """Counts connections and look-ups, by the interpreter's own audit events."""

    def __init__(self) -> None:
        self.count = 0
        sys.addaudithook(self)

    def __call__(self, event: str, args: tuple[object, ...]) -> None:
        if event == "socket.getaddrinfo" or (event == "socket.connect" and args[0].family != socket.AF_UNIX):
            self.count += 1


SOCKETS = Sockets()

if __name__ == "__main__":
    for client in CLIENTS:
        print(json.dumps(measure(client, *map(int, sys.argv[1:4]))), flush=True)  # noqa: T201  what it is for
