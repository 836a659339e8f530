"""Cassette files: the journal while recording, and the one atomic replace at the end.

Nothing here is called in replay but `load_cassette`, which only reads.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Final

from contractkit import files
from contractkit.errors import CassetteFormatError, RecordingError
from contractkit.files import Appendix
from contractkit.recording.cassette import REMEDY, Cassette, Entry, decode_line
from contractkit.recording.strict import MAX_BYTES

__all__ = [
    "Journal",
    "keep_damaged",
    "load_cassette",
    "load_for_recording",
    "partial_path",
    "read_journal",
    "read_or_empty",
    "read_plain",
    "replace_file",
    "write_lock",
]

_MAX_NAME: Final = 230
_HOLDS_MORE: Final = (
    "it holds more than what is recorded now, and that would be lost: restore it from version control, or remove it and "
    "record all of its tests"
)
_FULL: Final = frozenset({errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)})
_UNFIT: Final = frozenset(
    {errno.ENOTDIR, errno.EISDIR, errno.EACCES, errno.EPERM, errno.EROFS, errno.EEXIST, errno.ELOOP, errno.ENAMETOOLONG}
)


def load_cassette(path: Path, remedy: str = REMEDY) -> Cassette:
    """Read a cassette file. Raises CassetteFormatError when it is damaged, too large or no plain file.

    `remedy` is what the error says is to be done about damage.
    """
    return Cassette.parse(read_plain(path), str(path), remedy=remedy)


def load_or_empty(path: Path, remedy: str = REMEDY) -> Cassette:
    """As `load_cassette`, but an empty one for a file that does not exist."""
    _refuse_symlink(path)
    return load_cassette(path, remedy) if path.exists() else Cassette()


def read_or_empty(path: Path) -> Cassette:
    """The cassette at a place where one is going to be written; an empty one for a missing or damaged file."""
    _refuse_symlink(path)
    if not path.exists():
        return Cassette()
    try:
        return load_cassette(path)
    except CassetteFormatError:
        return Cassette()


def load_for_recording(path: Path, *, holds_more: bool) -> Cassette:
    """The cassette at a place that is going to be recorded; with `holds_more` what else it holds is to stay.

    A missing file is an empty cassette, and so is a damaged one. Raises CassetteFormatError when one is damaged that
    `holds_more`: what cannot be read cannot be kept.
    """
    return load_or_empty(path, _HOLDS_MORE) if holds_more else read_or_empty(path)


def keep_damaged(path: Path) -> None:
    """Before a file is replaced: when it is no cassette that can be read, keep its bytes as `<name>.damaged`.

    Raises RecordingError when they cannot be kept.
    """
    if not path.is_file():
        return
    try:
        load_cassette(path)
    except CassetteFormatError:
        try:
            files.replace_file(path.with_name(f"{path.name}.damaged"), path.read_bytes())
        except OSError as error:
            raise RecordingError(f"{path}: is damaged and could not be kept ({error}); {_remedy(error)}") from None


def read_plain(path: Path) -> bytes:
    """The bytes of a file. Raises CassetteFormatError for a link, a device, a pipe, or more than 32 MiB."""
    try:
        with os.fdopen(_open_plain(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise CassetteFormatError(f"{path}: is no file; name the cassette itself")
            if status.st_size > MAX_BYTES:
                raise CassetteFormatError(
                    f"{path}: {status.st_size} bytes are more than {MAX_BYTES}; record less in one"
                )
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise CassetteFormatError(
            f"{path}: no such cassette; check the path, or record it with --contract-mode=record"
        ) from None
    except IsADirectoryError:
        raise CassetteFormatError(f"{path}: is a directory; name the cassette itself") from None
    except (OSError, ValueError) as error:
        raise CassetteFormatError(f"{path!s}: cannot be read ({error}); check the path and its permissions") from None


def partial_path(path: Path, part: str = "") -> Path:
    """Where the journal of a cassette, or of one test's part of it, stands while it is being recorded."""
    mark = f".{hashlib.sha256(part.encode()).hexdigest()[:8]}" if part else ""
    return path.with_name(f"{path.name}{mark}.partial")


