"""Transfers of addresses: offered, taken back, rejected, accepted.

One account is on both sides here, so that one run sees all of it; between two accounts the rules are the same.
"""

from __future__ import annotations

from typing import Any

import pytest

from contractkit.client import Client
from contractkit.conformance.suite.common import Eventually, Refusal

pytestmark = [pytest.mark.contract(creates=True), pytest.mark.reference_only("it buys ahead, or needs an instance")]

STRANGER = "b0" * 16


def id_of(client: Client, address: str) -> str:
    return client.eip.list_eips(eip=address)["eipList"][0]["eipId"]


def status_of(client: Client, transfer: str) -> str:
    (found,) = client.eip.list_eip_transfers.each(transferId=transfer)
    return found["status"]


def offer(client: Client, address: str, receiver: str) -> str:
    call = client.eip.create_eip_transfer
    (made,) = call(transferType="eip", transferResourceList=[id_of(client, address)], toUserId=receiver)["transfers"]
    return made["transferId"]


@pytest.fixture
def own_account(bce_client: Client, eip: str) -> str:
    """The id of the account that asks, read from a transfer to somebody else."""
    made = offer(bce_client, eip, STRANGER)
    (found,) = bce_client.eip.list_eip_transfers.each(transferId=made)
    bce_client.eip.cancel_eip_transfer(transferIdList=[made])
    return found["userId"]


def test_a_transfer_is_offered_and_taken_back(bce_client: Client, eip: str, label: str, refusal: Refusal) -> None:
    """It is listed as sent and by parts of it until it is cancelled, once; only the receiver may accept it."""
    call = bce_client.eip
    made = offer(bce_client, eip, STRANGER)
    (found,) = call.list_eip_transfers.each(direction="sent", fuzzyInstanceIp=eip, status="processing")
    assert (found["transferId"], found["instanceIp"]) == (made, eip)
    parts: Any = {"fuzzyTransferId": made[1:], "fuzzyInstanceId": found["instanceId"][1:], "fuzzyInstanceName": label}
    assert [each["transferId"] for each in call.list_eip_transfers.each(**parts)] == [made]
    assert found["toUserId"] != found["userId"]
    assert list(call.list_eip_transfers.each(direction="received", transferId=made)) == []
    assert 400 <= refusal(call.accept_eip_transfer, transferIdList=[made]).status < 500
    call.cancel_eip_transfer(transferIdList=[made])
    assert status_of(bce_client, made) == "cancel"
    assert 400 <= refusal(call.cancel_eip_transfer, transferIdList=[made]).status < 500


def test_a_transfer_is_rejected(bce_client: Client, eip: str, own_account: str) -> None:
    """The address stays where it is, and can be offered again; both offers are listed by how they ended."""
    made = offer(bce_client, eip, own_account)
    bce_client.eip.reject_eip_transfer(transferIdList=[made])
    assert status_of(bce_client, made) == "reject"
    again = offer(bce_client, eip, own_account)
    bce_client.eip.cancel_eip_transfer(transferIdList=[again])
    both = bce_client.eip.list_eip_transfers.each(transferId=f"{made}_{again}", maxKeys=1)
    assert sorted(each["transferId"] for each in both) == sorted([made, again])
    ends: Any = {"processing": [], "transfering": [], "cancel": [again], "reject": [made], "success": []}
    ends |= {"timeout": [], "failed": []}
    for status, there in ends.items():
        listed = bce_client.eip.list_eip_transfers.each(transferId=f"{made}_{again}", status=status)
        assert [each["transferId"] for each in listed] == there, status


def test_a_transfer_is_accepted(bce_client: Client, eip: str, own_account: str, eventually: Eventually) -> None:
    """The receiver has the same address with the same id."""
    before = id_of(bce_client, eip)
    made = offer(bce_client, eip, own_account)
    bce_client.eip.accept_eip_transfer(transferIdList=[made])
    eventually(lambda: status_of(bce_client, made) == "success")
    assert id_of(bce_client, eip) == before


def test_an_address_is_offered_once(bce_client: Client, eip: str, refusal: Refusal) -> None:
    """A second offer while one is open is refused, as is one of an address of nobody."""
    made = offer(bce_client, eip, STRANGER)
    call = bce_client.eip.create_eip_transfer
    for resource, status in ((id_of(bce_client, eip), 400), ("ip-00000000", 404)):
        error = refusal(call, transferType="eip", transferResourceList=[resource], toUserId=STRANGER)
        assert error.status == status
    bce_client.eip.cancel_eip_transfer(transferIdList=[made])
