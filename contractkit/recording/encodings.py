"""What bytes say once they are decoded: every spelling the guard looks through, several deep.

Part of the guard: it shares no code with the sanitizer, which decodes for another purpose.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import html
import re
import zlib
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Final
from urllib.parse import unquote_to_bytes

__all__ = ["TooPackedError", "iterate_views", "open_stream"]

_ROUNDS: Final = 5
MAX_INFLATED: Final = 32 * 1024 * 1024
"""Bytes put into and got out of streams for one call, all streams together."""
_MAX_BODY: Final = 8 * 1024 * 1024
_MAX_SALVAGED: Final = 16 * 1024
_PROBED: Final = 64
_STEP: Final = 8
_CHUNK: Final = 64 * 1024
_PERCENT: Final = re.compile(rb"%[0-9A-Fa-f]{2}")
_ENTITY: Final = re.compile(rb"&#?[0-9A-Za-z]{1,10};")
_JSON_ESCAPE: Final = re.compile(rb'\\(?:u([0-9A-Fa-f]{4})|(["\\/])|[bfnrt])')
_DENSE: Final = re.compile(rb"[A-Za-z0-9+/_-]{10,}")
_MIN_BASE64: Final = 11
_BASE32: Final = re.compile(rb"[A-Z2-7]{10,}")
_HEX: Final = re.compile(rb"[0-9A-Fa-f]{12,}")
_PAIR_APART: Final = re.compile(rb"[: -][0-9A-Fa-f]{2}[: -]")  # quickly told to be nowhere in most texts
_HEX_APART: Final = re.compile(rb"(?:[0-9A-Fa-f]{2}[: -]){5,}[0-9A-Fa-f]{2}")
_BLANKS: Final = b" \t\n\r\f\v"
_SLASH: Final = re.compile(rb"/")
_MAX_STARTS: Final = 8
_MIN_STREAM: Final = 16
_STREAM: Final = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
_ZLIB: Final = 0x78
_ZLIB_HEAD: Final = 7
_ALL_BITS: Final = 0xFF
_TO_STANDARD: Final = bytes.maketrans(b"-_", b"+/")


class TooPackedError(ValueError):
    """There is more in the streams of these bytes than may be looked at: what is left over was not seen."""


class _Allowance:
    """What may still go into and come out of streams."""

    def __init__(self, left: int) -> None:
        self._left = left

    def take(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise TooPackedError


def iterate_views(data: bytes) -> Iterator[bytes]:
    """The bytes themselves, then what they hold percent-encoded, escaped, packed or folded, four rounds deep.

    Each view is made when it is asked for. Raises TooPackedError when streams cost more than 32 MiB together.
    """
    allowance, seen = _Allowance(MAX_INFLATED), {hash(data)}  # the views themselves would be kept alive
    level = [data]
    yield data
    for left in range(_ROUNDS - 1, 0, -1):
        deeper: list[bytes] = []
        for view in chain.from_iterable(_decodings(each, allowance) for each in level):
            if hash(view) not in seen:
                seen.add(hash(view))
                yield view
                if left > 1:
                    deeper.append(view)
        level = deeper


def open_stream(packed: bytes) -> Iterator[bytes]:
    """What a gzip or zlib stream holds, cut at 8 MiB, also of one that breaks off; nothing when it is none."""
    opened = bytearray()
    with contextlib.suppress(TooPackedError):  # what was opened by then is looked at; it is a view among others
        _open(memoryview(packed), _Allowance(_MAX_BODY), opened)
    if opened:
        yield bytes(opened)


def _decodings(view: bytes, allowance: _Allowance) -> Iterator[bytes]:
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
    folded = view.translate(None, _BLANKS)
    if len(folded) < len(view.rstrip()):  # something goes on after a blank or a line end: base64 in lines, headers
        yield folded
    yield from _unpacked(view, allowance)


def _unpacked(view: bytes, allowance: _Allowance) -> Iterator[bytes]:
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
    window = memoryview(view)  # its slices copy nothing: `x^` in a text looks like the start of a stream each time
    for stream in _STREAM.finditer(view):
        opened = bytearray()
        if _may_be_stream(view[stream.start() : stream.start() + _ZLIB_HEAD]):
            _open(window[stream.start() :], allowance, opened)
        if opened:
            yield bytes(opened)
    for run in runs:
        if len(run) >= _MIN_STREAM:
            yield from _deflated(run, allowance)


def _deflated(run: bytes, allowance: _Allowance) -> Iterator[bytes]:
    """A stream without a header in base64, after a path perhaps: its first block tells, at a guess, that it is one."""
    for start in islice(chain([0], (slash.end() for slash in _SLASH.finditer(run))), _MAX_STARTS):
        first = _from_base64([run[start : start + 4]])
        if first and first[0] >> 1 & 3 in (1, 2):
            opened = bytearray()
            damage = _inflate(memoryview(_from_base64([run[start:]])), -zlib.MAX_WBITS, allowance, opened, _PROBED)
            if not damage and opened and _is_text(opened):
                yield bytes(opened)


def _may_be_stream(head: bytes) -> bool:
    """Whether the first block after a zlib header is one: of no reserved kind, and if stored, with a length that fits."""
    if head[0] != _ZLIB or len(head) < _ZLIB_HEAD:
        return True
    kind = head[2] >> 1 & 3
    return kind in (1, 2) or (kind == 0 and head[3] ^ head[5] == head[4] ^ head[6] == _ALL_BITS)


def _unescape(found: re.Match[bytes]) -> bytes:
    if found[1]:
        return chr(int(found[1], 16)).encode("utf-8", "surrogatepass")
    return found[2] or b"\n"  # a control character is a blank to the guard


def _is_text(data: bytearray) -> bool:
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


def _open(packed: memoryview, allowance: _Allowance, opened: bytearray) -> None:
    """Add what a stream holds, up to the damage: a text that was cut in the middle tells half of it."""
    wbits, begun = zlib.MAX_WBITS | 32, len(opened)
    if _inflate(packed, wbits, allowance, opened, _PROBED) > _PROBED:
        del opened[begun:]
        _inflate(packed[:_MAX_SALVAGED], wbits, allowance, opened, _MAX_SALVAGED)


def _inflate(packed: memoryview, wbits: int, allowance: _Allowance, opened: bytearray, fine: int) -> int:
    """Add what a stream holds; how many bytes were put in when it turned out to be damaged, 0 if it is sound.

    The first `fine` bytes go in by eights: what is no stream is told within the first, and what stands before
    the damage is not lost with it.
    """
    machine, at = zlib.decompressobj(wbits=wbits), 0
    try:
        while at < len(packed) and not machine.eof:
            piece: memoryview | bytes = packed[at : at + (_STEP if at < fine else _CHUNK)]
            at += len(piece)
            allowance.take(len(piece))
            more = True
            while more:
                made = machine.decompress(piece, _CHUNK)
                allowance.take(len(made))
                opened += made
                piece, more = machine.unconsumed_tail, len(made) == _CHUNK
    except zlib.error:
        return at
    return 0
