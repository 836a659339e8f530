"""The guard: the last look at bytes about to be written, for the values that are known to be secret.

It shares no code and no list with the sanitizer, so that a hole in one is not a hole in both: the
sanitizer knows names and places, the guard knows values and encodings.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from contractkit.errors import ConfigurationError, LeakError

__all__ = ["Guard"]

_MIN_LENGTH: Final = 6
_MAX_INFLATED: Final = 8 * 1024 * 1024
_ROUNDS: Final = 4
_PERCENT: Final = re.compile(rb"%[0-9A-Fa-f]{2}")
_JSON_ESCAPE: Final = re.compile(rb'\\(?:u([0-9A-Fa-f]{4})|(["\\/]))')
_BASE64: Final = re.compile(rb"[A-Za-z0-9+/_-]{16,}")
_HEX: Final = re.compile(rb"(?:[0-9A-Fa-f]{2}){12,}")
_ACCESS_KEY: Final = re.compile(rb"bce-auth-v[0-9]+(?:/|%2[Ff]|\\/)(?!redacted(?![A-Za-z0-9-]))([A-Za-z0-9-]{8,})")
_STREAM: Final = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")


class Guard:
    """Refuses bytes that hold one of the given secret values in any of its encodings.

    `values` maps a kind (`secret access key`) to the value; `exempt` are published example values.
    Values are kept as given; the repr names kinds only. Raises ConfigurationError for a value of fewer
    than 6 characters, which would be found everywhere.
    """

    def __init__(self, values: Mapping[str, str], *, exempt: Iterable[str] = ()) -> None:
        allowed = set(exempt)
        self._needles: list[tuple[str, bytes]] = []
        for kind, value in values.items():
            if value in allowed:
                continue
            if len(value) < _MIN_LENGTH:
                raise ConfigurationError(f"the {kind} has fewer than {_MIN_LENGTH} characters: it cannot be guarded")
            self._needles += [(kind, needle) for needle in _needles(value)]

    def __repr__(self) -> str:
        return f"<Guard of {', '.join(sorted({kind for kind, _ in self._needles})) or 'nothing'}>"

    def check(self, data: bytes, name: str) -> None:
        """Raises LeakError naming the kind and the place in `data` (JSON pointer, else line), never the value."""
        kind = self._find(data)
        if kind:
            place = self._locate(data) or "an unknown place"
            raise LeakError(
                f"{name}: the {kind} stands at {place}; nothing was written. Name the member to the sanitizer, "
                "or keep the value out of the test"
            )

    def _find(self, data: bytes) -> str:
        """The kind of the first secret found in any view of the bytes, "" when there is none."""
        seen: set[bytes] = set()
        views = [data]
        for _ in range(_ROUNDS):
            for view in views:
                kind = self._find_plain(view)
                if kind:
                    return kind
            seen.update(views)
            views = [each for view in views for each in _decodings(view) if each not in seen]
        return ""

    def _find_plain(self, view: bytes) -> str:
        if any(len(set(found[1])) > 1 for found in _ACCESS_KEY.finditer(view)):
            return "access key id of an Authorization"  # published and placeholder ids repeat one character
        lowered = view.lower()
        return next((kind for kind, needle in self._needles if needle in view or needle in lowered), "")

    def _locate(self, data: bytes) -> str:
        try:
            document = json.loads(data)
        except ValueError:
            lines = data.split(b"\n")
            return next((f"line {number}" for number, line in enumerate(lines, 1) if self._find(line)), "")
        return next((pointer or "/" for pointer, text in _leaves(document) if self._find(text)), "")


def _needles(value: str) -> Iterator[bytes]:
    """The spellings to look for in every view: as is, lower-case hex, reversed, and base64 at three offsets."""
    raw = value.encode("utf-8", "surrogatepass")
    if re.fullmatch(r"[0-9A-Fa-f]+", value):
        raw = raw.lower()
    yield raw
    yield raw[::-1]
    yield raw.hex().encode()
    for spelled in {raw, value.encode("utf-8", "surrogatepass"), raw.upper()}:
        for offset in range(3):
            middle = base64.b64encode(b"\0" * offset + spelled)[(0, 2, 3)[offset] :].rstrip(b"=")
            core = middle[: len(middle) - 1]  # the last sextet depends on what follows
            yield core
            yield core.translate(bytes.maketrans(b"+/", b"-_"))


def _decodings(view: bytes) -> Iterator[bytes]:
    if _PERCENT.search(view):
        yield unquote_to_bytes(view)
    if _JSON_ESCAPE.search(view):
        yield _JSON_ESCAPE.sub(_unescape, view)
    for pattern, decode in ((_BASE64, _from_base64), (_HEX, _from_hex)):
        yield from (opened for found in pattern.finditer(view) for opened in _open_packed(found[0], decode))
    for found in _STREAM.finditer(view):
        yield from _inflate(view[found.start() :])


def _unescape(found: re.Match[bytes]) -> bytes:
    if found[2]:
        return found[2]
    return chr(int(found[1], 16)).encode("utf-8", "surrogatepass")


def _open_packed(text: bytes, decode: Callable[[bytes], bytes]) -> Iterator[bytes]:
    """What a run of base64 or hex digits holds, when that is text or a compressed stream."""
    try:
        packed = decode(text)
    except (binascii.Error, ValueError):
        return
    stream = _STREAM.match(packed)
    if stream:
        yield from _inflate(packed)
    elif packed.isascii():
        yield packed


def _from_base64(text: bytes) -> bytes:
    standard = text.translate(bytes.maketrans(b"-_", b"+/"))
    return base64.b64decode(standard + b"=" * (-len(standard) % 4))


def _from_hex(text: bytes) -> bytes:
    return bytes.fromhex(text.decode())


def _inflate(packed: bytes) -> Iterator[bytes]:
    try:
        opened = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32).decompress(packed, _MAX_INFLATED)
    except zlib.error:
        return
    if opened:
        yield opened


def _leaves(node: Any, pointer: str = "") -> Iterator[tuple[str, bytes]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield f"{pointer}/(a member name)", str(key).encode("utf-8", "surrogatepass")
            yield from _leaves(value, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _leaves(value, f"{pointer}/{index}")
    else:
        yield pointer, str(node).encode("utf-8", "surrogatepass")
