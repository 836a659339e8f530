"""Keeps live answers: sanitized, guarded, journaled at once; one atomic replace at the end."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from msgspec.structs import replace

from contractkit.errors import RecordingError
from contractkit.message import Interaction, Request, Response
from contractkit.recording.cassette import Cassette, Entry, encode_line
from contractkit.recording.faults import Fault
from contractkit.recording.guard import Guard
from contractkit.recording.merging import merge_parts, merge_side_by_side, without
from contractkit.recording.sanitizer import Sanitizer
from contractkit.recording.store import Journal, partial_path, replace_file, write_lock
from contractkit.recording.store import read_or_empty as read

__all__ = ["Recorder"]


class Recorder:
    """Writes one cassette, or one test's `part` of it. Safe under threads; interactions stand in the order their answers came.

    `before` is the cassette as it was found; with `extends` its interactions stay and new ones are added. What
    others have written since, other parts above all, always stays. After any interaction that could not be
    stored, `commit` refuses: a cassette with a hole would replay something that never happened.
    """

    def __init__(
        self,
        path: Path,
        *,
        sanitizer: Sanitizer,
        guard: Guard,
        contract_digest: str,
        before: Cassette,
        extends: bool = False,
        part: str = "",
        renew_before: str = "",
    ) -> None:
        self.path = path
        self._sanitizer = sanitizer
        self._guard = guard
        self._digest = contract_digest
        self._before = before
        self._extends = extends
        self._part = part
        self._renew_before = renew_before
        self._new: list[Entry] = []
        self._failed = 0
        self._today = ""
        self._lock = threading.Lock()
        self._journal: Journal | None = None
        if extends:
            sanitizer.adopt(entry for entry in before.entries if entry.part == part)

    def start(self) -> None:
        """Open the journal. Raises RecordingError when it cannot be made."""
        self._journal = Journal(self.path, self._part)

    def add(self, interaction: Interaction, received: datetime) -> Entry:
        """Store one answer, on disk before this returns. Raises SanitizerError, LeakError or RecordingError, and stores nothing then."""
        return self._add(interaction, received, "")

    def add_fault(self, request: Request, fault: Fault, received: datetime) -> Entry:
        """Store that a request got no whole answer. Raises as `add` does."""
        return self._add(Interaction(request, Response(0)), received, fault.value)

    def _add(self, interaction: Interaction, received: datetime, fault: str) -> Entry:
        with self._lock:
            if self._journal is None:
                raise RecordingError(f"{self.path}: the recording is over; open the cassette again")
            try:
                self._guard.learn(interaction)
                entry = replace(self._sanitizer.sanitize(interaction, at=received), part=self._part, fault=fault)
                line = encode_line(entry)
                self._guard.check(line, str(self._journal.path))
                self._journal.append(line)
            except BaseException:
                self._failed += 1
                raise
            self._new.append(entry)
            self._today = received.date().isoformat()
            return entry

    def commit(self) -> None:
        """Put the new cassette in place of the old and remove the journal.

        Raises RecordingError, with the old cassette untouched, when an interaction could not be stored or the
        file not be written, and LeakError when the guard finds a secret in the whole document.
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
                f"what was stored is in {partial_path(self.path, self._part).name}. Cure the first error and record again"
            )
        if not self._new and (self._extends or self._part or not self.path.exists()):
            return
        with write_lock(self.path):
            found = read(self.path)
            data = self._date(Cassette(self._merge(found), self._digest, self._sanitizer.record), found).encode()
            self._guard.check(data, str(self.path))
            replace_file(self.path, data)

    def _merge(self, found: Cassette) -> tuple[Entry, ...]:
        """What stays of the file as it is now, and what is new."""
        settled = (replace(self._sanitizer.settle(entry), part=entry.part, fault=entry.fault) for entry in self._new)
        mine = tuple(settled)
        meanwhile = without(found.entries, self._before.entries)
        if self._part:
            return merge_parts(_other_parts(found.entries, meanwhile, self._part, extends=self._extends), mine)
        base = without(found.entries, meanwhile) if self._extends else ()
        return merge_side_by_side(base, meanwhile, mine) if meanwhile else (*base, *mine)

    def _date(self, new: Cassette, found: Cassette) -> Cassette:
        """The cassette with the day it counts from: an unchanged one keeps its day, an extended one is as old as its oldest."""
        undated = Cassette(new.entries, new.contract, new.sanitizer, new.at)
        same = undated == Cassette(found.entries, found.contract, found.sanitizer, found.at)
        if found.recorded and (same or self._extends) and found.recorded >= self._renew_before:
            return Cassette(new.entries, new.contract, new.sanitizer, new.at, found.recorded)
        return Cassette(new.entries, new.contract, new.sanitizer, new.at, self._today)

    def _close(self, *, discard: bool) -> None:
        if self._journal is not None:
            self._journal.close(discard=discard)
            self._journal = None


def _other_parts(found: Iterable[Entry], meanwhile: Iterable[Entry], part: str, *, extends: bool) -> tuple[Entry, ...]:
    """What a recording of one part leaves alone. What was once recorded without a part gives way to the parts."""
    fresh = {encode_line(entry) for entry in meanwhile}
    return tuple(
        entry for entry in found if extends or (entry.part != part if entry.part else encode_line(entry) in fresh)
    )
