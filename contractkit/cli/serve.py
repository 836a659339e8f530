"""`contractkit serve`: the reference cloud for any client on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from contractkit.cloud.server import Served

_A_YEAR: Final = 365 * 86_400.0


def serve(
    *,
    host: Annotated[
        str, typer.Option(help="Address to listen on; only this machine can reach the default.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(metavar="PORT", min=0, max=65535, help="Port to listen on; 0 takes any free one.")
    ] = 0,
    tls: Annotated[bool, typer.Option("--tls", help="Serve HTTPS under a certificate made for this run.")] = False,
    seed: Annotated[int, typer.Option(help="Seed of ids and addresses: the same seed gives the same ones.")] = 0,
    settle: Annotated[
        float,
        typer.Option(
            metavar="SECONDS", min=0, help="Seconds for which something stays in a passing state such as `creating`."
        ),
    ] = 0.0,
    region: Annotated[str, typer.Option(help="Region of requests that come to the address printed.")] = "bj",
    allow_remote: Annotated[
        bool, typer.Option("--allow-remote", help="Let --host be an address that other machines can reach.")
    ] = False,
) -> None:
    """Serve the reference cloud on this machine until interrupted.

    It enforces signatures, validation, clientTokens and resource states as
    documented, and costs nothing. The one line it prints is the base URL to
    hand to a client.

    Sign with the published example keys: access key id 'a' x 32, secret
    access key 'b' x 32. The pair 'c' x 32 and 'd' x 32 belongs to an account
    that has not passed real-name verification.

    [bold]Examples[/]

      contractkit serve
      contractkit serve --port 8080 --settle 2
      contractkit serve --tls
    """
    from datetime import timedelta

    from contractkit.cloud import ReferenceCloud
    from contractkit.cloud.server import run
    from contractkit.contract import load_contract
    from contractkit.errors import ConfigurationError

    if not settle <= _A_YEAR:
        raise ConfigurationError(f"--settle {settle} is no time to wait for; give seconds, at most a year of them")
    load_contract().host("vpc", region)
    cloud = ReferenceCloud(seed=seed, settle=timedelta(seconds=settle), region=region)
    raise typer.Exit(run(cloud, host=host, port=port, tls=tls, allow_remote=allow_remote, announce=_announce))


def _announce(served: Served) -> None:
    if served.ca_path:
        typer.echo(f"clients have to trust the CA certificate {served.ca_path}", err=True)
    typer.echo(served.base_url)
