"""What goes on in a VPC: relaying, and who uses which private address."""

from __future__ import annotations

import pytest

from contractkit.client import Client
from contractkit.conformance.suite.common import Refusal

pytestmark = pytest.mark.contract(creates=True)


def test_a_vpc_relays_when_told_to(bce_client: Client, vpc: str) -> None:
    """Open and close the relay; the VPC shows it."""
    bce_client.vpc.open_vpc_relay(vpc)
    assert bce_client.vpc.get_vpc(vpc)["vpc"]["relay"] is True
    bce_client.vpc.close_vpc_relay(vpc)
    assert bce_client.vpc.get_vpc(vpc)["vpc"]["relay"] is False


def test_a_vpc_that_does_not_exist_relays_nothing(bce_client: Client, refusal: Refusal) -> None:
    """Opening the relay of no VPC gets 404."""
    assert refusal(bce_client.vpc.open_vpc_relay, vpcId="vpc-000000000000").status == 404


def test_an_empty_vpc_uses_no_address(bce_client: Client, vpc: str, subnet: str) -> None:
    """Nobody uses an address of a new subnet; the page says which it is."""
    found = bce_client.vpc.list_vpc_resource_ips(vpcId=vpc, subnetId=subnet, pageNo=1, pageSize=10)
    assert found == {"pageNo": 1, "pageSize": 10, "totalCount": 0, "result": []}
    by_range = bce_client.vpc.list_vpc_private_ips(vpc, privateIpRange="10.0.1.4-10.0.1.9")
    by_address = bce_client.vpc.list_vpc_private_ips(vpc, privateIpAddresses=["10.0.1.4", "10.0.1.5"])
    assert by_range == by_address == {"vpcPrivateIpAddresses": []}


def test_private_addresses_are_not_looked_up_without_a_question(bce_client: Client, vpc: str) -> None:
    """Neither addresses nor a range: refused with 400."""
    request = bce_client.prepare("vpc.list_vpc_private_ips", {"vpcId": vpc, "privateIpRange": "10.0.1.4-10.0.1.9"})
    assert bce_client.exchange(request.replace(url=request.url.partition("?")[0])).status == 400
