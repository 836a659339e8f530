"""Shared bandwidths: their own addresses, the ones that move in and out, and their end."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from typing import TYPE_CHECKING, Any, Final

import pytest

from contractkit.client import Client
from contractkit.conformance.suite.common import (
    LENGTHS,
    RESOURCE_GROUP,
    TAGS,
    TIMINGS,
    Eventually,
    Refusal,
    is_rising,
    reservations,
)

if TYPE_CHECKING:
    from contractkit.client.services import EipCreateEipGroupBilling

pytestmark = pytest.mark.contract(creates=True)

POSTPAID: Final[EipCreateEipGroupBilling] = {"paymentTiming": "Postpaid", "billingMethod": "ByBandwidth"}
PREPAID: Final[EipCreateEipGroupBilling] = {
    "paymentTiming": "Prepaid",
    "reservation": {"reservationLength": 1, "reservationTimeUnit": "month"},
}
METHODS: Final[tuple[Any, ...]] = ("ByTraffic", "ByPeak95", "ByBandwidth", "ByNetrafficMax")


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
    given: Any = {"eipCount": 2, "eipv6Count": 1, "routeType": "BGP", "tags": TAGS}
    made = call.create_eip_group(name=label, bandwidthInMbps=20, billing=POSTPAID, **given)["id"]
    eventually(lambda: is_ready(bce_client, made))
    call.update_eip_group(made, name=f"{label}-b")
    call.resize_eip_group_bandwidth(made, bandwidthInMbps=30)
    eventually(lambda: is_ready(bce_client, made))
    (found,) = call.list_eip_groups.each(id=made)
    assert (found["name"], found["bandwidthInMbps"], found["paymentTiming"]) == (f"{label}-b", 30, "Postpaid")
    assert (found["routeType"], found["billingMethod"], found["tags"]) == ("BGP", "ByBandwidth", TAGS)
    assert (len(found["eips"]), len(found["eipv6s"])) == (2, 1)
    assert {(each["eipInstanceType"], each["shareGroupId"]) for each in found["eips"]} == {("shared", made)}
    call.release_eip_group(made)
    assert refusal(call.get_eip_group, id=made).status == 404
    assert call.list_eips(eip=found["eips"][0]["eip"])["eipList"] == []


def test_a_shared_bandwidth_gains_and_loses_addresses(
    bce_client: Client, group: str, eventually: Eventually, refusal: Refusal
) -> None:
    """Add some of both versions of IP, add more by the second version of the call, release two of them."""
    call = bce_client.eip
    call.add_eip_group_ip_count(group, eipAddCount=1, eipv6AddCount=1)
    eventually(lambda: is_ready(bce_client, group))
    call.add_eip_group_ip_count_v2(group, eipAddCount=2, eipv6AddCount=2)
    eventually(lambda: is_ready(bce_client, group))
    there = addresses(bce_client, group)
    assert (len(there), len(call.get_eip_group(group)["eipv6s"])) == (4, 3)
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


@pytest.mark.reference_only("needs a dozen addresses more than an account may have at first")
def test_addresses_of_its_own_move_out_postpaid(bce_client: Client, group: str, eventually: Eventually) -> None:
    """However they are billed then, and whatever term is named: no term is kept."""
    call = bce_client.eip
    call.add_eip_group_ip_count(group, eipAddCount=len(LENGTHS))
    eventually(lambda: is_ready(bce_client, group))
    leaving = addresses(bce_client, group)[1:]
    given: list[Any] = []
    for address, reservation, method in zip(
        leaving, reservations("month", "Month"), cycle(("ByTraffic", "ByBandwidth")), strict=False
    ):
        billing = {"paymentTiming": "Postpaid", "billingMethod": method, "reservation": reservation}
        given.append({"eip": address, "bandwidthInMbps": 1, "billing": billing})
    call.move_eips_out_of_group(group, moveOutEips=given)
    listed = {each["eip"]: each for each in call.list_eips.each()}
    for each in given:
        told = listed[each["eip"]]
        assert (told["eipInstanceType"], told["paymentTiming"], told["expireTime"]) == ("normal", "Postpaid", None)
        assert told["billingMethod"] == each["billing"]["billingMethod"]
        call.release_eip(each["eip"])


@pytest.mark.reference_only("not every line and way of billing is sold to every account")
def test_a_shared_bandwidth_is_billed_in_any_way(bce_client: Client, label: str, eventually: Eventually) -> None:
    """Each way of billing on either line, listed page by page and by status."""
    call = bce_client.eip
    lines: Any = ("BGP", "BGP_S")
    made = []
    for method, line in zip(METHODS, cycle(lines), strict=False):
        billing: Any = {"paymentTiming": "Postpaid", "billingMethod": method}
        given: Any = {"routeType": line, "resourceGroupId": RESOURCE_GROUP, "billing": billing}
        made.append(call.create_eip_group(name=label, eipCount=0, bandwidthInMbps=100, **given)["id"])
    eventually(lambda: all(is_ready(bce_client, each) for each in made))
    listed = list(call.list_eip_groups.each(name=label, status="available", maxKeys=3))
    assert [each["id"] for each in listed] == made
    told = [(each["billingMethod"], each["routeType"]) for each in listed]
    assert told == list(zip(METHODS, cycle(lines), strict=False))
    others: Any = ("paused", "expired", "deleting")
    for status in others:
        assert call.list_eip_groups(name=label, status=status)["eipgroups"] == []
    for each in made:
        call.release_eip_group(each)


@pytest.mark.reference_only("it buys ahead, or needs an instance")
def test_shared_bandwidths_are_bought_for_any_term(bce_client: Client, label: str, eventually: Eventually) -> None:
    """The longer the term it is paid for, the later it expires."""
    call = bce_client.eip
    for reservation in reservations("month", "Month"):
        billing: Any = {"paymentTiming": "Prepaid", "reservation": reservation}
        call.create_eip_group(name=label, eipCount=0, bandwidthInMbps=20, billing=billing)

    def told() -> list[Any]:
        return list(call.list_eip_groups.each(name=label))

    eventually(lambda: {each["status"] for each in told()} == {"available"})
    bought = told()
    assert len(bought) == len(LENGTHS)
    assert is_rising(each["expireTime"] for each in bought)
    for each in bought:
        call.refund_eip_group(each["id"])


@pytest.mark.reference_only("it buys ahead, or needs an instance")
def test_a_prepaid_shared_bandwidth_is_renewed_and_given_back(
    bce_client: Client, label: str, eventually: Eventually, refusal: Refusal
) -> None:
    """Renewing moves the expiry on and leaves the payment as it is; it is not released but refunded."""
    call = bce_client.eip
    made = call.create_eip_group(name=label, eipCount=1, bandwidthInMbps=20, billing=PREPAID)["id"]
    eventually(lambda: is_ready(bce_client, made))
    read = [call.get_eip_group(made)]
    ways = zip(reservations("month", "Month"), cycle(TIMINGS), cycle(METHODS), strict=False)
    for reservation, timing, method in ways:
        billing: Any = {"paymentTiming": timing, "billingMethod": method, "reservation": reservation}
        call.renew_eip_group(made, billing=billing)
        read.append(call.get_eip_group(made))
    assert is_rising(each["expireTime"] for each in read)
    assert {(each["paymentTiming"], each["billingMethod"]) for each in read} == {("Prepaid", None)}
    assert 400 <= refusal(call.release_eip_group, id=made).status < 500
    call.refund_eip_group(made)
    assert refusal(call.get_eip_group, id=made).status == 404
