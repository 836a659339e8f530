"""The door for everything that stands on http.client: urllib, urllib3, requests, the official SDK.

Only `connect` is replaced: instead of opening a socket it puts a `TapeSocket` into `sock`. The client
writes its request into it and reads the answer out of it with its own, real parser. Every connection has
a socket of its own and nothing is ever put back while the door is open, so threads cannot slip past.

Libraries that bring their own `connect` for a class of http.client (httplib2, Unix sockets of a container
engine) are not covered; in replay the closed network stops those that would leave the machine.
"""

from __future__ import annotations

import copy
import errno
import functools
import http.client
import io
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, Final

import urllib3.connection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.ssl_ import resolve_cert_reqs

from contractkit.message import Response
from contractkit.recording.doors.opening import DoorError, Opening, authority_of, patched
from contractkit.recording.doors.wire import RequestCollector, WireRequest, render_response, unfold
from contractkit.recording.faults import Fault, RecordedFaultError

__all__ = ["TapeSocket", "is_door_open", "open_door"]

_CONNECTIONS: Final = (
    http.client.HTTPConnection,
    http.client.HTTPSConnection,
    urllib3.connection.HTTPConnection,
    urllib3.connection.HTTPSConnection,
)
_LIVE: Final = "_contractkit_live"  # set on the copy of a connection that talks to the real server

Connect = Callable[[Any], None]


@contextmanager
def open_door(opening: Opening) -> Iterator[None]:
    """Lead every http.client connection of this process to the tape of `opening`, in all threads.

    Raises DoorError when a door is open already: one cassette at a time per process.
    """
    with ExitStack() as stack:
        for kind in _CONNECTIONS:
            stack.enter_context(patched(kind, "connect", _tape_connect(opening, kind.connect)))
        base = http.client.HTTPConnection
        stack.enter_context(patched(base, "putrequest", _tape_putrequest(opening, base.putrequest)))
        urllib3_base = urllib3.connection.HTTPConnection
        is_connected = _tape_is_connected(urllib3_base.is_connected)
        stack.enter_context(patched(urllib3_base, "is_connected", is_connected))
        yield


def is_door_open() -> bool:
    """Whether a door of any recording is open in this process."""
    return hasattr(http.client.HTTPConnection.connect, "contractkit_opening")


def _tape_connect(opening: Opening, original: Connect) -> Connect:
    @functools.wraps(original)
    def connect(connection: http.client.HTTPConnection) -> None:
        if _LIVE in vars(connection) or opening.passes(_destination(connection)[1]):
            original(connection)
        else:
            connection.sock = TapeSocket(opening, connection)
            _mark_connected(connection)

    vars(connect)["contractkit_opening"] = opening
    return connect


def _tape_putrequest(opening: Opening, original: Callable[..., None]) -> Callable[..., None]:
    """A request on a connection made before this door opened must not slip past on the socket it has.

    The socket alone is dropped, not the connection: closing a urllib3 connection forgets its tunnel.
    """

    @functools.wraps(original)
    def putrequest(connection: http.client.HTTPConnection, *args: Any, **options: Any) -> None:
        sock = connection.sock
        if sock is not None and not _may_stay(sock, opening, _destination(connection)[1]):
            connection.sock = None
            sock.close()
        original(connection, *args, **options)

    return putrequest


def _may_stay(sock: Any, opening: Opening, authority: str) -> bool:
    if isinstance(sock, TapeSocket):
        return sock.opening is opening
    return opening.passes(authority)


def _tape_is_connected(original: Any) -> property:
    """urllib3 polls the socket of a pooled connection; there is no descriptor to poll behind a tape."""

    def is_connected(connection: urllib3.connection.HTTPConnection) -> bool:
        return isinstance(connection.sock, TapeSocket) or bool(original.__get__(connection))

    return property(is_connected)


def _destination(connection: http.client.HTTPConnection) -> tuple[str, str]:
    """Scheme and authority the requests are for: behind a CONNECT tunnel, those of its far end."""
    secure = isinstance(connection, http.client.HTTPSConnection | urllib3.connection.HTTPSConnection)
    scheme = "https" if secure else "http"
    tunnel = getattr(connection, "_tunnel_host", None)
    if tunnel:
        port = getattr(connection, "_tunnel_port", None) or connection.default_port
        return scheme, authority_of(scheme, tunnel, port)
    return scheme, authority_of(scheme, connection.host, connection.port)


def _mark_connected(connection: http.client.HTTPConnection) -> None:
    """Set the flags of urllib3 as its own `connect` leaves them, so that it warns about the same things."""
    if not isinstance(connection, urllib3.connection.HTTPConnection):
        return
    verified = isinstance(connection, urllib3.connection.HTTPSConnection) and bool(
        connection.assert_fingerprint or resolve_cert_reqs(connection.cert_reqs) == ssl.CERT_REQUIRED
    )
    connection.is_verified = verified and not connection.proxy_is_forwarding
    vars(connection)["_has_connected_to_proxy"] = bool(connection.proxy)
    if connection.proxy is not None:
        connection.proxy_is_verified = verified and connection.proxy.scheme == "https"


