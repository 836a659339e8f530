"""One connection of the served cloud: h11 reads what comes, each answer leaves in one write.

No application protocol stands between connection and cloud: its task and its queues would cost every request as
much again as reading it. What we say ourselves is spelt out here, since h11 would examine it as closely as what
strangers send; so each message is read by a reader of its own. The only file that knows h11.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Final, cast

import h11

from contractkit.cloud.front import Cloud, Upload, read_request, refuse_upload
from contractkit.cloud.weather import ConnectionCut, Sky
from contractkit.message import Request, Response

__all__ = ["Connection"]

_STATUS_LINES: Final = {each.value: f"HTTP/1.1 {each.value} {each.phrase}\r\n" for each in HTTPStatus}
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_MAX_HEAD: Final = 256 * 1024
"""Bytes that may come before a head is whole: more than the gates let through, for they tell what to do about it."""
_TURN: Final = 64
_NOTHING: Final = (b"", False)
_LINGER_SECONDS: Final = 1.0


class Connection(asyncio.Protocol):
    """Serves a cloud to one client, one request after the other, until the client closes or the server stops.

    It adds itself to `opened` for as long as it is open; `lost` is done when it no longer is.
    """

    def __init__(self, cloud: Cloud, opened: set[Connection]) -> None:
        self._cloud = cloud
        self._opened = opened
        self._loop = asyncio.get_running_loop()
        self.lost = self._loop.create_future()
        self._reader = _new_reader()
        self._head: h11.Request | None = None
        self._upload = Upload()
        self._held_up = False
        self._unread = False
        self._deaf = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the loop."""
        self._transport = cast("asyncio.Transport", transport)
        self._scheme = "https" if transport.get_extra_info("sslcontext") else "http"
        self._opened.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the loop's signature
        """Called by the loop."""
        self._deaf = True
        self._opened.discard(self)
        self.lost.set_result(None)

    def close(self) -> None:
        """Let the client have what was answered, then end it."""
        self._transport.close()

    def abort(self) -> None:
        """End it at once."""
        self._transport.abort()

    def pause_writing(self) -> None:
        """Called by the loop: a client that does not read its answers is not listened to, nor given more of them."""
        self._unread = True
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        """Called by the loop."""
        self._unread = False
        self._go_on()

    def data_received(self, data: bytes) -> None:
        """Called by the loop."""
        if not self._deaf:
            self._reader.receive_data(data)
            self._read()

    def eof_received(self) -> bool:
        """Called by the loop: what has come whole is answered, the rest never will be. True asks it to stay open."""
        if not self._deaf:
            self._reader.receive_data(b"")
            while self._take_turn():
                pass
        return self._waits and self._scheme == "http"  # TLS is over with the end of either side

    @property
    def _waits(self) -> bool:
        return self._held_up or self._unread

    def _go_on(self) -> None:
        if not self._waits:
            self._transport.resume_reading()
            self._read()

    def _read(self) -> None:
        """Serve every request that has come whole, and let other connections have a turn now and then."""
        if self._take_turn():
            self._loop.call_soon(self._read)

    def _take_turn(self) -> bool:
        """Serve some of the requests that have come whole, one after the other; whether there may be more."""
        try:
            for _ in range(_TURN):
                if self._waits or self._deaf or self._transport.is_closing():
                    return False
                event = self._reader.next_event()
                if isinstance(event, h11.Request):
                    self._head, self._upload = event, Upload()
                    if self._reader.they_are_waiting_for_100_continue:
                        self._transport.write(_CONTINUE)
                elif isinstance(event, h11.Data):
                    self._upload.add(event.data)
                elif isinstance(event, h11.EndOfMessage):
                    self._serve()
                    if self._reader.trailing_data == _NOTHING:  # nearly always, and cheaper than asking for an event
                        return False
                else:
                    if isinstance(event, h11.ConnectionClosed):
                        self._transport.close()
                    return False
        except h11.RemoteProtocolError:
            self._refuse()
            return False
        return True

    def _refuse(self) -> None:
        """Answer what is no HTTP, and let what else comes go by: hung up on at once, the client would not see why."""
        message = "this is not HTTP/1.1 as it is spoken here; see what the client sends"
        self._transport.write(_write(self._cloud.refuse("InvalidHTTPRequest", message), close=True, whole=True))
        self._deaf = True
        if self._transport.can_write_eof():
            self._transport.write_eof()
        self._loop.call_later(_LINGER_SECONDS, self._transport.close)

    def _serve(self) -> None:
        head, body = self._head, self._upload.body
        assert head is not None
        if body is None:
            self._respond(refuse_upload(self._cloud))
            return
        request = read_request(head.method.decode(), self._scheme, head.target, head.headers, body)
        sky = self._cloud.forecast(request)
        if sky.delay:
            self._held_up = True
            self._transport.pause_reading()
            self._loop.call_later(sky.delay, self._answer_late, request, sky)
        else:
            self._answer(request, sky)

    def _answer_late(self, request: Request, sky: Sky) -> None:
        self._held_up = False
        if not self._transport.is_closing():
            self._answer(request, sky)
            self._go_on()

    def _answer(self, request: Request, sky: Sky) -> None:
        try:
            response = self._cloud.answer(request, sky)
        except ConnectionCut:
            self._transport.abort()
        else:
            self._respond(response)

    def _respond(self, response: Response) -> None:
        """Answer the message just read, then close the connection or read the next one."""
        close = self._reader.their_state is h11.MUST_CLOSE
        whole = self._head is None or self._head.method != b"HEAD"
        self._transport.write(_write(response, close=close, whole=whole))
        if close:
            self._transport.close()
            return
        more, ended = self._reader.trailing_data
        self._reader, self._head = _new_reader(), None
        if more:  # nothing would be taken for the end
            self._reader.receive_data(more)
        if ended:
            self._reader.receive_data(b"")


def _new_reader() -> h11.Connection:
    return h11.Connection(h11.SERVER, max_incomplete_event_size=_MAX_HEAD)


def _write(response: Response, *, close: bool, whole: bool) -> bytes:
    """A response as bytes; where it is not `whole` its body is only counted."""
    lines = [_STATUS_LINES.get(response.status) or f"HTTP/1.1 {response.status} \r\n"]
    lines += [f"{name.lower()}: {value}\r\n" for name, value in response.headers]
    lines.append(f"content-length: {len(response.body)}\r\n")
    lines.append("connection: close\r\n\r\n" if close else "\r\n")
    head = "".join(lines).encode("latin-1")
    return head + response.body if whole else head
