"""Bandwidth packages on prepaid addresses and shared bandwidths."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

import pytest

from contractkit.client import Client
from contractkit.conformance.suite.common import RESOURCE_GROUP, TAGS, Eventually, Refusal, open_elsewhere
from contractkit.signing import Credentials

pytestmark = [pytest.mark.contract(creates=True), pytest.mark.reference_only("it buys ahead, or needs an instance")]

MONTH: Final[Any] = {
    "paymentTiming": "Prepaid",
    "reservation": {"reservationLength": 1, "reservationTimeUnit": "month"},
}


@pytest.fixture
def package(bce_client: Client, prepaid_eip: str, label: str) -> Iterator[str]:
    """The id of a package on an address, released at the end."""
    made = bce_client.eip.create_eip_bp(name=label, eip=prepaid_eip, bandwidthInMbps=10)["id"]
    yield made
    bce_client.eip.release_eip_bp(made)


def address_of(client: Client, address: str) -> Any:
    return client.eip.list_eips(eip=address)["eipList"][0]


def test_a_package_lives_its_life(bce_client: Client, prepaid_eip: str, label: str, refusal: Refusal) -> None:
    """Create, read, list, seen on its address, release, gone."""
    call = bce_client.eip
    made = call.create_eip_bp(name=label, eip=prepaid_eip, bandwidthInMbps=10)["id"]
    carrier = address_of(bce_client, prepaid_eip)
    assert (carrier["bwShortId"], carrier["bwBandwidthInMbps"]) == (made, 10)
    found = call.get_eip_bp(made)
    assert (found["name"], found["bindType"], found["eips"]) == (label, "eip", [prepaid_eip])
    assert (found["instanceId"], found["autoReleaseTime"]) == (carrier["eipId"], carrier["expireTime"])
    assert [each["id"] for each in call.list_eip_bps.each(name=label, bindType="eip")] == [made]
    call.release_eip_bp(made)
    assert address_of(bce_client, prepaid_eip)["bwShortId"] is None
    assert refusal(call.get_eip_bp, id=made).status == 404


def test_a_shared_bandwidth_carries_a_package(bce_client: Client, label: str, eventually: Eventually) -> None:
    """It ends when it was said to, and is listed among those on shared bandwidths."""
    call = bce_client.eip
    group = call.create_eip_group(name=label, eipCount=1, bandwidthInMbps=20, billing=MONTH)["id"]
    eventually(lambda: call.get_eip_group(group)["status"] == "available")
    before = call.get_eip_group(group)
    ends = before["expireTime"] or ""
    given: Any = {"type": "BandwidthPackage", "tags": TAGS, "resourceGroupId": RESOURCE_GROUP}
    made = call.create_eip_bp(name=label, eipGroupId=group, bandwidthInMbps=10, autoReleaseTime=ends, **given)["id"]
    found = call.get_eip_bp(made)
    assert (found["bindType"], found["instanceId"], found["autoReleaseTime"]) == ("eipgroup", group, ends)
    assert (found["type"], found["eips"]) == ("BandwidthPackage", [each["eip"] for each in before["eips"]])
    assert [each["id"] for each in call.list_eip_bps.each(id=made, bindType="eipgroup")] == [made]
    assert call.get_eip_group(group)["bwShortId"] == made
    call.release_eip_bp(made)
    call.refund_eip_group(group)


def test_an_address_in_hong_kong_is_accelerated(
    bce_cassette: Any, bce_cloud: Any, bce_credentials: Credentials, label: str, *, eventually: Eventually
) -> None:
    """There an address has a package of each type, at a price, listed by type and page by page."""
    there = open_elsewhere(bce_cassette, bce_cloud, bce_credentials, "hkg")
    call = there.eip
    address = call.apply_eip(name=label, bandwidthInMbps=1, billing=MONTH)["eip"]
    eventually(lambda: address_of(there, address)["status"] == "available")
    types: Any = ("BandwidthPackage", "AccelerationPackage")
    prices = [call.inquire_eip_bp_price(bandwidthInMbps=10, type=each)["prices"] for each in types]
    assert all(Decimal(each["configPrice"]) > 0 for each in prices)
    made = [call.create_eip_bp(name=label, eip=address, bandwidthInMbps=10, type=each)["id"] for each in types]
    carrier = address_of(there, address)
    assert [carrier["bwShortId"], carrier["domesticBwShortId"]] == made
    assert [each["id"] for each in call.list_eip_bps.each(name=label, maxKeys=1)] == made
    assert [[each["id"] for each in call.list_eip_bps.each(name=label, type=each)] for each in types] == [
        [each] for each in made
    ]
    for package in made:
        call.release_eip_bp(package)
    call.refund_eip(address)


def test_a_package_is_resized_renamed_and_shortened(
    bce_client: Client, prepaid_eip: str, package: str, label: str, refusal: Refusal
) -> None:
    """All bandwidths together are 200 at most, and a package ends no later than its address."""
    call = bce_client.eip
    call.resize_eip_bp(package, bandwidthInMbps=199)
    assert 400 <= refusal(call.resize_eip_bp, id=package, bandwidthInMbps=200).status < 500
    call.update_eip_bp_name(package, name=f"{label}-b")
    expiry = address_of(bce_client, prepaid_eip)["expireTime"]
    call.update_eip_bp_auto_release_time(package, autoReleaseTime=expiry)
    late = "2999-01-01T00:00:00Z"
    assert 400 <= refusal(call.update_eip_bp_auto_release_time, id=package, autoReleaseTime=late).status < 500
    found = call.get_eip_bp(package)
    assert (found["bandwidthInMbps"], found["name"], found["autoReleaseTime"]) == (199, f"{label}-b", expiry)


def test_an_address_with_a_package_is_not_refunded(
    bce_client: Client, prepaid_eip: str, package: str, refusal: Refusal
) -> None:
    """The package has to go first, and there is one of a type only."""
    assert 400 <= refusal(bce_client.eip.refund_eip, eip=prepaid_eip).status < 500
    again = refusal(bce_client.eip.create_eip_bp, eip=prepaid_eip, bandwidthInMbps=1)
    assert 400 <= again.status < 500
    assert address_of(bce_client, prepaid_eip)["bwShortId"] == package


def test_what_is_postpaid_takes_no_package(bce_client: Client, eip: str, refusal: Refusal) -> None:
    """A package on a postpaid address, or on an address of nobody, is refused."""
    assert 400 <= refusal(bce_client.eip.create_eip_bp, eip=eip, bandwidthInMbps=1).status < 500
    assert refusal(bce_client.eip.create_eip_bp, eip="192.0.2.254", bandwidthInMbps=1).status == 404
