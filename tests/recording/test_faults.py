"""Requests that got no answer: recorded as they ended, and raised again in replay in the terms of each client."""

import asyncio
import http.client
import json
import socket
import threading
import time
from contextlib import closing

import aiohttp
import httpx
import pytest
import requests
import urllib3

from contractkit.adapters.requests import RequestsTransport
from contractkit.client import Client
from contractkit.errors import CassetteFormatError, TransportError
from contractkit.message import Request
from contractkit.recording import Cassette, open_cassette
from contractkit.recording.faults import Fault, RecordedFaultError, recognize_fault
from contractkit.recording.store import load_cassette
from contractkit.signing import EXAMPLE

HOST = "bcc.bj.baidubce.com"


class Wreck:
    """A server on loopback that accepts and then does one wrong thing: `silent`, `cut` or `half`."""

    def __init__(self, manner):
        self._manner = manner
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.stopping = threading.Event()
        self._threads = [threading.Thread(target=self._serve, daemon=True)]
        self._threads[0].start()

    def _serve(self):
        while not self.stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._threads.append(threading.Thread(target=self._wreck, args=(connection,), daemon=True))
            self._threads[-1].start()

    def _wreck(self, connection):
        with connection:
            connection.recv(65536)
            if self._manner == "silent":
                self.stopping.wait(5)
            elif self._manner == "half":
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")

    def close(self):
        self.stopping.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)


@pytest.fixture(params=["refused", "timeout", "cut", "half"])
def wreck(request):
    """The base URL of something that gives no whole answer, and the fault that this is."""
    if request.param == "refused":
        with closing(socket.create_server(("127.0.0.1", 0))) as free:
            port = free.getsockname()[1]
        yield f"http://127.0.0.1:{port}", "refused"
        return
    with closing(Wreck({"timeout": "silent"}.get(request.param, request.param))) as server:
        yield f"http://127.0.0.1:{server.port}", request.param


def by_requests(url, seconds=0.2):
    requests.get(url, timeout=seconds)


def by_urllib3(url, seconds=0.2):
    with urllib3.PoolManager() as pool:
        pool.request("GET", url, timeout=seconds, retries=False)


def by_http_client(url, seconds=0.2):
    with closing(http.client.HTTPConnection(url.split("/")[2], timeout=seconds)) as connection:
        connection.request("GET", "/v1/vpc")
        connection.getresponse().read()


def by_httpx(url, seconds=0.2):
    with httpx.Client() as client:
        client.get(url, timeout=seconds)


def by_async_httpx(url, seconds=0.2):
    async def ask():
        async with httpx.AsyncClient() as client:
            await client.get(url, timeout=seconds)

    asyncio.run(ask())


def by_aiohttp(url, seconds=0.2):
    async def ask():
        timeout = aiohttp.ClientTimeout(total=seconds)
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as answer:
            await answer.read()

    asyncio.run(ask())


CLIENTS = [by_requests, by_urllib3, by_http_client, by_httpx, by_async_httpx, by_aiohttp]


def told(ask, url, seconds):
    """The exception a client raises, as the family its callers catch, and how long it took."""
    began = time.perf_counter()
    with pytest.raises(Exception) as caught:  # noqa: PT011  which one is what is compared
        ask(url, seconds)
    return caught.value, time.perf_counter() - began


@pytest.mark.parametrize("ask", CLIENTS)
def test_a_fault_is_recorded_and_raised_again_in_the_terms_of_the_client(tmp_path, ask, wreck):
    """The same family of exception without the wait, for every client and every way to get no answer."""
    base, kind = wreck
    path = tmp_path / "c.json"
    with open_cassette(path, "record"):
        live, _ = told(ask, f"{base}/v1/vpc", 0.2)
    kinds = [entry.fault for entry in load_cassette(path).entries]
    assert set(kinds) <= {kind, "cut"}, "httpx tells half an answer and none alike"
    with open_cassette(path) as cassette:
        replayed, seconds = told(ask, f"http://{HOST}/v1/vpc", 30)
        assert cassette.tape.counts.replayed == len(kinds)
    assert seconds < 3, "nobody waits for what will not come"
    families = (
        requests.exceptions.Timeout,
        requests.exceptions.ConnectionError,
        urllib3.exceptions.NewConnectionError,
        urllib3.exceptions.TimeoutError,
        urllib3.exceptions.ProtocolError,
        httpx.TimeoutException,
        httpx.ConnectError,
        httpx.TransportError,
        aiohttp.ClientConnectorError,
        TimeoutError,
        OSError,
        http.client.HTTPException,
        aiohttp.ClientError,
    )
    assert any(isinstance(live, family) and isinstance(replayed, family) for family in families), (live, replayed)


