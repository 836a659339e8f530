"""The cloud behind ASGI 3: bytes of the wire to a Request, a Response to bytes, a cut to a broken connection."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Final, Protocol

from contractkit.cloud.gates import MAX_BODY
from contractkit.cloud.weather import ConnectionCut, Sky
from contractkit.message import Request, Response

__all__ = ["CUT", "AsgiApp"]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

CUT: Final = "contractkit.cut"
"""Where a server puts, into the state of a connection, the function that breaks it off."""


class Cloud(Protocol):
    """What the application needs of a cloud."""

    def forecast(self, request: Request) -> Sky:
        """The weather that will fall on a request."""

    def answer(self, request: Request, sky: Sky) -> Response:
        """The answer to a request under a sky."""

    def refuse(self, code: str, message: str) -> Response:
        """The answer to a request that could not be read."""


class AsgiApp:
    """An ASGI 3 application over one cloud: HTTP and lifespan, nothing else."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection scope."""
        if scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "lifespan":
            await _live(receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read_body(receive)
        if body is None:
            message = f"the body is larger than {MAX_BODY} bytes; send less"
            await _send(self._cloud.refuse("InvalidHTTPRequest", message), send)
            return
        request = _to_request(scope, body)
        sky = self._cloud.forecast(request)
        if sky.delay:
            await asyncio.sleep(sky.delay)
        try:
            response = self._cloud.answer(request, sky)
        except ConnectionCut:
            await _cut(scope, receive, send)
            return
        await _send(response, send)


async def _live(receive: Receive, send: Send) -> None:
    while True:
        event = await receive()
        await send({"type": f"{event['type']}.complete"})
        if event["type"] == "lifespan.shutdown":
            return


async def _read_body(receive: Receive) -> bytes | None:
    """The whole body, None when it is too large: then it is read all the same, so that the client gets to the answer."""
    parts, size, more = [], 0, True
    while more:
        event = await receive()
        part = event.get("body", b"")
        size += len(part)
        if size <= MAX_BODY:
            parts.append(part)
        more = event.get("more_body", False)
    return b"".join(parts) if size <= MAX_BODY else None


def _to_request(scope: Scope, body: bytes) -> Request:
    """The request as it came: the raw target, so that what was signed can be told from what was decoded."""
    headers = [(_text(name), _text(value)) for name, value in scope["headers"]]
    host = next((value for name, value in headers if name == "host"), "")
    target = scope.get("raw_path") or scope["path"].encode()
    if scope.get("query_string"):
        target += b"?" + scope["query_string"]
    # A fragment never travels; should a `#` come all the same, it is part of the path.
    place = target.decode("latin-1").replace("#", "%23")
    return Request(scope["method"], f"{scope.get('scheme', 'http')}://{host}{place}", headers, body)


def _text(raw: bytes) -> str:
    """A header as text: UTF-8 where it is that, else byte for byte."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


async def _send(response: Response, send: Send) -> None:
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
    headers.append((b"content-length", str(len(response.body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})


async def _cut(scope: Scope, receive: Receive, send: Send) -> None:
    """Break the connection off. A server that offers no way to do so gets an answer that ends before its time."""
    abort = scope.get("state", {}).get(CUT)
    if abort is None:
        await send({"type": "http.response.start", "status": 200, "headers": _promise(1)})
        return
    abort()
    while (await receive())["type"] != "http.disconnect":
        pass


def _promise(length: int) -> Iterable[tuple[bytes, bytes]]:
    return [(b"content-length", str(length).encode())]
