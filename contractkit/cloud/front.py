"""What the two ways into a served cloud share: from bytes of HTTP to a Request."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, Protocol

from contractkit.cloud.gates import MAX_BODY
from contractkit.cloud.weather import Sky
from contractkit.message import Request, Response

__all__ = ["Cloud", "Upload", "read_request", "refuse_upload"]

_ORIGIN: Final = re.compile(rb"\Ahttps?://[^/?#]*", re.IGNORECASE)


class Cloud(Protocol):
    """What a server needs of a cloud, or of whatever stands before one."""

    def forecast(self, request: Request) -> Sky:
        """The weather that will fall on a request."""

    def answer(self, request: Request, sky: Sky) -> Response:
        """The answer to a request under a sky; raises ConnectionCut where it breaks the connection off."""

    def refuse(self, code: str, message: str) -> Response:
        """The answer to a request that could not be read."""


class Upload:
    """A body on its way in. One too large is read to its end all the same, so that its client gets to the answer."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, part: bytes) -> None:
        """Take in the next part, or forget it where there are too many bytes already."""
        self._size += len(part)
        if self._size <= MAX_BODY:
            self._parts.append(part)

    @property
    def body(self) -> bytes | None:
        """The whole body, None when it was too large."""
        return b"".join(self._parts) if self._size <= MAX_BODY else None


def refuse_upload(cloud: Cloud) -> Response:
    """The answer to a body that was too large."""
    return cloud.refuse("InvalidHTTPRequest", f"the body is larger than {MAX_BODY} bytes; send less")


def read_request(
    method: str, scheme: str, target: bytes, headers: Iterable[tuple[bytes, bytes]], body: bytes
) -> Request:
    """The request as it came: the raw target, so that what was signed can be told from what was decoded.

    Header names are expected in lower case.
    """
    fields = [(_text(name), _text(value)) for name, value in headers]
    host = next((value for name, value in fields if name == "host"), "")
    # To a proxy the whole URL is sent. A fragment never travels; should a `#` come all the same, it is part of the path.
    path = target if target.startswith(b"/") else _ORIGIN.sub(b"", target)
    place = path.decode("latin-1").replace("#", "%23")
    return Request(method, f"{scheme}://{host}{place}", fields, body)


def _text(raw: bytes) -> str:
    """A header as text: UTF-8 where it is that, else byte for byte."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
