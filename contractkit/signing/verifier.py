"""Decide whether a received request is signed, by whom, and if not, why: as the service would, and in words."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from contractkit.errors import SigningError
from contractkit.message import Headers, Request
from contractkit.signing.authorization import ParsedAuthorization, keyed_hex, parse_authorization
from contractkit.signing.credentials import Credentials
from contractkit.signing.divergences import find_divergence
from contractkit.signing.limits import find_obstacle
from contractkit.signing.signer import TOKEN_HEADER
from contractkit.signing.times import parse_http_date, parse_time
from contractkit.signing.wire import Wire, readings

MAX_SKEW: Final = timedelta(minutes=30)
"""How far the date of a request may be from the clock of the service, either way."""

_STATUS: Final = {
    "AccessDenied": 403,
    "InvalidAccessKeyId": 403,
    "InvalidHTTPAuthHeader": 400,
    "InvalidHTTPRequest": 400,
    "RequestExpired": 400,
    "SignatureDoesNotMatch": 400,
}

Lookup = Callable[[str], Credentials | None]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of verifying: `code` is "" or a BCE error code, `status` the HTTP status it goes with (200 when ok).

    `reason` is for a person and names neither key nor expected signature. `canonical_request` ("" when it was
    not reached) may hold a session token, so the repr leaves it out. `access_key_id` is "" and `at`, the
    instant of signing, None until the header could be read.
    """

    ok: bool
    code: str = ""
    status: int = 200
    reason: str = ""
    canonical_request: str = field(default="", repr=False)
    access_key_id: str = ""
    at: datetime | None = None


class _Refusal(Exception):  # noqa: N818 - a refusal is an outcome here, not a fault of the program
    def __init__(self, code: str, reason: str, canonical: str = "") -> None:
        self.code, self.reason, self.canonical = code, reason, canonical
        super().__init__(code)


def verify(request: Request, lookup: Lookup, *, now: datetime) -> Verdict:
    """Verify a request as received (BCE authentication, the side of the service).

    The target is decoded and encoded again, so any spelling of the same request verifies. `lookup` gives the
    credentials of an access key id, or None; credentials with a session token are good only along with it.
    `now` is an aware datetime. Never raises for what a request holds; SigningError only for a naive `now`.
    """
    if now.tzinfo is None:
        raise SigningError("`now` has no time zone; pass an aware datetime such as datetime.now(UTC)")
    parsed: ParsedAuthorization | None = None
    try:
        _require_readable(request)
        parsed = _read_authorization(request)
        _require_host(request, parsed)
        credentials = _find(parsed, lookup)
        _require_fresh(request, parsed, now)
        canonical = _require_signature(request, parsed, credentials)
        _require_token(request, credentials, canonical)
    except _Refusal as no:
        key_id, at = (parsed.access_key_id, parsed.timestamp) if parsed else ("", None)
        return Verdict(False, no.code, _STATUS[no.code], no.reason, no.canonical, key_id, at)
    return Verdict(True, canonical_request=canonical, access_key_id=parsed.access_key_id, at=parsed.timestamp)


def _require_readable(request: Request) -> None:
    if problem := find_obstacle(request):
        raise _Refusal("InvalidHTTPRequest", problem)


def _read_authorization(request: Request) -> ParsedAuthorization:
    values = request.headers.get_all("authorization")
    if not values:
        raise _Refusal("AccessDenied", "no Authorization header: sign the request before sending it")
    if len(values) > 1:
        raise _Refusal("InvalidHTTPAuthHeader", "several Authorization headers; send one")
    try:
        parsed = parse_authorization(values[0])
    except SigningError as error:
        raise _Refusal("InvalidHTTPAuthHeader", str(error)) from None
    if parsed.expires_in < 1:
        raise _Refusal("InvalidHTTPAuthHeader", "the expiry is below 1 second; use 1800")
    return parsed


def _require_host(request: Request, parsed: ParsedAuthorization) -> None:
    hosts = request.headers.get_all("host")
    if len(hosts) > 1:
        raise _Refusal("InvalidHTTPRequest", "several Host headers; send one")
    if not (hosts[0].strip() if hosts else request.authority):
        raise _Refusal("InvalidHTTPAuthHeader", "the request has no Host header, and host must be signed")
    if parsed.signed_headers and "host" not in parsed.signed_headers:
        raise _Refusal("InvalidHTTPAuthHeader", "host is not among the signed headers; sign it")


def _find(parsed: ParsedAuthorization, lookup: Lookup) -> Credentials:
    credentials = lookup(parsed.access_key_id)
    if credentials is None:
        raise _Refusal("InvalidAccessKeyId", "no account has this access key id; check which credentials are in use")
    return credentials


def _require_fresh(request: Request, parsed: ParsedAuthorization, now: datetime) -> None:
    sent = _sent_at(request.headers, parsed)
    if abs(now - sent) > MAX_SKEW:
        raise _Refusal("RequestExpired", "the date of the request is more than 30 minutes off; set the clock right")
    if parsed.timestamp - now > MAX_SKEW:
        raise _Refusal("RequestExpired", "the request is signed more than 30 minutes ahead; set the clock right")
    if (now - parsed.timestamp).total_seconds() > parsed.expires_in:
        raise _Refusal("RequestExpired", f"the signature was good for {parsed.expires_in} seconds; sign anew")


def _sent_at(headers: Headers, parsed: ParsedAuthorization) -> datetime:
    """x-bce-date, else Date, else the timestamp of the signature: the date the service compares with its clock."""
    for name, read in (("x-bce-date", parse_time), ("date", parse_http_date)):
        values = {value.strip() for value in headers.get_all(name)} - {""}
        if len(values) > 1:
            raise _Refusal("InvalidHTTPAuthHeader", f"several {name} headers that differ; send one")
        if values:
            try:
                return read(values.pop())
            except SigningError as error:
                raise _Refusal("InvalidHTTPAuthHeader", f"the {name} header is {error}") from None
    return parsed.timestamp


def _require_signature(request: Request, parsed: ParsedAuthorization, credentials: Credentials) -> str:
    """The canonical request under which the signature is right."""
    key = keyed_hex(credentials.secret_access_key.encode(), parsed.prefix).encode()
    tried: list[Wire] = []
    for wire in readings(request, parsed.signed_headers or None):
        canonical = wire.canonical
        if hmac.compare_digest(keyed_hex(key, canonical), parsed.signature):
            return canonical
        tried.append(wire)
    found = next(filter(None, (find_divergence(wire, parsed, credentials) for wire in tried)), "")
    reason = found or _unexplained(tried[0])
    raise _Refusal("SignatureDoesNotMatch", reason, tried[0].canonical)


def _unexplained(wire: Wire) -> str:
    return (
        "no known divergence explains the signature: the secret access key differs, or the method, path, query or "
        f"one of {', '.join(sorted(wire.chosen))} changed after signing; compare the canonical requests"
    )


def _require_token(request: Request, credentials: Credentials, canonical: str) -> None:
    if credentials.session_token is None:
        return
    sent = request.headers.get(TOKEN_HEADER).strip() or request.query_value(TOKEN_HEADER) or ""
    if not hmac.compare_digest(sent.encode("utf-8", "replace"), credentials.session_token.encode()):
        how = "another" if sent else "no"
        raise _Refusal(
            "InvalidAccessKeyId", f"the key is temporary and {how} {TOKEN_HEADER} came with it; send its own", canonical
        )
