"""Peering connections: between two VPCs of one account, of two regions, of two accounts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import cycle, product
from typing import TYPE_CHECKING, Any, Final

import pytest

from contractkit.client import Client
from contractkit.cloud import NEIGHBOUR
from contractkit.conformance.suite.common import (
    LENGTHS,
    RESOURCE_GROUP,
    TAGS,
    TIMINGS,
    Eventually,
    Refusal,
    is_rising,
    open_elsewhere,
    reservations,
)
from contractkit.signing import Credentials

if TYPE_CHECKING:
    from contractkit.client.services import VpcCreatePeerConnBilling

pytestmark = pytest.mark.contract(creates=True)

POSTPAID: Final[VpcCreatePeerConnBilling] = {"paymentTiming": "Postpaid"}
MONTH: Final[VpcCreatePeerConnBilling] = {
    "paymentTiming": "Prepaid",
    "reservation": {"reservationLength": 1, "reservationTimeUnit": "month"},
}
# The account of the neighbour, as the reference cloud knows it.
NEIGHBOURS_ACCOUNT: Final = "b0" * 16
OpenClient = Callable[..., Client]


def status_of(client: Client, conn: str) -> str:
    return client.vpc.get_peer_conn(conn)["status"]


def dns_of(client: Client, conn: str, role: Any = "initiator") -> str:
    return client.vpc.get_peer_conn(conn, role=role)["dnsStatus"]


@pytest.fixture
def peer(bce_client: Client, label: str) -> Iterator[str]:
    """The id of a second VPC, 10.1.0.0/16, removed at the end."""
    made = bce_client.vpc.create_vpc(name=f"{label}-p", cidr="10.1.0.0/16")["vpcId"]
    yield made
    bce_client.vpc.delete_vpc(made)


@pytest.fixture
def conn(bce_client: Client, vpc: str, peer: str, eventually: Eventually) -> Iterator[str]:
    """The id of a connection of the two VPCs, ready for use, removed at the end."""
    call = bce_client.vpc
    made = call.create_peer_conn(
        localVpcId=vpc, peerVpcId=peer, peerRegion=bce_client.region, bandwidthInMbps=10, billing=POSTPAID
    )["peerConnId"]
    eventually(lambda: status_of(bce_client, made) == "active")
    yield made
    call.delete_peer_conn(made)
    eventually(lambda: not call.list_peer_conns(vpcId=vpc)["peerConns"])


@pytest.fixture
def open_client(bce_cassette: Any, bce_cloud: Any, bce_credentials: Credentials) -> OpenClient:
    """Open clients of another region or account: `open_client("gz")`, `open_client("bj", NEIGHBOUR)`."""

    def make(region: str, credentials: Credentials = bce_credentials) -> Client:
        return open_elsewhere(bce_cassette, bce_cloud, credentials, region)

    return make


def test_a_connection_lives_its_life(
    bce_client: Client, vpc: str, peer: str, *, label: str, eventually: Eventually, refusal: Refusal
) -> None:
    """Create, wait until active, read both sides, list, resize, hold its VPCs, delete, gone."""
    call, region = bce_client.vpc, bce_client.region
    made = call.create_peer_conn(
        localVpcId=vpc,
        peerVpcId=peer,
        peerRegion=region,
        bandwidthInMbps=10,
        description="made by a test",
        localIfName=label,
        peerIfName=f"{label}-p",
        tags=TAGS,
        billing=POSTPAID,
    )["peerConnId"]
    eventually(lambda: status_of(bce_client, made) == "active")
    found = call.get_peer_conn(made, role="initiator")
    assert (found["localIfName"], found["description"], found["tags"]) == (label, "made by a test", TAGS)
    for role, ends in (("initiator", (vpc, peer)), ("acceptor", (peer, vpc))):
        side = call.get_peer_conn(made, role=role)  # type: ignore[arg-type] # one of the two roles
        assert (side["role"], side["localVpcId"], side["peerVpcId"], side["bandwidthInMbps"]) == (role, *ends, 10)
    assert call.get_peer_conn(made, role="acceptor")["localIfName"] == f"{label}-p"
    for each in (vpc, peer):
        (listed,) = call.list_peer_conns.each(vpcId=each)
        assert (listed["peerConnId"], listed["localVpcId"]) == (made, each)
    call.resize_peer_conn(made, newBandwidthInMbps=20)
    eventually(lambda: status_of(bce_client, made) == "active")
    assert call.get_peer_conn(made)["bandwidthInMbps"] == 20
    assert [refusal(call.delete_vpc, vpcId=each).status for each in (vpc, peer)] == [409, 409]
    call.delete_peer_conn(made)
    eventually(lambda: not call.list_peer_conns(vpcId=vpc)["peerConns"])
    assert refusal(call.get_peer_conn, peerConnId=made).status == 404


@pytest.mark.reference_only("one side of it is named by the service")
def test_each_side_has_its_name(bce_client: Client, conn: str, label: str, eventually: Eventually) -> None:
    """A new name and description of one side leave the other as it was."""
    call = bce_client.vpc
    mine = call.get_peer_conn(conn, role="initiator")["localIfId"]
    call.update_peer_conn(conn, localIfId=mine, localIfName=label, description="changed")
    eventually(lambda: status_of(bce_client, conn) == "active")
    changed, other = (call.get_peer_conn(conn, role=each) for each in ("initiator", "acceptor"))
    assert (changed["localIfName"], changed["description"]) == (label, "changed")
    assert (other["localIfName"], other["localIfId"] == mine) == ("", False)


def test_the_dns_of_a_side_is_opened_and_closed(bce_client: Client, conn: str, eventually: Eventually) -> None:
    """Opened and closed for either side, the other stays closed."""
    call = bce_client.vpc
    assert dns_of(bce_client, conn) == "close"
    sides: Any = (("initiator", "acceptor"), ("acceptor", "initiator"))
    for side, other in sides:
        call.open_peer_conn_dns_sync(conn, role=side)
        eventually(lambda side=side: dns_of(bce_client, conn, side) == "open")  # type: ignore[misc] # mypy infers no default here
        assert dns_of(bce_client, conn, other) == "close"
        call.close_peer_conn_dns_sync(conn, role=side)
        eventually(lambda side=side: dns_of(bce_client, conn, side) == "close")  # type: ignore[misc] # as above


def test_a_protected_connection_is_not_deleted(
    bce_client: Client, vpc: str, peer: str, eventually: Eventually, refusal: Refusal
) -> None:
    """Protected from the start or again later, it is not deleted until the protection is taken off."""
    call, region = bce_client.vpc, bce_client.region
    made = call.create_peer_conn(
        localVpcId=vpc, peerVpcId=peer, peerRegion=region, bandwidthInMbps=10, deleteProtect=True, billing=POSTPAID
    )["peerConnId"]
    eventually(lambda: status_of(bce_client, made) == "active")
    assert call.get_peer_conn(made)["deleteProtect"] is True
    for protect in (False, True):
        call.update_peer_conn_delete_protect(made, deleteProtect=protect)
        assert call.get_peer_conn(made)["deleteProtect"] is protect
    assert refusal(call.delete_peer_conn, peerConnId=made).status == 409
    call.update_peer_conn_delete_protect(made, deleteProtect=False)
    call.delete_peer_conn(made)
    eventually(lambda: not call.list_peer_conns(vpcId=vpc)["peerConns"])


def test_connections_come_in_pages(
    bce_client: Client, vpc: str, conn: str, *, label: str, eventually: Eventually
) -> None:
    """Two of one VPC in pages of one: each once, in the order they were made."""
    call, region = bce_client.vpc, bce_client.region
    third = call.create_vpc(name=f"{label}-t", cidr="10.2.0.0/16")["vpcId"]
    made = call.create_peer_conn(
        localVpcId=vpc, peerVpcId=third, peerRegion=region, bandwidthInMbps=10, billing=POSTPAID
    )["peerConnId"]
    assert [each["peerConnId"] for each in call.list_peer_conns.each(vpcId=vpc, maxKeys=1)] == [conn, made]
    eventually(lambda: status_of(bce_client, made) == "active")
    call.delete_peer_conn(made)
    eventually(lambda: not call.list_peer_conns(vpcId=third)["peerConns"])
    call.delete_vpc(third)


@pytest.mark.reference_only("it asks for the terms of a purchase")
def test_what_cannot_be_connected(bce_client: Client, vpc: str, peer: str, conn: str, refusal: Refusal) -> None:
    """Twice the same two, one with itself, one with nobody's, prepaid within a region: refused."""
    create, common = bce_client.vpc.create_peer_conn, {"peerRegion": bce_client.region, "bandwidthInMbps": 1}
    twice = refusal(create, localVpcId=peer, peerVpcId=vpc, billing=POSTPAID, **common)
    assert twice.status == 409
    itself = refusal(create, localVpcId=vpc, peerVpcId=vpc, billing=POSTPAID, **common)
    assert 400 <= itself.status < 500
    nobody = refusal(create, localVpcId=vpc, peerVpcId="vpc-000000000000", billing=POSTPAID, **common)
    assert nobody.status == 404
    prepaid = refusal(create, localVpcId=vpc, peerVpcId=peer, billing=MONTH, **common)
    assert 400 <= prepaid.status < 500
    assert refusal(bce_client.vpc.accept_peer_conn, peerConnId=conn).status == 409


