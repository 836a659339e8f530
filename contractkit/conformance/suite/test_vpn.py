"""VPN gateways: built, given an address, protected, renewed, deleted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import pytest

from contractkit.client import Client
from contractkit.errors import ServiceError

if TYPE_CHECKING:
    from contractkit.client.services import VpcCreateVpnBilling

pytestmark = pytest.mark.contract(creates=True)

POSTPAID: Final[VpcCreateVpnBilling] = {"paymentTiming": "Postpaid"}
PREPAID: Final[VpcCreateVpnBilling] = {
    "paymentTiming": "Prepaid",
    "reservation": {"reservationLength": 1, "reservationTimeUnit": "month"},
}
Refusal = Callable[..., ServiceError]
Eventually = Callable[[Callable[[], bool]], None]


def test_a_vpn_gateway_lives_its_life(
    bce_client: Client, vpc: str, label: str, eventually: Eventually, refusal: Refusal
) -> None:
    """Create, wait until built, read, change, delete, gone."""
    call = bce_client.vpc
    made = call.create_vpn(vpcId=vpc, vpnName=label, description="made by a test", billing=POSTPAID)["vpnId"]
    eventually(lambda: call.get_vpn(made)["status"] == "unconfigured")
    found = call.get_vpn(made)
    assert (found["vpnId"], found["vpnName"], found["description"]) == (made, label, "made by a test")
    assert (found["vpcId"], found["type"], found["paymentTiming"]) == (vpc, "IPSec", "Postpaid")
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


def test_a_protected_gateway_is_not_deleted(bce_client: Client, vpn: str, refusal: Refusal) -> None:
    """Protect, refuse to delete, take the protection off."""
    bce_client.vpc.update_vpn_delete_protect(vpn, deleteProtect=True)
    assert bce_client.vpc.get_vpn(vpn)["deleteProtect"] is True
    assert 400 <= refusal(bce_client.vpc.delete_vpn, vpnId=vpn).status < 500
    bce_client.vpc.update_vpn_delete_protect(vpn, deleteProtect=False)


@pytest.mark.reference_only("it asks for a renewal")
def test_a_postpaid_gateway_is_not_renewed(bce_client: Client, vpn: str, refusal: Refusal) -> None:
    """Only what was paid ahead is renewed."""
    assert 400 <= refusal(bce_client.vpc.renew_vpn, vpnId=vpn, billing=PREPAID).status < 500


@pytest.mark.reference_only("a gateway paid ahead costs, and goes only when its term is over")
def test_a_prepaid_gateway_is_renewed(bce_client: Client, label: str, eventually: Eventually, refusal: Refusal) -> None:
    """A renewal moves the end of the term on; before it, the gateway stays."""
    call = bce_client.vpc
    vpc = call.create_vpc(name=label, cidr="10.0.0.0/16")["vpcId"]
    made = call.create_vpn(vpcId=vpc, vpnName=label, billing=PREPAID)["vpnId"]
    eventually(lambda: call.get_vpn(made)["status"] == "unconfigured")
    before = call.get_vpn(made)["expiredTime"]
    call.renew_vpn(made, billing={"reservation": {"reservationLength": 12, "reservationTimeUnit": "month"}})
    assert call.get_vpn(made)["expiredTime"] > before
    assert 400 <= refusal(call.delete_vpn, vpnId=made).status < 500


def test_an_ssl_gateway_says_how_many_may_connect(bce_client: Client) -> None:
    """SSL without maxConnection is refused with 400."""
    given = {"vpcId": "vpc-000000000000", "vpnName": "ck-none", "type": "IPSec", "billing": POSTPAID}
    request = bce_client.prepare("vpc.create_vpn", given)
    assert bce_client.exchange(request.replace(body=request.body.replace(b"IPSec", b"SSL"))).status == 400
