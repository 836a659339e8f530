"""Open a cassette: the place where mode, file, credentials and doors come together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from contractkit.clock import Clock, utc_now
from contractkit.contract import Contract, Finding, load_contract
from contractkit.contract import check as check_interaction
from contractkit.errors import ConfigurationError
from contractkit.message import Interaction, Request, Response, Transport
from contractkit.recording.cassette import Cassette
from contractkit.recording.faults import RecordedFaultError
from contractkit.recording.guard import Guard
from contractkit.recording.hosts import Hosts
from contractkit.recording.key import Forms
from contractkit.recording.mode import Mode
from contractkit.recording.network import parse_entry
from contractkit.recording.playback import Playback
from contractkit.recording.recorder import Recorder
from contractkit.recording.sanitizer import Sanitizer
from contractkit.recording.sanitizer.memory import Memory
from contractkit.recording.sanitizer.rules import OwnRule
from contractkit.recording.store import load_for_recording, load_or_empty
from contractkit.recording.tape import Check, Tape
from contractkit.signing import EXAMPLE, UNVERIFIED, Credentials, Verdict, verify

if TYPE_CHECKING:
    from contractkit.adapters.requests import TapeAdapter
    from contractkit.recording.tape import Gate

__all__ = ["OpenCassette", "Options", "open_cassette"]

_MIN_GUARDED: Final = 6

Allow = Callable[[str], None]


@dataclass(frozen=True)
class Options:
    """Everything about a recording but file, mode and clock; the defaults suit the example credentials.

    `credentials` are the run's, `unverified` those of an account without real-name verification (both replaced by the
    published pairs in what is stored); `secrets` are further values (kind to value) that must not reach the disk.
    `hosts` maps authorities to services or documented hosts, `passthrough` are exact authorities to leave alone.
    `verify` False compares no signatures. `rules_off` and `rules_on` switch sanitizer rules, `own_rules` run before
    them, on what is recorded and on what is compared with it; `secret_names` are further names of members whose
    values are secret. `repeats` bounds how often a last answer is given again. `foreign` opens the doors for clients
    that contractkit did not make. `gate` is asked before anything goes live and told what came back. `part` names one
    test of several that share the cassette: it records its own part and replays that first. A recording of unchanged
    behaviour keeps its day, unless that lies before `renew_before`. `processes` lets child processes be started in
    replay, where their traffic could not be seen. `cut_sleeps` lets nobody wait in replay who was answered from the
    cassette: `time.sleep` and `asyncio.sleep` return at once. `follow` is given, while extending, each request that
    was answered from the cassette: a cloud behind the recording that knows nothing of it has to see it too, or what
    it answers next would be false.
    """

    credentials: Credentials | None = None
    unverified: Credentials | None = None
    secrets: Mapping[str, str] | None = None
    region: str = "bj"
    hosts: Mapping[str, str] | None = None
    passthrough: Iterable[str] = ()
    verify: bool = True
    rules_off: Mapping[str, str] | None = None
    rules_on: Iterable[str] = ()
    own_rules: Sequence[OwnRule] = ()
    secret_names: Iterable[str] = ()
    repeats: int = 1000
    foreign: bool = True
    gate: Gate | None = None
    part: str = ""
    renew_before: date | None = None
    processes: bool = False
    cut_sleeps: bool = True
    follow: Callable[[Request], object] | None = None


class OpenCassette:
    """A cassette in use: hand `transport` or `adapter` to a client, or let the doors carry foreign ones."""

    def __init__(
        self,
        tape: Tape,
        recorder: Recorder | None,
        past_doors: ContextVar[bool],
        found: Cassette | None = None,
        *,
        allow: Allow,
    ) -> None:
        self.tape = tape
        self.found = found or Cassette()
        """The cassette as it was when it was opened, empty when there was none."""
        self._recorder = recorder
        self._past_doors = past_doors
        self._allow = allow
        self._held = False

    @property
    def mode(self) -> Mode:
        """The mode it was opened in."""
        return self.tape.mode

    def allow(self, authority: str) -> None:
        """Let the traffic to a server of the test's own through from here on, for every client in every thread.

        `authority` is exactly one `host:port`, known only now perhaps (`127.0.0.1:8080`). Raises ConfigurationError
        for anything else, and for a documented host, whose traffic is what a cassette is for.
        """
        if parse_entry(authority)[1] is None:
            raise ConfigurationError(f"{authority!r} names no port: write 'host:port', as in '127.0.0.1:8080'")
        self._allow(authority)

    def transport(self, inner: Transport) -> Transport:
        """A transport that goes over the tape; `inner` is asked for live answers only, past the foreign doors."""

        def send(request: Request) -> Response:
            token = self._past_doors.set(True)
            try:
                return inner(request)
            finally:
                self._past_doors.reset(token)

        return lambda request: self.tape.exchange(request, send)

    def adapter(self) -> TapeAdapter:
        """A transport adapter for a requests session: `session.mount("https://", cassette.adapter())`."""
        from contractkit.adapters.requests import TapeAdapter, make_fault  # noqa: PLC0415  requests only when asked for

        def exchange(request: Request, inner: Transport) -> Response:
            try:
                return self.transport(inner)(request)
            except RecordedFaultError as error:
                raise make_fault(error.fault.value) from error

        return TapeAdapter(exchange)

    @property
    def exists(self) -> bool:
        """Whether there is a file at its place, now."""
        return Path(self.tape.name).exists()

    @property
    def refused(self) -> str:
        """What the first request was told that could not be answered or recorded, "" when there was none.

        The code under test may have swallowed the error; a test that passes all the same has proven nothing.
        """
        return self.tape.refused

    def forgive(self) -> None:
        """Forget what was `refused` so far: for a test that asks for a miss, and has caught it."""
        self.tape.forgive()

    @property
    def held(self) -> bool:
        """Whether `keep` or `abandon` decides about the recording, not the end of the block."""
        return self._held

    def hold(self) -> None:
        """Let the end of the block close the doors only: whether the recording is kept is known later.

        Then `keep` or `abandon` has to be called; until one is, the old cassette stays.
        """
        self._held = True

    def keep(self) -> None:
        """Put what was recorded in place of the old cassette. Raises RecordingError or LeakError as the block would."""
        if self._recorder is not None:
            self._recorder.commit(self.tape.superseded)

    def abandon(self) -> None:
        """Keep the old cassette, whatever was recorded (the test failed); the journal stays beside it."""
        if self._recorder is not None:
            self._recorder.abandon()


@contextmanager
def open_cassette(
    path: str | Path,
    mode: Mode | str = Mode.REPLAY,
    *,
    contract: Contract | None = None,
    clock: Clock | None = None,
    check: Check | None = None,
    **options: Any,
) -> Iterator[OpenCassette]:
    """Use a cassette for the length of a `with` block, inside or outside of pytest.

    `clock` gives aware datetimes (default: the system's), `contract` and `check` default to the shipped ones.
    Keywords are those of `Options`. A recording replaces the file when the block ends without an exception;
    otherwise the old file is untouched and the journal stays beside it as `<name>.partial`. In replay nothing
    is ever written, and the network is closed but for passthrough hosts.

    A damaged file is recorded anew, and kept as `<name>.damaged`, unless other parts are in it.

    Raises CassetteFormatError for a damaged file otherwise, ConfigurationError for an unusable option, RecordingError
    when an interaction could not be stored.
    """
    settings = Options(**options)
    described = contract or load_contract()
    checker = check or partial(_check_against, described)
    chosen = Mode.parse(mode)
    found = _load(Path(path), chosen, settings.part)
    tape, recorder, hosts = _assemble(
        Path(path), chosen, found, contract=described, clock=clock or utc_now, checker=checker, options=settings
    )
    if recorder is not None:
        recorder.start()
    try:
        with ExitStack() as stack:
            past_doors = ContextVar("past_doors", default=False)
            allow = _surround(stack, tape, hosts, past_doors, settings)
            opened = OpenCassette(tape, recorder, past_doors, found, allow=allow)
            yield opened
    except BaseException:
        if recorder is not None:
            recorder.abandon()
        raise
    if not opened.held:
        opened.keep()


def _assemble(
    path: Path, mode: Mode, found: Cassette, *, contract: Contract, clock: Clock, checker: Check, options: Options
) -> tuple[Tape, Recorder | None, Hosts]:
    hosts = Hosts(contract, region=options.region, names=options.hosts, passthrough=options.passthrough)
    secret_names = tuple(options.secret_names)
    secrets = tuple((options.secrets or {}).values())
    known = Memory(options.credentials, options.unverified, secrets).values
    forms = Forms(contract, hosts, own=options.own_rules, secret_names=secret_names, known=known)
    sanitizer = Sanitizer(
        contract,
        credentials=options.credentials,
        unverified=options.unverified,
        secrets=secrets,
        hosts=hosts,
        off=options.rules_off,
        on=options.rules_on,
        own=options.own_rules,
        secret_names=secret_names,
    )
    guard = _make_guard(options, mode)
    entries = found.entries if mode.reads else ()
    playback = recorder = None
    if mode.reads:
        judge = partial(_judge, _accounts(options), clock) if options.verify else None
        playback = Playback(entries, forms, verdict=judge, repeats=options.repeats, part=options.part)
    if mode.writes:
        recorder = Recorder(
            path,
            sanitizer=sanitizer,
            guard=guard,
            contract_digest=contract.digest,
            before=found,
            extends=mode is Mode.EXTEND,
            part=options.part,
            renew_before=options.renew_before.isoformat() if options.renew_before else "",
        )
    tape = Tape(
        str(path),
        mode,
        hosts=hosts,
        forms=forms,
        sanitizer=sanitizer,
        clock=clock,
        entries=entries,
        playback=playback,
        recorder=recorder,
        check=checker,
        gate=options.gate,
        part=options.part,
        find_secret=guard.find,
        follow=options.follow if mode is Mode.EXTEND else None,
    )
    return tape, recorder, hosts


def _load(path: Path, mode: Mode, part: str) -> Cassette:
    """The cassette, an empty one where a missing file is no fault: the first miss will say so."""
    if mode is Mode.RECORD:
        return load_for_recording(path, holds_more=bool(part))
    return load_or_empty(path) if mode.reads else Cassette()


def _check_against(contract: Contract, interaction: Interaction) -> tuple[Finding, ...]:
    return check_interaction(interaction, contract)


def _judge(accounts: Mapping[str, Credentials], clock: Clock, request: Request) -> Verdict:
    return verify(request, accounts.get, now=clock())


def _accounts(options: Options) -> dict[str, Credentials]:
    known = (EXAMPLE, UNVERIFIED, options.unverified, options.credentials)
    return {each.access_key_id: each for each in known if each is not None}


def _make_guard(options: Options, mode: Mode) -> Guard:
    """What may stand in no cassette and in no message; where nothing is written, a value too short to guard is let be."""
    values = _guarded(options)
    if not mode.writes:
        values = {kind: value for kind, value in values.items() if len(value) >= _MIN_GUARDED}
    return Guard(values, exempt=_published())


def _guarded(options: Options) -> dict[str, str]:
    values = dict(options.secrets or {})
    for owner, pair in (("", options.credentials), ("unverified ", options.unverified)):
        if pair is not None:
            values |= {f"{owner}{kind}": value for kind, value in pair.name_parts().items()}
    return values


def _published() -> tuple[str, ...]:
    return tuple(text for pair in (EXAMPLE, UNVERIFIED) for text in (pair.access_key_id, pair.secret_access_key))


def _surround(stack: ExitStack, tape: Tape, hosts: Hosts, past_doors: ContextVar[bool], options: Options) -> Allow:
    """Open what carries foreign clients, if wanted, for the length of the stack."""
    if not options.foreign or (tape.mode is Mode.DIRECT and options.gate is None):  # a gate stands before every client
        return hosts.allow
    from contractkit.recording.surroundings import surround  # noqa: PLC0415  it patches clients: only when asked for

    return stack.enter_context(
        surround(tape, hosts, past_doors, processes=options.processes, cut_sleeps=options.cut_sleeps)
    )
