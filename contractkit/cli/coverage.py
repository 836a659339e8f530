"""`contractkit coverage`: which described operations the cassettes exercise."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from contractkit.cli.console import count, print_lines, say
from contractkit.conformance.version import find_version

if TYPE_CHECKING:
    from contractkit.conformance.report import Coverage, GroupCoverage, Report


def show(
    *,
    cassettes: Annotated[
        list[Path] | None,
        typer.Option(metavar="DIR", help="Cassettes to read, or directories of them; repeatable (default: cassettes)."),
    ] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Also write it as a page.")] = None,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Also write it as JSON.")] = None,
    disagreements: Annotated[
        bool, typer.Option("--disagreements", help="Instead, list where official sources differ about an operation.")
    ] = False,
) -> None:
    """Show which described operations the cassettes exercise, by which statuses and error codes.

    An operation counts as exercised when it was answered at all, also with an
    error.

    [bold]Examples[/]

      contractkit coverage
      contractkit coverage --cassettes tests/cassettes --html coverage.html
      contractkit coverage --disagreements
    """
    from contractkit.conformance.cassettes import find_cassettes, run_of_cassettes
    from contractkit.conformance.report import build_report
    from contractkit.contract import load_contract

    if disagreements:
        _print_disagreements()
        return
    paths = find_cassettes(cassettes or [Path("cassettes")])
    contract = load_contract()
    report = build_report([run_of_cassettes(paths, contract, version=find_version())], contract)
    _print_coverage(report.coverage)
    say(f"read {count(len(paths), 'cassette')} with {count(report.totals.exchanges, 'interaction')}", "dim")
    _write(report, [path for path in (html, json) if path])


def _print_disagreements() -> None:
    from contractkit.contract import load_contract

    operations = [each for each in load_contract().operations() if each.disagreements]
    for operation in operations:
        say(operation.qualified)
        for text in operation.disagreements:
            say(f"  {text}")
    say(f"{count(len(operations), 'operation')} on which official sources differ", "dim")


def _print_coverage(coverage: Coverage) -> None:
    from contractkit.conformance.report import summarize_coverage

    for service, line in zip(coverage.services, summarize_coverage(coverage), strict=True):
        print_lines([line])
        width = max(len(group.name) for group in service.groups)
        for group in service.groups:
            say(f"  {group.name:<{width}}  {group.exercised:>3} of {group.described:>3}  {_answers(group)}".rstrip())
            if missing := ", ".join(_unseen(group)):
                say(f"    not exercised: {missing}", "dim")
    for answer in coverage.undescribed:
        say(f"no described operation: {answer.status} {answer.code} x{answer.count}", "warn")
    say(f"{coverage.exercised} of {coverage.described} operations exercised, {coverage.succeeded} with success")


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