@pytest.mark.parametrize("client", ["httpx", "aiohttp"])
def test_a_request_that_asyncio_ended_is_recorded_and_ends_in_replay_as_it_did(tmp_path, client):
    """The time of the task was up, not the client's: no exception that the client knows of, but an end all the same."""

    async def ask(url, seconds):
        make = httpx.AsyncClient if client == "httpx" else aiohttp.ClientSession
        async with make() as session:
            try:
                async with asyncio.timeout(seconds):
                    await session.get(url)
            except TimeoutError:
                return "out of time"

    path = tmp_path / "c.json"
    with closing(Wreck("silent")) as server, open_cassette(path, "record"):
        assert asyncio.run(ask(f"http://127.0.0.1:{server.port}/v1/vpc", 0.2)) == "out of time"
    assert [entry.fault for entry in load_cassette(path).entries] == ["timeout"]
    with open_cassette(path) as cassette:
        assert asyncio.run(ask(f"http://{HOST}/v1/vpc", 30)) == "out of time"
        assert cassette.tape.unused == ()


def test_our_own_door_raises_a_transport_error_that_says_what_is_known(tmp_path, wreck):
    base, kind = wreck
    send = RequestsTransport(timeout=(0.2, 0.2))
    asked = []
    for mode, url in (("record", base), ("replay", f"http://{HOST}")):
        with open_cassette(tmp_path / "c.json", mode) as cassette, pytest.raises(TransportError) as caught:
            cassette.transport(send)(Request("GET", f"{url}/v1/vpc"))
        asked.append(caught.value.sent)
    send.close()
    assert asked == [Fault(kind).sent] * 2


def test_our_adapter_raises_what_requests_raises(tmp_path, wreck):
    base, kind = wreck
    for mode, url in (("record", base), ("replay", f"http://{HOST}")):
        with open_cassette(tmp_path / "c.json", mode) as cassette, requests.Session() as session:
            session.mount("http://", cassette.adapter())
            expected = requests.Timeout if kind == "timeout" else requests.RequestException
            with pytest.raises(expected):
                session.get(f"{url}/v1/vpc", timeout=0.2)


def test_a_retry_after_a_fault_replays_as_it_happened(tmp_path, kit, service):
    """Two faults and an answer: three interactions, and the client gets through in replay without waiting."""
    live, failures = service(), iter([ConnectionResetError(), TimeoutError()])

    def send(request):
        error = next(failures, None)
        if error is not None:
            raise TransportError("no answer", sent=None) from error
        return live(request)

    results = []
    for mode in ("record", "replay"):
        with open_cassette(tmp_path / "c.json", mode, credentials=EXAMPLE, foreign=False) as cassette:
            client = Client(EXAMPLE, transport=cassette.transport(send), sleep=lambda _: None)
            results.append(client.vpc.create_vpc(name="app", cidr="10.0.0.0/16", clientToken="once"))
            assert cassette.tape.unused == ()
    assert results[0] == results[1]
    entries = load_cassette(tmp_path / "c.json").entries
    assert [entry.fault for entry in entries] == ["cut", "timeout", ""]
    assert len({entry.request.url for entry in entries}) == 1, "one clientToken for all attempts"


def test_what_is_no_fault_of_the_network_is_not_taken_for_one():
    for error in (
        ValueError(),
        KeyError(),
        httpx.LocalProtocolError("x"),
        httpx.PoolTimeout("x"),
        RecordedFaultError(Fault.CUT),
    ):
        assert recognize_fault(error) is None
    assert recognize_fault(TransportError("x", sent=False)) is Fault.REFUSED
    assert recognize_fault(socket.gaierror()) is Fault.UNRESOLVED


def test_a_fault_that_nobody_knows_is_refused_when_the_cassette_is_read(tmp_path, kit):
    path = tmp_path / "c.json"
    with open_cassette(path, "record", foreign=False) as cassette, pytest.raises(TimeoutError):
        cassette.transport(lambda _: (_ for _ in ()).throw(TimeoutError()))(kit.request())
    document = json.loads(path.read_bytes())
    document["interactions"][0]["fault"] = "explosion"
    with pytest.raises(CassetteFormatError, match="unknown fault 'explosion'"):
        Cassette.parse(json.dumps(document).encode() + b"\n", "c.json", sealed=False)
