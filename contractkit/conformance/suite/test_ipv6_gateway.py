"""IPv6 gateways: one for each VPC, with rules about what may go through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import pytest

from contractkit.client import Client
from contractkit.conformance.suite.common import RESOURCE_GROUP, TAGS, Refusal, reservations

if TYPE_CHECKING:
    from contractkit.client.services import VpcCreateIpv6GatewayBilling

pytestmark = pytest.mark.contract(creates=True)

POSTPAID: Final[VpcCreateIpv6GatewayBilling] = {"paymentTiming": "Postpaid"}


@pytest.fixture
def wide(bce_client: Client, label: str) -> Iterator[str]:
    """The id of a VPC of the test's own that has an IPv6 network, removed at the end."""
    made = bce_client.vpc.create_vpc(name=label, cidr="10.0.0.0/16", enableIpv6=True)["vpcId"]
    yield made
    bce_client.vpc.delete_vpc(made)


@pytest.fixture
def gateway(bce_client: Client, wide: str, label: str) -> Iterator[str]:
    """The id of a gateway of the test's own, 10 Mbit/s, removed at the end."""
    made = bce_client.vpc.create_ipv6_gateway(vpcId=wide, name=label, bandwidthInMbps=10, billing=POSTPAID)["gatewayId"]
    yield made
    bce_client.vpc.delete_ipv6_gateway(made)


def test_a_gateway_lives_its_life(bce_client: Client, wide: str, label: str, refusal: Refusal) -> None:
    """Create with a tag, which no answer shows, read by VPC, resize, delete, gone."""
    call = bce_client.vpc
    made = call.create_ipv6_gateway(
        vpcId=wide,
        name=label,
        bandwidthInMbps=10,
        billing=POSTPAID,
        deleteProtect=False,
        tags=TAGS,
    )["gatewayId"]
    found = call.get_ipv6_gateway(vpcId=wide)
    assert (found["gatewayId"], found["name"], found["bandwidthInMbps"]) == (made, label, 10)
    assert found["deleteProtect"] is False
    call.resize_ipv6_gateway(made, bandwidthInMbps=20)
    assert call.get_ipv6_gateway(vpcId=wide)["bandwidthInMbps"] == 20
    assert refusal(call.delete_vpc, vpcId=wide).status == 409
    call.delete_ipv6_gateway(made)
    assert refusal(call.get_ipv6_gateway, vpcId=wide).status == 404


@pytest.mark.reference_only("a live run has no resource group")
def test_a_gateway_is_protected_from_the_start(bce_client: Client, wide: str, label: str, refusal: Refusal) -> None:
    """Made in a resource group, which no answer shows, and protected, it is not deleted until that is over."""
    call = bce_client.vpc
    made = call.create_ipv6_gateway(
        vpcId=wide,
        name=label,
        bandwidthInMbps=10,
        billing=POSTPAID,
        resourceGroupId=RESOURCE_GROUP,
        deleteProtect=True,
    )["gatewayId"]
    assert call.get_ipv6_gateway(vpcId=wide)["deleteProtect"] is True
    assert refusal(call.delete_ipv6_gateway, gatewayId=made).status == 409
    call.update_ipv6_gateway_delete_protect(made, deleteProtect=False)
    call.delete_ipv6_gateway(made)


@pytest.mark.reference_only("what a reservation means for a gateway paid by use is told nowhere")
def test_a_reservation_binds_nobody(bce_client: Client, wide: str, label: str, refusal: Refusal) -> None:
    """A gateway is paid by use: with a reservation of any length it is made, and can be deleted at once."""
    call = bce_client.vpc
    for reservation in reservations("month"):
        billing: VpcCreateIpv6GatewayBilling = {**POSTPAID, "reservation": reservation}
        made = call.create_ipv6_gateway(vpcId=wide, name=label, bandwidthInMbps=10, billing=billing)["gatewayId"]
        call.delete_ipv6_gateway(made)
        assert refusal(call.delete_ipv6_gateway, gatewayId=made).status == 404


def test_a_vpc_has_one_gateway(bce_client: Client, wide: str, gateway: str, label: str, refusal: Refusal) -> None:
    """A second gateway for the same VPC is refused."""
    create = bce_client.vpc.create_ipv6_gateway
    assert refusal(create, vpcId=wide, name=label, bandwidthInMbps=10, billing=POSTPAID).status == 409
    assert bce_client.vpc.get_ipv6_gateway(vpcId=wide)["gatewayId"] == gateway


