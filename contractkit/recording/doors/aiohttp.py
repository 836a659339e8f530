"""The door for aiohttp: every new connection is a transport that leads to the tape.

vcrpy's stub for aiohttp is not used: it sees the arguments of a call and not what goes over the wire, so
Host, Content-Type, the serialized body and every redirect in between are guessed, and a signature could
not be verified. Here the client writes its bytes and its own parser reads the answer.
"""

from __future__ import annotations

import asyncio
import errno
import functools
import ssl
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.client_reqrep import ConnectionKey
from aiohttp.connector import Connection

from contractkit.errors import RecordingError
from contractkit.message import Request, Response
from contractkit.recording.doors.opening import Opening, authority_of, patched
from contractkit.recording.doors.wire import RequestCollector, WireRequest, render_response
from contractkit.recording.faults import Fault, RecordedFaultError

__all__ = ["open_door"]

Dial = Callable[[], Awaitable[ResponseHandler]]


@contextmanager
def open_door(opening: Opening) -> Iterator[None]:
    """Lead every TCP connection of aiohttp in this process to the tape of `opening`, in all loops."""
    tcp, base = aiohttp.TCPConnector, aiohttp.BaseConnector
    with ExitStack() as stack:
        # Private to aiohttp, and the one place where a connection is made: above it the request is not written yet.
        create = _tape_create_connection(opening, tcp._create_connection)  # noqa: SLF001 - see above
        stack.enter_context(patched(tcp, "_create_connection", create))
        get = _tape_get(opening, base._get)  # noqa: SLF001 - where a pooled connection is taken out
        stack.enter_context(patched(base, "_get", get))
        yield


def _tape_create_connection(
    opening: Opening, original: Callable[..., Awaitable[ResponseHandler]]
) -> Callable[..., Awaitable[ResponseHandler]]:
    @functools.wraps(original)
    async def create_connection(
        connector: aiohttp.TCPConnector, req: aiohttp.ClientRequest, traces: list[Any], limits: aiohttp.ClientTimeout
    ) -> ResponseHandler:
        authority = authority_of(req.url.scheme, req.url.raw_host or "", req.url.port)
        if opening.passes(authority):
            return await original(connector, req, traces, limits)
        opening.note_asker()

        async def dial() -> ResponseHandler:
            try:
                async with asyncio.timeout(limits.connect):
                    return await original(connector, req, traces, limits)
            except TimeoutError as error:
                if isinstance(error, aiohttp.ClientError):
                    raise
                raise aiohttp.ConnectionTimeoutError(f"Connection timeout to host {req.url.origin()}") from error

        protocol = ResponseHandler(asyncio.get_running_loop())
        far_end = _FarEnd(_scheme(req), authority, dial, functools.partial(_make_fault, key=req.connection_key))
        protocol.connection_made(_TapeTransport(opening, protocol, far_end))
        protocol.force_close()  # one request each: nothing of this recording stays in the pool
        return protocol

    return create_connection


def _tape_get(
    opening: Opening, original: Callable[..., Awaitable[Connection | None]]
) -> Callable[..., Awaitable[Connection | None]]:
    """A connection pooled before the door opened must not be used past it; it stays in the pool for later."""

    @functools.wraps(original)
    async def get(connector: aiohttp.BaseConnector, key: Any, *args: Any) -> Connection | None:
        scheme = "https" if key.is_ssl else "http"
        over_tcp = isinstance(connector, aiohttp.TCPConnector)
        if over_tcp and not opening.passes(authority_of(scheme, key.host, key.port)):
            return None
        return await original(connector, key, *args)

    return get


def _scheme(req: aiohttp.ClientRequest) -> str:
    return "https" if req.is_ssl() else "http"


@dataclass(frozen=True)
class _FarEnd:
    """Where a connection leads to: how it is named and made, and what its client is told of a fault."""

    scheme: str
    authority: str
    dial: Dial
    fault: Callable[[Fault], Exception]


def _make_fault(fault: Fault, key: ConnectionKey) -> Exception:
    told = f"{fault.value} (recorded)"
    if fault is Fault.REFUSED:
        return aiohttp.ClientConnectorError(key, ConnectionRefusedError(errno.ECONNREFUSED, told))
    if fault is Fault.UNRESOLVED:
        return aiohttp.ClientConnectorDNSError(key, OSError(None, told))
    if fault is Fault.UNTRUSTED:
        return aiohttp.ClientConnectorCertificateError(key, ssl.SSLCertVerificationError(1, told))
    return _PLAIN[fault](told)


