"""From runs to a report: merge what belongs together, set it against the contract, and reach a verdict. Values in, values out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from msgspec.structs import replace

from contractkit.conformance.report.covering import count_exchanges, cover
from contractkit.conformance.report.model import (
    FORMAT,
    LEVELS,
    OUTCOMES,
    VERSION,
    CassetteFile,
    CassetteSummary,
    FindingEntry,
    Law,
    Report,
    Run,
    Totals,
)
from contractkit.conformance.report.words import count
from contractkit.contract import Contract

__all__ = ["build_report", "merge"]

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


def build_report(runs: Iterable[Run], contract: Contract, laws: Sequence[Law] = ()) -> Report:
    """Set runs against the contract: coverage, findings, the laws examined, and a verdict with its reasons."""
    merged = merge(runs)
    findings = _count_findings(entry for run in merged for entry in run.findings)
    reasons = (*_reasons(merged, findings), *_broken_laws(laws))
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
        laws=tuple(laws),
    )


def _merge_pass(runs: Sequence[Run]) -> Run:
    tests = {test.id: test for run in runs for test in run.tests}
    return replace(
        runs[0],
        started=min(run.started for run in runs),
        seconds=max(run.seconds for run in runs),
        tests=tuple(tests.values()),
        exchanges=count_exchanges((each for run in runs for each in run.exchanges), with_mode=True),
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
            if number := sum(test.outcome == outcome for test in run.tests):
                yield f"{run.mode}: {count(number, 'test')} {words}"
        if not run.count("passed"):
            yield f"{run.mode}: no test passed, so nothing was shown"
    if graves := sum(entry.level == "error" for entry in findings):
        yield f"{count(graves, 'finding')} of level error"


def _broken_laws(laws: Iterable[Law]) -> Iterator[str]:
    if broken := sum(bool(law.broken) for law in laws):
        yield f"{count(broken, 'law')} broken"


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
