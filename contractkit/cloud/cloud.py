"""The reference cloud: a request in, the answer of the specification out, and everything remembered."""

from __future__ import annotations

import logging
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final

from contractkit.clock import Clock, utc_now
from contractkit.cloud.accounts import Account, example_accounts
from contractkit.cloud.acts import Act, Plan, make_plan
from contractkit.cloud.answers import Answer, render
from contractkit.cloud.asgi import AsgiApp
from contractkit.cloud.behaviours import load_behaviours
from contractkit.cloud.dice import Dice
from contractkit.cloud.effects import perform
from contractkit.cloud.gates import (
    Doorman,
    read_token,
    require_contract,
    require_qualified,
    require_route,
    require_size,
)
from contractkit.cloud.lapsing import let_lapse
from contractkit.cloud.refusals import Refusal
from contractkit.cloud.traits import read_traits
from contractkit.cloud.weather import ConnectionCut, Meeting, Sky, Weather
from contractkit.cloud.world import Kind, World
from contractkit.contract import Contract, Match, NoRoute, load_contract
from contractkit.idempotency import ClientToken, Ledger, LedgerPolicy
from contractkit.idempotency import Kind as Receipt
from contractkit.message import Request, Response, encode_json
from contractkit.signing import Credentials

__all__ = ["ReferenceCloud"]

_LOG: Final = logging.getLogger("contractkit.cloud")
_FAILURE: Final = Answer(500, code="InternalError", message="the service failed; the cause is in the log of the cloud")


@dataclass(frozen=True, slots=True)
class _Accepted:
    """A request that passed every gate."""

    match: Match
    account: Account
    token: ClientToken | None
    query: Mapping[str, Any]
    body: Mapping[str, Any]