_PLAIN: Final[dict[Fault, type[Exception]]] = {
    Fault.CONNECT_TIMEOUT: aiohttp.ConnectionTimeoutError,
    Fault.TIMEOUT: aiohttp.SocketTimeoutError,
    Fault.CUT: aiohttp.ServerDisconnectedError,
    Fault.HALF: aiohttp.ClientPayloadError,
}


class _TapeTransport(asyncio.Transport):
    """Stands where a connected transport would: takes one request's bytes, feeds the answer's to the protocol."""

    def __init__(self, opening: Opening, protocol: ResponseHandler, far_end: _FarEnd) -> None:
        super().__init__()
        self._opening = opening
        self._protocol = protocol
        self._far_end = far_end
        self._loop = asyncio.get_running_loop()
        self._collector = RequestCollector()
        self._task: asyncio.Task[None] | None = None
        self._closing = False

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        """Collect bytes of the request; once it is whole, the exchange begins."""
        self._collector.feed(data)
        if self._task is None:
            try:
                self._opening.ensure_open(self._far_end.authority)
                wire = self._collector.take()
            except Exception as error:  # noqa: BLE001 - it belongs to whoever awaits the answer
                self._protocol.set_exception(error)
                return
            if wire is not None:
                self._task = self._loop.create_task(self._exchange(wire))

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview[Any]]) -> None:
        """As `write`, in one."""
        self.write(b"".join(list_of_data))

    async def _exchange(self, wire: WireRequest) -> None:
        try:
            data = render_response(await self._ask(wire), wire.method)
        except Exception as error:  # noqa: BLE001 - it belongs to whoever awaits the answer
            self._protocol.set_exception(error)
        else:
            self._protocol.data_received(data)

    async def _ask(self, wire: WireRequest) -> Response:
        tape, request = self._opening.tape, wire.to_request(self._far_end.scheme, self._far_end.authority)
        try:
            answer = tape.answer(request)
        except RecordedFaultError as error:
            raise self._far_end.fault(error.fault) from None
        if answer is None:
            answer = await self._send_watched(wire, request)
            tape.keep(request, answer)
        return answer

    async def _send_watched(self, wire: WireRequest, request: Request) -> Response:
        try:
            return await self._send(wire)
        except asyncio.CancelledError:  # how aiohttp ends a request whose total time is up
            with suppress(RecordingError):  # told when the recording ends; this task is to end as cancelled
                self._opening.tape.keep_fault(request, TimeoutError())
            raise
        except Exception as error:
            self._opening.tape.keep_fault(request, error)
            raise

    async def _send(self, wire: WireRequest) -> Response:
        """Ask the real server over a connection made exactly as aiohttp would have made it."""
        live = await self._far_end.dial()
        try:
            return await _converse(live, wire)
        finally:
            await _hang_up(live)

    def close(self) -> None:
        """End the connection; an exchange still under way is cancelled."""
        if self._closing or self._loop.is_closed():
            return
        self._closing = True
        if self._task is not None:
            self._task.cancel()
        self._loop.call_soon(self._protocol.connection_lost, None)

    def abort(self) -> None:
        """As `close`: nothing is buffered."""
        self.close()

    def is_closing(self) -> bool:
        return self._closing

    def get_extra_info(self, name: str, default: Any = None) -> Any:  # noqa: ARG002 - there is no socket to ask
        return default

    def pause_reading(self) -> None:
        """The answer is handed over in one piece; there is nothing to hold back."""

    def resume_reading(self) -> None:
        """See `pause_reading`."""


async def _converse(live: ResponseHandler, wire: WireRequest) -> Response:
    live.set_response_params(skip_payload=wire.method == "HEAD", read_until_eof=True, auto_decompress=False)
    assert live.transport is not None
    live.transport.write(wire.raw)
    message, payload = await live.read()
    while message.code < 200:  # the final answer is still to come
        message, payload = await live.read()
    body = await payload.read()
    fields = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in message.raw_headers]
    return Response(message.code, [field for field in fields if field[0].lower() != "transfer-encoding"], body)


async def _hang_up(live: ResponseHandler) -> None:
    """Close, and wait until it is done: a transport still closing when its loop ends is reported as leaked.

    The answer is whole or given up, so nothing is gained by a TLS farewell.
    """
    closed, transport = live.closed, live.transport
    if transport is not None:
        transport.abort()
    live.close()
    if closed is not None:
        with suppress(aiohttp.ClientError):  # it was closed from here: how it takes that is no news
            await closed
