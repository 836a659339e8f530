"""The tape: the one thing every door calls."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from contractkit.clock import Clock
from contractkit.errors import RecordingError, SanitizerError, TransportError
from contractkit.message import Interaction, Request, Response, Transport
from contractkit.recording.cassette import Entry
from contractkit.recording.faults import Fault, RecordedFaultError, recognize_fault
from contractkit.recording.hosts import Hosts
from contractkit.recording.key import Forms, find_token
from contractkit.recording.miss import explain_miss
from contractkit.recording.mode import Mode
from contractkit.recording.playback import Found, Playback, Refusal
from contractkit.recording.recorder import Recorder
from contractkit.recording.sanitizer import Sanitizer

if TYPE_CHECKING:
    from contractkit.contract import Finding

    class Gate(Protocol):
        """Asked before a request goes live (it raises to refuse), told what came back."""

        def permit(self, request: Request) -> None: ...

        def note(self, request: Request, response: Response) -> None: ...


__all__ = ["Counts", "Tape"]

Check = Callable[[Interaction], "Iterable[Finding]"]


@dataclass(frozen=True)
class Counts:
    """What went over a tape: interactions `recorded`, `replayed`, sent `direct`ly, `unused` ones of the cassette."""

    recorded: int
    replayed: int
    direct: int
    unused: int
    by_operation: dict[str, int]


class Tape:
    """Answers requests from a cassette or lets them go live and keeps what came back. Safe under threads.

    `exchange` is the whole of it; clients that wait without blocking use its halves, `answer` and `keep`.
    No lock is held while a request is on its way. `open_cassette` makes tapes.
    """

    def __init__(
        self,
        name: str,
        mode: Mode,
        *,
        hosts: Hosts,
        forms: Forms,
        sanitizer: Sanitizer,
        clock: Clock,
        entries: Sequence[Entry] = (),
        playback: Playback | None = None,
        recorder: Recorder | None = None,
        check: Check | None = None,
        gate: Gate | None = None,
        part: str = "",
        find_secret: Callable[[bytes], str] = lambda _: "",
        follow: Callable[[Request], object] | None = None,
    ) -> None:
        self.name = name
        self.mode = mode
        self._hosts = hosts
        self._forms = forms
        self._sanitizer = sanitizer
        self._clock = clock
        self._entries = entries
        self._playback = playback
        self._recorder = recorder
        self._check = check
        self._gate = gate
        self._part = part
        self._find_secret = find_secret
        self._follow = follow
        self._turned = False
        self._refused = ""
        self.on_replay: Callable[[], object] = lambda: None
        """Called by whoever gets a recorded answer, in its own thread and task."""
        self._lock = threading.Lock()
        self._kinds: Counter[str] = Counter()
        self._operations: Counter[str] = Counter()
        self._findings: list[Finding] = []
        self._checked: set[int] = set()
        self._answers = [_answer_of(entry) for entry in entries] if playback else []

    def exchange(self, request: Request, send: Transport) -> Response:
        """Answer from the cassette, or send and keep. In replay `send` is called for passthrough hosts only.

        Raises CassetteMiss in replay and RecordedFaultError for a request that got no answer when it was recorded,
        ForeignHostError for a host that is not documented, SanitizerError or LeakError when a live answer could
        not be stored, and whatever `send` raises.
        """
        recorded = self.answer(request)
        if recorded is not None:
            return recorded
        try:
            response = send(request)
        except Exception as error:
            self.keep_fault(request, error)
            raise
        self.keep(request, response)
        return response

    def answer(self, request: Request) -> Response | None:
        """The recorded answer, or None when the request has to go live. Raises as `exchange` does."""
        try:
            return self._answer_or_refuse(request)
        except RecordingError as error:
            self._note_refusal(error)
            raise

    @property
    def refused(self) -> str:
        """What the first request was told that got no answer from here, as text; "" when there was none.

        Whether its client let that through or swallowed it cannot be seen from here.
        """
        with self._lock:
            return self._refused

    def forgive(self) -> None:
        """Forget what was `refused` so far: it was expected."""
        with self._lock:
            self._refused = ""

    def _note_refusal(self, error: RecordingError) -> None:
        with self._lock:
            self._refused = self._refused or f"{type(error).__name__}: {error}"

    def _answer_or_refuse(self, request: Request) -> Response | None:
        if self._hosts.passes(request):
            return None
        if self._playback is None or self._turned:
            self._hosts.host_of(request)
        else:
            outcome = self._playback.find(request)
            if isinstance(outcome, Found):
                return self._replay(request, outcome)
            if self.mode is not Mode.EXTEND:
                raise self._explain(outcome)
            if self._follow is not None and not self._forms.of(request).reads:
                self._turned = True
        if self._recorder is not None:
            self._recorder.ensure_own_process()
        if self._gate is not None:
            self._gate.permit(request)
        return None

    def keep(self, request: Request, response: Response) -> None:
        """Store a live answer; in direct mode only check it. Raises as `exchange` does."""
        if self._hosts.passes(request):
            return
        if self._gate is not None:
            self._gate.note(request, response)
        interaction, received = Interaction(request, response), self._clock()
        if self._recorder is not None:
            self._count("recorded", self._recorder.add(interaction, received))
            return
        try:
            self._count("direct", self._sanitizer.sanitize(interaction, at=received))
        except SanitizerError:
            with self._lock:  # nothing is stored, so what cannot be made safe is only left unchecked
                self._kinds["direct"] += 1

    def keep_fault(self, request: Request, error: BaseException) -> None:
        """Store that a request got no whole answer; errors that are no fault of the network are left alone."""
        fault = recognize_fault(error)
        if fault is None or self._recorder is None or self._hosts.passes(request):
            return
        self._count("recorded", self._recorder.add_fault(request, fault, self._clock()), check=False)

    @property
    def counts(self) -> Counts:
        """What went over the tape so far."""
        with self._lock:
            kinds, operations = dict(self._kinds), dict(sorted(self._operations.items()))
        return Counts(
            kinds.get("recorded", 0), kinds.get("replayed", 0), kinds.get("direct", 0), len(self.unused), operations
        )

    @property
    def unused(self) -> tuple[Entry, ...]:
        """The recorded interactions that answered nothing yet."""
        return tuple(self._entries[index] for index in self._playback.unused) if self._playback else ()

    @property
    def superseded(self) -> tuple[Entry, ...]:
        """What an extension has put its own answers in place of.

        From the first change that was not recorded on, a cloud that follows is asked everything anew: what was
        recorded may no longer be true. What answered nothing by then never will.
        """
        return self.unused if self._turned else ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Departures from the contract in what went over the tape, each recorded interaction checked once."""
        with self._lock:
            return tuple(self._findings)

    def _replay(self, request: Request, found: Found) -> Response:
        entry = self._entries[found.index]
        if found.token and self.mode is Mode.EXTEND and entry.part == self._part:
            self._sanitizer.bind_token(find_token(request), found.token)
        with self._lock:
            first = found.index not in self._checked
            self._checked.add(found.index)
        self._count("replayed", entry, check=first and not entry.fault)
        self.on_replay()
        answer = self._answers[found.index]
        if self._follow is not None and not (isinstance(answer, Fault) and answer.sent is False):
            with suppress(TransportError):  # bad weather there is nobody's business here
                self._follow(request)
        if isinstance(answer, Fault):
            raise RecordedFaultError(answer)
        return answer

    def _count(self, kind: str, entry: Entry, *, check: bool = True) -> None:
        findings = tuple(self._check(entry.to_interaction())) if check and self._check else ()
        with self._lock:
            self._kinds[kind] += 1
            self._operations[entry.operation or "(unknown)"] += 1
            self._findings.extend(findings)

    def _explain(self, refusal: Refusal) -> Exception:
        return explain_miss(
            refusal, self._entries, self._forms, self.name, scrub=self._sanitizer.scrub, find_secret=self._find_secret
        )


def _answer_of(entry: Entry) -> Response | Fault:
    return Fault(entry.fault) if entry.fault else entry.to_interaction().response
