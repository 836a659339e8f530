"""Shared bandwidths: their own addresses, the ones that move in and out, and their end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

import pytest

from contractkit.client import Client
from contractkit.errors import ServiceError

if TYPE_CHECKING:
    from contractkit.client.services import EipCreateEipGroupBilling

pytestmark = pytest.mark.contract(creates=True)

POSTPAID: Final[EipCreateEipGroupBilling] = {"paymentTiming": "Postpaid", "billingMethod": "ByBandwidth"}
PREPAID: Final[EipCreateEipGroupBilling] = {
    "paymentTiming": "Prepaid",
    "reservation": {"reservationLength": 1, "reservationTimeUnit": "month"},
}
Refusal = Callable[..., ServiceError]
Eventually = Callable[[Callable[[], bool]], None]


def is_ready(client: Client, group: str) -> bool:
    found = client.eip.get_eip_group(group)
    return all(each["status"] == "available" for each in (found, *found["eips"]))


@pytest.fixture
def group(bce_client: Client, label: str, eventually: Eventually) -> Iterator[str]:
    """The id of a postpaid shared bandwidth with one address of its own, released at the end."""
    made = bce_client.eip.create_eip_group(name=label, eipCount=1, bandwidthInMbps=20, billing=POSTPAID)["id"]
    eventually(lambda: is_ready(bce_client, made))
    yield made
    bce_client.eip.release_eip_group(made)


def addresses(client: Client, group: str) -> list[str]:
    return [each["eip"] for each in client.eip.get_eip_group(group)["eips"]]


def address_of(client: Client, address: str) -> Any:
    return client.eip.list_eips(eip=address)["eipList"][0]


def test_a_shared_bandwidth_lives_its_life(
    bce_client: Client, label: str, eventually: Eventually, refusal: Refusal
) -> None:
    """Create with addresses of both versions, list, rename, resize, release; its addresses go along."""
    call = bce_client.eip
    made = call.create_eip_group(name=label, eipCount=2, eipv6Count=1, bandwidthInMbps=20, billing=POSTPAID)["id"]
    eventually(lambda: is_ready(bce_client, made))
    call.update_eip_group(made, name=f"{label}-b")
    call.resize_eip_group_bandwidth(made, bandwidthInMbps=30)
    eventually(lambda: is_ready(bce_client, made))
    (found,) = call.list_eip_groups.each(id=made)
    assert (found["name"], found["bandwidthInMbps"], found["paymentTiming"]) == (f"{label}-b", 30, "Postpaid")
    assert (len(found["eips"]), len(found["eipv6s"])) == (2, 1)
    assert {(each["eipInstanceType"], each["shareGroupId"]) for each in found["eips"]} == {("shared", made)}
    call.release_eip_group(made)
    assert refusal(call.get_eip_group, id=made).status == 404
    assert call.list_eips(eip=found["eips"][0]["eip"])["eipList"] == []


def test_a_shared_bandwidth_gains_and_loses_addresses(
    bce_client: Client, group: str, eventually: Eventually, refusal: Refusal
) -> None:
    """Add one, add two by the second version of the call, release two of them."""
    call = bce_client.eip
    call.add_eip_group_ip_count(group, eipAddCount=1)
    eventually(lambda: is_ready(bce_client, group))
    call.add_eip_group_ip_count_v2(group, eipAddCount=2)
    eventually(lambda: is_ready(bce_client, group))
    there = addresses(bce_client, group)
    assert len(there) == 4
    assert 400 <= refusal(call.release_eip_group_ips, id=group, releaseIps=["192.0.2.254"]).status < 500
    call.release_eip_group_ips(group, releaseIps=there[1:3])
    assert addresses(bce_client, group) == [there[0], there[3]]


def test_an_address_moves_in_and_out(bce_client: Client, group: str, eip: str, refusal: Refusal) -> None:
    """Inside it shares the bandwidth and cannot be released; outside it is as before."""
    call = bce_client.eip
    before = address_of(bce_client, eip)
    call.move_eips_into_group(group, eips=[eip])
    inside = address_of(bce_client, eip)
    assert (inside["eipInstanceType"], inside["shareGroupId"]) == ("shared", group)
    assert inside["bandwidthInMbps"] == call.get_eip_group(group)["bandwidthInMbps"]
    assert eip in addresses(bce_client, group)
    assert 400 <= refusal(call.move_eips_into_group, id=group, eips=[eip]).status < 500
    call.move_eips_out_of_group(group, moveOutEips=[{"eip": eip}])
    after = address_of(bce_client, eip)
    for name in ("eipInstanceType", "shareGroupId", "bandwidthInMbps", "billingMethod", "paymentTiming"):
        assert after[name] == before[name], name


def test_an_address_of_its_own_moves_out(bce_client: Client, group: str, refusal: Refusal) -> None:
    """It needs a bandwidth and a billing of its own then."""
    call = bce_client.eip
    (native,) = addresses(bce_client, group)
    assert 400 <= refusal(call.move_eips_out_of_group, id=group, moveOutEips=[{"eip": native}]).status < 500
    call.move_eips_out_of_group(
        group,
        moveOutEips=[
            {
                "eip": native,
                "bandwidthInMbps": 2,
                "billing": {"paymentTiming": "Postpaid", "billingMethod": "ByTraffic"},
            }
        ],
    )
    outside = address_of(bce_client, native)
    assert (outside["eipInstanceType"], outside["bandwidthInMbps"]) == ("normal", 2)
    assert outside["billingMethod"] == "ByTraffic"
    call.release_eip(native)


@pytest.mark.reference_only("it buys ahead, or needs an instance")
def test_a_prepaid_shared_bandwidth_is_renewed_and_given_back(
    bce_client: Client, label: str, eventually: Eventually, refusal: Refusal
) -> None:
    """Renewing moves the expiry on; it is not released but refunded."""
    call = bce_client.eip
    made = call.create_eip_group(name=label, eipCount=1, bandwidthInMbps=20, billing=PREPAID)["id"]
    eventually(lambda: is_ready(bce_client, made))
    before = call.get_eip_group(made)["expireTime"]
    call.renew_eip_group(made, billing=PREPAID)
    after = call.get_eip_group(made)["expireTime"]
    assert before is not None
    assert after is not None
    assert after > before
    assert 400 <= refusal(call.release_eip_group, id=made).status < 500
    call.refund_eip_group(made)
    assert refusal(call.get_eip_group, id=made).status == 404
