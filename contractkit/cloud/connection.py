"""One connection of the served cloud: h11 reads and writes the messages, each answer leaves in one write.

No application protocol stands between connection and cloud: its task and its queues would cost every request as
much again as reading it. The only file that knows h11.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Final, cast

import h11
from uvicorn import Config
from uvicorn.server import ServerState

from contractkit.cloud.front import Cloud, Upload, read_request, refuse_upload, write_headers
from contractkit.cloud.weather import ConnectionCut, Sky
from contractkit.message import Request, Response

__all__ = ["Connection"]

_PHRASES: Final = {each.value: each.phrase for each in HTTPStatus}
_CONTINUE: Final = h11.InformationalResponse(status_code=100, headers=[], reason="Continue")


class Connection(asyncio.Protocol):
    """Serves a cloud to one client, one request after the other, until the client closes or the server stops.

    The parameters after `cloud` are those that uvicorn hands to every protocol.
    """

    def __init__(
        self,
        cloud: Cloud,
        *,
        config: Config,  # noqa: ARG002 - uvicorn's signature
        server_state: ServerState,
        app_state: dict[str, object],  # noqa: ARG002 - as above
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._cloud = cloud
        self._state = server_state
        self._loop = _loop or asyncio.get_running_loop()
        self._messages = h11.Connection(h11.SERVER)
        self._head = h11.Request(method="GET", target="/", headers=[("host", "")])  # until there is one
        self._upload = Upload()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the loop."""
        self._transport = cast("asyncio.Transport", transport)
        self._scheme = "https" if transport.get_extra_info("sslcontext") else "http"
        self._state.connections.add(self)  # type: ignore[arg-type]  # typed as uvicorn's own protocols alone

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the loop's signature
        """Called by the loop."""
        self._state.connections.discard(self)

    def shutdown(self) -> None:
        """Called by uvicorn when it stops."""
        self._transport.close()

    def pause_writing(self) -> None:
        """Called by the loop: a client that does not read its answers is not listened to."""
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        """Called by the loop."""
        self._transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        """Called by the loop."""
        self._messages.receive_data(data)
        self._read()

    def _read(self) -> None:
        """Serve every request that has come whole; h11 pauses after each until it is answered."""
        try:
            while True:
                event = self._messages.next_event()
                if isinstance(event, h11.Request):
                    self._head, self._upload = event, Upload()
                    if self._messages.they_are_waiting_for_100_continue:
                        self._transport.write(self._messages.send(_CONTINUE) or b"")
                elif isinstance(event, h11.Data):
                    self._upload.add(event.data)
                elif isinstance(event, h11.EndOfMessage):
                    self._serve()
                else:
                    return
        except h11.RemoteProtocolError as error:
            self._reject(error)

    def _reject(self, error: h11.RemoteProtocolError) -> None:
        """Answer what is not HTTP, if it can be answered, and listen no more."""
        if self._messages.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            answer = self._cloud.refuse("InvalidHTTPRequest", "this is not HTTP/1.1; see what the client sends")
            self._respond(answer.replace(status=error.error_status_hint), close=True)
        self._transport.close()

    def _serve(self) -> None:
        head, body = self._head, self._upload.body
        if body is None:
            self._respond(refuse_upload(self._cloud))
            return
        request = read_request(head.method.decode(), self._scheme, head.target, head.headers, body)
        sky = self._cloud.forecast(request)
        if sky.delay:
            self._transport.pause_reading()
            self._loop.call_later(sky.delay, self._answer_late, request, sky)
        else:
            self._answer(request, sky)

    def _answer_late(self, request: Request, sky: Sky) -> None:
        if not self._transport.is_closing():
            self._transport.resume_reading()
            self._answer(request, sky)
            self._read()

    def _answer(self, request: Request, sky: Sky) -> None:
        try:
            response = self._cloud.answer(request, sky)
        except ConnectionCut:
            self._transport.abort()
        else:
            self._respond(response)

    def _respond(self, response: Response, *, close: bool = False) -> None:
        send, status = self._messages.send, response.status
        fields = write_headers(response)
        if close:
            fields.append((b"connection", b"close"))
        head = h11.Response(status_code=status, headers=fields, reason=_PHRASES.get(status, ""))
        events = [head, h11.EndOfMessage()]
        if response.body and self._head.method != b"HEAD":
            events.insert(1, h11.Data(data=response.body))
        self._transport.write(b"".join([send(event) or b"" for event in events]))
        if self._messages.our_state is h11.DONE:
            self._messages.start_next_cycle()
        else:
            self._transport.close()
