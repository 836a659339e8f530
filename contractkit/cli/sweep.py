"""`contractkit sweep`: remove what a live run left behind when it was killed."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer


def sweep(
    *,
    logbooks: Annotated[
        list[Path], typer.Argument(metavar="LOGBOOK...", help="Logbooks of dead runs: contractkit-live-*.jsonl.")
    ],
    other_keys: Annotated[
        bool,
        typer.Option("--other-keys", help="These keys are not those of the run, but of the same account."),
    ] = False,
) -> None:
    """Remove what a live run created and could not remove itself.

    Only what the logbook says the run created is ever touched. A logbook
    whose things are all gone is removed as well. The credentials come from
    BAIDUCLOUD_ACCESS_KEY and BAIDUCLOUD_SECRET_KEY; they have to be those of
    the run.

    [bold]Example[/]

      contractkit sweep contractkit-live-*.jsonl
    """
    from contractkit.adapters.requests import RequestsTransport
    from contractkit.conformance.live import sweep_file
    from contractkit.conformance.settings import ENVIRONMENT, read_live_credentials

    credentials = read_live_credentials(os.environ)
    left_anything = False
    for path in logbooks:
        with closing(RequestsTransport(verify=os.environ.get(ENVIRONMENT["ca_bundle"]) or True)) as transport:
            left = sweep_file(path, credentials, transport=transport, other_keys=other_keys)
        typer.echo(f"{path}: {'all gone' if not left else f'{len(left)} still there'}")
        for creation in left:
            names = ", ".join(creation.identifiers) or "(id unknown)"
            typer.echo(f"  {creation.resource} {names} in {creation.region or 'the global service'}")
        left_anything = left_anything or bool(left)
    raise typer.Exit(1 if left_anything else 0)