class TapeSocket:
    """Stands where a connected socket would: takes a request's bytes, gives the answer's bytes.

    It holds no descriptor. It knows just enough of the socket interface for http.client and urllib3.
    """

    def __init__(self, opening: Opening, connection: http.client.HTTPConnection) -> None:
        self.opening = opening
        self._scheme, self._authority = _destination(connection)
        self._template = _blank_copy(connection)
        self._collector = RequestCollector()
        self._timeout: float | None = None
        self._has_timeout = False

    def sendall(self, data: bytes | bytearray | memoryview) -> None:
        """Collect bytes of the request. Raises StaleConnectionError when the cassette is closed."""
        self.opening.ensure_open(self._authority)
        self._collector.feed(data)

    def makefile(self, mode: str = "rb", *_: Any, **__: Any) -> io.BufferedReader:
        """A reader of the answer; the exchange happens at the first read, as with a real socket."""
        if mode != "rb":
            raise DoorError(
                f"a recorded connection can be read as 'rb', not as {mode!r}: record this client another way"
            )
        return io.BufferedReader(_AnswerReader(self._answer))

    def settimeout(self, timeout: float | None) -> None:
        """Seconds to wait for the real server, when it is asked."""
        self._timeout, self._has_timeout = timeout, True

    def gettimeout(self) -> float | None:
        """What `settimeout` was given."""
        return self._timeout

    def setsockopt(self, *_: Any) -> None:
        """Nothing to set."""

    def shutdown(self, _how: int) -> None:
        """Nothing to shut down."""

    def close(self) -> None:
        """Nothing to free; answers being read stay readable, as with a socket whose file is still open."""

    def fileno(self) -> int:
        """There is no descriptor: StaleConnectionError after the cassette, else io.UnsupportedOperation."""
        self.opening.ensure_open(self._authority)
        raise io.UnsupportedOperation("a recorded connection has no file descriptor to wait on")

    def _answer(self) -> bytes:
        self.opening.ensure_open(self._authority)
        wire, self._collector = self._collector.take(), RequestCollector()
        if wire is None:
            raise DoorError(
                "the client waits for an answer before its request is whole: its Content-Length is larger than its body, "
                "or the last chunk is missing"
            )
        return render_response(self._exchange(wire), wire.method)

    def _exchange(self, wire: WireRequest) -> Response:
        request = wire.to_request(self._scheme, self._authority)
        if self.opening.passes(request.authority):  # known only now for a request in absolute form
            return self._send(wire)
        try:
            return self.opening.tape.exchange(request, lambda _request: self._send(wire))
        except RecordedFaultError as error:
            raise _make_fault(error.fault, self._template) from None

    def _send(self, wire: WireRequest) -> Response:
        """Ask the real server over a connection of its own, set up as the client set up this one.

        The bytes go out exactly as the client wrote them. One connection per request: an idle one could
        be gone when the next request comes, and the client's own check for that sees only the tape.
        """
        live = copy.copy(self._template)
        live.connect()
        try:
            if self._has_timeout:
                live.sock.settimeout(self._timeout)
            with suppress(BrokenPipeError):  # the server may have answered before it read everything
                live.sock.sendall(wire.raw)
            return _read_response(live.sock, wire.method)
        finally:
            live.close()


def _make_fault(fault: Fault, connection: http.client.HTTPConnection) -> Exception:
    """What the client would have been told by its own connection, which for urllib3 has errors of its own."""
    told = f"{fault.value} (recorded)"
    if isinstance(connection, urllib3.connection.HTTPConnection):
        if fault is Fault.REFUSED:
            return NewConnectionError(connection, told)
        if fault is Fault.UNRESOLVED:
            return NameResolutionError(connection.host, connection, socket.gaierror(socket.EAI_NONAME, told))
        if fault is Fault.CONNECT_TIMEOUT:
            return ConnectTimeoutError(connection, told)
    return _PLAIN[fault](told)


_PLAIN: Final[dict[Fault, Callable[[str], Exception]]] = {
    Fault.REFUSED: lambda told: ConnectionRefusedError(errno.ECONNREFUSED, told),
    Fault.UNRESOLVED: lambda told: socket.gaierror(socket.EAI_NONAME, told),
    Fault.CONNECT_TIMEOUT: TimeoutError,
    Fault.TIMEOUT: TimeoutError,
    Fault.CUT: http.client.RemoteDisconnected,
    Fault.HALF: lambda _: http.client.IncompleteRead(b""),
    Fault.UNTRUSTED: lambda told: ssl.SSLCertVerificationError(1, told),
}


class _AnswerReader(io.RawIOBase):
    """Bytes that are produced by the first read. What producing them raises reaches the reader unchanged."""

    def __init__(self, produce: Callable[[], bytes]) -> None:
        self._produce = produce
        self._content: io.BytesIO | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        if self._content is None:
            self._content = io.BytesIO(self._produce())
        return self._content.readinto(buffer)


def _blank_copy(connection: http.client.HTTPConnection) -> http.client.HTTPConnection:
    """A copy with the client's settings (address, TLS, tunnel, and at connect its timeout for connecting).

    It is only ever connected and closed; requests go over its socket directly.
    """
    blank = copy.copy(connection)
    blank.sock = None
    vars(blank)[_LIVE] = True
    return blank


def _read_response(sock: socket.socket, method: str) -> Response:
    reply = http.client.HTTPResponse(sock, method=method)
    try:
        reply.begin()
        body = reply.read()
    finally:
        reply.close()
    fields = ((name, unfold(str(value))) for name, value in reply.getheaders())
    return Response(reply.status, [field for field in fields if field[0].lower() != "transfer-encoding"], body)
