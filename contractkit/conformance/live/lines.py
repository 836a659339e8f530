"""JSON lines that survive a kill: appended one by one, locked while open, readable by their owner alone."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from contractkit.errors import ConfigurationError
from contractkit.files import Appendix, lock, open_plain, sync_directory

__all__ = ["LineFile", "is_abandoned"]


class LineFile:
    """JSON lines appended one by one, each on the disk before `append` returns; locked while open."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None
        self._end: Appendix | None = None

    def append(self, *, header: Mapping[str, Any] | None = None, **entry: Any) -> None:
        """Write one line; the file begins with `header`. Raises ConfigurationError when it cannot be kept."""
        lines = [entry]
        try:
            if self._end is None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._descriptor = _open_locked(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL)
                self._end = Appendix(self._descriptor)
                sync_directory(self._path.parent)
            if self._end.is_empty:
                lines = [dict(header or {}), entry]
            self._end.append(b"".join(msgspec.json.encode(each) + b"\n" for each in lines))
        except OSError as error:
            raise ConfigurationError(
                f"the logbook {self._path} cannot be written ({error}), so nothing may be created; make room"
            ) from None

    def read(self) -> list[dict[str, Any]]:
        """Every whole line; a last one that was cut off is nothing that was acted on, and is taken away."""
        self._descriptor = _open_locked(self._path, os.O_RDWR)
        whole = self._path.read_bytes().rpartition(b"\n")[0]
        size = len(whole) + 1 if whole else 0
        os.ftruncate(self._descriptor, size)
        self._end = Appendix(self._descriptor, size)
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
            self._descriptor = self._end = None


def is_abandoned(path: Path) -> bool:
    """Whether the process that wrote the file is gone."""
    try:
        os.close(_open_locked(path, os.O_RDONLY))
    except ConfigurationError:
        return False
    return True


def _open_locked(path: Path, flags: int) -> int:
    try:
        descriptor = open_plain(path, flags)
    except OSError as error:
        raise ConfigurationError(f"the logbook {path} cannot be opened: {error.strerror}") from None
    if not lock(descriptor, wait=False):
        os.close(descriptor)
        raise ConfigurationError(f"{path}: the run that writes it is still going on; let it end first")
    return descriptor
