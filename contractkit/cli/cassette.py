"""`contractkit cassette`: look into cassettes, and prove that they can be relied on."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from contractkit.cli import safety, transfer
from contractkit.cli.console import count, say

if TYPE_CHECKING:
    from contractkit.conformance.cassettes import Examination
    from contractkit.recording.cassette import Entry

app = typer.Typer(no_args_is_help=True, help="Look into cassettes and check them.")
app.command("scan")(safety.scan)
app.command("rules")(safety.rules)
app.command("diff")(transfer.diff)
app.command("import")(transfer.import_)
app.command("export")(transfer.export)

_Places = Annotated[list[Path], typer.Argument(metavar="FILE...", help="Cassettes, or directories of them.")]
_LEVEL_STYLES = {"error": "bad", "warning": "warn", "note": "dim"}


@app.command()
def show(
    places: _Places,
    *,
    bodies: Annotated[bool, typer.Option("--bodies", "-b", help="Show the bodies too.")] = False,
) -> None:
    """List the interactions of cassettes: request, operation, answer.

    The signature's code is shown where a stored request does not verify.

    [bold]Examples[/]

      contractkit cassette show cassettes/test_vpc/test_create.json
      contractkit cassette show --bodies cassettes
    """
    from contractkit.conformance.cassettes import find_cassettes
    from contractkit.recording.store import load_cassette

    for path in find_cassettes(places):
        cassette = load_cassette(path)
        say(f"{path}: {count(len(cassette.entries), 'interaction')}, recorded under contract {cassette.contract[:19]}")
        for number, entry in enumerate(cassette.entries, start=1):
            _show_entry(number, entry, bodies=bodies)


def _show_entry(number: int, entry: Entry, *, bodies: bool) -> None:
    interaction = entry.to_interaction()
    request, response = interaction.request, interaction.response
    verdict = f"  signature: {entry.verdict}" if entry.verdict else ""
    what = f"{request.method:<6} {request.authority}{request.target}"
    part = f"  of {entry.part}" if entry.part else ""
    ended = f"fault: {entry.fault}" if entry.fault else response.status
    style = "warn" if entry.fault else _style(response.status)
    say(f"{number:>4}  {what}  {entry.operation or '(no operation)'}  {ended}{verdict}{part}", style)
    for arrow, body in ((">", request.body), ("<", response.body)) if bodies else ():
        if body:
            say(f"      {arrow} {body.decode('utf-8', 'backslashreplace')}", "dim")


def _style(status: int) -> str:
    return "plain" if status < 400 else "warn"


@app.command()
def check(places: _Places) -> None:
    """Check cassettes: whole and unedited, every signature as it should be, nothing against the contract.

    Exit code 1 means that a cassette is damaged, a stored signature is not
    what it should be, or a finding of level error was made.

    [bold]Examples[/]

      contractkit cassette check cassettes
    """
    from contractkit.conformance.cassettes import examine_cassette, find_cassettes
    from contractkit.contract import load_contract

    contract = load_contract()
    examined = [examine_cassette(path, contract) for path in find_cassettes(places)]
    for each in examined:
        _tell(each)
    unsound = sum(not each.is_sound for each in examined)
    total = sum(len(each.cassette.entries) for each in examined if each.cassette)
    told = f"{unsound} of them not sound" if unsound else "all sound"
    say(f"{count(len(examined), 'cassette')}, {count(total, 'interaction')}: {told}", "bad" if unsound else "good")
    raise typer.Exit(1 if unsound else 0)


def _tell(examination: Examination) -> None:
    for problem in examination.problems:
        say(problem if str(examination.path) in problem else f"{examination.path}: {problem}", "bad")
    for finding, number in Counter(examination.findings).items():
        times = f" (x{number})" if number > 1 else ""
        say(f"{examination.path}: {finding}{times}", _LEVEL_STYLES[finding.level])
