"""Files that survive a crash: locked, appended to whole or not at all, replaced in one step.

This room knows descriptors, locks and the disk; it must never know what is in a file. Everything here raises OSError.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from pathlib import Path
from typing import Final

__all__ = ["Appendix", "lock", "open_plain", "replace_file", "sync_directory"]

_PRIVATE: Final = 0o600
_SHARED: Final = 0o644


def open_plain(path: Path, flags: int) -> int:
    """A descriptor of the file itself, never of what a link points at; one that is made is for its owner alone."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0), _PRIVATE)


def lock(descriptor: int, *, wait: bool) -> bool:
    """Lock a file or directory against everybody else; False when it is taken and there is no waiting."""
    if sys.platform == "win32":
        return True
    import fcntl  # noqa: PLC0415  not on every platform

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True


class Appendix:
    """The end of an open file, where data is put whole and through to the disk, or not at all."""

    def __init__(self, descriptor: int, size: int = 0) -> None:
        """`size` is how many bytes the file has; what is behind them is overwritten."""
        self._descriptor = descriptor
        self._size = size
        self.is_broken = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing has been written yet."""
        return not self._size

    def append(self, data: bytes) -> None:
        """Write `data` through to the disk. Raises OSError, and the file holds what it held before, when that fails.

        Where even that cannot be had, the file `is_broken` and takes nothing more.
        """
        if self.is_broken:
            raise OSError("an earlier write was cut off")
        try:
            os.lseek(self._descriptor, self._size, os.SEEK_SET)
            _write_all(self._descriptor, data)
            getattr(os, "fdatasync", os.fsync)(self._descriptor)
        except OSError:
            self._take_back()
            raise
        self._size += len(data)

    def _take_back(self) -> None:
        try:
            os.ftruncate(self._descriptor, self._size)
        except OSError:
            self.is_broken = True


def replace_file(path: Path, data: bytes) -> None:
    """Put `data` in place of a file in one step: after a crash there is the old file or the new one, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.", suffix=".new")
    try:
        try:
            _write_all(descriptor, data)
            if sys.platform != "win32":
                os.fchmod(descriptor, _SHARED)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.replace(temporary, path)  # noqa: PTH105  one name for every step of the write
    except BaseException:
        with contextlib.suppress(OSError):  # what went wrong before is what is told
            os.unlink(temporary)  # noqa: PTH108  as above
        raise
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Let names that were given in a directory be on the disk."""
    if sys.platform == "win32":
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
