"""A small service over a table of clientTokens, so that the table alone can be examined."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from contractkit.clock import Clock
from contractkit.contract import Match, load_contract
from contractkit.errors import ClientTokenError
from contractkit.idempotency import ClientToken, Kind, Ledger, Outcome, fingerprint
from contractkit.message import Request, Response, encode_json
from contractkit.properties.families import KINDS, Family, family
from contractkit.properties.history import Target

__all__ = ["Table", "ledger_target"]


class Table(Protocol):
    """What a table of tokens can do; `contractkit.idempotency.Ledger` is one."""

    def __len__(self) -> int: ...
    def receive(
        self, account: str, token: ClientToken, fingerprint: str, at: datetime, *, service: str, region: str
    ) -> Outcome: ...
    def complete(
        self, account: str, token: ClientToken, answer: Any, *, failed: bool, service: str, region: str
    ) -> None: ...


def ledger_target(
    make_table: Callable[[], Table] = Ledger, *, identify: Callable[..., str] = fingerprint
) -> Callable[[Clock], Target]:
    """A `make_target` for `idempotency_suite`: a service of every kind of thing, over nothing but such a table.

    `identify(method, path, query, body)` tells which requests are the same. Signatures are not looked at; the
    access key id names the account. Safe under threads: one lock spans a request.
    """

    def make_target(clock: Clock) -> Target:
        table = make_table()
        return Target(_Service(table, identify, clock), count_tokens=table.__len__)

    return make_target


class _Service:
    """Knows of a thing its id and the members it was last given; everything else is the table's."""

    def __init__(self, table: Table, identify: Callable[..., str], clock: Clock) -> None:
        self._table, self._identify, self._clock = table, identify, clock
        self._things: dict[tuple[str, ...], dict[str, dict[str, Any]]] = {}
        self._made = 0
        self._lock = threading.Lock()

    def __call__(self, request: Request) -> Response:
        account = request.headers.get("authorization").split("/")[1]
        match = load_contract().route(request)
        if not isinstance(match, Match) or match.operation.effect["resource"] not in KINDS:
            return _refuse(404, "InvalidURI")
        text = request.query_value("clientToken")
        with self._lock:
            if not text or match.operation.is_read:
                return self._act(account, match, request)
            try:
                token = ClientToken(text)
            except ClientTokenError:
                return _refuse(400, "BadRequest")
            return self._answer(account, match, request, token)

    def _answer(self, account: str, match: Match, request: Request, token: ClientToken) -> Response:
        where = {"service": match.operation.service, "region": request.host}
        print_ = self._identify(request.method, request.path, request.query, request.body)
        outcome = self._table.receive(account, token, print_, self._clock(), **where)
        if outcome.kind is Kind.MISMATCH:
            return _refuse(403, "IdempotentParameterMismatch")
        if outcome.kind is Kind.REPEAT:
            answer: Response = outcome.answer
            return answer
        if outcome.kind is Kind.IN_FLIGHT:
            return _refuse(500, "InternalError")
        response = self._act(account, match, request)
        self._table.complete(account, token, response, failed=response.status >= 400, **where)
        return response

    def _act(self, account: str, match: Match, request: Request) -> Response:
        effect, kind = match.operation.effect, family(str(match.operation.effect["resource"]))
        mine = self._things.setdefault((account, kind.kind, request.host), {})
        if effect["does"] in ("list", "read"):
            return _list(kind, mine)
        given = request.json() if request.body else {}
        if effect["does"] == "create":
            return self._create(kind, mine, given, effect.get("tells", {}))
        about = list(match.path_params.values())[-1]
        if about not in mine:
            return _refuse(404, "NoSuchObject")
        if effect["does"] == "delete":
            del mine[about]
        elif "collection" in effect:
            member, items = effect["collection"]["member"], given[effect["collection"]["items"][1:]]
            mine[about][member] = [*mine[about].get(member, ()), *items]
        else:
            mine[about] |= {**given, **{name: given[at[1:]] for name, at in effect.get("takes", {}).items()}}
        return Response(200)

    def _create(
        self, kind: Family, mine: dict[str, dict[str, Any]], given: Mapping[str, Any], tells: Mapping[str, str]
    ) -> Response:
        self._made += 1
        number = self._made
        made = given.get(kind.id_member) or f"198.18.{number // 250}.{number % 250}"
        if prefix := kind.traits["id"].get("prefix"):
            made = f"{prefix}{number:012}"
        if made in mine:
            return _refuse(409, "Conflict")
        mine[made] = {**given, kind.id_member: made, "status": "available"}
        told = next((name for name, to in tells.items() if to == kind.id_member), kind.id_member)
        return _tell({told: made})


def _list(kind: Family, things: Mapping[str, Mapping[str, Any]]) -> Response:
    paging = kind.listing.paging
    return _tell({paging.items if paging else "": list(things.values())})


def _tell(value: Any) -> Response:
    return Response(200, [("Content-Type", "application/json;charset=UTF-8")], encode_json(value))


def _refuse(status: int, code: str) -> Response:
    return _tell({"code": code, "message": "no", "requestId": "r"}).replace(status=status)
