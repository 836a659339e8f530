"""The laws of a client that retries: one token for all attempts of a call, and one effect whatever the weather."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Literal, get_args

from hypothesis import strategies as st

from contractkit.cloud import ReferenceCloud
from contractkit.errors import ConfigurationError, TransportError
from contractkit.message import Request, Response, Transport
from contractkit.properties.families import Place, family
from contractkit.properties.strategies.keys import client_tokens
from contractkit.properties.suite import LawBrokenError, Laws, build_suite, law
from contractkit.signing import EXAMPLE, UNVERIFIED, Credentials, verify

__all__ = ["SINGLE_KINDS", "Call", "Fault", "MakeClient", "client_retry_suite"]

Call = Callable[[str, Mapping[str, Any]], object]
"""Performs an operation by dotted name (`vpc.create_vpc`) with arguments by wire name; raises when it fails."""

MakeClient = Callable[[Transport, Credentials], Call]

Fault = Literal["cut before", "cut after", "503 before", "500 after", "429"]
"""What befalls one attempt: the connection is cut or the service fails, before or after the operation happened."""

SINGLE_KINDS: Final = ("vpc", "ip_set", "eip", "eip_group", "dns_zone", "private_zone")
"""Kinds of which one can be made without anything else."""

_FAULTS: Final[tuple[Fault, ...]] = get_args(Fault)
_MOST_ATTEMPTS: Final = 20
_TICK: Final = 1.05
"""Seconds; dates have whole ones."""


def client_retry_suite(
    *, make_client: MakeClient, patience: int = 2, faults: Sequence[Fault] = _FAULTS, kinds: Sequence[str] = ("vpc",)
) -> type:
    """A class of pytest tests that holds a client to the laws of safe retrying.

    `make_client(transport, credentials)` makes a client that sends through `transport` (and waits for no real
    time between attempts: hand it a sleep that does nothing) and gives a function that performs an operation
    by its dotted name, of the services of `kinds`:
    `lambda transport, keys: Client(keys, transport=transport, sleep=no_sleep).call`. The transport leads through
    planned faults to a reference cloud. `patience` is how many faults in a row the client
    must survive, `faults` which of them: the official clients, for one, give up on a 429. `kinds` are the things, of
    SINGLE_KINDS, that the client can create, for laws of which one call is as good as another. Raises
    ConfigurationError for other kinds.
    """
    if not kinds or not set(kinds) <= set(SINGLE_KINDS):
        raise ConfigurationError(f"no laws for {', '.join(kinds) or 'no kind'}; use some of {', '.join(SINGLE_KINDS)}")
    return build_suite(
        ClientLaws,
        "ClientRetrySuite",
        {
            "make_client": staticmethod(make_client),
            "patience": patience,
            "faults": tuple(faults),
            "kinds": tuple(kinds),
        },
    )


class _Sky:
    """A transport to a reference cloud that deals out the planned faults, one for each attempt, and keeps a log."""

    def __init__(self, faults: list[Fault], *, endless: bool = False) -> None:
        self._faults = list(faults)
        self._endless = endless
        self._cloud = ReferenceCloud()
        self.attempts: list[Request] = []

    def __call__(self, request: Request) -> Response:
        self.attempts.append(request)
        if len(self.attempts) > _MOST_ATTEMPTS:
            raise LawBrokenError(f"the client does not give up: {len(self.attempts)} attempts at one call")
        fault = self._faults.pop(0) if self._faults else None
        if self._endless and fault is not None:
            self._faults.append(fault)
        if fault == "cut before":
            raise TransportError("the connection was refused", sent=False)
        if fault == "503 before":
            return _fail(503, "ServiceUnavailable")
        if fault == "429":
            return _fail(429, "TooManyRequests")
        response = self._cloud.handle(request)
        if fault == "cut after":
            raise TransportError("the connection was cut before an answer", sent=None)
        return response if fault is None else _fail(500, "InternalError")

    def count(self, kind: str = "vpc") -> int:
        """How many of a kind exist, whoever asked for them."""
        return len(self._cloud.resources("a0" * 16, kind))


def _fail(status: int, code: str) -> Response:
    body = f'{{"code":"{code}","message":"injected","requestId":"00000000-0000-4000-8000-000000000000"}}'
    return Response(status, [("Content-Type", "application/json;charset=UTF-8")], body.encode())


def _faults(suite: Any) -> st.SearchStrategy[list[Fault]]:
    return st.lists(st.sampled_from(suite.faults), max_size=suite.patience)


def _kinds(suite: Any) -> st.SearchStrategy[str]:
    return st.sampled_from(suite.kinds)


class ClientLaws(Laws):
    """What a client owes its caller when attempts fail."""

    make_client: MakeClient
    patience: int
    faults: tuple[Fault, ...]
    kinds: tuple[str, ...]

    @law(faults=_faults, kind=_kinds)
    def test_one_call_has_one_effect(self, faults: list[Fault], kind: str) -> None:
        """Law: a call that succeeds, after whatever faults, leaves exactly one resource behind."""
        sky = _Sky(faults)
        self._survive(sky, list(faults), kind=kind)
        self.note("test_one_call_has_one_effect", [f"creates a {kind}", *faults])
        _require(sky.count(kind) == 1, f"{sky.count(kind)} things ({kind}) exist after one successful call", faults)

    @law(faults=_faults, kind=_kinds)
    def test_keeps_its_token_over_retries(self, faults: list[Fault], kind: str) -> None:
        """Law: every attempt of a call carries the same clientToken, and the same everything else."""
        sky = _Sky(faults)
        self._survive(sky, list(faults), kind=kind)
        tokens = {each.query_value("clientToken") for each in sky.attempts}
        _require(len(tokens) == 1 and all(tokens), f"{len(tokens)} clientTokens in one call, or none at all", faults)
        same = {(each.method, each.path, tuple(sorted(_values(each))), each.body) for each in sky.attempts}
        _require(len(same) == 1, "the request changed between attempts", faults)

    @law(faults=_faults)
    def test_signs_every_attempt(self, faults: list[Fault]) -> None:
        """Law: every attempt verifies by itself at the time it is sent."""
        sky = _Sky(faults)
        self._survive(sky, list(faults))
        lookup = {EXAMPLE.access_key_id: EXAMPLE}.get
        refused = [verify(each, lookup, now=datetime.now(UTC)) for each in sky.attempts]
        codes = sorted({verdict.code for verdict in refused if not verdict.ok})
        _require(not codes, f"attempts are refused: {', '.join(codes)}", faults)

    def test_dates_every_attempt_anew(self) -> None:
        """Law: an attempt made later is dated and signed for its own moment, so that long waits do not expire it."""
        sky = _Sky([next(fault for fault in ("cut before", "503 before", *self.faults) if fault in self.faults)])

        def slowly(request: Request) -> Response:
            if not sky.attempts:
                time.sleep(_TICK)
            return sky(request)

        failure = _failure_of(lambda: self.make_client(slowly, EXAMPLE)("vpc.create_vpc", _ARGUMENTS))
        signatures = [each.headers.get("authorization") for each in sky.attempts]
        _require(not failure, f"the client gave up with {failure}", [])
        _require(len(set(signatures)) == len(signatures), "two attempts a second apart have one signature", [])

    @law(faults=_faults, token=client_tokens())
    def test_sends_the_callers_token(self, faults: list[Fault], token: str) -> None:
        """Law: a clientToken of the caller's is sent as it is, in every attempt."""
        sky = _Sky(faults)
        self._survive(sky, list(faults), {"clientToken": token})
        sent = {each.query_value("clientToken") for each in sky.attempts}
        _require(sent == {token}, "another clientToken is sent than the caller's", faults)

    def test_takes_a_new_token_for_every_call(self) -> None:
        """Law: two calls are two requests, even with equal arguments."""
        sky = _Sky([])
        call = self.make_client(sky, EXAMPLE)
        for _ in range(2):
            call("vpc.create_vpc", _ARGUMENTS)
        _require(sky.count() == 2, f"{sky.count()} VPCs exist after two calls", [])

    def test_sends_once_when_all_is_well(self) -> None:
        """Law: an answered call is sent once."""
        sky = _Sky([])
        self._create(sky, {})
        _require(len(sky.attempts) == 1, f"{len(sky.attempts)} attempts without a fault", [])

    @law(fault=st.sampled_from(_FAULTS))
    def test_gives_up_in_the_end(self, fault: Fault) -> None:
        """Law: when nothing helps the call fails, after a bounded number of attempts and at most one effect."""
        sky = _Sky([fault], endless=True)
        failure = _failure_of(lambda: self._create(sky, {}))
        _require(bool(failure), "a call that never got an answer came back as if it had", [fault])
        _require(len(sky.attempts) <= _MOST_ATTEMPTS, "the client does not give up", [fault])
        _require(sky.count() <= 1, f"{sky.count()} VPCs exist after one failed call", [fault])

    @law(kind=st.sampled_from(("not verified", "not found", "mismatch")))
    def test_does_not_repeat_what_was_refused(self, kind: str) -> None:
        """Law: a 4xx is an answer: QualifyNotPass, NoSuchObject and a mismatch are not tried again."""
        sky = _Sky([])
        call = self.make_client(sky, UNVERIFIED if kind == "not verified" else EXAMPLE)
        if kind == "mismatch":
            call("vpc.create_vpc", {**_ARGUMENTS, "clientToken": "one"})
        before = len(sky.attempts)
        operation, arguments = _REFUSED[kind]
        _require(
            bool(_failure_of(lambda: call(operation, arguments))), f"a refusal ({kind}) is no failure to the caller", []
        )
        _require(len(sky.attempts) == before + 1, f"{len(sky.attempts) - before} attempts at a refused call", [])

    def _survive(
        self, sky: _Sky, faults: list[Fault], more: Mapping[str, Any] | None = None, *, kind: str = "vpc"
    ) -> None:
        """One call that must succeed in spite of its faults."""
        failure = _failure_of(lambda: self._create(sky, more or {}, kind))
        _require(not failure, f"the client gave up with {failure} after {len(sky.attempts)} attempts", faults)

    def _create(self, sky: _Sky, more: Mapping[str, Any], kind: str = "vpc") -> None:
        create = family(kind).create
        arguments = create.fill(Place(1, "net-1")).members
        self.make_client(sky, EXAMPLE)(create.operation.qualified, {**arguments, **more})


_ARGUMENTS: Final = {"name": "net", "cidr": "10.0.0.0/16"}
_REFUSED: Final[dict[str, tuple[str, dict[str, str]]]] = {
    "not verified": ("vpc.create_vpc", _ARGUMENTS),
    "not found": ("vpc.get_vpc", {"vpcId": "vpc-000000000000"}),
    "mismatch": ("vpc.create_vpc", {"name": "other", "cidr": "10.0.0.0/16", "clientToken": "one"}),
}


def _values(request: Request) -> list[tuple[str, str]]:
    return [(name, value or "") for name, value in request.query]


def _failure_of(attempt: Callable[[], object]) -> str:
    """The kind of error an attempt failed with, "" when it did not. Its text is the client's, and may be anything."""
    try:
        attempt()
    except LawBrokenError:
        raise
    except Exception as error:  # noqa: BLE001 - a client fails with whatever errors it has
        return type(error).__name__
    return ""


def _require(holds: bool, otherwise: str, faults: list[Fault]) -> None:
    if not holds:
        met = f" (faults, in order: {', '.join(faults)})" if faults else ""
        raise LawBrokenError(otherwise + met)
