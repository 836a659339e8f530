"""`contractkit contract`: the described operations for other tools."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from contractkit.errors import ConfigurationError

app = typer.Typer(no_args_is_help=True, help="Hand the contract to other tools.")


@app.callback()
def _describe() -> None:
    """Hand the contract to other tools."""


@app.command()
def export(
    *,
    service: Annotated[str, typer.Option(help="vpc, eip, dns or privatezone.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where to write it (default: standard output)."),
    ] = None,
) -> None:
    """Write one service as a standard OpenAPI 3.1 document in JSON.

    Operations that share a path and differ by a query flag (?bind, ?resize)
    become one operation with optional flags: OpenAPI has no query in a path.

    [bold]Examples[/]

      contractkit contract export --service vpc -o vpc.json
      contractkit contract export --service eip | jq .paths
    """
    import msgspec

    from contractkit.contract import load_contract
    from contractkit.contract.export import export_openapi

    text = msgspec.json.format(msgspec.json.encode(export_openapi(load_contract(), service)), indent=2).decode()
    if output is None:
        typer.echo(text)
        return
    try:
        output.write_text(text + "\n", "utf-8")
    except OSError as error:
        raise ConfigurationError(f"{output}: cannot be written ({error.strerror}); name another place") from None
    typer.echo(f"wrote {output}", err=True)
