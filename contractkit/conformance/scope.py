"""One test with contracts: its mode, its cloud, its cassette and the client that goes with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from contractkit.conformance.home import HomeGate
from contractkit.conformance.hygiene import HygieneError, Note, inspect_cassette
from contractkit.conformance.report.model import CassetteFile
from contractkit.conformance.session import CloudHandle, ContractSession
from contractkit.conformance.settings import choose_mode
from contractkit.contract import Finding, check, load_contract
from contractkit.errors import ConfigurationError, ContractkitError
from contractkit.message import Interaction
from contractkit.recording import Mode, OpenCassette, cassette_name, open_cassette
from contractkit.recording.names import ensure_inside, named_cassette, part_name
from contractkit.recording.sanitizer import VERSION

if TYPE_CHECKING:
    from contractkit.client import Client

__all__ = ["FindingsError", "SwallowedMissError", "TestScope"]

_HOW: Final = {Mode.REPLAY: "replayed", Mode.RECORD: "recorded", Mode.EXTEND: "extended", Mode.DIRECT: "direct"}
_EXTRAS: Final = frozenset({"own", "on", "off", "secrets", "secret_names"})


class FindingsError(ContractkitError):
    """The interactions of a test break the contract, and the run was told to fail on that."""


class SwallowedMissError(ContractkitError):
    """A request was refused, and the code under test hid that from the test, which passed without its answer."""


class TestScope:
    """What the fixtures of one test share. `marked` are the checked arguments of its contract marks."""

    __test__ = False  # the name is the plain one; pytest must not collect it

    def __init__(
        self,
        session: ContractSession,
        nodeid: str,
        marked: Mapping[str, Any],
        *,
        sanitizer_extras: Sequence[Mapping[str, Any]] = (),
        on_finding: Callable[[Finding], Any] = lambda _: None,
    ) -> None:
        self.mode = choose_mode(session.settings, Mode.parse(marked["mode"]) if marked.get("mode") else None)
        self.cloud: CloudHandle = session.cloud(nodeid, self.mode)
        self._session = session
        self._nodeid = nodeid
        self._marked = marked
        self._cuts_sleeps: bool = marked.get("cut_sleeps", True)
        self._extras = [_require_known(each) for each in sanitizer_extras]
        for extra in self._extras:
            session.keep_secret(extra.get("secrets", {}))
        self._on_finding = on_finding
        self._findings: list[Finding] = []
        self._played: OpenCassette | None = None

    @contextmanager
    def play(self) -> Iterator[OpenCassette]:
        """Open the test's cassette for every client in the process, for the length of the block.

        What was recorded waits for `settle`: only when all of the test has ended is it known whether it passed.
        """
        root = self._session.settings.cassettes
        path = ensure_inside(root / self._file_name(), root)
        with open_cassette(path, self.mode, check=self._check, **self._options()) as cassette:
            cassette.hold()
            self._played = cassette
            self._session.unsettled.add(self)
            yield cassette

    def settle(self, *, passed: bool, raised: bool = False) -> None:
        """End the test: what it recorded is kept if it passed, else the old cassette stays and this lies beside it.

        `raised` says that an exception ended the test, which passes all the same where it is expected to fail: then
        no error was hidden from it. Raises SwallowedMissError when a request was refused and the test passed all the
        same, FindingsError when the run fails on findings and there were some of level error, HygieneError when it
        fails on the state of cassettes, and RecordingError or LeakError when the cassette could not be written. Later
        calls do nothing.
        """
        cassette, self._played = self._played, None
        self._session.unsettled.discard(self)
        if cassette is None:
            return
        fault = self._find_fault(cassette, raised=raised) if passed else None
        good = passed and fault is None
        notes = self._inspect(cassette) if good else ()
        kept = False
        try:
            if good:
                cassette.keep()
                kept = True
        finally:
            if not kept:
                cassette.abandon()
            self._report(cassette, kept=kept, passed=passed)
        if fault is not None:
            raise fault
        failing = [note.text for note in notes if note.level == "fail"]
        if failing:
            raise HygieneError("\n".join(failing))

    def _find_fault(self, cassette: OpenCassette, *, raised: bool) -> ContractkitError | None:
        """Why a test that has passed still fails, if it does."""
        if cassette.refused and not raised:
            return SwallowedMissError(
                f"{cassette.refused}\nThe test passed all the same: the code under test swallowed this error. Record what "
                "is missing, or let the error through; a test that asks for it calls bce_cassette.forgive() after it"
            )
        errors = [finding for finding in self._findings if finding.level == "error"]
        if errors and self._session.settings.findings == "fail":
            return FindingsError("\n".join(["the interactions of this test break the contract:", *map(str, errors)]))
        return None

    @contextmanager
    def client(self, cassette: OpenCassette) -> Iterator[Client]:
        """A client whose traffic goes over the cassette; it does not wait in replay, unless the mark says so."""
        waits: dict[str, Any] = {} if self.mode.goes_live or not self._cuts_sleeps else {"sleep": lambda _: None}
        with self._session.connect(cassette.transport, endpoint=self.cloud.base_url, **waits) as client:
            yield client

    def _file_name(self) -> str:
        named = self._marked.get("cassette")
        return named_cassette(str(named)) if named else cassette_name(self._nodeid)

    def _options(self) -> dict[str, Any]:
        settings = self._session.settings
        options: dict[str, Any] = {
            "credentials": settings.credentials,
            "region": settings.region,
            "verify": self._marked.get("verify", True),
            "passthrough": tuple(self._marked.get("allow_hosts", ())),
            "gate": self._session.gate or HomeGate(self.cloud.base_url or ""),
            "processes": self._marked.get("allow_processes", False),
            "cut_sleeps": self._cuts_sleeps,
            "renew_before": settings.hygiene.renew_before(datetime.now(UTC).date()),
            # Several tests may name one cassette: each has its own part of it.
            "part": part_name(self._nodeid) if self._marked.get("cassette") else "",
            "follow": self.cloud.reference.handle if self.cloud.reference else None,
        }
        for extra in self._extras:
            options["own_rules"] = (*options.get("own_rules", ()), *extra.get("own", ()))
            options["rules_on"] = (*options.get("rules_on", ()), *extra.get("on", ()))
            options["rules_off"] = {**options.get("rules_off", {}), **extra.get("off", {})}
            options["secrets"] = {**options.get("secrets", {}), **extra.get("secrets", {})}
            options["secret_names"] = (*options.get("secret_names", ()), *extra.get("secret_names", ()))
        return options

    def _check(self, interaction: Interaction) -> tuple[Finding, ...]:
        findings = check(interaction, load_contract())
        self._session.log.add_interaction(interaction, _HOW[self.mode])
        self._session.log.add_findings(findings)
        self._findings += findings
        for finding in findings:
            self._on_finding(finding)
        return findings

    def _inspect(self, cassette: OpenCassette) -> tuple[Note, ...]:
        """What is to be said of a cassette that a passing test has replayed; what is only warned of is told at the end."""
        if self.mode is not Mode.REPLAY:
            return ()
        notes = inspect_cassette(
            self._file_name(),
            cassette.found,
            [_describe(each) for each in cassette.tape.unused],
            self._session.settings.hygiene,
            digest=load_contract().digest,
            sanitizer=VERSION,
            today=datetime.now(UTC).date(),
        )
        for note in notes:
            if note.level == "warn" and note.kind != "unused":  # the summary lists what was left over by itself
                self._session.note(note)
        return notes

    def _report(self, cassette: OpenCassette, *, kept: bool, passed: bool) -> None:
        if self.mode is Mode.DIRECT:
            return
        if self.mode is Mode.REPLAY and cassette.refused and not cassette.exists:
            self._session.note(Note("missing", "fail", self._file_name()))
        counts = cassette.tape.counts
        told = passed and not cassette.tape.superseded and self._session.settings.hygiene.unused != "ignore"
        unused = tuple(_describe(each) for each in cassette.tape.unused) if told else ()
        recorded = counts.recorded if kept else 0
        self._session.log.add_cassette(CassetteFile(self._file_name(), recorded, counts.replayed, unused))


def _require_known(extra: Any) -> Mapping[str, Any]:
    """What a conftest's sanitizer hook gave, or ConfigurationError naming what it may give."""
    if not isinstance(extra, Mapping) or not _EXTRAS.issuperset(extra):
        raise ConfigurationError(
            "pytest_contractkit_sanitizer returns a mapping with any of own (functions), on (rule ids), "
            "off (rule id to reason), secrets (kind to value), secret_names, not "
            f"{type(extra).__name__} of {sorted(map(str, extra)) if isinstance(extra, Mapping) else 'something'}"
        )
    return extra


def _describe(entry: Any) -> str:
    request = entry.to_interaction().request
    return f"{entry.operation or request.method} {request.raw_path}"
