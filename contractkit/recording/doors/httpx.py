"""The door for httpx: its two network transports, wrapped where vcrpy wraps them too.

vcrpy's own stub is not used: it writes raw URLs, security tokens in the query included, to the INFO log, and folds
repeated request headers into one. Transports that never reach a network (mock, ASGI, WSGI) are left alone.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, Final

import httpx

from contractkit.errors import RecordingError
from contractkit.message import Request, Response
from contractkit.recording.doors.opening import Opening, patched
from contractkit.recording.faults import Fault, RecordedFaultError

__all__ = ["open_door"]

Handle = Callable[[httpx.HTTPTransport, httpx.Request], httpx.Response]
AsyncHandle = Callable[[httpx.AsyncHTTPTransport, httpx.Request], Coroutine[Any, Any, httpx.Response]]


@contextmanager
def open_door(opening: Opening) -> Iterator[None]:
    """Lead every httpx client of this process to the tape of `opening`, in all threads and loops."""
    sync, async_ = httpx.HTTPTransport, httpx.AsyncHTTPTransport
    with ExitStack() as stack:
        stack.enter_context(patched(sync, "handle_request", _tape_handle(opening, sync.handle_request)))
        handle_async = _tape_handle_async(opening, async_.handle_async_request)
        stack.enter_context(patched(async_, "handle_async_request", handle_async))
        yield


def _tape_handle(opening: Opening, original: Handle) -> Handle:
    @functools.wraps(original)
    def handle_request(transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        if opening.passes(_authority(request)):
            return original(transport, request)

        def send(_request: Request) -> Response:
            live = original(transport, request)
            try:
                return _from_live(live, b"".join(_chunks(live)))
            finally:
                live.close()

        request.read()
        try:
            return _to_httpx(opening.tape.exchange(_from_httpx(request), send))
        except RecordedFaultError as error:
            raise _make_fault(error.fault, request) from None

    return handle_request


def _tape_handle_async(opening: Opening, original: AsyncHandle) -> AsyncHandle:
    @functools.wraps(original)
    async def handle_async_request(transport: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        if opening.passes(_authority(request)):
            return await original(transport, request)
        await request.aread()
        asked = _from_httpx(request)
        try:
            answer = opening.tape.answer(asked)
        except RecordedFaultError as error:
            raise _make_fault_async(error.fault, request) from None
        if answer is None:
            try:
                answer = await _ask_live(original, transport, request)
            except asyncio.CancelledError:  # how asyncio ends a request whose time is up
                with suppress(RecordingError):  # told when the recording ends; this task is to end as cancelled
                    opening.tape.keep_fault(asked, TimeoutError())
                raise
            except Exception as error:
                opening.tape.keep_fault(asked, error)
                raise
            opening.tape.keep(asked, answer)
        return _to_httpx(answer)

    return handle_async_request


async def _ask_live(original: AsyncHandle, transport: httpx.AsyncHTTPTransport, request: httpx.Request) -> Response:
    live = await original(transport, request)
    try:
        return _from_live(live, b"".join([chunk async for chunk in _async_chunks(live)]))
    finally:
        await live.aclose()


_FAULTS: Final = {
    Fault.REFUSED: httpx.ConnectError,
    Fault.UNRESOLVED: httpx.ConnectError,
    Fault.CONNECT_TIMEOUT: httpx.ConnectTimeout,
    Fault.TIMEOUT: httpx.ReadTimeout,
    Fault.CUT: httpx.RemoteProtocolError,
    Fault.HALF: httpx.RemoteProtocolError,
    Fault.UNTRUSTED: httpx.ConnectError,
}


def _make_fault(fault: Fault, request: httpx.Request) -> httpx.TransportError:
    return _FAULTS[fault](f"{fault.value} (recorded)", request=request)


class _OutOfTimeError(httpx.ReadTimeout, TimeoutError):
    """A time that ran out, of httpx or of asyncio around it: callers of either catch what they did when it happened."""


def _make_fault_async(fault: Fault, request: httpx.Request) -> httpx.TransportError:
    if fault is Fault.TIMEOUT:
        return _OutOfTimeError(f"{fault.value} (recorded)", request=request)
    return _make_fault(fault, request)


def _chunks(response: httpx.Response) -> httpx.SyncByteStream:
    """The body as received, content codings and all; reading through the response would need a client's request."""
    assert isinstance(response.stream, httpx.SyncByteStream)
    return response.stream


def _async_chunks(response: httpx.Response) -> httpx.AsyncByteStream:
    assert isinstance(response.stream, httpx.AsyncByteStream)
    return response.stream


def _authority(request: httpx.Request) -> str:
    return request.url.netloc.decode("ascii")


def _from_httpx(request: httpx.Request) -> Request:
    url = f"{request.url.scheme}://{_authority(request)}{request.url.raw_path.decode('ascii')}"
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw]
    return Request(request.method, url, headers, request.content)


def _from_live(response: httpx.Response, body: bytes) -> Response:
    fields = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers.raw]
    return Response(response.status_code, [field for field in fields if field[0].lower() != "transfer-encoding"], body)


def _to_httpx(response: Response) -> httpx.Response:
    """An unread response, as a transport gives it: the client decodes the body and closes the stream."""
    headers = [(name.encode("latin-1"), _latin1(value)) for name, value in response.headers]
    return httpx.Response(response.status, headers=headers, stream=httpx.ByteStream(response.body))


def _latin1(value: str) -> bytes:
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogateescape")
