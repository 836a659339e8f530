"""One test with contracts: its mode, its cloud, its cassette and the client that goes with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from contractkit.conformance.report.model import CassetteFile
from contractkit.conformance.session import CloudHandle, ContractSession
from contractkit.conformance.settings import choose_mode
from contractkit.contract import Finding, check, load_contract
from contractkit.errors import ConfigurationError, ContractkitError
from contractkit.message import Interaction
from contractkit.recording import Mode, OpenCassette, cassette_name, open_cassette

if TYPE_CHECKING:
    from contractkit.client import Client

__all__ = ["FindingsError", "TestScope"]

_HOW = {Mode.REPLAY: "replayed", Mode.RECORD: "recorded", Mode.EXTEND: "extended", Mode.DIRECT: "direct"}
_MARKS = frozenset({"mode", "cassette", "verify", "allow_hosts", "creates"})


class FindingsError(ContractkitError):
    """The interactions of a test break the contract, and the run was told to fail on that."""


class TestScope:
    """What the fixtures of one test share. `marked` are the merged arguments of its contract marks."""

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
        if unknown := set(marked) - _MARKS:
            raise ConfigurationError(
                f"the contract mark takes {', '.join(sorted(_MARKS))}, not {', '.join(sorted(unknown))}"
            )
        self.mode = choose_mode(session.settings, Mode.parse(marked["mode"]) if marked.get("mode") else None)
        self.cloud: CloudHandle = session.cloud(nodeid, self.mode)
        self._session = session
        self._nodeid = nodeid
        self._marked = marked
        self._extras = sanitizer_extras
        self._on_finding = on_finding
        self._findings: list[Finding] = []

    @contextmanager
    def play(self, *, failed: Callable[[], bool]) -> Iterator[OpenCassette]:
        """Open the test's cassette for every client in the process; `failed` is asked at the end.

        Raises FindingsError when the run fails on findings and there were some of level error.
        """
        path = self._session.settings.cassettes / self._file_name()
        with ExitStack() as stack:
            cassette = stack.enter_context(open_cassette(path, self.mode, check=self._check, **self._options()))
            yield cassette
            if failed():
                cassette.abandon()
        self._report(path.name, cassette, passed=not failed())

    def make_client(self, cassette: OpenCassette) -> Client:
        """A client whose traffic goes over the cassette; it never waits in replay."""
        waits: dict[str, Any] = {} if self.mode.goes_live else {"sleep": lambda _: None}
        return self._session.connect(cassette.transport, endpoint=self.cloud.base_url, **waits)

    def _file_name(self) -> str:
        return cassette_name(str(self._marked.get("cassette") or self._nodeid))

    def _options(self) -> dict[str, Any]:
        settings = self._session.settings
        options: dict[str, Any] = {
            "credentials": settings.credentials,
            "region": settings.region,
            "verify": self._marked.get("verify", True),
            "passthrough": tuple(self._marked.get("allow_hosts", ())),
            "gate": self._session.gate,
        }
        for extra in self._extras:
            options["own_rules"] = (*options.get("own_rules", ()), *extra.get("own", ()))
            options["rules_on"] = (*options.get("rules_on", ()), *extra.get("on", ()))
            options["rules_off"] = {**options.get("rules_off", {}), **extra.get("off", {})}
        return options

    def _check(self, interaction: Interaction) -> tuple[Finding, ...]:
        findings = check(interaction, load_contract())
        self._session.log.add_interaction(interaction, _HOW[self.mode])
        self._session.log.add_findings(findings)
        self._findings += findings
        for finding in findings:
            self._on_finding(finding)
        return findings

    def _report(self, name: str, cassette: OpenCassette, *, passed: bool) -> None:
        counts = cassette.tape.counts
        if self.mode is not Mode.DIRECT:
            unused = tuple(_describe(each) for each in cassette.tape.unused) if passed else ()
            self._session.log.add_cassette(CassetteFile(name, counts.recorded, counts.replayed, unused))
        errors = [finding for finding in self._findings if finding.level == "error"]
        if passed and errors and self._session.settings.findings == "fail":
            raise FindingsError("\n".join(["the interactions of this test break the contract:", *map(str, errors)]))


def _describe(entry: Any) -> str:
    request = entry.to_interaction().request
    return f"{entry.operation or request.method} {request.raw_path}"
