"""Public addresses: applied for, bound, resized, unbound, protected, renewed, released."""

from __future__ import annotations

import ipaddress
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
    from contractkit.client.services import EipApplyEipBilling

pytestmark = pytest.mark.contract(creates=True)

POSTPAID: Final[EipApplyEipBilling] = {"paymentTiming": "Postpaid", "billingMethod": "ByTraffic"}


def status_of(client: Client, address: str) -> str:
    found = client.eip.list_eips(eip=address)["eipList"]
    return found[0]["status"] if found else "gone"


def test_an_address_is_applied_for_and_released(bce_client: Client, label: str, eventually: Eventually) -> None:
    """Apply, wait until available, list by what it is, release, gone."""
    address = bce_client.eip.apply_eip(
        name=label, ipVersion="ipv4", routeType="BGP", bandwidthInMbps=1, tags=TAGS, billing=POSTPAID
    )["eip"]
    assert str(ipaddress.ip_address(address)) == address
    eventually(lambda: status_of(bce_client, address) == "available")
    (found,) = bce_client.eip.list_eips(eip=address)["eipList"]
    assert (found["name"], found["bandwidthInMbps"], found["paymentTiming"]) == (label, 1, "Postpaid")
    assert (found["routeType"], found["billingMethod"], found["tags"]) == ("BGP", "ByTraffic", TAGS)
    for status, there in (("available", [address]), ("binded", []), ("paused", [])):
        like: Any = {"ipVersion": "ipv4", "eipIds": [found["eipId"]], "status": status}
        assert [each["eip"] for each in bce_client.eip.list_eips.each(name=label, **like)] == there
    bce_client.eip.release_eip(address)
    assert status_of(bce_client, address) == "gone"


def test_an_address_is_resized(bce_client: Client, eip: str, eventually: Eventually) -> None:
    """A new bandwidth is seen once the address has settled."""
    bce_client.eip.resize_eip(eip, newBandwidthInMbps=5)
    eventually(lambda: status_of(bce_client, eip) == "available")
    assert bce_client.eip.list_eips(eip=eip)["eipList"][0]["bandwidthInMbps"] == 5


@pytest.mark.reference_only("no instance to bind to")
def test_an_address_is_bound_and_unbound(
    bce_client: Client, eip: str, eventually: Eventually, refusal: Refusal
) -> None:
    """Bind, refuse a second binding and a release while bound, unbind."""
    bce_client.eip.bind_eip(eip, instanceType="BCC", instanceId="i-ck000001")
    eventually(lambda: status_of(bce_client, eip) == "binded")
    (found,) = bce_client.eip.list_eips(eip=eip)["eipList"]
    assert (found["instanceType"], found["instanceId"]) == ("BCC", "i-ck000001")
    assert 400 <= refusal(bce_client.eip.bind_eip, eip=eip, instanceType="BCC", instanceId="i-ck000002").status < 500
    assert 400 <= refusal(bce_client.eip.release_eip, eip=eip).status < 500
    bce_client.eip.unbind_eip(eip)
    eventually(lambda: status_of(bce_client, eip) == "available")


def test_what_is_not_bound_cannot_be_unbound(bce_client: Client, eip: str, refusal: Refusal) -> None:
    """Unbinding an address that is not bound is refused."""
    assert 400 <= refusal(bce_client.eip.unbind_eip, eip=eip).status < 500


def test_an_address_that_was_never_given_is_not_found(bce_client: Client, refusal: Refusal) -> None:
    """Releasing an address of nobody gets 404."""
    assert refusal(bce_client.eip.release_eip, eip="192.0.2.254").status == 404


@pytest.mark.parametrize("bandwidth", [0, 1001, -1])
def test_a_bandwidth_out_of_bounds_is_refused(bce_client: Client, eip: str, bandwidth: int) -> None:
    """A bandwidth outside 1 to 1000 is refused with 400."""
    request = bce_client.prepare("eip.resize_eip", {"eip": eip, "newBandwidthInMbps": 1})
    body = b'{"newBandwidthInMbps":%d}' % bandwidth
    assert bce_client.exchange(request.replace(body=body)).status == 400


def found(client: Client, address: str) -> Any:
    return client.eip.list_eips(eip=address)["eipList"][0]


def test_several_addresses_are_applied_for_in_one_call(bce_client: Client, label: str, eventually: Eventually) -> None:
    """Three addresses that follow one another, each of them real, listed page by page."""
    call = bce_client.eip
    given: Any = {"count": 3, "continuous": True, "routeType": "BGP", "tags": TAGS}
    made = call.batch_create_eips(name=label, bandwidthInMbps=1, billing=POSTPAID, **given)["eips"]
    numbers = [int(ipaddress.ip_address(each)) for each in made]
    assert numbers == list(range(numbers[0], numbers[0] + 3))
    eventually(lambda: {status_of(bce_client, each) for each in made} == {"available"})
    listed = list(call.list_eips.each(name=label, maxKeys=2))
    assert sorted(each["eip"] for each in listed) == sorted(made)
    assert all((each["routeType"], each["tags"]) == ("BGP", TAGS) for each in listed)
    for address in made:
        call.release_eip(address)


