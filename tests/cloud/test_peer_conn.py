"""Peering connections over time, over regions and over accounts."""

from datetime import timedelta

import pytest

from contractkit.cloud import NEIGHBOUR

POSTPAID = {"paymentTiming": "Postpaid"}
MONTH = {"paymentTiming": "Prepaid", "reservation": {"reservationLength": 1, "reservationTimeUnit": "Month"}}
NEIGHBOURS_ACCOUNT = "b0" * 16
DENIED = (409, "OperationDenied")


@pytest.fixture
def slow(make_cloud, make_caller):
    """A caller of a cloud whose passing states last ten seconds."""
    return make_caller(make_cloud(settle=timedelta(seconds=10)))


def make_vpc(caller, number=0):
    return caller.ok("vpc.create_vpc", name="net", cidr=f"10.{number}.0.0/16")["vpcId"]


def connect(caller, local, peer, region="bj", **given):
    given = {"bandwidthInMbps": 10, "billing": POSTPAID, **given}
    return caller.ok("vpc.create_peer_conn", localVpcId=local, peerVpcId=peer, peerRegion=region, **given)["peerConnId"]


def status_of(caller, conn):
    return caller.ok("vpc.get_peer_conn", peerConnId=conn)["status"]


def dns_of(caller, conn):
    return caller.ok("vpc.get_peer_conn", peerConnId=conn, role="acceptor")["dnsStatus"]


@pytest.fixture
def far(caller, make_caller):
    """The same account in another region."""
    return make_caller(caller.cloud, region="gz")


@pytest.fixture
def neighbour(caller, make_caller):
    """Another account in the same region."""
    return make_caller(caller.cloud, credentials=NEIGHBOUR)


@pytest.fixture
def offered(caller, neighbour):
    """A connection offered to the neighbour, and the VPCs at its ends."""
    ends = make_vpc(caller), make_vpc(neighbour, 1)
    return connect(caller, *ends, peerAccountId=NEIGHBOURS_ACCOUNT), *ends


def test_every_change_passes_through_its_state(slow, clock):
    conn = connect(slow, make_vpc(slow), make_vpc(slow, 1))
    assert status_of(slow, conn) == "creating"
    assert slow.no("vpc.open_peer_conn_dns_sync", peerConnId=conn, role="acceptor") == DENIED
    clock.advance(seconds=10)
    assert status_of(slow, conn) == "active"
    slow.ok("vpc.resize_peer_conn", peerConnId=conn, newBandwidthInMbps=20)
    assert status_of(slow, conn) == "updating"
    clock.advance(seconds=10)
    slow.ok("vpc.open_peer_conn_dns_sync", peerConnId=conn, role="acceptor")
    assert (status_of(slow, conn), dns_of(slow, conn)) == ("active", "syncing")
    assert slow.no("vpc.close_peer_conn_dns_sync", peerConnId=conn, role="acceptor") == DENIED
    clock.advance(seconds=10)
    assert dns_of(slow, conn) == "open"
    slow.ok("vpc.close_peer_conn_dns_sync", peerConnId=conn, role="acceptor")
    assert dns_of(slow, conn) == "closing"
    clock.advance(seconds=10)
    assert dns_of(slow, conn) == "close"


def test_a_connection_is_seen_going_from_both_regions(slow, make_caller, clock):
    other = make_caller(slow.cloud, region="gz")
    near, away = make_vpc(slow), make_vpc(other, 1)
    conn = connect(slow, near, away, "gz")
    clock.advance(seconds=10)
    other.ok("vpc.delete_peer_conn", peerConnId=conn)
    assert (status_of(slow, conn), status_of(other, conn)) == ("deleting", "deleting")
    assert slow.no("vpc.delete_vpc", vpcId=near)[0] == 409
    clock.advance(seconds=10)
    for caller, vpc in ((slow, near), (other, away)):
        assert caller.no("vpc.get_peer_conn", peerConnId=conn) == (404, "NoSuchObject")
        caller.ok("vpc.delete_vpc", vpcId=vpc)


def test_what_one_region_changes_the_other_sees(caller, far):
    conn = connect(caller, make_vpc(caller), make_vpc(far, 1), "gz")
    far.ok("vpc.resize_peer_conn", peerConnId=conn, newBandwidthInMbps=30)
    caller.ok("vpc.update_peer_conn_delete_protect", peerConnId=conn, deleteProtect=True)
    near, away = (each.ok("vpc.get_peer_conn", peerConnId=conn) for each in (caller, far))
    assert (near["role"], away["role"]) == ("initiator", "acceptor")
    assert near["bandwidthInMbps"] == away["bandwidthInMbps"] == 30
    assert near["localIfId"] != away["localIfId"]
    assert far.no("vpc.delete_peer_conn", peerConnId=conn) == DENIED
    assert caller.no("vpc.open_peer_conn_dns_sync", peerConnId=conn, role="acceptor") == DENIED
    wrong = {"localIfId": away["localIfId"], "localIfName": "x"}
    assert caller.no("vpc.update_peer_conn", peerConnId=conn, **wrong) == (404, "NoSuchObject")


