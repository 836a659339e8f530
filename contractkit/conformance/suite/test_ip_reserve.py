"""Ranges of addresses kept back in a subnet."""

from __future__ import annotations

import pytest

from contractkit.client import Client
from contractkit.conformance.suite.common import Refusal

pytestmark = pytest.mark.contract(creates=True)


def test_a_reserved_range_lives_its_life(bce_client: Client, subnet: str, label: str) -> None:
    """Reserve, list, give back, gone."""
    call = bce_client.vpc
    made = call.create_ip_reserve(subnetId=subnet, ipCidr="10.0.1.64/28", ipVersion=4, description=label)["ipReserveId"]
    (found,) = call.list_ip_reserves.each(subnetId=subnet)
    assert (found["ipReserveId"], found["subnetId"], found["ipCidr"]) == (made, subnet, "10.0.1.64/28")
    assert (found["ipVersion"], found["description"]) == ("4", label)
    call.delete_ip_reserve(made)
    assert call.list_ip_reserves(subnetId=subnet)["ipReserves"] == []


def test_a_range_of_ipv6_is_reserved(bce_client: Client, vpc: str, subnet: str, label: str) -> None:
    """Once the subnet has an IPv6 network, a range of that is listed as one of version 6."""
    call = bce_client.vpc
    call.update_vpc(vpc, name=label, enableIpv6=True)
    call.update_subnet(subnet, name=label, enableIpv6=True)
    cidr = call.get_subnet(subnet)["subnet"]["ipv6Cidr"].replace("/64", "/96")
    made = call.create_ip_reserve(subnetId=subnet, ipCidr=cidr, ipVersion=6)["ipReserveId"]
    (found,) = call.list_ip_reserves.each(subnetId=subnet)
    assert (found["ipReserveId"], found["ipCidr"], found["ipVersion"]) == (made, cidr, "6")
    call.delete_ip_reserve(made)


def test_reserved_ranges_are_paged(bce_client: Client, subnet: str) -> None:
    """Three ranges in pages of two: each once."""
    call = bce_client.vpc
    made = [
        call.create_ip_reserve(subnetId=subnet, ipCidr=f"10.0.1.{16 * n}/28", ipVersion=4)["ipReserveId"]
        for n in (2, 4, 6)
    ]
    assert len(call.list_ip_reserves(subnetId=subnet, maxKeys=2)["ipReserves"]) == 2
    assert {each["ipReserveId"] for each in call.list_ip_reserves.each(subnetId=subnet, maxKeys=2)} == set(made)
    for each in made:
        call.delete_ip_reserve(each)


def test_a_reserved_range_is_kept_back(bce_client: Client, subnet: str) -> None:
    """The subnet counts fewer addresses outside reserved ranges, and as many in all."""
    before = bce_client.vpc.get_subnet(subnet)["subnet"]
    made = bce_client.vpc.create_ip_reserve(subnetId=subnet, ipCidr="10.0.1.64/28", ipVersion=4)["ipReserveId"]
    after = bce_client.vpc.get_subnet(subnet)["subnet"]
    assert after["availableIp"] == before["availableIp"]
    assert after["availableUnreservedIp"] == before["availableUnreservedIp"] - 16
    bce_client.vpc.delete_ip_reserve(made)


def test_a_range_outside_its_subnet_is_refused(bce_client: Client, subnet: str, refusal: Refusal) -> None:
    """Only addresses of the subnet can be reserved."""
    error = refusal(bce_client.vpc.create_ip_reserve, subnetId=subnet, ipCidr="10.0.9.0/28", ipVersion=4)
    assert 400 <= error.status < 500


def test_a_range_that_was_never_reserved_is_not_found(bce_client: Client, refusal: Refusal) -> None:
    """Giving back a range of nobody gets 404."""
    assert refusal(bce_client.vpc.delete_ip_reserve, ipReserveId="ipr-000000000000").status == 404
