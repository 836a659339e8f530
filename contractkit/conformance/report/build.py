"""From runs to a report: merge what belongs together, derive coverage, and reach a verdict. Values in, values out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import TypeVar

from msgspec.structs import replace

from contractkit.conformance.report.model import (
    FORMAT,
    LEVELS,
    OUTCOMES,
    VERSION,
    CassetteFile,
    CassetteSummary,
    Coverage,
    Exchange,
    FindingEntry,
    GroupCoverage,
    OperationCoverage,
    Report,
    Run,
    ServiceCoverage,
    Tally,
    Totals,
)
from contractkit.conformance.report.places import PLACES, describe_places, kind_of
from contractkit.contract import Contract, Operation

__all__ = ["build_report", "cover", "merge"]

_Item = TypeVar("_Item")
_READS_ONLY = "cassettes"
"""The mode of a run that ran no test and only read cassettes."""


def merge(runs: Iterable[Run]) -> tuple[Run, ...]:
    """Runs of one pass (the workers of a distributed session) become one; different passes stay side by side.

    A pass is a mode against a target in a region. Tests keep their order (an id seen twice keeps its last
    result), equal exchanges and findings are counted together, the pass lasts as long as its longest worker.
    """
    passes: dict[tuple[str, str, str], list[Run]] = {}
    for run in runs:
        passes.setdefault((run.mode, run.target, run.region), []).append(run)
    return tuple(_merge_pass(same) for same in passes.values())


def build_report(runs: Iterable[Run], contract: Contract) -> Report:
    """Set runs against the contract: coverage, findings and a verdict with its reasons."""
    merged = merge(runs)
    findings = _count_findings(entry for run in merged for entry in run.findings)
    reasons = tuple(_reasons(merged, findings))
    has_tests = any(run.mode != _READS_ONLY for run in merged)
    return Report(
        format=FORMAT,
        format_version=VERSION,
        verdict=("failed" if reasons else "passed") if has_tests else "none",
        reasons=reasons if has_tests else (),
        totals=_sum_up(merged, findings),
        runs=merged,
        coverage=cover(
            contract,
            (exchange for run in merged for exchange in run.exchanges),
            frozenset().union(*(run.places for run in merged)) if any(run.places for run in merged) else None,
        ),
        findings=findings,
        readings=_first_of_each((reading for run in merged for reading in run.readings), lambda reading: reading.id),
    )


def cover(contract: Contract, exchanges: Iterable[Exchange], places: frozenset[str] | None = None) -> Coverage:
    """Which described operations were answered, and how, by service and group in the order of the contract.

    `places` are what requests exercised, None when nobody looked.
    """
    seen: dict[str, list[Exchange]] = {}
    for exchange in exchanges:
        seen.setdefault(exchange.operation, []).append(exchange)
    services = tuple(_cover_service(contract, service, seen, places) for service in contract.services)
    known = {operation.qualified for operation in contract.operations()}
    unknown = [exchange for name, each in seen.items() if name not in known for exchange in each]
    return Coverage(
        described=sum(each.described for each in services),
        exercised=sum(each.exercised for each in services),
        succeeded=sum(each.succeeded for each in services),
        services=services,
        undescribed=_count_exchanges(unknown, with_mode=False),
    )


def _merge_pass(runs: Sequence[Run]) -> Run:
    tests = {test.id: test for run in runs for test in run.tests}
    return replace(
        runs[0],
        started=min(run.started for run in runs),
        seconds=max(run.seconds for run in runs),
        tests=tuple(tests.values()),
        exchanges=_count_exchanges((each for run in runs for each in run.exchanges), with_mode=True),
        findings=_count_findings(each for run in runs for each in run.findings),
        cassettes=_merge_cassettes(file for run in runs for file in run.cassettes.files),
        readings=_first_of_each((each for run in runs for each in run.readings), lambda reading: reading.id),
        places=tuple(sorted({place for run in runs for place in run.places})),
    )


def _merge_cassettes(files: Iterable[CassetteFile]) -> CassetteSummary:
    merged: dict[str, CassetteFile] = {}
    for file in files:
        one = merged.get(file.path, CassetteFile(file.path))
        merged[file.path] = CassetteFile(
            file.path, one.recorded + file.recorded, one.replayed + file.replayed, one.unused + file.unused
        )
    return CassetteSummary(tuple(merged[path] for path in sorted(merged)))


def _count_exchanges(exchanges: Iterable[Exchange], *, with_mode: bool) -> tuple[Exchange, ...]:
    counts: Counter[tuple[str, int, str, str]] = Counter()
    for each in exchanges:
        counts[each.operation, each.status, each.code, each.mode if with_mode else ""] += each.count
    return tuple(Exchange(*key, count=counts[key]) for key in sorted(counts))


def _count_findings(entries: Iterable[FindingEntry]) -> tuple[FindingEntry, ...]:
    """Equal findings (by fingerprint and level) counted once, the gravest first."""
    counted: dict[tuple[str, str], FindingEntry] = {}
    for entry in entries:
        key = entry.fingerprint, entry.level
        one = counted.get(key)
        counted[key] = entry if one is None else replace(one, count=one.count + entry.count)
    return tuple(sorted(counted.values(), key=lambda each: (LEVELS.index(each.level), each.rule, each.operation)))


def _first_of_each(items: Iterable[_Item], key: Callable[[_Item], str]) -> tuple[_Item, ...]:
    chosen: dict[str, _Item] = {}
    for item in items:
        chosen.setdefault(key(item), item)
    return tuple(chosen.values())


def _reasons(runs: Sequence[Run], findings: Sequence[FindingEntry]) -> Iterator[str]:
    for run in runs:
        if run.mode == _READS_ONLY:
            continue
        for outcome, words in (("failed", "failed"), ("error", "broke before or after their own steps")):
            if count := sum(test.outcome == outcome for test in run.tests):
                yield f"{run.mode}: {_tests(count)} {words}"
        if not run.count("passed"):
            yield f"{run.mode}: no test passed, so nothing was shown"
    if graves := sum(entry.level == "error" for entry in findings):
        yield f"{graves} {'finding' if graves == 1 else 'findings'} of level error"


def _tests(count: int) -> str:
    return f"{count} {'test' if count == 1 else 'tests'}"


def _sum_up(runs: Sequence[Run], findings: Sequence[FindingEntry]) -> Totals:
    outcomes = {outcome: sum(run.count(outcome) for run in runs) for outcome in OUTCOMES}
    return Totals(
        tests=sum(len(run.tests) for run in runs),
        passed=outcomes["passed"],
        failed=outcomes["failed"],
        error=outcomes["error"],
        skipped=outcomes["skipped"],
        seconds=sum(run.seconds for run in runs),
        exchanges=sum(each.count for run in runs for each in run.exchanges),
        findings={level: sum(entry.level == level for entry in findings) for level in LEVELS},
    )


def _cover_service(
    contract: Contract, service: str, seen: dict[str, list[Exchange]], places: frozenset[str] | None
) -> ServiceCoverage:
    operations = sorted(contract.operations(service), key=lambda each: each.group)
    groups = tuple(
        _cover_group(name, tuple(each), seen) for name, each in groupby(operations, key=lambda each: each.group)
    )
    return ServiceCoverage(
        service=service,
        title=str(contract.common["services"][service]["title"]),
        described=sum(each.described for each in groups),
        exercised=sum(each.exercised for each in groups),
        succeeded=sum(each.succeeded for each in groups),
        groups=groups,
        tallies=_tally(contract, service, groups, places),
    )


def _tally(
    contract: Contract, service: str, groups: Iterable[GroupCoverage], places: frozenset[str] | None
) -> dict[str, Tally]:
    """What was exercised of everything a service describes, by noun."""
    operations = [each for group in groups for each in group.operations]
    answers = [answer for each in operations for answer in each.answers]
    codes = {
        code: each["status"] for code, each in contract.errors.items() if service in each.get("services", [service])
    }
    statuses = {each.success_status for each in contract.operations(service)} | set(codes.values())
    tallies = {
        "operations": Tally(sum(each.state != "unseen" for each in operations), len(operations)),
        "statuses": Tally(len(statuses & {each.status for each in answers}), len(statuses)),
        "error codes": Tally(len(codes.keys() & {each.code for each in answers}), len(codes)),
    }
    return tallies if places is None else {**tallies, **_tally_places(contract, service, places)}


def _tally_places(contract: Contract, service: str, places: frozenset[str]) -> dict[str, Tally]:
    described = describe_places(contract.operations(service))
    there = Counter(kind_of(each) for each in described)
    found = Counter(kind_of(each) for each in described & places)
    return {noun: Tally(found[kind], there[kind]) for kind, noun in PLACES.items()}


def _cover_group(name: str, operations: Sequence[Operation], seen: dict[str, list[Exchange]]) -> GroupCoverage:
    covered = tuple(_cover_operation(each, seen.get(each.qualified, ())) for each in operations)
    return GroupCoverage(
        name=name,
        described=len(covered),
        exercised=sum(each.state != "unseen" for each in covered),
        succeeded=sum(each.state == "succeeded" for each in covered),
        operations=covered,
    )


def _cover_operation(operation: Operation, exchanges: Sequence[Exchange]) -> OperationCoverage:
    answers = _count_exchanges(exchanges, with_mode=False)
    succeeded = any(each.status < 400 for each in answers)
    return OperationCoverage(
        operation=operation.qualified,
        summary=operation.summary,
        method=operation.method,
        path=operation.path + (f"?{operation.action}" if operation.action else ""),
        state="succeeded" if succeeded else "refused" if answers else "unseen",
        answers=answers,
    )