def test_a_protected_address_stays(bce_client: Client, label: str, eventually: Eventually, refusal: Refusal) -> None:
    """Protected from the start or again later, it is not released until the protection is taken off."""
    call = bce_client.eip
    address = call.apply_eip(name=label, bandwidthInMbps=1, deleteProtect=True, billing=POSTPAID)["eip"]
    eventually(lambda: status_of(bce_client, address) == "available")
    assert found(bce_client, address)["deleteProtect"] is True
    for protect in (False, True):
        call.update_eip_delete_protect(address, deleteProtect=protect)
        assert found(bce_client, address)["deleteProtect"] is protect
    assert 400 <= refusal(call.release_eip, eip=address).status < 500
    call.update_eip_delete_protect(address, deleteProtect=False)
    call.release_eip(address)


@pytest.mark.reference_only("not every line and version of IP is sold in every region, and it needs a resource group")
def test_addresses_are_of_another_line_and_version(bce_client: Client, label: str, eventually: Eventually) -> None:
    """Of the premium line or of IPv6, paid by bandwidth: each is told as what it was applied for."""
    call = bce_client.eip
    by_bandwidth: EipApplyEipBilling = {"paymentTiming": "Postpaid", "billingMethod": "ByBandwidth"}
    common: Any = {"name": label, "resourceGroupId": RESOURCE_GROUP, "billing": by_bandwidth}
    premium = call.apply_eip(routeType="BGP_S", bandwidthInMbps=100, **common)["eip"]
    newer = call.apply_eip(ipVersion="ipv6", bandwidthInMbps=1, **common)["eip"]
    assert ipaddress.ip_address(newer).version == 6

    def listed() -> list[Any]:
        return [*call.list_eips.each(name=label, ipVersion="ipv4"), *call.list_eips.each(name=label, ipVersion="ipv6")]

    eventually(lambda: {each["status"] for each in listed()} == {"available"})
    told = [(each["eip"], each["routeType"], each["billingMethod"]) for each in listed()]
    assert told == [(premium, "BGP_S", "ByBandwidth"), (newer, "BGP", "ByBandwidth")]
    for address in (premium, newer):
        call.release_eip(address)


@pytest.mark.reference_only("no instances to bind to")
def test_an_address_serves_instances_of_every_type(
    bce_client: Client, vpc: str, vpn: str, *, label: str, eventually: Eventually
) -> None:
    """Each is found by the type and id of what it is bound to, and free again when unbound."""
    call = bce_client.eip
    nat = bce_client.vpc.create_nat_gateway(name=label, vpcId=vpc, cuNum=1, billing={"paymentTiming": "Postpaid"})
    made_up = {"BCC": "i-ck000001", "BBC": "i-ck000002", "DCC": "i-ck000003", "ENI": "eni-ck0000000001"}
    instances: Any = {**made_up, "BLB": "lb-ck000001", "NAT": nat["natId"], "VPN": vpn}
    billing: Any = {"paymentTiming": "Postpaid", "billingMethod": "ByBandwidth"}
    made = call.batch_create_eips(name=label, bandwidthInMbps=1, billing=billing, count=len(instances))["eips"]

    def are_all(status: str) -> bool:
        return {each["status"] for each in call.list_eips.each(name=label)} == {status}

    eventually(lambda: are_all("available"))
    for address, (kind, instance) in zip(made, instances.items(), strict=True):
        inside = {"instanceIp": "10.0.0.9"} if kind == "ENI" else {}
        call.bind_eip(address, instanceType=kind, instanceId=instance, **inside)
    eventually(lambda: are_all("binded"))
    for address, (kind, instance) in zip(made, instances.items(), strict=True):
        (told,) = call.list_eips.each(instanceType=kind, instanceId=instance, status="binded")
        assert (told["eip"], told["instanceType"], told["instanceId"]) == (address, kind, instance)
        call.unbind_eip(address)
    eventually(lambda: are_all("available"))
    for address in made:
        call.release_eip(address)
    bce_client.vpc.delete_nat_gateway(nat["natId"])
    eventually(lambda: not bce_client.vpc.list_nat_gateways(vpcId=vpc)["nats"])


@pytest.mark.reference_only("it buys ahead, or needs an instance")
def test_a_bound_address_goes_direct(bce_client: Client, eip: str, eventually: Eventually, refusal: Refusal) -> None:
    """Direct only while bound, and only once; back again."""
    call = bce_client.eip
    assert 400 <= refusal(call.enable_eip_direct, eip=eip).status < 500
    call.bind_eip(eip, instanceType="ENI", instanceId="eni-ck0000000001")
    eventually(lambda: status_of(bce_client, eip) == "binded")
    assert 400 <= refusal(call.disable_eip_direct, eip=eip).status < 500
    call.enable_eip_direct(eip)
    call.disable_eip_direct(eip)
    call.unbind_eip(eip)
    eventually(lambda: status_of(bce_client, eip) == "available")


