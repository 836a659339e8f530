"""`contractkit sign`: the headers that sign one request, or every step on the way to them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import urlsplit

import typer

from contractkit.errors import ConfigurationError, SigningError

if TYPE_CHECKING:
    from contractkit.message import Request
    from contractkit.signing import Credentials, Verdict

_ACCESS_KEY: Final = "BAIDUCLOUD_ACCESS_KEY"
_SECRET_KEY: Final = "BAIDUCLOUD_SECRET_KEY"  # noqa: S105 - the name of a variable
_SESSION_TOKEN: Final = "BAIDUCLOUD_SESSION_TOKEN"  # noqa: S105 - the name of a variable
_METHODS: Final = ("GET", "POST", "PUT", "DELETE", "HEAD")
_WIDTH: Final = 24
_NOT_PRINTED: Final = frozenset({"host", "x-bce-security-token"})


def sign(
    method: Annotated[str, typer.Argument(help="GET, POST, PUT, DELETE or HEAD.")],
    url: Annotated[str, typer.Argument(help="The absolute URL with its query, percent-encoded as it is sent.")],
    *,
    explain: Annotated[bool, typer.Option("--explain", help="Show every intermediate value, never a key.")] = False,
    header: Annotated[
        list[str] | None,
        typer.Option("--header", "-H", metavar="NAME:VALUE", help="A header that is sent; repeatable."),
    ] = None,
    data: Annotated[
        str, typer.Option("--data", "-d", metavar="TEXT|@FILE", help="The body; @FILE reads a file, @- standard input.")
    ] = "",
    at: Annotated[
        str, typer.Option(metavar="TIME", help="The instant of signing, like 2015-04-27T08:23:49Z (default: now).")
    ] = "",
    expires: Annotated[int, typer.Option(metavar="SECONDS", help="How long the signature is good.")] = 1800,
    authorization: Annotated[
        str,
        typer.Option(
            metavar="VALUE|-", help="A refused Authorization value to explain; - reads it from standard input."
        ),
    ] = "",
    example: Annotated[bool, typer.Option("--example", help="Sign with the published example keys.")] = False,
) -> None:
    """Print the headers that sign a request, or explain a signature line by line.

    Credentials come from BAIDUCLOUD_ACCESS_KEY, BAIDUCLOUD_SECRET_KEY and, for
    temporary keys, BAIDUCLOUD_SESSION_TOKEN; never from the command line,
    where other users of the machine could read them.

    [bold]Examples[/]

      contractkit sign --example GET http://bcc.bj.baidubce.com/v1/vpc
      contractkit sign --explain PUT "http://eip.bj.baidubce.com/v1/eip/1.2.3.4?unbind"
      contractkit sign POST http://bcc.bj.baidubce.com/v1/vpc -d @vpc.json
      contractkit sign GET URL -H x-bce-date:TIME --authorization "bce-auth-v1/..."

    Exit code 1 means that the Authorization value given would be refused.
    """
    from contractkit.message import Request
    from contractkit.signing import parse_time

    _require_sendable(method.upper(), url)
    credentials = _read_credentials(example=example)
    instant = parse_time(at) if at else datetime.now(UTC)
    request = Request(method.upper(), url, _split_headers(header or ()), _read_body(data))
    refused = sys.stdin.read().strip() if authorization == "-" else authorization
    if refused:
        _explain_refused(request, refused.removeprefix("Authorization:").strip(), credentials, instant)
    elif explain:
        _explain_signing(request, credentials, instant, expires)
    else:
        _print_headers(request, credentials, instant, expires)


def _require_sendable(method: str, url: str) -> None:
    """What no client could send is refused: its signature would only mislead."""
    if method not in _METHODS:
        raise ConfigurationError(f"{method!r} is no method of the APIs; use one of {', '.join(_METHODS)}")
    try:
        parts = urlsplit(url)
        fine = parts.scheme.lower() in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets that do not close, or a port beyond 65535
        fine = False
    if not fine:
        raise ConfigurationError(f"{_place(url)!r} is no absolute URL; write http://host/path or https://host/path")


def _place(url: str) -> str:
    """A URL without its query, which may hold what should not be shown."""
    return url.partition("?")[0]


def _read_credentials(*, example: bool) -> Credentials:
    from contractkit.signing import EXAMPLE, Credentials

    if example:
        return EXAMPLE
    missing = [name for name in (_ACCESS_KEY, _SECRET_KEY) if not os.environ.get(name)]
    if missing:
        raise ConfigurationError(
            f"no credentials: set {' and '.join(missing)}, or pass --example for the published example keys"
        )
    return Credentials(os.environ[_ACCESS_KEY], os.environ[_SECRET_KEY], os.environ.get(_SESSION_TOKEN) or None)


def _split_headers(lines: Iterable[str]) -> list[tuple[str, str]]:
    fields = []
    for number, line in enumerate(lines, start=1):
        name, colon, value = line.partition(":")
        if not (colon and name.strip()):
            raise ConfigurationError(f"header {number} is not of the form NAME:VALUE; write -H content-type:text/plain")
        fields.append((name.strip(), value.strip()))
    return fields


def _read_body(data: str) -> bytes:
    if not data.startswith("@"):
        return os.fsencode(data)
    if data == "@-":
        return sys.stdin.buffer.read()
    try:
        return Path(data[1:]).read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{data[1:]}: cannot be read ({error.strerror}); name the file of the body") from None


def _print_headers(request: Request, credentials: Credentials, at: datetime, expires: int) -> None:
    from contractkit.signing import sign as sign_request

    signed = sign_request(request, credentials, at=at, expires_in=expires)
    for name, value in signed.headers:
        if name.lower() not in _NOT_PRINTED and not request.headers.has(name):
            typer.echo(f"{name}: {value}")
    if credentials.session_token is not None:
        typer.echo(f"also send x-bce-security-token with the value of {_SESSION_TOKEN}: it is signed", err=True)


def _explain_signing(request: Request, credentials: Credentials, at: datetime, expires: int) -> None:
    from contractkit.signing.explanation import explain

    _print_lines(explain(request, credentials, at, expires_in=expires).lines)


def _explain_refused(request: Request, value: str, credentials: Credentials, now: datetime) -> None:
    """Say first whether the signature is right at its own instant, then whether it is still good."""
    from contractkit.signing import format_time, parse_authorization, verify
    from contractkit.signing.explanation import explain

    try:
        signed_at = parse_authorization(value).timestamp
    except SigningError:
        signed_at = now
    dated = request.headers.has("x-bce-date") or request.headers.has("date")
    headers = request.headers if dated else request.headers.set("x-bce-date", format_time(signed_at))
    received = request.replace(headers=headers.set("Authorization", value))
    explanation = explain(received, credentials, signed_at)
    _print_lines(explanation.lines)
    if not dated:
        _print_lines([("assumed", f"x-bce-date: {format_time(signed_at)}, as no -H gave one")])
    verdict = explanation.verdict
    if verdict is not None and verdict.ok:
        verdict = verify(received, {credentials.access_key_id: credentials}.get, now=now)
        told = "good" if verdict.ok else f"{verdict.code}: {verdict.reason}"
        _print_lines([(f"at {format_time(now)}", told)])
    _print_lines(_rests_on(received, value, verdict))
    if verdict is None or not verdict.ok:
        raise typer.Exit(1)


def _rests_on(request: Request, value: str, verdict: Verdict | None) -> Iterator[tuple[str, str]]:
    """The readings of the specification that this explanation depends on."""
    from contractkit.contract import load_readings

    listed = value.split("/")[4] if value.count("/") >= 5 else "?"
    needed = {
        "signed-headers-empty": listed == "",
        "signed-headers": bool(listed.strip("?")),
        "query-authorization": any(name.lower() == "authorization" for name, _ in request.query),
        "clock-skew": verdict is not None and verdict.code == "RequestExpired",
    }
    for reading in load_readings():
        if needed.get(reading.id):
            yield "rests on", f"{reading.id}: {reading.held} {reading.evidence}"


def _print_lines(lines: Iterable[tuple[str, str]]) -> None:
    for label, text in lines:
        typer.echo(f"{label:<{_WIDTH}} {text}")
