"""The words of a report, as frozen values: what one run saw, and what is derived from it.

A `Run` is one pass of pytest over tests in one mode; a `Report` sets one or more runs against the contract.
Times are in seconds, instants ISO 8601 in UTC. The JSON report is a `Report`, member for member.
"""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from msgspec import Struct

from contractkit.contract import Finding, Reading

__all__ = [
    "FORMAT",
    "LEVELS",
    "OUTCOMES",
    "VERSION",
    "CassetteFile",
    "CassetteSummary",
    "CodeCoverage",
    "Coverage",
    "Exchange",
    "FindingEntry",
    "GroupCoverage",
    "Law",
    "Level",
    "OperationCoverage",
    "Outcome",
    "PlaceCoverage",
    "Report",
    "Run",
    "ServiceCoverage",
    "Tally",
    "TestCase",
    "Totals",
]

FORMAT = "contractkit report"
VERSION = 1

Outcome = Literal["passed", "failed", "error", "skipped"]
Level = Literal["error", "warning", "note"]
OUTCOMES: tuple[Outcome, ...] = ("failed", "error", "skipped", "passed")
"""Every outcome, the ones that need a person first."""
LEVELS: tuple[Level, ...] = ("error", "warning", "note")


class TestCase(Struct, frozen=True, forbid_unknown_fields=True):
    """One test as it went. `title` is for a person, `group` what it is listed under, `message` why it did not pass."""

    __test__: ClassVar[bool] = False  # the name is the field's; pytest must not collect it

    id: str
    title: str
    group: str
    outcome: Outcome
    seconds: float = 0.0
    message: str = ""


class Exchange(Struct, frozen=True, forbid_unknown_fields=True):
    """How often an operation was answered with one status and error code.

    `operation` is the dotted name ("" when the request meant no described one), `code` the BCE error code
    ("" for success), `mode` how the answer came about: recorded, replayed or direct.
    """

    operation: str
    status: int
    code: str = ""
    mode: str = ""
    count: int = 1


class FindingEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """One departure from the contract, counted over all the times it was seen."""

    rule: str
    level: Level
    operation: str
    pointer: str
    message: str
    fingerprint: str
    count: int = 1

    @classmethod
    def of(cls, finding: Finding, count: int = 1) -> Self:
        """The entry of a finding of `contract.check`."""
        return cls(
            finding.rule,
            finding.level,
            finding.operation,
            finding.pointer,
            finding.message,
            finding.fingerprint,
            count,
        )


class CassetteFile(Struct, frozen=True, forbid_unknown_fields=True):
    """What happened to one cassette: interactions recorded and replayed; `unused` has a line for each left over."""

    path: str
    recorded: int = 0
    replayed: int = 0
    unused: tuple[str, ...] = ()


class CassetteSummary(Struct, frozen=True, forbid_unknown_fields=True):
    """Every cassette a run touched."""

    files: tuple[CassetteFile, ...] = ()

    @property
    def recorded(self) -> int:
        """Interactions written, over all cassettes."""
        return sum(file.recorded for file in self.files)

    @property
    def replayed(self) -> int:
        """Interactions answered from a cassette, over all cassettes."""
        return sum(file.replayed for file in self.files)

    @property
    def unused(self) -> int:
        """Interactions that were recorded once and asked for by nobody in this run."""
        return sum(len(file.unused) for file in self.files)


