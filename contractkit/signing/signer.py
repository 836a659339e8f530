"""Sign a request that is about to go over the wire."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from contractkit.errors import SigningError
from contractkit.message import Headers, Request
from contractkit.signing.authorization import DEFAULT_EXPIRES_IN, authorize
from contractkit.signing.canonical import normalize_names
from contractkit.signing.credentials import Credentials
from contractkit.signing.limits import find_obstacle
from contractkit.signing.times import format_time

TOKEN_HEADER: Final = "x-bce-security-token"  # noqa: S105 - the name of the header, not a token
_METHOD: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_UNSENDABLE: Final = re.compile(r"[\r\n\0]")


def sign(
    request: Request,
    credentials: Credentials,
    *,
    at: datetime,
    expires_in: int = DEFAULT_EXPIRES_IN,
    signed_headers: Iterable[str] | None = None,
) -> Request:
    """A signed copy of `request`.

    Adds Host and x-bce-date when absent, sets x-bce-security-token when the credentials carry one, and
    replaces any Authorization. `signed_headers` None signs every one present of host, content-length,
    content-type, content-md5 and x-bce-*; a list is obeyed, but must name host, and a session token is signed
    in any case. `at` is an aware datetime, `expires_in` seconds, at least 1.

    Raises SigningError for a naive `at`, an `expires_in` below 1, no host to sign, a method or header that
    cannot be sent, or a request beyond the size limits.
    """
    if problem := find_obstacle(request):
        raise SigningError(problem)
    if expires_in < 1:
        raise SigningError("expires_in is below 1 second, so nothing could accept the signature; use 1800")
    names = None if signed_headers is None else normalize_names(signed_headers)
    if names is not None and "host" not in names:
        raise SigningError("the headers to sign leave out host, which every BCE service insists on; add it")
    headers = _complete(request, credentials, at)
    _require_sendable(request, headers)
    if names is not None and credentials.session_token is not None:
        names |= {TOKEN_HEADER}
    authorization = authorize(
        method=request.method,
        path=request.path,
        query=request.query,
        headers=headers,
        credentials=credentials,
        at=at,
        expires_in=expires_in,
        signed_headers=names,
    )
    return request.replace(headers=Headers((*headers, ("Authorization", authorization.value))))


def _complete(request: Request, credentials: Credentials, at: datetime) -> Headers:
    headers = request.headers.without("authorization")
    if not headers.get("host").strip():
        if not request.authority:
            raise SigningError("no host to sign; give the request an absolute URL or a Host header")
        headers = headers.set("Host", request.authority)
    if not headers.get("x-bce-date").strip():
        headers = headers.set("x-bce-date", format_time(at))
    token = credentials.session_token
    # A token that travels in the query is signed there.
    if token is not None and (TOKEN_HEADER, token) not in request.query:
        headers = headers.set(TOKEN_HEADER, token)
    return headers


def _require_sendable(request: Request, headers: Headers) -> None:
    if not _METHOD.fullmatch(request.method):
        raise SigningError("the method is no HTTP method; use GET, POST, PUT or DELETE")
    for name, value in headers:
        if _UNSENDABLE.search(value) or not _METHOD.fullmatch(name):
            raise SigningError(f"the header {name!r} cannot be sent: no line ends, NUL or blanks in its name")
    if len(headers.get_all("host")) > 1:
        raise SigningError("the request has several Host headers; keep one")
