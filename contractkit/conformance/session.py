"""One pytest session with contracts: the cloud it talks to, what its cassettes did, and the run it adds up to."""

from __future__ import annotations

import logging
import platform
import re
import threading
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from contractkit.client.failures import read_code
from contractkit.conformance.hygiene import Note, find_orphans
from contractkit.conformance.live import LiveGate, LiveWay, gated, open_live
from contractkit.conformance.live.logbook import find_abandoned
from contractkit.conformance.redaction import Redactor
from contractkit.conformance.report.build import build_report, merge
from contractkit.conformance.report.model import (
    OUTCOMES,
    CassetteFile,
    CassetteSummary,
    Exchange,
    FindingEntry,
    Outcome,
    Run,
    TestCase,
)
from contractkit.conformance.report.writer import write_report
from contractkit.conformance.settings import Settings
from contractkit.conformance.target import Target
from contractkit.conformance.version import find_version
from contractkit.contract import Finding, load_contract, load_readings
from contractkit.message import Interaction, Request, Response, Transport
from contractkit.recording import Mode
from contractkit.signing import EXAMPLE

if TYPE_CHECKING:
    from warnings import WarningMessage

    from contractkit.client import Client
    from contractkit.cloud import ReferenceCloud
    from contractkit.cloud.weather import Sky
    from contractkit.conformance.scope import TestScope


__all__ = ["CloudHandle", "ContractSession", "RunLog"]

_PAUSE: Final = {Target.REFERENCE: 0.02, Target.LIVE: 2.0}


@dataclass(frozen=True)
class CloudHandle:
    """What a test knows of the cloud behind it.

    `endpoint(service)` is the base URL to hand to any client: the loopback address while the reference
    cloud answers, the documented host in replay and live. `pause` is how long at most, in seconds, to wait
    between two looks at something that changes by itself (0 in replay). `reference` is the embedded cloud while
    there is one, for tests that arrange its weather; None otherwise.
    """

    mode: Mode
    target: Target
    region: str
    pause: float
    base_url: str | None = None
    reference: ReferenceCloud | None = None

    def endpoint(self, service: str) -> str:
        """The base URL of a service, without a trailing slash. Raises ConfigurationError for an unknown service."""
        documented = f"https://{load_contract().host(service, self.region)}"
        return self.base_url or documented


class RunLog:
    """What happened in this process: counted, never timed, and free of anything secret."""

    def __init__(self) -> None:
        self._tests: dict[str, TestCase] = {}
        self._exchanges: Counter[tuple[str, int, str, str]] = Counter()
        self._findings: dict[str, tuple[Finding, int]] = {}
        self._lock = threading.Lock()
        self._files: list[CassetteFile] = []

    def add_test(self, case: TestCase) -> None:
        """Remember how a test ended; of one that was run again, how it ended last."""
        self._tests[case.id] = case

    def add_interaction(self, interaction: Interaction, how: str) -> None:
        """Count an answer under its operation, status and error code; `how` is recorded, replayed or direct."""
        exchange = interaction.operation, interaction.response.status, read_code(interaction.response), how
        with self._lock:
            self._exchanges[exchange] += 1

    def add_findings(self, findings: Iterable[Finding]) -> None:
        """Count findings by fingerprint. Safe under threads, as counting answers is: any thread may ask for one."""
        printed = [(finding.fingerprint, finding) for finding in findings]
        with self._lock:
            for print_, finding in printed:
                _, count = self._findings.get(print_, (finding, 0))
                self._findings[print_] = finding, count + 1

    def add_cassette(self, file: CassetteFile) -> None:
        """Remember what one cassette did in one test."""
        self._files.append(file)

    def run(self, settings: Settings, started: datetime, seconds: float) -> Run:
        """The run as the report knows it."""
        mode = settings.mode or settings.ini_mode or Mode.REPLAY
        return Run(
            version=find_version(),
            mode=mode.value,
            target=settings.target.value,
            region=settings.region,
            started=started.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            seconds=round(seconds, 3),
            python=platform.python_version(),
            contract_digest=load_contract().digest,
            seed=settings.seed,
            tests=tuple(self._tests.values()),
            exchanges=tuple(Exchange(*key, count) for key, count in sorted(self._exchanges.items())),
            findings=tuple(FindingEntry.of(finding, count) for finding, count in self._findings.values()),
            cassettes=CassetteSummary(tuple(self._files)),
            readings=load_readings(),
        )


