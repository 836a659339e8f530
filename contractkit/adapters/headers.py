"""Header text at the border: our text is UTF-8 on the wire, most libraries show its bytes as Latin-1."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from contractkit.message import Headers

_CODING: Final = ("content-encoding", "transfer-encoding")


def read_field(value: str | bytes) -> str:
    """A header value of a library, bytes or Latin-1 text of the bytes, as our text; undecodable bytes are kept.

    Text that is no Latin-1 cannot be sent by these libraries and is left alone for them to refuse.
    """
    try:
        data = value if isinstance(value, bytes) else value.encode("latin-1")
    except UnicodeEncodeError:
        return str(value)
    return data.decode("utf-8", "surrogateescape")


def read_fields(fields: Iterable[tuple[str | bytes, str | bytes]]) -> Headers:
    """The header fields of a library as ours."""
    return Headers((read_field(name), read_field(value)) for name, value in fields)


def write_field(value: str) -> bytes:
    """Our header text as the bytes to send."""
    return value.encode("utf-8", "surrogateescape")


def decoded_headers(headers: Headers, body: bytes) -> Headers:
    """The headers of a response whose content codings were undone to `body`.

    content-encoding and transfer-encoding describe the wire and are dropped; where a coding was undone,
    content-length tells the decoded length.
    """
    if headers.has("content-encoding") and headers.has("content-length"):
        headers = headers.set("Content-Length", str(len(body)))
    return headers.without(*_CODING)
