"""Authorization and dates: a right signature is made again under the example credentials, a wrong one stays wrong.

All stored exchanges happen at one instant; a request keeps only its distance from its receipt, in whole
minutes, so that what was expired stays expired and a repeated recording changes no byte.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Final

from contractkit.errors import SanitizerError, SigningError
from contractkit.message import Headers, Request
from contractkit.recording.cassette import EPOCH
from contractkit.recording.sanitizer.draft import Draft
from contractkit.recording.sanitizer.memory import NO_SIGNATURE, PUBLISHED, UNKNOWN_KEY, Accounts
from contractkit.signing import (
    Credentials,
    ParsedAuthorization,
    authorize,
    format_time,
    parse_authorization,
    parse_time,
    verify,
)

__all__ = ["resign"]

_MAX_MINUTES: Final = 366 * 24 * 60
_NAME: Final = re.compile(r"[a-z0-9-]{1,64}")
_SCHEMES: Final = {"bce-auth-v1": "/", "bce-auth-v2": "/", "bearer": " ", "basic": " "}

Shift = Callable[[datetime], datetime]


def resign(draft: Draft, original: Request, accounts: Accounts, received: datetime) -> None:
    """Replace Authorization and dates of the draft, and set its verdict.

    Raises SanitizerError when a request that verified would not verify any more.
    """
    verdict = verify(original, _lookup(accounts), now=received)
    shift = _shift(received, away=verdict.code == "RequestExpired")
    _shift_dates(draft, shift)
    if original.headers.has("authorization"):
        draft.set_header("Authorization", _stand_in(draft, original, accounts, ok=verdict.ok, shift=shift))
    stored = verify(_as_request(draft), _lookup(PUBLISHED), now=EPOCH)
    if stored.ok != verdict.ok:
        raise SanitizerError(f"Authorization: {verdict.code or 'it verified'} as sent, but not as stored; not stored")
    draft.verdict = stored.code


def _stand_in(draft: Draft, original: Request, accounts: Accounts, *, ok: bool, shift: Shift) -> str:
    value = original.headers.get("authorization")
    try:
        parsed = parse_authorization(value)
    except SigningError:
        return _redact(value)
    credentials = accounts.get(parsed.access_key_id, (None, None))[1]
    # A signature that expired was right: it is judged at its own second.
    if credentials and (ok or verify(original, _lookup(accounts), now=parsed.timestamp).ok):
        return authorize(
            method=draft.method,
            path=draft.path,
            query=draft.query,
            headers=draft.request_headers,
            credentials=credentials,
            at=shift(parsed.timestamp),
            expires_in=parsed.expires_in,
            signed_headers=parsed.signed_headers or None,
        ).value
    return _wrong(parsed, credentials.access_key_id if credentials else UNKNOWN_KEY, shift)


def _wrong(parsed: ParsedAuthorization, access_key_id: str, shift: Shift) -> str:
    names = ";".join(name for name in parsed.signed_headers if _NAME.fullmatch(name))
    time = format_time(shift(parsed.timestamp))
    return f"bce-auth-v1/{access_key_id}/{time}/{parsed.expires_in}/{names}/{NO_SIGNATURE}"


def _redact(value: str) -> str:
    """The scheme and nothing else of a value that is not of `bce-auth-v1`, or not readable."""
    scheme = re.split(r"[/ ]", value.strip(), maxsplit=1)[0]
    mark = _SCHEMES.get(scheme.lower())
    return f"{scheme}{mark}redacted" if mark else "redacted"


def _shift(received: datetime, *, away: bool) -> Shift:
    """Moves an instant from the receipt's neighbourhood to that of EPOCH, in whole minutes towards or away from it."""

    def shift(instant: datetime) -> datetime:
        seconds = (instant - received).total_seconds()
        whole, rest = divmod(abs(seconds), 60)
        minutes = min(int(whole) + (1 if away and rest else 0), _MAX_MINUTES)
        return EPOCH + timedelta(minutes=minutes if seconds > 0 else -minutes)

    return shift


def _shift_dates(draft: Draft, shift: Shift) -> None:
    try:
        if draft.header("x-bce-date"):
            draft.set_header("x-bce-date", format_time(shift(parse_time(draft.header("x-bce-date").strip()))))
    except SigningError:
        draft.set_header("x-bce-date", "not-a-time")
    date = draft.header("date")
    if date:
        # Date counts only where x-bce-date is missing; otherwise it is one more thing that changes every time.
        draft.set_header("date", "" if draft.header("x-bce-date") else _shift_http_date(date, shift))


def _shift_http_date(date: str, shift: Shift) -> str:
    try:
        return format_datetime(shift(parsedate_to_datetime(date).astimezone(UTC)), usegmt=True)
    except (ValueError, TypeError, OverflowError):
        return "not-a-time"


def _lookup(accounts: Accounts) -> Callable[[str], Credentials | None]:
    return lambda access_key_id: accounts.get(access_key_id, (None, None))[0]


def _as_request(draft: Draft) -> Request:
    return Request(draft.method, draft.url, Headers(draft.request_headers), draft.request_body.close())
