"""A run of requests with clientTokens against one service, judged from outside.

It reads only what any client can read: the answers, and the lists of what there is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any, Final

from contractkit.client.failures import read_code
from contractkit.clock import Clock
from contractkit.contract import load_contract
from contractkit.errors import TransportError
from contractkit.message import Request, Response, Transport
from contractkit.properties.families import Family, Form, Place, Wish, family
from contractkit.properties.memories import READINGS, WINDOW, Course, Memory, Sent
from contractkit.properties.sightings import Items, Sighting, differ, is_sure, read_items, read_states
from contractkit.properties.strategies.messages import write_query
from contractkit.properties.suite import LawBrokenError
from contractkit.signing import Credentials, sign

__all__ = ["WINDOW", "History", "MakeTarget", "Target", "Wish"]

_START: Final = datetime(2026, 1, 1, tzinfo=UTC)
_PATIENCE: Final = 20
"""How often what must be answered is sent in bad weather."""
_REGIONS: Final = ("bj", "su")


@dataclass(frozen=True)
class Target:
    """A service under test: where requests are sent, the base URL they are made for, and how to end it.

    `base_url` "" means the documented hosts. `count_tokens`, where a service can tell it, is how many tokens it
    remembers: no more than it was sent within a day.
    """

    exchange: Transport
    base_url: str = ""
    close: Callable[[], None] = lambda: None
    count_tokens: Callable[[], int] | None = None


MakeTarget = Callable[[Clock], Transport | Target]
"""Makes an empty service that reads its time from the clock."""


@dataclass(frozen=True)
class _Shelf:
    """What was last listed of a kind: its things, and the state of each."""

    items: Items
    states: Mapping[str, Any]


class History:
    """A run of requests against one target; every one is judged as it is answered.

    `make_target(clock)` gives a Transport or a Target that knows `accounts` and reads its time from the clock.
    `regions` are those that may be used, all but the first only where the documented hosts tell them apart. With a
    `clock` time passes by itself. A `mark` stands in every label and token, and only what bears it is looked at, so
    that a history can be one of several in an account. Where lists lag behind, `pauses` are how long, in seconds, to
    wait before looking again at what could not be explained.
    """

    def __init__(
        self,
        make_target: MakeTarget,
        accounts: Sequence[Credentials],
        *,
        regions: Sequence[str] = _REGIONS,
        clock: Clock | None = None,
        mark: str = "",
        pauses: Sequence[float] = (),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._instant, self._clock, self._mark = _START, clock, mark
        self._pauses, self._sleep = tuple(pauses), sleep
        made = make_target(lambda: self.now)
        self._target = made if isinstance(made, Target) else Target(made)
        self.regions = tuple(regions[:1] if self._target.base_url else regions)
        self.accounts = tuple(accounts)
        self._memories = [Memory(reading) for reading in READINGS]
        self._received: dict[tuple[object, ...], datetime] = {}
        self._shelves: dict[tuple[int, str, str], _Shelf] = {}
        self._fresh: set[tuple[int, str, str]] = set()
        self._made: set[tuple[int, str]] = set()
        self._done: set[tuple[object, ...]] = set()
        self._number = 0
        self.seen: set[str] = set()
        """What this history was made of: operations, the courses that were taken, and what befell requests."""

    @property
    def now(self) -> datetime:
        """The time of this history."""
        return self._clock() if self._clock else self._instant

    def close(self) -> None:
        """End the target."""
        self._target.close()

    def advance(self, step: timedelta) -> None:
        """Let time pass."""
        self._instant += step
        self.seen.add("time: beyond the window" if step > WINDOW else "time: within the window")

    def wish(self, form: Form, *, about: str = "", region: str = "", ids: Mapping[str, str] | None = None) -> Wish:
        """A wish of a form with a number of its own."""
        self._number += 1
        return form.fill(Place(self._number, self._label(self._number), region or self.regions[0], ids or {}), about)

    def other(self, wish: Wish) -> Wish:
        """The wish with a number of its own; the same where nothing in it has one."""
        self._number += 1
        return wish.renumbered(self._number, self._label(self._number))

    def things(self, kind: str, account: int = 0, region: str = "") -> list[str]:
        """The ids of what this history made of a kind and is still there, oldest first."""
        items = self._look(family(kind), account, region or self.regions[0]).items
        return [each for each in items if (account, each) in self._made]

    def send(self, wish: Wish, token: str | None, account: int = 0) -> Course:
        """Send a request and judge the answer; gives the course the service took. Raises LawBrokenError."""
        return self._judge(wish, token, account, lambda: [self._attempt(wish, token, account)])

    def send_together(self, wish: Wish, token: str, times: int, account: int = 0) -> Course:
        """Send a request several times at once; it may happen once, and all answers that tell of it are equal."""
        start = Barrier(times)

        def attempt(_: int) -> Response | None:
            start.wait()
            return self._attempt(wish, token, account)

        def send_all() -> list[Response | None]:
            with ThreadPoolExecutor(times) as pool:
                return list(pool.map(attempt, range(times)))

        self.seen.add("sent at once")
        return self._judge(wish, token, account, send_all)

    def send_refused(self, wish: Wish, token: str, account: int = 0) -> None:
        """Send a request whose token no service may take: a 4xx without any effect."""
        kind, region = family(wish.kind), wish.place.region
        before = self._look(kind, account, region).items
        response = self._exchange(account, self._write(wish, token), tries=_PATIENCE)
        self._fresh.clear()
        if not 400 <= response.status < 500 or self._look(kind, account, region).items != before:
            raise LawBrokenError(f"{wish!r} with an invalid clientToken is not refused, or changed something")

    def _judge(self, wish: Wish, token: str | None, account: int, send: Callable[[], list[Response | None]]) -> Course:
        """The course of a wish that `send` sends, by the answers and by the lists before and after."""
        sent, before = Sent(wish, token, account, self.now), self._look(family(wish.kind), account, wish.place.region)
        asked = account, wish.where, wish.path, wish.body
        sure = is_sure(wish, self._known(account, wish.place.region), before.states, again=asked in self._done)
        seen, after = self._watch(sent, _choose(wish, send()), before.items, sure=sure)
        new = after.keys() - before.items.keys()
        if seen.changed and seen.outcome in ("refused", "mismatch"):
            raise LawBrokenError(f"{wish!r} was refused with {seen.refusal}, and changed something")
        if seen.changed:
            self._done.add(asked)
            self._made |= {(account, each) for each in new if wish.does == "create"}
        course = self._settle(sent, seen, differ(before.items, after))
        self.seen |= {course if seen.outcome != "lost" else "answer lost", wish.operation.qualified}
        return course

    def _watch(self, sent: Sent, response: Response | None, before: Items, *, sure: bool) -> tuple[Sighting, Items]:
        """What is seen of a wish, and the list it was seen in; a list that lags behind is looked at again."""
        for pause in (*self._pauses, None):
            self._fresh.clear()
            after = self._look(family(sent.wish.kind), sent.account, sent.wish.place.region).items
            seen = Sighting.of(sent.wish, response, before, after, sure=sure)
            if pause is None or any(each.explain(sent, seen) for each in self._memories):
                return seen, after
            self._sleep(pause)
        raise AssertionError("the last look returns")

    def _settle(self, sent: Sent, seen: Sighting, changes: str) -> Course:
        """The course that was taken; memories that cannot explain it are dropped."""
        told = [(each, each.explain(sent, seen)) for each in self._memories]
        explained = [(memory, course) for memory, course in told if course is not None]
        if not explained:
            allowed = sorted(set().union(*(each.allow(sent) for each in self._memories)))
            effect = f"with changes {changes}" if seen.changed else "without effect"
            raise LawBrokenError(f"{sent.wish!r} was {seen.words}, {effect}; it should be {' or '.join(allowed)}")
        self._memories = [memory for memory, _ in explained]
        if sent.token:
            for memory, course in explained:
                memory.note(sent, course, seen)
            self._received[sent.account, sent.token, *sent.wish.where] = sent.at
            if seen.outcome in ("done", "mismatch"):  # it reached the table, which had occasion to forget
                self._require_forgotten()
        return explained[0][1]

    def _require_forgotten(self) -> None:
        """What has ended is not kept: a table that only grows holds everything it was ever sent."""
        if self._target.count_tokens is None:
            return
        living = sum(self.now - each <= WINDOW for each in self._received.values())
        if (kept := self._target.count_tokens()) > living:
            raise LawBrokenError(f"{kept} tokens are kept, and {living} were received within 24 hours")

    def _look(self, kind: Family, account: int, region: str) -> _Shelf:
        """What there is of a kind, listed anew when anything was sent since."""
        key = account, kind.kind, region
        if key not in self._fresh:
            url = self._address(kind.service, region) + f"{kind.listing.path}?maxKeys=1000"
            response = self._exchange(account, Request("GET", url), tries=_PATIENCE)
            if response.status != 200:
                raise LawBrokenError(f"{kind.listing.qualified} is refused: {response.status} {read_code(response)}")
            answer = response.json()
            self._shelves[key] = _Shelf(read_items(kind, answer, self._mark), read_states(kind, answer))
            self._fresh.add(key)
        return self._shelves[key]

    def _known(self, account: int, region: str) -> dict[str, Items]:
        """What was last listed in a place, by kind; all that changed since was listed again."""
        return {
            kind: shelf.items
            for (who, kind, where), shelf in self._shelves.items()
            if (who, where) == (account, region)
        }

    def _attempt(self, wish: Wish, token: str | None, account: int) -> Response | None:
        """The answer, None when the connection was cut."""
        try:
            return self._exchange(account, self._write(wish, token))
        except TransportError:
            return None

    def _write(self, wish: Wish, token: str | None) -> Request:
        mark = f"{self._mark}-" if self._mark else ""
        query = wish.query if token is None else (*wish.query, ("clientToken", mark + token))
        url = self._address(*wish.where) + wish.path + (f"?{write_query(query)}" if query else "")
        return Request(wish.method, url, [("Content-Type", "application/json; charset=utf-8")], wish.body)

    def _address(self, service: str, region: str) -> str:
        return self._target.base_url or f"https://{load_contract().host(service, region or self.regions[0])}"

    def _exchange(self, account: int, request: Request, *, tries: int = 1) -> Response:
        """Sign for this very instant and send; what must be answered is sent again when the weather is bad."""
        signed = sign(request, self.accounts[account], at=self.now)
        for left in reversed(range(tries)):
            try:
                response = self._target.exchange(signed)
            except TransportError:
                if not left:
                    raise
                continue
            if response.status < 429 or not left:
                return response
        raise AssertionError("the last try returns or raises")

    def _label(self, number: int) -> str:
        return f"{self._mark or 'net'}-{number}"


def _choose(wish: Wish, responses: Sequence[Response | None]) -> Response | None:
    """The answer that stands for all that were given at once. Raises LawBrokenError when they contradict each other."""
    answered = [each for each in responses if each is not None and each.status < 500 and each.status not in (408, 429)]
    told = [each.json() if each.body else {} for each in answered if each.status < 400]
    if told and (any(each != told[0] for each in told) or len(told) < len(answered)):
        raise LawBrokenError(f"{wish!r}, sent {len(responses)} times at once, got answers that are not all equal")
    return answered[0] if answered else responses[-1]
