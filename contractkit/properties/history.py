"""What a service owes a history of requests with clientTokens: a model that watches from outside.

The model reads only what any client can read: the answers, and the list of VPCs. It is written from the
documentation and shares no code with `contractkit.idempotency`. Where the documentation is silent (does a
mismatching use extend the window? is a failed answer remembered? what holds at the very last instant?) it
accepts either course and goes on from the one that was taken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any, Final, Literal

from contractkit.contract import build_call, load_contract
from contractkit.errors import TransportError
from contractkit.message import Request, Response
from contractkit.properties.strategies.messages import write_query
from contractkit.properties.suite import LawBrokenError
from contractkit.signing import Credentials, sign

__all__ = ["Clock", "History", "Target", "Transport", "Wish", "create", "delete", "rename"]

Clock = Callable[[], datetime]
Transport = Callable[[Request], Response]
Course = Literal["fresh", "repeat", "mismatch", "refused"]
Query = tuple[tuple[str, str | None], ...]

WINDOW: Final = timedelta(hours=24)
_START: Final = datetime(2026, 1, 1, tzinfo=UTC)
_TEMPORARY: Final = frozenset({408, 429})
_MISMATCH: Final = (403, "IdempotentParameterMismatch")


@dataclass(frozen=True)
class Target:
    """A service under test: where requests are sent, the base URL they are made for, and how to end it."""

    exchange: Transport
    base_url: str = "https://bcc.bj.baidubce.com"
    close: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Wish:
    """One request without its clientToken, and what it is for: `vpc` "" creates, else names the VPC it is about."""

    method: str
    path: str
    query: Query
    body: bytes
    vpc: str = ""
    name: str = ""

    @property
    def identity(self) -> tuple[object, ...]:
        """What makes two requests the same one under a token."""
        return self.method, self.path, tuple(sorted((name, value or "") for name, value in self.query)), self.body

    def __repr__(self) -> str:
        asked = write_query(self.query)
        return f"<{self.method} {self.path}{'?' + asked if asked else ''} {self.body.decode()}>"


def create(name: str, cidr: str = "10.0.0.0/16") -> Wish:
    """Create a VPC."""
    return _wish("vpc.create_vpc", {"name": name, "cidr": cidr}, name=name)


def rename(vpc: str, name: str) -> Wish:
    """Give a VPC another name."""
    return _wish("vpc.update_vpc", {"vpcId": vpc, "name": name}, vpc=vpc, name=name)


def delete(vpc: str) -> Wish:
    """Delete a VPC."""
    return _wish("vpc.delete_vpc", {"vpcId": vpc}, vpc=vpc)


def _wish(operation: str, arguments: Mapping[str, Any], *, vpc: str = "", name: str = "") -> Wish:
    call = build_call(load_contract().operation(operation), arguments)
    return Wish(call.method, "/" + "/".join(call.path_segments), call.query, call.body, vpc, name)


@dataclass
class _Entry:
    """What is known of a token: `matched` when a matching request last came, `received` when any did.

    `answer` None: it was carried out, and the answer got lost. `doubtful`: whether the token is remembered is the
    service's choice, for instance since nothing but failures came of it.
    """

    wish: Wish
    answer: Any
    matched: datetime
    received: datetime
    doubtful: bool = False

    def is_answer(self, told: Any) -> bool:
        """Whether this may be the answer of a repeat; nothing is, if what was asked never happened."""
        return told == self.answer or (self.answer is None and not self.doubtful)


@dataclass
class _Tenant:
    credentials: Credentials
    vpcs: dict[str, str] = field(default_factory=dict)


class History:
    """A run of requests against one target; every one is judged as it is answered.

    `make_target(clock)` gives a Transport or a Target that knows `accounts` and reads its time from the clock.
    """

    def __init__(self, make_target: Callable[[Clock], Transport | Target], accounts: Sequence[Credentials]) -> None:
        self.now = _START
        made = make_target(lambda: self.now)
        self._target = made if isinstance(made, Target) else Target(made)
        self._entries: dict[tuple[int, str], _Entry] = {}
        self.seen: set[str] = set()
        """What this history was made of: the courses that were taken, and what befell requests."""
        self._tenants = [_Tenant(credentials) for credentials in accounts]
        for tenant in self._tenants:
            tenant.vpcs = self._list(tenant)

    def close(self) -> None:
        """End the target."""
        self._target.close()

    def vpcs(self, account: int = 0) -> list[str]:
        """The ids of the VPCs of an account, oldest first."""
        return list(self._tenants[account].vpcs)

    def advance(self, step: timedelta) -> None:
        """Let time pass."""
        self.now += step

    def send(self, wish: Wish, token: str | None, account: int = 0) -> Course:
        """Send a request and judge the answer; gives the course the service took. Raises LawBrokenError."""
        tenant, allowed = self._tenants[account], self._allow(wish, token, account)
        try:
            response = self._exchange(tenant, wish.method, wish.path, _add_token(wish.query, token), wish.body)
        except TransportError:
            response = None
        before, after = tenant.vpcs, self._list(tenant)
        tenant.vpcs = after
        if response is None or response.status in _TEMPORARY or response.status >= 500:
            course = self._settle_unknown(wish, before, after, allowed)
        else:
            course = self._judge(wish, response, before, after, self._entries.get((account, token or "")))
            if course == "repeat" and "repeat" not in allowed and _is_done_already(wish, before):
                course = "fresh"  # doing again what changes nothing looks just like a repeat
            possible = _is_possible(wish, before)
            if course not in allowed and not (course == "refused" and not possible and "fresh" in allowed):
                said = f"{response.status} {_code(response) or 'without an error code'}"
                raise LawBrokenError(f"{wish!r} was {course} ({said}), and should be {' or '.join(sorted(allowed))}")
        if token:
            self._note(wish, token, account, course, response)
        self.seen.add(course if response is not None else "answer lost")
        return course

    def send_together(self, wish: Wish, token: str, times: int, account: int = 0) -> None:
        """Send a creation several times at once; at most one may happen, and all answers that tell of it are equal."""
        tenant, allowed = self._tenants[account], self._allow(wish, token, account)
        start = Barrier(times)

        def attempt(_: int) -> Response | None:
            start.wait()
            try:
                return self._exchange(tenant, wish.method, wish.path, _add_token(wish.query, token), wish.body)
            except TransportError:
                return None

        with ThreadPoolExecutor(times) as pool:
            responses = list(pool.map(attempt, range(times)))
        before, after = tenant.vpcs, self._list(tenant)
        tenant.vpcs = after
        self.seen.add("sent at once")
        told = [_read(each) for each in responses if each is not None and each.status < 400]
        made = [vpc for vpc in after if vpc not in before]
        if len(made) > ("fresh" in allowed) or any(each != told[0] for each in told):
            raise LawBrokenError(
                f"{wish!r}, sent {times} times at once, made {len(made)} VPCs and got {len(told)} answers, not all equal"
            )
        final = next((each for each in responses if each is not None and each.status < 400), None)
        course: Course = "fresh" if made else "repeat" if final is not None else "refused"
        if final is not None or made:
            self._note(wish, token, account, course, final)
        else:
            self._note(wish, token, account, "refused", None)

    def send_refused(self, wish: Wish, token: str, account: int = 0) -> None:
        """Send a request whose token no service may take: a 4xx without any effect."""
        tenant = self._tenants[account]
        response = self._exchange(tenant, wish.method, wish.path, _add_token(wish.query, token), wish.body)
        if not 400 <= response.status < 500 or self._list(tenant) != tenant.vpcs:
            raise LawBrokenError(f"{wish!r} with an invalid clientToken got {response.status}, and should be refused")

    def _allow(self, wish: Wish, token: str | None, account: int) -> frozenset[Course]:
        entry = self._entries.get((account, token or ""))
        if not token or entry is None or self.now - entry.received > WINDOW:
            return frozenset({"fresh"})
        known: Course = "repeat" if wish.identity == entry.wish.identity else "mismatch"
        sure = self.now - entry.matched < WINDOW and not entry.doubtful
        return frozenset({known} if sure else {known, "fresh"})

    def _judge(
        self, wish: Wish, response: Response, before: dict[str, str], after: dict[str, str], entry: _Entry | None
    ) -> Course:
        """The course that answer and effect together show; an answer that fits no effect breaks the law."""
        if response.status >= 400:
            if before != after:
                raise LawBrokenError(f"{wish!r} was refused with {response.status}, and changed something")
            return "mismatch" if (response.status, _code(response)) == _MISMATCH else "refused"
        told = _read(response)
        if before == after and entry is not None and entry.is_answer(told):
            return "repeat"
        if after == _carry_out(wish, before, told):
            return "fresh"
        if before == after:
            raise LawBrokenError(f"{wish!r} was repeated with another answer than the first, or had no effect")
        raise LawBrokenError(f"{wish!r} changed {_differ(before, after)}, and its answer does not say so")

    def _settle_unknown(
        self, wish: Wish, before: dict[str, str], after: dict[str, str], allowed: frozenset[Course]
    ) -> Course:
        """No answer, or a failure of the service: whether it happened shows in the list alone."""
        if before == after:
            return "refused"
        if "fresh" not in allowed or not _could_be(wish, before, after):
            raise LawBrokenError(f"{wish!r}, its answer lost, changed {_differ(before, after)}")
        return "fresh"

    def _note(self, wish: Wish, token: str, account: int, course: Course, response: Response | None) -> None:
        key, entry = (account, token), self._entries.get((account, token))
        answered = response is not None and response.status < 400
        if course == "fresh":
            self._entries[key] = _Entry(wish, _read(response) if response and answered else None, self.now, self.now)
        elif entry is None:
            self._entries[key] = _Entry(wish, None, self.now, self.now, doubtful=True)
        elif course == "repeat" and response is not None:
            self._entries[key] = _Entry(entry.wish, _read(response), self.now, self.now)
        else:
            entry.received = self.now
            expired = self.now - entry.matched >= WINDOW
            entry.doubtful = entry.doubtful or (course == "refused" and expired)

    def _list(self, tenant: _Tenant) -> dict[str, str]:
        response = self._exchange(tenant, "GET", "/v1/vpc", (("maxKeys", "1000"),), b"", tries=20)
        if response.status != 200:
            raise LawBrokenError(f"the list of VPCs was refused with {response.status} {_code(response)}")
        return {each["vpcId"]: each["name"] for each in response.json()["vpcs"]}

    def _exchange(
        self, tenant: _Tenant, method: str, path: str, query: Query, body: bytes, *, tries: int = 1
    ) -> Response:
        """Sign for this very instant and send; a read is tried again when the weather is bad."""
        url = self._target.base_url + path + (f"?{write_query(query)}" if query else "")
        request = Request(method, url, [("Content-Type", "application/json; charset=utf-8")], body)
        signed = sign(request, tenant.credentials, at=self.now)
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


def _add_token(query: Query, token: str | None) -> Query:
    return query if token is None else (*query, ("clientToken", token))


def _is_possible(wish: Wish, before: dict[str, str]) -> bool:
    return not wish.vpc or wish.vpc in before


def _carry_out(wish: Wish, before: dict[str, str], told: Any) -> dict[str, str] | None:
    """The VPCs after the wish was carried out once, given what the answer tells; None when it cannot be."""
    if not _is_possible(wish, before):
        return None
    if wish.vpc:
        rest = {vpc: name for vpc, name in before.items() if vpc != wish.vpc}
        return rest if not wish.name else {**before, wish.vpc: wish.name}
    new = told.get("vpcId") if isinstance(told, dict) else None
    return {**before, new: wish.name} if new and new not in before else None


def _is_done_already(wish: Wish, before: dict[str, str]) -> bool:
    return bool(wish.vpc) and before == _carry_out(wish, before, {})


def _could_be(wish: Wish, before: dict[str, str], after: dict[str, str]) -> bool:
    appeared = [vpc for vpc in after if vpc not in before]
    return after == _carry_out(wish, before, {"vpcId": appeared[0]} if appeared else {})


def _differ(before: dict[str, str], after: dict[str, str]) -> str:
    added = [vpc for vpc in after if vpc not in before]
    removed = [vpc for vpc in before if vpc not in after]
    renamed = [vpc for vpc in after if before.get(vpc, after[vpc]) != after[vpc]]
    return f"the VPCs (added {len(added)}, removed {len(removed)}, renamed {len(renamed)})"


def _read(response: Response) -> Any:
    return response.json() if response.body else {}


def _code(response: Response) -> str:
    try:
        body = response.json()
    except ValueError:
        return ""
    return str(body.get("code", "")) if isinstance(body, dict) else ""
