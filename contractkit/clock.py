"""What a clock is to every room above, and the one of this machine. Whoever needs the time is handed a clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

__all__ = ["Clock", "utc_now"]

Clock = Callable[[], datetime]
"""Tells the present instant, with a time zone."""


def utc_now() -> datetime:
    """The present instant in UTC, by the clock of this machine."""
    return datetime.now(UTC)
