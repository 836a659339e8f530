"""Addresses pass from one account to another, and both sides know it."""

from datetime import timedelta

import pytest

from contractkit.cloud import Account
from contractkit.signing import EXAMPLE, Credentials

POSTPAID = {"paymentTiming": "Postpaid", "billingMethod": "ByTraffic"}
SENDER, RECEIVER = "a0" * 16, "b0" * 16
OTHER = Credentials("e" * 32, "f" * 32)
REFUSED = (400, "BadRequest")


@pytest.fixture
def cloud(make_cloud):
    accounts = {EXAMPLE: Account(SENDER), OTHER: Account(RECEIVER, quotas={"eip": 1})}
    return make_cloud(accounts=accounts, settle=timedelta(seconds=10))


@pytest.fixture
def sender(make_caller, cloud):
    return make_caller(cloud)


@pytest.fixture
def receiver(make_caller, cloud):
    return make_caller(cloud, credentials=OTHER)


@pytest.fixture
def offered(sender, clock):
    """An address and the transfer that offers it."""
    eip = sender.ok("eip.apply_eip", name="web", bandwidthInMbps=5, billing=POSTPAID)["eip"]
    clock.advance(seconds=10)
    return eip, offer(sender, eip)


def offer(sender, eip):
    short = sender.ok("eip.list_eips", eip=eip)["eipList"][0]["eipId"]
    arguments = {"transferType": "eip", "transferResourceList": [short], "toUserId": RECEIVER}
    return sender.ok("eip.create_eip_transfer", **arguments)["transfers"][0]["transferId"]


def accept(caller, transfer):
    return caller.ok("eip.accept_eip_transfer", transferIdList=[transfer])


def statuses(*callers):
    return [[each["status"] for each in caller.ok("eip.list_eip_transfers")["transferList"]] for caller in callers]


def addresses(caller):
    return [each["eip"] for each in caller.ok("eip.list_eips")["eipList"]]


def test_an_accepted_address_changes_hands(sender, receiver, offered, clock):
    eip, transfer = offered
    accept(receiver, transfer)
    assert statuses(sender, receiver) == [["transfering"], ["transfering"]]
    clock.advance(seconds=10)
    assert statuses(sender, receiver) == [["success"], ["success"]]
    assert (addresses(sender), addresses(receiver)) == ([], [eip])
    assert receiver.ok("eip.list_ddos", ips=[eip])["ddosList"][0]["status"] == "normal"
    assert sender.no("eip.release_eip", eip=eip) == (404, "EipNotFound")


def test_each_side_sees_the_transfer_as_its_own(sender, receiver, offered):
    _, transfer = offered
    for caller, side, other in ((sender, "sent", "received"), (receiver, "received", "sent")):
        (found,) = caller.ok("eip.list_eip_transfers", direction=side)["transferList"]
        assert (found["transferId"], found["userId"], found["toUserId"]) == (transfer, SENDER, RECEIVER)
        assert caller.ok("eip.list_eip_transfers", direction=other)["transferList"] == []


def test_each_side_does_its_own_part_only(sender, receiver, offered):
    _, transfer = offered
    named = {"transferIdList": [transfer]}
    assert sender.no("eip.accept_eip_transfer", **named) == REFUSED
    assert sender.no("eip.reject_eip_transfer", **named) == REFUSED
    assert receiver.no("eip.cancel_eip_transfer", **named) == REFUSED
    receiver.ok("eip.reject_eip_transfer", **named)
    assert statuses(sender, receiver) == [["reject"], ["reject"]]
    assert receiver.no("eip.accept_eip_transfer", **named) == REFUSED


def test_an_address_that_is_no_longer_free_is_not_handed_over(sender, receiver, offered, clock):
    eip, transfer = offered
    sender.ok("eip.bind_eip", eip=eip, instanceType="BCC", instanceId="i-1")
    clock.advance(seconds=10)
    accept(receiver, transfer)
    clock.advance(seconds=10)
    assert statuses(sender, receiver) == [["failed"], ["failed"]]
    assert (addresses(sender), addresses(receiver)) == ([eip], [])


def test_a_receiver_without_room_gets_nothing(sender, receiver, offered, clock):
    eip, transfer = offered
    receiver.ok("eip.apply_eip", bandwidthInMbps=5, billing=POSTPAID)
    accept(receiver, transfer)
    clock.advance(seconds=10)
    assert statuses(sender) == [["failed"]]
    assert addresses(sender) == [eip]


def test_an_offer_that_nobody_answers_times_out(sender, receiver, offered, clock):
    eip, transfer = offered
    clock.advance(days=7)
    assert statuses(sender, receiver) == [["timeout"], ["timeout"]]
    assert receiver.no("eip.accept_eip_transfer", transferIdList=[transfer]) == REFUSED
    offer(sender, eip)


def test_an_accepted_offer_does_not_time_out(sender, receiver, offered, clock):
    accept(receiver, offered[1])
    clock.advance(days=8)
    assert statuses(sender, receiver) == [["success"], ["success"]]


def test_a_page_holds_ten_transfers_unless_more_are_asked_for(sender, offered):
    _, transfer = offered
    short = sender.ok("eip.list_eip_transfers")["transferList"][0]["instanceId"]
    for _ in range(10):
        sender.ok("eip.cancel_eip_transfer", transferIdList=[transfer])
        arguments = {"transferType": "eip", "transferResourceList": [short], "toUserId": RECEIVER}
        transfer = sender.ok("eip.create_eip_transfer", **arguments)["transfers"][0]["transferId"]
    page = sender.ok("eip.list_eip_transfers")
    assert (len(page["transferList"]), page["maxKeys"], page["isTruncated"]) == (10, 10, True)
    assert len(sender.ok("eip.list_eip_transfers", maxKeys=50)["transferList"]) == 11
