"""VPN gateways: built, given an address, protected, renewed, deleted."""

from __future__ import annotations

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
    from contractkit.client.services import VpcCreateVpnBilling

pytestmark = pytest.mark.contract(creates=True)

POSTPAID: Final[VpcCreateVpnBilling] = {"paymentTiming": "Postpaid"}
PREPAID: Final[VpcCreateVpnBilling] = {
    "paymentTiming": "Prepaid",
    "reservation": {"reservationLength": 1, "reservationTimeUnit": "month"},
}


def test_a_vpn_gateway_lives_its_life(
    bce_client: Client, vpc: str, subnet: str, *, label: str, eventually: Eventually, refusal: Refusal
) -> None:
    """Create in a subnet, wait until built, read, change, delete, gone."""
    call = bce_client.vpc
    given: Any = {"vpcId": vpc, "subnetId": subnet, "vpnName": label, "type": "IPSec", "tags": TAGS}
    made = call.create_vpn(description="made by a test", billing=POSTPAID, **given)["vpnId"]
    assert refusal(call.delete_subnet, subnetId=subnet).status == 409
    eventually(lambda: call.get_vpn(made)["status"] == "unconfigured")
    found = call.get_vpn(made)
    assert (found["vpnId"], found["vpnName"], found["description"]) == (made, label, "made by a test")
    assert (found["vpcId"], found["type"], found["paymentTiming"]) == (vpc, "IPSec", "Postpaid")
    assert found["tags"] == TAGS
    assert (found["vpnConnNum"], found["vpnConns"], found["deleteProtect"]) == (0, [], False)
    call.update_vpn(made, vpnName=f"{label}-b", description="changed")
    changed = call.get_vpn(made)
    assert (changed["vpnName"], changed["description"]) == (f"{label}-b", "changed")
    call.delete_vpn(made)
    eventually(lambda: made not in {each["vpnId"] for each in call.list_vpns.each(vpcId=vpc)})
    error = refusal(call.get_vpn, vpnId=made)
    assert (error.status, error.code) == (404, "NoSuchObject")


def test_gateways_are_listed(bce_client: Client, vpc: str, vpn: str, label: str, eventually: Eventually) -> None:
    """By VPC page by page, and by type."""
    call = bce_client.vpc
    ssl = call.create_vpn(vpcId=vpc, vpnName=label, type="SSL", maxConnection=5, billing=POSTPAID)["vpnId"]
    assert [each["vpnId"] for each in call.list_vpns.each(vpcId=vpc, maxKeys=1)] == [vpn, ssl]
    assert [each["vpnId"] for each in call.list_vpns.each(vpcId=vpc, type="SSL")] == [ssl]
    assert [each["vpnId"] for each in call.list_vpns.each(vpcId=vpc, type="IPSec")] == [vpn]
    eventually(lambda: call.get_vpn(ssl)["status"] == "unconfigured")
    assert call.get_vpn(ssl)["maxConnection"] == 5
    call.delete_vpn(ssl)


def test_an_address_is_bound_and_unbound(
    bce_client: Client, vpn: str, eip: str, eventually: Eventually, refusal: Refusal
) -> None:
    """Bind, see it on both sides, refuse a second binding, unbind, refuse a second unbinding."""
    call = bce_client.vpc
    call.bind_vpn_eip(vpn, eip=eip)
    eventually(lambda: call.get_vpn(vpn)["status"] == "active")
    found = call.get_vpn(vpn)
    assert found["eip"] == eip
    assert [each["vpnId"] for each in call.list_vpns(vpcId=found["vpcId"], eip=eip)["vpns"]] == [vpn]
    (address,) = bce_client.eip.list_eips(eip=eip)["eipList"]
    assert (address["instanceType"], address["instanceId"]) == ("VPN", vpn)
    assert 400 <= refusal(call.bind_vpn_eip, vpnId=vpn, eip=eip).status < 500
    eventually(lambda: bce_client.eip.list_eips(eip=eip)["eipList"][0]["status"] == "binded")
    call.unbind_vpn_eip(vpn)
    eventually(lambda: call.get_vpn(vpn)["status"] == "unconfigured")
    eventually(lambda: bce_client.eip.list_eips(eip=eip)["eipList"][0]["status"] == "available")
    assert not call.get_vpn(vpn).get("eip")
    assert 400 <= refusal(call.unbind_vpn_eip, vpnId=vpn).status < 500


def test_an_address_of_nobody_is_not_bound(bce_client: Client, vpn: str, refusal: Refusal) -> None:
    """Binding an address that the account does not have is refused."""
    assert 400 <= refusal(bce_client.vpc.bind_vpn_eip, vpnId=vpn, eip="192.0.2.254").status < 500


