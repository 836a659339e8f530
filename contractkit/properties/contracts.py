"""The laws of a server that speaks these APIs: valid calls are taken, calls with one fault get the documented code."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Self

from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from contractkit.client.failures import read_code
from contractkit.contract import Match, Operation, check, load_contract
from contractkit.message import Interaction, Request, Response
from contractkit.properties.history import MakeTarget, Target
from contractkit.properties.strategies.faults import faulty_requests
from contractkit.properties.strategies.operations import operation_requests
from contractkit.properties.strategies.walks import Walk, walks
from contractkit.properties.suite import LawBrokenError, Laws, build_suite, law
from contractkit.signing import EXAMPLE, Credentials, sign

__all__ = ["FORGED", "ContractLaws", "Forgery", "contract_suite", "keep_contract"]

NOW: Final = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
_VERSION: Final = re.compile(r"/v\d+/")
# The codes that find fault with a request itself, not with the state of what it is about.
_FORM: Final = frozenset(
    (
        "MalformedJSON",
        "InappropriateJSON",
        "InvalidURI",
        "InvalidVersion",
        "InvalidHTTPRequest",
        "InvalidHTTPAuthHeader",
        "SignatureDoesNotMatch",
        "RequestExpired",
        "AccessDenied",
        "InvalidAccessKeyId",
    )
)


def contract_suite(
    *,
    make_target: MakeTarget,
    credentials: Credentials = EXAMPLE,
    operations: Sequence[str] | None = None,
    leave_out: tuple[str, ...] = (),
) -> type:
    """A class of pytest tests that holds a server to the contract of every operation it serves.

    `make_target(clock)` makes an empty server that reads its time from `clock`, and gives a Transport to it or a
    Target; every request is signed with `credentials`. `operations` are the dotted names of those it serves, all
    unless given. `leave_out` names laws that do not apply.
    """
    contract = load_contract()
    served = contract.operations() if operations is None else tuple(map(contract.operation, operations))
    subject = {"make_target": staticmethod(make_target), "credentials": credentials, "operations": served}
    return build_suite(ContractLaws, "ContractSuite", subject, leave_out=leave_out)


def _operations(suite: Any) -> st.SearchStrategy[Operation]:
    return st.sampled_from(suite.operations)


@dataclass(frozen=True)
class Forgery:
    """A way in which a call is not authentic: the code it gets, and how a call is changed, signed or `unsigned`."""

    code: str
    change: Callable[[Request], Request]
    unsigned: bool = False

    def write(self, request: Request, credentials: Credentials, at: datetime) -> Request:
        """The request, signed and forged."""
        if self.unsigned:
            return sign(self.change(request), credentials, at=at)
        return self.change(sign(request, credentials, at=at))


Write = Callable[[Request, Credentials, datetime], Request]
"""Makes the signed request, for an instant, of one that is not signed yet."""


def _write(request: Request, credentials: Credentials, at: datetime) -> Request:
    return sign(request, credentials, at=at)


FORGED: Final[dict[str, Forgery]] = {
    "not signed": Forgery(
        "AccessDenied", lambda signed: signed.replace(headers=signed.headers.without("authorization"))
    ),
    "signature changed": Forgery(
        "SignatureDoesNotMatch", lambda signed: _edit(signed, 5, lambda text: "0" * len(text))
    ),
    "unknown key": Forgery("InvalidAccessKeyId", lambda signed: _edit(signed, 1, lambda _: "0" * 32)),
    "no authorization value": Forgery("InvalidHTTPAuthHeader", lambda signed: _edit(signed, 3, lambda _: "soon")),
    "method changed": Forgery(
        "SignatureDoesNotMatch", lambda signed: signed.replace(method="GET" if signed.method != "GET" else "PUT")
    ),
    "unknown version": Forgery(
        "InvalidVersion", lambda request: request.replace(url=_VERSION.sub("/v99/", request.url, 1)), unsigned=True
    ),
}


class ContractLaws(Laws):
    """What every server owes a caller who keeps to the documents, and one who does not."""

    make_target: MakeTarget
    credentials: Credentials
    operations: tuple[Operation, ...]

    @law(scale=5, operation=_operations, data=st.data())
    def test_takes_valid_calls(self, operation: Operation, data: DataObject) -> None:
        """Law: no valid call is refused for its form, none breaks the server, each answer keeps its contract."""
        request = data.draw(operation_requests(operation))
        response = self._ask(request)
        code = read_code(response)
        self.note("test_takes_valid_calls", ["taken" if response.status < 400 else "refused for the state"])
        if response.status >= 500 or code in _FORM:
            raise LawBrokenError(f"a valid {operation.qualified} is answered {response.status} {code}")
        keep_contract(request, response)

    @law(scale=5, operation=_operations, data=st.data())
    def test_refuses_calls_with_one_fault(self, operation: Operation, data: DataObject) -> None:
        """Law: a call that is wrong in one way alone is refused with the code documented for that."""
        strategy = faulty_requests(operation)
        if strategy.is_empty:
            return
        faulty = data.draw(strategy)
        self.note("test_refuses_calls_with_one_fault", [f"fault: {faulty.fault}"])
        response = self._ask(faulty.request)
        code = read_code(response)
        if not 400 <= response.status < 500 or code != faulty.code:
            raise LawBrokenError(
                f"{operation.qualified}: {faulty.fault} ({faulty.place or 'body'}) is answered {response.status}"
                f" {code or 'without a code'}, and should be {faulty.code}"
            )

    @law(operation=_operations, forged=st.sampled_from(tuple(FORGED)), data=st.data())
    def test_refuses_what_is_not_authentic(self, operation: Operation, forged: str, data: DataObject) -> None:
        """Law: an anonymous, changed, unknown or misdirected call gets the code of the common table."""
        wanted = FORGED[forged].code
        request = data.draw(operation_requests(operation))
        response = self._ask(request, write=FORGED[forged].write)
        if read_code(response) != wanted or response.status < 400:
            said = f"{response.status} {read_code(response)}"
            raise LawBrokenError(f"{operation.qualified}, {forged}: answered {said}, and should be {wanted}")

    @law(operation=_operations, late=st.integers(1, 10**6), data=st.data())
    def test_refuses_what_has_expired(self, operation: Operation, late: int, data: DataObject) -> None:
        """Law: a call whose signature has run out is RequestExpired, whatever it asks for."""
        request = data.draw(operation_requests(operation))
        response = self._ask(request, at=NOW - timedelta(seconds=1800 + late))
        if read_code(response) != "RequestExpired":
            raise LawBrokenError(f"{operation.qualified}, expired: answered {response.status} {read_code(response)}")

    @law(scale=0.3, walk=lambda suite: walks(suite.operations))
    def test_any_walk_keeps_the_contract(self, walk: Walk) -> None:
        """Law: along any calls that make parents first, each answer keeps its contract and what was made is there."""
        seen: set[str] = set()
        with _Visit(self.make_target, self.credentials) as visit:
            for step in walk:
                request, known = visit.prepare(step)
                response = visit.send(request)
                code = read_code(response)
                taken = "taken" if response.status < 400 else "refused"
                seen.add(f"{step.operation.effect.get('does')} {taken}")
                if response.status >= 500 or code in _FORM:
                    raise LawBrokenError(f"{step.operation.qualified} is answered {response.status} {code} in {walk!r}")
                if known and step.operation.effect.get("does") == "read" and "NoSuch" in code:
                    raise LawBrokenError(f"{step.operation.qualified} does not find what was made in {walk!r}")
                keep_contract(request, response)
                visit.learn(step, response)
        self.note("test_any_walk_keeps_the_contract", seen)

    def _ask(self, request: Request, *, at: datetime = NOW, write: Write = _write) -> Response:
        with _Visit(self.make_target, self.credentials) as visit:
            return visit.send(request, at=at, write=write)


class _Visit:
    """A fresh server, visited by one caller who remembers the ids it was told."""

    def __init__(self, make_target: MakeTarget, credentials: Credentials) -> None:
        made = make_target(lambda: NOW)
        self._target = made if isinstance(made, Target) else Target(made)
        self._credentials = credentials
        self._ids: dict[str, list[str]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._target.close()

    def prepare(self, step: Any) -> tuple[Request, bool]:
        """The request of a step with the ids that are known by now, and whether all it refers to is known."""
        return step.write(self._ids)  # type: ignore[no-any-return]  # a Step writes requests

    def learn(self, step: Any, response: Response) -> None:
        """Take note of what an answer made, or of what is gone."""
        if response.status < 400:
            step.note(self._ids, response.json() if response.body else None)

    def send(self, request: Request, *, at: datetime = NOW, write: Write = _write) -> Response:
        """Sign and send."""
        if self._target.base_url:
            request = request.replace(url=self._target.base_url + request.target)
        return self._target.exchange(write(request, self._credentials, at))


def keep_contract(request: Request, response: Response) -> None:
    """Raise LawBrokenError when an answer is none that the contract describes for its request."""
    contract = load_contract()
    found = contract.route(request)
    name = found.operation.qualified if isinstance(found, Match) else ""
    findings = [each for each in check(Interaction(request, response, name), contract) if each.level == "error"]
    # What a caller may not send is the business of the other laws.
    answered = [each for each in findings if not each.rule.startswith("request")]
    if answered:
        raise LawBrokenError(f"{name}: the answer {response.status} breaks its contract: {answered[0].message}")


def _edit(signed: Request, field: int, change: Callable[[str], str]) -> Request:
    fields = signed.headers.get("authorization").split("/")
    fields[field] = change(fields[field])
    return signed.replace(headers=signed.headers.set("Authorization", "/".join(fields)))