def test_an_offer_nobody_answers_fails_after_seven_days(caller, neighbour, clock, offered):
    conn, mine, theirs = offered
    clock.advance(days=6, hours=23)
    assert (status_of(caller, conn), status_of(neighbour, conn)) == ("consulting", "consulting")
    clock.advance(hours=1)
    assert status_of(caller, conn) == "consult_failed"
    assert neighbour.no("vpc.accept_peer_conn", peerConnId=conn)[0] == 404
    neighbour.ok("vpc.delete_vpc", vpcId=theirs)
    caller.ok("vpc.delete_peer_conn", peerConnId=conn)
    caller.ok("vpc.delete_vpc", vpcId=mine)


def test_an_accepted_offer_outlives_the_seven_days(caller, neighbour, clock, offered):
    conn, *_ = offered
    neighbour.ok("vpc.accept_peer_conn", peerConnId=conn)
    clock.advance(days=30)
    assert (status_of(caller, conn), status_of(neighbour, conn)) == ("active", "active")
    assert neighbour.no("vpc.accept_peer_conn", peerConnId=conn) == DENIED


def test_only_the_account_that_made_it_may_change_a_connection(caller, neighbour, offered):
    conn, *_ = offered
    neighbour.ok("vpc.accept_peer_conn", peerConnId=conn)
    assert neighbour.no("vpc.resize_peer_conn", peerConnId=conn, newBandwidthInMbps=20) == DENIED
    assert neighbour.no("vpc.delete_peer_conn", peerConnId=conn) == DENIED
    caller.ok("vpc.delete_peer_conn", peerConnId=conn)
    assert neighbour.ok("vpc.list_peer_conns")["peerConns"] == []


def test_a_rejected_connection_cannot_be_doubled_from_the_other_side(caller, neighbour, offered):
    conn, mine, theirs = offered
    neighbour.ok("vpc.reject_peer_conn", peerConnId=conn)
    again = {"localVpcId": theirs, "peerVpcId": mine, "peerRegion": "bj", "peerAccountId": "a0" * 16}
    arguments = {**again, "bandwidthInMbps": 1, "billing": POSTPAID}
    assert neighbour.no("vpc.create_peer_conn", **arguments) == DENIED
    caller.ok("vpc.delete_peer_conn", peerConnId=conn)
    neighbour.ok("vpc.create_peer_conn", **arguments)


def test_a_prepaid_connection_expires_and_is_renewed(caller, far, clock):
    conn = connect(caller, make_vpc(caller), make_vpc(far, 1), "gz", billing=MONTH)
    assert caller.no("vpc.delete_peer_conn", peerConnId=conn) == DENIED
    clock.advance(days=31)
    assert (status_of(caller, conn), status_of(far, conn)) == ("expired", "expired")
    caller.ok("vpc.renew_peer_conn", peerConnId=conn, billing={"reservation": MONTH["reservation"]})
    assert (status_of(caller, conn), status_of(far, conn)) == ("active", "active")
    clock.advance(days=31)
    caller.ok("vpc.delete_peer_conn", peerConnId=conn)
    assert far.no("vpc.get_peer_conn", peerConnId=conn)[0] == 404


def test_across_the_border_nothing_is_refunded(caller, make_caller):
    abroad = make_caller(caller.cloud, region="hkg")
    conn = connect(caller, make_vpc(caller), make_vpc(abroad, 1), "hkg", billing=MONTH)
    assert caller.no("vpc.refund_peer_conn", peerConnId=conn) == DENIED


def test_two_relays_are_not_connected(caller):
    ends = [make_vpc(caller, number) for number in range(2)]
    for vpc in ends:
        caller.ok("vpc.open_vpc_relay", vpcId=vpc)
    arguments = {"peerRegion": "bj", "bandwidthInMbps": 1, "billing": POSTPAID}
    assert caller.no("vpc.create_peer_conn", localVpcId=ends[0], peerVpcId=ends[1], **arguments) == DENIED
    caller.ok("vpc.close_vpc_relay", vpcId=ends[0])
    connect(caller, *ends)


def test_an_account_nobody_has_cannot_be_offered_anything(caller):
    arguments = {"peerRegion": "bj", "bandwidthInMbps": 1, "billing": POSTPAID, "peerAccountId": "f" * 32}
    vpc = make_vpc(caller)
    assert caller.no("vpc.create_peer_conn", localVpcId=vpc, peerVpcId=vpc, **arguments) == (404, "NoSuchObject")
    assert set(caller.cloud.snapshot()) == {"a0" * 16}
