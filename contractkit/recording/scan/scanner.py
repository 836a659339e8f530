"""Runs the patterns over files: in clear, and through percent-encoding, JSON escapes, base64, hex and gzip."""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from contractkit.errors import CassetteFormatError, PasswordError
from contractkit.passwords import decrypt_password
from contractkit.recording.encodings import TooPackedError, iterate_views
from contractkit.recording.scan.patterns import PATTERNS, Pattern, is_placeholder
from contractkit.recording.store import read_plain
from contractkit.recording.strict import MAX_BYTES
from contractkit.signing import EXAMPLE, UNVERIFIED

__all__ = ["Hit", "find_files", "scan_bytes", "scan_paths"]

SUFFIXES: Final = frozenset(
    {".json", ".yaml", ".yml", ".har", ".gz", ".jsonl", ".partial", ".log", ".txt", ".xml", ".html", ".http"}
)
_MAX_VIEWED: Final = 64 * 1024 * 1024
_PER_BYTE: Final = 8  # a large recording has large views, and nobody meant harm
_UNSEEN: Final = "more packed data than can be looked through; unpack it and scan what was in it"
_PUBLISHED: Final = (EXAMPLE, UNVERIFIED)


@dataclass(frozen=True, order=True)
class Hit:
    """One secret found: where (line from 1), by which pattern, and whether it stood packed. Never the value."""

    path: str
    line: int
    pattern: str
    what: str
    packed: bool = False

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}{' (packed)' if self.packed else ''} [{self.pattern}]"


def scan_paths(paths: Iterable[Path], *, off: Iterable[str] = ()) -> Iterator[Hit]:
    """What is found in files, and in directories under files of known suffixes; links are not followed.

    `off` are ids of patterns to leave out. Raises CassetteFormatError for a file that cannot be read or is too large.
    """
    for file in find_files(paths):
        yield from scan_bytes(_read(file), str(file), off=off)


def scan_bytes(data: bytes, name: str, *, off: Iterable[str] = ()) -> list[Hit]:
    """What is found in bytes, each secret once, in the order of lines; and that not all could be seen, if so."""
    patterns = [pattern for pattern in PATTERNS if pattern.id not in set(off)]
    hits: dict[tuple[str, bytes], Hit] = {}
    try:
        for number, view in enumerate(_limited_views(data)):
            for pattern in patterns:
                for secret, at in _find(pattern, view):
                    key = pattern.id, secret
                    if key not in hits:
                        line = view.count(b"\n", 0, at) + 1 if number == 0 else _line_of(data, pattern, secret)
                        hits[key] = Hit(name, line, pattern.id, pattern.what, packed=number > 0)
    except TooPackedError:
        hits["", b""] = Hit(name, 1, "unseen", _UNSEEN, packed=True)
    return sorted(hits.values())


def _limited_views(data: bytes) -> Iterator[bytes]:
    """Every view while they are not too large together. Raises TooPackedError then."""
    left = _MAX_VIEWED + _PER_BYTE * len(data)
    for view in iterate_views(data):
        left -= len(view)
        if left < 0:
            raise TooPackedError
        yield view


def _find(pattern: Pattern, view: bytes) -> Iterator[tuple[bytes, int]]:
    lowered = view.lower()
    if any(word.encode() in lowered for word in pattern.keywords):
        for found in pattern.compiled.finditer(view):
            if not _is_harmless(found[1]):
                yield found[1], found.start(1)


def _is_harmless(secret: bytes) -> bool:
    text = secret.decode("utf-8", "replace")
    return is_placeholder(text) or any(_opens(text, pair.secret_access_key) for pair in _PUBLISHED)


def _opens(text: str, key: str) -> bool:
    """Whether a ciphertext was made under a published key, so that it tells nothing that is not published."""
    if len(text) % 32 or not text.isascii() or not all(each in "0123456789abcdefABCDEF" for each in text):
        return False
    try:
        return decrypt_password(text, key).isprintable()
    except PasswordError:
        return False


def _line_of(data: bytes, pattern: Pattern, secret: bytes) -> int:
    """The line of a secret that stands packed; 1 when it spreads over several."""
    with contextlib.suppress(TooPackedError):  # the secret is told all the same, at line 1
        for number, line in enumerate(data.split(b"\n"), start=1):
            if any(found == secret for view in iterate_views(line) for found, _ in _find(pattern, view)):
                return number
    return 1


def find_files(paths: Iterable[Path]) -> Iterator[Path]:
    """The files that a scan of these looks at: those named, and those of known suffixes in directories named."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        for each in sorted(path.rglob("*")):
            if each.suffix.lower() in SUFFIXES and each.is_file() and not each.is_symlink():
                yield each


def _read(path: Path) -> bytes:
    data = read_plain(path)
    if data[:2] != b"\x1f\x8b":
        return data
    try:
        machine = zlib.decompressobj(zlib.MAX_WBITS | 16)
        opened = machine.decompress(data, MAX_BYTES)
    except zlib.error:
        return data
    if machine.unconsumed_tail:
        raise CassetteFormatError(f"{path}: inflates beyond {MAX_BYTES} bytes; scan it in parts")
    return opened
