"""Clients that change their token on a retry, retry what they must not, or do not survive what they must."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from typing import Any, Final

from contractkit.contract import load_contract
from contractkit.errors import ServiceError, TransportError
from contractkit.message import Request, Response, Transport
from contractkit.properties.retries import Call, client_retry_suite
from contractkit.properties.strategies.operations import write_request
from contractkit.properties.wrongs.planted import Wrong
from contractkit.signing import Credentials, sign

__all__ = ["WRONGS", "PlainClient"]


class PlainClient:
    """A small client that retries rightly; a wrong one differs in one step. Its dates are those it is sent at."""

    attempts = 4
    repeated = frozenset({429, 500, 502, 503})

    def __init__(self, transport: Transport, keys: Credentials) -> None:
        self.transport, self.keys = transport, keys
        self.tokens = (f"token-{number}" for number in count())

    def __call__(self, operation: str, arguments: Mapping[str, Any]) -> Response:
        """Perform an operation by dotted name; raises when it fails."""
        token = self.choose(arguments)
        request: Request | None = None
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

    def choose(self, arguments: Mapping[str, Any]) -> str:
        """The token of a call: the caller's, or a new one."""
        return str(arguments.get("clientToken") or next(self.tokens))

    def next_token(self, token: str) -> str:
        """The token of the next attempt."""
        return token

    def build(self, operation: str, arguments: Mapping[str, Any], token: str, _before: Request | None) -> Request:
        """The signed request of an attempt."""
        described = load_contract().operation(operation)
        given = {name: value for name, value in arguments.items() if name != "clientToken"}
        if token and any(each.name == "clientToken" for each in described.parameters):
            given["clientToken"] = token
        return self.sign(write_request(described, given))

    def sign(self, request: Request) -> Request:
        """Sign for this moment."""
        return sign(request, self.keys, at=datetime.now(UTC))

    def fail(self, response: Response) -> Response:
        """What a failure is to the caller."""
        raise ServiceError(status=response.status)


def _again(self: PlainClient, operation: str, arguments: Mapping[str, Any]) -> Response:
    PlainClient.__call__(self, operation, arguments)
    return PlainClient.__call__(self, operation, {"clientToken": "fixed", **arguments})


def _sign_once(
    self: PlainClient, operation: str, arguments: Mapping[str, Any], token: str, before: Request | None
) -> Request:
    request = PlainClient.build(self, operation, arguments, token, before)
    return request if before is None else request.replace(headers=request.headers.without("authorization"))


def _number(
    self: PlainClient, operation: str, arguments: Mapping[str, Any], token: str, before: Request | None
) -> Request:
    request = PlainClient.build(self, operation, arguments, token, before)
    return request if before is None else self.sign(request.replace(url=request.url + "&attempt=2"))


def _send_the_first(
    self: PlainClient, operation: str, arguments: Mapping[str, Any], token: str, before: Request | None
) -> Request:
    return before or PlainClient.build(self, operation, arguments, token, None)


def _late(self: PlainClient, request: Request) -> Request:
    return sign(request, self.keys, at=datetime.now(UTC) - timedelta(hours=2))


def _wrong(law: str, about: str, **steps: Any) -> Wrong:
    client: Callable[[Transport, Credentials], Call] = type("WrongClient", (PlainClient,), steps)
    return Wrong(about, f"test_{law}", partial(client_retry_suite, make_client=client, patience=3))


_TOKEN: Final = "keeps_its_token_over_retries"  # noqa: S105 - the name of a law

WRONGS: Final = (
    _wrong(_TOKEN, "a new token for every attempt", next_token=lambda _, token: token + "x"),
    _wrong("one_call_has_one_effect", "a new token after a lost answer", next_token=lambda _, token: token + "x"),
    _wrong(_TOKEN, "no token at all", choose=lambda *_: ""),
    _wrong(
        "takes_a_new_token_for_every_call",
        "one token for all calls",
        choose=lambda _, given: given.get("clientToken") or "one",
    ),
    _wrong("sends_the_callers_token", "its own token wins", choose=lambda self, _: next(self.tokens)),
    _wrong(
        "does_not_repeat_what_was_refused", "repeats refusals", repeated=frozenset({400, 403, 404, 429, 500, 502, 503})
    ),
    _wrong("does_not_repeat_what_was_refused", "repeats a mismatch", repeated=frozenset({403, 429, 500, 502, 503})),
    _wrong("gives_up_in_the_end", "never gives up", attempts=10**6),
    _wrong("gives_up_in_the_end", "swallows failures", fail=lambda _, response: response),
    _wrong("sends_once_when_all_is_well", "sends everything twice", __call__=_again),
    _wrong("one_call_has_one_effect", "gives up after one fault", attempts=2),
    _wrong("one_call_has_one_effect", "does not repeat a 503", repeated=frozenset({429, 500, 502})),
    _wrong("signs_every_attempt", "signs the first attempt only", build=_sign_once),
    _wrong("signs_every_attempt", "signs for another hour", sign=_late),
    _wrong("dates_every_attempt_anew", "sends the first attempt again as it was", build=_send_the_first),
    _wrong(_TOKEN, "numbers its attempts", build=_number),
)
