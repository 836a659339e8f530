"""What a service may remember of the tokens it saw, and what it owes a request by that.

Written from the documentation; shares no code with `contractkit.idempotency`. Where the documentation is silent (does
a mismatching use extend the window? is a failed answer remembered? what holds at the very last instant?) either course
is accepted, and the memory goes on from the one that was taken. Within what a token is unique is such a silence too:
there is a memory for each reading, and those that no longer explain what was seen are dropped.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from contractkit.properties.families import Wish
from contractkit.properties.sightings import Sighting

__all__ = ["READINGS", "WINDOW", "Course", "Memory", "Sent"]

Course = Literal["fresh", "repeat", "mismatch", "refused"]

WINDOW: Final = timedelta(hours=24)
READINGS: Final = {"account": 0, "account and service": 1, "account, service and region": 2}
"""Within what a token is unique: how much of service and region counts."""


@dataclass(frozen=True)
class Sent:
    """A wish as it was sent: under which token, by which account, and when."""

    wish: Wish
    token: str | None
    account: int
    at: datetime


@dataclass
class _Use:
    """What is known of a token: `matched` when a matching request last came, `received` when any did.

    `answer` None: it was carried out, and the answer got lost. `doubtful`: whether the token is remembered is the
    service's choice, for instance since nothing but failures came of it; `refusal` is the one that was told last.
    `displaced`: another request failed under it when it was doubtful, and may be the one remembered now.
    """

    wish: Wish
    answer: Any
    matched: datetime
    received: datetime
    doubtful: bool = False
    displaced: bool = False
    refusal: tuple[int, str] = (0, "")

    def is_answer(self, told: Any) -> bool:
        """Whether this may be the answer of a repeat; nothing is, if what was asked never happened."""
        return bool(told == self.answer) or (self.answer is None and not self.doubtful)


class Memory:
    """The uses of every token by one reading of its scope, one of READINGS."""

    def __init__(self, reading: str) -> None:
        self.reading = reading
        self._uses: dict[tuple[object, ...], _Use] = {}

    def allow(self, sent: Sent) -> frozenset[Course]:
        """The courses a service may take with a request that it has no other reason to refuse."""
        use = self._uses.get(self._key(sent))
        if not sent.token or use is None or sent.at - use.received > WINDOW:
            return frozenset({"fresh"})
        if use.displaced:
            return frozenset({"fresh", "repeat", "mismatch"})
        known: Course = "repeat" if sent.wish.identity == use.wish.identity else "mismatch"
        return frozenset({known} if sent.at - use.matched < WINDOW and not use.doubtful else {known, "fresh"})

    def explain(self, sent: Sent, seen: Sighting) -> Course | None:
        """The course that was taken, None when this memory has no explanation for what was seen."""
        allowed, use = self.allow(sent), self._uses.get(self._key(sent))
        if seen.outcome == "lost" and not seen.changed:
            return "refused"
        if seen.outcome == "mismatch":
            return "mismatch" if "mismatch" in allowed else None
        if seen.outcome == "refused":
            told_before = use is not None and use.doubtful and use.refusal == seen.refusal and "repeat" in allowed
            return "refused" if told_before or ("fresh" in allowed and not seen.sure) else None
        # To do again what changes nothing looks just like a repeat, and is one where that is allowed.
        if not seen.changed and "repeat" in allowed and use and use.is_answer(seen.told):
            return "repeat"
        return "fresh" if "fresh" in allowed and seen.single else None

    def note(self, sent: Sent, course: Course, seen: Sighting) -> None:
        """Remember a use that took this course."""
        key, allowed = self._key(sent), self.allow(sent)
        use = self._uses.get(key) if allowed != {"fresh"} else None
        if course == "fresh":
            self._uses[key] = _Use(sent.wish, seen.told, sent.at, sent.at)
        elif use is None:
            self._uses[key] = _Use(sent.wish, None, sent.at, sent.at, doubtful=True, refusal=seen.refusal)
        elif course == "repeat":
            self._uses[key] = _Use(sent.wish, seen.told, sent.at, sent.at)
        else:
            use.received = sent.at
            if course == "refused" and "fresh" in allowed:
                use.doubtful, use.displaced = True, use.displaced or sent.wish.identity != use.wish.identity
                use.refusal = seen.refusal if seen.outcome == "refused" else use.refusal

    def _key(self, sent: Sent) -> tuple[object, ...]:
        return sent.account, sent.token, *sent.wish.where[: READINGS[self.reading]]
