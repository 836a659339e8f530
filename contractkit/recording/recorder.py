"""Keeps live answers: sanitized, guarded, journaled at once; one atomic replace at the end."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from contractkit.errors import RecordingError
from contractkit.message import Interaction
from contractkit.recording.cassette import Cassette, Entry, encode_line
from contractkit.recording.guard import Guard
from contractkit.recording.sanitizer import Sanitizer
from contractkit.recording.store import Journal, partial_path, replace_file

__all__ = ["Recorder"]


class Recorder:
    """Writes one cassette. Safe under threads; on disk interactions stand in the order their answers came.

    `kept` are entries of an existing cassette to which new ones are added. After any interaction that could
    not be stored, `commit` refuses: a cassette with a hole would replay something that never happened.
    """

    def __init__(
        self, path: Path, *, sanitizer: Sanitizer, guard: Guard, contract_digest: str, kept: Iterable[Entry] = ()
    ) -> None:
        self.path = path
        self._sanitizer = sanitizer
        self._guard = guard
        self._digest = contract_digest
        self._kept = tuple(kept)
        self._new: list[Entry] = []
        self._failed = 0
        self._lock = threading.Lock()
        self._journal: Journal | None = None
        sanitizer.adopt(self._kept)

    def start(self) -> None:
        """Open the journal. Raises RecordingError when another process records the same cassette."""
        self._journal = Journal(self.path)

    def add(self, interaction: Interaction, received: datetime) -> Entry:
        """Store one answer, on disk before this returns. Raises SanitizerError or LeakError, and stores nothing then."""
        with self._lock:
            if self._journal is None:
                raise RecordingError(f"{self.path}: the recording is over; open the cassette again")
            try:
                entry = self._sanitizer.sanitize(interaction, at=received)
                line = encode_line(entry)
                self._guard.check(line, str(self._journal.path))
                self._journal.append(line)
            except BaseException:
                self._failed += 1
                raise
            self._new.append(entry)
            return entry

    def commit(self) -> None:
        """Put the new cassette in place of the old and remove the journal.

        Raises RecordingError, with the old cassette untouched, when an interaction could not be stored, and
        LeakError when the guard finds a secret in the whole document.
        """
        with self._lock:
            if self._journal is None:
                return
            try:
                self._write()
            except BaseException:
                self._close(discard=not self._new)
                raise
            self._close(discard=True)

    def abandon(self) -> None:
        """Leave the old cassette untouched and the journal beside it, for someone to look at."""
        with self._lock:
            self._close(discard=not self._new)

    def _write(self) -> None:
        if self._failed:
            raise RecordingError(
                f"{self.path}: {self._failed} interactions could not be stored, so the cassette was not replaced; "
                f"what was stored is in {partial_path(self.path).name}. Cure the first error and record again"
            )
        if not self._new and (self._kept or not self.path.exists()):
            return
        entries = (*self._kept, *(self._sanitizer.settle(entry) for entry in self._new))
        data = Cassette(entries, self._digest, self._sanitizer.record).encode()
        self._guard.check(data, str(self.path))
        replace_file(self.path, data)

    def _close(self, *, discard: bool) -> None:
        if self._journal is not None:
            self._journal.close(discard=discard)
            self._journal = None
