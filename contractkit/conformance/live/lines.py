"""JSON lines that survive a kill: appended one by one, locked while open, readable by their owner alone."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from contractkit.errors import ConfigurationError

__all__ = ["LineFile", "is_abandoned"]


class LineFile:
    """JSON lines appended one by one, each on the disk before `append` returns; locked while open."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def append(self, *, header: Mapping[str, Any] | None = None, **entry: Any) -> None:
        """Write one line; the file begins with `header`."""
        lines = [entry]
        if self._descriptor is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = _open_locked(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL)
            _sync_directory(self._path.parent)
            lines = [dict(header or {}), entry]
        os.write(self._descriptor, b"".join(msgspec.json.encode(each) + b"\n" for each in lines))
        os.fsync(self._descriptor)

    def read(self) -> list[dict[str, Any]]:
        """Every whole line; a last one that was cut off is nothing that was acted on, and is taken away."""
        self._descriptor = _open_locked(self._path, os.O_RDWR | os.O_APPEND)
        data = self._path.read_bytes()
        whole, _, _ = data.rpartition(b"\n")
        os.ftruncate(self._descriptor, len(whole) + 1 if whole else 0)
        try:
            return [msgspec.json.decode(line, type=dict[str, Any]) for line in whole.split(b"\n") if line]
        except msgspec.DecodeError:
            raise ConfigurationError(f"{self._path}: is no logbook of a live run; name the file a run left") from None

    def close(self, *, discard: bool) -> None:
        """Close the file, or let it be gone."""
        if self._descriptor is not None:
            if discard:
                self._path.unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = None


def is_abandoned(path: Path) -> bool:
    """Whether the process that wrote the file is gone."""
    try:
        os.close(_open_locked(path, os.O_RDONLY))
    except ConfigurationError:
        return False
    return True


def _open_locked(path: Path, flags: int) -> int:
    try:
        descriptor = os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0), 0o600)
    except OSError as error:
        raise ConfigurationError(f"the logbook {path} cannot be opened: {error.strerror}") from None
    try:
        _lock(descriptor)
    except BlockingIOError:
        os.close(descriptor)
        raise ConfigurationError(f"{path}: the run that writes it is still going on; let it end first") from None
    return descriptor


def _lock(descriptor: int) -> None:
    if sys.platform != "win32":
        import fcntl  # noqa: PLC0415 - not on every platform

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _sync_directory(directory: Path) -> None:
    if sys.platform != "win32":
        descriptor = os.open(directory, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)
