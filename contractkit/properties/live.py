"""The laws that can be tried on a service that others use too, with so many requests and no more.

Its clock cannot be turned and its weather not made, so what needs that is left out, and named. Whether a request may
leave at all is for the transport to say: one that it refuses (CallerError) is passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from random import Random
from typing import Final, get_args

from contractkit.client.failures import read_code
from contractkit.clock import Clock
from contractkit.contract import Operation, load_contract
from contractkit.contract.examples import example_arguments
from contractkit.errors import CallerError
from contractkit.message import Request, Response, Transport
from contractkit.properties.contracts import FORGED, Forgery, keep_contract
from contractkit.properties.families import KINDS, family
from contractkit.properties.history import History
from contractkit.properties.moves import MISUSES, Does, Moves, Pick
from contractkit.properties.page import Examined, find_break, read_demand
from contractkit.properties.strategies.operations import write_request
from contractkit.properties.suite import LawBrokenError
from contractkit.properties.tally import Tally
from contractkit.signing import Credentials

__all__ = ["BudgetSpentError", "LiveLaws", "examine_live", "live_kinds"]


class BudgetSpentError(CallerError):
    """As many requests were sent as may be; nothing more was."""


_PAUSES: Final = (1.0, 3.0, 8.0)
_MOST: Final = 2
_RESERVE: Final = 12
"""Requests that the longest move may take: none is begun that could not be judged."""
_LEFT_OUT: Final = {
    "the token lives for a day": "the clock of a live service cannot be turned",
    "the window slides": "the clock of a live service cannot be turned",
    "accounts do not share tokens": "takes the keys of two accounts",
    "requests without a token are apart": "what is made without a token cannot be asked for again when its answer is lost",
}
_AS_IT_IS: Final = Forgery("", lambda signed: signed)
_EXPIRED: Final = Forgery("RequestExpired", lambda signed: signed)
_NO_LEAVE: Final = "makes something: the run has no leave to create"


@dataclass
class _Purse:
    """A transport with a budget of requests."""

    send: Transport
    left: int

    def __call__(self, request: Request) -> Response:
        if self.left <= 0:
            raise BudgetSpentError("the budget of requests is spent; give a larger one to examine more")
        self.left -= 1
        return self.send(request)


@dataclass
class LiveLaws:
    """A live service under examination: how it is reached, by whom, and what may be done to it.

    `budget` is the most requests that are sent, `mark` stands in every name and token, so that nothing of another run
    is taken for this one's; `seed` chooses the moves. `pauses` are how long to wait for lists that lag behind.
    """

    send: Transport
    credentials: Credentials
    clock: Clock
    budget: int
    mark: str
    region: str = "bj"
    may_create: bool = False
    seed: int = 0
    pauses: tuple[float, ...] = _PAUSES
    tallies: dict[str, Tally] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._purse = _Purse(self.send, self.budget)

    def answers_to_reads_keep_their_contract(self) -> None:
        """Law: every list that needs no argument is given, and is what the contract describes."""
        broken = [said for operation in _plain_lists() if (said := find_break(partial(self._read, operation)))]
        if broken:
            raise LawBrokenError("\n".join(broken))

    def refuses_what_is_not_authentic(self) -> None:
        """Law: an anonymous, changed, unknown or expired call gets the code of the common table."""
        operation = load_contract().operation("vpc.list_vpcs")
        for name, forgery in FORGED.items():
            # Another method on a list is a creation: nothing that a live service may be sent for a test of signatures.
            if name != "method changed":
                self._refused(operation, name, forgery)
        self._refused(operation, "expired", _EXPIRED, late=timedelta(hours=2))

    def any_history_follows_the_model(self) -> None:
        """Law: in any order of requests, retries, races and misuse of tokens, each answer is one the model allows."""
        history = History(
            lambda _: self._purse,
            (self.credentials,),
            regions=(self.region,),
            clock=self.clock,
            mark=self.mark,
            pauses=self.pauses,
        )
        tally = self.tallies.setdefault("any history follows the model", Tally())
        moves, random = Moves(history, live_kinds(), most=_MOST), Random(self.seed)  # noqa: S311 - a walk to be taken again, no secret
        while self._purse.left >= _RESERVE:
            move = _draw_move(moves, random)
            history.seen.clear()
            try:
                move()
            except BudgetSpentError:
                raise
            except CallerError:
                history.seen.add("passed over: may not be sent")
            tally.examples += 1
            tally.classes.update(history.seen)

    @property
    def spent(self) -> int:
        """How many requests were sent."""
        return self.budget - self._purse.left

    def _read(self, operation: Operation) -> None:
        if self._purse.left <= 0:
            return
        request, response = self._ask(operation)
        self._note("answers to reads keep their contract", f"operation of {operation.service}")
        if response.status >= 400:
            raise LawBrokenError(f"{operation.qualified} is answered {response.status} {read_code(response)}")
        keep_contract(request, response)

    def _ask(
        self, operation: Operation, forgery: Forgery = _AS_IT_IS, *, late: timedelta = timedelta(0)
    ) -> tuple[Request, Response]:
        written = write_request(operation, {})
        here, there = (load_contract().host(operation.service, region) for region in ("bj", self.region))
        request = written.replace(url=written.url.replace(here, there, 1))
        signed = forgery.write(request, self.credentials, self.clock() - late)
        return signed, self._purse(signed)

    def _refused(self, operation: Operation, name: str, forgery: Forgery, *, late: timedelta = timedelta(0)) -> None:
        _, response = self._ask(operation, forgery, late=late)
        self._note("refuses what is not authentic", name)
        if response.status < 400 or read_code(response) != forgery.code:
            said = f"{response.status} {read_code(response)}"
            raise LawBrokenError(f"{name}: answered {said}, and should be {forgery.code}")

    def _note(self, law: str, name: str) -> None:
        self.tallies.setdefault(law, Tally()).note({})
        self.tallies[law].classes[name] += 1


def examine_live(laws: LiveLaws) -> Iterator[Examined]:
    """Try every law on a live service until the budget is spent, and name those that were left out."""
    for method in (
        laws.refuses_what_is_not_authentic,
        laws.answers_to_reads_keep_their_contract,
        laws.any_history_follows_the_model,
    ):
        name, demand = method.__name__.replace("_", " "), read_demand(method)
        if method == laws.any_history_follows_the_model and not laws.may_create:
            yield Examined("live", name, demand, "", Tally(), _NO_LEAVE)
            continue
        said, tally = find_break(partial(_until_spent, method)), laws.tallies.get(name, Tally())
        left_out = "" if tally.examples or said else "the budget was spent before it"
        yield Examined("live", name, demand, said, tally, left_out)
    for name, why in _LEFT_OUT.items():
        yield Examined("live", name, "", "", Tally(), why)


def live_kinds() -> tuple[str, ...]:
    """The kinds that are made on a live service: free of charge, and with ids that it makes up."""
    families = map(family, KINDS)
    free = (each for each in families if each.create.operation.price == "free")
    return tuple(each.kind for each in free if each.traits["id"].get("prefix"))


def _until_spent(law: Callable[[], None]) -> None:
    try:
        law()
    except BudgetSpentError:
        return


def _plain_lists() -> Iterator[Operation]:
    for operation in load_contract().operations():
        if operation.effect.get("does") == "list" and operation.method == "GET" and not example_arguments(operation):
            yield operation


def _draw_move(moves: Moves, random: Random) -> Callable[[], None]:
    """The next move of a walk: at first something is made."""
    pick = Pick(random.randrange(len(moves.kinds)), random.randrange(9))
    token = random.choice(("one", "two", "three", "four"))
    does = random.choice(get_args(Does))
    if not moves.is_begun:
        return partial(moves.act, "create", pick, token)
    return random.choice(
        (
            partial(moves.act, does, pick, token),
            partial(moves.act, "create", pick, f"own-{random.random()}"),
            partial(moves.retry, random.randrange(9)),
            partial(moves.misuse, random.randrange(9), random.choice(MISUSES)),
            partial(moves.race, does, pick, token, 3),
            partial(moves.borrow, random.randrange(9), pick),
        )
    )