@pytest.mark.reference_only("it buys ahead, or needs an instance")
def test_an_address_becomes_prepaid(bce_client: Client, eip: str, refusal: Refusal) -> None:
    """Convert once; then it has an expiry, no billing method, and is refunded instead of released."""
    call = bce_client.eip
    call.convert_eip_to_prepaid(eip, purchaseLength=2, bandWidth=3)
    changed = found(bce_client, eip)
    assert (changed["paymentTiming"], changed["billingMethod"], changed["bandwidthInMbps"]) == ("Prepaid", None, 3)
    assert changed["expireTime"] > changed["createTime"]
    assert 400 <= refusal(call.convert_eip_to_prepaid, eip=eip, purchaseLength=1, bandWidth=3).status < 500
    assert 400 <= refusal(call.release_eip, eip=eip).status < 500
    call.refund_eip(eip)
    assert status_of(bce_client, eip) == "gone"


@pytest.mark.reference_only("it buys ahead, or needs an instance")
def test_a_prepaid_address_is_renewed(bce_client: Client, prepaid_eip: str, refusal: Refusal) -> None:
    """Renewing moves the expiry on and leaves the payment; renewing by itself is started once and stopped once."""
    call = bce_client.eip
    read = [found(bce_client, prepaid_eip)]
    ways = cycle(zip(TIMINGS, ("ByTraffic", "ByBandwidth"), strict=True))
    for reservation, (timing, method) in zip(reservations("month", "Month"), ways, strict=False):
        billing: Any = {"paymentTiming": timing, "billingMethod": method, "reservation": reservation}
        call.renew_eip(prepaid_eip, billing=billing)
        read.append(found(bce_client, prepaid_eip))
    assert is_rising(each["expireTime"] for each in read)
    assert {(each["paymentTiming"], each["billingMethod"]) for each in read} == {("Prepaid", None)}
    assert 400 <= refusal(call.stop_eip_auto_renew, eip=prepaid_eip).status < 500
    call.start_eip_auto_renew(prepaid_eip, autoRenewTimeUnit="year", autoRenewTime=1)
    assert 400 <= refusal(call.start_eip_auto_renew, eip=prepaid_eip).status < 500
    call.stop_eip_auto_renew(prepaid_eip)
    call.start_eip_auto_renew(prepaid_eip, autoRenewTimeUnit="month", autoRenewTime=9)
    call.stop_eip_auto_renew(prepaid_eip)


@pytest.mark.reference_only("it buys ahead, or needs an instance")
def test_addresses_are_bought_for_any_term(bce_client: Client, label: str, eventually: Eventually) -> None:
    """Applied for, several at once, or converted: the longer the term, the later the end; some renew themselves."""
    call = bce_client.eip
    alone, several, converted = (f"{label}-{each}" for each in "abc")
    call.batch_create_eips(name=converted, bandwidthInMbps=1, billing=POSTPAID, count=len(LENGTHS))
    renewing: dict[str, Any] = {"month": {"autoRenewTimeUnit": "month", "autoRenewTime": 1}}
    renewing["year"] = {"autoRenewTimeUnit": "year", "autoRenewTime": 3}
    for reservation, unit in zip(reservations("month", "Month"), cycle(renewing), strict=False):
        given: Any = {"billing": {"paymentTiming": "Prepaid", "reservation": reservation}, **renewing[unit]}
        given |= {"bandwidthInMbps": 1, "resourceGroupId": RESOURCE_GROUP}
        call.apply_eip(name=alone, **given)
        call.batch_create_eips(name=several, idc="bj-a", **given)

    def told(name: str) -> list[Any]:
        return list(call.list_eips.each(name=name))

    eventually(lambda: {each["status"] for name in (alone, several) for each in told(name)} == {"available"})
    for length, address in zip(LENGTHS, told(converted), strict=True):
        call.convert_eip_to_prepaid(address["eip"], purchaseLength=length, bandWidth=1)
    for name in (alone, several, converted):
        bought = told(name)
        assert [each["paymentTiming"] for each in bought] == ["Prepaid"] * len(LENGTHS)
        assert is_rising(each["expireTime"] for each in bought)
        if name != converted:
            call.stop_eip_auto_renew(bought[0]["eip"])
        for each in bought:
            call.refund_eip(each["eip"])


@pytest.mark.reference_only("it buys ahead, or needs an instance")
def test_a_postpaid_address_is_not_renewed(bce_client: Client, eip: str, refusal: Refusal) -> None:
    """Renewing, renewing by itself and a refund belong to what is prepaid."""
    term = {"reservation": {"reservationLength": 1, "reservationTimeUnit": "month"}}
    assert 400 <= refusal(bce_client.eip.renew_eip, eip=eip, billing=term).status < 500
    assert 400 <= refusal(bce_client.eip.start_eip_auto_renew, eip=eip).status < 500
    assert 400 <= refusal(bce_client.eip.refund_eip, eip=eip).status < 500