class Run(Struct, frozen=True, forbid_unknown_fields=True):
    """One pass over the tests.

    `mode` is record, replay, extend or direct ("cassettes" when only cassettes were read), `target` reference
    or live, `started` ISO 8601 in UTC, `seed` what generated values were drawn from, `places` what requests
    exercised of the contract (see `report.places`; only of runs that read cassettes).
    """

    version: str
    mode: str
    target: str
    region: str
    started: str
    seconds: float
    python: str
    contract_digest: str
    seed: int | None = None
    tests: tuple[TestCase, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    findings: tuple[FindingEntry, ...] = ()
    cassettes: CassetteSummary = CassetteSummary()
    readings: tuple[Reading, ...] = ()
    places: tuple[str, ...] = ()

    def count(self, outcome: Outcome) -> int:
        """How many tests ended so."""
        return sum(test.outcome == outcome for test in self.tests)


class Tally(Struct, frozen=True, forbid_unknown_fields=True):
    """How many of those described were exercised."""

    exercised: int
    described: int


class PlaceCoverage(Struct, frozen=True, forbid_unknown_fields=True):
    """A parameter, a body member or a value of an enumeration, and whether a successful request had it.

    `kind` and `where` as in `report.places`; `value` is "" for what is no value.
    """

    kind: str
    where: str
    value: str
    exercised: bool


class CodeCoverage(Struct, frozen=True, forbid_unknown_fields=True):
    """An error code that a service documents, and whether it was answered."""

    status: int
    code: str
    exercised: bool


class OperationCoverage(Struct, frozen=True, forbid_unknown_fields=True):
    """What was seen of one described operation: `succeeded`, only `refused`, or nothing (`unseen`).

    `places` are what its requests can hold, `tallies` count them by noun; both are empty when nobody looked.
    """

    operation: str
    summary: str
    method: str
    path: str
    state: Literal["succeeded", "refused", "unseen"]
    answers: tuple[Exchange, ...] = ()
    places: tuple[PlaceCoverage, ...] = ()
    tallies: dict[str, Tally] = {}


class GroupCoverage(Struct, frozen=True, forbid_unknown_fields=True):
    """The operations of one resource group: `exercised` of `described` were answered at least once.

    `tallies` as those of the service; statuses and error codes out of those documented for the whole service.
    """

    name: str
    described: int
    exercised: int
    succeeded: int
    operations: tuple[OperationCoverage, ...]
    tallies: dict[str, Tally] = {}


class ServiceCoverage(Struct, frozen=True, forbid_unknown_fields=True):
    """The groups of one service, and their sums.

    `tallies` counts by noun: operations, action flags, statuses and error codes (the ones documented for the
    service, `codes`) and, when cassettes were read, parameters, body members and enum values of requests that were
    answered with success.
    """

    service: str
    title: str
    described: int
    exercised: int
    succeeded: int
    groups: tuple[GroupCoverage, ...]
    tallies: dict[str, Tally] = {}
    codes: tuple[CodeCoverage, ...] = ()


class Coverage(Struct, frozen=True, forbid_unknown_fields=True):
    """Operations exercised (answered at all) and succeeded (answered with success) out of those described.

    `undescribed` holds what was answered and means no operation of the contract.
    """

    described: int
    exercised: int
    succeeded: int
    services: tuple[ServiceCoverage, ...]
    undescribed: tuple[Exchange, ...] = ()


class Law(Struct, frozen=True, forbid_unknown_fields=True):
    """One law as it was examined: of which suite, what it demands, and with how many examples.

    `classes` counts how many of the examples were of each class of input that matters. `broken` is what was said
    when it did not hold, `left_out` why it was not tried; both are "" of a law that held.
    """

    suite: str
    law: str
    demand: str
    examples: int
    classes: dict[str, int] = {}
    broken: str = ""
    left_out: str = ""


class Totals(Struct, frozen=True, forbid_unknown_fields=True):
    """Sums over all runs; a finding seen in two runs is one finding."""

    tests: int
    passed: int
    failed: int
    error: int
    skipped: int
    seconds: float
    exchanges: int
    findings: dict[Level, int]


class Report(Struct, frozen=True, forbid_unknown_fields=True):
    """Runs side by side, set against the contract.

    `verdict` is failed when a test failed or broke, a finding of level error was made or a run held no test
    that passed, or a law is broken; `reasons` says which. It is "none" when there were only cassettes to read. `laws`
    are those that were examined, none unless the run was asked to.
    """

    format: str
    format_version: int
    verdict: Literal["passed", "failed", "none"]
    reasons: tuple[str, ...]
    totals: Totals
    runs: tuple[Run, ...]
    coverage: Coverage
    findings: tuple[FindingEntry, ...]
    readings: tuple[Reading, ...]
    laws: tuple[Law, ...] = ()
