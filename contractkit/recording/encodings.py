"""What bytes say once they are decoded: every spelling the guard looks through, several deep.

Part of the guard: it shares no code with the sanitizer, which decodes for another purpose.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
import zlib
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import unquote_to_bytes

__all__ = ["iterate_views", "open_stream"]

_ROUNDS: Final = 5
_MAX_INFLATED: Final = 8 * 1024 * 1024
_MAX_SALVAGED: Final = 16 * 1024
_STEP: Final = 8
_PERCENT: Final = re.compile(rb"%[0-9A-Fa-f]{2}")
_ENTITY: Final = re.compile(rb"&#?[0-9A-Za-z]{1,10};")
_JSON_ESCAPE: Final = re.compile(rb'\\(?:u([0-9A-Fa-f]{4})|(["\\/])|[bfnrt])')
_DENSE: Final = re.compile(rb"[A-Za-z0-9+/_-]{10,}")
_MIN_BASE64: Final = 11
_BASE32: Final = re.compile(rb"[A-Z2-7]{10,}")
_HEX: Final = re.compile(rb"[0-9A-Fa-f]{12,}")
_PAIR_APART: Final = re.compile(rb"[: -][0-9A-Fa-f]{2}[: -]")  # quickly told to be nowhere in most texts
_HEX_APART: Final = re.compile(rb"(?:[0-9A-Fa-f]{2}[: -]){5,}[0-9A-Fa-f]{2}")
_FOLD: Final = re.compile(rb"\s{1,64}")
_SLASH: Final = re.compile(rb"/")
_MAX_STARTS: Final = 8
_MIN_STREAM: Final = 16
_STREAM: Final = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
_TO_STANDARD: Final = bytes.maketrans(b"-_", b"+/")


def iterate_views(data: bytes) -> Iterator[bytes]:
    """The bytes themselves, then what they hold percent-encoded, escaped, packed or folded, four rounds deep."""
    seen: set[bytes] = set()
    views = [data]
    for _ in range(_ROUNDS):
        fresh = [view for view in dict.fromkeys(views) if view not in seen]
        yield from fresh
        seen.update(fresh)
        views = [each for view in fresh for each in _decodings(view)]


def open_stream(packed: bytes) -> Iterator[bytes]:
    """What a gzip or zlib stream holds, cut at 8 MiB, also of one that breaks off; nothing when it is none."""
    opened = next(_inflate(packed, zlib.MAX_WBITS | 32), b"") or _salvage(packed[:_MAX_SALVAGED])
    if opened:
        yield opened


def _decodings(view: bytes) -> Iterator[bytes]:
    if _PERCENT.search(view):
        yield unquote_to_bytes(view)
        if b"+" in view:
            yield unquote_to_bytes(view.replace(b"+", b" "))
    if _ENTITY.search(view):
        yield html.unescape(view.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogatepass")
    if _JSON_ESCAPE.search(view):
        yield _JSON_ESCAPE.sub(_unescape, view)
    if b"\0" in view:
        yield view.replace(b"\0", b"")  # UTF-16, as far as it is ASCII
    for found in _FOLD.finditer(view):
        if found.end() < len(view):  # something goes on after a blank or a line end: base64 in lines, folded headers
            yield _FOLD.sub(b"", view)
            break
    yield from _unpacked(view)


def _unpacked(view: bytes) -> Iterator[bytes]:
    """What runs of base64, base32 and hex digits hold, all runs of one alignment as one view; and streams."""
    dense = _DENSE.findall(view)
    runs = [run for run in dense if len(run) >= _MIN_BASE64]
    for offset in range(4 if runs else 0):  # text before a run may consist of the same characters
        yield _from_base64(run[offset:] for run in runs)
    packed = b" ".join(dense)  # runs of base32 and hex digits lie in these
    if found := _BASE32.findall(packed):
        yield _from_base32(found)
    if found := _HEX.findall(packed):
        yield _from_hex(found)
        yield _from_hex([run[1:] for run in found])
    if _PAIR_APART.search(view) and (found := _HEX_APART.findall(view)):
        yield _from_hex(found)
    for stream in _STREAM.finditer(view):
        yield from open_stream(view[stream.start() :])
    for run in runs:
        if len(run) >= _MIN_STREAM:
            yield from _deflated(run)


def _deflated(run: bytes) -> Iterator[bytes]:
    """A stream without a header in base64, after a path perhaps: its first block tells, at a guess, that it is one."""
    for start in (0, *(slash.end() for slash in _SLASH.finditer(run)))[:_MAX_STARTS]:
        first = _from_base64([run[start : start + 4]])
        if first and first[0] >> 1 & 3 in (1, 2):
            packed = _from_base64([run[start:]])
            yield from (opened for opened in _inflate(packed, -zlib.MAX_WBITS) if _is_text(opened))


def _unescape(found: re.Match[bytes]) -> bytes:
    if found[1]:
        return chr(int(found[1], 16)).encode("utf-8", "surrogatepass")
    return found[2] or b"\n"  # a control character is a blank to the guard


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _from_base64(runs: Iterable[bytes]) -> bytes:
    """All runs decoded in one go, line ends between them; what is left over of a run makes a wrong byte or two."""
    padded = b"CgoK".join([run + b"CgoK"[: -len(run) % 4] for run in runs])
    return binascii.a2b_base64(padded.translate(_TO_STANDARD))


def _from_base32(runs: Iterable[bytes]) -> bytes:
    return base64.b32decode(b"BIFAUCQK".join([run + b"BIFAUCQK"[: -len(run) % 8] for run in runs]))


def _from_hex(runs: Iterable[bytes]) -> bytes:
    digits = [run.translate(None, b": -") for run in runs]
    return bytes.fromhex("0a".join([each[: len(each) // 2 * 2].decode() for each in digits]))


def _salvage(packed: bytes) -> bytes:
    """What a damaged stream holds up to the damage: a text that was cut in the middle tells half of it."""
    machine, opened = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32), b""
    try:
        for at in range(0, len(packed), _STEP):
            opened += machine.decompress(packed[at : at + _STEP], _MAX_SALVAGED)
            if len(opened) >= _MAX_SALVAGED:
                break
    except zlib.error:
        pass
    return opened


def _inflate(packed: bytes, wbits: int) -> Iterator[bytes]:
    try:
        opened = zlib.decompressobj(wbits=wbits).decompress(packed, _MAX_INFLATED)
    except zlib.error:
        return
    if opened:
        yield opened
