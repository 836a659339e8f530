"""`contractkit conformance`: the packaged suite, recorded and replayed, with reports."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from contractkit.cli.console import count, print_lines, say
from contractkit.conformance.target import Target

if TYPE_CHECKING:
    from contractkit.conformance.report import Report
    from contractkit.conformance.run import Outcome


def run(
    *,
    target: Annotated[Target, typer.Option(help="The embedded reference cloud, or the live one.")] = Target.REFERENCE,
    report: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="Write a report, .html or .json; repeatable.")
    ] = None,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the report as JSON.")] = None,
    junit: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write pytest's JUnit XML, all passes in one file.")
    ] = None,
    cassettes: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep the cassettes here (default: throw them away).")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of generated names and values.")] = 0,
    select: Annotated[str, typer.Option("-k", metavar="EXPR", help="Only tests that match, as in pytest -k.")] = "",
    workers: Annotated[
        int, typer.Option(metavar="N", min=1, help="Processes to spread the tests over (needs pytest-xdist).")
    ] = 1,
    allow_create: Annotated[
        bool, typer.Option("--allow-create", help="Let a live run create what is free or paid by use.")
    ] = False,
    region: Annotated[str, typer.Option(envvar="BAIDUCLOUD_REGION", help="Region to work in.")] = "bj",
    laws: Annotated[
        str, typer.Option(metavar="PROFILE", help="Examine the laws too: dev, ci or nightly (default: not at all).")
    ] = "",
    budget: Annotated[
        int, typer.Option(metavar="N", min=1, help="With --laws on the live cloud: send it at most so many requests.")
    ] = 200,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Name every test.")] = False,
) -> None:
    """Run the conformance suite: does the service keep its contract?

    Against the reference cloud it runs twice, recording into fresh cassettes
    and then replaying offline from them, and passes only if both do.

    Against the live cloud it runs once, with BAIDUCLOUD_ACCESS_KEY and
    BAIDUCLOUD_SECRET_KEY from the environment, and creates nothing without
    --allow-create.

    With --laws the property suites examine this package as well, or the live
    cloud with as many requests as --budget allows; the report shows every law
    and what it was tried with.

    [bold]Examples[/]

      contractkit conformance
      contractkit conformance --report report.html --junit junit.xml
      contractkit conformance -k "vpc and not delete" --verbose
      contractkit conformance --laws ci --report report.html
      contractkit conformance --target live --report nightly.html
      contractkit conformance --target live --laws dev --budget 100
    """
    from contractkit.cli.laws import examine_here, examine_there
    from contractkit.conformance.report import check_report_path
    from contractkit.conformance.run import Plan, run_conformance
    from contractkit.conformance.settings import read_live_credentials

    if json is not None:
        check_report_path(json, (".json",))
    credentials = read_live_credentials(os.environ) if target is Target.LIVE else None  # told before anything starts
    examine = None
    if laws and credentials:
        examine = examine_there(credentials, region, budget=budget, allow_create=allow_create, seed=seed)
    elif laws:
        examine = examine_here(laws)

    plan = Plan(
        target=target.value,
        region=region,
        seed=seed,
        select=select,
        workers=workers,
        allow_create=allow_create,
        verbose=verbose,
        cassettes=cassettes,
        reports=(*(report or ()), *((json,) if json else ())),
        junit=junit,
        laws=examine,
    )
    outcome = run_conformance(plan, os.environ, say)
    _tell(outcome)
    raise typer.Exit(0 if outcome.passed else 1)


def _tell(outcome: Outcome) -> None:
    say("")
    say(f"conformance: {'passed' if outcome.passed else 'FAILED'}", "good" if outcome.passed else "bad")
    for each in outcome.passes:
        if each.reason:
            say(f"  {each.mode}: {each.reason}", "bad")
    if outcome.report is None:
        say("  no pass wrote its results; what pytest printed above says why", "bad")
    else:
        _tell_report(outcome.report)
    for path in outcome.files:
        say(f"wrote {path}")


def _tell_report(report: Report) -> None:
    from contractkit.conformance.report import summarize_coverage, summarize_laws

    for each in report.runs:
        failed, skipped = each.count("failed") + each.count("error"), each.count("skipped")
        told = [f"{each.count('passed')} passed", *([f"{failed} failed"] if failed else [])]
        told += [f"{skipped} skipped"] if skipped else []
        interactions = count(sum(exchange.count for exchange in each.exchanges), "interaction")
        say(f"  {each.mode:<7} {', '.join(told)} in {each.seconds:.1f} s, {interactions}")
    for reason in report.reasons:
        say(f"  {reason}", "bad")
    print_lines(summarize_coverage(report.coverage))
    print_lines(summarize_laws(report.laws))
