"""`contractkit coverage`: what of the contract the cassettes exercise, and whether it is less than it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from contractkit.cli.console import count, print_lines, say
from contractkit.conformance.version import find_version
from contractkit.errors import ConfigurationError

if TYPE_CHECKING:
    from contractkit.conformance.report import Coverage, GroupCoverage, Report, ServiceCoverage
    from contractkit.contract import Contract


def show(
    *,
    cassettes: Annotated[
        list[Path] | None,
        typer.Option(metavar="DIR", help="Cassettes to read, or directories of them; repeatable (default: cassettes)."),
    ] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Also write it as a page.")] = None,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Also write it as JSON.")] = None,
    at_least: Annotated[
        Path | None,
        typer.Option("--at-least", metavar="FILE", help="Fail when a count is lower than in this file."),
    ] = None,
    raise_: Annotated[
        bool, typer.Option("--raise", help="With --at-least: write the counts into the file, unless one is lower.")
    ] = False,
    disagreements: Annotated[
        bool, typer.Option("--disagreements", help="Instead, list where official sources differ about an operation.")
    ] = False,
    counts: Annotated[
        bool, typer.Option("--counts", help="Instead, show how many are callable, served, walked through, recorded.")
    ] = False,
) -> None:
    """Show which described operations the cassettes exercise, by which statuses and error codes.

    An operation counts as exercised when it was answered at all, also with an
    error; parameters, body members and enum values when a request that had
    them was answered with success.

    [bold]Examples[/]

      contractkit coverage
      contractkit coverage --cassettes tests/cassettes --html coverage.html
      contractkit coverage --counts
      contractkit coverage --at-least coverage.json --raise
      contractkit coverage --disagreements --json disagreements.json
    """
    from contractkit.conformance.cassettes import find_cassettes, run_of_cassettes
    from contractkit.conformance.report import build_report
    from contractkit.contract import load_contract

    _require_sense(disagreements=disagreements, html=html, at_least=at_least, raise_=raise_)
    if disagreements:
        _show_disagreements(json)
        return
    paths = find_cassettes(cassettes or [Path("cassettes")])
    contract = load_contract()
    report = build_report([run_of_cassettes(paths, contract, version=find_version())], contract)
    if counts:
        _print_counts(report.coverage, contract)
        return
    _print_coverage(report.coverage)
    say(f"read {count(len(paths), 'cassette')} with {count(report.totals.exchanges, 'interaction')}", "dim")
    _write(report, [path for path in (html, json) if path])
    if at_least is not None and not _keeps_floor(report.coverage, at_least, raise_=raise_):
        raise typer.Exit(1)


def _require_sense(*, disagreements: bool, html: Path | None, at_least: Path | None, raise_: bool) -> None:
    if raise_ and at_least is None:
        raise ConfigurationError("--raise writes the file of --at-least; name it with --at-least FILE")
    if disagreements and (html or at_least):
        raise ConfigurationError("--disagreements reads no cassette; leave --html and --at-least out")


def _show_disagreements(json: Path | None) -> None:
    from contractkit.conformance.report import write_json
    from contractkit.contract import load_contract

    found = {each.qualified: each.disagreements for each in load_contract().operations() if each.disagreements}
    for operation, texts in found.items():
        say(operation)
        for text in texts:
            say(f"  {text}")
    say(f"{count(len(found), 'operation')} on which official sources differ", "dim")
    if json is not None:
        write_json(found, json)
        say(f"wrote {json}", "dim")


def _keeps_floor(coverage: Coverage, path: Path, *, raise_: bool) -> bool:
    """Whether no count is lower than in the file; says which are lower and which higher, and raises the file."""
    from contractkit.conformance.floor import find_falls, find_rises, measure_floor, read_floor, write_floor

    now = measure_floor(coverage)
    floor = {} if raise_ and not path.exists() else read_floor(path)
    falls, rises = find_falls(floor, now), find_rises(floor, now)
    for line in falls:
        say(f"fallen  {line}", "bad")
    for line in rises if floor else ():
        say(f"risen   {line}", "good")
    if falls:
        say(f"{count(len(falls), 'count')} below {path}: record the cassettes that exercised it again", "bad")
        return False
    if raise_:
        write_floor(now, path)
        say(f"wrote {path}", "dim")
    elif rises:
        say(f"{count(len(rises), 'count')} above {path}: keep it with --raise", "dim")
    return True


def _print_counts(coverage: Coverage, contract: Contract) -> None:
    """The five counts as a table by service, then the names of what is missing."""
    from contractkit.conformance.counts import NOUNS, count_services, find_missing

    missing = find_missing(coverage, contract)
    counts = count_services(missing, contract)
    say(f"{'':<12}" + "".join(f"{noun:>14}" for noun in NOUNS))
    for service, tallies in counts.items():
        cells = (f"{each.exercised} of {each.described}" for each in tallies.values())
        say(f"{service:<12}" + "".join(f"{cell:>14}" for cell in cells))
    sums = [sum(each[noun].exercised for each in counts.values()) for noun in NOUNS]
    whole = sum(each["described"].described for each in counts.values())
    say(
        f"{'all':<12}" + "".join(f"{f'{each} of {whole}':>14}" for each in sums),
        "good" if min(sums) == whole else "bad",
    )
    for noun, names in missing.items():
        if names:
            say(f"not {noun}: {', '.join(names)}", "dim")


def _print_coverage(coverage: Coverage) -> None:
    from contractkit.conformance.report import summarize_coverage

    for service, line in zip(coverage.services, summarize_coverage(coverage), strict=True):
        print_lines([line])
        say(f"  {_tallies(service)}")
        width = max(len(group.name) for group in service.groups)
        for group in service.groups:
            say(f"  {group.name:<{width}}  {group.exercised:>3} of {group.described:>3}  {_answers(group)}".rstrip())
            if missing := ", ".join(_unseen(group)):
                say(f"    not exercised: {missing}", "dim")
    for answer in coverage.undescribed:
        say(f"no described operation: {answer.status} {answer.code} x{answer.count}", "warn")
    say(f"{coverage.exercised} of {coverage.described} operations exercised, {coverage.succeeded} with success")


def _tallies(service: ServiceCoverage) -> str:
    counts = {noun: each for noun, each in service.tallies.items() if noun != "operations"}
    return ", ".join(f"{each.exercised} of {each.described} {noun}" for noun, each in counts.items())


def _answers(group: GroupCoverage) -> str:
    seen: dict[str, int] = {}
    for operation in group.operations:
        for answer in operation.answers:
            name = f"{answer.status} {answer.code}".rstrip()
            seen[name] = seen.get(name, 0) + answer.count
    return ", ".join(f"{name} x{number}" for name, number in sorted(seen.items()))


def _unseen(group: GroupCoverage) -> Iterator[str]:
    return (each.operation.partition(".")[2] for each in group.operations if each.state == "unseen")


def _write(report: Report, paths: list[Path]) -> None:
    from contractkit.conformance.report import write_report

    for path in paths:
        write_report(report, path)
        say(f"wrote {path}", "dim")