class Journal:
    """The append-only file beside a cassette that holds every answer from the moment it arrived.

    It is locked while open; each line is on the disk before `append` returns, so a killed process loses
    nothing that was answered. A line that could not be written whole is taken back.
    """

    def __init__(self, path: Path, part: str = "") -> None:
        """Start the journal of the cassette at `path`, in place of one left by an interrupted recording.

        While another recording of the same cassette holds that name, the next free one is taken
        (`<name>.2.partial`). Raises RecordingError when no file can be made.
        """
        _refuse_symlink(path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.path, self._descriptor = _open_journal(partial_path(path, part))
            os.ftruncate(self._descriptor, 0)
        except OSError as error:
            raise RecordingError(f"{path}: no recording can be started there ({error}); {_remedy(error)}") from None
        self._end = Appendix(self._descriptor)

    def append(self, line: bytes) -> None:
        """Write one line through to the disk. Raises RecordingError, and holds what it held before, when that fails."""
        if self._end.is_broken:
            raise RecordingError(f"{self.path}: could not be written before; cure that error and record again")
        try:
            self._end.append(line)
        except OSError as error:
            raise RecordingError(f"{self.path}: the answer could not be stored ({error}); {_remedy(error)}") from None

    def close(self, *, discard: bool) -> None:
        """Close the journal; `discard` removes it, since the cassette now holds what it held."""
        if self._descriptor < 0:
            return
        descriptor, self._descriptor = self._descriptor, -1
        with contextlib.suppress(OSError):  # a journal too many does no harm
            if discard:
                self.path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # every line was synced when it was written
            os.close(descriptor)


def _open_journal(wanted: Path) -> tuple[Path, int]:
    """A journal that nobody else holds: the wanted name, else the first free one after it."""
    for number in count(1):
        path = wanted if number == 1 else wanted.with_suffix(f".{number}.partial")
        descriptor = _open_locked(path)
        if descriptor is not None:
            return path, descriptor
    raise AssertionError  # count never ends


def _open_locked(path: Path) -> int | None:
    while True:
        descriptor = _open_plain(path, os.O_RDWR | os.O_CREAT)
        try:
            if not files.lock(descriptor, wait=False):
                os.close(descriptor)
                return None
            with contextlib.suppress(FileNotFoundError):  # it was taken away meanwhile: the lock is on nothing
                if os.path.samestat(os.fstat(descriptor), path.stat()):
                    return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # another recording finished and removed the file in between


def read_journal(path: Path) -> tuple[Entry, ...]:
    """The whole entries of a journal; a last line that was cut in the middle of writing is left out."""
    entries: list[Entry] = []
    lines = read_plain(path).split(b"\n")
    for number, line in enumerate(lines[:-1], start=1):
        try:
            entries.append(decode_line(line))
        except ValueError:
            raise CassetteFormatError(f"{path}: line {number} is damaged; record again") from None
    return tuple(entries)


@contextmanager
def write_lock(path: Path) -> Iterator[None]:
    """Hold back every other recording that is about to replace a file in the same directory."""
    if sys.platform == "win32":
        yield
        return
    descriptor = _open_directory(path.parent)
    try:
        yield
    finally:
        os.close(descriptor)


def _open_directory(directory: Path) -> int:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
        files.lock(descriptor, wait=True)
    except OSError as error:
        raise RecordingError(
            f"{directory}: cannot be locked ({error}); keep cassettes on a local file system"
        ) from None
    return descriptor


def replace_file(path: Path, data: bytes) -> None:
    """Put `data` in place of the file in one step: after a crash there is the old file or the new one.

    Raises RecordingError, with the old file untouched, when it cannot be written.
    """
    _refuse_symlink(path)
    try:
        files.replace_file(path, data)
    except OSError as error:
        raise RecordingError(f"{path}: could not be written ({error}); {_remedy(error)}") from None


def _remedy(error: OSError) -> str:
    """What to do about a write that failed: not every disk that refuses is full."""
    if error.errno in _FULL:
        return "make room and record again"
    if error.errno in _UNFIT:
        return "choose another place, or make this one a directory that may be written, and record again"
    return "see to the disk and record again"


def _refuse_symlink(path: Path) -> None:
    if "\0" in str(path) or len(os.fsencode(path.name)) > _MAX_NAME:
        raise CassetteFormatError(
            f"the name of a cassette holds a NUL, or is longer than {_MAX_NAME} bytes; choose another"
        )
    if path.is_symlink():
        raise CassetteFormatError(f"{path}: is a symbolic link; put the cassette itself there")


def _open_plain(path: Path, flags: int) -> int:
    _refuse_symlink(path)
    return files.open_plain(path, flags)
