"""The client retry suite: our client passes it, wrong clients are caught."""

from datetime import UTC, datetime
from itertools import count

import pytest

from contractkit.client import Client, RetryPolicy
from contractkit.contract import build_call, load_contract
from contractkit.errors import ServiceError, TransportError
from contractkit.message import Request
from contractkit.properties import LawBrokenError, client_retry_suite
from contractkit.properties.strategies import write_query
from contractkit.signing import sign


def make_ours(transport, keys):
    return Client(keys, transport=transport, sleep=lambda _: None).call


TestOurClient = client_retry_suite(make_client=make_ours, patience=3)


def test_a_client_without_retries_breaks_the_laws():
    """Our own client, told never to repeat, is caught: the suite asks for survival, not only for caution."""
    suite = client_retry_suite(
        make_client=lambda transport, keys: Client(keys, transport=transport, retry=RetryPolicy(attempts=1)).call
    )
    with pytest.raises(LawBrokenError, match=r"gave up with .* after 1 attempts"):
        suite().test_one_call_has_one_effect()


class PlainClient:
    """A small client that retries rightly; a wrong one differs in one step."""

    attempts = 4
    repeated = frozenset({429, 500, 502, 503})

    def __init__(self, transport, keys):
        self.transport, self.keys, self.tokens = transport, keys, (f"token-{number}" for number in count())

    def __call__(self, operation, arguments):
        token = self.choose(arguments)
        request = None
        for left in reversed(range(self.attempts)):
            request = self.build(operation, arguments, token, request)
            try:
                response = self.transport(request)
            except TransportError:
                if not left:
                    raise
            else:
                if response.status < 400:
                    return response
                if response.status not in self.repeated or not left:
                    return self.fail(response)
            token = self.next_token(token)
        raise AssertionError("the last attempt returns or raises")

    def choose(self, arguments):
        return arguments.get("clientToken") or next(self.tokens)

    def next_token(self, token):
        return token

    def build(self, operation, arguments, token, before):  # noqa: ARG002 - wrong clients reuse what was before
        described = load_contract().operation(operation)
        given = {name: value for name, value in arguments.items() if name != "clientToken"}
        if token and described.client_token != "none":
            given["clientToken"] = token
        call = build_call(described, given)
        query = write_query(call.query)
        url = f"https://bcc.bj.baidubce.com/{'/'.join(call.path_segments)}" + (f"?{query}" if query else "")
        headers = [("Content-Type", "application/json; charset=utf-8")]
        return self.sign(Request(call.method, url, headers, call.body))

    def sign(self, request):
        return sign(request, self.keys, at=datetime.now(UTC))

    def fail(self, response):
        raise ServiceError(status=response.status)


TestThePlainClient = client_retry_suite(make_client=PlainClient, patience=3)


class NewTokenForEveryAttempt(PlainClient):
    def next_token(self, token):
        return token + "x"


class NoTokenAtAll(PlainClient):
    def choose(self, arguments):  # noqa: ARG002 - one step, its signature
        return None


class OneTokenForAllCalls(PlainClient):
    def choose(self, arguments):
        return arguments.get("clientToken") or "the-token"


class OwnTokenWins(PlainClient):
    def choose(self, arguments):  # noqa: ARG002 - one step, its signature
        return next(self.tokens)


class RepeatsRefusals(PlainClient):
    repeated = frozenset({400, 403, 404, 429, 500, 502, 503})


class NeverGivesUp(PlainClient):
    attempts = 10**6


class SwallowsFailures(PlainClient):
    def fail(self, response):
        return response


class SendsEverythingTwice(PlainClient):
    def __call__(self, operation, arguments):
        super().__call__(operation, arguments)
        return super().__call__(operation, {"clientToken": "fixed", **arguments})


class GivesUpAfterOneFault(PlainClient):
    attempts = 2


class SignsOnlyTheFirstAttempt(PlainClient):
    def build(self, operation, arguments, token, before):
        request = super().build(operation, arguments, token, before)
        return request if before is None else request.replace(headers=request.headers.without("authorization"))


class NumbersItsAttempts(PlainClient):
    def build(self, operation, arguments, token, before):
        request = super().build(operation, arguments, token, before)
        if before is None:
            return request
        again = request.replace(url=request.url + "&attempt=2")
        return self.sign(again)


WRONG_CLIENTS = {
    NewTokenForEveryAttempt: "test_keeps_its_token_over_retries",
    NoTokenAtAll: "test_keeps_its_token_over_retries",
    OneTokenForAllCalls: "test_takes_a_new_token_for_every_call",
    OwnTokenWins: "test_sends_the_callers_token",
    RepeatsRefusals: "test_does_not_repeat_what_was_refused",
    NeverGivesUp: "test_gives_up_in_the_end",
    SwallowsFailures: "test_gives_up_in_the_end",
    SendsEverythingTwice: "test_sends_once_when_all_is_well",
    GivesUpAfterOneFault: "test_one_call_has_one_effect",
    SignsOnlyTheFirstAttempt: "test_signs_every_attempt",
    NumbersItsAttempts: "test_keeps_its_token_over_retries",
}
EFFECT = (NewTokenForEveryAttempt, NoTokenAtAll, SendsEverythingTwice)


def catch(wrong, law):
    try:
        getattr(client_retry_suite(make_client=wrong, patience=3)(), law)()
    except LawBrokenError as broken:
        return str(broken)
    return ""


def test_every_wrong_client_is_caught(without_shrinking):
    """Each planted client breaks the law that is named for it."""
    missed = []
    for wrong, law in WRONG_CLIENTS.items():
        caught = catch(wrong, law)
        print(f"{wrong.__name__:28} {law if caught else 'NOT CAUGHT'}")  # noqa: T201 - the table is the proof
        missed += [] if caught else [wrong.__name__]
    assert not missed


@pytest.mark.parametrize("wrong", EFFECT)
def test_careless_clients_leave_two_resources(wrong, without_shrinking):
    """What a lost token costs is seen in the cloud itself: more than one resource after one call."""
    assert "VPCs exist after one successful call" in catch(wrong, "test_one_call_has_one_effect")
