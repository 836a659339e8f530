"""The idempotency suite: the reference cloud passes it in good and bad weather, wrong services are caught."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from contractkit.adapters.requests import RequestsTransport
from contractkit.cloud import Account, ReferenceCloud, Weather, cutting, failing, throttling
from contractkit.cloud.server import serve
from contractkit.errors import TransportError
from contractkit.idempotency import LedgerPolicy, Scope
from contractkit.message import Request, Response, encode_json
from contractkit.properties import LawBrokenError, Target, idempotency_suite
from contractkit.signing import EXAMPLE, Credentials, sign

OTHER = Credentials("e" * 32, "f" * 32)
ACCOUNTS = {EXAMPLE: Account("a0" * 16), OTHER: Account("e0" * 16)}

TestReferenceCloud = idempotency_suite(
    make_target=lambda clock: ReferenceCloud(clock=clock, accounts=ACCOUNTS).handle, accounts=(EXAMPLE, OTHER)
)


def in_bad_weather(clock):
    plan = (
        cutting("vpc.*", chance=0.15),
        cutting("vpc.*", chance=0.15, after_commit=True),
        failing("vpc.*", chance=0.1),
        failing("vpc.*", chance=0.1, status=500, after_commit=True),
        throttling("vpc.*", chance=0.05),
    )
    return ReferenceCloud(clock=clock, accounts=ACCOUNTS, weather=Weather(plan, seed=7)).handle


TestReferenceCloudInBadWeather = idempotency_suite(make_target=in_bad_weather, accounts=(EXAMPLE, OTHER), scale=1)

OTHER_CORNERS = LedgerPolicy(
    mismatch_extends_window=False, remembers_failures=True, scope=Scope.ACCOUNT, in_flight_answer=(503, "Busy")
)

TestOtherReadings = idempotency_suite(
    make_target=lambda clock: ReferenceCloud(clock=clock, accounts=ACCOUNTS, tokens=OTHER_CORNERS).handle,
    accounts=(EXAMPLE, OTHER),
    scale=1,
)


class Street:
    """One served address behind which the cloud is exchanged: starting a server takes longer than a history."""

    cloud = served = transport = None

    def move_in(self, clock):
        self.cloud = ReferenceCloud(clock=clock)
        return Target(self.transport, base_url=self.served.base_url)

    @property
    def asgi(self):
        return self

    async def __call__(self, scope, receive, send):
        await (self.cloud or ReferenceCloud()).asgi(scope, receive, send)


STREET = Street()


@pytest.fixture(scope="module")
def _street():
    with serve(STREET) as served, RequestsTransport() as transport:
        STREET.served, STREET.transport = served, transport
        yield


@pytest.mark.slow
@pytest.mark.usefixtures("_street")
class TestReferenceCloudOverHttp(idempotency_suite(make_target=STREET.move_in, scale=1, steps=20)):
    """The same laws with sockets in between."""


@dataclass
class Tokens:
    """A small token table with a fault: what the wrong services below are made of."""

    fault: str

    def __post_init__(self):
        self.known: dict[Any, Any] = {}

    def handle(self, cloud: ReferenceCloud, request: Request, now) -> Response:
        token = request.query_value("clientToken")
        if self.fault == "takes any token" and token:
            request = without_token(request, now)
        if not token or request.method == "GET":
            return cloud.handle(request)
        account = "" if self.fault == "shares tokens between accounts" else request.headers.get("authorization")[:44]
        entry = self.known.get((account, token))
        if entry is None or now - entry[2] >= self.window():
            answer = cloud.handle(request)
            self.known[account, token] = (self.identity(request), answer, now)
            return answer
        if entry[0] != self.identity(request):
            return self.refuse(cloud, request)
        if self.fault != "window does not slide":
            self.known[account, token] = (*entry[:2], now)
        return self.repeat(cloud, request, entry[1])

    def window(self):
        return {"forgets after an hour": timedelta(hours=1), "never forgets": timedelta(days=9999)}.get(
            self.fault, timedelta(hours=24)
        )

    def identity(self, request):
        parts = {
            "body": request.body,
            "path": request.path,
            "query": tuple(item for item in request.query if item[0] != "clientToken"),
        }
        parts.pop(self.fault.removeprefix("ignores the "), None)
        return tuple(parts.values())

    def refuse(self, cloud, request):
        status, code = (
            (409, "Conflict") if self.fault == "another code for a mismatch" else (403, "IdempotentParameterMismatch")
        )
        if self.fault == "acts on a mismatch":
            cloud.handle(request)
        body = {"code": code, "message": "no", "requestId": "1"}
        return Response(status, [("Content-Type", "application/json")], encode_json(body))

    def repeat(self, cloud, request, answer):
        if self.fault.startswith("does it again"):
            cloud.handle(request)
        if self.fault == "does it again and breaks off":
            raise TransportError("cut")
        return answer.replace(body=b'{"vpcId":"vpc-another00000"}') if self.fault == "another answer" else answer


def without_token(request, now):
    base, _, query = request.url.partition("?")
    kept = "&".join(part for part in query.split("&") if not part.startswith("clientToken"))
    keys = next(each for each in ACCOUNTS if each.access_key_id in request.headers.get("authorization"))
    return sign(request.replace(url=f"{base}?{kept}" if kept else base), keys, at=now)


def make_wrong(fault):
    def make_target(clock):
        # The cloud behind is told nothing of tokens, so that all there is to see is the faulty table.
        cloud, tokens = (
            ReferenceCloud(clock=clock, accounts=ACCOUNTS, tokens=LedgerPolicy(window=timedelta(0))),
            Tokens(fault),
        )
        return lambda request: tokens.handle(cloud, request, clock())

    return make_target


WRONG_SERVICES = {
    "does it again": "test_a_retry_has_one_effect_and_one_answer",
    "does it again and breaks off": "test_a_retry_has_one_effect_and_one_answer",
    "another answer": "test_a_retry_has_one_effect_and_one_answer",
    "ignores the body": "test_a_different_body_is_a_mismatch",
    "ignores the path": "test_a_different_path_is_a_mismatch",
    "ignores the query": "test_a_different_query_is_a_mismatch",
    "acts on a mismatch": "test_a_different_body_is_a_mismatch",
    "another code for a mismatch": "test_a_different_body_is_a_mismatch",
    "forgets after an hour": "test_the_token_lives_for_a_day",
    "never forgets": "test_the_token_lives_for_a_day",
    "window does not slide": "test_the_window_slides",
    "shares tokens between accounts": "test_accounts_do_not_share_tokens",
}


def catch(fault: str, law: str) -> str:
    suite = idempotency_suite(make_target=make_wrong(fault), accounts=(EXAMPLE, OTHER))
    try:
        getattr(suite(), law)()
    except LawBrokenError as broken:
        return str(broken)
    return ""


def test_a_service_that_takes_any_token_is_caught(without_shrinking):
    """A token of more than 64 characters must be refused."""
    assert "should be refused" in catch("takes any token", "test_refuses_tokens_that_are_too_long")


@pytest.mark.slow
def test_the_faulty_table_without_a_fault_passes():
    """What catches the wrong services is their fault and nothing else."""
    for law in {*WRONG_SERVICES.values(), MACHINE}:
        assert not catch("none", law), law


MACHINE = "test_any_history_follows_the_model"


def test_every_wrong_service_is_caught_twice(without_shrinking):
    """Each planted fault breaks the law named for it, and the state machine finds it without being told where."""
    missed = []
    for fault, law in WRONG_SERVICES.items():
        caught = [each for each in (law, MACHINE) if catch(fault, each)]
        print(f"{fault:34} {', '.join(caught) or 'NOT CAUGHT'}")  # noqa: T201 - the table is the proof
        missed += [f"{fault}: {each}" for each in (law, MACHINE) if each not in caught]
    assert not missed
