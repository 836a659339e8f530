"""Keeps live answers: sanitized, guarded, journaled at once; one atomic replace at the end."""

from __future__ import annotations

import mmap
import os
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
from contractkit.recording.merging import are_same, merge_parts, merge_side_by_side, without
from contractkit.recording.sanitizer import Sanitizer
from contractkit.recording.store import (
    Journal,
    keep_damaged,
    load_for_recording,
    partial_path,
    replace_file,
    write_lock,
)

__all__ = ["Recorder"]


class Recorder:
    """Writes one cassette, or one test's `part` of it. Safe under threads; interactions stand in the order their
    answers came.

    `before` is the cassette as it was found; with `extends` its interactions stay and new ones are added. What
    others have written since always stays, and so does what is not this recording's own: other parts, and for a part
    what has none. After any interaction that could not be stored, `commit` refuses: a cassette with a hole would
    replay something that never happened. It belongs to the process that made it: a forked child is refused, and then
    `commit` refuses as well, since the child's answers are missing.
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
        self._process = os.getpid()
        self._forked = mmap.mmap(-1, 1)  # one byte that this process and its forked children share
        if extends:
            sanitizer.adopt(entry for entry in before.entries if entry.part == part)

    def start(self) -> None:
        """Open the journal. Raises RecordingError when it cannot be made."""
        self._journal = Journal(self.path, self._part)

    def ensure_own_process(self) -> None:
        """Raise RecordingError in a forked child: its answers would be known to the child alone, and lost with it."""
        if os.getpid() == self._process:
            return
        self._forked[0] = 1
        raise RecordingError(
            f"{self.path}: a forked child process cannot record into it, and nothing was sent. "
            "Ask from threads of the test's own process while recording"
        )

    def add(self, interaction: Interaction, received: datetime) -> Entry:
        """Store one answer, on disk before this returns. Raises SanitizerError, LeakError or RecordingError, and stores nothing then."""
        return self._add(interaction, received, "")

    def add_fault(self, request: Request, fault: Fault, received: datetime) -> Entry:
        """Store that a request got no whole answer. Raises as `add` does."""
        return self._add(Interaction(request, Response(0)), received, fault.value)

    def _add(self, interaction: Interaction, received: datetime, fault: str) -> Entry:
        self.ensure_own_process()
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

    def commit(self, superseded: Iterable[Entry] = ()) -> None:
        """Put the new cassette, with nothing in it of what is `superseded`, in place of the old; remove the journal.

        Raises RecordingError, with the old cassette untouched, when an interaction could not be stored or the
        file not be written, and LeakError when the guard finds a secret in the whole document. A forked child that
        comes here leaves everything to its parent.
        """
        if os.getpid() != self._process:
            return
        with self._lock:
            if self._journal is None:
                return
            try:
                self._write(tuple(superseded))
            except BaseException:
                self._close(discard=not self._new)
                raise
            self._close(discard=True)

    def abandon(self) -> None:
        """Leave the old cassette untouched and the journal beside it, for someone to look at."""
        if os.getpid() != self._process:
            return
        with self._lock:
            self._close(discard=not self._new)

    def _write(self, superseded: tuple[Entry, ...]) -> None:
        if self._failed:
            raise RecordingError(
                f"{self.path}: {self._failed} interactions could not be stored, so the cassette was not replaced; "
                f"what was stored is in {partial_path(self.path, self._part).name}. Cure the first error and record again"
            )
        if self._forked[0]:
            raise RecordingError(
                f"{self.path}: a forked child process asked for answers that are not in this recording, so the cassette "
                "was not replaced; ask from threads of the test's own process and record again"
            )
        if not self._new and (self._extends or self._part or not self.path.exists()):
            return
        with write_lock(self.path):
            found = load_for_recording(self.path, holds_more=bool(self._part) or self._extends)
            entries = self._merge(found, superseded)
            data = self._date(Cassette(entries, self._digest, self._sanitizer.record), found).encode()
            self._guard.check(data, str(self.path))
            keep_damaged(self.path)
            replace_file(self.path, data)

    def _merge(self, found: Cassette, superseded: tuple[Entry, ...]) -> tuple[Entry, ...]:
        """What stays of the file as it is now, and what is new."""
        settled = (replace(self._sanitizer.settle(entry), part=entry.part, fault=entry.fault) for entry in self._new)
        mine = tuple(settled)
        meanwhile = without(found.entries, self._before.entries)
        if self._part:
            kept = (entry for entry in found.entries if self._extends or entry.part != self._part)
            return merge_parts(without(kept, superseded), mine)
        parts = tuple(entry for entry in found.entries if entry.part)
        base = without(found.entries, (*meanwhile, *parts, *superseded)) if self._extends else ()
        beside = without(meanwhile, parts)
        if beside and are_same(without(found.entries, parts), (*base, *mine)):
            return found.entries  # another worker ran the same test at the same time
        return merge_parts(parts, merge_side_by_side(base, beside, mine) if beside else (*base, *mine))

    def _date(self, new: Cassette, found: Cassette) -> Cassette:
        """The cassette with the day it counts from: an unchanged one keeps its day, an extended one is as old as its oldest."""
        undated = Cassette(new.entries, new.contract, new.sanitizer, new.at)
        same = undated == Cassette(found.entries, found.contract, found.sanitizer, found.at)
        if found.recorded and (same or self._extends) and found.recorded >= self._renew_before:
            return Cassette(new.entries, new.contract, new.sanitizer, new.at, found.recorded)
        return Cassette(new.entries, new.contract, new.sanitizer, new.at, self._today or found.recorded)

    def _close(self, *, discard: bool) -> None:
        if self._journal is not None:
            self._journal.close(discard=discard)
            self._journal = None