@pytest.mark.reference_only("buys connections for a month, and works in a second region")
def test_a_prepaid_connection_is_renewed_and_refunded(
    bce_client: Client, vpc: str, label: str, *, open_client: OpenClient, eventually: Eventually, refusal: Refusal
) -> None:
    """Between two regions, seen from both: renewed, not deleted before it expires, given back."""
    call, far = bce_client.vpc, open_client("gz").vpc
    away = far.create_vpc(name=label, cidr="10.2.0.0/16")["vpcId"]
    made = call.create_peer_conn(localVpcId=vpc, peerVpcId=away, peerRegion="gz", bandwidthInMbps=5, billing=MONTH)[
        "peerConnId"
    ]
    eventually(lambda: status_of(bce_client, made) == "active")
    read = [call.get_peer_conn(made)]
    for reservation, timing in zip(reservations("month", "Month"), cycle(TIMINGS), strict=False):
        call.renew_peer_conn(made, billing={"paymentTiming": timing, "reservation": reservation})
        read.append(call.get_peer_conn(made))
    assert is_rising(each["expiredTime"] for each in read)
    assert {each["paymentTiming"] for each in read} == {"Prepaid"}
    there = far.get_peer_conn(made)
    assert (there["role"], there["localVpcId"], there["peerRegion"]) == ("acceptor", away, bce_client.region)
    assert there["expiredTime"] == read[-1]["expiredTime"]
    assert refusal(call.resize_peer_conn, peerConnId=made, newBandwidthInMbps=4).status == 409
    assert refusal(call.delete_peer_conn, peerConnId=made).status == 409
    call.refund_peer_conn(made)
    eventually(lambda: not call.list_peer_conns(vpcId=vpc)["peerConns"])
    assert far.list_peer_conns(vpcId=away)["peerConns"] == []
    far.delete_vpc(away)


