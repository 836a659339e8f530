"""Services with a faulty token table before a cloud that is told nothing of tokens."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from contractkit.clock import Clock
from contractkit.cloud import Account, ReferenceCloud
from contractkit.errors import TransportError
from contractkit.idempotency import LedgerPolicy
from contractkit.message import Request, Response, Transport, encode_json
from contractkit.properties.idempotency import idempotency_suite
from contractkit.properties.wrongs.ledgers import OTHER
from contractkit.properties.wrongs.planted import Wrong
from contractkit.signing import EXAMPLE, sign

__all__ = ["WRONGS", "make_service"]

_ACCOUNTS: Final = {EXAMPLE: Account("a0" * 16), OTHER: Account("e0" * 16)}
_WINDOWS: Final = {"forgets after an hour": 1, "never forgets": 24 * 9999}


def make_service(fault: str) -> Callable[[Clock], Transport]:
    """A `make_target` for a service with this fault; "none" is a right one."""
    return lambda clock: _Service(fault, clock)


class _Service:
    def __init__(self, fault: str, clock: Clock) -> None:
        policy = LedgerPolicy(window=timedelta(0))
        self._cloud = ReferenceCloud(clock=clock, accounts=_ACCOUNTS, tokens=policy)
        self._fault, self._clock = fault, clock
        self._known: dict[Any, tuple[Any, Response, datetime]] = {}
        self._lock = threading.Lock()

    def __call__(self, request: Request) -> Response:
        if self._fault == "looks before it locks":
            return self._answer(request)
        with self._lock:
            return self._answer(request)

    def _answer(self, request: Request) -> Response:
        token, now = request.query_value("clientToken"), self._clock()
        if self._fault == "takes any token" and token:
            request = _without_token(request, now)
        elsewhere = (
            self._fault == "takes notice of the tokens of one service only" and ".bcc." not in f".{request.host}"
        )
        if not token or request.method == "GET" or elsewhere:
            return self._cloud.handle(request)
        shared = self._fault == "shares tokens between accounts"
        key = ("" if shared else request.headers.get("authorization")[:44], token)
        entry = self._known.get(key)
        if entry is None or now - entry[2] >= timedelta(hours=_WINDOWS.get(self._fault, 24)):
            if self._fault == "looks before it locks":
                _PAUSE.wait(0.002)
            answer = self._cloud.handle(request)
            self._known[key] = (self._identify(request), answer, now)
            return answer
        if entry[0] != self._identify(request):
            return self._refuse(request)
        if self._fault != "the window does not slide":
            self._known[key] = (*entry[:2], now)
        return self._repeat(request, entry[1])

    def _identify(self, request: Request) -> tuple[Any, ...]:
        parts = {
            "method": request.method,
            "body": request.body,
            "path": request.path,
            "query": tuple(item for item in request.query if item[0] != "clientToken"),
        }
        parts.pop(self._fault.removeprefix("ignores the "), None)
        return tuple(parts.values())

    def _refuse(self, request: Request) -> Response:
        other = self._fault == "another code for a mismatch"
        status, code = (409, "Conflict") if other else (403, "IdempotentParameterMismatch")
        if self._fault == "acts on a mismatch":
            self._cloud.handle(request)
        body = {"code": code, "message": "no", "requestId": "1"}
        return Response(status, [("Content-Type", "application/json")], encode_json(body))

    def _repeat(self, request: Request, answer: Response) -> Response:
        if self._fault.startswith("does it again"):
            self._cloud.handle(request)
        if self._fault == "does it again and breaks off":
            raise TransportError("cut")
        return answer.replace(body=b'{"vpcId":"vpc-another00000"}') if self._fault == "another answer" else answer


_PAUSE: Final = threading.Event()
"""Never set: to wait for it is to let other threads run."""


def _without_token(request: Request, now: datetime) -> Request:
    base, _, query = request.url.partition("?")
    kept = "&".join(part for part in query.split("&") if not part.startswith("clientToken"))
    keys = next(each for each in _ACCOUNTS if each.access_key_id in request.headers.get("authorization"))
    return sign(request.replace(url=f"{base}?{kept}" if kept else base), keys, at=now)


_LAWS: Final = {
    "does it again": "a_retry_has_one_effect_and_one_answer",
    "does it again and breaks off": "a_retry_has_one_effect_and_one_answer",
    "another answer": "a_retry_has_one_effect_and_one_answer",
    "ignores the method": "a_different_method_is_a_mismatch",
    "ignores the body": "a_different_body_is_a_mismatch",
    "ignores the path": "a_different_path_is_a_mismatch",
    "ignores the query": "a_different_query_is_a_mismatch",
    "acts on a mismatch": "a_different_body_is_a_mismatch",
    "another code for a mismatch": "a_different_body_is_a_mismatch",
    "forgets after an hour": "the_token_lives_for_a_day",
    "never forgets": "the_token_lives_for_a_day",
    "the window does not slide": "the_window_slides",
    "shares tokens between accounts": "accounts_do_not_share_tokens",
    "looks before it locks": "concurrent_first_uses_have_one_effect",
    "takes notice of the tokens of one service only": "every_operation_keeps_its_token",
    "takes any token": "refuses_tokens_that_are_too_long",
}


def _suite(fault: str) -> type:
    return idempotency_suite(make_target=make_service(fault), accounts=(EXAMPLE, OTHER))


WRONGS: Final = tuple(Wrong(fault, f"test_{law}", partial(_suite, fault)) for fault, law in _LAWS.items())
