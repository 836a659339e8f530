"""HTTP/1.1 bytes to values and back: what a client wrote, and what it will read.

A door that works on bytes sees the request as it would have gone over the wire (every header, the body
as framed), and hands back bytes, so that the client's own parser does the rest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from contractkit.message import Request, Response
from contractkit.recording.doors.opening import DoorError

__all__ = ["RequestCollector", "WireRequest", "render_response", "unfold"]

_FRAMING: Final = frozenset({"connection", "content-length", "keep-alive", "proxy-connection", "transfer-encoding"})
_FOLD: Final = re.compile(r"[ \t]*\r?\n[ \t]+")
_BREAKS: Final = re.compile(rb"[\r\n\x00]")
_BODILESS: Final = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})
_HEX: Final = re.compile(rb"[0-9A-Fa-f]{1,16}")
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass(frozen=True)
class WireRequest:
    """One request as written: `raw` is every byte of it, `body` the payload freed of chunked framing."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    raw: bytes

    def to_request(self, scheme: str, authority: str) -> Request:
        """The request for `scheme://authority`; a target in absolute form (for a proxy) names its own host."""
        absolute = "://" in self.target.partition("?")[0] and not self.target.startswith("/")
        url = self.target if absolute else f"{scheme}://{authority}{self.target}"
        return Request(self.method, url, self.headers, self.body)

    def __repr__(self) -> str:
        return f"<WireRequest {self.method}, {len(self.raw)} bytes>"


class RequestCollector:
    """Collects written bytes until one whole request (RFC 9112: request line, fields, framed body) is there."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0
        self._head: _Head | None = None
        self._body: _FixedBody | _ChunkedBody | None = None

    def feed(self, data: bytes | bytearray | memoryview) -> None:
        """Add bytes. Raises TypeError when `data` is not bytes-like."""
        self._buffer += memoryview(data).cast("B")

    def take(self) -> WireRequest | None:
        """The request, once whole; None before. Raises DoorError for what a door cannot carry."""
        if self._head is None and not self._find_head():
            return None
        assert self._head is not None
        assert self._body is not None
        end = self._body.find_end(self._buffer)
        if end is None:
            return None
        if len(self._buffer) > end:
            raise DoorError(
                f"the client wrote {len(self._buffer) - end} bytes past the end of its {self._head.method} request: "
                "its Content-Length does not fit its body, or it pipelines. Send one request at a time, framed right."
            )
        head = self._head
        return WireRequest(
            head.method, head.target, head.headers, self._body.content(self._buffer), bytes(self._buffer)
        )

    def _find_head(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n", max(0, self._searched - 3))
        self._searched = len(self._buffer)
        if end < 0:
            return False
        self._head = _parse_head(bytes(self._buffer[:end]))
        self._body = _framing(self._head, end + 4)
        return True


@dataclass(frozen=True)
class _Head:
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name]


class _FixedBody:
    def __init__(self, start: int, length: int) -> None:
        self._start, self._end = start, start + length

    def find_end(self, buffer: bytearray) -> int | None:
        return self._end if len(buffer) >= self._end else None

    def content(self, buffer: bytearray) -> bytes:
        return bytes(buffer[self._start : self._end])


class _ChunkedBody:
    """RFC 9112, 7.1. Goes on where it stopped, so that a body in many small writes costs linear time."""

    def __init__(self, start: int) -> None:
        self._position = start
        self._payload = bytearray()
        self._in_trailer = False

    def find_end(self, buffer: bytearray) -> int | None:
        while (line_end := buffer.find(b"\r\n", self._position)) >= 0:
            if self._in_trailer:
                blank = line_end == self._position
                self._position = line_end + 2
                if blank:
                    return self._position
            elif not self._read_chunk(buffer, line_end):
                return None
        return None

    def _read_chunk(self, buffer: bytearray, line_end: int) -> bool:
        size = _chunk_size(bytes(buffer[self._position : line_end]))
        start = line_end + 2
        if size == 0:
            self._in_trailer, self._position = True, start
            return True
        if len(buffer) < start + size + 2:
            return False
        self._payload += buffer[start : start + size]
        self._position = start + size + 2
        return True

    def content(self, _buffer: bytearray) -> bytes:
        return bytes(self._payload)


def _chunk_size(line: bytes) -> int:
    digits = line.partition(b";")[0].strip()
    if not _HEX.fullmatch(digits):
        raise DoorError("the client sent a chunked body with a broken chunk size: check how it frames it")
    return int(digits, 16)


def _parse_head(head: bytes) -> _Head:
    request_line, _, fields = head.partition(b"\r\n")
    method, _, rest = request_line.decode("latin-1").partition(" ")
    target, _, version = rest.rpartition(" ")
    if not (method and target and version.startswith("HTTP/1.")):
        raise DoorError("what the client wrote does not begin with an HTTP/1 request line; only HTTP/1 can be recorded")
    lines = unfold(fields.decode("latin-1")).split("\r\n") if fields else []
    return _Head(method, target, tuple(_parse_field(line) for line in lines))


def _parse_field(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon:
        raise DoorError("the client wrote a header line without a colon: check the headers it was given")
    return name, value.strip(" \t")


def _framing(head: _Head, start: int) -> _FixedBody | _ChunkedBody:
    if any("100-continue" in value.lower() for value in head.values("expect")):
        raise DoorError(
            "the client waits for '100 Continue' before it sends its body; a recording cannot give that. "
            "Send the request without the Expect header."
        )
    codings = ", ".join(head.values("transfer-encoding")).lower()
    if codings == "chunked":
        return _ChunkedBody(start)
    lengths = set(head.values("content-length"))
    if codings or len(lengths) > 1 or not all(length.isascii() and length.isdigit() for length in lengths):
        raise DoorError(
            "the client's body is framed by something else than one Content-Length or 'Transfer-Encoding: chunked': "
            "send it with one of the two"
        )
    return _FixedBody(start, int(next(iter(lengths), "0")))


def unfold(fields: str) -> str:
    """Header text with obsolete line folding (RFC 9112, 5.2) replaced by one space."""
    return _FOLD.sub(" ", fields)


def render_response(response: Response, method: str) -> bytes:
    """The response as HTTP/1.1 bytes on a connection that stays open, framed by Content-Length.

    What framed the recorded answer is left out; a HEAD or 304 answer keeps the length it announced.
    Raises DoorError when it cannot be written as one final response.
    """
    status = response.status
    if not 200 <= status <= 999:
        raise DoorError(f"the tape answered with status {status}, which is no final HTTP status: correct the cassette")
    bodiless = method == "HEAD" or status in _BODILESS
    lines = [f"HTTP/1.1 {status} {_reason(status)}".encode("latin-1")]
    lines += [_field(name, value) for name, value in response.headers if name.lower() not in _FRAMING]
    announced = response.headers.get("content-length")
    if not bodiless:
        announced = str(len(response.body))
    if announced and status != HTTPStatus.NO_CONTENT:
        lines.append(_field("Content-Length", announced))
    return b"\r\n".join([*lines, b"", b"" if bodiless else response.body])


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def _field(name: str, value: str) -> bytes:
    try:
        data = value.encode("latin-1")
    except UnicodeEncodeError:
        data = value.encode("utf-8", "surrogateescape")
    if _BREAKS.search(data) or not _NAME.fullmatch(name):
        raise DoorError(
            f"the response header {name[:40]!r} cannot be written on one line: correct it in the cassette, or record it again"
        )
    return name.encode("ascii") + b": " + data
