"""Bodies as values: content codings opened with limits, JSON, forms and text told apart, the rest refused."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import parse_qsl, urlencode

import msgspec

from contractkit.errors import SanitizerError
from contractkit.message import Headers, TooDeepError, parse_json
from contractkit.recording.sanitizer.members import map_strings

__all__ = ["EMPTY", "Body", "open_body"]

MAX_BYTES: Final = 32 * 1024 * 1024
MAX_RATIO: Final = 200
_RATIO_FROM: Final = 1024 * 1024  # below this a high ratio is only a repetitive list
_MAX_CODINGS: Final = 2
_CHUNK: Final = 64 * 1024
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_MEDIA_TEXT: Final = re.compile(r"text/.*|.*[/+](?:xml|html|javascript)|")
_MEDIA_JSON: Final = re.compile(r"(?:application|text)/(?:[a-z0-9.\-]+\+)?json")
_FORM: Final = "application/x-www-form-urlencoded"

Change = Callable[[str], str]


@dataclass(frozen=True)
class Body:
    """A body as a value: JSON structure, form items as pairs, or text. `malformed` JSON travels as text."""

    kind: Literal["empty", "json", "form", "text"]
    value: Any = None
    malformed: bool = False

    def change(self, change: Change, change_name: Change | None = None) -> Body:
        """The body with every string passed through `change`, names of members and items through `change_name`."""
        if self.kind == "empty":
            return self
        if self.kind == "form":
            rename = change_name or change
            return Body("form", [(rename(name), change(value)) for name, value in self.value])
        return Body(self.kind, map_strings(self.value, change, change_name), self.malformed)

    def close(self) -> bytes:
        """The body in bytes: JSON compact with sorted members, text in UTF-8."""
        if self.kind == "json":
            return msgspec.json.encode(self.value, order="deterministic")
        if self.kind == "form":
            return urlencode(self.value).encode()
        return (self.value or "").encode()


EMPTY: Final = Body("empty")


def open_body(headers: Headers, raw: bytes, place: str) -> Body:
    """Decode and classify a body. `place` names it in messages.

    Raises SanitizerError (never showing the body) for an unknown or bursting content coding, for bytes that
    are not text in UTF-8, and for JSON nested deeper than 48.
    """
    data = _decode(headers.get("content-encoding"), raw, place)
    if not data:
        return EMPTY
    media = headers.get("content-type").partition(";")[0].strip().lower()
    text = _to_text(data, media, place)
    if _MEDIA_JSON.fullmatch(media) or text.lstrip()[:1] in ("{", "["):
        try:
            return Body("json", parse_json(text.encode()))
        except TooDeepError as error:
            raise SanitizerError(f"{place}: {error}; it is not stored") from None
        except ValueError:
            return Body("text", text, malformed=_MEDIA_JSON.fullmatch(media) is not None)
    if media == _FORM:
        return Body("form", parse_qsl(text, keep_blank_values=True))
    if not _MEDIA_TEXT.fullmatch(media):
        raise SanitizerError(f"{place}: {media} is neither JSON nor text, so it cannot be made safe; use passthrough")
    return Body("text", text)


def _to_text(data: bytes, media: str, place: str) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if _CONTROL.search(text):
        raise SanitizerError(f"{place}: {media or 'no content type'}, but not text in UTF-8, so it cannot be made safe")
    return text


def _decode(codings: str, data: bytes, place: str) -> bytes:
    names = [name for name in (part.strip().lower() for part in codings.split(",")) if name not in ("", "identity")]
    if len(names) > _MAX_CODINGS:
        raise SanitizerError(f"{place}: more than {_MAX_CODINGS} content codings; it is not stored")
    if not data:
        return data  # the answer to a HEAD names the coding of a body that it does not have
    for name in reversed(names):
        data = _inflate(name, data, place)
    if len(data) > MAX_BYTES:
        raise SanitizerError(f"{place}: more than {MAX_BYTES} bytes; it is not stored")
    return data


def _inflate(coding: str, data: bytes, place: str) -> bytes:
    if coding in ("gzip", "x-gzip"):
        # A client that opens the coding itself may leave the header standing.
        return _stream(data, zlib.MAX_WBITS | 16, place) if data[:2] == b"\x1f\x8b" else data
    if coding == "deflate":
        if data.lstrip()[:1] in (b"{", b"["):
            return data
        return _stream(data, zlib.MAX_WBITS if data[0] & 0x0F == zlib.DEFLATED else -zlib.MAX_WBITS, place)
    raise SanitizerError(f"{place}: the content coding {coding[:20]!r} cannot be opened; send accept-encoding: gzip")


def _stream(data: bytes, wbits: int, place: str) -> bytes:
    """Inflate piece by piece, so that a bomb costs one piece more than the limit and no more."""
    limit = min(MAX_BYTES, max(_RATIO_FROM, MAX_RATIO * len(data)))
    machine, out, rest = zlib.decompressobj(wbits), bytearray(), data
    try:
        while rest and not machine.eof:
            out += machine.decompress(rest, _CHUNK)
            rest = machine.unconsumed_tail
            if len(out) > limit:
                raise SanitizerError(f"{place}: inflates beyond {limit} bytes; it is not stored")
    except zlib.error:
        raise SanitizerError(f"{place}: its content coding is broken; it is not stored") from None
    if not machine.eof or machine.unused_data:
        raise SanitizerError(f"{place}: its content coding is cut or followed by more; it is not stored")
    return bytes(out)
