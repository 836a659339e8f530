"""What every operation owes to every caller: who may call, what a request may hold, what a clientToken means.

One test, and one cassette, for each resource group and kind of case. Nothing is created: each request is refused
before it acts, but for the one that a family of tokens is tried with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import uuid4

import pytest

from contractkit.client import Client
from contractkit.client.failures import read_code
from contractkit.contract import Operation, load_contract
from contractkit.contract.examples import example_arguments
from contractkit.contract.faults import Fault, find_faults
from contractkit.message import Request, Response
from contractkit.signing import UNVERIFIED, Credentials, sign

if TYPE_CHECKING:
    from contractkit.contract import Call

OPERATIONS = load_contract().operations()
GROUPS = tuple(dict.fromkeys((each.service, each.group) for each in OPERATIONS))
# Rules whose breach is of one kind; of each kind the first fault of an operation is tried.
KINDS = {
    "missing": ("required", "together", "dependentRequired", "anyOf"),
    "type": ("type",),
    "bounds": ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "x-bce-range"),
    "value": ("enum", "pattern", "format", "not"),
    "malformed": ("malformed",),
}
SHAPES = frozenset({"type", "required", "dependentRequired", "anyOf", "oneOf"})

pytestmark = pytest.mark.contract(creates=True)
every_group = pytest.mark.parametrize("group", GROUPS, ids=lambda each: f"{each[0]}-{each[1].replace(' ', '-')}")

Outcome = tuple[int, str]


class Tally:
    """Collects what did not come out as expected, so that one run shows all of it."""

    def __init__(self) -> None:
        self.count = 0
        self.wrong: list[str] = []

    def expect(self, operation: Operation, case: str, came: Outcome, wanted: Outcome) -> None:
        self.count += 1
        if came != wanted:
            self.wrong.append(f"{operation.qualified}, {case}: {came[0]} {came[1]}, not {wanted[0]} {wanted[1]}")

    def close(self, least: int) -> None:
        assert not self.wrong, "\n" + "\n".join(self.wrong)
        assert self.count >= least, f"only {self.count} cases were tried, not {least}"


def members_of(group: tuple[str, str]) -> tuple[Operation, ...]:
    return tuple(each for each in OPERATIONS if (each.service, each.group) == group)


def outcome(response: Response) -> Outcome:
    return response.status, read_code(response)


def documented(code: str) -> Outcome:
    return int(load_contract().errors[code]["status"]), code


def plain(client: Client, operation: Operation, arguments: dict[str, Any] | None = None) -> Request:
    """The request of an example, without a signature, its date or a token of the client's own."""
    given = example_arguments(operation) if arguments is None else arguments
    request = client.prepare(operation, given)
    if "clientToken" not in given:
        request = request.replace(url=without_token(request.url))
    return request.replace(headers=request.headers.without("authorization", "x-bce-security-token", "x-bce-date"))


def without_token(url: str) -> str:
    place, _, query = url.partition("?")
    kept = "&".join(each for each in query.split("&") if each and not each.startswith("clientToken="))
    return f"{place}?{kept}" if kept else place


def with_token(request: Request, token: str) -> Request:
    url = without_token(request.url)
    return request.replace(url=f"{url}{'&' if '?' in url else '?'}clientToken={token}")


def broken(client: Client, operation: Operation, call: Call) -> Request:
    """The request of a call that no client would make."""
    base = plain(client, operation)
    path = "/".join(quote(each, safe="") for each in call.path_segments)
    items = [quote(name, safe="") + ("" if v is None else "=" + quote(v, safe="")) for name, v in call.query]
    url = f"{base.scheme}://{base.authority}/{path}?{'&'.join(items)}".rstrip("?")
    return Request(call.method, url, base.headers, call.body)


def documented_for(fault: Fault) -> Outcome:
    """The code the documents name for just this, else that of the protocol for the place and the kind of rule."""
    if fault.code:
        return documented(fault.code)
    if fault.where == "body" and fault.rule == "malformed":
        return documented("MalformedJSON")
    return documented("InappropriateJSON" if fault.where == "body" and fault.rule in SHAPES else "BadRequest")


def choose_faults(operation: Operation) -> Iterator[tuple[str, Fault]]:
    """One fault of each kind, where the operation has one; those of tokens have a test of their own."""
    found = [each for each in find_faults(operation) if "token" not in each.pointer.lower()]
    for kind, rules in KINDS.items():
        fault = next((each for each in found if each.rule.split()[0] in rules), None)
        if fault is not None:
            yield kind, fault


@pytest.mark.reference_only("a service that does not refuse would act, and may charge for it")
@every_group
def test_nobody_calls_unsigned(bce_client: Client, bce_credentials: Credentials, group: tuple[str, str]) -> None:
    """Unsigned, signed with another secret, or dated two hours ago, no operation of the group is carried out."""
    tally, now = Tally(), datetime.now(UTC)
    wrong = Credentials(bce_credentials.access_key_id, "0" * 32, bce_credentials.session_token)
    for operation in members_of(group):
        bare = plain(bce_client, operation)
        cases = {
            "AccessDenied": bare,
            "SignatureDoesNotMatch": sign(bare, wrong, at=now),
            "RequestExpired": sign(bare, bce_credentials, at=now - timedelta(hours=2)),
        }
        for code, request in cases.items():
            tally.expect(operation, code, outcome(bce_client.exchange(request, sign=False)), documented(code))
    tally.close(3 * len(members_of(group)))


