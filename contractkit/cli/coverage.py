"""`contractkit coverage`: what of the contract the cassettes exercise, and whether it is less than it was."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from contractkit.cli.console import count, say
from contractkit.cli.coverage_tables import print_counts, print_coverage, print_operations
from contractkit.conformance.version import find_version
from contractkit.errors import ConfigurationError

if TYPE_CHECKING:
    from contractkit.conformance.report import Coverage, Report


def show(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help="Operations (eip.bind_eip) or services to show one by one instead."),
    ] = None,
    *,
    cassettes: Annotated[
        list[Path] | None,
        typer.Option(metavar="DIR", help="Cassettes to read, or directories of them; repeatable (default: cassettes)."),
    ] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Also write it as a page.")] = None,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Also write it as JSON.")] = None,
    at_least: Annotated[
        Path | None,
        typer.Option("--at-least", metavar="FILE", help="Fail when a count of a service is lower than in this file."),
    ] = None,
    raise_: Annotated[
        bool, typer.Option("--raise", help="With --at-least: write the counts into the file, unless one is lower.")
    ] = False,
    disagreements: Annotated[
        bool, typer.Option("--disagreements", help="Instead, list where official sources differ about an operation.")
    ] = False,
    counts: Annotated[
        bool, typer.Option("--counts", help="Instead, show how many are callable, served, have a scenario, a cassette.")
    ] = False,
) -> None:
    """Show what of the contract the cassettes exercise: operations, codes, parameters, body members, enum values.

    An operation counts as exercised when it was answered at all, also with an
    error; parameters, body members and enum values when a request that had
    them was answered with success.

    [bold]Examples[/]

      contractkit coverage
      contractkit coverage eip.bind_eip          # which values did no request ever have?
      contractkit coverage --cassettes tests/cassettes --html coverage.html
      contractkit coverage --counts
      contractkit coverage --at-least coverage.json --raise
      contractkit coverage --disagreements --json disagreements.json
    """
    from contractkit.conformance.cassettes import find_cassettes, run_of_cassettes
    from contractkit.conformance.report import build_report
    from contractkit.contract import load_contract

    if raise_ and at_least is None:
        raise ConfigurationError("--raise writes the file of --at-least; name it with --at-least FILE")
    if disagreements and (names or counts or html or at_least):
        raise ConfigurationError("--disagreements reads no cassette and lists them all; leave out all but --json")
    if counts and names:
        raise ConfigurationError("--counts is of whole services; leave the names out")
    _require_places(html, json, at_least, raise_=raise_)
    if disagreements:
        _show_disagreements(json)
        return
    paths = find_cassettes(cassettes or [Path("cassettes")])
    contract = load_contract()
    report = build_report([run_of_cassettes(paths, contract, version=find_version())], contract)
    if counts:
        print_counts(report.coverage, contract)
    elif names:
        print_operations(report.coverage, names)
    else:
        print_coverage(report.coverage)
    say(f"read {count(len(paths), 'cassette')} with {count(report.totals.exchanges, 'interaction')}", "dim")
    _write(report, [path for path in (html, json) if path])
    if at_least is not None and not _keeps_floor(report.coverage, at_least, raise_=raise_):
        raise typer.Exit(1)


def _require_places(html: Path | None, json: Path | None, at_least: Path | None, *, raise_: bool) -> None:
    """What is to be written can be, and what is to be read is there: told before the work, not after it."""
    from contractkit.conformance.floor import read_floor
    from contractkit.conformance.report.writer import check_destination, check_report_path

    for path, kind in ((html, ".html"), (json, ".json")):
        if path is not None:
            check_report_path(path, (kind,))
            check_destination(path)
    if at_least is not None and raise_:
        check_destination(at_least)
    if at_least is not None and (at_least.exists() or not raise_):
        read_floor(at_least)


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


def _write(report: Report, paths: list[Path]) -> None:
    from contractkit.conformance.report import write_report

    for path in paths:
        write_report(report, path)
        say(f"wrote {path}", "dim")
