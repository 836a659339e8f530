"""A small service over a table of clientTokens, so that the table alone can be examined."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from contractkit.errors import ClientTokenError
from contractkit.idempotency import ClientToken, Kind, Ledger, Outcome, fingerprint
from contractkit.message import Request, Response, encode_json
from contractkit.properties.history import Clock, Transport

__all__ = ["Table", "ledger_target"]


class Table(Protocol):
    """What a table of tokens can do; `contractkit.idempotency.Ledger` is one."""

    def receive(self, account: str, token: ClientToken, fingerprint: str, at: datetime) -> Outcome: ...
    def complete(self, account: str, token: ClientToken, answer: Any, *, failed: bool = False) -> None: ...


def ledger_target(
    make_table: Callable[[], Table] = Ledger, *, identify: Callable[..., str] = fingerprint
) -> Callable[[Clock], Transport]:
    """A `make_target` for `idempotency_suite`: a service of VPCs that knows nothing but such a table.

    `identify(method, path, query, body)` tells which requests are the same. Signatures are not looked at; the
    access key id names the account. Safe under threads: one lock spans a request.
    """
    return lambda clock: _Service(make_table(), identify, clock)


class _Service:
    def __init__(self, table: Table, identify: Callable[..., str], clock: Clock) -> None:
        self._table, self._identify, self._clock = table, identify, clock
        self._vpcs: dict[str, dict[str, str]] = {}
        self._made = 0
        self._lock = threading.Lock()

    def __call__(self, request: Request) -> Response:
        account = request.headers.get("authorization").split("/")[1]
        text = request.query_value("clientToken")
        with self._lock:
            if not text:
                return self._act(account, request)
            try:
                token = ClientToken(text)
            except ClientTokenError:
                return _refuse(400, "BadRequest")
            print_ = self._identify(request.method, request.path, request.query, request.body)
            outcome = self._table.receive(account, token, print_, self._clock())
            if outcome.kind is Kind.MISMATCH:
                return _refuse(403, "IdempotentParameterMismatch")
            if outcome.kind is Kind.REPEAT:
                answer: Response = outcome.answer
                return answer
            if outcome.kind is Kind.IN_FLIGHT:
                return _refuse(500, "InternalError")
            response = self._act(account, request)
            self._table.complete(account, token, response, failed=response.status >= 400)
            return response

    def _act(self, account: str, request: Request) -> Response:
        mine = self._vpcs.setdefault(account, {})
        vpc = request.path.removeprefix("/v1/vpc").strip("/")
        if request.method == "GET":
            return _answer({"vpcs": [{"vpcId": each, "name": name} for each, name in mine.items()]})
        if request.method == "POST":
            self._made += 1
            vpc = f"vpc-{self._made:012}"
            mine[vpc] = request.json()["name"]
            return _answer({"vpcId": vpc})
        if vpc not in mine:
            return _refuse(404, "NoSuchObject")
        if request.method == "PUT":
            mine[vpc] = request.json()["name"]
        else:
            del mine[vpc]
        return Response(200)


def _answer(value: Any) -> Response:
    return Response(200, [("Content-Type", "application/json;charset=UTF-8")], encode_json(value))


def _refuse(status: int, code: str) -> Response:
    return _answer({"code": code, "message": "no", "requestId": "r"}).replace(status=status)
