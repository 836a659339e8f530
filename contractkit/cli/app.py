"""The command itself: its subcommands, its exit codes, and how errors reach a person."""

from __future__ import annotations

import os
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from contractkit.cli import cassette, conformance, contract, coverage, properties, serve, sign, sweep
from contractkit.errors import ContractkitError

__all__ = ["app", "main"]

_INTERRUPTED = 130


class _Door(TyperGroup):
    """Turns what is expected to go wrong into one line and an exit code; only a bug shows a traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except ContractkitError as error:
            from contractkit.recording.printing import printable  # only now: `--help` does without that room

            first, *rest = map(printable, str(error).split("\n"))
            typer.echo("\n".join((f"error: {first}", *rest)), err=True)
            raise typer.Exit(2) from None
        except KeyboardInterrupt:
            typer.echo("interrupted", err=True)
            raise typer.Exit(_INTERRUPTED) from None


app = typer.Typer(
    name="contractkit",
    cls=_Door,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,  # its tracebacks print local variables, and those can be credentials
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 all is well, 1 something failed or was found, 2 wrong usage or settings, 130 interrupted.",
)
app.command("conformance")(conformance.run)
app.command("serve")(serve.serve)
app.command("sign")(sign.sign)
app.command("coverage")(coverage.show)
app.command("sweep")(sweep.sweep)
app.add_typer(cassette.app, name="cassette")
app.add_typer(contract.app, name="contract")
app.add_typer(properties.app, name="properties")


def _show_version(wanted: bool) -> None:
    if wanted:
        from contractkit.conformance.version import find_version

        typer.echo(f"contractkit {find_version()}")
        raise typer.Exit


@app.callback()
def _describe(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Record, replay and contract-test calls to Baidu AI Cloud's VPC, EIP, DNS and PrivateZone APIs."""


def main() -> None:
    """Run the command and exit with its code; a reader that closes the pipe early (`| head`) is no error."""
    try:
        app(prog_name="contractkit")
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