@pytest.mark.reference_only("buys connections for years, and works in a second region")
def test_a_connection_is_bought_for_any_term(
    bce_client: Client, label: str, *, open_client: OpenClient, eventually: Eventually
) -> None:
    """The longer the term it is paid for, the later it expires."""
    call, far = bce_client.vpc, open_client("gz").vpc
    here = [call.create_vpc(name=f"{label}-{n}", cidr=f"10.{n}.0.0/16")["vpcId"] for n in range(3)]
    away = [far.create_vpc(name=f"{label}-{n}", cidr=f"10.{n}.0.0/16")["vpcId"] for n in range(10, 14)]
    made: list[str] = []
    for reservation, (local, peer) in zip(reservations("month", "Month"), product(here, away), strict=True):
        given: Any = {"billing": {"paymentTiming": "Prepaid", "reservation": reservation}}
        given |= {"localVpcId": local, "peerVpcId": peer, "peerRegion": "gz", "resourceGroupId": RESOURCE_GROUP}
        made.append(call.create_peer_conn(bandwidthInMbps=5, **given)["peerConnId"])

    def listed() -> list[Any]:
        return [each for each in call.list_peer_conns()["peerConns"] if each["peerConnId"] in made]

    eventually(lambda: {each["status"] for each in listed()} == {"active"})
    bought = listed()
    assert len(bought) == len(LENGTHS)
    assert is_rising(each["expiredTime"] for each in bought)
    for each in made:
        call.refund_peer_conn(each)
    eventually(lambda: not listed())
    for client, vpcs in ((call, here), (far, away)):
        for vpc in vpcs:
            client.delete_vpc(vpc)


@pytest.mark.reference_only("needs a second account")
def test_another_account_accepts_or_rejects(
    bce_client: Client, vpc: str, label: str, *, open_client: OpenClient, eventually: Eventually, refusal: Refusal
) -> None:
    """An offer waits for its answer: rejected it fails, accepted it is active on both sides."""
    call, region, other = bce_client.vpc, bce_client.region, open_client(bce_client.region, NEIGHBOUR).vpc
    theirs = other.create_vpc(name=label, cidr="10.2.0.0/16")["vpcId"]

    def offer() -> str:
        made = call.create_peer_conn(
            localVpcId=vpc,
            peerVpcId=theirs,
            peerRegion=region,
            peerAccountId=NEIGHBOURS_ACCOUNT,
            bandwidthInMbps=5,
            billing=POSTPAID,
        )["peerConnId"]
        eventually(lambda: status_of(bce_client, made) == "consulting")
        return made

    first = offer()
    assert refusal(call.accept_peer_conn, peerConnId=first).status == 409
    other.reject_peer_conn(first)
    assert status_of(bce_client, first) == "consult_failed"
    assert other.list_peer_conns()["peerConns"] == []
    call.delete_peer_conn(first)
    second = offer()
    other.accept_peer_conn(second)
    assert (status_of(bce_client, second), other.get_peer_conn(second)["status"]) == ("active", "active")
    assert refusal(other.delete_peer_conn, peerConnId=second).status == 409
    call.delete_peer_conn(second)
    eventually(lambda: not other.list_peer_conns(vpcId=theirs)["peerConns"])
    other.delete_vpc(theirs)
