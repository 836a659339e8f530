"""`contractkit properties`: what the property suites examine, and that they would notice."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from contractkit.cli.console import count, say
from contractkit.cli.laws import to_law

app = typer.Typer(no_args_is_help=True, help="What the property suites examine, and what they catch.")


@app.command("wrongs")
def show_wrongs(
    *,
    kind: Annotated[
        list[str] | None, typer.Option("--kind", help="Only wrongs of this kind (signers, ledgers...); repeatable.")
    ] = None,
    profile: Annotated[str, typer.Option(help="How many examples each law may draw: dev, ci or nightly.")] = "ci",
) -> None:
    """Run every planted wrong against the law that must catch it.

    Each line names the kind, the wrong, the law that caught it and the time
    it took. Exit code 1 when a law let one pass.

    [bold]Example[/]

      contractkit properties wrongs --kind signers --kind ledgers
    """
    from contractkit.errors import ConfigurationError
    from contractkit.properties.profiles import require_profile
    from contractkit.properties.wrongs import KINDS, examine, planted

    if unknown := set(kind or ()) - set(KINDS):
        raise ConfigurationError(f"no wrongs of kind {', '.join(sorted(unknown))}; known: {', '.join(KINDS)}")
    require_profile(profile)
    total = missed = 0
    for outcome in examine(planted(tuple(kind or KINDS)), profile=profile):
        wrong, caught = outcome.wrong, bool(outcome.said)
        law = wrong.law.removeprefix("test_") if caught else f"NOT CAUGHT by {wrong.law.removeprefix('test_')}"
        say(f"{wrong.kind:10} {wrong.about:72} {law:52} {outcome.seconds:5.1f} s", "plain" if caught else "bad")
        total, missed = total + 1, missed + (not caught)
    say(f"{count(total, 'wrong')} planted, {total - missed} caught, {missed} not", "bad" if missed else "good")
    raise typer.Exit(1 if missed else 0)


@app.command("examine")
def examine_package(
    *,
    profile: Annotated[str, typer.Option(help="How many examples each law may draw: dev, ci or nightly.")] = "ci",
    page: Annotated[Path | None, typer.Option(help="Write a page that shows what was drawn, as HTML.")] = None,
) -> None:
    """Run every suite against this package itself, and show what was examined.

    Each line names the suite, the law, how many examples it saw, and how many
    classes of input were among them; the page has the share of each class.
    Exit code 1 when a law is broken.

    [bold]Example[/]

      contractkit properties examine --profile dev --page examined.html
    """
    from contractkit.conformance.report import write_laws
    from contractkit.conformance.report.writer import check_destination, check_report_path
    from contractkit.properties.own import own_suites
    from contractkit.properties.page import examine_suites
    from contractkit.properties.profiles import load_profile

    if page is not None:
        check_report_path(page, (".html",))
        check_destination(page)
    load_profile(profile)
    laws = []
    for law in map(to_law, examine_suites(own_suites())):
        laws.append(law)
        classes = f"{len(law.classes)} {'class' if len(law.classes) == 1 else 'classes'}"
        say(f"{law.suite:12} {law.law:60} {law.examples:6} examples, {classes}", "bad" if law.broken else "plain")
        if law.broken:
            say(f"  {law.broken}", "bad")
    if page is not None:
        write_laws(laws, page, profile=profile)
    broken = sum(bool(law.broken) for law in laws)
    say(f"{count(len(laws), 'law')}, {broken} broken", "bad" if broken else "good")
    raise typer.Exit(1 if broken else 0)
