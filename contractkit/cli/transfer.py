"""`contractkit cassette diff`, `import` and `export`: compare cassettes, and exchange them with other tools."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from contractkit.cli.console import count, say

if TYPE_CHECKING:
    from contractkit.signing import Credentials

_File = Annotated[Path, typer.Argument(metavar="FILE")]


def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD")],
    new: Annotated[Path, typer.Argument(metavar="NEW")],
) -> None:
    """Tell what changed between two cassettes, by operation and field.

    Exit code 1 means that they differ.

    [bold]Examples[/]

      git show HEAD:cassettes/test_vpc/test_create.json > old.json
      contractkit cassette diff old.json cassettes/test_vpc/test_create.json
    """
    from contractkit.contract import load_contract
    from contractkit.recording.differences import compare_cassettes
    from contractkit.recording.store import load_cassette

    before, after = load_cassette(old), load_cassette(new)
    changes = compare_cassettes(before, after, load_contract())
    for field, one, other in (
        ("contract", before.contract[:19], after.contract[:19]),
        ("sanitizer", str(before.sanitizer.version), str(after.sanitizer.version)),
    ):
        if one != other:
            say(f"recorded under another {field}: {one} -> {other}", "dim")
    for change in changes:
        say(str(change), "warn")
    say(f"{count(len(changes), 'difference')}" if changes else "no difference", "warn" if changes else "good")
    raise typer.Exit(1 if changes else 0)


def import_(
    sources: Annotated[list[Path], typer.Argument(metavar="FILE...")],
    *,
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Directory for the cassettes.")] = Path("cassettes"),
    region: Annotated[str, typer.Option(help="Region of recordings made on a loopback address.")] = "bj",
    skip_foreign: Annotated[
        bool, typer.Option("--skip-foreign", help="Leave out requests to hosts that are not documented.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace cassettes of the same name.")] = False,
) -> None:
    """Take over recordings of vcrpy, pytest-recording or betamax, sanitized, and journals of broken runs.

    Set BAIDUCLOUD_ACCESS_KEY and BAIDUCLOUD_SECRET_KEY to the keys they were recorded with: only then can right
    signatures be told and made anew under the example keys, and the keys be looked for in what is written.

    [bold]Examples[/]

      contractkit cassette import tests/cassettes/test_vpc/test_create.yaml --to cassettes/test_vpc
    """
    from contractkit.contract import load_contract
    from contractkit.errors import ConfigurationError
    from contractkit.recording.foreign import import_cassette

    contract, credentials = load_contract(), _recorded_with()
    today = datetime.now(UTC).date().isoformat()
    for source in sources:
        target = to / f"{source.name.removesuffix('.partial').removesuffix('.json').removesuffix(source.suffix)}.json"
        if target.exists() and not overwrite:
            raise ConfigurationError(f"{target} exists; add --overwrite to replace it, or choose another --to")
        done = import_cassette(
            source,
            target,
            contract,
            credentials=credentials,
            region=region,
            skip_foreign=skip_foreign,
            today=today,
        )
        say(f"{source} -> {target}: {count(done.taken, 'interaction')}", "good")
        for authority in done.left_out:
            say(f"  left out: {authority} is no documented host", "warn")


def _recorded_with() -> Credentials | None:
    from contractkit.signing import Credentials

    key, secret = os.environ.get("BAIDUCLOUD_ACCESS_KEY"), os.environ.get("BAIDUCLOUD_SECRET_KEY")
    return Credentials(key, secret, os.environ.get("BAIDUCLOUD_SESSION_TOKEN") or None) if key and secret else None


def export(
    sources: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Cassettes, or directories of them.")],
    *,
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Directory to write into.")],
    form: Annotated[str, typer.Option("--format", help="yaml or json.")] = "yaml",
) -> None:
    """Write cassettes in the format of vcrpy, for plain vcrpy or pytest-recording to replay.

    [bold]Examples[/]

      contractkit cassette export cassettes --to tests/cassettes
    """
    from contractkit.conformance.cassettes import find_cassettes
    from contractkit.errors import ConfigurationError
    from contractkit.recording.foreign import export_cassette

    if form not in ("yaml", "json"):
        raise ConfigurationError(f"--format={form}: use yaml or json")
    for place in sources:
        for path in find_cassettes([place]):
            inner = path.relative_to(place) if place.is_dir() else Path(path.name)
            target = (to / inner).with_suffix(f".{form}")
            left_out = export_cassette(path, target)
            say(f"{path} -> {target}", "good")
            if left_out:
                say(f"  left out: {count(left_out, 'fault')}, which vcrpy cannot replay", "warn")