class ContractSession:
    """Settings, log, the embedded cloud and the gate of a live run, for one pytest process."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.log = RunLog()
        self._phases: dict[str, list[tuple[Outcome, float, str]]] = {}
        self._resources = ExitStack()
        self._stage: _Stage | None = None
        self._base_url = ""
        self._left_by_workers: tuple[str, ...] = ()
        self.notes: dict[str, Note] = {}
        self.known_cassettes: set[tuple[str, str]] = set()
        self.unsettled: set[TestScope] = set()
        self._redactor = Redactor({}, signed=settings.goes_live)
        self.keep_secret(self._secrets())
        if settings.target is Target.LIVE:
            self._resources.enter_context(_quiet_sdk())
        self._live = self._open_live() if settings.goes_live else None

    def cloud(self, name: str, mode: Mode) -> CloudHandle:
        """The cloud for one test: a fresh reference cloud seeded by the test's name, the live one, or none."""
        settings = self.settings
        if not mode.goes_live:
            return CloudHandle(mode, settings.target, settings.region, 0.0)
        pause = _PAUSE[settings.target]
        if settings.target is Target.LIVE:
            return CloudHandle(mode, settings.target, settings.region, pause)
        reference = self._stage_cloud(zlib.crc32(name.encode()) ^ settings.seed)
        return CloudHandle(mode, settings.target, settings.region, pause, self._base_url, reference)

    @contextmanager
    def connect(self, wrap: Callable[[Transport], Transport] = lambda inner: inner, **options: Any) -> Iterator[Client]:
        """A client with the run's credentials, its connections closed at the end; `wrap` puts a tape around them."""
        from contractkit.adapters.requests import RequestsTransport  # noqa: PLC0415 - only for tests that ask
        from contractkit.client import Client  # noqa: PLC0415 - as above

        bundle = self.settings.ca_bundle
        transport = RequestsTransport(verify=str(bundle) if bundle else True)
        try:
            yield Client(self.settings.credentials, self.settings.region, transport=wrap(transport), **options)
        finally:
            transport.close()

    def note_phase(self, nodeid: str, title: str, *, when: str, outcome: Outcome, seconds: float, why: str) -> None:
        """Remember how one phase of a test went; with its teardown the test is complete."""
        phases = self._phases.setdefault(nodeid, [])
        phases.append(("error" if outcome == "failed" and when != "call" else outcome, seconds, why))
        if when == "teardown":
            worst = min(phases, key=lambda each: OUTCOMES.index(each[0]))
            whole = round(sum(each[1] for each in phases), 4)
            outcome, _, why = worst
            title = title or _humanise(nodeid)
            self.log.add_test(TestCase(nodeid, title, _group(nodeid), outcome, whole, self._redactor.clean(why)))
            del self._phases[nodeid]

    @property
    def gate(self) -> LiveGate | None:
        """What stands before every request of a live run, None for any other."""
        return self._live.gate if self._live else None

    @property
    def leftovers(self) -> tuple[str, ...]:
        """What a live run created and could not remove; known once it is closed."""
        return (*(self._live.leftovers if self._live else ()), *self._left_by_workers)

    def add_leftovers(self, left: Iterable[str]) -> None:
        """Take in what a worker could not remove."""
        self._left_by_workers += tuple(left)

    def close(self) -> None:
        """Give up what an interrupted test recorded, remove what a live run created, stop the embedded cloud.

        May be called again.
        """
        for scope in tuple(self.unsettled):
            scope.settle(passed=False)
        self._resources.close()

    @property
    def abandoned(self) -> tuple[Path, ...]:
        """The logbooks that killed live runs, or killed workers of this one, left where this one was started."""
        return find_abandoned(Path.cwd()) if self.settings.goes_live else ()

    def finish(self, worker_runs: Iterable[bytes], started: datetime, seconds: float) -> Run:
        """The run of this process and of its xdist workers as one; reports that were asked for are written."""
        own = self.log.run(self.settings, started, seconds)
        runs = merge([own, *(msgspec.json.decode(each, type=Run) for each in worker_runs)])
        report = build_report(runs, load_contract())
        for path in self.settings.reports:
            write_report(report, path, secrets=self._redactor.spellings)
        return runs[0]

    def note(self, note: Note) -> None:
        """Remember what is to be said of a cassette at the end of the run, once."""
        self.notes.setdefault(note.text, note)

    def note_orphans(self, *, whole: bool) -> None:
        """Remember the cassettes of no test, and the parts of no test in cassettes that tests share."""
        level = self.settings.hygiene.orphans
        if level == "ignore" or not self.known_cassettes:
            return
        for text in find_orphans(self.settings.cassettes, self.known_cassettes, whole=whole):
            self.note(Note("orphans", level, text))

    def encode(self, started: datetime, seconds: float) -> bytes:
        """The run of this process as JSON, for a worker to hand to its controller."""
        return msgspec.json.encode(self.log.run(self.settings, started, seconds))

    def redact(self, report: Any) -> None:
        """Take the secrets of the run out of a pytest report: foreign frames and logs show headers and keys."""
        if self._redactor.spellings:
            self._redactor.clean_report(report)

    def redact_warning(self, warning: WarningMessage) -> None:
        """Take the secrets of the run out of a recorded warning."""
        if self._redactor.spellings:
            self._redactor.clean_warning(warning)

    def redact_text(self, text: str) -> str:
        """The text without the secrets of the run."""
        return self._redactor.clean(text) if self._redactor.spellings else text

    def redact_interrupt(self, caught: Any) -> None:
        """Take the secrets of the run out of what broke it off."""
        if self._redactor.spellings:
            self._redactor.clean_interrupt(caught)

    def redact_error(self, shown: Any) -> None:
        """Take the secrets of the run out of what pytest shows of an error of its own."""
        if self._redactor.spellings:
            self._redactor.clean_error(shown)

    def keep_secret(self, values: Mapping[str, str]) -> None:
        """Keep further values (kind to value) out of reports and logs from now on."""
        if values and not self._redactor.spellings:
            self._resources.enter_context(self._redactor.clean_logs())
        self._redactor.add(values)

    @property
    def foreign_secrets(self) -> Mapping[str, str]:
        """Keys in the environment (kind to value) that the run does not sign with: a test may read them there."""
        own = self.settings.credentials
        keys = (own.access_key_id, own.secret_access_key, own.session_token)
        return {kind: value for kind, value in self.settings.secrets.items() if value not in keys}

    def _secrets(self) -> dict[str, str]:
        """What may stand in no text of this run: its keys, and those in the environment; the example pair is public."""
        pair = self.settings.credentials
        if self.settings.target is not Target.LIVE or pair == EXAMPLE:
            return dict(self.foreign_secrets)
        return {**pair.name_parts(), **self.foreign_secrets}

    def _open_live(self) -> LiveWay:
        settings = self.settings
        opening = open_live(
            lambda gate: self.connect(lambda send: gated(gate, send)),  # a client that no cassette listens to
            credentials=settings.credentials,
            secrets=self.foreign_secrets,
            region=settings.region,
            allow_create=settings.allow_create,
            folder=Path.cwd(),  # where the run was started: cassettes may lie in a directory that is thrown away
        )
        return self._resources.enter_context(opening)

    def _stage_cloud(self, seed: int) -> ReferenceCloud:
        from contractkit.cloud import ReferenceCloud  # noqa: PLC0415 - a session that only replays needs none

        reference = ReferenceCloud(seed=seed, region=self.settings.region)
        if self._stage is None:
            from contractkit.cloud.server import serve  # noqa: PLC0415 - as above

            self._stage = _Stage(reference)
            self._base_url = self._resources.enter_context(serve(self._stage)).base_url
        self._stage.current = reference
        return reference


