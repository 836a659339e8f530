"""`contractkit properties`: what the property suites examine, and that they would notice."""

from __future__ import annotations

from typing import Annotated

import typer

from contractkit.cli.console import count, say

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
    from contractkit.properties.wrongs import KINDS, examine, planted

    if unknown := set(kind or ()) - set(KINDS):
        raise ConfigurationError(f"no wrongs of kind {', '.join(sorted(unknown))}; known: {', '.join(KINDS)}")
    if profile not in ("dev", "ci", "nightly"):
        raise ConfigurationError(f"no profile {profile!r}; use dev, ci or nightly")
    total = missed = 0
    for outcome in examine(planted(tuple(kind or KINDS)), profile=profile):
        wrong, caught = outcome.wrong, bool(outcome.said)
        law = wrong.law.removeprefix("test_") if caught else f"NOT CAUGHT by {wrong.law.removeprefix('test_')}"
        say(f"{wrong.kind:10} {wrong.about:72} {law:52} {outcome.seconds:5.1f} s", "plain" if caught else "bad")
        total, missed = total + 1, missed + (not caught)
    say(f"{count(total, 'wrong')} planted, {total - missed} caught, {missed} not", "bad" if missed else "good")
    raise typer.Exit(1 if missed else 0)