def test_a_protected_gateway_is_built_with_its_address(
    bce_client: Client, vpc: str, eip: str, label: str, *, eventually: Eventually, refusal: Refusal
) -> None:
    """It has both from the start; protected it is not deleted, and when it is, it leaves the address free."""
    call = bce_client.vpc
    made = call.create_vpn(vpcId=vpc, vpnName=label, eip=eip, deleteProtect=True, billing=POSTPAID)["vpnId"]
    eventually(lambda: call.get_vpn(made)["status"] == "active")
    found = call.get_vpn(made)
    assert (found["eip"], found["deleteProtect"]) == (eip, True)
    eventually(lambda: bce_client.eip.list_eips(eip=eip)["eipList"][0]["status"] == "binded")
    for protect in (False, True):
        call.update_vpn_delete_protect(made, deleteProtect=protect)
        assert call.get_vpn(made)["deleteProtect"] is protect
    assert 400 <= refusal(call.delete_vpn, vpnId=made).status < 500
    call.update_vpn_delete_protect(made, deleteProtect=False)
    call.delete_vpn(made)
    eventually(lambda: bce_client.eip.list_eips(eip=eip)["eipList"][0]["status"] == "available")


@pytest.mark.reference_only("it asks for a renewal")
def test_a_postpaid_gateway_is_not_renewed(bce_client: Client, vpn: str, refusal: Refusal) -> None:
    """Only what was paid ahead is renewed."""
    assert 400 <= refusal(bce_client.vpc.renew_vpn, vpnId=vpn, billing=PREPAID).status < 500


@pytest.mark.reference_only("a gateway paid ahead costs, and goes only when its term is over")
def test_a_prepaid_gateway_is_renewed(bce_client: Client, label: str, eventually: Eventually, refusal: Refusal) -> None:
    """Each renewal moves the end of the term on, and leaves the payment as it is; before it, the gateway stays."""
    call = bce_client.vpc
    vpc = call.create_vpc(name=label, cidr="10.0.0.0/16")["vpcId"]
    made = call.create_vpn(vpcId=vpc, vpnName=label, billing=PREPAID)["vpnId"]
    eventually(lambda: call.get_vpn(made)["status"] == "unconfigured")
    read = [call.get_vpn(made)]
    for reservation, timing in zip(reservations("month", "Month"), cycle(TIMINGS), strict=False):
        call.renew_vpn(made, billing={"paymentTiming": timing, "reservation": reservation})
        read.append(call.get_vpn(made))
    assert is_rising(each["expiredTime"] for each in read)
    assert {each["paymentTiming"] for each in read} == {"Prepaid"}
    assert 400 <= refusal(call.delete_vpn, vpnId=made).status < 500


@pytest.mark.reference_only("buys gateways for years, which cannot be given back")
def test_a_gateway_is_bought_for_any_term(bce_client: Client, label: str) -> None:
    """The longer the term it is paid for, the later it expires; a VPC takes three."""
    call = bce_client.vpc
    vpcs = [call.create_vpc(name=label, cidr="10.0.0.0/16")["vpcId"] for _ in LENGTHS[::3]]
    for number, reservation in enumerate(reservations("month", "Month")):
        billing: Any = {"paymentTiming": "Prepaid", "reservation": reservation}
        call.create_vpn(vpcId=vpcs[number // 3], vpnName=label, resourceGroupId=RESOURCE_GROUP, billing=billing)
    listed = [each for vpc in vpcs for each in call.list_vpns(vpcId=vpc)["vpns"]]
    assert len(listed) == len(LENGTHS)
    assert is_rising(each["expiredTime"] for each in listed)


@pytest.mark.reference_only("gateways for many users cost")
def test_an_ssl_gateway_is_for_as_many_as_it_is_built_for(bce_client: Client, vpc: str, label: str) -> None:
    """Each size there is, up to a thousand users."""
    call = bce_client.vpc
    sizes: Any = (5, 10, 20, 50, 100, 200, 500, 1000)
    for size in sizes:
        made = call.create_vpn(vpcId=vpc, vpnName=label, type="SSL", maxConnection=size, billing=POSTPAID)["vpnId"]
        found = call.get_vpn(made)
        assert (found["type"], found["maxConnection"]) == ("SSL", size)
        call.delete_vpn(made)


def test_an_ssl_gateway_says_how_many_may_connect(bce_client: Client) -> None:
    """SSL without maxConnection is refused with 400."""
    given = {"vpcId": "vpc-000000000000", "vpnName": "ck-none", "type": "IPSec", "billing": POSTPAID}
    request = bce_client.prepare("vpc.create_vpn", given)
    assert bce_client.exchange(request.replace(body=request.body.replace(b"IPSec", b"SSL"))).status == 400