@pytest.mark.reference_only("no account that has not passed verification")
@every_group
def test_an_account_without_real_name_may_nothing(bce_client: Client, group: tuple[str, str]) -> None:
    """An account that has not passed real-name verification is refused by every operation of the group."""
    tally = Tally()
    for operation in members_of(group):
        request = sign(plain(bce_client, operation), UNVERIFIED, at=datetime.now(UTC))
        came = outcome(bce_client.exchange(request, sign=False))
        tally.expect(operation, "unverified", came, documented("QualifyNotPass"))
    tally.close(len(members_of(group)))


@pytest.mark.reference_only("a service that does not refuse would act, and may charge for it")
@every_group
def test_what_breaks_a_rule_is_refused(bce_client: Client, group: tuple[str, str]) -> None:
    """Malformed JSON, something missing, of the wrong type, out of bounds or of no allowed value is refused."""
    tally = Tally()
    for operation in members_of(group):
        for kind, fault in choose_faults(operation):
            response = bce_client.exchange(broken(bce_client, operation, fault.call))
            tally.expect(operation, f"{kind} ({fault})", outcome(response), documented_for(fault))
    tally.close(1)


@pytest.mark.reference_only("it names resources of nobody in every operation, and a live run names only its own")
@every_group
def test_an_unknown_id_is_not_found(bce_client: Client, group: tuple[str, str]) -> None:
    """An operation that names a thing in its path finds nothing under an id that was never given out."""
    tally = Tally()
    for operation in members_of(group):
        if "{" in operation.path:
            status, code = outcome(bce_client.exchange(plain(bce_client, operation)))
            tally.expect(operation, "unknown id", (status, code), (404, code or "a code"))
    tally.close(sum("{" in each.path for each in members_of(group)))


@pytest.fixture
def used_token(bce_client: Client, label: str) -> Iterator[Callable[[str], str]]:
    """Make something under a token, once for each service: `used_token("vpc")`; all of it is removed at the end."""
    tokens: dict[str, str] = {}
    undo: list[Callable[[], Any]] = []

    def use(service: str) -> str:
        if service not in tokens:
            tokens[service] = str(uuid4())
            undo.append(_MAKERS[service](bce_client, label, tokens[service]))
        return tokens[service]

    yield use
    for each in undo:
        each()


def make_vpc(client: Client, label: str, token: str) -> Callable[[], Any]:
    made = client.vpc.create_vpc(name=label, cidr="10.0.0.0/16", clientToken=token)["vpcId"]
    return lambda: client.vpc.delete_vpc(made)


def make_eip(client: Client, label: str, token: str) -> Callable[[], Any]:
    billing: Any = {"paymentTiming": "Postpaid", "billingMethod": "ByTraffic"}
    made = client.eip.apply_eip(name=label, bandwidthInMbps=1, billing=billing, clientToken=token)["eip"]
    return lambda: client.eip.release_eip(made)


def make_dns_zone(client: Client, label: str, token: str) -> Callable[[], Any]:
    client.dns.create_dns_zone(name=f"{label}.com", clientToken=token)
    return lambda: client.dns.delete_dns_zone(f"{label}.com")


def make_private_zone(client: Client, label: str, token: str) -> Callable[[], Any]:
    made = client.privatezone.create_private_zone(zoneName=f"{label}.example", clientToken=token)["zoneId"]
    return lambda: client.privatezone.delete_private_zone(made)


_MAKERS: dict[str, Callable[[Client, str, str], Callable[[], Any]]] = {
    "vpc": make_vpc,
    "eip": make_eip,
    "dns": make_dns_zone,
    "privatezone": make_private_zone,
}


@pytest.mark.reference_only("a service that does not compare would act, and may charge for it")
@every_group
def test_a_token_means_one_request(
    bce_client: Client, used_token: Callable[[str], str], group: tuple[str, str]
) -> None:
    """A token used for something else is refused as a mismatch, one of 65 characters altogether."""
    taking = [each for each in members_of(group) if each.client_token != "none"]  # noqa: S105 - no token
    tally = Tally()
    for operation in taking:
        request = plain(bce_client, operation)
        came = outcome(bce_client.exchange(with_token(request, used_token(group[0]))))
        tally.expect(operation, "mismatch", came, documented("IdempotentParameterMismatch"))
        came = outcome(bce_client.exchange(with_token(request, "t" * 65)))
        tally.expect(operation, "65 characters", came, documented("BadRequest"))
    tally.close(2 * len(taking))


@pytest.mark.reference_only("it names resources of nobody in every operation, and a live run names only its own")
@every_group
def test_a_repeat_comes_out_the_same(bce_client: Client, group: tuple[str, str]) -> None:
    """A request on an unknown id, repeated under its token, comes out as it did at first: not found."""
    taking = [each for each in members_of(group) if each.client_token != "none" and "{" in each.path]  # noqa: S105 - no token
    tally = Tally()
    for operation in taking:
        request = with_token(plain(bce_client, operation), str(uuid4()))
        status, code = outcome(bce_client.exchange(request))
        tally.expect(operation, "first", (status, code), (404, code or "a code"))
        tally.expect(operation, "repeat", outcome(bce_client.exchange(request)), (status, code))
    tally.close(2 * len(taking))


def test_the_matrix_leaves_no_operation_out() -> None:
    """The groups hold every operation, and most have a rule that can be broken."""
    assert sum(len(members_of(each)) for each in GROUPS) == len(OPERATIONS)
    assert sum(any(choose_faults(each)) for each in OPERATIONS) > len(OPERATIONS) / 2
