"""When a failed attempt is worth another, and how long to wait: a decision without clock or sleep of its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from contractkit.errors import (
    ConfigurationError,
    QualificationError,
    ServiceError,
    SigningError,
    ThrottledError,
    TransportError,
)
from contractkit.signing.times import parse_http_date

__all__ = ["Retries", "RetryPolicy", "read_retry_after"]

Failure = ServiceError | TransportError
EXPIRED: Final = frozenset({"RequestExpired", "RequestTimeTooSkewed"})
"""Codes that say the signature was too old: refused unread, so even an unsafe call may be signed afresh."""

_SECONDS: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?", re.ASCII)


@dataclass(frozen=True)
class RetryPolicy:
    """How often and how patiently a call is repeated.

    `attempts` counts all, the first included (1 = never repeat). The wait before the nth repeat is
    `base * 2**(n-1)` seconds, at most `cap`, of which up to the share `jitter` (0 to 1) is taken off at
    random. A longer Retry-After is honoured, up to `cap`. `statuses` are the HTTP statuses worth repeating,
    besides throttling. The figures 0.3 and 20 s are those of the official SDKs.
    """

    attempts: int = 4
    base: float = 0.3
    cap: float = 20.0
    jitter: float = 0.25
    statuses: frozenset[int] = frozenset({500, 502, 503})

    def __post_init__(self) -> None:
        if self.attempts < 1:
            raise ConfigurationError("attempts counts the first one too; it is at least 1")
        if not (0 <= self.base <= self.cap < float("inf")):
            raise ConfigurationError("base and cap are seconds, with 0 <= base <= cap")
        if not 0 <= self.jitter <= 1:
            raise ConfigurationError("jitter is a share of the wait, from 0 to 1")

    def delay(self, repeat: int, chance: float, retry_after: float | None = None) -> float:
        """Seconds to wait before the `repeat`-th repeat (1, 2, ...); `chance` is a random number in [0, 1)."""
        # Beyond 2**63 the cap has long won, and a float would overflow.
        backoff = min(self.cap, self.base * 2.0 ** min(repeat - 1, 63)) * (1 - self.jitter * chance)
        return max(backoff, min(self.cap, retry_after or 0.0))


class Retries:
    """The repeats of one call. `safe` says that doing it twice has the effect of doing it once."""

    def __init__(self, policy: RetryPolicy, *, safe: bool, chance: Callable[[], float]) -> None:
        self._policy = policy
        self._safe = safe
        self._chance = chance
        self._renewed = False
        self.attempt = 1

    def delay_after(self, failure: Failure) -> float | None:
        """Seconds until the next attempt, None when there is none; counts the attempt it allows."""
        if self.attempt >= self._policy.attempts or not self._may_repeat(failure):
            return None
        self.attempt += 1
        retry_after = failure.retry_after if isinstance(failure, ServiceError) else None
        return self._policy.delay(self.attempt - 1, self._chance(), retry_after)

    def _may_repeat(self, failure: Failure) -> bool:
        if isinstance(failure, TransportError):
            return self._safe or failure.sent is False
        if failure.code in EXPIRED:
            first, self._renewed = not self._renewed, True
            return first
        return self._safe and self.is_temporary(failure)

    def is_temporary(self, failure: Failure) -> bool:
        """Whether the same request may succeed later."""
        if isinstance(failure, TransportError | ThrottledError):
            return True
        return failure.status in self._policy.statuses and not isinstance(failure, QualificationError)

    def explain(self, failure: Failure) -> str:
        """What the caller of a failed call should know: how often it was tried, and why not again."""
        tried = f"after {self.attempt} attempt{'s' if self.attempt > 1 else ''}"
        unsafe = not self._safe and not (isinstance(failure, TransportError) and failure.sent is False)
        if unsafe and self.is_temporary(failure):
            return f"{tried}; not repeated, since the operation takes no clientToken: look first whether it happened"
        return tried


def read_retry_after(value: str, now: datetime) -> float | None:
    """A Retry-After header in seconds from `now` (RFC 9110: seconds or an HTTP date); None when it is neither."""
    text = value.strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    try:
        return max(0.0, (parse_http_date(text) - now).total_seconds()) if text else None
    except SigningError:
        return None