def test_a_protected_gateway_is_not_deleted(bce_client: Client, wide: str, gateway: str, refusal: Refusal) -> None:
    """While it is protected, deleting it is refused; numbers say it as well as truth values."""
    call = bce_client.vpc
    call.update_ipv6_gateway_delete_protect(gateway, deleteProtect=True)
    assert call.get_ipv6_gateway(vpcId=wide)["deleteProtect"] is True
    assert refusal(call.delete_ipv6_gateway, gatewayId=gateway).status == 409
    call.update_ipv6_gateway_delete_protect(gateway, deleteProtect=0)
    assert call.get_ipv6_gateway(vpcId=wide)["deleteProtect"] is False
    call.update_ipv6_gateway_delete_protect(gateway, deleteProtect=1)
    assert call.get_ipv6_gateway(vpcId=wide)["deleteProtect"] is True
    call.update_ipv6_gateway_delete_protect(gateway, deleteProtect=False)


def test_an_egress_only_rule_comes_and_goes(bce_client: Client, wide: str, gateway: str, refusal: Refusal) -> None:
    """Create three, list in pages and with the gateway, delete, gone."""
    call = bce_client.vpc
    cidrs = [f"2001:db8:{number}::/64" for number in range(3)]
    made = [call.create_ipv6_gateway_egress_only_rule(gateway, cidr=each)["egressOnlyRuleId"] for each in cidrs]
    listed = list(call.list_ipv6_gateway_egress_only_rules.each(gatewayId=gateway, maxKeys=2))
    assert [each["egressOnlyRuleId"] for each in listed] == made
    shown = call.get_ipv6_gateway(vpcId=wide)["egressOnlyRules"]
    assert sorted(each["egressOnlyRuleId"] for each in shown) == sorted(made)
    for each in made:
        call.delete_ipv6_gateway_egress_only_rule(gateway, each)
    assert call.list_ipv6_gateway_egress_only_rules(gateway)["egressOnlyRules"] == []
    gone = refusal(call.delete_ipv6_gateway_egress_only_rule, gatewayId=gateway, egressOnlyRuleId=made[0])
    assert gone.status == 404


def test_a_rate_limit_comes_and_goes(bce_client: Client, wide: str, gateway: str) -> None:
    """Create, list, change one bandwidth, list a second one page by page, delete, gone."""
    call = bce_client.vpc
    head = bce_client.vpc.get_vpc(wide)["vpc"]["ipv6Cidr"].partition("/")[0]
    address = f"{head}5"
    made = call.create_ipv6_gateway_rate_limit_rule(
        gateway, ipv6Address=address, ingressBandwidthInMbps=2, egressBandwidthInMbps=3
    )["rateLimitRuleId"]
    (found,) = call.list_ipv6_gateway_rate_limit_rules.each(gatewayId=gateway)
    assert (found["rateLimitRuleId"], found["ingressBandwidthInMbps"], found["egressBandwidthInMbps"]) == (made, 2, 3)
    call.update_ipv6_gateway_rate_limit_rule(gateway, made, ingressBandwidthInMbps=4, egressBandwidthInMbps=3)
    (changed,) = call.get_ipv6_gateway(vpcId=wide)["rateLimitRules"]
    assert changed["ingressBandwidthInMbps"] == 4
    other = call.create_ipv6_gateway_rate_limit_rule(
        gateway, ipv6Address=f"{head}6", ingressBandwidthInMbps=1, egressBandwidthInMbps=1
    )["rateLimitRuleId"]
    listed = call.list_ipv6_gateway_rate_limit_rules.each(gatewayId=gateway, maxKeys=1)
    assert sorted(each["rateLimitRuleId"] for each in listed) == sorted([made, other])
    for each in (made, other):
        call.delete_ipv6_gateway_rate_limit_rule(gateway, each)
    assert call.list_ipv6_gateway_rate_limit_rules(gateway)["rateLimitRules"] == []


def test_a_rate_limit_stays_below_its_gateway(bce_client: Client, gateway: str, refusal: Refusal) -> None:
    """A limit above the bandwidth of the gateway is refused."""
    create = bce_client.vpc.create_ipv6_gateway_rate_limit_rule
    limits = {"ingressBandwidthInMbps": 1, "egressBandwidthInMbps": 11}
    assert 400 <= refusal(create, gatewayId=gateway, ipv6Address="2001:db8::5", **limits).status < 500
