"""Lay open how a request is signed, line by line, for a person who asks why a signature does not match."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from contractkit.errors import SigningError
from contractkit.message import Request
from contractkit.signing.authorization import (
    DEFAULT_EXPIRES_IN,
    Authorization,
    ParsedAuthorization,
    authorize,
    parse_authorization,
)
from contractkit.signing.canonical import BLANKS, in_default_set, is_authorization, normalize_names, uri_encode
from contractkit.signing.credentials import Credentials
from contractkit.signing.limits import find_obstacle
from contractkit.signing.signer import TOKEN_HEADER, sign
from contractkit.signing.verifier import Verdict, verify
from contractkit.signing.wire import complete_headers

_HIDDEN: Final = "***"
_LABEL_WIDTH: Final = 24

Lines = Iterator[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a request is signed: `lines` of (label, text), in the order of the algorithm.

    `verdict` tells what verifying the request came to, None when it carried no Authorization of its own. Holds
    no secret access key, signing key or session token; the signature of a request signed here is shown, as it
    is about to be sent anyway.
    """

    lines: tuple[tuple[str, str], ...]
    verdict: Verdict | None = None

    def __str__(self) -> str:
        return "\n".join(f"{label:<{_LABEL_WIDTH}} {text}" for label, text in self.lines)


def explain(
    request: Request,
    credentials: Credentials,
    at: datetime,
    *,
    expires_in: int = DEFAULT_EXPIRES_IN,
    signed_headers: Iterable[str] | None = None,
) -> Explanation:
    """Every intermediate value of signing `request`, and for one that is signed already, what is wrong with it.

    A request without Authorization is signed with `at`, `expires_in` and `signed_headers` as `sign` would. One
    that carries a `bce-auth-v1` value is explained with the prefix and headers of that value and verified at
    `at`. Raises SigningError as `sign` does.
    """
    if problem := find_obstacle(request):
        raise SigningError(problem)
    if not request.headers.has("authorization"):
        signed = sign(request, credentials, at=at, expires_in=expires_in, signed_headers=signed_headers)
        return Explanation(_lines(signed, credentials, parse_authorization(signed.headers.get("authorization")), None))
    verdict = verify(request, {credentials.access_key_id: credentials}.get, now=at)
    received = request.replace(headers=complete_headers(request))
    return Explanation(_lines(received, credentials, _parse(request, at), verdict), verdict)


def _parse(request: Request, at: datetime) -> ParsedAuthorization:
    """The fields of the Authorization header; defaults at `at` when it cannot be read."""
    try:
        return parse_authorization(request.headers.get("authorization"))
    except SigningError:
        return ParsedAuthorization("", at, DEFAULT_EXPIRES_IN, (), "", "")


def _lines(
    request: Request, credentials: Credentials, parsed: ParsedAuthorization, verdict: Verdict | None
) -> tuple[tuple[str, str], ...]:
    names = parsed.signed_headers or None
    made = authorize(
        method=request.method,
        path=request.path,
        query=request.query,
        headers=request.headers,
        credentials=credentials,
        at=parsed.timestamp,
        expires_in=parsed.expires_in,
        signed_headers=names,
    )
    return (*_target_lines(request), *_header_lines(request, names), *_result_lines(made, verdict))


def _target_lines(request: Request) -> Lines:
    yield "method", request.method
    yield "path as sent", request.raw_path
    yield "path decoded", request.path.encode("utf-8", "backslashreplace").decode()
    for name, value in request.query:
        if is_authorization(name):
            yield "query item", "authorization: not signed"
        else:
            yield "query item", f"{uri_encode(name)}={_masked(name, uri_encode(value or ''))}"


def _header_lines(request: Request, names: tuple[str, ...] | None) -> Lines:
    wanted = None if names is None else normalize_names(names)
    for name, value in request.headers:
        key, text = name.lower(), value.strip(BLANKS)
        if is_authorization(key):
            continue
        if not (in_default_set(key) if wanted is None else key in wanted):
            yield "header left out", f"{key}: not among those to sign"
        elif not text:
            yield "header left out", f"{key}: blank"
        else:
            yield "header signed", f"{uri_encode(key)}:{_masked(key, uri_encode(text))}"
    for name in sorted((wanted or frozenset()) - {name.lower() for name, _ in request.headers}):
        yield "header left out", f"{name}: absent"


def _result_lines(made: Authorization, verdict: Verdict | None) -> Lines:
    yield "signed headers", ";".join(made.signed_headers)
    for number, line in enumerate(made.canonical_request.split("\n"), 1):
        yield f"canonical request {number}", _masked_line(line)
    prefix = made.value.rsplit("/", 2)[0]
    yield "signing key", f"not shown; HMAC-SHA256 in hex, keyed by the secret access key, of {prefix}"
    if verdict is None:
        yield "signature", made.signature
    else:
        yield "verdict", "the signature is right" if verdict.ok else f"{verdict.code} ({verdict.status})"
        if not verdict.ok:
            yield "what differs", verdict.reason


def _masked(name: str, value: str) -> str:
    return _HIDDEN if name.lower() == TOKEN_HEADER else value


def _masked_line(line: str) -> str:
    for mark in (f"{TOKEN_HEADER}:", f"{TOKEN_HEADER}="):
        head, found, tail = line.partition(mark)
        if found:
            rest = tail.partition("&")[1:]
            return f"{head}{mark}{_HIDDEN}{''.join(rest)}"
    return line
