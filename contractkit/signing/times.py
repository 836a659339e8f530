"""The two spellings of an instant in a BCE request: ISO 8601 in UTC, and the Date header of HTTP."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from contractkit.errors import SigningError

_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", re.ASCII)


def format_time(at: datetime) -> str:
    """An instant as `2015-04-27T08:23:49Z`: UTC, whole seconds, a fraction is cut off (BCE authentication, step 1).

    Raises SigningError for a datetime without a time zone.
    """
    if at.tzinfo is None:
        raise SigningError("a time without a zone cannot be signed; pass an aware datetime such as datetime.now(UTC)")
    if at.tzinfo is not UTC:
        at = at.astimezone(UTC)
    # Faster than isoformat, and strftime drops the zeros of early years on some systems.
    moment = (at.year, at.month, at.day, at.hour, at.minute, at.second)
    return "%04d-%02d-%02dT%02d:%02d:%02dZ" % moment  # noqa: UP031 - an f-string takes twice as long here


@lru_cache(maxsize=16)
def parse_time(text: str) -> datetime:
    """The instant of `2015-04-27T08:23:49Z`, and of nothing else. Raises SigningError for any other spelling."""
    if _TIME.fullmatch(text):
        try:
            return datetime.fromisoformat(text)
        except ValueError:  # there is no such day or hour: refused below
            pass
    raise SigningError("not a BCE time; write it in UTC without a fraction, like 2015-04-27T08:23:49Z")


def parse_http_date(text: str) -> datetime:
    """The instant of a Date header (RFC 9110), any zone offset. Raises SigningError when it is none."""
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - slow to import, and rarely needed

    try:
        at = parsedate_to_datetime(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        raise SigningError("not an HTTP date; write it like Mon, 27 Apr 2015 08:23:49 GMT") from None
