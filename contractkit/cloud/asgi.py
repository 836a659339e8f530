"""The cloud behind ASGI 3, for servers and clients that speak it; `server.py` needs none of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from contractkit.cloud.front import Cloud, Upload, read_request, refuse_upload
from contractkit.cloud.weather import ConnectionCut
from contractkit.message import Response

__all__ = ["AsgiApp"]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


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
            await _send(refuse_upload(self._cloud), send)
            return
        target = scope.get("raw_path") or scope["path"].encode()
        if scope.get("query_string"):
            target += b"?" + scope["query_string"]
        request = read_request(scope["method"], scope.get("scheme", "http"), target, scope["headers"], body)
        sky = self._cloud.forecast(request)
        if sky.delay:
            await asyncio.sleep(sky.delay)
        try:
            response = self._cloud.answer(request, sky)
        except ConnectionCut:
            # ASGI has no way to break a connection off: the answer ends before its time, which does so.
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})
            return
        await _send(response, send)


async def _live(receive: Receive, send: Send) -> None:
    while True:
        event = await receive()
        await send({"type": f"{event['type']}.complete"})
        if event["type"] == "lifespan.shutdown":
            return


async def _read_body(receive: Receive) -> bytes | None:
    upload, more = Upload(), True
    while more:
        event = await receive()
        upload.add(event.get("body", b""))
        more = event.get("more_body", False)
    return upload.body


async def _send(response: Response, send: Send) -> None:
    fields = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
    fields.append((b"content-length", b"%d" % len(response.body)))
    await send({"type": "http.response.start", "status": response.status, "headers": fields})
    await send({"type": "http.response.body", "body": response.body})
