"""Injected faults as a plan: which request meets a delay, an error or a cut connection, and which really did.

A plan is fixed before the run, so a run can be repeated; nothing here waits, sends or breaks anything itself.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from random import Random
from typing import Final, Literal

from contractkit.cloud.answers import Answer
from contractkit.errors import ConfigurationError, TransportError

__all__ = [
    "CLEAR",
    "ConnectionCut",
    "Meeting",
    "Sky",
    "Spell",
    "Weather",
    "cutting",
    "delaying",
    "failing",
    "throttling",
]

_CODES: Final = {429: "TooManyRequests", 500: "InternalError", 502: "BadGateway", 503: "ServiceUnavailable"}


class ConnectionCut(TransportError):  # noqa: N818 - named for what the client sees
    """The connection was cut instead of an answer. `committed` is what a client cannot know: whether it happened.

    As for any client, `sent` is None: the operation may have happened, so only an idempotent call may be repeated.
    """

    def __init__(self, *, committed: bool) -> None:
        self.committed = committed
        super().__init__("the connection was cut before an answer; repeat the call with the same clientToken")


@dataclass(frozen=True, slots=True)
class Spell:
    """One planned piece of weather. Build it with `delaying`, `failing`, `throttling` or `cutting`.

    `operation` is a dotted name or a pattern (`vpc.*`, `*`). Which of the matching requests meet it is said by
    `occurrences` (1 is the first; empty means all) or by `chance` (0 to 1, drawn from the seed of the weather).
    `delay` is in seconds; `status` 0 leaves the answer alone. `after_commit` lets the operation happen first.
    """

    operation: str = "*"
    occurrences: frozenset[int] = frozenset()
    chance: float = 1.0
    delay: float = 0.0
    status: int = 0
    code: str = ""
    retry_after: int | None = None
    cut: bool = False
    after_commit: bool = False

    @property
    def answer(self) -> Answer:
        """What a request that meets this spell is told."""
        headers = () if self.retry_after is None else (("Retry-After", str(self.retry_after)),)
        message = "too many requests, come back later" if self.status == 429 else "the service failed, try again"
        return Answer(self.status, code=self.code, message=message, headers=headers)


@dataclass(frozen=True, slots=True)
class Meeting:
    """One request that met a spell: `occurrence` counts the requests of that operation pattern, from 1."""

    spell: Spell
    operation: str
    occurrence: int


@dataclass(frozen=True, slots=True)
class Sky:
    """The weather over one request: every spell that falls on it, in the order planned."""

    meetings: tuple[Meeting, ...] = ()

    @property
    def delay(self) -> float:
        """Seconds to wait before the request is looked at."""
        return sum(each.spell.delay for each in self.meetings)

    def fault(self, when: Literal["before", "after"]) -> Meeting | None:
        """The fault that strikes before, or after, the operation has happened."""
        for each in self.meetings:
            spell = each.spell
            if (spell.cut or spell.status) and spell.after_commit == (when == "after"):
                return each
        return None


CLEAR: Final = Sky()


class Weather:
    """A schedule of spells and an account of which were really met. Safe to share between threads.

    Chances depend on the seed, the spell and the count of matching requests alone, never on timing.
    """

    def __init__(self, plan: Iterable[Spell] = (), *, seed: int = 0) -> None:
        self.plan = tuple(plan)
        self._seed = seed
        self._lock = threading.Lock()
        self._seen: Counter[int] = Counter()
        self._met: list[Meeting] = []

    def forecast(self, operation: str) -> Sky:
        """What falls on the next request of this operation ("" for a request that means none)."""
        if not self.plan:
            return CLEAR
        with self._lock:
            return Sky(tuple(self._falling(operation)))

    def _falling(self, operation: str) -> Iterable[Meeting]:
        for index, spell in enumerate(self.plan):
            if fnmatchcase(operation, spell.operation):
                self._seen[index] += 1
                count = self._seen[index]
                if (not spell.occurrences or count in spell.occurrences) and self._strikes(index, count):
                    yield Meeting(spell, operation, count)

    def _strikes(self, index: int, count: int) -> bool:
        chance = self.plan[index].chance
        if chance >= 1:
            return True
        return Random(f"{self._seed}:{index}:{count}").random() < chance  # noqa: S311 - reproducible on purpose

    def strike(self, meeting: Meeting) -> None:
        """Note that a spell really took effect."""
        with self._lock:
            self._met.append(meeting)

    @property
    def met(self) -> tuple[Meeting, ...]:
        """Every spell that took effect, in order."""
        with self._lock:
            return tuple(self._met)

    @property
    def unmet(self) -> tuple[Spell, ...]:
        """Planned spells that never took effect: a test that planned them has not tested what it meant to."""
        met = {id(each.spell) for each in self.met}
        return tuple(spell for spell in self.plan if id(spell) not in met)


def delaying(seconds: float, operation: str = "*", *, occurrences: Iterable[int] = (), chance: float = 1.0) -> Spell:
    """A request waits so many seconds and is then answered as usual."""
    return _spell(Spell(operation, frozenset(occurrences), chance, delay=seconds))


def failing(
    operation: str = "*",
    *,
    status: int = 503,
    code: str = "",
    occurrences: Iterable[int] = (),
    chance: float = 1.0,
    after_commit: bool = False,
) -> Spell:
    """A request is answered with an error; `after_commit` lets it happen all the same."""
    named = code or _CODES.get(status, "InternalError")
    when = frozenset(occurrences)
    return _spell(Spell(operation, when, chance, status=status, code=named, after_commit=after_commit))


def throttling(
    operation: str = "*", *, retry_after: int | None = 1, occurrences: Iterable[int] = (), chance: float = 1.0
) -> Spell:
    """A request is answered 429, with Retry-After in seconds (None leaves the header out)."""
    when = frozenset(occurrences)
    return _spell(Spell(operation, when, chance, status=429, code=_CODES[429], retry_after=retry_after))


def cutting(
    operation: str = "*", *, occurrences: Iterable[int] = (), chance: float = 1.0, after_commit: bool = False
) -> Spell:
    """The connection breaks instead of an answer, before the operation happened or after it."""
    return _spell(Spell(operation, frozenset(occurrences), chance, cut=True, after_commit=after_commit))


def _spell(spell: Spell) -> Spell:
    if not 0 <= spell.chance <= 1:
        raise ConfigurationError(f"a chance of {spell.chance} is no probability; give one from 0 to 1")
    if spell.delay < 0 or (spell.status and not 400 <= spell.status <= 599):
        raise ConfigurationError("a delay is 0 seconds or more, and a failing status 400 to 599")
    if any(each < 1 for each in spell.occurrences):
        raise ConfigurationError("occurrences count from 1, the first matching request")
    return spell
