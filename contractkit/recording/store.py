"""Cassette files: names, the journal while recording, and the one atomic replace at the end.

Nothing here is called in replay but `load_cassette`, which only reads.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import sys
import tempfile
from pathlib import Path, PurePosixPath
from typing import Final

from contractkit.errors import CassetteFormatError, RecordingError
from contractkit.recording.cassette import MAX_BYTES, Cassette, Entry, decode_line

__all__ = ["Journal", "cassette_name", "load_cassette", "partial_path", "read_journal", "replace_file"]

_MAX_NAME: Final = 100
_OUTSIDE: Final = re.compile(r"[^A-Za-z0-9_.\-]+")
_RESERVED: Final = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
)


def cassette_name(nodeid: str) -> str:
    """A relative file name for a test's node id, from a closed alphabet and always below the directory it is joined to.

    `tests/test_vpc.py::TestVpc::test_list[10.0.0.0/16]` gives `tests/test_vpc/TestVpc.test_list-10.0.0.0-16-<hash>.json`.
    A short hash of the whole node id is added when a character was replaced, a part was cut, or upper-case
    letters could make two names one on a file system that ignores case.
    """
    file, _, test = nodeid.partition("::")
    folders = [_safe_part(part) for part in PurePosixPath(file).with_suffix("").parts] if file else []
    wanted = test.replace("::", ".") or "module"
    stem = _safe_part(wanted)
    exact = not file or "/".join(folders) == str(PurePosixPath(file).with_suffix(""))
    if not exact or stem != wanted or stem.lower() != stem or len(stem) > _MAX_NAME:
        stem = f"{stem[:_MAX_NAME].rstrip('.-')}-{hashlib.sha256(nodeid.encode('utf-8', 'replace')).hexdigest()[:10]}"
    return "/".join([*folders, f"{stem}.json"])


def _safe_part(part: str) -> str:
    safe = _OUTSIDE.sub("-", part).strip(".-")
    return f"{safe or 'x'}_" if not safe or safe.partition(".")[0].lower() in _RESERVED else safe[: 2 * _MAX_NAME]


def load_cassette(path: Path) -> Cassette:
    """Read a cassette file. Raises CassetteFormatError when it is damaged, too large or a symbolic link."""
    try:
        with os.fdopen(_open_plain(path, os.O_RDONLY), "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise CassetteFormatError(f"{path}: no such cassette; record it with --contract-mode=record") from None
    return Cassette.parse(data, str(path))


def partial_path(path: Path) -> Path:
    """Where the journal of a cassette stands while it is being recorded."""
    return path.with_name(path.name + ".partial")


class Journal:
    """The append-only file beside a cassette that holds every answer from the moment it arrived.

    It is locked against other processes while open; each line is flushed before `append` returns, so a
    killed process loses nothing that was answered.
    """

    def __init__(self, path: Path) -> None:
        """Start the journal of the cassette at `path`, in place of one left by an interrupted recording.

        Raises RecordingError when another process is recording the same cassette.
        """
        self.path = partial_path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = self._open_locked()
        os.ftruncate(descriptor, 0)
        self._file = os.fdopen(descriptor, "ab")

    def append(self, line: bytes) -> None:
        """Write one line and hand it to the operating system."""
        self._file.write(line)
        self._file.flush()

    def close(self, *, discard: bool) -> None:
        """Close the journal; `discard` removes it, since the cassette now holds what it held."""
        if self._file.closed:
            return
        if discard:
            self.path.unlink(missing_ok=True)
        self._file.close()

    def _open_locked(self) -> int:
        while True:
            descriptor = _open_plain(self.path, os.O_WRONLY | os.O_CREAT)
            try:
                _lock(descriptor, self.path)
                with contextlib.suppress(FileNotFoundError):
                    if os.path.samestat(os.fstat(descriptor), self.path.stat()):
                        return descriptor
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)  # another process finished and removed the file in between


def read_journal(path: Path) -> tuple[Entry, ...]:
    """The whole entries of a journal; a last line that was cut in the middle of writing is left out."""
    entries: list[Entry] = []
    lines = path.read_bytes().split(b"\n")
    for number, line in enumerate(lines[:-1], start=1):
        try:
            entries.append(decode_line(line))
        except ValueError:
            raise CassetteFormatError(f"{path}: line {number} is damaged; record again") from None
    return tuple(entries)


def replace_file(path: Path, data: bytes) -> None:
    """Put `data` in place of the file in one step: after a crash there is the old file or the new one."""
    _refuse_symlink(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".new")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync_directory(path.parent)


def _sync_directory(directory: Path) -> None:
    if sys.platform == "win32":
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _refuse_symlink(path: Path) -> None:
    if path.is_symlink():
        raise CassetteFormatError(f"{path}: is a symbolic link; put the cassette itself there")


def _open_plain(path: Path, flags: int) -> int:
    _refuse_symlink(path)
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0), 0o644)


def _lock(descriptor: int, path: Path) -> None:
    if sys.platform == "win32":
        return
    import fcntl  # noqa: PLC0415  not on every platform

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise RecordingError(f"{path}: another process is recording this cassette; give each test its own") from None
