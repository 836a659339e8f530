"""How instants are told in bodies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

__all__ = ["read_time", "tell_time"]

_AHEAD: Final = timedelta(hours=8)


def tell_time(at: datetime, form: str) -> str:
    """An instant in one of the two forms the services use."""
    if form == "beijing":
        return f"{at.astimezone(UTC) + _AHEAD:%Y-%m-%d %H:%M:%S}"
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def read_time(text: str, form: str) -> datetime:
    """The instant that `tell_time` told in that form."""
    if form == "beijing":
        return datetime.strptime(f"{text} +0800", "%Y-%m-%d %H:%M:%S %z")
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
