"""How instants are told in bodies, and what comes how long after them."""

from __future__ import annotations

from calendar import monthrange
from datetime import MAXYEAR, UTC, datetime, timedelta
from typing import Final

__all__ = ["add_span", "read_time", "tell_time"]

_AHEAD: Final = timedelta(hours=8)
# Nothing ends later than the calendar does.
_LAST: Final = datetime(MAXYEAR, 12, 31, tzinfo=UTC)


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


def add_span(at: datetime, length: int, unit: str) -> datetime:
    """The instant so many days, months or years later, by the calendar: a month after 31 January is the last of
    February.

    `unit` is `day`, `month` or `year`, in any letter case.
    """
    if unit.lower() == "day":
        return at + min(timedelta(days=length), _LAST - at)
    months = at.year * 12 + at.month - 1 + (length * 12 if unit.lower() == "year" else length)
    year, month = divmod(min(months, MAXYEAR * 12 + 11), 12)
    return at.replace(year=year, month=month + 1, day=min(at.day, monthrange(year, month + 1)[1]))