class ReferenceCloud:
    """A stand-in for the live cloud that enforces the specification; `handle` is a transport for any client.

    `clock` gives aware datetimes. `seed` fixes every id and address drawn, so that the same requests at the same
    instants get the same answers. `accounts` maps key pairs to accounts (default: the example pair, and one that
    has not passed real-name verification). `weather` injects faults. `quotas` limits resources by kind. `region`
    is meant where the Host names none. `settle` is how long passing states last. `tokens` is the policy of
    idempotency. `sleep` waits out the delays of the weather. Safe to share between threads.
    """

    def __init__(
        self,
        *,
        clock: Clock = utc_now,
        seed: int = 0,
        accounts: Mapping[Credentials, Account] | None = None,
        weather: Weather | None = None,
        quotas: Mapping[str, int] | None = None,
        region: str = "bj",
        contract: Contract | None = None,
        settle: timedelta = timedelta(0),
        tokens: LedgerPolicy | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.contract = load_contract() if contract is None else contract
        self.weather = Weather() if weather is None else weather
        self._clock = clock
        self._sleep = sleep
        self._region = region
        self._regions = _regions_by_host(self.contract)
        self._doorman = Doorman.of(example_accounts() if accounts is None else accounts)
        self._behaviours = load_behaviours()
        self._dice = Dice(seed)
        self._world = World(_read_kinds(self.contract), self._dice, settle, dict(quotas or {}))
        self._ledger = Ledger(tokens)
        self._plans: dict[str, Plan] = {}
        self._lock = threading.Lock()
        self._failures: list[str] = []

    def handle(self, request: Request) -> Response:
        """Answer one request. Raises ConnectionCut (a TransportError) where the weather cuts the connection."""
        sky = self.forecast(request)
        if sky.delay:
            self._sleep(sky.delay)
        return self.answer(request, sky)

    @cached_property
    def asgi(self) -> AsgiApp:
        """The cloud as an ASGI 3 application."""
        return AsgiApp(self)

    def forecast(self, request: Request) -> Sky:
        """The weather that will fall on a request; its delay is for the caller to wait out before `answer`."""
        return self.weather.forecast(self._route_name(request)) if self.weather.plan else Sky()

    def answer(self, request: Request, sky: Sky) -> Response:
        """Answer one request under a sky whose delay has passed. Raises ConnectionCut as `handle` does."""
        for meeting in sky.meetings:
            if meeting.spell.delay:
                self.weather.strike(meeting)
        answer, committed = self._work(request, sky)
        fault = sky.fault("after") if committed else None
        return self._render(self._suffer(fault, committed=True) if fault else answer)

    def refuse(self, code: str, message: str) -> Response:
        """The answer to a request that could not even be read."""
        return self._render(self._refused(Refusal(code, message)))

    def resources(self, account_id: str, kind: str) -> tuple[Mapping[str, Any], ...]:
        """What exists of a kind in an account, in all regions: the members of each thing, oldest first."""
        with self._lock:
            now = self._clock()
            let_lapse(self._world, now, self._behaviours)
            found: list[Mapping[str, Any]] = []
            for (owner, _), realm in self._world.realms.items():
                for thing in realm.all(kind).values() if owner == account_id else ():
                    thing.settle(now)
                    found.append(deepcopy(thing.members))
            return tuple(found)

    def snapshot(self) -> dict[str, dict[str, int]]:
        """How many things of each kind every account has made, over all regions; kinds without any are left out."""
        with self._lock:
            let_lapse(self._world, self._clock(), self._behaviours)
            counts: dict[str, dict[str, int]] = {}
            for (owner, _), realm in self._world.realms.items():
                mine = counts.setdefault(owner, {})
                for kind, things in realm.things.items():
                    made = sum(not each.given for each in things.values())
                    if made:
                        mine[kind] = mine.get(kind, 0) + made
            return counts

    @property
    def failures(self) -> tuple[str, ...]:
        """Every time the cloud itself broke and answered InternalError; empty unless it has a bug."""
        return tuple(self._failures)

    def _work(self, request: Request, sky: Sky) -> tuple[Answer, bool]:
        """The answer, and whether the request got as far as acting."""
        early = sky.fault("before")
        if early is not None:
            return self._suffer(early, committed=False), False
        try:
            accepted = self._admit(request)
        except Refusal as refusal:
            return self._refused(refusal), False
        except Exception as error:  # noqa: BLE001 - a bug of the cloud must look like one of the service
            return self._failed(error), False
        return self._commit(request, accepted), True

    def _suffer(self, fault: Meeting, *, committed: bool) -> Answer:
        self.weather.strike(fault)
        if fault.spell.cut:
            raise ConnectionCut(committed=committed)
        return fault.spell.answer

    def _admit(self, request: Request) -> _Accepted:
        """Walk a request through the gates. Takes no lock: nothing here changes anything."""
        require_size(request)
        account = self._doorman.require_authentic(request, self._clock())
        require_qualified(account)
        match = require_route(self.contract.route(request))
        arguments = require_contract(match, request)
        token = read_token(match.operation, request, self._ledger.policy)
        return _Accepted(match, account, token, arguments.query, arguments.body)

    def _commit(self, request: Request, accepted: _Accepted) -> Answer:
        """Act under the lock. A second use of a clientToken therefore waits for the first, and repeats its answer."""
        with self._lock:
            now = self._clock()
            try:
                let_lapse(self._world, now, self._behaviours)
                if accepted.token is None:
                    return self._perform(request, accepted, now)
                return self._perform_once(accepted.token, request, accepted, now)
            except Exception as error:  # noqa: BLE001 - a bug of the cloud must look like one of the service
                return self._failed(error)

    def _perform_once(self, token: ClientToken, request: Request, accepted: _Accepted, now: datetime) -> Answer:
        ledger, account = self._ledger, accepted.account.id
        where = {"service": accepted.match.operation.service, "region": self._region_of(request)}
        print_ = ledger.policy.fingerprint(request.method, request.path, request.query, request.body)
        outcome = ledger.receive(account, token, print_, now, **where)
        if outcome.kind is Receipt.MISMATCH:
            message = "the clientToken was used for another request within the last 24 hours; use a new one"
            return self._refused(Refusal("IdempotentParameterMismatch", message))
        if outcome.kind is Receipt.REPEAT:
            answer: Answer = outcome.answer
            return answer
        if outcome.kind is Receipt.IN_FLIGHT:
            status, code = ledger.policy.in_flight_answer
            return Answer(status, code=code, message="the first use of this clientToken is still running; try again")
        try:
            answer = self._perform(request, accepted, now)
        except BaseException:
            ledger.abandon(account, token, **where)
            raise
        ledger.complete(account, token, answer, failed=bool(answer.code), **where)
        return answer

    def _perform(self, request: Request, accepted: _Accepted, now: datetime) -> Answer:
        match = accepted.match
        act = Act(
            plan=self._plan(match),
            world=self._world,
            account=accepted.account,
            region=self._region_of(request),
            now=now,
            path=match.path_params,
            query=accepted.query,
            body=accepted.body,
        )
        try:
            payload = perform(act, self._behaviours)
        except Refusal as refusal:
            return self._refused(refusal)
        return Answer(match.operation.success_status, b"" if payload is None else encode_json(payload))

    def _plan(self, match: Match) -> Plan:
        name = match.operation.qualified
        if name not in self._plans:
            self._plans[name] = make_plan(match.operation, self._world.kinds)
        return self._plans[name]

    def _region_of(self, request: Request) -> str:
        return self._regions.get(request.host, self._region)

    def _route_name(self, request: Request) -> str:
        route = self.contract.route(request)
        return "" if isinstance(route, NoRoute) else route.operation.qualified

    def _refused(self, refusal: Refusal) -> Answer:
        return Answer(int(self.contract.errors[refusal.code]["status"]), code=refusal.code, message=refusal.message)

    def _failed(self, error: BaseException) -> Answer:
        """Log where the cloud broke, without the words of the exception, which may quote a request."""
        frames = "".join(traceback.format_tb(error.__traceback__))
        self._failures.append(f"{type(error).__name__}\n{frames}")
        _LOG.error("the reference cloud broke: %s\n%s", type(error).__name__, frames)
        return _FAILURE

    def _render(self, answer: Answer) -> Response:
        dice = self._dice
        return render(answer, request_id=dice.request_id(), debug_id=dice.debug_id(), now=self._clock())


def _read_kinds(contract: Contract) -> dict[str, Kind]:
    services = contract.common["services"]
    return {
        name: Kind.of(each, read_traits(each), everywhere=not services[each.service]["regions"])
        for name, each in contract.resources.items()
    }


def _regions_by_host(contract: Contract) -> dict[str, str]:
    services = contract.common["services"]
    return {contract.host(name, region): region for name, each in services.items() for region in each["regions"]}
