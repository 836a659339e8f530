"""`contractkit cassette scan` and `rules`: find secrets in recordings, and tell what the sanitizer does about them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from contractkit.cli.console import count, say


class Rules(StrEnum):
    """What `rules` can list."""

    SANITIZER = "sanitizer"
    SCAN = "scan"
    GITLEAKS = "gitleaks"


def scan(
    places: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Recordings, or directories of them.")],
    *,
    off: Annotated[
        list[str] | None, typer.Option("--off", metavar="ID", help="A pattern to leave out; repeatable.")
    ] = None,
) -> None:
    """Look for secrets of BCE in recordings of any tool: vcrpy, betamax, HAR, logs, cassettes.

    Bodies that are packed (gzip, base64, hex, JSON in JSON) are opened. A place
    is told, the value never. Exit code 1 means that something was found, so
    this serves as a pre-commit hook and in CI.

    [bold]Examples[/]

      contractkit cassette scan tests/cassettes
      contractkit cassette scan --off bce-secret-member trace.har
    """
    from contractkit.errors import ConfigurationError
    from contractkit.recording.scan import PATTERNS, find_files, scan_paths

    known = {pattern.id for pattern in PATTERNS}
    if unknown := sorted(set(off or ()) - known):
        raise ConfigurationError(f"no pattern {', '.join(unknown)}; known: {', '.join(sorted(known))}")
    files = list(find_files(places))
    if not files:
        raise ConfigurationError(
            f"no recording in {', '.join(map(str, places))}: of a directory only files are read that are called like "
            "one (.json, .yaml, .har, .log and the like); name others themselves"
        )
    hits = list(scan_paths(files, off=off or ()))
    for hit in hits:
        say(str(hit), "bad")
    advice = ": take them out, and change the keys that were in them" if hits else ""
    say(f"{count(len(hits), 'secret')} found in {count(len(files), 'file')}{advice}", "bad" if hits else "good")
    raise typer.Exit(1 if hits else 0)


def rules(
    which: Annotated[Rules, typer.Argument(help="Whose rules to list.")] = Rules.SANITIZER,
) -> None:
    """List the numbered rules of the sanitizer, the patterns of the scan, or the latter as rules for gitleaks.

    [bold]Examples[/]

      contractkit cassette rules
      contractkit cassette rules gitleaks > .gitleaks.toml
    """
    if which is Rules.SANITIZER:
        from contractkit.recording.sanitizer import RULES, VERSION

        say(f"sanitizer, rule set {VERSION}; switch a rule by its id with a reason")
        for rule in RULES:
            state = "always" if rule.required else "on" if rule.default else "off"
            say(f"{rule.id:<14} {state:<7} {rule.what}")
        return
    from contractkit.recording.scan import PATTERNS
    from contractkit.recording.scan.gitleaks import as_toml

    if which is Rules.GITLEAKS:
        typer.echo(as_toml(), nl=False)
        return
    for pattern in PATTERNS:
        say(f"{pattern.id:<22} {pattern.what}")