@contextmanager
def _quiet_sdk() -> Iterator[None]:
    """Hold the official SDK's loggers at INFO: at DEBUG it writes signing keys and signatures to the log."""
    logger = logging.getLogger("baidubce")
    before = logger.level
    logger.setLevel(max(before, logging.INFO))
    try:
        yield
    finally:
        logger.setLevel(before)


def _humanise(nodeid: str) -> str:
    name = re.sub(r"\[.*\]$", "", nodeid.rpartition("::")[2])
    return name.removeprefix("test_").replace("_", " ").capitalize()


def _group(nodeid: str) -> str:
    stem = nodeid.partition("::")[0].rpartition("/")[2]
    return stem.removesuffix(".py").removeprefix("test_").replace("_", " ")


class _Stage:
    """One server for the whole session; each test puts its own cloud behind it."""

    def __init__(self, current: ReferenceCloud) -> None:
        self.current = current

    def forecast(self, request: Request) -> Sky:
        """The weather of the cloud of the running test."""
        return self.current.forecast(request)

    def answer(self, request: Request, sky: Sky) -> Response:
        """The answer of the cloud of the running test."""
        return self.current.answer(request, sky)

    def refuse(self, code: str, message: str) -> Response:
        """The refusal of the cloud of the running test."""
        return self.current.refuse(code, message)
